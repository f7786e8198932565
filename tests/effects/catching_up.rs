use lifestage::{CatchUp, CatchingUp, CaughtUp, Pipeline, ReasonCode};
use serde_json::json;

use crate::{DAY, ada, at, contact, create, entries, mv, on_each_store, pipeline, run, sam, stage};

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
