//! What a row tells, as a sentence about who did what.

use lifestage::journal::{FactChange, OWNER, RESERVED, Row, RowKind};
use lifestage::{Digest, Link, Value};

use crate::answer::{fact_name, word};

/// The input with the words of an activity, and the ones that say how it stands.
const TEXT: &str = "text";
const DONE: &str = "done";
/// The inputs of conversions and merges that name the other record.
const LEAD: &str = "lead";
const TAIL: &str = "tail";

/// The row in words.
pub(super) fn of(row: &Row) -> String {
    let automation = if row.automation { " (automation)" } else { "" };
    let mut sentence = format!("{}{automation} {}", row.actor, did(row));
    if let Some(text) = row.input.get(TEXT).filter(|_| row.is_activity()) {
        sentence.push_str(&format!(": {text}"));
    }
    let own = |name: &str| match row.kind {
        RowKind::Creation | RowKind::Conversion => name == LEAD,
        RowKind::Merge => name == TAIL,
        _ => row.is_activity() && (name == TEXT || name == DONE),
    };
    let input: Vec<String> = row
        .input
        .iter()
        .filter(|(name, _)| !own(name))
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if !input.is_empty() {
        sentence.push_str(&format!(" ({})", input.join(", ")));
    }
    if let Some(reason) = &row.reason {
        sentence.push_str(&format!(", because {reason}"));
    }
    // What had been said is gone, and its digest is left (S44).
    if row.salt.is_none() && row.personal != Digest::ZERO {
        sentence.push_str(" (erased)");
    }
    sentence
}

/// What was done, from the verb on.
fn did(row: &Row) -> String {
    let label = |mark: &Option<lifestage::journal::StageMark>| {
        mark.as_ref().map_or_else(|| "no stage".to_owned(), |mark| mark.label.to_string())
    };
    let (from, to) = (label(&row.from), label(&row.to));
    let by = row.mv.as_ref().map_or_else(String::new, |mv| format!(" by `{mv}`"));
    let force = if row.forced { ", by force" } else { "" };
    let earlier = row.refers_to.unwrap_or_default();
    match row.kind {
        RowKind::Creation => created(row, &to),
        RowKind::Move => format!("moved it from {from} to {to}{by}{force}"),
        RowKind::ReEntry => format!("entered {to} anew{by}{force}"),
        RowKind::Internal => format!("stayed in {to}{by}{force}"),
        RowKind::Assignment => assigned(row),
        RowKind::Edit => edited(row),
        RowKind::Conversion => converted(row),
        RowKind::Merge => merged(row),
        RowKind::Migration => format!("migrated it from {from} to {to}"),
        RowKind::Correction => format!("undid row {earlier}, from {from} back to {to}"),
        RowKind::Proposal => {
            format!("proposed `{}`, which waits for somebody else", row.mv.as_deref().unwrap_or_default())
        }
        RowKind::Approval => format!("approved what row {earlier} proposed, from {from} to {to}{by}"),
        RowKind::Withdrawal => format!("withdrew what row {earlier} proposed"),
        RowKind::Note => "noted".into(),
        RowKind::Call | RowKind::Meeting | RowKind::Email | RowKind::Task => activity(row),
        RowKind::Deletion => "put it into the trash".into(),
        RowKind::Restoration => "took it out of the trash".into(),
        RowKind::Erasure => "erased what was personal".into(),
    }
}

fn activity(row: &Row) -> String {
    let what = word(row.kind);
    if let Some(earlier) = row.refers_to {
        return format!("did the {what} of row {earlier}");
    }
    match (row.kind, row.is_planned()) {
        (RowKind::Task, _) => "set a task".into(),
        (RowKind::Email, true) => "planned an e-mail".into(),
        (_, true) => format!("planned a {what}"),
        (RowKind::Call, false) => "called".into(),
        (RowKind::Meeting, false) => "met".into(),
        (_, false) => "wrote an e-mail".into(),
    }
}

fn created(row: &Row, to: &str) -> String {
    let how =
        if row.start_unknown { format!("brought it in, in {to}") } else { format!("created it in {to}") };
    let lead = row.input.get(LEAD).map_or_else(String::new, |lead| format!(" out of the lead {lead}"));
    let facts = valued(row);
    if facts.is_empty() { how + &lead } else { format!("{how}{lead}, with {facts}") }
}

fn assigned(row: &Row) -> String {
    let Some(change) = row.facts.iter().find(|fact| fact.name == OWNER) else {
        return "assigned it".into();
    };
    let is_actor = |person: &Value| matches!(person, Value::Text(person) if *person == row.actor);
    match (&change.old, &change.new) {
        (None, Some(new)) if is_actor(new) => "claimed it".into(),
        (None, Some(new)) => format!("gave it to {new}"),
        (Some(old), Some(new)) if is_actor(new) => format!("took it over from {old}"),
        (Some(old), Some(new)) if is_actor(old) => format!("handed it over to {new}"),
        (Some(old), Some(new)) => format!("gave it to {new}, from {old}"),
        (Some(old), None) if is_actor(old) => "gave it back".into(),
        (Some(old), None) => format!("took it from {old}"),
        (None, None) => "assigned it".into(),
    }
}

fn edited(row: &Row) -> String {
    let change = |fact: &FactChange| {
        let name = fact_name(fact);
        match (&fact.old, &fact.new) {
            (Some(old), Some(new)) => format!("changed {name} from {old} to {new}"),
            (None, Some(new)) => format!("set {name} to {new}"),
            (Some(old), None) => format!("cleared {name}, which was {old}"),
            (None, None) => format!("left {name}"),
        }
    };
    let changes: Vec<String> = told(row).map(change).collect();
    if changes.is_empty() { "edited it".into() } else { changes.join(", ") }
}

fn converted(row: &Row) -> String {
    if let Some(customer) = fact(row, Link::Customer) {
        return format!("converted it: it is the customer {customer}");
    }
    let Some(lead) = row.input.get(LEAD) else { return "converted it".into() };
    let filled = valued(row);
    let filled = if filled.is_empty() { filled } else { format!(", which gave it {filled}") };
    format!("made it the customer of the lead {lead}{filled}")
}

fn merged(row: &Row) -> String {
    if let Some(tail) = row.input.get(TAIL) {
        let taken = valued(row);
        let taken = if taken.is_empty() { taken } else { format!(", which gave it {taken}") };
        return format!("made {tail} one with it{taken}");
    }
    match fact(row, Link::Head) {
        Some(head) => format!("made it one with {head}"),
        None => "merged it".into(),
    }
}

/// The record that a link was set to.
fn fact(row: &Row, link: Link) -> Option<&Value> {
    row.facts.iter().find(|fact| fact.name == link.fact()).and_then(|fact| fact.new.as_ref())
}

/// The changes that a person cares for: that an address is held is the store's business.
fn told(row: &Row) -> impl Iterator<Item = &FactChange> {
    row.facts.iter().filter(|fact| fact.name != RESERVED)
}

/// The facts that have a value now: `name Ada, budget 7500`.
fn valued(row: &Row) -> String {
    let fact = |fact: &FactChange| fact.new.as_ref().map(|new| format!("{} {new}", fact_name(fact)));
    told(row).filter_map(fact).collect::<Vec<_>>().join(", ")
}
