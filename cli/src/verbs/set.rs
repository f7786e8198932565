use clap::Args;
use lifestage::Edit;

use crate::answer;
use crate::arguments::{Asking, Terms, pipeline_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Change;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage set lead-1 budget=7500 --actor sam --role sales
  lifestage set lead-1 phone= 'notes=called twice' --actor sam --role sales
  lifestage set lead-1 --company lead-2 --actor sam --role sales
  lifestage set lead-1 tags:='[\"vip\",\"north\"]' --actor sam --role sales --json

NAME:=JSON takes the value as it is, for fields that the pipeline does not declare.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record
    id: String,
    /// The fields: NAME= clears one, NAME+=TEXT and NAME-=TEXT change what is in a list
    #[arg(required_unless_present_any = ["company", "no_company"], value_name = "NAME=VALUE")]
    fields: Vec<Change>,
    /// The company that the contact belongs to, by the id of its record
    #[arg(long, value_name = "ID", conflicts_with = "no_company")]
    company: Option<String>,
    /// The contact belongs to no company
    #[arg(long)]
    no_company: bool,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (_, pipeline) = pipeline_of(&crm, &arguments.id)?;
    let mut edit = Edit::new();
    for change in &arguments.fields {
        edit = change.put(edit, &pipeline)?;
    }
    if arguments.company.is_some() || arguments.no_company {
        edit = edit.belonging_to(arguments.company.as_deref());
    }
    let answer = crm.edit(&arguments.id, &arguments.terms.on(edit), &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}
