//! S20, S56: whose record it is.

use std::sync::Arc;

use lifestage::journal::RowKind;
use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{Answer, Assignment, Conversion, Converting, Edit, ReasonCode, Value, Workspace};

use crate::watched::Watched;
use crate::{
    add, assert_sound, at, codes, crm_with, done, get, lead, manager, olga, on_every_store, race, refusal,
    sales, usual,
};

on_every_store! {
    s20_of_many_claims_one_wins_and_the_others_are_told_by_whom,
    s20_a_claim_is_not_disturbed_by_an_edit,
    s20_claiming_on_two_screens_is_one_claim,
    s56_an_owned_record_is_reassigned_and_not_claimed,
    s56_a_release_needs_no_more_than_the_claim,
    s56_every_change_of_owner_is_a_row,
}

fn s20_of_many_claims_one_wins_and_the_others_are_told_by_whom<S: Store + Reader>(crm: &Workspace<S>) {
    for round in 0..8 {
        let id = format!("lead-{round}");
        add(crm, lead(&id));
        let answers =
            race(8, |n| crm.assign(&id, &Assignment::claim(), &sales(&format!("sam-{n}")), at(1)).unwrap());
        let winners: Vec<usize> = (0..8).filter(|n| answers[*n].receipt().is_some()).collect();
        let [winner] = winners[..] else { panic!("{winners:?}") };
        let owner = format!("sam-{winner}");
        assert_eq!(get(crm, &id).owner(), Some(&*owner));
        for answer in answers.iter().filter(|answer| answer.receipt().is_none()) {
            // Who asked a moment later is refused as anybody is who claims an owned record.
            let reason = &refusal(answer).reasons()[0];
            assert!(
                [ReasonCode::StaleRecord, ReasonCode::AlreadyOwned].contains(&reason.code()),
                "{reason:?}"
            );
            assert_eq!(reason.parameters().get("owner"), Some(&Value::from(&*owner)));
        }
        assert_eq!(crm.history(&id).unwrap().len(), 2);
    }
    assert_sound(crm);
}

fn s20_a_claim_is_not_disturbed_by_an_edit<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let answers = race(8, |n| match n {
        0 => crm.assign("lead-1", &Assignment::claim(), &sales("sam"), at(1)).unwrap(),
        _ => {
            let edit = Edit::new().set("notes", format!("call {n}"));
            crm.edit("lead-1", &edit, &sales("eva"), at(1)).unwrap()
        }
    });
    assert!(answers.iter().all(|answer| answer.receipt().is_some()), "{answers:?}");
    assert_eq!(get(crm, "lead-1").owner(), Some("sam"));
    assert_eq!(crm.history("lead-1").unwrap().len(), 9);
}

fn s20_claiming_on_two_screens_is_one_claim<S: Store + Reader>(crm: &Workspace<S>) {
    for round in 0..8 {
        let id = format!("lead-{round}");
        add(crm, lead(&id));
        let answers = race(4, |_| crm.assign(&id, &Assignment::claim(), &sales("sam"), at(1)).unwrap());
        assert!(answers.iter().all(|answer| answer.refusal().is_none()), "{answers:?}");
        assert_eq!(crm.history(&id).unwrap().len(), 2);
    }
}

fn s56_an_owned_record_is_reassigned_and_not_claimed<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1").owned_by("eva"));
    let sam = sales("sam");
    let claim = crm.assign("lead-1", &Assignment::claim(), &sam, at(1)).unwrap();
    assert_eq!(codes(&claim), [ReasonCode::AlreadyOwned]);
    for assignment in [Assignment::to("sam"), Assignment::to("lee"), Assignment::release()] {
        let answer = crm.assign("lead-1", &assignment, &sam, at(1)).unwrap();
        assert_eq!(codes(&answer), [ReasonCode::PermissionDenied], "{assignment:?}");
    }
    assert_eq!(crm.history("lead-1").unwrap().len(), 1);
    done(crm.assign("lead-1", &Assignment::to("sam"), &manager(), at(2)).unwrap());
    assert_eq!(get(crm, "lead-1").owner(), Some("sam"));
    let claim = crm.assign("lead-1", &Assignment::claim(), &sam, at(3)).unwrap();
    assert!(matches!(claim, Answer::Unchanged(_)), "it is his already");
}

fn s56_a_release_needs_no_more_than_the_claim<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    done(crm.assign("lead-1", &Assignment::claim(), &sales("sam"), at(1)).unwrap());
    done(crm.assign("lead-1", &Assignment::release(), &sales("sam"), at(2)).unwrap());
    assert_eq!(get(crm, "lead-1").owner(), None);
    let again = crm.assign("lead-1", &Assignment::release(), &sales("sam"), at(3)).unwrap();
    assert!(matches!(again, Answer::Unchanged(_)));
    done(crm.assign("lead-1", &Assignment::claim(), &sales("eva"), at(4)).unwrap());
    assert_sound(crm);
}

fn s56_every_change_of_owner_is_a_row<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    done(crm.assign("lead-1", &Assignment::claim().with_key("k"), &sales("sam"), at(1)).unwrap());
    let repeated =
        done(crm.assign("lead-1", &Assignment::claim().with_key("k"), &sales("sam"), at(2)).unwrap());
    assert!(repeated.is_repeated());
    let leave = Assignment::to("eva").because("Sam is on leave");
    done(crm.assign("lead-1", &leave, &manager(), at(3)).unwrap());
    let rows = crm.history("lead-1").unwrap();
    let told: Vec<_> = rows
        .iter()
        .filter(|row| row.kind == RowKind::Assignment)
        .map(|row| {
            (row.actor.as_str(), row.facts[0].old.clone(), row.facts[0].new.clone(), row.reason.as_deref())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("sam", None, Some("sam".into()), None),
            ("mia", Some("sam".into()), Some("eva".into()), Some("Sam is on leave")),
        ]
    );
    let stale = crm.assign("lead-1", &Assignment::to("lee").expecting_version(1), &manager(), at(4)).unwrap();
    assert_eq!(codes(&stale), [ReasonCode::StaleRecord]);
}

/// S17, S20: whoever lost a race is told where the record is now, as after any other conflict.
#[test]
fn s17_who_loses_a_claim_is_told_where_the_record_is() {
    let store = Arc::new(MemoryStore::new());
    let crm = crm_with(Watched::new(Arc::clone(&store), false), usual());
    add(&crm, lead("lead-1"));
    let other = Workspace::open(store, "acme").unwrap();
    crm.store().before_next(move || {
        done(other.assign("lead-1", &Assignment::claim(), &sales("eva"), at(1)).unwrap());
    });
    let lost = crm.assign("lead-1", &Assignment::claim(), &sales("sam"), at(1)).unwrap();
    assert_eq!(codes(&lost), [ReasonCode::StaleRecord]);
    let now = get(&crm, "lead-1");
    let reason = refusal(&lost).reasons()[0].clone();
    let whole = |number: u64| Some(Value::from(i64::try_from(number).unwrap()));
    assert_eq!(reason.parameter("owner"), Some(&Value::from("eva")));
    assert_eq!(reason.parameter("stage"), now.stage().map(Value::from).as_ref());
    assert_eq!(reason.parameter("version"), whole(now.version()).as_ref());
    assert_eq!(reason.parameter("visit"), whole(now.visit()).as_ref());
    assert_eq!(reason.message(), "eva became the owner of this record just now; reload and try again");
}

/// S17: the same of a conversion that others never let through.
#[test]
fn s17_a_conversion_that_never_gets_through_tells_where_the_lead_is() {
    type Busy = Arc<Watched<Arc<MemoryStore>>>;
    fn disturb(busy: &Busy, other: &Arc<Workspace<Arc<MemoryStore>>>, turn: u32) {
        let (again, writer) = (Arc::clone(busy), Arc::clone(other));
        busy.before_next(move || {
            let edit = Edit::new().set("notes", format!("call {turn}"));
            done(writer.edit("lead-1", &edit, &sales("eva"), at(1)).unwrap());
            disturb(&again, &writer, turn + 1);
        });
    }
    let store = Arc::new(MemoryStore::new());
    let busy = Arc::new(Watched::new(Arc::clone(&store), false));
    let crm = crm_with(Arc::clone(&busy), usual());
    add(&crm, lead("lead-1"));
    disturb(&busy, &Arc::new(Workspace::open(store, "acme").unwrap()), 0);
    let Converting::Refused(why) = crm.convert("lead-1", &Conversion::new(), &olga(), at(1)).unwrap() else {
        panic!("it got through");
    };
    let now = get(&crm, "lead-1");
    let reason = &why.reasons()[0];
    assert_eq!(reason.code(), ReasonCode::StaleRecord, "{why}");
    assert_eq!(reason.parameter("record"), Some(&Value::from("lead-1")));
    assert_eq!(reason.parameter("stage"), now.stage().map(Value::from).as_ref());
    let version = i64::try_from(now.version()).unwrap();
    assert_eq!(reason.parameter("version"), Some(&Value::from(version)));
    assert!(reason.parameter("visit").is_some());
    busy.before_next(|| {});
}
