//! How zones, times of day and hours are written.

use lifestage::calendar::{Calendar, TimeOfDay, Weekday, Zone};

#[test]
fn times_of_day_have_two_digits_twice() {
    for text in ["00:00", "09:05", "23:59"] {
        assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
    }
    for text in ["", "9:00", "09:0", "24:00", "23:60", "09-00", "09:00:00", " 09:00", "+9:00", "٠٩:٠٠"] {
        let error = text.parse::<TimeOfDay>().unwrap_err();
        assert_eq!(error.to_string(), format!("`{text}` is not a time of day"));
    }
    assert_eq!(TimeOfDay::new(24, 0), None);
    assert_eq!(TimeOfDay::new(0, 60), None);
}

#[test]
fn zones_have_one_spelling() {
    for (text, name) in [
        ("UTC", "UTC"),
        ("utc", "UTC"),
        ("europe/berlin", "Europe/Berlin"),
        ("+02:00", "+02:00"),
        ("-05:30", "-05:30"),
        ("-00:00", "+00:00"),
    ] {
        assert_eq!(Zone::get(text).unwrap().name(), name);
    }
    assert_eq!(Zone::default(), Zone::utc());
}

#[test]
fn what_is_no_zone_is_told_with_the_nearest() {
    for (text, told) in [
        ("Berlin", "`Berlin` is not a time zone"),
        ("", "`` is not a time zone"),
        ("+2:00", "`+2:00` is not a time zone"),
        ("+24:00", "`+24:00` is not a time zone"),
        ("Etc/Unknown", "`Etc/Unknown` is not a time zone"),
        ("Europe/\u{1b}[31m", "`Europe/\\u{1b}[31m` is not a time zone"),
    ] {
        let error = Zone::get(text).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
    let error = Zone::get("America/New York").unwrap_err();
    assert_eq!(error.to_string(), "`America/New York` is not a time zone, did you mean `America/New_York`?");
    assert!(Zone::get(&"x".repeat(10_000)).unwrap_err().to_string().len() < 200);
}

#[test]
fn hours_that_cannot_be_are_told() {
    let office = || Calendar::standard(Zone::utc());
    for (text, told) in [
        ("9-17", "`9-17` are no working hours: write `09:00-17:00`"),
        ("09:00", "`09:00` are no working hours: write `09:00-17:00`"),
        ("24:00-24:00", "`24:00-24:00` are no working hours: write `09:00-17:00`"),
        ("09:00-24:01", "`09:00-24:01` are no working hours: write `09:00-17:00`"),
        ("09:00 - 17:00", "`09:00 - 17:00` are no working hours: write `09:00-17:00`"),
        ("17:00-09:00", "the hours `17:00-09:00` end before they begin"),
        ("09:00-09:00", "the hours `09:00-09:00` end before they begin"),
        ("16:59-18:00", "the hours `16:59-18:00` overlap others on `mon`"),
        ("08:00-09:01", "the hours `08:00-09:01` overlap others on `mon`"),
        ("00:00-24:00", "the hours `00:00-24:00` overlap others on `mon`"),
        ("10:00-11:00", "the hours `10:00-11:00` overlap others on `mon`"),
    ] {
        assert_eq!(office().open(Weekday::Mon, text).unwrap_err().to_string(), told);
    }
    for text in ["17:00-24:00", "00:00-09:00"] {
        assert!(office().open(Weekday::Mon, text).is_ok(), "{text}");
    }
}

#[test]
fn holidays_that_cannot_be_are_told() {
    let calendar = Calendar::standard(Zone::utc()).with_holiday("2024-02-29").unwrap();
    for text in
        ["2026-02-29", "2026-13-01", "2026-00-01", "26-01-01", "2026-1-1", "20260101", "2026-01-01x", ""]
    {
        let error = calendar.clone().with_holiday(text).unwrap_err();
        assert_eq!(error.to_string(), format!("`{text}` is not a date: write `2026-12-25`"));
    }
    let error = calendar.clone().with_holiday("2024-02-29").unwrap_err();
    assert_eq!(error.to_string(), "the holiday `2024-02-29` is listed twice");
    for text in ["0000-01-01", "1969-12-31", "9999-12-31"] {
        assert!(calendar.clone().with_holiday(text).is_ok(), "{text}");
    }
}
