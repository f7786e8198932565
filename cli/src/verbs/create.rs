use clap::Args;
use lifestage::{Creation, Record, Target};

use crate::answer;
use crate::arguments::{Asking, Choice, Given, stage_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage create lead-77 --field name='Ada Lovelace' --field email=ada@example.com --actor sam --role sales
  lifestage create lead-78 --field budget=7500 --owner sam --actor olga --role owner
  lifestage create lead-79 --no-stage --actor sam --role sales --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The id of the new record
    id: String,
    /// A field; NAME:=JSON takes the value as it is, for fields that the pipeline does not declare
    #[arg(long, value_name = "NAME=VALUE")]
    field: Vec<Given>,
    /// The stage to start in, by id or name; the default stage if absent
    #[arg(long, value_name = "STAGE", conflicts_with = "no_stage")]
    stage: Option<String>,
    /// Start in no stage
    #[arg(long)]
    no_stage: bool,
    /// An answer that the stage asks for
    #[arg(long, value_name = "NAME=VALUE")]
    input: Vec<Given>,
    /// Who owns the record; who creates it, if absent and the pipeline does not say otherwise
    #[arg(long, value_name = "ID")]
    owner: Option<String>,
    /// Names the request, so that asking twice does it once
    #[arg(long, value_name = "KEY")]
    request_key: Option<String>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    let mut record = Record::new(&arguments.id).in_pipeline(pipeline.id());
    for given in &arguments.field {
        if let Some(value) = given.fact(&pipeline)? {
            record = record.with(given.name(), value);
        }
    }
    if let Some(owner) = &arguments.owner {
        record = record.owned_by(owner);
    }
    let stage = match &arguments.stage {
        Some(stage) => Some(stage_of(&pipeline, stage)?),
        None => None,
    };
    let mut creation = match &stage {
        Some(stage) => Creation::in_stage(stage.clone()),
        None if arguments.no_stage => Creation::without_stage(),
        None => Creation::new(),
    };
    let target = Target::Stage(stage.unwrap_or_else(|| pipeline.catalog().default_stage().id().into()));
    for given in &arguments.input {
        if let Some(value) = given.input(&pipeline, &target)? {
            creation = creation.with_input(given.name(), value);
        }
    }
    if let Some(key) = &arguments.request_key {
        creation = creation.with_key(key);
    }
    let answer = crm.create(record, &creation, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}
