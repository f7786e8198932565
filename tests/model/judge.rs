//! The reference: what the semantics say of a whole request.

use std::collections::BTreeMap;

use lifestage::definition::{ActionDef, ActionTrigger, MoveKind};
use lifestage::journal::RowKind;
use lifestage::{Actor, Capability, EffectTrigger, ReasonCode, Request, Target, Timestamp, Value};

use crate::gate::{Asking, Form, Gate, Step};
use crate::requests::{Op, Seen};
use crate::state::{Answers, Line, Open, State, written};

/// What a request comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Moved(Box<State>),
    Proposed(Box<State>),
    Unchanged(Option<String>),
    Refused(Vec<ReasonCode>),
}

type Answer = Result<Verdict, Vec<ReasonCode>>;

/// One actor at one time before one record.
pub struct Judge<'a> {
    pub gate: &'a Gate<'a>,
    pub state: &'a State,
    pub actor: &'a Actor,
    pub now: Timestamp,
}

impl<'a> Judge<'a> {
    pub fn op(&self, op: &Op) -> Verdict {
        let answer = match op {
            Op::Ask(seen, request) => self.ask(*seen, request),
            Op::Edit(version, facts) => self.edit(*version, facts),
            Op::Undo(seq, reason) => self.undo(*seq, reason),
            Op::Withdraw(seq) => self.withdraw(*seq),
        };
        answer.unwrap_or_else(Verdict::Refused)
    }

    pub fn asking(&self, input: &'a Answers, form: Form, backward: bool) -> Asking<'a> {
        Asking { state: self.state, actor: self.actor, input, form, backward, now: self.now }
    }

    fn from(&self) -> Option<&'a str> {
        self.state.stage.as_deref()
    }

    fn is_owner(&self) -> bool {
        self.state.owner.as_deref() == Some(self.actor.id())
    }

    fn may(&self, capability: Capability) -> Vec<ReasonCode> {
        self.gate.lacks(self.actor, capability, self.is_owner()).into_iter().collect()
    }

    fn ask(&self, seen: Seen, request: &Request) -> Answer {
        let answers: Answers =
            request.input().iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        // Borrowed for as long as the judge lives, so that steps and asking have one lifetime.
        let input: &'a Answers = Box::leak(Box::new(answers));
        if let Some(answer) = self.expectation(seen, request) {
            return answer;
        }
        if let Some(reason) = seen.forced {
            return self.force(reason, request, input, seen.effective_at);
        }
        let asking = self.asking(input, Form::Filled, seen.backward);
        let step = match request.target() {
            Target::Move(id) => self.by_move(id)?,
            Target::Stage(id) if self.gate.stage(id).is_none() => return Err(vec![ReasonCode::UnknownStage]),
            Target::Stage(id) if self.from() == Some(id) => return self.stay(),
            Target::Stage(id) => self.by_stage(id, &asking, seen.effective_at)?,
        };
        if step.mv.is_some_and(|mv| mv.approval) {
            return self.with_approval(&step, &asking, seen.effective_at);
        }
        let mut codes = self.gate.reasons(&step, &asking);
        codes.extend(self.too_early(seen.effective_at));
        self.granted_if(codes, &step, input, seen.effective_at, false)
    }

    /// What the caller saw is no more; if the visit it saw has led where it wants to go, all is
    /// well (S16).
    fn expectation(&self, seen: Seen, request: &Request) -> Option<Answer> {
        let expected = [(seen.version, self.state.version), (seen.visit, self.state.visit)];
        if expected.iter().all(|(expected, actual)| expected.is_none_or(|expected| expected == *actual)) {
            return None;
        }
        let target = match request.target() {
            Target::Stage(id) => Some(id.as_str()),
            Target::Move(id) => self.target_of(id),
        };
        // A move from a stage to itself is not made by being there.
        let again = matches!(request.target(), Target::Move(id) if self.by_move(id).is_ok());
        let there = seen.visit.is_some() && target.is_some() && target == self.from() && !again;
        Some(if there { self.stay() } else { Err(vec![ReasonCode::StaleRecord]) })
    }

    /// The stage that a move id means, wherever it starts.
    fn target_of(&self, id: &str) -> Option<&'a str> {
        let listed = self.gate.mv(id).map(|mv| mv.to.as_str());
        listed.or_else(|| {
            let stage = id.strip_prefix("to:").filter(|_| self.gate.0.policy.free)?;
            self.gate.stage(stage).map(|stage| stage.id.as_str())
        })
    }

    fn stay(&self) -> Answer {
        match self.may(Capability::View) {
            codes if codes.is_empty() => Ok(Verdict::Unchanged(self.state.stage.clone())),
            codes => Err(codes),
        }
    }

    fn by_move(&self, id: &str) -> Result<Step<'a>, Vec<ReasonCode>> {
        let Some(to) = self.target_of(id) else { return Err(vec![ReasonCode::UnknownMove]) };
        let found = self.gate.steps(self.from()).into_iter().find(|step| step.id() == id);
        found.ok_or_else(|| vec![self.no_way(if self.gate.mv(id).is_some() { None } else { Some(to) })])
    }

    fn no_way(&self, to: Option<&str>) -> ReasonCode {
        if self.gate.is_final(self.from()) {
            ReasonCode::FinalStage
        } else if to.is_some_and(|to| self.gate.stage(to).unwrap().archived) {
            ReasonCode::ArchivedStage
        } else {
            ReasonCode::NotFromStage
        }
    }

    /// The one permitted move to a stage; alternatives under one label are one move (S4).
    fn by_stage(
        &self,
        to: &str,
        asking: &Asking<'a>,
        at: Option<Timestamp>,
    ) -> Result<Step<'a>, Vec<ReasonCode>> {
        let steps = self.gate.steps_to(self.from(), to);
        if steps.len() < 2 {
            return steps.first().copied().ok_or_else(|| vec![self.no_way(Some(to))]);
        }
        let permitted: Vec<&Step<'_>> = steps.iter().filter(|step| self.is_open(step, asking)).collect();
        match permitted.first() {
            None => {
                let codes = steps.iter().flat_map(|step| self.against(step, asking));
                Err(codes.chain(self.too_early(at)).collect())
            }
            Some(first) if permitted.iter().all(|step| step.label() == first.label()) => Ok(**first),
            Some(_) => Err(vec![ReasonCode::AmbiguousMove]),
        }
    }

    /// Whether a step is open, its form apart: what is given already is to be what it asks for, and is held against its
    /// conditions.
    fn is_open(&self, step: &Step<'a>, asking: &Asking<'a>) -> bool {
        let (form, mut codes) = (Form::Coming, Vec::new());
        if asking.input.is_empty() {
            return self.against(step, &Asking { form, ..*asking }).is_empty();
        }
        self.gate.input(step, asking.input, &mut codes);
        codes.extend(self.against(step, &Asking { form: Form::Begun, ..*asking }));
        codes.is_empty()
    }

    /// What stands against a step for this actor, a proposal that waits considered (S61b).
    pub fn against(&self, step: &Step<'a>, asking: &Asking<'a>) -> Vec<ReasonCode> {
        let approval = step.mv.is_some_and(|mv| mv.approval);
        match self.waiting(step).filter(|_| approval) {
            None => self.gate.reasons(step, asking),
            Some(open) => {
                let mut codes = self.approver(open);
                codes.extend(self.gate.reasons_past_permission(step, asking));
                codes
            }
        }
    }

    fn waiting(&self, step: &Step<'_>) -> Option<&'a Open> {
        self.state.open.iter().find(|open| open.mv == step.id() && open.visit == self.state.visit)
    }

    fn approver(&self, open: &Open) -> Vec<ReasonCode> {
        if self.actor.is_automation() || open.by == self.actor.id() {
            vec![ReasonCode::ApprovalNeeded]
        } else {
            self.may(Capability::Approve)
        }
    }

    fn with_approval(&self, step: &Step<'a>, asking: &Asking<'a>, at: Option<Timestamp>) -> Answer {
        if let Some(open) = self.waiting(step) {
            let given = asking.input;
            let asking = Asking { input: &open.input, ..*asking };
            let mut codes = self.against(step, &asking);
            if !given.is_empty() && *given != open.input {
                codes.push(ReasonCode::InvalidInput);
            }
            codes.extend(self.too_early(at));
            let Verdict::Moved(mut state) = self.granted_if(codes, step, &open.input, at, false)? else {
                unreachable!()
            };
            let line = state.lines.last_mut().unwrap();
            line.refers_to = Some(open.seq);
            if step.kind == MoveKind::Internal {
                state.open.retain(|other| other.seq != open.seq);
            } else {
                line.kind = RowKind::Approval;
            }
            return Ok(Verdict::Moved(state));
        }
        let mut codes = self.gate.reasons(step, asking);
        codes.extend(self.too_early(at));
        if !codes.is_empty() {
            return Err(codes);
        }
        let mut line = self.line(RowKind::Proposal, at);
        line.mv = Some(step.id());
        line.input = asking.input.clone();
        line.version_after = self.state.version;
        let mut state = self.after(line);
        state.open.push(Open {
            seq: state.seq,
            mv: step.id(),
            by: self.actor.id().to_owned(),
            input: asking.input.clone(),
            visit: state.visit,
        });
        Ok(Verdict::Proposed(Box::new(state)))
    }

    /// Past the rules; what the move and its target ask for is asked all the same (S11, S12).
    fn force(&self, reason: &str, request: &Request, input: &'a Answers, at: Option<Timestamp>) -> Answer {
        let (mv, to) = match request.target() {
            Target::Stage(id) => (None, self.gate.stage(id).map(|stage| stage.id.as_str())),
            Target::Move(id) => (self.gate.mv(id), self.target_of(id)),
        };
        let unknown = match request.target() {
            Target::Stage(_) => ReasonCode::UnknownStage,
            Target::Move(_) => ReasonCode::UnknownMove,
        };
        let Some(to) = to else { return Err(vec![unknown]) };
        let step = match request.target() {
            Target::Stage(_) if self.from() == Some(to) => return self.stay(),
            Target::Move(id) if self.from() == Some(to) => self.by_move(id)?,
            _ if self.gate.stage(to).unwrap().archived => return Err(vec![ReasonCode::ArchivedStage]),
            _ => Step { mv, from: self.from(), to, kind: MoveKind::Ordinary },
        };
        let mut codes = self.may(Capability::Force);
        if reason.trim().is_empty() {
            codes.push(ReasonCode::MissingInput);
        }
        self.gate.input(&step, input, &mut codes);
        codes.extend(self.too_early(at));
        self.granted_if(codes, &step, input, at, true)
    }

    fn too_early(&self, at: Option<Timestamp>) -> Option<ReasonCode> {
        let early = at.zip(self.state.last_at).is_some_and(|(given, last)| given < last);
        early.then_some(ReasonCode::InvalidInput)
    }

    fn granted_if(
        &self,
        codes: Vec<ReasonCode>,
        step: &Step<'a>,
        input: &'a Answers,
        at: Option<Timestamp>,
        forced: bool,
    ) -> Answer {
        if !codes.is_empty() {
            return Err(codes);
        }
        let kind = match step.kind {
            MoveKind::Internal => RowKind::Internal,
            MoveKind::ReEntry => RowKind::ReEntry,
            _ => RowKind::Move,
        };
        let mut line = self.line(kind, at);
        line.mv = Some(step.id());
        line.to = Some(step.to.to_owned());
        line.direction = Some(self.gate.direction(step.from, step.to));
        line.input = input.clone();
        line.forced = forced;
        let (effects, once) = self.effects(step, input, line.seq);
        line.effects = effects;
        let mut state = self.after(line.clone());
        state.fired.extend(once);
        if kind != RowKind::Internal {
            let outcomes = (step.from.map(|from| self.gate.outcome(from)), Some(self.gate.outcome(step.to)));
            state.begin(&line, outcomes);
        }
        Ok(Verdict::Moved(Box::new(state)))
    }

    /// Leaving, the move, entering, each in declared order (S46, S48).
    fn effects(
        &self,
        step: &Step<'a>,
        input: &'a Answers,
        seq: u64,
    ) -> (Vec<(String, EffectTrigger, u64)>, Vec<String>) {
        let crosses = step.kind != MoveKind::Internal;
        let on = |stage: Option<&'a str>, on: ActionTrigger| -> Vec<(&'a ActionDef, Option<&'a str>)> {
            let stage = stage.filter(|_| crosses).map(|id| self.gate.stage(id).unwrap());
            let actions = stage
                .into_iter()
                .flat_map(move |stage| stage.actions.iter().map(move |a| (a, Some(stage.id.as_str()))));
            actions.filter(|(action, _)| action.on == on).collect()
        };
        let own = step.mv.into_iter().flat_map(|mv| mv.actions.iter().map(|action| (action, None)));
        let planned = [
            (EffectTrigger::Exit, on(step.from, ActionTrigger::Exit)),
            (EffectTrigger::Move, own.collect()),
            (EffectTrigger::Enter, on(Some(step.to), ActionTrigger::Enter)),
        ];
        let asking = self.asking(input, Form::Filled, false);
        let (mut effects, mut once) = (Vec::new(), Vec::new());
        for (trigger, actions) in planned {
            for (action, stage) in actions {
                let entering = trigger == EffectTrigger::Enter;
                if self.gate.holds_all(action.when.as_ref(), &asking)
                    && self.state.may_repeat(&action.id, action.repeat, stage, entering)
                {
                    // What leaving sets off belongs to the visit that ends.
                    let new = entering || (trigger == EffectTrigger::Move && crosses);
                    effects.push((action.id.to_string(), trigger, if new { seq } else { self.state.visit }));
                    if action.repeat == lifestage::definition::Repeat::Once {
                        once.push(action.id.to_string());
                    }
                }
            }
        }
        (effects, once)
    }

    /// The next row, which leaves the stage alone (S38, S42).
    pub fn line(&self, kind: RowKind, at: Option<Timestamp>) -> Line {
        let state = self.state;
        Line {
            seq: state.seq + 1,
            kind,
            mv: None,
            from: state.stage.clone(),
            to: state.stage.clone(),
            direction: None,
            actor: self.actor.id().to_owned(),
            forced: false,
            refers_to: None,
            effective_at: at.unwrap_or_else(|| state.last_at.map_or(self.now, |last| last.max(self.now))),
            version_after: state.version + 1,
            closed_before: (state.closed_at, state.lost_reason.clone()),
            effects: Vec::new(),
            facts: BTreeMap::new(),
            input: Answers::new(),
        }
    }

    pub fn after(&self, line: Line) -> State {
        let mut state = self.state.clone();
        state.seq = line.seq;
        state.version = line.version_after;
        state.last_at = Some(line.effective_at);
        state.lines.push(line);
        state
    }

    fn edit(&self, version: Option<u64>, facts: &[(String, Option<Value>)]) -> Answer {
        if version.is_some_and(|version| version != self.state.version) {
            return Err(vec![ReasonCode::StaleRecord]);
        }
        let tells_who = facts.iter().filter(|(name, _)| name == "email").count();
        let mut codes = Vec::new();
        if tells_who > 0 {
            codes.extend(self.may(Capability::EditContact));
        }
        if tells_who == 0 || tells_who < facts.len() {
            codes.extend(self.may(Capability::EditFields));
        }
        codes.extend(facts.iter().filter_map(|(name, value)| self.bad_fact(name, value.as_ref()?)));
        if !codes.is_empty() {
            return Err(codes);
        }
        let mut line = self.line(RowKind::Edit, None);
        let mut fields = self.state.fields.clone();
        for (name, value) in facts {
            match value {
                Some(value) => fields.insert(name.clone(), written(name, value)),
                None => fields.remove(name),
            };
        }
        for (name, _) in facts {
            if fields.get(name) != self.state.fields.get(name) {
                line.facts.insert(name.clone(), fields.get(name).cloned());
            }
        }
        if line.facts.is_empty() {
            return Ok(Verdict::Unchanged(self.state.stage.clone()));
        }
        let mut state = self.after(line);
        state.fields = fields;
        Ok(Verdict::Moved(Box::new(state)))
    }

    pub fn bad_fact(&self, name: &str, value: &Value) -> Option<ReasonCode> {
        let fits = match (name, value) {
            ("budget", Value::Int(_))
            | ("consent", Value::Bool(_))
            | ("price", Value::Double(_))
            | ("tags", Value::List(_)) => true,
            ("email", Value::Text(text)) => text.contains('@'),
            ("source", Value::Text(text)) => ["web", "referral", "spam"].contains(&text.as_str()),
            (name, _) => self.gate.0.fields.get(name).is_none(),
        };
        (!fits).then_some(ReasonCode::InvalidInput)
    }

    /// S43: only of the row that began the visit, and not of the creation.
    fn undo(&self, seq: u64, reason: &str) -> Answer {
        let undone = self.state.lines.iter().find(|line| line.seq == seq).unwrap();
        if seq != self.state.visit || undone.kind == RowKind::Creation {
            return Err(vec![ReasonCode::InvalidInput]);
        }
        let mut codes = self.may(Capability::Correct);
        let forced = self.gate.is_final(self.from());
        if forced {
            codes.extend(self.may(Capability::Force));
            codes.extend(reason.trim().is_empty().then_some(ReasonCode::MissingInput));
        }
        if undone.from.as_deref().is_some_and(|stage| self.gate.stage(stage).unwrap().archived) {
            codes.push(ReasonCode::ArchivedStage);
        }
        if !codes.is_empty() {
            return Err(codes);
        }
        let mut line = self.line(RowKind::Correction, None);
        line.to = undone.from.clone();
        line.direction = line.to.as_deref().map(|to| self.gate.direction(self.from(), to));
        line.refers_to = Some(seq);
        line.forced = forced;
        let outcomes = (
            self.from().map(|from| self.gate.outcome(from)),
            line.to.as_deref().map(|to| self.gate.outcome(to)),
        );
        let mut state = self.after(line.clone());
        state.begin(&line, outcomes);
        (state.closed_at, state.lost_reason) = undone.closed_before.clone();
        Ok(Verdict::Moved(Box::new(state)))
    }

    fn withdraw(&self, seq: u64) -> Answer {
        let open = self.state.open.iter().find(|open| open.seq == seq);
        let Some(open) = open else { return Err(vec![ReasonCode::InvalidInput]) };
        if open.by != self.actor.id() {
            let codes = self.may(Capability::Approve);
            if !codes.is_empty() {
                return Err(codes);
            }
        }
        let mut line = self.line(RowKind::Withdrawal, None);
        line.mv = Some(open.mv.clone());
        line.refers_to = Some(seq);
        line.version_after = self.state.version;
        let mut state = self.after(line);
        state.open.retain(|open| open.seq != seq);
        Ok(Verdict::Moved(Box::new(state)))
    }
}
