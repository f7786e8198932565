//! Carrying out migrations: page by page, each record by a decision of its own, resumable (S33).

use std::panic::resume_unwind;
use std::vec::Vec;

use smol_str::SmolStr;

use super::publish::{migration_open, unpublished};
use super::{Answer, Judged, Salts, Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::capability::Capability;
use crate::change::SealedChange;
use crate::code::ReasonCode;
use crate::journal::StageMark;
use crate::migration::{MapEntry, Migration, Occupancy, StageMap, stage_of};
use crate::pipeline::{Pipeline, absent};
use crate::pool::Pool;
use crate::record::{Presence, Record};
use crate::refusal::{Reason, Refusal};
use crate::store::{
    CommitMode, CommitOutcome, MigrationState, PageKey, PublishOutcome, Reader, RecordQuery, Store,
};
use crate::time::Timestamp;

/// How many records share a commit.
const CHUNK: usize = 500;
/// How many salts are asked for at once.
const SALTS: usize = 64;

/// How far a migration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many records have moved since it was begun or gone on with.
    pub moved: u64,
    /// How many were to move then.
    pub of: u64,
}

/// What a migration came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MigrationReport {
    /// Its id, which each of its rows names as batch.
    pub id: SmolStr,
    /// How many records moved.
    pub moved: u64,
    /// How many moves were decided again because somebody else changed the record meanwhile.
    pub retried: u64,
    /// The records that could not be moved, and why; the migration stays open for them.
    pub left: Vec<(SmolStr, Refusal)>,
}

/// What became of an order to migrate.
#[derive(Debug, Clone, PartialEq)]
pub enum Migrating {
    /// It is carried out.
    Done(MigrationReport),
    /// It is refused, with every reason; nothing is written.
    Refused(Refusal),
}

/// What a migration would come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    /// How many records are in the stages of the map.
    pub total: u64,
    /// What would become of the first of them.
    pub records: Vec<Prospect>,
}

/// One record of a dry run.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospect {
    /// The record.
    pub id: SmolStr,
    /// The stage it is in.
    pub from: Option<SmolStr>,
    /// The stage it would go to, or why it would not.
    pub to: Result<Option<SmolStr>, Refusal>,
}

/// A migration with the definitions on both sides.
pub(super) struct Moves {
    /// What the records were under before, as far as it is known.
    pub(super) old: Option<Pipeline>,
    /// What takes them in.
    pub(super) new: Pipeline,
    pub(super) migration: Migration,
}

impl<S: Store + Reader> Workspace<S> {
    /// Moves the records of a pipeline by a map, within it or into another: orphaned ones (S34), those
    /// of a pipeline that is to be archived (S31), or any stage's (S33). `id` names the migration: each
    /// row has it as batch, and after a crash [`resume`](Self::resume) goes on with it.
    ///
    /// Needs the capability `migrate` in both pipelines.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails; what has moved stays, and the migration stays open.
    #[expect(clippy::too_many_arguments, reason = "an order has as many parts")]
    pub fn migrate(
        &self,
        id: &str,
        pipeline: &str,
        into: &str,
        map: &StageMap,
        reason: &str,
        actor: &Actor,
        now: Timestamp,
        progress: impl FnMut(Progress),
    ) -> Result<Migrating, WorkspaceError> {
        let moves = match self.judge_migration(id, pipeline, into, map, reason, actor, now)? {
            Ok(moves) => moves,
            Err(refusal) => return Ok(Migrating::Refused(refusal)),
        };
        match self.store.begin_migration(&self.tenant, &moves.migration)? {
            PublishOutcome::Published => {
                let occupancy = self.occupancy(pipeline)?;
                self.migrate_all(&moves, &occupancy, now, progress).map(Migrating::Done)
            }
            PublishOutcome::MigrationOpen { id } => {
                Ok(Migrating::Refused(Refusal::only(migration_open(&id))))
            }
            _ => {
                self.refresh()?;
                let message =
                    alloc::format!("somebody else published `{into}` just now; reload and try again");
                let reason = Reason::new(ReasonCode::StaleDefinition, message);
                Ok(Migrating::Refused(Refusal::only(reason.with("pipeline", into))))
            }
        }
    }

    /// What [`migrate`](Self::migrate) would do: how many records it is about, and what would become of up to
    /// `limit` of them, stage by stage.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn preview_migration(
        &self,
        pipeline: &str,
        into: &str,
        map: &StageMap,
        actor: &Actor,
        limit: usize,
    ) -> Result<Result<Preview, Refusal>, WorkspaceError> {
        let now = Timestamp::from_micros(0);
        let moves = match self.judge_migration("preview", pipeline, into, map, "", actor, now)? {
            Ok(moves) => moves,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (mut prospects, mut salts) = (Vec::new(), self.salts(SALTS));
        for entry in map.entries() {
            let mut place = Some(Place::FIRST);
            while let Some(from) = place.filter(|_| prospects.len() < limit) {
                let (records, next) = self.source_page(&moves, entry, from, limit - prospects.len())?;
                for record in records.iter().filter(|record| record.stage() == stage_of(&entry.from)) {
                    let (id, from) = (SmolStr::new(record.id()), record.stage().map(SmolStr::new));
                    let to = match self.decide_move(&moves, record, now, &mut salts)? {
                        Ok(change) => Ok(change.record.stage().map(SmolStr::new)),
                        Err(refusal) => Err(refusal),
                    };
                    prospects.push(Prospect { id, from, to });
                }
                place = next;
            }
        }
        let occupancy = self.occupancy(pipeline)?;
        Ok(Ok(Preview { total: waiting(&moves, &occupancy), records: prospects }))
    }

    /// Moves one record into another pipeline, or within its own, by a map (S4, S33).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn transfer(
        &self,
        id: &str,
        into: &str,
        map: &StageMap,
        reason: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let record = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
        // A migration of a whole pipeline takes what is in the trash along; nobody takes one out of it by this.
        if let Some(reason) =
            absent(&record).or_else(|| Pool::is_one(&record).then(|| super::unpublished(&record)))
        {
            return Ok(Answer::refused(reason));
        }
        let batch = alloc::format!("transfer-{id}-{}", record.seq() + 1);
        let Some(new) = self.pipeline(into) else {
            return Ok(Answer::refused(unpublished(into)));
        };
        let migration = ordered(batch.into(), record.pipeline(), &new, map.clone(), reason, actor, now);
        let moves = Moves { old: self.pipeline(record.pipeline()), new, migration };
        if let Some(reason) = moves.old.as_ref().and_then(|old| old.may_configure(actor, Capability::Migrate))
        {
            return Ok(Answer::refused(reason));
        }
        if let Some(old) = &moves.old {
            let mut reasons = Vec::new();
            let alone = [(record.stage(), 1)].into_iter().collect();
            moves.new.judge_succession(old, &moves.migration.map, &alone, &mut reasons);
            if !reasons.is_empty() {
                return Ok(Answer::Refused(Refusal::new(reasons)));
            }
        }
        let change = match self.decide_move(&moves, &record, now, &mut self.salts(1))? {
            Ok(change) => change,
            Err(refusal) => return Ok(Answer::Refused(refusal)),
        };
        let committed =
            self.store.commit(&self.tenant, std::slice::from_ref(&change), CommitMode::PerItem)?;
        match committed.into_iter().next().ok_or_else(WorkspaceError::cut_short)? {
            CommitOutcome::Applied => Ok(Answer::Done(self.receipt(change))),
            CommitOutcome::Conflict(current) => Ok(Answer::refused(moves.new.conflict(&current))),
            CommitOutcome::StaleDefinition { .. } => {
                self.refresh()?;
                Ok(Answer::refused(super::stale_definition()))
            }
            _ => Err(WorkspaceError::no_record(id)),
        }
    }

    /// The migrations that were begun here, open ones and finished ones.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn migrations(&self) -> Result<Vec<MigrationState>, WorkspaceError> {
        Ok(self.store.migrations(&self.tenant)?)
    }

    fn migration(&self, id: &str) -> Result<MigrationState, WorkspaceError> {
        let found = self.migrations()?.into_iter().find(|state| state.migration.id == id);
        found.ok_or_else(|| WorkspaceError::NoMigration { id: SmolStr::new(id) })
    }

    /// Why nothing can be published or migrated just now: a migration of one of these pipelines is open.
    pub(super) fn underway<const N: usize>(
        &self,
        pipelines: [&str; N],
    ) -> Result<Option<Reason>, WorkspaceError> {
        let states = self.migrations()?;
        let mut open =
            states.iter().filter(|state| state.finished_at.is_none()).map(|state| &state.migration);
        let own = open.find(|open| pipelines.iter().any(|id| open.pipeline == *id || open.into == *id));
        Ok(own.map(|open| migration_open(&open.id)))
    }

    /// Goes on with an open migration, from where it was left: what has moved does not move again.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such migration or the store fails.
    pub fn resume(
        &self,
        id: &str,
        now: Timestamp,
        progress: impl FnMut(Progress),
    ) -> Result<MigrationReport, WorkspaceError> {
        self.refresh()?;
        let MigrationState { migration, finished_at } = self.migration(id)?;
        if finished_at.is_some() {
            return Ok(MigrationReport { id: migration.id, ..MigrationReport::default() });
        }
        let new = self.pipeline_at(&migration.into, migration.version)?;
        let old = if migration.earlier_only {
            let before = self.version(&migration.into, migration.version)?.replaces;
            before.map(|before| self.pipeline_at(&migration.pipeline, before)).transpose()?
        } else {
            self.pipeline(&migration.pipeline)
        };
        let occupancy = self.occupancy(&migration.pipeline)?;
        self.migrate_all(&Moves { old, new, migration }, &occupancy, now, progress)
    }

    /// Closes a migration that cannot be carried out to its end, as [`MigrationReport::left`] tells: what has moved
    /// stays, what is left stays where it is, and the pipeline can be published again. Needs the capability
    /// `migrate`.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such migration or the store fails.
    pub fn close_migration(
        &self,
        id: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Result<(), Refusal>, WorkspaceError> {
        self.refresh()?;
        let migration = self.migration(id)?.migration;
        let judge = self.pipeline(&migration.into);
        if let Some(reason) = judge.and_then(|judge| judge.may_configure(actor, Capability::Migrate)) {
            return Ok(Err(Refusal::only(reason)));
        }
        Ok(Ok(self.store.finish_migration(&self.tenant, id, now)?))
    }

    #[expect(clippy::too_many_arguments, reason = "an order has as many parts")]
    fn judge_migration(
        &self,
        id: &str,
        pipeline: &str,
        into: &str,
        map: &StageMap,
        reason: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Result<Moves, Refusal>, WorkspaceError> {
        self.refresh()?;
        let Some((old, new)) = self.pipeline(pipeline).zip(self.pipeline(into)) else {
            let missing = if self.pipeline(pipeline).is_none() { pipeline } else { into };
            return Ok(Err(Refusal::only(unpublished(missing))));
        };
        let mut reasons = Vec::new();
        reasons.extend(self.underway([pipeline, into])?);
        reasons.extend(new.may_configure(actor, Capability::Migrate));
        if pipeline != into {
            reasons.extend(old.may_configure(actor, Capability::Migrate));
        }
        // Records may stay where they are: only what the map names is to be moved.
        let mapped = self.occupancy(pipeline)?.within(|stage| map.entry(stage).is_some());
        new.judge_succession(&old, map, &mapped, &mut reasons);
        if !reasons.is_empty() {
            return Ok(Err(Refusal::new(reasons)));
        }
        let migration = ordered(SmolStr::new(id), pipeline, &new, map.clone(), reason, actor, now);
        Ok(Ok(Moves { old: Some(old), new, migration }))
    }

    /// The changes of a migration that is to be written in one commit; none when they are too many, or
    /// when records would stay in a stage that others leave.
    pub(super) fn few(
        &self,
        moves: &Moves,
        at_most: usize,
        now: Timestamp,
    ) -> Result<Result<Option<Vec<SealedChange>>, Refusal>, WorkspaceError> {
        let map = &moves.migration.map;
        if map.is_chained() {
            return Ok(Ok(None));
        }
        let (mut changes, mut salts) = (Vec::new(), self.salts(SALTS));
        for entry in map.entries() {
            let mut place = Some(Place::FIRST);
            while let Some(from) = place {
                let (records, next) = self.source_page(moves, entry, from, at_most + 1)?;
                if changes.len() + records.len() > at_most {
                    return Ok(Ok(None));
                }
                for record in &records {
                    match self.decide_move(moves, record, now, &mut salts)? {
                        Ok(change) => changes.push(change),
                        Err(refusal) => return Ok(Err(refusal)),
                    }
                }
                place = next;
            }
        }
        Ok(Ok(Some(changes)))
    }

    /// Moves every record that is to move, and marks the migration as finished.
    pub(super) fn migrate_all(
        &self,
        moves: &Moves,
        occupancy: &Occupancy,
        now: Timestamp,
        mut progress: impl FnMut(Progress),
    ) -> Result<MigrationReport, WorkspaceError> {
        let of = waiting(moves, occupancy);
        let mut report = MigrationReport { id: moves.migration.id.clone(), ..MigrationReport::default() };
        let mut salts = self.salts(SALTS);
        // Others may put records where they have been looked for, until a whole pass finds none.
        loop {
            let before = (report.moved, report.retried);
            report.left.clear();
            for entry in moves.migration.map.in_order() {
                let mut page = Some(self.source_page(moves, entry, Place::FIRST, CHUNK)?);
                while let Some((records, next)) = page {
                    if !self.is_open(moves)? {
                        return Err(closed(&moves.migration.id));
                    }
                    // The next page is read while this one is written.
                    page = std::thread::scope(|scope| {
                        let read = |place| self.source_page(moves, entry, place, CHUNK);
                        let ahead = next.map(|place| scope.spawn(move || read(place)));
                        let moved = self.move_chunk(moves, records, now, &mut salts, &mut report);
                        let page =
                            ahead.map(|ahead| ahead.join().unwrap_or_else(|panic| resume_unwind(panic)));
                        moved.and_then(|()| page.transpose())
                    })?;
                    progress(Progress { moved: report.moved, of: of.max(report.moved) });
                }
            }
            if before == (report.moved, report.retried) {
                break;
            }
        }
        if report.left.is_empty() {
            self.store.finish_migration(&self.tenant, &moves.migration.id, now)?;
        }
        Ok(report)
    }

    /// Whether the migration is still to be carried out; somebody may have closed it.
    fn is_open(&self, moves: &Moves) -> Result<bool, WorkspaceError> {
        Ok(self.migration(&moves.migration.id)?.finished_at.is_none())
    }

    /// A page of the records that an entry is for, those that moved already left out.
    fn source_page(
        &self,
        moves: &Moves,
        entry: &MapEntry,
        place: Place,
        limit: usize,
    ) -> Result<(Vec<Record>, Option<Place>), WorkspaceError> {
        let (pipeline, stage) = (moves.migration.pipeline.clone(), stage_of(&entry.from).map(SmolStr::new));
        let Place { presence, after } = place;
        let query = RecordQuery { pipeline, presence, stage: Some(stage), after, limit };
        let page = self.store.page(&self.tenant, &query)?;
        let next = match (page.next, presence) {
            (Some(after), _) => Some(Place { presence, after: Some(after) }),
            (None, Presence::Live) => Some(Place { presence: Presence::Trashed, after: None }),
            (None, _) => None,
        };
        let mut records = Vec::with_capacity(page.records.len());
        for record in page.records {
            if self.is_to_move(moves, &record)? {
                records.push(record);
            }
        }
        Ok((records, next))
    }

    /// Whether the record, which is in a stage of the map, is one that the migration is for.
    fn is_to_move(&self, moves: &Moves, record: &Record) -> Result<bool, WorkspaceError> {
        let Moves { migration, new, .. } = moves;
        let lasts = |stage: Option<&str>| {
            stage.is_none_or(|id| new.catalog().stage(id).is_some_and(|stage| !stage.is_archived()))
        };
        let elsewhere = record.pipeline() != migration.into;
        let legitimate = migration.earlier_only && lasts(record.stage());
        if elsewhere || record.definition() < migration.version || !(legitimate || migration.map.is_chained())
        {
            return Ok(true);
        }
        let Some(row) =
            self.store.history(&self.tenant, record.id(), record.visit().saturating_sub(1), 1)?.pop()
        else {
            return Ok(true);
        };
        let moved_already = row.batch.as_ref() == Some(&migration.id);
        Ok(!moved_already && (!migration.earlier_only || row.definition < migration.version))
    }

    fn decide_move(
        &self,
        moves: &Moves,
        record: &Record,
        now: Timestamp,
        salts: &mut Salts<'_>,
    ) -> Result<Result<SealedChange, Refusal>, WorkspaceError> {
        let from = match record.stage() {
            None => None,
            Some(id) => match moves.old.as_ref().and_then(|old| old.catalog().stage(id)) {
                Some(stage) => Some(StageMark::from(stage)),
                // An orphan: its history knows what the stage was (S34).
                None => {
                    let visit = record.visit().saturating_sub(1);
                    self.store.history(&self.tenant, record.id(), visit, 1)?.pop().and_then(|row| row.to)
                }
            },
        };
        match self.judged_with(moves.new.migrate(record, from, &moves.migration, now), salts)? {
            Judged::Write(change, _) => Ok(Ok(*change)),
            Judged::Answer(Answer::Refused(refusal)) => Ok(Err(refusal)),
            Judged::Answer(_) => Err(WorkspaceError::cut_short()),
        }
    }

    /// Decides and commits a page of records, again for those that somebody else changed meanwhile.
    fn move_chunk(
        &self,
        moves: &Moves,
        mut records: Vec<Record>,
        now: Timestamp,
        salts: &mut Salts<'_>,
        report: &mut MigrationReport,
    ) -> Result<(), WorkspaceError> {
        while !records.is_empty() {
            let mut changes = Vec::with_capacity(records.len());
            for record in &records {
                match self.decide_move(moves, record, now, salts)? {
                    Ok(change) => changes.push(change),
                    Err(refusal) => report.left.push((SmolStr::new(record.id()), refusal)),
                }
            }
            records.clear();
            for outcome in self.store.commit(&self.tenant, &changes, CommitMode::PerItem)? {
                match outcome {
                    CommitOutcome::Applied => report.moved += 1,
                    CommitOutcome::Conflict(current) => {
                        report.retried += 1;
                        let there = current.presence() != Presence::Merged
                            && moves.migration.map.entry(current.stage()).is_some()
                            && current.pipeline() == moves.migration.pipeline;
                        if there && self.is_to_move(moves, &current)? {
                            records.push(*current);
                        }
                    }
                    CommitOutcome::Missing => report.retried += 1,
                    // Nobody publishes while it is open.
                    CommitOutcome::StaleDefinition { .. } => return Err(closed(&moves.migration.id)),
                    _ => return Err(WorkspaceError::cut_short()),
                }
            }
        }
        Ok(())
    }

    /// The records whose stage is not in the definition of their pipeline, stage by stage (S34).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn orphans(&self, pipeline: &str) -> Result<Vec<(SmolStr, u64)>, WorkspaceError> {
        let known = self.pipeline(pipeline);
        let is_known = |id: &str| known.as_ref().is_some_and(|known| known.catalog().stage(id).is_some());
        let occupancy = self.occupancy(pipeline)?;
        let orphaned = occupancy.iter().filter_map(|(stage, count)| Some((stage?, count)));
        Ok(orphaned.filter(|(id, _)| !is_known(id)).map(|(id, count)| (SmolStr::new(id), count)).collect())
    }
}

/// Where reading the records of a stage goes on: those to be worked with first, then the trash (S61a).
struct Place {
    presence: Presence,
    after: Option<PageKey>,
}

impl Place {
    const FIRST: Self = Self { presence: Presence::Live, after: None };
}

/// The order to move records into `new`, whenever they came to their stages.
pub(super) fn ordered(
    id: SmolStr,
    pipeline: &str,
    new: &Pipeline,
    map: StageMap,
    reason: &str,
    actor: &Actor,
    now: Timestamp,
) -> Migration {
    Migration {
        id,
        pipeline: SmolStr::new(pipeline),
        into: SmolStr::new(new.id()),
        version: new.version(),
        map,
        reason: SmolStr::new(reason),
        earlier_only: false,
        actor: actor.clone(),
        started_at: now,
    }
}

/// How many records are in the stages of the map.
fn waiting(moves: &Moves, occupancy: &Occupancy) -> u64 {
    let waiting = occupancy.iter().filter(|(stage, _)| moves.migration.map.entry(*stage).is_some());
    waiting.map(|(_, count)| count).sum()
}

fn closed(id: &SmolStr) -> WorkspaceError {
    WorkspaceError::MigrationClosed { id: id.clone() }
}
