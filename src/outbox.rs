//! What becomes of effects after the commit that planned them: delivered, cancelled, or given up; and for
//! work that somebody has to do, done or not.
//!
//! An effect is written with its change and never altered. Beside it a store keeps an [`Entry`]: how far its
//! delivery has come. [`Entry`] is also the rule book: what a change, a claim or a report does to it is said
//! here once, and each store does the same in its own language.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::effect::{Effect, EffectKind};
use crate::journal::Row;
use crate::time::Timestamp;

/// How far the delivery of an effect has come. Every effect is in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// It waits: for its time, for a worker, for another try, or for what it depends on.
    Pending,
    /// A worker acknowledged it.
    Delivered,
    /// It is not wanted any more.
    Cancelled,
    /// It failed so often that nobody tries again, until somebody revives it or it is cancelled after all.
    Dead,
}

impl EffectState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Cancelled, Self::Dead];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
        }
    }

    /// The state with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How far work has come that somebody has to report done: a task, a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    /// To be done, or waiting for another task to be done first.
    Open,
    /// Done.
    Done,
    /// Reported as failed.
    Failed,
    /// Not wanted any more.
    Cancelled,
}

impl WorkState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Done, Self::Failed, Self::Cancelled];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What a change does to effects of earlier rows of its record. A store applies these before it adds the
/// effects of the change itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EffectUpdate {
    /// The visit ends: what is bound to it and not delivered or done, or was given up, is cancelled (S49).
    EndVisit {
        /// The visit.
        visit: u64,
    },
    /// The row is undone: what it set in motion and is not delivered or done, or was given up, is cancelled (S43).
    Undo {
        /// The row.
        seq: u64,
    },
    /// Work came to an end. A task done opens those that waited for it, and its own reminders are cancelled; so
    /// are reminders of the others whose time went by while they waited. One that failed leaves them waiting.
    Report {
        /// The row that planned it.
        seq: u64,
        /// Its index there.
        index: u16,
        /// How it ended.
        done: bool,
    },
    /// Work that was done, or failed, is open again, and delivered from the beginning if it was not delivered before.
    Reopen {
        /// The row that planned it.
        seq: u64,
        /// Its index there.
        index: u16,
    },
    /// The task is somebody's from now on.
    Give {
        /// The row that planned it.
        seq: u64,
        /// Its index there.
        index: u16,
        /// Who has it: a person, or `role:` and a role.
        to: SmolStr,
    },
    /// The record goes into the trash: nothing is delivered until it is restored (S61a).
    Hold,
    /// It comes back.
    Release,
    /// The record became one with another: what is not delivered or done, or was given up, is cancelled (S59).
    Retire,
}

/// How far an effect has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The effect, as it was planned.
    pub effect: Effect,
    /// How far its delivery has come.
    pub state: EffectState,
    /// How far the work has come; none where nobody has to report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<WorkState>,
    /// Who has it now; at first who it was planned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<SmolStr>,
    /// When it may be claimed: its time, the end of the lease it is under, or the next try.
    pub ready_at: Timestamp,
    /// Whether a worker has it, until [`ready_at`](Self::ready_at).
    #[serde(default)]
    pub leased: bool,
    /// Whether it waits for another task to be done first.
    #[serde(default)]
    pub waiting: bool,
    /// Whether it waits because its record is in the trash.
    #[serde(default)]
    pub held: bool,
    /// How often it was claimed; the number of the last claim tells one lease from another.
    #[serde(default)]
    pub claims: u32,
    /// How many of the claims were no attempts to deliver it: it was put off, given back, or revived or reopened since.
    #[serde(default)]
    pub excused: u32,
    /// What is to be said about it: the last error, or what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was delivered, or given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
}

impl Entry {
    /// The entries of the effects that `row` set in motion, as they are when it is committed; `held` when the record is
    /// in the trash then.
    pub fn of<'e>(effects: &'e [Effect], row: &'e Row, held: bool) -> impl Iterator<Item = Self> + use<'e> {
        effects.iter().map(move |effect| Self {
            effect: effect.clone(),
            state: EffectState::Pending,
            work: effect.reported.then_some(WorkState::Open),
            assignee: effect.assignee.clone(),
            ready_at: Self::ready_at(effect, row),
            leased: false,
            waiting: Self::waits(effect, effects),
            held,
            claims: 0,
            excused: 0,
            note: None,
            settled_at: None,
        })
    }

    /// When an effect may be claimed for the first time.
    pub fn ready_at(effect: &Effect, row: &Row) -> Timestamp {
        effect.at.unwrap_or(row.recorded_at)
    }

    /// Whether an effect has to wait: a task for another one, a reminder for the task that waits itself.
    pub fn waits(effect: &Effect, all: &[Effect]) -> bool {
        match (effect.kind, effect.after) {
            (_, None) => false,
            (EffectKind::Remind, Some(task)) => {
                all.get(usize::from(task)).is_some_and(|task| task.after.is_some())
            }
            (_, Some(_)) => true,
        }
    }

    /// Whether anything may still come of it.
    pub fn is_unsettled(&self) -> bool {
        self.state == EffectState::Pending || self.work == Some(WorkState::Open)
    }

    /// Whether there is anything for an end of its visit, of its row or of its record to change: what was given up
    /// could be revived.
    pub(crate) fn may_end(&self) -> bool {
        self.is_unsettled() || self.state == EffectState::Dead
    }

    /// Whether it waits for nothing but its time, or for a worker.
    pub(crate) fn is_free(&self) -> bool {
        self.state == EffectState::Pending && !self.waiting && !self.held
    }

    /// Whether a worker may have it at `now`, were it not for others of its record: one that is taken, or one of its kind
    /// before it that [holds it back](Self::holds_back).
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.is_free() && self.ready_at <= now
    }

    /// Whether effects of its kind that come after it in its record wait for it at `now`: it failed, and is to be tried
    /// again later. They go on when it is delivered, cancelled or given up (S47).
    pub fn holds_back(&self, now: Timestamp) -> bool {
        self.is_free() && !self.leased && self.attempts() > 0 && self.ready_at > now
    }

    fn cancel(&mut self) {
        if !self.may_end() {
            return;
        }
        self.call_off();
        if self.work == Some(WorkState::Open) {
            self.work = Some(WorkState::Cancelled);
        }
        // Nothing is waited for any more.
        (self.waiting, self.held) = (false, false);
    }

    /// It is delivered no more, nor revived if it was given up.
    fn call_off(&mut self) {
        if matches!(self.state, EffectState::Pending | EffectState::Dead) {
            self.state = EffectState::Cancelled;
            self.leased = false;
            self.settled_at = None;
        }
    }

    /// What an update of the record's effects, made by a change recorded `at`, does to this one. `sibling` finds
    /// effects of the record by their row and index.
    pub fn update<'e>(
        &mut self,
        update: &EffectUpdate,
        at: Timestamp,
        sibling: impl Fn(u64, u16) -> Option<&'e Effect>,
    ) {
        let is_it = |seq, index| self.effect.seq == seq && self.effect.index == index;
        let before = |effect: &Effect| {
            let task = effect.after_id()?;
            sibling(task.seq(), task.index())
        };
        // The task that this one, or the task that it reminds of, waits for.
        let first = |effect: &Effect| match effect.kind {
            EffectKind::Remind => before(before(effect)?),
            _ => before(effect),
        };
        let waits_for =
            |wanted: &dyn Fn(&Effect) -> bool| self.waiting && first(&self.effect).is_some_and(wanted);
        match update {
            EffectUpdate::EndVisit { visit } if self.effect.visit == *visit => {
                if self.effect.bound {
                    self.cancel();
                } else if waits_for(&|first| first.bound) {
                    // What it waited for will not be done any more.
                    self.waiting = false;
                }
            }
            EffectUpdate::Undo { seq } if self.effect.seq == *seq => self.cancel(),
            EffectUpdate::Undo { seq } if waits_for(&|first| first.seq == *seq) => self.waiting = false,
            EffectUpdate::Report { seq, index, done } if is_it(*seq, *index) => {
                self.work = Some(if *done { WorkState::Done } else { WorkState::Failed });
                self.waiting = false;
                self.call_off();
            }
            EffectUpdate::Report { seq, index, .. } if self.reminds_of(*seq, *index) => self.cancel(),
            EffectUpdate::Report { seq, index, done: true }
                if waits_for(&|first| (first.seq, first.index) == (*seq, *index)) =>
            {
                self.waiting = false;
                if self.effect.kind == EffectKind::Remind && self.ready_at < at {
                    self.cancel();
                }
            }
            EffectUpdate::Reopen { seq, index }
                if self.reminds_of(*seq, *index)
                    && self.state == EffectState::Cancelled
                    && self.ready_at > at =>
            {
                self.state = EffectState::Pending;
            }
            EffectUpdate::Reopen { seq, index } if is_it(*seq, *index) => {
                self.work = Some(WorkState::Open);
                if self.state == EffectState::Cancelled {
                    self.state = EffectState::Pending;
                    self.excused = self.claims;
                }
            }
            EffectUpdate::Give { seq, index, to } if is_it(*seq, *index) || self.reminds_of(*seq, *index) => {
                self.assignee = Some(to.clone());
            }
            EffectUpdate::Hold => self.held = self.is_unsettled() || self.state == EffectState::Dead,
            EffectUpdate::Release => self.held = false,
            EffectUpdate::Retire => self.cancel(),
            _ => {}
        }
    }

    /// Whether it reminds of the task at this place.
    fn reminds_of(&self, seq: u64, index: u16) -> bool {
        let Effect { kind, after, .. } = &self.effect;
        *kind == EffectKind::Remind && self.effect.seq == seq && *after == Some(index)
    }

    /// How often somebody tried to deliver it, or began to.
    pub const fn attempts(&self) -> u32 {
        self.claims.saturating_sub(self.excused)
    }

    /// A worker takes it until `until`.
    pub fn lease(&mut self, until: Timestamp) -> Delivery {
        let ready_at = core::mem::replace(&mut self.ready_at, until);
        self.leased = true;
        self.claims = self.claims.saturating_add(1);
        Delivery {
            effect: self.effect.clone(),
            assignee: self.assignee.clone(),
            attempt: self.attempts(),
            lease: self.claims,
            ready_at,
        }
    }

    /// What a settlement does to it; whether it applied.
    pub fn settle(&mut self, settlement: &Settlement) -> bool {
        let applies = match (self.state, &settlement.outcome) {
            (EffectState::Dead, Settled::Revived { .. }) => true,
            (_, Settled::Revived { .. }) => false,
            // What was delivered is delivered, even if it was cancelled meanwhile.
            (EffectState::Cancelled, Settled::Delivered { .. }) => self.claims == settlement.lease,
            (EffectState::Pending, _) => self.claims == settlement.lease,
            _ => false,
        };
        if !applies {
            return false;
        }
        self.leased = false;
        match &settlement.outcome {
            Settled::Delivered { at, note } => {
                self.state = EffectState::Delivered;
                self.ready_at = *at;
                self.settled_at = Some(*at);
                self.note.clone_from(note);
            }
            Settled::Dead { at, error } => {
                self.state = EffectState::Dead;
                self.ready_at = *at;
                self.settled_at = Some(*at);
                self.note = Some(error.clone());
            }
            Settled::Retry { at, error } => {
                self.ready_at = *at;
                self.note = Some(error.clone());
            }
            Settled::Postponed { until, note } => {
                self.ready_at = *until;
                self.note.clone_from(note);
                self.excused = self.claims;
            }
            Settled::GivenBack { at } => {
                self.ready_at = *at;
                self.excused = self.excused.saturating_add(1);
            }
            Settled::Revived { at } => {
                self.state = EffectState::Pending;
                self.excused = self.claims;
                self.ready_at = *at;
                self.settled_at = None;
            }
        }
        true
    }
}

/// Which effects a worker wants to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The time: what is due by then.
    pub now: Timestamp,
    /// Until when the worker has them; then others may.
    pub until: Timestamp,
    /// Only effects of these kinds.
    pub kinds: Vec<EffectKind>,
    /// How many at most.
    pub limit: usize,
}

/// An effect that a worker has until its lease ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The effect.
    pub effect: Effect,
    /// Who is to do it now, where somebody is.
    pub assignee: Option<SmolStr>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Which claim it is, to be named when it is settled.
    pub lease: u32,
    /// When it was to be delivered, or to be tried again.
    pub ready_at: Timestamp,
}

/// What became of an effect that a worker had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// The record.
    pub record: SmolStr,
    /// The row.
    pub seq: u64,
    /// The index in the row.
    pub index: u16,
    /// The claim that it was, or 0 before the first; what another claim has is not settled by it.
    pub lease: u32,
    /// What became of it.
    pub outcome: Settled,
}

impl Settlement {
    /// What became of `effect`, which was claimed so often.
    pub fn of(effect: &Effect, lease: u32, outcome: Settled) -> Self {
        Self { record: effect.record.clone(), seq: effect.seq, index: effect.index, lease, outcome }
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Settled {
    /// It is delivered.
    Delivered {
        /// When.
        at: Timestamp,
        /// What is to be said about it, if anything.
        note: Option<String>,
    },
    /// It failed, and is to be tried again. Until then it [holds back](Entry::holds_back) what comes after it.
    Retry {
        /// When.
        at: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// It is not due after all; this was no attempt.
    Postponed {
        /// When it is due.
        until: Timestamp,
        /// Why, if there is anything to say.
        note: Option<String>,
    },
    /// It was not begun.
    GivenBack {
        /// From when on others may have it.
        at: Timestamp,
    },
    /// It failed for good.
    Dead {
        /// When.
        at: Timestamp,
        /// Why.
        error: String,
    },
    /// It was dead, and is to be tried again from the beginning.
    Revived {
        /// When.
        at: Timestamp,
    },
}

/// Which entries to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxQuery {
    /// Those of this record, or else of the whole tenant.
    pub record: Option<SmolStr>,
    /// Those in this state; with a record, none means all of them. Without a record it is `Pending` or `Dead`.
    pub state: Option<EffectState>,
    /// Where the page before ended.
    pub after: Option<OutboxKey>,
    /// How many at most.
    pub limit: usize,
}

impl OutboxQuery {
    /// All entries of a record.
    pub fn of(record: impl Into<SmolStr>, limit: usize) -> Self {
        Self { record: Some(record.into()), state: None, after: None, limit }
    }

    /// What waits for its time or for a worker; not what waits for another task, or in the trash.
    pub const fn pending(limit: usize) -> Self {
        Self { record: None, state: Some(EffectState::Pending), after: None, limit }
    }

    /// What was given up.
    pub const fn dead(limit: usize) -> Self {
        Self { record: None, state: Some(EffectState::Dead), after: None, limit }
    }
}

/// The place of an entry in a list: by its time, then record, row and index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutboxKey {
    /// Its time: when it may be claimed, or when it is due.
    pub at: Timestamp,
    /// The record.
    pub record: SmolStr,
    /// The row.
    pub seq: u64,
    /// The index in the row.
    pub index: u16,
}

impl OutboxKey {
    /// The place of an entry among those listed by when they may be claimed.
    pub fn by_time(entry: &Entry) -> Self {
        Self::at(entry.ready_at, entry)
    }

    /// The place of a task among those listed by when they are due; tasks without a deadline come last.
    pub fn by_due(entry: &Entry) -> Self {
        Self::at(entry.effect.due.unwrap_or(Timestamp::from_micros(i64::MAX)), entry)
    }

    fn at(at: Timestamp, entry: &Entry) -> Self {
        let Effect { record, seq, index, .. } = &entry.effect;
        Self { at, record: record.clone(), seq: *seq, index: *index }
    }
}

/// Which open work to list, that due first first: tasks, and calls and meetings that are to be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskQuery {
    /// Only those of this assignee.
    pub assignee: Option<SmolStr>,
    /// Only those due before this. What has no deadline is none of them.
    pub due_before: Option<Timestamp>,
    /// Where the page before ended.
    pub after: Option<OutboxKey>,
    /// How many at most.
    pub limit: usize,
}

impl TaskQuery {
    /// The first `limit` that are open.
    pub const fn open(limit: usize) -> Self {
        Self { assignee: None, due_before: None, after: None, limit }
    }

    /// Only those of this person, or of a role as `role:NAME`.
    #[must_use]
    pub fn of(mut self, assignee: impl Into<SmolStr>) -> Self {
        self.assignee = Some(assignee.into());
        self
    }

    /// Only those due before `end`.
    #[must_use]
    pub const fn due_before(mut self, end: Timestamp) -> Self {
        self.due_before = Some(end);
        self
    }
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxPage {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// Where to go on; none when this is the end.
    pub next: Option<OutboxKey>,
}
