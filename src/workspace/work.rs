use std::format;
use std::vec::Vec;

use smol_str::SmolStr;

use super::turn::InTurn;
use super::{Answer, Judged, QUIET_RETRIES, Workspace, WorkspaceError, unpublished};
use crate::actor::Actor;
use crate::code::ReasonCode;
use crate::effect::{EffectId, EffectKind};
use crate::outbox::{EffectState, Entry, OutboxPage, OutboxQuery, Settled, Settlement, TaskQuery};
use crate::pipeline::{CarryOut, Pipeline, Report};
use crate::pool::Pool;
use crate::record::Record;
use crate::refusal::Reason;
use crate::store::{QueuePlace, Reader, Store};
use crate::time::Timestamp;

/// How urgent a task is, judged by the day in the zone of its record (S50).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Its deadline went by.
    Overdue,
    /// It is due before the day is over.
    Today,
    /// It is due on a later day.
    Later,
    /// It has no deadline.
    Whenever,
}

impl Urgency {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today",
            Self::Later => "later",
            Self::Whenever => "whenever",
        }
    }
}

impl<S: Store + Reader> Workspace<S> {
    /// Carries out an action that the record's stage offers (S51). When a call is to be booked with whoever is next,
    /// the turn and the booking are one commit, so that turns are fair whatever happens (S52).
    ///
    /// ```
    /// use lifestage::store::MemoryStore;
    /// use lifestage::{Actor, CarryOut, Creation, Pipeline, Record, Report, Timestamp, Workspace, presets};
    ///
    /// let (ada, now) = (Actor::new("ada").with_role("admin"), Timestamp::from_seconds(1_772_442_000));
    /// let crm = Workspace::open(MemoryStore::new(), "acme")?;
    /// crm.publish(&Pipeline::from_json(presets::CONTACT_STAGES)?, &ada, now)?;
    /// crm.set_pool("contact_stages", "closer", &["eva", "lee"], &ada, now)?;
    /// crm.create(Record::new("c-1"), &Creation::in_stage("approved"), &ada, now)?;
    ///
    /// let book = CarryOut::action("book_a_call").with("event_type", "strategy_call").with("host", "round_robin");
    /// let answer = crm.carry_out("c-1", &book, &ada, now)?;
    /// let call = answer.receipt().unwrap().effects()[0].clone();
    /// assert_eq!(call.assignee.as_deref(), Some("eva"));
    ///
    /// crm.report(call.id(), &Report::done(), &ada, now)?;
    /// assert!(crm.queue("contact_stages", "appointment_setting", None, 10)?.is_empty());
    /// assert_eq!(crm.queue("contact_stages", "calls", None, 10)?[0].record, "c-1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn carry_out(
        &self,
        id: &str,
        act: &CarryOut,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let request = act.request();
        let turn = if act.wants_turn() { self.wanted_turn(id, act)? } else { None };
        let Some(pool) = turn else {
            return self.ask(id, &request, QUIET_RETRIES, actor, |pipeline, record| {
                let judged = self.judged(pipeline.carry_out(record, act, actor, now))?;
                self.host_available(pipeline, record, act, judged)
            });
        };
        self.once(id, &request, actor, || self.host_in_turn(id, act, &pool, actor, now))
    }

    /// The pool whose next member is to host the call that is asked for, if it is to be one.
    fn wanted_turn(&self, id: &str, act: &CarryOut) -> Result<Option<SmolStr>, WorkspaceError> {
        // Whether there is such a record is said when the request is not one of before.
        let record = self.record(id)?;
        Ok(record.and_then(|record| self.pipelines.get(record.pipeline())?.host_pool(&record, act)))
    }

    fn host_in_turn(
        &self,
        id: &str,
        act: &CarryOut,
        pool: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let (request, mut salts) = (act.request(), self.salts(2));
        for _ in 0..=QUIET_RETRIES {
            let record = self.known(id)?;
            let Some(judge) = self.pipelines.get(record.pipeline()) else {
                return Ok(Answer::refused(unpublished(&record)));
            };
            // Who may not do it, takes no turn and learns of nobody.
            if let Judged::Answer(answer) = self.judged(judge.carry_out(&record, act, actor, now))? {
                return Ok(answer);
            }
            let turn =
                InTurn { judge: &judge, record: &record, pool, but: None, key: request.key(), actor, now };
            let taken = self.try_turn(&turn, &mut salts, |member, salts| {
                let hosted = act.clone().hosted_by(member);
                self.judged_with(judge.carry_out(&record, &hosted, actor, now), salts)
            })?;
            if let Some(answer) = self.told_in_turn(taken, pool, "host the call", &request)? {
                return Ok(answer);
            }
        }
        Ok(Answer::refused(super::pool::crowded(pool)))
    }

    /// What was judged, unless the host chosen by hand is not of the pool, or away. That is asked last.
    fn host_available(
        &self,
        pipeline: &Pipeline,
        record: &Record,
        act: &CarryOut,
        judged: Judged,
    ) -> Result<Judged, WorkspaceError> {
        let Some((pool, host)) =
            pipeline.chosen_host(record, act).filter(|_| matches!(judged, Judged::Write(..)))
        else {
            return Ok(judged);
        };
        let members = Pool::from_record(self.pool_record(record.pipeline(), &pool)?);
        let mut all = members.members().peekable();
        let refuse = |code, message| {
            Ok(Judged::Answer(Answer::refused(
                Reason::new(code, message).with("input", "host").with("pool", pool.clone()),
            )))
        };
        // A pool that nobody is in has not been set up, and takes in everybody.
        if all.peek().is_none() {
            return Ok(judged);
        }
        match all.find(|(member, _)| *member == host) {
            Some((_, true)) => Ok(judged),
            Some((_, false)) => refuse(ReasonCode::NobodyAvailable, format!("`{host}` is away")),
            None => refuse(ReasonCode::InvalidInput, format!("`{host}` is not in the pool `{pool}`")),
        }
    }

    /// Reports what became of work that a row of a record planned: a task, a booking (S50, S52). What follows, a queue
    /// left or joined and a move, comes along; [`Receipt::follow_ups`](super::Receipt::follow_ups) tells.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or effect, or the store fails; nothing is written then.
    pub fn report(
        &self,
        work: EffectId<'_>,
        report: &Report,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let effect = self.entry(work)?.effect;
        self.ask(work.record(), &report.request(&effect), QUIET_RETRIES, actor, |pipeline, record| {
            self.judged(pipeline.report(record, &self.entry(work)?, report, actor, now))
        })
    }

    /// How far an effect has come.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such effect or the store cannot be read.
    pub fn entry(&self, id: EffectId<'_>) -> Result<Entry, WorkspaceError> {
        self.store.entry(&self.tenant, id)?.ok_or_else(|| WorkspaceError::no_effect(id))
    }

    /// A page of effects with how far they have come: those of a record, those that wait, those given up (S47).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn outbox(&self, query: &OutboxQuery) -> Result<OutboxPage, WorkspaceError> {
        Ok(self.store.outbox(&self.tenant, query)?)
    }

    /// Lets an effect that was given up be tried again, from the beginning. Tells whether it will be: it is not when it was
    /// not given up, or when it was cancelled since, because its stay is over, its row undone, its work done, or its record
    /// one with another (S43, S49, S59).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such effect or the store fails.
    pub fn revive(&self, id: EffectId<'_>, now: Timestamp) -> Result<bool, WorkspaceError> {
        let entry = self.entry(id)?;
        let settlement = Settlement::of(&entry.effect, entry.claims, Settled::Revived { at: now });
        Ok(entry.state == EffectState::Dead && self.store.settle(&self.tenant, &[settlement])? == [true])
    }

    /// A page of open tasks, the one due first first. Calls and meetings to be booked are tasks too; without a deadline, they
    /// come last (S49).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn tasks(&self, query: &TaskQuery) -> Result<OutboxPage, WorkspaceError> {
        Ok(self.store.tasks(&self.tenant, query)?)
    }

    /// How urgent each of these tasks is at `now`: the day that counts is that of the zone of its record.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn urgency(&self, tasks: &[Entry], now: Timestamp) -> Result<Vec<Urgency>, WorkspaceError> {
        let ids: Vec<&str> = tasks.iter().map(|task| task.effect.record.as_str()).collect();
        let records = self.store.load(&self.tenant, &ids)?;
        let judge = |(task, record): (&Entry, Option<Record>)| {
            let Some(due) = task.effect.due else { return Urgency::Whenever };
            if due < now {
                return Urgency::Overdue;
            }
            let zone =
                record.and_then(|record| Some(self.pipelines.get(record.pipeline())?.zone_of(&record)));
            let day = zone.unwrap_or_default().day(now);
            if day.is_some_and(|(_, tomorrow)| due < tomorrow) { Urgency::Today } else { Urgency::Later }
        };
        Ok(tasks.iter().zip(records).map(judge).collect())
    }

    /// A page of the records on a queue, the one longest there first.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn queue(
        &self,
        pipeline: &str,
        queue: &str,
        after: Option<&QueuePlace>,
        limit: usize,
    ) -> Result<Vec<QueuePlace>, WorkspaceError> {
        Ok(self.store.queue(&self.tenant, pipeline, queue, after, limit)?)
    }

    /// When the next effect is due, of whatever kind; none when nothing waits for its time. A host that sleeps until then
    /// asks its [`Worker`](super::Worker::next_due), which knows what it handles.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>, WorkspaceError> {
        Ok(self.store.next_ready(&self.tenant, &EffectKind::ALL)?)
    }
}

impl WorkspaceError {
    fn no_effect(id: EffectId<'_>) -> Self {
        Self::NoEffect { id: SmolStr::new(smol_str::format_smolstr!("{id}")) }
    }
}
