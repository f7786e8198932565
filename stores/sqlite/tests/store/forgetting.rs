//! A person is forgotten by way of the workspace, and somebody else reads meanwhile (S14, S44).

use std::time::Duration;

use lifestage::journal::RowKind;
use lifestage::store::{Store, StoreErrorKind};
use lifestage::{
    Act, Activity, Actor, Answer, Creation, Edit, Erasure, Pipeline, Record, Timestamp, Workspace,
    WorkspaceError, presets,
};
use lifestage_sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::erasure::{MARK, traces};
use crate::folder::Folder;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + hour * 3_600)
}

fn olga() -> Actor {
    Actor::new("olga").with_role("owner")
}

/// A lead whose fields and history hold the mark.
fn crm(folder: &Folder) -> Workspace<SqliteStore> {
    let options = Options::new().busy_timeout(Duration::from_millis(40));
    let crm =
        Workspace::open(SqliteStore::open_with(folder.file("crm.db"), &options).unwrap(), "acme").unwrap();
    crm.publish(&Pipeline::from_json(presets::LEAD).unwrap(), &olga(), at(0)).unwrap();
    let lead = Record::new("lead-1").with("name", MARK).with("email", format!("{MARK}@x.org").to_lowercase());
    done(crm.create(lead, &Creation::new(), &olga(), at(0)).unwrap());
    done(crm.edit("lead-1", &Edit::new().set("notes", MARK), &olga(), at(1)).unwrap());
    done(crm.log("lead-1", &Activity::call(MARK), &olga(), at(1)).unwrap());
    assert!(traces(folder) > 0, "there is something to erase");
    crm
}

#[track_caller]
fn done(answer: Answer) -> lifestage::Receipt {
    answer.receipt().unwrap_or_else(|| panic!("{answer:?}")).clone()
}

fn erasures(crm: &Workspace<SqliteStore>) -> usize {
    crm.history("lead-1").unwrap().iter().filter(|row| row.kind == RowKind::Erasure).count()
}

fn reader(folder: &Folder) -> Connection {
    let reader = Connection::open(folder.file("crm.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM records").unwrap();
    reader
}

#[track_caller]
fn unswept(result: Result<Answer, WorkspaceError>) {
    let error = result.unwrap_err();
    assert!(error.to_string().contains("the erasure is committed, but"), "{error}");
    let WorkspaceError::Store(store) = error else { panic!("{error}") };
    assert_eq!(store.kind(), StoreErrorKind::Busy);
}

#[test]
fn asked_again_when_the_reader_is_gone_nothing_is_left() {
    let folder = Folder::new();
    let crm = crm(&folder);
    let version = crm.record("lead-1").unwrap().unwrap().version();
    let erasure = Erasure::of_everything().with_key("request-17").expecting_version(version);
    let erase = |hour| crm.erase("lead-1", &erasure, &olga(), at(hour));
    let reader = reader(&folder);
    unswept(erase(2));
    assert_eq!(crm.record("lead-1").unwrap().unwrap().contact().name(), None, "it is committed");
    assert!(traces(&folder) > 0, "and not yet out of the file");
    unswept(erase(3));
    drop(reader);
    let receipt = done(erase(4).unwrap());
    assert_eq!((receipt.is_repeated(), receipt.row().kind), (true, RowKind::Erasure));
    assert_eq!(traces(&folder), 0);
    assert_eq!(erasures(&crm), 1);
    assert_eq!(crm.verify("lead-1").unwrap(), None);
}

#[test]
fn asked_again_after_the_role_is_gone_and_the_record_was_changed() {
    let folder = Folder::new();
    let crm = crm(&folder);
    let erasure = Erasure::of_everything().with_key("request-17");
    let reader = reader(&folder);
    unswept(crm.erase("lead-1", &erasure, &olga(), at(2)));
    done(crm.trash("lead-1", &Act::new(), &olga(), at(3)).unwrap());
    drop(reader);
    let receipt = done(crm.erase("lead-1", &erasure, &Actor::new("olga"), at(4)).unwrap());
    assert!(receipt.is_repeated(), "what was done is told, and done whole");
    assert_eq!((traces(&folder), erasures(&crm)), (0, 1));
    assert_eq!(crm.store().receipt("acme", "request-17").unwrap().as_ref(), Some(receipt.row()));
}

#[test]
fn without_a_key_too_nothing_is_left() {
    let folder = Folder::new();
    let crm = crm(&folder);
    let erase = |hour| crm.erase("lead-1", &Erasure::of_everything(), &olga(), at(hour));
    let reader = reader(&folder);
    unswept(erase(2));
    drop(reader);
    done(erase(3).unwrap());
    assert_eq!((traces(&folder), erasures(&crm)), (0, 2), "it was asked for twice");
    assert_eq!(crm.verify("lead-1").unwrap(), None);
}

#[test]
fn with_a_key_it_is_one_row_where_nothing_is_wrong() {
    let folder = Folder::new();
    let crm = crm(&folder);
    let erasure = Erasure::of_everything().with_key("request-17").because("asked for by letter");
    let first = done(crm.erase("lead-1", &erasure, &olga(), at(2)).unwrap());
    assert_eq!(traces(&folder), 0);
    for hour in 3..6 {
        let again = done(crm.erase("lead-1", &erasure, &olga(), at(hour)).unwrap());
        assert_eq!((again.is_repeated(), again.row()), (true, first.row()));
    }
    assert_eq!(erasures(&crm), 1);
    let other = Erasure::keeping(["source"]).with_key("request-17");
    let refused = crm.erase("lead-1", &other, &olga(), at(7)).unwrap();
    assert!(refused.refusal().is_some(), "the key stands for another erasure: {refused:?}");
}
