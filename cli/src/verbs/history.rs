use clap::Args;
use lifestage::journal::{Row, StageMark};
use serde::Serialize;

use crate::answer::facts;
use crate::arguments::Database;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage history lead-1
  lifestage history lead-1 --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    #[command(flatten)]
    database: Database,
}

#[derive(Serialize)]
struct History<'a> {
    id: &'a str,
    rows: Vec<Row>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let id = arguments.id.as_str();
    let rows = crm.history(id)?;
    if rows.is_empty() {
        return Err(Failure::missing(format!("there is no record `{id}`")));
    }
    output.show(&History { id, rows })?;
    Ok(Exit::Done)
}

impl Shown for History<'_> {
    fn text(&self, text: &mut Text) {
        let mut table = Table::new(["ROW", "WHEN", "WHAT", "FROM", "TO", "BY", "MORE"]);
        for row in &self.rows {
            table.row([
                row.seq.into(),
                row.effective_at.into(),
                Cell::strong(row.mv.as_deref().unwrap_or(row.kind.name())),
                label(row.from.as_ref()).into(),
                label(row.to.as_ref()).into(),
                row.actor.as_str().into(),
                more(row).into(),
            ]);
        }
        table.text(text);
    }
}

fn label(mark: Option<&StageMark>) -> &str {
    mark.map_or("-", |mark| mark.label.as_str())
}

/// What the columns have no place for.
fn more(row: &Row) -> String {
    let forced = row.forced.then(|| "by force".to_owned());
    let refers = row.refers_to.map(|seq| format!("refers to row {seq}"));
    let input = row.input.iter().map(|(name, value)| format!("{name}: {value}"));
    let reason = row.reason.as_ref().map(|reason| format!("because {reason}"));
    let facts = Some(facts(row)).filter(|facts| !facts.is_empty());
    let parts = forced.into_iter().chain(refers).chain(input).chain(reason).chain(facts);
    parts.collect::<Vec<_>>().join(", ")
}
