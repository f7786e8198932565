//! The table of operations is what the operations are.

use std::collections::BTreeSet;
use std::path::Path;

use lifestage::store::{MemoryStore, StoreErrorKind};
use lifestage::{Pipeline, presets};
use lifestage_wire::{
    Fault, FaultCode, On, call, decide_briefly, open, operations, pipeline_call, workspace_call,
};

fn ask(on: On, name: &str, input: &str) -> Result<String, Fault> {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    let crm = open(MemoryStore::new(), "acme").unwrap();
    match on {
        On::Nothing => call(name, input),
        On::Pipeline => pipeline_call(&lead, name, input),
        On::Workspace => workspace_call(&crm, name, input),
    }
}

#[test]
fn every_name_is_there_once() {
    let mut known = BTreeSet::new();
    for operation in operations() {
        assert!(known.insert((operation.on, operation.name)), "{} comes twice", operation.name);
        assert!(operation.says.ends_with('.'), "{}", operation.name);
    }
    assert!(known.len() > 90);
}

#[test]
fn an_operation_takes_its_members_and_no_others() {
    for operation in operations() {
        let fault = ask(operation.on, operation.name, r#"{"surprise": 1}"#).unwrap_err();
        assert_eq!(fault.code(), FaultCode::InvalidInput, "{}", operation.name);
        assert!(fault.message().contains("it takes no `surprise`"), "{fault}");
        if let Some((first, _)) = operation.members().find(|(_, needed)| *needed) {
            let fault = ask(operation.on, operation.name, "{}").unwrap_err();
            assert_eq!(fault.message(), format!("`{}`: `{first}` is missing", operation.name));
        }
    }
}

/// No member can be anything: each is read as what it is, with an error that names it.
#[test]
fn a_member_of_another_kind_is_named() {
    for operation in operations() {
        // A definition may be anything: what is wrong with it is the answer.
        let members: Vec<_> = operation.members().filter(|(name, _)| *name != "definition").collect();
        for wrong in members.iter().map(|(name, _)| *name) {
            let given = members.iter().filter(|(name, needed)| *needed || *name == wrong);
            let given: Vec<String> = given.map(|(name, _)| format!("{name:?}: {{\"?\": []}}")).collect();
            let input = format!("{{{}}}", given.join(", "));
            let fault = ask(operation.on, operation.name, &input).unwrap_err();
            assert_eq!(fault.code(), FaultCode::InvalidInput, "{} {input}: {fault}", operation.name);
        }
    }
}

#[test]
fn what_is_wrong_with_the_text_is_said() {
    let of = |input: &str| ask(On::Workspace, "record", input).unwrap_err().to_string();
    assert_eq!(
        of("[]"),
        "`record`: the input is invalid type: sequence, expected an object at line 1 column 0"
    );
    assert_eq!(
        of(r#"{"id": "a", "id": "b"}"#),
        "`record`: the input is `id` comes twice at line 1 column 22"
    );
    assert_eq!(
        of(r#"{"id": 7}"#),
        "`record`: `id`: invalid type: integer `7`, expected a string at line 1 column 1"
    );
    let fault = ask(On::Pipeline, "steal", "{}").unwrap_err();
    assert_eq!(fault.code(), FaultCode::UnknownOperation);
    assert_eq!(fault.message(), "there is no operation `steal` of a pipeline");
}

#[test]
fn faults_keep_the_codes_of_what_went_wrong() {
    let of = |name, input| ask(On::Workspace, name, input).unwrap_err().code();
    assert_eq!(of("timeline", r#"{"id": "nobody", "limit": 1}"#), FaultCode::NoRecord);
    assert_eq!(of("definition", r#"{"pipeline": "nothing"}"#), FaultCode::NoVersion);
    assert_eq!(of("entry", r#"{"effect": "nobody/1/0"}"#), FaultCode::NoEffect);
    let fault = ask(On::Nothing, "check", r#"{"definition": {"id": 7}}"#).unwrap();
    assert!(fault.contains(r#""severity":"error""#));
    assert_eq!(FaultCode::Store(StoreErrorKind::Busy).number(), 302);
}

/// One table of codes for every language.
#[test]
fn the_page_of_codes_lists_the_faults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, listed) = page.split_once("## What is wrong with a call").unwrap();
    let rows: Vec<&str> = listed.lines().filter(|line| line.starts_with("| 4")).collect();
    let expected: Vec<String> = FaultCode::ALL
        .iter()
        .map(|code| format!("| {} | `{}` | {} |", code.number(), code.name(), code.description()))
        .collect();
    assert_eq!(rows, expected, "it should be:\n{}", expected.join("\n"));
}

#[test]
fn a_decision_in_brief_says_where_a_record_goes_or_why_not() {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    let brief = |stage: &str, mv: &str| {
        let input = format!(
            r#"{{"record": {{"id": "a", "stage": "{stage}", "version": 3}}, "request": {{"move": "{mv}"}},
                "actor": {{"id": "sam", "roles": ["sales"]}}, "now": "2026-03-02T09:00:00Z"}}"#
        );
        let mut answer = String::new();
        decide_briefly(&lead, &input, &mut answer).map(|()| answer)
    };
    assert_eq!(
        brief("new", "mark_contacted").unwrap(),
        r#"{"outcome":"moved","from":"new","to":"contacted","move":"mark_contacted","version":4}"#
    );
    assert_eq!(brief("new", "mark_won").unwrap(), r#"{"outcome":"refused","codes":[102]}"#);
    assert_eq!(brief("won", "mark_lost").unwrap(), r#"{"outcome":"refused","codes":[103]}"#);
    assert_eq!(brief("n\" ew", "x").unwrap_err().code(), FaultCode::InvalidInput);
}

#[test]
fn a_wish_has_nothing_that_its_operation_does_not_take() {
    let record = r#""record": {"id": "a", "stage": "new"}, "actor": {"id": "sam", "roles": ["sales"]}, "now": "2026-03-02T09:00:00Z""#;
    let of = |name: &str, wish: &str| ask(On::Pipeline, name, &format!(r#"{{{record}, "wish": {wish}}}"#));
    let cases = [
        ("carry_out", r#"{"action": "call", "reason": "he asked"}"#),
        ("trash", r#"{"keep": ["name"]}"#),
        ("assign", r#"{"claim": true, "text": "mine"}"#),
        ("log", r#"{"kind": "note", "text": "hello", "done": true}"#),
        ("erase", r#"{"keep": [], "to": "eva"}"#),
    ];
    for (name, wish) in cases {
        let fault = of(name, wish).unwrap_err();
        assert_eq!(fault.code(), FaultCode::InvalidInput, "{name}");
        assert!(fault.message().contains("and nothing else"), "{name}: {fault}");
    }
    let both = format!(r#"{{{record}, "edit": {{"company": "acme", "no_company": true}}}}"#);
    assert!(ask(On::Pipeline, "edit", &both).unwrap_err().message().contains("either"));
}

/// What time sets in motion, hosts in every language can have carried out.
#[test]
fn a_run_makes_the_moves_of_time() {
    let definition = r#"{
        "id": "deals", "name": "Deals",
        "categories": [{"id": "open", "name": "Open", "outcome": "open"}, {"id": "lost", "name": "Lost", "outcome": "lost"}],
        "stages": [{"id": "new", "name": "New", "category": "open", "default": true}, {"id": "lost", "name": "Lost", "category": "lost"}],
        "policy": {"moves": [{"id": "lose", "label": "Lose", "from": "new", "to": "lost"}]},
        "roles": {"rep": {"can": ["create", "view", "move"]}},
        "automation": [{"id": "old", "on": {"after": "3d"}, "in": ["new"], "move": "lose"}]
    }"#;
    let crm = open(MemoryStore::new(), "acme").unwrap();
    let ask = |operation: &str, input: &str| workspace_call(&crm, operation, input).unwrap();
    let by = r#""actor": {"id": "sam", "roles": ["rep"]}, "now": "2026-03-02T09:00:00Z""#;
    ask("publish", &format!(r#"{{"definition": {definition}, {by}}}"#));
    ask("create", &format!(r#"{{"record": {{"id": "a", "pipeline": "deals"}}, {by}}}"#));
    assert!(ask("run", r#"{"now": "2026-03-05T08:59:59Z"}"#).contains(r#""moved":0"#));
    let leaving = r#"{"now": "2026-03-05T09:00:00Z", "worker": {"leaving_tasks": true}}"#;
    assert!(ask("run", leaving).contains(r#""moved":1"#));
    assert!(ask("record", r#"{"id": "a"}"#).contains(r#""stage":"lost""#));
}
