//! A store behind JSON is as good as any: the contract holds through the calls by name.

use std::sync::Arc;

use lifestage::store::contract::{self, Full};
use lifestage::store::{MemoryStore, Reader, Store, StoreError, StoreErrorKind};
use lifestage_sqlite::SqliteStore;
use lifestage_wire::{Host, HostStore, serve};

/// What a host in another language does, done in this one.
struct Behind(Arc<dyn Full>);

impl Host for Behind {
    fn answer(&self, method: &str, input: &str) -> Result<String, StoreError> {
        serve(&*self.0, method, input)
    }
}

#[test]
fn the_memory_store_keeps_the_contract_behind_json() {
    contract::run(|| HostStore(Behind(Arc::new(MemoryStore::new()))));
}

#[test]
fn sqlite_keeps_the_contract_behind_json() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0..;
    contract::run(|| {
        let path = folder.path().join(format!("{}.db", files.next().unwrap()));
        HostStore(Behind(Arc::new(SqliteStore::open(path).unwrap())))
    });
}

/// Answers every call with the same text.
struct Says(&'static str);

impl Host for Says {
    fn answer(&self, _: &str, _: &str) -> Result<String, StoreError> {
        Ok(self.0.to_owned())
    }
}

#[test]
fn an_answer_that_makes_no_sense_is_an_error() {
    let store = HostStore(Says("[null"));
    let error = store.load("acme", &["a"]).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert_eq!(
        error.to_string(),
        "the host's answer of `load` cannot be read: EOF while parsing a list at line 1 column 5"
    );

    let error = HostStore(Says("[null]")).load("acme", &["a", "b"]).unwrap_err();
    assert_eq!(error.to_string(), "the host's `load` gave 1 answers to 2");
}

#[test]
fn a_method_that_is_not_there_says_so() {
    let store = MemoryStore::new();
    let error = serve(&store, "drop_everything", r#"{"tenant": "acme"}"#).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    let error = serve(&store, "history", r#"{"tenant": "acme"}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`history`: `record`: invalid type: null, expected a string at line 1 column 4"
    );
    assert!(HostStore(Behind(Arc::new(store))).published("acme").unwrap().is_empty());
}
