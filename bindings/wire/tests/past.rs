//! What is asked of a workspace about many records: migrations tried out, journals judged again, people who are one.

use lifestage::store::MemoryStore;
use lifestage::{Actor, Creation, Pipeline, Record, Timestamp, presets};
use lifestage_wire::{Crm, open, workspace_call};
use serde_json::{Value as Json, json};

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn olga() -> Actor {
    Actor::new("olga").with_role("owner")
}

fn crm(leads: &[&str]) -> Crm {
    let crm = open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&Pipeline::from_json(presets::LEAD).unwrap(), &olga(), now()).unwrap();
    for id in leads {
        let lead = Record::new(*id).with("email", "ada@example.com");
        crm.create(lead, &Creation::new(), &olga(), now()).unwrap();
    }
    crm
}

fn ask(crm: &Crm, operation: &str, input: Json) -> Json {
    serde_json::from_str(&workspace_call(crm, operation, &input.to_string()).unwrap()).unwrap()
}

#[test]
fn a_migration_is_tried_out_before_it_is_made() {
    let crm = crm(&["a", "b", "c"]);
    let of = |map: Json, actor: &Actor| {
        ask(&crm, "preview_migration", json!({ "pipeline": "lead", "map": map, "actor": actor, "limit": 2 }))
    };
    let would = of(json!({ "new": "engaged" }), &olga());
    assert_eq!((&would["outcome"], &would["total"]), (&json!("judged"), &json!(3)));
    let one = |id: &str| json!({ "id": id, "from": "new", "to": "engaged" });
    let mut records = would["records"].as_array().unwrap().clone();
    records.sort_by_key(|record| record["id"].to_string());
    assert_eq!(records.len(), 2, "as many as were asked for");
    assert!(records.iter().all(|record| *record == one(record["id"].as_str().unwrap())), "{records:?}");
    assert_eq!(ask(&crm, "record", json!({ "id": "a" }))["stage"], "new", "nothing is written");
    assert_eq!(ask(&crm, "migrations", json!({})), json!([]));
    let refused = of(json!({ "new": "nowhere" }), &olga());
    assert_eq!(refused["reasons"][0]["code"], "unknown_stage");
    assert_eq!(of(json!({ "new": "engaged" }), &Actor::new("sam"))["outcome"], "refused");
}

#[test]
fn the_past_of_all_records_is_judged_under_another_definition() {
    let crm = crm(&["a", "b"]);
    for id in ["a", "b"] {
        let request = json!({ "move": "mark_contacted" });
        ask(&crm, "submit", json!({ "id": id, "request": request, "actor": olga(), "now": now() }));
    }
    let mut stricter: Json = serde_json::from_str(presets::LEAD).unwrap();
    let same = ask(&crm, "replay", json!({ "definition": stricter }));
    assert_eq!(same, json!({ "judged": 4, "passed_over": 0, "refused": [] }));
    let moves = stricter["policy"]["moves"].as_array_mut().unwrap();
    let contacted = moves.iter_mut().find(|mv| mv["id"] == "mark_contacted").unwrap();
    contacted["when"] = json!("has(phone)");
    contacted["roles"] = json!(["manager"]);
    let told = ask(&crm, "replay", json!({ "definition": stricter }));
    let rows: Vec<_> =
        told["refused"].as_array().unwrap().iter().map(|row| (&row["seq"], &row["move"])).collect();
    assert_eq!(rows, [(&json!(2), &json!("mark_contacted")); 2]);
    let codes = |told: &Json| told["refused"][0]["refusal"]["reasons"].as_array().unwrap().len();
    assert_eq!(codes(&told), 1, "whose roles are not known may do everything");
    let known = json!({ "definition": stricter, "actors": [{ "id": "olga", "roles": ["sales"] }] });
    assert_eq!(codes(&ask(&crm, "replay", known)), 2);
}

#[test]
fn the_stays_of_a_person_are_those_of_all_records() {
    let crm = crm(&["a", "b"]);
    let merged = ask(&crm, "merge", json!({ "id": "a", "tail": "b", "actor": olga(), "now": now() }));
    assert_eq!(merged["outcome"], "merged");
    let visits = ask(&crm, "united_visits", json!({ "id": "a" }));
    let whose: Vec<_> = visits.as_array().unwrap().iter().map(|it| &it["record"]).collect();
    assert_eq!(whose, ["a", "b"]);
    assert_eq!(visits[0]["visit"]["stage"]["id"], "new");
    assert_eq!(visits[1]["visit"]["left_at"], "2026-03-02T09:00:00Z", "it ended where they became one");
}
