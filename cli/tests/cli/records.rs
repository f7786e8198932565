//! Verbs on one record, in text and in JSON.

use serde_json::{Value, json};

use crate::world::World;

#[test]
fn a_move_is_told_and_written() {
    let world = World::new();
    assert_eq!(
        world.done(&["move", "lead-1", "mark_contacted"]),
        "lead-1: New -> Contacted by `mark_contacted`  (row 2, version 2)\n"
    );
    let (code, document) = world.json(&["move", "lead-2", "--to", "Contacted"]);
    assert_eq!((code, &document["answer"], &document["dry_run"]), (0, &json!("done"), &json!(false)));
    assert_eq!(document["record"]["stage"], "contacted");
    assert_eq!(
        (&document["row"]["move"], &document["row"]["actor"]),
        (&json!("mark_contacted"), &json!("sam"))
    );
    assert_eq!(document["row"]["recorded_at"], "2026-03-02T09:00:00Z");
    assert_eq!(
        world.done(&["move", "lead-2", "--to", "contacted"]),
        "lead-2 is as asked already, in `contacted`; nothing is written\n"
    );
    let (code, document) = world.json(&["move", "lead-2", "--to", "contacted"]);
    assert_eq!(
        (code, document),
        (0, json!({"answer": "unchanged", "id": "lead-2", "dry_run": false, "stage": "contacted"}))
    );
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let world = World::new();
    let dry = world.done(&["move", "lead-1", "mark_contacted", "--dry-run"]);
    let (code, document) = world.json(&["move", "lead-1", "mark_contacted", "--dry-run"]);
    assert_eq!(
        (code, &document["dry_run"], &document["record"]["stage"]),
        (0, &json!(true), &json!("contacted"))
    );
    let wet = world.done(&["move", "lead-1", "mark_contacted"]);
    assert_eq!(dry, format!("dry run: {wet}"));
    assert_eq!(world.json(&["history", "lead-1"]).1["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn a_refusal_is_an_answer_with_every_reason_and_the_way() {
    let world = World::new();
    let ran = world.run(&["move", "lead-1", "mark_won"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(
        ran.out.starts_with("refused: `Mark won` does not start at New  [102 not_from_stage]\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.ends_with("the way there: Mark contacted -> Mark engaged -> Set appointment -> Mark showed -> Start negotiation -> Mark won\n"));
    let (code, document) = world.json(&["move", "lead-1", "mark_won"]);
    assert_eq!((code, &document["answer"]), (1, &json!("refused")));
    assert_eq!(document["reasons"][0]["code"], "not_from_stage");
    assert_eq!(document["route"]["steps"].as_array().unwrap().len(), 6);
}

#[test]
fn whoever_was_second_is_told_so_with_a_code_of_its_own() {
    let world = World::new();
    let ran = world.run(&["move", "lead-3", "mark_engaged", "--expect-version", "1"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.out.contains("[114 stale_record]"), "{}", ran.out);
    assert_eq!(world.run(&["set", "lead-3", "budget=1", "--expect-version", "1"]).code, 4);
    assert_eq!(world.run(&["set", "lead-3", "budget=1", "--expect-version", "2"]).code, 0);
}

#[test]
fn the_same_request_twice_is_carried_out_once() {
    let world = World::new();
    let ask = ["move", "lead-1", "mark_contacted", "--request-key", "form-5"];
    let first = world.done(&ask);
    assert_eq!(world.done(&ask), first.trim_end().to_owned() + ", as was answered before\n");
    assert_eq!(world.json(&ask).1["repeated"], true);
    let other = world.run(&["move", "lead-2", "mark_contacted", "--request-key", "form-5"]);
    assert_eq!(other.code, 1);
    assert!(other.out.contains("[119 duplicate_request]"), "{}", other.out);
    assert_eq!(world.json(&["history", "lead-1"]).1["rows"].as_array().unwrap().len(), 2);
}

#[test]
fn answers_are_read_as_what_is_asked_for() {
    let world = World::new();
    assert_eq!(
        world.run(&["move", "lead-1", "mark_lost", "--reason", "prise"]).err,
        "error: reason: `prise` is not one of the values allowed, did you mean `price`?\n"
    );
    assert_eq!(
        world.run(&["move", "lead-1", "mark_lost", "--input", "raeson=price"]).err,
        "error: raeson: it is not asked for, did you mean `reason`?\n"
    );
    let (code, document) =
        world.json(&["move", "lead-1", "mark_lost", "--reason", "Other", "--input", "note=moved away"]);
    assert_eq!((code, &document["row"]["input"]), (0, &json!({"reason": "other", "note": "moved away"})));
    // Raw JSON goes to the engine as it is, which says what is wrong with it.
    let ran = world.run(&["move", "lead-2", "mark_lost", "--input", "reason:=7"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("[110 invalid_input]"), "{}", ran.out);
}

#[test]
fn force_goes_past_the_rules_for_those_who_may() {
    let world = World::new();
    let ask = ["move", "lead-1", "mark_won", "--force", "signed on paper"];
    assert_eq!(world.run(&ask).code, 1);
    let forced = world.done(&[&ask[..], &["--role", "owner"]].concat());
    assert_eq!(forced, "lead-1: New -> Won by `mark_won` by force  (row 2, version 2)\n");
}

#[test]
fn records_are_created_with_typed_fields() {
    let world = World::new();
    let (code, document) = world.json(&[
        "create",
        "lead-9",
        "--field",
        "budget=€ 7,500",
        "--field",
        "consent=yes",
        "--field",
        "phone=",
        "--field",
        "tags:=[\"vip\"]",
        "--owner",
        "maria",
    ]);
    assert_eq!((code, &document["answer"]), (0, &json!("done")));
    assert_eq!(document["record"]["fields"], json!({"budget": 7500, "consent": true, "tags": ["vip"]}));
    assert_eq!(document["record"]["owner"], "maria");

    assert_eq!(
        world.done(&["create", "lead-10", "--no-stage"]),
        "lead-10: created in no stage  (row 1, version 1)\n"
    );
    assert_eq!(
        world.done(&["create", "lead-11", "--stage", "Engaged"]),
        "lead-11: created in Engaged  (row 1, version 1)\n"
    );
    let again = world.run(&["create", "lead-9"]);
    assert_eq!(again.code, 1);
    assert!(again.out.contains("a record with the id `lead-9` exists already"), "{}", again.out);
}

#[test]
fn fields_are_set_and_cleared() {
    let world = World::new();
    assert_eq!(
        world.done(&["set", "lead-1", "budget=5", "name="]),
        "lead-1: budget = 5, name = - (was lead-1)  (row 2, version 2)\n"
    );
    assert_eq!(
        world.done(&["set", "lead-1", "budget=5"]),
        "lead-1 is as asked already, in `new`; nothing is written\n"
    );
    let (_, document) = world.json(&["set", "lead-1", "budget=6"]);
    assert_eq!(document["row"]["facts"], json!([{"name": "budget", "old": 5, "new": 6}]));
    let typo = world.run(&["set", "lead-1", "bugdet=5"]);
    assert_eq!(
        (typo.code, typo.err.as_str()),
        (2, "error: bugdet: the pipeline has no such field, did you mean `budget`?\n")
    );
}

#[test]
fn a_move_is_undone_and_history_keeps_both() {
    let world = World::new();
    let refused = world.run(&["undo", "lead-3"]);
    assert_eq!(refused.code, 1, "sales may not correct: {refused:?}");
    assert_eq!(
        world.done(&["undo", "lead-3", "--role", "manager", "--reason", "wrong lead"]),
        "lead-3: Contacted -> New, undoing row 2  (row 3, version 3)\n"
    );
    let history = world.done(&["history", "lead-3"]);
    let lines: Vec<&str> = history.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[3].ends_with("refers to row 2, because wrong lead"), "{history}");
    let (_, document) = world.json(&["history", "lead-3"]);
    let kinds: Vec<&Value> = document["rows"].as_array().unwrap().iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["creation", "move", "correction"]);
}

#[test]
fn moves_explain_and_route_agree() {
    let world = World::new();
    let (_, moves) = world.json(&["moves", "lead-3"]);
    let open: Vec<&Value> = moves["moves"].as_array().unwrap().iter().map(|mv| &mv["id"]).collect();
    assert_eq!(open, ["mark_engaged", "mark_lost", "mark_dormant"]);
    assert_eq!(moves["moves"][1]["asks"][0]["one_of"][0], "price");
    assert_eq!((&moves["stage"], &moves["version"]), (&json!("contacted"), &json!(2)));

    let (_, explained) = world.json(&["explain", "lead-3"]);
    let all = explained["moves"].as_array().unwrap();
    let allowed: Vec<&Value> =
        all.iter().filter(|mv| mv["standing"] == "allowed").map(|mv| &mv["id"]).collect();
    assert_eq!(allowed, open);
    let text = world.done(&["explain", "lead-3"]);
    assert_eq!(text.matches("\nopen  move").count(), open.len());
    assert!(text.contains("\nhere  stage Contacted\n"), "{text}");
    assert!(text.contains("      `Mark won` does not start at Contacted  [102 not_from_stage]\n"), "{text}");

    let (code, route) = world.json(&["route", "lead-3", "Engaged"]);
    assert_eq!((code, &route["route"]["steps"][0]["move"]), (0, &json!("mark_engaged")));
    assert_eq!(world.done(&["route", "lead-3", "contacted"]), "lead-3 is in `contacted` already\n");
    let nobody = world.run(&["route", "lead-3", "won", "--role", "nobody"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (1, "no way leads lead-3 to `won` for sam\n"));
    let (code, document) = world.json(&["route", "lead-3", "won", "--role", "nobody"]);
    assert_eq!((code, &document["route"]), (1, &Value::Null));
    assert!(world.done(&["moves", "lead-3", "--role", "nobody"]).contains("no move is open to sam"));
}

#[test]
fn ids_and_values_may_be_of_any_script_and_cannot_steer_the_terminal() {
    let world = World::new();
    let id = "клиент-漢字-🙂";
    world.done(&["create", id, "--field", "name=Zoë \u{1b}[2J\u{202e}"]);
    assert_eq!(
        world.done(&["move", id, "mark_contacted"]),
        format!("{id}: New -> Contacted by `mark_contacted`  (row 2, version 2)\n")
    );
    let list = world.done(&["list", "--stage", "contacted"]);
    assert!(list.contains("Zoë \\u{1b}[2J\\u{202e}"), "{list:?}");
    assert!(!list.contains(['\u{1b}', '\u{202e}']));
    assert_eq!(world.json(&["history", id]).1["id"], id);
}

#[test]
fn broken_chains_are_found() {
    let world = World::new();
    assert_eq!(world.done(&["verify"]), "3 records, 4 rows: every chain holds\n");
    assert_eq!(world.done(&["verify", "lead-1"]), "1 record, 1 row: every chain holds\n");
    let raw = rusqlite::Connection::open(world.path("crm.db")).unwrap();
    raw.execute_batch("UPDATE journal SET actor = 'mallory' WHERE record = 'lead-3' AND seq = 2").unwrap();
    drop(raw);
    let ran = world.run(&["verify"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(ran.out.starts_with("fault: lead-3, row 2: "), "{}", ran.out);
    assert!(ran.out.ends_with("3 records, 4 rows: 1 chain does not hold\n"), "{}", ran.out);
    let (code, document) = world.json(&["verify", "lead-3"]);
    assert_eq!(
        (code, &document["faults"][0]["id"], &document["faults"][0]["row"]),
        (1, &json!("lead-3"), &json!(2))
    );
    assert_eq!(world.run(&["verify", "lead-1"]).code, 0);
}

#[test]
fn the_clock_is_read_when_no_time_is_given() {
    let world = World::new();
    let before = lifestage::Timestamp::now();
    let output = world
        .command(&["move", "lead-1", "mark_contacted", "--json"])
        .env_remove("LIFESTAGE_NOW")
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let at: lifestage::Timestamp = document["row"]["recorded_at"].as_str().unwrap().parse().unwrap();
    assert!(before <= at && at <= lifestage::Timestamp::now(), "{at}");
}
