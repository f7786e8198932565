use clap::Args;
use lifestage::Pipeline;

use super::create::Making;
use crate::answer;
use crate::arguments::{Asking, Crm, names, pipeline_of, published};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  lifestage convert lead-1 --actor sam --role sales && lifestage deal lead-1 deal-1 --actor sam --role sales
  lifestage convert lead-1 --actor sam --role sales && lifestage deal lead-1 deal-2 --in deals --field amount=7500 --actor sam --role sales

The lead has to be converted. The deal stays linked to it and to its customer.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The lead
    lead: String,
    /// The id of the new deal
    id: String,
    /// The pipeline of the deal; the one that the lead's pipeline names, if absent
    #[arg(long = "in", value_name = "PIPELINE")]
    pipeline: Option<String>,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let deals = published(&crm, &deals_of(&crm, arguments)?)?;
    let (deal, creation) = arguments.making.of(&arguments.id, &deals)?;
    let answer = crm.start_deal(&arguments.lead, deal, &creation, &actor, now)?;
    answer::show(output, &arguments.id, &answer, false)
}

/// The pipeline of the deal.
fn deals_of(crm: &Crm, arguments: &Arguments) -> Result<String, Failure> {
    let lead = crm.head_of(&arguments.lead)?;
    let (_, leads) = pipeline_of(crm, lead.id())?;
    deals_for(crm, &leads, arguments.pipeline.as_deref(), "--in")
}

/// The pipeline of the deals of these leads: the one given by an option, else the one that theirs names.
pub(super) fn deals_for(
    crm: &Crm,
    leads: &Pipeline,
    given: Option<&str>,
    option: &str,
) -> Result<String, Failure> {
    let named = leads.definition().conversion.as_ref().map(|conversion| conversion.deals.as_str());
    let named = given.or_else(|| named.filter(|deals| !deals.is_empty()));
    named.map(str::to_owned).ok_or_else(|| {
        let (leads, names) = (leads.id(), names(crm));
        Failure::usage(format!(
            "the pipeline `{leads}` names none for deals; say which with `{option}`: {names}"
        ))
    })
}
