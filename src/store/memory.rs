mod index;
mod outbox;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::ops::Bound;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use smol_str::SmolStr;

use super::{
    Alongside, CommitMode, CommitOutcome, FeedCursor, MigrationState, PageKey, Publication, PublishOutcome,
    QueuePlace, Reader, RecordPage, RecordQuery, RowQuery, Store, StoreError, StoreErrorKind, Tally,
    check_shape,
};
use crate::change::SealedChange;
use crate::effect::{Effect, EffectId, EffectKind};
use crate::journal::{Row, RowKind};
use crate::migration::Migration;
use crate::outbox::{Claim, Delivery, Entry, OutboxPage, OutboxQuery, Settlement, TaskQuery};
use crate::record::{Link, Presence, Record};
use crate::time::Timestamp;
use crate::value::Value;

use index::{Index, Place};
use outbox::Outbox;

/// A store that keeps everything in memory and loses it when dropped: for tests, trials and caches.
///
/// ```
/// use lifestage::store::{MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// assert_eq!(store.load("acme", &["lead-42"])?, [None]);
/// # Ok::<(), lifestage::store::StoreError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore {
    tenants: RwLock<BTreeMap<String, Tenant>>,
}

/// What a change was applied to: the record, and entries of its effects.
type Before = (Option<Record>, outbox::Before);

/// A record with the places of its rows.
#[derive(Debug, Default)]
struct File {
    /// None when its creation was taken back.
    record: Option<Record>,
    history: Vec<usize>,
}

#[derive(Debug, Default)]
struct Tenant {
    files: HashMap<SmolStr, File>,
    index: Index,
    /// Every row in order of commit; a feed position is an index plus one.
    journal: Vec<Row>,
    keys: BTreeMap<SmolStr, usize>,
    outbox: Outbox,
    definitions: BTreeMap<SmolStr, Vec<Publication>>,
    migrations: Vec<MigrationState>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `read` finds in the tenant, or in an empty one when there is none yet.
    fn read<T>(&self, tenant: &str, read: impl FnOnce(&Tenant) -> T) -> Result<T, StoreError> {
        let tenants = self.tenants.read().map_err(closed)?;
        Ok(match tenants.get(tenant) {
            Some(known) => read(known),
            None => read(&Tenant::default()),
        })
    }

    fn write<T>(&self, tenant: &str, write: impl FnOnce(&mut Tenant) -> T) -> Result<T, StoreError> {
        let mut tenants = self.tenants.write().map_err(closed)?;
        match tenants.get_mut(tenant) {
            Some(known) => Ok(write(known)),
            None => Ok(write(tenants.entry(String::from(tenant)).or_default())),
        }
    }

    /// The first effect of a record, by its time, that is wanted.
    pub(crate) fn first_effect(
        &self,
        tenant: &str,
        record: &str,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Option<Entry>, StoreError> {
        self.read(tenant, |tenant| tenant.outbox.first_of(record, wanted).cloned())
    }
}

fn closed<T>(_: PoisonError<T>) -> StoreError {
    StoreError::new(StoreErrorKind::Closed, "the store stopped: a thread panicked while it wrote")
}

impl Tenant {
    /// What would become of the change if it came next; `Applied` when nothing speaks against it.
    fn judge(&self, change: &SealedChange) -> CommitOutcome {
        let row = &change.row;
        let written =
            row.key.as_ref().and_then(|key| self.keys.get(key)).and_then(|at| self.journal.get(*at));
        if let Some(written) = written {
            return if written.request == row.request {
                CommitOutcome::Duplicate(Box::new(written.clone()))
            } else {
                CommitOutcome::KeyReused
            };
        }
        match (self.record(&change.record.id), change.expected_seq) {
            (Some(_), 0) => return CommitOutcome::Exists,
            (None, 0) => {}
            (None, _) => return CommitOutcome::Missing,
            (Some(record), seq) => {
                if record.seq != seq || record.version != change.expected_version {
                    return CommitOutcome::Conflict(Box::new(record.clone()));
                }
            }
        }
        let published = self.published(&row.pipeline);
        if change.meaning.is_some() && change.meaning != published.map(|publication| publication.meaning) {
            return CommitOutcome::StaleDefinition {
                published: published.map(|publication| publication.version),
            };
        }
        let holder = change.record.reserved.as_ref().and_then(|email| self.index.reserved.get(email));
        match holder.filter(|holder| **holder != change.record.id) {
            Some(holder) => CommitOutcome::Reserved { by: holder.clone() },
            None => CommitOutcome::Applied,
        }
    }

    fn record(&self, id: &str) -> Option<&Record> {
        self.files.get(id)?.record.as_ref()
    }

    /// The places of the rows of a record.
    fn history(&self, id: &str) -> &[usize] {
        self.files.get(id).map_or(&[], |file| &file.history)
    }

    /// Applies a change, and gives what it takes to revert it.
    fn apply(&mut self, change: &SealedChange) -> Before {
        let SealedChange { record, row, .. } = change;
        let position = self.journal.len();
        let file = self.files.entry(record.id.clone()).or_default();
        let old = file.record.replace(record.clone());
        file.history.push(position);
        self.index.update(old.as_ref(), Some(record));
        let mut entries = Vec::new();
        if row.kind == RowKind::Erasure {
            self.erase(&record.id);
            self.outbox.erase(&record.id, &mut entries);
        }
        self.outbox.apply(change, &mut entries);
        if let Some(key) = &row.key {
            self.keys.insert(key.clone(), position);
        }
        self.journal.push(row.clone());
        (old, entries)
    }

    /// Takes back the last row that was applied.
    fn revert(&mut self, (record, entries): Before) {
        let Some(row) = self.journal.pop() else { return };
        if let Some(file) = self.files.get_mut(&row.record) {
            self.index.update(file.record.as_ref(), record.as_ref());
            file.record = record;
            file.history.pop();
        }
        self.outbox.revert(entries);
        if let Some(key) = &row.key {
            self.keys.remove(key);
        }
    }

    /// The rows that these changes would erase, by position: they cannot be made whole again from what is left.
    fn whole(&self, changes: &[SealedChange]) -> Vec<(usize, Row)> {
        let erased = changes.iter().filter(|change| change.row.kind == RowKind::Erasure);
        let rows = erased.flat_map(|change| self.history(&change.record.id));
        rows.filter_map(|at| Some((*at, self.journal.get(*at)?.clone()))).collect()
    }

    fn make_whole(&mut self, whole: Vec<(usize, Row)>) {
        for (at, row) in whole {
            if let Some(there) = self.journal.get_mut(at) {
                *there = row;
            }
        }
    }

    /// Removes what is personal in the rows of a record (S44).
    fn erase(&mut self, id: &SmolStr) {
        for at in self.files.get(id).into_iter().flat_map(|file| &file.history) {
            if let Some(row) = self.journal.get_mut(*at) {
                row.erase();
            }
        }
    }

    fn commit(&mut self, changes: &[SealedChange], mode: CommitMode) -> Vec<CommitOutcome> {
        let start = self.journal.len();
        let mut before = Vec::new();
        let atomic = mode == CommitMode::Atomic;
        let whole = if atomic { self.whole(changes) } else { Vec::new() };
        let mut outcomes: Vec<CommitOutcome> = changes
            .iter()
            .map(|change| {
                let outcome = self.judge(change);
                if outcome == CommitOutcome::Applied {
                    let applied_to = self.apply(change);
                    if atomic {
                        before.push(applied_to);
                    }
                }
                outcome
            })
            .collect();
        if atomic && !outcomes.iter().all(CommitOutcome::stands) {
            let undone: Vec<_> =
                self.journal.get(start..).unwrap_or_default().iter().map(|row| row.hash).collect();
            while let Some(before) = before.pop() {
                self.revert(before);
            }
            self.make_whole(whole);
            for outcome in &mut outcomes {
                outcome.roll_back(|row| undone.contains(&row.hash));
            }
        }
        outcomes
    }

    fn publish(
        &mut self,
        publication: &Publication,
        alongside: &Alongside,
    ) -> Result<PublishOutcome, StoreError> {
        let Publication { pipeline, replaces, .. } = publication;
        let published = self.published(pipeline).map(|publication| publication.version);
        if published != *replaces {
            return Ok(PublishOutcome::Conflict { published });
        }
        if let Some(id) = self.open_migration([pipeline]) {
            return Ok(PublishOutcome::MigrationOpen { id });
        }
        alongside.migration.as_ref().map_or(Ok(()), |migration| self.is_new(&migration.id))?;
        self.definitions.entry(pipeline.clone()).or_default().push(publication.clone());
        let (mut before, whole) = (Vec::new(), self.whole(&alongside.changes));
        let mut refused = None;
        for change in &alongside.changes {
            if self.judge(change) != CommitOutcome::Applied {
                refused = Some(PublishOutcome::RecordsChanged);
                break;
            }
            before.push(self.apply(change));
        }
        let occupied = || self.occupied(pipeline, &alongside.vacant);
        if let Some(outcome) = refused.or_else(|| occupied().map(|stage| PublishOutcome::Occupied { stage }))
        {
            before.into_iter().rev().for_each(|before| self.revert(before));
            self.make_whole(whole);
            self.definitions.entry(pipeline.clone()).or_default().pop();
            return Ok(outcome);
        }
        let begun = alongside.migration.iter().cloned();
        self.migrations.extend(begun.map(|migration| MigrationState { migration, finished_at: None }));
        Ok(PublishOutcome::Published)
    }

    /// A migration id stands for one migration.
    fn is_new(&self, id: &SmolStr) -> Result<(), StoreError> {
        if self.migrations.iter().any(|state| state.migration.id == *id) {
            let message = alloc::format!("there was a migration `{id}` before");
            return Err(StoreError::new(StoreErrorKind::Invalid, message));
        }
        Ok(())
    }

    fn begin_migration(&mut self, migration: &Migration) -> Result<PublishOutcome, StoreError> {
        let Migration { id, pipeline, into, version, .. } = migration;
        let published = self.published(into).map(|publication| publication.version);
        if published != Some(*version) {
            return Ok(PublishOutcome::Conflict { published });
        }
        if let Some(id) = self.open_migration([pipeline, into]) {
            return Ok(PublishOutcome::MigrationOpen { id });
        }
        self.is_new(id)?;
        self.migrations.push(MigrationState { migration: migration.clone(), finished_at: None });
        Ok(PublishOutcome::Published)
    }

    /// The open migration that one of these pipelines takes part in.
    fn open_migration<const N: usize>(&self, pipelines: [&SmolStr; N]) -> Option<SmolStr> {
        let open = self.migrations.iter().filter(|state| state.finished_at.is_none());
        let mut open = open.map(|state| &state.migration);
        open.find(|open| pipelines.iter().any(|id| **id == open.pipeline || **id == open.into))
            .map(|open| open.id.clone())
    }

    /// The first of these stages that a record is in.
    fn occupied(&self, pipeline: &str, stages: &[Option<SmolStr>]) -> Option<Option<SmolStr>> {
        let places = self.index.stages.get(pipeline)?;
        let is_used = |presence, stage: &Option<SmolStr>| {
            places.get(&(presence, stage.clone())).is_some_and(|places| !places.is_empty())
        };
        let in_use =
            |stage: &&Option<SmolStr>| is_used(Presence::Live, stage) || is_used(Presence::Trashed, stage);
        stages.iter().find(in_use).cloned()
    }

    fn published(&self, pipeline: &str) -> Option<&Publication> {
        self.definitions.get(pipeline).and_then(|versions| versions.last())
    }

    fn page(&self, query: &RecordQuery) -> RecordPage {
        let Some(stages) = self.index.stages.get(&query.pipeline) else { return RecordPage::default() };
        let wanted = |(presence, stage): &&(Presence, Option<SmolStr>)| {
            *presence == query.presence && query.stage.as_ref().is_none_or(|wanted| wanted == stage)
        };
        let after = query.after.clone().map(|key| Reverse((key.entered_at, key.id)));
        let mut places: Vec<&Place> = Vec::new();
        for stage in stages.keys().filter(wanted).filter_map(|stage| stages.get(stage)) {
            let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
            places.extend(
                stage.range::<Place, _>((from, Bound::Unbounded)).take(query.limit.saturating_add(1)),
            );
        }
        places.sort_unstable();
        let more = places.len() > query.limit;
        places.truncate(query.limit);
        let next = places
            .last()
            .filter(|_| more)
            .map(|Reverse((entered_at, id))| PageKey { entered_at: *entered_at, id: id.clone() });
        let records = places.iter().filter_map(|Reverse((_, id))| self.record(id)).cloned().collect();
        RecordPage { records, next }
    }
}

impl Store for MemoryStore {
    fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError> {
        self.read(tenant, |tenant| ids.iter().map(|id| tenant.record(id).cloned()).collect())
    }

    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        changes.iter().try_for_each(check_shape)?;
        self.write(tenant, |tenant| tenant.commit(changes, mode))
    }

    fn publish(
        &self,
        tenant: &str,
        publication: &Publication,
        alongside: &Alongside,
    ) -> Result<PublishOutcome, StoreError> {
        publication.check_number()?;
        alongside.changes.iter().try_for_each(check_shape)?;
        self.write(tenant, |tenant| tenant.publish(publication, alongside))?
    }

    fn begin_migration(&self, tenant: &str, migration: &Migration) -> Result<PublishOutcome, StoreError> {
        self.write(tenant, |tenant| tenant.begin_migration(migration))?
    }

    fn finish_migration(&self, tenant: &str, id: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write(tenant, |tenant| {
            let found = tenant.migrations.iter_mut().find(|state| state.migration.id == id);
            if let Some(state) = found.filter(|state| state.finished_at.is_none()) {
                state.finished_at = Some(at);
            }
        })
    }

    fn claim(&self, tenant: &str, claim: &Claim) -> Result<Vec<Delivery>, StoreError> {
        self.write(tenant, |tenant| tenant.outbox.claim(claim))
    }

    fn settle(&self, tenant: &str, settlements: &[Settlement]) -> Result<Vec<bool>, StoreError> {
        self.write(tenant, |tenant| {
            settlements.iter().map(|settlement| tenant.outbox.settle(settlement)).collect()
        })
    }

    fn receipt(&self, tenant: &str, key: &str) -> Result<Option<Row>, StoreError> {
        self.read(tenant, |tenant| tenant.keys.get(key).and_then(|at| tenant.journal.get(*at)).cloned())
    }
}

impl Reader for MemoryStore {
    fn published(&self, tenant: &str) -> Result<Vec<Publication>, StoreError> {
        self.read(tenant, |tenant| {
            tenant.definitions.values().filter_map(|versions| versions.last()).cloned().collect()
        })
    }

    fn publication(
        &self,
        tenant: &str,
        pipeline: &str,
        version: u32,
    ) -> Result<Option<Publication>, StoreError> {
        self.read(tenant, |tenant| {
            let versions = tenant.definitions.get(pipeline)?;
            versions.iter().find(|publication| publication.version == version).cloned()
        })
    }

    fn publications(
        &self,
        tenant: &str,
        pipeline: &str,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Publication>, StoreError> {
        self.read(tenant, |tenant| {
            let versions = tenant.definitions.get(pipeline).into_iter().flatten();
            versions.filter(|publication| publication.version > after).take(limit).cloned().collect()
        })
    }

    fn migrations(&self, tenant: &str) -> Result<Vec<MigrationState>, StoreError> {
        self.read(tenant, |tenant| tenant.migrations.clone())
    }

    fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        self.read(tenant, |tenant| {
            let rows = tenant.history(record).iter().skip(after).take(limit);
            rows.filter_map(|at| tenant.journal.get(*at)).cloned().collect()
        })
    }

    fn effects(&self, tenant: &str, record: &str, seq: u64) -> Result<Vec<Effect>, StoreError> {
        self.read(tenant, |tenant| tenant.outbox.effects(record, seq))
    }

    fn outbox(&self, tenant: &str, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        self.read(tenant, |tenant| tenant.outbox.page(query))?
    }

    fn entry(&self, tenant: &str, id: EffectId<'_>) -> Result<Option<Entry>, StoreError> {
        self.read(tenant, |tenant| tenant.outbox.entry(id).cloned())
    }

    fn tasks(&self, tenant: &str, query: &TaskQuery) -> Result<OutboxPage, StoreError> {
        self.read(tenant, |tenant| tenant.outbox.open_tasks(query))
    }

    fn next_ready(&self, tenant: &str, kinds: &[EffectKind]) -> Result<Option<Timestamp>, StoreError> {
        self.read(tenant, |tenant| tenant.outbox.next_ready(kinds))
    }

    fn queue(
        &self,
        tenant: &str,
        pipeline: &str,
        queue: &str,
        after: Option<&QueuePlace>,
        limit: usize,
    ) -> Result<Vec<QueuePlace>, StoreError> {
        self.read(tenant, |tenant| {
            let places = tenant.index.queues.get(&(pipeline.into(), queue.into())).into_iter().flatten();
            places.filter(|place| after.is_none_or(|after| *place > after)).take(limit).cloned().collect()
        })
    }

    fn page(&self, tenant: &str, query: &RecordQuery) -> Result<RecordPage, StoreError> {
        self.read(tenant, |tenant| tenant.page(query))
    }

    fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError> {
        self.read(tenant, |tenant| {
            let rows = tenant.history(record).iter().rev().filter_map(|at| tenant.journal.get(*at));
            let rows = rows.filter(|row| query.before.is_none_or(|before| row.seq < before));
            let rows = rows.filter(|row| query.kinds.is_empty() || query.kinds.contains(&row.kind));
            rows.take(query.limit).cloned().collect()
        })
    }

    fn linked(
        &self,
        tenant: &str,
        link: Link,
        target: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SmolStr>, StoreError> {
        self.read(tenant, |tenant| {
            let all = tenant.index.links.get(&(link, target.into())).into_iter().flatten();
            all.filter(|id| after.is_none_or(|after| id.as_str() > after)).take(limit).cloned().collect()
        })
    }

    fn counts(&self, tenant: &str, pipeline: &str) -> Result<Vec<Tally>, StoreError> {
        self.read(tenant, |tenant| {
            let mut tallies: BTreeMap<&Option<SmolStr>, [u64; 2]> = BTreeMap::new();
            for ((presence, stage), places) in tenant.index.stages.get(pipeline).into_iter().flatten() {
                let tally = match presence {
                    Presence::Live => [places.len() as u64, 0],
                    Presence::Trashed => [0, places.len() as u64],
                    Presence::Merged => continue,
                };
                let sum = tallies.entry(stage).or_default();
                *sum = [sum[0] + tally[0], sum[1] + tally[1]];
            }
            let found = tallies.into_iter().filter(|(_, sum)| *sum != [0, 0]);
            found.map(|(stage, [live, trashed])| Tally { stage: stage.clone(), live, trashed }).collect()
        })
    }

    fn find(&self, tenant: &str, field: &str, value: &str, limit: usize) -> Result<Vec<SmolStr>, StoreError> {
        self.read(tenant, |tenant| {
            if field == "email" {
                let same = tenant.index.emails.get(value).into_iter().flatten();
                return same.take(limit).cloned().collect();
            }
            let holds = |record: &&Record| matches!(record.fields.get(field), Some(Value::Text(text)) if text == value);
            let found = tenant.files.values().filter_map(|file| file.record.as_ref()).filter(holds);
            let mut ids: Vec<SmolStr> = found.map(|record| record.id.clone()).collect();
            ids.sort_unstable();
            ids.truncate(limit);
            ids
        })
    }

    fn feed(
        &self,
        tenant: &str,
        cursor: FeedCursor,
        limit: usize,
    ) -> Result<Vec<(FeedCursor, Row)>, StoreError> {
        let start = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        self.read(tenant, |tenant| {
            let rows = tenant.journal.iter().zip(1_u64..).skip(start).take(limit);
            rows.map(|(row, position)| (FeedCursor::from_position(position), row.clone())).collect()
        })
    }
}
