use clap::Args;
use lifestage::definition::ConversionDef;
use lifestage::{
    Answer, Conversion, Converted, Converting, HowConverted, Pipeline, ReasonCode, Record, Refusal, SmolStr,
    Target, Value,
};
use serde::Serialize;

use super::list;
use crate::answer::{Answered, exit_of, refused};
use crate::arguments::{Asking, Crm, Terms, pipeline_of, published, stage_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Given;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage convert lead-1 --into life_stages --stage customer --actor sam --role sales
  lifestage convert lead-2 --into life_stages --link ada --actor sam --role sales --json

The one customer with the e-mail address of the lead is linked, and only its empty fields are filled; when there is
none, one is made; when there are several, they are listed and nothing is done. Where customers go and in which stage
they start, the lead's pipeline may say.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The lead
    id: String,
    /// The pipeline of the customer; the one that the lead's pipeline names, if absent
    #[arg(long, value_name = "PIPELINE")]
    into: Option<String>,
    /// The stage that a new customer starts in, by id or name
    #[arg(long, value_name = "STAGE", conflicts_with = "link")]
    stage: Option<String>,
    /// The lead is this customer, whatever the e-mail addresses say
    #[arg(long, value_name = "CUSTOMER", conflicts_with = "new_id")]
    link: Option<String>,
    /// The id of a new customer; that of the lead with `-customer` after it, if absent
    #[arg(long = "id", value_name = "ID")]
    new_id: Option<String>,
    /// An answer that the stage of a new customer asks for
    #[arg(long, value_name = "NAME=VALUE")]
    input: Vec<Given>,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    asking: Asking,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let (_, leads) = pipeline_of(&crm, &arguments.id)?;
    let definition = leads.definition().conversion.as_ref();
    let into = arguments.into.as_deref().or_else(|| definition.map(|definition| definition.into.as_str()));
    let customers = into.map(|into| published(&crm, into)).transpose()?;
    let conversion = arguments.conversion(definition, customers.as_ref())?;
    match crm.convert(&arguments.id, &arguments.terms.on(conversion), &actor, now)? {
        Converting::Done(done) => {
            output.show(&Done::of(&arguments.id, &done, customers.as_ref()))?;
            Ok(Exit::Done)
        }
        Converting::Refused(refusal) => {
            let candidates = candidates(&crm, &refusal)?;
            let customers = customers.as_ref();
            output.show(&Refused {
                answer: "refused",
                id: &arguments.id,
                refusal: &refusal,
                candidates,
                customers,
            })?;
            Ok(exit_of(&refusal))
        }
    }
}

impl Arguments {
    fn conversion(
        &self,
        definition: Option<&ConversionDef>,
        customers: Option<&Pipeline>,
    ) -> Result<Conversion, Failure> {
        let mut conversion = Conversion::new();
        if let Some(id) = &self.link {
            conversion = conversion.linking(id);
        }
        if let Some(id) = &self.new_id {
            conversion = conversion.naming(id);
        }
        // Without a pipeline there is nothing to read the rest by, and the library says so.
        let Some(customers) = customers else { return Ok(conversion) };
        if self.into.is_some() {
            conversion = conversion.into_pipeline(customers.id());
        }
        let named = definition.filter(|definition| definition.into == customers.id());
        let named = named.map(|definition| definition.stage.clone()).filter(|stage| !stage.is_empty());
        let mut start = named.unwrap_or_else(|| customers.catalog().default_stage().id().into());
        if let Some(stage) = &self.stage {
            start = stage_of(customers, stage)?;
            conversion = conversion.in_stage(start.clone());
        }
        let target = Target::Stage(start);
        for given in &self.input {
            if let Some(value) = given.input(customers, &target)? {
                conversion = conversion.with_input(given.name(), value);
            }
        }
        Ok(conversion)
    }
}

/// The customers of which one has to be named.
fn candidates(crm: &Crm, refusal: &Refusal) -> Result<Vec<Record>, Failure> {
    let several = refusal.reasons().iter().find(|reason| reason.code() == ReasonCode::SeveralMatches);
    let Some(Value::List(ids)) = several.and_then(|reason| reason.parameter("records")) else {
        return Ok(Vec::new());
    };
    let records = ids.iter().map(|id| crm.record(id)).collect::<Result<Vec<_>, _>>()?;
    Ok(records.into_iter().flatten().collect())
}

#[derive(Serialize)]
struct Done<'a> {
    answer: &'static str,
    id: &'a str,
    how: &'static str,
    lead: &'a Record,
    customer: &'a Record,
    filled: &'a [SmolStr],
    /// What became of the move that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<Answered<'a>>,
    #[serde(skip)]
    customers: Option<&'a Pipeline>,
}

impl<'a> Done<'a> {
    fn of(id: &'a str, done: &'a Converted, customers: Option<&'a Pipeline>) -> Self {
        let answer = if done.how == HowConverted::Before { "unchanged" } else { "done" };
        let Converted { lead, customer, filled, moved, .. } = done;
        let moved = moved.as_ref().map(|answer: &Answer| Answered::of(id, answer));
        Self { answer, id, how: done.how.name(), lead, customer, filled, moved, customers }
    }
}

impl Shown for Done<'_> {
    fn text(&self, text: &mut Text) {
        let customer = self.customer.id();
        text.strong(self.id).plain(": ");
        match self.how {
            "created" => {
                let stage = self.customer.stage().unwrap_or("no stage");
                let known = self.customers.and_then(|pipeline| pipeline.catalog().stage(stage));
                let stage = known.map_or(stage, |stage| stage.name());
                text.plain("converted, and the customer ").strong(customer);
                text.plain(format_args!(" created in {stage} of `{}`", self.customer.pipeline()));
            }
            "linked" => {
                text.plain("converted, and linked to the customer ").strong(customer);
                if !self.filled.is_empty() {
                    text.plain(format_args!(", which had no {}", self.filled.join(", ")));
                }
            }
            _ => {
                text.plain("was converted before: it is the customer ").strong(customer);
                text.plain("; nothing is written");
            }
        }
        text.end();
        if let Some(moved) = &self.moved {
            moved.text(text);
        }
    }
}

#[derive(Serialize)]
struct Refused<'a> {
    answer: &'static str,
    id: &'a str,
    #[serde(flatten)]
    refusal: &'a Refusal,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Record>,
    #[serde(skip)]
    customers: Option<&'a Pipeline>,
}

impl Shown for Refused<'_> {
    fn text(&self, text: &mut Text) {
        refused(self.refusal, text);
        if let Some(customers) = self.customers.filter(|_| !self.candidates.is_empty()) {
            list::table(&self.candidates, customers).text(text);
            text.plain("say which with `--link`").end();
        }
    }
}
