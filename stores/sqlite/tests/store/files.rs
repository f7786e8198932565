//! Files as they are found: kept, foreign, damaged, forbidden.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use lifestage::journal::verify;
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, CommitOutcome, FeedCursor, Reader, Store, StoreError, StoreErrorKind};
use lifestage_sqlite::{Durability, Options, SqliteStore};
use rusqlite::Connection;

use crate::folder::Folder;

pub(crate) fn refused(path: &Path) -> StoreError {
    let error = SqliteStore::open(path).expect_err("it is not to be opened");
    let message = error.to_string();
    assert!(message.contains(&path.display().to_string()), "it names the file: {message}");
    error
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let folder = Folder::new();
    let creation = Sample::creation("lead-1").with("email", "ada@example.com").with_effects(2).sealed();
    let store = folder.store("crm.db");
    let outcomes = store.commit("acme", std::slice::from_ref(&creation), CommitMode::PerItem).unwrap();
    assert_eq!(outcomes, [CommitOutcome::Applied]);
    drop(store);
    assert!(!folder.file("crm.db-wal").exists(), "the last handle takes the log back into the file");
    let store = folder.store("crm.db");
    assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [Some(creation.record.clone())]);
    assert_eq!(store.effects("acme", "lead-1", 1).unwrap(), creation.effects);
    let mv = Sample::mv(&creation.record, "contacted").sealed();
    store.commit("acme", std::slice::from_ref(&mv), CommitMode::PerItem).unwrap();
    let rows = store.history("acme", "lead-1", 0, 9).unwrap();
    assert_eq!(rows, [creation.row, mv.row]);
    verify(&mv.record, &rows).unwrap();
}

#[test]
fn a_clone_keeps_the_store_open() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    let clone = store.clone();
    drop(store);
    let creation = Sample::creation("lead-1").sealed();
    assert_eq!(clone.commit("acme", &[creation], CommitMode::PerItem).unwrap(), [CommitOutcome::Applied]);
    drop(clone);
    assert!(!folder.file("crm.db-wal").exists());
}

#[test]
fn feed_positions_are_never_given_twice() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    store.commit("acme", &[Sample::creation("lead-1").sealed()], CommitMode::PerItem).unwrap();
    let [(first, _)] = &store.feed("acme", FeedCursor::START, 9).unwrap()[..] else { panic!("one row") };
    drop(store);
    let raw = Connection::open(folder.file("crm.db")).unwrap();
    raw.execute_batch("DELETE FROM journal; DELETE FROM records").unwrap();
    drop(raw);
    let store = folder.store("crm.db");
    store.commit("acme", &[Sample::creation("lead-2").sealed()], CommitMode::PerItem).unwrap();
    assert_eq!(store.feed("acme", *first, 9).unwrap().len(), 1, "a cursor outlives an emptied table");
}

#[test]
fn durability_is_an_option() {
    let folder = Folder::new();
    let options = Options::new().durability(Durability::Normal).readers(0);
    let store = SqliteStore::open_with(folder.file("crm.db"), &options).unwrap();
    store.commit("acme", &[Sample::creation("lead-1").sealed()], CommitMode::PerItem).unwrap();
    assert_eq!(store.counts("acme", "leads").unwrap().len(), 1);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    let path = folder.file("leads.csv");
    let content = "id,email\n1,ada@example.com\n".repeat(100);
    fs::write(&path, &content).unwrap();
    let error = refused(&path);
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("it is not a SQLite database"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), content);
}

#[test]
fn a_directory_is_refused() {
    let folder = Folder::new();
    assert_eq!(refused(folder.path()).kind(), StoreErrorKind::Io);
    let nowhere = folder.file("no/such/directory/crm.db");
    let error = refused(&nowhere);
    assert_eq!(error.kind(), StoreErrorKind::Io);
    assert!(error.to_string().contains("its directory exists"), "{error}");
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let folder = Folder::new();
    let path = folder.file("other.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE records (title TEXT)").unwrap();
    let error = refused(&path);
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("another program's database, with a `records` of its own"), "{error}");
    let raw = Connection::open(&path).unwrap();
    let tables: i64 = raw.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1, "nothing was added");
}

#[test]
fn a_database_without_our_names_is_shared() {
    let folder = Folder::new();
    let path = folder.file("host.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE invoices (id INTEGER)").unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [None]);
}

#[test]
fn a_damaged_row_is_named() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    store.commit("acme", &[Sample::creation("lead-1").sealed()], CommitMode::PerItem).unwrap();
    let raw = Connection::open(folder.file("crm.db")).unwrap();
    raw.execute_batch("UPDATE journal SET kind = 'teleport', hash = x'00'").unwrap();
    raw.execute_batch("UPDATE records SET memory = '{\"visits\": 7}'").unwrap();
    let error = store.history("acme", "lead-1", 0, 9).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("column `kind` does not hold a known word"), "{error}");
    let error = store.load("acme", &["lead-1"]).unwrap_err();
    assert!(error.to_string().contains("column `memory`"), "{error}");
}

#[test]
fn only_an_existing_file_of_a_store_is_opened_where_that_is_asked() {
    let folder = Folder::new();
    let open = |name: &str| SqliteStore::open_with(folder.file(name), &Options::new().existing());
    let error = open("none.db").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Io, "{error}");
    assert!(!folder.file("none.db").exists());

    let other = Connection::open(folder.file("other.db")).unwrap();
    other.execute_batch("CREATE TABLE invoices (id)").unwrap();
    drop(other);
    let before = fs::read(folder.file("other.db")).unwrap();
    let error = open("other.db").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().ends_with("it has no tables of lifestage"), "{error}");
    assert_eq!(fs::read(folder.file("other.db")).unwrap(), before, "it is left as it was");

    drop(folder.store("crm.db"));
    open("crm.db").unwrap();
}

/// Set for the copy of this test that runs as a user without rights.
const FORBIDDEN: &str = "LIFESTAGE_TEST_FORBIDDEN";

#[test]
fn what_may_not_be_written_is_refused() {
    if let Some(folder) = std::env::var_os(FORBIDDEN) {
        let folder = Path::new(&folder);
        let error = refused(&folder.join("crm.db"));
        assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}");
        assert!(error.to_string().contains("it is read-only"), "{error}");
        let existing = Options::new().existing();
        let error = SqliteStore::open_with(folder.join("crm.db"), &existing).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}");
        let error = refused(&folder.join("new.db"));
        assert_eq!(error.kind(), StoreErrorKind::Io, "{error}");
        return;
    }
    let folder = Folder::new();
    let path = folder.file("crm.db");
    drop(SqliteStore::open(&path).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // The owner of everything may write everything, so another user has to try.
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "files::what_may_not_be_written_is_refused"]).env(FORBIDDEN, folder.path());
    if fs::write(folder.file("probe"), "").is_ok() {
        command.uid(65_534);
    }
    let output = command.output().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
