//! An automation proposes, and never approves: S61b asks for another person.

use lifestage::journal::RowKind;
use lifestage::store::{Reader, Store};
use lifestage::{Actor, Answer, CarryOut, Edit, Pipeline, ReasonCode, Report, Request, Workspace};
use serde_json::{Value, json};

use crate::{DAY, at, contact, create, done, entries, on_each_store, refused, run, sam, set, stage};

/// A move `sign` that needs approval, these automations, and an action `call` after which it follows.
fn signing(rules: Value) -> Pipeline {
    let mut document = crate::document(json!({ "automation": rules }));
    let sign = json!({ "id": "sign", "label": "Sign", "from": "talk", "to": "won", "approval": true });
    document["policy"]["moves"].as_array_mut().unwrap().push(sign);
    document["stages"][1]["actions"] =
        json!([{ "id": "call", "name": "Call", "kind": "custom", "on_done": { "move": "sign" } }]);
    document["roles"]["boss"] = json!({ "can": ["view", "move", "approve"] });
    Pipeline::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

fn propose<S: Store + Reader>(crm: &Workspace<S>) {
    create(crm, contact("a"), "talk", at(0));
    let answer = crm.submit("a", &Request::mv("sign"), &sam(), at(1)).unwrap();
    assert!(matches!(answer, Answer::Proposed(_)), "{answer:?}");
}

/// It waits for a person still, and one can approve it.
fn waits_for_a_person<S: Store + Reader>(crm: &Workspace<S>) {
    assert_eq!(stage(crm, "a"), "talk", "nobody approved");
    let approved = crm.history("a").unwrap().iter().any(|row| row.kind == RowKind::Approval);
    assert!(!approved);
    assert_eq!(crm.record("a").unwrap().unwrap().proposals().len(), 1, "it is left open");
    let why = refused(crm.submit("a", &Request::mv("sign"), &sam(), at(3 * DAY)).unwrap());
    assert!(why.has(ReasonCode::ApprovalNeeded) || why.has(ReasonCode::PermissionDenied), "{why}");
    let bot = Actor::automation("nightly").with_role("boss");
    let why = refused(crm.submit("a", &Request::mv("sign"), &bot, at(3 * DAY)).unwrap());
    assert_eq!(why.codes().collect::<Vec<_>>(), [ReasonCode::ApprovalNeeded]);
    let bob = Actor::new("bob").with_role("boss");
    done(crm.submit("a", &Request::mv("sign"), &bob, at(3 * DAY)).unwrap());
    assert_eq!(stage(crm, "a"), "won");
}

#[test]
fn a_timer_does_not_approve() {
    let rules = json!([{ "id": "auto", "on": { "after": "1d" }, "in": ["talk"], "move": "sign" }]);
    on_each_store(&signing(rules), |crm| {
        propose(crm);
        assert_eq!(run(crm, at(DAY)).moved, 0);
        let note = entries(crm, "a").remove(0).note;
        assert_eq!(
            note.as_deref(),
            Some("refused: a person has to approve this; it is proposed and waits"),
            "S61b"
        );
        waits_for_a_person(crm);
    });
}

#[test]
fn an_edit_of_the_proposer_does_not_approve() {
    let rules = json!([{ "id": "auto", "on": { "changed": ["budget"] }, "in": ["talk"], "move": "sign" }]);
    on_each_store(&signing(rules), |crm| {
        propose(crm);
        let edited = set(crm, "a", &Edit::new().set("budget", 5), at(2));
        let answer = edited.follow_ups()[0].answer().unwrap();
        assert!(answer.refusal().unwrap().has(ReasonCode::ApprovalNeeded), "S61b: {answer:?}");
        waits_for_a_person(crm);
    });
}

#[test]
fn work_reported_done_by_the_proposer_does_not_approve() {
    on_each_store(&signing(json!([])), |crm| {
        propose(crm);
        let act = crm.carry_out("a", &CarryOut::action("call"), &sam(), at(2)).unwrap();
        let call = done(act).effects()[0].clone();
        let reported = done(crm.report(call.id(), &Report::done(), &sam(), at(3)).unwrap());
        let answer = reported.follow_ups()[0].answer().unwrap();
        assert!(answer.refusal().unwrap().has(ReasonCode::ApprovalNeeded), "S61b: {answer:?}");
        waits_for_a_person(crm);
    });
}

#[test]
fn two_automations_are_no_two_people() {
    let rules = json!([
        { "id": "one", "on": { "after": "1d" }, "in": ["talk"], "move": "sign" },
        { "id": "two", "on": { "after": "2d" }, "in": ["talk"], "move": "sign" },
    ]);
    on_each_store(&signing(rules), |crm| {
        create(crm, contact("a"), "talk", at(0));
        assert_eq!(run(crm, at(2 * DAY)).moved, 0, "S61b");
        let notes: Vec<_> = entries(crm, "a").into_iter().map(|entry| entry.note.unwrap()).collect();
        assert_eq!(notes, ["proposed", "refused: a person has to approve this; it is proposed and waits"]);
        waits_for_a_person(crm);
    });
}
