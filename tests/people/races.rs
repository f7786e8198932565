//! S57, S59: conversions and merges at once.

use std::collections::BTreeSet;

use lifestage::store::{Reader, Store};
use lifestage::{
    Act, Assignment, Conversion, Converting, Creation, Edit, HowConverted, Link, Merging, Presence, Request,
    Workspace,
};

use crate::{CUSTOMERS, add, assert_sound, at, converted, customer, get, lead, olga, on_every_store, race};

on_every_store! {
    many_leads_with_one_address_make_one_customer,
    one_lead_converted_by_many_has_one_customer,
    conversions_beside_creations_hold_the_address_once,
    conversions_beside_edits_of_the_address_keep_the_customer,
    conversions_beside_a_merge_of_customers_end_at_the_head,
    one_duplicate_becomes_one_with_one_head_only,
    two_that_take_each_other_do_not_both_go,
    a_lead_that_is_converted_while_it_is_merged_is_not_lost,
    one_request_asked_by_many_at_once_is_done_once_for_all,
}

const ADA: &str = "ada@x.org";
/// More than a request is quietly tried again.
const MANY: usize = 48;

fn many_leads_with_one_address_make_one_customer<S: Store + Reader>(crm: &Workspace<S>) {
    for n in 0..MANY {
        add(crm, lead(&format!("lead-{n}")).with("email", ADA));
    }
    let done = race(MANY, |n| {
        converted(crm.convert(&format!("lead-{n}"), &Conversion::new(), &olga(), at(1)).unwrap())
    });
    assert_eq!(done.iter().filter(|done| done.how == HowConverted::Created).count(), 1);
    let customers: BTreeSet<&str> = done.iter().map(|done| done.customer.id()).collect();
    assert_eq!(customers.len(), 1);
    let only = customers.first().unwrap();
    assert!((0..MANY).all(|n| get(crm, &format!("lead-{n}")).link(Link::Customer) == Some(only)));
    assert_eq!(crm.with_email(CUSTOMERS, ADA).unwrap().len(), 1);
    assert_eq!(crm.pointing_at(Link::Customer, only).unwrap().len(), MANY);
    assert_eq!(crm.history(only).unwrap().len(), MANY, "one row of the creation, one of each link");
    assert_sound(crm);
}

fn one_lead_converted_by_many_has_one_customer<S: Store + Reader>(crm: &Workspace<S>) {
    for email in [Some(ADA), None] {
        let id = format!("lead-{}", email.is_some());
        let new = email.map_or_else(|| lead(&id), |email| lead(&id).with("email", email));
        add(crm, new);
        let done = race(16, |_| converted(crm.convert(&id, &Conversion::new(), &olga(), at(1)).unwrap()));
        assert_eq!(done.iter().filter(|done| done.how == HowConverted::Created).count(), 1);
        assert!(done.iter().all(|done| done.customer.id() == format!("{id}-customer")));
        assert_eq!(crm.history(&id).unwrap().len(), 2);
    }
    assert_sound(crm);
}

fn conversions_beside_creations_hold_the_address_once<S: Store + Reader>(crm: &Workspace<S>) {
    for n in 0..8 {
        add(crm, lead(&format!("lead-{n}")).with("email", ADA));
    }
    let done = race(9, |n| match n {
        8 => {
            let imported = Creation::in_stage("lead").imported(None);
            let answer =
                crm.create(customer("imported").with("email", ADA), &imported, &olga(), at(1)).unwrap();
            assert!(answer.receipt().is_some(), "imported duplicates may exist");
            None
        }
        _ => Some(crm.convert(&format!("lead-{n}"), &Conversion::new(), &olga(), at(1)).unwrap()),
    });
    let mut made = 0;
    for converting in done.into_iter().flatten() {
        match converting {
            Converting::Done(done) => made += usize::from(done.how == HowConverted::Created),
            Converting::Refused(why) => assert!(why.has(lifestage::ReasonCode::SeveralMatches), "{why}"),
        }
    }
    assert!(made <= 1);
    let all = crm.with_email(CUSTOMERS, ADA).unwrap();
    assert_eq!(all.len(), 1 + made);
    assert_eq!(all.iter().filter(|record| record.reserved().is_some()).count(), 1);
    assert_sound(crm);
}

fn conversions_beside_edits_of_the_address_keep_the_customer<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, customer("c-1").with("email", ADA));
    for n in 0..6 {
        add(crm, lead(&format!("lead-{n}")).with("email", ADA));
    }
    race(7, |n| match n {
        6 => {
            let edit = Edit::new().set("email", "ada@y.org");
            assert!(crm.edit("c-1", &edit, &olga(), at(1)).unwrap().receipt().is_some());
        }
        _ => {
            converted(crm.convert(&format!("lead-{n}"), &Conversion::new(), &olga(), at(1)).unwrap());
        }
    });
    assert!(crm.with_email(CUSTOMERS, ADA).unwrap().len() <= 1, "who came after the edit made one");
    let customers: BTreeSet<String> =
        (0..6).map(|n| get(crm, &format!("lead-{n}")).link(Link::Customer).unwrap().to_owned()).collect();
    assert!(customers.len() <= 2, "{customers:?}");
    let one = get(crm, "c-1");
    assert!(one.reserved().is_none() || one.reserved() == one.contact().email(), "{one:?}");
    assert_sound(crm);
}

fn conversions_beside_a_merge_of_customers_end_at_the_head<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, customer("c-1").with("email", "countess@x.org"));
    add(crm, customer("c-2").with("email", ADA));
    for n in 0..6 {
        add(crm, lead(&format!("lead-{n}")).with("email", ADA));
    }
    race(7, |n| match n {
        6 => {
            let merging = crm.merge("c-1", "c-2", &Act::new(), &olga(), at(1)).unwrap();
            assert!(matches!(merging, Merging::Done { .. }), "{merging:?}");
        }
        _ => {
            converted(crm.convert(&format!("lead-{n}"), &Conversion::new(), &olga(), at(1)).unwrap());
        }
    });
    for n in 0..6 {
        let customer = get(crm, &format!("lead-{n}")).link(Link::Customer).unwrap().to_owned();
        assert_eq!(crm.head_of(&customer).unwrap().id(), "c-1");
    }
    assert_eq!(get(crm, "c-2").reserved(), None, "a duplicate holds nothing");
    assert_sound(crm);
}

fn one_duplicate_becomes_one_with_one_head_only<S: Store + Reader>(crm: &Workspace<S>) {
    for round in 0..4 {
        let id = |name: &str| format!("{name}-{round}");
        for name in ["tail", "head-0", "head-1", "head-2"] {
            add(crm, lead(&id(name)));
        }
        let merged = race(3, |n| {
            crm.merge(&id(&format!("head-{n}")), &id("tail"), &Act::new(), &olga(), at(1)).unwrap()
        });
        let winners: Vec<usize> = (0..3).filter(|n| matches!(merged[*n], Merging::Done { .. })).collect();
        let [winner] = winners[..] else { panic!("{merged:?}") };
        let winner = id(&format!("head-{winner}"));
        assert_eq!(get(crm, &id("tail")).link(Link::Head), Some(&*winner));
        for n in 0..3 {
            let head = id(&format!("head-{n}"));
            let rows = crm.history(&head).unwrap().len();
            assert_eq!(rows, if head == winner { 2 } else { 1 }, "nothing is written in {head}");
        }
    }
    assert_sound(crm);
}

fn two_that_take_each_other_do_not_both_go<S: Store + Reader>(crm: &Workspace<S>) {
    for round in 0..6 {
        let ids = [format!("a-{round}"), format!("b-{round}")];
        for id in &ids {
            add(crm, lead(id));
        }
        race(2, |n| crm.merge(&ids[n], &ids[1 - n], &Act::new(), &olga(), at(1)).unwrap());
        let live = ids.iter().filter(|id| get(crm, id).presence() == Presence::Live).count();
        assert_eq!(live, 1);
        assert_eq!(crm.head_of(&ids[0]).unwrap(), crm.head_of(&ids[1]).unwrap());
    }
    assert_sound(crm);
}

fn a_lead_that_is_converted_while_it_is_merged_is_not_lost<S: Store + Reader>(crm: &Workspace<S>) {
    for round in 0..6 {
        let id = |name: &str| format!("{name}-{round}");
        add(crm, lead(&id("head")));
        add(crm, lead(&id("tail")));
        race(2, |n| match n {
            0 => {
                let merging = crm.merge(&id("head"), &id("tail"), &Act::new(), &olga(), at(1)).unwrap();
                assert!(matches!(merging, Merging::Done { .. }), "{merging:?}");
            }
            _ => drop(crm.convert(&id("tail"), &Conversion::new(), &olga(), at(1)).unwrap()),
        });
        let (head, tail) = (get(crm, &id("head")), get(crm, &id("tail")));
        assert_eq!(head.link(Link::Customer), tail.link(Link::Customer));
        let made = crm.record(&format!("{}-customer", id("tail"))).unwrap();
        assert_eq!(made.as_ref().map(|made| made.id()), tail.link(Link::Customer), "all or nothing");
    }
    assert_sound(crm);
}

fn one_request_asked_by_many_at_once_is_done_once_for_all<S: Store + Reader>(crm: &Workspace<S>) {
    for round in 0..6 {
        let (id, tail) = (format!("lead-{round}"), format!("tail-{round}"));
        add(crm, lead(&id));
        add(crm, lead(&tail));
        let key = |what: &str| format!("{what}-{round}");
        // Whatever the first has changed by the time the others are judged, they get its receipt (S14).
        let moved = race(6, |_| {
            let request = Request::mv("mark_contacted").expecting_version(1).with_key(key("move"));
            crm.submit(&id, &request, &olga(), at(1)).unwrap()
        });
        assert!(
            moved.iter().all(|answer| answer.receipt().is_some_and(|done| done.row().seq == 2)),
            "{moved:?}"
        );
        let assigned = race(6, |_| {
            let assignment = Assignment::to("sam").expecting_version(2).with_key(key("assign"));
            crm.assign(&id, &assignment, &olga(), at(2)).unwrap()
        });
        assert!(assigned.iter().all(|answer| answer.receipt().is_some_and(|done| done.row().seq == 3)));
        let merged = race(6, |_| {
            let act = Act::new().expecting_version(3).with_key(key("merge"));
            crm.merge(&id, &tail, &act, &olga(), at(3)).unwrap()
        });
        assert!(merged.iter().all(|merging| matches!(merging, Merging::Done { .. })), "{merged:?}");
        let conversion = Conversion::new().expecting_version(4).with_key(key("convert"));
        let done = race(6, |_| converted(crm.convert(&id, &conversion, &olga(), at(4)).unwrap()));
        assert!(done.iter().all(|done| done.customer.id() == format!("{id}-customer")));
        assert_eq!(crm.history(&id).unwrap().len(), 5);
    }
    assert_sound(crm);
}
