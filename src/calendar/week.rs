//! The week as a circle of working hours, in microseconds by the clock on the wall.

use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::error::{CalendarError, Fault};
use super::time_of_day::TimeOfDay;

pub(super) const MINUTE: i64 = 60_000_000;
pub(super) const DAY: i64 = 24 * 60 * MINUTE;
const WEEK: i64 = 7 * DAY;
/// From the Monday before it to 1970-01-01, which was a Thursday.
const TO_MONDAY: i64 = 3;

/// A day of the week.
///
/// ```
/// use lifestage::calendar::Weekday;
///
/// assert_eq!("wed".parse(), Ok(Weekday::Wed));
/// assert_eq!(Weekday::ALL[6].to_string(), "sun");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// Every day, from Monday on.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// Its word in documents: `mon` to `sun`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Weekday {
    type Err = CalendarError;

    /// Reads `mon` to `sun`.
    ///
    /// # Errors
    /// [`CalendarError`] when the text is none of them.
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        let day = Self::ALL.into_iter().find(|day| day.name() == text);
        day.ok_or_else(|| CalendarError::new(text, Fault::NoWeekday))
    }
}

/// The working hours of any week, without holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Week {
    /// Opening and closing since Monday 00:00, in order and apart.
    hours: Vec<(i64, i64)>,
}

impl Week {
    /// No working hours at all.
    pub(super) const NEVER: Self = Self { hours: Vec::new() };

    /// Monday to Friday, 09:00 to 17:00.
    pub(super) fn standard() -> Self {
        let hours = |day: i64| (day * DAY + 9 * 60 * MINUTE, day * DAY + 17 * 60 * MINUTE);
        Self { hours: (0..5).map(hours).collect() }
    }

    /// Adds hours written `09:00-17:00`; a day can end at `24:00`.
    pub(super) fn add(&mut self, day: Weekday, text: &str) -> Result<(), CalendarError> {
        let fault = |fault| CalendarError::new(text, fault);
        let (from, to) = read_hours(text).ok_or_else(|| fault(Fault::NoRange))?;
        if to <= from {
            return Err(fault(Fault::EndsBeforeItBegins));
        }
        let midnight = day as i64 * DAY;
        let (from, to) = (midnight + from * MINUTE, midnight + to * MINUTE);
        let place = self.hours.partition_point(|(other, _)| *other < from);
        let before = place.checked_sub(1).and_then(|before| self.hours.get(before));
        let clear = before.is_none_or(|(_, end)| *end <= from)
            && self.hours.get(place).is_none_or(|(start, _)| *start >= to);
        if !clear {
            return Err(fault(Fault::Overlaps(day)));
        }
        self.hours.insert(place, (from, to));
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }

    /// Whether it is working time when the clock shows `local`.
    pub(super) fn holds(&self, local: i64) -> bool {
        let (_, into) = split(local);
        self.hours.iter().any(|(from, to)| (*from..*to).contains(&into))
    }

    /// How much working time there is from the Monday before 1970 until the clock shows `local`.
    pub(super) fn until(&self, local: i64) -> i64 {
        let (weeks, into) = split(local);
        let begun = self.hours.iter().map(|(from, to)| (into.min(*to) - from).max(0)).sum::<i64>();
        weeks * self.length() + begun
    }

    /// The first reading of the clock at which [`until`](Self::until) gives `worked`.
    pub(super) fn when(&self, worked: i64) -> Option<i64> {
        let length = self.length();
        // What a whole number of weeks amounts to is reached within the last of them.
        let weeks = worked.checked_sub(1)?.checked_div_euclid(length)?;
        let mut rest = worked - weeks * length;
        for (from, to) in &self.hours {
            if rest <= to - from {
                return Some(join(weeks, from + rest));
            }
            rest -= to - from;
        }
        None
    }

    /// The first working time at `local` or after it.
    pub(super) fn opening(&self, local: i64) -> Option<i64> {
        let (weeks, into) = split(local);
        match self.hours.iter().find(|(_, to)| *to > into) {
            Some((from, _)) => Some(join(weeks, into.max(*from))),
            None => self.hours.first().map(|(from, _)| join(weeks + 1, *from)),
        }
    }

    /// How many of its days have working hours.
    pub(super) fn days(&self) -> i64 {
        let mut days: Vec<i64> = self.hours.iter().map(|(from, _)| from / DAY).collect();
        days.dedup();
        i64::try_from(days.len()).unwrap_or_default()
    }

    /// Whether the day with this number since 1970-01-01 has working hours.
    pub(super) fn has_day(&self, day: i64) -> bool {
        let (_, midnight) = split(day * DAY);
        self.hours.iter().any(|(from, _)| (midnight..midnight + DAY).contains(from))
    }

    /// A time of day as near as the hours of this day come to it: within them it stays, before them or
    /// between them it waits for the next opening, after them it goes back to the last closing.
    pub(super) fn clamp(&self, day: i64, time: i64) -> Option<i64> {
        let (weeks, midnight) = split(day * DAY);
        let mut hours = self.hours.iter().filter(|(from, _)| (midnight..midnight + DAY).contains(from));
        let wanted = midnight + time;
        let last = hours.clone().next_back()?.1;
        let open = hours.find(|(_, to)| *to > wanted).map(|(from, _)| wanted.max(*from));
        Some(join(weeks, open.unwrap_or(last)))
    }

    /// The working time of a whole week.
    fn length(&self) -> i64 {
        self.hours.iter().map(|(from, to)| to - from).sum()
    }
}

/// Weeks since the Monday before 1970, and how far into the week it is.
fn split(local: i64) -> (i64, i64) {
    let since_monday = local + TO_MONDAY * DAY;
    (since_monday.div_euclid(WEEK), since_monday.rem_euclid(WEEK))
}

fn join(weeks: i64, into: i64) -> i64 {
    weeks * WEEK + into - TO_MONDAY * DAY
}

/// Minutes since midnight of both ends.
fn read_hours(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('-')?;
    let from = TimeOfDay::read(from)?.minutes();
    let to = if to == "24:00" { 24 * 60 } else { TimeOfDay::read(to)?.minutes() };
    Some((from, to))
}
