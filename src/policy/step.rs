use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::{MoveIx, RoleSet, Rule};
use crate::catalog::StageIx;
use crate::definition::MoveKind;
use crate::journal::Direction;

/// A move from one of its sources: the unit of judgement, with all that the judge reads of it in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The roles that may make it; all bits when neither the move nor its target names any.
    pub(crate) roles: RoleSet,
    /// The place of its conditions in the pipeline's list of terms; [`Step::UNSETTLED`] when they are worked out
    /// as they are needed.
    pub(crate) terms: u32,
    pub(crate) to: StageIx,
    pub(crate) owner_only: bool,
    pub(crate) approval: bool,
    /// Whether it asks for input.
    pub(crate) asks: bool,
    /// Leaps over open stages where that is forbidden (S7).
    pub(crate) skips: bool,
    /// Walks backward where that is forbidden (S7).
    pub(crate) retreats: bool,
    pub(crate) direction: Direction,
    pub(crate) kind: MoveKind,
    /// None for a move that a free pipeline implies (S8).
    pub(crate) mv: Option<MoveIx>,
    /// None when the record has no stage.
    pub(crate) from: Option<StageIx>,
    /// The place of the source's own label, plus one; 0 when it uses the move's.
    pub(crate) label: u32,
}

impl Step {
    /// Whether it ends a visit and begins another.
    pub(crate) const fn crosses(&self) -> bool {
        !matches!(self.kind, MoveKind::Internal)
    }

    /// The terms of a step that is not in the table.
    pub(crate) const UNSETTLED: u32 = u32::MAX;

    /// What stands in the table for a move that does not start where it is looked for: nobody may make it.
    pub(crate) const ABSENT: Self = Self {
        roles: RoleSet::EMPTY,
        terms: 0,
        asks: false,
        ..Self::new(None, None, StageIx::new(0), MoveKind::Ordinary, Direction::Across)
    };

    /// A step with no more against it than the conditions of its stages.
    pub(crate) const fn new(
        mv: Option<MoveIx>,
        from: Option<StageIx>,
        to: StageIx,
        kind: MoveKind,
        direction: Direction,
    ) -> Self {
        Self {
            roles: RoleSet::FULL,
            terms: Self::UNSETTLED,
            to,
            owner_only: false,
            approval: false,
            asks: true,
            skips: false,
            retreats: false,
            direction,
            kind,
            mv,
            from,
            label: 0,
        }
    }

    /// The same step with what its move demands of the actor, beside what its target does.
    pub(crate) const fn under(self, rule: &Rule) -> Self {
        let roles = match (self.roles, rule.roles) {
            (RoleSet::FULL, roles) | (roles, RoleSet::FULL) => roles,
            (entering, _) => entering.and(rule.holders),
        };
        Self { roles, owner_only: rule.owner_only, approval: rule.approval, ..self }
    }
}

/// The steps, grouped by source and in definition order of moves within one.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct StepTable {
    /// Behind the last one stands [`Step::ABSENT`].
    steps: Box<[Step]>,
    /// Where the steps of each source begin: none first, then the stages.
    starts: Box<[u32]>,
    /// For small policies: source by move to the step's place.
    dense: Box<[u32]>,
    moves: u32,
}

/// Above this many cells the table would cost more than the search saves.
const DENSE_CELLS: usize = 1 << 16;

impl StepTable {
    /// Groups `steps`, which come in definition order of moves, by source.
    pub(crate) fn new(mut steps: Vec<Step>, stages: usize, moves: usize) -> Self {
        let mut starts = alloc::vec![0_u32; stages + 2];
        for step in &steps {
            if let Some(count) = starts.get_mut(source(step.from) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        steps.sort_by_key(|step| source(step.from));
        let absent = u32::try_from(steps.len()).unwrap_or(u32::MAX);
        let cells = (stages + 1) * moves;
        let mut dense = alloc::vec![absent; if cells <= DENSE_CELLS { cells } else { 0 }];
        for (step, place) in steps.iter().zip(0_u32..) {
            let cell = step.mv.map(|mv| source(step.from) * moves + mv.0 as usize);
            if let Some(slot) = cell.and_then(|cell| dense.get_mut(cell)) {
                *slot = place;
            }
        }
        steps.push(Step::ABSENT);
        let moves = u32::try_from(moves).unwrap_or(u32::MAX);
        Self { steps: steps.into(), starts: starts.into(), dense: dense.into(), moves }
    }

    /// The steps that start here, in definition order of moves.
    #[inline]
    pub(crate) fn of(&self, from: Option<StageIx>) -> &[Step] {
        self.steps.get(self.places(from)).unwrap_or_default()
    }

    /// The places of the steps that start here.
    #[inline]
    pub(crate) fn places(&self, from: Option<StageIx>) -> Range<usize> {
        let group = source(from);
        let bounds = self.starts.get(group).zip(self.starts.get(group + 1));
        bounds.map_or(0..0, |(start, end)| *start as usize..*end as usize)
    }

    /// The step of this move from here.
    #[inline]
    pub(crate) fn get(&self, from: Option<StageIx>, mv: MoveIx) -> Option<&Step> {
        Some(self.find(from, mv)).filter(|step| step.mv.is_some())
    }

    /// The step of this move from here, or [`Step::ABSENT`].
    #[inline]
    pub(crate) fn find(&self, from: Option<StageIx>, mv: MoveIx) -> &Step {
        self.steps.get(self.place(from, mv)).unwrap_or(&Step::ABSENT)
    }

    /// The place of the step of this move from here, or that of [`Step::ABSENT`]: a place in memory either way,
    /// because whether there is such a step cannot be predicted.
    #[inline]
    pub(crate) fn place(&self, from: Option<StageIx>, mv: MoveIx) -> usize {
        let absent = self.steps.len().wrapping_sub(1);
        if mv.0 >= self.moves {
            return absent;
        }
        let cell = source(from) * self.moves as usize + mv.0 as usize;
        match self.dense.get(cell) {
            Some(place) => *place as usize,
            None => self.place_by_search(from, mv),
        }
    }

    /// Where there is no table, and for a stage that is not there.
    #[inline(never)]
    fn place_by_search(&self, from: Option<StageIx>, mv: MoveIx) -> usize {
        let places = self.places(from);
        let steps = self.steps.get(places.clone()).unwrap_or_default();
        match steps.binary_search_by_key(&Some(mv), |step| step.mv) {
            Ok(at) => places.start + at,
            Err(_) => self.steps.len().wrapping_sub(1),
        }
    }

    /// All steps by their places, [`Step::ABSENT`] last.
    pub(crate) fn all(&self) -> &[Step] {
        &self.steps
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Step> {
        self.steps.split_last().map_or(&[][..], |(_, steps)| steps).iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        self.steps.split_last_mut().map_or(&mut [][..], |(_, steps)| steps).iter_mut()
    }
}

#[inline]
fn source(from: Option<StageIx>) -> usize {
    from.map_or(0, |stage| stage.index() + 1)
}
