//! Who may do it: what the roles of the definition say (S55), or what a host's own authorizer makes of that.
//! Whatever asks for a capability asks here.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::{Capability, Reach};
use crate::catalog::{Stage, StageIx};
use crate::code::ReasonCode;
use crate::compile::ManualAction;
use crate::facts::RecordFacts;
use crate::policy::{RoleSet, Roles, Step};
use crate::record::Record;
use crate::refusal::Reason;

use super::judge::{Inputs, listed};
use super::{Pipeline, Who};

/// Says who may do what, in place of the roles of the definition: plugged in by [`Pipeline::authorized_by`] or
/// [`Workspace::authorized_by`](crate::Workspace::authorized_by).
///
/// It has the last word on permission, and on nothing else: the order of the stages, conditions, inputs and the
/// four eyes of an approval are judged as ever.
///
/// It must be a pure function of the question: no clock, no state, nothing looked up that may differ the next time.
/// A request is asked about more than once, and what [`moves`](Pipeline::moves) shows is what
/// [`decide`](Pipeline::decide) does (S3) only as long as one question has one answer. For policies that change,
/// plug in another authorizer.
///
/// The fast path ([`Pipeline::verdict`], [`Pipeline::open_moves`], [`Pipeline::decide_batch`]) knows neither record
/// nor actor, so it does not ask: there the roles of the definition decide.
///
/// ```
/// use std::sync::Arc;
///
/// use lifestage::{Actor, Authorizer, Capability, Decision, Denied, Permission, Pipeline, Record, Request};
/// use lifestage::{Timestamp, Value, presets};
///
/// #[derive(Debug)]
/// struct OwnRegion;
///
/// impl Authorizer for OwnRegion {
///     fn judge(&self, ask: &Permission<'_>) -> Result<(), Denied> {
///         ask.by_roles()?;
///         let region = ask.record().and_then(|record| record.fields().get("region"));
///         match region {
///             Some(Value::Text(region)) if ask.capability() == Capability::Move && region != "north" => {
///                 Err(Denied::because(format!("{} works in the north, not in the {region}", ask.actor().id())))
///             }
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let pipeline = Pipeline::from_json(presets::LEAD)?.authorized_by(Arc::new(OwnRegion));
/// let lead = Record::new("lead-42").in_stage("new").with("region", "south");
/// let (sam, now) = (Actor::new("sam").with_role("sales"), Timestamp::from_seconds(1_772_442_000));
///
/// assert_eq!(pipeline.moves(&lead, &sam, now).count(), 0);
/// let Decision::Refused(why) = pipeline.decide(&lead, &Request::mv("mark_contacted"), &sam, now) else { panic!() };
/// assert_eq!(why.to_string(), "sam works in the north, not in the south");
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
pub trait Authorizer: fmt::Debug + Send + Sync {
    /// Whether the actor may do what is asked.
    ///
    /// # Errors
    /// [`Denied`] when not, with the reason that people read.
    fn judge(&self, ask: &Permission<'_>) -> Result<(), Denied>;
}

/// One question to an [`Authorizer`]: may this actor do this to this record?
#[derive(Debug, Clone, Copy)]
pub struct Permission<'a> {
    pipeline: &'a Pipeline,
    capability: Capability,
    record: Option<&'a Record>,
    actor: &'a Actor,
    who: Who,
    about: About<'a>,
}

/// What is asked about besides the capability.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    /// Nothing.
    Nothing,
    /// A step under the rules of its move.
    Step(&'a Step),
    /// A step past the rules.
    Forced(&'a Step),
    /// A move that was proposed, by its id.
    Proposed(&'a str),
    /// A new record, in this stage.
    Creation(Option<StageIx>),
    /// A new record that a lead becomes, in this stage, where its pipeline says that it may (S57).
    Arrival(Option<StageIx>),
    /// An action of the record's stage.
    Action(&'a ManualAction),
}

impl<'a> Permission<'a> {
    /// The pipeline, in the version that judges.
    pub const fn pipeline(&self) -> &'a Pipeline {
        self.pipeline
    }

    /// What the actor needs to be allowed.
    pub const fn capability(&self) -> Capability {
        self.capability
    }

    /// The record as it is now, or as it would be created; none when it is about the pipeline itself.
    pub const fn record(&self) -> Option<&'a Record> {
        self.record
    }

    /// Who asks.
    pub const fn actor(&self) -> &'a Actor {
        self.actor
    }

    /// Whether the actor owns the record; of a new record without an owner, its creator does.
    pub const fn is_owner(&self) -> bool {
        self.who.is_owner
    }

    /// The id of the listed move that is to be made, forced or approved; none for one that a free pipeline implies
    /// (S8), and for everything else.
    pub fn mv(&self) -> Option<&'a str> {
        match self.about {
            About::Step(step) | About::Forced(step) => {
                let pipeline: &'a Pipeline = self.pipeline;
                step.mv.and_then(|mv| pipeline.policy().at(mv)).map(crate::policy::Move::id)
            }
            About::Proposed(id) => Some(id),
            About::Nothing | About::Creation(_) | About::Arrival(_) | About::Action(_) => None,
        }
    }

    /// The id of the stage that a move would start from: the record's, or on a [`route`](Pipeline::route) one on
    /// the way.
    pub fn from(&self) -> Option<&'a str> {
        match self.about {
            About::Step(step) | About::Forced(step) => self.stage(step.from),
            _ => None,
        }
    }

    /// The id of the stage that a move would lead to, or that a new record would start in.
    pub fn to(&self) -> Option<&'a str> {
        match self.about {
            About::Step(step) | About::Forced(step) => self.stage(Some(step.to)),
            About::Creation(to) | About::Arrival(to) => self.stage(to),
            About::Proposed(id) => self.stage(self.pipeline.target_of(id)),
            About::Nothing | About::Action(_) => None,
        }
    }

    /// The id of the action that would be carried out.
    pub fn action(&self) -> Option<&'a str> {
        let About::Action(action) = self.about else { return None };
        let (stage, place) = action.place;
        let pipeline: &'a Pipeline = self.pipeline;
        let action = pipeline.definition().stages.get(stage)?.actions.get(place)?;
        Some(&action.id)
    }

    /// What the roles of the definition say, those of the move or action included.
    ///
    /// # Errors
    /// [`Denied`] with the reasons that would be given if no authorizer were plugged in.
    pub fn by_roles(&self) -> Result<(), Denied> {
        let reasons = self.role_reasons();
        if reasons.is_empty() { Ok(()) } else { Err(Denied(Why::Roles(reasons))) }
    }

    fn stage(&self, ix: Option<StageIx>) -> Option<&'a str> {
        let pipeline: &'a Pipeline = self.pipeline;
        ix.and_then(|ix| pipeline.catalog().at(ix)).map(crate::catalog::Stage::id)
    }

    fn role_reasons(&self) -> Vec<Reason> {
        let compiled = &self.pipeline.compiled;
        let missing = || capability_reason(&compiled.roles, self.capability, self.who);
        match self.about {
            About::Step(step) => {
                let mut reasons: Vec<Reason> = missing().into_iter().collect();
                compiled.rule_reasons(step, self.who, &mut reasons);
                reasons
            }
            About::Action(action) if !self.who.roles.meets(action.roles) => {
                let needed = compiled.roles.names_meeting(action.roles);
                let message = alloc::format!(
                    "`{}` is for {}",
                    self.action().unwrap_or_default(),
                    listed(&needed, "or")
                );
                let reason = Reason::new(ReasonCode::PermissionDenied, message).with("roles", needed);
                missing().into_iter().chain([reason]).collect()
            }
            About::Creation(to) => {
                let nobodys = compiled.roles.reach(self.who.roles, self.capability).is_none();
                let lacks = if nobodys { Some(self.creation_reason()) } else { missing() };
                lacks.into_iter().chain(self.door_reason(to)).collect()
            }
            About::Arrival(to) => self.door_reason(to).into_iter().collect(),
            About::Nothing | About::Forced(_) | About::Proposed(_) | About::Action(_) => {
                missing().into_iter().collect()
            }
        }
    }

    /// Why the roles do not let the actor bring a new record into this stage, if so.
    fn door_reason(&self, to: Option<StageIx>) -> Option<Reason> {
        let (stage, needed) = self.pipeline.door_shut(to?, self.who.roles)?;
        let message = alloc::format!("creating records in {} is for {}", stage.name, listed(&needed, "or"));
        let reason = Reason::new(ReasonCode::NotPermittedToCreate, message);
        Some(reason.with("capability", self.capability.name()).with("roles", needed))
    }

    fn creation_reason(&self) -> Reason {
        let (roles, needed) = (&self.pipeline.compiled.roles, self.capability);
        let could = roles.names_meeting(roles.with(needed, Reach::Own));
        let message = match (could.is_empty(), needed) {
            (true, _) => alloc::format!("no role allows `{needed}`"),
            (false, Capability::Import) => {
                alloc::format!("importing records is for {}", listed(&could, "or"))
            }
            (false, _) => alloc::format!("creating records is for {}", listed(&could, "or")),
        };
        let reason = Reason::new(ReasonCode::NotPermittedToCreate, message);
        reason.with("capability", needed.name()).with("roles", could)
    }

    /// Every reason against, by the authorizer if there is one, else by the roles.
    fn reasons(&self) -> Vec<Reason> {
        match &self.pipeline.authorizer {
            None => self.role_reasons(),
            Some(authorizer) => match authorizer.judge(self) {
                Ok(()) => Vec::new(),
                Err(denied) => denied.reasons(self),
            },
        }
    }
}

/// The answer no of an [`Authorizer`]: why, and if that is known, who could.
#[derive(Debug, Clone, PartialEq)]
pub struct Denied(Why);

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Denied {}

#[derive(Debug, Clone, PartialEq)]
enum Why {
    /// The roles do not allow it; never empty.
    Roles(Vec<Reason>),
    /// The authorizer has words of its own.
    Said { message: String, roles: Vec<SmolStr>, is_for_owners: bool },
}

impl Denied {
    /// No, for this reason: the refusal has the code `permission_denied`, that of a creation
    /// `not_permitted_to_create`.
    pub fn because(message: impl Into<String>) -> Self {
        Self(Why::Said { message: message.into(), roles: Vec::new(), is_for_owners: false })
    }

    /// No, because the record is not the actor's own: the refusal has the code `not_owner`.
    pub fn to_strangers(message: impl Into<String>) -> Self {
        Self(Why::Said { message: message.into(), roles: Vec::new(), is_for_owners: true })
    }

    /// Names the roles whose holders could: the parameter `roles` of the reason. What the roles of the definition
    /// say names them already.
    #[must_use]
    pub fn for_roles(mut self, ids: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        if let Why::Said { roles, .. } = &mut self.0 {
            roles.extend(ids.into_iter().map(Into::into));
        }
        self
    }

    fn reasons(self, ask: &Permission<'_>) -> Vec<Reason> {
        let (message, roles, is_for_owners) = match self.0 {
            Why::Roles(reasons) => return reasons,
            Why::Said { message, roles, is_for_owners } => (message, roles, is_for_owners),
        };
        let code = match ask.about {
            _ if is_for_owners => ReasonCode::NotOwner,
            About::Creation(_) | About::Arrival(_) => ReasonCode::NotPermittedToCreate,
            _ => ReasonCode::PermissionDenied,
        };
        let reason = Reason::new(code, message).with("capability", ask.capability.name());
        alloc::vec![if roles.is_empty() { reason } else { reason.with("roles", roles) }]
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said { message, .. } => f.write_str(message),
            Self::Roles(reasons) => {
                let messages: Vec<SmolStr> = reasons.iter().map(|reason| reason.message().into()).collect();
                f.write_str(&messages.join("; "))
            }
        }
    }
}

impl Pipeline {
    /// The same pipeline, with who may do what said by `authorizer` instead of its roles.
    #[must_use]
    pub fn authorized_by(self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.authorized_as(Some(authorizer))
    }

    /// The same pipeline with this authorizer; with none its roles say who may do what.
    #[must_use]
    pub(crate) fn authorized_as(mut self, authorizer: Option<Arc<dyn Authorizer>>) -> Self {
        self.authorizer = authorizer;
        self
    }

    /// The authorizer plugged in, for a pipeline that comes of this one.
    pub(crate) fn authorizer(&self) -> Option<Arc<dyn Authorizer>> {
        self.authorizer.clone()
    }

    fn permission<'a>(
        &'a self,
        capability: Capability,
        record: &'a Record,
        actor: &'a Actor,
        about: About<'a>,
    ) -> Permission<'a> {
        let who = self.who(record, actor);
        Permission { pipeline: self, capability, record: Some(record), actor, who, about }
    }

    /// Why the actor lacks a capability for this record, if so: with nothing else asked about, there is one reason.
    pub(super) fn denial(&self, capability: Capability, record: &Record, actor: &Actor) -> Option<Reason> {
        self.denial_of(capability, record, actor, About::Nothing).into_iter().next()
    }

    /// Every reason why the actor may not do what is asked about (S2).
    pub(super) fn denial_of(
        &self,
        capability: Capability,
        record: &Record,
        actor: &Actor,
        about: About<'_>,
    ) -> Vec<Reason> {
        self.permission(capability, record, actor, about).reasons()
    }

    /// A stage into which somebody with these roles may not bring records, and who may.
    pub(super) fn door_shut(&self, to: StageIx, roles: RoleSet) -> Option<(&Stage, Vec<SmolStr>)> {
        let stage = self.compiled.catalog.get(to);
        let open = stage.enter_roles == RoleSet::FULL || roles.meets(stage.enter_roles);
        (!open).then(|| (stage, self.compiled.roles.names_meeting(stage.enter_roles)))
    }

    /// Every reason why the actor may not create this record (S2).
    pub(super) fn creation_denial(
        &self,
        capability: Capability,
        record: &Record,
        actor: &Actor,
        to: Option<StageIx>,
    ) -> Vec<Reason> {
        // A new record without an owner goes to its creator (S26a).
        let is_owner = record.owner.is_none() || record.owner() == Some(actor.id());
        let who = Who { is_owner, ..self.who(record, actor) };
        let about = About::Creation(to);
        Permission { who, ..self.permission(capability, record, actor, about) }.reasons()
    }

    /// Why the actor may not bring this customer into this stage although its lead may become one there, if so: the
    /// stage says who may (S57).
    pub(super) fn arrival_denial(&self, record: &Record, actor: &Actor, to: Option<StageIx>) -> Vec<Reason> {
        self.denial_of(Capability::Convert, record, actor, About::Arrival(to))
    }

    /// Why the actor may not do this to the definition, if so (S30).
    pub(crate) fn may_configure(&self, actor: &Actor, capability: Capability) -> Option<Reason> {
        let nothing = Record::new("");
        let ask = Permission { record: None, ..self.permission(capability, &nothing, actor, About::Nothing) };
        ask.reasons().into_iter().next()
    }

    /// Whether the actor has a capability for this record (S55).
    pub fn can(&self, record: &Record, actor: &Actor, capability: Capability) -> bool {
        match &self.authorizer {
            None => has(&self.compiled.roles, capability, self.who(record, actor)),
            Some(authorizer) => {
                let ask = self.permission(capability, record, actor, About::Nothing);
                authorizer.judge(&ask).is_ok()
            }
        }
    }

    /// Whether the actor may carry out an action of the record's stage, conditions apart.
    pub(super) fn may_act(&self, action: &ManualAction, record: &Record, actor: &Actor, who: Who) -> bool {
        match &self.authorizer {
            None => has(&self.compiled.roles, Capability::Act, who) && who.roles.meets(action.roles),
            Some(authorizer) => {
                let about = About::Action(action);
                let ask = Permission { who, ..self.permission(Capability::Act, record, actor, about) };
                authorizer.judge(&ask).is_ok()
            }
        }
    }

    /// Whether the actor may make the step at all.
    #[inline]
    pub(super) fn permits(&self, step: &Step, who: Who, record: &Record, actor: &Actor) -> bool {
        match &self.authorizer {
            None => self.compiled.permits(step, who),
            Some(authorizer) => authorizer.judge(&self.step(step, who, record, actor)).is_ok(),
        }
    }

    fn step<'a>(&'a self, step: &'a Step, who: Who, record: &'a Record, actor: &'a Actor) -> Permission<'a> {
        let about = About::Step(step);
        Permission { pipeline: self, capability: Capability::Move, record: Some(record), actor, who, about }
    }

    /// Whether nothing at all stands against the step, approval apart. The quick half of
    /// [`reasons`](Self::reasons): the two ask the same questions in the same order.
    #[inline]
    pub(super) fn passes(&self, step: &Step, who: Who, facts: &RecordFacts<'_>, inputs: Inputs) -> bool {
        self.permits(step, who, facts.record, facts.actor) && self.compiled.passes(step, who, facts, inputs)
    }

    /// Everything that stands against the step, approval apart, in the order of S1.
    pub(super) fn reasons(
        &self,
        step: &Step,
        who: Who,
        facts: &RecordFacts<'_>,
        inputs: Inputs,
    ) -> Vec<Reason> {
        let mut reasons = self.step(step, who, facts.record, facts.actor).reasons();
        self.compiled.reasons(step, who, facts, inputs, &mut reasons);
        let id = self.compiled.move_id(step);
        reasons.into_iter().map(|reason| reason.with("move", id.clone())).collect()
    }

    /// The roles whose holders may make a step, as owners of the record, conditions apart.
    pub(super) fn who_could(&self, step: &Step, record: &Record) -> Vec<SmolStr> {
        let roles = &self.compiled.roles;
        if self.authorizer.is_none() {
            let movers = roles.holders(roles.with(Capability::Move, Reach::Own));
            let entitled =
                if step.roles == RoleSet::FULL { movers } else { movers.and(roles.holders(step.roles)) };
            return roles.names_meeting(entitled);
        }
        let could = |role: &&str| {
            let actor = Actor::new(record.owner().unwrap_or_default()).with_role(*role);
            let who = Who { roles: roles.set([role]), is_owner: true, forward_only: false };
            self.permits(step, who, record, &actor)
        };
        roles.ids().filter(could).map(SmolStr::new).collect()
    }
}

fn has(roles: &Roles, capability: Capability, who: Who) -> bool {
    match roles.reach(who.roles, capability) {
        Some(Reach::All) => true,
        Some(Reach::Own) => who.is_owner,
        None => false,
    }
}

/// Why the roles of the actor lack a capability for this record, if so.
fn capability_reason(roles: &Roles, capability: Capability, who: Who) -> Option<Reason> {
    if has(roles, capability, who) {
        return None;
    }
    if roles.reach(who.roles, capability).is_some() {
        let message = alloc::format!("`{capability}` is allowed for one's own records only");
        return Some(Reason::new(ReasonCode::NotOwner, message).with("capability", capability.name()));
    }
    let needed = roles.names_meeting(roles.with(capability, Reach::Own));
    let message = if needed.is_empty() {
        alloc::format!("no role allows `{capability}`")
    } else {
        alloc::format!("`{capability}` is for {}", listed(&needed, "or"))
    };
    let reason = Reason::new(ReasonCode::PermissionDenied, message);
    Some(reason.with("capability", capability.name()).with("roles", needed))
}
