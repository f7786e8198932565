use clap::{Args, Subcommand};
use lifestage::outbox::{EffectState, Entry, OutboxPage, OutboxQuery};
use lifestage::{SmolStr, Timestamp};
use serde::Serialize;

use crate::arguments::{Clock, Crm, Database};
use crate::effects::{self, Place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage outbox list
  lifestage outbox list --record mo --state delivered --json
  lifestage outbox dead
  lifestage outbox retry --all

What waits comes in order of time; without --record only what waits, or was given up, is listed, and what waits for
another task to be done is left out. A page ends with the cursor to go on from with --after.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List effects with how far their delivery has come
    List(List),
    /// List what failed so often that nobody tries again
    Dead(Dead),
    /// Let what was given up be tried again, from the beginning
    Retry(Retry),
}

#[derive(Debug, Args)]
struct List {
    /// Only effects of this record; in any state, if none is given
    #[arg(long, value_name = "ID")]
    record: Option<String>,
    /// Only effects in this state
    #[arg(long, value_name = "STATE", value_parser = ["pending", "dead", "delivered", "cancelled"])]
    state: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
struct Dead {
    /// Only effects of this record
    #[arg(long, value_name = "ID")]
    record: Option<String>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
struct Paging {
    /// How many effects make a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Go on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<Place>,
}

#[derive(Debug, Args)]
struct Retry {
    /// The effect, by its id RECORD/ROW/INDEX
    #[arg(value_name = "EFFECT", required_unless_present = "all")]
    effect: Option<String>,
    /// Everything that was given up
    #[arg(long, conflicts_with = "effect")]
    all: bool,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    database: Database,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    match &arguments.what {
        What::List(List { record, state, paging, database }) => {
            let state = state.as_deref().and_then(EffectState::from_name);
            let unheard = matches!(state, Some(EffectState::Delivered | EffectState::Cancelled));
            if record.is_none() && unheard {
                let message = "without `--record`, only what is pending or dead is listed";
                return Err(Failure::usage(message));
            }
            let state = state.or_else(|| record.is_none().then_some(EffectState::Pending));
            list(&database.open()?, record.as_deref(), state, paging, output)
        }
        What::Dead(Dead { record, paging, database }) => {
            list(&database.open()?, record.as_deref(), Some(EffectState::Dead), paging, output)
        }
        What::Retry(arguments) => retry(arguments, output),
    }
}

fn list(
    crm: &Crm,
    record: Option<&str>,
    state: Option<EffectState>,
    paging: &Paging,
    output: &mut Output,
) -> Result<Exit, Failure> {
    if let Some(id) = record
        && crm.record(id)?.is_none()
    {
        return Err(Failure::missing(format!("there is no record `{id}`")));
    }
    let after = paging.after.as_ref().map(|Place(key)| key.clone());
    let query = OutboxQuery { record: record.map(SmolStr::new), state, after, limit: paging.limit.into() };
    let OutboxPage { entries, next } = crm.outbox(&query)?;
    output.show(&Page {
        effects: entries.into_iter().map(One::of).collect(),
        next: next.as_ref().map(effects::cursor),
    })?;
    Ok(Exit::Done)
}

/// How many effects are read at once.
const PAGE: usize = 500;

fn retry(arguments: &Retry, output: &mut Output) -> Result<Exit, Failure> {
    let id = arguments.effect.as_deref().map(effects::id_of).transpose()?;
    let crm = arguments.database.open()?;
    let now = arguments.clock.now();
    if let Some(id) = id {
        let revived = crm.revive(id, now)?;
        let state = crm.entry(id)?.state.name();
        output.show(&Revived { revived: revived.into(), effect: Some((id.to_string(), state)) })?;
        return Ok(if revived { Exit::Done } else { Exit::Refused });
    }
    let mut revived = 0;
    let mut query = OutboxQuery::dead(PAGE);
    loop {
        let page = crm.outbox(&query)?;
        for entry in &page.entries {
            revived += u64::from(crm.revive(entry.effect.id(), now)?);
        }
        query.after = page.next;
        if query.after.is_none() {
            output.show(&Revived { revived, effect: None })?;
            return Ok(Exit::Done);
        }
    }
}

#[derive(Serialize)]
struct Page {
    effects: Vec<One>,
    next: Option<String>,
}

#[derive(Serialize)]
struct One {
    id: String,
    #[serde(flatten)]
    entry: Entry,
}

impl One {
    fn of(entry: Entry) -> Self {
        Self { id: entry.effect.id().to_string(), entry }
    }

    /// When it was settled, or is to be tried.
    fn when(&self) -> Option<Timestamp> {
        match self.entry.state {
            EffectState::Pending => Some(self.entry.ready_at),
            _ => self.entry.settled_at,
        }
    }
}

impl Shown for Page {
    fn text(&self, text: &mut Text) {
        if self.effects.is_empty() {
            text.plain("no effects").end();
            return;
        }
        let mut table = Table::new(["ID", "STATE", "WHEN", "TRIES", "KIND", "WHAT", "NOTE"]);
        for one in &self.effects {
            let Entry { effect, note, .. } = &one.entry;
            let attempts = one.entry.attempts();
            let when = one.when().map_or_else(|| "-".to_owned(), |when| when.to_string());
            table.row([
                Cell::strong(&one.id),
                effects::state(&one.entry).into(),
                when.into(),
                attempts.into(),
                effect.kind.name().into(),
                effects::about(effect).into(),
                note.as_deref().unwrap_or_default().into(),
            ]);
        }
        table.text(text);
        if let Some(next) = &self.next {
            text.faint(format_args!("more: --after '{next}'")).end();
        }
    }
}

/// What is to be tried again.
#[derive(Serialize)]
struct Revived {
    revived: u64,
    /// The one that was asked for, and its state now.
    #[serde(skip)]
    effect: Option<(String, &'static str)>,
}

impl Shown for Revived {
    fn text(&self, text: &mut Text) {
        match (&self.effect, self.revived) {
            (Some((id, _)), 1) => text.strong(id).plain(" is tried again"),
            (Some((id, state)), _) => {
                text.bad("refused:").plain(format_args!(" {id} was not given up, it is {state}"))
            }
            (None, 1) => text.plain("1 effect is tried again"),
            (None, revived) => text.plain(format_args!("{revived} effects are tried again")),
        };
        text.end();
    }
}
