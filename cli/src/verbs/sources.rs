use clap::Args;
use lifestage::{SmolStr, SourceLine};
use serde::Serialize;

use crate::arguments::{Choice, Database};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage sources
  lifestage sources --pipeline lead --json

A deal counts for the source of its lead, in whatever pipeline the deal is. Leads in the trash are left out.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    database: Database,
}

#[derive(Serialize)]
struct Sources<'a> {
    pipeline: &'a str,
    sources: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    /// None for the leads that say none.
    source: Option<SmolStr>,
    leads: u64,
    converted: u64,
    deals: u64,
    won: u64,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    let lines = crm.lead_sources(pipeline.id())?.into_iter();
    let sources = lines.map(|SourceLine { source, leads, converted, deals, won }| Line {
        source,
        leads,
        converted,
        deals,
        won,
    });
    output.show(&Sources { pipeline: pipeline.id(), sources: sources.collect() })?;
    Ok(Exit::Done)
}

impl Shown for Sources<'_> {
    fn text(&self, text: &mut Text) {
        let mut table = Table::new(["SOURCE", "LEADS", "CONVERTED", "DEALS", "WON"]);
        for Line { source, leads, converted, deals, won } in &self.sources {
            let source = source.as_deref().unwrap_or("-");
            table.row([Cell::strong(source), leads.into(), converted.into(), deals.into(), won.into()]);
        }
        table.text(text);
    }
}
