//! Numbers compared exactly, and values as ordered 64-bit keys.

use core::cmp::Ordering;

/// Two to the power of 63.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// An int against a double that is not NaN, without rounding either.
pub(super) fn compare(int: i64, double: f64) -> Ordering {
    if double >= TWO_63 {
        return Ordering::Less;
    }
    if double < -TWO_63 {
        return Ordering::Greater;
    }
    // In this range the cast cuts off the fraction and nothing else.
    let whole = double as i64;
    int.cmp(&whole).then_with(|| {
        let fraction = double - whole as f64;
        if fraction > 0.0 {
            Ordering::Less
        } else if fraction < 0.0 {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    })
}

/// The int equal to a double, if there is one.
pub(super) fn exact_int(double: f64) -> Option<i64> {
    let whole = double as i64;
    (!double.is_nan() && compare(whole, double) == Ordering::Equal).then_some(whole)
}

/// The double equal to an int, if there is one.
pub(super) fn exact_double(int: i64) -> Option<f64> {
    let double = int as f64;
    (compare(int, double) == Ordering::Equal).then_some(double)
}

/// A double that is not NaN as an integer of the same order; both zeros are 0, neighbours are neighbours.
pub(super) const fn key(double: f64) -> i64 {
    let bits = double.to_bits() as i64;
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

/// The double with this [`key`].
pub(super) const fn from_key(key: i64) -> f64 {
    let bits = if key < 0 { i64::MIN.wrapping_sub(key) } else { key };
    f64::from_bits(bits as u64)
}

/// Where a literal lies among the keys of a slot: between or on them. The two are equal when it is on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The greatest key not above the literal.
    pub(super) floor: i128,
    /// The least key not below the literal.
    pub(super) ceil: i128,
}

impl Place {
    /// A literal that is itself a key.
    pub(super) fn on(key: i64) -> Self {
        Self { floor: i128::from(key), ceil: i128::from(key) }
    }

    /// A double among the ints.
    pub(super) fn double_among_ints(double: f64) -> Self {
        let cut = double as i128;
        let back = cut as f64;
        Self {
            floor: if back > double { cut.saturating_sub(1) } else { cut },
            ceil: if back < double { cut.saturating_add(1) } else { cut },
        }
    }

    /// An int among the keys of doubles.
    pub(super) fn int_among_doubles(int: i64) -> Self {
        let near = int as f64;
        let on = i128::from(key(near));
        match compare(int, near) {
            Ordering::Equal => Self { floor: on, ceil: on },
            Ordering::Less => Self { floor: on - 1, ceil: on },
            Ordering::Greater => Self { floor: on, ceil: on + 1 },
        }
    }

    /// The one key it is on.
    pub(super) fn exact(self) -> Option<i64> {
        (self.floor == self.ceil).then_some(self.floor).and_then(|key| i64::try_from(key).ok())
    }
}
