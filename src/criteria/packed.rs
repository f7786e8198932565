//! Criteria over words: the form for the hottest paths, where facts come as numbers.

use alloc::vec::Vec;

use super::Criteria;
use super::atom::Test;
use super::eval::Truth;
use super::number;
use super::slot::Slot;

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
#[derive(Debug, Clone)]
pub struct Packed {
    ranges: Vec<Range>,
    /// Symbols that do not follow each other, and ints with gaps.
    sets: Vec<Set>,
    /// Slots that must have a value of their type for the answer to be known.
    used: u64,
    /// Slots that must have a value, and that must have none.
    wanted: u64,
    unwanted: u64,
}

/// Words from `low` on, around the circle of 64 bits, on which the complement of a range is a range too.
#[derive(Debug, Clone, Copy)]
struct Range {
    low: u64,
    width: u64,
    slot: u64,
}

#[derive(Debug, Clone, Copy)]
struct Set {
    low: u64,
    mask: u64,
    slot: u64,
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
        let mut packed = Packed { ranges: Vec::new(), sets: Vec::new(), used: 0, wanted: 0, unwanted: 0 };
        for at in self.conjuncts() {
            let atom = code.atom(at)?;
            let name = code.nodes.get(atom.name as usize)?;
            let bit = 1_u64.checked_shl(name.aux)?;
            match &atom.test {
                Test::Present => {
                    *(if atom.negated { &mut packed.unwanted } else { &mut packed.wanted }) |= bit;
                    continue;
                }
                Test::Range(range) => {
                    let range = range.map(|(low, high)| (low as u64, (high as u64).wrapping_sub(low as u64)));
                    packed.range(name.aux, range, atom.negated);
                }
                Test::Texts(from, to) if code.symbols => {
                    let mut mask = 0;
                    for node in code.nodes.get(*from as usize..*to as usize)? {
                        mask |= if node.aux == 0 { return None } else { 1_u64.checked_shl(node.aux)? };
                    }
                    packed.set(name.aux, 0, mask, atom.negated);
                }
                Test::Keys(keys) => {
                    let first = keys.first().copied().unwrap_or_default();
                    let mut mask = 0;
                    for key in keys {
                        mask |= 1_u64 << key.checked_sub(first).filter(|distance| *distance < 64)?;
                    }
                    packed.set(name.aux, first as u64, mask, atom.negated);
                }
                Test::Texts(..) | Test::TextOrder(..) => return None,
            }
            packed.used |= bit;
        }
        Some(packed)
    }
}

impl Packed {
    /// Adds a range, given by its first word and how many follow.
    fn range(&mut self, slot: u32, range: Option<(u64, u64)>, negated: bool) {
        let slot = u64::from(slot);
        match (range, negated) {
            // All words pass.
            (None, true) | (Some((_, u64::MAX)), false) => {}
            // None does: no word is in an empty set.
            (None, false) | (Some((_, u64::MAX)), true) => self.sets.push(Set { low: 0, mask: 0, slot }),
            (Some((low, width)), false) => self.ranges.push(Range { low, width, slot }),
            (Some((low, width)), true) => {
                let low = low.wrapping_add(width).wrapping_add(1);
                self.ranges.push(Range { low, width: u64::MAX - width - 1, slot });
            }
        }
    }

    /// Adds a set: the bits of a mask, counted from `low`; as a range if there is no gap in it.
    fn set(&mut self, slot: u32, low: u64, mask: u64, negated: bool) {
        let (first, count) = (u64::from(mask.trailing_zeros()), u64::from(mask.count_ones()));
        let solid = mask == 0 || u64::from(64 - mask.leading_zeros()) - first == count;
        if solid || negated {
            if !solid {
                // A word outside of each stretch of the mask is outside of the mask.
                let mut rest = mask;
                while rest != 0 {
                    let start = rest.trailing_zeros();
                    let len = (rest >> start).trailing_ones();
                    self.range(slot, Some((low.wrapping_add(u64::from(start)), u64::from(len) - 1)), true);
                    rest &= u64::MAX.checked_shl(start + len).unwrap_or_default();
                }
                return;
            }
            let range = (mask != 0).then(|| (low.wrapping_add(first), count - 1));
            return self.range(slot, range, negated);
        }
        self.sets.push(Set { low, mask, slot: u64::from(slot) });
    }

    /// What the criterion says of words, one per slot; `known` has a bit for each slot with a value of its type,
    /// `present` one for each with a value at all. Without branches on the facts.
    #[inline]
    pub fn eval(&self, words: &[u64], known: u64, present: u64) -> Truth {
        const TRUTHS: [Truth; 4] = [Truth::True, Truth::Unknown, Truth::False, Truth::False];
        let word = |slot: u64| words.get(slot as usize).copied().unwrap_or_default();
        let mut failed = 0;
        for range in &self.ranges {
            let distance = word(range.slot).wrapping_sub(range.low);
            failed |= u64::from(distance > range.width) << (range.slot & 63);
        }
        for set in &self.sets {
            let distance = word(set.slot).wrapping_sub(set.low);
            let inside = (distance < 64) & (set.mask >> (distance & 63) & 1 != 0);
            failed |= u64::from(!inside) << (set.slot & 63);
        }
        let refuted = failed & known | self.wanted & !present | self.unwanted & present;
        let verdict = usize::from(refuted != 0) << 1 | usize::from(self.used & !known != 0);
        TRUTHS.get(verdict & 3).copied().unwrap_or(Truth::False)
    }
}
