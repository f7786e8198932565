//! The vectors of `tests/vectors`, asked through the operations that other languages have.
//!
//! What an answer says beyond the vectors (messages, labels, what a random salt gives) is left out before
//! it is compared.

use std::path::Path;

use lifestage::store::MemoryStore;
use lifestage::{Pipeline, presets};
use lifestage_wire::{FaultCode, call, open, pipeline_call, workspace_call};
use serde_json::{Map, Value as Json, json};

fn run(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    let definitions = definitions(&text);
    let pipelines: Vec<(String, Pipeline)> =
        definitions.into_iter().map(|(id, document)| (id, Pipeline::from_json(&document).unwrap())).collect();
    let pipeline = |vector: &Json| {
        let id = vector["definition"].as_str().unwrap();
        &pipelines.iter().find(|(known, _)| known == id).unwrap().1
    };
    for vector in json["vectors"].as_array().unwrap() {
        match vector["op"].as_str().unwrap() {
            "journal" => journal(pipeline(vector), vector),
            "workspace" => workspace(&pipelines, vector),
            // Batches are columns in memory, not JSON: each binding has them in its own way.
            "batch" => {}
            "criteria" => same(vector, &judged(vector)),
            "verify" => {
                let told = answer(call("verify", &input(vector, &[])));
                let told = if told.is_string() {
                    told
                } else {
                    json!({ "row": told["row"], "fault": told["fault"] })
                };
                same(vector, &told);
            }
            op => same(vector, &one(pipeline(vector), op, &input(vector, &[]), false)),
        }
    }
}

/// Definitions in their own text, since the order of their members counts.
fn definitions(text: &str) -> Vec<(String, String)> {
    #[derive(serde::Deserialize)]
    struct File<'a> {
        #[serde(borrow, default)]
        definitions: std::collections::BTreeMap<String, &'a serde_json::value::RawValue>,
    }
    let file: File<'_> = serde_json::from_str(text).unwrap();
    let document = |raw: &str| {
        let preset = serde_json::from_str::<Json>(raw).unwrap()["preset"].as_str().map(str::to_owned);
        preset.map_or_else(
            || raw.to_owned(),
            |id| presets::ALL.iter().find(|(known, _)| *known == id).unwrap().1.to_owned(),
        )
    };
    file.definitions.into_iter().map(|(id, raw)| (id, document(raw.get()))).collect()
}

/// What of a vector goes into the operation, with more beside.
fn input(vector: &Json, more: &[(&str, Json)]) -> String {
    let about = ["name", "cites", "op", "definition", "publish", "steps", "expect"];
    let mut members: Map<String, Json> = vector.as_object().unwrap().clone();
    members.retain(|name, _| !about.contains(&name.as_str()));
    members.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Json::Object(members).to_string()
}

fn answer(told: Result<String, lifestage_wire::Fault>) -> Json {
    serde_json::from_str(&told.unwrap()).unwrap()
}

fn same(vector: &Json, found: &Json) {
    let expected = &vector["expect"];
    assert!(found == expected, "{}: expected\n{expected:#}\nfound\n{found:#}", vector["name"]);
}

fn one(pipeline: &Pipeline, op: &str, input: &str, salted: bool) -> Json {
    let told = answer(pipeline_call(pipeline, op, input));
    match op {
        "explain" => {
            let buttons = answer(pipeline_call(pipeline, "moves", input));
            let buttons = list(&buttons).map(|offer| json!([offer["id"], offer["label"]]));
            json!({
                "buttons": buttons.collect::<Vec<_>>(),
                "moves": list(&told["moves"]).map(|mv| standing(mv, "label")).collect::<Vec<_>>(),
                "stages": list(&told["stages"]).map(|stage| standing(stage, "label")).collect::<Vec<_>>(),
            })
        }
        "deeds" => list(&told).map(|deed| standing(deed, "label")).collect(),
        "route" => {
            json!({ "steps": told["steps"].as_array().map(|steps| steps.iter().map(step).collect::<Vec<_>>()) })
        }
        "merge" if told["outcome"] == "merged" => json!({
            "outcome": "merged", "head": change("moved", &told["head"], false), "tail": change("moved", &told["tail"], false),
        }),
        "revise" if told["outcome"] == "accepted" => without(&told, "definition"),
        _ => decided(&told, salted),
    }
}

fn list(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().unwrap().iter()
}

fn without(json: &Json, name: &str) -> Json {
    let mut members = json.as_object().unwrap().clone();
    members.remove(name);
    Json::Object(members)
}

fn or(json: &Json, name: &str, default: Json) -> Json {
    json.get(name).cloned().unwrap_or(default)
}

/// A decision without its words, and without what a random salt gave.
fn decided(told: &Json, salted: bool) -> Json {
    match told["outcome"].as_str() {
        Some(outcome @ ("moved" | "proposed")) => change(outcome, &told["change"], salted),
        Some("refused") => refused(told),
        _ => told.clone(),
    }
}

fn change(outcome: &str, change: &Json, salted: bool) -> Json {
    let (mut record, mut row) = (change["record"].clone(), change["row"].clone());
    if !salted {
        plain(&mut record, &mut row);
    }
    json!({ "outcome": outcome, "record": record, "row": row, "effects": or(change, "effects", json!([])) })
}

fn plain(record: &mut Json, row: &mut Json) {
    record.as_object_mut().unwrap().remove("head");
    for random in ["salt", "personal", "effects", "previous", "hash"] {
        row.as_object_mut().unwrap().remove(random);
    }
}

fn refused(told: &Json) -> Json {
    let mut json = json!({ "outcome": "refused", "reasons": reasons(&told["reasons"]) });
    if let Some(route) = told.get("route") {
        json["route"] = moves(route);
    }
    json
}

fn reasons(told: &Json) -> Json {
    list(told)
        .map(|one| json!({ "code": one["code"], "parameters": or(one, "parameters", json!({})) }))
        .collect()
}

fn moves(route: &Json) -> Json {
    list(route).map(|step| step["move"].clone()).collect()
}

fn standing(one: &Json, words: &str) -> Json {
    let mut json = without(one, words);
    if json["standing"].is_array() {
        json["standing"] = reasons(&json["standing"]);
    }
    if json.get("route").is_some_and(Json::is_array) {
        json["route"] = moves(&json["route"]);
    }
    json
}

fn step(step: &Json) -> Json {
    json!({
        "move": step["move"], "to": step["to"], "asks": or(step, "asks", json!([])),
        "conditions": or(step, "conditions", json!([])), "approval": or(step, "approval", json!(false)),
    })
}

fn judged(vector: &Json) -> Json {
    match call("criteria", &input(vector, &[])) {
        Ok(told) => {
            let mut told: Json = serde_json::from_str(&told).unwrap();
            let failures = list(&told["failures"]).map(|one| {
                json!({
                    "text": one["text"], "truth": one["truth"], "missing": or(one, "missing", json!([])),
                    "wrong": or(one, "wrong", json!([])), "reason": or(one, "reason", Json::Null),
                    "values": or(one, "values", json!({})),
                })
            });
            told["failures"] = failures.collect();
            told
        }
        Err(fault) => {
            assert_eq!(fault.code(), FaultCode::InvalidCriteria, "{}: {fault}", vector["name"]);
            let errors = list(&fault.detail().unwrap()["errors"]).map(|error| error["kind"].clone());
            json!({ "errors": errors.collect::<Vec<_>>() })
        }
    }
}

/// A life from the creation on: each step on what the one before it left.
fn journal(pipeline: &Pipeline, vector: &Json) {
    let (mut record, mut rows) = (vector["record"].clone(), Vec::new());
    for step in list(&vector["steps"]) {
        let op = step["op"].as_str().unwrap();
        let mut more = vec![("record", record.clone())];
        if op == "undo" {
            more.push(("rows", rows.clone().into()));
        }
        let told = answer(pipeline_call(pipeline, op, &input(step, &more)));
        same(step, &decided(&told, step.get("salt").is_some()));
        if let Some(change) = told.get("change") {
            record = change["record"].clone();
            rows.push(change["row"].clone());
        }
    }
    assert_eq!(answer(call("verify", &json!({ "record": record, "rows": rows }).to_string())), "holds");
    let visits = answer(call("visits", &json!({ "rows": rows }).to_string()));
    let visits = list(&visits).map(|visit| {
        let mut visit = visit.clone();
        visit["stage"] = visit["stage"].get("id").cloned().unwrap_or_default();
        visit
    });
    same(vector, &json!({ "visits": visits.collect::<Vec<_>>() }));
}

fn workspace(pipelines: &[(String, Pipeline)], vector: &Json) {
    let crm = open(MemoryStore::new(), "tenant").unwrap();
    let admin = json!({ "id": "admin" });
    for id in list(&vector["publish"]) {
        let pipeline = &pipelines.iter().find(|(known, _)| id == known).unwrap().1;
        let publish =
            json!({ "definition": pipeline.to_json(), "actor": admin, "now": "2026-03-01T12:00:00Z" });
        assert_eq!(answer(workspace_call(&crm, "publish", &publish.to_string()))["outcome"], "published");
    }
    for step in list(&vector["steps"]) {
        let op = step["op"].as_str().unwrap();
        let asked = match op {
            "create" => input(step, &[]),
            _ => without(
                &serde_json::from_str(&input(step, &[("id", step["record"]["id"].clone())])).unwrap(),
                "record",
            )
            .to_string(),
        };
        let op = if op == "decide" { "submit" } else { op };
        let mut told = answer(workspace_call(&crm, op, &asked));
        match told["outcome"].as_str() {
            Some("refused") => told = refused(&told),
            Some("converted") => told = json!({ "outcome": "converted", "how": told["how"] }),
            Some("moved" | "proposed") => {
                let (mut record, mut row) = (told["record"].clone(), told["row"].clone());
                plain(&mut record, &mut row);
                (told["record"], told["row"]) = (record, row);
            }
            _ => {}
        }
        same(step, &told);
    }
}

/// Every file there is, so that a new one is asked here too.
#[test]
fn every_vector_gets_its_answer() {
    let folder =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    assert!(files.len() >= 8);
    files.iter().for_each(|name| run(name));
}
