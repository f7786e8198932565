//! A process that is killed while it erases leaves all of it or nothing (S44).

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use lifestage::journal::verify;
use lifestage::store::{CommitMode, Reader, Store};
use lifestage_sqlite::SqliteStore;

use crate::erasure::{Random, erasure, live, somebody, traces};
use crate::folder::Folder;

/// Set for the copy of this test that erases and is killed.
const VICTIM: &str = "LIFESTAGE_TEST_ERASING";

#[test]
fn a_killed_erasure_is_there_whole_or_not_at_all() {
    if let Some(path) = std::env::var_os(VICTIM) {
        let store = SqliteStore::open(path).unwrap();
        let person = store.load("acme", &["lead-1"]).unwrap().remove(0).unwrap();
        println!("\nerasing");
        store.commit("acme", &[erasure(&person)], CommitMode::PerItem).unwrap();
        // It is killed all the same, so that closing the file tidies nothing up.
        std::thread::sleep(Duration::from_secs(60));
    }
    let made = Folder::new();
    let store = made.store("crm.db");
    let person = somebody(&store);
    let person = live(&store, person, &mut Random::new(7));
    drop(store);
    let (mut whole, mut none) = (0, 0);
    for pause in [0, 1, 2, 4, 8, 16, 400] {
        let folder = Folder::new();
        std::fs::copy(made.file("crm.db"), folder.file("crm.db")).unwrap();
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kills::a_killed_erasure_is_there_whole_or_not_at_all", "--nocapture"])
            .env(VICTIM, folder.file("crm.db"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "erasing"));
        std::thread::sleep(Duration::from_millis(pause));
        victim.kill().unwrap();
        victim.wait().unwrap();

        let store = folder.store("crm.db");
        let found = store.load("acme", &["lead-1"]).unwrap().remove(0).unwrap();
        let rows = store.history("acme", "lead-1", 0, 1_000).unwrap();
        verify(&found, &rows).unwrap();
        if found == person {
            none += 1;
            assert!(
                rows.iter().filter(|row| row.seq > 1).any(|row| !row.facts.is_empty()),
                "after {pause} ms"
            );
        } else {
            whole += 1;
            assert!(
                found.fields().is_empty() && rows.iter().all(|row| row.facts.is_empty()),
                "after {pause} ms"
            );
            assert_eq!(traces(&folder), 0, "after {pause} ms: opening sweeps");
        }
    }
    assert!(whole > 0, "{whole} were whole, {none} not there");
}
