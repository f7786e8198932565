use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lifestage::journal::Row;
use lifestage::migration::Migration;
use lifestage::outbox::{Claim, Delivery, Entry, OutboxPage, OutboxQuery, Settlement, TaskQuery};
use lifestage::store::{
    Alongside, CommitMode, CommitOutcome, FeedCursor, MigrationState, Publication, PublishOutcome,
    QueuePlace, Reader, RecordPage, RecordQuery, RowQuery, Store, StoreError, StoreErrorKind, Tally,
    check_shape,
};
use lifestage::{Effect, EffectId, EffectKind, Link, Record, SealedChange, SmolStr, Timestamp};
use rusqlite::{Connection, OpenFlags, Transaction};

use crate::commit::Changes;
use crate::failure::Failure;
use crate::group::{Job, Reply, patience_per_attempt};
use crate::options::{Durability, Options};
use crate::readers::Readers;
use crate::writer::Writer;
use crate::{commit, counts, erasure, links, migrations, outbox, publish, query, schema};

/// A store in one SQLite file. Cheap to clone; all clones share the file's connections, and the last
/// one dropped closes them.
///
/// Any number of threads may call it at once, and any number of processes may open the same file.
/// Callers that commit at the same time share a transaction and its wait for the disk, each with a
/// verdict of its own.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

/// Readers come before the writer, so that the connection that may write is the last to close and
/// takes the log back into the file.
struct Inner {
    readers: Readers,
    writer: Writer,
    path: Arc<Path>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the store in this file, which is made when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened, is no SQLite database, is read-only or was
    /// made by a newer release.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_with(path, &Options::new())
    }

    /// Opens the store in this file with these options.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl Into<PathBuf>, options: &Options) -> Result<Self, StoreError> {
        let path: Arc<Path> = path.into().into();
        let connection = connect_writer(&path, options)?;
        let writer = Writer::new(connection, Arc::clone(&path), options.busy_timeout);
        let readers = Readers::new(Arc::clone(&path), options.clone());
        Ok(Self { inner: Arc::new(Inner { readers, writer, path }) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Writes one change as part of the caller's own transaction, with the same checks and the same
    /// outcomes as [`Store::commit`]: for hosts that keep tables of their own in the same file.
    ///
    /// The file must have been opened by a store before. After a transaction that erased, call
    /// [`sweep`](Self::sweep). Begin the transaction with
    /// `TransactionBehavior::Immediate`, so that it cannot fail for want of the write lock midway.
    ///
    /// # Errors
    /// [`StoreError`] when nothing of the change was written; what the transaction held before is
    /// still there.
    pub fn commit_in(
        transaction: &Transaction<'_>,
        tenant: &str,
        change: &SealedChange,
    ) -> Result<CommitOutcome, StoreError> {
        check_shape(change)?;
        let failed = |failure: Failure| failure.into_error("write", path_of(transaction));
        let run = |sql: &str| transaction.execute_batch(sql).map_err(|error| failed(error.into()));
        run("SAVEPOINT lifestage_change")?;
        let outcome = Changes::new(transaction).apply(tenant, change);
        if outcome.is_err() && !transaction.is_autocommit() {
            run("ROLLBACK TO lifestage_change")?;
        }
        if !transaction.is_autocommit() {
            run("RELEASE lifestage_change")?;
        }
        outcome.map_err(failed)
    }

    /// The record with this id as the caller's own transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn load_in(
        transaction: &Transaction<'_>,
        tenant: &str,
        id: &str,
    ) -> Result<Option<Record>, StoreError> {
        commit::load(transaction, tenant, id)
            .map_err(|failure| failure.into_error("read", path_of(transaction)))
    }

    /// Removes from the file and its log what erasures left there, if any did (S44).
    ///
    /// [`Store::commit`] does so itself, and opening a file does where a crash kept that from happening. A
    /// host calls it after a transaction of its own in which [`commit_in`](Self::commit_in) erased, and
    /// anybody after a commit that failed as [`Busy`](StoreErrorKind::Busy) with the erasure committed.
    /// It writes the file anew, so that it takes as long as that, and waits for those who read.
    ///
    /// # Errors
    /// [`StoreError`] when what was erased is still there: somebody reads an older state of the file, or
    /// there is no room for a second copy.
    pub fn sweep(&self) -> Result<(), StoreError> {
        match self.inner.writer.submit(Job::Sweep, "sweep")? {
            Reply::Written => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    fn unexpected(&self) -> StoreError {
        let path = self.inner.path.display();
        StoreError::new(StoreErrorKind::Closed, format!("the store of `{path}` answered another question"))
    }
}

fn path_of<'a>(transaction: &'a Transaction<'_>) -> &'a Path {
    Path::new(transaction.path().unwrap_or("memory"))
}

/// Statements kept ready per connection; there are about forty.
const STATEMENTS: usize = 64;

fn connect(path: &Path, flags: OpenFlags, options: &Options) -> Result<Connection, Failure> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(patience_per_attempt(options.busy_timeout))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

pub(crate) fn connect_reader(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, options)
        .map_err(|failure| failure.into_error("open", path))
}

fn connect_writer(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let failed = |failure: Failure| failure.into_error("open", path);
    let create = if options.existing { OpenFlags::empty() } else { OpenFlags::SQLITE_OPEN_CREATE };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | create;
    let mut connection = connect(path, flags, options).map_err(failed)?;
    if options.existing {
        schema::require(&connection).map_err(failed)?;
    }
    set_up(&connection, options).map_err(failed)?;
    schema::migrate(&mut connection, path)?;
    // What a crash kept from being swept. Whoever opens the file has not asked for it, so it may fail.
    drop(erasure::sweep(&connection, options.busy_timeout));
    Ok(connection)
}

fn set_up(connection: &Connection, options: &Options) -> Result<(), Failure> {
    let pragma = |sql: &str| connection.query_row(sql, [], |_| Ok(()));
    pragma("PRAGMA journal_mode = WAL")?;
    connection.execute_batch(match options.durability {
        Durability::Full => "PRAGMA synchronous = FULL",
        Durability::Normal => "PRAGMA synchronous = NORMAL",
    })?;
    // A move touches a page of each index, anywhere in it: the two megabytes that SQLite keeps
    // unless told otherwise would be read again and again.
    connection.execute_batch("PRAGMA cache_size = -65536")?;
    if let Some(bytes) = options.max_bytes {
        let page: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
        pragma(&format!("PRAGMA max_page_count = {}", pages.max(1)))?;
    }
    // A file that may not be written opens as if it might be: the lock tells.
    match connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").map_err(Failure::from) {
        Err(failure) if failure.kind() != StoreErrorKind::Busy => Err(failure),
        _ => Ok(()),
    }
}

impl Store for SqliteStore {
    fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError> {
        let load = |connection: &Connection| -> Result<_, Failure> {
            ids.iter().map(|id| commit::load(connection, tenant, id)).collect()
        };
        // One record before a move is the common case, and the writer often has it at hand.
        if ids.len() > 1 {
            return self.inner.readers.read_at_once(load);
        }
        match self.inner.writer.read_if_free(load) {
            Some(found) => found.map_err(|failure| failure.into_error("read", &self.inner.path)),
            None => self.inner.readers.read(load),
        }
    }

    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        changes.iter().try_for_each(check_shape)?;
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let job = Job::Commit { tenant: Cow::Borrowed(tenant), changes: Cow::Borrowed(changes), mode };
        match self.inner.writer.submit(job, "write")? {
            Reply::Commit(outcomes) => Ok(outcomes),
            _ => Err(self.unexpected()),
        }
    }

    fn publish(
        &self,
        tenant: &str,
        publication: &Publication,
        alongside: &Alongside,
    ) -> Result<PublishOutcome, StoreError> {
        publication.check_number()?;
        alongside.changes.iter().try_for_each(check_shape)?;
        let (publication, alongside) = (Cow::Borrowed(publication), Cow::Borrowed(alongside));
        let job = Job::Publish { tenant: Cow::Borrowed(tenant), publication, alongside };
        match self.inner.writer.submit(job, "publish in")? {
            Reply::Publish(outcome) => Ok(outcome),
            _ => Err(self.unexpected()),
        }
    }

    fn begin_migration(&self, tenant: &str, migration: &Migration) -> Result<PublishOutcome, StoreError> {
        let job = Job::Begin { tenant: Cow::Borrowed(tenant), migration: Cow::Borrowed(migration) };
        match self.inner.writer.submit(job, "begin a migration in")? {
            Reply::Publish(outcome) => Ok(outcome),
            _ => Err(self.unexpected()),
        }
    }

    fn finish_migration(&self, tenant: &str, id: &str, at: Timestamp) -> Result<(), StoreError> {
        let job = Job::Finish { tenant: Cow::Borrowed(tenant), id: Cow::Borrowed(id), at };
        match self.inner.writer.submit(job, "finish a migration in")? {
            Reply::Written => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    fn claim(&self, tenant: &str, claim: &Claim) -> Result<Vec<Delivery>, StoreError> {
        // What is due is looked for without the write lock first: mostly nothing is.
        let next =
            self.inner.readers.read(|connection| outbox::next_ready(connection, tenant, &claim.kinds))?;
        if next.is_none_or(|next| next > claim.now) || claim.limit == 0 {
            return Ok(Vec::new());
        }
        let job = Job::Claim { tenant: Cow::Borrowed(tenant), claim: Cow::Borrowed(claim) };
        match self.inner.writer.submit(job, "claim in")? {
            Reply::Claimed(deliveries) => Ok(deliveries),
            _ => Err(self.unexpected()),
        }
    }

    fn settle(&self, tenant: &str, settlements: &[Settlement]) -> Result<Vec<bool>, StoreError> {
        if settlements.is_empty() {
            return Ok(Vec::new());
        }
        let job = Job::Settle { tenant: Cow::Borrowed(tenant), settlements: Cow::Borrowed(settlements) };
        match self.inner.writer.submit(job, "settle in")? {
            Reply::Settled(applied) => Ok(applied),
            _ => Err(self.unexpected()),
        }
    }

    fn receipt(&self, tenant: &str, key: &str) -> Result<Option<Row>, StoreError> {
        self.inner.readers.read(|connection| commit::receipt(connection, tenant, key))
    }
}

impl Reader for SqliteStore {
    fn published(&self, tenant: &str) -> Result<Vec<Publication>, StoreError> {
        self.inner.readers.read(|connection| publish::published(connection, tenant))
    }

    fn publication(
        &self,
        tenant: &str,
        pipeline: &str,
        version: u32,
    ) -> Result<Option<Publication>, StoreError> {
        self.inner.readers.read(|connection| publish::publication(connection, tenant, pipeline, version))
    }

    fn publications(
        &self,
        tenant: &str,
        pipeline: &str,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Publication>, StoreError> {
        let read =
            |connection: &Connection| publish::publications(connection, tenant, pipeline, after, limit);
        self.inner.readers.read(read)
    }

    fn migrations(&self, tenant: &str) -> Result<Vec<MigrationState>, StoreError> {
        self.inner.readers.read(|connection| migrations::all(connection, tenant))
    }

    fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.inner.readers.read(|connection| query::history(connection, tenant, record, after, limit))
    }

    fn effects(&self, tenant: &str, record: &str, seq: u64) -> Result<Vec<Effect>, StoreError> {
        self.inner.readers.read(|connection| query::effects(connection, tenant, record, seq))
    }

    fn page(&self, tenant: &str, query: &RecordQuery) -> Result<RecordPage, StoreError> {
        self.inner.readers.read_at_once(|connection| query::page(connection, tenant, query))
    }

    fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError> {
        self.inner.readers.read(|connection| query::rows(connection, tenant, record, query))
    }

    fn linked(
        &self,
        tenant: &str,
        link: Link,
        target: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SmolStr>, StoreError> {
        self.inner.readers.read(|connection| links::linked(connection, tenant, link, target, after, limit))
    }

    fn counts(&self, tenant: &str, pipeline: &str) -> Result<Vec<Tally>, StoreError> {
        let counts =
            self.inner.readers.read_at_once(|connection| counts::counts(connection, tenant, pipeline))?;
        if counts.worth_keeping {
            // Nobody waits for it, and nothing depends on it: when it fails, the next who asks tries again.
            drop(self.inner.writer.write_if_free(|connection| counts::keep(connection, tenant)));
        }
        Ok(counts.tallies)
    }

    fn find(&self, tenant: &str, field: &str, value: &str, limit: usize) -> Result<Vec<SmolStr>, StoreError> {
        self.inner.readers.read(|connection| query::find(connection, tenant, field, value, limit))
    }

    fn outbox(&self, tenant: &str, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        self.inner.readers.read(|connection| outbox::page(connection, tenant, query))
    }

    fn entry(&self, tenant: &str, id: EffectId<'_>) -> Result<Option<Entry>, StoreError> {
        self.inner.readers.read(|connection| outbox::entry(connection, tenant, id))
    }

    fn tasks(&self, tenant: &str, query: &TaskQuery) -> Result<OutboxPage, StoreError> {
        self.inner.readers.read(|connection| outbox::tasks(connection, tenant, query))
    }

    fn next_ready(&self, tenant: &str, kinds: &[EffectKind]) -> Result<Option<Timestamp>, StoreError> {
        self.inner.readers.read(|connection| outbox::next_ready(connection, tenant, kinds))
    }

    fn queue(
        &self,
        tenant: &str,
        pipeline: &str,
        queue: &str,
        after: Option<&QueuePlace>,
        limit: usize,
    ) -> Result<Vec<QueuePlace>, StoreError> {
        let read = |connection: &Connection| outbox::queue(connection, tenant, pipeline, queue, after, limit);
        self.inner.readers.read(read)
    }

    fn feed(
        &self,
        tenant: &str,
        cursor: FeedCursor,
        limit: usize,
    ) -> Result<Vec<(FeedCursor, Row)>, StoreError> {
        self.inner.readers.read(|connection| query::feed(connection, tenant, cursor, limit))
    }
}
