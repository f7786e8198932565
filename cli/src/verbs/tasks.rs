use clap::Args;
use lifestage::outbox::{Entry, OutboxKey, TaskQuery};
use lifestage::{SmolStr, Span, Timestamp, Urgency};
use serde::Serialize;

use super::subjects::{Subject, Subjects, on_the_wall};
use crate::arguments::{Clock, Crm, Database};
use crate::effects::{self, Place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage tasks
  lifestage tasks --of eva --today
  lifestage tasks --overdue --limit 50 --json

The task due first comes first. Which day it is, and what the clock shows, is judged in the zone of the record. A
page ends with the cursor to go on from with --after. `lifestage done ID` reports a task done.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Only tasks of this person, or of role:NAME
    #[arg(long, value_name = "WHO")]
    of: Option<String>,
    /// Only tasks due before this
    #[arg(long, value_name = "TIME")]
    due_before: Option<Timestamp>,
    /// Only tasks that are due before the day is over
    #[arg(long, conflicts_with = "overdue")]
    today: bool,
    /// Only tasks whose time went by
    #[arg(long)]
    overdue: bool,
    /// How many tasks make a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Go on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<Place>,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    database: Database,
}

/// Longer than what is left of a day anywhere.
const DAY: Span = Span::from_seconds(2 * 86_400);

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let now = arguments.clock.now();
    let mut query = TaskQuery::open(arguments.limit.into());
    query.assignee = arguments.of.as_ref().map(SmolStr::new);
    query.due_before = arguments.due_before;
    query.after = arguments.after.as_ref().map(|Place(key)| key.clone());
    let only =
        if arguments.today { Some(Urgency::Today) } else { arguments.overdue.then_some(Urgency::Overdue) };
    let page = Page::of(&crm, query, only, now)?;
    output.show(&page)?;
    Ok(Exit::Done)
}

/// Some tasks.
#[derive(Serialize)]
pub(super) struct Page {
    pub(super) tasks: Vec<Task>,
    pub(super) next: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Task {
    id: String,
    urgency: &'static str,
    name: String,
    stage: Option<SmolStr>,
    zone: SmolStr,
    #[serde(flatten)]
    entry: Entry,
    #[serde(skip)]
    stage_name: String,
    #[serde(skip)]
    due: String,
}

impl Page {
    /// The first tasks of a query that are as urgent as is asked.
    pub(super) fn of(
        crm: &Crm,
        mut query: TaskQuery,
        only: Option<Urgency>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let limit = query.limit;
        let no_later = match only {
            Some(Urgency::Overdue) => Some(now),
            Some(Urgency::Today) => {
                query.after = query.after.max(Some(effects::from(now)));
                now.checked_add(DAY)
            }
            _ => None,
        };
        query.due_before = [query.due_before, no_later].into_iter().flatten().min();
        // One more tells whether there are more.
        query.limit = limit + 1;
        let mut found: Vec<(Entry, Urgency)> = Vec::new();
        loop {
            let page = crm.tasks(&query)?;
            let urgency = crm.urgency(&page.entries, now)?;
            let fits = |(_, urgency): &(Entry, Urgency)| only.is_none_or(|only| only == *urgency);
            found.extend(page.entries.into_iter().zip(urgency).filter(fits));
            query.after = page.next;
            if found.len() > limit || query.after.is_none() {
                break;
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more).map(|(entry, _)| OutboxKey::by_due(entry));
        let mut subjects = Subjects::of(crm);
        let task = |(entry, urgency): (Entry, Urgency)| {
            let Subject { name, stage, stage_name, zone } = subjects.get(&entry.effect.record)?;
            Ok(Task {
                id: entry.effect.id().to_string(),
                urgency: urgency.name(),
                name,
                stage,
                zone: zone.name().into(),
                stage_name,
                due: entry.effect.due.map_or_else(String::new, |due| on_the_wall(due, &zone)),
                entry,
            })
        };
        let tasks: Result<Vec<Task>, Failure> = found.into_iter().map(task).collect();
        Ok(Self { tasks: tasks?, next: last.as_ref().map(effects::cursor) })
    }
}

/// Tasks as a table.
pub(super) fn table(tasks: &[Task]) -> Table<7> {
    let mut table = Table::new(["ID", "DUE", "", "FOR", "TASK", "OF", "STAGE"]);
    for task in tasks {
        let Entry { effect, assignee, waiting, .. } = &task.entry;
        let urgency = if *waiting { format!("{}, waits", task.urgency) } else { task.urgency.to_owned() };
        let due = if task.due.is_empty() { "-" } else { task.due.as_str() };
        let of = if task.name.is_empty() { effect.record.as_str() } else { &task.name };
        table.row([
            Cell::strong(&task.id),
            due.into(),
            urgency.into(),
            assignee.as_deref().map_or_else(|| "-".to_owned(), effects::person).into(),
            effects::about(effect).into(),
            of.into(),
            task.stage_name.as_str().into(),
        ]);
    }
    table
}

impl Shown for Page {
    fn text(&self, text: &mut Text) {
        if self.tasks.is_empty() {
            text.plain("no tasks").end();
            return;
        }
        table(&self.tasks).text(text);
        if let Some(next) = &self.next {
            text.faint(format_args!("more: --after '{next}'")).end();
        }
    }
}
