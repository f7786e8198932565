//! S15a, S52: people who take records in turn.

use std::collections::BTreeMap;

use lifestage::journal::{Row, RowKind};
use lifestage::store::{Reader, Store};
use lifestage::{Act, Answer, Creation, Edit, Pool, ReasonCode, Record, SmolStr, Value, Workspace};

use crate::{
    LEADS, add, assert_sound, at, codes, done, elsewhere, get, lead, manager, olga, on_every_store, race,
    sales,
};

on_every_store! {
    turns_are_fair_under_a_race_and_each_is_in_the_journal,
    who_comes_and_goes_disturbs_nobody,
    a_turn_that_is_refused_is_not_lost,
    a_pool_is_changed_by_those_who_may,
    a_record_cannot_pose_as_a_pool,
    a_pool_is_no_record_to_work_with,
}

fn pool_of<S: Store + Reader>(crm: &Workspace<S>, members: &[&str]) {
    done(crm.set_pool(LEADS, "closers", members, &olga(), at(0)).unwrap());
}

fn turns<S: Store + Reader>(crm: &Workspace<S>) -> Vec<Row> {
    let rows = crm.history(&Pool::record_id(LEADS, "closers")).unwrap();
    rows.into_iter().filter(|row| row.kind == RowKind::Assignment).collect()
}

fn text(row: &Row, name: &str) -> String {
    row.input.get(name).unwrap_or_else(|| panic!("{row:?}")).to_string()
}

fn turns_are_fair_under_a_race_and_each_is_in_the_journal<S: Store + Reader>(crm: &Workspace<S>) {
    const THREADS: usize = 6;
    const EACH: usize = 5;
    pool_of(crm, &["eva", "sam", "lee", "kim"]);
    done(crm.set_away(LEADS, "closers", "kim", true, &manager(), at(0)).unwrap());
    for n in 0..THREADS * EACH {
        add(crm, lead(&format!("lead-{n}")));
    }
    let owners: Vec<Vec<String>> = race(THREADS, |thread| {
        let take = |n| {
            let id = format!("lead-{}", thread * EACH + n);
            let answer = crm.assign_next(&id, "closers", &Act::new(), &manager(), at(1)).unwrap();
            done(answer).record().owner().unwrap().to_owned()
        };
        (0..EACH).map(take).collect()
    });
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for owner in owners.into_iter().flatten() {
        *counts.entry(owner).or_default() += 1;
    }
    let even = THREADS * EACH / 3;
    assert_eq!(counts, BTreeMap::from(["eva", "lee", "sam"].map(|name| (name.to_owned(), even))));
    let turns = turns(crm);
    assert_eq!(turns.len(), THREADS * EACH, "no turn is lost, none is taken twice");
    for turn in &turns {
        assert_eq!(get(crm, &text(turn, "record")).owner(), Some(&*text(turn, "member")));
    }
    assert_eq!(crm.verify(&Pool::record_id(LEADS, "closers")).unwrap(), None);
    assert_sound(crm);
}

fn who_comes_and_goes_disturbs_nobody<S: Store + Reader>(crm: &Workspace<S>) {
    const RECORDS: usize = 30;
    pool_of(crm, &["eva", "sam", "kim"]);
    for n in 0..RECORDS {
        add(crm, lead(&format!("lead-{n}")));
    }
    race(4, |thread| match thread {
        0 => {
            for round in 0..6 {
                let away = round % 2 == 0;
                let answer = crm.set_away(LEADS, "closers", "kim", away, &sales("kim"), at(1)).unwrap();
                assert!(answer.refusal().is_none(), "one says so of oneself: {answer:?}");
                let members: &[&str] =
                    if away { &["eva", "sam", "kim", "lee"] } else { &["eva", "sam", "kim"] };
                assert!(crm.set_pool(LEADS, "closers", members, &olga(), at(1)).unwrap().refusal().is_none());
            }
        }
        _ => {
            for n in (thread - 1..RECORDS).step_by(3) {
                done(
                    crm.assign_next(&format!("lead-{n}"), "closers", &Act::new(), &manager(), at(1)).unwrap(),
                );
            }
        }
    });
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut away, mut members) = (Vec::new(), Vec::new());
    let list = |value: Option<Value>| match value {
        Some(Value::List(list)) => list.iter().map(ToString::to_string).collect(),
        _ => Vec::<String>::new(),
    };
    for row in crm.history(&Pool::record_id(LEADS, "closers")).unwrap() {
        if row.kind == RowKind::Assignment {
            let member = text(&row, "member");
            assert!(
                members.contains(&member) && !away.contains(&member),
                "{member} is not there in row {}",
                row.seq
            );
            *counts.entry(member).or_default() += 1;
        }
        for fact in row.facts {
            match fact.name.as_str() {
                "away" => away = list(fact.new),
                _ => members = list(fact.new),
            }
        }
    }
    assert_eq!(counts.values().sum::<usize>(), RECORDS);
    assert!(counts["eva"].abs_diff(counts["sam"]) <= 1, "those always there take equal turns: {counts:?}");
    assert_eq!(crm.verify(&Pool::record_id(LEADS, "closers")).unwrap(), None);
}

fn a_turn_that_is_refused_is_not_lost<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let nobody = crm.assign_next("lead-1", "closers", &Act::new(), &manager(), at(1)).unwrap();
    assert_eq!(codes(&nobody), [ReasonCode::NobodyAvailable]);
    pool_of(crm, &["eva", "sam"]);
    let denied = crm.assign_next("lead-1", "closers", &Act::new(), &sales("sam"), at(1)).unwrap();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    assert_eq!(crm.pool(LEADS, "closers").unwrap().next(), Some("eva"), "her turn is still to come");
    done(crm.assign_next("lead-1", "closers", &Act::new(), &manager(), at(1)).unwrap());
    for member in ["eva", "sam"] {
        done(crm.set_away(LEADS, "closers", member, true, &manager(), at(2)).unwrap());
    }
    let nobody = crm.assign_next("lead-1", "closers", &Act::new(), &manager(), at(3)).unwrap();
    assert_eq!(codes(&nobody), [ReasonCode::NobodyAvailable]);
    assert_eq!(turns(crm).len(), 1);
}

fn a_pool_is_changed_by_those_who_may<S: Store + Reader>(crm: &Workspace<S>) {
    let denied = crm.set_pool(LEADS, "closers", &["sam"], &manager(), at(0)).unwrap();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    pool_of(crm, &["eva", "sam"]);
    let denied = crm.set_away(LEADS, "closers", "eva", true, &sales("sam"), at(1)).unwrap();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    done(crm.set_away(LEADS, "closers", "sam", true, &sales("sam"), at(1)).unwrap());
    let unknown = crm.set_away(LEADS, "closers", "lee", true, &sales("lee"), at(1)).unwrap();
    assert_eq!(codes(&unknown), [ReasonCode::UnknownPart]);
    let same = crm.set_pool(LEADS, "closers", &["eva", "sam"], &olga(), at(2)).unwrap();
    assert!(matches!(same, Answer::Unchanged(_)));
}

fn a_record_cannot_pose_as_a_pool<S: Store + Reader>(crm: &Workspace<S>) {
    let members = vec![SmolStr::new("sam")];
    let posing = Record::new(Pool::record_id(LEADS, "closers")).in_pipeline(LEADS).with("members", members);
    let answer = crm.create(posing, &Creation::new(), &sales("sam"), at(0)).unwrap();
    assert_eq!(
        codes(&answer),
        [ReasonCode::InvalidInput],
        "who creates a record does not fill a pool by that"
    );
    assert_eq!(crm.pool(LEADS, "closers").unwrap().next(), None);
    pool_of(crm, &["eva"]);
    assert_eq!(crm.pool(LEADS, "closers").unwrap().next(), Some("eva"));
}

fn a_pool_is_no_record_to_work_with<S: Store + Reader>(crm: &Workspace<S>) {
    pool_of(crm, &["eva"]);
    let id = Pool::record_id(LEADS, "closers");
    let edit = crm.edit(&id, &Edit::new().clear("members"), &olga(), at(1)).unwrap();
    assert_eq!(codes(&edit), [ReasonCode::OrphanedStage]);
    let transfer = crm.transfer(&id, LEADS, &elsewhere(), "moved", &olga(), at(1)).unwrap();
    assert_eq!(codes(&transfer), [ReasonCode::OrphanedStage]);
    add(crm, lead("lead-1"));
    let belong = crm.edit("lead-1", &Edit::new().belonging_to(Some(&id)), &olga(), at(1)).unwrap();
    assert_eq!(codes(&belong), [ReasonCode::UnknownPart], "nobody belongs to a pool");
}
