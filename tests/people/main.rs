//! People: whose record it is, conversion, duplicates, trash, timeline, erasure, companies. SEMANTICS S20, S44,
//! S56 to S61, on each store that ships.

mod asked_again;
mod claims;
mod companies;
mod conversion;
mod deals;
mod erasure;
mod faults;
mod forms;
mod guards;
mod merging;
mod past;
mod paths;
mod permits;
mod pools;
mod property;
mod races;
mod timeline;
mod trash;
mod watched;

use std::sync::Barrier;
use std::thread;

use lifestage::migration::StageMap;
use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{
    Act, Actor, Answer, Conversion, Converted, Converting, Creation, Merging, Pipeline, ReasonCode, Receipt,
    Record, Refusal, Timestamp, Workspace, presets,
};
use lifestage_sqlite::SqliteStore;

const LEADS: &str = "lead";
const CUSTOMERS: &str = "life_stages";
const DEALS: &str = "deals";

fn at(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + hour * 3_600)
}

/// May do everything everywhere.
fn olga() -> Actor {
    Actor::new("olga").with_role("owner").with_role("admin")
}

fn sales(id: &str) -> Actor {
    Actor::new(id).with_role("sales")
}

fn manager() -> Actor {
    Actor::new("mia").with_role("manager")
}

/// The lead pipeline of the preset, whose leads become customers and start deals.
fn leads(conversion: serde_json::Value) -> Pipeline {
    let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    document["conversion"] = conversion;
    Pipeline::from_json(&document.to_string()).unwrap()
}

fn deals() -> Pipeline {
    let all = [
        "create",
        "view",
        "move",
        "edit_fields",
        "publish",
        "configure_catalog",
        "delete_contact",
        "merge",
        "migrate",
    ];
    let document = serde_json::json!({
        "id": DEALS, "name": "Deals", "record_kind": "deal",
        "fields": { "name": "string", "value": "int" },
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" },
        ],
        "stages": [
            { "id": "talk", "name": "Talk", "category": "open", "default": true },
            { "id": "parked", "name": "Parked", "category": "open" },
            { "id": "signed", "name": "Signed", "category": "won" },
        ],
        "policy": { "free": true },
        "roles": {
            "owner": { "name": "Owner", "can": all },
            "sales": { "name": "Sales", "can": ["create", "view", "move"] },
            "closer": { "name": "Closer", "can": ["create", "view", "move"] },
        },
    });
    Pipeline::from_json(&document.to_string()).unwrap()
}

fn usual() -> serde_json::Value {
    serde_json::json!({ "into": CUSTOMERS, "stage": "customer", "deals": DEALS })
}

/// A tenant with leads, customers and deals.
fn crm<S: Store + Reader>(store: S) -> Workspace<S> {
    crm_with(store, usual())
}

fn crm_with<S: Store + Reader>(store: S, conversion: serde_json::Value) -> Workspace<S> {
    let crm = Workspace::open(store, "acme").unwrap();
    let customers = Pipeline::from_json(presets::LIFE_STAGES).unwrap();
    for pipeline in [customers, deals(), leads(conversion)] {
        crm.publish(&pipeline, &olga(), at(0)).unwrap();
    }
    crm
}

/// A map for whoever is new among the leads.
fn elsewhere() -> StageMap {
    StageMap::new().with("new", "subscriber").with("contacted", "lead").with("none", "new")
}

fn lead(id: &str) -> Record {
    Record::new(id).in_pipeline(LEADS)
}

fn customer(id: &str) -> Record {
    Record::new(id).in_pipeline(CUSTOMERS)
}

#[track_caller]
fn done(answer: Answer) -> Receipt {
    answer.receipt().unwrap_or_else(|| panic!("{answer:?}")).clone()
}

#[track_caller]
fn refusal(answer: &Answer) -> &Refusal {
    answer.refusal().unwrap_or_else(|| panic!("{answer:?}"))
}

#[track_caller]
fn codes(answer: &Answer) -> Vec<ReasonCode> {
    refusal(answer).codes().collect()
}

#[track_caller]
fn add<S: Store + Reader>(crm: &Workspace<S>, record: Record) -> Record {
    done(crm.create(record, &Creation::new(), &olga(), at(0)).unwrap()).record().clone()
}

#[track_caller]
fn get<S: Store + Reader>(crm: &Workspace<S>, id: &str) -> Record {
    crm.record(id).unwrap().unwrap_or_else(|| panic!("no record `{id}`"))
}

#[track_caller]
fn converted(converting: Converting) -> Converted {
    match converting {
        Converting::Done(converted) => converted,
        Converting::Refused(refusal) => panic!("{refusal:?}"),
    }
}

#[track_caller]
fn not_converted(converting: Converting) -> Refusal {
    match converting {
        Converting::Refused(refusal) => refusal,
        done => panic!("{done:?}"),
    }
}

#[track_caller]
fn convert<S: Store + Reader>(crm: &Workspace<S>, lead: &str, hour: i64) -> Converted {
    converted(crm.convert(lead, &Conversion::new(), &olga(), at(hour)).unwrap())
}

#[track_caller]
fn merge<S: Store + Reader>(crm: &Workspace<S>, head: &str, tail: &str, hour: i64) {
    let merging = crm.merge(head, tail, &Act::new(), &olga(), at(hour)).unwrap();
    assert!(matches!(merging, Merging::Done { .. }), "{merging:?}");
}

#[track_caller]
fn not_merged(merging: Merging) -> Refusal {
    match merging {
        Merging::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// Every journal of every pipeline holds (S44, S45), and no record was lost or doubled.
#[track_caller]
fn assert_sound<S: Store + Reader>(crm: &Workspace<S>) {
    for pipeline in [LEADS, CUSTOMERS, DEALS] {
        assert_eq!(crm.verify_all(pipeline, |_| {}).unwrap().faults, [], "{pipeline}");
    }
}

/// So many threads begin at once; what each came to, in order.
fn race<T: Send>(threads: usize, one: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    let (barrier, one) = (&barrier, &one);
    thread::scope(|scope| {
        let start = |n| {
            scope.spawn(move || {
                barrier.wait();
                one(n)
            })
        };
        let threads: Vec<_> = (0..threads).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Runs a test on every store.
macro_rules! on_every_store {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $test() { super::$test(&crate::crm(crate::MemoryStore::new())); })*
        }
        mod sqlite {
            $(#[test] fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let store = crate::SqliteStore::open(folder.path().join("crm.db")).unwrap();
                super::$test(&crate::crm(store));
            })*
        }
    };
}
use on_every_store;
