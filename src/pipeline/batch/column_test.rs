//! Conditions as loops over columns, of which a compiler makes vector code.

use alloc::vec::Vec;

use crate::criteria::{Packed, Test};

use super::{Batch, Bits, Column, Fact};

/// One test over a column.
#[derive(Clone, PartialEq)]
pub(super) enum ColumnTest<'a> {
    /// The bits under the mask are these.
    Masked {
        column: &'a [u8],
        mask: u8,
        bits: u8,
    },
    /// The number is in a range, on the circle of numbers.
    Near {
        column: &'a [u8],
        low: u8,
        width: u8,
    },
    /// The number is marked.
    Marked {
        column: &'a [u8],
        marks: [u64; 4],
    },
    Natural {
        column: &'a [u32],
        low: u32,
        width: u32,
    },
    Int {
        column: &'a [i64],
        test: Test,
    },
}

/// The tests of a conjunction over the columns of a batch; none if it needs another form of facts.
pub(super) fn lower<'a>(packed: &Packed, batch: &Batch<'a>) -> Option<Vec<ColumnTest<'a>>> {
    let mut tests = Vec::new();
    for (slot, wanted) in packed.presence() {
        let fact = batch.fact(slot);
        match (fact.map(|fact| fact.present), wanted) {
            (Some(None), true) | (None, false) => {}
            (Some(Some(present)), _) => tests.push(bit(present, wanted)),
            (Some(None), false) | (None, true) => tests.push(NEVER),
        }
    }
    for (slot, test) in packed.tests() {
        match batch.fact(slot) {
            Some(fact) => {
                tests.extend(fact.present.map(|present| bit(present, true)));
                tests.extend(column_test(fact, test)?);
                if let Column::Symbols(column) = fact.values {
                    // A number from 64 on is no symbol: its value is wrong, and nothing is known of it.
                    tests.push(ColumnTest::Near { column, low: 0, width: 63 });
                }
            }
            None => tests.push(NEVER),
        }
    }
    Some(join(tests))
}

const NEVER: ColumnTest<'static> = ColumnTest::Masked { column: &[], mask: 0, bits: 1 };

fn bit(bits: Bits<'_>, wanted: bool) -> ColumnTest<'_> {
    let mask = 1 << (bits.bit & 7);
    ColumnTest::Masked { column: bits.column, mask, bits: if wanted { mask } else { 0 } }
}

/// A test over a column, or nothing when every value passes; the outer none when the column has another form.
#[expect(clippy::option_option, reason = "no test and no such test are two things")]
fn column_test<'a>(fact: &Fact<'a>, test: Test) -> Option<Option<ColumnTest<'a>>> {
    Some(match fact.values {
        Column::Bools(bits) => match (test.admits(0), test.admits(1)) {
            (true, true) => None,
            (false, false) => Some(NEVER),
            (_, wanted) => Some(bit(bits, wanted)),
        },
        // What is said of numbers from 64 on is free: as the last symbol, so that a set is a range more often.
        Column::Symbols(column) => small(column, |number| test.admits(u64::from(number.min(63)))),
        Column::Naturals(column) => natural(column, test)?,
        Column::Ints(column) | Column::Micros(column) => Some(ColumnTest::Int { column, test }),
        Column::Doubles(_) | Column::Texts(_) => return None,
    })
}

/// A test of small numbers by asking for each of them.
fn small<'a>(column: &'a [u8], admits: impl Fn(u8) -> bool) -> Option<ColumnTest<'a>> {
    let begins = |number: &u8| admits(*number) && !admits(number.wrapping_sub(1));
    let mut runs = (0..=u8::MAX).filter(begins);
    match (runs.next(), runs.next()) {
        (None, _) if admits(0) => None,
        (None, _) => Some(NEVER),
        (Some(low), None) => {
            let width = (1..=u8::MAX).take_while(|distance| admits(low.wrapping_add(*distance))).count();
            Some(ColumnTest::Near { column, low, width: u8::try_from(width).unwrap_or(u8::MAX) })
        }
        (Some(_), Some(_)) => {
            let mut marks = [0_u64; 4];
            for number in (0..=u8::MAX).filter(|number| admits(*number)) {
                if let Some(word) = marks.get_mut(usize::from(number >> 6)) {
                    *word |= 1 << (number & 63);
                }
            }
            Some(ColumnTest::Marked { column, marks })
        }
    }
}

/// A range of words cut down to 32 bits. The range lies on the circle, so that a hole in it can make it two.
#[expect(clippy::option_option, reason = "no test and no such test are two things")]
fn natural(column: &[u32], test: Test) -> Option<Option<ColumnTest<'_>>> {
    if test.mask != u64::MAX {
        return None;
    }
    let (first, last) = (test.low, test.low.wrapping_add(test.width));
    let most = u64::from(u32::MAX);
    let cut = |low: u64, high: u64| match (u32::try_from(low), u32::try_from(high)) {
        (Ok(low), Ok(high)) => ColumnTest::Natural { column, low, width: high.wrapping_sub(low) },
        _ => NEVER,
    };
    Some(if first <= last {
        match (first, last.min(most)) {
            (0, high) if high == most => None,
            (low, _) if low > most => Some(NEVER),
            (low, high) => Some(cut(low, high)),
        }
    } else {
        // The range passes the greatest word: what is left out lies between its ends.
        match (last, first) {
            (last, _) if last >= most => None,
            (last, first) if first > most => Some(cut(0, last)),
            (last, first) => Some(cut(first, last)),
        }
    })
}

/// Makes one test of all that look at bits of one column.
fn join(tests: Vec<ColumnTest<'_>>) -> Vec<ColumnTest<'_>> {
    let mut joined: Vec<ColumnTest<'_>> = Vec::with_capacity(tests.len());
    for test in tests {
        let ColumnTest::Masked { column, mask, bits } = test else {
            joined.push(test);
            continue;
        };
        let fitting = joined.iter_mut().find_map(|other| match other {
            ColumnTest::Masked { column: known, mask: m, bits: b }
                if core::ptr::eq(*known, column) && (*b ^ bits) & *m & mask == 0 =>
            {
                Some((m, b))
            }
            _ => None,
        });
        match fitting {
            Some((m, b)) => (*m, *b) = (*m | mask, *b | bits),
            None => joined.push(test),
        }
    }
    joined
}

impl ColumnTest<'_> {
    /// Clears the marks of the rows from `start` on that do not pass.
    #[inline(always)]
    pub(super) fn clear(&self, start: usize, marks: &mut [u8]) {
        match self {
            Self::Masked { column: [], .. } => marks.fill(0),
            Self::Masked { column, mask, bits } => each(column, start, marks, |value| value & mask == *bits),
            Self::Near { column, low, width } => {
                each(column, start, marks, |value| value.wrapping_sub(*low) <= *width);
            }
            Self::Marked { column, marks: marked } => each(column, start, marks, |value| {
                let word = marked.get(usize::from(value >> 6)).copied().unwrap_or_default();
                word >> (value & 63) & 1 == 1
            }),
            Self::Natural { column, low, width } => {
                each(column, start, marks, |value| value.wrapping_sub(*low) <= *width);
            }
            Self::Int { column, test } => each(column, start, marks, |value| test.admits(value as u64)),
        }
    }
}

#[inline(always)]
fn each<T: Copy>(column: &[T], start: usize, marks: &mut [u8], passes: impl Fn(T) -> bool) {
    let values = column.get(start..).unwrap_or_default();
    for (mark, value) in marks.iter_mut().zip(values) {
        *mark &= u8::from(passes(*value));
    }
}
