use std::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use super::{Answer, Judged, Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::effect::Effect;
use crate::journal::RowKind;
use crate::outbox::Entry;
use crate::pipeline::Pipeline;
use crate::record::{Presence, Record};
use crate::refusal::Refusal;
use crate::store::{CommitMode, CommitOutcome, Reader, RowQuery, Store};
use crate::time::Timestamp;

/// Which records are to get the follow-up work that their stages came to have while they were there.
///
/// ```
/// use lifestage::CatchUp;
///
/// let look = CatchUp::of("sales_stages").dry_run();
/// let all = CatchUp::of("sales_stages").with_messages();
/// # let _ = (look, all);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatchUp {
    pipeline: SmolStr,
    messages: bool,
    dry_run: bool,
}

impl CatchUp {
    /// The records of this pipeline.
    pub fn of(pipeline: impl Into<SmolStr>) -> Self {
        Self { pipeline: pipeline.into(), messages: false, dry_run: false }
    }

    /// Messages too, which are for those who enter a stage and left out otherwise.
    #[must_use]
    pub const fn with_messages(mut self) -> Self {
        self.messages = true;
        self
    }

    /// Only says what would be done.
    #[must_use]
    pub const fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }
}

/// What came of ordering a [`CatchUp`].
#[derive(Debug, Clone, PartialEq)]
pub enum CatchingUp {
    /// It is carried out; of a dry run, looked at.
    Done(CaughtUp),
    /// It is refused, with every reason.
    Refused(Refusal),
}

/// What records got.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CaughtUp {
    /// How many records have nothing new to get.
    pub up_to_date: u64,
    /// What each of the others gets, in the order in which they were come to.
    pub given: Vec<(SmolStr, Vec<Effect>)>,
    /// The records that changed meanwhile so often that they were passed over, and those that cannot be judged.
    pub left: Vec<SmolStr>,
}

/// How often a record that changes meanwhile is judged again.
const RETRIES: u32 = 8;

impl<S: Store + Reader> Workspace<S> {
    /// Gives the records that sit in stages of a pipeline the tasks and timed moves that those stages came to have
    /// since they entered them; once per visit, whatever is published in between. Who was erased in that visit gets
    /// nothing. A dry run tells what would be given, and calling it again goes on where it was broken off.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails; what was given by then stays.
    pub fn catch_up(
        &self,
        wish: &CatchUp,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<CatchingUp, WorkspaceError> {
        let pipeline = match self.published(&wish.pipeline) {
            Ok(pipeline) => pipeline,
            Err(reason) => return Ok(CatchingUp::Refused(Refusal::only(reason))),
        };
        if let Some(reason) = pipeline.may_configure(actor, crate::capability::Capability::Publish) {
            return Ok(CatchingUp::Refused(Refusal::only(reason)));
        }
        let mut caught = CaughtUp::default();
        self.each_page(&wish.pipeline, Presence::Live, |records| {
            for record in records {
                self.catch_up_one(record, &pipeline, wish, (actor, now), &mut caught)?;
            }
            Ok(())
        })?;
        Ok(CatchingUp::Done(caught))
    }

    fn catch_up_one(
        &self,
        record: &Record,
        pipeline: &Pipeline,
        wish: &CatchUp,
        (actor, now): (&Actor, Timestamp),
        caught: &mut CaughtUp,
    ) -> Result<(), WorkspaceError> {
        let mut record = record.clone();
        for _ in 0..=RETRIES {
            let had = self.planned_in_visit(&record)?;
            let change = match self.judged(pipeline.catch_up(&record, &had, wish.messages, actor, now))? {
                // What was done before an erasure is not known any more, and would be to be done again (S44).
                Judged::Write(..) if self.erased_in_visit(&record)? => {
                    caught.up_to_date += 1;
                    return Ok(());
                }
                Judged::Write(change, _) => *change,
                Judged::Answer(Answer::Unchanged(_)) => {
                    caught.up_to_date += 1;
                    return Ok(());
                }
                Judged::Answer(_) => break,
            };
            let id = SmolStr::new(record.id());
            if wish.dry_run {
                caught.given.push((id, change.effects));
                return Ok(());
            }
            let outcomes =
                self.store.commit(&self.tenant, std::slice::from_ref(&change), CommitMode::PerItem)?;
            match outcomes.into_iter().next().ok_or_else(WorkspaceError::cut_short)? {
                CommitOutcome::Applied => {
                    caught.given.push((id, self.receipt(change).effects().to_vec()));
                    return Ok(());
                }
                CommitOutcome::Conflict(now_there) => record = *now_there,
                _ => break,
            }
        }
        caught.left.push(SmolStr::new(record.id()));
        Ok(())
    }

    fn erased_in_visit(&self, record: &Record) -> Result<bool, WorkspaceError> {
        let query = RowQuery { before: None, kinds: [RowKind::Erasure].into(), limit: 1 };
        let last = self.store.rows(&self.tenant, record.id(), &query)?.pop();
        Ok(last.is_some_and(|row| row.seq > record.visit()))
    }

    /// The effects that were planned for a record since it entered its stage.
    fn planned_in_visit(&self, record: &Record) -> Result<Vec<Entry>, WorkspaceError> {
        let mut had = Vec::new();
        self.each_effect(record.id(), None, None, |entry| {
            if entry.effect.visit == record.visit() {
                had.push(entry);
            }
        })?;
        Ok(had)
    }
}
