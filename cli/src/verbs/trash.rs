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
    #[command(flatten)]
    putting: Putting,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let putting = &arguments.putting;
    let (crm, actor, now) = putting.asking.open()?;
    let answer = crm.trash(&putting.id, &putting.act(), &actor, now)?;
    answer::show(output, &putting.id, &answer, false)
}

/// Which record goes into the trash or out of it, and why.
#[derive(Debug, Args)]
pub(super) struct Putting {
    /// The record
    pub(super) id: String,
    /// Why; history keeps it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    because: String,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    pub(super) asking: Asking,
}

impl Putting {
    pub(super) fn act(&self) -> Act {
        self.terms.on(Act::because(&self.because))
    }
}
