//! Several callers and several processes on one file.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lifestage::journal::verify;
use lifestage::store::contract::Sample;
use lifestage::store::{Alongside, CommitMode, CommitOutcome, FeedCursor, Reader, Store, StoreErrorKind};
use lifestage_sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::folder::Folder;

#[test]
fn a_file_locked_by_another_process_is_busy_and_then_is_not() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let store =
        SqliteStore::open_with(&path, &Options::new().busy_timeout(Duration::from_millis(80))).unwrap();
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let creation = Sample::creation("lead-1").sealed();
    let start = Instant::now();
    let error = store.commit("acme", std::slice::from_ref(&creation), CommitMode::PerItem).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Busy);
    assert!(error.to_string().contains("another process"), "{error}");
    assert!(start.elapsed() >= Duration::from_millis(60), "it waited");
    assert!(start.elapsed() < Duration::from_secs(5), "not for ever");
    assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [None], "reading goes on, and nothing is written");
    drop(SqliteStore::open_with(&path, &Options::new().busy_timeout(Duration::ZERO)).unwrap());
    raw.execute_batch("ROLLBACK").unwrap();
    let outcomes = store.commit("acme", &[creation], CommitMode::PerItem).unwrap();
    assert_eq!(outcomes, [CommitOutcome::Applied], "busy is not the end");
}

#[test]
fn a_short_lock_is_waited_for() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        let commit = scope.spawn(|| {
            let creation = Sample::creation("lead-1").sealed();
            store.commit("acme", &[creation], CommitMode::PerItem).unwrap()
        });
        thread::sleep(Duration::from_millis(30));
        raw.execute_batch("COMMIT").unwrap();
        assert_eq!(commit.join().unwrap(), [CommitOutcome::Applied]);
    });
}

#[test]
fn callers_that_share_a_transaction_get_verdicts_of_their_own() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let store = SqliteStore::open(&path).unwrap();
    let first = Sample::creation("lead-1").sealed();
    store.commit("acme", std::slice::from_ref(&first), CommitMode::PerItem).unwrap();
    // A row where the next one belongs makes the commit of `broken` err midway.
    let broken = Sample::creation("broken").sealed();
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(
        "INSERT INTO journal (tenant, record, seq, kind, pipeline, definition, actor, automation, forced,
            start_unknown, effective_at, recorded_at, version_after, hash)
            VALUES ('acme', 'broken', 1, 'move', 'leads', 1, 'eve', 0, 0, 0, 0, 0, 1, x'00')",
    )
    .unwrap();
    for round in 0..20 {
        // While the lock is held elsewhere all eight queue up behind the first.
        raw.execute_batch("BEGIN IMMEDIATE").unwrap();
        let barrier = Barrier::new(9);
        thread::scope(|scope| {
            let commit = |change, mode| {
                let (store, barrier) = (&store, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    store.commit("acme", &[change, Sample::creation(format!("next-{round}")).sealed()], mode)
                })
            };
            let good: Vec<_> = (0..4)
                .map(|n| commit(Sample::creation(format!("{round}-{n}")).sealed(), CommitMode::PerItem))
                .collect();
            let exists: Vec<_> = (0..2).map(|_| commit(first.clone(), CommitMode::Atomic)).collect();
            let bad: Vec<_> = (0..2).map(|_| commit(broken.clone(), CommitMode::PerItem)).collect();
            barrier.wait();
            thread::sleep(Duration::from_millis(5));
            raw.execute_batch("ROLLBACK").unwrap();
            let mut created = 0;
            for call in good {
                let outcomes = call.join().unwrap().unwrap();
                assert_eq!(outcomes[0], CommitOutcome::Applied);
                created += usize::from(outcomes[1] == CommitOutcome::Applied);
            }
            assert_eq!(created, 1, "only the first of the same four is applied");
            for call in exists {
                let outcomes = call.join().unwrap().unwrap();
                assert_eq!(outcomes[0], CommitOutcome::Exists);
                assert!(matches!(outcomes[1], CommitOutcome::RolledBack | CommitOutcome::Exists));
            }
            for call in bad {
                assert_eq!(call.join().unwrap().unwrap_err().kind(), StoreErrorKind::Invalid);
            }
        });
        assert_eq!(store.load("acme", &["broken"]).unwrap(), [None]);
    }
    assert_eq!(store.history("acme", "lead-1", 0, 9).unwrap(), [first.row]);
}

#[test]
fn two_handles_race_for_one_record() {
    const MOVES: usize = 200;
    let folder = Folder::new();
    let handles = [folder.store("crm.db"), folder.store("crm.db")];
    let creation = Sample::creation("lead-1").sealed();
    handles[0].commit("acme", &[creation], CommitMode::PerItem).unwrap();
    let applied = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..4 {
            let (store, applied) = (&handles[thread % 2], &applied);
            scope.spawn(move || {
                while applied.load(Ordering::Relaxed) < MOVES {
                    let record = store.load("acme", &["lead-1"]).unwrap().remove(0).unwrap();
                    let stage = if record.stage() == Some("new") { "contacted" } else { "new" };
                    let mv = Sample::mv(&record, stage).by(format!("actor-{thread}")).sealed();
                    let outcome = store.commit("acme", &[mv], CommitMode::PerItem).unwrap().remove(0);
                    match outcome {
                        CommitOutcome::Applied => applied.fetch_add(1, Ordering::Relaxed),
                        CommitOutcome::Conflict(now) => usize::from(now.version() > record.version()),
                        other => panic!("{other:?}"),
                    };
                }
            });
        }
    });
    let rows = handles[0].history("acme", "lead-1", 0, 10_000).unwrap();
    assert_eq!(rows.len(), applied.into_inner() + 1, "one row per acknowledged move");
    let record = handles[1].load("acme", &["lead-1"]).unwrap().remove(0).unwrap();
    verify(&record, &rows).unwrap();
    assert_eq!(handles[1].feed("acme", FeedCursor::START, 10_000).unwrap().len(), rows.len());
}

#[test]
fn one_handle_judges_by_what_another_published() {
    use lifestage::Digest;
    use lifestage::store::Publication;
    let folder = Folder::new();
    let (one, two) = (folder.store("crm.db"), folder.store("crm.db"));
    let version = |number: u32| Publication {
        pipeline: "leads".into(),
        version: number,
        replaces: (number > 1).then(|| number - 1),
        meaning: Digest::of(&number.to_be_bytes()),
        document: "{}".into(),
        published_by: "sam".into(),
        published_at: lifestage::Timestamp::from_seconds(0),
        revision: None,
    };
    one.publish("acme", &version(1), &Alongside::default()).unwrap();
    let creation = Sample::creation("lead-1").judged_by(version(1).meaning).sealed();
    let commit = |change| one.commit("acme", &[change], CommitMode::PerItem).unwrap().remove(0);
    assert_eq!(commit(creation.clone()), CommitOutcome::Applied);
    two.publish("acme", &version(2), &Alongside::default()).unwrap();
    let mv = Sample::mv(&creation.record, "contacted").judged_by(version(1).meaning).sealed();
    assert_eq!(commit(mv), CommitOutcome::StaleDefinition { published: Some(2) }, "S19");
}
