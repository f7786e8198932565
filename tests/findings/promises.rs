//! What is said of promises of time, and of what resets idle clocks.

use lifestage::{FindingCode as F, Severity};
use serde_json::{Value, json};

use super::base::{add, at, cut, edited, findings, places, set};

/// A promise of which nothing is to be said, with these members besides or instead.
fn promise(members: &Value) -> Value {
    let mut promise = json!({ "id": "x", "name": "X", "in": ["new"], "within": "4h" });
    for (name, value) in members.as_object().unwrap() {
        promise[name] = value.clone();
    }
    promise
}

/// Requires that just this is said of the base with such a promise besides.
fn said(members: &Value, code: F, place: &str, says: &str) {
    let said = findings(&edited(|d| add(d, "/sla", promise(members))));
    let [only] = said.as_slice() else { panic!("{members}: {said:#?}") };
    assert_eq!((only.code(), only.pointer()), (code, &*format!("/sla/1{place}")), "{only}");
    assert!(only.message().contains(says), "{only}\ndoes not say\n{says}");
    let severity = if code == F::DeadAction { Severity::Warning } else { Severity::Error };
    assert_eq!(only.severity(), severity);
}

#[test]
fn each_fault_is_told_at_its_place() {
    said(&json!({ "id": "answer" }), F::DuplicateId, "/id", "two promises of time have the id `answer`");
    said(&json!({ "id": "a b" }), F::BadId, "/id", "` ` in the id `a b`");
    said(&json!({ "name": " " }), F::EmptyName, "/name", "a name is empty");
    said(&json!({ "in": [] }), F::BadValue, "/in", "needs a stage in which its clock runs");
    said(&json!({ "in": ["new", "tal"] }), F::UnknownStage, "/in/1", "no stage is named `tal`");
    said(&json!({ "in": ["category:opn"] }), F::UnknownCategory, "/in/0", "did you mean `open`?");
    said(&json!({ "paused_in": ["talkin"] }), F::UnknownStage, "/paused_in/0", "did you mean `talking`?");
    said(&json!({ "paused_in": ["any"] }), F::UnknownStage, "/paused_in/0", "no stage is named `any`");
    said(
        &json!({ "in": ["new", "talking"], "paused_in": ["talking"] }),
        F::BadValue,
        "/paused_in/0",
        "the clock both runs and stands still in `talking`",
    );
    said(&json!({ "within": "soon" }), F::BadValue, "/within", "`soon` is not a length of time");
    said(&json!({ "within": "0h" }), F::BadValue, "/within", "in no time at all");
    said(&json!({ "warn": ["1h", "later"] }), F::BadValue, "/warn/1", "`later` is not a length of time");
    said(&json!({ "warn": ["0m"] }), F::BadValue, "/warn/0", "a warning comes some time before");
    let calendar = json!({ "working_time": true, "calendar": "ofice" });
    said(&calendar, F::BadValue, "/calendar", "no calendar is named `ofice`, did you mean `office`?");
    said(&json!({ "calendar": "office" }), F::BadValue, "/calendar", "this promise does not count it");
    said(&json!({ "met_by": ["call", "cal"] }), F::BadValue, "/met_by/1", "did you mean `call`?");
    said(&json!({ "in": ["old"] }), F::DeadAction, "", "runs in no stage that records can enter");
    said(&json!({ "in": ["category:won"] }), F::DeadAction, "", "runs in no stage that records can enter");
    said(&json!({ "in": ["category:open"], "paused_in": ["new", "talking"] }), F::DeadAction, "", "no stage");
}

#[test]
fn a_stage_that_is_named_is_what_it_is_named_for() {
    for members in [
        json!({ "in": ["any_open"], "paused_in": ["talking"] }),
        json!({ "in": ["any", "won"] }),
        json!({ "in": ["won"] }),
        json!({ "in": ["new", "new", "old"] }),
        json!({ "working_time": true, "calendar": "office", "warn": ["3h"] }),
    ] {
        assert_eq!(findings(&edited(|d| add(d, "/sla", promise(&members)))), [], "{members}");
    }
}

#[test]
fn a_warning_is_shorter_than_the_promise_where_that_can_be_told() {
    for (within, warn, fits) in [
        ("4h", "3h", true),
        ("4h", "239m", true),
        ("4h", "240m", false),
        ("4h", "1d", false),
        ("1d", "22h", true),
        // Days have 23 to 25 hours, months 28 to 31 days.
        ("1d", "24h", true),
        ("1d", "27h", false),
        ("1w", "7d", false),
        ("1w", "6d", true),
        ("1mo", "28d", true),
        ("1mo", "30d", true),
        ("1mo", "31d", false),
        ("28d", "1mo", false),
        ("29d", "1mo", true),
        ("2mo", "2mo", false),
        ("2mo", "1mo", true),
    ] {
        let members = json!({ "within": within, "warn": [warn] });
        if fits {
            assert_eq!(findings(&edited(|d| add(d, "/sla", promise(&members)))), [], "{members}");
        } else {
            said(&members, F::BadValue, "/warn/0", "would come before the clock starts");
        }
        // Four working hours may take days.
        let working = json!({ "within": within, "warn": [warn], "working_time": true });
        assert_eq!(findings(&edited(|d| add(d, "/sla", promise(&working)))), [], "{working}");
    }
}

#[test]
fn words_that_reset_idle_clocks_are_known() {
    let said = findings(&edited(|d| set(d, "/idle_resets", json!(["note", "notes", "silence"]))));
    let places: Vec<_> = said.iter().map(|finding| (finding.code(), finding.pointer())).collect();
    assert_eq!(places, [(F::BadValue, "/idle_resets/1"), (F::BadValue, "/idle_resets/2")]);
    assert!(said[0].message().contains("no happening is named `notes`, did you mean `note`?"), "{}", said[0]);
    let all = json!(["call", "meeting", "email", "note", "task", "message", "edit", "assignment", "action"]);
    assert_eq!(findings(&edited(|d| set(d, "/idle_resets", all))), []);
}

#[test]
fn everything_is_told_at_once() {
    let found = places(|d| {
        let bad = json!({
            "id": "", "name": "", "in": ["nowhere"], "within": "x", "calendar": "none",
            "met_by": ["x"], "paused_in": ["nowhere"], "warn": ["x"]
        });
        add(d, "/sla", bad);
    });
    let expected = [
        (F::BadId, "/sla/1/id"),
        (F::EmptyName, "/sla/1/name"),
        (F::UnknownStage, "/sla/1/in/0"),
        (F::UnknownStage, "/sla/1/paused_in/0"),
        (F::BadValue, "/sla/1/within"),
        (F::BadValue, "/sla/1/calendar"),
        (F::BadValue, "/sla/1/warn/0"),
        (F::BadValue, "/sla/1/met_by/0"),
    ];
    assert_eq!(found, at(&expected));
}

#[test]
fn a_calendar_that_is_mended_away_is_not_missed() {
    let found = places(|d| {
        cut(d, "/calendars/0/id");
        set(d, "/sla/0/met_by", json!(7));
    });
    assert_eq!(found, at(&[(F::MissingKey, "/calendars/0"), (F::WrongType, "/sla/0/met_by")]));
}
