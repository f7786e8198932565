//! What becomes of work when its record is converted, imported, undone while something failed, or merged (S13, S43, S49,
//! S57, S59, S60).

use lifestage::import::{ImportOptions, ImportSummary};
use lifestage::migration::{MapEntry, StageMap};
use lifestage::outbox::{Delivery, EffectState, TaskQuery, WorkState};
use lifestage::store::{Reader, Store};
use lifestage::{
    Act, CarryOut, CatchUp, CatchingUp, Conversion, Converting, EffectKind, Handled, HandlerError, Pipeline,
    Record, Span, Worker, Workspace,
};
use serde_json::{Value, json};

use crate::{
    DAY, HOUR, ada, at, contact, create, document, done, entries, mv, on_each_store, pipeline, run, sam,
    stage,
};

/// Record and action of each open task.
fn open<S: Store + Reader>(crm: &Workspace<S>) -> Vec<(String, String)> {
    let tasks = crm.tasks(&TaskQuery::open(99)).unwrap().entries;
    let mut open: Vec<_> = tasks
        .into_iter()
        .map(|task| (task.effect.record.to_string(), task.effect.action.to_string()))
        .collect();
    open.sort_unstable();
    open
}

fn named(record: &str, actions: &[&str]) -> Vec<(String, String)> {
    actions.iter().map(|action| (record.to_owned(), (*action).to_owned())).collect()
}

/// Work of a stage: a task with a reminder, one after it that stays, a message, a timed move, and something to book.
fn busy() -> Value {
    let mut document = document(json!({
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": [{ "id": "call", "title": "Call", "due": "1d", "remind": ["1h"] },
                      { "id": "file", "title": "File", "due": "9d", "after": "call", "stays": true }],
            "messages": [{ "id": "hello", "channel": "email", "subject": "S", "body": "B" }] }],
        "automation": [{ "id": "park", "on": { "after": "3d" }, "in": ["talk"], "move": "drop" }],
        "conversion": { "into": "customers" },
    }));
    document["stages"][1]["actions"] = json!([{ "id": "meet", "name": "Meet", "kind": "schedule_meeting" }]);
    document["roles"]["rep"]["can"].as_array_mut().unwrap().push("convert".into());
    document
}

fn lead(id: &str) -> Record {
    contact(id).in_pipeline("deals")
}

fn loaded(document: &Value) -> Pipeline {
    Pipeline::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

fn customers() -> Pipeline {
    pipeline(
        json!({ "id": "customers", "name": "Customers", "workflows": [{ "id": "begin", "name": "Begin", "stage": "new",
        "tasks": [{ "id": "welcome", "title": "Welcome", "due": "2d" }] }] }),
    )
}

fn converted(answer: Converting) -> lifestage::Converted {
    match answer {
        Converting::Done(done) => done,
        Converting::Refused(why) => panic!("{why}"),
    }
}

/// S33: a migration moves records and no more, unless an entry of its map asks for the effects.
#[test]
fn a_migration_sets_in_motion_what_its_map_asks_for() {
    let mut document = busy();
    document["stages"][0]["actions"] =
        json!([{ "id": "bye", "name": "Bye", "kind": "notify", "on": "exit" }]);
    on_each_store(&loaded(&document), |crm| {
        let along = |id: &str, entry: MapEntry| -> Vec<_> {
            create(crm, contact(id), "new", at(0));
            let map = StageMap::new().with_entry(entry);
            let moved = done(crm.transfer(id, "deals", &map, "tidy", &ada(), at(HOUR)).unwrap());
            moved.effects().iter().map(|effect| (effect.action.to_string(), effect.visit)).collect()
        };
        assert!(along("quiet", MapEntry::new("new", "talk")).is_empty());
        let named = ["bye", "flow/call", "flow/call", "flow/file", "flow/hello", "park"];
        let effects: Vec<_> = named.iter().map(|name| (*name).to_owned()).zip([1, 2, 2, 2, 2, 2]).collect();
        assert_eq!(along("loud", MapEntry::new("new", "talk").with_effects()), effects);
        assert_eq!(open(crm), self::named("loud", &["flow/call", "flow/file"]));
        assert_eq!(crm.verify("loud").unwrap(), None);
        // A stage of the same id in another pipeline is another stage: nobody leaves it.
        let mut elsewhere = document.clone();
        elsewhere["id"] = "others".into();
        elsewhere.as_object_mut().unwrap().remove("conversion");
        crm.publish(&loaded(&elsewhere), &ada(), at(HOUR)).unwrap();
        create(crm, contact("far").in_pipeline("deals"), "new", at(0));
        let map = StageMap::new().with_entry(MapEntry::new("new", "talk").with_effects());
        let moved = done(crm.transfer("far", "others", &map, "tidy", &ada(), at(HOUR)).unwrap());
        assert_eq!(moved.effects()[0].action, "flow/call");
    });
}

#[test]
fn a_conversion_that_keeps_the_stage_keeps_its_work() {
    on_each_store(&loaded(&busy()), |crm| {
        crm.publish(&customers(), &ada(), at(0)).unwrap();
        create(crm, lead("lead-1"), "talk", at(0));
        done(crm.carry_out("lead-1", &CarryOut::action("meet").with("host", "eva"), &sam(), at(1)).unwrap());
        let before = entries(crm, "lead-1");
        let done = converted(crm.convert("lead-1", &Conversion::new(), &sam(), at(2)).unwrap());
        assert_eq!((done.lead.stage(), done.moved), (Some("talk"), None), "S57");
        assert_eq!(entries(crm, "lead-1"), before, "the stay goes on, and so does its work");
        let customer = done.customer.id();
        let of_both =
            || [named("lead-1", &["flow/call", "flow/file", "meet"]), named(customer, &["begin/welcome"])];
        assert_eq!(open(crm), of_both().concat(), "the customer has the work of its own stage");
        // The lead is parked in its time all the same, which ends what belongs to the stay.
        assert_eq!(run(crm, at(3 * DAY)).moved, 1);
        assert_eq!(stage(crm, "lead-1"), "lost");
        let left = [named("lead-1", &["flow/file", "meet"]), named(customer, &["begin/welcome"])];
        assert_eq!(open(crm), left.concat(), "S49: what stays, and what a person asked for");
    });
}

#[test]
fn a_conversion_that_closes_the_lead_cancels_its_work() {
    let mut document = busy();
    document["conversion"]["move"] = "sign".into();
    let sign = json!({ "id": "sign", "label": "Sign", "from": "talk", "to": "won" });
    document["policy"]["moves"].as_array_mut().unwrap().push(sign);
    on_each_store(&loaded(&document), |crm| {
        crm.publish(&customers(), &ada(), at(0)).unwrap();
        create(crm, lead("lead-1"), "talk", at(0));
        let done = converted(crm.convert("lead-1", &Conversion::new(), &sam(), at(2)).unwrap());
        let moved = done.moved.as_ref().and_then(|moved| moved.receipt()).unwrap();
        assert_eq!((moved.record().stage(), moved.row().seq), (Some("won"), 3), "S13: a row of its own");
        assert_eq!(
            open(crm),
            [named("lead-1", &["flow/file"]), named(done.customer.id(), &["begin/welcome"])].concat(),
            "S49: closing is a leaving"
        );
        let ends: Vec<_> =
            entries(crm, "lead-1").into_iter().map(|it| (it.state, it.work, it.waiting)).collect();
        use EffectState::{Cancelled, Pending};
        assert_eq!(
            ends,
            [
                (Cancelled, Some(WorkState::Cancelled), false),
                (Cancelled, None, false),
                (Pending, Some(WorkState::Open), false),
                (Pending, None, false),
                (Cancelled, None, false),
            ],
            "task, reminder, the one that stays, the message that is owed, the timer"
        );
        // Converting again says the same, and sets nothing in motion.
        let before = entries(crm, "lead-1");
        converted(crm.convert("lead-1", &Conversion::new(), &sam(), at(3)).unwrap());
        assert_eq!(entries(crm, "lead-1"), before);
    });
}

#[test]
fn a_list_sets_nothing_in_motion_but_for_who_moves() {
    on_each_store(&loaded(&busy()), |crm| {
        crm.publish(&customers(), &ada(), at(0)).unwrap();
        create(crm, lead("known").with("email", "known@example.com"), "new", at(0));
        let list = "E-mail,Stage\nfresh@example.com,Talk\nknown@example.com,Talk\n";
        let options = ImportOptions { batch: "list".into(), ..ImportOptions::new("deals") };
        let import = || crm.import(list.as_bytes(), &options, &ada(), at(1), |_| {}).unwrap();
        let summary = import();
        assert_eq!(summary, ImportSummary { rows: 2, created: 1, matched: 1, ..ImportSummary::default() });
        assert_eq!((stage(crm, "list-1"), stage(crm, "known")), ("talk".into(), "talk".into()));
        assert_eq!(
            entries(crm, "list-1"),
            [],
            "S40: when its stay began is not known, and nobody is welcomed twice"
        );
        let moved: Vec<_> = entries(crm, "known").into_iter().map(|entry| entry.effect.action).collect();
        assert_eq!(
            moved,
            ["flow/call", "flow/call", "flow/file", "flow/hello", "park"],
            "S60: a move like any other"
        );
        import();
        assert_eq!(entries(crm, "known").len(), moved.len(), "run again, nothing is new");
        // Who wants the work of the stage for those on the list too asks for it, messages only when they are meant.
        let CatchingUp::Done(caught) = crm.catch_up(&CatchUp::of("deals"), &ada(), at(2)).unwrap() else {
            panic!("refused")
        };
        assert_eq!((caught.given.len(), caught.up_to_date), (1, 1));
        let given: Vec<_> = entries(crm, "list-1").into_iter().map(|entry| entry.effect.action).collect();
        assert_eq!(given, ["flow/call", "flow/call", "flow/file", "park"]);
        assert_eq!(
            entries(crm, "list-1")[3].effect.at,
            Some(at(2 + 3 * DAY)),
            "from now: the entry is unknown"
        );
        assert_eq!(crm.verify("list-1").unwrap(), None);
    });
}

#[test]
fn undoing_a_move_ends_what_failed_and_what_waits_for_it() {
    let tell = |id: &str, on: &str| json!({ "id": id, "name": id, "kind": "notify", "on": on });
    let mut document = busy();
    document["stages"][1]["actions"] =
        json!([tell("one", "enter"), tell("two", "enter"), tell("bye", "exit")]);
    on_each_store(&loaded(&document), |crm| {
        crm.publish(&customers(), &ada(), at(0)).unwrap();
        create(crm, lead("lead-1"), "new", at(0));
        mv(crm, "lead-1", "talk", at(1));
        let seen = std::sync::Mutex::new(Vec::new());
        let worker = Worker::new(crm).with_wait(Span::from_seconds(3600), Span::from_seconds(3600)).on(
            EffectKind::Notify,
            |delivery: &Delivery| {
                seen.lock().unwrap().push(delivery.effect.action.to_string());
                if delivery.effect.action == "one" {
                    Err(HandlerError::new("down"))
                } else {
                    Ok(Handled::Delivered)
                }
            },
        );
        let round = worker.run_once(at(2)).unwrap();
        assert_eq!((round.retried, round.delivered), (1, 1), "the task is on the list: {round:?}");
        let undone = done(crm.undo("lead-1", 2, "misclick", &sam(), at(3)).unwrap());
        assert_eq!(undone.already_delivered(), ["lead-1/2/2"], "S43: on the list it was");
        assert_eq!(open(crm), []);
        assert!(entries(crm, "lead-1").iter().all(|entry| entry.state != EffectState::Pending));
        // What comes next is held back by nothing.
        mv(crm, "lead-1", "talk", at(4));
        mv(crm, "lead-1", "offer", at(5));
        worker.run_once(at(6)).unwrap();
        assert_eq!(worker.run_once(at(4 * HOUR)).unwrap().retried, 1);
        drop(worker);
        assert_eq!(
            *seen.lock().unwrap(),
            ["one", "one", "one"],
            "S47: the second goodbye waits for its turn"
        );
    });
}

#[test]
fn bookings_and_chains_of_a_duplicate_end_with_it_and_those_in_the_trash_wait() {
    on_each_store(&loaded(&busy()), |crm| {
        crm.publish(&customers(), &ada(), at(0)).unwrap();
        for id in ["head", "tail"] {
            create(crm, lead(id).with("email", format!("{id}@example.com")), "talk", at(0));
            done(crm.carry_out(id, &CarryOut::action("meet").with("host", "eva"), &sam(), at(1)).unwrap());
        }
        let all = ["flow/call", "flow/file", "meet"];
        done(crm.trash("tail", &Act::new(), &sam(), at(2)).unwrap());
        assert_eq!(open(crm), named("head", &all), "S61a");
        assert!(entries(crm, "tail").iter().all(|entry| entry.held));
        done(crm.restore("tail", &Act::new(), &sam(), at(3)).unwrap());
        assert_eq!(open(crm), [named("head", &all), named("tail", &all)].concat());
        crm.merge("head", "tail", &Act::new(), &ada(), at(4)).unwrap();
        assert_eq!(open(crm), named("head", &all), "S59: the head keeps its own");
        let tail = entries(crm, "tail");
        assert!(
            tail.iter().all(|it| it.state == EffectState::Cancelled && !it.waiting && !it.held),
            "{tail:?}"
        );
        assert!(tail.iter().all(|it| it.work.is_none_or(|work| work == WorkState::Cancelled)), "{tail:?}");
        assert_eq!(crm.verify("tail").unwrap(), None);
    });
}
