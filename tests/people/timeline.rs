//! The activity log of a record: one order, stable pages, and the calls that write it.

use lifestage::journal::{Row, RowKind};
use lifestage::store::{Reader, Store};
use lifestage::{
    Activity, Actor, Assignment, Edit, ReasonCode, Request, TimelineQuery, Value, Workspace, WorkspaceError,
};

use crate::{add, assert_sound, at, codes, convert, done, lead, merge, olga, on_every_store, race, sales};

on_every_store! {
    everything_is_there_newest_first,
    pages_are_stable_while_others_write,
    kinds_are_chosen,
    the_rows_of_duplicates_are_among_them,
    what_was_planned_is_done_once,
    a_crowd_writes_on_one_record,
    an_activity_leaves_the_version_alone,
    what_says_nothing_is_refused,
}

fn page<S: Store + Reader>(crm: &Workspace<S>, query: &TimelineQuery) -> Vec<Row> {
    crm.timeline("lead-1", query).unwrap().entries
}

/// All pages, one after the other.
fn walk<S: Store + Reader>(
    crm: &Workspace<S>,
    limit: usize,
    mut between: impl FnMut(),
) -> Vec<(String, u64)> {
    let mut query = TimelineQuery::newest(limit);
    let mut all = Vec::new();
    loop {
        let page = crm.timeline("lead-1", &query).unwrap();
        assert!(page.entries.len() == limit || page.next.is_none(), "only the last page is short");
        all.extend(page.entries.iter().map(|row| (row.record.to_string(), row.seq)));
        let Some(next) = page.next else { return all };
        between();
        query = TimelineQuery::newest(limit).going_on(next);
    }
}

fn everything_is_there_newest_first<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1").with("budget", 5));
    let sam = sales("sam");
    done(crm.assign("lead-1", &Assignment::claim(), &sam, at(1)).unwrap());
    done(crm.submit("lead-1", &Request::mv("mark_contacted"), &sam, at(2)).unwrap());
    done(crm.edit("lead-1", &Edit::new().set("budget", 7), &sam, at(3)).unwrap());
    done(crm.log("lead-1", &Activity::note("Prefers mornings"), &sam, at(4)).unwrap());
    done(crm.log("lead-1", &Activity::call("Left a message").with("minutes", 3), &sam, at(5)).unwrap());
    done(crm.log("lead-1", &Activity::email("Your quote"), &sam, at(6)).unwrap());
    done(crm.log("lead-1", &Activity::meeting("Showroom").at(at(90)).planned(), &sam, at(7)).unwrap());
    done(
        crm.log("lead-1", &Activity::task("Send papers").due(at(80)).assigned_to("eva"), &sam, at(8))
            .unwrap(),
    );
    convert(crm, "lead-1", 9);
    let rows = page(crm, &TimelineQuery::newest(99));
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.name()).collect();
    let told =
        ["conversion", "task", "meeting", "email", "call", "note", "edit", "move", "assignment", "creation"];
    assert_eq!(kinds, told);
    assert!(rows.iter().rev().map(|row| row.effective_at).eq((0..10).map(at)), "who and when");
    assert!(rows[1..9].iter().all(|row| row.actor == "sam"));
    let edit = &rows[6].facts[0];
    assert_eq!((edit.old.as_ref(), edit.new.as_ref()), (Some(&Value::Int(5)), Some(&Value::Int(7))));
    assert!(rows[1].is_planned() && rows[2].is_planned() && !rows[3].is_planned() && !rows[5].is_planned());
    assert_eq!(rows[1].input.get("assignee"), Some(&Value::from("eva")));
    assert_eq!(rows[1].input.get("due"), Some(&Value::from(at(80))));
    for limit in [1, 2, 3, 10, 11] {
        assert_eq!(
            walk(crm, limit, || ()),
            (1..=10).rev().map(|seq| ("lead-1".to_owned(), seq)).collect::<Vec<_>>()
        );
    }
    assert!(matches!(
        crm.timeline("nobody", &TimelineQuery::newest(9)),
        Err(WorkspaceError::NoRecord { .. })
    ));
    assert_sound(crm);
}

fn pages_are_stable_while_others_write<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    add(crm, lead("lead-2"));
    for n in 0..9 {
        let id = if n % 3 == 0 { "lead-2" } else { "lead-1" };
        done(crm.log(id, &Activity::note(format!("{n}")), &olga(), at(1)).unwrap());
    }
    merge(crm, "lead-1", "lead-2", 2);
    let before = walk(crm, 99, || ());
    for limit in 1..6 {
        let mut late = 0;
        let walked = walk(crm, limit, || {
            late += 1;
            done(crm.log("lead-1", &Activity::note(format!("late {limit} {late}")), &olga(), at(9)).unwrap());
        });
        assert_eq!(walked[walked.len() - before.len()..], before[..], "{limit}");
    }
    let count = walk(crm, 99, || ()).len();
    let walks = race(4, |n| match n {
        0 => {
            for note in 0..20 {
                done(crm.log("lead-1", &Activity::note(format!("{note}")), &olga(), at(9)).unwrap());
            }
            Vec::new()
        }
        _ => walk(crm, 4, || ()),
    });
    for walked in &walks[1..] {
        assert_eq!(walked[walked.len() - before.len()..], before[..]);
        let mut once = walked.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), walked.len(), "nothing is shown twice");
    }
    assert_eq!(walk(crm, 99, || ()).len(), count + 20);
}

fn kinds_are_chosen<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    for n in 0..3 {
        done(crm.log("lead-1", &Activity::note(format!("{n}")), &olga(), at(1)).unwrap());
        done(crm.log("lead-1", &Activity::call(format!("{n}")), &olga(), at(1)).unwrap());
    }
    let notes = TimelineQuery::newest(2).of_kinds([RowKind::Note]);
    let first = crm.timeline("lead-1", &notes).unwrap();
    assert_eq!(first.entries.iter().map(|row| row.seq).collect::<Vec<_>>(), [6, 4]);
    let rest = crm.timeline("lead-1", &notes.going_on(first.next.unwrap())).unwrap();
    assert_eq!(rest.entries.iter().map(|row| row.seq).collect::<Vec<_>>(), [2]);
    assert_eq!(rest.next, None);
    assert_eq!(page(crm, &TimelineQuery::newest(9).of_kinds([RowKind::Meeting])), []);
}

fn the_rows_of_duplicates_are_among_them<S: Store + Reader>(crm: &Workspace<S>) {
    for id in ["lead-1", "lead-2", "lead-3"] {
        add(crm, lead(id));
    }
    for (id, hour) in [("lead-1", 1), ("lead-3", 2), ("lead-2", 3), ("lead-1", 4)] {
        done(crm.log(id, &Activity::note(id), &olga(), at(hour)).unwrap());
    }
    merge(crm, "lead-2", "lead-3", 5);
    merge(crm, "lead-1", "lead-2", 6);
    let notes = page(crm, &TimelineQuery::newest(9).of_kinds([RowKind::Note]));
    assert_eq!(
        notes.iter().map(|row| row.record.as_str()).collect::<Vec<_>>(),
        ["lead-1", "lead-2", "lead-3", "lead-1"]
    );
    assert_eq!(walk(crm, 2, || ()).len(), 11, "each row once");
}

fn what_was_planned_is_done_once<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let task =
        done(crm.log("lead-1", &Activity::task("Call back").due(at(9)), &olga(), at(1)).unwrap()).row().seq;
    let note = done(crm.log("lead-1", &Activity::note("x"), &olga(), at(1)).unwrap()).row().seq;
    let answers = race(8, |n| crm.finish("lead-1", task, &sales(&format!("sam-{n}")), at(2)).unwrap());
    let finished: Vec<_> = answers.iter().filter_map(|answer| answer.receipt()).collect();
    let [finished] = finished[..] else { panic!("{answers:?}") };
    assert_eq!((finished.row().kind, finished.row().refers_to), (RowKind::Task, Some(task)));
    assert_eq!(finished.row().input.get("text"), Some(&Value::from("Call back")));
    assert!(!finished.row().is_planned());
    for answer in answers.iter().filter(|answer| answer.receipt().is_none()) {
        assert_eq!(codes(answer), [ReasonCode::InvalidInput]);
    }
    for seq in [1, note, finished.row().seq] {
        assert_eq!(
            codes(&crm.finish("lead-1", seq, &olga(), at(3)).unwrap()),
            [ReasonCode::InvalidInput],
            "{seq}"
        );
    }
    assert!(matches!(crm.finish("lead-1", 99, &olga(), at(3)), Err(WorkspaceError::NoRow { .. })));
    assert_eq!(crm.history("lead-1").unwrap().len(), 4);
    let again = done(crm.log("lead-1", &Activity::task("Call back"), &olga(), at(4)).unwrap()).row().seq;
    let denied = crm.finish("lead-1", again, &Actor::new("eve"), at(5)).unwrap();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    done(crm.finish("lead-1", again, &olga(), at(5)).unwrap());
    assert_sound(crm);
}

fn a_crowd_writes_on_one_record<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let answers = race(40, |n| crm.log("lead-1", &Activity::note(format!("{n}")), &olga(), at(1)).unwrap());
    assert!(answers.iter().all(|answer| answer.receipt().is_some()), "{answers:?}");
    assert_eq!(crm.history("lead-1").unwrap().len(), 41);
}

fn an_activity_leaves_the_version_alone<S: Store + Reader>(crm: &Workspace<S>) {
    let before = add(crm, lead("lead-1"));
    let answers = race(6, |n| {
        crm.log("lead-1", &Activity::note(format!("{n}")).with_key(format!("k{}", n / 2)), &olga(), at(1))
            .unwrap()
    });
    let kept = answers.iter().filter(|answer| answer.receipt().is_some_and(|receipt| !receipt.is_repeated()));
    assert_eq!(kept.count(), 3, "a key stands for one note, and two notes used each");
    let moved = Request::mv("mark_contacted").expecting_version(before.version());
    done(crm.submit("lead-1", &moved, &olga(), at(2)).unwrap());
    assert_sound(crm);
}

fn what_says_nothing_is_refused<S: Store + Reader>(crm: &Workspace<S>) {
    add(crm, lead("lead-1"));
    let blank = crm.log("lead-1", &Activity::call(" \t"), &olga(), at(1)).unwrap();
    assert_eq!(codes(&blank), [ReasonCode::MissingInput]);
    let stranger = crm.log("lead-1", &Activity::note("x"), &Actor::new("eve"), at(1)).unwrap();
    assert_eq!(codes(&stranger), [ReasonCode::PermissionDenied]);
    assert_eq!(crm.history("lead-1").unwrap().len(), 1);
}
