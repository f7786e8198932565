//! The work of a stage: actions that people carry out, and what they report (S50, S51).

use alloc::boxed::Box;
use alloc::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use crate::actor::Actor;
use crate::capability::Capability;
use crate::change::{Change, Extra};
use crate::code::ReasonCode;
use crate::compile::{Compiled, ManualAction};
use crate::definition::{ActionDef, ActionKind, OnDoneDef, Repeat};
use crate::effect::{BY_HAND, Effect, EffectKind, HOST_CHOICE, HOST_ROLE, ROUND_ROBIN, pool_of};
use crate::journal::{FactChange, QUEUES, Row, RowKind};
use crate::outbox::{EffectUpdate, Entry, WorkState};
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request, asked_like_a_request};
use crate::time::Timestamp;
use crate::value::{Fields, Value};

use super::authorize::About;
use super::decide::{Ask, too_early, unknown};
use super::judge::{Inputs, condition_reasons};
use super::{Decision, Pipeline};

/// Why work is not there to be reported any more.
const OVER: &str = "it is not wanted any more: the stay it belonged to is over";
/// The answer that says who hosts.
const HOST: &str = "host";

/// A wish to carry out an action that a stage offers.
///
/// ```
/// use lifestage::CarryOut;
///
/// let book = CarryOut::action("book_a_call").with("event_type", "strategy_call").with("host", "round_robin");
/// # let _ = book;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CarryOut {
    action: SmolStr,
    said: Fields,
    /// Whose turn it is to host the call.
    turn: Option<SmolStr>,
    request: Request,
}

asked_like_a_request!(CarryOut);

impl CarryOut {
    /// The action with this id.
    pub fn action(id: impl Into<SmolStr>) -> Self {
        Self { action: id.into(), said: Fields::new(), turn: None, request: Request::to("") }
    }

    /// Answers what the action asks, or says more about it.
    #[must_use]
    pub fn with(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.said.insert(name, value);
        self
    }

    /// The same, with this person as the host of the call, whose turn it is.
    #[cfg(feature = "std")]
    pub(crate) fn hosted_by(mut self, host: &str) -> Self {
        self.turn = Some(SmolStr::new(host));
        self
    }

    /// Whether whoever is next is to host the call.
    #[cfg(feature = "std")]
    pub(crate) fn wants_turn(&self) -> bool {
        self.said.get(HOST) == Some(&Value::from(ROUND_ROBIN))
    }

    /// What was said, and who hosts in turn.
    fn answered(&self) -> Fields {
        let mut said = self.said.clone();
        if let Some(turn) = &self.turn {
            said.insert(HOST, turn.clone());
        }
        said
    }

    /// The request as the store's digest sees it (S14).
    pub(crate) fn request(&self) -> Request {
        let mut request =
            self.request.operating(Operation::CarryOut, Fields::from_iter([("action", self.action.clone())]));
        for (name, value) in self.said.iter() {
            request.input.insert(name, value.clone());
        }
        request
    }
}

/// What became of work: of a task, a booking, or another action that somebody has to report.
///
/// ```
/// use lifestage::Report;
///
/// let done = Report::done().with("outcome", "wants an offer");
/// let failed = Report::failed("nobody answered");
/// # let _ = (done, failed, Report::undone());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    became: Became,
    said: Fields,
    request: Request,
}

asked_like_a_request!(Report);

#[derive(Debug, Clone, PartialEq)]
enum Became {
    Done,
    Failed,
    Undone,
    Given(SmolStr),
}

impl Report {
    fn new(became: Became) -> Self {
        Self { became, said: Fields::new(), request: Request::to("") }
    }

    /// It is done.
    pub fn done() -> Self {
        Self::new(Became::Done)
    }

    /// It failed, for this reason, and nobody is to do it any more.
    pub fn failed(why: impl Into<SmolStr>) -> Self {
        Self::new(Became::Failed).with("error", why.into())
    }

    /// It was reported by mistake, and is to be done.
    pub fn undone() -> Self {
        Self::new(Became::Undone)
    }

    /// It is somebody else's from now on: a person's, or that of `role:` and a role.
    pub fn given_to(whom: impl Into<SmolStr>) -> Self {
        Self::new(Became::Given(whom.into()))
    }

    /// Says more about it.
    #[must_use]
    pub fn with(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.said.insert(name, value);
        self
    }

    /// The same, led to by so many changes (S13).
    #[cfg(feature = "std")]
    pub(crate) fn after_so_many(mut self, depth: u16) -> Self {
        self.request.depth = depth;
        self
    }

    /// The request as the store's digest sees it (S14).
    pub(crate) fn request(&self, effect: &Effect) -> Request {
        let (became, to) = match &self.became {
            Became::Done => ("done", SmolStr::default()),
            Became::Failed => ("failed", SmolStr::default()),
            Became::Undone => ("undone", SmolStr::default()),
            Became::Given(to) => ("given", to.clone()),
        };
        let about = [
            ("effect", format_smolstr!("{}/{}", effect.seq, effect.index)),
            ("became", SmolStr::new_static(became)),
            ("to", to),
        ];
        let mut request = self.request.operating(Operation::Report, about.into_iter().collect());
        for (name, value) in self.said.iter() {
            request.input.insert(name, value.clone());
        }
        request
    }
}

impl Pipeline {
    /// Judges that somebody carries out an action of the record's stage: capability `act`, the roles and the
    /// condition of the action, and answers to what it asks. What is to be done is planned as an effect, for somebody
    /// to do and to report.
    ///
    /// An action asks for what its argument `ask` lists. Where it has a list named like the question with an `s`, as
    /// `event_types` for `event_type`, the answer is one of it. To book a call, `host` is a person, or `round_robin`
    /// for whoever of the pool in `host_role` is next, as far as `host_choice` allows (S52).
    ///
    /// ```
    /// use lifestage::{Actor, CarryOut, Pipeline, Record, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::CONTACT_STAGES)?;
    /// let (sam, now) = (Actor::new("sam").with_role("user"), Timestamp::from_seconds(1_772_442_000));
    /// let ada = Record::new("ada").in_stage("approved").at_version(3);
    /// let book = CarryOut::action("book_a_call").with("event_type", "strategy_call").with("host", "eva");
    /// let change = pipeline.carry_out(&ada, &book, &sam, now).change().unwrap();
    /// let call = change.effects().next().unwrap();
    /// assert_eq!((call.kind.name(), call.assignee.as_deref()), ("book_call", Some("eva")));
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn carry_out<'a>(
        &'a self,
        record: &'a Record,
        act: &CarryOut,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &act.request, now };
        if let Some(reason) = self.barred(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let (at, offer, def) = match self.offered(record, &act.action) {
            Ok(found) => found,
            Err(reason) => return Decision::Refused(Refusal::only(reason)),
        };
        let mut reasons = Vec::new();
        reasons.extend(self.denial_of(Capability::Act, record, actor, About::Action(offer)));
        let facts = self.facts(ask, &act.said);
        if let Some(when) = facts.unmet(offer.spec.when) {
            condition_reasons(when, &facts, Inputs::Given, &mut reasons);
        }
        reasons.extend(used_up(def, record));
        answers(def, &act.said, &mut reasons);
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            let id = &act.action;
            let reasons = reasons.into_iter().map(|reason| reason.with("action", id.clone())).collect();
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut row = self.row(ask, RowKind::Action);
        row.input = act.answered();
        row.input.insert("action", act.action.clone());
        row.version_after = record.version;
        row.request = Self::digest_of(ask, || act.request());
        let extra = Extra { act: Some((at, act.answered())), ..Extra::default() };
        Decision::Moved(Change { extra: Some(Box::new(extra)), ..self.quiet(ask, row) })
    }

    /// The action with this id that the record's stage offers.
    fn offered(&self, record: &Record, id: &str) -> Result<(usize, &ManualAction, &ActionDef), Reason> {
        let here = self.place(record)?;
        let all = self.compiled.offers.iter().enumerate();
        let mut named = all
            .filter_map(|(at, offer)| Some((at, offer, self.compiled.action_of(offer)?)))
            .filter(|(_, _, def)| def.id == id);
        let found = named.clone().find(|(_, offer, _)| Some(offer.stage) == here);
        found.ok_or_else(|| match named.next() {
            None => unknown(ReasonCode::UnknownPart, "action", id),
            Some((_, offer, def)) => {
                let stage = self.compiled.catalog.get(offer.stage);
                let message = alloc::format!(
                    "`{}` is offered in {}, and the record is in {}",
                    def.name,
                    stage.name(),
                    self.stage_name(record.stage())
                );
                Reason::new(ReasonCode::NotFromStage, message).with("action", id).with("stage", stage.id())
            }
        })
    }

    /// The pool of those who host what an action books.
    #[cfg(feature = "std")]
    pub(crate) fn host_pool(&self, record: &Record, act: &CarryOut) -> Option<SmolStr> {
        let (_, _, def) = self.offered(record, &act.action).ok()?;
        host_role(def)
    }

    /// The host of a call who is chosen by hand, and the pool they are of.
    #[cfg(feature = "std")]
    pub(crate) fn chosen_host<'h>(&self, record: &Record, act: &'h CarryOut) -> Option<(SmolStr, &'h str)> {
        let (_, _, def) = self.offered(record, &act.action).ok()?;
        match act.said.get(HOST) {
            Some(Value::Text(host)) if host != ROUND_ROBIN => Some((host_role(def)?, host)),
            _ => None,
        }
    }

    /// Judges a report about work that an earlier row planned: capability `act`, or the task being one's own. What the
    /// action names for when it is done is set in motion: the record leaves and joins queues, and a move follows as an
    /// attempt of its own (S13, S52). What is undone after all gives the queues back, as far as the stage of the record
    /// still has them; a move that followed stands.
    ///
    /// `work` is the effect as the store knows it; what is done already is left as it is.
    pub fn report<'a>(
        &'a self,
        record: &'a Record,
        work: &Entry,
        report: &Report,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &report.request, now };
        if let Some(reason) = self.barred(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let effect = &work.effect;
        let (seq, index) = (effect.seq, effect.index);
        let mut reasons = Vec::new();
        if !is_whose(work.assignee.as_deref(), actor) {
            reasons.extend(self.denial(Capability::Act, record, actor));
        }
        if let Became::Given(to) = &report.became
            && (to.trim().is_empty() || (pool_of(Some(to)).is_some() && !actor.is_automation()))
        {
            let message = alloc::format!("`{to}` is nobody to give it to");
            reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("input", "assignee"));
        }
        let stands = match (work.work, &report.became) {
            _ if effect.record != record.id => Some("it belongs to another record"),
            (None, _) => Some("nobody has to report it"),
            (Some(WorkState::Open), Became::Undone) => Some("it is not done yet"),
            (Some(WorkState::Cancelled), _) => Some(OVER),
            (Some(WorkState::Done | WorkState::Failed), Became::Undone)
                if effect.bound && effect.visit != record.visit =>
            {
                Some(OVER)
            }
            (Some(WorkState::Done | WorkState::Failed), Became::Undone) => None,
            (Some(WorkState::Open), _) => None,
            (Some(WorkState::Done), Became::Done) | (Some(WorkState::Failed), Became::Failed)
                if reasons.is_empty() =>
            {
                return self.nothing_to_do(record, actor);
            }
            (Some(_), _) => Some("it is reported already"),
        };
        reasons.extend(stands.map(|why| {
            let message = alloc::format!("`{}` cannot be reported so: {why}", effect.action);
            let effect = format_smolstr!("{}", effect.id());
            Reason::new(ReasonCode::InvalidInput, message).with("effect", effect)
        }));
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut row = self.reported(ask, effect, report);
        let update = match &report.became {
            Became::Done => EffectUpdate::Report { seq, index, done: true },
            Became::Failed => EffectUpdate::Report { seq, index, done: false },
            Became::Undone => EffectUpdate::Reopen { seq, index },
            Became::Given(to) => EffectUpdate::Give { seq, index, to: to.clone() },
        };
        let depth = report.request.depth;
        let mut extra = Extra { depth, updates: alloc::vec![update], ..Extra::default() };
        match (&report.became, self.compiled.on_done(&effect.action)) {
            (Became::Done, Some(then)) => {
                row.facts.extend(queue_change(record, |queues| {
                    queues.retain(|queue| *queue != then.leave_queue);
                    join(queues, &then.join_queue);
                }));
                extra.follow = (!then.mv.is_empty()).then(|| (effect.action.clone(), then.mv.clone()));
            }
            (Became::Undone, Some(then)) if work.work == Some(WorkState::Done) => {
                let back = self.takes(&then.leave_queue, record);
                row.facts.extend(queue_change(record, |queues| {
                    queues.retain(|queue| *queue != then.join_queue);
                    if back {
                        join(queues, &then.leave_queue);
                    }
                }));
            }
            _ => {}
        }
        Decision::Moved(Change { extra: Some(Box::new(extra)), ..self.quiet(ask, row) })
    }

    /// Whether a queue takes records of the stage that this one is in.
    fn takes(&self, queue: &str, record: &Record) -> bool {
        let here = |stage: &SmolStr| record.stage() == Some(stage);
        let queue = self.compiled.document.queues.iter().find(|def| def.id == queue);
        queue.is_some_and(|def| def.stages.is_empty() || def.stages.iter().any(here))
    }

    /// The row that tells of a report. The record stays at its version.
    fn reported(&self, ask: Ask<'_, '_>, effect: &Effect, report: &Report) -> Row {
        let kind = match effect.kind {
            EffectKind::CreateTask => RowKind::Task,
            _ => RowKind::Action,
        };
        let mut row = self.row(ask, kind);
        row.input = report.said.clone();
        row.input.insert("action", effect.action.clone());
        row.input.insert("index", i64::from(effect.index));
        if let Some(title) = effect.args.get("title") {
            row.input.insert("text", title.clone());
        }
        match &report.became {
            Became::Done => row.input.insert("done", true),
            Became::Failed => row.input.insert("failed", true),
            Became::Undone => row.input.insert("undone", true),
            Became::Given(to) => row.input.insert("assignee", to.clone()),
        };
        row.refers_to = Some(effect.seq);
        row.version_after = ask.record.version;
        row.request = Self::digest_of(ask, || report.request(effect));
        row
    }

    /// Judges that a record gets the follow-up work that its stage came to have while it was there: capability `publish`.
    /// `had` are the effects that were planned for it in this visit, as the store knows them; what is among them is not
    /// planned again. Messages are left out, unless wanted: a welcome is no good after weeks. Tasks are due, and reminded
    /// of, as from now; one that comes after a task which is there and not done waits for it. Notices of new promises of
    /// time are for records that enter.
    ///
    /// [`Workspace::catch_up`](crate::Workspace) does so for all records of a pipeline.
    pub fn catch_up<'a>(
        &'a self,
        record: &'a Record,
        had: &[Entry],
        messages: bool,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let here = match self.place(record) {
            Ok(here) => here,
            Err(reason) => return Decision::Refused(Refusal::only(reason)),
        };
        if let Some(reason) = self.may_configure(actor, Capability::Publish) {
            return Decision::Refused(Refusal::only(reason));
        }
        let entry = here.and_then(|here| self.compiled.gate(here)).map_or(&[][..], |gate| &gate.on_enter);
        let is_new = |at: &&u32| {
            self.compiled.effects.get(**at as usize).is_some_and(|spec| {
                let message = matches!(spec.kind, EffectKind::SendEmail | EffectKind::SendText);
                let wanted = matches!(spec.kind, EffectKind::CreateTask | EffectKind::Move);
                (wanted || (message && messages))
                    && !had.iter().any(|entry| entry.effect.action == spec.action)
            })
        };
        let given: Vec<u32> = entry.iter().filter(is_new).copied().collect();
        let request = Request::to("");
        let ask = Ask { record, actor, request: &request, now };
        let mut row = self.row(ask, RowKind::Workflow);
        row.version_after = record.version;
        self.requeue(record, &mut row);
        let requeued = !row.facts.is_empty();
        let extra = Extra { given, had: self.tasks_there(entry, had), ..Extra::default() };
        let change = Change { extra: Some(Box::new(extra)), ..self.quiet(ask, row) };
        if !requeued && change.effects().next().is_none() {
            return self.nothing_to_do(record, actor);
        }
        Decision::Moved(change)
    }

    /// Which of the effects of a stage are tasks that were planned before, and where those are that are not done. What was
    /// cancelled is not waited for.
    fn tasks_there(&self, of_stage: &[u32], had: &[Entry]) -> Vec<(u32, Option<(u64, u16)>)> {
        let find = |at: &u32| {
            let action = &self.compiled.effects.get(*at as usize)?.action;
            let is_task = |entry: &&Entry| {
                entry.effect.kind == EffectKind::CreateTask && entry.effect.action == *action
            };
            let there = had.iter().filter(is_task).filter(|entry| entry.work != Some(WorkState::Cancelled));
            let there = there.min_by_key(|entry| entry.work == Some(WorkState::Done))?;
            let open = there.work != Some(WorkState::Done);
            Some((*at, open.then_some((there.effect.seq, there.effect.index))))
        };
        of_stage.iter().filter_map(find).collect()
    }

    /// Which queues a record is on whose visit ends and begins with this row: those of its new stage, and those without
    /// stages that it was on (S52).
    pub(super) fn requeue(&self, record: &Record, row: &mut Row) {
        let queues = &self.compiled.document.queues;
        if queues.is_empty() && record.queues().is_empty() {
            return;
        }
        let to = row.to.as_ref().map(|mark| &mark.id);
        row.facts.extend(queue_change(record, |on| {
            on.retain(|id| queues.iter().any(|queue| queue.id == *id && queue.stages.is_empty()));
            for queue in queues.iter().filter(|queue| to.is_some_and(|to| queue.stages.contains(to))) {
                join(on, &queue.id);
            }
        }));
    }
}

/// Whether work is this actor's, or that of a role the actor has.
fn is_whose(assignee: Option<&str>, actor: &Actor) -> bool {
    assignee.is_some_and(|assignee| match assignee.strip_prefix("role:") {
        Some(role) => actor.roles().iter().any(|own| own == role),
        None => assignee == actor.id(),
    })
}

fn join(queues: &mut Vec<SmolStr>, queue: &SmolStr) {
    if !queue.is_empty() && !queues.contains(queue) {
        queues.push(queue.clone());
    }
}

/// What becomes of the queues of a record; none when nothing does.
fn queue_change(record: &Record, change: impl FnOnce(&mut Vec<SmolStr>)) -> Option<FactChange> {
    let before: Vec<SmolStr> = record.queues().iter().map(|queued| queued.queue.clone()).collect();
    let mut after = before.clone();
    change(&mut after);
    let list = |queues: Vec<SmolStr>| (!queues.is_empty()).then_some(Value::List(queues));
    (before != after).then(|| FactChange { name: QUEUES.into(), old: list(before), new: list(after) })
}

/// Whether an action of the record's stage cannot be carried out again (S48).
pub(super) fn is_used_up(def: &ActionDef, record: &Record) -> bool {
    match def.repeat {
        Repeat::EveryVisit => false,
        Repeat::FirstVisit => record.stage().is_some_and(|stage| record.visits_of(stage) > 1),
        Repeat::Once => record.memory.fired.contains(&def.id),
    }
}

fn used_up(def: &ActionDef, record: &Record) -> Option<Reason> {
    is_used_up(def, record).then(|| {
        let message = alloc::format!("`{}` was for once only", def.name);
        Reason::new(ReasonCode::InvalidInput, message)
    })
}

fn host_role(def: &ActionDef) -> Option<SmolStr> {
    match def.with.get(HOST_ROLE) {
        Some(Value::Text(role)) => Some(role.clone()),
        _ => None,
    }
}

fn list<'d>(def: &'d ActionDef, name: &str) -> &'d [SmolStr] {
    match def.with.get(name) {
        Some(Value::List(list)) => list,
        _ => &[],
    }
}

/// What is wrong with the answers to what an action asks.
fn answers(def: &ActionDef, said: &Fields, reasons: &mut Vec<Reason>) {
    let invalid = |name: &str, value: &Value, why: &str| {
        let message = alloc::format!("`{value}` is no answer to `{name}`: {why}");
        Reason::new(ReasonCode::InvalidInput, message).with("input", name)
    };
    let books = def.kind == ActionKind::BookCall;
    // What the definition fixes is not the person's to say, and no argument has a name that begins with `=`.
    let asked = list(def, "ask");
    for (name, value) in said.iter() {
        let fixed = def.with.get(name).is_some() && !asked.iter().any(|ask| ask == name);
        if fixed || name.starts_with('=') {
            reasons.push(invalid(name, value, "the action does not ask for it"));
        }
    }
    for name in list(def, "ask") {
        let Some(value) = said.get(name) else {
            let message = alloc::format!("`{name}` is missing");
            reasons.push(Reason::new(ReasonCode::MissingInput, message).with("input", name.clone()));
            continue;
        };
        let allowed = list(def, &format_smolstr!("{name}s"));
        let fits = matches!(value, Value::Text(text) if allowed.is_empty() || allowed.contains(text));
        if !fits && !allowed.is_empty() {
            reasons.push(invalid(name, value, &alloc::format!("it is not one of {}", allowed.join(", "))));
        }
    }
    let Some(host) = said.get(HOST).filter(|_| books) else { return };
    let choices = list(def, HOST_CHOICE);
    let may = |choice: &str| choices.is_empty() || choices.iter().any(|allowed| allowed == choice);
    match host {
        // A turn is that of the pool of the action, or of one that is named where the action has none.
        Value::Text(turn) if turn == ROUND_ROBIN || pool_of(Some(turn)).is_some() => {
            let has_pool = host_role(def).is_some();
            if !may(ROUND_ROBIN) || has_pool != (turn == ROUND_ROBIN) {
                let why = if may(ROUND_ROBIN) && has_pool {
                    "the turn is that of the action's own pool"
                } else {
                    "a host is chosen by hand"
                };
                reasons.push(invalid(HOST, host, why));
            }
        }
        Value::Text(person) if !person.trim().is_empty() => {
            if !may(BY_HAND) {
                reasons.push(invalid(HOST, host, "hosts take turns"));
            }
        }
        other => reasons.push(invalid(HOST, other, "it names nobody")),
    }
}

impl Compiled {
    /// What the document says of an offered action.
    pub(crate) fn action_of(&self, offer: &ManualAction) -> Option<&ActionDef> {
        let (stage, action) = offer.place;
        self.document.stages.get(stage)?.actions.get(action)
    }

    /// What follows when an action is reported done.
    fn on_done(&self, action: &str) -> Option<&OnDoneDef> {
        let of_stages = self.document.stages.iter().flat_map(|stage| &stage.actions);
        let of_moves = self.document.policy.moves.iter().flat_map(|mv| &mv.actions);
        of_stages.chain(of_moves).find(|def| def.id == action).map(|def| &def.on_done)
    }
}
