//! Clocks read what they need of a journal, however long it is (S49, S54).

use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::journal::Row;
use lifestage::outbox::{OutboxPage, OutboxQuery};
use lifestage::store::{MemoryStore, Reader, RowQuery, Store, StoreError};
use lifestage::{Activity, EffectKind, Handled, Timestamp, Worker, Workspace, pass_on};
use lifestage_sqlite::SqliteStore;
use serde_json::json;

use crate::{Both, DAY, HOUR, at, contact, create, crm, document, done, mv, pipeline, run, sam, stage};

/// A store that counts the rows and effects it hands out.
struct Counted<S> {
    store: S,
    read: AtomicUsize,
}

impl<S> Counted<S> {
    fn counting<T>(&self, all: Vec<T>) -> Vec<T> {
        self.read.fetch_add(all.len(), Ordering::Relaxed);
        all
    }
}

impl<S: Store> Store for Counted<S> {
    pass_on!(self => self.store; load, commit, publish, begin_migration, finish_migration, receipt, claim, settle);
}

impl<S: Reader> Reader for Counted<S> {
    pass_on!(self => self.store; published, publication, publications, migrations, effects, page, linked, counts, find,
        entry, tasks, next_ready, queue, feed);

    fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        Ok(self.counting(self.store.history(tenant, record, after, limit)?))
    }

    fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError> {
        Ok(self.counting(self.store.rows(tenant, record, query)?))
    }

    fn outbox(&self, tenant: &str, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        let page = self.store.outbox(tenant, query)?;
        Ok(OutboxPage { entries: self.counting(page.entries), ..page })
    }
}

fn on_each_counted(pipeline: &lifestage::Pipeline, test: impl Fn(&Workspace<Counted<&dyn Both>>)) {
    let counted = |store| Counted { store, read: AtomicUsize::new(0) };
    let memory = MemoryStore::new();
    test(&crm(counted(&memory as &dyn Both), pipeline));
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("crm.db")).unwrap();
    test(&crm(counted(&store as &dyn Both), pipeline));
}

#[test]
fn a_long_life_is_not_read_to_know_of_the_present_stay() {
    let mut document = document(json!({
        "automation": [{ "id": "park", "on": { "idle": "10d" }, "in": ["talk"], "move": "drop" }],
        "sla": [{ "id": "answer", "name": "Answer", "in": ["talk"], "within": "4h", "met_by": ["call", "message"] }],
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "new",
            "messages": [{ "id": "hello", "channel": "email", "subject": "S", "body": "B" }] }],
    }));
    document["stages"][1]["idle"] = "2d".into();
    let pipeline =
        lifestage::Pipeline::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"));
    on_each_counted(&pipeline, |crm| {
        create(crm, contact("a"), "new", at(0));
        let mailer = Worker::new(crm)
            .on(EffectKind::SendEmail, |_: &lifestage::outbox::Delivery| Ok(Handled::Delivered))
            .on(EffectKind::Sla, |_: &lifestage::outbox::Delivery| Ok(Handled::Delivered));
        for turn in 0..150 {
            done(crm.log("a", &Activity::note(format!("Note {turn}")), &sam(), at(turn)).unwrap());
            mv(crm, "a", "offer", at(turn));
            mv(crm, "a", "new", at(turn));
        }
        mailer.run_once(at(150)).unwrap();
        mv(crm, "a", "talk", at(HOUR * 3));
        done(crm.log("a", &Activity::note("The last"), &sam(), at(HOUR * 4)).unwrap());
        let read = || crm.store().read.swap(0, Ordering::Relaxed);
        // A page of rows, and what was delivered in the stay.
        let pages = 100 + 5;
        read();
        let clocks = crm.clocks("a", at(HOUR * 6)).unwrap();
        assert_eq!((clocks[0].started_at, clocks[0].due_at), (at(HOUR * 3), Some(at(HOUR * 7))));
        assert!(read() <= pages);
        let idle = crm.idle("a", at(HOUR * 4 + 3 * DAY)).unwrap();
        assert_eq!(idle.map(|idle| idle.as_micros()), Some(DAY * 60_000_000));
        assert!(read() <= pages);
        assert_eq!(mailer.run_once(at(HOUR * 7)).unwrap().delivered, 1, "the promise ran out");
        assert!(read() <= pages);
        assert_eq!(run(crm, at(HOUR * 3 + 10 * DAY + 1)).idle, 1, "S54: something happened since");
        assert!(read() <= pages);
        assert_eq!(run(crm, at(HOUR * 4 + 10 * DAY + 1)).moved, 1);
        assert_eq!(stage(crm, "a"), "lost");
    });
}

#[test]
fn what_is_read_tells_the_same_as_all_there_is() {
    let promise = |id: &str, stages: serde_json::Value, more: serde_json::Value| {
        let mut promise = json!({ "id": id, "name": id, "in": stages, "within": "5h" });
        for (key, value) in more.as_object().unwrap() {
            promise[key] = value.clone();
        }
        promise
    };
    let pipeline = pipeline(json!({ "sla": [
        promise("talk", json!(["talk"]), json!({ "met_by": ["call"] })),
        promise("both", json!(["talk", "offer"]), json!({})),
        promise("open", json!(["any_open"]), json!({ "paused_in": ["offer"], "met_by": ["message", "note"] })),
        promise("never", json!(["won"]), json!({})),
    ], "workflows": [{ "id": "flow", "name": "Flow", "stage": "offer",
        "messages": [{ "id": "hello", "channel": "email", "subject": "S", "body": "B" }] }] }));
    on_each_counted(&pipeline, |crm| {
        create(crm, contact("a"), "new", at(0));
        let mailer = Worker::new(crm)
            .on(EffectKind::SendEmail, |_: &lifestage::outbox::Delivery| Ok(Handled::Delivered));
        let mut sent: Vec<Timestamp> = Vec::new();
        let ways = ["talk", "offer", "lost", "new", "talk", "lost", "offer", "talk", "new"];
        for (hour, to) in (1..).zip(ways) {
            mv(crm, "a", to, at(hour * HOUR));
            if mailer.run_once(at(hour * HOUR + 20)).unwrap().delivered > 0 {
                sent.push(at(hour * HOUR + 20));
            }
            let said = if hour % 3 == 0 { Activity::call("Hello") } else { Activity::email("Hello") };
            done(crm.log("a", &said, &sam(), at(hour * HOUR + 40)).unwrap());
        }
        assert_eq!(sent.len(), 2);
        let (record, rows) = (crm.record("a").unwrap().unwrap(), crm.history("a").unwrap());
        let judge = crm.pipeline("deals").unwrap();
        for half in 0..24 {
            let as_of = at(half * HOUR / 2);
            assert_eq!(
                crm.clocks("a", as_of).unwrap(),
                judge.clocks(&record, &rows, &sent, as_of),
                "{as_of}"
            );
        }
    });
}
