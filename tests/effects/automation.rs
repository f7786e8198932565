use lifestage::outbox::{EffectState, OutboxQuery};
use lifestage::{Creation, Edit, Request};
use serde_json::json;

use crate::{
    DAY, HOUR, at, contact, create, done, entries, mv, on_each_store, pipeline, run, sam, set, stage,
};

#[test]
fn time_moves_a_record_on_once() {
    let park = json!({ "automation": [
        { "id": "park", "on": { "after": "3d" }, "in": ["talk"], "when": "!has(phone)", "move": "drop" },
    ] });
    on_each_store(&pipeline(park), |crm| {
        create(crm, contact("quiet"), "talk", at(0));
        create(crm, contact("phoned").with("phone", "+49301234567"), "talk", at(0));
        create(crm, contact("gone"), "talk", at(0));
        create(crm, contact("again"), "talk", at(0));
        mv(crm, "gone", "offer", at(HOUR));
        mv(crm, "again", "offer", at(HOUR));
        mv(crm, "again", "talk", at(2 * HOUR));
        assert_eq!(run(crm, at(3 * DAY - 1)).total(), 0);
        let round = run(crm, at(3 * DAY));
        assert_eq!((round.moved, round.idle), (1, 1), "{round:?}");
        assert_eq!((stage(crm, "quiet"), stage(crm, "phoned")), ("lost".into(), "talk".into()));
        assert_eq!((stage(crm, "gone"), stage(crm, "again")), ("offer".into(), "talk".into()), "S49");
        let row = crm.history("quiet").unwrap().pop().unwrap();
        assert_eq!((row.actor.as_str(), row.automation, row.mv.as_deref()), ("park", true, Some("drop")));
        let phoned = entries(crm, "phoned").remove(0);
        assert_eq!(phoned.note.as_deref(), Some("its condition does not hold"));
        assert_eq!(run(crm, at(3 * DAY + 2 * HOUR)).moved, 1, "the visit that began two hours later");
        assert_eq!(stage(crm, "again"), "lost");
        assert_eq!(run(crm, at(90 * DAY)).total(), 0);
    });
}

#[test]
fn a_timer_that_arrives_late_does_nothing_to_another_visit() {
    let park =
        json!({ "automation": [{ "id": "park", "on": { "after": "1d" }, "in": ["talk"], "move": "drop" }] });
    on_each_store(&pipeline(park), |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        // A worker has it when the record leaves and comes back.
        let claim = lifestage::outbox::Claim {
            now: at(DAY),
            until: at(DAY + 1),
            kinds: vec![lifestage::EffectKind::Move],
            limit: 9,
        };
        use lifestage::store::Store;
        assert_eq!(crm.store().claim("acme", &claim).unwrap().len(), 1);
        mv(crm, "lead-1", "offer", at(DAY));
        mv(crm, "lead-1", "talk", at(DAY));
        let round = run(crm, at(DAY + 1));
        assert_eq!((round.moved, stage(crm, "lead-1").as_str()), (0, "talk"), "S49: {round:?}");
    });
}

#[test]
fn automation_goes_forward_only_unless_told() {
    let back = |backward: bool| {
        pipeline(json!({ "automation": [
            { "id": "back", "on": { "after": "1d" }, "in": ["offer"], "move": "talk", "backward": backward },
        ] }))
    };
    on_each_store(&back(false), |crm| {
        create(crm, contact("lead-1"), "offer", at(0));
        let round = run(crm, at(DAY));
        assert_eq!((round.idle, stage(crm, "lead-1").as_str()), (1, "offer"), "S7");
        let note = entries(crm, "lead-1").remove(0).note.unwrap();
        assert!(note.starts_with("refused: ") && note.contains("backward"), "{note}");
    });
    on_each_store(&back(true), |crm| {
        create(crm, contact("lead-1"), "offer", at(0));
        assert_eq!(run(crm, at(DAY)).moved, 1);
        assert_eq!(stage(crm, "lead-1"), "talk");
    });
}

#[test]
fn a_change_of_facts_moves_a_record_at_once() {
    let rich = json!({ "automation": [
        { "id": "rich", "on": { "changed": ["budget"] }, "in": ["new", "talk"], "when": "budget >= 5000", "move": "offer" },
    ] });
    on_each_store(&pipeline(rich), |crm| {
        create(crm, contact("lead-1"), "new", at(0));
        let receipt = set(crm, "lead-1", &Edit::new().set("phone", "+49301234567"), at(1));
        assert_eq!(receipt.follow_ups(), []);
        let receipt = set(crm, "lead-1", &Edit::new().set("budget", 100), at(2));
        assert_eq!(receipt.effects(), [], "its condition does not hold");
        let rich = Edit::new().set("budget", 9000).with_key("k-1");
        let receipt = set(crm, "lead-1", &rich, at(3));
        let moved = receipt.follow_ups()[0].answer().unwrap().receipt().unwrap();
        assert_eq!((moved.record().stage(), moved.row().recorded_at), (Some("offer"), at(3)));
        assert_eq!(entries(crm, "lead-1")[0].state, EffectState::Delivered);
        let again = set(crm, "lead-1", &rich, at(4));
        let same = again.follow_ups()[0].answer().unwrap().receipt().unwrap();
        assert!(again.is_repeated() && same.is_repeated(), "S14: the first receipt, with what it led to");
        assert_eq!((again.row(), same.row()), (receipt.row(), moved.row()));
        let new = done(
            crm.create(contact("lead-2").with("budget", 7000), &Creation::new(), &sam(), at(4)).unwrap(),
        );
        assert_eq!(new.record().stage(), Some("new"), "the receipt is of the creation");
        assert_eq!(stage(crm, "lead-2"), "offer", "facts of a new record are new facts");
        let receipt = set(crm, "lead-2", &Edit::new().set("budget", 8000), at(5));
        assert_eq!(receipt.effects(), [], "it does not watch that stage");
    });
}

#[test]
fn what_a_change_leads_to_is_made_up_for_after_a_crash() {
    let rich = json!({ "automation": [
        { "id": "rich", "on": { "changed": ["budget"] }, "in": ["new"], "move": "offer" },
    ] });
    let pipeline = pipeline(rich);
    on_each_store(&pipeline, |crm| {
        create(crm, contact("lead-1"), "new", at(0));
        // The process dies between the commit and the move.
        use lifestage::store::{CommitMode, CommitOutcome, Store};
        let record = crm.record("lead-1").unwrap().unwrap();
        let (edit, sam) = (Edit::new().set("budget", 1), sam());
        let pipeline = crm.pipeline("deals").unwrap();
        let change = pipeline.edit(&record, &edit, &sam, at(1)).change().unwrap();
        let change = change.seal(lifestage::journal::Salt::from_bytes([1; 16]));
        let outcomes = crm.store().commit("acme", &[change], CommitMode::PerItem).unwrap();
        assert_eq!(outcomes, [CommitOutcome::Applied]);
        assert_eq!(stage(crm, "lead-1"), "new");
        assert_eq!(run(crm, at(2)).moved, 1);
        assert_eq!(stage(crm, "lead-1"), "offer");
        assert_eq!(run(crm, at(3)).total(), 0);
    });
}

#[test]
fn moves_that_cause_each_other_come_to_an_end() {
    // Each follows when it is reported done, and a handler reports at once: a circle that no document shows.
    let mut document = crate::document(json!({}));
    let on = |id: &str, mv: &str| json!([{ "id": id, "name": id, "kind": "custom", "on": "enter", "on_done": { "move": mv } }]);
    document["stages"][1]["actions"] = on("there", "offer");
    document["stages"][2]["actions"] = on("back", "again");
    document["policy"]["moves"].as_array_mut().unwrap().push(json!(
        { "id": "again", "label": "Again", "from": { "stage": "offer", "kind": "revive" }, "to": "talk" }
    ));
    let pipeline = lifestage::Pipeline::from_json(&document.to_string()).unwrap();
    on_each_store(&pipeline, |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        let worker = lifestage::Worker::new(crm)
            .on(lifestage::EffectKind::Custom, |_: &lifestage::outbox::Delivery| {
                Ok(lifestage::Handled::Done)
            });
        let round = worker.run_once(at(1)).unwrap();
        assert!(crm.history("lead-1").unwrap().len() < 60, "{round:?}");
        let dead = crm.outbox(&OutboxQuery::dead(9)).unwrap().entries;
        assert_eq!(dead.len(), 1, "{:?}", entries(crm, "lead-1"));
        assert!(dead[0].note.as_deref().unwrap().contains("moves caused each other"), "{dead:?}");
    });
}

#[test]
fn circles_are_found_when_the_definition_is_loaded() {
    let circle = |wait: &str, backward: bool| {
        let document = crate::document(json!({ "automation": [
            { "id": "on", "on": { "after": wait }, "in": ["talk"], "move": "offer" },
            { "id": "back", "on": { "after": wait }, "in": ["offer"], "move": "talk", "backward": backward },
        ] }));
        lifestage::Pipeline::from_json(&document.to_string())
    };
    let error = circle("0m", true).unwrap_err().to_string();
    assert!(
        error.contains("automation moves records in a circle without end: Talk -> Offer -> Talk"),
        "{error}"
    );
    let slow = circle("1d", true).unwrap();
    assert!(
        slow.warnings()
            .iter()
            .any(|warning| warning.to_string().contains("in a circle: Talk -> Offer -> Talk"))
    );
    assert_eq!(
        circle("0m", false).unwrap().warnings().iter().filter(|w| w.to_string().contains("circle")).count(),
        0
    );
}

#[test]
fn undo_names_no_move_that_was_not_made() {
    let rules = json!({
        "automation": [
            { "id": "not", "on": { "after": "1h" }, "in": ["talk"], "when": "budget > 5", "move": "drop" },
            { "id": "ring", "on": { "after": "1h" }, "in": ["talk"], "move": "ping" },
        ],
        "sla": [{ "id": "answer", "name": "Answer", "in": ["talk"], "within": "4h", "met_by": ["note"] }],
    });
    on_each_store(&pipeline(rules), |crm| {
        create(crm, contact("lead-1"), "new", at(0));
        mv(crm, "lead-1", "talk", at(1));
        done(crm.log("lead-1", &lifestage::Activity::note("Hello"), &sam(), at(2)).unwrap());
        let worker = lifestage::Worker::new(crm)
            .on(lifestage::EffectKind::Sla, |_: &lifestage::outbox::Delivery| {
                Ok(lifestage::Handled::Delivered)
            });
        let round = worker.run_once(at(DAY)).unwrap();
        assert_eq!((round.idle, round.moved, round.total()), (2, 1, 3), "{round:?}");
        let undone = done(crm.undo("lead-1", 2, "misclick", &sam(), at(DAY)).unwrap());
        let all = entries(crm, "lead-1");
        let named = undone.already_delivered().iter().map(|id| {
            let it = all.iter().find(|entry| entry.effect.id().to_string() == *id);
            it.unwrap().effect.action.as_str()
        });
        assert_eq!(named.collect::<Vec<_>>(), ["ring"], "S43: the one that was made");
    });
}

#[test]
fn undo_cancels_what_is_not_delivered_and_names_the_rest() {
    let flow = json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
        "tasks": [{ "id": "call", "title": "Call", "due": "1d" }],
        "messages": [{ "id": "hello", "channel": "email", "subject": "S", "body": "B" },
                     { "id": "later", "channel": "email", "after": "2d", "stays": true, "subject": "S", "body": "B" }] }] });
    on_each_store(&pipeline(flow), |crm| {
        create(crm, contact("lead-1"), "new", at(0));
        let moved = mv(crm, "lead-1", "talk", at(1));
        let worker = lifestage::Worker::new(crm)
            .on(lifestage::EffectKind::SendEmail, |_: &lifestage::outbox::Delivery| {
                Ok(lifestage::Handled::Delivered)
            });
        worker.run_once(at(2)).unwrap();
        let undone = done(crm.undo("lead-1", moved.row().seq, "misclick", &sam(), at(3)).unwrap());
        assert_eq!(undone.already_delivered(), ["lead-1/2/0", "lead-1/2/1"], "S43");
        let left: Vec<_> = entries(crm, "lead-1").iter().map(|entry| (entry.state, entry.work)).collect();
        use lifestage::outbox::WorkState;
        assert_eq!(
            left,
            [
                (EffectState::Delivered, Some(WorkState::Cancelled)),
                (EffectState::Delivered, None),
                (EffectState::Cancelled, None),
            ]
        );
        assert_eq!(worker.run_once(at(9 * DAY)).unwrap().total(), 0);
        let request = Request::to("talk");
        done(crm.submit("lead-1", &request, &sam(), at(10 * DAY)).unwrap());
    });
}

#[test]
fn silence_moves_a_record_when_it_was_long_enough() {
    let park =
        json!({ "automation": [{ "id": "park", "on": { "idle": "10d" }, "in": ["talk"], "move": "drop" }] });
    on_each_store(&pipeline(park), |crm| {
        use lifestage::Activity;
        create(crm, contact("quiet"), "talk", at(0));
        create(crm, contact("called"), "talk", at(0));
        create(crm, contact("planned"), "talk", at(0));
        done(crm.log("called", &Activity::call("Reached"), &sam(), at(8 * DAY)).unwrap());
        done(crm.log("planned", &Activity::call("To come").planned(), &sam(), at(8 * DAY)).unwrap());
        assert_eq!(run(crm, at(10 * DAY)).moved, 0, "S54: strictly longer");
        assert_eq!(run(crm, at(10 * DAY + 1)).moved, 2);
        assert_eq!((stage(crm, "quiet"), stage(crm, "called")), ("lost".into(), "talk".into()));
        assert_eq!(stage(crm, "planned"), "lost", "a planned call is no sign of life");
        done(crm.log("called", &Activity::note("Will call back"), &sam(), at(17 * DAY)).unwrap());
        assert_eq!(run(crm, at(18 * DAY + 1)).moved, 0);
        assert_eq!(
            crm.next_due().unwrap().map(|at| at.to_string()),
            Some("2026-03-29T09:00:00.000001Z".into())
        );
        assert_eq!(run(crm, at(27 * DAY + 1)).moved, 1);
    });
}

#[test]
fn agreements_are_told_of_when_they_run_out() {
    let sla = json!({ "sla": [{ "id": "first", "name": "First response", "in": ["new", "talk"], "within": "4h",
        "met_by": ["call"], "warn": ["1h"] }] });
    on_each_store(&pipeline(sla), |crm| {
        use lifestage::{Activity, EffectKind, Handled, SlaState, Worker};
        create(crm, contact("slow"), "new", at(0));
        create(crm, contact("fast"), "new", at(0));
        mv(crm, "slow", "talk", at(HOUR));
        done(crm.log("fast", &Activity::call("Hello"), &sam(), at(2 * HOUR)).unwrap());
        let told = std::sync::Mutex::new(Vec::new());
        let worker = Worker::new(crm).on(EffectKind::Sla, |notice: &lifestage::outbox::Delivery| {
            let event = notice.effect.args.get("event").unwrap().to_string();
            told.lock().unwrap().push((notice.effect.record.to_string(), event));
            Ok(Handled::Delivered)
        });
        worker.run_once(at(3 * HOUR)).unwrap();
        worker.run_once(at(4 * HOUR)).unwrap();
        let expected =
            [("slow", "warning"), ("slow", "breach")].map(|(id, event)| (id.to_owned(), event.to_owned()));
        assert_eq!(*told.lock().unwrap(), expected);
        let state = |id: &str| crm.clocks(id, at(5 * HOUR)).unwrap()[0].state;
        assert_eq!((state("slow"), state("fast")), (SlaState::Breached, SlaState::Met));
    });
}
