//! Times of day.

use core::fmt;
use core::str::FromStr;

use crate::time::TimeError;

/// A time of day to the minute, `00:00` to `23:59`.
///
/// ```
/// use lifestage::calendar::TimeOfDay;
///
/// let nine: TimeOfDay = "09:00".parse()?;
/// assert_eq!(Some(nine), TimeOfDay::new(9, 0));
/// assert_eq!(nine.to_string(), "09:00");
/// assert!("9:00".parse::<TimeOfDay>().is_err());
/// # Ok::<(), lifestage::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
}

impl TimeOfDay {
    /// Midnight, when a day begins.
    pub const MIDNIGHT: Self = Self { hour: 0, minute: 0 };

    /// This hour and minute, if a day has them.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self { hour, minute }) } else { None }
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// Minutes since midnight, by the clock on the wall.
    pub(super) fn minutes(self) -> i64 {
        i64::from(self.hour) * 60 + i64::from(self.minute)
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let two = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            if plain { digits.parse().ok() } else { None }
        };
        let (hour, minute) = text.split_once(':')?;
        Self::new(two(hour)?, two(minute)?)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeError;

    /// Reads hour and minute, each with two digits.
    ///
    /// # Errors
    /// [`TimeError`] when the text is nothing of the kind.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::read(text).ok_or_else(|| TimeError::new("a time of day", text))
    }
}
