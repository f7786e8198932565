use lifestage::Value;
use lifestage::journal::{QUEUES, Row};

use super::word;

/// The input under which a report says why work failed.
pub(crate) const ERROR: &str = "error";

/// What a row reports of work that an earlier one planned as an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reported {
    Done,
    Failed,
    Undone,
    Given,
}

/// What the row reports, if it is about an effect.
pub(crate) fn reported(row: &Row) -> Option<Reported> {
    let has = |name: &str| row.input.get(name).is_some();
    row.refers_to.filter(|_| has("index"))?;
    Some(match () {
        () if has("failed") => Reported::Failed,
        () if has("undone") => Reported::Undone,
        () if has("done") => Reported::Done,
        () => Reported::Given,
    })
}

/// A report in words.
pub(super) fn of(row: &Row) -> String {
    let input = |name: &str| row.input.get(name).map(ToString::to_string);
    let seq = row.refers_to.unwrap_or_default();
    let became = match reported(row) {
        Some(Reported::Failed) => "failed".to_owned(),
        Some(Reported::Undone) => "is to be done after all".to_owned(),
        Some(Reported::Given) => format!("is for {}", input("assignee").unwrap_or_default()),
        Some(Reported::Done) | None => "is done".to_owned(),
    };
    let what = match input("text") {
        Some(title) => format!("{} of row {seq} {became}: {title}", word(row.kind)),
        None => format!("`{}` of row {seq} {became}", input("action").unwrap_or_default()),
    };
    match input(ERROR).filter(|_| reported(row) == Some(Reported::Failed)) {
        Some(why) => format!("{what} ({why})"),
        None => what,
    }
}

/// Which queues the record left and joined with the row, in words.
pub(crate) fn queues(row: &Row) -> Option<String> {
    let change = row.facts.iter().find(|fact| fact.name == QUEUES)?;
    let list = |value: &'_ Option<Value>| match value {
        Some(Value::List(queues)) => queues.clone(),
        _ => Vec::new(),
    };
    let (before, after) = (list(&change.old), list(&change.new));
    let left = before.iter().filter(|queue| !after.contains(queue));
    let joined = after.iter().filter(|queue| !before.contains(queue));
    let left = left.map(|queue| format!("left the queue {queue}"));
    let parts: Vec<String> = left.chain(joined.map(|queue| format!("joined the queue {queue}"))).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}
