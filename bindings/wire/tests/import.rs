//! Lists brought in through JSON: as text and as rows, in one piece and in several.

use lifestage::store::MemoryStore;
use lifestage::{Pipeline, presets};
use lifestage_wire::{Crm, Fault, FaultCode, open, pipeline_call, workspace_call};
use serde_json::{Value as Json, json};

const NOW: &str = "2026-11-20T09:00:00Z";
const SHIPPED: &str = include_str!("../../../examples/data/leads.csv");

fn crm() -> Crm {
    let crm = open(MemoryStore::new(), "acme").unwrap();
    let definition: Json = serde_json::from_str(presets::LEAD).unwrap();
    let input = json!({ "definition": definition, "actor": olga(), "now": NOW });
    workspace_call(&crm, "publish", &input.to_string()).unwrap();
    crm
}

fn olga() -> Json {
    json!({ "id": "olga", "roles": ["owner"] })
}

fn import(crm: &Crm, list: &Json, more: Json) -> Result<Json, Fault> {
    let mut input = more;
    input["pipeline"] = json!("lead");
    input["list"] = list.clone();
    input["actor"] = olga();
    input["now"] = json!(NOW);
    Ok(serde_json::from_str(&workspace_call(crm, "import", &input.to_string())?).unwrap())
}

fn in_all(crm: &Crm) -> u64 {
    let counts = workspace_call(crm, "counts", r#"{"pipeline": "lead"}"#).unwrap();
    let counts: Vec<Json> = serde_json::from_str(&counts).unwrap();
    counts.iter().map(|count| count["count"].as_u64().unwrap()).sum()
}

#[test]
fn the_shipped_list_comes_to_its_known_counts() {
    let (crm, list) = (crm(), json!(SHIPPED));
    let known = json!({ "rows": 1000, "created": 911, "matched": 25, "faulty": 64, "refused": 0 });
    let dry = import(&crm, &list, json!({ "dry_run": true })).unwrap();
    assert_eq!((&dry["outcome"], &dry["summary"]), (&json!("judged"), &known));
    assert_eq!(in_all(&crm), 0, "a dry run writes nothing");
    let none = import(&crm, &list, json!({ "all_or_nothing": true, "news_only": true })).unwrap();
    assert_eq!((&none["outcome"], &none["summary"]), (&json!("judged"), &known));
    assert!(none["rows"].as_array().unwrap().iter().all(|row| row["outcome"] != "created"));
    assert_eq!(in_all(&crm), 0, "64 rows cannot be read, so that none is taken");
    let done = import(&crm, &list, json!({})).unwrap();
    assert_eq!((&done["outcome"], &done["summary"]), (&json!("imported"), &known));
    let became = |told: &Json| {
        let rows = told["rows"].as_array().unwrap().iter();
        rows.map(|row| json!([row["row"], row["outcome"], row["record"], row["cells"]])).collect::<Vec<_>>()
    };
    assert!(became(&done) == became(&dry), "a dry run says what becomes of each row");
    assert_eq!(in_all(&crm), 911);
}

#[test]
fn a_row_says_what_was_probably_meant() {
    let list = "Lead ID;Status\n1;Contactd\n2;New\n";
    let told = import(&crm(), &json!(list), json!({})).unwrap();
    let row = &told["rows"][0];
    assert_eq!((&row["row"], &row["line"], &row["outcome"]), (&json!(1), &json!(2), &json!("faulty")));
    let cell = &row["cells"][0];
    assert_eq!((&cell["column"], &cell["text"]), (&json!("Status"), &json!("Contactd")));
    assert_eq!(cell["near"][0], "Contacted");
    assert_eq!(told["rows"][1], json!({ "row": 2, "line": 3, "outcome": "created", "record": "2" }));
}

#[test]
fn a_mapping_says_what_the_headers_do_not() {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    let list = json!("Nr,Mail,Shoe size,Status\n7,ada@example.com,38,New\n");
    let suggested = pipeline_call(&lead, "suggest_mapping", &json!({ "list": list }).to_string()).unwrap();
    assert_eq!(
        serde_json::from_str::<Json>(&suggested).unwrap(),
        json!([
            { "header": "Nr", "column": "ignore" }, { "header": "Mail", "column": "email" },
            { "header": "Shoe size", "column": "ignore" }, { "header": "Status", "column": "stage" },
        ])
    );
    let crm = crm();
    let mapping = json!({ "columns": { "Nr": "id", "Shoe size": "notes" }, "require": ["email"] });
    let told = import(&crm, &list, json!({ "mapping": mapping, "batch": "fair" })).unwrap();
    assert_eq!(told["rows"][0]["record"], "7");
    assert_eq!(told["columns"][2], json!({ "header": "Shoe size", "column": "notes" }));
    let record = workspace_call(&crm, "record", r#"{"id": "7"}"#).unwrap();
    let record: Json = serde_json::from_str(&record).unwrap();
    assert_eq!(record["fields"], json!({ "email": "ada@example.com", "notes": "38" }));
    let history = workspace_call(&crm, "history", r#"{"id": "7"}"#).unwrap();
    assert!(history.contains(r#""batch":"fair""#), "{history}");

    let only = json!({ "columns": { "Nr": "id" }, "no_guess": true });
    let told = import(&crm, &list, json!({ "mapping": only, "dry_run": true })).unwrap();
    assert_eq!(told["columns"][1]["column"], "ignore");
}

#[test]
fn rows_in_pieces_are_one_list() {
    let (whole, pieces) = (crm(), crm());
    let (names, headers) = (["Ada", "B \"the\" Bee", "C;\nD", "", "Eve", "Flo"], json!(["Name", "E-mail"]));
    let row = |at: usize| json!([names[at], format!("p{at}@example.com")]);
    let all: Vec<Json> = (0..6).map(row).collect();
    let told = import(&whole, &json!({ "headers": headers, "rows": all }), json!({})).unwrap();
    let mut in_pieces = Vec::new();
    for (before, rows) in [(0, &all[..2]), (2, &all[2..3]), (3, &all[3..])] {
        let list = json!({ "headers": headers, "rows": rows });
        let told = import(&pieces, &list, json!({ "rows_before": before })).unwrap();
        assert_eq!(told["summary"]["created"], rows.len());
        in_pieces.extend(told["rows"].as_array().unwrap().clone());
    }
    assert_eq!(told["rows"].as_array().unwrap(), &in_pieces);
    assert_eq!(in_pieces[5], json!({ "row": 6, "outcome": "created", "record": "import-6" }));
    let record = workspace_call(&pieces, "record", r#"{"id": "import-3"}"#).unwrap();
    assert!(record.contains(r#""name":"C;\nD""#), "{record}");
    let again = import(&pieces, &json!({ "headers": headers, "rows": all }), json!({})).unwrap();
    assert_eq!(again["summary"]["matched"], 6, "a list that was broken off can be sent again");
}

#[test]
fn a_row_without_cells_is_a_row() {
    let headers = json!(["Lead ID", "Name"]);
    let told = import(&crm(), &json!({ "headers": headers, "rows": [[], ["7", "Ada"]] }), json!({})).unwrap();
    assert_eq!(told["summary"]["rows"], 2, "{told}");
    assert_eq!(told["rows"][1], json!({ "row": 2, "outcome": "created", "record": "7" }));
    let nameless = import(&crm(), &json!({ "headers": [], "rows": [["7", "Ada"]] }), json!({})).unwrap_err();
    assert!(nameless.message().contains("`headers`"), "{nameless}");
}

#[test]
fn what_is_wrong_with_a_list_is_said_before_anything_is_written() {
    let crm = crm();
    let of = |list: &str, more: Json| import(&crm, &json!(list), more).unwrap_err();
    let fault = of("", json!({}));
    assert_eq!(fault.code(), FaultCode::InvalidInput);
    assert_eq!(fault.message(), "`list`: the file is empty: the first line must name the columns");
    // More than the rows of one commit come before the one that cannot be read.
    let rows: String = (0..400).map(|at| format!("{at},New\n")).collect();
    let endless = format!("Lead ID,Status\n{rows}401,\"{}\n", "x".repeat(1 << 21));
    assert!(of(&endless, json!({})).message().contains("is a quote never closed?"));
    assert_eq!(in_all(&crm), 0, "nothing is half done");

    let fault = of("Nr\n1\n", json!({ "mapping": { "columns": { "Nr": "shoe", "N": "id" } } }));
    assert_eq!(fault.code(), FaultCode::InvalidInput);
    assert_eq!(fault.message(), "`mapping`: the list has no column `N`, did you mean `Nr`?");
    assert_eq!(fault.detail().unwrap()["faults"].as_array().unwrap().len(), 1);
    let twice = r#"{"pipeline": "lead", "list": "Nr\n1\n", "mapping": {"columns": {"Nr": "id", "Nr": "name"}},
        "actor": {"id": "olga"}, "now": "2026-11-20T09:00:00Z"}"#;
    assert!(workspace_call(&crm, "import", twice).unwrap_err().message().contains("`Nr` comes twice"));
    let nowhere =
        r#"{"pipeline": "leads", "list": "Nr\n1\n", "actor": {"id": "olga"}, "now": "2026-11-20T09:00:00Z"}"#;
    assert_eq!(workspace_call(&crm, "import", nowhere).unwrap_err().code(), FaultCode::NoVersion);
}

#[test]
fn who_may_not_import_is_refused_row_by_row() {
    let crm = crm();
    let input = json!({
        "pipeline": "lead", "list": "Lead ID\n1\n", "actor": { "id": "sam", "roles": ["sales"] }, "now": NOW,
    });
    let told: Json =
        serde_json::from_str(&workspace_call(&crm, "import", &input.to_string()).unwrap()).unwrap();
    assert_eq!(told["summary"]["refused"], 1);
    assert_eq!(told["rows"][0]["reasons"][0]["code"], "not_permitted_to_create");
}
