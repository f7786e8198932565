use std::borrow::Cow;
use std::format;
use std::vec::Vec;

use smol_str::SmolStr;

use super::intake::several;
use super::{Answer, Judged, QUIET_RETRIES, Salts, Workspace, WorkspaceError, reserved, unpublished};
use crate::actor::Actor;
use crate::change::SealedChange;
use crate::code::ReasonCode;
use crate::journal::{FactChange, RowKind};
use crate::pipeline::{Conversion, Decision, Pipeline, email_of, exists};
use crate::record::{Link, Presence, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::Request;
use crate::store::{CommitMode, CommitOutcome, Reader, RowQuery, Store};
use crate::time::Timestamp;

/// What became of a wish to turn a lead into a customer.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is handed over once")]
pub enum Converting {
    /// The lead has a customer.
    Done(Converted),
    /// It is refused, with every reason; nothing is written. When several customers have the e-mail address of the
    /// lead, the reason names them: say which with [`Conversion::linking`].
    Refused(Refusal),
}

/// A lead and the customer that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The lead after.
    pub lead: Record,
    /// The customer after.
    pub customer: Record,
    /// How it came to be.
    pub how: HowConverted,
    /// The fields of a customer that was there and that were empty and are filled now.
    pub filled: Vec<SmolStr>,
    /// What became of the move that the definition makes with a conversion, if it makes one (S13).
    pub moved: Option<Answer>,
}

/// How a lead came to its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HowConverted {
    /// The customer is new.
    Created,
    /// The customer was there.
    Linked,
    /// The lead had been converted before; nothing was written.
    Before,
}

impl HowConverted {
    /// The word for it: `created`, `linked` or `before`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Linked => "linked",
            Self::Before => "before",
        }
    }
}

impl<S: Store + Reader> Workspace<S> {
    /// Turns a lead into a customer, in one commit (S57): the one customer with its e-mail address is linked, and only
    /// its empty fields are filled; none is made; with several nothing is done and they are named; a lead without an
    /// e-mail address always gets a new one. The lead stays in its stage unless its definition says otherwise. Doing it
    /// again gives the same customer, and many at once make one.
    ///
    /// ```
    /// use lifestage::store::MemoryStore;
    /// use lifestage::{Actor, Conversion, Converting, Creation, Pipeline, Record, Timestamp, Workspace, presets};
    ///
    /// let olga = Actor::new("olga").with_role("owner").with_role("admin");
    /// let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    /// let crm = Workspace::open(MemoryStore::new(), "acme")?;
    /// crm.publish(&Pipeline::from_json(presets::LEAD)?, &olga, now)?;
    /// crm.publish(&Pipeline::from_json(presets::LIFE_STAGES)?, &olga, now)?;
    /// let lead = Record::new("lead-42").in_pipeline("lead").with("email", "ada@example.com");
    /// crm.create(lead, &Creation::new(), &olga, now)?;
    ///
    /// let conversion = Conversion::new().into_pipeline("life_stages").in_stage("customer");
    /// let Converting::Done(done) = crm.convert("lead-42", &conversion, &olga, now)? else { panic!() };
    /// assert_eq!(done.customer.id(), "lead-42-customer");
    /// assert_eq!(done.lead.stage(), Some("new"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails. The conversion may stand then, and only the
    /// move that goes along not be made; asking again makes it.
    pub fn convert(
        &self,
        id: &str,
        conversion: &Conversion,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Converting, WorkspaceError> {
        let request = conversion.request();
        let before = |again: Option<Answer>| match again {
            Some(Answer::Refused(refusal)) => Ok(Some(Converting::Refused(refusal))),
            Some(_) => self.converted_before(&self.known(id)?, actor, now).map(Some),
            None => Ok::<_, WorkspaceError>(None),
        };
        if let Some(converting) = before(self.repeated(id, &request, actor)?)? {
            return Ok(converting);
        }
        let converting = self.convert_now(id, conversion, actor, now)?;
        // What stands against it may be what the same request did just now, asked by another thread.
        Ok(match &converting {
            Converting::Refused(_) => before(self.repeated(id, &request, actor)?)?.unwrap_or(converting),
            Converting::Done(_) => converting,
        })
    }

    fn convert_now(
        &self,
        id: &str,
        conversion: &Conversion,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Converting, WorkspaceError> {
        let mut salts = self.salts(2);
        // A customer who holds the address although the search passed over it.
        let mut holder = None;
        let mut conversion = Cow::Borrowed(conversion);
        for _ in 0..=QUIET_RETRIES {
            let lead = self.known(id)?;
            let Some(pipeline) = self.pipelines.get(lead.pipeline()) else {
                return Ok(Converting::Refused(Refusal::only(unpublished(&lead))));
            };
            let customers = match self.customers_of(&pipeline, &conversion) {
                Ok(customers) => customers,
                Err(reason) => return Ok(Converting::Refused(Refusal::only(reason))),
            };
            let attempt = Attempt {
                lead: &lead,
                pipeline: &pipeline,
                customers: &customers,
                conversion: &conversion,
                actor,
                now,
            };
            let (changes, filled) = match self.judge_conversion(&attempt, holder.take(), &mut salts)? {
                Ok(changes) => changes,
                Err(done) => return Ok(done),
            };
            let how = if changes[1].expected_seq == 0 { HowConverted::Created } else { HowConverted::Linked };
            let outcomes = self.store.commit(&self.tenant, &changes, CommitMode::Atomic)?;
            if matches!(outcomes.first(), Some(CommitOutcome::Duplicate(_))) {
                return self.converted_before(&self.known(id)?, actor, now);
            }
            if outcomes.iter().all(CommitOutcome::stands) {
                let receipts = changes.map(|change| self.receipt(change));
                let moved = self.move_with(&pipeline, id, actor, now)?;
                let led_on = receipts.iter().any(|receipt| !receipt.follow_ups().is_empty());
                let [lead, customer] = receipts.map(super::Receipt::into_record);
                let (lead, customer) = match led_on || moved.is_some() {
                    true => (self.known(id)?, self.known(customer.id())?),
                    false => (lead, customer),
                };
                return Ok(Converting::Done(Converted { lead, customer, how, filled, moved }));
            }
            if let Some(reason) = self.settle(&outcomes, &conversion.request())? {
                return Ok(Converting::Refused(Refusal::only(reason)));
            }
            for outcome in outcomes {
                match outcome {
                    CommitOutcome::Reserved { by } if how == HowConverted::Created => holder = Some(by),
                    // Another duplicate holds it; which of them is meant has been said.
                    CommitOutcome::Reserved { .. } => {
                        conversion = Cow::Owned(conversion.into_owned().without_reserving());
                    }
                    // Unless the record with this id is the customer that others just made of this lead.
                    CommitOutcome::Exists if self.known(id)?.seq() == lead.seq() => {
                        let id = conversion.customer_id(&lead);
                        return Ok(Converting::Refused(Refusal::only(exists(&id))));
                    }
                    _ => {}
                }
            }
        }
        let current = self.known(id)?;
        let Some(pipeline) = self.pipelines.get(current.pipeline()) else {
            return Ok(Converting::Refused(Refusal::only(unpublished(&current))));
        };
        let message = "others change this lead and its customers all the time; try again";
        let reason = pipeline.conflict(&current).saying(message).with("record", current.id());
        Ok(Converting::Refused(Refusal::only(reason)))
    }

    /// The pipeline that the customer of a lead goes to.
    fn customers_of(&self, leads: &Pipeline, conversion: &Conversion) -> Result<Pipeline, Reason> {
        let Some(id) = conversion.pipeline(leads.definition().conversion.as_ref()) else {
            let message = format!(
                "neither the request nor the pipeline `{}` says in which pipeline the customer goes",
                leads.id()
            );
            return Err(Reason::new(ReasonCode::AmbiguousPipeline, message));
        };
        if id == leads.id() {
            let message = format!("the customers of the leads of `{id}` are in another pipeline");
            return Err(Reason::new(ReasonCode::InvalidInput, message).with("pipeline", id));
        }
        self.published(id)
    }

    pub(super) fn published(&self, id: &str) -> Result<Pipeline, Reason> {
        self.pipelines.get(id).ok_or_else(|| {
            let message = format!("no pipeline `{id}` is published");
            Reason::new(ReasonCode::UnknownPart, message).with("pipeline", id)
        })
    }

    /// The changes of the lead and of the customer, and what is filled; or what to answer at once.
    #[expect(clippy::type_complexity, reason = "two changes and a list, or the answer")]
    fn judge_conversion(
        &self,
        attempt: &Attempt<'_>,
        holder: Option<SmolStr>,
        salts: &mut Salts<'_>,
    ) -> Result<Result<([SealedChange; 2], Vec<SmolStr>), Converting>, WorkspaceError> {
        let Attempt { lead, pipeline, customers, conversion, actor, now } = *attempt;
        let refused = |refusal| Ok(Err(Converting::Refused(refusal)));
        // Permission and state of the lead come before anything is said about customers.
        let new_id = conversion.customer_id(lead);
        match pipeline.convert(lead, &new_id, conversion, actor, now) {
            Decision::Refused(refusal) => return refused(refusal),
            Decision::Unchanged(_) => return self.converted_before(lead, actor, now).map(Err),
            Decision::Moved(_) | Decision::Proposed(_) => {}
        }
        let found = match holder {
            Some(holder) => match self.head_of(&holder)? {
                // It let go of the address meanwhile.
                free if free.reserved() != email_of(lead).as_deref() => {
                    self.find_customer(lead, customers, conversion)?
                }
                holder if holder.pipeline() == customers.id() => Ok(Some(holder)),
                elsewhere => Err(reserved(elsewhere.id())),
            },
            None => self.find_customer(lead, customers, conversion)?,
        };
        let definition = pipeline.definition().conversion.as_ref();
        let (customer, decision) = match &found {
            Err(reason) => return refused(Refusal::only(reason.clone())),
            Ok(Some(customer)) => {
                let decision = customers.link_customer(lead, customer, conversion, definition, actor, now);
                (SmolStr::new(customer.id()), self.judged_with(decision, salts)?)
            }
            Ok(None) => {
                let customer = customers.customer_of(lead, conversion);
                let decision = customers.make_customer(lead, &customer, conversion, definition, actor, now);
                (SmolStr::new(customer.id()), self.judged_with(decision, salts)?)
            }
        };
        let lead_change =
            self.judged_with(pipeline.convert(lead, &customer, conversion, actor, now), salts)?;
        match (lead_change, decision) {
            (Judged::Write(lead, _), Judged::Write(customer, _)) => {
                let is_field = |fact: &&FactChange| !fact.name.starts_with(crate::journal::OWN_NAMES);
                let filled =
                    customer.row.facts.iter().filter(is_field).map(|fact| fact.name.clone()).collect();
                let filled = if matches!(found, Ok(Some(_))) { filled } else { Vec::new() };
                Ok(Ok(([*lead, *customer], filled)))
            }
            (Judged::Answer(Answer::Refused(refusal)), _) | (_, Judged::Answer(Answer::Refused(refusal))) => {
                refused(refusal)
            }
            _ => Err(WorkspaceError::cut_short()),
        }
    }

    /// The customer of a lead that was converted before. The move that goes along is made now, if it was not and the
    /// lead has not moved since.
    fn converted_before(
        &self,
        lead: &Record,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Converting, WorkspaceError> {
        let customer = self.head_of(lead.link(Link::Customer).unwrap_or_default())?;
        let query = RowQuery { before: None, kinds: Vec::from([RowKind::Conversion]), limit: 1 };
        let row = self.store.rows(&self.tenant, lead.id(), &query)?.pop();
        let unmoved = row.is_some_and(|row| lead.visit() < row.seq);
        let pipeline = self.pipelines.get(lead.pipeline()).filter(|_| unmoved);
        let moved = match &pipeline {
            Some(pipeline) => self.move_with(pipeline, lead.id(), actor, now)?,
            None => None,
        };
        let lead = if moved.is_some() { self.known(lead.id())? } else { lead.clone() };
        Ok(Converting::Done(Converted {
            lead,
            customer,
            how: HowConverted::Before,
            filled: Vec::new(),
            moved,
        }))
    }

    /// The customer that a lead is, if any: the one named, else the one with its e-mail address (S57).
    fn find_customer(
        &self,
        lead: &Record,
        customers: &Pipeline,
        conversion: &Conversion,
    ) -> Result<Result<Option<Record>, Reason>, WorkspaceError> {
        if let Some(id) = conversion.existing() {
            let there = self.record(id)?.filter(|customer| customer.pipeline() == customers.id());
            return Ok(there.map(Some).ok_or_else(|| {
                let message = format!("there is no customer `{id}` in the pipeline `{}`", customers.id());
                Reason::new(ReasonCode::UnknownPart, message).with("record", id)
            }));
        }
        let Some(email) = email_of(lead) else { return Ok(Ok(None)) };
        let mut same = self.with_email(customers.id(), &email)?;
        Ok(if same.len() > 1 { Err(several(&same)) } else { Ok(same.pop()) })
    }

    /// The records of a pipeline with this e-mail address, as [`normalize_email`](crate::contact::normalize_email)
    /// gives it, by one look into the index. What became one with another is that other; the trash is left out.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn with_email(&self, pipeline: &str, email: &str) -> Result<Vec<Record>, WorkspaceError> {
        let ids = self.store.find(&self.tenant, "email", email, usize::MAX)?;
        let ids: Vec<&str> = ids.iter().map(SmolStr::as_str).collect();
        let mut same: Vec<Record> = Vec::new();
        for record in self.store.load(&self.tenant, &ids)?.into_iter().flatten() {
            let record =
                if record.presence() == Presence::Merged { self.head_of(record.id())? } else { record };
            let known = same.iter().any(|known| known.id() == record.id());
            if record.pipeline() == pipeline && record.presence() == Presence::Live && !known {
                same.push(record);
            }
        }
        Ok(same)
    }

    /// The move that the definition of a lead makes with its conversion: an attempt of its own, after it (S13).
    fn move_with(
        &self,
        pipeline: &Pipeline,
        lead: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Option<Answer>, WorkspaceError> {
        let mv = pipeline.definition().conversion.as_ref().map(|conversion| &conversion.mv);
        let mv = mv.filter(|mv| !mv.is_empty());
        mv.map(|mv| self.submit(lead, &Request::mv(mv.clone()), actor, now)).transpose()
    }
}

/// One try at a conversion.
struct Attempt<'a> {
    lead: &'a Record,
    pipeline: &'a Pipeline,
    customers: &'a Pipeline,
    conversion: &'a Conversion,
    actor: &'a Actor,
    now: Timestamp,
}
