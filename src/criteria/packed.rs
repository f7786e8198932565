//! Criteria over words: the form for the hottest paths, where facts come as numbers.

use alloc::vec::Vec;

use super::Criteria;
use super::atom;
use super::eval::Truth;
use super::number;
use super::scope::SlotIx;
use super::slot::Slot;
use super::types::Ty;

/// A conjunction of simple tests over words, one per slot, with one bit each that says whether there is a value.
///
/// The word of a value is given by [`Slot::word`]; texts come as the symbols of the interner that the criterion was
/// compiled with. A slot whose value is of a wrong type has no bit among `known` but one among `present`.
///
/// ```
/// use lifestage::criteria::{Criteria, Expr, FieldType, Interner, Scope, Slot, Truth};
///
/// let mut scope = Scope::new();
/// scope.declare("budget", FieldType::Int);
/// let source = scope.declare("source", FieldType::String);
/// let mut interner = Interner::new();
/// let expr = Expr::parse(r#"budget >= 5000 && source == "web""#)?;
/// let packed = Criteria::compile_with(expr, &scope, &mut interner).unwrap().pack().unwrap();
///
/// let facts = [Slot::Int(7500), interner.slot(source, "web")];
/// let words = facts.map(|slot| slot.word().unwrap_or_default());
/// assert_eq!(packed.eval(&words, 0b11, 0b11), Truth::True);
/// assert_eq!(packed.eval(&words, 0b01, 0b01), Truth::Unknown);
/// # Ok::<(), lifestage::criteria::CriteriaError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    rows: Vec<Row>,
    /// Slots that must have a value of their type for the answer to be known.
    used: u64,
    /// Slots that must have a value, and that must have none.
    wanted: u64,
    unwanted: u64,
}

/// A test of the word of a slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    test: Test,
    slot: u64,
}

impl Row {
    /// Passes whatever the words are.
    pub(crate) const PADDING: Self = Self { test: Test::ANY, slot: 0 };

    /// Whether it passes.
    #[inline(always)]
    pub(crate) fn passes(&self, words: &[u64]) -> bool {
        self.test.admits(words.get(self.slot as usize).copied().unwrap_or_default())
    }
}

/// What a word must be: at most so far above the least, and by its distance from it in a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Test {
    pub(crate) low: u64,
    pub(crate) width: u64,
    pub(crate) mask: u64,
}

impl Test {
    /// Admits every word.
    pub(crate) const ANY: Self = Self { low: 0, width: u64::MAX, mask: u64::MAX };

    /// Admits the keys from one to another, or none.
    pub(super) const fn range(range: Option<(i64, i64)>) -> Self {
        match range {
            Some((low, high)) => {
                Self { low: low as u64, width: (high as u64).wrapping_sub(low as u64), mask: u64::MAX }
            }
            None => Self { mask: 0, ..Self::ANY },
        }
    }

    /// Admits these keys, sorted, which must lie near each other.
    pub(super) fn keys(keys: &[i64]) -> Option<Self> {
        let first = keys.first().copied().unwrap_or_default();
        let mut test = Self { low: first as u64, width: 63, mask: 0 };
        for key in keys {
            test.mask |= 1 << key.checked_sub(first).filter(|distance| *distance < 64)?;
        }
        Some(test)
    }

    #[inline(always)]
    pub(crate) const fn admits(self, word: u64) -> bool {
        let distance = word.wrapping_sub(self.low);
        (distance <= self.width) & (self.mask >> (distance & 63) & 1 != 0)
    }
}

impl Slot<'_> {
    /// The value as a word for [`Packed`]; `None` for no value, a wrong one, a text or a list.
    #[inline]
    pub fn word(self) -> Option<u64> {
        match self {
            Self::Bool(value) => Some(u64::from(value)),
            Self::Int(value) => Some(value as u64),
            Self::Double(value) if !value.is_nan() => Some(number::key(value) as u64),
            Self::Symbol(symbol) => Some(u64::from(symbol.number())),
            Self::Timestamp(value) => Some(value.as_micros() as u64),
            Self::Duration(value) => Some(value.as_micros() as u64),
            Self::Missing | Self::Wrong | Self::Double(_) | Self::Text(_) | Self::List(_) => None,
        }
    }
}

impl Criteria {
    /// The criterion over words, if it is a conjunction of simple tests over the first 64 slots and was compiled
    /// with an interner if it tests texts.
    pub fn pack(&self) -> Option<Packed> {
        let code = self.code();
        let mut packed = Packed { rows: Vec::new(), used: 0, wanted: 0, unwanted: 0 };
        for at in self.conjuncts() {
            let atom = code.atom(at)?;
            let name = code.nodes.get(atom.name as usize)?;
            let bit = 1_u64.checked_shl(name.aux)?;
            let mut row = Test::ANY;
            match &atom.test {
                atom::Test::Present if atom.negated => packed.unwanted |= bit,
                atom::Test::Present => packed.wanted |= bit,
                atom::Test::Range(range) => {
                    // On the circle of words the complement of a range is a range too.
                    match *range {
                        Some((low, high)) if atom.negated => {
                            row.low = (high as u64).wrapping_add(1);
                            row.width = (low as u64).wrapping_sub(row.low).wrapping_sub(1);
                            if (high as u64).wrapping_sub(low as u64) == u64::MAX {
                                row.mask = 0;
                            }
                        }
                        None if atom.negated => {}
                        range => row = Test::range(range),
                    }
                }
                atom::Test::Texts(from, to) if code.symbols => {
                    row.mask = 0;
                    for node in code.nodes.get(*from as usize..*to as usize)? {
                        row.mask |= if node.aux == 0 { return None } else { 1_u64.checked_shl(node.aux)? };
                    }
                    if atom.negated {
                        row.mask = !row.mask;
                    }
                    row.width = 63;
                }
                atom::Test::Keys(keys) if name.ty == Ty::Int && !atom.negated => {
                    row = Test::keys(keys)?;
                }
                atom::Test::Keys(_) | atom::Test::Texts(..) | atom::Test::TextOrder(..) => return None,
            }
            if !matches!(atom.test, atom::Test::Present) {
                packed.used |= bit;
                packed.rows.push(Row { test: row, slot: u64::from(name.aux) });
            }
        }
        Some(packed)
    }
}

impl Packed {
    /// The conjunction of several; of none, what always holds.
    pub(crate) fn all<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = Self { rows: Vec::new(), used: 0, wanted: 0, unwanted: 0 };
        for part in parts {
            all.rows.extend_from_slice(&part.rows);
            all.used |= part.used;
            all.wanted |= part.wanted;
            all.unwanted |= part.unwanted;
        }
        all
    }

    /// As bits: the slots that must have a value of their type, those that must have one at all, and those that
    /// must have none.
    pub(crate) const fn needs(&self) -> (u64, u64, u64) {
        (self.used, self.wanted, self.unwanted)
    }

    /// The tests.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The tests with their slots.
    pub(crate) fn tests(&self) -> impl Iterator<Item = (SlotIx, Test)> {
        self.rows.iter().map(|row| (SlotIx::new(row.slot as u32), row.test))
    }

    /// The slots of which the criterion only asks whether they have a value, and whether they must.
    pub(crate) fn presence(&self) -> impl Iterator<Item = (SlotIx, bool)> {
        let slots = |bits: u64| (0_u32..64).filter(move |slot| bits >> slot & 1 == 1);
        let wanted = slots(self.wanted).map(|slot| (SlotIx::new(slot), true));
        wanted.chain(slots(self.unwanted).map(|slot| (SlotIx::new(slot), false)))
    }

    /// What the criterion says of words, one per slot; `known` has a bit for each slot with a value of its type,
    /// `present` one for each with a value at all. Without branches on the facts.
    #[inline]
    pub fn eval(&self, words: &[u64], known: u64, present: u64) -> Truth {
        const TRUTHS: [Truth; 4] = [Truth::True, Truth::Unknown, Truth::False, Truth::False];
        let mut failed = 0;
        for row in &self.rows {
            let word = words.get(row.slot as usize).copied().unwrap_or_default();
            failed |= u64::from(!row.test.admits(word)) << (row.slot & 63);
        }
        let refuted = failed & known | self.wanted & !present | self.unwanted & present;
        let verdict = usize::from(refuted != 0) << 1 | usize::from(self.used & !known != 0);
        TRUTHS.get(verdict & 3).copied().unwrap_or(Truth::False)
    }
}
