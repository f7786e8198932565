//! Work: tasks, actions, queues, timers, the outbox.

use lifestage::presets;
use serde_json::{Value, json};

use crate::world::World;

const USER: [&str; 2] = ["--role", "user"];
const ADMIN: [&str; 2] = ["--role", "admin"];

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

/// The contacts' preset, where a booked call leads on to another stage, if it was agreed by e-mail.
fn following() -> String {
    let preset = presets::CONTACT_STAGES;
    let mv = r#""free": true, "moves": [
        { "id": "plan", "label": "Plan", "from": "approved", "to": "follow_up_scheduled", "when": "has(email)" },"#;
    let policy = "\"free\": true,\n    \"moves\": [";
    let done = r#""on_done": { "#;
    assert!(preset.contains(policy) && preset.contains(done));
    preset.replacen(policy, mv, 1).replacen(done, r#""on_done": { "move": "plan", "#, 1)
}

#[test]
fn tasks_come_page_by_page_with_how_urgent_they_are() {
    let world = World::with_work();
    let (_, first) = world.json(&["tasks", "--limit", "1"]);
    assert_eq!(first["tasks"][0]["id"], "mo/1/0");
    assert_eq!(
        (&first["tasks"][0]["urgency"], &first["tasks"][0]["assignee"]),
        (&json!("today"), &json!("sam"))
    );
    let next = first["next"].as_str().unwrap();
    let (_, second) = world.json(&["tasks", "--limit", "1", "--after", next]);
    assert_eq!((&second["tasks"][0]["id"], &second["next"]), (&json!("mo/1/2"), &Value::Null));
    assert_eq!(second["tasks"][0]["waiting"], true);

    let ids = |arguments: &[&str]| -> Vec<String> {
        let (_, page) = world.json(arguments);
        let tasks = page["tasks"].as_array().unwrap().iter();
        tasks.map(|task| task["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["tasks", "--today"]), ["mo/1/0"]);
    assert_eq!(ids(&["tasks", "--overdue"]), [""; 0]);
    assert_eq!(ids(&["tasks", "--overdue", "--now", "2026-03-02T09:31:00Z"]), ["mo/1/0"]);
    assert_eq!(ids(&["tasks", "--today", "--now", "2026-03-03T09:00:00Z"]), ["mo/1/2"]);
    assert_eq!(ids(&["tasks", "--due-before", "2026-03-02T09:30:00Z"]), [""; 0]);
    assert_eq!(ids(&["tasks", "--of", "eva"]), [""; 0]);
    assert_eq!(world.done(&["tasks", "--of", "eva"]), "no tasks\n");
}

#[test]
fn due_tells_what_is_due_and_what_comes_next() {
    let world = World::with_work();
    let (_, now) = world.json(&["due"]);
    assert_eq!(now["overdue"]["tasks"], json!([]));
    assert_eq!(now["today"]["tasks"][0]["id"], "mo/1/0");
    assert_eq!((&now["waiting"], &now["next"]["id"]), (&json!([]), &json!("mo/1/1")));
    let (_, later) = world.json(&["due", "--at", "2026-03-02T10:00:00Z"]);
    assert_eq!(later["overdue"]["tasks"][0]["id"], "mo/1/0");
    assert_eq!(later["waiting"][0]["id"], "mo/1/1");
    assert_eq!(later["next"], Value::Null);
}

#[test]
fn reports_are_told_and_repeated_ones_written_once() {
    let world = World::with_work();
    let ask = with(&["done", "mo/1/0", "--with", "minutes:=3", "--request-key", "form-1"], &USER);
    let first = world.done(&ask);
    assert!(first.starts_with("mo: task of row 1 is done: Call Mo about Elm Street 1  (row 3, "), "{first}");
    assert_eq!(world.done(&ask), first.trim_end().to_owned() + ", as was answered before\n");
    let (_, document) = world.json(&with(&["history", "mo"], &[]));
    assert_eq!(document["rows"][2]["input"]["minutes"], 3);
    let again = world.run(&with(&["done", "mo/1/0", "--failed", "no"], &USER));
    assert_eq!(again.code, 1);
    assert!(again.out.contains("it is reported already  [110 invalid_input]"), "{}", again.out);
    world.done(&with(&["done", "mo/1/0", "--undone"], &USER));
    world.done(&with(&["done", "mo/1/0", "--failed", "wrong number"], &USER));
    let told = world.done(&["timeline", "mo", "--kind", "task", "--limit", "2"]);
    assert!(told.contains("sam took back that the task of row 1 was done: Call Mo"), "{told}");
    assert!(
        told.contains("sam could not do the task of row 1: Call Mo about Elm Street 1, because wrong number"),
        "{told}"
    );
}

#[test]
fn what_follows_from_work_is_told() {
    let world = World::with_work();
    world.write("contact_stages.json", following());
    world.done(&with(&["publish", "contact_stages.json"], &ADMIN));
    let book = [
        "act",
        "ada",
        "book_a_call",
        "--with",
        "event_type=strategy_call",
        "--with",
        "host=eva",
        "--role",
        "admin",
    ];
    world.done(&book);
    let refused = world.done(&with(&["done", "ada/2/0"], &ADMIN));
    assert!(refused.contains("\n  not followed: `plan` of `book_a_call`: "), "{refused}");
    world.done(&with(&["set", "ada", "email=ada@example.com"], &ADMIN));
    world.done(&book);
    let (_, document) = world.json(&with(&["done", "ada/5/0"], &ADMIN));
    let follow_up = &document["follow_ups"][0];
    assert_eq!(
        (&follow_up["move"], &follow_up["became"]["answer"], &follow_up["became"]["record"]["stage"]),
        (&json!("plan"), &json!("done"), &json!("follow_up_scheduled"))
    );
}

#[test]
fn a_record_can_be_asked_what_it_offers() {
    let world = World::with_work();
    let (code, document) = world.json(&with(&["act", "ada"], &USER));
    assert_eq!((code, &document["actions"][0]["id"]), (0, &json!("book_a_call")));
    assert_eq!(document["actions"][0]["asks"][1]["one_of"], json!(["round_robin", "by_hand"]));
    assert_eq!(world.done(&with(&["act", "mo"], &USER)), "no action is open to sam in New Inquiry\n");
    let missing = world.run(&with(&["act", "ada", "book_call"], &USER));
    assert_eq!(
        (missing.code, missing.err.as_str()),
        (
            5,
            "error: no stage of `contact_stages` offers an action called `book_call`, did you mean `book_a_call`?\n"
        )
    );
    let unanswered = world.run(&with(&["act", "ada", "book_a_call"], &USER));
    assert_eq!(unanswered.code, 1);
    assert!(unanswered.out.contains("`host` is missing  [109 missing_input]"), "{}", unanswered.out);
}

#[test]
fn queues_come_page_by_page() {
    let world = World::with_work();
    let late = ["--stage", "approved", "--now", "2026-03-02T10:00:00Z", "--role", "admin"];
    world.done(&with(&["create", "bob", "--pipeline", "contact_stages"], &late));
    let queue = ["queue", "contact_stages", "appointment_setting", "--limit", "1"];
    let (_, first) = world.json(&queue);
    assert_eq!(first["records"][0]["record"], "ada");
    let (_, second) = world.json(&with(&queue, &["--after", first["next"].as_str().unwrap()]));
    assert_eq!((&second["records"][0]["record"], &second["next"]), (&json!("bob"), &Value::Null));
    assert_eq!(world.done(&["queue", "contact_stages", "calls"]), "nobody is on the queue\n");
}

#[test]
fn time_passes_from_one_due_time_to_the_next() {
    let world = World::with_work();
    let moves = r#""free": true, "moves": [
        { "id": "park", "label": "Park", "from": "new_inquiry", "to": "long_term_nurture" },
        { "id": "part", "label": "Part", "from": "long_term_nurture", "to": "went_elsewhere", "when": "has(phone)" }]"#;
    let rules = r#""automation": [
        { "id": "silent", "on": { "after": "2w" }, "in": ["new_inquiry"], "move": "park" },
        { "id": "gone", "on": { "after": "1w" }, "in": ["long_term_nurture"], "move": "part" },
        { "id": "quiet", "on": { "idle": "1w" }, "in": ["long_term_nurture"], "when": "has(phone)", "move": "part" }],
        "roles": {"#;
    let sales = presets::SALES_STAGES.replacen("\"free\": true", moves, 1).replacen("\"roles\": {", rules, 1);
    world.write("sales.json", sales);
    world.done(&with(&["publish", "sales.json"], &ADMIN));
    world.done(&with(&["catch-up", "sales_stages"], &ADMIN));
    let until = ["--until", "2026-04-01T00:00:00Z"];
    let looked = world.done(&with(&["run-timers", "--dry-run"], &until));
    assert!(
        looked.starts_with("2026-03-16T09:00:00Z  mo/3/0: `park` of `silent` is due\ndry run: "),
        "{looked}"
    );
    let short = world.run(&with(&["run-timers", "--rounds", "1"], &until));
    assert_eq!(short.code, 1);
    assert!(
        short
            .out
            .ends_with("stopped: the clock was set forward 1 times; go on with --now 2026-03-16T09:00:00Z\n"),
        "{}",
        short.out
    );
    let ran = world.run(&with(&["run-timers", "--json"], &until));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(&str, &str)> = lines
        .iter()
        .take(lines.len() - 1)
        .map(|line| (line["outcome"].as_str().unwrap(), line["at"].as_str().unwrap()))
        .collect();
    let expected = [
        ("made", "2026-03-16T09:00:00Z"),
        ("not_made", "2026-03-23T09:00:00Z"),
        ("put_off", "2026-03-23T09:00:00Z"),
        ("put_off", "2026-03-23T09:00:00.000001Z"),
    ];
    assert_eq!(told[..4], expected);
    assert_eq!(lines[3]["until"], "2026-03-24T09:00:00.000001Z", "it is looked at again each day");
    assert_eq!(told.last(), Some(&("put_off", "2026-03-31T09:00:00.000001Z")));
    assert_eq!(lines[0]["row"]["recorded_at"], "2026-03-16T09:00:00Z");
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["outcome"], &summary["moved"], &summary["not_made"], &summary["reached"]),
        (&json!("summary"), &json!(1), &json!(1), &json!("2026-04-01T00:00:00Z"))
    );
    let early = world.run(&["run-timers", "--until", "2026-03-01T00:00:00Z"]);
    assert_eq!(early.code, 2);
    assert!(early.err.starts_with("error: `--until 2026-03-01T00:00:00Z` is before "), "{}", early.err);
}

#[test]
fn what_was_given_up_is_listed_and_tried_again() {
    let world = World::with_work();
    assert_eq!(world.done(&["outbox", "retry", "--all"]), "0 effects are tried again\n");
    let raw = rusqlite::Connection::open(world.path("crm.db")).unwrap();
    let kill = "UPDATE effects SET state = 'dead', claims = 8, note = 'mailbox full', settled_at = ready_at
        WHERE record = 'mo' AND place IN (1, 3)";
    assert_eq!(raw.execute(kill, []).unwrap(), 2);
    drop(raw);
    let dead = world.done(&["outbox", "dead"]);
    assert_eq!(dead.matches("mailbox full").count(), 2, "{dead}");
    assert!(dead.contains("mo/1/1  dead   2026-03-02T09:20:00Z  8      remind  Call Mo about"), "{dead}");
    assert_eq!(world.done(&["outbox", "retry", "mo/1/1"]), "mo/1/1 is tried again\n");
    let again = world.run(&["outbox", "retry", "mo/1/1"]);
    assert_eq!((again.code, again.out.as_str()), (1, "refused: mo/1/1 was not given up, it is pending\n"));
    assert_eq!(world.json(&["outbox", "retry", "--all"]), (0, json!({"revived": 1})));
    assert_eq!(world.done(&["outbox", "dead"]), "no effects\n");
    let (_, of_record) = world.json(&["outbox", "list", "--record", "mo", "--limit", "2"]);
    let (_, rest) =
        world.json(&["outbox", "list", "--record", "mo", "--after", of_record["next"].as_str().unwrap()]);
    assert_eq!(
        (of_record["effects"].as_array().unwrap().len(), rest["effects"].as_array().unwrap().len()),
        (2, 2)
    );
}

#[test]
fn an_undone_move_tells_what_was_delivered() {
    let world = World::with_work();
    world.done(&with(&["move", "mo", "--to", "made_contact"], &USER));
    world.done(&["run-timers"]);
    let undone = world.done(&with(&["undo", "mo"], &ADMIN));
    assert!(undone.contains("\n  was delivered, and is not taken back: mo/3/"), "{undone}");
    let (_, document) = world.json(&["outbox", "list", "--record", "mo", "--state", "cancelled"]);
    assert!(!document["effects"].as_array().unwrap().is_empty());
}

#[test]
fn what_is_wrong_with_what_is_asked_about_work_is_told() {
    let world = World::with_work();
    for (arguments, code, expected) in [
        (&["done", "mo"][..], 2, "`mo` is no id of an effect: write RECORD/ROW/INDEX"),
        (&["done", "mo/1/x"], 2, "`mo/1/x` is no id of an effect"),
        (&["done", "mo/1/77"], 5, "there is no effect `mo/1/77`"),
        (&["done", "nobody/1/0"], 5, "there is no effect `nobody/1/0`"),
        (&["done", "mo/1/0", "--with", "done=no"], 2, "done: a report says that itself"),
        (&["done", "mo", "2", "--undone"], 2, "cannot be used with"),
        (&["done", "mo/1/0", "--undone", "--failed", "x"], 2, "cannot be used with"),
        (&["outbox", "retry", "mo/1/77"], 5, "there is no effect `mo/1/77`"),
        (&["outbox", "retry"], 2, "<EFFECT>"),
        (
            &["outbox", "list", "--state", "delivered"],
            2,
            "without `--record`, only what is pending or dead is listed",
        ),
        (&["outbox", "list", "--record", "nobody"], 5, "there is no record `nobody`"),
        (&["outbox", "list", "--after", "x"], 2, "a cursor is what an earlier page ended with"),
        (
            &["queue", "contact_stages", "cals"],
            5,
            "the pipeline `contact_stages` has no queue `cals`, did you mean `calls`?",
        ),
        (&["queue", "contacts", "calls"], 5, "no pipeline `contacts` is published"),
        (&["tasks", "--due-before", "soon"], 2, "`soon` is not a timestamp"),
        (&["due", "--at", "soon"], 2, "`soon` is not a timestamp"),
        (&["run-timers", "--until", "soon"], 2, "`soon` is not a timestamp"),
        (&["act", "nobody"], 5, "there is no record `nobody`"),
        (&["catch-up", "contacts"], 5, "no pipeline `contacts` is published"),
    ] {
        let ran = world.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(expected), "{arguments:?}: {}", ran.err);
    }
    let refused = world.run(&with(&["catch-up", "sales_stages"], &USER));
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("[105 permission_denied]"), "{}", refused.out);
}
