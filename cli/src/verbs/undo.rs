use clap::Args;

use crate::answer;
use crate::arguments::{Asking, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage undo lead-3 --reason 'wrong lead' --actor maria --role manager
  lifestage undo lead-3 --row 2 --actor maria --role manager --json

History keeps both rows: the one undone, and the correction that undoes it.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The row that is meant; another than the last move is refused
    #[arg(long, value_name = "N")]
    row: Option<u64>,
    /// Why; history keeps it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (record, _) = pipeline_of(&crm, &arguments.id)?;
    let row = arguments.row.unwrap_or_else(|| record.visit());
    let answer = crm.undo(&arguments.id, row, &arguments.reason, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}
