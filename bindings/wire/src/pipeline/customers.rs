//! What leads become: customers, and deals.

use lifestage::definition::ConversionDef;
use lifestage::{Conversion, Pipeline, Record};

use crate::answer::{decided, to_json};
use crate::fault::Fault;
use crate::input::Input;
use crate::operation::{Entry, OnPipeline, Outcome, on_pipeline};
use crate::wish::{CreationForm, Wish};

pub(super) static TABLE: &[Entry<OnPipeline>] = &[
    on_pipeline(
        "customer_of",
        "lead wish?",
        "The customer that a lead would become in this pipeline, without judging it.",
        |pipeline, it| {
            let conversion = it.or_default::<Wish>("wish")?.conversion()?;
            to_json(&pipeline.customer_of(&it.take("lead")?, &conversion))
        },
    ),
    on_pipeline(
        "make_customer",
        "lead customer? wish? conversion? actor now salt?",
        "Judges the customer, in this pipeline of customers, that a lead becomes.",
        |pipeline, it| {
            let (lead, conversion, definition) = converted(it)?;
            let customer = match it.maybe("customer")? {
                Some(customer) => customer,
                None => pipeline.customer_of(&lead, &conversion),
            };
            let (actor, now) = (it.take("actor")?, it.now()?);
            let definition = definition.as_ref();
            decided(pipeline.make_customer(&lead, &customer, &conversion, definition, &actor, now), it)
        },
    ),
    on_pipeline(
        "link_customer",
        "lead customer wish? conversion? actor now salt?",
        "Judges that a customer of this pipeline is what a lead becomes.",
        |pipeline, it| {
            let (lead, conversion, definition) = converted(it)?;
            let customer: Record = it.take("customer")?;
            let (actor, now) = (it.take("actor")?, it.now()?);
            let definition = definition.as_ref();
            decided(pipeline.link_customer(&lead, &customer, &conversion, definition, &actor, now), it)
        },
    ),
    on_pipeline(
        "start_deal",
        "lead deal creation? actor now salt?",
        "Judges the start of a deal, in this pipeline of deals, for a converted lead.",
        start_deal,
    ),
];

/// A lead with what is wanted of it, and what its own definition says about that.
fn converted(it: &Input<'_>) -> Result<(Record, Conversion, Option<ConversionDef>), Fault> {
    let conversion = it.or_default::<Wish>("wish")?.conversion()?;
    Ok((it.take("lead")?, conversion, it.maybe("conversion")?))
}

fn start_deal(pipeline: &Pipeline, it: &Input<'_>) -> Outcome {
    let lead: Record = it.take("lead")?;
    let deal = pipeline.deal_of(&lead, it.take("deal")?);
    let creation = it.or_default::<CreationForm>("creation")?.creation()?;
    let (actor, now) = (it.take("actor")?, it.now()?);
    decided(pipeline.start_deal(&lead, &deal, &creation, &actor, now), it)
}
