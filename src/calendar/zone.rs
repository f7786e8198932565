//! Time zones.

use alloc::string::String;

use jiff::civil::{Date, DateTime};
use jiff::tz::{self, AmbiguousOffset, TimeZone};
use smol_str::{SmolStr, format_smolstr};

use super::error::shown;
use super::{TimeOfDay, ZoneError};
use crate::offset::{Offset, OffsetUnit};
use crate::time::{Span, Timestamp};

/// A time zone: which date and time of day an instant is.
///
/// Where a time of day does not exist on a date, because the clocks are set forward over it, it is later
/// by as much as they are set forward; where it comes twice, it is the first.
///
/// ```
/// use lifestage::calendar::Zone;
/// use lifestage::{Offset, Timestamp};
///
/// let zone = Zone::get("Europe/Berlin")?;
/// let noon: Timestamp = "2026-03-28T12:00:00+01:00".parse()?;
/// assert_eq!(zone.after(noon, Offset::days(1)), Some("2026-03-29T12:00:00+02:00".parse()?));
/// assert_eq!(zone.after(noon, Offset::hours(24)), Some("2026-03-29T13:00:00+02:00".parse()?));
/// let at = zone.at_time(noon, "09:00".parse()?);
/// assert_eq!(at, Some("2026-03-28T09:00:00+01:00".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    rules: TimeZone,
    name: SmolStr,
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl Zone {
    /// Coordinated universal time, whose clocks are never set.
    pub const fn utc() -> Self {
        Self { rules: TimeZone::UTC, name: SmolStr::new_static("UTC") }
    }

    /// The zone of this name: `UTC`, a fixed offset such as `+02:00`, or a name of the IANA database such
    /// as `Europe/Berlin`, in upper or lower case. The database is compiled in (feature `zones`); without
    /// it the first two are all there are.
    ///
    /// # Errors
    /// [`ZoneError`] when there is none.
    ///
    /// ```
    /// use lifestage::calendar::Zone;
    ///
    /// assert_eq!(Zone::get("+05:30")?.name(), "+05:30");
    /// let error = Zone::get("Europe/Berln").unwrap_err();
    /// assert_eq!(error.to_string(), "`Europe/Berln` is not a time zone, did you mean `Europe/Berlin`?");
    /// # Ok::<(), lifestage::calendar::ZoneError>(())
    /// ```
    pub fn get(name: &str) -> Result<Self, ZoneError> {
        Self::find(name).ok_or_else(|| {
            let near = Self::with_names(|names| crate::criteria::nearest(name, names).map(String::from));
            ZoneError { text: shown(name), near }
        })
    }

    /// The zone of this name, if there is one; without looking for the like.
    pub(crate) fn find(name: &str) -> Option<Self> {
        if name == "UTC" {
            return Some(Self::utc());
        }
        if let Some(zone) = Self::fixed(name) {
            return Some(zone);
        }
        let rules = names::get(name)?;
        let name = SmolStr::new(rules.iana_name()?);
        Some(Self { rules, name })
    }

    /// A name that is known to be none, as an error, without looking for the like.
    pub(crate) fn unknown(name: &str) -> ZoneError {
        ZoneError { text: shown(name), near: None }
    }

    /// Every name that there is.
    pub(crate) fn with_names<T>(run: impl FnOnce(&mut dyn Iterator<Item = &str>) -> T) -> T {
        names::with(run)
    }

    /// `+02:00` and its like.
    fn fixed(text: &str) -> Option<Self> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+')?),
        };
        let ahead = TimeOfDay::read(rest)?;
        let minutes = sign * (i32::from(ahead.hour()) * 60 + i32::from(ahead.minute()));
        let offset = tz::Offset::from_seconds(minutes * 60).ok()?;
        let sign = if minutes < 0 { '-' } else { '+' };
        Some(Self { rules: TimeZone::fixed(offset), name: format_smolstr!("{sign}{ahead}") })
    }

    /// Its name, as the database spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day that holds `at`: when it starts, and when the next one does. It need not have 24 hours, nor
    /// start at midnight.
    ///
    /// ```
    /// use lifestage::Timestamp;
    /// use lifestage::calendar::Zone;
    ///
    /// let at: Timestamp = "2026-10-25T12:00:00Z".parse()?;
    /// let (start, next) = Zone::get("Europe/Berlin")?.day(at).unwrap_or_default();
    /// assert_eq!(start.to_string(), "2026-10-24T22:00:00Z");
    /// assert_eq!(next.to_string(), "2026-10-25T23:00:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn day(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let date = self.date(at)?;
        Some((self.start(date)?, self.start(date.tomorrow().ok()?)?))
    }

    /// This time of day on the day of `at`, which may be before or after it.
    pub fn at_time(&self, at: Timestamp, time: TimeOfDay) -> Option<Timestamp> {
        self.instant(self.date(at)?, time)
    }

    /// So much later. Minutes and hours are exact; after days, weeks and months it is the same time of day,
    /// and the last day of the month where the month is too short.
    pub fn after(&self, from: Timestamp, offset: Offset) -> Option<Timestamp> {
        let (amount, unit) = offset.parts();
        let span = match unit {
            OffsetUnit::Minutes | OffsetUnit::Hours => {
                let later = from.checked_add(exact(amount, unit)?)?;
                return in_range(later).map(|_| later);
            }
            _ if amount == 0 => return in_range(from).map(|_| from),
            OffsetUnit::Days => jiff::Span::new().try_days(amount),
            OffsetUnit::Weeks => jiff::Span::new().try_weeks(amount),
            OffsetUnit::Months => jiff::Span::new().try_months(amount),
        };
        let there = self.civil(from)?.checked_add(span.ok()?).ok()?;
        // A day is repeated where a place changes sides of the date line.
        self.resolve(there).map(|later| later.max(from))
    }

    /// So much earlier, as [`after`](Self::after) is later.
    pub fn before(&self, until: Timestamp, offset: Offset) -> Option<Timestamp> {
        let (amount, unit) = offset.parts();
        let span = match unit {
            OffsetUnit::Minutes | OffsetUnit::Hours => {
                let earlier = until.as_micros().checked_sub(exact(amount, unit)?.as_micros())?;
                let earlier = Timestamp::from_micros(earlier);
                return in_range(earlier).map(|_| earlier);
            }
            OffsetUnit::Days => jiff::Span::new().try_days(amount),
            OffsetUnit::Weeks => jiff::Span::new().try_weeks(amount),
            OffsetUnit::Months => jiff::Span::new().try_months(amount),
        };
        let there = self.civil(until)?.checked_sub(span.ok()?).ok()?;
        self.resolve(there).map(|earlier| earlier.min(until))
    }

    /// The date of `at`; of the two that a clock set back over midnight shows again, the later one.
    pub(super) fn date(&self, at: Timestamp) -> Option<Date> {
        let date = self.civil(at)?.date();
        match date.tomorrow() {
            Ok(next) if self.start(next).is_some_and(|start| start <= at) => Some(next),
            _ => Some(date),
        }
    }

    /// This time of day on this date.
    pub(super) fn instant(&self, date: Date, time: TimeOfDay) -> Option<Timestamp> {
        let [hour, minute] = [time.hour(), time.minute()].map(i8::try_from);
        self.resolve(date.at(hour.ok()?, minute.ok()?, 0, 0))
    }

    /// The date and time of day that people in the zone see, to the minute: `2026-03-08 09:00`. None outside of the
    /// years that a calendar has.
    ///
    /// ```
    /// use lifestage::calendar::Zone;
    ///
    /// let at = "2026-03-08T13:00:00Z".parse()?;
    /// assert_eq!(Zone::get("America/New_York")?.wall_clock(at).as_deref(), Some("2026-03-08 09:00"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wall_clock(&self, at: Timestamp) -> Option<SmolStr> {
        let civil = self.civil(at)?;
        let (date, time) = (civil.date(), civil.time());
        Some(format_smolstr!("{date} {:02}:{:02}", time.hour(), time.minute()))
    }

    /// What the clock on the wall shows.
    fn civil(&self, at: Timestamp) -> Option<DateTime> {
        Some(self.rules.to_datetime(in_range(at)?))
    }

    pub(super) fn resolve(&self, civil: DateTime) -> Option<Timestamp> {
        self.rules.to_timestamp(civil).ok().map(micros)
    }

    /// The first instant of a date: midnight, or when the clocks are set forward over it.
    fn start(&self, date: Date) -> Option<Timestamp> {
        let midnight = date.at(0, 0, 0, 0);
        let AmbiguousOffset::Gap { before, .. } = self.rules.to_ambiguous_timestamp(midnight).offset() else {
            return self.resolve(midnight);
        };
        // By the old offset midnight is when the clocks are set or later.
        let late = before.to_timestamp(midnight).ok()?;
        let just_after = late.checked_add(jiff::SignedDuration::from_micros(1)).ok()?;
        self.rules.preceding(just_after).next().map(|set| micros(set.timestamp()))
    }

    /// How far its clocks are ahead of UTC at `at`.
    pub(super) fn ahead(&self, at: Timestamp) -> Option<i64> {
        in_range(at).map(|at| microseconds(self.rules.to_offset(at)))
    }

    /// When the clocks are set after `at`, and how far they are ahead from then on.
    pub(super) fn settings(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, i64)> {
        let settings = in_range(at).into_iter().flat_map(move |at| self.rules.following(at));
        settings.map(|set| (micros(set.timestamp()), microseconds(set.offset())))
    }
}

/// A length of minutes or hours.
pub(super) fn exact(amount: u32, unit: OffsetUnit) -> Option<Span> {
    let seconds = match unit {
        OffsetUnit::Minutes => 60,
        OffsetUnit::Hours => 3_600,
        _ => return None,
    };
    Some(Span::from_seconds(i64::from(amount) * seconds))
}

/// The first instant that has a date in every zone.
pub(super) fn earliest() -> Timestamp {
    micros(jiff::Timestamp::MIN)
}

/// The last instant that has a date in every zone.
pub(super) fn latest() -> Timestamp {
    micros(jiff::Timestamp::MAX)
}

fn in_range(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(at.as_micros()).ok()
}

fn micros(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_microsecond())
}

fn microseconds(ahead: tz::Offset) -> i64 {
    i64::from(ahead.seconds()) * 1_000_000
}

/// The zones that have names.
#[cfg(feature = "zones")]
mod names {
    use jiff::tz::{TimeZone, TimeZoneDatabase};

    /// The database that is compiled in and no other, so that every machine gives the same answer.
    pub(super) fn get(name: &str) -> Option<TimeZone> {
        TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown())
    }

    pub(super) fn with<T>(run: impl FnOnce(&mut dyn Iterator<Item = &str>) -> T) -> T {
        let names = TimeZoneDatabase::bundled();
        let names: alloc::vec::Vec<_> = names.available().collect();
        run(&mut names.iter().map(|name| name.as_str()))
    }
}

/// No zone has a name.
#[cfg(not(feature = "zones"))]
mod names {
    use jiff::tz::TimeZone;

    pub(super) fn get(_: &str) -> Option<TimeZone> {
        None
    }

    pub(super) fn with<T>(run: impl FnOnce(&mut dyn Iterator<Item = &str>) -> T) -> T {
        run(&mut ["UTC"].into_iter())
    }
}
