use std::collections::BTreeSet;
use std::vec::Vec;

use smol_str::SmolStr;

use super::{Answer, QUIET_RETRIES, Receipt, Workspace, WorkspaceError, unpublished};
use crate::actor::Actor;
use crate::journal::{Row, RowKind, Visit, visits};
use crate::pipeline::{Act, Merge, Unchanged};
use crate::record::{Link, Record};
use crate::refusal::Refusal;
use crate::request::Operation;
use crate::store::{CommitMode, CommitOutcome, Reader, RowQuery, Store};
use crate::time::Timestamp;

/// What became of a wish to make two records one.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is handed over once")]
pub enum Merging {
    /// They are one.
    Done {
        /// The record that stays.
        head: Receipt,
        /// The duplicate.
        tail: Receipt,
    },
    /// They were one already.
    Unchanged(Unchanged),
    /// It is refused, with every reason; nothing is written.
    Refused(Refusal),
}

impl<S: Store + Reader> Workspace<S> {
    /// Makes a duplicate one with another record of its pipeline, both in one commit (S59): see
    /// [`Pipeline::merge`](crate::Pipeline::merge). The expectation and the key of `act` are about the head.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn merge(
        &self,
        head: &str,
        tail: &str,
        act: &Act,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Merging, WorkspaceError> {
        let request = act.request(Operation::Merge, tail);
        if let Some(answer) = self.repeated(head, &request, actor)? {
            return self.merged_before(tail, answer);
        }
        let (mut salts, mut left) = (self.salts(2), QUIET_RETRIES);
        loop {
            let (one, two) = (self.known(head)?, self.known(tail)?);
            let Some(pipeline) = self.pipelines.get(one.pipeline()) else {
                return Ok(Merging::Refused(Refusal::only(unpublished(&one))));
            };
            let changes = match pipeline.merge(&one, &two, act, actor, now) {
                // The address that the tail holds is let go before the head takes it.
                Merge::Merged { head, tail } => [tail.seal(salts.next()?), head.seal(salts.next()?)],
                Merge::Unchanged(unchanged) => {
                    // The same request may have done it just now, asked by another thread.
                    return match self.repeated(head, &request, actor)? {
                        Some(answer) => self.merged_before(tail, answer),
                        None => Ok(Merging::Unchanged(unchanged)),
                    };
                }
                Merge::Refused(refusal) => return Ok(Merging::Refused(refusal)),
            };
            let outcomes = self.store.commit(&self.tenant, &changes, CommitMode::Atomic)?;
            if outcomes.iter().all(CommitOutcome::stands) {
                let [tail, head] = changes.map(|change| self.receipt(change));
                return Ok(Merging::Done { head, tail });
            }
            if let Some(reason) = self.settle(&outcomes, &request)? {
                return Ok(Merging::Refused(Refusal::only(reason)));
            }
            if left == 0 {
                let current = self.known(head)?;
                return Ok(Merging::Refused(Refusal::only(pipeline.conflict(&current))));
            }
            left -= 1;
        }
    }

    /// The receipts of a merge that was carried out before.
    fn merged_before(&self, tail: &str, head: Answer) -> Result<Merging, WorkspaceError> {
        let head = match head {
            Answer::Done(head) => head,
            Answer::Refused(refusal) => return Ok(Merging::Refused(refusal)),
            _ => return Err(WorkspaceError::cut_short()),
        };
        // What was written in the duplicate since is no part of it, as an erasure.
        let query = RowQuery { before: None, kinds: Vec::from([RowKind::Merge]), limit: 1 };
        let row = self.store.rows(&self.tenant, tail, &query)?.pop().ok_or_else(WorkspaceError::cut_short)?;
        let record = self.known(tail)?;
        Ok(Merging::Done { head, tail: Receipt::repeated(record, row, Vec::new()) })
    }

    pub(super) fn known(&self, id: &str) -> Result<Record, WorkspaceError> {
        self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))
    }

    /// One row of a record's journal.
    pub(super) fn row(&self, id: &str, seq: u64) -> Result<Row, WorkspaceError> {
        let row = self.store.history(&self.tenant, id, seq.saturating_sub(1), 1)?.pop();
        row.filter(|row| row.seq == seq).ok_or_else(|| WorkspaceError::no_row(id, seq))
    }

    /// The record that stands for this one: itself, or the one that it became one with, however often.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn head_of(&self, id: &str) -> Result<Record, WorkspaceError> {
        let mut record = self.known(id)?;
        let mut seen = BTreeSet::new();
        while let Some(head) = record.link(Link::Head).map(SmolStr::new) {
            // No merge makes a circle; a file that was tampered with may have one.
            if !seen.insert(head.clone()) {
                return Err(WorkspaceError::cut_short());
            }
            record = self.known(&head)?;
        }
        Ok(record)
    }

    /// The ids of a record and of all that became one with it, the head first.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn united(&self, id: &str) -> Result<Vec<SmolStr>, WorkspaceError> {
        let mut all = Vec::from([SmolStr::new(id)]);
        let mut seen: BTreeSet<SmolStr> = all.iter().cloned().collect();
        let mut at = 0;
        while let Some(head) = all.get(at).cloned() {
            all.extend(self.linked(Link::Head, &head)?.into_iter().filter(|id| seen.insert(id.clone())));
            at += 1;
        }
        Ok(all)
    }

    /// The journals of a record and of all that became one with it, as one history in order of time (S59). No row
    /// is changed for that: each names the record it belongs to.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn united_history(&self, id: &str) -> Result<Vec<Row>, WorkspaceError> {
        let mut journals = Vec::new();
        for id in self.united(id)? {
            journals.push(self.history(&id)?);
        }
        // The newest of the last rows each time, not a sort: within a journal its own order holds, also where a
        // clock was behind (S42).
        let mut rows = Vec::new();
        let newest = |journals: &mut Vec<Vec<Row>>| {
            let in_time = |one: &&mut Vec<Row>, two: &&mut Vec<Row>| match (one.last(), two.last()) {
                (Some(one), Some(two)) => one.in_time(two),
                (one, two) => one.is_some().cmp(&two.is_some()),
            };
            journals.iter_mut().max_by(in_time).and_then(Vec::pop)
        };
        while let Some(row) = newest(&mut journals) {
            rows.push(row);
        }
        rows.reverse();
        Ok(rows)
    }

    /// The visits of a record and of all that became one with it, in order of their beginning, each with the record
    /// it belongs to; none is counted twice, and a duplicate's last visit ends where it became one (S59).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn united_visits(&self, id: &str) -> Result<Vec<(SmolStr, Visit)>, WorkspaceError> {
        let mut all = Vec::new();
        for id in self.united(id)? {
            all.extend(visits(&self.history(&id)?).into_iter().map(|visit| (id.clone(), visit)));
        }
        all.sort_by(|(one, first), (two, second)| {
            (first.entered_at, one, first.seq).cmp(&(second.entered_at, two, second.seq))
        });
        Ok(all)
    }
}
