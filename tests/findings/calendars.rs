//! Zones and calendars (S41).

use lifestage::FindingCode as F;
use serde_json::{Value, json};

use super::base::{add, at, cut, edited, findings, places, set};

/// The only thing said of the base with one value changed: code, place and message.
fn said(place: &str, value: Value) -> (F, String, String) {
    let found = findings(&edited(|d| set(d, place, value)));
    let [finding] = found.as_slice() else { panic!("{place}: {found:#?}") };
    (finding.code(), finding.pointer().to_owned(), finding.message().to_owned())
}

fn is_said(place: &str, value: Value, code: F, at: &str, message: &str) {
    assert_eq!(said(place, value), (code, at.to_owned(), message.to_owned()));
}

#[test]
fn zones_must_be_known() {
    for place in ["/zone", "/calendars/0/zone"] {
        let berlin = "`Europe/Berln` is not a time zone, did you mean `Europe/Berlin`?";
        is_said(place, json!("Europe/Berln"), F::BadValue, place, berlin);
        is_said(place, json!("+2"), F::BadValue, place, "`+2` is not a time zone");
        is_said(place, json!("a\u{1b}b/c"), F::BadValue, place, "`a\\u{1b}b/c` is not a time zone");
        for good in ["UTC", "+02:00", "-11:30", "Asia/Kolkata", ""] {
            assert_eq!(places(|d| set(d, place, json!(good))), [], "{good}");
        }
    }
}

#[test]
fn the_field_of_the_zone_must_be_a_text() {
    let message = "no field is named `emall`, did you mean `email`?";
    is_said("/zone_field", json!("emall"), F::UnknownField, "/zone_field", message);
    let message = "a time zone is a text, and `budget` is int";
    is_said("/zone_field", json!("budget"), F::WrongType, "/zone_field", message);
    assert_eq!(places(|d| set(d, "/zone_field", json!("email"))), []);
}

#[test]
fn a_calendar_has_an_id_of_its_own_and_a_name() {
    let office = json!({ "id": "office", "name": "Again" });
    assert_eq!(places(|d| add(d, "/calendars", office)), at(&[(F::DuplicateId, "/calendars/1/id")]));
    let other = json!({ "id": "other", "name": "Office" });
    assert_eq!(places(|d| add(d, "/calendars", other)), []);
    let spaced = json!({ "id": "a b", "name": "Spaced" });
    let found = findings(&edited(|d| add(d, "/calendars", spaced)));
    let [bad] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((bad.code(), bad.pointer()), (F::BadId, "/calendars/1/id"));
    let message = "` ` in the id `a b`: write letters without accents, digits, `_`, `-` and `.`";
    assert_eq!(bad.message(), message);
    is_said("/calendars/0/name", json!(" "), F::EmptyName, "/calendars/0/name", "a name is empty");
    assert_eq!(places(|d| cut(d, "/calendars/0/name")), at(&[(F::MissingKey, "/calendars/0")]));
}

#[test]
fn hours_must_be_hours_of_a_day() {
    let hours = "/calendars/0/hours";
    let day = |name: &str| json!({ (name): ["09:00-17:00"], "tue": ["09:00-17:00"] });
    is_said(
        hours,
        day("monday"),
        F::BadValue,
        "/calendars/0/hours/monday",
        "`monday` is not a day of the week: write `mon` to `sun`",
    );
    is_said(
        hours,
        day("Mon"),
        F::BadValue,
        "/calendars/0/hours/Mon",
        "`Mon` is not a day of the week: write `mon` to `sun`, did you mean `mon`?",
    );
    let place = "/calendars/0/hours/mon/1";
    for (text, message) in [
        ("9-17", "`9-17` are no working hours: write `09:00-17:00`"),
        ("", "`` are no working hours: write `09:00-17:00`"),
        ("25:00-26:00", "`25:00-26:00` are no working hours: write `09:00-17:00`"),
        ("17:00-13:00", "the hours `17:00-13:00` end before they begin"),
        ("13:00-13:00", "the hours `13:00-13:00` end before they begin"),
        ("11:59-13:00", "the hours `11:59-13:00` overlap others on `mon`"),
    ] {
        is_said(place, json!(text), F::BadValue, place, message);
    }
    for good in ["12:00-13:00", "00:00-09:00", "23:59-24:00"] {
        assert_eq!(places(|d| set(d, place, json!(good))), [], "{good}");
    }
    for none in [json!({ "mon": [] }), json!({ "mon": [], "sun": [] })] {
        is_said(hours, none, F::BadValue, hours, "the calendar has no working hours");
    }
    assert_eq!(places(|d| set(d, hours, json!({}))), []);
    assert_eq!(places(|d| cut(d, hours)), []);
}

#[test]
fn holidays_must_be_dates_each_once() {
    let list = "/calendars/0/holidays";
    for bad in ["25.12.2026", "2026-02-29", "2026-1-1", "", "2026-12-25T00:00:00Z"] {
        let message = format!("`{bad}` is not a date: write `2026-12-25`");
        is_said(list, json!(["2024-02-29", bad]), F::BadValue, "/calendars/0/holidays/1", &message);
    }
    let twice = "the holiday `2026-12-25` is listed twice";
    is_said(
        list,
        json!(["2026-12-25", "2026-12-24", "2026-12-25"]),
        F::DuplicateId,
        "/calendars/0/holidays/2",
        twice,
    );
    assert_eq!(places(|d| set(d, list, json!([]))), []);
}

#[test]
fn everything_is_told_at_once() {
    let found = places(|d| {
        set(d, "/zone", json!("Nowhere"));
        set(d, "/zone_field", json!("nothing"));
        set(d, "/calendars/0/zone", json!("Nowhere"));
        set(d, "/calendars/0/hours", json!({ "mon": ["x", "09:00-17:00", "16:00-18:00"], "day": [] }));
        set(d, "/calendars/0/holidays", json!(["x", "y"]));
    });
    let expected = [
        (F::BadValue, "/zone"),
        (F::UnknownField, "/zone_field"),
        (F::BadValue, "/calendars/0/zone"),
        (F::BadValue, "/calendars/0/hours/day"),
        (F::BadValue, "/calendars/0/hours/mon/0"),
        (F::BadValue, "/calendars/0/hours/mon/2"),
        (F::BadValue, "/calendars/0/holidays/0"),
        (F::BadValue, "/calendars/0/holidays/1"),
    ];
    assert_eq!(found, at(&expected));
}

#[test]
fn a_stranger_s_calendars_are_refused_soon() {
    let begun = std::time::Instant::now();
    let many: Vec<Value> = (0..5_000)
        .map(|i| json!({ "id": format!("c{i}"), "name": "C", "zone": format!("Europe/X{i}"), "holidays": ["x"] }))
        .collect();
    let found = places(|d| set(d, "/calendars", json!(many)));
    assert!(found.contains(&(F::TooLarge, "/calendars".to_owned())));
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}
