//! What a move may do and what it writes: SEMANTICS A, and what stands on it, through the public API.

mod gate;
mod written;

use lifestage::criteria::Slot;
use lifestage::journal::{Direction, RowKind, Salt};
use lifestage::{
    Actor, Creation, Decision, Edit, Pipeline, ReasonCode, Record, Refusal, Request, SealedChange, Standing,
    Timestamp, Verdict, Words, presets,
};
use serde_json::{Value as Json, json};

const SALT: Salt = Salt::from_bytes([7; 16]);

fn at(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + hour * 3_600)
}

/// A pipeline of five open stages, two closed ones and a final one, with `edit` applied.
fn pipeline(edit: impl FnOnce(&mut Json)) -> Pipeline {
    let mut document = json!({
        "id": "deal",
        "name": "Deals",
        "fields": { "email": "string", "budget": "int", "signed": "bool" },
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" },
            { "id": "lost", "name": "Lost", "outcome": "lost" }
        ],
        "stages": [
            { "id": "a", "name": "A", "category": "open", "default": true },
            { "id": "b", "name": "B", "category": "open" },
            { "id": "c", "name": "C", "category": "open" },
            { "id": "old", "name": "Old", "category": "open", "archived": true },
            { "id": "won", "name": "Won", "category": "won" },
            { "id": "onboarded", "name": "Onboarded", "category": "won" },
            { "id": "lost", "name": "Lost", "category": "lost" },
            { "id": "done", "name": "Done", "category": "won", "final": true }
        ],
        "policy": { "free": true },
        "roles": {
            "rep": { "can": ["create", "view", "move", "edit_fields"] },
            "own": { "can": ["view", "move:own"] },
            "boss": { "inherits": ["rep"], "can": ["force", "approve", "correct", "import"] },
            "mute": { "can": ["view"] },
            "blind": { "can": ["move"] }
        }
    });
    edit(&mut document);
    Pipeline::from_json(&document.to_string()).unwrap()
}

fn plain() -> Pipeline {
    pipeline(|_| {})
}

fn rep() -> Actor {
    Actor::new("rita").with_role("rep")
}

fn boss() -> Actor {
    Actor::new("bert").with_role("boss")
}

fn moved(decision: Decision<'_>) -> SealedChange {
    match decision {
        Decision::Moved(change) => change.seal(SALT),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn why(decision: Decision<'_>) -> Refusal {
    match decision {
        Decision::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(decision: Decision<'_>) -> Vec<ReasonCode> {
    why(decision).codes().collect()
}
