use lifestage::{EffectKind, EffectTrigger, Record, Request, Timestamp};
use serde_json::json;

use crate::{HOUR, at, contact, document, named, pipeline, sam};

fn time(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn a_move_plans_leaving_moving_and_entering_in_that_order() {
    let mut document = document(json!({ "workflows": [
        { "id": "flow", "name": "Flow", "stage": "talk",
          "tasks": [{ "id": "call", "title": "Call {{ name }}", "due": "2h", "remind": ["30m", "3h"] }],
          "messages": [{ "id": "hello", "channel": "email", "subject": "Hello", "body": "Hello {{ name }}" }] },
    ] }));
    document["stages"][0]["actions"] = json!([
        { "id": "bye", "name": "Bye", "kind": "notify", "on": "exit" },
    ]);
    document["stages"][1]["actions"] = json!([
        { "id": "tell", "name": "Tell", "kind": "webhook", "on": "enter", "with": { "url": "https://example.com" } },
        { "id": "ask", "name": "Ask", "kind": "custom" },
    ]);
    document["policy"]["moves"][0]["actions"] = json!([{ "id": "log", "name": "Log", "kind": "custom" }]);
    let pipeline = lifestage::Pipeline::from_json(&document.to_string()).unwrap();
    let record = contact("lead-1").in_stage("new").at_version(1);
    let sam = sam();
    let change = pipeline.decide(&record, &Request::mv("talk"), &sam, at(0)).change().unwrap();
    let effects: Vec<_> = change.effects().collect();
    assert_eq!(
        named(&effects),
        [
            ("bye", "notify"),
            ("log", "custom"),
            ("tell", "webhook"),
            ("flow/call", "create_task"),
            ("flow/call", "remind"),
            ("flow/hello", "send_email"),
        ],
        "S46; a reminder three hours before a task that is due in two is not planned"
    );
    assert!(effects.iter().enumerate().all(|(index, effect)| usize::from(effect.index) == index));
    let [bye, log, tell, call, remind, hello] = &effects[..] else { unreachable!() };
    assert_eq!(
        (bye.trigger, log.trigger, tell.trigger),
        (EffectTrigger::Exit, EffectTrigger::Move, EffectTrigger::Enter)
    );
    assert_eq!((bye.visit, log.visit), (0, 1), "leaving belongs to the stay before");
    assert_eq!((call.due, call.at, call.bound, call.reported), (Some(at(2 * HOUR)), None, true, true));
    assert_eq!((remind.at, remind.after, remind.bound), (Some(at(90)), Some(call.index), true));
    assert_eq!((hello.at, hello.bound, hello.reported), (None, false, false), "what is due at once is owed");
    assert_eq!(hello.args.get("to"), Some(&"mo@example.com".into()));
    assert_eq!(hello.args.get("body"), Some(&"Hello Mo".into()));
    assert_eq!(call.args.get("title"), Some(&"Call Mo".into()));
}

#[test]
fn what_entering_sets_in_motion_finds_the_record_in_its_new_stage() {
    let says = |id: &str, on: &str| {
        json!({ "id": id, "name": "Note", "kind": "notify", "on": on,
            "with": { "text": "{{ record.stage }} since {{ record.entered_at }}" } })
    };
    let mut document = document(json!({ "workflows": [
        { "id": "flow", "name": "Flow", "stage": "talk", "tasks": [
            { "id": "anew", "title": "In {{ record.stage }}", "due": "1d", "when": "record.stage == 'new'" },
            { "id": "back", "title": "In {{ record.stage }}", "due": "1d", "when": "record.stage == 'offer'" },
        ] },
    ] }));
    document["stages"][0]["actions"] = json!([says("leaves", "exit")]);
    document["stages"][1]["actions"] = json!([says("comes", "enter")]);
    let mut goes = says("goes", "move");
    goes.as_object_mut().unwrap().remove("on");
    document["policy"]["moves"][0]["actions"] = json!([goes]);
    let pipeline = lifestage::Pipeline::from_json(&document.to_string()).unwrap();
    let texts = |record: &Record, request: &Request| -> Vec<String> {
        let (sam, text) = (sam(), |effect: lifestage::Effect| {
            let text = effect.args.get("text").or(effect.args.get("title"));
            format!("{}: {}", effect.action, text.unwrap())
        });
        let change = pipeline.decide(record, request, &sam, at(60)).change().unwrap();
        change.effects().map(text).collect()
    };
    let record = contact("lead-1").in_stage("new");
    assert_eq!(
        texts(&record, &Request::mv("talk")),
        [
            "leaves: new since ".to_owned(),
            "goes: new since ".to_owned(),
            "comes: talk since 2026-03-02T10:00:00Z".to_owned(),
            "flow/anew: In talk".to_owned(),
        ],
        "S46: a condition can tell where the record comes from, a text says where it is"
    );
}

#[test]
fn times_are_those_of_the_zone_of_the_record() {
    let pipeline = pipeline(json!({
        "zone": "Europe/Berlin", "zone_field": "zone",
        "calendars": [{ "id": "office", "name": "Office", "holidays": ["2026-03-04"] }],
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": [
                { "id": "a", "title": "A", "due": "2d", "at": "09:00", "remind": ["1d"] },
                { "id": "b", "title": "B", "due": "2d", "working_time": true },
                { "id": "c", "title": "C", "due": "1mo" },
            ],
            "messages": [{ "id": "m", "channel": "text", "after": "27d", "body": "Hi" }] }],
    }));
    let due = |record: &Record| -> Vec<_> {
        let (sam, request) = (sam(), Request::to("talk"));
        let change = pipeline.decide(record, &request, &sam, at(0)).change().unwrap();
        change.effects().map(|effect| (effect.action.to_string(), effect.due.or(effect.at))).collect()
    };
    // Monday 10:00 in Berlin; clocks go forward on 29 March.
    let berlin = contact("lead-1").in_stage("new");
    let named = |name: &str, text: &str| (name.to_owned(), time(text));
    assert_eq!(
        due(&berlin),
        [
            named("flow/a", "2026-03-04T09:00:00+01:00"),
            named("flow/a", "2026-03-04T09:00:00+01:00"),
            named("flow/b", "2026-03-05T10:00:00+01:00"),
            named("flow/c", "2026-04-02T10:00:00+02:00"),
            named("flow/m", "2026-03-29T10:00:00+02:00"),
        ],
        "Wednesday is a holiday, and the second working day is Thursday"
    );
    let tokyo = berlin.with("zone", "Asia/Tokyo");
    assert_eq!(due(&tokyo)[0], named("flow/a", "2026-03-04T09:00:00+09:00"));
}

#[test]
fn a_task_waits_for_the_one_before_it_that_is_planned() {
    let pipeline =
        pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": [
        { "id": "third", "title": "Third", "due": "3d", "after": "second" },
        { "id": "second", "title": "Second", "due": "2d", "after": "first", "when": "budget > 10" },
        { "id": "first", "title": "First", "due": "1d" },
    ] }] }));
    let waits = |record: Record| -> Vec<_> {
        let (sam, request) = (sam(), Request::to("talk"));
        let change = pipeline.decide(&record, &request, &sam, at(0)).change().unwrap();
        change.effects().map(|effect| (effect.action.to_string(), effect.after)).collect()
    };
    let all = waits(contact("lead-1").in_stage("new").with("budget", 20));
    let named = |name: &str, after: Option<u16>| (format!("flow/{name}"), after);
    assert_eq!(all, [named("third", Some(1)), named("second", Some(2)), named("first", None)]);
    let some = waits(contact("lead-1").in_stage("new"));
    assert_eq!(
        some,
        [named("third", Some(1)), named("first", None)],
        "what is left out is waited for by nobody"
    );
}

#[test]
fn an_assignee_is_the_owner_a_person_a_role_or_whoever_is_next() {
    let task =
        |id: &str, assignee: &str| json!({ "id": id, "title": "T", "due": "1d", "assignee": assignee });
    let pipeline =
        pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": [
        task("a", "owner"), task("b", "user:eva"), task("c", "role:closer"), task("d", "round_robin:closer"),
        { "id": "e", "title": "T", "due": "1d" },
    ] }] }));
    let record = contact("lead-1").in_stage("new").owned_by("olga");
    let (sam, request) = (sam(), Request::to("talk"));
    let change = pipeline.decide(&record, &request, &sam, at(0)).change().unwrap();
    let whom: Vec<_> = change.effects().map(|effect| effect.assignee.unwrap().to_string()).collect();
    assert_eq!(whom, ["olga", "eva", "role:closer", "round_robin:closer", "olga"]);
}

#[test]
fn repeat_policies_count_visits_and_lives() {
    let tell = |id: &str, repeat: &str| json!({ "id": id, "name": id, "kind": "notify", "on": "enter", "repeat": repeat });
    let actions = json!([tell("each", "every_visit"), tell("first", "first_visit"), tell("once", "once")]);
    let pipeline = crate::with_actions(actions);
    crate::on_each_store(&pipeline, |crm| {
        let names = |receipt: &lifestage::Receipt| -> Vec<String> {
            receipt.effects().iter().map(|effect| effect.action.to_string()).collect()
        };
        let first = crate::create(crm, contact("lead-1"), "talk", at(0));
        assert_eq!(names(&first), ["each", "first", "once"], "S48");
        crate::mv(crm, "lead-1", "new", at(1));
        assert_eq!(names(&crate::mv(crm, "lead-1", "talk", at(2))), ["each"]);
        // A retried request makes no second.
        let keyed = Request::to("new").with_key("k-1");
        crate::done(crm.submit("lead-1", &keyed, &sam(), at(3)).unwrap());
        let again = Request::to("talk").with_key("k-2");
        let one = crate::done(crm.submit("lead-1", &again, &sam(), at(4)).unwrap());
        let two = crate::done(crm.submit("lead-1", &again, &sam(), at(4)).unwrap());
        assert!(two.is_repeated());
        assert_eq!(one.effects(), two.effects());
        assert_eq!(crate::entries(crm, "lead-1").len(), 5);
    });
}

#[test]
fn everything_is_seen_before_it_is_written() {
    let pipeline = pipeline(json!({
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": [{ "id": "call", "title": "Call", "due": "1d" }] }],
        "automation": [{ "id": "park", "on": { "after": "3d" }, "in": ["talk"], "move": "drop" }],
    }));
    let record = contact("lead-1").in_stage("new").at_version(1);
    let (sam, request) = (sam(), Request::to("talk"));
    let change = pipeline.decide(&record, &request, &sam, at(0)).change().unwrap();
    let effects: Vec<_> = change.effects().collect();
    assert_eq!(named(&effects), [("flow/call", "create_task"), ("park", "move")]);
    assert_eq!((effects[1].at, effects[1].bound), (Some(at(3 * 24 * HOUR)), true));
    assert_eq!(effects[1].args.get("move"), Some(&"drop".into()));
    assert_eq!(effects[1].kind, EffectKind::Move);
    let updates = change.updates();
    assert_eq!(updates, [lifestage::outbox::EffectUpdate::EndVisit { visit: 0 }]);
    let sealed = change.seal(lifestage::journal::Salt::from_bytes([7; 16]));
    assert_eq!((sealed.effects, sealed.updates), (effects, updates), "the change carries it all");
}
