use lifestage::migration::StageMap;
use lifestage::outbox::{EffectState, Entry, WorkState};
use lifestage::store::{Reader, Store};
use lifestage::{
    CatchUp, CatchingUp, CaughtUp, EffectKind, Pipeline, Publishing, ReasonCode, Report, Workspace,
};
use serde_json::json;

use crate::{DAY, ada, at, contact, create, done, entries, mv, on_each_store, pipeline, run, sam, stage};

fn flow(tasks: serde_json::Value) -> Pipeline {
    let messages = json!([{ "id": "hello", "channel": "email", "subject": "S", "body": "B" }]);
    pipeline(json!({
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": tasks, "messages": messages }],
        "automation": [{ "id": "park", "on": { "after": "30d" }, "in": ["talk"], "move": "drop" }],
        "queues": [{ "id": "talking", "name": "Talking", "stages": ["talk"] }],
    }))
}

fn caught(outcome: CatchingUp) -> CaughtUp {
    match outcome {
        CatchingUp::Done(caught) => caught,
        CatchingUp::Refused(why) => panic!("{why}"),
    }
}

fn refusal(outcome: CatchingUp) -> lifestage::Refusal {
    match outcome {
        CatchingUp::Done(caught) => panic!("{caught:?}"),
        CatchingUp::Refused(why) => why,
    }
}

#[test]
fn publishing_offers_the_new_work_to_the_records_that_are_there() {
    on_each_store(&pipeline(json!({})), |crm| {
        let published = |next: &Pipeline, now| match crm
            .publish_migrating(next, &StageMap::new(), &ada(), now, |_| {})
            .unwrap()
        {
            Publishing::Published(done) => done,
            other => panic!("{other:?}"),
        };
        let (one, two) = (
            json!({ "id": "one", "title": "One", "due": "1d" }),
            json!({ "id": "two", "title": "Two", "due": "1d" }),
        );
        let nobody_there = published(&flow(json!([one])), at(0));
        assert_eq!(nobody_there.catch_up(), None);
        create(crm, contact("a"), "talk", at(1));
        let next = flow(json!([one, two]));
        let told: Vec<_> =
            crm.impact(&next).unwrap().into_iter().filter(|impact| impact.brings_work()).collect();
        assert_eq!(told.iter().map(|impact| impact.records).collect::<Vec<_>>(), [1]);
        let wish = published(&next, at(2)).catch_up().unwrap();
        let look = caught(crm.catch_up(&wish.clone().dry_run(), &ada(), at(2)).unwrap());
        assert_eq!(look.given.len(), 1);
        let given = caught(crm.catch_up(&wish, &ada(), at(2)).unwrap());
        assert_eq!(given.given[0].1[0].action, "flow/two");
        // What is only worded anew gives nobody anything.
        let renamed = published(&flow(json!([one, { "id": "two", "title": "Too", "due": "1d" }])), at(3));
        assert_eq!(renamed.catch_up(), None);
    });
}

/// S44: what somebody had done before is forgotten, and not to be done again.
#[test]
fn who_was_erased_gets_nothing_more_in_that_stay() {
    let one = json!({ "id": "one", "title": "One", "due": "1d" });
    on_each_store(&flow(json!([one])), |crm| {
        for id in ["a", "b"] {
            create(crm, contact(id), "talk", at(0));
        }
        crm.erase("a", &lifestage::Erasure::of_everything(), &ada(), at(1)).unwrap();
        let given = |now| caught(crm.catch_up(&CatchUp::of("deals"), &ada(), now).unwrap());
        assert_eq!((given(at(2)).given, given(at(2)).up_to_date), (vec![], 2));
        let two = json!({ "id": "two", "title": "Two", "due": "1d" });
        crm.publish(&flow(json!([one, two])), &ada(), at(3)).unwrap();
        let ids =
            |caught: CaughtUp| -> Vec<String> { caught.given.iter().map(|(id, _)| id.to_string()).collect() };
        assert_eq!(ids(given(at(4))), ["b"]);
        assert_eq!(entries(crm, "a"), []);
        // The next stay begins as any does.
        mv(crm, "a", "offer", at(5));
        mv(crm, "a", "talk", at(6));
        assert_eq!(entries(crm, "a").len(), 4);
    });
}

#[test]
fn records_in_a_stage_get_the_tasks_that_it_came_to_have() {
    on_each_store(&pipeline(json!({})), |crm| {
        for id in ["a", "b", "c"] {
            create(crm, contact(id), "talk", at(0));
        }
        mv(crm, "c", "offer", at(1));
        let (one, two) = (
            json!({ "id": "one", "title": "One", "due": "1d" }),
            json!({ "id": "two", "title": "Two", "due": "2d" }),
        );
        crm.publish(&flow(json!([one])), &ada(), at(DAY)).unwrap();
        let look = caught(crm.catch_up(&CatchUp::of("deals").dry_run(), &ada(), at(DAY)).unwrap());
        let actions = |caught: &CaughtUp| -> Vec<(String, Vec<String>)> {
            let named = |effects: &Vec<lifestage::Effect>| {
                effects.iter().map(|effect| effect.action.to_string()).collect()
            };
            let mut given: Vec<_> =
                caught.given.iter().map(|(id, effects)| (id.to_string(), named(effects))).collect();
            given.sort();
            given
        };
        let all = vec!["flow/one".to_owned(), "park".to_owned()];
        assert_eq!(actions(&look), [("a".to_owned(), all.clone()), ("b".to_owned(), all)]);
        assert_eq!(look.up_to_date, 1);
        assert_eq!(entries(crm, "a"), [], "a dry run writes nothing");
        let given = caught(crm.catch_up(&CatchUp::of("deals"), &ada(), at(DAY)).unwrap());
        assert_eq!(actions(&given), actions(&look));
        let effects = entries(crm, "a");
        assert_eq!(effects[0].effect.due, Some(at(2 * DAY)), "a task counts from when it is given");
        assert_eq!(effects[1].effect.at, Some(at(30 * DAY)), "a timed move from the entry");
        assert_eq!(crm.history("a").unwrap().last().unwrap().kind.name(), "workflow");
        assert_eq!(crm.queue("deals", "talking", None, 9).unwrap().len(), 2);
        // Once per visit, and only what is new.
        let again = caught(crm.catch_up(&CatchUp::of("deals"), &ada(), at(2 * DAY)).unwrap());
        assert_eq!((again.given.len(), again.up_to_date), (0, 3));
        crm.publish(&flow(json!([one, two])), &ada(), at(3 * DAY)).unwrap();
        let more = caught(crm.catch_up(&CatchUp::of("deals").with_messages(), &ada(), at(3 * DAY)).unwrap());
        assert_eq!(actions(&more)[0].1, ["flow/two", "flow/hello"]);
        // Leaving cancels what was given, as it does what was there from the beginning.
        mv(crm, "a", "offer", at(4 * DAY));
        run(crm, at(40 * DAY));
        assert_eq!((stage(crm, "a"), stage(crm, "b")), ("offer".into(), "lost".into()));
        assert!(crm.verify_all("deals", |_| {}).unwrap().faults.is_empty());
    });
}

#[test]
fn only_who_may_publish_may_order_it() {
    on_each_store(&pipeline(json!({})), |crm| {
        let refused = refusal(crm.catch_up(&CatchUp::of("deals"), &sam(), at(0)).unwrap());
        assert!(refused.has(ReasonCode::PermissionDenied));
        let unknown = refusal(crm.catch_up(&CatchUp::of("nothing"), &ada(), at(0)).unwrap());
        assert!(unknown.to_string().contains("nothing"), "{unknown}");
    });
}

/// One effect of a record.
#[track_caller]
fn named<S: Store + Reader>(crm: &Workspace<S>, id: &str, task: &str, kind: EffectKind) -> Entry {
    let wanted = |entry: &Entry| entry.effect.action == task && entry.effect.kind == kind;
    entries(crm, id).into_iter().find(wanted).unwrap_or_else(|| panic!("`{id}` has no `{task}`"))
}

/// Whether a task waits for another.
fn waits<S: Store + Reader>(crm: &Workspace<S>, id: &str, task: &str) -> bool {
    named(crm, id, task, EffectKind::CreateTask).waiting
}

#[test]
fn a_task_given_later_waits_for_the_one_before_it_unless_that_is_done() {
    let one = json!({ "id": "one", "title": "One", "due": "1d" });
    let two = json!({ "id": "two", "title": "Two", "due": "2d", "after": "one", "remind": ["1d"] });
    let three = json!({ "id": "three", "title": "Three", "due": "3d", "after": "two" });
    on_each_store(&flow(json!([one])), |crm| {
        for id in ["open", "done", "failed"] {
            create(crm, contact(id), "talk", at(0));
        }
        let report = |id: &str, task: &str, report: &Report, now: i64| {
            let task = named(crm, id, task, EffectKind::CreateTask).effect;
            done(crm.report(task.id(), report, &sam(), at(now)).unwrap());
        };
        report("done", "flow/one", &Report::done(), 1);
        report("failed", "flow/one", &Report::failed("nobody there"), 1);
        crm.publish(&flow(json!([one, two, three])), &ada(), at(2)).unwrap();
        let given = caught(crm.catch_up(&CatchUp::of("deals"), &ada(), at(2)).unwrap()).given;
        assert!(given.iter().all(|(_, effects)| effects.len() == 3), "two tasks and a reminder: {given:?}");
        let first = |id: &str, task: &str| {
            let task = named(crm, id, task, EffectKind::CreateTask).effect;
            task.after_id().map(|first| (first.seq(), first.index()))
        };
        assert_eq!(first("open", "flow/two"), Some((1, 0)), "of the row of its creation");
        assert_eq!(first("open", "flow/three"), Some((2, 0)), "of its own row");
        assert_eq!(first("done", "flow/two"), None);
        for (id, waiting) in [("open", true), ("done", false), ("failed", true)] {
            assert_eq!(waits(crm, id, "flow/two"), waiting, "S50: {id}");
            assert!(waits(crm, id, "flow/three"));
            let reminder = named(crm, id, "flow/two", EffectKind::Remind);
            assert_eq!((reminder.effect.at, reminder.waiting), (Some(at(2 + DAY)), waiting), "{id}");
            assert_eq!(crm.verify(id).unwrap(), None);
        }
        assert_eq!(run(crm, at(3)).delivered, 2, "what waits is handed to nobody, nor is what is reported");
        // What comes first is done, and the next opens with its reminder.
        report("failed", "flow/one", &Report::undone(), 4);
        assert!(waits(crm, "failed", "flow/two"));
        for id in ["open", "failed"] {
            report(id, "flow/one", &Report::done(), 5);
            assert!(!waits(crm, id, "flow/two"), "{id}");
            assert!(!named(crm, id, "flow/two", EffectKind::Remind).waiting, "{id}");
            assert!(waits(crm, id, "flow/three"), "{id}");
            report(id, "flow/two", &Report::done(), 6);
            assert!(!waits(crm, id, "flow/three"), "{id}");
            assert_eq!(named(crm, id, "flow/two", EffectKind::Remind).state, EffectState::Cancelled);
            assert_eq!(crm.verify(id).unwrap(), None);
        }
    });
}

#[test]
fn what_waits_for_a_task_of_before_waits_no_more_when_that_is_over() {
    for stays in [false, true] {
        let one = json!({ "id": "one", "title": "One", "due": "1d", "stays": stays });
        let two = json!({ "id": "two", "title": "Two", "due": "5d", "after": "one", "stays": true, "remind": ["1d"] });
        on_each_store(&flow(json!([one])), |crm| {
            for id in ["leaves", "undone"] {
                create(crm, contact(id), "new", at(0));
                mv(crm, id, "talk", at(1));
            }
            crm.publish(&flow(json!([one, two])), &ada(), at(2)).unwrap();
            caught(crm.catch_up(&CatchUp::of("deals"), &ada(), at(2)).unwrap());
            mv(crm, "leaves", "offer", at(3));
            assert_eq!(waits(crm, "leaves", "flow/two"), stays, "S49: what is cancelled is not waited for");
            done(crm.undo("undone", 2, "by mistake", &sam(), at(3)).unwrap());
            assert_eq!(
                named(crm, "undone", "flow/one", EffectKind::CreateTask).work,
                Some(WorkState::Cancelled)
            );
            let two = named(crm, "undone", "flow/two", EffectKind::CreateTask);
            assert_eq!((two.waiting, two.work), (false, Some(WorkState::Open)), "S43: {two:?}");
            assert!(!named(crm, "undone", "flow/two", EffectKind::Remind).waiting);
        });
    }
}
