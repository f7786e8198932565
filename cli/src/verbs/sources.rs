use clap::Args;
use lifestage::{SmolStr, SourceLine};
use serde::Serialize;

use super::deal::deals_for;
use crate::arguments::{Choice, Database, published};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage sources --pipeline lead
  lifestage sources --pipeline lead --deals deals --json

A deal counts for the source of its lead. What is in the trash is left out.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The pipeline of the deals; the one that the leads' pipeline names, if absent
    #[arg(long, value_name = "PIPELINE")]
    deals: Option<String>,
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
    let deals = published(&crm, &deals_for(&crm, &pipeline, arguments.deals.as_deref(), "--deals")?)?;
    let lines = crm.lead_sources(pipeline.id(), deals.id())?.into_iter();
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
