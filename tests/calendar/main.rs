//! Zones, times of day and working time (S41): cases worked by hand, and what holds of all.

mod definition;
mod property;
mod table;
mod texts;

use lifestage::Timestamp;
use lifestage::calendar::{Calendar, Weekday, Zone};

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn zone(name: &str) -> Zone {
    Zone::get(name).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads `office`, or `mon-thu 09:00-12:00,13:00-17:00; sat 10:00-12:00; not 2026-12-25`.
pub(crate) fn calendar(zone: &Zone, text: &str) -> Calendar {
    text.split("; ").fold(Calendar::new(zone.clone()), |calendar, part| match part.split_once(' ') {
        None if part == "office" => Calendar::standard(zone.clone()),
        None if part == "none" => calendar,
        Some(("not", date)) => calendar.with_holiday(date).unwrap(),
        Some((days, hours)) => days_of(days).into_iter().fold(calendar, |calendar, day| {
            hours.split(',').fold(calendar, |calendar, hours| calendar.open(day, hours).unwrap())
        }),
        None => panic!("`{part}` is no part of a calendar"),
    })
}

fn days_of(text: &str) -> Vec<Weekday> {
    let day = |text: &str| text.parse::<Weekday>().unwrap();
    match text.split_once('-') {
        Some((first, last)) => {
            Weekday::ALL.into_iter().filter(|one| (day(first)..=day(last)).contains(one)).collect()
        }
        None => text.split(',').map(day).collect(),
    }
}
