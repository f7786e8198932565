use clap::Args;
use lifestage::import::read_move;
use lifestage::{Pipeline, Request, SmolStr, Target};

use crate::answer;
use crate::arguments::{Asking, Terms, pipeline_of, stage_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Given;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage move lead-1 mark_contacted --actor sam --role sales --dry-run
  lifestage move lead-1 mark_lost --reason price --actor sam --role sales
  lifestage move lead-2 --to contacted --expect-version 1 --actor sam --role sales --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The move, by id or label
    #[arg(value_name = "MOVE", required_unless_present = "to", conflicts_with = "to")]
    mv: Option<String>,
    /// The stage, by id or name, whatever move leads there
    #[arg(long, value_name = "STAGE")]
    to: Option<String>,
    /// An answer that the move asks for; NAME:=JSON takes it as it is
    #[arg(long, value_name = "NAME=VALUE")]
    input: Vec<Given>,
    /// The answer `reason`
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Go past the rules, for this reason
    #[arg(long, value_name = "WHY")]
    force: Option<String>,
    #[command(flatten)]
    terms: Terms,
    /// Judge and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (_, pipeline) = pipeline_of(&crm, &arguments.id)?;
    let mut request = match (&arguments.mv, &arguments.to) {
        (Some(mv), _) => Request::mv(move_of(&pipeline, mv)?),
        (None, to) => Request::to(stage_of(&pipeline, to.as_deref().unwrap_or_default())?),
    };
    let target: Target = request.target().clone();
    let reason = arguments.reason.as_ref().map(|text| Given::text("reason", text));
    for given in arguments.input.iter().chain(&reason) {
        if let Some(value) = given.input(&pipeline, &target)? {
            request = request.with_input(given.name(), value);
        }
    }
    if let Some(why) = &arguments.force {
        request = request.forced(why);
    }
    let request = arguments.terms.on(request);
    let (id, dry_run) = (&arguments.id, arguments.dry_run);
    let answer = if dry_run {
        crm.dry_run(id, &request, &actor, now)?
    } else {
        crm.submit(id, &request, &actor, now)?
    };
    answer::show(output, id, &answer, dry_run)
}

fn move_of(pipeline: &Pipeline, text: &str) -> Result<SmolStr, Failure> {
    read_move(pipeline, text).map_err(|fault| Failure::missing(fault.to_string()))
}
