use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use lifestage::outbox::TaskQuery;
use lifestage::simulation::{Cast, Simulation};
use lifestage::{Actor, SmolStr, Span, StageCount, Timestamp, Urgency};
use serde::Serialize;

use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage simulate pipeline.json
  lifestage simulate pipeline.json --records 100 --days 90 --every 10m --seed 7 --role sales

People with these roles, or with all there are, make moves that are open to them and do tasks that are due, by chance
from a seed: the same call gives the same answer. No database is read or written.";

/// How many open tasks are looked at.
const MOST_TASKS: usize = 1_000_000;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The definition; - is the standard input
    file: PathBuf,
    /// When it begins
    #[arg(long, value_name = "TIME", default_value = "2026-01-05T09:00:00Z")]
    from: Timestamp,
    /// How many days it goes on
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// How many records there are
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    records: u32,
    /// How often somebody does something, such as `90s` or `1h`
    #[arg(long, value_name = "TIME", default_value = "1h")]
    every: Span,
    /// Another number plays another piece
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// A role of those who work; all of them when none is given
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let pipeline = Document::pipeline(&arguments.file)?;
    if arguments.every <= Span::default() {
        return Err(Failure::usage("`--every` needs a time that is longer than none"));
    }
    if let Some(unknown) = arguments.roles.iter().find(|role| !pipeline.roles().ids().any(|id| id == **role))
    {
        let message = format!("the pipeline `{}` has no role `{unknown}`", pipeline.id());
        return Err(Failure::missing(message));
    }
    let actors = arguments.roles.iter().map(|role| Actor::new(role.as_str()).with_role(role.as_str()));
    let cast = Cast::of(pipeline.id(), actors).with_records(arguments.records);
    let cast = cast.acting_every(arguments.every).with_seed(arguments.seed);
    let end = Span::from_seconds(i64::from(arguments.days) * 86_400);
    let end = arguments.from.checked_add(end).ok_or_else(|| Failure::usage("it ends outside of time"))?;
    let mut play = Simulation::new(arguments.from, std::slice::from_ref(&pipeline))?;
    let performance = play.perform(&cast, end)?;
    let (mut delivered, mut failed) = (BTreeMap::new(), 0_u64);
    for happened in &performance.happened {
        *delivered.entry(happened.delivery.effect.kind.name()).or_default() += 1_u64;
        failed += u64::from(happened.error.is_some());
    }
    let crm = play.crm();
    let tasks = crm.tasks(&TaskQuery::open(MOST_TASKS))?.entries;
    let urgency = crm.urgency(&tasks, end)?;
    let overdue = urgency.iter().filter(|urgency| **urgency == Urgency::Overdue).count();
    output.show(&Play {
        pipeline: pipeline.id(),
        from: arguments.from,
        until: end,
        records: arguments.records,
        moves: performance.moves,
        refused: performance.refused,
        tasks: performance.tasks,
        open: tasks.len(),
        overdue,
        delivered,
        failed,
        stages: crm.counts(pipeline.id())?.iter().map(Stage::from).collect(),
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Play<'a> {
    pipeline: &'a str,
    from: Timestamp,
    until: Timestamp,
    records: u32,
    moves: u64,
    refused: u64,
    tasks: u64,
    open: usize,
    overdue: usize,
    delivered: BTreeMap<&'static str, u64>,
    failed: u64,
    stages: Vec<Stage>,
}

#[derive(Serialize)]
struct Stage {
    stage: Option<SmolStr>,
    #[serde(skip)]
    name: SmolStr,
    count: u64,
}

impl From<&StageCount> for Stage {
    fn from(count: &StageCount) -> Self {
        Self { stage: count.stage.clone(), name: count.name.clone(), count: count.count }
    }
}

impl Shown for Play<'_> {
    fn text(&self, text: &mut Text) {
        let Self { from, until, records, moves, refused, tasks, open, overdue, failed, .. } = self;
        text.plain(format_args!("from {from} to {until}, with {records} records")).end();
        text.plain(format_args!("people made {moves} moves and did {tasks} tasks; {refused} were refused"))
            .end();
        text.plain(format_args!("{open} tasks are open, {overdue} of them overdue")).end();
        let each: Vec<String> =
            self.delivered.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let each = if each.is_empty() { "nothing".to_owned() } else { each.join(", ") };
        text.plain(format_args!("delivered: {each}; {failed} failed")).end();
        let mut table = Table::new(["STAGE", "RECORDS"]);
        for Stage { name, count, .. } in &self.stages {
            table.row([Cell::strong(name), count.into()]);
        }
        table.text(text);
    }
}
