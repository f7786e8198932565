//! What is asked of a pipeline for a host with tables of its own: customers, deals, planned work, time, permissions.

use lifestage::{Pipeline, presets};
use lifestage_wire::{Fault, FaultCode, pipeline_call};
use serde_json::{Value as Json, json};

const NOW: &str = "2026-03-02T09:00:00Z";

fn lead() -> Pipeline {
    Pipeline::from_json(presets::LEAD).unwrap()
}

fn customers() -> Pipeline {
    Pipeline::from_json(presets::LIFE_STAGES).unwrap()
}

fn try_ask(pipeline: &Pipeline, operation: &str, mut input: Json, by: Option<&str>) -> Result<Json, Fault> {
    if let Some(role) = by {
        input["actor"] = json!({ "id": "olga", "roles": [role] });
        input["now"] = json!(NOW);
    }
    Ok(serde_json::from_str(&pipeline_call(pipeline, operation, &input.to_string())?).unwrap())
}

fn judge(pipeline: &Pipeline, operation: &str, input: Json, role: &str) -> Json {
    try_ask(pipeline, operation, input, Some(role)).unwrap()
}

fn ask(pipeline: &Pipeline, operation: &str, input: Json) -> Json {
    try_ask(pipeline, operation, input, None).unwrap()
}

fn ada() -> Json {
    json!({
        "id": "lead-42", "pipeline": "lead", "stage": "new", "version": 3, "owner": "sam",
        "fields": { "email": "ada@example.com", "name": "Ada", "budget": 7000 },
    })
}

#[test]
fn both_halves_of_a_conversion_are_judged() {
    let (lead, customers) = (lead(), customers());
    let wish = json!({ "customer": "customer-7", "stage": "customer" });
    let would_be = ask(&customers, "customer_of", json!({ "lead": ada(), "wish": wish }));
    assert_eq!((&would_be["id"], &would_be["owner"]), (&json!("customer-7"), &json!("sam")));
    assert_eq!(would_be["fields"]["email"], "ada@example.com");

    let half = judge(&lead, "convert", json!({ "record": ada(), "wish": wish }), "owner");
    assert_eq!(half["change"]["record"]["links"]["customer"], "customer-7");
    let conversion = lead.definition().conversion.clone();
    let input = json!({ "lead": ada(), "wish": wish, "conversion": conversion });
    let other = judge(&customers, "make_customer", input, "owner");
    assert_eq!(other["change"]["record"]["id"], "customer-7");
    assert_eq!(other["change"]["row"]["to"]["id"], "customer");
    // Without the definition of the lead, it takes the permission to create a customer.
    let refused = judge(&customers, "make_customer", json!({ "lead": ada(), "wish": wish }), "nobody");
    assert_eq!(refused["reasons"][0]["code"], "not_permitted_to_create");

    let mut there = other["change"]["record"].clone();
    there["fields"].as_object_mut().unwrap().remove("name");
    let input = json!({ "lead": ada(), "customer": there, "conversion": conversion });
    let linked = judge(&customers, "link_customer", input, "owner");
    assert_eq!(linked["change"]["row"]["kind"], "conversion");
    assert_eq!(linked["change"]["record"]["fields"]["name"], "Ada", "what is missing is filled");
}

#[test]
fn a_deal_is_for_a_lead_that_was_converted() {
    let deals = lead();
    let deal = json!({ "id": "deal-1", "stage": null });
    let refused = judge(&deals, "start_deal", json!({ "lead": ada(), "deal": deal }), "owner");
    assert_eq!(refused["reasons"][0]["code"], "not_converted");
    let mut lead = ada();
    lead["links"] = json!({ "customer": "customer-7" });
    let input = json!({ "lead": lead, "deal": deal, "creation": { "stage": "engaged" } });
    let record = judge(&deals, "start_deal", input, "owner")["change"]["record"].clone();
    assert_eq!((&record["stage"], &record["owner"]), (&json!("engaged"), &json!("sam")));
    assert_eq!(record["links"], json!({ "customer": "customer-7", "lead": "lead-42" }));
}

#[test]
fn what_is_planned_is_finished_once() {
    let lead = lead();
    let wish = json!({ "kind": "call", "text": "Ring back", "planned": true });
    let planned = judge(&lead, "log", json!({ "record": ada(), "wish": wish }), "owner");
    let (row, after) = (planned["change"]["row"].clone(), planned["change"]["record"].clone());
    let finish = |rows: Json| {
        judge(&lead, "finish", json!({ "record": after, "rows": rows, "row": row["seq"] }), "owner")
    };
    let done = finish(json!([row]));
    let told = done["change"]["row"].clone();
    assert_eq!((&told["refers_to"], &told["input"]["done"]), (&row["seq"], &json!(true)));
    assert_eq!(finish(json!([row, told]))["reasons"][0]["message"], "what row 1 planned is done already");
    assert_eq!(finish(json!([]))["reasons"][0]["code"], "invalid_input");
    assert_eq!(finish(json!([told]))["outcome"], "refused", "it plans nothing");
}

fn tickets() -> Pipeline {
    let definition = json!({
        "id": "tickets", "name": "Tickets", "record_kind": "ticket",
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Solved", "outcome": "won" },
        ],
        "stages": [
            {
                "id": "new", "name": "New", "category": "open", "default": true, "idle": "2d",
                "actions": [{ "id": "look", "name": "Look", "kind": "create_task", "on": "enter" }],
            },
            { "id": "waiting", "name": "Waiting", "category": "open" },
            {
                "id": "solved", "name": "Solved", "category": "won",
                "input": { "cause": { "type": "string" } },
            },
        ],
        "sla": [{ "id": "answer", "name": "Answer", "within": "4h", "in": ["new"], "met_by": ["call"] }],
        "policy": { "moves": [
            { "id": "wait", "label": "Wait", "from": "new", "to": "waiting" },
            { "id": "solve", "label": "Solve", "from": "any_open", "to": "solved",
              "input": { "minutes": { "type": "int" } } },
        ] },
        "roles": { "agent": { "can": ["create", "view", "move:own", "act", "publish", "migrate"] } },
    });
    Pipeline::from_json(&definition.to_string()).unwrap()
}

fn ticket() -> Json {
    json!({ "id": "t-1", "pipeline": "tickets", "stage": "new", "version": 1, "owner": "eva",
            "entered_at": "2026-02-25T09:00:00Z" })
}

#[test]
fn a_record_gets_the_work_that_its_stage_came_to_have() {
    let tickets = tickets();
    let given = judge(&tickets, "catch_up", json!({ "record": ticket() }), "agent");
    assert_eq!(given["change"]["effects"][0]["action"], "look");
    let had = json!({ "effect": given["change"]["effects"][0], "state": "pending", "ready_at": "2026-02-25T09:00:00Z" });
    let nothing = judge(&tickets, "catch_up", json!({ "record": ticket(), "had": [had] }), "agent");
    assert_eq!(nothing["outcome"], "unchanged");
}

#[test]
fn one_record_of_a_migration_is_judged() {
    let migration = json!({
        "id": "tidy", "pipeline": "tickets", "into": "tickets", "version": 1, "map": { "new": "waiting" },
        "reason": "tidying up", "actor": { "id": "olga", "roles": ["agent"] }, "started_at": NOW,
    });
    let input = |record: Json| json!({ "record": record, "migration": migration, "now": NOW });
    let moved = ask(&tickets(), "migrate", input(ticket()));
    let row = &moved["change"]["row"];
    assert_eq!((&row["from"]["label"], &row["to"]["id"]), (&json!("New"), &json!("waiting")));
    assert_eq!((&row["kind"], &row["batch"]), (&json!("migration"), &json!("tidy")));
    let mut elsewhere = ticket();
    elsewhere["stage"] = json!("waiting");
    assert_eq!(ask(&tickets(), "migrate", input(elsewhere))["reasons"][0]["code"], "bad_map");
    for (name, value) in [("stage", "gone"), ("pipeline", "another")] {
        let mut unknown = ticket();
        unknown[name] = json!(value);
        let fault =
            lifestage_wire::pipeline_call(&tickets(), "migrate", &input(unknown).to_string()).unwrap_err();
        assert!(fault.message().contains("`from` is needed"), "S33: {fault}");
    }
}

#[test]
fn a_notice_of_a_promise_is_told_put_off_or_dropped() {
    let tickets = tickets();
    let new = json!({ "id": "t-2", "stage": null });
    let made = judge(&tickets, "create", json!({ "record": new }), "agent")["change"].clone();
    let breach = made["effects"].as_array().unwrap().iter().find(|effect| effect["kind"] == "sla").unwrap();
    let at = |rows: &[&Json], now: &str| {
        let input = json!({ "effect": breach, "record": made["record"], "rows": rows, "now": now });
        ask(&tickets, "notice", input)
    };
    let early = at(&[&made["row"]], "2026-03-02T10:00:00Z");
    assert_eq!(early, json!({ "outcome": "postponed", "until": "2026-03-02T13:00:00Z" }));
    assert_eq!(at(&[&made["row"]], "2026-03-02T13:00:01Z"), json!({ "outcome": "tell" }));
    let wish = json!({ "kind": "call", "text": "It works again" });
    let call = judge(&tickets, "log", json!({ "record": made["record"], "wish": wish }), "agent");
    let met = at(&[&made["row"], &call["change"]["row"]], "2026-03-02T13:00:01Z");
    assert_eq!(met, json!({ "outcome": "nothing", "note": "it was met" }));
}

#[test]
fn silence_is_measured_against_the_limit_of_the_stage() {
    let of = |as_of: &str| ask(&tickets(), "idle", json!({ "record": ticket(), "rows": [], "as_of": as_of }));
    assert_eq!(of("2026-02-27T09:00:00Z"), Json::Null);
    assert_eq!(of("2026-02-27T10:00:00Z"), "3600s");
}

#[test]
fn what_a_request_may_be_asked_for_is_known_beforehand() {
    let of = |request: Json| {
        let asks = ask(&tickets(), "asks", json!({ "request": request }));
        let names = asks.as_array().unwrap().iter().map(|ask| ask["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(of(json!({ "move": "solve" })), ["minutes", "cause"]);
    assert_eq!(of(json!({ "to": "waiting" })), Vec::<String>::new());
    assert_eq!(of(json!({ "move": "dance" })), Vec::<String>::new());
}

#[test]
fn a_capability_may_reach_only_what_is_one_s_own() {
    let can = |id: &str, capability: &str| {
        let input = json!({
            "record": ticket(), "actor": { "id": id, "roles": ["agent"] }, "capability": capability,
        });
        try_ask(&tickets(), "can", input, None)
    };
    assert_eq!(can("eva", "move").unwrap(), true);
    assert_eq!(can("sam", "move").unwrap(), false);
    assert_eq!(can("sam", "view").unwrap(), true);
    let fault = can("sam", "fly").unwrap_err();
    assert_eq!(fault.code(), FaultCode::InvalidInput);
    assert_eq!(fault.message(), "`can`: there is no capability `fly`");
}
