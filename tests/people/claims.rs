//! S20, S56: whose record it is.

use lifestage::journal::RowKind;
use lifestage::store::{Reader, Store};
use lifestage::{Answer, Assignment, Edit, ReasonCode, Value, Workspace};

use crate::{add, assert_sound, at, codes, done, get, lead, manager, on_every_store, race, refusal, sales};

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
