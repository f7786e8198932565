//! What a stranger might send: cut off, huge, deep, crowded. Always a clear refusal, and soon.

use std::time::{Duration, Instant};

use lifestage::{FindingCode as F, Limits, Pipeline, Severity, presets};
use serde_json::{Value, json};

use super::base::{add, at, base, edited, findings, places, set};

/// Far above what is needed, and far below what a hostile document could cost.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_text_cut_off_anywhere_is_refused_with_line_and_column() {
    for (id, json) in presets::ALL {
        let json = json.trim_end();
        // One at every byte, the others here and there.
        let step = if id == "lead" { 1 } else { 17 };
        for end in (0..json.len()).step_by(step).filter(|end| json.is_char_boundary(*end)) {
            let error = Pipeline::from_json(&json[..end]).unwrap_err();
            let [only] = error.findings() else { panic!("{id} cut at {end}: {error}") };
            assert_eq!((only.code(), only.pointer()), (F::Syntax, ""), "{id} cut at {end}");
            assert!(only.message().starts_with("not JSON at line "), "{only}");
            assert!(only.message().contains(", column "), "{only}");
        }
    }
}

#[test]
fn what_is_not_json_is_told_with_its_place() {
    let texts = [
        ("", "not JSON at line 1, column 0: the text ends inside of a value"),
        ("{\n  \"id\": tru}", "not JSON at line 2, column 12: expected `true`, `false` or `null`"),
        ("{\"id\": \"a\",}", "not JSON at line 1, column 12: trailing comma"),
        ("{} {}", "not JSON at line 1, column 4: trailing characters"),
        ("{\"id\": \"\u{1}\"}", "not JSON at line 1, column 9: control character"),
        ("{\"id\": 1e999}", "not JSON at line 1, column 12: number out of range"),
    ];
    for (text, message) in texts {
        let said = findings(text);
        assert_eq!(said.len(), 1, "{text}");
        assert!(said[0].message().starts_with(message), "{text}\n{}", said[0]);
    }
}

#[test]
fn fifty_megabytes_are_refused_unread() {
    let json = "[".repeat(50 << 20);
    let start = Instant::now();
    let said = findings(&json);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(said[0].code(), F::TooLarge);
    assert_eq!(said[0].message(), "the document has 52428800 bytes, where 16777216 are allowed");
}

#[test]
fn ten_thousand_levels_are_refused_wherever_they_are() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", "{\"op\":".repeat(10_000), "}".repeat(10_000));
    for inner in [&deep, &objects] {
        let said = |place: &str| {
            let json = edited(|d| set(d, place, json!("here!"))).replace("\"here!\"", inner);
            findings(&json)
        };
        for place in ["/id", "/stages/0/icon", "/automation/0/input", "/policy/moves"] {
            let said = said(place);
            assert_eq!(said.len(), 1);
            assert_eq!(said[0].code(), F::TooDeep, "{place}");
            assert!(said[0].message().starts_with("nested too deeply at line 1, column "), "{}", said[0]);
        }
        // What is too deep for a condition is told where it is, and the rest is checked.
        for place in ["/stages/1/entry", "/policy/moves/0/when"] {
            let said = said(place);
            assert_eq!(said.len(), 1, "{said:?}");
            let deep = said[0].code() == F::TooDeep;
            assert!(deep || said[0].pointer().starts_with(place), "{}", said[0]);
        }
    }
    assert_eq!(findings(&deep)[0].code(), F::TooDeep);
}

#[test]
fn documents_of_another_kind_are_refused() {
    for json in ["null", "7", "\"lead\"", "[]", "[{}]", "true"] {
        let said = findings(json);
        assert_eq!(said.len(), 1, "{json}");
        assert_eq!((said[0].code(), said[0].pointer()), (F::WrongType, ""), "{json}");
    }
    let missing: Vec<String> = findings("{}").iter().map(|finding| finding.message().to_owned()).collect();
    let expected = ["id", "name", "categories", "stages"].map(|key| format!("the key `{key}` is missing"));
    assert_eq!(missing[..4], expected);
}

/// Beyond a thousand, findings are counted.
#[test]
fn a_crowd_of_faults_is_cut_off() {
    let crowd = |count: usize| {
        let names: Value = (0..count).map(|i| json!(format!("nothing{i}"))).collect();
        findings(&edited(|d| set(d, "/stages/0/enter_requires", names)))
    };
    assert!(crowd(1_000).iter().all(|finding| finding.code() == F::UnknownField));
    let said = crowd(1_003);
    let (last, listed) = said.split_last().unwrap();
    assert_eq!(listed.len(), 1_000);
    assert_eq!((last.code(), last.severity(), last.pointer()), (F::MoreFindings, Severity::Warning, ""));
    assert_eq!(last.message(), "3 more findings are not listed");
    // Many doubts do not hide an error.
    let said = findings(&edited(|d| {
        for i in 0..1_100 {
            let id = format!("m{i}");
            add(
                d,
                "/policy/moves",
                json!({ "id": id, "label": id, "from": "new", "to": "won", "when": "false" }),
            );
        }
        set(d, "/policy/moves/1/to", json!("nowhere"));
    }));
    assert_eq!(said[0].code(), F::UnknownStage);
}

#[test]
fn a_crowd_of_faults_of_shape_is_cut_off() {
    let said = findings(&edited(|d| {
        for i in 0..150 {
            add(d, "/policy/moves", json!(i));
        }
    }));
    let (last, listed) = said.split_last().unwrap();
    assert_eq!(listed.len(), 100);
    assert!(listed.iter().all(|finding| finding.code() == F::WrongType));
    assert_eq!(last.code(), F::MoreFindings);
}

fn refused_soon(what: &str, document: &Value) {
    let json = document.to_string();
    assert!(json.len() < Limits::default().document_bytes, "{what}: {} bytes", json.len());
    let start = Instant::now();
    let result = Pipeline::from_json(&json);
    assert!(start.elapsed() < SOON, "{what}: {:?}", start.elapsed());
    assert!(result.is_err(), "{what}");
}

/// What is compared with each other must not be compared all with all.
#[test]
fn crowds_are_refused_soon() {
    let mut alike = base();
    for i in 0..20_000 {
        let mv =
            json!({ "id": format!("m{i}"), "label": "Go", "from": "new", "to": "won", "when": "budget > 1" });
        add(&mut alike, "/policy/moves", mv);
    }
    add(&mut alike, "/policy/moves", json!({ "id": "talk", "label": "", "from": "new", "to": "won" }));
    refused_soon("alternatives", &alike);

    let mut strangers = base();
    for i in 0..5_000 {
        let to = format!("{i:030}");
        add(
            &mut strangers,
            "/policy/moves",
            json!({ "id": format!("m{i}"), "label": "Go", "from": "new", "to": to }),
        );
    }
    for i in 0..900 {
        let id = format!("{i:027}xyz");
        add(&mut strangers, "/stages", json!({ "id": id, "name": id, "category": "open" }));
    }
    set(&mut strangers, "/limits", json!({}));
    refused_soon("names near each other", &strangers);

    let mut fields = base();
    let names = fields["fields"].as_object_mut().unwrap();
    names.extend((0..100_000).map(|i| (format!("f{i}"), json!("int"))));
    refused_soon("fields", &fields);

    let mut answers = base();
    let list: Vec<String> = (0..100_000).map(|i| format!("{i}")).collect();
    set(&mut answers, "/fields/source/one_of", json!(list));
    let input = answers.pointer_mut("/categories/2/input/reason").unwrap();
    input["one_of"] = json!(list);
    input["note_for"] = json!(list[..99_999].iter().chain([&"other".to_owned()]).collect::<Vec<_>>());
    refused_soon("answers", &answers);

    let mut arguments = base();
    let values = (0..100_000).rev().map(|i| (format!("a{i:06}"), json!(1))).collect();
    set(&mut arguments, "/stages/1/actions/0/with", Value::Object(values));
    set(&mut arguments, "/id", json!(""));
    refused_soon("arguments", &arguments);

    let mut tasks = base();
    let task = |i: usize| json!({ "id": format!("t{i}"), "title": "T", "due": "1d", "after": format!("t{}", i + 1) });
    set(&mut tasks, "/workflows/0/tasks", (0..3_000).map(task).collect());
    refused_soon("tasks", &tasks);
}

#[test]
fn a_crowd_of_unknown_names_in_conditions_is_refused_soon() {
    let mut document = base();
    for i in 0..900 {
        set(&mut document, &format!("/fields/{}", format_args!("field_of_long_name_{i:010}")), json!("int"));
    }
    let names: Vec<String> = (0..400).map(|i| format!("f1eld_of_l0ng_name_{i:010}")).collect();
    let condition = names.iter().map(|name| format!("has({name})")).collect::<Vec<_>>().join(" || ");
    for i in 0..100 {
        let mv =
            json!({ "id": format!("m{i}"), "label": "Go", "from": "new", "to": "won", "when": condition });
        add(&mut document, "/policy/moves", mv);
    }
    refused_soon("unknown names", &document);
}

#[test]
fn hostile_conditions_are_told_at_their_place() {
    let not = |levels: usize| format!("{}true", "!".repeat(levels));
    let parens = |levels: usize| format!("{}true{}", "(".repeat(levels), ")".repeat(levels));
    let long = format!("email == \"{}\"", "x".repeat(40_000));
    let wide = vec!["budget > 1"; 3_000].join(" && ");
    let tree = (0..60).fold(json!({ "value": true }), |inner, _| json!({ "op": "!", "args": [inner] }));
    let conditions = [
        json!(not(10_000)),
        json!(parens(10_000)),
        json!(long),
        json!(wide),
        tree,
        json!("budget > 99999999999999999999"),
        json!("email.matches(\"(((((a{9}){9}){9}){9}){9}\")"),
        json!("email.matches(\"(((((a{9}){9}){9}){9}){9}){9}\")"),
        json!("\u{0}"),
        json!("budget >"),
        json!({}),
        json!({ "op": "launch", "args": [] }),
        json!({ "name": "budget", "value": 1 }),
        json!(["budget"]),
        json!("input.reason == \"price\""),
        json!("record.salary > 1"),
        json!("email"),
    ];
    for condition in conditions {
        for place in
            ["/policy/moves/0/when", "/stages/1/entry", "/automation/0/when", "/stages/1/actions/0/when"]
        {
            let said = places(|d| set(d, place, condition.clone()));
            assert!(!said.is_empty(), "{place}: {:.80}", condition.to_string());
            let here = said.iter().all(|(code, at)| *code == F::BadCriteria && at.starts_with(place));
            assert!(here, "{place}: {:.80}: {said:?}", condition.to_string());
        }
    }
}

#[test]
fn a_condition_may_only_ask_for_inputs_of_its_move() {
    let said = places(|d| set(d, "/policy/moves/2/when", json!("input.reason == \"price\"")));
    assert_eq!(said, [], "the target's category asks for it");
    let said = places(|d| set(d, "/policy/moves/1/when", json!("input.reason == \"price\"")));
    assert_eq!(said, at(&[(F::BadCriteria, "/policy/moves/1/when")]));
}
