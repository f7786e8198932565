//! Lengths of calendar time: `30m`, `4h`, `2d`, `1w`, `3mo` (S50).

use core::str::FromStr;

/// A whole number of minutes, hours, days, weeks or months. Days and longer depend on the zone and
/// the calendar, which is why this is no [`Span`](crate::Span).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Offset {
    /// How many.
    pub(crate) amount: u32,
    /// Of what.
    pub(crate) unit: OffsetUnit,
}

/// The unit of an [`Offset`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
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

impl FromStr for Offset {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut units = OffsetUnit::ALL.into_iter();
        let found = units.find_map(|(unit, suffix)| Some((text.strip_suffix(suffix)?, unit)));
        let (amount, unit) =
            found.filter(|(amount, _)| amount.bytes().all(|byte| byte.is_ascii_digit())).ok_or(())?;
        amount.parse().map(|amount| Self { amount, unit }).map_err(|_| ())
    }
}
