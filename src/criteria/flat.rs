//! Conjunctions of simple tests as a flat table: every number, bool and symbol is judged by one range and one bit
//! mask, without a branch that depends on the facts; texts are looked at behind the others.

use alloc::vec::Vec;
use core::hint::select_unpredictable;

use smol_str::SmolStr;

use super::atom::{self, Atom};
use super::eval::{Code, Truth};
use super::number;
use super::packed::Test;
use super::scope::SlotIx;
use super::slot::{Facts, Slot};
use super::types::Ty;
use crate::symbols::ends;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    test: Test,
    slot: u16,
    /// The place of the first text that a text is compared with, and how many there are.
    texts: u16,
    count: u8,
    style: Style,
    negated: bool,
    /// Whether a symbol can be judged.
    symbols: bool,
}

/// How a row reads its slot. Rows are sorted by it, so that the branches on it are the same from one evaluation to
/// the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Style {
    Int,
    Text,
    Bool,
    Double,
    Timestamp,
    Duration,
    Present,
}

/// What rows say, as bits to be joined.
const FAILED: u8 = 1;
const UNKNOWN: u8 = 2;
/// There is a text, which is looked at behind the others.
const TEXT: u8 = 4;

impl Row {
    /// The slot that it is about.
    #[inline(always)]
    pub(crate) const fn slot(&self) -> SlotIx {
        SlotIx::new(self.slot as u32)
    }

    /// What it says of a value. The value is chosen without a branch, since a missing one cannot be predicted.
    #[inline(always)]
    fn judge(&self, slot: &Slot<'_>) -> u8 {
        // Three cases are compared one by one; more would become an indirect jump, which costs more than a test.
        let (known, word) = match self.style {
            Style::Int => match *slot {
                Slot::Int(value) => (true, value as u64),
                _ => (false, 0),
            },
            Style::Text => match *slot {
                Slot::Text(_) => return TEXT,
                Slot::Symbol(symbol) => (self.symbols, symbol.word()),
                _ => (false, 0),
            },
            Style::Bool => match *slot {
                Slot::Bool(value) => (true, u64::from(value)),
                _ => (false, 0),
            },
            _ => return self.judge_rarer(slot),
        };
        select_unpredictable(known, self.refutes(word), UNKNOWN)
    }

    #[inline(always)]
    fn refutes(&self, word: u64) -> u8 {
        u8::from(self.test.admits(word) == self.negated)
    }

    #[inline(never)]
    fn judge_rarer(&self, slot: &Slot<'_>) -> u8 {
        match (self.style, *slot) {
            (Style::Timestamp, Slot::Timestamp(value)) => self.refutes(value.as_micros() as u64),
            (Style::Duration, Slot::Duration(value)) => self.refutes(value.as_micros() as u64),
            (Style::Double, Slot::Double(value)) if !value.is_nan() => {
                self.refutes(number::key(value) as u64)
            }
            (Style::Present, slot) => u8::from(slot.is_present() == self.negated),
            _ => UNKNOWN,
        }
    }
}

/// A text that others are compared with, by length, beginning and end first.
#[derive(Debug, Clone)]
struct Literal {
    /// The lengths of all literals of its row, a bit for each; the last for all that are longer.
    lengths: u64,
    ends: Ends,
    text: SmolStr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    len: usize,
    head: u64,
    tail: u64,
}

impl Ends {
    /// Up to this length the two ends are all of the text.
    const WHOLE: usize = 16;

    #[inline(always)]
    fn of(text: &str) -> Self {
        let (head, tail) = ends(text);
        Self { len: text.len(), head, tail }
    }
}

/// Rows, and the texts that they name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    literals: Vec<Literal>,
}

impl Table {
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Sorts the rows by how they read their slots.
    pub(super) fn sort(&mut self) {
        self.rows.sort_by_key(|row| row.style);
    }

    /// Takes over rows of other tables, sorted by how they read their slots. Nothing is done and `None` given if
    /// there is no room for their texts.
    pub(crate) fn take_over(&mut self, parts: &[(&[Row], &Self)]) -> Option<()> {
        let texts = parts.iter().map(|(_, other)| other.literals.len()).sum::<usize>();
        u16::try_from(self.literals.len() + texts).ok()?;
        let from = self.rows.len();
        for (rows, other) in parts {
            let texts = self.literals.len() as u16;
            self.rows.extend(rows.iter().map(|row| Row { texts: row.texts + texts, ..*row }));
            self.literals.extend_from_slice(&other.literals);
        }
        if let Some(rows) = self.rows.get_mut(from..) {
            rows.sort_by_key(|row| row.style);
        }
        Some(())
    }

    /// Adds the row for a simple test, unless it takes more than a range and a mask.
    pub(super) fn add(&mut self, atom: &Atom, code: Code<'_>) -> Option<()> {
        let name = code.nodes.get(atom.name as usize)?;
        let mut row = Row {
            test: Test::ANY,
            slot: u16::try_from(name.aux).ok()?,
            texts: 0,
            count: 0,
            style: Style::Int,
            negated: atom.negated,
            symbols: code.symbols,
        };
        row.style = match (&atom.test, name.ty) {
            (atom::Test::Present, _) => Style::Present,
            (_, Ty::Bool) => Style::Bool,
            (_, Ty::Int) => Style::Int,
            (atom::Test::Range(_), Ty::Double) => Style::Double,
            (atom::Test::Range(_), Ty::Timestamp) => Style::Timestamp,
            (atom::Test::Range(_), Ty::Duration) => Style::Duration,
            (atom::Test::Texts(..), Ty::Text) => Style::Text,
            _ => return None,
        };
        match &atom.test {
            atom::Test::Present => {}
            atom::Test::Range(range) => row.test = Test::range(*range),
            atom::Test::Keys(keys) => row.test = Test::keys(keys)?,
            atom::Test::Texts(from, to) => {
                let nodes = code.nodes.get(*from as usize..*to as usize)?;
                row.test = Test { mask: 0, width: 63, low: 0 };
                (row.texts, row.count) =
                    (u16::try_from(self.literals.len()).ok()?, u8::try_from(nodes.len()).ok()?);
                let texts = || nodes.iter().map(|node| code.expr.pooled(node));
                let lengths = texts().fold(0, |lengths, text| lengths | length_bit(text));
                self.literals.extend(texts().map(|text| Literal {
                    lengths,
                    ends: Ends::of(text),
                    text: SmolStr::new(text),
                }));
                for node in nodes {
                    row.test.mask |= 1_u64.checked_shl(node.aux).unwrap_or_default();
                    row.symbols &= node.aux != 0;
                }
            }
            atom::Test::TextOrder(..) => return None,
        }
        self.rows.push(row);
        Some(())
    }

    /// Whether a text is among those of a row.
    #[inline]
    fn lists(&self, row: &Row, text: &str) -> bool {
        let from = usize::from(row.texts);
        let literals = self.literals.get(from..from + usize::from(row.count)).unwrap_or_default();
        // Most texts that are none of the literals are not as long as one.
        if literals.first().is_none_or(|literal| literal.lengths & length_bit(text) == 0) {
            return false;
        }
        let ends = Ends::of(text);
        let alike = literals.iter().fold(false, |alike, literal| alike | (literal.ends == ends));
        alike && (text.len() <= Ends::WHOLE || literals.iter().any(|literal| literal.text == text))
    }

    /// What one row says.
    #[inline(always)]
    fn says(&self, row: &Row, slot: &Slot<'_>) -> u8 {
        match slot {
            Slot::Text(text) if row.style == Style::Text => u8::from(self.lists(row, text) == row.negated),
            slot => row.judge(slot),
        }
    }

    /// What the row of this place says.
    pub(super) fn truth<F: Facts + ?Sized>(&self, at: usize, facts: &F) -> Truth {
        let Some(row) = self.rows.get(at) else { return Truth::Unknown };
        truth(facts.read(row.slot(), |slot| self.says(row, slot)))
    }

    /// Whether all these rows pass.
    #[inline(always)]
    pub(crate) fn all_pass<F: Facts + ?Sized>(&self, rows: &[Row], facts: &F) -> bool {
        if !F::NEAR {
            return rows.iter().all(|row| facts.read(row.slot(), |slot| self.says(row, slot)) == 0);
        }
        let joined =
            rows.iter().fold(0, |joined, row| joined | facts.read(row.slot(), |slot| row.judge(slot)));
        joined == 0 || (joined == TEXT && self.texts_pass(rows, facts))
    }

    /// Whether the texts of all these rows pass.
    #[inline]
    fn texts_pass<F: Facts + ?Sized>(&self, rows: &[Row], facts: &F) -> bool {
        rows.iter().filter(|row| row.style == Style::Text).all(|row| {
            facts.read(row.slot(), |slot| match slot {
                Slot::Text(text) => self.lists(row, text) ^ row.negated,
                _ => true,
            })
        })
    }

    /// The conjunction of all these rows.
    #[inline(always)]
    pub(super) fn conjunction<F: Facts + ?Sized>(&self, rows: &[Row], facts: &F) -> Truth {
        let mut joined = 0;
        if F::NEAR {
            for row in rows {
                joined |= facts.read(row.slot(), |slot| row.judge(slot));
            }
            if joined & TEXT != 0 && joined & FAILED == 0 && !self.texts_pass(rows, facts) {
                return Truth::False;
            }
        } else {
            for row in rows {
                joined |= facts.read(row.slot(), |slot| self.says(row, slot));
                if joined & FAILED != 0 {
                    return Truth::False;
                }
            }
        }
        truth(joined)
    }
}

#[inline(always)]
const fn length_bit(text: &str) -> u64 {
    let len = text.len();
    1 << if len < 63 { len } else { 63 }
}

#[inline(always)]
fn truth(joined: u8) -> Truth {
    // A table instead of branches: the outcome is what cannot be predicted.
    const TRUTHS: [Truth; 4] = [Truth::True, Truth::False, Truth::Unknown, Truth::False];
    TRUTHS.get(usize::from(joined & 3)).copied().unwrap_or(Truth::False)
}
