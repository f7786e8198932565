use std::str::FromStr;

use clap::Args;
use lifestage::import::nearest;
use lifestage::store::QueuePlace;
use lifestage::{SmolStr, Timestamp};
use serde::Serialize;

use super::subjects::{Subject, Subjects};
use crate::arguments::{Database, published};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage queue contact_stages appointment_setting
  lifestage queue contact_stages calls --limit 5 --json

The record that is on the queue longest comes first. A page ends with the cursor to go on from with --after.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The pipeline
    pipeline: String,
    /// The queue
    queue: String,
    /// How many records make a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Go on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    #[command(flatten)]
    database: Database,
}

/// The end of a page: `TIME/ID`.
#[derive(Debug, Clone)]
struct Cursor(QueuePlace);

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (since, record) = text.split_once('/').ok_or("a cursor is what an earlier page ended with")?;
        let since = since.parse().map_err(|error| format!("{error}"))?;
        Ok(Self(QueuePlace { since, record: record.into() }))
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let pipeline = published(&crm, &arguments.pipeline)?;
    let queues = &pipeline.definition().queues;
    let queue = arguments.queue.as_str();
    if !queues.iter().any(|known| known.id == queue) {
        let near = nearest(queue, queues.iter().map(|known| known.id.as_str()));
        let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        let message = format!("the pipeline `{}` has no queue `{queue}`{near}", pipeline.id());
        return Err(Failure::missing(message));
    }
    let limit = usize::from(arguments.limit);
    let after = arguments.after.as_ref().map(|Cursor(place)| place);
    // One more tells whether there are more.
    let mut places = crm.queue(pipeline.id(), queue, after, limit + 1)?;
    let more = places.len() > limit;
    places.truncate(limit);
    let next = places.last().filter(|_| more).map(|last| format!("{}/{}", last.since, last.record));
    let mut subjects = Subjects::of(&crm);
    let one = |QueuePlace { since, record }| {
        let Subject { name, stage, stage_name, .. } = subjects.get(&record)?;
        Ok(Queued { since, record, name, stage, stage_name })
    };
    let records: Result<Vec<Queued>, Failure> = places.into_iter().map(one).collect();
    output.show(&Page { pipeline: pipeline.id(), queue, records: records?, next })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Page<'a> {
    pipeline: &'a str,
    queue: &'a str,
    records: Vec<Queued>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Queued {
    since: Timestamp,
    record: SmolStr,
    name: String,
    stage: Option<SmolStr>,
    #[serde(skip)]
    stage_name: String,
}

impl Shown for Page<'_> {
    fn text(&self, text: &mut Text) {
        if self.records.is_empty() {
            text.plain("nobody is on the queue").end();
            return;
        }
        let mut table = Table::new(["ID", "SINCE", "STAGE", "NAME"]);
        for Queued { since, record, name, stage_name, .. } in &self.records {
            table.row([Cell::strong(record), since.into(), stage_name.into(), name.into()]);
        }
        table.text(text);
        if let Some(next) = &self.next {
            text.faint(format_args!("more: --after '{next}'")).end();
        }
    }
}
