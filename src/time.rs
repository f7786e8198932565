//! Instants and spans. Time is always an input: nothing in this crate reads a clock except
//! [`Timestamp::now`], which exists only with the feature `std` and is never called by a decision.

use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// An instant in UTC, in whole microseconds since 1970-01-01T00:00:00Z (S41).
///
/// ```
/// use lifestage::Timestamp;
///
/// let opened: Timestamp = "2026-03-01T09:30:00+01:00".parse()?;
/// assert_eq!(opened.to_string(), "2026-03-01T08:30:00Z");
/// # Ok::<(), lifestage::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant `seconds` seconds after 1970-01-01T00:00:00Z; saturates at the ends of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The system clock's reading, for hosts that have no clock of their own.
    #[cfg(feature = "std")]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// This instant plus `span`, or `None` when it leaves the range.
    pub const fn checked_add(self, span: Span) -> Option<Self> {
        match self.0.checked_add(span.0) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The span from `earlier` to this instant, or `None` when it leaves the range.
    pub const fn since(self, earlier: Self) -> Option<Span> {
        match self.0.checked_sub(earlier.0) {
            Some(micros) => Some(Span(micros)),
            None => None,
        }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; an instant outside the years -9999 to 9999 as `@` and its microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Reads RFC 3339 with an offset, or the `@` form that `Display` writes.
    ///
    /// # Errors
    /// [`TimeError`] when the text is neither.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        if let Some(micros) = text.strip_prefix('@') {
            return micros.parse().map(Self).map_err(|_| TimeError::new("a timestamp", text));
        }
        text.parse::<jiff::Timestamp>()
            .map(|instant| Self(instant.as_microsecond()))
            .map_err(|_| TimeError::new("a timestamp", text))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <smol_str::SmolStr as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A signed length of time in whole microseconds. Named `Span` so that it is not taken for
/// [`core::time::Duration`], which has no sign.
///
/// Its text form is that of CEL durations: a sequence of decimal numbers with the units
/// `h`, `m`, `s`, `ms`, `us`, and as an extension `d` (24 hours): `90m`, `-1.5h`, `14d`.
///
/// ```
/// use lifestage::Span;
///
/// let wait: Span = "1h30m".parse()?;
/// assert_eq!(wait.as_micros(), 5_400_000_000);
/// assert_eq!(wait.to_string(), "5400s");
/// # Ok::<(), lifestage::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Span {
    /// A span of `micros` microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// A span of `seconds` seconds; saturates at the ends of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Its length in microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Span {
    /// Seconds with as many decimals as needed: `5400s`, `0.25s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
        if rest == 0 {
            return write!(f, "{sign}{whole}s");
        }
        let decimals = alloc::format!("{rest:06}");
        write!(f, "{sign}{whole}.{}s", decimals.trim_end_matches('0'))
    }
}

impl FromStr for Span {
    type Err = TimeError;

    /// Reads the text form described on [`Span`].
    ///
    /// # Errors
    /// [`TimeError`] when a number or unit is missing or unknown, or the span leaves the range.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        parse_span(text).ok_or_else(|| TimeError::new("a duration", text))
    }
}

fn parse_span(text: &str) -> Option<Span> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(Span(0));
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_len);
        let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        total = total.checked_add(scaled(number, unit_micros(unit)?)?)?;
        rest = tail;
    }
    i64::try_from(if negative { -total } else { total }).ok().map(Span)
}

fn unit_micros(unit: &str) -> Option<i128> {
    Some(match unit {
        "d" => 86_400_000_000,
        "h" => 3_600_000_000,
        "m" => 60_000_000,
        "s" => 1_000_000,
        "ms" => 1_000,
        "us" | "µs" => 1,
        _ => return None,
    })
}

/// `number` (digits with at most one point) times `unit`, cut off below a microsecond.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && decimals.is_empty()) || whole.len() > 19 || decimals.len() > 15 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let scale = 10_i128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let decimals: i128 = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
    whole.checked_mul(unit)?.checked_add(decimals.checked_mul(unit)? / scale)
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <smol_str::SmolStr as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A text that is no timestamp, no duration or no length of calendar time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeError {
    wanted: &'static str,
    text: String,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}", self.text, self.wanted)
    }
}

impl core::error::Error for TimeError {}

impl TimeError {
    pub(crate) fn new(wanted: &'static str, text: &str) -> Self {
        Self { wanted, text: text.chars().take(80).collect::<String>().to_string() }
    }
}
