//! The fast path: a verdict from places and slots, for hosts that judge millions (S3: the same
//! questions as `decide`, without the words).

use core::hint::select_unpredictable;

use crate::actor::Actor;
use crate::capability::{Capability, Reach};
use crate::catalog::StageIx;
use crate::compile::Compiled;
use crate::criteria::{Facts, Packed, SlotIx, Truth};
use crate::policy::{MoveIx, RoleSet, Step};
use crate::record::Record;

use super::judge::Inputs;
use super::{Code, Pipeline};

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
    /// The move does not start here, or does not exist.
    NotFromStage,
    /// The actor may not make it, or the order of the stages forbids it.
    Denied,
    /// A condition is false or cannot be judged.
    Unmet,
    /// An input that the move asks for has no value.
    MissingInput,
    /// It would go to this stage, once somebody else has approved (S61b).
    NeedsApproval(StageIx),
}

impl Verdict {
    /// The stage that the move leads to, approved or not.
    #[inline]
    pub const fn stage(self) -> Option<StageIx> {
        match self {
            Self::Moves(to) | Self::NeedsApproval(to) => Some(to),
            Self::NotFromStage | Self::Denied | Self::Unmet | Self::MissingInput => None,
        }
    }

    /// The verdict as a number: the position of the stage, or one of the greatest numbers. Without branches,
    /// because which verdict it is cannot be predicted.
    #[inline]
    pub fn code<C: Code>(self) -> C {
        // In the order of the declaration, so that this is no more than reading the tag.
        let refusal = match self {
            Self::Moves(_) => 0,
            Self::NotFromStage => 1,
            Self::Denied => 2,
            Self::Unmet => 3,
            Self::MissingInput => 4,
            Self::NeedsApproval(_) => 5,
        };
        let stage = self.stage().map_or(0, StageIx::position);
        select_unpredictable(refusal == 0, C::of_stage(stage), C::of_refusal(refusal))
    }
}

/// Facts as words, one for each slot of a pipeline's [`scope`](Pipeline::scope): the form for the hottest paths.
///
/// [`Slot::word`](crate::criteria::Slot::word) gives the word of a value; texts come as symbols of the pipeline's
/// [`interner`](Pipeline::interner).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words<'a> {
    /// The words, by slot.
    pub words: &'a [u64],
    /// A bit for each of the first 64 slots that has a value of its type.
    pub known: u64,
    /// A bit for each of the first 64 slots that has a value at all.
    pub present: u64,
}

/// Facts in one of the forms that the fast path takes.
pub(super) trait Evidence {
    /// Whether all conditions are met.
    fn meets(&self, compiled: &Compiled, step: &Step) -> bool;

    /// Whether a slot has a value.
    fn has(&self, slot: u32) -> bool;
}

/// Facts that are asked for slot by slot.
pub(super) struct BySlot<'a, F: ?Sized>(pub(super) &'a F);

impl<F: Facts + ?Sized> Evidence for BySlot<'_, F> {
    #[inline]
    fn meets(&self, compiled: &Compiled, step: &Step) -> bool {
        compiled.meets(step, self.0, Inputs::Given)
    }

    #[inline]
    fn has(&self, slot: u32) -> bool {
        self.0.slot(SlotIx::new(slot)).is_present()
    }
}

/// Facts as words, beside the conditions in that form.
struct ByWord<'a> {
    facts: Words<'a>,
    conditions: &'a Packed,
}

impl Evidence for ByWord<'_> {
    #[inline]
    fn meets(&self, _: &Compiled, _: &Step) -> bool {
        let Words { words, known, present } = self.facts;
        self.conditions.eval(words, known, present) == Truth::True
    }

    #[inline]
    fn has(&self, slot: u32) -> bool {
        1_u64.checked_shl(slot).is_some_and(|bit| self.facts.present & bit != 0)
    }
}

impl Compiled {
    /// Judges a step in the order of S1. Nothing here can be predicted, so everything is asked and the answer
    /// chosen at the end.
    #[inline]
    pub(super) fn verdict(&self, step: &Step, who: Who, evidence: &impl Evidence) -> Verdict {
        let permitted = self.permits(step, who) & self.order_allows(step, who);
        let met = evidence.meets(self, step);
        let granted = if step.asks && !self.has_inputs(step, evidence) {
            Verdict::MissingInput
        } else if step.approval {
            Verdict::NeedsApproval(step.to)
        } else {
            Verdict::Moves(step.to)
        };
        let denied = select_unpredictable(step.mv.is_none(), Verdict::NotFromStage, Verdict::Denied);
        select_unpredictable(permitted, select_unpredictable(met, granted, Verdict::Unmet), denied)
    }

    #[inline(never)]
    fn has_inputs(&self, step: &Step, evidence: &impl Evidence) -> bool {
        self.asks_of(step).all(|ask| ask.def.optional || evidence.has(ask.slot))
    }
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
        let step = self.compiled.policy.steps.find(stage, mv);
        self.compiled.verdict(step, who, &BySlot(facts))
    }

    /// Judges one listed move on the fast path over words, or none if a condition of the move needs more than
    /// words can say: a text itself, a list, arithmetic, `||`.
    #[inline]
    pub fn verdict_by_words(
        &self,
        stage: Option<StageIx>,
        mv: MoveIx,
        who: Who,
        facts: Words<'_>,
    ) -> Option<Verdict> {
        let compiled = &*self.compiled;
        let step = compiled.policy.steps.find(stage, mv);
        let conditions = compiled.terms.get(step.terms as usize)?.packed.as_ref()?;
        Some(compiled.verdict(step, who, &ByWord { facts, conditions }))
    }

    /// The listed moves that are open from a stage, in definition order: [`moves`](Self::moves) on the fast path.
    /// Conditions on input are not held against them.
    #[inline]
    pub fn open_moves<'a, F: Facts + ?Sized>(
        &'a self,
        stage: Option<StageIx>,
        who: Who,
        facts: &'a F,
    ) -> impl Iterator<Item = MoveIx> + use<'a, F> {
        let compiled = &*self.compiled;
        let steps = compiled.policy.steps.of(stage).iter();
        steps
            .filter(move |step| compiled.is_open(step, who, facts, Inputs::Pending))
            .filter_map(|step| step.mv)
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
