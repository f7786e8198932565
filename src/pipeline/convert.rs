//! A lead becomes a customer (S57).

use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::code::ReasonCode;
use crate::contact::{Facet, normalize_email};
use crate::definition::ConversionDef;
use crate::journal::{FactChange, RESERVED, RowKind};
use crate::record::{Link, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request, asked_like_a_request};
use crate::time::Timestamp;
use crate::value::Value;

use super::create::{Cause, fact, own_fact};
use super::decide::{Ask, too_early};
use super::{Creation, Decision, Pipeline};

/// A wish to turn a lead into a customer.
///
/// Where the customer goes, the lead's definition says in its `conversion`; what is said here comes first.
///
/// ```
/// use lifestage::Conversion;
///
/// let by_email = Conversion::new(); // links the one customer with the lead's e-mail, else makes one
/// let this_one = Conversion::new().linking("customer-7");
/// let elsewhere = Conversion::new().into_pipeline("accounts").in_stage("active").naming("account-9");
/// # let _ = (by_email, this_one, elsewhere);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    into: Option<SmolStr>,
    stage: Option<SmolStr>,
    customer: Option<SmolStr>,
    existing: Option<SmolStr>,
    /// Whether the customer is to hold its e-mail address.
    reserve: bool,
    request: Request,
}

impl Default for Conversion {
    fn default() -> Self {
        Self::new()
    }
}

impl Conversion {
    /// By e-mail, to where the definition says.
    pub fn new() -> Self {
        Self {
            into: None,
            stage: None,
            customer: None,
            existing: None,
            reserve: true,
            request: Request::to(""),
        }
    }

    /// The customer is one of this pipeline.
    #[must_use]
    pub fn into_pipeline(mut self, pipeline: impl Into<SmolStr>) -> Self {
        self.into = Some(pipeline.into());
        self
    }

    /// A new customer starts in this stage.
    #[must_use]
    pub fn in_stage(mut self, stage: impl Into<SmolStr>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// A new customer gets this id, in place of that of the lead with `-customer` after it.
    #[must_use]
    pub fn naming(mut self, id: impl Into<SmolStr>) -> Self {
        self.customer = Some(id.into());
        self
    }

    /// The lead is this customer, whatever e-mail addresses say.
    #[must_use]
    pub fn linking(mut self, customer: impl Into<SmolStr>) -> Self {
        self.existing = Some(customer.into());
        self
    }

    /// Gives an input that the stage of a new customer asks for.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.request = self.request.with_input(name, value);
        self
    }

    /// The same, without the customer holding its e-mail address, because another duplicate of it does.
    #[cfg(feature = "std")]
    pub(crate) const fn without_reserving(mut self) -> Self {
        self.reserve = false;
        self
    }

    /// Whether the customers' pipeline, and the stage there, are those that the definition of the lead names.
    fn is_by(&self, definition: Option<&ConversionDef>, customers: &str) -> bool {
        definition.is_some_and(|definition| {
            let same_stage = self.stage.as_ref().is_none_or(|stage| *stage == definition.stage);
            definition.into == customers && same_stage
        })
    }

    /// The customer that the lead is said to be.
    pub fn existing(&self) -> Option<&str> {
        self.existing.as_deref()
    }

    /// The pipeline of the customer: as said here, else by the definition of the lead.
    pub fn pipeline<'s>(&'s self, definition: Option<&'s ConversionDef>) -> Option<&'s str> {
        self.into.as_deref().or_else(|| definition.map(|definition| definition.into.as_str()))
    }

    /// The id of a new customer of this lead.
    pub fn customer_id(&self, lead: &Record) -> SmolStr {
        self.customer.clone().unwrap_or_else(|| smol_str::format_smolstr!("{}-customer", lead.id()))
    }

    fn creation(&self, definition: Option<&ConversionDef>) -> Creation {
        // The definition speaks of a stage of its own pipeline of customers.
        let there =
            definition.filter(|definition| self.into.as_ref().is_none_or(|into| *into == definition.into));
        let stage = there.map(|definition| definition.stage.clone()).filter(|stage| !stage.is_empty());
        let creation = match self.stage.clone().or(stage) {
            Some(stage) => Creation::in_stage(stage),
            None => Creation::new(),
        };
        let inputs = self.request.input().iter();
        let creation =
            inputs.fold(creation, |creation, (name, value)| creation.with_input(name, value.clone()));
        match &self.request.batch {
            Some(batch) => creation.in_batch(batch.clone()),
            None => creation,
        }
    }

    /// The request as the store's digest sees it (S14).
    pub(crate) fn request(&self) -> Request {
        let part = |part: &Option<SmolStr>| part.clone().unwrap_or_default();
        let about = [
            ("into", part(&self.into)),
            ("stage", part(&self.stage)),
            ("customer", part(&self.customer)),
            ("existing", part(&self.existing)),
        ];
        self.request.operating(Operation::Convert, about.into_iter().collect())
    }
}

asked_like_a_request!(Conversion);

/// The e-mail address under which a person is looked for, in its one form, whether the definition declares a
/// field for it or not. A text that is no address tells of nobody.
pub(crate) fn email_of(record: &Record) -> Option<SmolStr> {
    address(record.fields.get("email")?)
}

/// The e-mail address that a value is.
pub(super) fn address(value: &Value) -> Option<SmolStr> {
    match value {
        Value::Text(text) => normalize_email(text).ok().map(SmolStr::from),
        _ => None,
    }
}

/// The facts that stay with a lead when it is converted.
const OF_THE_LEAD: [&str; 1] = ["created_at"];

impl Pipeline {
    /// Judges, for a lead of this pipeline, that it becomes this customer: capability `convert`. Its stage stays
    /// what it is. One that was converted before stays with the customer it has (S57).
    ///
    /// This is one half; the other is [`make_customer`](Self::make_customer) or
    /// [`link_customer`](Self::link_customer) of the customers' pipeline, and the two changes are to be written
    /// together or not at all. [`Workspace::convert`](crate::Workspace::convert) does all of it.
    pub fn convert<'a>(
        &'a self,
        lead: &'a Record,
        customer: &str,
        conversion: &Conversion,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record: lead, actor, request: &conversion.request, now };
        if let Some(reason) = self.barred(lead).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut reasons = Vec::new();
        reasons.extend(self.denial(Capability::Convert, lead, actor));
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        if lead.link(Link::Customer).is_some() {
            return self.nothing_to_do(lead, actor);
        }
        let mut row = self.row(ask, RowKind::Conversion);
        row.facts.push(own_fact(Link::Customer.fact(), customer));
        row.request = Self::digest_of(ask, || conversion.request());
        Decision::Moved(self.quiet(ask, row))
    }

    /// The customer that converting this lead would make in this pipeline of customers: what the two pipelines
    /// both have fields for, the facets of a contact, and the owner. Nothing is judged.
    pub fn customer_of(&self, lead: &Record, conversion: &Conversion) -> Record {
        let mut customer = Record::new(conversion.customer_id(lead)).in_pipeline(self.id());
        customer.fields = self.taken_over(lead, &customer).collect();
        customer.owner = lead.owner.clone();
        if let Some(company) = lead.link(Link::Company) {
            customer.links.set(Link::Company, Some(company.into()));
        }
        customer
    }

    /// Judges the creation of a [customer](Self::customer_of) in this pipeline of customers. It holds its e-mail address
    /// from then on, so that there is one of it (S57).
    ///
    /// Where `definition`, that of the lead, names this pipeline and stage, `convert` there is permission enough; else it
    /// is a creation that needs `create` here. Criteria, inputs and the roles that may enter the stage bind it in any
    /// case.
    pub fn make_customer<'a>(
        &'a self,
        lead: &Record,
        customer: &'a Record,
        conversion: &Conversion,
        definition: Option<&ConversionDef>,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let entitled = conversion.is_by(definition, self.id());
        let cause = Cause::Conversion { lead: lead.id(), entitled };
        self.create_for(customer, &conversion.creation(definition), cause, actor, now)
    }

    /// Judges, in this pipeline of customers, that a lead is this customer: only empty fields of it are filled, and
    /// it holds its e-mail address from then on (S57).
    ///
    /// Where `definition`, that of the lead, names this pipeline, `convert` there is permission enough; else it takes what
    /// an edit of the fields that are filled takes.
    pub fn link_customer<'a>(
        &'a self,
        lead: &Record,
        customer: &'a Record,
        conversion: &Conversion,
        definition: Option<&ConversionDef>,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let request = conversion.request.about_another();
        let ask = Ask { record: customer, actor, request: &request, now };
        if let Some(reason) = self.barred(customer).or_else(|| too_early(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut row = self.row(ask, RowKind::Conversion);
        row.input.insert(Link::Lead.fact(), lead.id());
        let gaps = self.taken_over(lead, customer);
        row.facts = gaps.map(|(name, new)| FactChange { name, old: None, new: Some(new) }).collect();
        if definition.is_none_or(|definition| definition.into != self.id()) {
            let needed = self.needed(row.facts.iter().map(|fact| fact.name.as_str()));
            let missing = needed.into_iter().flatten();
            let missing: Vec<Reason> =
                missing.filter_map(|capability| self.denial(capability, customer, actor)).collect();
            if !missing.is_empty() {
                return Decision::Refused(Refusal::new(missing));
            }
        }
        let company = lead.link(Link::Company).filter(|_| customer.link(Link::Company).is_none());
        let company = company.filter(|company| *company != customer.id());
        row.facts.extend(company.map(|company| own_fact(Link::Company.fact(), company)));
        let email = email_of(customer).or_else(|| email_of(lead));
        if let Some(email) = email.filter(|_| conversion.reserve && customer.reserved.is_none()) {
            row.facts.push(own_fact(RESERVED, &email));
        }
        Decision::Moved(self.quiet(ask, row))
    }

    /// The facts of a lead that a customer of this pipeline has no value for and could have, as they are written here.
    fn taken_over<'l>(
        &'l self,
        lead: &'l Record,
        customer: &'l Record,
    ) -> impl Iterator<Item = (SmolStr, Value)> {
        let fields = &self.compiled.document.fields;
        let known = move |name: &str| fields.get(name).is_some() || Facet::of_name(name).is_some();
        let own = lead.fields.iter().filter(|(name, _)| !OF_THE_LEAD.contains(name));
        let missing = own.filter(move |(name, _)| known(name) && customer.fields.get(name).is_none());
        missing.filter_map(|(name, value)| {
            let mut unfit = Vec::new();
            let value = fact(self, name, value, &mut unfit).into_owned();
            unfit.is_empty().then(|| (SmolStr::new(name), value))
        })
    }
}

/// Why no deal can be started for a record, if so (S58).
pub(super) fn not_converted(lead: &Record) -> Option<Reason> {
    lead.link(Link::Customer).is_none().then(|| {
        let message = "the lead has to be converted before a deal can be started";
        Reason::new(ReasonCode::NotConverted, message)
    })
}

impl Pipeline {
    /// Judges the start of a deal in this pipeline of deals, for a converted lead: it is created as any record is,
    /// and stays linked to the lead and its customer (S58). `deal` is what [`deal_of`](Self::deal_of) gives.
    pub fn start_deal<'a>(
        &'a self,
        lead: &Record,
        deal: &'a Record,
        creation: &Creation,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        if let Some(reason) = super::decide::absent(lead).or_else(|| not_converted(lead)) {
            return Decision::Refused(Refusal::only(reason.with("record", lead.id())));
        }
        self.create_for(deal, creation, Cause::Deal, actor, now)
    }

    /// The same deal, linked to a lead and to its customer, and owned by the owner of the lead if it has none.
    pub fn deal_of(&self, lead: &Record, deal: Record) -> Record {
        let mut deal = deal.in_pipeline(self.id()).linked_to(Link::Lead, lead.id());
        deal.links.set(Link::Customer, lead.link(Link::Customer).map(SmolStr::new));
        deal.owner = deal.owner.or_else(|| lead.owner.clone());
        deal
    }
}
