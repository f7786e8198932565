use clap::Args;
use lifestage::outbox::{Entry, OutboxQuery, TaskQuery};
use lifestage::{EffectKind, Timestamp, Urgency};
use serde::Serialize;

use super::subjects::{Subjects, on_the_wall};
use super::tasks::{self, Page};
use crate::arguments::{Clock, Crm, Database};
use crate::effects;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage due
  lifestage due --at 2026-03-04T08:00:00Z --json

Tasks that are overdue, tasks that are due before the day is over in the zone of their record, what else waits by then
(reminders, timed moves, messages), and what comes next. `lifestage run-timers` makes the moves that are due.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The time that is asked about
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// How many of each are shown
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    database: Database,
}

#[derive(Serialize)]
struct Due {
    at: Timestamp,
    overdue: Page,
    today: Page,
    waiting: Vec<Waiting>,
    more_waiting: bool,
    next: Option<Waiting>,
}

/// What waits for its time, or for whoever delivers it.
#[derive(Serialize)]
struct Waiting {
    id: String,
    #[serde(flatten)]
    entry: Entry,
    #[serde(skip)]
    when: String,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let at = arguments.at.unwrap_or_else(|| arguments.clock.now());
    let limit = usize::from(arguments.limit);
    let tasks = |urgency| Page::of(&crm, TaskQuery::open(limit), Some(urgency), at);
    let (overdue, today) = (tasks(Urgency::Overdue)?, tasks(Urgency::Today)?);
    let mut subjects = Subjects::of(&crm);
    let mut waiting = waiting(&crm, at, limit + 1, &mut subjects)?;
    let more_waiting = waiting.len() > limit;
    waiting.truncate(limit);
    let next = next(&crm, at, &mut subjects)?;
    output.show(&Due { at, overdue, today, waiting, more_waiting, next })?;
    Ok(Exit::Done)
}

/// Up to `limit` of what waits at `at`. Tasks are among the tasks.
fn waiting(
    crm: &Crm,
    at: Timestamp,
    limit: usize,
    subjects: &mut Subjects<'_>,
) -> Result<Vec<Waiting>, Failure> {
    let mut query = OutboxQuery::pending(limit);
    let mut found = Vec::new();
    loop {
        let page = crm.outbox(&query)?;
        for entry in page.entries {
            if entry.ready_at > at || found.len() == limit {
                return Ok(found);
            }
            if entry.effect.kind != EffectKind::CreateTask {
                found.push(Waiting::of(entry, subjects)?);
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(found);
        }
    }
}

/// What comes first after `at`.
fn next(crm: &Crm, at: Timestamp, subjects: &mut Subjects<'_>) -> Result<Option<Waiting>, Failure> {
    let mut query = OutboxQuery::pending(1);
    query.after = Some(effects::behind(at));
    let first = crm.outbox(&query)?.entries.into_iter().next();
    first.map(|entry| Waiting::of(entry, subjects)).transpose()
}

impl Waiting {
    fn of(entry: Entry, subjects: &mut Subjects<'_>) -> Result<Self, Failure> {
        let zone = subjects.get(&entry.effect.record)?.zone;
        Ok(Self { id: entry.effect.id().to_string(), when: on_the_wall(entry.ready_at, &zone), entry })
    }
}

impl Shown for Due {
    fn text(&self, text: &mut Text) {
        let Self { overdue, today, waiting, more_waiting, next, .. } = self;
        for (page, what, flag) in [(overdue, "overdue", "--overdue"), (today, "due today", "--today")] {
            if page.tasks.is_empty() {
                text.plain(format_args!("no task is {what}")).end();
                continue;
            }
            text.strong(what).end();
            tasks::table(&page.tasks).text(text);
            if page.next.is_some() {
                text.faint(format_args!("more: `lifestage tasks {flag}`")).end();
            }
        }
        if !waiting.is_empty() {
            text.strong("waiting").end();
            let mut table = Table::new(["ID", "SINCE", "KIND", "WHAT"]);
            for Waiting { id, entry, when } in waiting {
                let Entry { effect, .. } = entry;
                let what = effects::about(effect);
                table.row([Cell::strong(id), when.into(), effect.kind.name().into(), what.into()]);
            }
            table.text(text);
        }
        if *more_waiting {
            text.faint("more: `lifestage outbox list`").end();
        }
        match next {
            Some(Waiting { entry, when, .. }) => {
                text.plain("next: ").plain(when).plain(", ").plain(effects::told(&entry.effect)).end();
            }
            None => text.plain("nothing comes after that").end(),
        }
    }
}
