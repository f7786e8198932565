//! Working time.

use alloc::vec::Vec;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime};

use super::error::{CalendarError, Fault};
use super::week::{DAY, Week};
use super::zone::{earliest, exact, latest};
use super::{Weekday, Zone};
use crate::offset::{Offset, OffsetUnit};
use crate::time::{Span, Timestamp};

/// Working hours in a zone, and the holidays on which there are none.
///
/// It is working time while the clock on the wall of the zone shows a time within the hours of its
/// weekday; what is counted of it are seconds as they pass, also on a day when the clocks are set.
/// Opening is working time, closing is not. Instants beyond the range of dates are none of either.
///
/// ```
/// use lifestage::calendar::{Calendar, Weekday, Zone};
/// use lifestage::{Offset, Span, Timestamp};
///
/// let calendar = Calendar::standard(Zone::utc()).with_holiday("2026-04-06")?;
/// let friday: Timestamp = "2026-04-03T10:00:00Z".parse()?;
/// let tuesday: Timestamp = "2026-04-07T12:00:00Z".parse()?;
/// assert_eq!(calendar.working_between(friday, tuesday), Span::from_seconds(36_000));
/// assert_eq!(calendar.add(friday, Span::from_seconds(36_000)), Some(tuesday));
/// assert_eq!(calendar.after(friday, Offset::days(1)), Some("2026-04-07T10:00:00Z".parse()?));
///
/// let short = Calendar::new(Zone::utc()).open(Weekday::Sat, "10:00-12:00")?.open(Weekday::Sat, "13:00-15:00")?;
/// assert!(!short.is_working(tuesday));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: Zone,
    week: Week,
    /// Days since 1970-01-01, in order.
    holidays: Vec<i64>,
}

/// A stretch of time in which the clocks of a zone are not set, by what they show.
struct Stretch {
    from: i64,
    to: i64,
    /// How far they are ahead of UTC.
    ahead: i64,
}

impl Calendar {
    /// A calendar without working hours.
    pub const fn new(zone: Zone) -> Self {
        Self { zone, week: Week::NEVER, holidays: Vec::new() }
    }

    /// Monday to Friday, 09:00 to 17:00, without holidays.
    pub fn standard(zone: Zone) -> Self {
        Self { week: Week::standard(), ..Self::new(zone) }
    }

    /// Adds hours to a day of the week, written `09:00-17:00`. The end of a day is `24:00`; hours that
    /// touch are one.
    ///
    /// # Errors
    /// [`CalendarError`] when the text is nothing of the kind, ends before it begins, or overlaps other
    /// hours of the day.
    pub fn open(mut self, day: Weekday, hours: &str) -> Result<Self, CalendarError> {
        self.add_hours(day, hours).map(|()| self)
    }

    /// Adds a day without working hours, written `2026-12-25`.
    ///
    /// # Errors
    /// [`CalendarError`] when the text is no date, or one that is there already.
    pub fn with_holiday(mut self, date: &str) -> Result<Self, CalendarError> {
        self.add_holiday(date).map(|()| self)
    }

    pub(crate) fn add_hours(&mut self, day: Weekday, hours: &str) -> Result<(), CalendarError> {
        self.week.add(day, hours)
    }

    pub(crate) fn add_holiday(&mut self, date: &str) -> Result<(), CalendarError> {
        let day = read_date(date).ok_or_else(|| CalendarError::new(date, Fault::NoDate))?;
        match self.holidays.binary_search(&day) {
            Ok(_) => Err(CalendarError::new(date, Fault::ListedTwice)),
            Err(place) => {
                self.holidays.insert(place, day);
                Ok(())
            }
        }
    }

    /// Whether no day of the week has working hours.
    pub(crate) fn is_never(&self) -> bool {
        self.week.is_empty()
    }

    /// Its zone.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Whether `at` is in working time.
    pub fn is_working(&self, at: Timestamp) -> bool {
        self.local(at).is_some_and(|local| self.week.holds(local) && !self.is_holiday(local.div_euclid(DAY)))
    }

    /// How much working time passes from `from` to `to`; none when `to` is the earlier.
    pub fn working_between(&self, from: Timestamp, to: Timestamp) -> Span {
        let (from, to) = (from.max(earliest()), to.min(latest()));
        let stretches = self.stretches(from, to);
        Span::from_micros(stretches.map(|stretch| self.worked(stretch.from, stretch.to)).sum())
    }

    /// When so much working time has passed since `from`; a span below zero counts as zero.
    ///
    /// Outside of working hours counting starts at the next opening, and that is the answer for a span of
    /// zero. What is used up at a closing ends there, and not at the opening after it. There is no such
    /// moment when the calendar has no working hours, or beyond the range of dates.
    pub fn add(&self, from: Timestamp, working: Span) -> Option<Timestamp> {
        if self.week.is_empty() || from < earliest() {
            return None;
        }
        let mut rest = working.as_micros().max(0);
        for stretch in self.stretches(from, latest()) {
            match self.pass(stretch.from, stretch.to, rest) {
                Ok(local) => return Some(Timestamp::from_micros(local - stretch.ahead)),
                Err(left) => rest = left,
            }
        }
        None
    }

    /// So much later. Minutes and hours are working time, as [`add`](Self::add) counts it. Days are working
    /// days, counted from the next opening when `from` is outside of working hours: the same time of day on
    /// that day, or the nearest within its hours. Weeks and months are those of the calendar, and then the
    /// next working time.
    pub fn after(&self, from: Timestamp, offset: Offset) -> Option<Timestamp> {
        let (amount, unit) = offset.parts();
        match unit {
            OffsetUnit::Minutes | OffsetUnit::Hours => self.add(from, exact(amount, unit)?),
            OffsetUnit::Days => self.days_after(from, i64::from(amount)),
            OffsetUnit::Weeks | OffsetUnit::Months => {
                self.add(self.zone.after(from, offset)?, Span::default())
            }
        }
    }

    fn days_after(&self, from: Timestamp, count: i64) -> Option<Timestamp> {
        let start = self.add(from, Span::default())?;
        if count == 0 {
            return Some(start);
        }
        let local = self.local(start)?;
        let day = self.working_day(local.div_euclid(DAY), count)?;
        let there = self.week.clamp(day, local.rem_euclid(DAY))?;
        // Clocks set back over midnight show the end of a day again.
        self.zone.resolve(civil(there)?).map(|there| there.max(start))
    }

    /// The `count`th working day after `day`; `count` is at least one.
    fn working_day(&self, mut day: i64, mut count: i64) -> Option<i64> {
        let per_week = self.week.days();
        // Whole weeks at once, then again as many days as there were holidays in them.
        loop {
            let weeks = (count - 1).checked_div(per_week)?;
            if weeks == 0 {
                break;
            }
            let there = day + weeks * 7;
            count += self.holidays_between(day + 1, there + 1) - weeks * per_week;
            day = there;
        }
        while count > 0 {
            day += 1;
            if day > LAST_DAY {
                return None;
            }
            if self.has_hours(day) {
                count -= 1;
            }
        }
        Some(day)
    }

    /// Whether the day of `at` has working hours.
    pub(super) fn has_hours_on_day_of(&self, at: Timestamp) -> bool {
        self.local(at).is_some_and(|local| self.has_hours(local.div_euclid(DAY)))
    }

    fn has_hours(&self, day: i64) -> bool {
        self.week.has_day(day) && !self.is_holiday(day)
    }

    fn is_holiday(&self, day: i64) -> bool {
        self.holidays.binary_search(&day).is_ok()
    }

    /// How many working days of the week, from one day until another, are holidays.
    fn holidays_between(&self, from: i64, until: i64) -> i64 {
        let days = self.holidays_from(from).take_while(|day| *day < until);
        i64::try_from(days.filter(|day| self.week.has_day(*day)).count()).unwrap_or_default()
    }

    fn holidays_from(&self, day: i64) -> impl Iterator<Item = i64> {
        let first = self.holidays.partition_point(|holiday| *holiday < day);
        self.holidays.iter().skip(first).copied()
    }

    /// What the clock shows at `at`, as if it were UTC.
    fn local(&self, at: Timestamp) -> Option<i64> {
        self.zone.ahead(at).map(|ahead| at.as_micros() + ahead)
    }

    fn stretches(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Stretch> {
        let mut settings = self.zone.settings(from);
        let mut now = self.zone.ahead(from).map(|ahead| (from, ahead));
        core::iter::from_fn(move || {
            let (start, ahead) = now.filter(|(start, _)| *start < to)?;
            now = settings.next();
            let end = now.map_or(to, |(set, _)| set.min(to));
            Some(Stretch { from: start.as_micros() + ahead, to: end.as_micros() + ahead, ahead })
        })
    }

    /// The working time while the clock goes from one reading to another.
    fn worked(&self, from: i64, to: i64) -> i64 {
        let plain = |from, to| self.week.until(to) - self.week.until(from);
        let holidays = self.holidays_from(from.div_euclid(DAY)).map(|day| (day * DAY, (day + 1) * DAY));
        let off = holidays.take_while(|(start, _)| *start < to);
        plain(from, to) - off.map(|(start, end)| plain(start.max(from), end.min(to))).sum::<i64>()
    }

    /// What the clock shows when so much working time has passed; what is left of it where that does not
    /// happen before it shows `to`.
    fn pass(&self, mut from: i64, to: i64, mut rest: i64) -> Result<i64, i64> {
        let mut holidays = self.holidays_from(from.div_euclid(DAY));
        while from < to {
            let holiday = holidays.next().map(|day| (day * DAY, (day + 1) * DAY));
            let end = holiday.map_or(to, |(start, _)| start.clamp(from, to));
            let worked = self.week.until(end) - self.week.until(from);
            let there = if rest == 0 {
                self.week.opening(from).filter(|opening| *opening < end)
            } else if rest <= worked {
                self.week.when(self.week.until(from) + rest)
            } else {
                None
            };
            if let Some(there) = there {
                return Ok(there);
            }
            rest -= worked;
            from = holiday.map_or(to, |(_, next)| next);
        }
        Err(rest)
    }
}

/// 9999-12-31.
const LAST_DAY: i64 = 2_932_896;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

fn civil(local: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_micros(local)).ok()
}

/// The number of a date written `2026-12-25`.
fn read_date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let mut part = |length| {
        let digits = parts.next()?;
        let plain = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain { digits.parse::<i16>().ok() } else { None }
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(date.duration_since(EPOCH.date()).as_hours() / 24)
}
