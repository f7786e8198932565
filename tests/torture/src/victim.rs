//! The process that is killed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use lifestage::store::{CommitMode, CommitOutcome, Reader, Store, StoreError};
use lifestage::{SealedChange, WorkspaceError, pass_on};
use lifestage_sqlite::SqliteStore;

use crate::Failure;
use crate::load::{self, Worker};
use crate::phase::Phase;
use crate::vfs::{self, Action, Code, Role, Watcher};

/// What a victim is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// The database.
    pub database: PathBuf,
    /// The mapped file of [`Phase`].
    pub phase: PathBuf,
    /// What it chooses by; makes what it creates its own.
    pub seed: u64,
    /// How many threads work at once.
    pub threads: u64,
    /// The first number of the leads it works on.
    pub first: u64,
    /// The largest file it may write, in bytes.
    pub file_limit: Option<u64>,
}

/// How many leads a victim works on: few enough that its threads meet.
const LEADS: u64 = 24;

impl Orders {
    /// The arguments that [`parse`](Self::parse) reads.
    pub fn arguments(&self) -> Vec<std::ffi::OsString> {
        let limit = self.file_limit.unwrap_or(0);
        let numbers = [self.seed, self.threads, self.first, limit].map(|number| number.to_string().into());
        [self.database.clone().into(), self.phase.clone().into()].into_iter().chain(numbers).collect()
    }

    /// Reads what [`arguments`](Self::arguments) wrote.
    ///
    /// # Errors
    /// When that is something else.
    pub fn parse(arguments: &[std::ffi::OsString]) -> Result<Self, Failure> {
        let [database, phase, seed, threads, first, limit] = arguments else {
            return Err("a victim takes a database, a phase file and four numbers".into());
        };
        let number = |word: &std::ffi::OsString| -> Result<u64, Failure> {
            Ok(word.to_str().ok_or("a number is not text")?.parse()?)
        };
        Ok(Self {
            database: database.into(),
            phase: phase.into(),
            seed: number(seed)?,
            threads: number(threads)?,
            first: number(first)?,
            file_limit: Some(number(limit)?).filter(|limit| *limit > 0),
        })
    }
}

/// Works until it is killed or the store fails. Each acknowledgement is a line on `out`, written
/// after the submission returned; a failure is a line that begins with `!`.
///
/// # Errors
/// When the work cannot begin.
pub fn run(orders: &Orders) -> Result<(), Failure> {
    if let Some(limit) = orders.file_limit {
        limit_files(limit)?;
    }
    let phase = Arc::new(Phase::open(&orders.phase)?);
    let folder = orders.database.parent().unwrap_or_else(|| Path::new("."));
    let watcher = Arc::new(Slow { phase: Arc::clone(&phase) });
    let _watched = vfs::watch(folder, watcher)?;
    let store = Told { store: SqliteStore::open(&orders.database)?, phase: Arc::clone(&phase) };
    let workspace = load::open(store)?;
    phase.set_ready();
    std::thread::scope(|scope| {
        let working = Arc::new(());
        let weak = Arc::downgrade(&working);
        scope.spawn(move || take_back(&orders.database, &weak));
        for thread in 0..orders.threads {
            let (workspace, working) = (&workspace, Arc::clone(&working));
            scope.spawn(move || {
                let _working = working;
                let label = format!("{}-{thread}", orders.seed);
                let seed = orders.seed.wrapping_mul(31).wrapping_add(thread);
                let mut worker = Worker::new(label, seed, orders.first..orders.first + LEADS);
                loop {
                    match worker.step(workspace) {
                        Ok(acks) => acks.iter().for_each(|ack| say(&format!("{ack}\n"))),
                        Err(WorkspaceError::Store(error)) => {
                            say(&format!("! {} {error}\n", error.kind().number()));
                            let late = worker.step(workspace).err().map(|error| error.to_string());
                            return say(&format!("! late {}\n", late.unwrap_or_default()));
                        }
                        Err(error) => return say(&format!("! other {error}\n")),
                    }
                }
            });
        }
    });
    Ok(())
}

/// Takes the log back into the database again and again while somebody works, as another process may
/// do. SQLite does it by itself, but after more than a victim gets to write.
fn take_back(path: &Path, working: &Weak<()>) {
    let Ok(connection) = rusqlite::Connection::open(path) else { return };
    let mut round = 0;
    while working.strong_count() > 0 {
        round += 1;
        std::thread::sleep(Duration::from_millis(3 + round % 7));
        // Busy is not to be helped: the next one will do.
        drop(connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())));
    }
}

/// One write to the pipe, which is whole or not at all for lines as short as these.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody may be listening any more.
    drop(out.write_all(line.as_bytes()).and_then(|()| out.flush()));
}

/// Makes writing beyond so many bytes fail, instead of ending the process by a signal.
fn limit_files(bytes: u64) -> Result<(), Failure> {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: ignoring a signal installs no handler; the limit is a valid structure.
    let code = unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit)
    };
    if code == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().into()) }
}

/// A disk of some slowness, which says what is being done to it.
struct Slow {
    phase: Arc<Phase>,
}

impl Watcher for Slow {
    fn before(&self, _: &str, role: Role, action: &Action<'_>) -> Result<(), Code> {
        match (role, action) {
            (Role::Log, Action::Write(..)) => self.phase.set_logging(true),
            (Role::Database, Action::Write(..)) => self.phase.set_checkpointing(true),
            (_, Action::Sync(_)) => std::thread::sleep(Duration::from_micros(300)),
            _ => {}
        }
        Ok(())
    }

    fn after(&self, _: &str, role: Role, action: &Action<'_>) {
        match (role, action) {
            (Role::Log, Action::Sync(_)) => self.phase.set_logging(false),
            (Role::Database, Action::Sync(_)) => self.phase.set_checkpointing(false),
            _ => {}
        }
    }
}

/// The store, saying when it is inside a commit.
struct Told {
    store: SqliteStore,
    phase: Arc<Phase>,
}

impl Store for Told {
    pass_on!(self => self.store; load, publish, begin_migration, finish_migration, receipt, claim, settle);

    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        self.phase.enter_commit();
        let outcomes = self.store.commit(tenant, changes, mode);
        self.phase.leave_commit();
        outcomes
    }
}

impl Reader for Told {
    pass_on!(self => self.store; reads);
}
