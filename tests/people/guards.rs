//! What an operation was not made for, it does not do: on damaged stores, with documents that say too much, on
//! duplicates.

use std::sync::Arc;

use lifestage::journal::RowKind;
use lifestage::migration::{Migration, StageMap};
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, CommitOutcome, MemoryStore, Reader, Store};
use lifestage::{
    Activity, Answer, Creation, Decision, Erasure, Link, Migrating, Pipeline, Presence, ReasonCode, Record,
    Request, TimelineQuery, Workspace, presets,
};
use serde_json::json;

use crate::watched::Watched;
use crate::{
    CUSTOMERS, LEADS, add, assert_sound, at, codes, convert, crm_with, customer, done, get, lead, manager,
    merge, olga, on_every_store, sales, usual,
};

on_every_store! {
    only_what_is_planned_can_be_finished,
    a_cursor_of_another_record_shows_nothing_of_it,
    a_new_record_is_what_was_said_of_it,
    an_erasure_keeps_no_way_to_reach_a_person,
    who_points_at_a_duplicate_points_at_its_head,
    a_circle_in_a_damaged_store_is_told,
    a_duplicate_has_no_open_proposals,
}

fn only_what_is_planned_can_be_finished<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    add(crm, lead("lead-2"));
    let log = |activity: Activity| done(crm.log("lead-1", &activity, &olga(), at(1)).unwrap()).row().clone();
    let (task, call) = (log(Activity::task("Call back")), log(Activity::call("Prices").planned()));
    for row in [&task, &call] {
        let finishing = Activity::finishing(row).unwrap();
        let finished = done(crm.log("lead-1", &finishing, &olga(), at(2)).unwrap()).row().clone();
        assert_eq!((finished.kind, finished.refers_to), (row.kind, Some(row.seq)));
        assert_eq!(finished.input.get("text"), row.input.get("text"));
        assert_eq!(Activity::finishing(&finished), None, "what is done is not done again");
    }
    for activity in [Activity::note("x"), Activity::call("x"), Activity::meeting("x"), Activity::email("x")] {
        assert_eq!(Activity::finishing(&log(activity)), None);
    }
    let moved = done(crm.submit("lead-1", &Request::mv("mark_contacted"), &olga(), at(3)).unwrap());
    let assigned = done(crm.assign("lead-1", &lifestage::Assignment::to("kim"), &manager(), at(3)).unwrap());
    for row in [moved.row(), assigned.row()] {
        assert_eq!(Activity::finishing(row), None, "{:?}", row.kind);
    }
    convert(crm, "lead-1", 4);
    merge(crm, "lead-1", "lead-2", 4);
    done(crm.erase("lead-1", &Erasure::of_everything(), &olga(), at(5)).unwrap());
    let rows = crm.history("lead-1").unwrap();
    let kinds = [RowKind::Creation, RowKind::Conversion, RowKind::Merge, RowKind::Erasure, RowKind::Note];
    for kind in kinds {
        let row = rows.iter().find(|row| row.kind == kind).unwrap();
        assert_eq!(Activity::finishing(row), None, "{kind:?}");
        let refused = crm.finish("lead-1", row.seq, &olga(), at(6)).unwrap();
        assert_eq!(codes(&refused), [ReasonCode::InvalidInput], "{kind:?}");
    }
}

fn a_cursor_of_another_record_shows_nothing_of_it<S: Store + Reader>(crm: &Workspace<S>) {
    for id in ["lead-1", "lead-2", "lead-3"] {
        add(crm, lead(id));
        for n in 0..4 {
            done(crm.log(id, &Activity::note(format!("{id} {n}")), &olga(), at(n)).unwrap());
        }
    }
    merge(crm, "lead-2", "lead-3", 5);
    let newest = || TimelineQuery::newest(2);
    let of_another = crm.timeline("lead-2", &newest()).unwrap().next.unwrap();
    let page = crm.timeline("lead-1", &newest().going_on(of_another.clone())).unwrap();
    assert_eq!((page.entries, page.next), (vec![], None));
    let own: Vec<_> = crm.timeline("lead-2", &newest().going_on(of_another.clone())).unwrap().entries;
    assert_eq!(own.len(), 2, "where it is for, it goes on");
    let of_the_tail = crm.timeline("lead-3", &TimelineQuery::newest(99).going_on(of_another)).unwrap();
    assert!(!of_the_tail.entries.is_empty());
    assert!(of_the_tail.entries.iter().all(|row| row.record == "lead-3"), "of the head nothing is shown");
    // Cursors travel through the hands of clients.
    let forged = serde_json::from_value(json!([["lead-1", 99], ["lead-2", 99], ["nobody", 99]])).unwrap();
    let page = crm.timeline("lead-1", &TimelineQuery::newest(99).going_on(forged)).unwrap();
    assert_eq!(page.entries.len(), 5);
    assert!(page.entries.iter().all(|row| row.record == "lead-1"));
}

fn a_new_record_is_what_was_said_of_it<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, customer("acme"));
    let plain = json!({
        "id": "lead-1", "pipeline": LEADS, "owner": "kim",
        "fields": { "name": "Ada" }, "links": { "company": "acme" },
    });
    let mut posing = plain.clone();
    posing["id"] = "lead-2".into();
    let more = json!({
        "stage": "won", "version": 7, "visit": 5, "definition": 4,
        "entered_at": "2001-01-01T00:00:00Z", "created_at": "2001-01-01T00:00:00Z",
        "last_at": "2001-01-01T00:00:00Z", "closed_at": "2001-01-01T00:00:00Z", "lost_reason": "other",
        "memory": {
            "visits": [["new", 9], ["won", 3]], "fired": ["welcome"],
            "proposals": [{
                "seq": 1, "move": "mark_contacted", "by": "eve", "visit": 1,
                "meaning": crm.pipeline(LEADS).unwrap().meaning(),
            }],
        },
    });
    posing.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let created = [plain, posing].map(|document| {
        let record: Record = serde_json::from_value(document).unwrap();
        let record = add(crm, record);
        assert_eq!(get(crm, record.id()), record, "as the store has it");
        let mut document = serde_json::to_value(&record).unwrap();
        for own in ["id", "head"] {
            document.as_object_mut().unwrap().remove(own).unwrap();
        }
        document
    });
    assert_eq!(created[0], created[1]);
    let new = get(crm, "lead-2");
    assert_eq!(
        (new.stage(), new.version(), new.lost_reason(), new.closed_at()),
        (Some("new"), 1, None, None)
    );
    assert_eq!((new.owner(), new.link(Link::Company)), (Some("kim"), Some("acme")), "and that is taken");
    assert!(new.proposals().is_empty());
    for (name, value) in [
        ("reserved", json!("ada@x.org")),
        ("trashed_at", json!("2001-01-01T00:00:00Z")),
        ("links", json!({ "head": "lead-1" })),
        ("links", json!({ "customer": "acme" })),
    ] {
        let mut document = json!({ "id": "lead-3", "pipeline": LEADS });
        document[name] = value;
        let record: Record = serde_json::from_value(document).unwrap();
        let refused = crm.create(record, &Creation::new(), &olga(), at(1)).unwrap();
        assert_eq!(codes(&refused), [ReasonCode::InvalidInput], "{name}");
    }
    assert_sound(crm);
}

/// Leads with fields of every format, under names that tell nothing of it.
fn formats<S: Store + Reader>(crm: &Workspace<S>) {
    let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    let fields = document["fields"].as_object_mut().unwrap();
    fields.insert("work".into(), json!({ "type": "string", "format": "email" }));
    fields.insert("direct".into(), json!({ "type": "string", "format": "phone", "region": "DE" }));
    fields.insert("campaign".into(), json!("string"));
    crm.publish(&Pipeline::from_json(&document.to_string()).unwrap(), &olga(), at(0)).unwrap();
}

fn an_erasure_keeps_no_way_to_reach_a_person<S: Store + Reader>(crm: &Workspace<S>) {
    formats(crm);
    let ada = lead("lead-1").with("work", "ada@x.org").with("direct", "030 1234567").with("campaign", "web");
    add(crm, ada);
    for field in ["work", "direct", "email", "phone", "name", "notes", "social"] {
        let refused = crm.erase("lead-1", &Erasure::keeping(["campaign", field]), &olga(), at(1)).unwrap();
        assert_eq!(codes(&refused), [ReasonCode::InvalidInput], "{field}");
        let reason = &refused.refusal().unwrap().reasons()[0];
        assert_eq!(reason.parameters().get("field"), Some(&field.into()));
    }
    assert_eq!(crm.history("lead-1").unwrap().len(), 1);
    let erased = done(crm.erase("lead-1", &Erasure::keeping(["campaign"]), &olga(), at(2)).unwrap());
    let names: Vec<&str> = erased.record().fields().iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["campaign"]);
}

fn who_points_at_a_duplicate_points_at_its_head<S: Store + Reader>(crm: &Workspace<S>) {
    for (id, email) in [("a", "a@x.org"), ("b", "b@x.org"), ("c", "c@x.org")] {
        add(crm, lead(id).with("email", email));
        convert(crm, id, 1);
        let deal = Record::new(format!("deal-of-{id}"));
        done(crm.start_deal(id, deal, &Creation::new(), &olga(), at(1)).unwrap());
    }
    merge(crm, "b", "c", 2);
    merge(crm, "a", "b", 3);
    merge(crm, "b-customer", "a-customer", 4);
    let pointing = |link, target| crm.pointing_at(link, target).unwrap();
    assert_eq!(pointing(Link::Lead, "a"), ["deal-of-a", "deal-of-b", "deal-of-c"], "in order of id");
    assert_eq!(pointing(Link::Lead, "b"), ["deal-of-b", "deal-of-c"], "what became one with it, no more");
    assert_eq!(pointing(Link::Customer, "b-customer"), ["a", "b", "deal-of-a", "deal-of-b"]);
    assert_eq!(pointing(Link::Customer, "a-customer"), ["a", "deal-of-a"]);
    assert_eq!(pointing(Link::Lead, "nobody"), Vec::<&str>::new());
}

fn write<S: Store + Reader>(crm: &Workspace<S>, sample: Sample) -> Record {
    let change = sample.sealed();
    let outcomes = crm.store().commit("acme", std::slice::from_ref(&change), CommitMode::PerItem).unwrap();
    assert_eq!(outcomes, [CommitOutcome::Applied]);
    change.record
}

fn a_circle_in_a_damaged_store_is_told<S: Store + Reader>(crm: &Workspace<S>) {
    for (id, head) in [("a", "b"), ("b", "c"), ("c", "a"), ("self", "self"), ("into", "a")] {
        let record = write(crm, Sample::creation(id).in_pipeline(LEADS));
        write(crm, Sample::of_kind(&record, RowKind::Merge).linked(Link::Head, Some(head)));
    }
    for id in ["a", "b", "c", "self", "into"] {
        assert!(crm.head_of(id).is_err(), "{id}");
    }
    assert_eq!(crm.united("a").unwrap().len(), 4, "each once");
    assert_eq!(crm.same_person("self").unwrap(), ["self"]);
    assert_eq!(crm.timeline("b", &TimelineQuery::newest(99)).unwrap().entries.len(), 8);
    assert!(crm.start_deal("a", Record::new("deal"), &Creation::new(), &olga(), at(1)).is_err());
    let dangling = write(crm, Sample::creation("dangling").in_pipeline(LEADS));
    write(crm, Sample::of_kind(&dangling, RowKind::Merge).linked(Link::Head, Some("nobody")));
    assert!(crm.head_of("dangling").is_err());
}

fn a_duplicate_has_no_open_proposals<S: Store + Reader>(crm: &Workspace<S>) {
    let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    let moves = document["policy"]["moves"].as_array_mut().unwrap();
    moves.iter_mut().find(|mv| mv["id"] == "mark_contacted").unwrap()["approval"] = true.into();
    crm.publish(&Pipeline::from_json(&document.to_string()).unwrap(), &olga(), at(0)).unwrap();
    for id in ["head", "tail"] {
        add(crm, lead(id));
        let proposed = crm.submit(id, &Request::mv("mark_contacted"), &sales("sam"), at(1)).unwrap();
        assert!(matches!(proposed, Answer::Proposed(_)), "{proposed:?}");
        assert_eq!(get(crm, id).proposals().len(), 1);
    }
    merge(crm, "head", "tail", 2);
    assert_eq!((get(crm, "head").proposals().len(), get(crm, "tail").proposals().len()), (1, 0));
    let approved = crm.submit("head", &Request::mv("mark_contacted"), &manager(), at(3)).unwrap();
    assert_eq!(done(approved).record().stage(), Some("contacted"), "that of the head stands");
    assert_sound(crm);
}

#[test]
fn what_becomes_a_duplicate_while_a_migration_runs_is_left_alone() {
    let store = Arc::new(MemoryStore::new());
    let crm = crm_with(Watched::new(Arc::clone(&store), false), usual());
    for id in ["lead-1", "lead-2", "lead-3"] {
        add(&crm, lead(id));
    }
    let other = Workspace::open(store, "acme").unwrap();
    crm.store().before_next(move || merge(&other, "lead-1", "lead-2", 1));
    let map = StageMap::new().with("new", "subscriber");
    let migrating =
        crm.migrate("m-1", LEADS, CUSTOMERS, &map, "all are customers now", &olga(), at(2), |_| {}).unwrap();
    let Migrating::Done(report) = migrating else { panic!("{migrating:?}") };
    assert_eq!((report.moved, &*report.left), (2, &[][..]));
    let tail = get(&crm, "lead-2");
    assert_eq!((tail.pipeline(), tail.stage(), tail.presence()), (LEADS, Some("new"), Presence::Merged));
    for id in ["lead-1", "lead-3"] {
        assert_eq!((get(&crm, id).pipeline(), get(&crm, id).stage()), (CUSTOMERS, Some("subscriber")));
    }
    assert_eq!(crm.history("lead-2").unwrap().len(), 2, "creation and merge");
    assert_sound(&crm);
}

#[test]
fn the_gate_migrates_no_duplicate() {
    let customers = Pipeline::from_json(presets::LIFE_STAGES).unwrap();
    let migration = Migration {
        id: "m-1".into(),
        pipeline: LEADS.into(),
        into: CUSTOMERS.into(),
        version: 1,
        map: StageMap::new().with("new", "subscriber"),
        reason: "all are customers now".into(),
        earlier_only: false,
        actor: olga(),
        started_at: at(1),
    };
    let tail = lead("tail").in_stage("new").linked_to(Link::Head, "head");
    let Decision::Refused(why) = customers.migrate(&tail, None, &migration, at(1)) else { panic!() };
    assert_eq!(why.codes().collect::<Vec<_>>(), [ReasonCode::Merged]);
    let single = lead("single").in_stage("new");
    assert!(matches!(customers.migrate(&single, None, &migration, at(1)), Decision::Moved(_)));
}
