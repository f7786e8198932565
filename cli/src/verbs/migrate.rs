use std::path::PathBuf;

use clap::Args;
use lifestage::store::MigrationState;
use lifestage::{Migrating, MigrationReport, Prospect, Refusal};
use serde::Serialize;

use super::in_force::{self, Left};
use crate::answer;
use crate::arguments::{Asking, Choice};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage migrate --map stages.json --dry-run --actor olga --role owner
  lifestage migrate --map stages.json --id spring --reason 'new funnel' --actor olga --role owner
  lifestage migrate --actor olga

Without a map it lists the migrations that were begun, and the records in stages that their pipeline does not
know. One that was broken off goes on with --resume; what has moved does not move again. With --into the records
go to another pipeline.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Which stage goes where: a JSON file, such as {"showed": "attended"}
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    map: Option<PathBuf>,
    /// The pipeline that takes the records in, if not their own
    #[arg(long, value_name = "ID", requires = "map")]
    into: Option<String>,
    /// The name of the migration, which each of its rows keeps; made up when left out
    #[arg(long, value_name = "NAME", requires = "map")]
    id: Option<String>,
    /// Why; history keeps it
    #[arg(long, value_name = "TEXT", default_value = "migration", requires = "map")]
    reason: String,
    /// Go on with this migration
    #[arg(long, value_name = "NAME")]
    resume: Option<String>,
    /// Close a migration that cannot be carried out to its end; what is left stays where it is
    #[arg(long, value_name = "NAME", conflicts_with_all = ["map", "resume"])]
    close: Option<String>,
    /// Say what would become of each record, and write nothing
    #[arg(long, requires = "map")]
    dry_run: bool,
    /// How many records a dry run shows
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    if let Some(id) = &arguments.resume {
        let report = crm.resume(id, now, in_force::bar())?;
        return finished(output, &report);
    }
    if let Some(id) = &arguments.close {
        if let Err(refusal) = crm.close_migration(id, &actor, now)? {
            return refuse(output, &refusal);
        }
        output.show(&Closed { answer: "done", closed: id })?;
        return Ok(Exit::Done);
    }
    let pipeline = arguments.choice.of(&crm)?;
    let Some(path) = &arguments.map else {
        let orphans = crm.orphans(pipeline.id())?;
        let orphans =
            orphans.into_iter().map(|(stage, records)| Orphans { stage: stage.to_string(), records });
        output.show(&Begun { migrations: crm.migrations()?, orphans: orphans.collect() })?;
        return Ok(Exit::Done);
    };
    let map = in_force::map(Some(path))?;
    let into = arguments.into.as_deref().unwrap_or(pipeline.id());
    if arguments.dry_run {
        return match crm.preview_migration(pipeline.id(), into, &map, &actor, arguments.limit)? {
            Ok(preview) => {
                output.show(&Prospects {
                    answer: "accepted",
                    total: preview.total,
                    records: preview.records.iter().map(Line::of).collect(),
                })?;
                Ok(Exit::Done)
            }
            Err(refusal) => refuse(output, &refusal),
        };
    }
    let made_up = || format!("{}-{}", pipeline.id(), now.as_micros());
    let id = arguments.id.clone().unwrap_or_else(made_up);
    match crm.migrate(&id, pipeline.id(), into, &map, &arguments.reason, &actor, now, in_force::bar())? {
        Migrating::Done(report) => finished(output, &report),
        Migrating::Refused(refusal) => refuse(output, &refusal),
    }
}

fn finished(output: &mut Output, report: &MigrationReport) -> Result<Exit, Failure> {
    let left = Left::of(&report.left);
    let exit = if left.is_empty() { Exit::Done } else { Exit::Refused };
    let MigrationReport { id, moved, retried, .. } = report;
    output.show(&Report { answer: "done", migration: id, moved: *moved, retried: *retried, left })?;
    Ok(exit)
}

fn refuse(output: &mut Output, refusal: &Refusal) -> Result<Exit, Failure> {
    output.show(&Refused { answer: "refused", refusal })?;
    Ok(answer::exit_of(refusal))
}

#[derive(Serialize)]
struct Refused<'a> {
    answer: &'static str,
    #[serde(flatten)]
    refusal: &'a Refusal,
}

impl Shown for Refused<'_> {
    fn text(&self, text: &mut Text) {
        answer::refused(self.refusal, text);
    }
}

#[derive(Serialize)]
struct Closed<'a> {
    answer: &'static str,
    closed: &'a str,
}

impl Shown for Closed<'_> {
    fn text(&self, text: &mut Text) {
        text.good("closed")
            .plain(format_args!(" migration `{}`; what was left stays where it is", self.closed))
            .end();
    }
}

#[derive(Serialize)]
struct Report<'a> {
    answer: &'static str,
    migration: &'a str,
    moved: u64,
    /// How often somebody else was first and it was decided again.
    retried: u64,
    left: Vec<Left<'a>>,
}

impl Shown for Report<'_> {
    fn text(&self, text: &mut Text) {
        let records = if self.moved == 1 { "1 record" } else { &format!("{} records", self.moved) };
        text.good("moved").plain(format_args!(" {records} in migration `{}`", self.migration));
        if self.retried > 0 {
            text.faint(format_args!(", {} decided again", self.retried));
        }
        text.end();
        Left::text(&self.left, text);
    }
}

#[derive(Serialize)]
struct Prospects<'a> {
    answer: &'static str,
    /// How many it is about, shown or not.
    total: u64,
    records: Vec<Line<'a>>,
}

/// What would become of one record.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a Refusal>,
}

impl<'a> Line<'a> {
    fn of(prospect: &'a Prospect) -> Self {
        let (to, refusal) = match &prospect.to {
            Ok(to) => (to.as_deref(), None),
            Err(refusal) => (None, Some(refusal)),
        };
        Self { id: &prospect.id, from: prospect.from.as_deref(), to, refusal }
    }
}

impl Shown for Prospects<'_> {
    fn text(&self, text: &mut Text) {
        let (total, shown) = (self.total, self.records.len());
        text.doubtful("dry run:")
            .plain(format_args!(" {total} records would move, {shown} of them here"))
            .end();
        let mut table = Table::new(["RECORD", "FROM", "TO"]);
        for line in &self.records {
            let to = match line.refusal {
                Some(refusal) => refusal.to_string(),
                None => line.to.unwrap_or("no stage").to_owned(),
            };
            table.row([Cell::strong(line.id), line.from.unwrap_or("no stage").into(), to.as_str().into()]);
        }
        table.text(text);
    }
}

/// What was begun, and what waits for a migration.
#[derive(Serialize)]
struct Begun {
    migrations: Vec<MigrationState>,
    orphans: Vec<Orphans>,
}

#[derive(Serialize)]
struct Orphans {
    stage: String,
    records: u64,
}

impl Shown for Begun {
    fn text(&self, text: &mut Text) {
        if self.migrations.is_empty() {
            text.plain("no migration was begun").end();
        } else {
            let mut table = Table::new(["MIGRATION", "BEGUN", "BY", "STATE"]);
            for MigrationState { migration, finished_at } in &self.migrations {
                table.row([
                    Cell::strong(&migration.id),
                    migration.started_at.into(),
                    migration.actor.id().into(),
                    if finished_at.is_some() { "finished" } else { "open" }.into(),
                ]);
            }
            table.text(text);
        }
        for Orphans { stage, records } in &self.orphans {
            let line = format_args!(" {records} in the stage `{stage}`, which the pipeline does not know")
                .to_string();
            text.doubtful("orphaned:").plain(line).end();
        }
    }
}
