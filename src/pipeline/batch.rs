//! Many decisions at once: columns in, a column of codes out. Every code is a verdict of the judge; how often it
//! has to be asked is all that is saved here.

mod column_test;
mod plan;

use alloc::vec::Vec;
use core::fmt;

use crate::catalog::StageIx;
use crate::criteria::{Facts, FieldType, Scope, Slot, SlotIx, Symbol};
use crate::policy::{MoveIx, RoleSet};
use crate::time::{Span, Timestamp};

use super::Pipeline;
use super::verdict::{BySlot, Who};
use plan::Plan;

/// A column of small numbers, one for each row.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Numbers<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

impl Numbers<'_> {
    fn len(&self) -> usize {
        match self {
            Self::U8(column) => column.len(),
            Self::U16(column) => column.len(),
            Self::U32(column) => column.len(),
            Self::U64(column) => column.len(),
        }
    }

    /// The number of a row; the greatest of the column's type is the greatest of all.
    fn get(&self, row: usize) -> u64 {
        let number = match self {
            Self::U8(column) => column.get(row).map(|n| if *n == u8::MAX { u64::MAX } else { u64::from(*n) }),
            Self::U16(column) => {
                column.get(row).map(|n| if *n == u16::MAX { u64::MAX } else { u64::from(*n) })
            }
            Self::U32(column) => {
                column.get(row).map(|n| if *n == u32::MAX { u64::MAX } else { u64::from(*n) })
            }
            Self::U64(column) => column.get(row).copied(),
        };
        number.unwrap_or(u64::MAX)
    }

    /// The bits of a row.
    fn bits(&self, row: usize) -> u64 {
        let bits = match self {
            Self::U8(column) => column.get(row).map(|bits| u64::from(*bits)),
            Self::U16(column) => column.get(row).map(|bits| u64::from(*bits)),
            Self::U32(column) => column.get(row).map(|bits| u64::from(*bits)),
            Self::U64(column) => column.get(row).copied(),
        };
        bits.unwrap_or_default()
    }
}

macro_rules! numbers_from {
    ($($number:ty => $variant:ident),*) => {$(
        impl<'a> From<&'a [$number]> for Numbers<'a> {
            fn from(column: &'a [$number]) -> Self {
                Self::$variant(column)
            }
        }
    )*};
}

numbers_from!(u8 => U8, u16 => U16, u32 => U32, u64 => U64);

/// One bit of each number of a column.
#[derive(Debug, Clone, Copy)]
pub struct Bits<'a> {
    /// The column.
    pub column: &'a [u8],
    /// Which bit, from 0 to 7.
    pub bit: u8,
}

impl Bits<'_> {
    fn get(&self, row: usize) -> bool {
        self.column.get(row).is_some_and(|bits| bits >> (self.bit & 7) & 1 == 1)
    }
}

/// The values of one slot, one for each row.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Ints.
    Ints(&'a [i64]),
    /// Ints that are never negative and fit 32 bits.
    Naturals(&'a [u32]),
    /// Doubles.
    Doubles(&'a [f64]),
    /// Texts as the numbers of the pipeline's symbols; see [`Interner`](crate::criteria::Interner).
    Symbols(&'a [u8]),
    /// Texts.
    Texts(&'a [&'a str]),
    /// Bools.
    Bools(Bits<'a>),
    /// Timestamps or durations in microseconds.
    Micros(&'a [i64]),
}

impl<'a> Column<'a> {
    const fn len(&self) -> usize {
        match self {
            Self::Ints(column) | Self::Micros(column) => column.len(),
            Self::Naturals(column) => column.len(),
            Self::Doubles(column) => column.len(),
            Self::Symbols(column) => column.len(),
            Self::Texts(column) => column.len(),
            Self::Bools(bits) => bits.column.len(),
        }
    }

    fn get(&self, row: usize, declared: FieldType) -> Slot<'a> {
        let slot = match self {
            Self::Ints(column) => column.get(row).map(|value| Slot::Int(*value)),
            Self::Naturals(column) => column.get(row).map(|value| Slot::Int(i64::from(*value))),
            Self::Doubles(column) => column.get(row).map(|value| Slot::Double(*value)),
            Self::Symbols(column) => {
                column.get(row).map(|number| Symbol::new(*number).map_or(Slot::Wrong, Slot::Symbol))
            }
            Self::Texts(column) => column.get(row).map(|text| Slot::Text(text)),
            Self::Bools(bits) => Some(Slot::Bool(bits.get(row))),
            Self::Micros(column) => column.get(row).map(|micros| match declared {
                FieldType::Duration => Slot::Duration(Span::from_micros(*micros)),
                _ => Slot::Timestamp(Timestamp::from_micros(*micros)),
            }),
        };
        slot.unwrap_or(Slot::Missing)
    }
}

#[derive(Debug, Clone, Copy)]
struct Fact<'a> {
    slot: SlotIx,
    values: Column<'a>,
    present: Option<Bits<'a>>,
}

/// Requests as columns.
///
/// ```
/// use lifestage::{Batch, Code, Column, Pipeline, presets};
///
/// let lead = Pipeline::from_json(presets::LEAD)?;
/// let sales = lead.roles().set(["sales"]).bits() as u8;
/// let mv = |id| lead.policy().index_of(id).map_or(u8::MAX, |ix| ix.position() as u8);
/// let moves = [mv("mark_contacted"), mv("mark_engaged")];
/// let (stages, roles) = ([0_u8; 2], [sales; 2]);
/// let batch = Batch::new(&stages[..], &moves[..], &roles[..]);
/// let mut codes = [0_u8; 2];
/// lead.decide_batch(&batch, &mut codes)?;
/// assert_eq!(codes, [1, u8::NOT_FROM_STAGE]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    stages: Numbers<'a>,
    moves: Numbers<'a>,
    roles: Numbers<'a>,
    owners: Option<Bits<'a>>,
    forward_only: bool,
    facts: Vec<Fact<'a>>,
}

impl<'a> Batch<'a> {
    /// Requests without facts: the position of each record's stage, of the move, and the bits of the actor's roles
    /// as [`Roles::set`](crate::policy::Roles::set) gives them. The greatest number of a column's type is no stage.
    pub fn new(
        stages: impl Into<Numbers<'a>>,
        moves: impl Into<Numbers<'a>>,
        roles: impl Into<Numbers<'a>>,
    ) -> Self {
        Self {
            stages: stages.into(),
            moves: moves.into(),
            roles: roles.into(),
            owners: None,
            forward_only: false,
            facts: Vec::new(),
        }
    }

    /// Adds the values of a slot of the pipeline's [`scope`](Pipeline::scope), all of them present.
    #[must_use]
    pub fn with(mut self, slot: SlotIx, values: Column<'a>) -> Self {
        self.facts.push(Fact { slot, values, present: None });
        self
    }

    /// Adds the values of a slot, of which those without their bit are missing.
    #[must_use]
    pub fn with_some(mut self, slot: SlotIx, values: Column<'a>, present: Bits<'a>) -> Self {
        self.facts.push(Fact { slot, values, present: Some(present) });
        self
    }

    /// Says which actors own the record; without this none does.
    #[must_use]
    pub const fn owned(mut self, owners: Bits<'a>) -> Self {
        self.owners = Some(owners);
        self
    }

    /// Says that the actors are automations that may not go backward (S7).
    #[must_use]
    pub const fn forward_only(mut self) -> Self {
        self.forward_only = true;
        self
    }

    fn check(&self, rows: usize) -> Result<(), BatchError> {
        let columns = [("stage", self.stages.len()), ("move", self.moves.len()), ("roles", self.roles.len())];
        let facts = self.facts.iter().flat_map(|fact| {
            let present = fact.present.map(|bits| bits.column.len());
            [Some(fact.values.len()), present].into_iter().flatten().map(|len| ("fact", len))
        });
        let owners = self.owners.map(|bits| ("owner", bits.column.len()));
        match columns.into_iter().chain(facts).chain(owners).find(|(_, len)| *len != rows) {
            Some((column, len)) => Err(BatchError::Length { column, len, rows }),
            None => Ok(()),
        }
    }

    fn fact(&self, slot: SlotIx) -> Option<&Fact<'a>> {
        self.facts.iter().find(|fact| fact.slot == slot)
    }
}

/// A batch that cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// A column is not as long as the column of answers.
    Length {
        /// Which column.
        column: &'static str,
        /// Its rows.
        len: usize,
        /// The rows of the answers.
        rows: usize,
    },
    /// The pipeline has more stages than the type of the answers can tell apart.
    Stages {
        /// The stages of the pipeline.
        stages: usize,
        /// The most that fit.
        most: usize,
    },
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { column, len, rows } => {
                write!(f, "a column of `{column}` has {len} rows, where the answers have {rows}")
            }
            Self::Stages { stages, most } => {
                write!(f, "the pipeline has {stages} stages, where these codes tell {most} apart")
            }
        }
    }
}

impl core::error::Error for BatchError {}

/// A verdict as a number: the position of the stage that the move leads to, or one of the greatest numbers.
pub trait Code: Copy + Eq + Default + sealed::Sealed {
    /// The move does not start there, or does not exist.
    const NOT_FROM_STAGE: Self;
    /// The actor may not make it.
    const DENIED: Self;
    /// A condition is false or cannot be judged.
    const UNMET: Self;
    /// An input is missing.
    const MISSING_INPUT: Self;
    /// Somebody else has to approve.
    const NEEDS_APPROVAL: Self;
    #[doc(hidden)]
    const UNDECIDED: Self;
    #[doc(hidden)]
    const STAGES: usize;
    #[doc(hidden)]
    fn of_stage(position: u16) -> Self;
    #[doc(hidden)]
    fn of_refusal(number: u8) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
}

macro_rules! code {
    ($($number:ty),*) => {$(
        impl Code for $number {
            const NOT_FROM_STAGE: Self = Self::MAX;
            const DENIED: Self = Self::MAX - 1;
            const UNMET: Self = Self::MAX - 2;
            const MISSING_INPUT: Self = Self::MAX - 3;
            const NEEDS_APPROVAL: Self = Self::MAX - 4;
            const UNDECIDED: Self = Self::MAX - 5;
            const STAGES: usize = (Self::MAX - 5) as usize;

            #[inline]
            fn of_stage(position: u16) -> Self {
                position as Self
            }

            #[inline]
            fn of_refusal(number: u8) -> Self {
                Self::from(number).wrapping_neg()
            }
        }
    )*};
}

code!(u8, u16);

/// The facts of one row.
struct RowFacts<'a> {
    batch: &'a Batch<'a>,
    scope: &'a Scope,
    row: usize,
}

impl Facts for RowFacts<'_> {
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        let fact = self.batch.fact(ix).filter(|fact| fact.present.is_none_or(|bits| bits.get(self.row)));
        match (fact, self.scope.field_type(ix)) {
            (Some(fact), Some(declared)) => fact.values.get(self.row, declared),
            _ => Slot::Missing,
        }
    }
}

impl Pipeline {
    /// Judges many requests: for each row the code of its [`verdict`](Self::verdict), by the roles of the definition
    /// and without asking an [`Authorizer`](crate::Authorizer).
    ///
    /// # Errors
    /// [`BatchError`] when a column has another length than `codes`, or the codes are too small for the stages.
    pub fn decide_batch<C: Code>(&self, batch: &Batch<'_>, codes: &mut [C]) -> Result<(), BatchError> {
        batch.check(codes.len())?;
        let stages = self.compiled.catalog.stages.len();
        if stages > C::STAGES {
            return Err(BatchError::Stages { stages, most: C::STAGES });
        }
        match Plan::new(&self.compiled, batch) {
            Some(plan) => plan.run(codes, |row| self.code_of_row(batch, row)),
            None => {
                let rows = codes.iter_mut().enumerate();
                rows.for_each(|(row, code)| *code = self.code_of_row(batch, row));
            }
        }
        Ok(())
    }

    fn code_of_row<C: Code>(&self, batch: &Batch<'_>, row: usize) -> C {
        let compiled = &*self.compiled;
        let stage = batch.stages.get(row);
        let from = u16::try_from(stage).map(StageIx::new).ok();
        let mv = u32::try_from(batch.moves.get(row)).ok();
        let (Some(mv), true) = (mv, from.is_some() || stage == u64::MAX) else { return C::NOT_FROM_STAGE };
        let who = Who {
            roles: RoleSet::from_bits(batch.roles.bits(row)),
            is_owner: batch.owners.is_some_and(|owners| owners.get(row)),
            forward_only: batch.forward_only,
        };
        let facts = RowFacts { batch, scope: &compiled.scope, row };
        let place = compiled.policy.steps.place(from, MoveIx::new(mv));
        let Some(cell) = compiled.board.cell(place) else { return C::NOT_FROM_STAGE };
        compiled.verdict(place, cell, who, &BySlot(&facts)).code()
    }
}
