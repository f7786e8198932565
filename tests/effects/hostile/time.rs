use lifestage::outbox::{EffectState, TaskQuery};
use lifestage::{Creation, EffectKind, Report, Span, Timestamp};
use serde_json::json;

use super::{sound, willing};
use crate::{DAY, HOUR, at, contact, create, done, entries, mv, on_each_store, pipeline, run, sam, stage};

const ENDS: [i64; 2] = [i64::MIN, i64::MAX];

fn everything() -> lifestage::Pipeline {
    pipeline(json!({
        "zone": "Europe/Berlin", "zone_field": "zone",
        "calendars": [{ "id": "office", "name": "Office" }],
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": [
                { "id": "at", "title": "A", "due": "2d", "at": "09:00", "remind": ["1d"] },
                { "id": "working", "title": "B", "due": "2d", "working_time": true },
                { "id": "now", "title": "C", "due": "0m", "remind": ["0m"] },
                { "id": "far", "title": "D", "due": "10000mo" },
            ],
            "messages": [{ "id": "m", "channel": "email", "after": "0m", "subject": "S", "body": "B" },
                         { "id": "l", "channel": "email", "after": "10000mo", "subject": "S", "body": "B" }] }],
        "automation": [
            { "id": "park", "on": { "after": "3d" }, "in": ["talk"], "move": "drop" },
            { "id": "rot", "on": { "idle": "10000mo" }, "in": ["talk"], "move": "drop" },
        ],
        "sla": [{ "id": "first", "name": "First", "in": ["talk"], "within": "4h", "met_by": ["call"], "warn": ["1h"] }],
    }))
}

#[test]
fn a_clock_that_goes_backward_delivers_nothing_before_its_time_and_nothing_twice() {
    on_each_store(&everything(), |crm| {
        create(crm, contact("a"), "talk", at(DAY));
        assert_eq!(willing(crm).run_once(at(0)).unwrap().total(), 0, "not before it was asked for");
        let first = willing(crm).run_once(at(DAY)).unwrap().delivered;
        assert!(first >= 4, "tasks and a message: {first}");
        assert_eq!(willing(crm).run_once(at(DAY - 1)).unwrap().total(), 0);
        assert_eq!(willing(crm).run_once(at(DAY)).unwrap().total(), 0);
        // Whoever claims in the past has it until then.
        let late = crm.report(entries(crm, "a")[0].effect.id(), &Report::done(), &sam(), at(-DAY)).unwrap();
        assert!(late.receipt().is_some() || matches!(late, lifestage::Answer::Refused(_)), "{late:?}");
        assert_eq!(run(crm, at(5 * DAY)).moved, 1);
        assert_eq!(run(crm, at(0)).total(), 0);
        assert_eq!(stage(crm, "a"), "lost");
        sound(crm);
    });
}

#[test]
fn the_ends_of_time_are_times() {
    on_each_store(&everything(), |crm| {
        for (number, end) in ENDS.into_iter().enumerate() {
            let (id, now) = (format!("end-{number}"), Timestamp::from_micros(end));
            // Whether or not there can be such a record, nothing breaks.
            let answer = crm.create(contact(&id), &Creation::in_stage("talk"), &sam(), now);
            if answer.is_ok_and(|answer| answer.receipt().is_some()) {
                assert_eq!(crm.verify(&id).unwrap(), None);
            }
        }
        create(crm, contact("a"), "talk", at(0));
        for end in ENDS {
            let now = Timestamp::from_micros(end);
            willing(crm).with_lease(Span::from_micros(i64::MAX)).run_once(now).unwrap();
            crm.urgency(&crm.tasks(&TaskQuery::open(99)).unwrap().entries, now).unwrap();
            crm.clocks("a", now).unwrap();
        }
        let left = entries(crm, "a");
        assert!(left.iter().all(|entry| entry.state != EffectState::Pending), "{left:?}");
        sound(crm);
    });
}

#[test]
fn what_is_due_in_centuries_is_due_then_or_not_at_all() {
    on_each_store(&everything(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let far = entries(crm, "a").into_iter().find(|entry| entry.effect.action == "flow/far").unwrap();
        let due = far.effect.due.map(|due| due.to_string());
        assert_eq!(due.as_deref(), Some("2859-07-02T08:00:00Z"), "833 years and four months, in summer");
        let now = entries(crm, "a").into_iter().find(|entry| entry.effect.action == "flow/now").unwrap();
        assert_eq!(now.effect.due, Some(at(0)));
        mv(crm, "a", "offer", at(HOUR));
        assert!(entries(crm, "a").iter().all(|entry| !entry.effect.bound
            || entry.state == EffectState::Cancelled
            || entry.state == EffectState::Delivered));
        let offsets = |offset: &str| {
            let more = json!({ "workflows": [{ "id": "f", "name": "F", "stage": "talk",
                "tasks": [{ "id": "t", "title": "T", "due": offset }] }] });
            lifestage::Pipeline::from_json(&crate::document(more).to_string())
        };
        for offset in ["4294967295mo", "4294967295w", "4294967295d", "4294967295m"] {
            // It is either too much for a definition, or for the calendar, and then there is no deadline.
            let Ok(pipeline) = offsets(offset) else { continue };
            let record = contact("b").in_stage("new");
            let (request, sam) = (lifestage::Request::to("talk"), sam());
            assert!(pipeline.decide(&record, &request, &sam, at(0)).change().is_some(), "{offset}");
        }
        assert!(offsets("4294967296mo").is_err() && offsets("-1d").is_err() && offsets("").is_err());
    });
}

#[test]
fn a_record_in_a_zone_that_nobody_knows_has_that_of_its_pipeline() {
    on_each_store(&everything(), |crm| {
        for zone in ["Mars/Olympus", "", "../../etc/passwd", "+99:99", "Europe/Berlin\u{0}", "🦀"] {
            let id = format!("in {zone}");
            create(crm, contact(&id).with("zone", zone), "talk", at(0));
            let task = entries(crm, &id).remove(0);
            assert_eq!(
                task.effect.due.map(|due| due.to_string()).as_deref(),
                Some("2026-03-04T08:00:00Z"),
                "`{zone}`"
            );
            let tasks = [task];
            assert_eq!(crm.urgency(&tasks, at(0)).unwrap(), [lifestage::Urgency::Later]);
        }
    });
}

#[test]
fn reminders_and_messages_at_once_come_at_once() {
    on_each_store(&everything(), |crm| {
        let planned = create(crm, contact("a"), "talk", at(0));
        let of = |action: &str, kind: EffectKind| {
            planned.effects().iter().filter(|effect| effect.action == action && effect.kind == kind).count()
        };
        assert_eq!((of("flow/now", EffectKind::CreateTask), of("flow/m", EffectKind::SendEmail)), (1, 1));
        assert!(of("flow/now", EffectKind::Remind) <= 1);
        let due = crm.next_due().unwrap();
        assert_eq!(due, Some(at(0)));
        let count = willing(crm).run_once(at(0)).unwrap().delivered;
        assert!(count >= 5, "{count}");
        let why = crm.submit("a", &lifestage::Request::to("talk"), &sam(), at(0)).unwrap();
        assert!(why.receipt().is_none());
        let again = entries(crm, "a").remove(0).effect;
        done(crm.report(again.id(), &Report::done(), &sam(), at(0)).unwrap());
        let open = done(crm.report(again.id(), &Report::undone(), &sam(), at(0)).unwrap());
        assert_eq!(open.effects(), []);
        sound(crm);
    });
}
