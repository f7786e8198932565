//! A document with everything wrong tells all of it in one call, each fault where it was written,
//! and nothing that only follows from another.

use lifestage::FindingCode as F;
use serde_json::{Value, json};

use super::base::{add, at, base, brief, cut, edited, findings, places, set};

/// What is broken, how, the code it gives, and where.
type Fault = (&'static str, fn(&mut Value), F, &'static str);

fn sorted(mut list: Vec<(F, String)>) -> Vec<(F, String)> {
    list.sort();
    list
}

#[test]
fn faults_of_shape_and_of_meaning_are_told_together() {
    let mut document = base();
    let d = &mut document;
    // Of shape.
    set(d, "/colour", json!("red"));
    set(d, "/categories/0/outcome", json!("opne"));
    cut(d, "/categories/1/name");
    set(d, "/stages/0/icon", json!(5));
    add(d, "/stages", json!("later"));
    add(d, "/stages", json!({ "id": "late", "nam": "Late", "category": "lost", "colour": "blau" }));
    cut(d, "/policy/moves/0/label");
    set(d, "/policy/moves/0/from/0/kind", json!("bakc"));
    set(d, "/roles/boss/can/0", json!("fly"));
    set(d, "/fields/budget", json!("integer"));
    set(d, "/workflows/0/messages/0/channel", json!(1));
    set(d, "/automation/0/on", json!("daily"));
    // Of meaning.
    set(d, "/id", json!("sales 2"));
    set(d, "/stages/1/category", json!("opened"));
    set(d, "/stages/3/name", json!("won"));
    set(d, "/stages/4/default", json!(true));
    set(d, "/policy/moves/1/to", json!("nowhere"));
    set(d, "/policy/moves/1/from", json!(["talking", "nothing"]));
    set(d, "/policy/moves/3/from/stage", json!("talk"));
    add(
        d,
        "/policy/moves",
        json!({ "id": "late", "label": "Late", "from": "new", "to": "late", "when": "emial == 1" }),
    );
    set(d, "/workflows/0/tasks/0/assignee", json!("nobody"));
    set(d, "/workflows/0/tasks/1/after", json!("calls"));
    set(d, "/queues/0/stages/0", json!("talkng"));
    let expected = at(&[
        (F::UnknownKey, "/colour"),
        (F::WrongType, "/categories/0/outcome"),
        (F::MissingKey, "/categories/1"),
        (F::WrongType, "/stages/0/icon"),
        (F::WrongType, "/stages/5"),
        (F::UnknownKey, "/stages/6/nam"),
        (F::BadColour, "/stages/6/colour"),
        (F::MissingKey, "/policy/moves/0"),
        (F::WrongType, "/policy/moves/0/from/0/kind"),
        (F::WrongType, "/roles/boss/can/0"),
        (F::WrongType, "/fields/budget"),
        (F::WrongType, "/workflows/0/messages/0/channel"),
        (F::WrongType, "/automation/0/on"),
        (F::BadId, "/id"),
        (F::UnknownCategory, "/stages/1/category"),
        (F::DuplicateName, "/stages/3/name"),
        (F::DefaultStage, "/stages/4/default"),
        (F::BadCriteria, "/policy/moves/4/when"),
        (F::BadValue, "/workflows/0/tasks/0/assignee"),
        (F::BadValue, "/workflows/0/tasks/1/after"),
    ]);
    let said = findings(&document.to_string());
    // The text among the stages has no id, so that any unknown stage may be the one that was meant.
    assert_eq!(sorted(brief(&said)), sorted(expected.clone()), "{said:#?}");

    cut(&mut document, "/stages/5");
    let mut expected: Vec<_> = expected.into_iter().filter(|(_, place)| place != "/stages/5").collect();
    for (_, place) in &mut expected {
        *place = place.replace("/stages/6", "/stages/5");
    }
    expected.extend(at(&[
        (F::UnknownStage, "/policy/moves/1/to"),
        (F::UnknownStage, "/policy/moves/1/from/1"),
        (F::UnknownStage, "/policy/moves/3/from/stage"),
        (F::UnknownStage, "/queues/0/stages/0"),
    ]));
    let said = findings(&document.to_string());
    assert_eq!(sorted(brief(&said)), sorted(expected), "{said:#?}");
}

#[test]
fn a_stage_with_a_bad_category_is_still_a_stage() {
    let said = places(|d| set(d, "/stages/1/category", json!("opened")));
    assert_eq!(said, at(&[(F::UnknownCategory, "/stages/1/category")]));
}

#[test]
fn the_rest_of_a_document_with_an_unknown_target_is_checked() {
    let said = places(|d| {
        set(d, "/policy/moves/1/to", json!("nowhere"));
        set(d, "/policy/moves/1/from", json!(["talking", "nothing"]));
        set(d, "/workflows/0/stage", json!("nowhere"));
        set(d, "/workflows/0/tasks/0/due", json!("soon"));
    });
    let expected = [
        (F::UnknownStage, "/policy/moves/1/to"),
        (F::UnknownStage, "/policy/moves/1/from/1"),
        (F::UnknownStage, "/workflows/0/stage"),
        (F::BadValue, "/workflows/0/tasks/0/due"),
    ];
    assert_eq!(said, at(&expected));
}

/// One fault of shape, with many references to what it is about: nothing but the fault is told.
#[test]
fn what_refers_to_a_thing_at_fault_is_not_held_against_the_document() {
    let faults: [Fault; 18] = [
        ("stage without a name", |d| cut(d, "/stages/1/name"), F::MissingKey, "/stages/1"),
        ("stage without an id", |d| cut(d, "/stages/1/id"), F::MissingKey, "/stages/1"),
        ("stage with a number for an id", |d| set(d, "/stages/1/id", json!(1)), F::WrongType, "/stages/1/id"),
        ("stage that is a number", |d| set(d, "/stages/1", json!(1)), F::WrongType, "/stages/1"),
        ("stages that are an object", |d| set(d, "/stages", json!({})), F::WrongType, "/stages"),
        ("no stages", |d| cut(d, "/stages"), F::MissingKey, ""),
        (
            "default in words",
            |d| set(d, "/stages/0/default", json!("yes")),
            F::WrongType,
            "/stages/0/default",
        ),
        ("category without an id", |d| cut(d, "/categories/2/id"), F::MissingKey, "/categories/2"),
        (
            "category that is a text",
            |d| set(d, "/categories/0", json!("open")),
            F::WrongType,
            "/categories/0",
        ),
        (
            "unknown outcome",
            |d| set(d, "/categories/2/outcome", json!("bad")),
            F::WrongType,
            "/categories/2/outcome",
        ),
        ("field without a type", |d| cut(d, "/fields/source/type"), F::MissingKey, "/fields/source"),
        ("field of no type", |d| set(d, "/fields/budget", json!("number")), F::WrongType, "/fields/budget"),
        ("fields that are a list", |d| set(d, "/fields", json!([])), F::WrongType, "/fields"),
        ("move without an id", |d| cut(d, "/policy/moves/2/id"), F::MissingKey, "/policy/moves/2"),
        ("moves that are a text", |d| set(d, "/policy/moves", json!("none")), F::WrongType, "/policy/moves"),
        ("roles that are a list", |d| set(d, "/roles", json!(["sales"])), F::WrongType, "/roles"),
        ("queue that is a text", |d| set(d, "/queues/0", json!("calls")), F::WrongType, "/queues/0"),
        ("task without an id", |d| cut(d, "/workflows/0/tasks/0/id"), F::MissingKey, "/workflows/0/tasks/0"),
    ];
    for (what, edit, code, place) in faults {
        assert_eq!(places(edit), at(&[(code, place)]), "{what}");
    }
}

#[test]
fn a_misspelt_key_is_not_missing_as_well() {
    let mut document = base();
    let moves = document["policy"].as_object_mut().unwrap().remove("moves").unwrap();
    set(&mut document, "/policy/movs", moves);
    let stages = document.as_object_mut().unwrap().remove("stages").unwrap();
    set(&mut document, "/stagess", stages);
    let said = findings(&document.to_string());
    let mut places = brief(&said);
    places.sort();
    assert_eq!(places, at(&[(F::UnknownKey, "/policy/movs"), (F::UnknownKey, "/stagess")]));
    assert!(said.iter().any(|finding| finding.message().ends_with("did you mean `stages`?")), "{said:?}");
}

#[test]
fn errors_come_before_warnings() {
    let json = edited(|d| {
        set(d, "/automation/0/when", json!("false"));
        set(d, "/stages/3/icon", json!("no such icon"));
        cut(d, "/stages/3/final");
    });
    let said = brief(&findings(&json));
    let expected =
        [(F::UnknownIcon, "/stages/3/icon"), (F::NeverHolds, "/automation/0/when"), (F::Trap, "/stages/3")];
    assert_eq!(said, at(&expected));
}

#[test]
fn an_error_reads_as_a_list_of_places() {
    let json = edited(|d| {
        set(d, "/policy/moves/1/to", json!("wom"));
        cut(d, "/stages/0/default");
    });
    let error = lifestage::Pipeline::from_json(&json).unwrap_err();
    let expected = "\
error[default_stage] /stages: no stage is the default; write `\"default\": true` in the one that new records start in
error[unknown_stage] /policy/moves/1/to: no stage is named `wom`, did you mean `won`?";
    assert_eq!(error.to_string(), expected);
}
