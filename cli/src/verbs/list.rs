use std::str::FromStr;

use clap::Args;
use lifestage::store::{PageKey, RecordQuery};
use lifestage::{Pipeline, Presence, Record, SmolStr, StageCount};
use serde::Serialize;

use crate::arguments::{Choice, Crm, Database, stage_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage list --counts
  lifestage list --stage new --limit 5
  lifestage list --trash
  lifestage list --stage 'Appointment set' --all --json

The newest in their stage come first. A page ends with the cursor to go on from with --after, which
stays good while records move. With --all --json each record is a line.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Only records in this stage, by id or name
    #[arg(long, value_name = "STAGE", conflicts_with = "no_stage")]
    stage: Option<String>,
    /// Only records in no stage
    #[arg(long)]
    no_stage: bool,
    /// Only records in the trash
    #[arg(long)]
    trash: bool,
    /// Count the records in each stage instead
    #[arg(long, conflicts_with_all = ["trash", "stage", "no_stage", "limit", "after", "all"])]
    counts: bool,
    /// How many records make a page
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    /// Go on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// Every page
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    database: Database,
}

/// The end of a page: `TIME/ID`, or `unknown/ID` where the time of entry is not known.
#[derive(Debug, Clone)]
struct Cursor(PageKey);

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (time, id) = text.split_once('/').ok_or("a cursor is what an earlier page ended with")?;
        let entered_at = match time {
            "unknown" => None,
            time => Some(time.parse().map_err(|error| format!("{error}"))?),
        };
        Ok(Self(PageKey { entered_at, id: id.into() }))
    }
}

/// The cursor as it is typed.
fn cursor(key: &PageKey) -> String {
    match key.entered_at {
        Some(time) => format!("{time}/{}", key.id),
        None => format!("unknown/{}", key.id),
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    if arguments.counts {
        output.show(&Counts::of(&crm, &pipeline)?)?;
        return Ok(Exit::Done);
    }
    let mut query = RecordQuery {
        stage: stage(arguments, &crm, &pipeline)?,
        presence: if arguments.trash { Presence::Trashed } else { Presence::Live },
        after: arguments.after.clone().map(|Cursor(key)| key),
        ..RecordQuery::of(pipeline.id(), arguments.limit.into())
    };
    loop {
        let page = crm.page(&query)?;
        let next = page.next.as_ref().map(cursor);
        let page_shown = Page { records: &page.records, next, pipeline: &pipeline, all: arguments.all };
        if arguments.all && output.is_json() {
            page.records.iter().try_for_each(|record| output.show(&One(record)))?;
        } else {
            output.show(&page_shown)?;
        }
        match page.next.filter(|_| arguments.all) {
            Some(next) => query.after = Some(next),
            None => return Ok(Exit::Done),
        }
    }
}

/// The stage asked for: one of the pipeline's, or one that it does not have any more and records are
/// still in.
fn stage(arguments: &Arguments, crm: &Crm, pipeline: &Pipeline) -> Result<Option<Option<SmolStr>>, Failure> {
    let Some(wanted) = &arguments.stage else { return Ok(arguments.no_stage.then_some(None)) };
    let missing = match stage_of(pipeline, wanted) {
        Ok(stage) => return Ok(Some(Some(stage))),
        Err(missing) => missing,
    };
    let is_left =
        crm.counts(pipeline.id())?.iter().any(|count| count.stage.as_deref() == Some(wanted.as_str()));
    if is_left { Ok(Some(Some(wanted.into()))) } else { Err(missing) }
}

/// One record, where each is a line.
#[derive(Serialize)]
struct One<'a>(&'a Record);

impl Shown for One<'_> {
    fn text(&self, text: &mut Text) {
        text.strong(self.0.id()).end();
    }
}

#[derive(Serialize)]
struct Page<'a> {
    records: &'a [Record],
    next: Option<String>,
    #[serde(skip)]
    pipeline: &'a Pipeline,
    #[serde(skip)]
    all: bool,
}

impl Shown for Page<'_> {
    fn text(&self, text: &mut Text) {
        if self.records.is_empty() {
            text.plain("no records").end();
            return;
        }
        table(self.records, self.pipeline).text(text);
        if let Some(next) = self.next.as_ref().filter(|_| !self.all) {
            text.faint(format_args!("more: --after '{next}'")).end();
        }
    }
}

/// Records of a pipeline as a table.
pub(super) fn table(records: &[Record], pipeline: &Pipeline) -> Table<6> {
    let mut table = Table::new(["ID", "STAGE", "SINCE", "OWNER", "VERSION", "NAME"]);
    for record in records {
        let stage = record.stage().map_or("-", |id| pipeline.catalog().stage(id).map_or(id, |s| s.name()));
        let since = record.entered_at().map_or_else(|| "unknown".to_owned(), |time| time.to_string());
        table.row([
            Cell::strong(record.id()),
            stage.into(),
            since.into(),
            record.owner().unwrap_or("-").into(),
            record.version().into(),
            who(record).into(),
        ]);
    }
    table
}

/// What a record is called, or else its e-mail address.
pub(super) fn who(record: &Record) -> String {
    let name = ["name", "email"].iter().find_map(|field| record.fields().get(field));
    name.map(ToString::to_string).unwrap_or_default()
}

#[derive(Serialize)]
struct Counts<'a> {
    pipeline: &'a str,
    records: u64,
    trashed: u64,
    stages: Vec<Count>,
}

#[derive(Serialize)]
struct Count {
    /// None counts the records without a stage.
    stage: Option<SmolStr>,
    name: SmolStr,
    count: u64,
    trashed: u64,
}

impl<'a> Counts<'a> {
    fn of(crm: &Crm, pipeline: &'a Pipeline) -> Result<Self, Failure> {
        let counts = crm.counts(pipeline.id())?.into_iter();
        let count = |StageCount { stage, name, count, trashed }| Count { stage, name, count, trashed };
        let stages: Vec<Count> = counts.map(count).collect();
        Ok(Self {
            pipeline: pipeline.id(),
            records: stages.iter().map(|stage| stage.count).sum(),
            trashed: stages.iter().map(|stage| stage.trashed).sum(),
            stages,
        })
    }
}

impl Shown for Counts<'_> {
    fn text(&self, text: &mut Text) {
        let has_trash = self.trashed > 0;
        let trashed = |count: u64| if count > 0 { count.to_string() } else { String::new() };
        let mut table = Table::new(["STAGE", "ID", "RECORDS", if has_trash { "IN THE TRASH" } else { "" }]);
        for Count { stage, name, count, trashed: gone } in &self.stages {
            let id = stage.as_deref().unwrap_or_default();
            table.row([Cell::strong(name), id.into(), count.into(), trashed(*gone).into()]);
        }
        table.row(["all".into(), "".into(), self.records.into(), trashed(self.trashed).into()]);
        table.text(text);
    }
}
