use std::format;

use super::turn::InTurn;
use super::{Answer, QUIET_RETRIES, Workspace, WorkspaceError, unpublished};
use crate::actor::Actor;
use crate::capability::Capability;
use crate::code::ReasonCode;
use crate::pipeline::{Act, Assignment, Unchanged};
use crate::pool::Pool;
use crate::record::Record;
use crate::refusal::Reason;
use crate::request::Request;
use crate::store::{CommitMode, CommitOutcome, Reader, Store};
use crate::time::Timestamp;

impl<S: Store + Reader> Workspace<S> {
    /// The pool of this name in a pipeline; empty when nobody was ever in it.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn pool(&self, pipeline: &str, name: &str) -> Result<Pool, WorkspaceError> {
        Ok(Pool::from_record(self.pool_record(pipeline, name)?))
    }

    pub(super) fn pool_record(&self, pipeline: &str, name: &str) -> Result<Record, WorkspaceError> {
        let id = Pool::record_id(pipeline, name);
        // A record that was there before ids of this kind were those of pools is none.
        let there = self.record(&id)?.filter(Pool::is_one);
        Ok(there.unwrap_or_else(|| Pool::new(pipeline, name).into_record()))
    }

    /// Says who is in a pool. Whoever stays keeps his place, whoever is new comes last. Needs the capability
    /// `configure_catalog` in the pipeline.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails; nothing is written then.
    pub fn set_pool(
        &self,
        pipeline: &str,
        name: &str,
        members: &[&str],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        self.change_pool(pipeline, name, Some(Capability::ConfigureCatalog), actor, now, |pool| {
            pool.set_members(members);
        })
    }

    /// Says that somebody of a pool is away, and skipped, or there again, in the old place. One says so of
    /// oneself; of others, whoever may `reassign`.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails; nothing is written then.
    pub fn set_away(
        &self,
        pipeline: &str,
        name: &str,
        member: &str,
        away: bool,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let needed = (member != actor.id()).then_some(Capability::Reassign);
        if !self.pool(pipeline, name)?.members().any(|(own, _)| own == member) {
            let message = format!("`{member}` is not in the pool `{name}`");
            let reason =
                Reason::new(ReasonCode::UnknownPart, message).with("pool", name).with("member", member);
            return Ok(Answer::refused(reason));
        }
        self.change_pool(pipeline, name, needed, actor, now, |pool| pool.set_away(member, away))
    }

    fn change_pool(
        &self,
        pipeline: &str,
        name: &str,
        needed: Option<Capability>,
        actor: &Actor,
        now: Timestamp,
        change: impl Fn(&mut Pool),
    ) -> Result<Answer, WorkspaceError> {
        let judge = match self.published(pipeline) {
            Ok(judge) => judge,
            Err(reason) => return Ok(Answer::refused(reason)),
        };
        if let Some(reason) = needed.and_then(|needed| judge.may_configure(actor, needed)) {
            return Ok(Answer::refused(reason));
        }
        let mut salts = self.salts(1);
        for _ in 0..=QUIET_RETRIES {
            let before = self.pool_record(pipeline, name)?;
            let mut pool = Pool::from_record(before.clone());
            change(&mut pool);
            let Some(sealed) = judge.pool_change(&pool, &before, None, actor, now, salts.next()?) else {
                return Ok(Answer::Unchanged(Unchanged::new(None)));
            };
            let committed =
                self.store.commit(&self.tenant, std::slice::from_ref(&sealed), CommitMode::PerItem)?;
            if committed.iter().all(CommitOutcome::stands) {
                return Ok(Answer::Done(self.receipt(sealed)));
            }
        }
        Ok(Answer::refused(crowded(name)))
    }

    /// Gives a record to whoever of a pool is next: the one who waited longest of those who are there and do not own it.
    /// The turn and the new owner are one commit, so that turns are fair whatever happens (S15a, S52); with a key in
    /// `act` asking twice takes one turn (S14).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn assign_next(
        &self,
        id: &str,
        pool: &str,
        act: &Act,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let request = Assignment::next(pool, "").wished_by(act).request();
        self.once(id, &request, actor, || self.take_turn(id, pool, (act, &request), actor, now))
    }

    fn take_turn(
        &self,
        id: &str,
        pool: &str,
        (act, request): (&Act, &Request),
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let mut salts = self.salts(2);
        let first = self.known(id)?;
        for _ in 0..=QUIET_RETRIES {
            let record = self.known(id)?;
            let Some(judge) = self.pipelines.get(record.pipeline()) else {
                return Ok(Answer::refused(unpublished(&record)));
            };
            if record.owner() != first.owner() {
                return Ok(Answer::refused(judge.conflict(&record)));
            }
            let but = record.owner();
            let turn = InTurn { judge: &judge, record: &record, pool, but, key: request.key(), actor, now };
            let taken = self.try_turn(&turn, &mut salts, |member, salts| {
                let assignment = Assignment::next(pool, member.clone()).wished_by(act);
                self.judged_with(judge.assign(&record, &assignment, actor, now), salts)
            })?;
            if let Some(answer) = self.told_in_turn(taken, pool, "take the record", request)? {
                return Ok(answer);
            }
        }
        Ok(Answer::refused(crowded(pool)))
    }
}

pub(super) fn crowded(pool: &str) -> Reason {
    let message = format!("the pool `{pool}` changes all the time; try again");
    Reason::new(ReasonCode::StaleRecord, message).with("pool", pool)
}
