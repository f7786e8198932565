//! Lengths of calendar time: `30m`, `4h`, `2d`, `1w`, `3mo` (S50).

use core::fmt;
use core::str::FromStr;

use crate::time::TimeError;

/// A whole number of minutes, hours, days, weeks or months. Days and longer depend on the zone and
/// the calendar, which is why this is no [`Span`](crate::Span).
///
/// ```
/// use lifestage::Offset;
///
/// assert_eq!(Offset::days(2).to_string(), "2d");
/// assert_eq!("3mo".parse::<Offset>()?, Offset::months(3));
/// assert!("soon".parse::<Offset>().is_err());
/// # Ok::<(), lifestage::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Offset {
    amount: u32,
    unit: OffsetUnit,
}

/// What an [`Offset`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OffsetUnit {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
}

impl OffsetUnit {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Months, "mo"),
        (Self::Minutes, "m"),
        (Self::Hours, "h"),
        (Self::Days, "d"),
        (Self::Weeks, "w"),
    ];
}

impl Offset {
    /// `amount` minutes.
    pub const fn minutes(amount: u32) -> Self {
        Self { amount, unit: OffsetUnit::Minutes }
    }

    /// `amount` hours.
    pub const fn hours(amount: u32) -> Self {
        Self { amount, unit: OffsetUnit::Hours }
    }

    /// `amount` days.
    pub const fn days(amount: u32) -> Self {
        Self { amount, unit: OffsetUnit::Days }
    }

    /// `amount` weeks.
    pub const fn weeks(amount: u32) -> Self {
        Self { amount, unit: OffsetUnit::Weeks }
    }

    /// `amount` months.
    pub const fn months(amount: u32) -> Self {
        Self { amount, unit: OffsetUnit::Months }
    }

    /// Whether it is no time at all.
    pub(crate) const fn is_zero(self) -> bool {
        self.amount == 0
    }

    /// Whether it is certainly as long as `other`: a day has 23 hours at least and 25 at most, a month 28 days and 31.
    pub(crate) fn is_at_least(self, other: Self) -> bool {
        let minutes = |offset: Self, day: u64, month: u64| {
            let unit = match offset.unit {
                OffsetUnit::Minutes => 1,
                OffsetUnit::Hours => 60,
                OffsetUnit::Days => day,
                OffsetUnit::Weeks => 7 * day,
                OffsetUnit::Months => month * day,
            };
            u64::from(offset.amount) * unit
        };
        let days = |offset: Self| !matches!(offset.unit, OffsetUnit::Minutes | OffsetUnit::Hours);
        match (self.unit, other.unit) {
            (OffsetUnit::Months, OffsetUnit::Months) => self.amount >= other.amount,
            _ if days(self) && days(other) => minutes(self, 1, 28) >= minutes(other, 1, 31),
            _ => minutes(self, 23 * 60, 28) >= minutes(other, 25 * 60, 31),
        }
    }

    /// How many of what.
    pub(crate) const fn parts(self) -> (u32, OffsetUnit) {
        (self.amount, self.unit)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = OffsetUnit::ALL.iter().find(|(unit, _)| *unit == self.unit).map_or("", |(_, text)| text);
        write!(f, "{}{suffix}", self.amount)
    }
}

impl FromStr for Offset {
    type Err = TimeError;

    /// Reads a number followed by its unit: `m`, `h`, `d`, `w` or `mo`.
    ///
    /// # Errors
    /// [`TimeError`] when the text is nothing of the kind.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let error = || TimeError::new("a length of calendar time", text);
        let mut units = OffsetUnit::ALL.into_iter();
        let found = units.find_map(|(unit, suffix)| Some((text.strip_suffix(suffix)?, unit)));
        let digits = |amount: &str| amount.bytes().all(|byte| byte.is_ascii_digit());
        let (amount, unit) = found.filter(|(amount, _)| digits(amount)).ok_or_else(error)?;
        amount.parse().map(|amount| Self { amount, unit }).map_err(|_| error())
    }
}
