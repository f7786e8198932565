//! The fast path: a verdict from places and slots, for hosts that judge millions (S3: the same
//! questions as `decide`, without the words).

use crate::actor::Actor;
use crate::capability::{Capability, Reach};
use crate::catalog::StageIx;
use crate::criteria::{Facts, Truth};
use crate::policy::{MoveIx, RoleSet};
use crate::record::Record;

use super::Pipeline;

/// Who asks, as far as permission is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Who {
    /// The actor's roles, with those they inherit from; from [`Roles::set`](crate::policy::Roles::set).
    pub roles: RoleSet,
    /// Whether the actor owns the record.
    pub is_owner: bool,
    /// Whether the actor is an automation that was not told that it may go backward (S7).
    pub forward_only: bool,
}

/// The answer of the fast path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The move goes to this stage.
    Moves(StageIx),
    /// It would, once somebody else has approved (S61b).
    NeedsApproval(StageIx),
    /// The move does not start here, or does not exist.
    NotFromStage,
    /// The actor may not make it, or the order of the stages forbids it.
    Denied,
    /// A condition is false or cannot be judged.
    Unmet,
    /// An input that the move asks for has no value.
    MissingInput,
}

impl Pipeline {
    /// Judges one listed move on the fast path: no names, no words, no allocation.
    ///
    /// `facts` has the value of each slot of [`scope`](Self::scope), inputs included. Inputs are
    /// checked for being there; `decide` also holds them against the answers allowed.
    #[inline]
    pub fn verdict<F: Facts + ?Sized>(
        &self,
        stage: Option<StageIx>,
        mv: MoveIx,
        who: Who,
        facts: &F,
    ) -> Verdict {
        let compiled = &*self.compiled;
        let Some(step) = compiled.policy.steps.get(stage, mv) else { return Verdict::NotFromStage };
        if !compiled.permits(step, who) || !compiled.order_allows(step, who) {
            return Verdict::Denied;
        }
        if !compiled.conditions_of(step).all(|condition| condition.criteria.eval(facts) == Truth::True) {
            return Verdict::Unmet;
        }
        if compiled.has_asks(step) {
            let mut needed = compiled.asks_of(step).filter(|ask| !ask.def.optional);
            if !needed.all(|ask| facts.slot(crate::criteria::SlotIx::new(ask.slot)).is_present()) {
                return Verdict::MissingInput;
            }
        }
        if compiled.needs_approval(step) {
            return Verdict::NeedsApproval(step.to);
        }
        Verdict::Moves(step.to)
    }

    /// Who `actor` is to this record, for [`verdict`](Self::verdict).
    pub fn who(&self, record: &Record, actor: &Actor) -> Who {
        Who {
            roles: self.compiled.roles.set(actor.roles()),
            is_owner: record.owner() == Some(actor.id()),
            forward_only: actor.is_automation(),
        }
    }

    /// Whether the actor has a capability for this record (S55).
    pub fn can(&self, record: &Record, actor: &Actor, capability: Capability) -> bool {
        let who = self.who(record, actor);
        match self.compiled.roles.reach(who.roles, capability) {
            Some(Reach::All) => true,
            Some(Reach::Own) => who.is_owner,
            None => false,
        }
    }
}
