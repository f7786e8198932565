mod by_hand;

use std::any::Any;
use std::borrow::Cow;
use std::boxed::Box;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::{String, ToString};
use std::time::{Duration, Instant};
use std::vec::Vec;

pub use by_hand::{HandledByHost, Taken};

use super::{Answer, Workspace, WorkspaceError};
use crate::digest::Digest;
use crate::effect::{Effect, EffectKind, pool_of};
use crate::outbox::{Claim, Delivery, EffectState, Settled, Settlement};
use crate::pipeline::{Report, SlaNotice};
use crate::store::{Reader, Store};
use crate::time::{Span, Timestamp};

/// What delivers effects of one kind: sends the e-mail, calls the webhook. A closure over `&Delivery` is one.
///
/// It may be called more than once for one effect, and must then do no harm: the effect's
/// [`id`](crate::Effect::id) is the same each time. It is called from the thread of [`Worker::run_once`], and may
/// take as long as the lease of the worker.
pub trait Handler: Send + Sync {
    /// Delivers one effect.
    ///
    /// # Errors
    /// [`HandlerError`] when it could not; it is tried again later, unless the error says that there is no use.
    fn handle(&self, delivery: &Delivery) -> Result<Handled, HandlerError>;
}

impl<F: Fn(&Delivery) -> Result<Handled, HandlerError> + Send + Sync> Handler for F {
    fn handle(&self, delivery: &Delivery) -> Result<Handled, HandlerError> {
        self(delivery)
    }
}

/// What a handler achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handled {
    /// It is delivered. Work that somebody has to report is still to be done.
    Delivered,
    /// It is delivered, and done: what follows an action that is done follows.
    Done,
}

/// Why a handler could not deliver.
#[derive(Debug)]
pub struct HandlerError {
    message: String,
    for_good: bool,
}

impl HandlerError {
    /// It failed this time.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), for_good: false }
    }

    /// It will fail each time: nobody is to try again.
    #[must_use]
    pub fn for_good(mut self) -> Self {
        self.for_good = true;
        self
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Error> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

/// What one round of a worker came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// Effects delivered.
    pub delivered: usize,
    /// Moves of the engine itself that were made.
    pub moved: usize,
    /// Timed moves and clocks that were looked at and had nothing to do, or not yet.
    pub idle: usize,
    /// Effects that failed and are to be tried again.
    pub retried: usize,
    /// Effects that were given up.
    pub dead: usize,
    /// Effects that took longer than the lease, so that somebody else has them now.
    pub late: usize,
    /// What went wrong: the id of the effect, and why.
    pub errors: Vec<(String, String)>,
}

impl Round {
    /// How many effects it dealt with.
    pub const fn total(&self) -> usize {
        self.delivered + self.moved + self.idle + self.retried + self.dead + self.late
    }

    fn add(&mut self, other: Self) {
        self.delivered += other.delivered;
        self.moved += other.moved;
        self.idle += other.idle;
        self.retried += other.retried;
        self.dead += other.dead;
        self.late += other.late;
        self.errors.extend(other.errors);
    }
}

/// Delivers the effects of a workspace: those that are due, each by the handler of its kind. The host drives it, as
/// often as it likes, in as many threads and processes as it likes: an effect is handed to one at a time (S47).
///
/// The effects of a record are delivered in order. One that fails holds back those of its kind after it until it is
/// delivered or given up; other kinds and other records go on.
///
/// Moves that time or facts make, it makes itself. A task is delivered by being on the list of
/// [`tasks`](Workspace::tasks), where it is from the commit on: without a handler for tasks it is settled as such, unless
/// the worker [leaves tasks](Self::leaving_tasks) to another. Effects of any other kind without a handler wait, in
/// [`outbox`](Workspace::outbox) for all to see.
///
/// ```
/// use lifestage::definition::{ActionDef, ActionKind};
/// use lifestage::store::MemoryStore;
/// use lifestage::{Actor, Creation, EffectKind, Handled, Pipeline, Record, Timestamp, Worker, Workspace, presets};
///
/// let (ada, now) = (Actor::new("ada").with_role("admin"), Timestamp::from_seconds(1_772_442_000));
/// let crm = Workspace::open(MemoryStore::new(), "acme")?;
/// crm.publish(&Pipeline::from_json(presets::SALES_STAGES)?, &ada, now)?;
/// let lead = Record::new("lead-1").with("name", "Mo").with("email", "mo@example.com").with("property", "Elm Street 1");
/// crm.create(lead, &Creation::new(), &ada, now)?;
///
/// let worker = Worker::new(&crm).on(EffectKind::SendEmail, |mail: &lifestage::outbox::Delivery| {
///     println!("to {}: {}", mail.effect.args.get("to").unwrap(), mail.effect.args.get("subject").unwrap());
///     Ok(Handled::Delivered)
/// });
/// assert_eq!(worker.run_once(now)?.delivered, 2); // a message, and a task; another task waits for that one
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Worker<'w, S> {
    crm: &'w Workspace<S>,
    handlers: BTreeMap<EffectKind, Box<dyn Handler + 'w>>,
    /// What it sees to without a handler.
    own: &'static [EffectKind],
    lease: Span,
    batch: usize,
    attempts: u32,
    wait: (Span, Span),
}

impl<S> fmt::Debug for Worker<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("handles", &self.handlers.keys()).finish_non_exhaustive()
    }
}

/// What waits for somebody to be there is not looked at again before this is over.
const LEAST_WAIT: Span = Span::from_seconds(1);

/// What a worker has for a while.
struct Lease {
    deliveries: Vec<Delivery>,
    /// None when it lasts longer than this machine can tell.
    ends: Option<Instant>,
}

impl Lease {
    /// What it no longer covers may be another's by now.
    fn holds(&self) -> bool {
        self.ends.is_none_or(|ends| Instant::now() < ends)
    }
}

/// What became of the effects of a batch, one after the other.
#[derive(Default)]
struct Batch<'d> {
    outcomes: Vec<Settled>,
    /// What is to be tried again, by record and kind.
    failed: BTreeSet<(&'d str, EffectKind)>,
}

impl<'d> Batch<'d> {
    /// Gives an effect back that comes after one of its kind, in its record, that failed just now (S47).
    fn holds_back(&mut self, delivery: &Delivery) -> bool {
        let held = self.failed.contains(&(delivery.effect.record.as_str(), delivery.effect.kind));
        self.outcomes.extend(held.then_some(Settled::GivenBack { at: delivery.ready_at }));
        held
    }

    fn push(&mut self, delivery: &'d Delivery, outcome: Settled) {
        if matches!(outcome, Settled::Retry { .. }) {
            self.failed.insert((&delivery.effect.record, delivery.effect.kind));
        }
        self.outcomes.push(outcome);
    }
}

/// What the engine made of an effect.
enum Own<'d> {
    /// All there is to do.
    Settled(Settled),
    /// It is for a handler, as it is now.
    Deliver(Cow<'d, Delivery>),
}

impl<'w, S: Store + Reader> Worker<'w, S> {
    /// A worker without handlers, with leases of a minute, up to 100 effects at a time, eight attempts, and waits
    /// between them that double from ten seconds up to an hour.
    pub fn new(crm: &'w Workspace<S>) -> Self {
        Self {
            crm,
            handlers: BTreeMap::new(),
            own: &[EffectKind::Move, EffectKind::CreateTask],
            lease: Span::from_seconds(60),
            batch: 100,
            attempts: 8,
            wait: (Span::from_seconds(10), Span::from_seconds(3600)),
        }
    }

    /// The same worker, delivering effects of this kind by `handler`.
    #[must_use]
    pub fn on(mut self, kind: EffectKind, handler: impl Handler + 'w) -> Self {
        self.handlers.insert(kind, Box::new(handler));
        self
    }

    /// The same worker, leaving tasks to another one, which has a handler for them: where some workers send e-mail and
    /// others tell people of their tasks, the first must not settle what is for the second.
    #[must_use]
    pub const fn leaving_tasks(mut self) -> Self {
        self.own = &[EffectKind::Move];
        self
    }

    /// For how long it has what it claims. A handler that takes longer may be called a second time by another worker.
    #[must_use]
    pub const fn with_lease(mut self, lease: Span) -> Self {
        self.lease = lease;
        self
    }

    /// How many effects it claims at a time.
    #[must_use]
    pub const fn with_batch(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    /// How often an effect is tried before it is given up.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// How long to wait before the second attempt, and how long at most; the wait doubles from one to the next. A part of
    /// it that differs from effect to effect is left out, so that those that failed together do not come back together.
    #[must_use]
    pub const fn with_wait(mut self, first: Span, longest: Span) -> Self {
        self.wait = (first, longest);
        self
    }

    /// Delivers everything that is due at `now`, batch by batch.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails. What is delivered and not written down then is delivered again, once the
    /// lease is over.
    pub fn run_once(&self, now: Timestamp) -> Result<Round, WorkspaceError> {
        let (mut all, began) = (Round::default(), Instant::now());
        loop {
            let round = self.batch(now, began)?;
            let total = round.total();
            all.add(round);
            if total == 0 {
                return Ok(all);
            }
        }
    }

    /// Delivers up to one batch of what is due at `now`.
    ///
    /// # Errors
    /// As [`run_once`](Self::run_once).
    pub fn run_batch(&self, now: Timestamp) -> Result<Round, WorkspaceError> {
        self.batch(now, Instant::now())
    }

    fn batch(&self, now: Timestamp, began: Instant) -> Result<Round, WorkspaceError> {
        Ok(self.sift(&[], now, began)?.1)
    }

    /// Takes a batch, sees to what is the engine's and what there are handlers for, and leaves over what is `theirs`.
    fn sift(
        &self,
        theirs: &[EffectKind],
        now: Timestamp,
        began: Instant,
    ) -> Result<(Vec<Delivery>, Round), WorkspaceError> {
        let lease = self.claim(&self.kinds(theirs), now, began)?;
        let (mut seen, mut settled, mut left) = (Vec::new(), Batch::default(), Vec::<Delivery>::new());
        for delivery in lease.deliveries.iter().take_while(|_| lease.holds()) {
            // Those of a record come one after the other, and what is left over comes first (S47).
            let is_behind = left.last().is_some_and(|before| before.effect.record == delivery.effect.record);
            if is_behind && !theirs.contains(&delivery.effect.kind) {
                settled.push(delivery, Settled::GivenBack { at: delivery.ready_at });
            } else if !settled.holds_back(delivery) {
                let done = match self.own(theirs, delivery, now) {
                    Ok(Own::Settled(settled)) => Ok(settled),
                    Ok(Own::Deliver(delivery)) if theirs.contains(&delivery.effect.kind) => {
                        left.push(Cow::into_owned(delivery));
                        continue;
                    }
                    Ok(Own::Deliver(delivery)) => self.outcome(&delivery, self.call(&delivery), now),
                    Err(error) => Err(error),
                };
                settled.push(delivery, self.spared(delivery, done, now));
            }
            seen.push(delivery);
        }
        // What the lease no longer covers is somebody else's by now.
        seen.extend(lease.deliveries.get(seen.len() + left.len()..).unwrap_or_default());
        let round = self.settle(seen.iter().copied(), settled.outcomes, now)?;
        Ok((left, round))
    }

    /// The same for an async host: its own handler is awaited for each effect of these kinds. The store is called in
    /// between, and blocks for as long as a store does. If the handler panics, what was handled before it in the batch is
    /// delivered again once the lease is over.
    ///
    /// # Errors
    /// As [`run_once`](Self::run_once).
    pub async fn run_batch_async<H>(
        &self,
        kinds: &[EffectKind],
        now: Timestamp,
        handle: H,
    ) -> Result<Round, WorkspaceError>
    where
        H: AsyncFn(&Delivery) -> Result<Handled, HandlerError>,
    {
        let lease = self.claim(&self.kinds(kinds), now, Instant::now())?;
        let mut settled = Batch::default();
        for delivery in lease.deliveries.iter().take_while(|_| lease.holds()) {
            if settled.holds_back(delivery) {
                continue;
            }
            let done = match self.own(kinds, delivery, now) {
                Ok(Own::Settled(settled)) => Ok(settled),
                Ok(Own::Deliver(delivery)) if kinds.contains(&delivery.effect.kind) => {
                    self.outcome(&delivery, handle(&delivery).await, now)
                }
                Ok(Own::Deliver(delivery)) => self.outcome(&delivery, self.call(&delivery), now),
                Err(error) => Err(error),
            };
            settled.push(delivery, self.spared(delivery, done, now));
        }
        self.settle(lease.deliveries.iter(), settled.outcomes, now)
    }

    /// When the next effect is due that this worker would see to, for a host that sleeps until then.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>, WorkspaceError> {
        Ok(self.crm.store().next_ready(self.crm.tenant(), &self.kinds(&[]))?)
    }

    /// What it takes, with what somebody else handles.
    fn kinds(&self, theirs: &[EffectKind]) -> Vec<EffectKind> {
        let mut kinds: Vec<EffectKind> = self.handlers.keys().copied().collect();
        kinds.extend(self.own.iter().chain(theirs));
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Claims for as long as the lease, counted from now and not from when the run began.
    fn claim(&self, kinds: &[EffectKind], now: Timestamp, began: Instant) -> Result<Lease, WorkspaceError> {
        // Whole seconds, so that what takes no time leaves the same behind each time.
        let gone = Span::from_seconds(i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX));
        let until = now.checked_add(gone).and_then(|now| now.checked_add(self.lease)).unwrap_or(now);
        let ends = Instant::now().checked_add(duration(self.lease));
        let limit = if self.attempts > 1 { self.batch } else { self.batch.min(1) };
        let claim = Claim { now, until, kinds: kinds.to_vec(), limit };
        let mut deliveries = self.crm.store().claim(self.crm.tenant(), &claim)?;
        // What may be tried only once more is tried alone: if it ends the process, nothing else goes with it.
        let last = deliveries.iter().position(|delivery| delivery.attempt >= self.attempts);
        let alone = last.map_or(deliveries.len(), |at| at.max(1)).min(deliveries.len());
        let back: Vec<Settlement> = deliveries
            .split_off(alone)
            .iter()
            .map(|delivery| {
                let back = Settled::GivenBack { at: delivery.ready_at };
                Settlement::of(&delivery.effect, delivery.lease, back)
            })
            .collect();
        self.crm.store().settle(self.crm.tenant(), &back)?;
        Ok(Lease { deliveries, ends })
    }

    /// What the engine does with an effect before, or instead of, calling a handler. `theirs` are kinds that somebody else
    /// handles.
    fn own<'d>(
        &self,
        theirs: &[EffectKind],
        delivery: &'d Delivery,
        now: Timestamp,
    ) -> Result<Own<'d>, WorkspaceError> {
        let effect = &delivery.effect;
        // Whoever was killed by it again and again says nothing.
        if delivery.attempt > self.attempts {
            let error = std::format!("it was begun {} times, and never came to an end", self.attempts);
            return Ok(Own::Settled(Settled::Dead { at: now, error }));
        }
        // While others of the batch were delivered, it may have been cancelled or held back: its row is undone, its stay
        // over, its record in the trash or erased (S43, S44, S49, S61a).
        if !self.still_has(delivery)? {
            return Ok(Own::Settled(Settled::GivenBack { at: delivery.ready_at }));
        }
        let mut delivery = Cow::Borrowed(delivery);
        match effect.kind {
            EffectKind::Move => return Ok(Own::Settled(self.crm.make_move(effect, now)?.settled)),
            EffectKind::Sla => match self.crm.notice(effect, now)? {
                SlaNotice::Tell => {}
                SlaNotice::Postpone(until) => {
                    return Ok(Own::Settled(Settled::Postponed { until, note: None }));
                }
                SlaNotice::Nothing(why) => {
                    return Ok(Own::Settled(Settled::Delivered { at: now, note: Some(why.into()) }));
                }
            },
            EffectKind::Remind => {}
            _ if pool_of(delivery.assignee.as_deref()).is_some() => {
                let Some(assignee) = self.crm.give_turn(effect, now)? else {
                    let until = now.checked_add(self.wait.1.max(LEAST_WAIT)).unwrap_or(now);
                    let note = Some("nobody of the pool is there to have it".into());
                    return Ok(Own::Settled(Settled::Postponed { until, note }));
                };
                delivery.to_mut().assignee = Some(assignee);
            }
            _ => {}
        }
        let handled = theirs.contains(&effect.kind) || self.handlers.contains_key(&effect.kind);
        if effect.kind == EffectKind::CreateTask && !handled {
            return Ok(Own::Settled(Settled::Delivered { at: now, note: None }));
        }
        Ok(Own::Deliver(delivery))
    }

    /// Whether an effect that was claimed is still to be delivered, by this claim.
    fn still_has(&self, delivery: &Delivery) -> Result<bool, WorkspaceError> {
        let entry = self.crm.store().entry(self.crm.tenant(), delivery.effect.id())?;
        Ok(entry.is_some_and(|entry| {
            entry.state == EffectState::Pending && entry.claims == delivery.lease && !entry.held
        }))
    }

    /// What becomes of one effect never stops the others: what failed on the way is tried again, and what is put off is
    /// put off to later than now, or the round would go on for ever.
    fn spared(&self, delivery: &Delivery, done: Result<Settled, WorkspaceError>, now: Timestamp) -> Settled {
        match done.unwrap_or_else(|error| self.failed(delivery, error.to_string(), now)) {
            Settled::Postponed { until, note } => {
                let soonest = now.checked_add(Span::from_micros(1)).unwrap_or(now);
                Settled::Postponed { until: until.max(soonest), note }
            }
            settled => settled,
        }
    }

    fn call(&self, delivery: &Delivery) -> Result<Handled, HandlerError> {
        let Some(handler) = self.handlers.get(&delivery.effect.kind) else {
            return Err(HandlerError::new("nobody handles this kind"));
        };
        catch_unwind(AssertUnwindSafe(|| handler.handle(delivery))).unwrap_or_else(|panic| {
            Err(HandlerError::new(std::format!("the handler panicked: {}", words(panic.as_ref()))))
        })
    }

    fn outcome(
        &self,
        delivery: &Delivery,
        handled: Result<Handled, HandlerError>,
        now: Timestamp,
    ) -> Result<Settled, WorkspaceError> {
        let effect = &delivery.effect;
        match handled {
            Ok(handled) => {
                let reports = handled == Handled::Done && effect.reported;
                let note = if reports { self.report_done(effect, now)? } else { None };
                Ok(Settled::Delivered { at: now, note })
            }
            Err(error) if error.for_good => Ok(Settled::Dead { at: now, error: error.message }),
            Err(error) => Ok(self.failed(delivery, error.message, now)),
        }
    }

    fn failed(&self, delivery: &Delivery, error: String, now: Timestamp) -> Settled {
        if delivery.attempt >= self.attempts {
            return Settled::Dead { at: now, error };
        }
        Settled::Retry { at: now.checked_add(self.pause(delivery)).unwrap_or(now), error }
    }

    /// Reports work done that a handler did; what stands against that.
    fn report_done(&self, effect: &Effect, now: Timestamp) -> Result<Option<String>, WorkspaceError> {
        let Some(record) = self.crm.record(&effect.record)? else { return Ok(None) };
        let Some(pipeline) = self.crm.pipeline(record.pipeline()) else { return Ok(None) };
        let key = smol_str::format_smolstr!("done {}", effect.id());
        let report = Report::done().with_key(key).after_so_many(effect.depth);
        match self.crm.report(effect.id(), &report, &pipeline.automaton(&effect.action), now) {
            Ok(Answer::Refused(why)) => Ok(Some(std::format!("delivered, but not taken for done: {why}"))),
            Ok(_) => Ok(None),
            // The person was forgotten while it was delivered.
            Err(WorkspaceError::NoEffect { .. } | WorkspaceError::NoRecord { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How long to wait after this attempt: the exponential wait, less up to half of it.
    fn pause(&self, delivery: &Delivery) -> Span {
        let (first, longest) = (self.wait.0.as_micros().max(0), self.wait.1.as_micros().max(0));
        let doubled = first.saturating_mul(1_i64 << delivery.attempt.saturating_sub(1).min(40));
        let wait = doubled.min(longest);
        let seed = std::format!("{} {}", delivery.effect.id(), delivery.attempt);
        let digest = Digest::of(seed.as_bytes());
        let [one, two, ..] = *digest.as_bytes();
        let share = i64::from(u16::from_be_bytes([one, two]));
        Span::from_micros(wait - wait / 2 * share / 65_536)
    }

    /// Writes down what became of the first of these, gives the others back, and counts.
    fn settle<'d>(
        &self,
        deliveries: impl Iterator<Item = &'d Delivery> + Clone,
        settled: Vec<Settled>,
        now: Timestamp,
    ) -> Result<Round, WorkspaceError> {
        let back = core::iter::repeat_with(|| Settled::GivenBack { at: now });
        let settlements: Vec<Settlement> = deliveries
            .clone()
            .zip(settled.into_iter().chain(back))
            .map(|(delivery, outcome)| Settlement::of(&delivery.effect, delivery.lease, outcome))
            .collect();
        let applied = self.crm.store().settle(self.crm.tenant(), &settlements)?;
        let mut round = Round::default();
        for ((delivery, settlement), applied) in deliveries.zip(&settlements).zip(applied) {
            let mut fail =
                |error: &String| round.errors.push((delivery.effect.id().to_string(), error.clone()));
            match &settlement.outcome {
                Settled::GivenBack { .. } | Settled::Revived { .. } => {}
                _ if !applied => round.late += 1,
                Settled::Delivered { note: None, .. } if delivery.effect.kind == EffectKind::Move => {
                    round.moved += 1;
                }
                Settled::Delivered { note: None, .. } => round.delivered += 1,
                Settled::Delivered { .. } | Settled::Postponed { .. } => round.idle += 1,
                Settled::Retry { error, .. } => {
                    fail(error);
                    round.retried += 1;
                }
                Settled::Dead { error, .. } => {
                    fail(error);
                    round.dead += 1;
                }
            }
        }
        Ok(round)
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_micros(u64::try_from(span.as_micros()).unwrap_or(0))
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".into())
}
