//! Forms: who is known is filled up and never lowered unless told so (S57, S60).

use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{
    Act, Actor, Creation, Intake, Pipeline, ReasonCode, Record, StageOutcome, Timestamp, Workspace, presets,
};
use lifestage_sqlite::SqliteStore;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn admin() -> Actor {
    Actor::new("olga").with_role("admin")
}

/// Runs a story on each store.
fn on_each_store(story: impl Fn(&Workspace<&dyn Both>)) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("crm.db")).unwrap();
    let memory = MemoryStore::new();
    let stores: [&dyn Both; 2] = [&memory, &sqlite];
    for store in stores {
        let crm = Workspace::open(store, "acme").unwrap();
        crm.publish(&Pipeline::from_json(presets::LIFE_STAGES).unwrap(), &admin(), now()).unwrap();
        story(&crm);
    }
}

trait Both: Store + Reader {}
impl<S: Store + Reader> Both for S {}

fn form<S: Store + Reader>(crm: &Workspace<S>, id: &str, facts: &[(&str, &str)], stage: &str) -> Intake {
    let record = facts.iter().fold(Record::new(id), |record, (name, value)| record.with(*name, *value));
    crm.receive(record, &Creation::in_stage(stage), false, &admin(), now()).unwrap()
}

fn outcome(intake: &Intake) -> (&str, Vec<&str>, &StageOutcome) {
    let Intake::Matched { record, filled, stage } = intake else { panic!("{intake:?}") };
    (record, filled.iter().map(|name| name.as_str()).collect(), stage)
}

#[test]
fn s60_a_form_fills_gaps_and_raises_but_never_lowers() {
    on_each_store(|crm| {
        let first = form(crm, "c-1", &[("email", "Ada@Example.com"), ("source", "web")], "lead");
        assert!(matches!(first, Intake::Created(_)), "{first:?}");

        let again = form(
            crm,
            "c-2",
            &[("email", " ada@example.com"), ("source", "fair"), ("name", "Ada")],
            "subscriber",
        );
        let kept = StageOutcome::Kept { asked: "subscriber".into(), reasons: Vec::new() };
        assert_eq!(outcome(&again), ("c-1", vec!["name"], &kept), "the head keeps its values");

        let raised = form(crm, "c-3", &[("email", "ADA@example.com")], "opportunity");
        assert_eq!(outcome(&raised), ("c-1", vec![], &StageOutcome::Raised { to: "opportunity".into() }));
        assert_eq!(
            outcome(&form(crm, "c-4", &[("email", "ada@example.com")], "opportunity")).2,
            &StageOutcome::Same
        );

        let ada = Record::new("c-5").with("email", "ada@example.com");
        let told = crm.receive(ada, &Creation::in_stage("lead"), true, &admin(), now()).unwrap();
        assert_eq!(outcome(&told).2, &StageOutcome::Lowered { to: "lead".into() }, "unless told so");
        let record = crm.record("c-1").unwrap().unwrap();
        assert_eq!((record.stage(), record.contact().source()), (Some("lead"), Some("web")));
        assert_eq!(crm.verify("c-1").unwrap(), None);
    });
}

#[test]
fn s57_nobody_is_matched_without_an_address_and_several_are_named() {
    on_each_store(|crm| {
        for id in ["c-1", "c-2"] {
            let intake = form(crm, id, &[("phone", "+49 30 1234567")], "lead");
            assert!(matches!(intake, Intake::Created(_)), "a phone number is no identity: {intake:?}");
        }
        for id in ["d-1", "d-2"] {
            let record = Record::new(id).with("email", "bob@example.com");
            crm.create(record, &Creation::new(), &admin(), now()).unwrap();
        }
        let Intake::Refused(why) = form(crm, "d-3", &[("email", "bob@example.com"), ("name", "Bob")], "lead")
        else {
            panic!("several are the same person")
        };
        assert!(why.has(ReasonCode::SeveralMatches), "{why}");
        assert!(why.to_string().contains("d-1, d-2"), "{why}");
        assert_eq!(crm.record("d-3").unwrap(), None);

        // What is in the trash is nobody, and what became one with another is that other.
        crm.merge("d-1", "d-2", &Act::new(), &admin(), now()).unwrap();
        assert_eq!(outcome(&form(crm, "d-4", &[("email", "bob@example.com")], "lead")).0, "d-1");
        crm.trash("d-1", &Act::new(), &admin(), now()).unwrap();
        let intake = form(crm, "d-5", &[("email", "bob@example.com")], "lead");
        assert!(matches!(intake, Intake::Created(_)), "{intake:?}");
    });
}

#[test]
fn s55_a_form_is_no_way_around_a_permission() {
    on_each_store(|crm| {
        form(crm, "c-1", &[("email", "ada@example.com")], "lead");
        let eva = Actor::new("eva").with_role("agent");
        let ada = Record::new("c-2").with("email", "ada@example.com").with("phone", "+49 30 1234567");
        let intake = crm.receive(ada, &Creation::new(), false, &eva, now()).unwrap();
        let Intake::Refused(why) = intake else { panic!("{intake:?}") };
        assert!(why.has(ReasonCode::NotOwner), "agents edit their own contacts: {why}");
        assert_eq!(crm.record("c-1").unwrap().unwrap().contact().phone(), None);
    });
}

#[test]
fn s14_a_form_sent_twice_is_one_record() {
    on_each_store(|crm| {
        let ada = || Record::new("c-1").with("email", "ada@example.com");
        let send = |record: Record, key: &str| {
            let creation = Creation::in_stage("lead").with_key(key);
            crm.receive(record, &creation, false, &admin(), now()).unwrap()
        };
        assert!(matches!(send(ada(), "form-1"), Intake::Created(receipt) if !receipt.is_repeated()));
        assert!(matches!(send(ada(), "form-1"), Intake::Created(receipt) if receipt.is_repeated()));
        let Intake::Refused(why) = send(ada().with("name", "Ada"), "form-1") else { panic!("another form") };
        assert!(why.has(ReasonCode::DuplicateRequest), "{why}");
        assert_eq!(crm.history("c-1").unwrap().len(), 1);
    });
}

#[test]
fn s60_an_unknown_stage_is_refused_and_never_made_up() {
    on_each_store(|crm| {
        form(crm, "c-1", &[("email", "ada@example.com")], "lead");
        let ada = Record::new("c-2")
            .in_pipeline("life_stages")
            .with("email", "ada@example.com")
            .with("name", "Ada");
        let intake = crm.receive(ada, &Creation::in_stage("opportunty"), false, &admin(), now()).unwrap();
        let Intake::Refused(why) = intake else { panic!("{intake:?}") };
        assert_eq!(why.to_string(), "no stage is named `opportunty`, did you mean `opportunity`?");
        assert_eq!(crm.record("c-1").unwrap().unwrap().contact().name(), None, "nothing is filled");
    });
}

/// A pipeline in which a category was put before another, so that its stage stands last in the list.
fn reordered() -> Pipeline {
    let document = serde_json::json!({
        "id": "deals", "name": "Deals",
        "fields": { "email": "string", "plan": "string" },
        "categories": [
            { "id": "early", "name": "Early", "outcome": "open" },
            { "id": "late", "name": "Late", "outcome": "open" },
            { "id": "lost", "name": "Lost", "outcome": "lost" },
        ],
        "stages": [
            { "id": "talk", "name": "Talk", "category": "late", "default": true },
            { "id": "plan", "name": "Plan", "category": "late", "input": { "plan": { "type": "string" } } },
            { "id": "lost", "name": "Lost", "category": "lost" },
            { "id": "first", "name": "First", "category": "early" },
        ],
        "policy": { "free": true },
        "roles": { "admin": { "can": ["create", "view", "move", "edit_fields", "edit_contact", "publish"] } },
    });
    Pipeline::from_json(&document.to_string()).unwrap()
}

#[test]
fn s60_higher_is_what_the_categories_say_and_answers_go_with_the_stage() {
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&reordered(), &admin(), now()).unwrap();
    let ada = || Record::new("c-1").with("email", "ada@example.com");
    let receive = |creation| crm.receive(ada(), &creation, false, &admin(), now()).unwrap();
    receive(Creation::in_stage("talk"));
    let kept = receive(Creation::in_stage("first"));
    assert_eq!(outcome(&kept).2, &StageOutcome::Kept { asked: "first".into(), reasons: Vec::new() });
    let raised = receive(Creation::in_stage("plan").with_input("plan", "pro"));
    assert_eq!(outcome(&raised).2, &StageOutcome::Raised { to: "plan".into() });
    assert_eq!(crm.history("c-1").unwrap()[1].input.get("plan"), Some(&"pro".into()));

    // Without a stage a record is nowhere, but being lost is no way up.
    let bob = || Record::new("c-2").with("email", "bob@example.com");
    crm.create(bob(), &Creation::without_stage(), &admin(), now()).unwrap();
    let lost = crm.receive(bob(), &Creation::in_stage("lost"), false, &admin(), now()).unwrap();
    assert_eq!(outcome(&lost).2, &StageOutcome::Kept { asked: "lost".into(), reasons: Vec::new() });
}
