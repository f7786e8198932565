use clap::Args;
use lifestage::Report;

use crate::answer;
use crate::arguments::{Asking, Terms};
use crate::effects;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Given;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage done mo/1/0 --with outcome='wants an offer' --actor sam --role user
  lifestage done mo/1/0 --failed 'wrong number' --actor sam --role user
  lifestage done mo/1/0 --give eva --actor sam --role user --json
  lifestage done mo 2 --actor sam --role user

`lifestage tasks` tells the id of work that a stage or an action asks for, and `lifestage timeline` the row of what
somebody wrote down with `lifestage log`.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The work, by its id RECORD/ROW/INDEX; or the record
    #[arg(value_name = "WORK|RECORD")]
    work: String,
    /// The row of the record's history that planned it
    #[arg(conflicts_with_all = ["failed", "undone", "give", "with", "expect_version", "request_key"])]
    row: Option<u64>,
    /// It failed, for this reason, and nobody is to do it any more
    #[arg(long, value_name = "WHY", conflicts_with_all = ["undone", "give"])]
    failed: Option<String>,
    /// It was reported by mistake, and is to be done
    #[arg(long, conflicts_with = "give")]
    undone: bool,
    /// It is for somebody else from now on: a person, or role:NAME
    #[arg(long, value_name = "WHOM")]
    give: Option<String>,
    /// More about it; NAME:=JSON takes the value as it is
    #[arg(long, value_name = "NAME=VALUE")]
    with: Vec<Given>,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

/// What a report says by itself.
const OWN: [&str; 8] = ["action", "index", "text", "done", "failed", "undone", "assignee", answer::ERROR];

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let work = arguments.work.as_str();
    if let Some(row) = arguments.row {
        let (crm, actor, now) = arguments.asking.open()?;
        let answer = crm.finish(work, row, &actor, now)?;
        return answer::show(output, work, &answer, false);
    }
    let id = effects::id_of(work)?;
    let report = arguments.terms.on(report(arguments)?);
    let (crm, actor, now) = arguments.asking.open()?;
    let answer = crm.report(id, &report, &actor, now)?;
    answer::show(output, id.record(), &answer, false)
}

fn report(arguments: &Arguments) -> Result<Report, Failure> {
    let mut report = match (&arguments.failed, &arguments.give) {
        (Some(why), _) => Report::failed(why),
        (None, Some(whom)) => Report::given_to(whom),
        (None, None) if arguments.undone => Report::undone(),
        (None, None) => Report::done(),
    };
    for given in &arguments.with {
        let name = given.name();
        if OWN.contains(&name) {
            return Err(Failure::usage(format!("{name}: a report says that itself; choose another name")));
        }
        if let Some(value) = given.plain() {
            report = report.with(name, value);
        }
    }
    Ok(report)
}
