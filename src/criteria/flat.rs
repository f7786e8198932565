//! Conjunctions of simple tests as a flat table: every number, bool and symbol is judged by one range and one
//! bit mask, without a branch that depends on the facts.

use core::hint::select_unpredictable;

use super::atom::{Atom, Test};
use super::eval::{Code, Truth};
use super::expr::Expr;
use super::number;
use super::scope::SlotIx;
use super::slot::{Facts, Slot};
use super::types::Ty;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    kind: Kind,
    /// Whether the only literal is the empty text.
    blank: bool,
    /// Whether a symbol can be judged by the mask.
    symbols: bool,
    /// For ranges; a mask is negated when it is made.
    negated: bool,
    slot: u32,
    low: u64,
    width: u64,
    mask: u64,
    /// The nodes of the literals of a text.
    from: u32,
    to: u32,
}

/// How a row reads its slot. The rows are sorted by it, so that the branches on it are the same from one
/// evaluation to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Present,
    Bool,
    Int,
    /// An int among few, by a mask from `low` on.
    Near,
    Timestamp,
    Duration,
    Double,
    Text,
}

/// What a row says, as bits to be joined over all rows; 1 is for a failed one.
const PASSED: u8 = 0;
const UNKNOWN: u8 = 2;

impl Row {
    /// The row for a simple test, or `None` if it takes more than a range and a mask.
    pub(super) fn of(atom: &Atom, code: Code<'_>) -> Option<Self> {
        let name = code.nodes.get(atom.name as usize)?;
        let kind = match (&atom.test, name.ty) {
            (Test::Present, _) => Kind::Present,
            (_, Ty::Bool) => Kind::Bool,
            (Test::Keys(_), Ty::Int) => Kind::Near,
            (_, Ty::Int) => Kind::Int,
            (Test::Range(_), Ty::Double) => Kind::Double,
            (Test::Range(_), Ty::Timestamp) => Kind::Timestamp,
            (Test::Range(_), Ty::Duration) => Kind::Duration,
            (_, Ty::Text) => Kind::Text,
            _ => return None,
        };
        let mut row = Self {
            kind,
            blank: false,
            symbols: code.symbols,
            negated: atom.negated,
            slot: name.aux,
            low: 0,
            width: 0,
            mask: 0,
            from: 0,
            to: 0,
        };
        match &atom.test {
            Test::Present => {}
            // No value is in an empty range: the negation of all values.
            Test::Range(None) => (row.width, row.negated) = (u64::MAX, !atom.negated),
            Test::Range(Some((low, high))) => {
                row.low = *low as u64;
                row.width = (*high as u64).wrapping_sub(*low as u64);
                if kind == Kind::Bool {
                    (*low..=*high).for_each(|key| row.mask |= 1 << key);
                }
            }
            Test::Keys(keys) => {
                let first = if kind == Kind::Bool { 0 } else { keys.first().copied().unwrap_or_default() };
                row.low = first as u64;
                row.width = 63;
                for key in keys {
                    let distance = key.checked_sub(first).filter(|distance| *distance < 64)?;
                    row.mask |= 1 << distance;
                }
            }
            Test::Texts(from, to) => {
                (row.from, row.to) = (*from, *to);
                for node in code.nodes.get(*from as usize..*to as usize)? {
                    row.symbols &= node.aux != 0;
                    row.mask |= 1_u64.checked_shl(node.aux).unwrap_or_default();
                    row.blank = *to == *from + 1 && node.word & 0xffff_ffff == 0;
                }
            }
            Test::TextOrder(..) => return None,
        }
        if atom.negated && matches!(row.kind, Kind::Bool | Kind::Text) {
            row.mask = !row.mask;
        }
        Some(row)
    }

    /// Puts rows in the order in which they are judged best.
    pub(super) fn sort(rows: &mut [Self]) {
        rows.sort_unstable_by_key(|row| row.kind);
    }

    /// What the test alone says.
    pub(super) fn truth<F: Facts + ?Sized>(&self, facts: &F, expr: &Expr) -> Truth {
        verdict(self.judge(facts, expr))
    }

    /// Whether a value passes; the value is chosen without a branch, since a missing one cannot be predicted.
    #[inline(always)]
    fn judge<F: Facts + ?Sized>(&self, facts: &F, expr: &Expr) -> u8 {
        facts.read(SlotIx::new(self.slot), |slot| self.judge_slot(slot, expr))
    }

    #[inline(always)]
    fn judge_slot(&self, slot: &Slot<'_>, expr: &Expr) -> u8 {
        // Three cases are compared one by one; more would become an indirect jump, which costs more than a test.
        let (known, passes) = match self.kind {
            Kind::Int => {
                let (known, value) = match *slot {
                    Slot::Int(value) => (true, value),
                    _ => (false, 0),
                };
                (known, self.ranges(value))
            }
            Kind::Text => match *slot {
                Slot::Text(text) if self.blank => return u8::from(text.is_empty() == self.negated),
                Slot::Text(text) => return u8::from(self.lists(text, expr) == self.negated),
                _ => self.symbol(slot),
            },
            Kind::Bool => {
                let (known, value) = match *slot {
                    Slot::Bool(value) => (true, value),
                    _ => (false, false),
                };
                (known, self.mask >> u32::from(value) & 1 != 0)
            }
            _ => return self.judge_rarer(slot),
        };
        select_unpredictable(known, u8::from(!passes), UNKNOWN)
    }

    #[inline(never)]
    fn judge_rarer(&self, slot: &Slot<'_>) -> u8 {
        let (known, passes) = match (self.kind, *slot) {
            (Kind::Present, slot) => (true, slot.is_present() ^ self.negated),
            (Kind::Near, Slot::Int(value)) => {
                let distance = (value as u64).wrapping_sub(self.low);
                (true, ((distance <= self.width) & (self.mask >> (distance & 63) & 1 != 0)) ^ self.negated)
            }
            (Kind::Timestamp, Slot::Timestamp(value)) => (true, self.ranges(value.as_micros())),
            (Kind::Duration, Slot::Duration(value)) => (true, self.ranges(value.as_micros())),
            (Kind::Double, Slot::Double(value)) => (!value.is_nan(), self.ranges(number::key(value))),
            _ => (false, false),
        };
        if known { u8::from(!passes) } else { UNKNOWN }
    }

    #[inline(always)]
    fn symbol(&self, slot: &Slot<'_>) -> (bool, bool) {
        let (known, number) = match *slot {
            Slot::Symbol(symbol) => (self.symbols, symbol.word()),
            _ => (false, 0),
        };
        (known, self.mask >> (number & 63) & 1 != 0)
    }

    #[inline(always)]
    fn ranges(&self, key: i64) -> bool {
        ((key as u64).wrapping_sub(self.low) <= self.width) ^ self.negated
    }

    #[inline(never)]
    fn lists(&self, text: &str, expr: &Expr) -> bool {
        let literals = expr.nodes.get(self.from as usize..self.to as usize).unwrap_or_default();
        literals.iter().any(|node| {
            // The length is compared before the bytes, so that the empty text costs no call.
            let (start, len) = ((node.word >> 32) as usize, (node.word & 0xffff_ffff) as usize);
            len == text.len()
                && (len == 0 || expr.pool.as_bytes().get(start..start + len) == Some(text.as_bytes()))
        })
    }
}

/// The conjunction of all rows.
#[inline(always)]
pub(super) fn conjunction<F: Facts + ?Sized>(rows: &[Row], expr: &Expr, facts: &F) -> Truth {
    verdict(rows.iter().fold(PASSED, |so_far, row| so_far | row.judge(facts, expr)))
}

#[inline(always)]
fn verdict(joined: u8) -> Truth {
    // A table instead of branches: the outcome is what cannot be predicted.
    const TRUTHS: [Truth; 4] = [Truth::True, Truth::False, Truth::Unknown, Truth::False];
    TRUTHS.get(usize::from(joined & 3)).copied().unwrap_or(Truth::False)
}
