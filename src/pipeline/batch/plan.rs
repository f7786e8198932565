//! The judge asked once for every stage, move, set of roles and outcome of the conditions, so that a row is a
//! number and a look into a table.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::catalog::StageIx;
use crate::criteria::Packed;
use crate::pipeline::Tables;
use crate::pipeline::board::Cell;
use crate::pipeline::verdict::{Evidence, Verdict, Who};
use crate::policy::{MoveIx, RoleSet};

use super::column_test::{ColumnTest, lower};
use super::{Batch, Bits, Code, Numbers};

/// Rows that are worked on together: what is between two loops stays in the nearest cache.
const BLOCK: usize = 2048;
/// The places of the table, so that any number of 16 bits is one of them.
const PLACES: usize = 1 << 16;
/// The last place: the request names no stage or no move of this pipeline.
const NOWHERE: u16 = u16::MAX;
/// Below this many rows for each place that is filled in, asking for each row is quicker.
const ROWS_PER_PLACE: usize = 1;
/// More conjunctions than these are not worth a loop over all rows.
const MOST_CONJUNCTIONS: usize = 4;

/// What a batch is judged by.
pub(super) struct Plan<'a, C> {
    batch: &'a Batch<'a>,
    /// By source, move, roles, owner and which conjunctions hold.
    table: Box<[C; PLACES]>,
    stages: u16,
    moves: u16,
    role_bits: u32,
    conjunctions: Vec<Vec<ColumnTest<'a>>>,
    /// Whether some places are left to be asked for row by row.
    undecided: bool,
}

/// How the conditions of a step come out in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judgement {
    /// There is nothing against them.
    Met,
    /// As the bit of this conjunction says.
    Bit(usize),
    /// Columns cannot tell.
    Unknown,
}

/// Conditions whose outcome is given.
struct Given(bool);

impl Evidence for Given {
    const NEAR: bool = true;

    fn meets(&self, _: &Tables, _: &Cell, _: usize) -> bool {
        self.0
    }

    fn has(&self, _: u32) -> bool {
        false
    }
}

impl<'a, C: Code> Plan<'a, C> {
    /// The plan, unless a table would be too large or cost more than it saves.
    pub(super) fn new(compiled: &Tables, batch: &'a Batch<'a>) -> Option<Self> {
        let stages = u16::try_from(compiled.catalog.stages.len()).ok()?;
        let moves = u16::try_from(compiled.policy.moves.len()).ok()?;
        let role_bits = u32::try_from(compiled.roles.ids.iter().len()).ok()?;
        let owner_bits = u32::from(batch.owners.is_some());
        let cells = (usize::from(stages) + 1) * usize::from(moves);
        let fits = |bits: u32| cells.checked_shl(bits).is_some_and(|places| places < PLACES && bits < 16);
        let mut bits = role_bits + owner_bits;
        if !fits(bits) || batch.stages.len() < (cells << bits) * ROWS_PER_PLACE {
            return None;
        }
        // One bit for each conjunction while there is room; the same one said twice is one.
        let mut known: Vec<&Packed> = Vec::new();
        let mut conjunctions = Vec::new();
        let mut outcome_of = Vec::with_capacity(compiled.terms.len());
        for terms in &compiled.terms {
            let known_at =
                terms.packed.as_ref().and_then(|packed| known.iter().position(|other| *other == packed));
            let lowered = terms.packed.as_ref().and_then(|packed| Some((packed, lower(packed, batch)?)));
            outcome_of.push(match (known_at, lowered) {
                (Some(at), _) => Judgement::Bit(at),
                (None, Some((_, tests))) if tests.is_empty() => Judgement::Met,
                (None, Some((packed, tests))) if conjunctions.len() < MOST_CONJUNCTIONS && fits(bits + 1) => {
                    bits += 1;
                    known.push(packed);
                    conjunctions.push(tests);
                    Judgement::Bit(conjunctions.len() - 1)
                }
                (None, _) => Judgement::Unknown,
            });
        }
        let mut plan = Self {
            batch,
            table: alloc::vec![C::NOT_FROM_STAGE; PLACES].into_boxed_slice().try_into().ok()?,
            stages,
            moves,
            role_bits,
            conjunctions,
            undecided: false,
        };
        plan.ask(compiled, &outcome_of, owner_bits);
        Some(plan)
    }

    /// Asks the judge everything that a row could ask.
    fn ask(&mut self, compiled: &Tables, outcome_of: &[Judgement], owner_bits: u32) {
        let outcomes = 1_u32 << self.conjunctions.len();
        let mut codes = self.table.iter_mut();
        let sources = core::iter::once(None).chain((0..self.stages).map(|at| Some(StageIx::new(at))));
        for from in sources {
            for mv in 0..self.moves {
                let place = compiled.policy.steps.place(from, MoveIx::new(u32::from(mv)));
                let step = compiled.policy.steps.all().get(place);
                let Some((step, cell)) = step.zip(compiled.board.cell(place)) else { continue };
                let outcome = outcome_of.get(step.terms as usize).copied().unwrap_or(Judgement::Unknown);
                for who in 0_u64..1 << (self.role_bits + owner_bits) {
                    let is_owner = who >> self.role_bits & 1 == 1;
                    let roles = RoleSet::from_bits(who & !(u64::from(owner_bits) << self.role_bits));
                    let who = Who { roles, is_owner, forward_only: self.batch.forward_only };
                    for (bits, code) in (0..outcomes).zip(&mut codes) {
                        let met = match outcome {
                            Judgement::Met | Judgement::Unknown => true,
                            Judgement::Bit(at) => bits >> at & 1 == 1,
                        };
                        let verdict = compiled.verdict(place, cell, who, &Given(met));
                        let granted = matches!(verdict, Verdict::Moves(_) | Verdict::NeedsApproval(_));
                        let open =
                            verdict == Verdict::MissingInput || (outcome == Judgement::Unknown && granted);
                        *code = if open { C::UNDECIDED } else { verdict.code() };
                        self.undecided |= open;
                    }
                }
            }
        }
    }

    /// Judges all rows; `undecided` judges one.
    pub(super) fn run(&self, codes: &mut [C], undecided: impl Fn(usize) -> C) {
        self.look_up_all(codes);
        if self.undecided {
            let rows = codes.iter_mut().enumerate();
            rows.filter(|(_, code)| **code == C::UNDECIDED).for_each(|(row, code)| *code = undecided(row));
        }
    }

    #[cfg(not(feature = "simd"))]
    fn look_up_all(&self, codes: &mut [C]) {
        self.blocks(codes);
    }

    /// The same loops, compiled for several processors; which one it is, is found out at run time.
    #[cfg(feature = "simd")]
    fn look_up_all(&self, codes: &mut [C]) {
        fearless_simd::dispatch!(fearless_simd::Level::new(), _simd => self.blocks(codes));
    }

    #[inline(always)]
    fn blocks(&self, codes: &mut [C]) {
        for (block, codes) in codes.chunks_mut(BLOCK).enumerate() {
            self.block(block * BLOCK, codes);
        }
    }

    /// Column by column the place of each row, then the codes.
    #[inline(always)]
    fn block(&self, start: usize, codes: &mut [C]) {
        let (mut places, mut holds, mut bits) = ([0_u16; BLOCK], [0_u8; BLOCK], [0_u8; BLOCK]);
        let rows = codes.len();
        let (Some(places), Some(holds), Some(bits)) =
            (places.get_mut(..rows), holds.get_mut(..rows), bits.get_mut(..rows))
        else {
            return;
        };
        for (tests, bit) in self.conjunctions.iter().zip(0_u32..) {
            // The first one needs no column of its own.
            let marks = if bit == 0 { &mut *bits } else { &mut *holds };
            marks.fill(1);
            for test in tests {
                test.clear(start, marks);
            }
            if bit > 0 {
                for (bits, holds) in bits.iter_mut().zip(&*holds) {
                    *bits |= holds << bit;
                }
            }
        }
        match (self.batch.stages, self.batch.moves, self.batch.roles, self.batch.owners) {
            (Numbers::U8(stages), Numbers::U8(moves), Numbers::U8(roles), None) => {
                self.places_at_once((stages, moves, roles), start, bits, places);
            }
            _ => self.places(start, bits, places),
        }
        for (code, place) in codes.iter_mut().zip(&*places) {
            *code = self.at(*place);
        }
    }

    /// The places of all rows, when the columns are as narrow as most are.
    #[inline(always)]
    fn places_at_once(
        &self,
        (stages, moves, roles): (&[u8], &[u8], &[u8]),
        start: usize,
        bits: &[u8],
        places: &mut [u16],
    ) {
        let (last, count, role_bits, shift) =
            (self.stages, self.moves, self.role_bits, self.conjunctions.len());
        let mask = (1_u16 << role_bits) - 1;
        let [stages, moves, roles] =
            [stages, moves, roles].map(|column| column.get(start..).unwrap_or_default());
        let rows = stages.iter().zip(moves).zip(roles).zip(bits);
        for (place, (((stage, mv), roles), bits)) in places.iter_mut().zip(rows) {
            let (source, mv) = (u16::from(stage.wrapping_add(1)), u16::from(*mv));
            let cell = source.wrapping_mul(count).wrapping_add(mv);
            let here = (cell << role_bits | u16::from(*roles) & mask) << shift | u16::from(*bits);
            *place = if (source <= last) & (mv < count) { here } else { NOWHERE };
        }
    }

    /// The places of all rows, column by column.
    #[inline(always)]
    fn places(&self, start: usize, bits: &[u8], places: &mut [u16]) {
        self.sources(start, places);
        self.add_moves(start, places);
        self.add_roles(start, places);
        if let Some(owners) = self.batch.owners {
            self.add_owners(owners, start, places);
        }
        let shift = self.conjunctions.len();
        for (place, bits) in places.iter_mut().zip(bits) {
            let here = *place << shift | u16::from(*bits);
            *place = if *place == NOWHERE { NOWHERE } else { here };
        }
    }

    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "the table has a place for every number of 16 bits")]
    fn at(&self, place: u16) -> C {
        self.table[usize::from(place)]
    }

    /// The source of each row: no stage is the first.
    #[inline(always)]
    fn sources(&self, start: usize, places: &mut [u16]) {
        let last = self.stages;
        let source = |next: u16| if next <= last { next } else { NOWHERE };
        match self.batch.stages {
            Numbers::U8(column) => {
                fill(column, start, places, |_, stage: u8| source(u16::from(stage.wrapping_add(1))));
            }
            Numbers::U16(column) => {
                fill(column, start, places, |_, stage: u16| source(stage.wrapping_add(1)))
            }
            Numbers::U32(column) => fill(column, start, places, |_, stage: u32| {
                source(u16::try_from(stage.wrapping_add(1)).unwrap_or(NOWHERE))
            }),
            Numbers::U64(column) => fill(column, start, places, |_, stage: u64| {
                source(u16::try_from(stage.wrapping_add(1)).unwrap_or(NOWHERE))
            }),
        }
    }

    #[inline(always)]
    fn add_moves(&self, start: usize, places: &mut [u16]) {
        let moves = self.moves;
        let add = |place: u16, mv: u16| {
            let here = place.wrapping_mul(moves).wrapping_add(mv);
            if (place != NOWHERE) & (mv < moves) { here } else { NOWHERE }
        };
        match self.batch.moves {
            Numbers::U8(column) => fill(column, start, places, |place, mv: u8| add(place, u16::from(mv))),
            Numbers::U16(column) => fill(column, start, places, add),
            Numbers::U32(column) => {
                fill(column, start, places, |place, mv: u32| add(place, u16::try_from(mv).unwrap_or(NOWHERE)))
            }
            Numbers::U64(column) => {
                fill(column, start, places, |place, mv: u64| add(place, u16::try_from(mv).unwrap_or(NOWHERE)))
            }
        }
    }

    #[inline(always)]
    fn add_roles(&self, start: usize, places: &mut [u16]) {
        let (shift, mask) = (self.role_bits, (1_u16 << self.role_bits) - 1);
        let add = |place: u16, roles: u16| {
            if place == NOWHERE { NOWHERE } else { place << shift | roles & mask }
        };
        match self.batch.roles {
            Numbers::U8(column) => {
                fill(column, start, places, |place, roles: u8| add(place, u16::from(roles)))
            }
            Numbers::U16(column) => fill(column, start, places, add),
            Numbers::U32(column) => fill(column, start, places, |place, roles: u32| add(place, roles as u16)),
            Numbers::U64(column) => fill(column, start, places, |place, roles: u64| add(place, roles as u16)),
        }
    }

    #[inline(always)]
    fn add_owners(&self, owners: Bits<'_>, start: usize, places: &mut [u16]) {
        let bit = owners.bit & 7;
        let (shift, mask) = (self.role_bits, (1_u16 << self.role_bits) - 1);
        fill(owners.column, start, places, |place, flags: u8| {
            let (cell, roles) = (place >> shift, place & mask);
            let owner = u16::from(flags >> bit & 1);
            if place == NOWHERE { NOWHERE } else { (cell << 1 | owner) << shift | roles }
        });
    }
}

#[inline(always)]
fn fill<T: Copy>(column: &[T], start: usize, places: &mut [u16], next: impl Fn(u16, T) -> u16) {
    let values = column.get(start..).unwrap_or_default();
    for (place, value) in places.iter_mut().zip(values) {
        *place = next(*place, *value);
    }
}
