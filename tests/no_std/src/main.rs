//! A program without the standard library that calls the core and exits with 0 when its answers are right.
//!
//! `cargo xtask test` builds it, runs it, and shows that it no longer builds with the feature `with-std`.
#![no_std]
#![no_main]

extern crate alloc;

mod heap;
mod memory;
mod start;

use alloc::string::ToString;

use lifestage::calendar::{Calendar, Zone};
use lifestage::contact::{normalize_email, normalize_phone};
use lifestage::journal::{Salt, verify};
use lifestage::{
    Actor, Decision, Fields, Offset, Pipeline, ReasonCode, Record, Request, Timestamp, Value, presets,
};

/// Whether the core gave the right answers.
fn check() -> bool {
    instants() && working_time() && facts() && contacts() && decisions()
}

/// A definition loads, a move is granted, hashed and verified, another is refused with its route.
fn decisions() -> bool {
    let Ok(pipeline) = Pipeline::from_json(presets::LEAD) else { return false };
    let lead = Record::new("lead-1").in_stage("new");
    let sam = Actor::new("sam").with_role("sales");
    let now = Timestamp::from_seconds(1_772_442_000);
    let Decision::Moved(change) = pipeline.decide(&lead, &Request::mv("mark_contacted"), &sam, now) else {
        return false;
    };
    let change = change.seal(Salt::from_bytes([7; 16]));
    let Decision::Refused(why) = pipeline.decide(&lead, &Request::mv("mark_won"), &sam, now) else {
        return false;
    };
    change.record.stage() == Some("contacted")
        && verify(&change.record, core::slice::from_ref(&change.row)).is_ok()
        && why.has(ReasonCode::NotFromStage)
        && why.route().is_some_and(|route| route.steps.len() == 6)
}

fn instants() -> bool {
    let Ok(opened) = "2026-03-01T09:30:00+01:00".parse::<Timestamp>() else { return false };
    opened.to_string() == "2026-03-01T08:30:00Z" && "yesterday".parse::<Timestamp>().is_err()
}

/// Without the feature `zones` only offsets and UTC are known, and what is missing is said.
fn working_time() -> bool {
    let Ok(zone) = Zone::get("+02:00") else { return false };
    let Err(error) = Zone::get("Europe/Berlin") else { return false };
    let told = "`Europe/Berlin` is not a time zone of this build, which has no zones but `UTC` and offsets like `+02:00`";
    // A Friday and the Monday after it.
    let friday = "2026-03-06T16:00:00+02:00".parse::<Timestamp>().ok();
    let monday = "2026-03-09T10:00:00+02:00".parse::<Timestamp>().ok();
    let later = friday.and_then(|friday| Calendar::standard(zone).after(friday, Offset::hours(2)));
    error.to_string() == told && Zone::get("UTC").is_ok() && later.is_some() && later == monday
}

fn facts() -> bool {
    let json = r#"{"email": "ada@example.com", "budget": 7500, "tags": ["web", "référence"], "phone": null}"#;
    let Some(fields) = read(json) else { return false };
    fields.len() == 3
        && fields.get("budget") == Some(&Value::Int(7500))
        && fields.get("email") == Some(&Value::from("ada@example.com"))
        && read(r#"{"email": 1, "email": 2}"#).is_none()
}

/// Without the features `idna` and `phone` letters stay in a domain, and numbers are not completed.
fn contacts() -> bool {
    let email = |text| normalize_email(text).ok();
    let phone = |text| normalize_phone(text, Some("DE")).ok();
    email(" Ada@Example.COM").as_deref() == Some("ada@example.com")
        && email("eva@MÜNCHEN.example").as_deref() == Some("eva@münchen.example")
        && email("ada@ｅｘａｍｐｌｅ.com").as_deref() == Some("ada@example.com")
        && ["ada@", "ada@-ü.com", "ada@ü,.com", "ada@localhost"].iter().all(|text| email(text).is_none())
        && phone(" 030  1234567 ").as_deref() == Some("030 1234567")
        && phone("call me").is_none()
}

/// Reads JSON text through the core's own `Deserialize`, with the `serde_json` that the core links.
fn read(json: &str) -> Option<Fields> {
    serde_json::from_str(json).ok()
}
