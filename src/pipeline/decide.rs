//! One request, one decision.

use alloc::boxed::Box;
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::catalog::StageIx;
use crate::change::{Change, Extra, MemoryChange};
use crate::code::ReasonCode;
use crate::compile::direction;
use crate::definition::MoveKind;
use crate::digest::Digest;
use crate::facts::RecordFacts;
#[cfg(feature = "std")]
use crate::journal::FactChange;
use crate::journal::{Row, RowKind, StageMark};
use crate::policy::Step;
use crate::record::{Link, Presence, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::{Expect, Request, Target};
use crate::time::Timestamp;
use crate::value::Fields;

use super::authorize::About;
use super::judge::Inputs;
use super::{Pipeline, Who};

/// The answer to a request. A refusal is an answer, not an error.
#[derive(Debug, Clone)]
pub enum Decision<'a> {
    /// The request is granted; this is what to write.
    Moved(Change<'a>),
    /// The request waits for another person's approval; this is what to write (S61b).
    Proposed(Change<'a>),
    /// The record is where it was asked to be; nothing to write (S5).
    Unchanged(Unchanged),
    /// The request is refused, with every reason.
    Refused(Refusal),
}

/// The record is where it was asked to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchanged {
    stage: Option<SmolStr>,
}

impl Unchanged {
    pub(crate) const fn new(stage: Option<SmolStr>) -> Self {
        Self { stage }
    }

    /// The stage it is in.
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }
}

impl<'a> Decision<'a> {
    /// What to write, if there is anything to write.
    pub fn change(self) -> Option<Change<'a>> {
        match self {
            Self::Moved(change) | Self::Proposed(change) => Some(change),
            Self::Unchanged(_) | Self::Refused(_) => None,
        }
    }

    /// The reasons against, if it is refused.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// What judging one request needs, beside the pipeline.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a, 'r> {
    pub(super) record: &'a Record,
    pub(super) actor: &'a Actor,
    pub(super) request: &'r Request,
    pub(super) now: Timestamp,
}

/// What a request came down to.
enum Resolved {
    /// One step to be judged.
    One(Step),
    /// Several moves lead to the target; judged together.
    Several(Vec<Step>),
    /// The record is there.
    Here,
    /// It cannot be judged further.
    Not(Reason),
}

impl Pipeline {
    /// Judges a request: what to write, or every reason against (S1, S2).
    ///
    /// Pure: the same arguments always give the same decision, and nothing is written.
    ///
    /// ```
    /// use lifestage::{Actor, Decision, Pipeline, ReasonCode, Record, Request, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let lead = Record::new("lead-42").in_stage("new");
    /// let sam = Actor::new("sam").with_role("sales");
    ///
    /// let now = Timestamp::from_seconds(1_772_442_000);
    /// let decision = pipeline.decide(&lead, &Request::mv("start_negotiation"), &sam, now);
    /// let Decision::Refused(why) = decision else { panic!() };
    /// assert!(why.has(ReasonCode::NotFromStage));
    /// assert_eq!(
    ///     why.route().unwrap().to_string(),
    ///     "Mark contacted -> Mark engaged -> Set appointment -> Mark showed -> Start negotiation",
    /// );
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn decide<'a>(
        &'a self,
        record: &'a Record,
        request: &Request,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request, now };
        let who = Who { forward_only: actor.is_automation() && !request.backward, ..self.who(record, actor) };
        // Not by force either: that is a migration (S4).
        if let Some(reason) = self.barred(record) {
            return Decision::Refused(Refusal::only(reason));
        }
        if let Some(decision) = self.stale(ask) {
            return decision;
        }
        let from = match self.place(record) {
            Ok(from) => from,
            Err(reason) if request.force.is_none() => return Decision::Refused(Refusal::only(reason)),
            Err(_) => None,
        };
        if let Some(reason) = &request.force {
            return self.force(ask, from, reason);
        }
        match self.resolve(request, from) {
            Resolved::One(step) => self.judge(ask, who, &step),
            Resolved::Several(steps) => self.judge_several(ask, who, &steps),
            Resolved::Here => self.nothing_to_do(record, actor),
            Resolved::Not(reason) => self.refuse(ask, alloc::vec![reason]),
        }
    }

    /// What the caller saw against what is there (S16, S19).
    pub(super) fn unexpected(&self, ask: Ask<'_, '_>) -> Option<Reason> {
        let Ask { record, request, .. } = ask;
        if let Some(meaning) = request.expect_meaning.filter(|meaning| *meaning != self.meaning) {
            let message = "the pipeline was changed since this was asked; reload and try again";
            let reason = Reason::new(ReasonCode::StaleDefinition, message);
            return Some(reason.with("expected", meaning_text(&meaning)));
        }
        let (expected, actual) = match request.expect {
            Expect::Anything => return None,
            Expect::Version(version) => (version, record.version),
            Expect::Visit(visit) => (visit, record.visit),
        };
        (expected != actual).then(|| stale_record(record, &self.stage_name(record.stage())))
    }

    fn stale(&self, ask: Ask<'_, '_>) -> Option<Decision<'static>> {
        let Ask { record, request, .. } = ask;
        let reason = self.unexpected(ask)?;
        // Both asked for the same target, and the other was first (S16).
        let there = match &request.target {
            Target::Stage(stage) => record.stage() == Some(stage),
            // A move from this stage to itself is to be made again, whoever was here (S5).
            Target::Move(id) => {
                let here = self.place(record).ok().flatten();
                let to = self.target_of(id).filter(|to| Some(*to) == here);
                to.is_some() && matches!(self.resolve_move(id, here), Resolved::Not(_))
            }
        };
        let by_visit = reason.code() == ReasonCode::StaleRecord && matches!(request.expect, Expect::Visit(_));
        if there && by_visit {
            return Some(self.nothing_to_do(record, ask.actor));
        }
        Some(Decision::Refused(Refusal::only(reason)))
    }

    /// Why the record is not this pipeline's to judge, if so (S4).
    pub(super) fn foreign(&self, record: &Record) -> Option<Reason> {
        let id = self.id();
        (!record.pipeline.is_empty() && record.pipeline != id).then(|| {
            let message =
                alloc::format!("the record is in the pipeline `{}`, not in `{id}`", record.pipeline);
            let reason = Reason::new(ReasonCode::OrphanedStage, message);
            reason.with("pipeline", record.pipeline.clone())
        })
    }

    /// Why nothing can be done with the record here, if so: it is elsewhere, in the trash, or one with another.
    pub(super) fn barred(&self, record: &Record) -> Option<Reason> {
        self.foreign(record).or_else(|| absent(record))
    }

    /// The place of the record's stage in this pipeline; none when it has no stage.
    pub(super) fn place(&self, record: &Record) -> Result<Option<StageIx>, Reason> {
        let id = self.id();
        if let Some(reason) = self.barred(record) {
            return Err(reason);
        }
        let Some(stage) = record.stage() else { return Ok(None) };
        self.compiled.catalog.index_of(stage).map(Some).ok_or_else(|| {
            let message = alloc::format!("the record's stage `{stage}` is not in the pipeline `{id}`");
            Reason::new(ReasonCode::OrphanedStage, message).with("stage", stage)
        })
    }

    fn resolve(&self, request: &Request, from: Option<StageIx>) -> Resolved {
        match &request.target {
            Target::Move(id) => self.resolve_move(id, from),
            Target::Stage(id) => self.resolve_stage(id, from),
        }
    }

    fn resolve_move(&self, id: &str, from: Option<StageIx>) -> Resolved {
        let compiled = &*self.compiled;
        let Some(mv) = compiled.policy.index_of(id) else {
            return match self.target_of(id) {
                Some(to) => match self.implied(from, to) {
                    Some(step) => Resolved::One(step),
                    None => Resolved::Not(self.out_of_reach(from, to, id)),
                },
                None => Resolved::Not(unknown(ReasonCode::UnknownMove, "move", id)),
            };
        };
        match compiled.policy.steps.get(from, mv) {
            Some(step) => Resolved::One(*step),
            None => Resolved::Not(self.not_from(from, mv.position())),
        }
    }

    /// The stage that a move leads to, wherever it starts: a listed one, or the implied one of a free
    /// pipeline (S8).
    pub(crate) fn target_of(&self, id: &str) -> Option<StageIx> {
        let compiled = &*self.compiled;
        let listed = compiled.policy.mv(id).map(|mv| mv.to);
        listed.or_else(|| {
            let stage = id.strip_prefix("to:").filter(|_| compiled.policy.free)?;
            compiled.catalog.index_of(stage)
        })
    }

    fn resolve_stage(&self, id: &str, from: Option<StageIx>) -> Resolved {
        let compiled = &*self.compiled;
        let Some(to) = compiled.catalog.index_of(id) else {
            return Resolved::Not(unknown(ReasonCode::UnknownStage, "stage", id));
        };
        if from == Some(to) {
            return Resolved::Here;
        }
        let steps = self.steps_to(from, to);
        match steps.as_slice() {
            [] => Resolved::Not(self.out_of_reach(from, to, id)),
            [only] => Resolved::One(*only),
            _ => Resolved::Several(steps),
        }
    }

    /// The steps that lead from here to another stage: listed ones, else the implied one (S8).
    pub(super) fn steps_to(&self, from: Option<StageIx>, to: StageIx) -> Vec<Step> {
        let listed = self.compiled.policy.steps.of(from);
        let mut steps: Vec<Step> = listed.iter().filter(|step| step.to == to).copied().collect();
        if steps.is_empty() {
            steps.extend(self.implied(from, to));
        }
        steps
    }

    /// The move that a free pipeline implies between two stages (S8). A listed one replaces it.
    pub(super) fn implied(&self, from: Option<StageIx>, to: StageIx) -> Option<Step> {
        let compiled = &*self.compiled;
        let catalog = &compiled.catalog;
        let leaves = from.is_none_or(|from| !catalog.get(from).is_final);
        let listed = compiled.policy.steps.of(from).iter().any(|step| step.to == to);
        if !compiled.policy.free || listed || !leaves || from == Some(to) || catalog.get(to).is_archived {
            return None;
        }
        let toggles = &compiled.document.policy;
        Some(crate::compile::step(None, from, to, MoveKind::Ordinary, 0, catalog, toggles))
    }

    /// Why no move at all leads from here to there.
    pub(super) fn out_of_reach(&self, from: Option<StageIx>, to: StageIx, id: &str) -> Reason {
        let catalog = &self.compiled.catalog;
        let target = catalog.get(to);
        if let Some(stage) = from.map(|from| catalog.get(from)).filter(|stage| stage.is_final) {
            return final_stage(stage.id(), stage.name());
        }
        if target.is_archived {
            let message = alloc::format!("{} is archived", target.name());
            return Reason::new(ReasonCode::ArchivedStage, message).with("stage", target.id.clone());
        }
        let from_name = from.map_or("no stage", |from| catalog.get(from).name());
        let message = ["no move leads from ", from_name, " to ", target.name()].concat();
        let reason = Reason::new(ReasonCode::NotFromStage, message).with("to", target.id.clone());
        reason.with_if_any("stage", from.map(|from| catalog.get(from).id.clone())).with("asked", id)
    }

    /// Why this move does not start here.
    pub(super) fn not_from(&self, from: Option<StageIx>, mv: u32) -> Reason {
        let compiled = &*self.compiled;
        let stage = from.map(|from| compiled.catalog.get(from));
        let Some(mv) = compiled.policy.get(crate::policy::MoveIx::new(mv)) else {
            return unknown(ReasonCode::UnknownMove, "move", "");
        };
        if let Some(stage) = stage.filter(|stage| stage.is_final) {
            return final_stage(stage.id(), stage.name()).with("move", mv.id.clone());
        }
        let from_name = stage.map_or("no stage", |stage| stage.name());
        let message = ["`", &mv.label, "` does not start at ", from_name].concat();
        let reason = Reason::new(ReasonCode::NotFromStage, message).with("move", mv.id.clone());
        reason.with_if_any("stage", stage.map(|stage| stage.id.clone()))
    }

    fn judge<'a>(&'a self, ask: Ask<'a, '_>, who: Who, step: &Step) -> Decision<'a> {
        if step.approval {
            return self.judge_with_approval(ask, who, step);
        }
        let facts = self.facts(ask, &ask.request.input);
        if self.passes(step, who, &facts, Inputs::Given) {
            return self.granted(ask, step, &ask.request.input);
        }
        let mut reasons = self.reasons(step, who, &facts, Inputs::Given);
        reasons.extend(too_early(ask));
        self.refuse(ask, reasons)
    }

    /// Several moves lead to the target: alternatives under one label are one move, of which the
    /// first that is permitted is taken; different permitted ones are ambiguous (S4, S37).
    fn judge_several<'a>(&'a self, ask: Ask<'a, '_>, who: Who, steps: &[Step]) -> Decision<'a> {
        let compiled = &*self.compiled;
        let facts = self.facts(ask, &ask.request.input);
        // Answers given already tell alternatives apart; answers to come are held against none.
        let input = &ask.request.input;
        let answered = |step: &&Step| {
            let holds = |condition| compiled.holds(condition, &facts, Inputs::Given);
            input.is_empty() || (compiled.conditions_of(step).all(holds) && compiled.input_fits(step, input))
        };
        let open = |step: &&Step| self.is_open(step, who, &facts);
        let permitted: Vec<&Step> = steps.iter().filter(open).filter(answered).collect();
        if let Some(reason) = self.ambiguous(&permitted) {
            return self.refuse(ask, alloc::vec![reason]);
        }
        if let Some(first) = permitted.first() {
            return self.judge(ask, who, first);
        }
        let against = steps.iter().flat_map(|step| self.reasons_against(step, who, &facts, Inputs::Given));
        let mut reasons: Vec<Reason> = against.collect();
        reasons.extend(too_early(ask));
        self.refuse(ask, reasons)
    }

    /// Why none of several permitted moves to one stage is the one that is meant, if so: they are different buttons.
    pub(super) fn ambiguous(&self, permitted: &[&Step]) -> Option<Reason> {
        let compiled = &*self.compiled;
        let (first, others) = permitted.split_first()?;
        let label = compiled.move_label(first);
        if others.iter().all(|step| compiled.move_label(step) == label) {
            return None;
        }
        let ids: Vec<SmolStr> = permitted.iter().map(|step| compiled.move_id(step)).collect();
        let message = alloc::format!("several moves lead there: say which of {}", quoted(&ids));
        Some(Reason::new(ReasonCode::AmbiguousMove, message).with("moves", ids))
    }

    /// The record is as it was asked to be: success without a row, if the actor may see it (S5).
    pub(super) fn nothing_to_do(&self, record: &Record, actor: &Actor) -> Decision<'static> {
        match self.hides(record, actor) {
            Some(reason) => Decision::Refused(Refusal::only(reason)),
            None => Decision::Unchanged(Unchanged::new(record.stage.clone())),
        }
    }

    /// Why the actor may not see the record, if so.
    pub(crate) fn hides(&self, record: &Record, actor: &Actor) -> Option<Reason> {
        self.denial(Capability::View, record, actor)
    }

    /// A move outside the rules, for those who may, with a reason (S12). What the move and its target
    /// ask for is asked all the same (S11).
    fn force<'a>(&'a self, ask: Ask<'a, '_>, from: Option<StageIx>, why: &SmolStr) -> Decision<'a> {
        let compiled = &*self.compiled;
        let catalog = &compiled.catalog;
        let found = match &ask.request.target {
            Target::Stage(id) => {
                let to = catalog.index_of(id).map(|to| (None, to));
                to.ok_or_else(|| unknown(ReasonCode::UnknownStage, "stage", id))
            }
            Target::Move(id) => {
                let to = self.target_of(id).map(|to| (compiled.policy.index_of(id), to));
                to.ok_or_else(|| unknown(ReasonCode::UnknownMove, "move", id))
            }
        };
        let (mv, to) = match found {
            Ok(found) => found,
            Err(reason) => return Decision::Refused(Refusal::only(reason)),
        };
        let step = if from == Some(to) {
            // To where it is leads nothing but a move that says so (S5).
            match self.resolve(ask.request, from) {
                Resolved::One(step) => step,
                Resolved::Not(reason) => return Decision::Refused(Refusal::only(reason)),
                Resolved::Here | Resolved::Several(_) => return self.nothing_to_do(ask.record, ask.actor),
            }
        } else {
            let target = catalog.get(to);
            if target.is_archived {
                return Decision::Refused(Refusal::only(self.out_of_reach(None, to, target.id())));
            }
            Step::new(mv, from, to, MoveKind::Ordinary, direction(from, to, catalog))
        };
        let about = About::Forced(&step);
        let mut reasons = Vec::new();
        reasons.extend(self.denial_of(Capability::Force, ask.record, ask.actor, about));
        if why.trim().is_empty() {
            let message = "a forced move needs a reason in words";
            reasons.push(Reason::new(ReasonCode::MissingInput, message).with("input", "reason"));
        }
        compiled.input_reasons(&step, &ask.request.input, &mut reasons);
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut decision = self.granted(ask, &step, &ask.request.input);
        if let Decision::Moved(change) = &mut decision {
            change.row.forced = true;
            change.row.reason = Some(why.clone());
            if from.is_none() {
                change.row.from = ask.record.stage.as_ref().map(orphan_mark);
            }
        }
        decision
    }

    pub(super) fn facts<'f>(&'f self, ask: Ask<'f, 'f>, input: &'f Fields) -> RecordFacts<'f> {
        let Ask { record, actor, now, .. } = ask;
        RecordFacts { compiled: &self.compiled, record, entering: None, actor, input, now }
    }

    /// The change of a step that nothing stands against.
    pub(super) fn granted<'a>(&'a self, ask: Ask<'a, '_>, step: &Step, input: &Fields) -> Decision<'a> {
        let Ask { record, actor, .. } = ask;
        let compiled = &*self.compiled;
        let kind = match step.kind {
            MoveKind::Internal => RowKind::Internal,
            MoveKind::ReEntry => RowKind::ReEntry,
            MoveKind::Ordinary | MoveKind::StepBack | MoveKind::Revive => RowKind::Move,
        };
        if let Some(reason) = too_early(ask) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mark = |stage: StageIx| StageMark::from(compiled.catalog.get(stage));
        let mut row = self.row_between(ask, kind, step.from.map(mark), Some(mark(step.to)));
        row.mv = Some(compiled.move_id(step));
        row.direction = Some(step.direction);
        row.input = input.clone();
        if kind != RowKind::Internal {
            self.requeue(record, &mut row);
        }
        let gate_effects = |stage: Option<StageIx>, pick: fn(&crate::compile::StageGate) -> &[u32]| {
            stage.filter(|_| kind != RowKind::Internal).and_then(|ix| compiled.gate(ix)).map_or(&[][..], pick)
        };
        let plan = [
            gate_effects(step.from, |gate| &gate.on_exit),
            compiled.rule(step).map_or(&[][..], |rule| &rule.effects),
            gate_effects(Some(step.to), |gate| &gate.on_enter),
        ];
        let void = kind != RowKind::Internal && !record.memory.proposals.is_empty();
        let memory = if void { MemoryChange::Void } else { MemoryChange::Keep };
        let extra = match ask.request.depth {
            0 => None,
            depth => Some(Box::new(Extra { depth, ..Extra::default() })),
        };
        Decision::Moved(Change { compiled, meaning: &self.meaning, record, actor, row, plan, memory, extra })
    }

    /// The change of a row that sets nothing in motion.
    pub(super) fn quiet<'a>(&'a self, ask: Ask<'a, '_>, row: Row) -> Change<'a> {
        Change {
            compiled: &self.compiled,
            meaning: &self.meaning,
            record: ask.record,
            actor: ask.actor,
            row,
            plan: [&[]; 3],
            memory: MemoryChange::Keep,
            extra: None,
        }
    }

    /// The change of a record that is no pipeline's, and that no definition judges.
    #[cfg(feature = "std")]
    #[expect(clippy::too_many_arguments, reason = "a row has as many parts")]
    pub(crate) fn change_beside<'a>(
        &'a self,
        record: &'a Record,
        kept_under: &'static str,
        kind: RowKind,
        facts: Vec<FactChange>,
        input: Fields,
        request: &Request,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Change<'a> {
        let ask = Ask { record, actor, request, now };
        let row = Row {
            pipeline: SmolStr::new_static(kept_under),
            definition: 0,
            facts,
            input,
            ..self.row(ask, kind)
        };
        self.quiet(ask, row)
    }

    /// The digest that the key of a request stands for; none without a key (S14).
    pub(super) fn digest_of(ask: Ask<'_, '_>, request: impl FnOnce() -> Request) -> Option<Digest> {
        ask.request.key.as_ref().map(|_| request().digest(&ask.record.id, ask.actor.id()))
    }

    /// The next row of the record's journal, with what all kinds of rows have in common.
    pub(super) fn row(&self, ask: Ask<'_, '_>, kind: RowKind) -> Row {
        let known =
            |id: &SmolStr| self.compiled.catalog.stage(id).map_or_else(|| orphan_mark(id), StageMark::from);
        let stage = ask.record.stage.as_ref().map(known);
        self.row_between(ask, kind, stage.clone(), stage)
    }

    #[inline]
    fn row_between(
        &self,
        ask: Ask<'_, '_>,
        kind: RowKind,
        from: Option<StageMark>,
        to: Option<StageMark>,
    ) -> Row {
        let Ask { record, actor, request, now } = ask;
        Row {
            record: record.id.clone(),
            seq: record.seq + 1,
            kind,
            pipeline: self.compiled.document.id.clone(),
            definition: self.version,
            origin: None,
            mv: None,
            from,
            to,
            direction: None,
            actor: actor.id_shared().clone(),
            automation: actor.is_automation(),
            forced: false,
            start_unknown: false,
            reason: None,
            input: Fields::new(),
            facts: Vec::new(),
            was_closed_at: record.closed_at,
            was_lost_reason: record.lost_reason.clone(),
            refers_to: None,
            // A clock that went back is clamped to the last row (S42).
            effective_at: match (request.effective_at, record.last_at) {
                (Some(given), _) => given,
                (None, last) => last.map_or(now, |last| last.max(now)),
            },
            recorded_at: now,
            key: request.key.clone(),
            request: request.key.as_ref().map(|_| request.digest(&record.id, actor.id())),
            batch: request.batch.clone(),
            version_after: record.version + 1,
            salt: None,
            personal: crate::digest::Digest::ZERO,
            effects: crate::digest::Digest::ZERO,
            previous: record.head,
            hash: crate::digest::Digest::ZERO,
        }
    }

    /// A refusal, with the way that would be lawful when the stage itself is out of reach.
    pub(super) fn refuse(&self, ask: Ask<'_, '_>, reasons: Vec<Reason>) -> Decision<'static> {
        let far = reasons.iter().any(|reason| {
            matches!(
                reason.code(),
                ReasonCode::NotFromStage | ReasonCode::NoSkipping | ReasonCode::PermissionDenied
            )
        });
        let route = if far { self.route_of(ask.record, &ask.request.target, ask.actor) } else { None };
        Decision::Refused(Refusal::new(reasons).with_route(route))
    }

    /// What to tell a caller whose commit found the record changed: where it is now (S17).
    pub fn conflict(&self, current: &Record) -> Reason {
        stale_record(current, &self.stage_name(current.stage()))
    }

    pub(super) fn stage_name(&self, id: Option<&str>) -> SmolStr {
        match id {
            None => SmolStr::new_static("no stage"),
            Some(id) => self.compiled.catalog.stage(id).map_or_else(|| SmolStr::new(id), |s| s.name.clone()),
        }
    }
}

/// A time that the caller gave and that lies before the record's last row (S42).
pub(super) fn too_early(ask: Ask<'_, '_>) -> Option<Reason> {
    let (given, last) = ask.request.effective_at.zip(ask.record.last_at)?;
    (given < last).then(|| {
        let message = alloc::format!("{given} lies before the record's last change at {last}");
        Reason::new(ReasonCode::InvalidInput, message).with("input", "effective_at")
    })
}

/// Why a record of this pipeline cannot be worked with, if so (S59, S61a).
pub(crate) fn absent(record: &Record) -> Option<Reason> {
    match record.presence() {
        Presence::Live => None,
        Presence::Trashed => {
            let message = "the record is in the trash: restore it first";
            Some(Reason::new(ReasonCode::Trashed, message))
        }
        Presence::Merged => {
            let head = record.link(Link::Head).unwrap_or_default();
            let message = alloc::format!("the record became one with `{head}`: work with that one");
            Some(Reason::new(ReasonCode::Merged, message).with("head", head))
        }
    }
}

/// Somebody was first (S17).
pub(crate) fn stale_record(record: &Record, stage_name: &str) -> Reason {
    let message = alloc::format!(
        "somebody else changed this record just now, and it is in {stage_name}; reload and try again"
    );
    let reason = Reason::new(ReasonCode::StaleRecord, message);
    let version = i64::try_from(record.version).unwrap_or(i64::MAX);
    let visit = i64::try_from(record.visit).unwrap_or(i64::MAX);
    reason.with_if_any("stage", record.stage.clone()).with("version", version).with("visit", visit)
}

fn final_stage(id: &str, name: &str) -> Reason {
    let message = [name, " is final: no move leads out of it"].concat();
    Reason::new(ReasonCode::FinalStage, message).with("stage", id)
}

pub(super) fn unknown(code: ReasonCode, what: &'static str, id: &str) -> Reason {
    let message = alloc::format!("no {what} is named `{id}`");
    Reason::new(code, message).with(what, id)
}

fn quoted(ids: &[SmolStr]) -> alloc::string::String {
    let quoted: Vec<SmolStr> = ids.iter().map(|id| smol_str::format_smolstr!("`{id}`")).collect();
    super::judge::listed(&quoted, "and")
}

/// The mark of a stage that this definition does not know (S34).
fn orphan_mark(id: &SmolStr) -> StageMark {
    StageMark { id: id.clone(), label: id.clone(), outcome: crate::catalog::Outcome::Open }
}

fn meaning_text(meaning: &crate::digest::Digest) -> SmolStr {
    smol_str::format_smolstr!("{meaning}")
}
