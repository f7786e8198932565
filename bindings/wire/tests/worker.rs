//! A worker whose handlers are the host's decides as the library's own does.

use lifestage::store::MemoryStore;
use lifestage::{
    Actor, Creation, EffectKind, HandlerError, Pipeline, Record, Round, Timestamp, Worker, Workspace, presets,
};
use lifestage_wire::{Crm, FaultCode, open, workspace_call};
use serde_json::{Value as Json, json};

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn crm() -> Crm {
    let crm = open(MemoryStore::new(), "acme").unwrap();
    let ada = Actor::new("ada").with_role("admin");
    crm.publish(&Pipeline::from_json(presets::SALES_STAGES).unwrap(), &ada, start()).unwrap();
    let mo =
        Record::new("mo").with("name", "Mo").with("email", "mo@example.com").with("property", "Elm Street 1");
    crm.create(mo, &Creation::in_stage("made_contact"), &ada, start()).unwrap();
    crm
}

fn ask(crm: &Crm, operation: &str, input: &Json) -> Json {
    serde_json::from_str(&workspace_call(crm, operation, &input.to_string()).unwrap()).unwrap()
}

fn take(crm: &Crm, now: Timestamp, worker: &Json) -> Json {
    ask(crm, "take", &json!({ "kinds": ["send_email"], "now": now, "worker": worker }))
}

fn handled(crm: &Crm, taken: &Json, handled: &Json, now: Timestamp, worker: &Json) -> Json {
    let input =
        json!({ "deliveries": taken["deliveries"], "handled": handled, "now": now, "worker": worker });
    ask(crm, "handled", &input)
}

fn entry(crm: &Crm) -> Json {
    let page = ask(crm, "outbox", &json!({ "record": "mo", "limit": 100 }));
    let entries = page["entries"].as_array().unwrap().iter();
    entries.clone().find(|entry| entry["effect"]["kind"] == "send_email").unwrap().clone()
}

/// What the library's own worker makes of a handler that always fails.
fn rust_round(
    crm: &Workspace<std::sync::Arc<dyn lifestage::store::contract::Full>>,
    now: Timestamp,
) -> Round {
    let worker = Worker::new(crm)
        .on(EffectKind::SendEmail, |_: &lifestage::outbox::Delivery| Err(HandlerError::new("mailbox full")));
    worker.run_once(now).unwrap()
}

#[test]
fn what_fails_waits_and_dies_as_with_the_library_s_own_worker() {
    let (theirs, ours) = (crm(), crm());
    let mut now = start();
    let mut attempts = 0;
    loop {
        let expected = rust_round(&theirs, now);
        let taken = take(&ours, now, &json!({}));
        let round = handled(&ours, &taken, &json!([{ "failed": "mailbox full" }]), now, &json!({}));
        attempts += 1;
        assert_eq!(taken["deliveries"].as_array().unwrap().len(), 1, "attempt {attempts}");
        assert_eq!((&round["retried"], &round["dead"]), (&json!(expected.retried), &json!(expected.dead)));
        assert_eq!(entry(&ours), entry(&theirs), "the same wait, to the microsecond");
        assert_eq!(round["errors"][0]["error"], "mailbox full");
        assert_eq!(take(&ours, now, &json!({}))["deliveries"], json!([]));
        if expected.dead == 1 {
            break;
        }
        now = entry(&theirs)["ready_at"].as_str().unwrap().parse().unwrap();
    }
    assert_eq!(attempts, 8);
    assert_eq!(entry(&ours)["state"], "dead");
}

#[test]
fn a_round_takes_what_is_handled_and_sees_to_the_rest() {
    let crm = crm();
    let taken = take(&crm, start(), &json!({}));
    assert_eq!(taken["lease"], "60s");
    let kinds = taken["deliveries"].as_array().unwrap().iter().map(|one| &one["effect"]["kind"]);
    assert_eq!(kinds.collect::<Vec<_>>(), ["send_email"]);
    assert!(taken["round"]["delivered"].as_u64().unwrap() >= 1, "tasks that nobody handles are on the list");
    let delivery = &taken["deliveries"][0];
    assert_eq!(ask(&crm, "still_wants", &json!({ "delivery": delivery, "failed": [] })), true);
    let mut before = delivery.clone();
    assert_eq!(ask(&crm, "still_wants", &json!({ "delivery": delivery, "failed": [before] })), false);
    before["effect"]["kind"] = json!("webhook");
    assert_eq!(ask(&crm, "still_wants", &json!({ "delivery": delivery, "failed": [before] })), true);
    let round = handled(&crm, &taken, &json!(["delivered"]), start(), &json!({}));
    assert_eq!(round["delivered"], 1);
    assert_eq!(entry(&crm)["state"], "delivered");
    let late = handled(&crm, &taken, &json!(["delivered"]), start(), &json!({}));
    assert_eq!(late["late"], 1, "it is settled already");
}

#[test]
fn what_is_not_begun_goes_back_and_what_is_hopeless_is_given_up() {
    let crm = crm();
    for not_begun in [json!([]), json!([null])] {
        let taken = take(&crm, start(), &json!({}));
        assert_eq!(taken["deliveries"][0]["attempt"], 1, "it was no attempt");
        handled(&crm, &taken, &not_begun, start(), &json!({}));
    }
    let taken = take(&crm, start(), &json!({}));
    let round = handled(&crm, &taken, &json!([{ "dead": "no such mailbox" }]), start(), &json!({}));
    assert_eq!(round["dead"], 1);
    assert_eq!((&entry(&crm)["state"], &entry(&crm)["note"]), (&json!("dead"), &json!("no such mailbox")));
}

#[test]
fn a_worker_goes_about_it_as_it_is_told() {
    let crm = crm();
    let worker = json!({ "lease": "5m", "attempts": 2, "wait": ["1s", "1s"], "batch": 7 });
    let taken = take(&crm, start(), &worker);
    assert_eq!(taken["lease"], "300s");
    handled(&crm, &taken, &json!([{ "failed": "busy" }]), start(), &worker);
    let ready: Timestamp = entry(&crm)["ready_at"].as_str().unwrap().parse().unwrap();
    let wait = ready.since(start()).unwrap().as_micros();
    assert!((500_000..=1_000_000).contains(&wait), "{wait}");
    let taken = take(&crm, ready, &worker);
    let round = handled(&crm, &taken, &json!([{ "failed": "busy" }]), ready, &worker);
    assert_eq!(round["dead"], 1, "the second attempt was the last");
    let wrong = json!({ "kinds": [], "now": start(), "worker": { "patience": 3 } });
    let fault = workspace_call(&crm, "take", &wrong.to_string()).unwrap_err();
    assert_eq!(fault.code(), FaultCode::InvalidInput);
    assert!(fault.message().contains("`patience`"), "{fault}");
    for nothing in [
        json!({ "attempts": 0 }),
        json!({ "batch": 0 }),
        json!({ "lease": "0s" }),
        json!({ "wait": ["2s", "1s"] }),
        json!({ "wait": ["-2s", "1s"] }),
    ] {
        let wrong = json!({ "kinds": [], "now": start(), "worker": nothing });
        let fault = workspace_call(&crm, "take", &wrong.to_string()).unwrap_err();
        assert_eq!(fault.code(), FaultCode::InvalidInput, "{nothing}");
    }
}

/// A worker that was down for days sends the mail of the first day before it makes the move of the third, which would
/// call the mail off (S47, S49).
#[test]
fn what_a_host_is_to_do_comes_before_the_moves_behind_it() {
    let definition = json!({
        "id": "deals", "name": "Deals", "fields": { "email": "string" },
        "categories": [{ "id": "open", "name": "Open", "outcome": "open" }, { "id": "lost", "name": "Lost", "outcome": "lost" }],
        "stages": [
            { "id": "new", "name": "New", "category": "open", "default": true, "actions": [
                { "id": "mail", "name": "Mail", "kind": "send_email", "on": "enter", "with": { "to": "{{ email }}", "subject": "Hello" } }] },
            { "id": "lost", "name": "Lost", "category": "lost" }],
        "policy": { "moves": [{ "id": "lose", "label": "Lose", "from": "new", "to": "lost" }] },
        "roles": { "rep": { "can": ["create", "view", "move"] } },
        "automation": [{ "id": "old", "on": { "after": "3d" }, "in": ["new"], "move": "lose" }],
    });
    let crm = open(MemoryStore::new(), "acme").unwrap();
    let sam = Actor::new("sam").with_role("rep");
    crm.publish(&Pipeline::from_json(&definition.to_string()).unwrap(), &sam, start()).unwrap();
    crm.create(Record::new("mo").with("email", "mo@example.com"), &Creation::new(), &sam, start()).unwrap();
    let late: Timestamp = "2026-03-09T09:00:00Z".parse().unwrap();
    let first = take(&crm, late, &json!({}));
    assert_eq!(
        (&first["deliveries"][0]["effect"]["action"], &first["round"]["moved"]),
        (&json!("mail"), &json!(0))
    );
    assert_eq!(ask(&crm, "still_wants", &json!({ "delivery": first["deliveries"][0] })), true);
    assert_eq!(handled(&crm, &first, &json!(["delivered"]), late, &json!({}))["delivered"], 1);
    let then = take(&crm, late, &json!({}));
    assert_eq!((&then["deliveries"], &then["round"]["moved"]), (&json!([]), &json!(1)));
}

#[test]
fn a_lease_counts_from_when_it_is_taken() {
    let crm = crm();
    let input = json!({ "kinds": ["send_email"], "now": start(), "gone": "45s" });
    let taken = ask(&crm, "take", &input);
    assert_eq!(taken["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(entry(&crm)["ready_at"], "2026-03-02T09:01:45Z", "a minute after 45 seconds had gone");
}

#[test]
fn a_worker_is_told_when_it_has_something_to_do() {
    let crm = crm();
    let mail = json!({ "kinds": ["send_email"] });
    assert_eq!(ask(&crm, "next_due", &mail), "2026-03-02T09:00:00Z");
    let taken = take(&crm, start(), &json!({}));
    handled(&crm, &taken, &json!([{ "failed": "busy" }]), start(), &json!({}));
    assert_eq!(ask(&crm, "next_due", &mail), entry(&crm)["ready_at"]);
}

#[test]
fn the_end_of_a_stay_calls_a_delivery_off() {
    let crm = crm();
    let taken = ask(&crm, "take", &json!({ "kinds": ["create_task"], "now": start() }));
    let delivery = &taken["deliveries"][0];
    assert_eq!(delivery["effect"]["bound"], true, "{delivery}");
    let still = || ask(&crm, "still_wants", &json!({ "delivery": delivery }));
    assert_eq!(still(), true);
    let request = json!({ "to": "proposal_sent" });
    let actor = json!({ "id": "ada", "roles": ["admin"] });
    let told =
        ask(&crm, "submit", &json!({ "id": "mo", "request": request, "actor": actor, "now": start() }));
    assert_eq!(told["outcome"], "moved", "{told}");
    assert_eq!(still(), false);
}
