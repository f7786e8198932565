//! A store that counts its commits, and can be made to fail, or to let somebody in between.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::store::{CommitMode, CommitOutcome, Reader, Store, StoreError, StoreErrorKind};
use lifestage::{SealedChange, pass_on};

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
    pass_on!(self => self.store; load, publish, begin_migration, finish_migration, receipt, claim, settle);

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
}

impl<S: Reader> Reader for Watched<S> {
    pass_on!(self => self.store; reads);
}
