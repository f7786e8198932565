//! New records pass the same gate (S26a).

use alloc::borrow::Cow;
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::catalog::StageIx;
use crate::change::{Change, MemoryChange};
use crate::code::ReasonCode;
use crate::definition::MoveKind;
use crate::fact_type;
use crate::journal::{FactChange, OWN_NAMES, OWNER, RESERVED, RowKind, StageMark};
use crate::pool::Pool;
use crate::record::{Link, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request, with_key_and_batch};
use crate::time::Timestamp;
use crate::value::Value;

use super::convert::address;
use super::decide::{Ask, unknown};
use super::judge::{Inputs, condition_reasons};
use super::{Decision, Pipeline};

/// Where a new record starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Placement {
    /// In the default stage.
    #[default]
    Default,
    /// In this stage.
    Stage(SmolStr),
    /// In no stage, said on purpose (S28).
    NoStage,
}

/// How a new record comes to be. The record itself, with its facts, goes to
/// [`Pipeline::create`] beside it.
///
/// ```
/// use lifestage::{Creation, Timestamp};
///
/// let by_form = Creation::new();
/// let by_import = Creation::in_stage("engaged").imported(None);
/// # let _ = (by_form, by_import);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Creation {
    placement: Placement,
    imported: bool,
    request: Request,
}

impl Default for Creation {
    fn default() -> Self {
        Self::new()
    }
}

impl Creation {
    /// A creation in the default stage.
    pub fn new() -> Self {
        Self::placed(Placement::Default)
    }

    /// A creation in this stage.
    pub fn in_stage(stage: impl Into<SmolStr>) -> Self {
        Self::placed(Placement::Stage(stage.into()))
    }

    /// A creation in no stage.
    pub fn without_stage() -> Self {
        Self::placed(Placement::NoStage)
    }

    fn placed(placement: Placement) -> Self {
        let target = match &placement {
            Placement::Default => SmolStr::default(),
            Placement::Stage(stage) => stage.clone(),
            Placement::NoStage => SmolStr::new_static("none"),
        };
        Self { placement, imported: false, request: Request::to(target) }
    }

    /// The record comes from elsewhere, where it was created at this time, if that is known; since
    /// when it has been in its stage is not (S40). Needs the capability `import` (S12).
    #[must_use]
    pub fn imported(mut self, created_at: Option<Timestamp>) -> Self {
        self.imported = true;
        self.request.effective_at = created_at;
        self
    }

    /// Gives an input that the stage asks for.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.request = self.request.with_input(name, value);
        self
    }

    /// Where the record starts.
    pub const fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The batch that it is part of.
    #[cfg(feature = "std")]
    pub(crate) const fn batch(&self) -> Option<&SmolStr> {
        self.request.batch.as_ref()
    }

    /// The answers to what the stage asks for.
    #[cfg(feature = "std")]
    pub(crate) const fn input(&self) -> &crate::value::Fields {
        &self.request.input
    }

    /// The request that its key stands for: to create this record, with these facts.
    pub(crate) fn request(&self, record: &Record) -> Request {
        let mut about = record.fields.clone();
        // A deal takes over its links and its owner from its lead, who may change between two askings.
        let of_the_lead = record.links.get(Link::Lead).is_some();
        if !of_the_lead {
            about.insert(OWNER, record.owner().unwrap_or_default());
        }
        for (link, target) in record.links.iter().filter(|(link, _)| !of_the_lead || *link == Link::Company) {
            about.insert(link.fact(), target);
        }
        self.request.operating(Operation::Create, about)
    }

    /// The request key.
    pub fn key(&self) -> Option<&str> {
        self.request.key()
    }
}

with_key_and_batch!(Creation);

impl Pipeline {
    /// Judges the creation of `record`: its id, facts and owner; its stage comes from `creation`.
    ///
    /// Without an owner of its own the record goes to its creator, unless the pipeline leaves new
    /// records unowned or an automation creates it.
    ///
    /// ```
    /// use lifestage::{Actor, Creation, Decision, Pipeline, Record, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let (ada, sam) = (Record::new("lead-7").with("email", "ada@example.com"), Actor::new("sam").with_role("sales"));
    /// let creation = Creation::new();
    /// let decision = pipeline.create(&ada, &creation, &sam, Timestamp::from_seconds(1_772_442_000));
    /// let Decision::Moved(change) = decision else { panic!() };
    /// assert_eq!(change.to(), Some("new"));
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn create<'a>(
        &'a self,
        record: &'a Record,
        creation: &Creation,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        self.create_for(record, creation, Cause::Asked, actor, now)
    }

    pub(super) fn create_for<'a>(
        &'a self,
        record: &'a Record,
        creation: &Creation,
        cause: Cause<'_>,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let compiled = &*self.compiled;
        let new = record.without_past();
        let ask = Ask { record: &new, actor, request: &creation.request, now };
        if record.seq > 0 {
            return Decision::Refused(Refusal::only(exists(record.id())));
        }
        if let Some(reason) = self.foreign(record) {
            return Decision::Refused(Refusal::only(reason));
        }
        let to = match self.placed(&creation.placement) {
            Ok(to) => to,
            Err(reason) => return Decision::Refused(Refusal::only(reason)),
        };
        let mut reasons = Vec::new();
        if Pool::is_id(record.id()) {
            let message =
                alloc::format!("`{}` is an id of pools, which are no records to create", record.id());
            reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("record", record.id()));
        }
        if compiled.document.archived {
            let message = alloc::format!("the pipeline `{}` is archived", self.id());
            reasons.push(Reason::new(ReasonCode::ArchivedStage, message).with("pipeline", self.id()));
        }
        let needed = if creation.imported { Capability::Import } else { Capability::Create };
        reasons.extend(if matches!(cause, Cause::Conversion { entitled: true, .. }) {
            self.arrival_denial(record, actor, to)
        } else {
            self.creation_denial(needed, record, actor, to)
        });
        cause.judge(record, &mut reasons);
        let mut written = self.first_facts(record, actor, &mut reasons);
        // Conditions see the record as it will be.
        let record_written = record.written(&written);
        let facts = self.facts(Ask { record: &record_written, ..ask }, &creation.request.input);
        if let Some(to) = to {
            let step = crate::compile::step(
                None,
                None,
                to,
                MoveKind::Ordinary,
                0,
                &compiled.catalog,
                &compiled.document.policy,
            );
            for condition in
                compiled.conditions_of(&step).filter(|c| !compiled.holds(c, &facts, Inputs::Given))
            {
                condition_reasons(condition, &facts, Inputs::Given, &mut reasons);
            }
            compiled.input_reasons(&step, &creation.request.input, &mut reasons);
        }
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut row = self.row(ask, RowKind::Creation);
        row.request = Self::digest_of(ask, || creation.request(record));
        row.from = None;
        row.to = to.map(|to| StageMark::from(compiled.catalog.get(to)));
        row.input = creation.request.input.clone();
        row.start_unknown = creation.imported;
        row.effective_at = creation.request.effective_at.unwrap_or(now);
        if let Cause::Conversion { lead, .. } = cause {
            row.input.insert(Link::Lead.fact(), lead);
            written.extend(held_by(&written));
        }
        row.facts = written;
        self.requeue(&new, &mut row);
        let enter = to.and_then(|to| compiled.gate(to)).map_or(&[][..], |gate| &gate.on_enter);
        let plan = [&[][..], &[][..], if creation.imported { &[][..] } else { enter }];
        let (meaning, memory) = (&self.meaning, MemoryChange::Keep);
        Decision::Moved(Change { compiled, meaning, record, actor, row, plan, memory, extra: None })
    }

    fn placed(&self, placement: &Placement) -> Result<Option<StageIx>, Reason> {
        let catalog = &self.compiled.catalog;
        match placement {
            Placement::NoStage => Ok(None),
            Placement::Default => Ok(Some(catalog.default)),
            Placement::Stage(id) => {
                let to =
                    catalog.index_of(id).ok_or_else(|| unknown(ReasonCode::UnknownStage, "stage", id))?;
                if catalog.get(to).is_archived {
                    return Err(self.out_of_reach(None, to, id));
                }
                Ok(Some(to))
            }
        }
    }

    /// The facts of a new record, what is no field last.
    fn first_facts(&self, record: &Record, actor: &Actor, reasons: &mut Vec<Reason>) -> Vec<FactChange> {
        let mut facts: Vec<FactChange> = Vec::with_capacity(record.fields.len() + 1);
        for (name, value) in record.fields.iter() {
            reasons.extend(reserved(name));
            facts.push(new_fact(name, fact(self, name, value, reasons).into_owned()));
        }
        let creator = (!self.compiled.policy.unowned_at_creation && !actor.is_automation())
            .then(|| actor.id_shared().clone());
        facts.extend(record.owner.clone().or(creator).map(|owner| own_fact(OWNER, &owner)));
        facts.extend(record.links.iter().map(|(link, target)| own_fact(link.fact(), target)));
        facts
    }
}

/// What a record comes to be by.
#[derive(Clone, Copy)]
pub(super) enum Cause<'c> {
    /// Somebody asked for it.
    Asked,
    /// A lead was converted (S57).
    Conversion {
        lead: &'c str,
        /// Whether the pipeline of the lead, which allowed that, says itself that its customers come here.
        entitled: bool,
    },
    /// A deal is started for a converted lead (S58).
    Deal,
}

impl Cause<'_> {
    /// What the record says of itself that only other operations can bring about.
    fn judge(self, record: &Record, reasons: &mut Vec<Reason>) {
        let may = |link: Link| link == Link::Company || (matches!(self, Self::Deal) && link != Link::Head);
        for (link, target) in record.links.iter().filter(|(link, _)| !may(*link)) {
            let message = alloc::format!("a new record cannot say that its {} is `{target}`", link.name());
            reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("field", link.fact()));
        }
        if record.reserved.is_some() || record.trashed_at.is_some() {
            let message = "a new record can neither be in the trash nor hold an e-mail address";
            reasons.push(Reason::new(ReasonCode::InvalidInput, message));
        }
    }
}

/// What holds the e-mail address that these facts tell of.
fn held_by(facts: &[FactChange]) -> Option<FactChange> {
    let email = facts.iter().find(|fact| fact.name == "email").and_then(|fact| fact.new.as_ref());
    email.and_then(address).map(|email| own_fact(RESERVED, &email))
}

/// A field that has a value now and had none.
pub(super) fn new_fact(name: &str, value: Value) -> FactChange {
    FactChange { name: SmolStr::new(name), old: None, new: Some(value) }
}

/// The same of what is no field.
pub(super) fn own_fact(name: &'static str, value: &str) -> FactChange {
    new_fact(name, Value::from(value))
}

/// The record is there already, and a record is created once.
pub(crate) fn exists(id: &str) -> Reason {
    let message = alloc::format!("a record with the id `{id}` exists already");
    Reason::new(ReasonCode::DuplicateRequest, message).with("record", id)
}

/// The names under which history writes what is no field are no fields.
pub(super) fn reserved(name: &str) -> Option<Reason> {
    let message = || match name {
        OWNER => alloc::format!("`{OWNER}` is no field: the owner is assigned"),
        _ => alloc::format!("`{name}` is no field: no field begins with `{OWN_NAMES}`"),
    };
    name.starts_with(OWN_NAMES).then(|| Reason::new(ReasonCode::InvalidInput, message()).with("field", name))
}

/// A value as it is written: in the one form that its field has, where it has one. Says what is wrong
/// with values of declared fields; fields of the host's own are taken as they are, but for
/// e-mail addresses and phone numbers that can be told by name.
pub(super) fn fact<'v>(
    pipeline: &Pipeline,
    name: &str,
    value: &'v Value,
    reasons: &mut Vec<Reason>,
) -> Cow<'v, Value> {
    let Some(field) = pipeline.compiled.document.fields.get(name) else {
        return crate::contact::normal_undeclared(name, value);
    };
    let why = match fact_type::unfit(field.field_type, &field.one_of, value) {
        Some(why) => why,
        None => match field.normal(name, value) {
            Ok(normal) => return normal,
            Err(wanted) => alloc::format!("it is not {wanted}"),
        },
    };
    let message = alloc::format!("`{value}` is no value for {name}: {why}");
    reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("field", name));
    Cow::Borrowed(value)
}
