//! Every node of every preset, replaced by what does not belong there: never a panic, always an
//! error at that node or at what it is in.

use lifestage::{FindingCode, Pipeline, Severity, presets};
use serde_json::{Value, json};

use super::base::base;

/// The pointers of all nodes below the root.
fn pointers(node: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match node {
        Value::Object(entries) => {
            let escape = |key: &String| key.replace('~', "~0").replace('/', "~1");
            entries.iter().map(|(key, value)| (escape(key), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (key, value) in inner {
        all.push(format!("/{key}"));
        all.extend(pointers(value).into_iter().map(|below| format!("/{key}{below}")));
    }
    all
}

fn documents() -> Vec<Value> {
    let presets = presets::ALL.into_iter().map(|(_, json)| serde_json::from_str(json).unwrap());
    presets.chain([base()]).collect()
}

const OTHERS: [&str; 10] =
    ["null", "true", "7", "-1", "2.5", "18446744073709551615", "\"\"", "[]", "{}", "[[{\"x\": [null]}]]"];

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// Whether a value of another kind may stand there too.
fn is_allowed(pointer: &str, other: &Value) -> bool {
    let last = pointer.rsplit('/').next().unwrap();
    // Arguments and inputs hold values of any kind; null is absence.
    let free = (pointer.contains("/with/") || pointer.ends_with("/input/reason"))
        && (other.is_null() || other.is_boolean() || other.is_i64() || other.is_f64() || other == &json!([]));
    // Null is absence for what is one value or none.
    let optional = other.is_null()
        && ["when", "exit", "entry", "probability", "idle", "stages", "conversion"].contains(&last);
    // A condition may be a tree, and `true` is one.
    let condition = ["when", "exit", "entry"].contains(&last) && other.is_boolean();
    free || (optional && pointer != "/stages")
        || condition
        || (pointer.contains("/with/") && other.is_string())
}

#[test]
fn a_value_of_another_kind_is_an_error_at_its_place() {
    let mut tried = 0;
    for document in documents() {
        // All for the small document; one after the other for the nodes of the large ones.
        let every = document == base();
        for (i, pointer) in pointers(&document).into_iter().enumerate() {
            let others = OTHERS.iter().enumerate().filter(|(at, _)| every || i % OTHERS.len() == *at);
            for (_, other) in others {
                let other: Value = serde_json::from_str(other).unwrap();
                let mut broken = document.clone();
                let node = broken.pointer_mut(&pointer).unwrap();
                let alike = kind(node) == kind(&other);
                *node = other.clone();
                let result = Pipeline::from_json(&broken.to_string());
                tried += 1;
                if alike || is_allowed(&pointer, &other) {
                    continue;
                }
                let Err(error) = result else { panic!("{pointer}: {other} passes") };
                let parent = pointer.rsplit_once('/').unwrap().0;
                let here = |place: &str| place == parent || place.starts_with(&pointer);
                assert!(
                    error.errors().any(|finding| here(finding.pointer())),
                    "{pointer}: {other} gives\n{error}"
                );
            }
        }
    }
    assert!(tried > 2_000, "{tried}");
}

#[test]
fn a_key_taken_away_never_gives_more_than_its_absence() {
    for document in documents() {
        for pointer in pointers(&document) {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let mut broken = document.clone();
            let Some(entries) = broken.pointer_mut(parent).unwrap().as_object_mut() else { continue };
            entries.remove(key);
            let Err(error) = Pipeline::from_json(&broken.to_string()) else { continue };
            let missing: Vec<_> =
                error.errors().filter(|finding| finding.code() == FindingCode::MissingKey).collect();
            if let [finding] = missing.as_slice() {
                assert_eq!(finding.pointer(), parent, "{pointer}:\n{error}");
                let errors = error.findings().iter().filter(|finding| finding.severity() == Severity::Error);
                assert_eq!(errors.count(), 1, "{pointer}:\n{error}");
            } else {
                assert!(missing.is_empty(), "{pointer}:\n{error}");
            }
        }
    }
}

#[test]
fn a_key_written_twice_is_told_at_every_level() {
    let document = base();
    for pointer in pointers(&document) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        if !document.pointer(parent).unwrap().is_object() {
            continue;
        }
        let value = document.pointer(&pointer).unwrap().to_string();
        let mut marked = document.clone();
        *marked.pointer_mut(&pointer).unwrap() = json!("\u{1}here\u{1}");
        let mark = serde_json::to_string("\u{1}here\u{1}").unwrap();
        let doubled = format!("{value},{}:{value}", json!(key));
        let json = marked.to_string().replacen(&mark, &doubled, 1);
        let error = Pipeline::from_json(&json).unwrap_err();
        let said = error.findings();
        assert_eq!(said.len(), 1, "{pointer}:\n{error}");
        assert_eq!((said[0].code(), said[0].pointer()), (FindingCode::DuplicateKey, pointer.as_str()));
    }
}

#[test]
fn an_unknown_key_is_told_in_every_object() {
    for document in documents() {
        for pointer in pointers(&document).into_iter().chain([String::new()]) {
            let mut broken = document.clone();
            let Some(entries) = broken.pointer_mut(&pointer).unwrap().as_object_mut() else { continue };
            let last = pointer.rsplit('/').next().unwrap();
            // The keys of these are the document's own.
            if ["with", "fields", "roles", "input", "hours"].contains(&last) {
                continue;
            }
            entries.insert("Description!".to_owned(), json!(1));
            let error = Pipeline::from_json(&broken.to_string()).unwrap_err();
            let place = format!("{pointer}/Description!");
            assert!(
                error.errors().any(|f| f.code() == FindingCode::UnknownKey && f.pointer() == place),
                "{pointer}:\n{error}"
            );
            assert_eq!(error.errors().count(), 1, "{pointer}:\n{error}");
        }
    }
}
