use clap::Args;
use lifestage::Assignment;

use crate::answer;
use crate::arguments::{Asking, Terms};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage claim lead-1 --actor sam --role sales
  lifestage claim lead-1 --expect-version 1 --actor sam --role sales --json

A record that somebody owns cannot be claimed; `lifestage assign` reassigns it.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let claim = arguments.terms.on(Assignment::claim());
    let answer = crm.assign(&arguments.id, &claim, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}
