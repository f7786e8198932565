//! Ids and names (S21, S22).

use lifestage::FindingCode as F;
use serde_json::{Value, json};

use super::base::{add, at, edited, findings, places, set};

#[test]
fn ids_with_anything_but_letters_digits_and_marks_are_refused() {
    let bad = [
        "",
        " ",
        "a b",
        "ä",
        "lead🙂",
        "a\u{0}b",
        "tab\t",
        "\u{202e}x",
        "a/b",
        "to:new",
        "category:open",
        "any",
        "any_open",
        "none",
        "a\nb",
        "İ",
    ];
    for id in bad {
        for place in ["/id", "/workflows/0/id", "/automation/0/id"] {
            let said = places(|d| set(d, place, json!(id)));
            assert_eq!(said, at(&[(F::BadId, place)]), "{id:?}");
        }
        let said = places(|d| add(d, "/queues", json!({ "id": id, "name": "Other" })));
        assert_eq!(said, at(&[(F::BadId, "/queues/1/id")]), "{id:?}");
        let said = places(|d| set(d, "/stages/4/id", json!(id)));
        assert_eq!(said, at(&[(F::BadId, "/stages/4/id")]), "{id:?}");
    }
    for id in ["a", "A-1.b_c", "0", "x.y"] {
        assert_eq!(places(|d| set(d, "/stages/4/id", json!(id))), [], "{id}");
    }
}

#[test]
fn control_characters_are_shown_escaped() {
    let said = findings(&edited(|d| set(d, "/stages/4/id", json!("a\u{1b}[31m"))));
    assert!(said[0].message().starts_with("`\\u{1b}` in the id `a\\u{1b}"), "{}", said[0]);
    let said = findings(&edited(|d| set(d, "/policy/moves/1/to", json!("won\u{7}"))));
    assert!(!said[0].message().contains('\u{7}'), "{}", said[0]);
}

#[test]
fn names_are_one_after_trimming_nfkc_and_case_folding() {
    for name in ["WON", " won ", "ｗｏｎ", "Ｗ\u{2060}on"] {
        let said = places(|d| set(d, "/stages/0/name", json!(name)));
        let alike = !name.contains('\u{2060}');
        let expected = if alike { at(&[(F::DuplicateName, "/stages/2/name")]) } else { at(&[]) };
        assert_eq!(said, expected, "{name:?}");
    }
    let both = |one: &str, other: &str| {
        places(|d| {
            set(d, "/stages/0/name", json!(one));
            set(d, "/stages/1/name", json!(other));
        })
    };
    let same = [("Straße", "STRASSE"), ("ﬁt", "FIT"), ("É", "e\u{301}"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("①", "1")];
    for (one, other) in same {
        assert_eq!(both(one, other), at(&[(F::DuplicateName, "/stages/1/name")]), "{one} {other}");
    }
    for (one, other) in [("I", "ı"), ("o", "ö"), ("a b", "ab")] {
        assert_eq!(both(one, other), [], "{one} {other}");
    }
}

#[test]
fn an_archived_stage_may_share_its_name_but_not_its_id() {
    assert_eq!(places(|d| set(d, "/stages/4/name", json!("Won"))), []);
    assert_eq!(places(|d| set(d, "/stages/4/id", json!("won"))), at(&[(F::DuplicateId, "/stages/4/id")]));
}

/// Whatever has an id has it alone.
#[test]
fn an_id_that_comes_twice_is_told_where_it_comes_again() {
    let again: [(&str, &str, &str); 6] = [
        ("/categories", "/categories/0", "/categories/3/id"),
        ("/policy/moves", "/policy/moves/2", "/policy/moves/4/id"),
        ("/queues", "/queues/0", "/queues/1/id"),
        ("/workflows", "/workflows/0", "/workflows/1/id"),
        ("/automation", "/automation/0", "/automation/1/id"),
        ("/stages/1/actions", "/stages/1/actions/0", "/stages/1/actions/2/id"),
    ];
    for (list, first, place) in again {
        let said = places(|d| {
            let mut twin = d.pointer(first).unwrap().clone();
            let renamed = twin.as_object_mut().unwrap();
            for name in ["name", "label"] {
                renamed.entry(name).and_modify(|name| *name = json!("Twin"));
            }
            add(d, list, twin);
        });
        assert_eq!(said, at(&[(F::DuplicateId, place)]), "{list}");
    }
}

#[test]
fn a_move_and_a_stage_share_their_action_ids() {
    let said = places(|d| set(d, "/policy/moves/1/actions/0/id", json!("hello")));
    assert_eq!(said, at(&[(F::DuplicateId, "/policy/moves/1/actions/0/id")]));
}

#[test]
fn each_reference_is_resolved() {
    let unknown: [(F, &str, Value); 17] = [
        (F::UnknownStage, "/queues/0/stages/0", json!("x")),
        (F::UnknownStage, "/automation/0/in/0", json!("x")),
        (F::UnknownStage, "/workflows/0/stage", json!("x")),
        (F::UnknownCategory, "/automation/0/in/0", json!("category:x")),
        (F::UnknownCategory, "/policy/moves/2/from", json!("category:x")),
        (F::UnknownRole, "/roles/boss/inherits/0", json!("x")),
        (F::UnknownRole, "/stages/1/actions/0/roles/0", json!("x")),
        (F::UnknownRole, "/workflows/0/tasks/0/assignee", json!("round_robin:x")),
        (F::UnknownField, "/stages/1/enter_requires/0", json!("x")),
        (F::UnknownMove, "/automation/0/move", json!("x")),
        (F::UnknownMove, "/conversion/move", json!("x")),
        (F::UnknownMove, "/conversion/move", json!("to:won")),
        (F::UnknownQueue, "/stages/1/actions/0/on_done/leave_queue", json!("x")),
        (F::BadValue, "/workflows/0/tasks/1/after", json!("x")),
        (F::BadTemplate, "/stages/1/actions/0/with/text", json!("{{ x }}")),
        (F::BadTemplate, "/stages/1/actions/1/with/title", json!("{{ email")),
        (F::BadTemplate, "/workflows/0/messages/0/body", json!("{{ input.reason }} {{}}")),
    ];
    for (code, place, value) in unknown {
        assert_eq!(places(|d| set(d, place, value.clone())), at(&[(code, place)]), "{value}");
    }
    let said = places(|d| set(d, "/automation/0/on", json!({ "changed": ["email", "x"] })));
    assert_eq!(said, at(&[(F::UnknownField, "/automation/0/on/changed/1")]));
    let said = places(|d| set(d, "/policy/moves/1/actions/0/roles", json!(["x"])));
    assert_eq!(said, at(&[(F::UnknownRole, "/policy/moves/1/actions/0/roles/0")]));
}

/// S57: a conversion names things of other pipelines, which nobody can look up here, and a move of this one.
#[test]
fn s57_a_conversion_names_what_can_be_there() {
    for place in ["/conversion/into", "/conversion/stage", "/conversion/deals"] {
        assert_eq!(places(|d| set(d, place, json!("a b"))), at(&[(F::BadId, place)]));
        assert_eq!(places(|d| set(d, place, json!("any"))), at(&[(F::BadId, place)]));
        assert_eq!(places(|d| set(d, place, json!("elsewhere"))), []);
    }
    assert_eq!(places(|d| set(d, "/conversion/into", json!(""))), at(&[(F::BadId, "/conversion/into")]));
    assert_eq!(
        places(|d| set(d, "/conversion/into", json!("sales"))),
        at(&[(F::BadValue, "/conversion/into")])
    );
    assert_eq!(places(|d| set(d, "/conversion", json!({ "into": "customers" }))), []);
    assert_eq!(places(|d| set(d, "/conversion", json!({}))), at(&[(F::MissingKey, "/conversion")]));
    let said = findings(&edited(|d| set(d, "/conversion/move", json!("wim"))));
    assert_eq!(said[0].message(), "no move is named `wim`, did you mean `win`?");
}

#[test]
fn circles_are_found_at_any_length() {
    let said = places(|d| {
        set(d, "/roles/boss/inherits", json!(["chief"]));
        set(d, "/roles/chief", json!({ "inherits": ["head"] }));
        set(d, "/roles/head", json!({ "inherits": ["boss"] }));
    });
    let mut roles: Vec<_> = said.into_iter().map(|(code, place)| (place, code)).collect();
    roles.sort();
    let expected = ["boss", "chief", "head"].map(|role| (format!("/roles/{role}/inherits"), F::RoleCycle));
    assert_eq!(roles, expected);

    let said = places(|d| {
        set(d, "/workflows/0/tasks/0/after", json!("ask"));
        add(
            d,
            "/workflows/0/tasks",
            json!({ "id": "third", "title": "Third", "due": "1d", "after": "call" }),
        );
    });
    let expected =
        [(F::TaskCycle, "/workflows/0/tasks/0/after"), (F::TaskCycle, "/workflows/0/tasks/1/after")];
    assert_eq!(said, at(&expected), "the third only waits for those in the circle");
}
