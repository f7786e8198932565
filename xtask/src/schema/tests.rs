use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use super::{generate, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The schema, compiled.
struct Validator(Schemas, SchemaIndex);

impl Validator {
    fn new() -> Self {
        let schema: Value = serde_json::from_str(&generate(&root()).unwrap()).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("definition.schema.json", schema).unwrap();
        let index = compiler.compile("definition.schema.json", &mut schemas).unwrap();
        Self(schemas, index)
    }

    fn verdict(&self, document: &Value) -> Result<(), String> {
        self.0.validate(document, self.1).map_err(|e| e.to_string())
    }
}

fn preset(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join("presets").join(name)).unwrap()).unwrap()
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    run(true).unwrap();
}

#[test]
fn every_preset_fits() {
    let validator = Validator::new();
    let mut presets = 0;
    for entry in fs::read_dir(root().join("presets")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let document = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            validator.verdict(&document).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            presets += 1;
        }
    }
    assert_eq!(presets, 5);
}

/// A place in a document and what to put there; `null` takes the member away.
type Change = (&'static str, Value);

fn changed(mut document: Value, (pointer, value): &Change) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(members) if value.is_null() => drop(members.remove(key).unwrap()),
        Value::Object(members) => drop(members.insert(key.to_owned(), value.clone())),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
        _ => panic!("nothing to change at {pointer}"),
    }
    document
}

#[test]
fn short_and_long_forms_fit() {
    let validator = Validator::new();
    let tree = json!({"op": "&&", "args": [
        {"op": ">=", "args": [{"name": "budget"}, {"value": 5000}]},
        {"op": "in", "args": [{"name": "source"}, {"value": ["web", "referral"]}]},
        {"op": "has", "args": [{"name": "email"}]},
        {"op": "in", "args": [{"value": 2, "type": "double"}, {"list": [{"name": "budget"}]}]},
    ]});
    let good: [Change; 28] = [
        ("/fields/budget", json!("int")),
        ("/fields/tags", json!({"type": "list<string>", "one_of": ["a"], "indexed": true})),
        ("/fields/phone", json!({"type": "string", "format": "phone", "region": "DE"})),
        ("/policy/moves/0/from", json!({"stage": "engaged", "kind": "step_back", "label": "Back"})),
        ("/policy/moves/0/from", json!(["none", "any_open", "category:lost"])),
        ("/policy/moves/0/when", tree.clone()),
        ("/policy/moves/0/when", json!("budget >= 5000")),
        ("/policy/moves/0/input", json!({"visit_at": "timestamp"})),
        ("/stages/0/exit", json!("has(email)")),
        ("/stages/0/exit", json!({"when": tree, "applies_to": "all"})),
        ("/stages/0/colour", json!("rgb(255, 136, 0)")),
        ("/stages/0/idle", json!("1h30m")),
        ("/roles/sales/can", json!(["claim", "move:own"])),
        (
            "/automation",
            json!([{"id": "park", "on": {"idle": "3mo"}, "in": ["any_open"], "move": "mark_dormant"}]),
        ),
        ("/zone", json!("America/Argentina/Buenos_Aires")),
        ("/zone", json!("Etc/GMT+5")),
        ("/zone", json!("-03:30")),
        ("/zone_field", json!("source")),
        ("/calendars", json!([{"id": "c", "name": "C"}])),
        ("/calendars", json!([{"id": "c", "name": "C", "hours": {"mon": ["09:00-24:00"], "sun": []}}])),
        ("/calendars", json!([{"id": "c", "name": "C", "zone": "UTC", "holidays": ["2024-02-29"]}])),
        ("/sla", json!([{"id": "s", "name": "S", "in": ["any_open"], "within": "4h"}])),
        ("/idle_resets", json!(["call", "edit"])),
        ("/conversion", json!({"into": "customer"})),
        ("/conversion", json!({"into": "customer", "stage": "active", "deals": "deal", "move": "mark_won"})),
        ("/workflows", workflow(json!({"tasks": [{"id": "t", "title": "T", "due": "3mo", "at": "09:00"}]}))),
        ("/workflows", workflow(json!({"messages": [{"id": "m", "channel": "text", "body": ""}]}))),
        (
            "/stages/0/actions",
            json!([{"id": "a", "name": "A", "kind": "custom", "with": {"n": 1, "list": ["x"]}}]),
        ),
    ];
    for change in good {
        validator
            .verdict(&changed(preset("lead.json"), &change))
            .unwrap_or_else(|e| panic!("{change:?}: {e}"));
    }
}

/// A list of one workflow with these members besides the required ones.
fn workflow(mut members: Value) -> Value {
    for (key, value) in [("id", "w"), ("name", "W"), ("stage", "new")] {
        members[key] = json!(value);
    }
    json!([members])
}

#[test]
fn broken_documents_do_not_fit() {
    let validator = Validator::new();
    let broken: [Change; 50] = [
        ("/id", json!(null)),
        ("/id", json!("lead pipeline")),
        ("/id", json!("lead\u{1f600}")),
        ("/stages/0/id", json!("any")),
        ("/name", json!(7)),
        ("/name", json!(" ")),
        ("/policy/moves/0/label", json!("")),
        ("/fields/record", json!("int")),
        ("/fields/phone", json!({"type": "string", "region": "de"})),
        ("/fields/phone", json!({"type": "string", "format": "mail"})),
        ("/stages", json!({})),
        ("/surprise", json!(true)),
        ("/stages/0/surprise", json!(true)),
        ("/stages/0/category", json!(null)),
        ("/stages/0/icon", json!("unicorn")),
        ("/stages/0/colour", json!("#12345")),
        ("/stages/0/probability", json!(101)),
        ("/stages/0/idle", json!("14 days")),
        ("/stages/0/default", json!("yes")),
        ("/stages/0/exit", json!({"op": "has", "args": [{"name": "email"}]})),
        ("/categories/0/outcome", json!("parked")),
        ("/fields/budget", json!("money")),
        ("/fields/budget", json!({"label": "Budget"})),
        ("/fields/two words", json!("int")),
        ("/policy/moves/0/from", json!([])),
        ("/policy/moves/0/from", json!({"stage": "engaged", "kind": "sideways"})),
        ("/policy/moves/0/to", json!(["won", "lost"])),
        ("/policy/moves/0/when", json!({"op": ">=", "args": [{"name": "budget"}]})),
        ("/policy/moves/0/when", json!({"op": "xor", "args": [{"value": true}, {"value": false}]})),
        ("/policy/moves/0/when", json!({"name": "budget", "value": 1})),
        ("/roles/sales/can", json!(["fly"])),
        ("/roles/sales/can", json!(["move:theirs"])),
        ("/automation", json!([{"id": "a", "on": {"idle": "3d", "after": "3d"}, "move": "revive"}])),
        ("/automation", json!([{"id": "a", "on": {}, "move": "revive"}])),
        ("/zone", json!("+2:00")),
        ("/zone", json!(["UTC"])),
        ("/calendars", json!({"id": "c", "name": "C"})),
        ("/calendars", json!([{"id": "c"}])),
        ("/calendars", json!([{"id": "c", "name": "C", "hours": {"mon": ["9-17"]}}])),
        ("/calendars", json!([{"id": "c", "name": "C", "hours": {"mon": "09:00-17:00"}}])),
        ("/calendars", json!([{"id": "c", "name": "C", "holidays": ["25.12.2026"]}])),
        ("/sla", json!([{"id": "s", "name": "S", "within": "4h"}])),
        ("/sla", json!([{"id": "s", "name": "S", "in": ["any_open"], "within": "soon"}])),
        ("/sla", json!([{"id": "s", "name": "S", "in": ["any_open"], "within": "4h", "met_by": ["cal"]}])),
        ("/idle_resets", json!(["silence"])),
        ("/conversion", json!({})),
        ("/conversion", json!("customer")),
        ("/conversion", json!({"into": "customer", "move": ["mark_won"]})),
        ("/workflows", workflow(json!({"tasks": [{"id": "t", "title": "T", "due": "soon"}]}))),
        ("/workflows", workflow(json!({"messages": [{"id": "m", "channel": "fax", "body": ""}]}))),
    ];
    for change in broken {
        assert!(validator.verdict(&changed(preset("lead.json"), &change)).is_err(), "{change:?}");
    }
}
