//! A store that counts its commits, and can be made to fail, or to let somebody in between.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::journal::Row;
use lifestage::migration::Migration;
use lifestage::store::{
    Alongside, CommitMode, CommitOutcome, FeedCursor, MigrationState, Publication, PublishOutcome, Reader,
    RecordPage, RecordQuery, RowQuery, Store, StoreError, StoreErrorKind, Tally,
};
use lifestage::{Effect, Link, Record, SealedChange, SmolStr, Timestamp};

/// Counts commits, and fails those that are not allowed any more: before they are written, or after.
pub(crate) struct Watched<S> {
    store: S,
    commits: AtomicUsize,
    allowed: AtomicUsize,
    after: bool,
    interlude: Mutex<Option<Interlude>>,
}

type Interlude = Box<dyn FnOnce() + Send>;

impl<S> Watched<S> {
    /// A store that fails before it writes, or after.
    pub(crate) fn new(store: S, after: bool) -> Self {
        let (commits, allowed) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        Self { store, commits, allowed, after, interlude: Mutex::default() }
    }

    /// So many commits more, counted anew.
    pub(crate) fn allow(&self, commits: usize) {
        self.commits.store(0, Ordering::Relaxed);
        self.allowed.store(commits, Ordering::Relaxed);
    }

    /// This happens between what the next commit was decided on and the commit.
    pub(crate) fn before_next(&self, interlude: impl FnOnce() + Send + 'static) {
        *self.interlude.lock().unwrap() = Some(Box::new(interlude));
    }

    /// How many there were since.
    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }
}

impl<S: Store> Store for Watched<S> {
    fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError> {
        self.store.load(tenant, ids)
    }
    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        let interlude = self.interlude.lock().unwrap().take();
        interlude.into_iter().for_each(|interlude| interlude());
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

impl<S: Reader> Reader for Watched<S> {
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
