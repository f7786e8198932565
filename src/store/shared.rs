//! A store behind a reference, an `Arc` or a `Box` is a store.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{
    Alongside, CommitMode, CommitOutcome, FeedCursor, MigrationState, Publication, PublishOutcome, Reader,
    RecordPage, RecordQuery, RowQuery, Store, StoreError, Tally,
};
use crate::change::SealedChange;
use crate::effect::Effect;
use crate::journal::Row;
use crate::migration::Migration;
use crate::record::{Link, Record};
use crate::time::Timestamp;

macro_rules! pass_on {
    ($($pointer:ty),*) => {$(
        impl<S: Store + ?Sized> Store for $pointer {
            fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError> {
                (**self).load(tenant, ids)
            }

            fn commit(
                &self,
                tenant: &str,
                changes: &[SealedChange],
                mode: CommitMode,
            ) -> Result<Vec<CommitOutcome>, StoreError> {
                (**self).commit(tenant, changes, mode)
            }

            fn publish(
                &self,
                tenant: &str,
                publication: &Publication,
                alongside: &Alongside,
            ) -> Result<PublishOutcome, StoreError> {
                (**self).publish(tenant, publication, alongside)
            }

            fn begin_migration(&self, tenant: &str, migration: &Migration) -> Result<PublishOutcome, StoreError> {
                (**self).begin_migration(tenant, migration)
            }

            fn finish_migration(&self, tenant: &str, id: &str, at: Timestamp) -> Result<(), StoreError> {
                (**self).finish_migration(tenant, id, at)
            }

            fn receipt(&self, tenant: &str, key: &str) -> Result<Option<Row>, StoreError> {
                (**self).receipt(tenant, key)
            }
        }

        impl<S: Reader + ?Sized> Reader for $pointer {
            fn published(&self, tenant: &str) -> Result<Vec<Publication>, StoreError> {
                (**self).published(tenant)
            }

            fn publication(
                &self,
                tenant: &str,
                pipeline: &str,
                version: u32,
            ) -> Result<Option<Publication>, StoreError> {
                (**self).publication(tenant, pipeline, version)
            }

            fn publications(
                &self,
                tenant: &str,
                pipeline: &str,
                after: u32,
                limit: usize,
            ) -> Result<Vec<Publication>, StoreError> {
                (**self).publications(tenant, pipeline, after, limit)
            }

            fn migrations(&self, tenant: &str) -> Result<Vec<MigrationState>, StoreError> {
                (**self).migrations(tenant)
            }

            fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
                (**self).history(tenant, record, after, limit)
            }

            fn effects(&self, tenant: &str, record: &str, seq: u64) -> Result<Vec<Effect>, StoreError> {
                (**self).effects(tenant, record, seq)
            }

            fn page(&self, tenant: &str, query: &RecordQuery) -> Result<RecordPage, StoreError> {
                (**self).page(tenant, query)
            }

            fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError> {
                (**self).rows(tenant, record, query)
            }

            fn linked(
                &self,
                tenant: &str,
                link: Link,
                target: &str,
                after: Option<&str>,
                limit: usize,
            ) -> Result<Vec<SmolStr>, StoreError> {
                (**self).linked(tenant, link, target, after, limit)
            }

            fn counts(&self, tenant: &str, pipeline: &str) -> Result<Vec<Tally>, StoreError> {
                (**self).counts(tenant, pipeline)
            }

            fn find(&self, tenant: &str, field: &str, value: &str, limit: usize) -> Result<Vec<SmolStr>, StoreError> {
                (**self).find(tenant, field, value, limit)
            }

            fn feed(
                &self,
                tenant: &str,
                cursor: FeedCursor,
                limit: usize,
            ) -> Result<Vec<(FeedCursor, Row)>, StoreError> {
                (**self).feed(tenant, cursor, limit)
            }
        }
    )*};
}

pass_on!(&S, Arc<S>, Box<S>);
