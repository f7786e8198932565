//! `timeline`: everything that happened with a record, newest first, in sentences.

mod sentence;

use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use lifestage::journal::{Row, RowKind};
use lifestage::{SmolStr, TimelineCursor, TimelineQuery};
use serde::Serialize;

use crate::arguments::{Crm, Database};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage timeline lead-3
  lifestage timeline lead-3 --kind move --kind edit --limit 5
  lifestage timeline lead-3 --all --json

What happened with duplicates that became one with the record is among it. A page ends with the cursor to go on
from with --after. With --all --json each entry is a line.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// Only entries of this kind, such as call, note, edit or move; may come again
    #[arg(long, value_name = "KIND", hide_possible_values = true, value_parser = kinds())]
    kind: Vec<RowKind>,
    /// How many entries make a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Go on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// Every page
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    database: Database,
}

fn kinds() -> impl clap::builder::TypedValueParser<Value = RowKind> {
    PossibleValuesParser::new(RowKind::ALL.map(RowKind::name))
        .try_map(|name| RowKind::from_name(&name).ok_or("there is no such kind"))
}

/// The end of a page, as JSON: for each record that has more, the row to go on before.
#[derive(Debug, Clone)]
struct Cursor {
    cursor: TimelineCursor,
    records: Vec<SmolStr>,
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let wrong = |_| "a cursor is what an earlier page ended with";
        let cursor = serde_json::from_str(text).map_err(wrong)?;
        let places: Vec<(SmolStr, u64)> = serde_json::from_str(text).map_err(wrong)?;
        Ok(Self { cursor, records: places.into_iter().map(|(record, _)| record).collect() })
    }
}

/// The cursor as it is typed.
fn typed(cursor: &TimelineCursor) -> Result<String, Failure> {
    serde_json::to_string(cursor).map_err(|error| Failure::Output(error.into()))
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let id = arguments.id.as_str();
    let mut after = match &arguments.after {
        Some(after) => Some(own(&crm, id, after)?),
        None => None,
    };
    loop {
        let mut query =
            TimelineQuery::newest(arguments.limit.into()).of_kinds(arguments.kind.iter().copied());
        if let Some(after) = after {
            query = query.going_on(after);
        }
        let page = crm.timeline(id, &query)?;
        if arguments.all && output.is_json() {
            page.entries.iter().try_for_each(|row| output.show(&One(row)))?;
        } else {
            let next = page.next.as_ref().map(typed).transpose()?;
            output.show(&Page { id, entries: &page.entries, next, all: arguments.all })?;
        }
        after = page.next.filter(|_| arguments.all);
        if after.is_none() {
            return Ok(Exit::Done);
        }
    }
}

/// The cursor, if it is about this record and what became one with it.
fn own(crm: &Crm, id: &str, after: &Cursor) -> Result<TimelineCursor, Failure> {
    let united = crm.united(id)?;
    match after.records.iter().find(|record| !united.contains(record)) {
        Some(other) => {
            Err(Failure::usage(format!("the cursor is of a timeline of `{other}`, not of `{id}`")))
        }
        None => Ok(after.cursor.clone()),
    }
}

/// One entry, where each is a line.
#[derive(Serialize)]
struct One<'a>(&'a Row);

impl Shown for One<'_> {
    fn text(&self, text: &mut Text) {
        text.plain(sentence::of(self.0)).end();
    }
}

#[derive(Serialize)]
struct Page<'a> {
    id: &'a str,
    entries: &'a [Row],
    next: Option<String>,
    #[serde(skip)]
    all: bool,
}

impl Shown for Page<'_> {
    fn text(&self, text: &mut Text) {
        if self.entries.is_empty() {
            text.plain("no entries").end();
            return;
        }
        let is_strange = |row: &Row| row.record != self.id;
        if self.entries.iter().any(is_strange) {
            let mut table = Table::new(["ROW", "WHEN", "OF", "WHAT"]);
            for row in self.entries {
                let of = if is_strange(row) { row.record.as_str() } else { "" };
                let what = sentence::of(row);
                table.row([row.seq.into(), row.effective_at.into(), Cell::strong(of), what.into()]);
            }
            table.text(text);
        } else {
            let mut table = Table::new(["ROW", "WHEN", "WHAT"]);
            for row in self.entries {
                table.row([row.seq.into(), row.effective_at.into(), sentence::of(row).into()]);
            }
            table.text(text);
        }
        if let Some(next) = self.next.as_ref().filter(|_| !self.all) {
            text.faint(format_args!("more: --after '{next}'")).end();
        }
    }
}
