use std::collections::BTreeMap;

use clap::Args;
use lifestage::{Link, Record};
use serde::Serialize;

use super::list::who;
use crate::arguments::{Crm, Database};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage links lead-1
  lifestage links lead-1 --json

A lead points at its customer, a deal at its lead and their customer, a contact at its company, a duplicate at the
record that it became one with.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    #[command(flatten)]
    database: Database,
}

#[derive(Serialize)]
struct Linked<'a> {
    id: &'a str,
    links: Vec<Related>,
    /// The names of the stages, by pipeline and id.
    #[serde(skip)]
    stages: BTreeMap<(String, String), String>,
}

#[derive(Serialize)]
struct Related {
    /// What it is to the record.
    #[serde(rename = "as")]
    role: &'static str,
    link: Link,
    /// Whether the record points at it, or it at the record.
    points: Points,
    record: Record,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Points {
    Out,
    In,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let id = arguments.id.as_str();
    let record = crm.record(id)?.ok_or_else(|| Failure::missing(format!("there is no record `{id}`")))?;
    let mut links = Vec::new();
    for (link, target) in record.links().iter() {
        if let Some(record) = crm.record(target)? {
            links.push(Related { role: link.name(), link, points: Points::Out, record });
        }
    }
    for link in Link::ALL {
        for source in crm.pointing_at(link, id)? {
            if let Some(record) = crm.record(&source)? {
                links.push(Related { role: inward(link, &record), link, points: Points::In, record });
            }
        }
    }
    let stages = stages(&crm, &links);
    output.show(&Linked { id, links, stages })?;
    Ok(Exit::Done)
}

/// What a record that points at another is to it.
fn inward(link: Link, record: &Record) -> &'static str {
    match link {
        Link::Customer if record.link(Link::Lead).is_some() => "deal",
        Link::Customer => "lead",
        Link::Lead => "deal",
        Link::Company => "contact",
        Link::Head => "duplicate",
    }
}

fn stages(crm: &Crm, links: &[Related]) -> BTreeMap<(String, String), String> {
    let mut names = BTreeMap::new();
    for Related { record, .. } in links {
        let pipeline = crm.pipeline(record.pipeline());
        let stage = record.stage().unwrap_or_default();
        if let Some(known) = pipeline.as_ref().and_then(|pipeline| pipeline.catalog().stage(stage)) {
            names.insert((record.pipeline().to_owned(), stage.to_owned()), known.name().to_owned());
        }
    }
    names
}

impl Shown for Linked<'_> {
    fn text(&self, text: &mut Text) {
        if self.links.is_empty() {
            text.plain(format_args!("nothing is linked to {}", self.id)).end();
            return;
        }
        let mut table = Table::new(["ITS", "ID", "PIPELINE", "STAGE", "OWNER", "NAME"]);
        for Related { role, record, .. } in &self.links {
            let stage = record.stage().unwrap_or("-");
            let name = self.stages.get(&(record.pipeline().to_owned(), stage.to_owned()));
            table.row([
                (*role).into(),
                Cell::strong(record.id()),
                record.pipeline().into(),
                name.map_or(stage, String::as_str).into(),
                record.owner().unwrap_or("-").into(),
                who(record).into(),
            ]);
        }
        table.text(text);
    }
}
