use clap::Args;

use super::trash::Putting;
use crate::answer;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage trash lead-1 --actor maria --role manager && lifestage restore lead-1 --actor maria --role manager
  lifestage restore lead-1 --because 'it was no test' --actor maria --role manager --json

It is back in the stage in which it was. `lifestage list --trash` says what there is to restore.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    putting: Putting,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let putting = &arguments.putting;
    let (crm, actor, now) = putting.asking.open()?;
    let answer = crm.restore(&putting.id, &putting.act(), &actor, now)?;
    answer::show(output, &putting.id, &answer, false)
}
