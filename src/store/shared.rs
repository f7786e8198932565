//! A store behind a reference, an `Arc` or a `Box` is a store, and so is what wraps one.

use alloc::boxed::Box;
use alloc::sync::Arc;

use super::{Reader, Store};

/// Writes methods of [`Store`](crate::store::Store) and [`Reader`](crate::store::Reader) that only pass on to another
/// store: for stores that wrap one and do something of their own in a few methods. `reads` are all of `Reader`.
///
/// ```
/// use lifestage::store::{CommitMode, CommitOutcome, MemoryStore, Reader, Store, StoreError};
/// use lifestage::{SealedChange, pass_on};
///
/// /// Says what it writes.
/// struct Loud(MemoryStore);
///
/// impl Store for Loud {
///     fn commit(&self, tenant: &str, changes: &[SealedChange], mode: CommitMode) -> Result<Vec<CommitOutcome>, StoreError> {
///         println!("{} changes", changes.len());
///         self.0.commit(tenant, changes, mode)
///     }
///
///     pass_on!(self => self.0; load, publish, begin_migration, finish_migration, claim, settle, receipt);
/// }
///
/// impl Reader for Loud {
///     pass_on!(self => self.0; reads);
/// }
/// ```
#[macro_export]
macro_rules! pass_on {
    ($self:ident => $to:expr; reads) => {
        $crate::pass_on!($self => $to; published, publication, publications, migrations, history, effects, page, rows, linked, counts, find, outbox, entry, tasks, next_ready, queue, feed);
    };
    ($self:ident => $to:expr; $($method:ident),* $(,)?) => {
        $($crate::pass_on_one!($method $self $to);)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! pass_on_one {
    (load $self:ident $to:expr) => {
        fn load(&$self, tenant: &str, ids: &[&str]) -> ::core::result::Result<::std::vec::Vec<::core::option::Option<$crate::Record>>, $crate::store::StoreError> {
            $to.load(tenant, ids)
        }
    };
    (commit $self:ident $to:expr) => {
        fn commit(&$self, tenant: &str, changes: &[$crate::SealedChange], mode: $crate::store::CommitMode) -> ::core::result::Result<::std::vec::Vec<$crate::store::CommitOutcome>, $crate::store::StoreError> {
            $to.commit(tenant, changes, mode)
        }
    };
    (publish $self:ident $to:expr) => {
        fn publish(&$self, tenant: &str, publication: &$crate::store::Publication, alongside: &$crate::store::Alongside) -> ::core::result::Result<$crate::store::PublishOutcome, $crate::store::StoreError> {
            $to.publish(tenant, publication, alongside)
        }
    };
    (begin_migration $self:ident $to:expr) => {
        fn begin_migration(&$self, tenant: &str, migration: &$crate::migration::Migration) -> ::core::result::Result<$crate::store::PublishOutcome, $crate::store::StoreError> {
            $to.begin_migration(tenant, migration)
        }
    };
    (finish_migration $self:ident $to:expr) => {
        fn finish_migration(&$self, tenant: &str, id: &str, at: $crate::Timestamp) -> ::core::result::Result<(), $crate::store::StoreError> {
            $to.finish_migration(tenant, id, at)
        }
    };
    (claim $self:ident $to:expr) => {
        fn claim(&$self, tenant: &str, claim: &$crate::outbox::Claim) -> ::core::result::Result<::std::vec::Vec<$crate::outbox::Delivery>, $crate::store::StoreError> {
            $to.claim(tenant, claim)
        }
    };
    (settle $self:ident $to:expr) => {
        fn settle(&$self, tenant: &str, settlements: &[$crate::outbox::Settlement]) -> ::core::result::Result<::std::vec::Vec<bool>, $crate::store::StoreError> {
            $to.settle(tenant, settlements)
        }
    };
    (receipt $self:ident $to:expr) => {
        fn receipt(&$self, tenant: &str, key: &str) -> ::core::result::Result<::core::option::Option<$crate::journal::Row>, $crate::store::StoreError> {
            $to.receipt(tenant, key)
        }
    };
    (published $self:ident $to:expr) => {
        fn published(&$self, tenant: &str) -> ::core::result::Result<::std::vec::Vec<$crate::store::Publication>, $crate::store::StoreError> {
            $to.published(tenant)
        }
    };
    (publication $self:ident $to:expr) => {
        fn publication(&$self, tenant: &str, pipeline: &str, version: u32) -> ::core::result::Result<::core::option::Option<$crate::store::Publication>, $crate::store::StoreError> {
            $to.publication(tenant, pipeline, version)
        }
    };
    (publications $self:ident $to:expr) => {
        fn publications(&$self, tenant: &str, pipeline: &str, after: u32, limit: usize) -> ::core::result::Result<::std::vec::Vec<$crate::store::Publication>, $crate::store::StoreError> {
            $to.publications(tenant, pipeline, after, limit)
        }
    };
    (migrations $self:ident $to:expr) => {
        fn migrations(&$self, tenant: &str) -> ::core::result::Result<::std::vec::Vec<$crate::store::MigrationState>, $crate::store::StoreError> {
            $to.migrations(tenant)
        }
    };
    (history $self:ident $to:expr) => {
        fn history(&$self, tenant: &str, record: &str, after: u64, limit: usize) -> ::core::result::Result<::std::vec::Vec<$crate::journal::Row>, $crate::store::StoreError> {
            $to.history(tenant, record, after, limit)
        }
    };
    (effects $self:ident $to:expr) => {
        fn effects(&$self, tenant: &str, record: &str, seq: u64) -> ::core::result::Result<::std::vec::Vec<$crate::Effect>, $crate::store::StoreError> {
            $to.effects(tenant, record, seq)
        }
    };
    (page $self:ident $to:expr) => {
        fn page(&$self, tenant: &str, query: &$crate::store::RecordQuery) -> ::core::result::Result<$crate::store::RecordPage, $crate::store::StoreError> {
            $to.page(tenant, query)
        }
    };
    (rows $self:ident $to:expr) => {
        fn rows(&$self, tenant: &str, record: &str, query: &$crate::store::RowQuery) -> ::core::result::Result<::std::vec::Vec<$crate::journal::Row>, $crate::store::StoreError> {
            $to.rows(tenant, record, query)
        }
    };
    (linked $self:ident $to:expr) => {
        fn linked(&$self, tenant: &str, link: $crate::Link, target: &str, after: ::core::option::Option<&str>, limit: usize) -> ::core::result::Result<::std::vec::Vec<$crate::SmolStr>, $crate::store::StoreError> {
            $to.linked(tenant, link, target, after, limit)
        }
    };
    (counts $self:ident $to:expr) => {
        fn counts(&$self, tenant: &str, pipeline: &str) -> ::core::result::Result<::std::vec::Vec<$crate::store::Tally>, $crate::store::StoreError> {
            $to.counts(tenant, pipeline)
        }
    };
    (find $self:ident $to:expr) => {
        fn find(&$self, tenant: &str, field: &str, value: &str, limit: usize) -> ::core::result::Result<::std::vec::Vec<$crate::SmolStr>, $crate::store::StoreError> {
            $to.find(tenant, field, value, limit)
        }
    };
    (outbox $self:ident $to:expr) => {
        fn outbox(&$self, tenant: &str, query: &$crate::outbox::OutboxQuery) -> ::core::result::Result<$crate::outbox::OutboxPage, $crate::store::StoreError> {
            $to.outbox(tenant, query)
        }
    };
    (entry $self:ident $to:expr) => {
        fn entry(&$self, tenant: &str, id: $crate::EffectId<'_>) -> ::core::result::Result<::core::option::Option<$crate::outbox::Entry>, $crate::store::StoreError> {
            $to.entry(tenant, id)
        }
    };
    (tasks $self:ident $to:expr) => {
        fn tasks(&$self, tenant: &str, query: &$crate::outbox::TaskQuery) -> ::core::result::Result<$crate::outbox::OutboxPage, $crate::store::StoreError> {
            $to.tasks(tenant, query)
        }
    };
    (next_ready $self:ident $to:expr) => {
        fn next_ready(
            &$self,
            tenant: &str,
            kinds: &[$crate::EffectKind],
        ) -> ::core::result::Result<::core::option::Option<$crate::Timestamp>, $crate::store::StoreError> {
            $to.next_ready(tenant, kinds)
        }
    };
    (queue $self:ident $to:expr) => {
        fn queue(&$self, tenant: &str, pipeline: &str, queue: &str, after: ::core::option::Option<&$crate::store::QueuePlace>, limit: usize) -> ::core::result::Result<::std::vec::Vec<$crate::store::QueuePlace>, $crate::store::StoreError> {
            $to.queue(tenant, pipeline, queue, after, limit)
        }
    };
    (feed $self:ident $to:expr) => {
        fn feed(&$self, tenant: &str, cursor: $crate::store::FeedCursor, limit: usize) -> ::core::result::Result<::std::vec::Vec<($crate::store::FeedCursor, $crate::journal::Row)>, $crate::store::StoreError> {
            $to.feed(tenant, cursor, limit)
        }
    };
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<S: Store + ?Sized> Store for $pointer {
            pass_on!(self => (**self); load, commit, publish, begin_migration, finish_migration, claim, settle, receipt);
        }

        impl<S: Reader + ?Sized> Reader for $pointer {
            pass_on!(self => (**self); reads);
        }
    )*};
}

pointers!(&S, Arc<S>, Box<S>);
