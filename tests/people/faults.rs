//! A store that stops between two commits: what was begun is there whole, or not at all (S57, S59, S15a).

use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::journal::Row;
use lifestage::migration::Migration;
use lifestage::store::{
    Alongside, CommitMode, CommitOutcome, FeedCursor, MemoryStore, MigrationState, Publication,
    PublishOutcome, Reader, RecordPage, RecordQuery, RowQuery, Store, StoreError, StoreErrorKind, Tally,
};
use lifestage::{
    Act, Conversion, Effect, HowConverted, Link, Presence, Record, SealedChange, SmolStr, Timestamp,
    Workspace,
};

use crate::{CUSTOMERS, LEADS, add, assert_sound, at, converted, crm_with, done, get, lead, olga, usual};

/// Counts commits, and fails those that are not allowed any more: before they are written, or after.
struct Watched {
    store: MemoryStore,
    commits: AtomicUsize,
    allowed: AtomicUsize,
    after: bool,
}

impl Watched {
    fn new(after: bool) -> Self {
        let (commits, allowed) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        Self { store: MemoryStore::new(), commits, allowed, after }
    }

    fn allow(&self, commits: usize) {
        self.commits.store(0, Ordering::Relaxed);
        self.allowed.store(commits, Ordering::Relaxed);
    }
}

impl Store for Watched {
    fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError> {
        self.store.load(tenant, ids)
    }
    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        let dies = self.commits.fetch_add(1, Ordering::Relaxed) >= self.allowed.load(Ordering::Relaxed);
        let outcomes =
            if dies && !self.after { None } else { Some(self.store.commit(tenant, changes, mode)?) };
        outcomes.filter(|_| !dies).ok_or_else(|| StoreError::new(StoreErrorKind::Io, "the power is gone"))
    }
    fn publish(
        &self,
        tenant: &str,
        one: &Publication,
        with: &Alongside,
    ) -> Result<PublishOutcome, StoreError> {
        self.store.publish(tenant, one, with)
    }
    fn begin_migration(&self, tenant: &str, migration: &Migration) -> Result<PublishOutcome, StoreError> {
        self.store.begin_migration(tenant, migration)
    }
    fn finish_migration(&self, tenant: &str, id: &str, at: Timestamp) -> Result<(), StoreError> {
        self.store.finish_migration(tenant, id, at)
    }
    fn receipt(&self, tenant: &str, key: &str) -> Result<Option<Row>, StoreError> {
        self.store.receipt(tenant, key)
    }
}

impl Reader for Watched {
    fn published(&self, tenant: &str) -> Result<Vec<Publication>, StoreError> {
        self.store.published(tenant)
    }
    fn publication(
        &self,
        tenant: &str,
        pipeline: &str,
        version: u32,
    ) -> Result<Option<Publication>, StoreError> {
        self.store.publication(tenant, pipeline, version)
    }
    fn publications(
        &self,
        tenant: &str,
        id: &str,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Publication>, StoreError> {
        self.store.publications(tenant, id, after, limit)
    }
    fn migrations(&self, tenant: &str) -> Result<Vec<MigrationState>, StoreError> {
        self.store.migrations(tenant)
    }
    fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.store.history(tenant, record, after, limit)
    }
    fn effects(&self, tenant: &str, record: &str, seq: u64) -> Result<Vec<Effect>, StoreError> {
        self.store.effects(tenant, record, seq)
    }
    fn page(&self, tenant: &str, query: &RecordQuery) -> Result<RecordPage, StoreError> {
        self.store.page(tenant, query)
    }
    fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError> {
        self.store.rows(tenant, record, query)
    }
    fn linked(
        &self,
        tenant: &str,
        link: Link,
        target: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SmolStr>, StoreError> {
        self.store.linked(tenant, link, target, after, limit)
    }
    fn counts(&self, tenant: &str, pipeline: &str) -> Result<Vec<Tally>, StoreError> {
        self.store.counts(tenant, pipeline)
    }
    fn find(&self, tenant: &str, field: &str, value: &str, limit: usize) -> Result<Vec<SmolStr>, StoreError> {
        self.store.find(tenant, field, value, limit)
    }
    fn feed(
        &self,
        tenant: &str,
        cursor: FeedCursor,
        limit: usize,
    ) -> Result<Vec<(FeedCursor, Row)>, StoreError> {
        self.store.feed(tenant, cursor, limit)
    }
}

fn watched(after: bool) -> Workspace<Watched> {
    crm_with(Watched::new(after), usual())
}

#[test]
fn a_conversion_a_merge_and_a_turn_are_one_commit_each() {
    let crm = watched(false);
    for id in ["lead-1", "lead-2", "lead-3"] {
        add(&crm, lead(id).with("email", "ada@x.org"));
    }
    done(crm.set_pool(LEADS, "closers", &["eva"], &olga(), at(0)).unwrap());
    crm.store().allow(1);
    let made = converted(crm.convert("lead-1", &Conversion::new(), &olga(), at(1)).unwrap());
    crm.store().allow(1);
    let linked = converted(crm.convert("lead-2", &Conversion::new(), &olga(), at(1)).unwrap());
    assert_eq!((made.how, linked.how), (HowConverted::Created, HowConverted::Linked));
    crm.store().allow(0);
    let before = converted(crm.convert("lead-2", &Conversion::new(), &olga(), at(1)).unwrap());
    assert_eq!(before.how, HowConverted::Before, "no commit at all");
    crm.store().allow(1);
    crate::merge(&crm, "lead-1", "lead-3", 2);
    crm.store().allow(1);
    done(crm.assign_next("lead-2", "closers", &Act::new(), &olga(), at(2)).unwrap());
    assert_sound(&crm);
}

#[test]
fn what_stops_before_its_commit_leaves_nothing() {
    let crm = watched(false);
    for id in ["lead-1", "lead-2"] {
        add(&crm, lead(id).with("email", "ada@x.org"));
    }
    done(crm.set_pool(LEADS, "closers", &["eva", "sam"], &olga(), at(0)).unwrap());
    crm.store().allow(0);
    assert!(crm.convert("lead-1", &Conversion::new(), &olga(), at(1)).is_err());
    assert!(crm.merge("lead-1", "lead-2", &Act::new(), &olga(), at(1)).is_err());
    assert!(crm.assign_next("lead-1", "closers", &Act::new(), &olga(), at(1)).is_err());
    crm.store().allow(usize::MAX);
    assert_eq!(crm.with_email(CUSTOMERS, "ada@x.org").unwrap(), []);
    assert_eq!(get(&crm, "lead-2").presence(), Presence::Live);
    assert_eq!(crm.pool(LEADS, "closers").unwrap().next(), Some("eva"), "no turn is lost");
    let done = converted(crm.convert("lead-1", &Conversion::new(), &olga(), at(2)).unwrap());
    assert_eq!(done.how, HowConverted::Created);
    assert_sound(&crm);
}

#[test]
fn what_stops_after_its_commit_is_there_and_asking_again_says_so() {
    let crm = watched(true);
    for id in ["lead-1", "lead-2"] {
        add(&crm, lead(id));
    }
    done(crm.set_pool(LEADS, "closers", &["eva", "sam"], &olga(), at(0)).unwrap());
    crm.store().allow(0);
    let (conversion, act) = (Conversion::new().with_key("c"), Act::new().with_key("m"));
    assert!(crm.convert("lead-1", &conversion, &olga(), at(1)).is_err());
    assert!(crm.merge("lead-1", "lead-2", &act, &olga(), at(1)).is_err());
    assert!(crm.assign_next("lead-1", "closers", &Act::new(), &olga(), at(1)).is_err());
    crm.store().allow(usize::MAX);
    let again = converted(crm.convert("lead-1", &conversion, &olga(), at(2)).unwrap());
    assert_eq!((again.how, again.customer.id()), (HowConverted::Before, "lead-1-customer"));
    let again = crm.merge("lead-1", "lead-2", &act, &olga(), at(2)).unwrap();
    assert!(matches!(again, lifestage::Merging::Done { head, .. } if head.is_repeated()));
    assert_eq!(get(&crm, "lead-1").owner(), Some("eva"));
    assert_eq!(crm.pool(LEADS, "closers").unwrap().next(), Some("sam"), "owner and turn went together");
    assert_sound(&crm);
}
