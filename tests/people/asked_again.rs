//! S14: what has a key is done once, whatever became of its record meanwhile.

use lifestage::journal::RowKind;
use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{
    Act, Actor, Answer, Assignment, Conversion, Creation, Edit, HowConverted, Link, Pipeline, Pool,
    ReasonCode, Record, Request, SmolStr, Workspace, presets,
};

use crate::watched::Watched;
use crate::{
    CUSTOMERS, DEALS, LEADS, add, assert_sound, at, codes, convert, converted, crm_with, done, get, lead,
    manager, merge, olga, on_every_store, race, sales,
};

on_every_store! {
    a_conversion_asked_again_gives_its_customer,
    without_a_key_too,
    a_key_takes_one_turn,
    a_key_takes_one_turn_of_two_who_ask_at_once,
    the_owner_is_passed_over,
    a_turn_may_expect_a_version_and_have_a_reason,
    a_deal_asked_for_again_is_the_first,
    what_a_deal_needs,
}

fn a_conversion_asked_again_gives_its_customer<S: Store + Reader>(crm: &Workspace<S>) {
    type Meanwhile<S> = fn(&Workspace<S>, &str);
    let meanwhile: [(&str, Meanwhile<S>); 5] = [
        ("nothing", |_, _| ()),
        ("trashed", |crm, id| drop(done(crm.trash(id, &Act::new(), &olga(), at(2)).unwrap()))),
        ("merged", |crm, id| {
            add(crm, lead("head"));
            merge(crm, "head", id, 2);
        }),
        ("moved", |crm, id| {
            done(crm.submit(id, &Request::mv("mark_contacted"), &olga(), at(2)).unwrap());
        }),
        ("customer trashed", |crm, id| {
            done(crm.trash(&format!("{id}-customer"), &Act::new(), &olga(), at(2)).unwrap());
        }),
    ];
    for (nth, (what, meanwhile)) in meanwhile.into_iter().enumerate() {
        let id = format!("lead-{nth}");
        let version = add(crm, lead(&id)).version();
        let conversion = Conversion::new().with_key(format!("button-{nth}")).expecting_version(version);
        let ask = |hour| converted(crm.convert(&id, &conversion, &sales("sam"), at(hour)).unwrap());
        let first = ask(1);
        assert_eq!(first.how, HowConverted::Created);
        meanwhile(crm, &id);
        let rows = crm.history(&id).unwrap().len();
        let again = ask(3);
        assert_eq!((again.how, again.customer.id()), (HowConverted::Before, first.customer.id()), "{what}");
        assert_eq!((again.lead.id(), again.filled.len(), again.moved), (&*id, 0, None), "{what}");
        assert_eq!(crm.history(&id).unwrap().len(), rows, "{what}: nothing is written");
    }
    assert_sound(crm);
}

/// The lead that is asked for is known to be converted, though its version is another by that.
fn without_a_key_too<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let first = convert(crm, "lead-1", 1);
    // Whoever lost the role since is told nothing without the key, and the customer with it.
    let nobody = Actor::new("sam");
    let refused = crate::not_converted(crm.convert("lead-1", &Conversion::new(), &nobody, at(2)).unwrap());
    assert_eq!(refused.codes().collect::<Vec<_>>(), [ReasonCode::PermissionDenied]);
    add(crm, lead("lead-2"));
    let keyed = Conversion::new().with_key("k");
    converted(crm.convert("lead-2", &keyed, &sales("sam"), at(1)).unwrap());
    let again = converted(crm.convert("lead-2", &keyed, &nobody, at(2)).unwrap());
    assert_eq!((again.how, again.customer.id()), (HowConverted::Before, "lead-2-customer"));
    assert_eq!(convert(crm, "lead-1", 3).customer, first.customer);
}

fn wins_with(mv: &str) -> serde_json::Value {
    serde_json::json!({ "into": CUSTOMERS, "stage": "customer", "move": mv })
}

#[test]
fn the_move_that_a_failing_store_left_out_is_made_when_asked_again() {
    for key in [None, Some("button")] {
        let crm = crm_with(Watched::new(MemoryStore::new(), false), wins_with("mark_contacted"));
        add(&crm, lead("lead-1"));
        let conversion = key.map_or_else(Conversion::new, |key| Conversion::new().with_key(key));
        let ask = |hour| crm.convert("lead-1", &conversion, &olga(), at(hour));
        crm.store().allow(1);
        ask(1).unwrap_err();
        crm.store().allow(usize::MAX);
        let between = get(&crm, "lead-1");
        assert_eq!((between.link(Link::Customer), between.stage()), (Some("lead-1-customer"), Some("new")));
        let again = converted(ask(2).unwrap());
        assert_eq!((again.how, again.lead.stage()), (HowConverted::Before, Some("contacted")));
        assert!(matches!(again.moved, Some(Answer::Done(_))), "{:?}", again.moved);
        let third = converted(ask(3).unwrap());
        assert_eq!((third.how, third.moved), (HowConverted::Before, None), "it is made once");
        done(crm.submit("lead-1", &Request::mv("mark_engaged"), &olga(), at(4)).unwrap());
        converted(ask(5).unwrap());
        assert_eq!(get(&crm, "lead-1").stage(), Some("engaged"), "and does not take it back");
        assert_sound(&crm);
    }
}

#[test]
fn a_lead_that_moved_on_is_not_moved_again() {
    let crm = crm_with(Watched::new(MemoryStore::new(), false), wins_with("mark_lost"));
    add(&crm, lead("lead-1"));
    let ask = |hour| crm.convert("lead-1", &Conversion::new(), &olga(), at(hour));
    crm.store().allow(1);
    ask(1).unwrap_err();
    crm.store().allow(usize::MAX);
    done(crm.submit("lead-1", &Request::mv("mark_contacted"), &olga(), at(2)).unwrap());
    assert_eq!(converted(ask(3).unwrap()).moved, None);
    assert_eq!(get(&crm, "lead-1").stage(), Some("contacted"), "it could be lost, and somebody decided else");
}

#[test]
fn a_move_that_was_refused_is_tried_again_and_told() {
    let crm = crm_with(MemoryStore::new(), crate::usual());
    let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    document["conversion"] = wins_with("mark_contacted");
    let moves = document["policy"]["moves"].as_array_mut().unwrap();
    moves.iter_mut().find(|mv| mv["id"] == "mark_contacted").unwrap()["when"] = "has(phone)".into();
    crm.publish(&Pipeline::from_json(&document.to_string()).unwrap(), &olga(), at(0)).unwrap();
    add(&crm, lead("lead-1"));
    for (hour, how) in [(1, HowConverted::Created), (2, HowConverted::Before), (3, HowConverted::Before)] {
        let done = convert(&crm, "lead-1", hour);
        assert_eq!(done.how, how);
        assert_eq!(codes(&done.moved.unwrap()), [ReasonCode::CriteriaUnmet], "hour {hour}");
    }
    done(crm.edit("lead-1", &Edit::new().set("phone", "+49301234567"), &olga(), at(4)).unwrap());
    let again = convert(&crm, "lead-1", 5);
    assert!(matches!(again.moved, Some(Answer::Done(_))), "{:?}", again.moved);
    assert_eq!(again.lead.stage(), Some("contacted"));
    assert_sound(&crm);
}

fn pool<S: Store + Reader>(crm: &Workspace<S>, members: &[&str]) {
    done(crm.set_pool(LEADS, "closers", members, &olga(), at(0)).unwrap());
}

fn next<S: Store + Reader>(crm: &Workspace<S>) -> Option<SmolStr> {
    crm.pool(LEADS, "closers").unwrap().next().map(SmolStr::new)
}

fn turns<S: Store + Reader>(crm: &Workspace<S>) -> usize {
    let rows = crm.history(&Pool::record_id(LEADS, "closers")).unwrap();
    rows.iter().filter(|row| row.kind == RowKind::Assignment).count()
}

fn a_key_takes_one_turn<S: Store + Reader>(crm: &Workspace<S>) {
    pool(crm, &["eva", "sam", "lee"]);
    let version = add(crm, lead("lead-1")).version();
    add(crm, lead("lead-2"));
    let act = Act::new().with_key("k").expecting_version(version);
    let ask = |id: &str| crm.assign_next(id, "closers", &act, &manager(), at(1)).unwrap();
    let first = done(ask("lead-1"));
    assert_eq!((first.record().owner(), first.is_repeated()), (Some("eva"), false));
    done(crm.assign("lead-1", &Assignment::to("kim"), &manager(), at(2)).unwrap());
    let again = done(ask("lead-1"));
    assert_eq!((again.row(), again.is_repeated()), (first.row(), true));
    assert_eq!((get(crm, "lead-1").owner(), turns(crm), next(crm).as_deref()), (Some("kim"), 1, Some("sam")));
    assert_eq!(codes(&ask("lead-2")), [ReasonCode::DuplicateRequest], "the key stands for the other lead");
    let other = crm.assign_next("lead-1", "openers", &act, &manager(), at(3)).unwrap();
    assert_eq!(codes(&other), [ReasonCode::DuplicateRequest], "and for the pool");
    merge(crm, "lead-2", "lead-1", 4);
    assert!(done(ask("lead-1")).is_repeated(), "whatever became of it");
    done(crm.set_pool(LEADS, "closers", &[], &olga(), at(5)).unwrap());
    assert!(done(ask("lead-1")).is_repeated(), "and of the pool");
    assert_eq!(crm.verify(&Pool::record_id(LEADS, "closers")).unwrap(), None);
    assert_sound(crm);
}

fn a_key_takes_one_turn_of_two_who_ask_at_once<S: Store + Reader>(crm: &Workspace<S>) {
    pool(crm, &["eva", "sam", "lee"]);
    for n in 0..12 {
        let id = format!("lead-{n}");
        add(crm, lead(&id));
        let act = Act::new().with_key(format!("key-{n}"));
        let answers = race(2, |_| done(crm.assign_next(&id, "closers", &act, &manager(), at(1)).unwrap()));
        assert_eq!(answers[0].row(), answers[1].row());
        assert_eq!(answers.iter().filter(|receipt| receipt.is_repeated()).count(), 1);
        assert_eq!(turns(crm), n + 1, "one turn for both");
        assert_eq!(crm.history(&id).unwrap().len(), 2);
    }
}

fn the_owner_is_passed_over<S: Store + Reader>(crm: &Workspace<S>) {
    pool(crm, &["eva", "sam"]);
    add(crm, lead("lead-1").owned_by("eva"));
    let ask = |hour| crm.assign_next("lead-1", "closers", &Act::new(), &manager(), at(hour)).unwrap();
    assert_eq!(done(ask(1)).record().owner(), Some("sam"));
    assert_eq!(next(crm).as_deref(), Some("eva"), "who was passed over keeps the place");
    assert_eq!(done(ask(2)).record().owner(), Some("eva"));
    done(crm.set_away(LEADS, "closers", "sam", true, &manager(), at(3)).unwrap());
    let alone = ask(4);
    assert!(matches!(alone, Answer::Unchanged(_)), "nobody else is there: {alone:?}");
    assert_eq!((turns(crm), get(crm, "lead-1").owner()), (2, Some("eva")));
}

fn a_turn_may_expect_a_version_and_have_a_reason<S: Store + Reader>(crm: &Workspace<S>) {
    pool(crm, &["eva", "sam"]);
    let version = add(crm, lead("lead-1")).version();
    done(crm.submit("lead-1", &Request::mv("mark_contacted"), &olga(), at(1)).unwrap());
    let ask = |act: Act| crm.assign_next("lead-1", "closers", &act, &manager(), at(2)).unwrap();
    assert_eq!(codes(&ask(Act::new().expecting_version(version))), [ReasonCode::StaleRecord]);
    assert_eq!((turns(crm), next(crm).as_deref()), (0, Some("eva")), "no turn is taken");
    let receipt = done(ask(Act::because("speaks Danish").expecting_version(version + 1).in_batch("b-1")));
    let row = receipt.row();
    assert_eq!((row.reason.as_deref(), row.batch.as_deref()), (Some("speaks Danish"), Some("b-1")));
    assert_eq!((turns(crm), receipt.record().owner()), (1, Some("eva")));
}

fn a_deal_asked_for_again_is_the_first<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    add(crm, lead("head"));
    convert(crm, "lead-1", 1);
    let creation = Creation::new().with_key("button");
    let deal = || Record::new("deal-1").with("name", "Car");
    let ask = |deal| crm.start_deal("lead-1", deal, &creation, &olga(), at(2)).unwrap();
    let first = done(ask(deal()));
    let again = |what: &str| {
        let again = done(ask(deal()));
        assert_eq!((again.row(), again.is_repeated()), (first.row(), true), "{what}");
    };
    done(crm.assign("lead-1", &Assignment::to("kim"), &manager(), at(3)).unwrap());
    again("another owner");
    merge(crm, "head", "lead-1", 4);
    again("another lead");
    done(crm.trash("head", &Act::new(), &olga(), at(5)).unwrap());
    again("in the trash");
    assert_eq!(get(crm, "deal-1").link(Link::Lead), Some("lead-1"));
    let other = ask(deal().with("value", 9));
    assert_eq!(codes(&other), [ReasonCode::DuplicateRequest], "another deal is another request");
}

fn what_a_deal_needs<S: Store + Reader>(crm: &Workspace<S>) {
    crm.publish(&crate::leads(serde_json::json!({ "into": CUSTOMERS })), &olga(), at(0)).unwrap();
    add(crm, lead("lead-1"));
    convert(crm, "lead-1", 1);
    let ask = |deal: Record| crm.start_deal("lead-1", deal, &Creation::new(), &olga(), at(2)).unwrap();
    let nowhere = ask(Record::new("deal-1"));
    assert_eq!(codes(&nowhere), [ReasonCode::AmbiguousPipeline]);
    assert!(
        nowhere.refusal().unwrap().to_string().contains("in which pipeline the deal goes"),
        "{nowhere:?}"
    );
    assert_eq!(codes(&ask(Record::new("deal-1").in_pipeline("offers"))), [ReasonCode::UnknownPart]);
    let stray = Record::new("deal-1").in_pipeline(DEALS).linked_to(Link::Company, "nobody");
    assert_eq!(codes(&ask(stray)), [ReasonCode::UnknownPart]);
    assert_eq!(crm.record("deal-1").unwrap(), None);
    add(crm, crate::customer("acme"));
    let deal = Record::new("deal-1").in_pipeline(DEALS).linked_to(Link::Company, "acme");
    assert_eq!(done(ask(deal)).record().link(Link::Company), Some("acme"));
    assert!(crm.start_deal("nobody", Record::new("d"), &Creation::new(), &olga(), at(3)).is_err());
}
