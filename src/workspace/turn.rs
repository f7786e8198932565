use std::boxed::Box;
use std::format;
use std::vec::Vec;

use smol_str::SmolStr;

use super::{Answer, Judged, Salts, Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::change::SealedChange;
use crate::code::ReasonCode;
use crate::pipeline::{Pipeline, Turn};
use crate::pool::Pool;
use crate::record::Record;
use crate::refusal::Reason;
use crate::request::Request;
use crate::store::{CommitMode, CommitOutcome, Reader, Store};
use crate::time::Timestamp;

/// A turn in a pool, to be taken for a record.
pub(super) struct InTurn<'a> {
    pub(super) judge: &'a Pipeline,
    pub(super) record: &'a Record,
    pub(super) pool: &'a str,
    /// Who is passed over, if anybody else is there.
    pub(super) but: Option<&'a str>,
    /// The key of the request that it is taken for.
    pub(super) key: Option<&'a str>,
    pub(super) actor: &'a Actor,
    pub(super) now: Timestamp,
}

/// What came of trying to take a turn.
#[expect(clippy::large_enum_variant, reason = "it lives for a moment on the stack")]
pub(super) enum TurnTaken {
    /// It is this member's; this is what the store made of the change and of the turn.
    By { member: SmolStr, change: Box<SealedChange>, outcomes: Vec<CommitOutcome> },
    /// Nobody of the pool is there.
    ByNobody,
    /// There is nothing to take it for.
    Spared(Answer),
}

impl<S: Store + Reader> Workspace<S> {
    /// Tries once to take a turn for what `judge` makes of it: the turn and the change are one commit, so that turns are
    /// fair whatever happens (S15a, S52).
    pub(super) fn try_turn(
        &self,
        turn: &InTurn<'_>,
        salts: &mut Salts<'_>,
        judge: impl FnOnce(&SmolStr, &mut Salts<'_>) -> Result<Judged, WorkspaceError>,
    ) -> Result<TurnTaken, WorkspaceError> {
        let InTurn { record, actor, now, .. } = *turn;
        let before = self.pool_record(record.pipeline(), turn.pool)?;
        let mut pool = Pool::from_record(before.clone());
        let Some(member) = pool.take_turn_but(turn.but) else { return Ok(TurnTaken::ByNobody) };
        let change = match judge(&member, salts)? {
            Judged::Write(change, _) => *change,
            Judged::Answer(answer) => return Ok(TurnTaken::Spared(answer)),
        };
        let taken = Turn { record: record.id(), member: &member, key: turn.key };
        let taken = turn.judge.pool_change(&pool, &before, Some(taken), actor, now, salts.next()?);
        let changes = [change, taken.ok_or_else(WorkspaceError::cut_short)?];
        let outcomes = self.store.commit(&self.tenant, &changes, CommitMode::Atomic)?;
        let [change, _] = changes;
        Ok(TurnTaken::By { member, change: Box::new(change), outcomes })
    }

    /// What to answer whoever asked for something in turn; none when it is to be tried again. `what` is what nobody was
    /// there for.
    pub(super) fn told_in_turn(
        &self,
        taken: TurnTaken,
        pool: &str,
        what: &str,
        request: &Request,
    ) -> Result<Option<Answer>, WorkspaceError> {
        let (change, outcomes) = match taken {
            TurnTaken::By { change, outcomes, .. } => (change, outcomes),
            TurnTaken::ByNobody => {
                let message = format!("nobody of the pool `{pool}` is there to {what}");
                let reason = Reason::new(ReasonCode::NobodyAvailable, message).with("pool", pool);
                return Ok(Some(Answer::refused(reason)));
            }
            TurnTaken::Spared(answer) => return Ok(Some(answer)),
        };
        if let Some(CommitOutcome::Duplicate(row)) = outcomes.first() {
            return self.first_receipt(row.as_ref().clone()).map(Some);
        }
        if outcomes.iter().all(CommitOutcome::stands) {
            return Ok(Some(Answer::Done(self.receipt(*change))));
        }
        Ok(self.settle(&outcomes, request)?.map(Answer::refused))
    }
}
