//! Persistence: what a store owes, and the stores that ship with the core.
//!
//! A store is two traits. [`Store`] is the write side, small on purpose; [`Reader`] is the read
//! side, paged by keyset. Both are blocking, object-safe and shared between threads. Every store,
//! a third party's too, proves itself by passing the `contract` suite.

pub mod contract;

mod memory;
mod shape;
mod shared;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

pub use crate::code::StoreErrorKind;
pub use memory::MemoryStore;
pub use shape::check_shape;

use crate::change::SealedChange;
use crate::digest::Digest;
use crate::effect::{Effect, EffectId, EffectKind};
use crate::journal::{Row, RowKind};
use crate::migration::Migration;
#[cfg(doc)]
use crate::outbox::OutboxKey;
use crate::outbox::{Claim, Delivery, Entry, OutboxPage, OutboxQuery, Settlement, TaskQuery};
use crate::record::{Link, Presence, Record};
use crate::time::Timestamp;

/// Whether a batch stands or falls together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitMode {
    /// Each change on its own; one that cannot be applied leaves the others alone.
    #[default]
    PerItem,
    /// All or none: when one is not [`Applied`](CommitOutcome::Applied) or a
    /// [`Duplicate`](CommitOutcome::Duplicate), nothing is written.
    Atomic,
}

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "detail")]
pub enum CommitOutcome {
    /// Written, durably as the store is set up to be.
    Applied,
    /// The same request was carried out before; this is the row it wrote (S14).
    Duplicate(Box<Row>),
    /// The request key stands for another request (S14).
    KeyReused,
    /// The record has changed since; this is where it is now (S17).
    Conflict(Box<Record>),
    /// The record does not exist.
    Missing,
    /// A record with this id exists already.
    Exists,
    /// The pipeline published now means something else than what judged the change (S19).
    StaleDefinition {
        /// The version published now; none when the pipeline is not published.
        published: Option<u32>,
    },
    /// Another record holds the e-mail address that this one was to hold (S57).
    Reserved {
        /// The record that holds it.
        by: SmolStr,
    },
    /// Applicable, but not written because another change of the same atomic batch was not.
    RolledBack,
}

impl CommitOutcome {
    /// Whether the row is in the journal: written now or before.
    pub const fn stands(&self) -> bool {
        matches!(self, Self::Applied | Self::Duplicate(_))
    }

    /// For stores: turns the outcome of an atomic batch that failed into what it is then. `undone`
    /// tells whether a row was written by the same batch.
    pub fn roll_back(&mut self, undone: impl FnOnce(&Row) -> bool) {
        let gone = match self {
            Self::Applied => true,
            Self::Duplicate(row) => undone(row),
            _ => false,
        };
        if gone {
            *self = Self::RolledBack;
        }
    }
}

/// The write side of a store.
///
/// Tenants never see each other: an id, a key or a pipeline of one tenant means nothing in another.
pub trait Store: Send + Sync {
    /// The records with these ids, in the order asked; `None` for each that does not exist.
    ///
    /// The workspace calls it once before each decision. It must return each record as one commit
    /// left it, never a mixture of two.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError>;

    /// Writes changes, each wholly or not at all, and says what became of each, in order.
    ///
    /// For each change, atomically and in this order:
    /// 1. When the row has a request key that the tenant has used: the same request digest is a
    ///    [`Duplicate`](CommitOutcome::Duplicate), another is [`KeyReused`](CommitOutcome::KeyReused).
    /// 2. `expected_version` and `expected_seq` of 0: the record must not exist, else
    ///    [`Exists`](CommitOutcome::Exists). Otherwise it must exist, else
    ///    [`Missing`](CommitOutcome::Missing), and be at both, else
    ///    [`Conflict`](CommitOutcome::Conflict) with the record as it is.
    /// 3. When the change names a meaning, the row's pipeline must be published with it, else
    ///    [`StaleDefinition`](CommitOutcome::StaleDefinition).
    /// 4. When the record holds an e-mail address ([`Record::reserved`]), no other record may, else
    ///    [`Reserved`](CommitOutcome::Reserved).
    /// 5. The record is replaced and the row appended; the change's updates are applied to the entries of
    ///    the record's earlier effects, and its own effects are added, as [`Entry::of`] and [`Entry::update`] say.
    /// 6. When the row is an [`Erasure`](crate::journal::RowKind::Erasure), every earlier row of the record
    ///    loses its salt, reason, input, facts and former lost reason, and its effects are removed (S44).
    ///    Where the store leaves traces of what it removes (freed pages, a log file), it removes them before
    ///    the call returns, or fails with the erasure committed.
    ///
    /// A change sees what those before it in the batch wrote. The record's fields, links and e-mail held
    /// differ from what is stored only where the row's facts say so or the row is an erasure, so a store may
    /// leave them alone otherwise; [`SealedChange::touches`] tells.
    /// A change that [`check_shape`] refuses fails the whole call as
    /// [`Invalid`](StoreErrorKind::Invalid). When the call returns, what was
    /// applied survives a crash as the store's durability setting promises. The store never retries
    /// a conflict; it does retry its own transient failures, with bounds.
    ///
    /// # Errors
    /// [`StoreError`] when nothing was acknowledged, and nothing of the batch is in the store; with two
    /// exceptions. When the wait for the disk itself failed ([`Io`](StoreErrorKind::Io)), the batch may
    /// be found in the store, whole, when it is opened again. And when an erasure is committed and its traces could
    /// not be removed, the error says so, whatever its kind; the same changes given again remove them.
    /// [`receipt`](Self::receipt) tells what is there.
    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError>;

    /// Makes a definition the published one of its pipeline, and writes what goes along with it, all of
    /// it or nothing.
    ///
    /// In this order, in one transaction:
    /// 1. `publication.replaces` is what is published now, else [`Conflict`](PublishOutcome::Conflict).
    /// 2. No migration out of the pipeline or into it is open, else
    ///    [`MigrationOpen`](PublishOutcome::MigrationOpen).
    /// 3. The definition is published. Earlier versions stay readable for good and are never changed (S32).
    /// 4. The changes are committed as [`commit`](Self::commit) does; one that is not
    ///    [`Applied`](CommitOutcome::Applied) makes it [`RecordsChanged`](PublishOutcome::RecordsChanged).
    /// 5. No record of the pipeline is in a stage that is to be vacant, else
    ///    [`Occupied`](PublishOutcome::Occupied).
    /// 6. The migration is written down as open.
    ///
    /// A version that is not the number after `publication.replaces` is
    /// [`Invalid`](StoreErrorKind::Invalid).
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn publish(
        &self,
        tenant: &str,
        publication: &Publication,
        alongside: &Alongside,
    ) -> Result<PublishOutcome, StoreError>;

    /// Writes a migration down as open, so that it can be gone on with after a crash, on condition that
    /// its version is the published one and that no other migration of the two pipelines is open.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written; a migration id that was used before is
    /// [`Invalid`](StoreErrorKind::Invalid).
    fn begin_migration(&self, tenant: &str, migration: &Migration) -> Result<PublishOutcome, StoreError>;

    /// Writes down that a migration is finished. One that is finished already stays as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn finish_migration(&self, tenant: &str, id: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Hands out effects that are due, and marks them as taken until `claim.until` (S47): those that
    /// [`are ready`](Entry::is_ready), of records of which nothing else is taken, the record first that has waited
    /// longest; and those of one record in the order of row and index, but none after one of its kind that
    /// [`holds it back`](Entry::holds_back). Of those that call at once no two get the same.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn claim(&self, tenant: &str, claim: &Claim) -> Result<Vec<Delivery>, StoreError>;

    /// Writes down what became of effects, each as [`Entry::settle`] says, and tells of each whether that applied:
    /// it does not when another attempt has begun, or the effect is gone.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written; nothing is then.
    fn settle(&self, tenant: &str, settlements: &[Settlement]) -> Result<Vec<bool>, StoreError>;

    /// The row that was written under this request key, if any (S14).
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn receipt(&self, tenant: &str, key: &str) -> Result<Option<Row>, StoreError>;
}

/// One version of a pipeline's definition, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The pipeline.
    pub pipeline: SmolStr,
    /// Its number, from 1, without gaps.
    pub version: u32,
    /// The version it replaces; none for the first.
    pub replaces: Option<u32>,
    /// What it means (S19).
    pub meaning: Digest,
    /// The document, as JSON.
    pub document: String,
    /// Who published it.
    pub published_by: SmolStr,
    /// When.
    pub published_at: Timestamp,
    /// The revision that made it, as JSON; none when it was published as a whole (S30).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// What is written together with a publication.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alongside {
    /// Changes of records, judged by the new definition.
    pub changes: Vec<SealedChange>,
    /// The stages, or no stage, that no record may be in when all is written (S25, S32).
    pub vacant: Vec<Option<SmolStr>>,
    /// A migration that is to be carried out from then on.
    pub migration: Option<Migration>,
}

/// A migration, and whether it is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MigrationState {
    /// What was ordered.
    pub migration: Migration,
    /// When it was finished; none while it is open.
    pub finished_at: Option<Timestamp>,
}

impl Publication {
    /// The digest of the document: the address of its content, the same wherever it is stored.
    pub fn content(&self) -> Digest {
        Digest::of(self.document.as_bytes())
    }

    /// For stores: checks that the version follows the one it replaces.
    ///
    /// # Errors
    /// [`StoreErrorKind::Invalid`] when it does not.
    pub fn check_number(&self) -> Result<(), StoreError> {
        if self.replaces.unwrap_or(0).checked_add(1) == Some(self.version) {
            return Ok(());
        }
        let message = alloc::format!(
            "version {} of `{}` does not follow the one it replaces",
            self.version,
            self.pipeline
        );
        Err(StoreError::new(StoreErrorKind::Invalid, message))
    }
}

/// What became of a publication, or of the beginning of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "detail")]
pub enum PublishOutcome {
    /// It is written, with all that goes along.
    Published,
    /// Another version is published than the one it was to replace, or that a migration was made for.
    Conflict {
        /// The version published now.
        published: Option<u32>,
    },
    /// A migration is open and has to be finished first.
    MigrationOpen {
        /// Its id.
        id: SmolStr,
    },
    /// Records that were to change along have changed since, or are new or gone.
    RecordsChanged,
    /// A record is in a stage that was to be vacant.
    Occupied {
        /// The stage; none for records without one.
        stage: Option<SmolStr>,
    },
}

/// The read side of a store. Nothing here changes anything, and nothing skips by counting: a page
/// goes on after the key of the last item of the page before.
pub trait Reader: Send + Sync {
    /// The published version of each of the tenant's pipelines, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn published(&self, tenant: &str) -> Result<Vec<Publication>, StoreError>;

    /// One version of a pipeline, published now or before.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn publication(
        &self,
        tenant: &str,
        pipeline: &str,
        version: u32,
    ) -> Result<Option<Publication>, StoreError>;

    /// Up to `limit` versions of a pipeline after version `after`, in order; from the first with 0.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn publications(
        &self,
        tenant: &str,
        pipeline: &str,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Publication>, StoreError>;

    /// Every migration of the tenant, in the order in which they began.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn migrations(&self, tenant: &str) -> Result<Vec<MigrationState>, StoreError>;

    /// Up to `limit` journal rows of a record after row `after`, in order; from the first with 0.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError>;

    /// What a row set in motion, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn effects(&self, tenant: &str, record: &str, seq: u64) -> Result<Vec<Effect>, StoreError>;

    /// Up to `limit` records that match `query`, newest in their stage first, after `after`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn page(&self, tenant: &str, query: &RecordQuery) -> Result<RecordPage, StoreError>;

    /// Up to `limit` journal rows of a record, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError>;

    /// Up to `limit` ids of the records that point at `target` in this way, in order of id, after `after`.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn linked(
        &self,
        tenant: &str,
        link: Link,
        target: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SmolStr>, StoreError>;

    /// How many records of a pipeline are in each stage; `None` is no stage. Stages without records
    /// may be left out; those that became one with another are not counted.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn counts(&self, tenant: &str, pipeline: &str) -> Result<Vec<Tally>, StoreError>;

    /// The ids of records whose text field `field` is exactly `value`, in order of id, at most
    /// `limit`. `email` is found by index at any size; other fields may be scanned for.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn find(&self, tenant: &str, field: &str, value: &str, limit: usize) -> Result<Vec<SmolStr>, StoreError>;

    /// A page of effects with how far they have come, in the order of [`OutboxKey::by_time`].
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read, or the query is none that it takes.
    fn outbox(&self, tenant: &str, query: &OutboxQuery) -> Result<OutboxPage, StoreError>;

    /// How far one effect has come.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn entry(&self, tenant: &str, id: EffectId<'_>) -> Result<Option<Entry>, StoreError>;

    /// A page of open work of the kinds that are [work](EffectKind::is_work), in the order of [`OutboxKey::by_due`]. What
    /// waits for another task is among them; what is in the trash is not.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn tasks(&self, tenant: &str, query: &TaskQuery) -> Result<OutboxPage, StoreError>;

    /// When the next effect of one of these kinds may be claimed, taken by itself or held back by one that failed; in the
    /// past when one is due. None when nothing waits for its time.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn next_ready(&self, tenant: &str, kinds: &[EffectKind]) -> Result<Option<Timestamp>, StoreError>;

    /// Up to `limit` records on a queue after `after`, longest there first, then in order of id. Records in the trash
    /// and merged ones are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn queue(
        &self,
        tenant: &str,
        pipeline: &str,
        queue: &str,
        after: Option<&QueuePlace>,
        limit: usize,
    ) -> Result<Vec<QueuePlace>, StoreError>;

    /// Up to `limit` journal rows of the whole tenant after `cursor`, in the order they were
    /// committed. A reader that goes on from the last position it was given misses nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn feed(
        &self,
        tenant: &str,
        cursor: FeedCursor,
        limit: usize,
    ) -> Result<Vec<(FeedCursor, Row)>, StoreError>;
}

/// A place in a tenant's feed; opaque, ordered, good for one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct FeedCursor(u64);

impl FeedCursor {
    /// Before the first row.
    pub const START: Self = Self(0);

    /// The cursor a store made of its own position.
    pub const fn from_position(position: u64) -> Self {
        Self(position)
    }

    /// The store's own position.
    pub const fn position(self) -> u64 {
        self.0
    }
}

/// A place on a queue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueuePlace {
    /// Since when.
    pub since: Timestamp,
    /// The record.
    pub record: SmolStr,
}

/// How many records are in one stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// The stage; none for records without one.
    pub stage: Option<SmolStr>,
    /// Those to be worked with.
    pub live: u64,
    /// Those in the trash besides (S61a).
    pub trashed: u64,
}

/// Which rows of a journal to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowQuery {
    /// Only rows before this one; none for the newest.
    #[serde(default)]
    pub before: Option<u64>,
    /// Only rows of these kinds; empty for all.
    #[serde(default)]
    pub kinds: Vec<RowKind>,
    /// How many rows at most.
    pub limit: usize,
}

/// Which records a page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordQuery {
    /// The pipeline.
    pub pipeline: SmolStr,
    /// Those to be worked with, or those in the trash, or those that became one with another.
    #[serde(default)]
    pub presence: Presence,
    /// The stage; `Some(None)` for records without one, `None` for all. In JSON `null`, or left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub stage: Option<Option<SmolStr>>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<PageKey>,
    /// How many records at most.
    pub limit: usize,
}

/// A member that is there, be it `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<SmolStr>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Where a page ended: the entry time and id of its last record. Unknown entry times come last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageKey {
    /// When the last record entered its stage.
    pub entered_at: Option<Timestamp>,
    /// Its id.
    pub id: SmolStr,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPage {
    /// The records, newest in their stage first, then by id downward.
    pub records: Vec<Record>,
    /// Where to go on; none when this is the end.
    pub next: Option<PageKey>,
}

impl RecordQuery {
    /// The first `limit` records of a pipeline, newest in their stage first.
    pub fn of(pipeline: impl Into<SmolStr>, limit: usize) -> Self {
        Self { pipeline: pipeline.into(), presence: Presence::Live, stage: None, after: None, limit }
    }

    /// Only those in this stage; in none, for `None`.
    #[must_use]
    pub fn in_stage(mut self, stage: Option<SmolStr>) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Those in the trash, or merged, instead.
    #[must_use]
    pub const fn with_presence(mut self, presence: Presence) -> Self {
        self.presence = presence;
        self
    }
}

/// A store failed. Nothing was written, unless the last step of a commit failed, the wait for the disk:
/// then [`Store::receipt`] tells by the request key whether it is there.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

impl StoreError {
    /// An error of this kind that says `message`.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same error with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}
