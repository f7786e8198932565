//! Each limit holds at n and refuses n + 1, the host's and the document's own (S22).

use lifestage::{FindingCode as F, Limits, criteria};
use serde_json::{Value, json};

use super::base::{add, at, base, brief, edited, findings_within, places, set};

/// Requires that `json` passes within `limits`, and within one less is refused at `place`.
fn exact(json: &str, limits: Limits, less: Limits, code: F, place: &str) {
    assert_eq!(brief(&findings_within(json, &limits)), [], "at the limit");
    let said = brief(&findings_within(json, &less));
    assert!(said.contains(&(code, place.to_owned())), "one above: {said:?}");
}

#[test]
fn counts_are_limited() {
    let json = base().to_string();
    let all = Limits::default();
    let bytes = |document_bytes| Limits { document_bytes, ..all };
    exact(&json, bytes(json.len()), bytes(json.len() - 1), F::TooLarge, "");
    exact(&json, Limits { stages: 5, ..all }, Limits { stages: 4, ..all }, F::TooLarge, "/stages");
    exact(
        &json,
        Limits { categories: 3, ..all },
        Limits { categories: 2, ..all },
        F::TooLarge,
        "/categories",
    );
    exact(&json, Limits { moves: 4, ..all }, Limits { moves: 3, ..all }, F::TooLarge, "/policy/moves");
    // One, one, two from the wildcard, one.
    exact(&json, Limits { steps: 5, ..all }, Limits { steps: 4, ..all }, F::TooLarge, "/policy/moves");
    exact(&json, Limits { fields: 4, ..all }, Limits { fields: 3, ..all }, F::TooLarge, "/fields");
    exact(&json, Limits { calendars: 1, ..all }, Limits { calendars: 0, ..all }, F::TooLarge, "/calendars");
    exact(&json, Limits { holidays: 1, ..all }, Limits { holidays: 0, ..all }, F::TooLarge, "/calendars");
    exact(&json, Limits { sla: 1, ..all }, Limits { sla: 0, ..all }, F::TooLarge, "/sla");
    // Two of a stage, one of a move, two tasks, a reminder, a message, two notices, a rule of automation.
    exact(&json, Limits { actions: 10, ..all }, Limits { actions: 9, ..all }, F::TooLarge, "");
}

#[test]
fn names_and_texts_are_limited() {
    let all = Limits::default();
    let length = |name_length| Limits { name_length, ..all };
    for place in ["/name", "/stages/0/name", "/policy/moves/0/label", "/queues/0/name", "/categories/0/name"]
    {
        let json = edited(|d| set(d, place, json!("ü".repeat(30))));
        exact(&json, length(30), length(29), F::TooLarge, place);
    }
    for place in ["/id", "/stages/4/id"] {
        let json = edited(|d| set(d, place, json!("x".repeat(30))));
        exact(&json, length(30), length(29), F::TooLarge, place);
    }
    let bytes = |text_bytes| Limits { text_bytes, ..all };
    for place in [
        "/description",
        "/stages/0/guidance",
        "/policy/moves/0/description",
        "/workflows/0/messages/0/body",
        "/stages/1/actions/1/with/title",
        "/fields/source/label",
    ] {
        let json = edited(|d| set(d, place, json!("ü".repeat(30))));
        exact(&json, bytes(60), bytes(59), F::TooLarge, place);
    }
}

#[test]
fn conditions_are_limited() {
    let default = criteria::Limits::default();
    let within = |criteria| Limits { criteria, ..Limits::default() };
    let place = "/policy/moves/0/when";
    let text = "budget in [10, 11, 12]";
    let tree = json!({ "op": "in", "args": [{ "name": "budget" }, { "value": [10, 11, 12] }] });
    let json = edited(|d| {
        set(d, place, json!(text));
        set(d, "/stages/1/entry", json!("true"));
        set(d, "/stages/1/exit", json!("true"));
        set(d, "/stages/1/actions/0/when", json!("true"));
        set(d, "/automation/0/when", json!("true"));
    });
    let bytes = |text_bytes| within(criteria::Limits { text_bytes, ..default });
    exact(&json, bytes(text.len()), bytes(text.len() - 1), F::BadCriteria, place);
    let items = |list_len| within(criteria::Limits { list_len, ..default });
    exact(&json, items(3), items(2), F::BadCriteria, place);
    let nodes = |nodes| within(criteria::Limits { nodes, ..default });
    exact(&json, nodes(6), nodes(5), F::BadCriteria, place);
    let depth = |depth| within(criteria::Limits { depth, ..default });
    exact(&json, depth(3), depth(2), F::BadCriteria, place);
    let mut as_tree: Value = serde_json::from_str(&json).unwrap();
    set(&mut as_tree, place, tree);
    exact(&as_tree.to_string(), items(3), items(2), F::BadCriteria, place);
}

#[test]
fn a_host_may_allow_more_than_the_default_conditions() {
    let long = vec!["budget > 1"; 3_000].join(" || ");
    let json = edited(|d| set(d, "/policy/moves/0/when", json!(long)));
    assert_eq!(
        brief(&findings_within(&json, &Limits::default())),
        at(&[(F::BadCriteria, "/policy/moves/0/when")])
    );
    let criteria = criteria::Limits { text_bytes: 1 << 20, nodes: 10_000, ..criteria::Limits::default() };
    assert_eq!(brief(&findings_within(&json, &Limits { criteria, ..Limits::default() })), []);
}

#[test]
fn a_document_tightens_its_own_limits() {
    let own = |key: &str, most: u64| places(|d| set(d, "/limits", json!({ key: most })));
    assert_eq!(own("stages", 5), []);
    assert_eq!(own("stages", 4), at(&[(F::TooLarge, "/stages")]));
    assert_eq!(own("moves", 4), []);
    assert_eq!(own("moves", 3)[0], (F::TooLarge, "/policy/moves".to_owned()));
    assert_eq!(own("name_length", 16), []);
    assert_eq!(own("name_length", 15), at(&[(F::TooLarge, "/workflows/0/tasks/0/title")]));
}

#[test]
fn a_document_does_not_widen_the_limits_of_its_host() {
    let json = edited(|d| {
        set(d, "/limits", json!({ "stages": 4_000_000, "moves": 4_000_000, "name_length": 4_000 }))
    });
    let all = Limits::default();
    for (host, place) in [
        (Limits { stages: 4, ..all }, "/stages"),
        (Limits { moves: 3, ..all }, "/policy/moves"),
        (Limits { name_length: 10, ..all }, "/stages/1/actions/1/name"),
    ] {
        let said = brief(&findings_within(&json, &host));
        assert!(said.contains(&(F::TooLarge, place.to_owned())), "{said:?}");
    }
}

#[test]
fn there_are_at_most_sixty_four_roles() {
    let roles = |count: usize| {
        places(|d| {
            for i in 2..count {
                set(d, &format!("/roles/r{i}"), json!({ "can": ["view"] }));
            }
        })
    };
    assert_eq!(roles(64), []);
    assert_eq!(roles(65), at(&[(F::TooLarge, "/roles")]));
}

#[test]
fn there_are_at_most_as_many_stages_as_a_number_of_sixteen_bits_can_tell() {
    let mut document = base();
    set(&mut document, "/limits", json!({}));
    for i in 5..65_535 {
        let id = format!("s{i}");
        add(&mut document, "/stages", json!({ "id": id, "name": id, "category": "open", "archived": true }));
    }
    let limits = Limits { stages: usize::MAX, ..Limits::default() };
    let said = brief(&findings_within(&document.to_string(), &limits));
    assert_eq!(said, at(&[(F::TooLarge, "/stages")]));
    document["stages"].as_array_mut().unwrap().pop();
    assert_eq!(brief(&findings_within(&document.to_string(), &limits)), []);
}
