use clap::Args;

use crate::answer;
use crate::arguments::Asking;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage log lead-1 task 'Call back' --actor sam --role sales && lifestage done lead-1 2 --actor sam --role sales
  lifestage log lead-2 call 'Ask again' --planned --actor sam --role sales && lifestage done lead-2 2 --actor sam --role sales

`lifestage timeline` tells the row of what is planned.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The row of its history that planned it
    row: u64,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let answer = crm.finish(&arguments.id, arguments.row, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}
