//! What following the moves shows (S37), the default stage (S26) and minimums (S27).

use lifestage::{FindingCode as F, Pipeline};
use serde_json::{Value, json};

use super::base::{at, brief, findings};

/// Stages `a`, `b`, ... open, `w` won and `l` lost; `a` is the default. Moves are from and to.
fn graph(open: &str, moves: &[(&str, &str)]) -> Value {
    let stage = |id: String, category: &str| json!({ "id": id, "name": id, "category": category, "default": id == "a", "final": category != "open" });
    let mut stages: Vec<Value> = open.chars().map(|id| stage(id.to_string(), "open")).collect();
    stages.push(stage("w".to_owned(), "won"));
    let moves: Vec<Value> = moves
        .iter()
        .enumerate()
        .map(|(i, (from, to))| json!({ "id": format!("m{i}"), "label": format!("M{i}"), "from": from, "to": to }))
        .collect();
    json!({
        "id": "graph", "name": "Graph",
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" }
        ],
        "fields": { "budget": "int" },
        "stages": stages,
        "policy": { "moves": moves },
        "roles": { "all": { "can": ["move"] } }
    })
}

fn said(document: &Value) -> Vec<(F, String)> {
    brief(&findings(&document.to_string()))
}

#[test]
fn a_straight_way_is_fine() {
    assert_eq!(said(&graph("ab", &[("a", "b"), ("b", "w")])), []);
}

#[test]
fn a_cut_off_circle_is_unreachable() {
    let circle = graph("abc", &[("a", "w"), ("b", "c"), ("c", "b")]);
    let expected = [
        (F::UnreachableStage, "/stages/1"),
        (F::NoRouteToClosed, "/stages/1"),
        (F::UnreachableStage, "/stages/2"),
        (F::NoRouteToClosed, "/stages/2"),
    ];
    assert_eq!(said(&circle), at(&expected));
    let entered = graph("abc", &[("a", "w"), ("b", "c"), ("c", "b"), ("none", "c"), ("b", "w")]);
    assert_eq!(said(&entered), [], "records may start there");
}

#[test]
fn a_circle_without_an_end_has_no_route_to_a_closed_stage() {
    let circle = graph("abc", &[("a", "w"), ("a", "b"), ("b", "c"), ("c", "b")]);
    assert_eq!(said(&circle), at(&[(F::NoRouteToClosed, "/stages/1"), (F::NoRouteToClosed, "/stages/2")]));
}

#[test]
fn a_dead_end_is_a_trap_and_only_that() {
    let dead = graph("ab", &[("a", "w"), ("a", "b")]);
    assert_eq!(said(&dead), at(&[(F::Trap, "/stages/1")]));
    let mut meant = dead;
    meant["stages"][1]["final"] = json!(true);
    assert_eq!(said(&meant), [], "final, as declared");
    let lone = graph("ab", &[("a", "w")]);
    assert_eq!(said(&lone), at(&[(F::UnreachableStage, "/stages/1")]), "a trap needs somebody to fall in");
    let mut within = graph("ab", &[("a", "w"), ("a", "b")]);
    let stay =
        json!({ "id": "stay", "label": "Stay", "from": { "stage": "b", "kind": "internal" }, "to": "b" });
    within["policy"]["moves"].as_array_mut().unwrap().push(stay);
    assert_eq!(said(&within), at(&[(F::Trap, "/stages/1")]), "a move within the stage does not leave it");
}

#[test]
fn a_step_that_can_never_be_made_is_no_way() {
    let with = |edit: &dyn Fn(&mut Value)| {
        let mut document = graph("ab", &[("a", "b"), ("b", "w"), ("a", "w")]);
        edit(&mut document);
        said(&document)
    };
    let never = json!("budget > 5 && budget < 5");
    assert_eq!(
        with(&|d| d["policy"]["moves"][0]["when"] = never.clone()),
        at(&[(F::NeverHolds, "/policy/moves/0/when"), (F::UnreachableStage, "/stages/1")])
    );
    assert_eq!(
        with(&|d| d["stages"][1]["entry"] = never.clone()),
        at(&[(F::NeverHolds, "/stages/1/entry"), (F::UnreachableStage, "/stages/1")])
    );
    assert_eq!(
        with(&|d| d["stages"][1]["exit"] = json!({ "when": never, "applies_to": "all" })),
        at(&[(F::NeverHolds, "/stages/1/exit/when"), (F::Trap, "/stages/1")])
    );
    // Bound to forward moves and winning only, it may not bind: no claim is made.
    assert_eq!(with(&|d| d["stages"][1]["exit"] = never.clone()), at(&[(F::NeverHolds, "/stages/1/exit")]));
}

#[test]
fn a_step_that_the_order_forbids_is_no_way() {
    let mut leaping = graph("abc", &[("a", "c"), ("c", "w"), ("a", "b"), ("b", "w")]);
    leaping["policy"]["no_skipping"] = json!(true);
    assert_eq!(
        said(&leaping),
        at(&[(F::DeadMove, "/policy/moves/0/from"), (F::UnreachableStage, "/stages/2")])
    );
    let mut back = graph("ab", &[("a", "b"), ("b", "a"), ("a", "w")]);
    assert_eq!(said(&back), []);
    back["policy"]["no_backward"] = json!(true);
    assert_eq!(said(&back), at(&[(F::DeadMove, "/policy/moves/1/from"), (F::Trap, "/stages/1")]));
    back["policy"]["moves"][1]["from"] = json!({ "stage": "b", "kind": "step_back" });
    assert_eq!(said(&back), [], "a step back is meant");
}

/// S8.
#[test]
fn a_free_pipeline_reaches_everything() {
    let mut free = graph("abc", &[]);
    free["policy"] = json!({ "free": true });
    assert_eq!(said(&free), []);
    free["stages"][3]["entry"] = json!("false");
    let expected = [
        (F::NeverHolds, "/stages/3/entry"),
        (F::NoRouteToClosed, "/stages/0"),
        (F::NoRouteToClosed, "/stages/1"),
        (F::NoRouteToClosed, "/stages/2"),
        (F::UnreachableStage, "/stages/3"),
    ];
    assert_eq!(said(&free), at(&expected));
}

#[test]
fn a_pipeline_without_an_end_is_told_once() {
    let mut endless = graph("ab", &[("a", "b"), ("b", "a")]);
    endless["stages"].as_array_mut().unwrap().pop();
    assert_eq!(said(&endless), at(&[(F::NoRouteToClosed, "/stages")]));
}

/// Warnings travel with the pipeline.
#[test]
fn what_is_doubtful_does_not_refuse() {
    let json = graph("ab", &[("a", "w")]).to_string();
    let pipeline = Pipeline::from_json(&json).unwrap();
    assert_eq!(brief(pipeline.warnings()), at(&[(F::UnreachableStage, "/stages/1")]));
}

/// S26: exactly one, open and not archived.
#[test]
fn the_default_stage_is_one_open_and_not_archived() {
    let mut none = graph("ab", &[("a", "b"), ("b", "w")]);
    none["stages"][0]["default"] = json!(false);
    assert!(said(&none).contains(&(F::DefaultStage, "/stages".to_owned())));
    let mut two = graph("ab", &[("a", "b"), ("b", "w")]);
    two["stages"][1]["default"] = json!(true);
    assert_eq!(said(&two), at(&[(F::DefaultStage, "/stages/1/default")]));
    let mut archived = graph("ab", &[("b", "w"), ("none", "b")]);
    archived["stages"][0]["archived"] = json!(true);
    assert_eq!(said(&archived), at(&[(F::DefaultNotOpen, "/stages/0/default")]));
    let mut closed = graph("a", &[("a", "w")]);
    closed["stages"][0]["default"] = json!(false);
    closed["stages"][1]["default"] = json!(true);
    assert!(said(&closed).contains(&(F::DefaultNotOpen, "/stages/1/default".to_owned())));
}

/// S27: there is at least one open stage.
#[test]
fn there_is_an_open_stage() {
    let mut document = graph("", &[]);
    document["stages"][0]["default"] = json!(true);
    assert_eq!(
        said(&document)[..2],
        at(&[(F::NoStages, "/stages"), (F::DefaultNotOpen, "/stages/0/default")])
    );
}

#[test]
fn a_document_without_roles_moves_nobody() {
    let mut document = graph("a", &[("a", "w")]);
    document.as_object_mut().unwrap().remove("roles");
    assert_eq!(said(&document), at(&[(F::NobodyMoves, "")]));
}
