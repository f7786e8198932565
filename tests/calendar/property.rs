//! What holds of every calendar, and a model that looks at every minute.

use std::time::{Duration, Instant};

use lifestage::calendar::{Calendar, TimeOfDay, Weekday, Zone, due};
use lifestage::{Offset, Span, Timestamp};
use proptest::prelude::*;

use super::{calendar, instant, zone};

const MINUTE: i64 = 60_000_000;

/// Zones whose clocks are set in many ways: by an hour, by half an hour, over midnight, by a day, never.
const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "America/St_Johns",
    "America/Havana",
    "Pacific/Apia",
    "-03:30",
];

/// Days about which clocks were set somewhere.
const DAYS: [&str; 12] = [
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-11-01T06:00:00Z",
    "2026-04-04T16:00:00Z",
    "2018-11-04T03:00:00Z",
    "2019-02-17T02:00:00Z",
    "2024-04-25T22:00:00Z",
    "2010-11-07T02:31:00Z",
    "2011-12-30T10:00:00Z",
    "2026-12-31T12:00:00Z",
    "2024-02-29T12:00:00Z",
];

/// A calendar, and its parts for the model.
#[derive(Debug, Clone)]
struct Plan {
    zone: Zone,
    /// The same for the model.
    rules: jiff::tz::TimeZone,
    calendar: Calendar,
    /// Minutes of the day, by weekday.
    hours: Vec<Vec<(u32, u32)>>,
    holidays: Vec<jiff::civil::Date>,
}

prop_compose! {
    fn moments()(day in prop::sample::select(DAYS.to_vec()), minutes in -5_000_i64..5_000) -> Timestamp {
        Timestamp::from_micros(instant(day).as_micros() + minutes * MINUTE)
    }
}

prop_compose! {
    fn plans()(
        name in prop::sample::select(ZONES.to_vec()),
        cuts in prop::collection::vec(prop::collection::btree_set(0_u32..=1_440, 0..5), 7),
        off in prop::collection::vec((prop::sample::select(DAYS.to_vec()), -3_i64..4), 0..4),
    ) -> Plan {
        let zone = zone(name);
        let mut calendar = Calendar::new(zone.clone());
        let mut hours = Vec::new();
        for (day, cuts) in Weekday::ALL.into_iter().zip(&cuts) {
            let cuts: Vec<u32> = cuts.iter().copied().collect();
            let ranges: Vec<(u32, u32)> = cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            for (from, to) in &ranges {
                let text = format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
                calendar = calendar.open(day, &text).unwrap();
            }
            hours.push(ranges);
        }
        let mut holidays = Vec::new();
        for (day, days) in off {
            let date = instant(day).to_string().parse::<jiff::Timestamp>().unwrap();
            let date = date.to_zoned(jiff::tz::TimeZone::UTC).date() + jiff::Span::new().days(days);
            if !holidays.contains(&date) {
                calendar = calendar.with_holiday(&date.to_string()).unwrap();
                holidays.push(date);
            }
        }
        let rules = match name {
            "-03:30" => jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(-12_600).unwrap()),
            name => jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap(),
        };
        Plan { zone, rules, calendar, hours, holidays }
    }
}

impl Plan {
    /// Whether the clock on the wall says that it is working time.
    fn is_open(&self, at: Timestamp) -> bool {
        let shown = self.rules.to_datetime(jiff::Timestamp::from_microsecond(at.as_micros()).unwrap());
        let day = usize::try_from(shown.weekday().to_monday_zero_offset()).unwrap();
        let minute = u32::try_from(shown.hour()).unwrap() * 60 + u32::try_from(shown.minute()).unwrap();
        !self.holidays.contains(&shown.date())
            && self.hours[day].iter().any(|(from, to)| (*from..*to).contains(&minute))
    }

    /// So many minutes after `from`; the clocks in use are set at whole minutes.
    fn minute(from: Timestamp, minutes: i64) -> Timestamp {
        Timestamp::from_micros(from.as_micros() + minutes * MINUTE)
    }
}

fn offsets() -> impl Strategy<Value = Offset> {
    let forms: [fn(u32) -> Offset; 5] =
        [Offset::minutes, Offset::hours, Offset::days, Offset::weeks, Offset::months];
    (0_u32..40, prop::sample::select(forms.to_vec())).prop_map(|(amount, form)| form(amount))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn working_time_is_what_a_look_at_every_minute_gives(
        plan in plans(), from in moments(), minutes in 0_i64..6_000,
    ) {
        let open = (0..minutes).filter(|minute| plan.is_open(Plan::minute(from, *minute))).count();
        let to = Plan::minute(from, minutes);
        let expected = Span::from_seconds(i64::try_from(open).unwrap() * 60);
        prop_assert_eq!(plan.calendar.working_between(from, to), expected);
        prop_assert_eq!(plan.calendar.is_working(from), plan.is_open(from));
    }

    #[test]
    fn adding_gives_the_first_moment_by_which_so_much_has_passed(
        plan in plans(), from in moments(), minutes in 0_i64..1_500,
    ) {
        // Two weeks and more, so that the holidays are over.
        let open = |minute: &i64| plan.is_open(Plan::minute(from, *minute));
        let mut counted = 0;
        let model = (0..20_000_i64).filter(open).find_map(|minute| {
            counted += 1;
            match minutes {
                0 => Some(minute),
                wanted => (counted == wanted).then_some(minute + 1),
            }
        });
        let found = plan.calendar.add(from, Span::from_seconds(minutes * 60));
        if let Some(minute) = model {
            prop_assert_eq!(found, Some(Plan::minute(from, minute)));
        } else if let Some(found) = found {
            prop_assert!(found >= Plan::minute(from, 20_000));
        }
    }

    #[test]
    fn working_time_adds_up_over_any_split(
        plan in plans(), start in moments(), lengths in prop::collection::vec(0_i64..40_000_000_000_000, 2),
    ) {
        let middle = Timestamp::from_micros(start.as_micros() + lengths[0]);
        let end = Timestamp::from_micros(middle.as_micros() + lengths[1]);
        let between = |from, to| plan.calendar.working_between(from, to).as_micros();
        prop_assert_eq!(between(start, end), between(start, middle) + between(middle, end));
        prop_assert!(between(start, end) <= lengths[0] + lengths[1]);
    }

    #[test]
    fn adding_undoes_counting(plan in plans(), from in moments(), micros in 0_i64..2_000_000_000_000) {
        let working = Span::from_micros(micros);
        if let Some(later) = plan.calendar.add(from, working) {
            prop_assert_eq!(plan.calendar.working_between(from, later), working);
            let before = Timestamp::from_micros(later.as_micros() - 1);
            if micros > 0 {
                prop_assert!(plan.calendar.is_working(before));
            } else {
                prop_assert!(plan.calendar.is_working(later));
            }
            let rest = Span::from_micros(micros / 3);
            let (first, then) = (plan.calendar.add(from, rest).unwrap(), Span::from_micros(micros - micros / 3));
            if then > Span::default() {
                prop_assert_eq!(plan.calendar.add(first, then), Some(later));
            }
        }
    }

    #[test]
    fn nothing_is_due_before_it_was_set_off(
        plan in plans(), other in prop::sample::select(ZONES.to_vec()), from in moments(),
        offset in offsets(), at in prop::option::of((0_u8..24, 0_u8..60)), in_working_time in any::<bool>(),
    ) {
        let at = at.and_then(|(hour, minute)| TimeOfDay::new(hour, minute));
        let working = in_working_time.then_some(&plan.calendar);
        match due(from, offset, at, &zone(other), working) {
            Some(later) => prop_assert!(later >= from, "{later}"),
            None => prop_assert!(in_working_time && plan.hours.iter().all(Vec::is_empty)),
        }
    }

    #[test]
    fn a_day_holds_its_moment_and_days_do_not_overlap(
        name in prop::sample::select(ZONES.to_vec()), at in moments(),
    ) {
        let zone = zone(name);
        let (start, next) = zone.day(at).unwrap();
        prop_assert!(start <= at && at < next);
        prop_assert_eq!(zone.day(start), Some((start, next)));
        let last = Timestamp::from_micros(next.as_micros() - 1);
        prop_assert_eq!(zone.day(last), Some((start, next)));
        prop_assert_eq!(zone.day(next).map(|(start, _)| start), Some(next));
    }

    #[test]
    fn working_days_are_counted_one_by_one(plan in plans(), from in moments(), count in 1_u32..60) {
        prop_assume!(plan.hours.iter().any(|hours| !hours.is_empty()));
        // Where clocks are set they may skip all the hours of a day, which is a working day nevertheless.
        prop_assume!(["UTC", "Asia/Kolkata", "-03:30"].contains(&plan.zone.name()));
        let together = plan.calendar.after(from, Offset::days(count)).unwrap();
        let open = |at: Timestamp| plan.calendar.add(at, Span::default()).unwrap();
        // By the days of the zone: each that has working time counts.
        let mut day = plan.zone.day(open(from)).unwrap();
        for _ in 0..count {
            day = plan.zone.day(open(day.1)).unwrap();
        }
        let closes_at_midnight = together == day.1;
        prop_assert!((day.0 <= together && together < day.1) || closes_at_midnight, "{together} {day:?}");
    }
}

#[test]
fn the_ends_of_time_are_no_trap() {
    for name in ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"] {
        let zone = zone(name);
        for hours in ["office", "none", "sun 23:59-24:00", "mon-sun 00:00-24:00; not 2026-12-25"] {
            let calendar = calendar(&zone, hours);
            for micros in [i64::MIN, -377_705_023_201_000_000, 0, 253_402_207_200_000_000, i64::MAX] {
                let from = Timestamp::from_micros(micros);
                for span in [i64::MIN, 0, 1, i64::MAX] {
                    if let Some(later) = calendar.add(from, Span::from_micros(span)) {
                        assert!(later >= from);
                    }
                }
                let whole = calendar.working_between(Timestamp::from_micros(i64::MIN), from);
                assert!(whole >= Span::default() && (hours != "none" || whole == Span::default()));
                for offset in [Offset::minutes, Offset::hours, Offset::days, Offset::weeks, Offset::months] {
                    for amount in [0, 1, u32::MAX] {
                        for at in [None, TimeOfDay::new(23, 59)] {
                            for working in [None, Some(&calendar)] {
                                let later = due(from, offset(amount), at, &zone, working);
                                assert!(later.is_none_or(|later| later >= from));
                            }
                        }
                    }
                }
                assert!(zone.day(from).is_none_or(|(start, next)| start <= from && from < next));
            }
        }
    }
}

#[test]
fn ten_years_are_counted_at_once() {
    let mut calendar = Calendar::standard(zone("Europe/Berlin"));
    for year in 2020..2050 {
        for date in ["01-01", "05-01", "10-03", "12-25", "12-26"] {
            calendar = calendar.with_holiday(&format!("{year}-{date}")).unwrap();
        }
    }
    let from = instant("2026-01-01T00:00:00Z");
    let begun = Instant::now();
    for _ in 0..100 {
        let span = calendar.working_between(from, instant("2036-01-01T00:00:00Z"));
        assert_eq!(calendar.add(from, span), Some(instant("2035-12-31T16:00:00Z")));
        calendar.after(from, Offset::days(2_600)).unwrap();
    }
    // A walk over the days or minutes of it takes far longer, even on a slow machine.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
