use lifestage::outbox::{EffectState, TaskQuery, WorkState};
use lifestage::store::{Reader, Store};
use lifestage::{Actor, EffectKind, Report, Urgency, Workspace};
use serde_json::json;

use crate::{
    DAY, HOUR, ada, at, contact, create, done, entries, mv, on_each_store, pipeline, refused, run, sam,
    states,
};

fn flow() -> lifestage::Pipeline {
    pipeline(
        json!({ "zone": "Europe/Berlin", "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": [
        { "id": "call", "title": "Call {{ name }}", "due": "1h", "remind": ["30m"] },
        { "id": "visit", "title": "Visit", "due": "2d", "after": "call", "remind": ["1d"] },
        { "id": "file", "title": "File", "due": "1w", "stays": true },
    ] }] }),
    )
}

fn titles<S: Store + Reader>(crm: &Workspace<S>, query: &TaskQuery) -> Vec<String> {
    let page = crm.tasks(query).unwrap();
    page.entries.iter().map(|task| task.effect.args.get("title").unwrap().to_string()).collect()
}

#[test]
fn tasks_are_made_on_entry_and_cancelled_on_leaving() {
    on_each_store(&flow(), |crm| {
        create(crm, contact("lead-1").owned_by("olga"), "talk", at(0));
        assert_eq!(titles(crm, &TaskQuery::open(9)), ["Call Mo", "Visit", "File"]);
        assert_eq!(titles(crm, &TaskQuery::open(9).of("olga")), ["Call Mo", "Visit", "File"]);
        mv(crm, "lead-1", "offer", at(5));
        assert_eq!(titles(crm, &TaskQuery::open(9)), ["File"], "S49: it may stay");
        assert_eq!(run(crm, at(30 * DAY)).delivered, 1, "nobody is reminded of the others");
        // Closing is a leaving, and what comes again is new.
        mv(crm, "lead-1", "talk", at(31 * DAY));
        mv(crm, "lead-1", "won", at(31 * DAY + 1));
        assert_eq!(titles(crm, &TaskQuery::open(9)), ["File", "File"]);
    });
}

#[test]
fn a_task_of_leaving_belongs_to_no_stay() {
    let tidy = json!([{ "id": "tidy", "name": "Tidy", "kind": "create_task", "on": "exit",
        "with": { "title": "Tidy up", "due": "2d", "remind": ["1d"] } }]);
    on_each_store(&crate::with_actions(tidy), |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        let left = mv(crm, "lead-1", "offer", at(1));
        let task = left.effects()[0].clone();
        assert!(left.effects().iter().all(|effect| !effect.bound), "S49: {:?}", left.effects());
        mv(crm, "lead-1", "lost", at(2));
        assert_eq!(titles(crm, &TaskQuery::open(9)), ["Tidy up"], "it outlives the next stay as well");
        done(crm.report(task.id(), &Report::done(), &sam(), at(3)).unwrap());
        done(crm.report(task.id(), &Report::undone(), &sam(), at(4)).unwrap());
        assert_eq!(titles(crm, &TaskQuery::open(9)), ["Tidy up"], "S50: done and undone");
        create(crm, contact("lead-2"), "talk", at(5));
        let left = mv(crm, "lead-2", "offer", at(6));
        assert_eq!(titles(crm, &TaskQuery::open(9)).len(), 2);
        done(crm.undo("lead-2", left.row().seq, "misclick", &sam(), at(7)).unwrap());
        assert_eq!(titles(crm, &TaskQuery::open(9)).len(), 1, "S43: none of a leaving that is undone");
    });
}

#[test]
fn a_task_done_opens_the_next_and_silences_its_reminder() {
    on_each_store(&flow(), |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        let all = entries(crm, "lead-1");
        let place = |action: &str, kind: EffectKind| {
            let found = all.iter().find(|entry| entry.effect.action == action && entry.effect.kind == kind);
            found.unwrap().effect.clone()
        };
        let call = place("flow/call", EffectKind::CreateTask);
        let visit = place("flow/visit", EffectKind::CreateTask);
        assert!(crm.entry(visit.id()).unwrap().waiting);
        let receipt =
            done(crm.report(call.id(), &Report::done().with("outcome", "reached"), &sam(), at(10)).unwrap());
        assert_eq!((receipt.row().kind.name(), receipt.row().refers_to), ("task", Some(1)));
        assert_eq!(receipt.row().input.get("outcome"), Some(&"reached".into()));
        assert_eq!(receipt.record().version(), 1, "the record stays as it is");
        assert_eq!(titles(crm, &TaskQuery::open(9)), ["Visit", "File"]);
        assert!(!crm.entry(visit.id()).unwrap().waiting, "S50");
        let reminder = place("flow/call", EffectKind::Remind);
        assert_eq!(crm.entry(reminder.id()).unwrap().state, EffectState::Cancelled);
        // Twice is once; undone is open again; done once more.
        assert!(crm.report(call.id(), &Report::done(), &sam(), at(11)).unwrap().receipt().is_none());
        done(crm.report(call.id(), &Report::undone(), &sam(), at(12)).unwrap());
        assert_eq!(crm.entry(call.id()).unwrap().work, Some(WorkState::Open));
        let why = refused(crm.report(call.id(), &Report::undone(), &sam(), at(13)).unwrap());
        assert!(why.to_string().contains("it is not done yet"), "{why}");
        done(crm.report(call.id(), &Report::done(), &sam(), at(14)).unwrap());
        assert_eq!(crm.verify("lead-1").unwrap(), None);
    });
}

#[test]
fn who_may_report_a_task_is_whose_it_is_or_who_may_act() {
    on_each_store(&flow(), |crm| {
        create(crm, contact("lead-1").owned_by("olga"), "talk", at(0));
        let call = entries(crm, "lead-1")[0].effect.clone();
        let stranger = Actor::new("max").with_role("closer");
        let why = refused(crm.report(call.id(), &Report::done(), &stranger, at(1)).unwrap());
        assert!(why.has(lifestage::ReasonCode::PermissionDenied), "{why}");
        done(crm.report(call.id(), &Report::given_to("max"), &sam(), at(2)).unwrap());
        assert_eq!(titles(crm, &TaskQuery::open(9).of("max")), ["Call Mo"]);
        done(crm.report(call.id(), &Report::done(), &stranger, at(3)).unwrap());
        mv(crm, "lead-1", "offer", at(4));
        let visit = &entries(crm, "lead-1")[2].effect;
        let why = refused(crm.report(visit.id(), &Report::done(), &sam(), at(5)).unwrap());
        assert!(why.to_string().contains("the stay it belonged to is over"), "{why}");
    });
}

#[test]
fn today_is_the_day_of_the_zone_of_the_record() {
    on_each_store(&flow(), |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        let tasks = crm.tasks(&TaskQuery::open(9)).unwrap().entries;
        let urgency = |minutes| crm.urgency(&tasks, at(minutes)).unwrap();
        use Urgency::{Later, Overdue, Today};
        assert_eq!(urgency(0), [Today, Later, Later]);
        assert_eq!(urgency(61), [Overdue, Later, Later]);
        // 22:59 in UTC is 23:59 in Berlin, of the day before; a minute later it is Wednesday there.
        assert_eq!(urgency(DAY + 13 * HOUR + 59), [Overdue, Later, Later]);
        assert_eq!(urgency(DAY + 14 * HOUR), [Overdue, Today, Later]);
    });
}

#[test]
fn tasks_of_a_pool_go_to_whoever_is_next() {
    let pipeline =
        pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": [
        { "id": "call", "title": "Call", "due": "1h", "assignee": "round_robin:closer" },
    ] }] }));
    on_each_store(&pipeline, |crm| {
        create(crm, contact("early"), "talk", at(0));
        let whose = |id: &str| entries(crm, id)[0].assignee.clone().unwrap().to_string();
        assert_eq!(whose("early"), "round_robin:closer", "nobody is there yet");
        done(crm.set_pool("deals", "closer", &["eva", "lee", "kim"], &ada(), at(1)).unwrap());
        done(crm.set_away("deals", "closer", "lee", true, &ada(), at(1)).unwrap());
        for (id, member) in [("a", "eva"), ("b", "kim"), ("c", "eva")] {
            create(crm, contact(id), "talk", at(2));
            assert_eq!(whose(id), member, "S52: in turn, past who is away");
            assert_eq!(entries(crm, id)[0].effect.assignee.as_deref(), Some("round_robin:closer"));
            assert_eq!(crm.verify(id).unwrap(), None);
        }
        run(crm, at(3));
        assert_eq!(whose("early"), "kim", "when a worker comes to it");
        assert_eq!(titles(crm, &TaskQuery::open(9).of("kim")), ["Call", "Call"]);
    });
}

#[test]
fn the_trash_holds_work_back_and_erasure_takes_it() {
    on_each_store(&flow(), |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        let act = lifestage::Act::new();
        done(crm.trash("lead-1", &act, &sam(), at(1)).unwrap());
        assert_eq!(titles(crm, &TaskQuery::open(9)), [""; 0]);
        assert_eq!(run(crm, at(60)).total(), 0);
        done(crm.restore("lead-1", &act, &sam(), at(61)).unwrap());
        assert_eq!(titles(crm, &TaskQuery::open(9)), ["Call Mo", "Visit", "File"], "S61a");
        assert_eq!(crm.verify("lead-1").unwrap(), None);
        assert!(states(crm, "lead-1").iter().all(|(_, state)| *state == EffectState::Pending));
        done(crm.erase("lead-1", &lifestage::Erasure::of_everything(), &ada(), at(62)).unwrap());
        assert_eq!(entries(crm, "lead-1"), [], "S44");
        assert_eq!(titles(crm, &TaskQuery::open(9)), [""; 0]);
    });
}
