use std::vec::Vec;

use super::{Workspace, WorkspaceError};
use crate::effect::{Effect, EffectKind};
use crate::journal::Row;
use crate::outbox::{EffectState, Entry, OutboxQuery};
use crate::pipeline::{SlaClock, SlaNotice};
use crate::record::Record;
use crate::store::{Reader, Store};
use crate::time::{Span, Timestamp};

/// How many entries of a record are read at once.
const PAGE: usize = 500;

/// What clocks look at: the journal of a record, and when automatic messages were delivered to it.
pub(super) struct Past {
    pub(super) rows: Vec<Row>,
    pub(super) sent: Vec<Timestamp>,
}

impl<S: Store + Reader> Workspace<S> {
    /// How the agreements of the pipeline stand for a record at `as_of`: what runs, what stands still, what was met and
    /// what was not.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn clocks(&self, id: &str, as_of: Timestamp) -> Result<Vec<SlaClock>, WorkspaceError> {
        let record = self.known(id)?;
        let Some(pipeline) = self.pipelines.get(record.pipeline()) else { return Ok(Vec::new()) };
        let past = self.past(&record)?;
        Ok(pipeline.clocks(&record, &past.rows, &past.sent, as_of))
    }

    /// For how long a record has been idle beyond what its stage allows, at `as_of` (S54); none while it is not.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn idle(&self, id: &str, as_of: Timestamp) -> Result<Option<Span>, WorkspaceError> {
        let record = self.known(id)?;
        let Some(pipeline) = self.pipelines.get(record.pipeline()) else { return Ok(None) };
        let past = self.past(&record)?;
        let since = pipeline.quiet_since(&record, &past.rows, &past.sent);
        Ok(since.and_then(|since| pipeline.idle(&record, since, as_of)))
    }

    /// What to do with an effect of a clock that is due.
    pub(super) fn notice(&self, effect: &Effect, now: Timestamp) -> Result<SlaNotice, WorkspaceError> {
        let Some(record) = self.record(&effect.record)? else {
            return Ok(SlaNotice::Nothing("the record is gone"));
        };
        let Some(pipeline) = self.pipelines.get(record.pipeline()) else {
            return Ok(SlaNotice::Nothing("the pipeline is not published any more"));
        };
        let past = self.past(&record)?;
        Ok(pipeline.sla_notice(effect, &record, &past.rows, &past.sent, now))
    }

    pub(super) fn past(&self, record: &Record) -> Result<Past, WorkspaceError> {
        let rows = self.history(record.id())?;
        let mut sent = Vec::new();
        self.each_effect(record.id(), Some(EffectState::Delivered), |entry| {
            if matches!(entry.effect.kind, EffectKind::SendEmail | EffectKind::SendText) {
                sent.extend(entry.settled_at);
            }
        })?;
        Ok(Past { rows, sent })
    }

    /// Goes through the effects of a record that are in this state, or all of them, page by page.
    pub(super) fn each_effect(
        &self,
        record: &str,
        state: Option<EffectState>,
        mut each: impl FnMut(Entry),
    ) -> Result<(), WorkspaceError> {
        let mut query = OutboxQuery { state, ..OutboxQuery::of(record, PAGE) };
        loop {
            let page = self.store.outbox(&self.tenant, &query)?;
            page.entries.into_iter().for_each(&mut each);
            query.after = page.next;
            if query.after.is_none() {
                return Ok(());
            }
        }
    }
}
