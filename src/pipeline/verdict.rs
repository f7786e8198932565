//! The fast path: a verdict from places and slots, for hosts that judge millions (S3: the same
//! questions as `decide`, without the words).

use core::hint::select_unpredictable;
use core::ops::Range;

use crate::actor::Actor;
use crate::catalog::StageIx;
use crate::criteria::{Facts, Slot, SlotIx};
use crate::policy::{Ask, MoveIx, RoleSet};
use crate::record::Record;

use super::board::Cell;
use super::judge::Inputs;
use super::{Code, Pipeline, Tables};

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
    /// Whether judging the conditions takes less than a wrong guess of whether that is needed.
    const NEAR: bool;

    /// Whether all conditions of the step at this place are met.
    fn meets(&self, compiled: &Tables, cell: &Cell, place: usize) -> bool;

    /// Whether a slot has a value.
    fn has(&self, slot: u32) -> bool;
}

/// Facts that are asked for slot by slot.
pub(super) struct BySlot<'a, F: ?Sized>(pub(super) &'a F);

impl<F: Facts + ?Sized> Evidence for BySlot<'_, F> {
    const NEAR: bool = F::NEAR;

    #[inline(always)]
    fn meets(&self, compiled: &Tables, cell: &Cell, place: usize) -> bool {
        compiled
            .board
            .facts_meet(cell, self.0)
            .unwrap_or_else(|| compiled.meets_at(place, self.0, Inputs::Given))
    }

    #[inline]
    fn has(&self, slot: u32) -> bool {
        match self.0.slot(SlotIx::new(slot)) {
            // As `decide` has it: a blank answer is none.
            Slot::Text(text) => !text.trim().is_empty(),
            slot => slot.is_present(),
        }
    }
}

/// Facts as words.
struct ByWord<'a>(Words<'a>);

impl Evidence for ByWord<'_> {
    const NEAR: bool = true;

    #[inline(always)]
    fn meets(&self, compiled: &Tables, cell: &Cell, _: usize) -> bool {
        compiled.board.words_meet(cell, self.0)
    }

    #[inline]
    fn has(&self, slot: u32) -> bool {
        1_u64.checked_shl(slot).is_some_and(|bit| self.0.present & bit != 0)
    }
}

impl Tables {
    /// Judges the step at this place in the order of S1. Nothing here can be predicted, so everything is asked and
    /// the answer chosen at the end, unless asking is dear.
    #[inline(always)]
    pub(super) fn verdict<E: Evidence>(&self, place: usize, cell: &Cell, who: Who, evidence: &E) -> Verdict {
        let permitted = self.board.permits(cell, who);
        let met = (E::NEAR || permitted) && evidence.meets(self, cell, place);
        if cell.asks() && permitted & met && !self.has_inputs(place, evidence) {
            return Verdict::MissingInput;
        }
        cell.answer(permitted, met)
    }

    #[inline(never)]
    fn has_inputs(&self, place: usize, evidence: &impl Evidence) -> bool {
        self.required_at(place).all(|ask| evidence.has(ask.slot))
    }

    /// What the step at this place has to be told.
    fn required_at(&self, place: usize) -> impl Iterator<Item = &Ask> {
        let step = self.policy.steps.all().get(place);
        step.into_iter().flat_map(|step| self.asks_of(step)).filter(|ask| !ask.def.optional)
    }

    /// Whether all that the step at this place has to be told lies in so many slots.
    #[inline(never)]
    fn asks_within(&self, place: usize, slots: u32) -> bool {
        self.required_at(place).all(|ask| ask.slot < slots)
    }

    /// Whether all conditions of the step at this place let it pass, one condition after the other.
    #[inline(never)]
    fn meets_at<F: Facts + ?Sized>(&self, place: usize, facts: &F, inputs: Inputs) -> bool {
        self.policy.steps.all().get(place).is_some_and(|step| self.meets(step, facts, inputs))
    }
}

/// The open moves of a stage: 64 steps at a time as bits.
struct OpenMoves<'a, F: ?Sized> {
    compiled: &'a Tables,
    who: Who,
    facts: &'a F,
    /// The open steps from `at` on.
    open: u64,
    at: usize,
    /// The places that are not judged yet.
    left: Range<usize>,
}

impl<F: Facts + ?Sized> OpenMoves<'_, F> {
    /// Judges the next 64 steps: all at once who may make them, then the conditions of those that have any.
    #[inline]
    fn judge(&mut self) {
        let board = &self.compiled.board;
        self.at = self.left.start;
        self.left.start = self.left.end.min(self.at + 64);
        let cells = board.cells(self.at..self.left.start);
        let (permitted, bound) = board.permitted(cells, self.who);
        self.open = permitted;
        let mut asked = permitted & bound;
        while asked != 0 {
            let nth = asked.trailing_zeros() as usize;
            let met = cells.get(nth).is_some_and(|cell| self.is_met(cell, self.at + nth));
            self.open &= !(u64::from(!met) << nth);
            asked &= asked - 1;
        }
    }

    #[inline]
    fn is_met(&self, cell: &Cell, place: usize) -> bool {
        let early = if cell.is_early() { self.compiled.board.facts_meet(cell, self.facts) } else { None };
        early.unwrap_or_else(|| self.compiled.meets_at(place, self.facts, Inputs::Pending))
    }
}

impl<F: Facts + ?Sized> Iterator for OpenMoves<'_, F> {
    type Item = MoveIx;

    #[inline]
    fn next(&mut self) -> Option<MoveIx> {
        while self.open == 0 {
            if self.left.is_empty() {
                return None;
            }
            self.judge();
        }
        let nth = self.open.trailing_zeros() as usize;
        self.open &= self.open - 1;
        self.compiled.policy.steps.all().get(self.at + nth)?.mv
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let known = self.open.count_ones() as usize;
        (known, Some(known + self.left.len()))
    }
}

impl Pipeline {
    /// Judges one listed move on the fast path: no names, no words, no allocation.
    ///
    /// `facts` has the value of each slot of [`scope`](Self::scope), inputs included. Inputs are
    /// checked for being there; `decide` also holds them against the answers allowed. Who may make it, the
    /// roles of the definition say: an [`Authorizer`](crate::Authorizer) is not asked.
    #[inline]
    pub fn verdict<F: Facts + ?Sized>(
        &self,
        stage: Option<StageIx>,
        mv: MoveIx,
        who: Who,
        facts: &F,
    ) -> Verdict {
        let compiled = &*self.compiled;
        let place = compiled.policy.steps.place(stage, mv);
        let Some(cell) = compiled.board.cell(place) else { return Verdict::NotFromStage };
        compiled.verdict(place, cell, who, &BySlot(facts))
    }

    /// Judges one listed move on the fast path over words, or none if a condition of the move needs more than
    /// words can say: a text itself, a list, arithmetic, `||`, an answer behind the first 64 slots. A blank answer is a
    /// word like others: leave it out of `present`, for `decide` takes it for none.
    #[inline]
    pub fn verdict_by_words(
        &self,
        stage: Option<StageIx>,
        mv: MoveIx,
        who: Who,
        facts: Words<'_>,
    ) -> Option<Verdict> {
        let compiled = &*self.compiled;
        let place = compiled.policy.steps.place(stage, mv);
        let cell = compiled.board.cell(place).filter(|cell| cell.takes_words())?;
        let verdict = compiled.verdict(place, cell, who, &ByWord(facts));
        // Of answers behind the first 64 slots words tell nothing.
        (verdict != Verdict::MissingInput || compiled.asks_within(place, 64)).then_some(verdict)
    }

    /// The listed moves that are open from a stage, in definition order: [`moves`](Self::moves) on the fast path.
    /// Conditions on input are not held against them, and an [`Authorizer`](crate::Authorizer) is not asked.
    #[inline]
    pub fn open_moves<'a, F: Facts + ?Sized>(
        &'a self,
        stage: Option<StageIx>,
        who: Who,
        facts: &'a F,
    ) -> impl Iterator<Item = MoveIx> + use<'a, F> {
        let compiled = &*self.compiled;
        let left = compiled.policy.steps.places(stage);
        let mut open = OpenMoves { compiled, who, facts, open: 0, at: left.start, left };
        open.judge();
        open
    }

    /// Who `actor` is to this record, for [`verdict`](Self::verdict).
    pub fn who(&self, record: &Record, actor: &Actor) -> Who {
        Who {
            roles: self.compiled.roles.set(actor.roles()),
            is_owner: record.owner() == Some(actor.id()),
            forward_only: actor.is_automation(),
        }
    }
}
