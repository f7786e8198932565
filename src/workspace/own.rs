use std::cell::OnceCell;
use std::format;
use std::vec::Vec;

use smol_str::SmolStr;

use super::{Answer, Judged, QUIET_RETRIES, Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::code::ReasonCode;
use crate::journal::RowKind;
use crate::pipeline::{Act, Activity, Assignment, Pipeline, done_already, plans_nothing};
use crate::pool::Pool;
use crate::record::{Presence, Record};
use crate::refusal::Reason;
use crate::request::{Expect, Operation};
use crate::store::{Reader, RowQuery, Store};
use crate::time::Timestamp;

/// How many rows are looked through at once for one that finishes another.
const PAGE: usize = 200;

impl<S: Store + Reader> Workspace<S> {
    /// Claims, assigns, reassigns or releases a record (S56). Of two who claim at once one wins, and the other is
    /// told so (S20).
    ///
    /// ```
    /// use lifestage::store::MemoryStore;
    /// use lifestage::{Actor, Assignment, Creation, Pipeline, Record, Timestamp, Workspace, presets};
    ///
    /// let (olga, sam) = (Actor::new("olga").with_role("owner"), Actor::new("sam").with_role("sales"));
    /// let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    /// let crm = Workspace::open(MemoryStore::new(), "acme")?;
    /// crm.publish(&Pipeline::from_json(presets::LEAD)?, &olga, now)?;
    /// crm.create(Record::new("lead-42"), &Creation::new(), &Actor::automation("form").with_role("member"), now)?;
    ///
    /// crm.assign("lead-42", &Assignment::claim(), &sam, now)?;
    /// assert_eq!(crm.record("lead-42")?.unwrap().owner(), Some("sam"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn assign(
        &self,
        id: &str,
        assignment: &Assignment,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        // What else changes meanwhile is of no concern; another owner is (S20).
        let owner: OnceCell<Option<SmolStr>> = OnceCell::new();
        self.ask(id, &assignment.request(), QUIET_RETRIES, actor, |pipeline, record| {
            let seen = owner.get_or_init(|| record.owner().map(SmolStr::new));
            let wanted = assignment.new_owner(actor);
            if seen.as_deref() != record.owner() && wanted != record.owner() {
                return Ok(Judged::Answer(Answer::refused(taken(pipeline, record))));
            }
            self.judged(pipeline.assign(record, assignment, actor, now))
        })
    }

    /// Writes a note, call, meeting, e-mail or task into the timeline of a record.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn log(
        &self,
        id: &str,
        activity: &Activity,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let request = activity.request();
        self.ask(id, &request, QUIET_RETRIES, actor, |pipeline, record| {
            self.judged(pipeline.log(record, activity, actor, now))
        })
    }

    /// Says that the task, call or meeting of row `seq`, which was planned, is done.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or row, or the store fails; nothing is written then.
    pub fn finish(
        &self,
        id: &str,
        seq: u64,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let row = self.row(id, seq)?;
        let Some(activity) = Activity::finishing(&row) else {
            return Ok(Answer::refused(plans_nothing(seq)));
        };
        self.attempt(id, Expect::Anything, QUIET_RETRIES, |pipeline, record| {
            if self.is_finished(id, seq, row.kind)? {
                return Ok(Judged::Answer(Answer::refused(done_already(seq))));
            }
            self.judged(pipeline.log(record, &activity, actor, now))
        })
    }

    fn is_finished(&self, id: &str, seq: u64, kind: RowKind) -> Result<bool, WorkspaceError> {
        let mut query = RowQuery { before: None, kinds: Vec::from([kind]), limit: PAGE };
        loop {
            let rows = self.store.rows(&self.tenant, id, &query)?;
            if rows.iter().any(|row| row.finishes(seq, kind)) {
                return Ok(true);
            }
            query.before = rows.last().map(|row| row.seq).filter(|before| *before > seq);
            if query.before.is_none() {
                return Ok(false);
            }
        }
    }

    /// Puts a record into the trash, where it is out of views and still counts in its stage (S61a).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn trash(
        &self,
        id: &str,
        act: &Act,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let request = act.request(Operation::Delete, "");
        self.ask(id, &request, QUIET_RETRIES, actor, |pipeline, record| {
            self.judged(pipeline.trash(record, act, actor, now))
        })
    }

    /// Takes a record out of the trash, back to where it was (S61a).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn restore(
        &self,
        id: &str,
        act: &Act,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let request = act.request(Operation::Restore, "");
        self.ask(id, &request, QUIET_RETRIES, actor, |pipeline, record| {
            self.judged(pipeline.restore(record, act, actor, now))
        })
    }

    /// What was judged, unless it would have a record belong to a company that is not there to belong to. That is asked
    /// last, so that nobody learns what records there are who may not write this one.
    pub(super) fn company_known(
        &self,
        company: Option<&str>,
        judged: Judged,
    ) -> Result<Judged, WorkspaceError> {
        let Some(id) = company.filter(|_| matches!(judged, Judged::Write(..))) else { return Ok(judged) };
        let there = |record: Record| record.presence() == Presence::Live && !Pool::is_one(&record);
        if self.record(id)?.is_some_and(there) {
            return Ok(judged);
        }
        let message = format!("there is no record `{id}` to belong to");
        let reason = Reason::new(ReasonCode::UnknownPart, message).with("record", id);
        Ok(Judged::Answer(Answer::refused(reason)))
    }
}

/// Somebody took the record, or gave it back, while this was asked (S17, S20).
fn taken(pipeline: &Pipeline, record: &Record) -> Reason {
    let message = match record.owner() {
        Some(owner) => format!("{owner} became the owner of this record just now; reload and try again"),
        None => "the record lost its owner just now; reload and try again".into(),
    };
    pipeline.conflict(record).saying(message).with_if_any("owner", record.owner())
}
