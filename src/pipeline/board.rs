//! What the fast path reads of each listed step, and the tests of its conditions in a row.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hint::select_unpredictable;
use core::ops::Range;

use crate::capability::{Capability, Reach};
use crate::compile::{Compiled, Early, Terms};
use crate::criteria::{Facts, Row, Table, WordRow};
use crate::policy::{RoleSet, Step};

use super::judge::goes_back;
use super::verdict::{Verdict, Who, Words};

/// The cells of all listed steps, in the order of their table, and one behind them for what is no step.
#[derive(Debug, Default)]
pub(crate) struct Board {
    cells: Box<[Cell]>,
    /// The tests of slots, terms by terms.
    tests: Table,
    /// The same of words, filled up with some that always pass: how many there are does not depend on the step
    /// then, and can be predicted.
    words: Vec<WordRow>,
    /// The roles that may move records at all: any, and the actor's own.
    movers: [RoleSet; 2],
}

/// More tests of words than these are not made in vain.
const MOST_PADDED: usize = 8;

/// A step as the fast path sees it.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// The roles that may make it: of those who do not own the record, and of its owner.
    roles: [RoleSet; 2],
    /// By whether the actor may make it, then by whether the conditions are met.
    answers: [Verdict; 4],
    bound: Bound,
    marks: u8,
}

/// It asks for input.
const ASKS: u8 = 1;
/// It goes back, which not everybody may.
const BACK: u8 = 2;
/// Its conditions can be judged over words.
const WORDS: u8 = 4;
/// There is more to its conditions than the tests.
const MORE: u8 = 8;
/// It has conditions.
const BOUND: u8 = 16;
/// Some conditions are about input.
const LATE: u8 = 32;
/// Over words it matters too which slots have a value of any type.
const PRESENCE: u8 = 64;
/// The roles that may make it need not all be allowed to move records.
const MIXED: u8 = 128;

/// The conditions of a cell.
#[derive(Debug, Clone, Copy, Default)]
struct Bound {
    /// Over words: the slots that must have a value of their type, that must have one at all, that must have none.
    used: u64,
    wanted: u64,
    unwanted: u64,
    /// The tests of words, and of slots.
    words: Span,
    slots: Span,
    marks: u8,
}

/// A number of tests from a place on.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    from: u32,
    count: u32,
}

impl Span {
    fn new(range: Range<usize>) -> Self {
        // The limits keep both below the greatest number.
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self { from: number(range.start), count: number(range.len()) }
    }

    #[inline(always)]
    fn of<T>(self, all: &[T]) -> &[T] {
        let from = self.from as usize;
        all.get(from..from + self.count as usize).unwrap_or_default()
    }
}

impl Cell {
    fn new(step: &Step, bound: Bound, movers: [RoleSet; 2]) -> Self {
        let barred = step.skips | step.retreats;
        let [of_any, of_own] = movers;
        let roles = |movers: RoleSet, may: bool| match step.roles {
            _ if barred || !may => RoleSet::EMPTY,
            // For all who may move records.
            RoleSet::FULL => movers,
            roles => roles,
        };
        let roles = [roles(of_any, !step.owner_only), roles(of_own, true)];
        let mixed = roles.iter().zip(movers).any(|(roles, movers)| !roles.is_within(movers));
        let denied = if step.mv.is_some() { Verdict::Denied } else { Verdict::NotFromStage };
        let granted = if step.approval { Verdict::NeedsApproval(step.to) } else { Verdict::Moves(step.to) };
        let mark = |given: bool, mark: u8| if given { mark } else { 0 };
        let own = mark(step.asks, ASKS) | mark(goes_back(step), BACK) | mark(mixed, MIXED);
        Self { roles, answers: [denied, denied, Verdict::Unmet, granted], marks: bound.marks | own, bound }
    }

    #[inline(always)]
    const fn is(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    /// Whether the conditions can be judged over words.
    #[inline(always)]
    pub(super) const fn takes_words(&self) -> bool {
        self.is(WORDS)
    }

    /// Whether it asks for input.
    #[inline(always)]
    pub(super) const fn asks(&self) -> bool {
        self.is(ASKS)
    }

    /// Whether the tests say the same before the input is given.
    #[inline(always)]
    pub(super) const fn is_early(&self) -> bool {
        !self.is(LATE)
    }

    /// The answer, the input apart.
    #[inline(always)]
    pub(super) fn answer(&self, permitted: bool, met: bool) -> Verdict {
        let at = usize::from(permitted) << 1 | usize::from(met);
        self.answers.get(at).copied().unwrap_or(Verdict::Denied)
    }
}

impl Board {
    /// The board of a pipeline whose steps have their terms.
    pub(super) fn new(compiled: &Compiled) -> Self {
        let mut board = Self::default();
        let stride = stride(compiled);
        let bind = |terms| board.bind(compiled, terms, stride);
        let bounds: Vec<Bound> = compiled.terms.iter().map(bind).collect();
        let bound = |step: &Step| bounds.get(step.terms as usize).copied().unwrap_or_default();
        let steps = compiled.policy.steps.all().iter();
        board.movers = [Reach::All, Reach::Own].map(|reach| compiled.roles.with(Capability::Move, reach));
        board.cells = steps.map(|step| Cell::new(step, bound(step), board.movers)).collect();
        board
    }

    /// Adds the tests of some terms.
    fn bind(&mut self, compiled: &Compiled, terms: &Terms, stride: usize) -> Bound {
        let mut bound = Bound::default();
        if !terms.conditions.is_empty() {
            bound.marks |= BOUND;
        }
        let mut conditions = terms.conditions.iter().filter_map(|at| compiled.conditions.get(*at as usize));
        if conditions.any(|condition| !matches!(condition.early, Early::All)) {
            bound.marks |= LATE;
        }
        let from = self.tests.rows().len();
        if flat(compiled, terms).and_then(|parts| self.tests.take_over(&parts)).is_none() {
            bound.marks |= MORE;
        }
        bound.slots = Span::new(from..self.tests.rows().len());
        if let Some(packed) = &terms.packed {
            let from = self.words.len();
            self.words.extend_from_slice(packed.rows());
            self.words.resize(from + packed.rows().len().max(stride), WordRow::PADDING);
            bound.words = Span::new(from..self.words.len());
            (bound.used, bound.wanted, bound.unwanted) = packed.needs();
            bound.marks |= WORDS;
            if bound.wanted | bound.unwanted != 0 {
                bound.marks |= PRESENCE;
            }
        }
        bound
    }

    /// The cell of the step at this place of the table of steps.
    #[inline(always)]
    pub(super) fn cell(&self, place: usize) -> Option<&Cell> {
        self.cells.get(place)
    }

    /// The cells of a range of steps.
    #[inline(always)]
    pub(super) fn cells(&self, places: Range<usize>) -> &[Cell] {
        self.cells.get(places).unwrap_or_default()
    }

    /// Whether the actor may make the step, the order of the stages included. Without branches: who asks cannot be
    /// predicted.
    #[inline(always)]
    pub(super) fn permits(&self, cell: &Cell, who: Who) -> bool {
        let [stranger, owner] = cell.roles;
        let able = select_unpredictable(who.is_owner, owner, stranger);
        let mut permitted = who.roles.meets(able) & !(who.forward_only & cell.is(BACK));
        if cell.is(MIXED) {
            // Whoever has the capability for every record has it for the actor's own.
            let [of_any, of_own] = self.movers;
            let movers = select_unpredictable(who.is_owner, of_own, of_any);
            permitted &= who.roles.meets(movers);
        }
        permitted
    }

    /// Of at most 64 cells those that the actor may pass, as bits, conditions apart, and those with conditions.
    #[inline(always)]
    pub(super) fn permitted(&self, cells: &[Cell], who: Who) -> (u64, u64) {
        let (mut permitted, mut bound) = (0, 0);
        for (cell, at) in cells.iter().zip(0_u32..64) {
            permitted |= u64::from(self.permits(cell, who)) << at;
            bound |= u64::from(cell.is(BOUND)) << at;
        }
        (permitted, bound)
    }

    /// Whether words meet all conditions of a cell that takes words.
    #[inline(always)]
    pub(super) fn words_meet(&self, cell: &Cell, facts: Words<'_>) -> bool {
        let rows = cell.bound.words.of(&self.words);
        let passed = rows.iter().fold(true, |passed, row| passed & row.passes(facts.words));
        let Words { known, present, .. } = facts;
        let Bound { used, wanted, unwanted, .. } = cell.bound;
        let mut gaps = used & !known;
        if cell.is(PRESENCE) {
            gaps |= wanted & !present | unwanted & present;
        }
        passed & (gaps == 0)
    }

    /// Whether facts meet the conditions of a cell; none when there is more to these than tests.
    #[inline(always)]
    pub(super) fn facts_meet<F: Facts + ?Sized>(&self, cell: &Cell, facts: &F) -> Option<bool> {
        if cell.is(MORE) {
            return None;
        }
        Some(self.tests.all_pass(cell.bound.slots.of(self.tests.rows()), facts))
    }
}

/// The tests that terms come down to, condition by condition, if they do.
fn flat<'a>(compiled: &'a Compiled, terms: &Terms) -> Option<Vec<(&'a [Row], &'a Table)>> {
    terms.conditions.iter().map(|at| compiled.conditions.get(*at as usize)?.criteria.tests()).collect()
}

/// How many tests of words each step gets at least: none where few steps have any, so that it can be foretold that
/// there is nothing to test.
fn stride(compiled: &Compiled) -> usize {
    let steps = compiled.policy.steps.iter();
    let (bound, all) =
        steps.fold((0, 0), |(bound, all), step| (bound + usize::from(step.terms != 0), all + 1));
    let packed = compiled.terms.iter().filter_map(|terms| terms.packed.as_ref());
    let most = packed.map(|packed| packed.rows().len()).max().unwrap_or_default();
    if bound * 8 < all || most > MOST_PADDED { 0 } else { most }
}
