use std::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use super::{Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::journal::{ChainError, Row, Visit, verify, verify_effects, visits};
use crate::pipeline::Explanation;
use crate::record::{Presence, Record};
use crate::refusal::Route;
use crate::store::{Reader, RecordPage, RecordQuery, Store, Tally};
use crate::time::Timestamp;

/// How many rows or records are read at once.
const PAGE: usize = 500;
/// How often a record that others are changing is read again to be checked.
const SETTLE: usize = 8;

/// How many records are in one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageCount {
    /// The stage; none for records without one.
    pub stage: Option<SmolStr>,
    /// Its name as it is now; its id when the pipeline does not know it.
    pub name: SmolStr,
    /// How many records are in it, to be worked with.
    pub count: u64,
    /// How many more of it are in the trash (S61a).
    pub trashed: u64,
}

/// What checking the journals of a pipeline's records found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// How many records were checked.
    pub records: u64,
    /// How many journal rows they have.
    pub rows: u64,
    /// The first bad row of each journal that does not hold.
    pub faults: Vec<ChainError>,
}

impl<S: Store + Reader> Workspace<S> {
    /// The record with this id, as it is now.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn record(&self, id: &str) -> Result<Option<Record>, WorkspaceError> {
        Ok(self.store.load(&self.tenant, &[id])?.pop().flatten())
    }

    /// The whole journal of a record, in order.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn history(&self, id: &str) -> Result<Vec<Row>, WorkspaceError> {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let after = rows.last().map_or(0, |row| row.seq);
            let page = self.store.history(&self.tenant, id, after, PAGE)?;
            let last = page.len() < PAGE;
            rows.extend(page);
            if last {
                return Ok(rows);
            }
        }
    }

    /// The visits of a record, in order (S39).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn visits(&self, id: &str) -> Result<Vec<Visit>, WorkspaceError> {
        Ok(visits(&self.history(id)?))
    }

    /// Every move and stage of the record's pipeline, allowed or with all reasons (S3).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn explain(&self, id: &str, actor: &Actor, now: Timestamp) -> Result<Explanation, WorkspaceError> {
        let record = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
        let pipeline = self.pipeline(record.pipeline());
        Ok(pipeline.map(|pipeline| pipeline.explain(&record, actor, now)).unwrap_or_default())
    }

    /// The shortest lawful way of a record to a stage, for this actor.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn route(&self, id: &str, stage: &str, actor: &Actor) -> Result<Option<Route>, WorkspaceError> {
        let record = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
        let pipeline = self.pipeline(record.pipeline());
        Ok(pipeline.and_then(|pipeline| pipeline.route(&record, stage, actor)))
    }

    /// A page of records, newest in their stage first.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn page(&self, query: &RecordQuery) -> Result<RecordPage, WorkspaceError> {
        Ok(self.store.page(&self.tenant, query)?)
    }

    /// How many records are in each stage of a pipeline: every stage in definition order, empty ones
    /// too, then stages that the pipeline does not know, then those without a stage.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn counts(&self, pipeline: &str) -> Result<Vec<StageCount>, WorkspaceError> {
        let mut found = self.store.counts(&self.tenant, pipeline)?;
        let mut counts = Vec::new();
        let known = self.pipeline(pipeline);
        for stage in known.iter().flat_map(|pipeline| pipeline.catalog().stages()) {
            let at = found.iter().position(|tally| tally.stage.as_deref() == Some(stage.id()));
            let (id, name) = (SmolStr::new(stage.id()), SmolStr::new(stage.name()));
            let (count, trashed) = at.map_or((0, 0), |at| {
                let tally = found.swap_remove(at);
                (tally.live, tally.trashed)
            });
            counts.push(StageCount { stage: Some(id), name, count, trashed });
        }
        found.sort_by(|one, other| (one.stage.is_none(), one).cmp(&(other.stage.is_none(), other)));
        counts.extend(found.into_iter().map(|Tally { stage, live, trashed }| {
            let name = stage.clone().unwrap_or(SmolStr::new_static("no stage"));
            StageCount { stage, name, count: live, trashed }
        }));
        Ok(counts)
    }

    /// Checks the journal of one record, its effects included (S44, S45). None when all is well.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn verify(&self, id: &str) -> Result<Option<ChainError>, WorkspaceError> {
        Ok(self.check(id)?.1)
    }

    /// The record and its whole journal, both as one commit left them.
    fn settled(&self, id: &str) -> Result<(Record, Vec<Row>), WorkspaceError> {
        let mut record = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
        for _ in 0..SETTLE {
            let rows = self.history(id)?;
            let current = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
            if current.seq() == record.seq() {
                return Ok((record, rows));
            }
            record = current;
        }
        let mut rows = self.history(id)?;
        rows.retain(|row| row.seq <= record.seq());
        Ok((record, rows))
    }

    fn check(&self, id: &str) -> Result<(u64, Option<ChainError>), WorkspaceError> {
        let (record, rows) = self.settled(id)?;
        let count = rows.len() as u64;
        if let Err(error) = verify(&record, &rows) {
            return Ok((count, Some(error)));
        }
        for row in &rows {
            let effects = self.store.effects(&self.tenant, &row.record, row.seq)?;
            if let Err(error) = verify_effects(row, &effects) {
                return Ok((count, Some(error)));
            }
        }
        Ok((count, None))
    }

    /// Checks the journals of every record of a pipeline, telling `progress` after each page how many
    /// are done.
    ///
    /// Pages go from the newest in their stage to the oldest: a record that moves while this runs may
    /// be passed over, so check a store at rest, or a copy, when none may be missed.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn verify_all(&self, pipeline: &str, mut progress: impl FnMut(u64)) -> Result<Audit, WorkspaceError> {
        let mut audit = Audit::default();
        for presence in Presence::ALL {
            self.each_page(pipeline, presence, |records| {
                for record in records {
                    let (rows, fault) = self.check(record.id())?;
                    audit.records += 1;
                    audit.rows += rows;
                    audit.faults.extend(fault);
                }
                progress(audit.records);
                Ok(())
            })?;
        }
        Ok(audit)
    }

    /// Hands over all records of a pipeline that are present in this way, page by page, newest in their
    /// stage first.
    pub(super) fn each_page(
        &self,
        pipeline: &str,
        presence: Presence,
        mut each: impl FnMut(&[Record]) -> Result<(), WorkspaceError>,
    ) -> Result<(), WorkspaceError> {
        let mut query = RecordQuery::of(pipeline, PAGE).with_presence(presence);
        loop {
            let page = self.page(&query)?;
            each(&page.records)?;
            query.after = page.next;
            if query.after.is_none() {
                return Ok(());
            }
        }
    }
}
