//! S59: two records become one.

use lifestage::journal::RowKind;
use lifestage::revise::DefinitionEdit;
use lifestage::store::{Reader, RecordQuery, Store};
use lifestage::{
    Act, Activity, Actor, Assignment, Conversion, Creation, Decision, Edit, Erasure, Link, Merging, Presence,
    Publishing, ReasonCode, Record, Request, Value, Workspace,
};

use crate::{
    CUSTOMERS, DEALS, LEADS, add, assert_sound, at, codes, convert, converted, customer, done, elsewhere,
    get, lead, manager, merge, not_converted, not_merged, olga, on_every_store, sales,
};

on_every_store! {
    the_head_keeps_its_values_and_its_gaps_are_filled,
    the_duplicate_is_out_of_views_and_counts,
    nothing_can_be_done_with_the_duplicate,
    merging_twice_changes_nothing,
    a_circle_is_impossible,
    chains_end_at_one_head,
    no_visit_is_counted_twice,
    the_united_history_keeps_the_order_of_each_journal,
    what_cannot_be_merged,
    a_key_stands_for_one_merge,
    a_link_to_the_head_is_not_taken_over,
    what_was_written_in_the_trash_or_erased,
    a_duplicate_keeps_no_stage,
    the_address_stays_held_if_it_is_that_of_the_head_now,
}

fn two<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("head").with("name", "Ada").with("email", "ada@x.org"));
    add(
        crm,
        lead("tail").with("name", "A. King").with("phone", "+49301234567").with("budget", 7).owned_by("sam"),
    );
}

fn the_head_keeps_its_values_and_its_gaps_are_filled<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    convert(crm, "tail", 1);
    let because = Act::because("entered twice");
    let Merging::Done { head, tail } = crm.merge("head", "tail", &because, &manager(), at(2)).unwrap() else {
        panic!()
    };
    let contact = head.record().contact();
    assert_eq!((contact.name(), contact.phone()), (Some("Ada"), Some("+49301234567")));
    assert_eq!(contact.owner(), Some("sam"));
    assert_eq!(head.record().fields().get("budget"), Some(&Value::Int(7)));
    assert_eq!(head.record().link(Link::Customer), Some("tail-customer"));
    assert_eq!(tail.record().link(Link::Head), Some("head"));
    assert_eq!(tail.record().contact().name(), Some("A. King"), "nothing is taken away from it");
    assert_eq!((get(crm, "head"), get(crm, "tail")), (head.record().clone(), tail.record().clone()));
    for receipt in [&head, &tail] {
        assert_eq!(
            (receipt.row().kind, receipt.row().reason.as_deref()),
            (RowKind::Merge, Some("entered twice"))
        );
    }
    assert_sound(crm);
}

fn the_duplicate_is_out_of_views_and_counts<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    merge(crm, "head", "tail", 1);
    let page = crm.page(&RecordQuery::of(LEADS, 9)).unwrap().records;
    assert_eq!(page.iter().map(Record::id).collect::<Vec<_>>(), ["head"]);
    assert_eq!(crm.occupancy(LEADS).unwrap().total(), 1);
    let new = crm.counts(LEADS).unwrap().remove(0);
    assert_eq!((new.count, new.trashed), (1, 0));
}

fn nothing_can_be_done_with_the_duplicate<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    let task = done(crm.log("tail", &Activity::task("Call back"), &olga(), at(1)).unwrap()).row().seq;
    done(crm.submit("tail", &Request::mv("mark_contacted"), &olga(), at(1)).unwrap());
    merge(crm, "head", "tail", 2);
    let (before, rows) = (get(crm, "tail"), crm.history("tail").unwrap());
    let olga = olga();
    let answers = [
        crm.submit("tail", &Request::mv("mark_engaged"), &olga, at(3)),
        crm.submit("tail", &Request::to("new"), &olga, at(3)),
        crm.submit("tail", &Request::to("won").forced("because"), &olga, at(3)),
        crm.submit("tail", &Request::to("contacted"), &olga, at(3)),
        crm.dry_run("tail", &Request::mv("mark_engaged"), &olga, at(3)),
        crm.edit("tail", &Edit::new().set("notes", "x"), &olga, at(3)),
        crm.assign("tail", &Assignment::to("eva"), &olga, at(3)),
        crm.assign("tail", &Assignment::to("sam"), &olga, at(3)),
        crm.assign_next("tail", "closers", &Act::new(), &olga, at(3)),
        crm.log("tail", &Activity::note("x"), &olga, at(3)),
        crm.finish("tail", task, &olga, at(3)),
        crm.trash("tail", &Act::new(), &olga, at(3)),
        crm.restore("tail", &Act::new(), &olga, at(3)),
        crm.undo("tail", before.visit(), "oops", &olga, at(3)),
        crm.withdraw("tail", 1, &olga, at(3)),
        crm.transfer("tail", CUSTOMERS, &elsewhere(), "moved", &olga, at(3)),
    ];
    for (nth, answer) in answers.into_iter().enumerate() {
        let answer = answer.unwrap();
        // A pool without members is told first.
        if codes(&answer) != [ReasonCode::NobodyAvailable] {
            assert_eq!(codes(&answer), [ReasonCode::Merged], "{nth}");
            assert_eq!(answer.refusal().unwrap().reasons()[0].parameters().get("head"), Some(&"head".into()));
        }
    }
    let refused = not_converted(crm.convert("tail", &Conversion::new(), &olga, at(3)).unwrap());
    assert!(refused.has(ReasonCode::Merged));
    assert_eq!((get(crm, "tail"), crm.history("tail").unwrap()), (before.clone(), rows));
    let pipeline = crm.pipeline(LEADS).unwrap();
    assert_eq!(pipeline.moves(&before, &olga, at(3)).count(), 0);
    assert_eq!(pipeline.actions(&before, &olga, at(3)).count(), 0);
    assert!(
        crm.explain("tail", &olga, at(3))
            .unwrap()
            .moves
            .iter()
            .all(|mv| mv.standing != lifestage::Standing::Allowed)
    );
    assert_eq!(crm.route("tail", "won", &olga).unwrap(), None);
}

fn merging_twice_changes_nothing<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    merge(crm, "head", "tail", 1);
    let again = crm.merge("head", "tail", &Act::new(), &manager(), at(2)).unwrap();
    assert!(matches!(again, Merging::Unchanged(_)), "{again:?}");
    let stranger = crm.merge("head", "tail", &Act::new(), &Actor::new("eve"), at(2)).unwrap();
    assert!(not_merged(stranger).has(ReasonCode::PermissionDenied), "S5: who may not see it is told nothing");
    assert_eq!((crm.history("head").unwrap().len(), crm.history("tail").unwrap().len()), (2, 2));
}

fn a_circle_is_impossible<S: Store + Reader>(crm: &Workspace<S>) {
    for id in ["a", "b", "c"] {
        add(crm, lead(id));
    }
    merge(crm, "b", "a", 1);
    merge(crm, "c", "b", 2);
    for (head, tail) in [("a", "b"), ("a", "c"), ("b", "c")] {
        let refused = not_merged(crm.merge(head, tail, &Act::new(), &olga(), at(3)).unwrap());
        assert!(refused.has(ReasonCode::Merged), "{head} {tail}: {refused}");
    }
    let itself = not_merged(crm.merge("c", "c", &Act::new(), &olga(), at(3)).unwrap());
    assert!(itself.has(ReasonCode::InvalidInput));
}

fn chains_end_at_one_head<S: Store + Reader>(crm: &Workspace<S>) {
    for id in ["a", "b", "c", "d"] {
        add(crm, lead(id).with("source", id));
    }
    merge(crm, "b", "a", 1);
    merge(crm, "c", "b", 2);
    merge(crm, "c", "d", 3);
    for id in ["a", "b", "c", "d"] {
        assert_eq!(crm.head_of(id).unwrap().id(), "c");
    }
    let mut united = crm.united("c").unwrap();
    united.sort();
    assert_eq!(united, ["a", "b", "c", "d"]);
    assert_eq!(crm.united("c").unwrap()[0], "c", "the head first");
    assert_eq!(crm.same_person("a").unwrap().len(), 4);
    assert_sound(crm);
}

fn no_visit_is_counted_twice<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    done(crm.submit("tail", &Request::mv("mark_contacted"), &olga(), at(1)).unwrap());
    done(crm.submit("head", &Request::mv("mark_lost"), &olga(), at(2)).unwrap());
    merge(crm, "head", "tail", 3);
    done(crm.submit("head", &Request::mv("revive"), &sales("sam"), at(4)).unwrap());
    let visits = crm.united_visits("head").unwrap();
    let told: Vec<_> = visits
        .iter()
        .map(|(id, visit)| (id.as_str(), visit.stage.as_ref().unwrap().id.as_str(), visit.left_at))
        .collect();
    assert_eq!(
        told,
        [
            ("head", "new", Some(at(2))),
            ("tail", "new", Some(at(1))),
            ("tail", "contacted", Some(at(3))),
            ("head", "lost", Some(at(4))),
            ("head", "contacted", None),
        ]
    );
    let ended = &visits[2].1;
    assert_eq!(ended.left_by.as_deref(), Some("olga"), "by whom it was made one");
    assert_sound(crm);
}

fn the_united_history_keeps_the_order_of_each_journal<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    // A clock that is behind: the effective time is clamped, the recorded one is not (S42).
    for (id, hour) in [("head", 9), ("tail", 9), ("head", 5), ("tail", 7), ("head", 3), ("tail", 6)] {
        done(crm.log(id, &Activity::note("x"), &olga(), at(hour)).unwrap());
    }
    merge(crm, "head", "tail", 4);
    let rows = crm.united_history("head").unwrap();
    for id in ["head", "tail"] {
        let seqs: Vec<u64> = rows.iter().filter(|row| row.record == id).map(|row| row.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "{id}");
    }
    assert!(rows.is_sorted_by_key(|row| row.effective_at));
    let mut timeline = crm.timeline("head", &lifestage::TimelineQuery::newest(99)).unwrap().entries;
    timeline.reverse();
    assert_eq!(timeline, rows, "the timeline tells it in the same order");
}

fn what_cannot_be_merged<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    add(crm, customer("c-1"));
    let refused = not_merged(crm.merge("head", "c-1", &Act::new(), &olga(), at(1)).unwrap());
    assert!(refused.has(ReasonCode::OrphanedStage), "of another pipeline: {refused}");
    let refused = not_merged(crm.merge("head", "tail", &Act::new(), &sales("sam"), at(1)).unwrap());
    assert_eq!(refused.codes().collect::<Vec<_>>(), [ReasonCode::PermissionDenied; 2], "S2: for both");
    let stale =
        not_merged(crm.merge("head", "tail", &Act::new().expecting_version(9), &olga(), at(1)).unwrap());
    assert!(stale.has(ReasonCode::StaleRecord));
    for trashed in ["tail", "head"] {
        done(crm.trash(trashed, &Act::new(), &olga(), at(1)).unwrap());
        let refused = not_merged(crm.merge("head", "tail", &Act::new(), &olga(), at(2)).unwrap());
        assert!(refused.has(ReasonCode::Trashed));
        done(crm.restore(trashed, &Act::new(), &olga(), at(3)).unwrap());
    }
    assert!(crm.merge("head", "nobody", &Act::new(), &olga(), at(4)).is_err());
    merge(crm, "head", "tail", 5);
}

fn a_key_stands_for_one_merge<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    add(crm, lead("other"));
    let act = Act::new().with_key("k");
    let Merging::Done { .. } = crm.merge("head", "tail", &act, &olga(), at(1)).unwrap() else { panic!() };
    done(crm.erase("tail", &Erasure::of_everything(), &olga(), at(2)).unwrap());
    let Merging::Done { head, tail } = crm.merge("head", "tail", &act, &olga(), at(3)).unwrap() else {
        panic!()
    };
    assert!(head.is_repeated() && tail.is_repeated());
    assert_eq!((head.row().kind, tail.row().kind), (RowKind::Merge, RowKind::Merge), "the rows of the merge");
    let refused = not_merged(crm.merge("head", "other", &act, &olga(), at(4)).unwrap());
    assert!(refused.has(ReasonCode::DuplicateRequest));
    let answers = crate::race(2, |n| {
        let head = ["head", "other"][n];
        add(crm, lead(&format!("t-{n}")));
        crm.merge(head, &format!("t-{n}"), &Act::new().with_key("race"), &olga(), at(5)).unwrap()
    });
    let refused = answers.into_iter().filter_map(|merging| match merging {
        Merging::Refused(refusal) => Some(refusal),
        _ => None,
    });
    let refused: Vec<_> = refused.flat_map(|refusal| refusal.codes().collect::<Vec<_>>()).collect();
    assert_eq!(refused, [ReasonCode::DuplicateRequest], "S14: a key is for one request, also in a race");
}

fn a_link_to_the_head_is_not_taken_over<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("head"));
    add(crm, lead("tail").linked_to(Link::Company, "head"));
    merge(crm, "head", "tail", 1);
    assert_eq!(get(crm, "head").link(Link::Company), None, "nobody is a company of its own");
}

fn what_was_written_in_the_trash_or_erased<S: Store + Reader>(crm: &Workspace<S>) {
    two(crm);
    merge(crm, "head", "tail", 1);
    done(crm.erase("tail", &Erasure::of_everything(), &olga(), at(2)).unwrap());
    let tail = get(crm, "tail");
    assert_eq!(
        (tail.presence(), tail.link(Link::Head)),
        (Presence::Merged, Some("head")),
        "it stays what it is"
    );
    done(crm.trash("head", &Act::new(), &olga(), at(3)).unwrap());
    let edit = crm.edit("tail", &Edit::new().set("notes", "x"), &olga(), at(4)).unwrap();
    assert_eq!(codes(&edit), [ReasonCode::Merged]);
    done(crm.restore("head", &Act::new(), &olga(), at(5)).unwrap());
    assert_eq!(crm.united("head").unwrap(), ["head", "tail"]);
    let visits = crm.united_visits("head").unwrap();
    assert_eq!(visits.iter().filter(|(_, visit)| visit.is_open()).count(), 1);
    converted(crm.convert("head", &Conversion::new(), &olga(), at(6)).unwrap());
    assert_sound(crm);
}

fn a_duplicate_keeps_no_stage<S: Store + Reader>(crm: &Workspace<S>) {
    for (id, stage) in [("deal-1", "talk"), ("deal-2", "parked")] {
        let deal = Record::new(id).in_pipeline(DEALS);
        done(crm.create(deal, &Creation::in_stage(stage), &olga(), at(0)).unwrap());
    }
    merge(crm, "deal-1", "deal-2", 1);
    let remove = DefinitionEdit::remove_stage("parked").into();
    let publishing = crm.revise(DEALS, &remove, &olga(), at(2), |_| {}).unwrap();
    assert!(matches!(publishing, Publishing::Published(_)), "{publishing:?}");
    assert_eq!(get(crm, "deal-2").stage(), Some("parked"), "it stays where it ended");
    assert_eq!(crm.orphans(DEALS).unwrap(), []);
    assert_eq!(crm.united_visits("deal-1").unwrap().len(), 2);
    assert_sound(crm);
}

fn the_address_stays_held_if_it_is_that_of_the_head_now<S: Store + Reader>(crm: &Workspace<S>) {
    for (nth, own, held) in [(1, None, true), (2, Some("countess@x.org"), false)] {
        let (id, email) = (format!("lead-{nth}"), format!("ada{nth}@x.org"));
        add(crm, lead(&id).with("email", email.as_str()));
        let tail = convert(crm, &id, 1).customer;
        assert_eq!(tail.reserved(), Some(&*email));
        let head = format!("c-{nth}");
        add(crm, own.map_or_else(|| customer(&head), |own| customer(&head).with("email", own)));
        merge(crm, &head, tail.id(), 2);
        assert_eq!(get(crm, &head).reserved(), held.then_some(&*email));
        assert_eq!(get(crm, tail.id()).reserved(), None);
    }
    assert_sound(crm);
}

#[test]
fn the_gate_alone_names_the_head() {
    let pipeline = lifestage::Pipeline::from_json(lifestage::presets::LEAD).unwrap();
    let tail = lead("tail").in_stage("new").linked_to(Link::Head, "head");
    let olga = olga();
    let Decision::Refused(why) = pipeline.decide(&tail, &Request::mv("mark_contacted"), &olga, at(1)) else {
        panic!()
    };
    assert_eq!(why.codes().collect::<Vec<_>>(), [ReasonCode::Merged]);
    assert!(why.to_string().contains("`head`"), "{why}");
    let unchanged = matches!(
        pipeline.assign(&lead("l").owned_by("sam"), &Assignment::claim(), &sales("sam"), at(1)),
        Decision::Unchanged(_)
    );
    assert!(unchanged);
}
