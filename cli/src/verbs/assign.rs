use clap::Args;
use lifestage::Assignment;

use super::pool;
use crate::answer;
use crate::arguments::{Asking, Terms, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage assign lead-1 eva --because 'knows the region' --actor maria --role manager
  lifestage assign lead-1 eva --actor maria --role manager && lifestage assign lead-1 --nobody --actor maria --role manager
  lifestage pool closers --members eva,lee --actor olga --role owner && lifestage assign lead-1 --next closers --actor olga --role owner";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// Who is to own it
    person: Option<String>,
    /// Whoever of this pool is next
    #[arg(long, value_name = "POOL", conflicts_with_all = ["person", "nobody", "because", "expect_version", "request_key"])]
    next: Option<String>,
    /// Nobody: give it back
    #[arg(long, conflicts_with = "person")]
    nobody: bool,
    /// Why; history keeps it
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let id = &arguments.id;
    let answer = if let Some(pool) = &arguments.next {
        let (_, pipeline) = pipeline_of(&crm, id)?;
        pool::known(&crm, &pipeline, pool)?;
        crm.assign_next(id, pool, &actor, now)?
    } else {
        let assignment = match &arguments.person {
            Some(person) => Assignment::to(person),
            None if arguments.nobody => Assignment::release(),
            None => {
                let message = "say who is to own it: a person, `--next POOL` or `--nobody`";
                return Err(Failure::usage(message));
            }
        };
        let assignment = match &arguments.because {
            Some(reason) => assignment.because(reason),
            None => assignment,
        };
        crm.assign(id, &arguments.terms.on(assignment), &actor, now)?
    };
    answer::show(output, id, &answer, false)
}
