//! What a move sets in motion: SEMANTICS S13, S46 to S54, on each store that ships.

mod actions;
mod automation;
mod bounded;
mod called_off;
mod catching_up;
mod delivery;
mod four_eyes;
mod hostile;
mod passages;
mod planning;
mod property;
mod tasks;

use lifestage::outbox::{EffectState, Entry, OutboxQuery};
use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{
    Actor, Answer, Creation, Edit, Effect, Pipeline, Receipt, Record, Refusal, Request, Timestamp, Worker,
    Workspace,
};
use lifestage_sqlite::SqliteStore;

/// Monday, 2 March 2026, 09:00 in UTC, and so many minutes.
fn at(minutes: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + minutes * 60)
}

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

fn sam() -> Actor {
    Actor::new("sam").with_role("rep")
}

fn ada() -> Actor {
    Actor::new("ada").with_role("admin")
}

/// Stages `new`, `talk`, `offer` (open), `won`, `lost`, freely walked, with whatever `more` says besides.
fn document(more: serde_json::Value) -> serde_json::Value {
    let mut document = serde_json::json!({
        "id": "deals", "name": "Deals",
        "fields": {
            "name": "string", "email": "string", "phone": "string", "budget": "int", "zone": "string"
        },
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" },
            { "id": "lost", "name": "Lost", "outcome": "lost" },
        ],
        "stages": [
            { "id": "new", "name": "New", "category": "open", "default": true },
            { "id": "talk", "name": "Talk", "category": "open" },
            { "id": "offer", "name": "Offer", "category": "open" },
            { "id": "won", "name": "Won", "category": "won" },
            { "id": "lost", "name": "Lost", "category": "lost" },
        ],
        "policy": { "free": true, "moves": [
            { "id": "talk", "label": "Talk", "from": ["new", "offer"], "to": "talk" },
            { "id": "offer", "label": "Offer", "from": ["new", "talk"], "to": "offer" },
            { "id": "drop", "label": "Drop", "from": "any_open", "to": "lost" },
            { "id": "ping", "label": "Ping", "from": { "stage": "talk", "kind": "internal" }, "to": "talk" },
        ] },
        "roles": {
            "rep": { "can": ["create", "view", "act", "move", "edit_fields", "edit_contact", "correct", "delete_contact"] },
            "closer": { "can": ["view"] },
            "admin": { "inherits": ["rep"], "can": [
                "publish", "force", "migrate", "merge", "erase", "configure_catalog", "assign", "reassign", "import"
            ] },
        },
    });
    for (key, value) in more.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

fn pipeline(more: serde_json::Value) -> Pipeline {
    Pipeline::from_json(&document(more).to_string()).unwrap_or_else(|error| panic!("{error}"))
}

/// The same, with these actions on stage `talk`.
fn with_actions(actions: serde_json::Value) -> Pipeline {
    let mut document = document(serde_json::json!({}));
    document["stages"][1]["actions"] = actions;
    Pipeline::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

fn crm<S: Store + Reader>(store: S, pipeline: &Pipeline) -> Workspace<S> {
    let crm = Workspace::open(store, "acme").unwrap();
    crm.publish(pipeline, &ada(), at(-1)).unwrap();
    crm
}

fn contact(id: &str) -> Record {
    Record::new(id).with("name", "Mo").with("email", "mo@example.com")
}

#[track_caller]
fn done(answer: Answer) -> Receipt {
    match answer {
        Answer::Done(receipt) => receipt,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(answer: Answer) -> Refusal {
    match answer {
        Answer::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn create<S: Store + Reader>(crm: &Workspace<S>, record: Record, stage: &str, now: Timestamp) -> Receipt {
    done(crm.create(record, &Creation::in_stage(stage), &sam(), now).unwrap())
}

#[track_caller]
fn mv<S: Store + Reader>(crm: &Workspace<S>, id: &str, to: &str, now: Timestamp) -> Receipt {
    done(crm.submit(id, &Request::to(to), &sam(), now).unwrap())
}

#[track_caller]
fn set<S: Store + Reader>(crm: &Workspace<S>, id: &str, edit: &Edit, now: Timestamp) -> Receipt {
    done(crm.edit(id, edit, &sam(), now).unwrap())
}

fn stage<S: Store + Reader>(crm: &Workspace<S>, id: &str) -> String {
    crm.record(id).unwrap().unwrap().stage().unwrap().to_owned()
}

/// Every effect of a record with how far it has come.
fn entries<S: Store + Reader>(crm: &Workspace<S>, id: &str) -> Vec<Entry> {
    let page = crm.outbox(&OutboxQuery::of(id, 10_000)).unwrap();
    assert_eq!(page.next, None);
    let mut entries = page.entries;
    entries.sort_by_key(|entry| (entry.effect.seq, entry.effect.index));
    entries
}

fn states<S: Store + Reader>(crm: &Workspace<S>, id: &str) -> Vec<(String, EffectState)> {
    entries(crm, id).into_iter().map(|entry| (entry.effect.action.to_string(), entry.state)).collect()
}

fn named(effects: &[Effect]) -> Vec<(&str, &str)> {
    effects.iter().map(|effect| (effect.action.as_str(), effect.kind.name())).collect()
}

/// Runs the same test on each store.
fn on_each_store(pipeline: &Pipeline, test: impl Fn(&Workspace<&dyn Both>)) {
    test(&crm(&MemoryStore::new() as &dyn Both, pipeline));
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("crm.db")).unwrap();
    test(&crm(&store as &dyn Both, pipeline));
}

trait Both: Store + Reader {}

impl<S: Store + Reader> Both for S {}

/// Delivers nothing but what the engine sees to itself.
fn run<S: Store + Reader>(crm: &Workspace<S>, now: Timestamp) -> lifestage::Round {
    Worker::new(crm).run_once(now).unwrap()
}
