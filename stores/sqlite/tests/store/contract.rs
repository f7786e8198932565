use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::journal::Row;
use lifestage::migration::Migration;
use lifestage::store::contract::CHECKS;
use lifestage::store::{
    Alongside, CommitMode, CommitOutcome, FeedCursor, MigrationState, Publication, PublishOutcome, Reader,
    RecordPage, RecordQuery, RowQuery, Store, StoreError, Tally,
};
use lifestage::{Effect, Link, Record, SealedChange, SmolStr, Timestamp};
use lifestage_sqlite::SqliteStore;

use crate::folder::Folder;

#[test]
fn keeps_the_contract() {
    let folder = Folder::new();
    for check in CHECKS {
        check.run(&folder.store(check.name()));
    }
}

#[test]
fn two_handles_on_one_file_keep_the_contract() {
    let folder = Folder::new();
    for check in CHECKS {
        let handles = [folder.store(check.name()), folder.store(check.name())];
        check.run(&Alternating { handles, calls: AtomicUsize::new(0) });
    }
}

/// Two stores opened on one file, as by two processes; each call goes to the other one.
struct Alternating {
    handles: [SqliteStore; 2],
    calls: AtomicUsize,
}

impl Alternating {
    fn next(&self) -> &SqliteStore {
        &self.handles[self.calls.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

impl Store for Alternating {
    fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError> {
        self.next().load(tenant, ids)
    }

    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        self.next().commit(tenant, changes, mode)
    }

    fn publish(
        &self,
        tenant: &str,
        publication: &Publication,
        alongside: &Alongside,
    ) -> Result<PublishOutcome, StoreError> {
        self.next().publish(tenant, publication, alongside)
    }

    fn begin_migration(&self, tenant: &str, migration: &Migration) -> Result<PublishOutcome, StoreError> {
        self.next().begin_migration(tenant, migration)
    }

    fn finish_migration(&self, tenant: &str, id: &str, at: Timestamp) -> Result<(), StoreError> {
        self.next().finish_migration(tenant, id, at)
    }

    fn receipt(&self, tenant: &str, key: &str) -> Result<Option<Row>, StoreError> {
        self.next().receipt(tenant, key)
    }
}

impl Reader for Alternating {
    fn published(&self, tenant: &str) -> Result<Vec<Publication>, StoreError> {
        self.next().published(tenant)
    }

    fn publication(
        &self,
        tenant: &str,
        pipeline: &str,
        version: u32,
    ) -> Result<Option<Publication>, StoreError> {
        self.next().publication(tenant, pipeline, version)
    }

    fn publications(
        &self,
        tenant: &str,
        pipeline: &str,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Publication>, StoreError> {
        self.next().publications(tenant, pipeline, after, limit)
    }

    fn migrations(&self, tenant: &str) -> Result<Vec<MigrationState>, StoreError> {
        self.next().migrations(tenant)
    }

    fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.next().history(tenant, record, after, limit)
    }

    fn effects(&self, tenant: &str, record: &str, seq: u64) -> Result<Vec<Effect>, StoreError> {
        self.next().effects(tenant, record, seq)
    }

    fn page(&self, tenant: &str, query: &RecordQuery) -> Result<RecordPage, StoreError> {
        self.next().page(tenant, query)
    }

    fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError> {
        self.next().rows(tenant, record, query)
    }

    fn linked(
        &self,
        tenant: &str,
        link: Link,
        target: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SmolStr>, StoreError> {
        self.next().linked(tenant, link, target, after, limit)
    }

    fn counts(&self, tenant: &str, pipeline: &str) -> Result<Vec<Tally>, StoreError> {
        self.next().counts(tenant, pipeline)
    }

    fn find(&self, tenant: &str, field: &str, value: &str, limit: usize) -> Result<Vec<SmolStr>, StoreError> {
        self.next().find(tenant, field, value, limit)
    }

    fn feed(
        &self,
        tenant: &str,
        cursor: FeedCursor,
        limit: usize,
    ) -> Result<Vec<(FeedCursor, Row)>, StoreError> {
        self.next().feed(tenant, cursor, limit)
    }
}
