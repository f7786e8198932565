use std::path::PathBuf;

use clap::Args;

use super::in_force;
use crate::arguments::Asking;
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage publish next.json --dry-run --actor olga --role owner
  lifestage publish next.json --actor olga --role owner
  lifestage publish next.json --map stages.json --actor olga --role owner --json

What changes is told, with the number of records it is about. A definition is refused while records are in a
stage that would vanish, be archived or change its outcome, unless the map says where they go:
  {\"showed\": \"attended\", \"parked\": {\"to\": \"lost\", \"allow_outcome_change\": true, \"input\": {\"reason\": \"timing\"}}}
Records move and no more; `\"effects\": true` beside `to` sets in motion what a move would.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The definition; - is the standard input
    file: PathBuf,
    /// Where records go that cannot stay in their stage: a JSON file
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Judge and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let next = Document::pipeline(&arguments.file)?;
    let map = in_force::map(arguments.map.as_deref())?;
    let (crm, actor, now) = arguments.asking.open()?;
    let impact = crm.impact(&next)?;
    if arguments.dry_run {
        let version = crm.pipeline(next.id()).map_or(1, |current| current.version() + 1);
        let preview = crm.preview(&next, &map, &actor)?;
        let would = preview.as_ref().map(|diff| (version == 1 || !diff.is_empty()).then_some(version));
        return in_force::would(output, next.id(), would, &impact);
    }
    let publishing = crm.publish_migrating(&next, &map, &actor, now, in_force::bar())?;
    in_force::show(output, next.id(), &publishing, &impact)
}
