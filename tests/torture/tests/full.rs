//! Disks that are full or fail, in four ways: an error that says why, nothing acknowledged is lost,
//! nothing is half written, the store stops, and opening the file again works.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use lifestage::store::{StoreError, StoreErrorKind};
use lifestage::{Workspace, WorkspaceError};
use lifestage_sqlite::{Options, SqliteStore};
use lifestage_torture::Failure;
use lifestage_torture::ack::Ack;
use lifestage_torture::check::{self, Checked};
use lifestage_torture::folder::Folder;
use lifestage_torture::load::{self, Worker};
use lifestage_torture::phase::Phase;
use lifestage_torture::vfs::{self, Action, Code, Role, Watcher};
use lifestage_torture::victim::Orders;
use rusqlite::ffi;

/// Steps until the store fails, or so many times; what was acknowledged, and the failure.
fn steps(
    workspace: &Workspace<SqliteStore>,
    worker: &mut Worker,
    most: usize,
) -> (Vec<Ack>, Option<StoreError>) {
    let mut acks = Vec::new();
    for _ in 0..most {
        match worker.step(workspace) {
            Ok(more) => acks.extend(more),
            Err(WorkspaceError::Store(error)) => return (acks, Some(error)),
            Err(error) => panic!("{error}"),
        }
    }
    (acks, None)
}

/// Opens the file as if nothing had happened, checks it, and goes on with it.
fn reopens(path: &Path, acknowledged: &[Ack]) -> Result<Checked, Failure> {
    drop(SqliteStore::open(path)?);
    let checked = check::whole(path)?;
    check::kept(&check::rows_after(path, 0)?.0, acknowledged)?;
    let workspace = load::open(SqliteStore::open(path)?)?;
    let mut worker = Worker::new("after", 7, 1_000_000..1_000_001);
    worker.step(&workspace)?;
    worker.step(&workspace)?;
    Ok(checked)
}

#[test]
fn a_page_limit_loses_no_acknowledged_move() {
    let folder = Folder::new().unwrap();
    let path = folder.file("crm.db");
    let store = SqliteStore::open_with(&path, &Options::new().max_bytes(400_000)).unwrap();
    let workspace = &load::open(store).unwrap();
    let all = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                scope.spawn(move || {
                    let mut worker = Worker::new(format!("w{number}"), number, 0..40);
                    let (acks, error) = steps(workspace, &mut worker, 100_000);
                    let error = error.expect("there is an end of room");
                    let known = [StoreErrorKind::Full, StoreErrorKind::Closed];
                    assert!(known.contains(&error.kind()), "{error}");
                    assert!(error.to_string().contains("there is no room"), "{error}");
                    let (_, late) = steps(workspace, &mut worker, 20);
                    assert_eq!(late.expect("it stopped").kind(), StoreErrorKind::Closed);
                    acks
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(all.len() > 100, "{} fitted", all.len());
    reopens(&path, &all).unwrap();
}

#[test]
fn a_limit_on_the_size_of_files_loses_no_acknowledged_move() {
    let folder = Folder::new().unwrap();
    let orders = Orders {
        database: folder.file("crm.db"),
        phase: folder.file("phase"),
        seed: 1,
        threads: 3,
        first: 0,
        file_limit: Some(4_000_000),
    };
    drop(Phase::open(&orders.phase).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_torture"));
    let output = command.arg("victim").args(orders.arguments()).output().unwrap();
    assert!(output.status.success(), "{:?} {}", output.status, String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (failures, acks): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with('!'));
    let acks: Vec<Ack> = acks.iter().map(|line| line.parse().unwrap()).collect();
    assert!(acks.len() > 50, "{} fitted", acks.len());
    let (late, first): (Vec<&str>, Vec<&str>) = failures.iter().partition(|line| line.starts_with("! late"));
    assert_eq!((late.len(), first.len()), (3, 3), "{failures:?}");
    for line in first {
        assert!(line.contains("failed to read or write") || line.contains("there is no room"), "{line}");
    }
    assert!(late.iter().all(|line| line.contains("stopped; open it again")), "{late:?}");
    reopens(&orders.database, &acks).unwrap();
}

/// What goes wrong with the n-th change of the files.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// There is no room for this write or any later one.
    Full,
    /// Half of this write is done before it fails; none fails later.
    HalfWrite,
    /// This sync fails, and none later.
    Sync,
}

/// A disk with a fault.
struct Faulty {
    fault: Fault,
    /// Before which change of the kind concerned, counted from 0.
    at: u64,
    count: AtomicU64,
    happened: AtomicBool,
    folder: std::path::PathBuf,
}

impl Faulty {
    fn new(fault: Fault, at: u64, folder: &Folder) -> Arc<Self> {
        let (count, happened) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Self { fault, at, count, happened, folder: folder.path().to_owned() })
    }
}

impl Watcher for Faulty {
    fn before(&self, name: &str, _: Role, action: &Action<'_>) -> Result<(), Code> {
        let concerned = match action {
            Action::Write(..) => self.fault != Fault::Sync,
            Action::Sync(_) => self.fault == Fault::Sync,
            _ => false,
        };
        if !concerned {
            return Ok(());
        }
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        if count != self.at && (self.fault != Fault::Full || count < self.at) {
            return Ok(());
        }
        self.happened.store(true, Ordering::SeqCst);
        Err(match (self.fault, action) {
            (Fault::Full, _) => ffi::SQLITE_FULL,
            (Fault::Sync, _) => ffi::SQLITE_IOERR_FSYNC,
            (Fault::HalfWrite, Action::Write(at, bytes)) => {
                use std::os::unix::fs::FileExt;
                let file = std::fs::OpenOptions::new().write(true).open(self.folder.join(name)).unwrap();
                file.write_all_at(&bytes[..bytes.len() / 2], *at).unwrap();
                ffi::SQLITE_IOERR_WRITE
            }
            _ => ffi::SQLITE_IOERR_WRITE,
        })
    }

    fn after(&self, _: &str, _: Role, _: &Action<'_>) {}
}

/// Checks what the store says of a fault.
fn says_why(fault: Fault, error: &StoreError) {
    let (kind, why) = match fault {
        Fault::Full => (StoreErrorKind::Full, "there is no room"),
        _ => (StoreErrorKind::Io, "the operating system failed to read or write it"),
    };
    assert_eq!(error.kind(), kind, "{fault:?}: {error}");
    let message = error.to_string();
    assert!(message.contains(why) && message.contains("crm.db"), "{fault:?}: {message}");
}

/// Tries a fault at every change of a short run on a file that was used before, until the run is over
/// before the fault comes.
fn at_every_change(fault: Fault) {
    let used = Folder::new().unwrap();
    let used_path = used.file("crm.db");
    let workspace = load::open(SqliteStore::open(&used_path).unwrap()).unwrap();
    let (before, _) = steps(&workspace, &mut Worker::new("before", 5, 0..6), 10);
    drop(workspace);
    let (mut told, mut there) = (0, 0);
    for at in 0.. {
        let folder = Folder::new().unwrap();
        let path = folder.file("crm.db");
        std::fs::copy(&used_path, &path).unwrap();
        let faulty = Faulty::new(fault, at, &folder);
        let watched = vfs::watch(folder.path(), Arc::clone(&faulty) as Arc<dyn Watcher>).unwrap();
        let mut acknowledged = before.clone();
        match SqliteStore::open(&path) {
            Ok(store) => {
                let workspace = Workspace::open(store, load::TENANT).unwrap();
                let mut worker = Worker::new("during", 6, 0..6);
                let (acks, error) = steps(&workspace, &mut worker, 6);
                acknowledged.extend(acks);
                if let Some(error) = error {
                    told += 1;
                    says_why(fault, &error);
                    let rows = rows_if_it_dies_now(&folder);
                    check::kept(&rows, &acknowledged).unwrap();
                    there += rows.len() - acknowledged.len();
                    let (none, late) = steps(&workspace, &mut worker, 20);
                    let late = late.expect("it stopped");
                    assert_eq!((none, late.kind()), (Vec::new(), StoreErrorKind::Closed), "{late}");
                }
            }
            Err(error) => says_why(fault, &error),
        }
        drop(watched);
        let (closed, _) = check::rows_after(&path, 0).unwrap();
        let more = closed.len() - acknowledged.len();
        let most = if fault == Fault::Sync { load::BATCH } else { 0 };
        assert!(more <= most, "{fault:?} at {at}: {more} changes that failed are there after all");
        reopens(&path, &acknowledged).unwrap_or_else(|failure| panic!("{fault:?} at {at}: {failure}"));
        if !faulty.happened.load(Ordering::SeqCst) {
            println!("{fault:?}: {at} places, {told} of them in commits, {there} rows there nonetheless");
            break;
        }
    }
    assert!(told >= 5, "each commit was hit: {told}");
    match fault {
        // The log has all of the transaction, and what failed was only to wait for the disk.
        Fault::Sync => assert!(there <= told * load::BATCH, "{there} of {told}"),
        _ => assert_eq!(there, 0, "an error means that nothing was written"),
    }
}

/// The journal that is found when the process dies right after the failure, instead of closing the
/// file.
fn rows_if_it_dies_now(folder: &Folder) -> Vec<Ack> {
    let copy = Folder::new().unwrap();
    for name in ["crm.db", "crm.db-wal"] {
        std::fs::copy(folder.file(name), copy.file(name)).unwrap();
    }
    let path = copy.file("crm.db");
    drop(SqliteStore::open(&path).unwrap());
    check::whole(&path).unwrap();
    check::rows_after(&path, 0).unwrap().0
}

#[test]
fn a_disk_full_at_any_write_loses_nothing() {
    at_every_change(Fault::Full);
}

#[test]
fn a_write_that_fails_half_done_loses_nothing() {
    at_every_change(Fault::HalfWrite);
}

#[test]
fn a_sync_that_fails_loses_nothing() {
    at_every_change(Fault::Sync);
}

#[test]
fn a_file_that_cannot_be_made_is_made_later() {
    for fault in [Fault::Full, Fault::HalfWrite, Fault::Sync] {
        for at in 0.. {
            let folder = Folder::new().unwrap();
            let path = folder.file("crm.db");
            let faulty = Faulty::new(fault, at, &folder);
            let watched = vfs::watch(folder.path(), Arc::clone(&faulty) as Arc<dyn Watcher>).unwrap();
            let opened = SqliteStore::open(&path);
            let happened = faulty.happened.load(Ordering::SeqCst);
            if let Err(error) = &opened {
                says_why(fault, error);
            }
            assert!(happened || opened.is_ok());
            drop(opened);
            drop(watched);
            reopens(&path, &[]).unwrap_or_else(|failure| panic!("{fault:?} at {at}: {failure}"));
            if !happened {
                assert!(at > 2, "{fault:?}: only {at} places");
                break;
            }
        }
    }
}
