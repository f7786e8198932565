//! Erasure reaches everything in the file and beside it (S44).

use std::fs;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use lifestage::journal::{RowKind, verify};
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, CommitOutcome, Reader, Store, StoreErrorKind};
use lifestage::{Link, Record, SealedChange};
use lifestage_sqlite::{Options, SqliteStore};
use rusqlite::{Connection, TransactionBehavior};

use crate::folder::Folder;

pub(crate) const MARK: &str = "Zyxwvut";

/// How often the mark is found in the file and what lies beside it.
pub(crate) fn traces(folder: &Folder) -> usize {
    let files = ["crm.db", "crm.db-wal", "crm.db-shm"].map(|name| fs::read(folder.file(name)));
    let all = files.into_iter().filter_map(Result::ok);
    let count = |bytes: Vec<u8>| {
        bytes
            .split(|byte| *byte == b'Z')
            .skip(1)
            .filter(|rest| rest.starts_with(&MARK.as_bytes()[1..]))
            .count()
    };
    all.map(count).sum()
}

fn apply(store: &SqliteStore, sample: Sample) -> Record {
    let change = sample.sealed();
    let outcomes = store.commit("acme", std::slice::from_ref(&change), CommitMode::PerItem).unwrap();
    assert_eq!(outcomes, [CommitOutcome::Applied]);
    change.record
}

pub(crate) fn erasure(record: &Record) -> SealedChange {
    Sample::of_kind(record, RowKind::Erasure).keyed("erase", "erase").sealed()
}

fn erase(store: &SqliteStore, record: &Record) -> SealedChange {
    let change = erasure(record);
    let outcomes = store.commit("acme", std::slice::from_ref(&change), CommitMode::PerItem).unwrap();
    assert_eq!(outcomes, [CommitOutcome::Applied]);
    change
}

/// Somebody whose fields, links, address and effects hold the mark.
pub(crate) fn somebody(store: &SqliteStore) -> Record {
    let email = format!("{MARK}@x.org");
    let sample = Sample::creation("lead-1").with("email", email.as_str()).with("name", MARK).with_effects(2);
    apply(store, sample.reserving(Some(&email)).linked(Link::Company, Some(MARK)))
}

pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// A text of this word again and again, of any length from a few bytes to several pages.
    fn text(&mut self, word: &str) -> String {
        let longest = [3, 30, 300, 2_000][usize::try_from(self.below(4)).unwrap()];
        let times = 1 + usize::try_from(self.below(longest)).unwrap();
        format!("{} {}", self.below(1 << 40), format!("{word} ").repeat(times))
    }
}

/// Edits of all lengths, of somebody a hundred times and of others among them, so that pages are filled,
/// split and rearranged.
pub(crate) fn live(store: &SqliteStore, mut person: Record, random: &mut Random) -> Record {
    let mut others: Vec<Record> = (0..60)
        .map(|n| apply(store, Sample::creation(format!("lead-{n}-other")).with("email", "bob")))
        .collect();
    for _ in 0..100 {
        for (name, word) in [("email", MARK), ("note", MARK)] {
            person = apply(store, Sample::edit(&person, name, random.text(word)));
        }
        person = apply(store, Sample::mv(&person, "contacted").with_effects(1));
        let at = usize::try_from(random.below(60)).unwrap();
        others[at] = apply(store, Sample::edit(&others[at], "email", random.text("else")));
    }
    person
}

#[test]
fn nothing_is_left_of_somebody_erased() {
    for seed in 1..4 {
        let folder = Folder::new();
        let store = folder.store("crm.db");
        let person = somebody(&store);
        let person = live(&store, person, &mut Random::new(seed));
        assert!(traces(&folder) > 100, "there is something to erase");
        let erased = erase(&store, &person);
        assert_eq!(traces(&folder), 0, "with seed {seed}");
        let rows = store.history("acme", "lead-1", 0, 1_000).unwrap();
        assert_eq!(rows.len(), 302);
        verify(&erased.record, &rows).unwrap();
        let other = store.load("acme", &["lead-7-other"]).unwrap().remove(0).unwrap();
        verify(&other, &store.history("acme", "lead-7-other", 0, 1_000).unwrap()).unwrap();
        let again = folder.store("crm.db");
        assert_eq!(again.load("acme", &["lead-1"]).unwrap(), [Some(erased.record)]);
    }
}

#[test]
fn a_reader_of_an_older_state_keeps_the_log_until_it_is_gone() {
    let folder = Folder::new();
    let options = Options::new().busy_timeout(Duration::from_millis(40));
    let store = SqliteStore::open_with(folder.file("crm.db"), &options).unwrap();
    let person = somebody(&store);
    let reader = Connection::open(folder.file("crm.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM records").unwrap();
    let change = erasure(&person);
    let commit = || store.commit("acme", std::slice::from_ref(&change), CommitMode::PerItem);
    let error = commit().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Busy);
    assert!(error.to_string().contains("the erasure is committed, but"), "{error}");
    assert!(error.to_string().contains("somebody else reads"), "{error}");
    assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [Some(change.record.clone())], "it is committed");
    assert!(traces(&folder) > 0);
    assert_eq!(commit().unwrap_err().kind(), StoreErrorKind::Busy, "and is not done when asked again");
    apply(&store, Sample::creation("lead-2"));
    drop(reader);
    let outcomes = commit().unwrap();
    assert_eq!(outcomes, [CommitOutcome::Duplicate(Box::new(change.row.clone()))], "S14");
    assert_eq!(traces(&folder), 0);
}

#[test]
fn others_in_the_transaction_do_not_hear_of_a_log_that_is_kept() {
    let folder = Folder::new();
    let options = Options::new().busy_timeout(Duration::from_millis(40));
    let store = SqliteStore::open_with(folder.file("crm.db"), &options).unwrap();
    let person = somebody(&store);
    let reader = Connection::open(folder.file("crm.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM records").unwrap();
    let barrier = Barrier::new(9);
    thread::scope(|scope| {
        let others: Vec<_> = (0..8)
            .map(|n| {
                let (store, barrier) = (&store, &barrier);
                scope.spawn(move || {
                    let creation = Sample::creation(format!("other-{n}")).sealed();
                    barrier.wait();
                    store.commit("acme", &[creation], CommitMode::PerItem).unwrap()
                })
            })
            .collect();
        let change = erasure(&person);
        barrier.wait();
        let error = store.commit("acme", &[change], CommitMode::PerItem).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Busy);
        for other in others {
            assert_eq!(other.join().unwrap(), [CommitOutcome::Applied]);
        }
    });
    drop(reader);
    store.sweep().unwrap();
    assert_eq!(traces(&folder), 0);
}

/// Erases in a transaction past the store, so that nothing is swept: as if the store's process had died
/// right after its commit.
fn erase_and_die(folder: &Folder, person: &Record) -> Connection {
    let mut host = Connection::open(folder.file("crm.db")).unwrap();
    let transaction = host.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let outcome = SqliteStore::commit_in(&transaction, "acme", &erasure(person)).unwrap();
    assert_eq!(outcome, CommitOutcome::Applied);
    transaction.commit().unwrap();
    host
}

#[test]
fn a_host_sweeps_after_its_own_transaction() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    let person = somebody(&store);
    let host = erase_and_die(&folder, &person);
    assert!(traces(&folder) > 0);
    store.sweep().unwrap();
    assert_eq!(traces(&folder), 0);
    drop(host);
}

#[test]
fn opening_sweeps_what_a_crash_left() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    let person = somebody(&store);
    let host = erase_and_die(&folder, &person);
    let again = folder.store("crm.db");
    assert_eq!(traces(&folder), 0);
    let before = fs::metadata(folder.file("crm.db-wal")).unwrap().len();
    again.sweep().unwrap();
    drop(folder.store("crm.db"));
    assert_eq!(fs::metadata(folder.file("crm.db-wal")).unwrap().len(), before, "once is enough");
    drop((store, host));
}

#[test]
fn nothing_is_swept_where_nothing_is_erased() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    let person = somebody(&store);
    let batch = [erasure(&person), Sample::creation("lead-1").sealed()];
    store.commit("acme", &batch, CommitMode::Atomic).unwrap();
    assert!(traces(&folder) > 0, "it was rolled back");
    let raw = Connection::open(folder.file("crm.db")).unwrap();
    let marks = "SELECT count(*) FROM lifestage_meta WHERE name = 'sweep'";
    assert_eq!(raw.query_row(marks, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [Some(person)]);
}

#[test]
fn a_file_of_an_older_version_keeps_nothing_either() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(include_str!("../../src/schema/1.sql")).unwrap();
    raw.execute_batch(include_str!("../../src/schema/2.sql")).unwrap();
    raw.execute_batch("INSERT INTO lifestage_meta VALUES ('schema', '2')").unwrap();
    let insert =
        "INSERT INTO records (tenant, id, pipeline, stage, version, seq, visit, definition, head, fields)
        VALUES ('acme', ?1, 'leads', 'new', 1, 1, 1, 1, zeroblob(32), ?2)";
    let mut random = Random::new(9);
    for n in 0..50 {
        raw.execute(insert, [format!("gone-{n}"), format!("{{\"name\": \"{}\"}}", random.text(MARK))])
            .unwrap();
    }
    raw.execute_batch("DELETE FROM records").unwrap();
    drop(raw);
    assert!(traces(&folder) > 0, "it left what it deleted");
    let store = folder.store("crm.db");
    let person = somebody(&store);
    erase(&store, &person);
    assert_eq!(traces(&folder), 0);
}
