//! Conjunctions of simple tests as a flat table: every number, bool and symbol is judged by one range and one
//! bit mask, without a branch that depends on the facts.

use super::atom::{Atom, Test};
use super::eval::{Code, Truth};
use super::expr::pooled;
use super::number;
use super::scope::SlotIx;
use super::slot::{Facts, Slot};
use super::types::Ty;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    kind: Kind,
    negated: bool,
    /// Whether the mask says all there is to say of a symbol.
    symbols: bool,
    slot: u32,
    /// The nodes of the literals of a text.
    from: u32,
    to: u32,
    low: i64,
    width: u64,
    mask: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Present,
    Bool,
    Int,
    Double,
    Timestamp,
    Duration,
    Text,
}

impl Row {
    /// The row for a simple test, or `None` if it takes more than a range and a mask.
    pub(super) fn of(atom: &Atom, code: Code<'_>) -> Option<Self> {
        let name = code.nodes.get(atom.name as usize)?;
        let kind = match (&atom.test, name.ty) {
            (Test::Present, _) => Kind::Present,
            (_, Ty::Bool) => Kind::Bool,
            (_, Ty::Int) => Kind::Int,
            (_, Ty::Double) => Kind::Double,
            (_, Ty::Timestamp) => Kind::Timestamp,
            (_, Ty::Duration) => Kind::Duration,
            (_, Ty::Text) => Kind::Text,
            _ => return None,
        };
        let mut row = Self {
            kind,
            negated: atom.negated,
            symbols: code.symbols,
            slot: name.aux,
            from: 0,
            to: 0,
            low: 0,
            width: 63,
            mask: 0,
        };
        match &atom.test {
            Test::Present | Test::Range(None) => {}
            Test::Range(Some((low, high))) => {
                row.low = *low;
                row.width = (*high as u64).wrapping_sub(*low as u64);
                row.mask = u64::MAX;
            }
            Test::Keys(keys) => {
                row.low = keys.first().copied().unwrap_or_default();
                for key in keys {
                    let distance = key.checked_sub(row.low).filter(|distance| *distance < 64)?;
                    row.mask |= 1 << distance;
                }
            }
            Test::Texts(from, to) => {
                (row.from, row.to) = (*from, *to);
                for node in code.nodes.get(*from as usize..*to as usize)? {
                    row.symbols &= node.aux != 0;
                    row.mask |= 1_u64.checked_shl(node.aux).unwrap_or_default();
                }
            }
            Test::TextOrder(..) => return None,
        }
        Some(row)
    }

    #[inline(always)]
    fn admits(&self, key: i64) -> bool {
        let distance = (key as u64).wrapping_sub(self.low as u64);
        ((distance <= self.width) & (self.mask >> (distance & 63) & 1 != 0)) ^ self.negated
    }

    /// Whether the value is known and whether it passes.
    #[inline(always)]
    fn judge(&self, slot: Slot<'_>, code: Code<'_>) -> (bool, bool) {
        let (known, key) = match self.kind {
            Kind::Int => match slot {
                Slot::Int(value) => (true, value),
                _ => (false, 0),
            },
            Kind::Bool => match slot {
                Slot::Bool(value) => (true, i64::from(value)),
                _ => (false, 0),
            },
            Kind::Text => match slot {
                Slot::Symbol(symbol) => (self.symbols, i64::from(symbol.number())),
                Slot::Text(text) => return (true, self.lists(text, code) ^ self.negated),
                _ => (false, 0),
            },
            Kind::Timestamp => match slot {
                Slot::Timestamp(value) => (true, value.as_micros()),
                _ => (false, 0),
            },
            Kind::Duration => match slot {
                Slot::Duration(value) => (true, value.as_micros()),
                _ => (false, 0),
            },
            Kind::Double => match slot {
                Slot::Double(value) => (!value.is_nan(), number::key(value)),
                _ => (false, 0),
            },
            Kind::Present => return (true, slot.is_present() ^ self.negated),
        };
        (known, self.admits(key))
    }

    #[inline(always)]
    fn lists(&self, text: &str, code: Code<'_>) -> bool {
        let literals = code.nodes.get(self.from as usize..self.to as usize).unwrap_or_default();
        literals.iter().any(|node| {
            // The length is compared before the bytes, so that the empty text costs no call.
            let literal = pooled(code.pool, node.word);
            literal.len() == text.len() && literal.as_bytes() == text.as_bytes()
        })
    }
}

/// The conjunction of all rows.
#[inline]
pub(super) fn conjunction<F: Facts + ?Sized>(rows: &[Row], code: Code<'_>, facts: &F) -> Truth {
    let (mut failed, mut unknown) = (false, false);
    for row in rows {
        let (known, passes) = row.judge(facts.slot(SlotIx::new(row.slot)), code);
        failed |= known & !passes;
        unknown |= !known;
    }
    if failed {
        Truth::False
    } else if unknown {
        Truth::Unknown
    } else {
        Truth::True
    }
}
