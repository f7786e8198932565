use std::vec::Vec;

use smol_str::SmolStr;

use super::{Workspace, WorkspaceError};
use crate::effect::{Effect, EffectKind};
use crate::journal::Row;
use crate::outbox::{EffectState, Entry, OutboxKey, OutboxQuery};
use crate::pipeline::{SlaClock, SlaNotice};
use crate::record::Record;
use crate::store::{Reader, RowQuery, Store};
use crate::time::{Span, Timestamp};

/// How many entries of a record are read at once.
const PAGE: usize = 500;

/// How many rows of a record are read at once.
const ROWS: usize = 100;

/// What clocks look at: the end of a record's journal, and when automatic messages were delivered to it since.
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
        let past = self.past(&record, pipeline.began(None, as_of))?;
        Ok(pipeline.clocks(&record, &past.rows, &past.sent, as_of))
    }

    /// For how long a record has been idle beyond what its stage allows, at `as_of` (S54); none while it is not.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn idle(&self, id: &str, as_of: Timestamp) -> Result<Option<Span>, WorkspaceError> {
        let record = self.known(id)?;
        let Some(pipeline) = self.pipelines.get(record.pipeline()) else { return Ok(None) };
        let past = self.visit_of(&record)?;
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
        let past = self.past(&record, pipeline.began(Some(effect), now))?;
        Ok(pipeline.sla_notice(effect, &record, &past.rows, &past.sent, now))
    }

    /// What happened in the present visit of a record.
    pub(super) fn visit_of(&self, record: &Record) -> Result<Past, WorkspaceError> {
        self.past(record, |row| row.seq <= record.visit())
    }

    /// What happened to a record from the last row on that is `first`; all of it when none is. Nothing before is read,
    /// however long the record has lived.
    fn past(&self, record: &Record, mut first: impl FnMut(&Row) -> bool) -> Result<Past, WorkspaceError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut found = false;
        while !found {
            let before = rows.last().map(|row| row.seq);
            let query = RowQuery { before, kinds: Vec::new(), limit: ROWS };
            let page = self.store.rows(&self.tenant, record.id(), &query)?;
            let at = page.iter().position(&mut first);
            found = at.is_some() || page.len() < ROWS;
            rows.extend(page.into_iter().take(at.map_or(ROWS, |at| at + 1)));
        }
        rows.reverse();
        let since = rows.first().map(|row| row.effective_at);
        let mut sent = Vec::new();
        self.each_effect(record.id(), Some(EffectState::Delivered), since, |entry| {
            if matches!(entry.effect.kind, EffectKind::SendEmail | EffectKind::SendText) {
                sent.extend(entry.settled_at);
            }
        })?;
        Ok(Past { rows, sent })
    }

    /// Goes through the effects of a record that are in this state, or all of them, page by page: those whose time is not
    /// before `since`, or all of them.
    pub(super) fn each_effect(
        &self,
        record: &str,
        state: Option<EffectState>,
        since: Option<Timestamp>,
        mut each: impl FnMut(Entry),
    ) -> Result<(), WorkspaceError> {
        let after = since.map(|at| OutboxKey { at, record: SmolStr::default(), seq: 0, index: 0 });
        let mut query = OutboxQuery { state, after, ..OutboxQuery::of(record, PAGE) };
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
