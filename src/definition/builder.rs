//! A document written in Rust: constructors take what must be there, `with`-methods the rest.
//!
//! They fill in the very document that JSON is read into, so there is nothing that only one of the
//! two ways can say. What has a fixed set of values is typed; names are checked when
//! [`Pipeline::from_definition`](crate::Pipeline::from_definition) compiles the document.

mod moves;
mod promise;
mod stages;
mod work;

use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{
    AutomationDef, CalendarDef, CategoryDef, ConversionDef, Definition, FieldDef, FieldFormat, Happening,
    InputDef, LimitsDef, MoveDef, QueueDef, RoleDef, SlaDef, StageDef, WorkflowDef,
};
use crate::calendar::Weekday;
use crate::capability::{Capability, Grant, Reach};
use crate::catalog::Outcome;
use crate::criteria::FieldType;

/// Adds texts to a list of names.
fn extend(list: &mut Vec<SmolStr>, names: impl IntoIterator<Item = impl Into<SmolStr>>) {
    list.extend(names.into_iter().map(Into::into));
}

/// Written in Rust, a document reads like its JSON.
///
/// ```
/// use lifestage::catalog::{Colour, Icon, Outcome};
/// use lifestage::criteria::FieldType;
/// use lifestage::definition::{CategoryDef, Definition, InputDef, MoveDef, RoleDef, StageDef};
/// use lifestage::{Capability, Pipeline};
///
/// let definition = Definition::new("deal", "Deals")
///     .with_field("budget", FieldType::Int)
///     .with_category(CategoryDef::new("open", "Open", Outcome::Open))
///     .with_category(CategoryDef::new("won", "Won", Outcome::Won))
///     .with_stage(StageDef::new("new", "New", "open").as_default().with_icon(Icon::Sparkles))
///     .with_stage(StageDef::new("offer", "Offer", "open").with_colour(Colour::ORANGE))
///     .with_stage(StageDef::new("won", "Won", "won").as_final())
///     .with_move(MoveDef::new("make_offer", "Make an offer", "offer").from("new").when("budget >= 5000"))
///     .with_move(MoveDef::new("reopen", "Back to new", "new").step_back_from("offer"))
///     .with_move(
///         MoveDef::new("win", "Mark won", "won")
///             .from("offer")
///             .for_roles(["sales"])
///             .asking("note", InputDef::new(FieldType::String).optional()),
///     )
///     .with_role("member", RoleDef::new("Member").can([Capability::Create, Capability::View, Capability::Move]))
///     .with_role("sales", RoleDef::new("Sales").inheriting(["member"]).can_own([Capability::EditFields]));
///
/// let pipeline = Pipeline::from_definition(definition)?;
/// assert_eq!(pipeline.policy().moves().len(), 3);
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
impl Definition {
    /// A document with this id and name, and nothing in it.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }

    /// Says where editors find the JSON Schema.
    #[must_use]
    pub fn with_schema(mut self, address: impl Into<String>) -> Self {
        self.schema = address.into();
        self
    }

    /// Says what the pipeline is for.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Says what moves through it, such as `lead`.
    #[must_use]
    pub fn with_record_kind(mut self, kind: impl Into<SmolStr>) -> Self {
        self.record_kind = kind.into();
        self
    }

    /// Keeps it for one company or business unit.
    #[must_use]
    pub fn for_company(mut self, company: impl Into<SmolStr>) -> Self {
        self.company = company.into();
        self
    }

    /// Sets the time zone of dates and times of day (S41).
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<SmolStr>) -> Self {
        self.zone = zone.into();
        self
    }

    /// Names the field that holds a record's own time zone.
    #[must_use]
    pub fn with_zone_field(mut self, field: impl Into<SmolStr>) -> Self {
        self.zone_field = field.into();
        self
    }

    /// Adds a calendar after those there are.
    #[must_use]
    pub fn with_calendar(mut self, calendar: CalendarDef) -> Self {
        self.calendars.push(calendar);
        self
    }

    /// Declares a field of the record; a type alone will do.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<SmolStr>, field: impl Into<FieldDef>) -> Self {
        self.fields.insert(name, field.into());
        self
    }

    /// Adds a category after those there are.
    #[must_use]
    pub fn with_category(mut self, category: CategoryDef) -> Self {
        self.categories.push(category);
        self
    }

    /// Adds a stage after those there are.
    #[must_use]
    pub fn with_stage(mut self, stage: StageDef) -> Self {
        self.stages.push(stage);
        self
    }

    /// Adds a move after those there are.
    #[must_use]
    pub fn with_move(mut self, mv: MoveDef) -> Self {
        self.policy.moves.push(mv);
        self
    }

    /// Lets every stage reach every other (S8).
    #[must_use]
    pub const fn free(mut self) -> Self {
        self.policy.free = true;
        self
    }

    /// Forbids to leap over open stages (S7).
    #[must_use]
    pub const fn no_skipping(mut self) -> Self {
        self.policy.no_skipping = true;
        self
    }

    /// Forbids to walk open stages backward (S7).
    #[must_use]
    pub const fn no_backward(mut self) -> Self {
        self.policy.no_backward = true;
        self
    }

    /// Leaves new records without an owner (S26a).
    #[must_use]
    pub const fn unowned_at_creation(mut self) -> Self {
        self.policy.unowned_at_creation = true;
        self
    }

    /// Declares a role.
    #[must_use]
    pub fn with_role(mut self, id: impl Into<SmolStr>, role: RoleDef) -> Self {
        self.roles.insert(id, role);
        self
    }

    /// Adds a queue after those there are.
    #[must_use]
    pub fn with_queue(mut self, queue: QueueDef) -> Self {
        self.queues.push(queue);
        self
    }

    /// Adds the follow-up work of a stage.
    #[must_use]
    pub fn with_workflow(mut self, workflow: WorkflowDef) -> Self {
        self.workflows.push(workflow);
        self
    }

    /// Adds a move made by time or by a change of facts.
    #[must_use]
    pub fn with_automation(mut self, automation: AutomationDef) -> Self {
        self.automation.push(automation);
        self
    }

    /// Adds a promise of time after those there are.
    #[must_use]
    pub fn with_sla(mut self, sla: SlaDef) -> Self {
        self.sla.push(sla);
        self
    }

    /// Says what ends the silence of a record, instead of [`Happening::RESETS`] (S54).
    #[must_use]
    pub fn with_idle_resets(mut self, resets: impl IntoIterator<Item = Happening>) -> Self {
        extend(&mut self.idle_resets, resets.into_iter().map(Happening::name));
        self
    }

    /// Says what converting one of its records makes (S57).
    #[must_use]
    pub fn with_conversion(mut self, conversion: ConversionDef) -> Self {
        self.conversion = Some(conversion);
        self
    }

    /// Tightens the limits of the host.
    #[must_use]
    pub const fn with_limits(mut self, limits: LimitsDef) -> Self {
        self.limits = limits;
        self
    }
}

/// ```
/// use lifestage::criteria::FieldType;
/// use lifestage::definition::FieldDef;
///
/// let source = FieldDef::new(FieldType::String).with_label("Source").one_of(["web", "referral"]).indexed();
/// assert_eq!(source.one_of.len(), 2);
/// ```
impl FieldDef {
    /// A field of this type.
    #[must_use]
    pub fn new(field_type: FieldType) -> Self {
        Self::from(field_type)
    }

    /// Sets the name people see.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Allows these values only.
    #[must_use]
    pub fn one_of(mut self, values: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.one_of, values);
        self
    }

    /// Lets a store index it for views.
    #[must_use]
    pub const fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    /// Says how its texts are written, whatever its name.
    #[must_use]
    pub const fn written_as(mut self, format: FieldFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Lets phone numbers of this country stand without a country code.
    #[must_use]
    pub fn in_region(mut self, region: impl Into<SmolStr>) -> Self {
        self.region = region.into();
        self
    }
}

/// ```
/// use lifestage::criteria::FieldType;
/// use lifestage::definition::InputDef;
///
/// let reason = InputDef::new(FieldType::String)
///     .with_label("Why was it lost?")
///     .one_of(["price", "no_need", "other"])
///     .note_for(["other"]);
/// assert!(!reason.optional);
/// ```
impl InputDef {
    /// An answer of this type.
    #[must_use]
    pub fn new(field_type: FieldType) -> Self {
        Self::from(field_type)
    }

    /// Sets the question people see.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Allows these answers only.
    #[must_use]
    pub fn one_of(mut self, answers: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.one_of, answers);
        self
    }

    /// Asks for the input `note` too when one of these is the answer (S11).
    #[must_use]
    pub fn note_for(mut self, answers: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.note_for, answers);
        self
    }

    /// Lets it be left out.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// ```
/// use lifestage::catalog::Outcome;
/// use lifestage::criteria::FieldType;
/// use lifestage::definition::CategoryDef;
///
/// let lost = CategoryDef::new("lost", "Lost", Outcome::Lost).asking("reason", FieldType::String);
/// assert!(lost.input.get("reason").is_some());
/// ```
impl CategoryDef {
    /// A category with this id, name and outcome.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>, outcome: Outcome) -> Self {
        Self { id: id.into(), name: name.into(), outcome, ..Self::default() }
    }

    /// Says what the category is for.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Asks whoever enters any of its stages (S11); a type alone will do.
    #[must_use]
    pub fn asking(mut self, name: impl Into<SmolStr>, input: impl Into<InputDef>) -> Self {
        self.input.insert(name, input.into());
        self
    }
}

/// ```
/// use lifestage::Capability;
/// use lifestage::definition::RoleDef;
///
/// let closer = RoleDef::new("Closer").inheriting(["member"]).can([Capability::Claim]).can_own([Capability::Move]);
/// assert_eq!(closer.can.iter().map(ToString::to_string).collect::<Vec<_>>(), ["claim", "move:own"]);
/// ```
impl RoleDef {
    /// A role with this name, which may be empty.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Gives it the grants of other roles too.
    #[must_use]
    pub fn inheriting(mut self, roles: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.inherits, roles);
        self
    }

    /// Allows these with every record.
    #[must_use]
    pub fn can(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        self.can.extend(capabilities.into_iter().map(Grant::from));
        self
    }

    /// Allows these with the records one owns (S55).
    #[must_use]
    pub fn can_own(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        let own = |capability| Grant { capability, reach: Reach::Own };
        self.can.extend(capabilities.into_iter().map(own));
        self
    }
}

/// ```
/// use lifestage::definition::QueueDef;
///
/// let calls = QueueDef::new("calls", "Calls").with_stages(["approved"]);
/// assert_eq!(calls.stages, ["approved"]);
/// ```
impl QueueDef {
    /// A queue with this id and name.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }

    /// Puts the records of these stages into it while they are there.
    #[must_use]
    pub fn with_stages(mut self, stages: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.stages, stages);
        self
    }
}

/// ```
/// use lifestage::calendar::Weekday;
/// use lifestage::definition::CalendarDef;
///
/// let office = CalendarDef::new("office", "Office hours")
///     .in_zone("Europe/Berlin")
///     .open([Weekday::Mon, Weekday::Tue], ["09:00-12:00", "13:00-17:30"])
///     .open([Weekday::Sat], ["10:00-14:00"])
///     .closed_on(["2026-12-25", "2026-12-26"]);
/// assert_eq!(office.hours.get("tue").map(Vec::len), Some(2));
/// ```
impl CalendarDef {
    /// A calendar with this id and name, which is open Monday to Friday, 09:00 to 17:00, until hours are given.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }

    /// Sets its time zone, when it is not that of the document.
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<SmolStr>) -> Self {
        self.zone = zone.into();
        self
    }

    /// Adds hours to each of these days, written `09:00-17:00`.
    #[must_use]
    pub fn open<H>(mut self, days: impl IntoIterator<Item = Weekday>, hours: H) -> Self
    where
        H: IntoIterator<Item: Into<SmolStr>>,
    {
        let hours: Vec<SmolStr> = hours.into_iter().map(Into::into).collect();
        for day in days {
            let mut all = self.hours.get(day.name()).cloned().unwrap_or_default();
            all.extend_from_slice(&hours);
            self.hours.insert(day.name(), all);
        }
        self
    }

    /// Adds days without working hours, each written `2026-12-25`.
    #[must_use]
    pub fn closed_on(mut self, dates: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.holidays, dates);
        self
    }
}

/// ```
/// use lifestage::definition::ConversionDef;
///
/// let conversion = ConversionDef::into("customer").in_stage("active").with_deals("deal").making("mark_won");
/// assert_eq!(conversion.mv, "mark_won");
/// ```
impl ConversionDef {
    /// Makes customers in the default stage of this pipeline, and leaves the record in its stage.
    #[must_use]
    pub fn into(pipeline: impl Into<SmolStr>) -> Self {
        Self { into: pipeline.into(), ..Self::default() }
    }

    /// Starts new customers in this stage of their pipeline.
    #[must_use]
    pub fn in_stage(mut self, stage: impl Into<SmolStr>) -> Self {
        self.stage = stage.into();
        self
    }

    /// Names the pipeline of the deals (S58).
    #[must_use]
    pub fn with_deals(mut self, pipeline: impl Into<SmolStr>) -> Self {
        self.deals = pipeline.into();
        self
    }

    /// Makes this move of the converted record too.
    #[must_use]
    pub fn making(mut self, mv: impl Into<SmolStr>) -> Self {
        self.mv = mv.into();
        self
    }
}

/// ```
/// use lifestage::definition::{Definition, LimitsDef};
///
/// let small = Definition::new("deal", "Deals").with_limits(LimitsDef::new().stages(12).moves(40));
/// assert_eq!(small.limits.stages, Some(12));
/// ```
impl LimitsDef {
    /// No limits but the host's.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows so many stages.
    #[must_use]
    pub const fn stages(mut self, most: u32) -> Self {
        self.stages = Some(most);
        self
    }

    /// Allows so many moves.
    #[must_use]
    pub const fn moves(mut self, most: u32) -> Self {
        self.moves = Some(most);
        self
    }

    /// Allows names of so many characters.
    #[must_use]
    pub const fn name_length(mut self, most: u32) -> Self {
        self.name_length = Some(most);
        self
    }
}
