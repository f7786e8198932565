//! Moves among each other: alternatives, wildcards, moves within a stage (S5, S9, S37).

use lifestage::{FindingCode as F, Pipeline};
use serde_json::{Value, json};

use super::base::{add, at, cut, edited, places, set};

fn mv(id: &str, from: Value, to: &str) -> Value {
    json!({ "id": id, "label": id, "from": from, "to": to })
}

/// Findings about moves under one label from `new`, each with its target and what guards it.
fn alternatives(moves: &[(&str, Value)]) -> Vec<(F, String)> {
    places(|d| {
        for (i, (to, guard)) in moves.iter().enumerate() {
            let mut alternative = json!({ "id": format!("a{i}"), "label": "Go", "from": "new", "to": to });
            alternative.as_object_mut().unwrap().extend(guard.as_object().unwrap().clone());
            add(d, "/policy/moves", alternative);
        }
    })
}

#[test]
fn alternatives_go_from_guarded_to_unguarded() {
    let open = json!({});
    let large = json!({ "when": "budget >= 100" });
    let small = json!({ "when": "budget < 100" });
    assert_eq!(alternatives(&[("won", large.clone()), ("won", small.clone()), ("won", open.clone())]), []);
    let said = alternatives(&[("won", open.clone()), ("won", large.clone())]);
    assert_eq!(said, at(&[(F::ShadowedMove, "/policy/moves/5")]));
    // With another target it is another button, which can be taken by its id.
    assert_eq!(alternatives(&[("won", open.clone()), ("lost", large.clone())]), []);
    // Two buttons that look alike and always stand there cannot be told apart, wherever they lead.
    let said = alternatives(&[("won", open.clone()), ("lost", open)]);
    assert_eq!(said, at(&[(F::AmbiguousMove, "/policy/moves/5")]));
}

#[test]
fn roles_and_ownership_guard_as_conditions_do() {
    for guard in [json!({ "roles": ["boss"] }), json!({ "owner_only": true })] {
        assert_eq!(alternatives(&[("won", guard.clone()), ("won", json!({}))]), [], "{guard}");
        let said = alternatives(&[("won", json!({})), ("won", guard.clone())]);
        assert_eq!(said, at(&[(F::ShadowedMove, "/policy/moves/5")]), "{guard}");
    }
}

#[test]
fn overlap_is_told_where_it_can_be_shown_and_nowhere_else() {
    let pair = |one: &str, other: &str| {
        alternatives(&[("won", json!({ "when": one })), ("won", json!({ "when": other }))])
    };
    let overlapping = at(&[(F::OverlappingCriteria, "/policy/moves/5/when")]);
    for (one, other) in [
        ("budget > 5", "budget < 7"),
        ("source in [\"web\", \"fair\"]", "source == \"fair\""),
        ("has(email)", "budget > 1"),
        ("source != \"web\"", "source != \"fair\""),
    ] {
        assert_eq!(pair(one, other), overlapping, "{one} | {other}");
    }
    for (one, other) in [
        ("budget > 5", "budget < 6"),
        ("has(email)", "!has(email)"),
        ("source == \"web\"", "source == \"fair\""),
        // Beyond comparisons with literals no claim is made.
        ("budget * 2 > 5", "budget > 5"),
        ("size(email) > 5", "size(email) > 6"),
    ] {
        assert_eq!(pair(one, other), [], "{one} | {other}");
    }
    let said =
        alternatives(&[("won", json!({ "when": "budget > 5" })), ("lost", json!({ "when": "budget > 6" }))]);
    assert_eq!(said, [], "another target is no alternative");
}

#[test]
fn what_is_said_of_two_moves_is_said_once() {
    let said = places(|d| {
        add(d, "/policy/moves", json!({ "id": "a", "label": "Go", "from": ["new", "talking"], "to": "won" }));
        add(d, "/policy/moves", json!({ "id": "b", "label": "Go", "from": ["new", "talking"], "to": "won" }));
    });
    assert_eq!(said, at(&[(F::AmbiguousMove, "/policy/moves/5")]));
}

#[test]
fn a_source_of_its_own_label_is_compared_by_it() {
    let go = json!({ "stage": "new", "label": "Talk first" });
    let said = places(|d| {
        cut(d, "/policy/moves/0/when");
        cut(d, "/policy/moves/0/roles");
        add(d, "/policy/moves", mv("chat", json!([go]), "talking"));
    });
    assert_eq!(said, at(&[(F::AmbiguousMove, "/policy/moves/4")]));
}

#[test]
fn a_wildcard_takes_in_what_can_be_left_but_its_target() {
    let from = |wildcard: Value, except: Value| {
        let json = edited(|d| {
            set(d, "/stages/3/final", json!(false));
            let mut any = mv("x", wildcard, "new");
            any["except"] = except;
            add(d, "/policy/moves", any);
        });
        let pipeline = Pipeline::from_json(&json).unwrap();
        let stages = ["new", "talking", "won", "lost", "old"];
        let starts =
            stages.iter().filter(|stage| pipeline.policy().moves_from(stage).any(|mv| mv.id() == "x"));
        starts.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(from(json!("any"), json!([])), ["talking", "lost"], "neither final nor archived stages");
    assert_eq!(from(json!("any_open"), json!([])), ["talking"]);
    assert_eq!(from(json!("category:lost"), json!([])), ["lost"]);
    assert_eq!(from(json!(["category:lost", "any_open"]), json!([])), ["talking", "lost"]);
    assert_eq!(from(json!("any"), json!(["lost"])), ["talking"]);
    assert_eq!(from(json!(["lost", "any"]), json!([])), ["talking", "lost"], "what is listed first counts");
}

#[test]
fn an_exception_that_leaves_nothing_out_is_told() {
    let said = |from: Value, except: Value| {
        places(|d| {
            let mut any = mv("x", from, "talking");
            any["except"] = except;
            add(d, "/policy/moves", any);
        })
    };
    let dead = at(&[(F::DeadException, "/policy/moves/4/except/0")]);
    assert_eq!(said(json!("any"), json!(["won"])), dead, "final already");
    assert_eq!(said(json!("new"), json!(["lost"])), dead, "there is no wildcard");
    assert_eq!(said(json!("any"), json!(["talking"])), [], "the target is left out anyway, and may be named");
    assert_eq!(said(json!("any"), json!(["nwe"])), at(&[(F::UnknownStage, "/policy/moves/4/except/0")]));
    assert_eq!(said(json!("any"), json!(["new"])), at(&[(F::DeadMove, "/policy/moves/4/from")]));
}

#[test]
fn a_source_listed_twice_is_told() {
    let said = places(|d| set(d, "/policy/moves/1/from", json!(["talking", "new", "talking"])));
    assert_eq!(said, at(&[(F::DuplicateId, "/policy/moves/1/from/2")]));
    assert_eq!(places(|d| set(d, "/policy/moves/1/from", json!(["talking", "any_open"]))), []);
}

#[test]
fn a_move_needs_a_source() {
    let said = places(|d| set(d, "/policy/moves/2/from", json!([])));
    assert_eq!(said, at(&[(F::MissingKey, "/policy/moves/2/from")]));
}

/// S5: within its stage a move says how; leading elsewhere it does not.
#[test]
fn moves_within_a_stage_are_declared() {
    for kind in ["internal", "re_entry"] {
        let same = json!({ "stage": "new", "kind": kind });
        assert_eq!(places(|d| add(d, "/policy/moves", mv("x", same.clone(), "new"))), [], "{kind}");
        let said = places(|d| add(d, "/policy/moves", mv("x", same, "won")));
        assert_eq!(said, at(&[(F::NotASelfMove, "/policy/moves/4/from/kind")]), "{kind}");
    }
    for kind in ["ordinary", "step_back", "revive"] {
        let same = json!({ "stage": "new", "kind": kind });
        let said = places(|d| add(d, "/policy/moves", mv("x", same.clone(), "new")));
        assert_eq!(said, at(&[(F::UndeclaredSelfMove, "/policy/moves/4/from/stage")]), "{kind}");
    }
}

/// S7, S37: what can never be taken from a stage stands before nothing there.
#[test]
fn s37_a_dead_move_shadows_none() {
    let mut back = mv("back", json!("talking"), "new");
    back["label"] = json!("Back");
    let mut stepping = mv("stepping", json!({ "stage": "talking", "kind": "step_back" }), "new");
    stepping["label"] = json!("Back");
    let said = |no_backward: bool, when: Option<&str>, moves: [&Value; 2]| {
        places(|d| {
            set(d, "/policy/no_backward", json!(no_backward));
            for mv in moves {
                add(d, "/policy/moves", mv.clone());
            }
            if let Some(when) = when {
                set(d, "/policy/moves/5/when", json!(when));
            }
        })
    };
    let dead = at(&[(F::DeadMove, "/policy/moves/4/from")]);
    assert_eq!(said(true, Some("budget > 5"), [&back, &stepping]), dead);
    assert_eq!(said(true, None, [&back, &stepping]), dead);
    assert_eq!(said(true, None, [&stepping, &back]), at(&[(F::DeadMove, "/policy/moves/5/from")]));
    let shadowed = at(&[(F::ShadowedMove, "/policy/moves/5")]);
    assert_eq!(said(false, Some("budget > 5"), [&back, &stepping]), shadowed);
    assert_eq!(said(false, None, [&back, &stepping]), at(&[(F::AmbiguousMove, "/policy/moves/5")]));
}

/// S9: a final stage has no way out, by any kind of source.
#[test]
fn no_move_leads_out_of_a_final_stage() {
    for from in [json!("won"), json!(["won", "lost"])] {
        let said = places(|d| add(d, "/policy/moves", mv("x", from.clone(), "new")));
        assert!(!said.is_empty() && said.iter().all(|(code, _)| *code == F::MoveOutOfFinal), "{said:?}");
        assert_eq!(said.len(), from.as_array().map_or(1, Vec::len));
    }
    let said =
        places(|d| add(d, "/policy/moves", mv("x", json!({ "stage": "lost", "kind": "revive" }), "new")));
    assert_eq!(said, at(&[(F::MoveOutOfFinal, "/policy/moves/4/from/stage")]));
}

#[test]
fn archived_stages_are_no_targets_and_poor_sources() {
    let said = places(|d| add(d, "/policy/moves", mv("x", json!("old"), "new")));
    assert_eq!(said, at(&[(F::ArchivedStage, "/policy/moves/4/from")]));
    assert!(Pipeline::from_json(&edited(|d| add(d, "/policy/moves", mv("x", json!("old"), "new")))).is_ok());
}
