//! S36: the past of people judged again under the same definition is as it was.

use lifestage::journal::{Row, RowKind};
use lifestage::store::{Reader, Store};
use lifestage::{
    Act, Activity, Actor, Assignment, Conversion, Creation, Edit, Erasure, Pipeline, Record, Replay, Request,
    Workspace,
};

use crate::{
    CUSTOMERS, DEALS, LEADS, add, assert_sound, at, convert, converted, customer, done, get, lead, manager,
    merge, olga, on_every_store, sales,
};

on_every_store! {
    nothing_is_refused_under_the_same_definition,
    what_was_erased_is_passed_over,
}

fn roles(row: &Row) -> Option<Actor> {
    Some(match row.actor.as_str() {
        "olga" => olga(),
        "mia" => manager(),
        other => sales(other),
    })
}

/// Judged again with the roles of people and without, which tells the same.
#[track_caller]
fn replay<S: Store + Reader>(crm: &Workspace<S>, pipeline: &Pipeline) -> Replay {
    let by_roles = crm.replay(pipeline, roles, |row| panic!("{row:?}")).unwrap();
    let by_anybody = crm.replay(pipeline, |_| None, |row| panic!("{row:?}")).unwrap();
    assert_eq!((by_roles.judged, by_roles.passed_over), (by_anybody.judged, by_anybody.passed_over));
    by_roles
}

/// Every row of every record of the pipeline, by whether it is judged again.
fn rows<S: Store + Reader>(crm: &Workspace<S>, ids: &[&str]) -> (u64, u64) {
    let all: Vec<Row> = ids.iter().flat_map(|id| crm.history(id).unwrap()).collect();
    let judged = |row: &&Row| matches!(row.kind, RowKind::Creation | RowKind::Move | RowKind::ReEntry);
    let judged = all.iter().filter(judged).count() as u64;
    (judged, all.len() as u64 - judged)
}

fn nothing_is_refused_under_the_same_definition<S: Store + Reader>(crm: &Workspace<S>) {
    let sam = sales("sam");
    for (id, email) in [("lead-1", "ada@x.org"), ("lead-2", "ada@x.org"), ("lead-3", "bob@x.org")] {
        let new = lead(id).with("email", email).with("name", "Ada").owned_by("sam");
        done(crm.create(new, &Creation::new(), &sam, at(0)).unwrap());
    }
    add(crm, customer("acme"));
    done(crm.submit("lead-1", &Request::mv("mark_contacted"), &sam, at(1)).unwrap());
    done(crm.log("lead-1", &Activity::note("x"), &sam, at(1)).unwrap());
    done(crm.assign("lead-1", &Assignment::to("kim"), &manager(), at(2)).unwrap());
    // Sales may convert, and create no customers.
    for id in ["lead-1", "lead-2"] {
        converted(crm.convert(id, &Conversion::new(), &sam, at(3)).unwrap());
    }
    done(crm.edit("lead-1-customer", &Edit::new().belonging_to(Some("acme")), &olga(), at(3)).unwrap());
    done(crm.start_deal("lead-1", Record::new("deal-1"), &Creation::new(), &sam, at(4)).unwrap());
    done(crm.submit("deal-1", &Request::to("signed"), &sam, at(5)).unwrap());
    merge(crm, "lead-1", "lead-3", 6);
    done(crm.submit("lead-1", &Request::mv("mark_engaged"), &sam, at(7)).unwrap());
    done(crm.trash("lead-2", &Act::because("twice"), &olga(), at(8)).unwrap());
    done(crm.trash("lead-1-customer", &Act::new(), &olga(), at(8)).unwrap());
    done(crm.restore("lead-1-customer", &Act::new(), &olga(), at(9)).unwrap());
    for (pipeline, ids) in [
        (LEADS, &["lead-1", "lead-2", "lead-3"][..]),
        (CUSTOMERS, &["lead-1-customer", "acme"]),
        (DEALS, &["deal-1"]),
    ] {
        let told = replay(crm, &crm.pipeline(pipeline).unwrap());
        assert_eq!((told.judged, told.passed_over), rows(crm, ids), "{pipeline}");
    }
    assert_sound(crm);
}

/// The same pipeline, in which this move needs a phone number too.
fn needing(document: &mut serde_json::Value, mv: &str) -> Pipeline {
    let moves = document["policy"]["moves"].as_array_mut().unwrap();
    moves.iter_mut().find(|one| one["id"] == mv).unwrap()["when"] = "has(phone)".into();
    Pipeline::from_json(&document.to_string()).unwrap()
}

fn what_was_erased_is_passed_over<S: Store + Reader>(crm: &Workspace<S>) {
    let mut document: serde_json::Value = serde_json::from_str(lifestage::presets::LEAD).unwrap();
    document["conversion"] = crate::usual();
    let leads = needing(&mut document, "mark_contacted");
    crm.publish(&leads, &olga(), at(0)).unwrap();
    add(crm, lead("lead-1").with("phone", "+49301234567").with("email", "ada@x.org"));
    done(crm.submit("lead-1", &Request::mv("mark_contacted"), &olga(), at(1)).unwrap());
    convert(crm, "lead-1", 2);
    assert_eq!(replay(crm, &leads).judged, 2);
    for id in ["lead-1", "lead-1-customer"] {
        done(crm.erase(id, &Erasure::of_everything(), &olga(), at(3)).unwrap());
    }
    let told = replay(crm, &leads);
    assert_eq!((told.judged, told.passed_over), (0, 4), "that it had a phone number is forgotten");
    let customers = replay(crm, &crm.pipeline(CUSTOMERS).unwrap());
    assert_eq!((customers.judged, customers.passed_over), (0, 2));
    // What comes after is judged again, on what was left.
    done(crm.submit("lead-1", &Request::mv("mark_engaged"), &olga(), at(4)).unwrap());
    let told = replay(crm, &leads);
    assert_eq!((told.judged, told.passed_over), (1, 4));
    let stricter = needing(&mut document, "mark_engaged");
    let mut refused = Vec::new();
    crm.replay(&stricter, roles, |row| refused.push((row.record.to_string(), row.seq))).unwrap();
    assert_eq!(refused, [("lead-1".to_owned(), get(crm, "lead-1").seq())]);
}
