use lifestage::outbox::{EffectState, WorkState};
use lifestage::{Answer, EffectKind, Report, Request};
use serde_json::json;

use super::{sound, willing};
use crate::{DAY, at, contact, create, done, entries, mv, on_each_store, pipeline, run, sam, stage};

fn automation(more: serde_json::Value, rules: serde_json::Value) -> lifestage::Pipeline {
    let mut document = crate::document(json!({ "automation": rules }));
    document["policy"]["moves"].as_array_mut().unwrap().push(more);
    lifestage::Pipeline::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

/// A timed move by `sign`, which is made as `more` says.
fn signing(more: serde_json::Value) -> lifestage::Pipeline {
    let mut sign = json!({ "id": "sign", "label": "Sign", "from": "talk", "to": "won" });
    for (key, value) in more.as_object().unwrap() {
        sign[key] = value.clone();
    }
    automation(sign, json!([{ "id": "auto", "on": { "after": "1d" }, "in": ["talk"], "move": "sign" }]))
}

#[test]
fn a_move_that_asks_for_what_is_missing_is_not_made_and_says_why() {
    let mut document = crate::document(json!({ "automation": [
        { "id": "auto", "on": { "after": "1d" }, "in": ["talk"], "move": "sign" }] }));
    document["policy"]["moves"].as_array_mut().unwrap().push(json!(
        { "id": "sign", "label": "Sign", "from": "talk", "to": "won", "input": { "why": "string" } }));
    // A definition that can never do so may be refused; if it loads, the move is refused in its time.
    let Ok(pipeline) = lifestage::Pipeline::from_json(&document.to_string()) else { return };
    on_each_store(&pipeline, |crm| {
        create(crm, contact("a"), "talk", at(0));
        assert_eq!(run(crm, at(DAY)).moved, 0);
        assert_eq!(stage(crm, "a"), "talk");
        let entry = entries(crm, "a").remove(0);
        assert_eq!(entry.note.as_deref(), Some("refused: `why` is missing"), "{entry:?}");
        assert_eq!(run(crm, at(9 * DAY)).total(), 0);
    });
}

#[test]
fn a_move_that_needs_a_second_person_becomes_a_proposal() {
    on_each_store(&signing(json!({ "approval": true })), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let round = run(crm, at(DAY));
        assert_eq!((round.moved, stage(crm, "a").as_str()), (0, "talk"), "{round:?}");
        let entry = entries(crm, "a").remove(0);
        assert_eq!(entry.state, EffectState::Delivered);
        assert_eq!(entry.note.as_deref(), Some("proposed"), "S61b: {entry:?}");
        assert_eq!(run(crm, at(2 * DAY)).total(), 0, "once");
        assert_eq!(crm.history("a").unwrap().len(), 2);
        sound(crm);
    });
}

#[test]
fn a_move_for_the_owner_only_is_not_made_by_itself() {
    on_each_store(&signing(json!({ "owner_only": true })), |crm| {
        create(crm, contact("a").owned_by("olga"), "talk", at(0));
        let round = run(crm, at(DAY));
        let entry = entries(crm, "a").remove(0);
        // Either the engine acts for everybody, or it says why not; it never stays silent or tries for ever.
        match stage(crm, "a").as_str() {
            "won" => assert_eq!((round.moved, entry.note), (1, None)),
            other => {
                assert_eq!(other, "talk");
                assert!(entry.note.is_some_and(|note| note.starts_with("refused: ")), "{round:?}");
            }
        }
        assert_eq!(run(crm, at(2 * DAY)).total(), 0);
    });
}

#[test]
fn two_rules_for_one_moment_make_one_move() {
    let rules = json!([
        { "id": "one", "on": { "after": "1d" }, "in": ["talk"], "move": "drop" },
        { "id": "two", "on": { "after": "1d" }, "in": ["talk"], "move": "offer" },
    ]);
    on_each_store(&pipeline(json!({ "automation": rules })), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let round = run(crm, at(DAY));
        assert_eq!((round.moved, stage(crm, "a").as_str()), (1, "lost"), "the first: {round:?}");
        assert_eq!(crm.history("a").unwrap().len(), 2);
        let other = entries(crm, "a").remove(1);
        assert!(other.state == EffectState::Cancelled || other.note.is_some(), "{other:?}");
    });
}

/// Two tasks, of which the one that waits stays when the record goes.
fn chain() -> lifestage::Pipeline {
    pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": [
        { "id": "first", "title": "First", "due": "1d" },
        { "id": "then", "title": "Then", "after": "first", "stays": true, "due": "5d", "remind": ["1d"] },
    ] }] }))
}

#[test]
fn what_waits_for_work_that_failed_waits_no_more_when_the_stay_ends() {
    on_each_store(&chain(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        assert_eq!(willing(crm).run_once(at(0)).unwrap().delivered, 1, "the first is on the list");
        let first = entries(crm, "a").remove(0).effect;
        done(crm.report(first.id(), &Report::failed("nobody there"), &sam(), at(1)).unwrap());
        assert!(entries(crm, "a")[1].waiting, "S50");
        mv(crm, "a", "offer", at(2));
        let then = entries(crm, "a").remove(1);
        assert_eq!((then.waiting, then.work), (false, Some(WorkState::Open)), "S49: {then:?}");
        assert_eq!(willing(crm).run_once(at(9 * DAY)).unwrap().delivered, 2, "the task and its reminder");
    });
}

#[test]
fn undone_work_is_done_again_once() {
    let follow = json!([{ "id": "call", "name": "Call", "kind": "custom", "on_done": { "move": "offer" } }]);
    on_each_store(&crate::with_actions(follow), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let act = lifestage::CarryOut::action("call");
        let call = done(crm.carry_out("a", &act, &sam(), at(0)).unwrap()).effects()[0].clone();
        for round in 1..4 {
            let answer = crm.report(call.id(), &Report::done(), &sam(), at(round)).unwrap();
            assert_eq!(answer.receipt().is_some(), round == 1, "{answer:?}");
        }
        assert_eq!(stage(crm, "a"), "offer");
        let why = crm.report(call.id(), &Report::undone(), &sam(), at(5)).unwrap();
        // What is undone moves nothing back, and what is done again moves nothing on.
        if let Answer::Done(_) = why {
            done(crm.report(call.id(), &Report::done(), &sam(), at(6)).unwrap());
        }
        assert_eq!(stage(crm, "a"), "offer");
        let moves = crm.history("a").unwrap().iter().filter(|row| row.mv.as_deref() == Some("offer")).count();
        assert_eq!(moves, 1);
        sound(crm);
    });
}

#[test]
fn moves_by_facts_in_a_circle_come_to_an_end() {
    let rules = json!([
        { "id": "up", "on": { "changed": ["budget"] }, "in": ["talk"], "move": "offer" },
        { "id": "down", "on": { "after": "0m" }, "in": ["offer"], "move": "talk", "backward": true },
        { "id": "on", "on": { "after": "0m" }, "in": ["talk"], "when": "budget > 1", "move": "offer" },
    ]);
    let document = crate::document(json!({ "automation": rules }));
    // Found when it is loaded, or stopped when it runs.
    let Ok(pipeline) = lifestage::Pipeline::from_json(&document.to_string()) else { return };
    on_each_store(&pipeline, |crm| {
        create(crm, contact("a"), "talk", at(0));
        crate::set(crm, "a", &lifestage::Edit::new().set("budget", 5), at(1));
        run(crm, at(1));
        assert!(crm.history("a").unwrap().len() < 60);
    });
}

#[test]
fn a_move_asked_for_by_somebody_else_first_leaves_the_timer_nothing() {
    on_each_store(&signing(json!({})), |crm| {
        create(crm, contact("a"), "talk", at(0));
        done(crm.submit("a", &Request::mv("sign"), &sam(), at(DAY)).unwrap());
        assert_eq!(run(crm, at(DAY)).total(), 0);
        let entry = entries(crm, "a").remove(0);
        assert_eq!((entry.effect.kind, entry.state), (EffectKind::Move, EffectState::Cancelled));
    });
}
