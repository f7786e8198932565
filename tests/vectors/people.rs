//! What the library says to the vectors about whose record it is and who it is.

use lifestage::{Act, Activity, Actor, Assignment, Conversion, Decision, Erasure, Merge, Pipeline, Record};
use serde_json::{Value as Json, json};

use crate::file::{Step, Wish};
use crate::run::{decided, refused, standing};

/// The operations that one record is enough for.
pub const OPERATIONS: [&str; 6] = ["assign", "log", "trash", "restore", "convert", "erase"];

/// Puts a wish the way all wishes can be put.
macro_rules! put {
    ($made:expr, $wish:expr) => {{
        let mut made = $made;
        if let Some(version) = $wish.expect_version {
            made = made.expecting_version(version);
        }
        match &$wish.key {
            Some(key) => made.with_key(key.as_str()),
            None => made,
        }
    }};
}

pub fn decide<'p>(pipeline: &'p Pipeline, record: &'p Record, step: &Step, actor: &'p Actor) -> Decision<'p> {
    let wish = step.wish.as_ref().unwrap();
    let now = step.now();
    match step.op.as_str() {
        "assign" => pipeline.assign(record, &put!(assignment(wish), wish), actor, now),
        "log" => pipeline.log(record, &put!(activity(wish), wish), actor, now),
        "trash" => pipeline.trash(record, &put!(act(wish), wish), actor, now),
        "restore" => pipeline.restore(record, &put!(act(wish), wish), actor, now),
        "convert" => {
            let customer = wish.customer.as_deref().unwrap();
            pipeline.convert(record, customer, &put!(Conversion::new(), wish), actor, now)
        }
        "erase" => pipeline.erase(record, &put!(erasure(wish), wish), actor, now),
        other => panic!("no operation `{other}`"),
    }
}

pub fn merged(pipeline: &Pipeline, step: &Step) -> Json {
    let wish = step.wish.as_ref().unwrap();
    let tail: Record = serde_json::from_value(step.tail.clone().unwrap()).unwrap();
    match pipeline.merge(&step.record(), &tail, &put!(act(wish), wish), &step.actor(), step.now()) {
        Merge::Merged { head, tail } => json!({
            "outcome": "merged",
            "head": decided(Decision::Moved(head), None).0,
            "tail": decided(Decision::Moved(tail), None).0,
        }),
        Merge::Unchanged(unchanged) => json!({ "outcome": "unchanged", "stage": unchanged.stage() }),
        Merge::Refused(refusal) => refused(&refusal),
    }
}

pub fn deeds(pipeline: &Pipeline, step: &Step) -> Json {
    let deeds = pipeline.deeds(&step.record(), &step.actor(), step.now());
    deeds
        .iter()
        .map(|one| json!({ "deed": one.deed.name(), "standing": standing(&one.standing), "who_could": one.who_could }))
        .collect()
}

fn assignment(wish: &Wish) -> Assignment {
    let made = match &wish.to {
        _ if wish.claim => Assignment::claim(),
        _ if wish.release => Assignment::release(),
        Some(person) => Assignment::to(person.as_str()),
        None => panic!("nobody is named"),
    };
    match &wish.reason {
        Some(reason) => made.because(reason.as_str()),
        None => made,
    }
}

fn activity(wish: &Wish) -> Activity {
    let text = wish.text.clone().unwrap_or_default();
    let mut made = match wish.kind.as_deref() {
        Some("note") => Activity::note(text),
        Some("call") => Activity::call(text),
        Some("meeting") => Activity::meeting(text),
        Some("email") => Activity::email(text),
        Some("task") => Activity::task(text),
        other => panic!("no activity {other:?}"),
    };
    if wish.planned {
        made = made.planned();
    }
    if let Some(at) = &wish.at {
        made = made.at(at.parse().unwrap());
    }
    if let Some(due) = &wish.due {
        made = made.due(due.parse().unwrap());
    }
    match &wish.assignee {
        Some(person) => made.assigned_to(person.as_str()),
        None => made,
    }
}

fn act(wish: &Wish) -> Act {
    wish.reason.as_ref().map_or_else(Act::new, |reason| Act::because(reason.as_str()))
}

fn erasure(wish: &Wish) -> Erasure {
    let mut made = Erasure::keeping(wish.keep.iter().map(String::as_str));
    if let Some(name) = &wish.rename {
        made = made.renaming(name.as_str());
    }
    match &wish.reason {
        Some(reason) => made.because(reason.as_str()),
        None => made,
    }
}
