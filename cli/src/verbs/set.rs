use clap::Args;
use lifestage::Edit;

use crate::answer;
use crate::arguments::{Asking, Given, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage set lead-1 budget=7500 --actor sam --role sales
  lifestage set lead-1 phone= 'notes=called twice' --actor sam --role sales
  lifestage set lead-1 tags:='[\"vip\",\"north\"]' --actor sam --role sales --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The fields: NAME= clears one; NAME:=JSON takes the value as it is, for fields that the pipeline does not declare
    #[arg(required = true, value_name = "NAME=VALUE")]
    fields: Vec<Given>,
    /// Set them only when the record is still at this version
    #[arg(long, value_name = "N")]
    expect_version: Option<u64>,
    /// Names the request, so that asking twice does it once
    #[arg(long, value_name = "KEY")]
    request_key: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (_, pipeline) = pipeline_of(&crm, &arguments.id)?;
    let mut edit = Edit::new();
    for given in &arguments.fields {
        edit = match given.fact(&pipeline)? {
            Some(value) => edit.set(given.name(), value),
            None => edit.clear(given.name()),
        };
    }
    if let Some(version) = arguments.expect_version {
        edit = edit.expecting_version(version);
    }
    if let Some(key) = &arguments.request_key {
        edit = edit.with_key(key);
    }
    let answer = crm.edit(&arguments.id, &edit, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}
