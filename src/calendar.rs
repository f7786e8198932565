//! Civil time: zones, times of day, and working time (S41).
//!
//! An instant alone knows neither "tomorrow" nor "9 o'clock" nor "working hours". A [`Zone`] gives it a
//! date and a time of day, a [`Calendar`] says which of that is working time, and [`due`] puts both
//! together. All of it is pure: the same arguments give the same instant on every machine, because the
//! rules of the zones are part of the program (feature `zones`).

mod error;
mod hours;
mod time_of_day;
mod week;
mod zone;

pub use error::{CalendarError, ZoneError};
pub use hours::Calendar;
pub use time_of_day::TimeOfDay;
pub use week::Weekday;
pub use zone::Zone;

use crate::offset::Offset;
use crate::time::Timestamp;

/// When something is due that was set off at `from`: so much later by the calendar in `zone`, or by the
/// working time of `working`; with `at`, at that time of day in `zone` on the day this leads to.
///
/// Where that time of day is over already, or no working day when there is a calendar, the next day
/// counts on which it is neither. What is due is never before `from`; `None` means that it would be
/// beyond the range of dates.
///
/// ```
/// use lifestage::calendar::{Calendar, Zone, due};
/// use lifestage::{Offset, Timestamp};
///
/// let berlin = Zone::get("Europe/Berlin")?;
/// let office = Calendar::standard(berlin.clone());
/// let friday: Timestamp = "2026-03-27T15:00:00+01:00".parse()?;
///
/// // The clocks are set forward on Sunday.
/// let later = due(friday, Offset::days(3), None, &berlin, None);
/// assert_eq!(later, Some("2026-03-30T15:00:00+02:00".parse()?));
/// let later = due(friday, Offset::hours(4), None, &berlin, Some(&office));
/// assert_eq!(later, Some("2026-03-30T11:00:00+02:00".parse()?));
/// let nine = Some("09:00".parse()?);
/// let later = due(friday, Offset::hours(1), nine, &berlin, Some(&office));
/// assert_eq!(later, Some("2026-03-30T09:00:00+02:00".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn due(
    from: Timestamp,
    offset: Offset,
    at: Option<TimeOfDay>,
    zone: &Zone,
    working: Option<&Calendar>,
) -> Option<Timestamp> {
    let moment = match working {
        Some(calendar) => calendar.after(from, offset)?,
        None => zone.after(from, offset)?,
    };
    let Some(at) = at else { return Some(moment) };
    let mut date = zone.date(moment)?;
    loop {
        let there = zone.instant(date, at)?;
        if there >= from && working.is_none_or(|calendar| calendar.has_hours_on_day_of(there)) {
            return Some(there);
        }
        date = date.tomorrow().ok()?;
    }
}
