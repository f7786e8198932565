//! What can be wrong with a zone or with working hours as they are written.

use alloc::string::String;
use core::fmt;

use super::Weekday;

/// How much of a text is repeated in an error.
const SHOWN: usize = 80;

pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).flat_map(char::escape_debug).collect()
}

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneError {
    pub(super) text: String,
    /// A zone of nearly this name.
    pub(super) near: Option<String>,
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a time zone", self.text)?;
        match &self.near {
            Some(near) => write!(f, ", did you mean `{near}`?"),
            None if cfg!(feature = "zones") => Ok(()),
            None => f.write_str(" of this build, which has no zones but `UTC` and offsets like `+02:00`"),
        }
    }
}

impl core::error::Error for ZoneError {}

/// Working hours or a holiday that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarError {
    pub(super) text: String,
    pub(super) fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    NoWeekday,
    NoRange,
    EndsBeforeItBegins,
    Overlaps(Weekday),
    NoDate,
    ListedTwice,
}

impl CalendarError {
    pub(super) fn new(text: &str, fault: Fault) -> Self {
        Self { text: shown(text), fault }
    }

    /// Whether it says that a holiday is there already.
    pub(crate) fn is_repetition(&self) -> bool {
        self.fault == Fault::ListedTwice
    }
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match self.fault {
            Fault::NoWeekday => write!(f, "`{text}` is not a day of the week: write `mon` to `sun`"),
            Fault::NoRange => write!(f, "`{text}` are no working hours: write `09:00-17:00`"),
            Fault::EndsBeforeItBegins => write!(f, "the hours `{text}` end before they begin"),
            Fault::Overlaps(day) => write!(f, "the hours `{text}` overlap others on `{day}`"),
            Fault::NoDate => write!(f, "`{text}` is not a date: write `2026-12-25`"),
            Fault::ListedTwice => write!(f, "the holiday `{text}` is listed twice"),
        }
    }
}

impl core::error::Error for CalendarError {}
