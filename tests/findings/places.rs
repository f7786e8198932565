//! Pointers are those of the document as it was written, short forms and long.

use lifestage::{FindingCode as F, Pipeline};
use serde_json::json;

use super::base::{at, base, places, set};

#[test]
fn a_source_is_pointed_at_in_each_of_its_forms() {
    let forms = [
        (json!("nwe"), "/policy/moves/0/from"),
        (json!(["nwe"]), "/policy/moves/0/from/0"),
        (json!({ "stage": "nwe", "kind": "revive" }), "/policy/moves/0/from/stage"),
        (json!([{ "stage": "nwe" }]), "/policy/moves/0/from/0/stage"),
        (json!(["new", { "stage": "nwe" }]), "/policy/moves/0/from/1/stage"),
        (json!(["new", "nwe"]), "/policy/moves/0/from/1"),
    ];
    for (from, place) in forms {
        let said = places(|d| set(d, "/policy/moves/0/from", from.clone()));
        assert_eq!(said, at(&[(F::UnknownStage, place)]), "{from}");
    }
}

#[test]
fn an_exit_condition_is_pointed_at_in_each_of_its_forms() {
    let tree = json!({ "op": ">", "args": [{ "name": "budgett" }, { "value": 0 }] });
    let forms = [
        (json!("budgett > 0"), "/stages/1/exit"),
        (json!({ "when": "budgett > 0" }), "/stages/1/exit/when"),
        (json!({ "when": tree, "applies_to": "all" }), "/stages/1/exit/when/args/0"),
    ];
    for (exit, place) in forms {
        let said = places(|d| set(d, "/stages/1/exit", exit.clone()));
        assert_eq!(said, at(&[(F::BadCriteria, place)]), "{exit}");
    }
}

#[test]
fn places_are_those_of_the_document_before_anything_was_left_out() {
    let said = places(|d| {
        let moves = d["policy"]["moves"].as_array_mut().unwrap();
        moves.insert(0, json!(17));
        moves.insert(2, json!(null));
        set(d, "/policy/moves/3/to", json!("wom"));
        set(d, "/policy/moves/1/from", json!([false, { "stage": "nwe" }]));
    });
    let expected = [
        (F::WrongType, "/policy/moves/0"),
        (F::WrongType, "/policy/moves/1/from/0"),
        (F::WrongType, "/policy/moves/2"),
        (F::UnknownStage, "/policy/moves/1/from/1/stage"),
        (F::UnknownStage, "/policy/moves/3/to"),
    ];
    assert_eq!(said, at(&expected));
}

#[test]
fn warnings_have_the_places_of_the_document_too() {
    let said = places(|d| set(d, "/stages/0/exit", json!("budget > 5 && budget < 5")));
    assert_eq!(said, at(&[(F::NeverHolds, "/stages/0/exit")]));
}

#[test]
fn keys_with_slashes_and_tildes_are_escaped() {
    let said = places(|d| set(d, "/fields/a~1b~0c", json!("string")));
    assert_eq!(said, at(&[(F::BadId, "/fields/a~1b~0c")]));
}

#[test]
fn a_mark_of_the_byte_order_is_no_fault() {
    let json = format!("\u{feff}{}", base());
    assert!(Pipeline::from_json(&json).is_ok());
}

#[test]
fn a_struct_is_an_object_and_nothing_else() {
    // What serde derives would take these by position.
    let said = places(|d| {
        set(d, "/stages/4", json!(["old", "Old", "open"]));
        set(d, "/policy/moves/2", json!(["lose", "Lose", "any_open", [], "lost"]));
        set(d, "/limits", json!([]));
        set(d, "/categories/0/outcome", json!({ "open": null }));
    });
    let expected = [
        (F::WrongType, "/categories/0/outcome"),
        (F::WrongType, "/limits"),
        (F::WrongType, "/policy/moves/2"),
        (F::WrongType, "/stages/4"),
    ];
    let mut sorted = said;
    sorted.sort_by(|(_, a), (_, b)| a.cmp(b));
    assert_eq!(sorted, at(&expected));
}
