//! Zones and calendars of a definition.

use lifestage::calendar::Weekday;
use lifestage::criteria::FieldType;
use lifestage::definition::{CalendarDef, Definition};
use lifestage::{Pipeline, Record, presets};

use super::instant;

fn lead() -> Definition {
    serde_json::from_str(presets::LEAD).unwrap()
}

fn pipeline(definition: Definition) -> Pipeline {
    Pipeline::from_definition(definition).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn without_a_word_it_is_utc_and_office_hours() {
    let pipeline = pipeline(lead());
    assert_eq!(pipeline.zone_of(&Record::new("r").with("zone", "Europe/Berlin")).name(), "UTC");
    assert_eq!(pipeline.calendar().zone().name(), "UTC");
    for (at, works) in
        [("2026-03-06T09:00:00Z", true), ("2026-03-06T17:00:00Z", false), ("2026-03-07T12:00:00Z", false)]
    {
        assert_eq!(pipeline.calendar().is_working(instant(at)), works, "{at}");
    }
}

#[test]
fn a_record_is_in_its_own_zone_or_in_that_of_the_pipeline() {
    let pipeline = pipeline(
        lead().with_field("zone", FieldType::String).in_zone("Europe/Berlin").with_zone_field("zone"),
    );
    let zone_of = |record: Record| pipeline.zone_of(&record).name().to_owned();
    assert_eq!(zone_of(Record::new("r")), "Europe/Berlin");
    assert_eq!(zone_of(Record::new("r").with("zone", "Asia/Kolkata")), "Asia/Kolkata");
    assert_eq!(zone_of(Record::new("r").with("zone", "+05:45")), "+05:45");
    assert_eq!(zone_of(Record::new("r").with("zone", "")), "Europe/Berlin");
    assert_eq!(zone_of(Record::new("r").with("zone", "Middle/Earth")), "Europe/Berlin");
    assert_eq!(zone_of(Record::new("r").with("zone", 7)), "Europe/Berlin");
}

#[test]
fn the_first_calendar_counts_in_its_zone_or_that_of_the_pipeline() {
    let shop = CalendarDef::new("shop", "Shop")
        .open([Weekday::Sat], ["10:00-12:00", "13:00-15:00"])
        .closed_on(["2026-03-14"]);
    let office = CalendarDef::new("office", "Office").in_zone("America/New_York");
    let both = lead().in_zone("Europe/Berlin").with_calendar(shop.clone()).with_calendar(office.clone());
    let first = pipeline(both);
    assert_eq!(first.calendar().zone().name(), "Europe/Berlin");
    for (at, works) in [
        ("2026-03-07T10:00:00+01:00", true),
        ("2026-03-07T12:30:00+01:00", false),
        ("2026-03-07T14:59:59+01:00", true),
        ("2026-03-14T10:00:00+01:00", false),
        ("2026-03-06T10:00:00+01:00", false),
    ] {
        assert_eq!(first.calendar().is_working(instant(at)), works, "{at}");
    }
    let first = pipeline(lead().in_zone("Europe/Berlin").with_calendar(office).with_calendar(shop));
    assert_eq!(first.calendar().zone().name(), "America/New_York");
    assert!(first.calendar().is_working(instant("2026-03-06T16:59:00-05:00")));
    assert!(!first.calendar().is_working(instant("2026-03-06T09:00:00+01:00")));
}

#[test]
fn hours_may_close_a_day_and_holidays_may_be_all_there_is() {
    let holidays = CalendarDef::new("c", "C").closed_on(["2026-03-06"]);
    let pipeline = pipeline(lead().with_calendar(holidays));
    assert!(!pipeline.calendar().is_working(instant("2026-03-06T12:00:00Z")));
    assert!(pipeline.calendar().is_working(instant("2026-03-05T12:00:00Z")));
    let mut closed = CalendarDef::new("c", "C").open([Weekday::Mon], ["09:00-17:00"]);
    closed.hours.insert("tue", Vec::new());
    assert!(Pipeline::from_definition(lead().with_calendar(closed)).is_ok());
}
