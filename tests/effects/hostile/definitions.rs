use lifestage::migration::StageMap;
use lifestage::outbox::{EffectState, TaskQuery};
use lifestage::revise::DefinitionEdit;
use lifestage::{Limits, Pipeline, Publishing, Report};
use serde_json::json;

use super::{sound, willing};
use crate::{
    DAY, ada, at, contact, create, document, done, entries, mv, on_each_store, pipeline, run, sam, stage,
};

fn timers(name: &str, tasks: bool) -> Pipeline {
    let rules = json!([
        { "id": name, "on": { "after": "2d" }, "in": ["talk"], "move": "drop" },
        { "id": "rich", "on": { "changed": ["budget"] }, "in": ["new"], "when": "budget > 5", "move": "offer" },
    ]);
    let flow = json!([{ "id": "flow", "name": "Flow", "stage": "talk",
        "tasks": [{ "id": "call", "title": "Call", "due": "1d", "remind": ["1h"] }],
        "messages": [{ "id": "m", "channel": "email", "after": "1d", "subject": "S", "body": "B" }] }]);
    pipeline(json!({ "automation": rules, "workflows": if tasks { flow } else { json!([]) } }))
}

#[test]
fn timers_of_a_rule_that_was_renamed_do_nothing_and_say_so() {
    on_each_store(&timers("park", true), |crm| {
        create(crm, contact("a"), "talk", at(0));
        crm.publish(&timers("rest", true), &ada(), at(1)).unwrap();
        create(crm, contact("b"), "talk", at(1));
        let round = run(crm, at(3 * DAY));
        assert_eq!((stage(crm, "a").as_str(), stage(crm, "b").as_str()), ("talk", "lost"), "{round:?}");
        let old = entries(crm, "a").into_iter().find(|entry| entry.effect.action == "park").unwrap();
        assert_eq!(
            (old.state, old.note.as_deref()),
            (EffectState::Delivered, Some("its condition does not hold"))
        );
    });
}

#[test]
fn work_of_a_workflow_that_is_gone_is_still_work() {
    on_each_store(&timers("park", true), |crm| {
        create(crm, contact("a"), "talk", at(0));
        crm.publish(&timers("park", false), &ada(), at(1)).unwrap();
        assert_eq!(crm.tasks(&TaskQuery::open(9)).unwrap().entries.len(), 1);
        assert_eq!(willing(crm).run_once(at(DAY)).unwrap().delivered, 3, "task, reminder, message");
        let call = entries(crm, "a").remove(0).effect;
        done(crm.report(call.id(), &Report::done(), &sam(), at(DAY)).unwrap());
        done(crm.report(call.id(), &Report::undone(), &sam(), at(DAY)).unwrap());
        mv(crm, "a", "offer", at(DAY + 1));
        assert_eq!(crm.tasks(&TaskQuery::open(9)).unwrap().entries, []);
        sound(crm);
    });
}

#[test]
fn a_stage_may_be_archived_under_waiting_timers() {
    on_each_store(&timers("park", true), |crm| {
        create(crm, contact("a"), "talk", at(0));
        create(crm, contact("b"), "new", at(0));
        let remove = DefinitionEdit::replace_stage("talk", "offer").into();
        match crm.revise("deals", &remove, &ada(), at(1), |_| {}).unwrap() {
            Publishing::Published(_) => {
                assert_eq!(stage(crm, "a"), "offer");
                // What was bound to the stay in it is over.
                let left = entries(crm, "a");
                assert!(
                    left.iter().all(|entry| !entry.effect.bound || entry.state == EffectState::Cancelled),
                    "{left:?}"
                );
            }
            Publishing::Refused(why) => {
                assert!(why.to_string().contains("talk") || why.to_string().contains("Talk"), "{why}");
            }
            Publishing::Unchanged(_) => panic!("it was there"),
        }
        let before = stage(crm, "a");
        let round = willing(crm).run_once(at(3 * DAY)).unwrap();
        if before == "offer" {
            assert_eq!((round.moved, stage(crm, "a").as_str()), (0, "offer"), "{round:?}");
        }
        assert_eq!(willing(crm).run_once(at(99 * DAY)).unwrap().total(), 0);
        sound(crm);
    });
}

#[test]
fn the_stage_that_a_timer_leads_to_may_be_archived() {
    on_each_store(&timers("park", false), |crm| {
        create(crm, contact("a"), "talk", at(0));
        // By hand, since a definition that leads there would not load.
        let mut document = document(json!({}));
        document["stages"][4]["archived"] = json!(true);
        document["policy"]["moves"].as_array_mut().unwrap().remove(2);
        let Ok(pipeline) = Pipeline::from_json(&document.to_string()) else { return };
        if crm.publish(&pipeline, &ada(), at(1)).is_err() {
            return;
        }
        let round = run(crm, at(2 * DAY));
        assert_eq!((round.moved, stage(crm, "a").as_str()), (0, "talk"), "{round:?}");
        let entry = entries(crm, "a").remove(0);
        assert!(entry.note.is_some(), "{entry:?}");
        assert_eq!(run(crm, at(9 * DAY)).total(), 0);
    });
}

#[test]
fn a_migration_takes_records_out_of_their_stay() {
    on_each_store(&timers("park", true), |crm| {
        for number in 0..5 {
            create(crm, contact(&format!("a-{number}")), "talk", at(0));
        }
        let map = StageMap::new().with("talk", "offer");
        let moved = crm.migrate("m-1", "deals", "deals", &map, "tidying up", &ada(), at(1), |_| {}).unwrap();
        let lifestage::Migrating::Done(_) = moved else { panic!("{moved:?}") };
        for number in 0..5 {
            let id = format!("a-{number}");
            assert_eq!(stage(crm, &id), "offer");
            let left = entries(crm, &id);
            assert!(left.iter().all(|entry| entry.state == EffectState::Cancelled), "S33, S49: {left:?}");
        }
        assert_eq!(crm.tasks(&TaskQuery::open(99)).unwrap().entries, []);
        assert_eq!(willing(crm).run_once(at(9 * DAY)).unwrap().total(), 0);
        sound(crm);
    });
}

#[test]
fn ten_thousand_tasks_are_a_definition_and_one_more_is_not() {
    let tasks = |count: usize, remind: serde_json::Value| {
        let task = |n: usize| json!({ "id": format!("t{n}"), "title": "T", "due": "30d", "remind": remind });
        let more = json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": (0..count).map(task).collect::<Vec<_>>() }] });
        Pipeline::from_json(&document(more).to_string())
    };
    let error = tasks(10_001, json!([])).unwrap_err().to_string();
    assert!(error.contains("10001") || error.contains("10,001") || error.contains("10000"), "{error}");
    let all = tasks(10_000, json!([])).unwrap();
    on_each_store(&all, |crm| {
        let receipt = create(crm, contact("a"), "talk", at(0));
        assert_eq!(receipt.effects().len(), 10_000);
        assert_eq!(run(crm, at(0)).delivered, 10_000);
        mv(crm, "a", "offer", at(1));
        assert_eq!(crm.tasks(&TaskQuery::open(9)).unwrap().entries, []);
        assert_eq!(crm.verify("a").unwrap(), None);
    });
    assert!(
        Pipeline::from_json_within(
            &document(json!({})).to_string(),
            &Limits { actions: 0, ..Limits::default() }
        )
        .is_ok()
    );
}

#[test]
fn a_row_never_has_more_effects_than_it_can_number() {
    // Each task with ten reminders: 110,000 effects of one row, whose indexes end at 65,535.
    let remind: Vec<String> = (1..=10).map(|hours| format!("{hours}h")).collect();
    let task = |n: usize| json!({ "id": format!("t{n}"), "title": "T", "due": "30d", "remind": remind });
    let rule =
        |n: usize| json!({ "id": format!("r{n}"), "on": { "after": "1d" }, "in": ["talk"], "move": "drop" });
    let tasks: Vec<_> = (0..10_000).map(task).collect();
    let rules: Vec<_> = (0..70_000).map(rule).collect();
    for more in [
        json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": tasks }] }),
        json!({ "automation": rules }),
    ] {
        let text = document(more).to_string();
        let wide = Limits { actions: usize::MAX, ..Limits::default() };
        for limits in [Limits::default(), wide] {
            let error = Pipeline::from_json_within(&text, &limits).unwrap_err().to_string();
            assert!(error.contains("actions, tasks, reminders"), "{}", &error[..error.len().min(300)]);
        }
    }
}
