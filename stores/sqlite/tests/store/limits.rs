//! Room that runs out.

use std::process::Command;
use std::thread;

use lifestage::journal::verify;
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, CommitOutcome, Reader, Store, StoreErrorKind};
use lifestage_sqlite::{Options, SqliteStore};

use crate::folder::Folder;

/// Commits creations until the store refuses; how many were acknowledged, and the refusal.
fn fill(store: &SqliteStore) -> (usize, StoreErrorKind) {
    for n in 0..100_000 {
        let creation = Sample::creation(format!("lead-{n}")).with("note", "x".repeat(500)).sealed();
        match store.commit("acme", &[creation], CommitMode::PerItem) {
            Ok(outcomes) => assert_eq!(outcomes, [CommitOutcome::Applied]),
            Err(error) => return (n, error.kind()),
        }
    }
    panic!("there was no end of room");
}

/// Checks that exactly the acknowledged records are there, whole.
fn assert_kept(store: &SqliteStore, count: usize) {
    for n in 0..=count {
        let id = format!("lead-{n}");
        let record = store.load("acme", &[&id]).unwrap().remove(0);
        let rows = store.history("acme", &id, 0, 9).unwrap();
        assert_eq!(record.is_some(), n < count, "`{id}`");
        assert_eq!(rows.len(), usize::from(n < count), "`{id}`");
        if let Some(record) = record {
            verify(&record, &rows).unwrap();
        }
    }
}

#[test]
fn a_full_file_stops_the_store_and_loses_nothing() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let store = SqliteStore::open_with(&path, &Options::new().max_bytes(300_000)).unwrap();
    let (count, kind) = fill(&store);
    assert_eq!(kind, StoreErrorKind::Full);
    assert!(count > 20, "{count} fitted");
    let late = store.commit("acme", &[Sample::creation("late").sealed()], CommitMode::PerItem).unwrap_err();
    assert_eq!(late.kind(), StoreErrorKind::Closed);
    let message = late.to_string();
    assert!(message.contains("there is no room") && message.contains("open it again"), "{message}");
    assert_kept(&store, count);
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_kept(&store, count);
    let late = store.commit("acme", &[Sample::creation("late").sealed()], CommitMode::PerItem).unwrap();
    assert_eq!(late, [CommitOutcome::Applied], "with more room it goes on");
}

#[test]
fn everybody_who_waits_is_told_that_the_file_is_full() {
    let folder = Folder::new();
    let store = SqliteStore::open_with(folder.file("crm.db"), &Options::new().max_bytes(200_000)).unwrap();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let store = &store;
                scope.spawn(move || {
                    for n in 0..10_000 {
                        let creation =
                            Sample::creation(format!("{thread}-{n}")).with("note", "x".repeat(500));
                        if let Err(error) = store.commit("acme", &[creation.sealed()], CommitMode::PerItem) {
                            return (thread, n, error.kind());
                        }
                    }
                    panic!("there was no end of room");
                })
            })
            .collect();
        for thread in threads {
            let (thread, count, kind) = thread.join().unwrap();
            assert!(matches!(kind, StoreErrorKind::Full | StoreErrorKind::Closed), "{kind:?}");
            let ids: Vec<_> = (0..=count).map(|n| format!("{thread}-{n}")).collect();
            let found = store.load("acme", &ids.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
            assert_eq!(found.iter().flatten().count(), count, "what was acknowledged, and no more");
        }
    });
}

/// Set for the copy of this test that runs with a limit on the size of files.
const LIMITED: &str = "LIFESTAGE_TEST_LIMITED";

#[test]
fn a_limit_on_the_size_of_files_loses_nothing() {
    if let Some(path) = std::env::var_os(LIMITED) {
        let store = SqliteStore::open(&path).unwrap();
        let (count, kind) = fill(&store);
        assert!(matches!(kind, StoreErrorKind::Full | StoreErrorKind::Io), "{kind:?}");
        let late = store.commit("acme", &[Sample::creation("late").sealed()], CommitMode::PerItem);
        assert_eq!(late.unwrap_err().kind(), StoreErrorKind::Closed);
        assert_kept(&store, count);
        std::fs::write(format!("{}.count", path.to_string_lossy()), count.to_string()).unwrap();
        return;
    }
    let folder = Folder::new();
    let path = folder.file("crm.db");
    drop(SqliteStore::open(&path).unwrap());
    // Without the trap the process would be killed by the signal instead of being told.
    let script = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" --exact limits::a_limit_on_the_size_of_files_loses_nothing";
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(std::env::current_exe().unwrap()).env(LIMITED, &path);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    let count: usize = std::fs::read_to_string(folder.file("crm.db.count")).unwrap().parse().unwrap();
    assert!(count > 20, "{count} fitted");
    assert_kept(&SqliteStore::open(&path).unwrap(), count);
}
