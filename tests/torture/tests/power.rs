//! A power cut at any point of a run loses nothing that was acknowledged.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use lifestage::Workspace;
use lifestage::store::CommitMode;
use lifestage::{Actor, Creation, Record, Timestamp};
use lifestage_sqlite::{Durability, Options, SqliteStore};
use lifestage_torture::ack::Ack;
use lifestage_torture::check;
use lifestage_torture::folder::Folder;
use lifestage_torture::load::{self, Worker};
use lifestage_torture::power::{Change, Disk, Event, Loss, Recorder};
use lifestage_torture::vfs::Role;

/// Everything that happened while `work` was done, and the journal it left.
fn record(sync_takes: Duration, work: impl FnOnce(&Path, &Recorder)) -> (Vec<Event>, Vec<Ack>) {
    let folder = Folder::new().unwrap();
    let path = folder.file("crm.db");
    let (recorder, watched) = Recorder::start(folder.path(), sync_takes).unwrap();
    work(&path, &recorder);
    drop(watched);
    let (journal, _) = check::rows_after(&path, 0).unwrap();
    (recorder.take(), journal)
}

/// Asks for so many things, and notes each before and after.
fn work(workspace: &Workspace<SqliteStore>, recorder: &Recorder, worker: &mut Worker, steps: usize) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    for _ in 0..steps {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        recorder.note(Event::Asked(number));
        for ack in worker.step(workspace).unwrap() {
            recorder.note(Event::Acknowledged(number, ack));
        }
    }
}

fn open(path: &Path, durability: Durability) -> Workspace<SqliteStore> {
    let options = Options::new().durability(durability);
    load::open(SqliteStore::open_with(path, &options).unwrap()).unwrap()
}

/// Takes the log back into the database, on a connection of its own.
fn checkpoint(path: &Path, mode: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(())).unwrap();
}

/// One caller, with checkpoints, a clean end and a second opening between.
fn one_caller(durability: Durability) -> (Vec<Event>, Vec<Ack>) {
    record(Duration::ZERO, |path, recorder| {
        let mut worker = Worker::new("one", 1, 0..8);
        let workspace = open(path, durability);
        work(&workspace, recorder, &mut worker, 12);
        checkpoint(path, "PASSIVE");
        work(&workspace, recorder, &mut worker, 8);
        checkpoint(path, "RESTART");
        work(&workspace, recorder, &mut worker, 8);
        drop(workspace);
        let workspace = open(path, durability);
        work(&workspace, recorder, &mut worker, 4);
        checkpoint(path, "TRUNCATE");
        work(&workspace, recorder, &mut worker, 4);
    })
}

/// Several callers who share transactions, and their waits for the disk.
fn callers_in_groups(durability: Durability) -> (Vec<Event>, Vec<Ack>) {
    record(Duration::from_millis(5), |path, recorder| {
        let workspace = &open(path, durability);
        thread::scope(|scope| {
            for number in 0..12 {
                scope.spawn(move || {
                    let mut worker = Worker::new(format!("w{number}"), number, 0..12);
                    work(workspace, recorder, &mut worker, 5);
                });
            }
        });
        checkpoint(path, "RESTART");
        work(workspace, recorder, &mut Worker::new("last", 99, 0..12), 4);
    })
}

/// What a cut may cost.
#[derive(Clone, Copy, PartialEq)]
enum Promise {
    /// Nothing acknowledged.
    Everything,
    /// The last changes.
    Prefix,
}

/// Cuts before and after every sync, and wherever `also` says, losing what is not synced, then
/// tearing it in several ways; returns how many cuts there were.
fn cut_everywhere(
    events: &[Event],
    journal: &[Ack],
    promise: Promise,
    also: impl Fn(usize) -> bool,
) -> usize {
    let folder = Folder::new().unwrap();
    let path = folder.file("crm.db");
    // Even these files are not really synced: it is tried how they open, not how long that takes.
    let (_recorder, _watched) = Recorder::start(folder.path(), Duration::ZERO).unwrap();
    let mut disk = Disk::default();
    let mut acknowledged: Vec<&Ack> = Vec::new();
    let mut cuts = 0;
    for (point, event) in events.iter().enumerate() {
        let synced = |at: usize| matches!(events.get(at), Some(Event::File(_, _, Change::Sync(_))));
        if synced(point) || point.checked_sub(1).is_some_and(synced) || also(point) {
            let seed = point as u64;
            for loss in [Loss::Unsynced, Loss::Nothing, Loss::Torn(seed)] {
                disk.cut(loss, folder.path()).unwrap();
                survived(&path, journal, &acknowledged, promise)
                    .unwrap_or_else(|failure| panic!("cut at event {point}, {loss:?}: {failure}"));
                cuts += 1;
            }
        }
        disk.play(event);
        if let Event::Acknowledged(_, ack) = event {
            acknowledged.push(ack);
        }
    }
    assert_eq!(acknowledged.len(), journal.len(), "everything was acknowledged at the end");
    cuts
}

/// What the files that are left hold: a beginning of the journal, in order of commit.
fn survived(
    path: &Path,
    journal: &[Ack],
    acknowledged: &[&Ack],
    promise: Promise,
) -> Result<(), lifestage_torture::Failure> {
    if !path.exists() {
        return if acknowledged.is_empty() || promise == Promise::Prefix {
            Ok(())
        } else {
            Err("there is no database".into())
        };
    }
    // Opened as a host would, which brings back the log; a file cut off in its making is made again.
    drop(SqliteStore::open(path)?);
    check::whole(path)?;
    let (rows, _) = check::rows_after(path, 0)?;
    if !journal.starts_with(&rows) {
        return Err("what is left is not a beginning of the journal".into());
    }
    match promise {
        Promise::Everything => check::kept(&rows, acknowledged.iter().copied()),
        Promise::Prefix => Ok(()),
    }
}

/// Whether the log was synced between asking and acknowledging, each time; how often it was synced.
fn synced_before_each_acknowledgement(events: &[Event]) -> usize {
    let mut asked: HashMap<u64, usize> = HashMap::new();
    let mut syncs = 0;
    for event in events {
        match event {
            Event::File(_, Role::Log, Change::Sync(_)) => syncs += 1,
            Event::File(..) => {}
            Event::Asked(number) => drop(asked.insert(*number, syncs)),
            Event::Acknowledged(number, ack) => {
                assert!(syncs > asked[number], "acknowledged without a sync: {ack}");
            }
        }
    }
    syncs
}

/// How many requests were acknowledged; a batch is one.
fn requests(events: &[Event]) -> usize {
    let number =
        |event: &Event| if let Event::Acknowledged(number, _) = event { Some(*number) } else { None };
    events.iter().filter_map(number).collect::<HashSet<u64>>().len()
}

#[test]
fn a_power_cut_at_any_sync_loses_no_acknowledged_move() {
    let (events, journal) = one_caller(Durability::Full);
    assert!(journal.len() > 30, "{} rows", journal.len());
    synced_before_each_acknowledgement(&events);
    let cuts = cut_everywhere(&events, &journal, Promise::Everything, |_| false);
    println!("{} rows, {} events, {cuts} cuts", journal.len(), events.len());
    assert!(cuts > 200, "{cuts}");
}

#[test]
fn a_power_cut_loses_no_acknowledged_move_of_a_group() {
    let (events, journal) = callers_in_groups(Durability::Full);
    let (syncs, requests) = (synced_before_each_acknowledgement(&events), requests(&events));
    assert!(syncs * 3 < requests * 2, "they shared: {syncs} syncs for {requests} requests");
    let cuts = cut_everywhere(&events, &journal, Promise::Everything, |point| point.is_multiple_of(16));
    println!("{} rows, {syncs} syncs, {cuts} cuts", journal.len());
}

#[test]
fn less_durable_means_a_beginning_of_the_journal_and_never_damage() {
    let (events, journal) = one_caller(Durability::Normal);
    let cuts = cut_everywhere(&events, &journal, Promise::Prefix, |point| point.is_multiple_of(16));
    println!("{} rows, {cuts} cuts", journal.len());
    // It is less durable: or else the test of the other setting would prove nothing.
    let mut disk = Disk::default();
    let folder = Folder::new().unwrap();
    let acknowledged = |event: &&Event| matches!(event, Event::Acknowledged(..));
    let enough = events.iter().position(|event| acknowledged(&event)).unwrap() + 1;
    events[..enough].iter().for_each(|event| disk.play(event));
    disk.cut(Loss::Unsynced, folder.path()).unwrap();
    let path = folder.file("crm.db");
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(check::rows_after(&path, 0).unwrap().0, [], "the first move was acknowledged and is lost");
}

#[test]
fn moves_cost_a_sync_each_and_batches_one_together() {
    let (events, journal) = record(Duration::ZERO, |path, recorder| {
        let workspace = open(path, Durability::Full);
        drop(recorder.take());
        work(&workspace, recorder, &mut Worker::new("one", 3, 0..8), 60);
    });
    let moves = events.iter().filter(|event| matches!(event, Event::Acknowledged(..))).count();
    let requests = requests(&events);
    assert_eq!(moves, journal.len());
    let syncs = synced_before_each_acknowledgement(&events);
    assert!(syncs * 10 <= requests * 11, "{syncs} syncs for {requests} commits");

    let (events, _) = record(Duration::ZERO, |path, recorder| {
        let workspace = open(path, Durability::Full);
        let sam = Actor::new("sam").with_role("sales");
        drop(recorder.take());
        for batch in 0..3 {
            let leads = (0..100).map(|n| (Record::new(format!("{batch}-{n}")), Creation::new())).collect();
            let outcomes = workspace.create_all(leads, CommitMode::Atomic, &sam, Timestamp::now()).unwrap();
            assert!(outcomes.iter().all(|outcome| outcome.receipt().is_some()));
        }
        // Closing takes the log back, which is not part of it.
        recorder.note(Event::Asked(u64::MAX));
    });
    let commits = events.iter().take_while(|event| !matches!(event, Event::Asked(u64::MAX)));
    let syncs = commits.filter(|event| matches!(event, Event::File(_, Role::Log, Change::Sync(_)))).count();
    assert!((3..=9).contains(&syncs), "{syncs} syncs for 3 batches of 100");
}
