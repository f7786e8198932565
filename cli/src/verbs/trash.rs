use clap::Args;
use lifestage::Act;

use crate::answer;
use crate::arguments::{Asking, Terms};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage trash lead-1 --because 'a test' --actor maria --role manager
  lifestage trash lead-1 --actor maria --role manager --json

The record is out of views, and still in its stage; `lifestage restore` brings it back.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// Why; history keeps it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    because: String,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let act = arguments.terms.on(Act::because(&arguments.because));
    let answer = crm.trash(&arguments.id, &act, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}
