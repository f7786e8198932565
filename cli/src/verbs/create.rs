use clap::Args;
use lifestage::{Creation, Link, Pipeline, Record, Target};

use crate::answer;
use crate::arguments::{Asking, Choice, stage_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Given;
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
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    let (record, creation) = arguments.making.of(&arguments.id, &pipeline)?;
    let answer = crm.create(record, &creation, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}

/// What a new record is like.
#[derive(Debug, Args)]
pub(super) struct Making {
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
    /// The company that the contact belongs to, by the id of its record
    #[arg(long, value_name = "ID")]
    company: Option<String>,
    /// Names the request, so that asking twice does it once
    #[arg(long, value_name = "KEY")]
    request_key: Option<String>,
}

impl Making {
    /// The record with this id, and where in the pipeline it starts.
    pub(super) fn of(&self, id: &str, pipeline: &Pipeline) -> Result<(Record, Creation), Failure> {
        let mut record = Record::new(id).in_pipeline(pipeline.id());
        for given in &self.field {
            if let Some(value) = given.fact(pipeline)? {
                record = record.with(given.name(), value);
            }
        }
        if let Some(owner) = &self.owner {
            record = record.owned_by(owner);
        }
        if let Some(company) = &self.company {
            record = record.linked_to(Link::Company, company);
        }
        let stage = self.stage.as_ref().map(|stage| stage_of(pipeline, stage)).transpose()?;
        let mut creation = match &stage {
            Some(stage) => Creation::in_stage(stage.clone()),
            None if self.no_stage => Creation::without_stage(),
            None => Creation::new(),
        };
        let target = Target::Stage(stage.unwrap_or_else(|| pipeline.catalog().default_stage().id().into()));
        for given in &self.input {
            if let Some(value) = given.input(pipeline, &target)? {
                creation = creation.with_input(given.name(), value);
            }
        }
        if let Some(key) = &self.request_key {
            creation = creation.with_key(key);
        }
        Ok((record, creation))
    }
}
