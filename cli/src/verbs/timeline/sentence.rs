//! What a row tells, as a sentence about who did what.

use lifestage::journal::{FactChange, OWNER, QUEUES, RESERVED, Row, RowKind, TAIL};
use lifestage::{Digest, Link, Value};

use crate::answer::{ERROR, Reported, fact_name, queues, reported, word};

/// The input with the words of an activity, and the ones that say how it stands.
const TEXT: &str = "text";
const DONE: &str = "done";
const ACTION: &str = "action";
/// The input of reports about work that a sentence says otherwise, or nobody reads.
const OF_REPORTS: [&str; 6] = [ACTION, "index", "failed", "undone", "assignee", ERROR];
/// The input of conversions that names the lead.
const LEAD: &str = Link::Lead.fact();

/// The row in words.
pub(super) fn of(row: &Row) -> String {
    let automation = if row.automation { " (automation)" } else { "" };
    let mut sentence = format!("{}{automation} {}", row.actor, did(row));
    if let Some(text) = row.input.get(TEXT).filter(|_| row.is_activity() || row.kind == RowKind::Action) {
        sentence.push_str(&format!(": {text}"));
    }
    let report = reported(row);
    let told_by_report = |name: &str| report.is_some() && OF_REPORTS.contains(&name);
    let own = |name: &str| match row.kind {
        RowKind::Creation | RowKind::Conversion => name == LEAD,
        RowKind::Merge => name == TAIL,
        RowKind::Action => name == TEXT || name == DONE || name == ACTION || told_by_report(name),
        _ => row.is_activity() && (name == TEXT || name == DONE || told_by_report(name)),
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
    if let Some(why) = row.input.get(ERROR).filter(|_| report == Some(Reported::Failed)) {
        sentence.push_str(&format!(", because {why}"));
    }
    if let Some(queues) = queues(row) {
        sentence.push_str(&format!("; it {queues}"));
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
        RowKind::Action => acted(row),
        RowKind::Workflow => "gave it the work that its stage came to have".into(),
    }
}

fn activity(row: &Row) -> String {
    let what = word(row.kind);
    if let Some(earlier) = row.refers_to {
        let work = format!("the {what} of row {earlier}");
        return reported(row).map_or_else(|| format!("did {work}"), |report| became(row, report, &work));
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

/// An action carried out, or what came of it.
fn acted(row: &Row) -> String {
    let action = row.input.get(ACTION).map_or_else(|| "an action".to_owned(), |id| format!("`{id}`"));
    match (row.refers_to, reported(row)) {
        (Some(earlier), Some(report)) => became(row, report, &format!("{action} of row {earlier}")),
        _ => format!("carried out {action}"),
    }
}

/// What became of work.
fn became(row: &Row, report: Reported, work: &str) -> String {
    match report {
        Reported::Done => format!("did {work}"),
        Reported::Failed => format!("could not do {work}"),
        Reported::Undone => format!("took back that {work} was done"),
        Reported::Given => {
            let whom = row.input.get("assignee").map(ToString::to_string).unwrap_or_default();
            format!("gave {work} to {whom}")
        }
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

/// The changes that a person cares for: that an address is held is the store's business, and queues are told apart.
fn told(row: &Row) -> impl Iterator<Item = &FactChange> {
    row.facts.iter().filter(|fact| fact.name != RESERVED && fact.name != QUEUES)
}

/// The facts that have a value now: `name Ada, budget 7500`.
fn valued(row: &Row) -> String {
    let fact = |fact: &FactChange| fact.new.as_ref().map(|new| format!("{} {new}", fact_name(fact)));
    told(row).filter_map(fact).collect::<Vec<_>>().join(", ")
}
