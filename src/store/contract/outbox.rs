#![expect(clippy::indexing_slicing, reason = "a check fails by panicking")]

use alloc::vec::Vec;

use super::{Full, Sample, TENANT, apply, commit_one, ok};
use crate::effect::{Effect, EffectId, EffectKind};
use crate::outbox::{
    Claim, Delivery, EffectState, EffectUpdate, Entry, OutboxPage, OutboxQuery, Settled, Settlement,
    TaskQuery, WorkState,
};
use crate::record::Record;
use crate::store::{CommitMode, CommitOutcome, QueuePlace};
use crate::time::Timestamp;

/// Seconds after the first sample was recorded.
const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600 + seconds)
}

fn claim(store: &dyn Full, now: i64, limit: usize) -> Vec<Delivery> {
    let kinds = EffectKind::ALL.to_vec();
    ok(store.claim(TENANT, &Claim { now: at(now), until: at(now + 60), kinds, limit }))
}

fn names(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.effect.action.as_str()).collect()
}

fn settle(store: &dyn Full, delivery: &Delivery, outcome: Settled) -> bool {
    let settlement = Settlement::of(&delivery.effect, delivery.lease, outcome);
    ok(store.settle(TENANT, &[settlement])).pop().unwrap_or(false)
}

fn delivered(now: i64) -> Settled {
    Settled::Delivered { at: at(now), note: None }
}

#[track_caller]
fn entry(store: &dyn Full, record: &str, seq: u64, index: u16) -> Entry {
    let entry = ok(store.entry(TENANT, EffectId::new(record, seq, index)));
    entry.unwrap_or_else(|| unreachable_entry(record, seq, index))
}

#[track_caller]
#[expect(clippy::panic, reason = "a check fails by panicking")]
fn unreachable_entry(record: &str, seq: u64, index: u16) -> ! {
    panic!("there is no effect {record}/{seq}/{index}")
}

/// How far each effect of a row has come: state, work, whether it waits.
fn states(store: &dyn Full, record: &str, seq: u64) -> Vec<(EffectState, Option<WorkState>, bool)> {
    let count = ok(store.effects(TENANT, record, seq)).len();
    let entries = (0..u16::try_from(count).unwrap_or(0)).map(|index| entry(store, record, seq, index));
    entries.map(|entry| (entry.state, entry.work, entry.waiting)).collect()
}

fn sent(action: &str, when: Option<i64>) -> impl FnOnce(Sample) -> Sample {
    move |sample| sample.with_effect(action, EffectKind::SendEmail, |effect| effect.at = when.map(at))
}

pub(super) fn hands_out_what_is_due(store: &dyn Full) {
    let first = Sample::creation("lead-1");
    let first = sent("soon", Some(30))(sent("at_once", None)(sent("later", Some(90))(first)));
    let first = first.with_effect("text", EffectKind::SendText, |_| {});
    apply(store, first);
    assert_eq!(claim(store, 0, 9), [], "nothing before its time");
    assert_eq!(ok(store.next_ready(TENANT, &EffectKind::ALL)), Some(at(1)), "recorded a second later");
    let only = Claim { now: at(40), until: at(50), kinds: Vec::from([EffectKind::SendText]), limit: 9 };
    let texts = ok(store.claim(TENANT, &only));
    assert_eq!(names(&texts), ["text"], "of the kinds asked for");
    assert!(settle(store, &texts[0], delivered(40)));
    let due = claim(store, 40, 9);
    assert_eq!(names(&due), ["at_once", "soon"], "and nothing before its time");
    assert_eq!((due[0].attempt, due[1].ready_at), (1, at(30)));
    assert_eq!(due[1].effect, entry(store, "lead-1", 1, 2).effect, "as it was planned");
    assert_eq!(ok(store.claim("another", &only)), [], "of this tenant");
    assert_eq!(ok(store.next_ready(TENANT, &EffectKind::ALL)), Some(at(90)), "the rest");
    assert_eq!(ok(store.next_ready("another", &EffectKind::ALL)), None);
}

pub(super) fn leases_what_it_hands_out(store: &dyn Full) {
    apply(store, sent("hello", None)(Sample::creation("lead-1")));
    let first = claim(store, 10, 9);
    assert_eq!(names(&first), ["hello"]);
    assert!(entry(store, "lead-1", 1, 0).leased);
    assert_eq!(claim(store, 69, 9), [], "taken");
    let second = claim(store, 70, 9);
    assert_eq!((names(&second), second[0].attempt), (Vec::from(["hello"]), 2), "the lease is over");
    assert!(!settle(store, &first[0], delivered(71)), "the first has lost it");
    assert!(settle(store, &second[0], Settled::Delivered { at: at(72), note: Some("sent".into()) }));
    let done = entry(store, "lead-1", 1, 0);
    assert_eq!((done.state, done.settled_at), (EffectState::Delivered, Some(at(72))));
    assert_eq!((done.note.as_deref(), done.leased), (Some("sent"), false));
    assert_eq!(claim(store, 999, 9), [], "and that is that");
    assert!(!settle(store, &second[0], delivered(73)), "settled once");
}

pub(super) fn keeps_the_order_of_a_record(store: &dyn Full) {
    let new = apply(store, sent("two", None)(sent("one", None)(Sample::creation("lead-1"))));
    apply(store, sent("three", None)(Sample::mv(&new, "contacted")));
    apply(store, sent("other", None)(Sample::creation("lead-2")));
    let some = claim(store, 10, 1);
    assert_eq!(names(&some), ["one"], "the first of its row");
    let others = claim(store, 11, 9);
    assert_eq!(names(&others), ["other"], "while one of the record is taken, none after it is handed out");
    assert!(settle(store, &others[0], delivered(12)));
    assert!(settle(store, &some[0], delivered(12)));
    let more = claim(store, 12, 1);
    assert_eq!(names(&more), ["two"]);
    // Nobody says what became of it, and it is due again after what came after it.
    assert_eq!(names(&claim(store, 80, 9)), ["two", "three"], "which waits for it all the same");
}

pub(super) fn tries_again_and_gives_up(store: &dyn Full) {
    apply(store, sent("hello", None)(Sample::creation("lead-1")));
    let first = claim(store, 10, 9);
    assert!(settle(store, &first[0], Settled::Retry { at: at(30), error: "no route".into() }));
    let waits = entry(store, "lead-1", 1, 0);
    assert_eq!((waits.state, waits.leased), (EffectState::Pending, false));
    assert_eq!((waits.note.as_deref(), waits.ready_at), (Some("no route"), at(30)));
    assert_eq!(claim(store, 29, 9), []);
    let second = claim(store, 30, 9);
    assert_eq!(second[0].attempt, 2);
    assert!(settle(store, &second[0], Settled::Dead { at: at(31), error: "gone".into() }));
    assert_eq!(claim(store, 999, 9), []);
    let dead = ok(store.outbox(TENANT, &OutboxQuery::dead(9)));
    assert_eq!((dead.entries.len(), dead.next), (1, None));
    assert_eq!(dead.entries[0].note.as_deref(), Some("gone"));
    assert!(settle(store, &second[0], Settled::Revived { at: at(50) }));
    assert!(!settle(store, &second[0], Settled::Revived { at: at(51) }), "it lives");
    let third = claim(store, 50, 9);
    assert_eq!(third[0].attempt, 1, "from the beginning");
    assert!(settle(store, &third[0], Settled::Postponed { until: at(80), note: None }));
    let later = claim(store, 80, 9);
    assert_eq!(later[0].attempt, 1, "what is put off was no attempt");
    assert!(settle(store, &later[0], Settled::GivenBack { at: at(81) }));
    let again = claim(store, 81, 9);
    assert_eq!(again[0].attempt, 1, "nor what is given back");
    assert!(!settle(store, &third[0], delivered(82)), "and each claim is another");
    assert_eq!(ok(store.next_ready(TENANT, &[EffectKind::Webhook])), None, "of other kinds there is none");
}

pub(super) fn holds_back_what_comes_after_what_failed(store: &dyn Full) {
    let text =
        |action: &'static str| move |sample: Sample| sample.with_effect(action, EffectKind::SendText, |_| {});
    let retry = |now| Settled::Retry { at: at(now), error: "no route".into() };
    let new = sent("one", None)(text("first")(sent("zero", None)(Sample::creation("lead-1"))));
    let new = apply(store, text("second")(sent("later", Some(15))(sent("two", None)(new))));
    apply(store, sent("other", None)(Sample::creation("lead-2")));
    let all = claim(store, 10, 9);
    assert_eq!(names(&all), ["zero", "first", "one", "two", "second", "other"]);
    let one = &all[2];
    assert!(settle(store, one, retry(40)));
    for delivery in [&all[0], &all[3]] {
        assert!(settle(store, delivery, Settled::GivenBack { at: at(1) }));
    }
    for delivery in [&all[1], &all[5]] {
        assert!(settle(store, delivery, delivered(10)));
    }
    apply(store, sent("three", None)(text("third")(Sample::mv(&new, "contacted"))));
    assert_eq!(claim(store, 20, 9), [], "while one is taken, nothing of the record");
    assert!(settle(store, &all[4], delivered(20)));
    let others = claim(store, 20, 9);
    assert_eq!(names(&others), ["zero", "third"], "of its kind only what comes before it, of others all");
    for delivery in &others {
        assert!(settle(store, delivery, delivered(20)));
    }
    assert_eq!(claim(store, 39, 9), [], "until it is tried again");
    assert_eq!(
        ok(store.next_ready(TENANT, &EffectKind::ALL)),
        Some(at(40)),
        "which is when the next may be claimed"
    );
    assert_eq!(ok(store.next_ready(TENANT, &[EffectKind::SendText])), None);
    let again = claim(store, 40, 9);
    assert_eq!(names(&again), ["one", "two", "later", "three"], "and then they come after it");
    assert!(settle(store, &again[0], retry(90)));
    for delivery in &again[1..] {
        assert!(settle(store, delivery, Settled::GivenBack { at: delivery.ready_at }));
    }
    assert_eq!(claim(store, 89, 9), [], "as often as it fails");
    let last = claim(store, 90, 1);
    assert_eq!(names(&last), ["one"]);
    assert!(settle(store, &last[0], Settled::Dead { at: at(91), error: "gone".into() }));
    let rest = claim(store, 91, 1);
    assert_eq!(names(&rest), ["two"], "what is given up holds nothing back");
    assert!(settle(store, &rest[0], Settled::Postponed { until: at(200), note: None }));
    assert_eq!(names(&claim(store, 92, 9)), ["later", "three"], "nor does what is not due after all");
}

pub(super) fn lets_go_of_what_waited_for_a_failure(store: &dyn Full) {
    let fail = |record: &str| {
        let first = claim(store, 10, 1);
        assert_eq!(first[0].effect.record, record);
        assert!(settle(store, &first[0], Settled::Retry { at: at(500), error: "no route".into() }));
        assert_eq!(claim(store, 11, 9), []);
    };
    let bound =
        |sample: Sample| sample.with_effect("bound", EffectKind::SendEmail, |effect| effect.bound = true);
    let new = apply(store, sent("next", None)(bound(Sample::creation("lead-1"))));
    fail("lead-1");
    apply(store, Sample::mv(&new, "contacted").updating(EffectUpdate::EndVisit { visit: 1 }));
    let next = claim(store, 12, 9);
    assert_eq!(names(&next), ["next"], "S49: it is cancelled, and nothing is held back");
    assert!(settle(store, &next[0], delivered(12)));
    let new = apply(store, sent("next", None)(sent("held", None)(Sample::creation("lead-2"))));
    fail("lead-2");
    let gone = apply(store, Sample::edit(&new, "a", 1).updating(EffectUpdate::Hold));
    assert_eq!(claim(store, 600, 9), []);
    apply(store, Sample::edit(&gone, "a", 2).updating(EffectUpdate::Release));
    assert_eq!(claim(store, 499, 9), [], "S61a: as it was");
    assert_eq!(names(&claim(store, 500, 9)), ["held", "next"]);
}

pub(super) fn cancels_with_the_visit(store: &dyn Full) {
    let bound = |effect: &mut Effect| (effect.bound, effect.at) = (true, Some(at(50)));
    let new = apply(
        store,
        sent("unbound", Some(50))(Sample::creation("lead-1"))
            .with_effect("bound", EffectKind::SendEmail, bound)
            .with_effect("taken", EffectKind::SendEmail, |effect| effect.bound = true)
            .with_effect("task", EffectKind::CreateTask, |effect| {
                (effect.bound, effect.reported) = (true, true);
            })
            .with_effect("stays", EffectKind::CreateTask, |effect| {
                (effect.reported, effect.after) = (true, Some(3));
            }),
    );
    let taken = claim(store, 10, 9);
    assert_eq!(names(&taken), ["taken", "task"], "what waits for a task is not handed out");
    assert!(settle(store, &taken[1], delivered(11)));
    apply(store, Sample::mv(&new, "contacted").updating(EffectUpdate::EndVisit { visit: 1 }));
    use EffectState::{Cancelled, Delivered, Pending};
    assert_eq!(
        states(store, "lead-1", 1),
        [
            (Pending, None, false),
            (Cancelled, None, false),
            (Cancelled, None, false),
            (Delivered, Some(WorkState::Cancelled), false),
            (Pending, Some(WorkState::Open), false),
        ],
        "S49: and what waited for something that is cancelled waits no more"
    );
    assert!(settle(store, &taken[0], delivered(12)), "it was under way");
    assert_eq!(entry(store, "lead-1", 1, 2).state, Delivered);
    assert_eq!(names(&claim(store, 50, 9)), ["unbound", "stays"]);
}

/// Gives up everything of a record that is due.
fn give_up(store: &dyn Full) {
    for delivery in claim(store, 10, 9) {
        assert!(settle(store, &delivery, Settled::Dead { at: at(11), error: "gone".into() }));
    }
}

fn revive(store: &dyn Full, record: &str, seq: u64, index: u16) -> bool {
    let effect = entry(store, record, seq, index).effect;
    ok(store.settle(TENANT, &[Settlement::of(&effect, 0, Settled::Revived { at: at(20) })])) == [true]
}

pub(super) fn revives_nothing_that_is_over(store: &dyn Full) {
    let two = |id: &str| {
        let mail = |effect: &mut Effect| (effect.bound, effect.reported) = (true, true);
        let new = sent("owed", None)(Sample::creation(id).with_effect("bound", EffectKind::SendEmail, mail));
        let new = apply(store, new);
        give_up(store);
        new
    };
    let dead = || -> Vec<_> {
        let dead = ok(store.outbox(TENANT, &OutboxQuery::dead(9)));
        dead.entries.iter().map(|entry| entry.effect.id().to_string()).collect()
    };
    use EffectState::{Cancelled, Dead, Pending};
    let is = |id: &str, state| (entry(store, id, 1, 0).state == state, revive(store, id, 1, 0));

    let new = two("lead-1");
    assert_eq!(dead(), ["lead-1/1/0", "lead-1/1/1"]);
    apply(store, Sample::mv(&new, "contacted").updating(EffectUpdate::EndVisit { visit: 1 }));
    assert_eq!(dead(), ["lead-1/1/1"]);
    assert_eq!(is("lead-1", Cancelled), (true, false), "S49: what is bound");
    let over = entry(store, "lead-1", 1, 0);
    assert_eq!((over.note.as_deref(), over.settled_at), (Some("gone"), None), "and the record tells why");
    assert!(revive(store, "lead-1", 1, 1), "what is owed is owed");
    assert_eq!(names(&claim(store, 20, 9)), ["owed"]);

    for (id, update) in [("lead-2", EffectUpdate::Undo { seq: 1 }), ("lead-3", EffectUpdate::Retire)] {
        let new = two(id);
        apply(store, Sample::edit(&new, "a", 1).updating(update));
        assert_eq!(is(id, Cancelled), (true, false), "S43, S59");
        assert!(!revive(store, id, 1, 1));
    }
    assert_eq!(dead(), [""; 0]);

    let new = two("lead-4");
    let report = EffectUpdate::Report { seq: 1, index: 0, done: true };
    let reported = apply(store, Sample::edit(&new, "a", 1).updating(report));
    assert_eq!(is("lead-4", Cancelled), (true, false), "S50: it is done");
    let reopen = EffectUpdate::Reopen { seq: 1, index: 0 };
    apply(store, Sample::edit(&reported, "a", 2).updating(reopen));
    let again = entry(store, "lead-4", 1, 0);
    assert_eq!((again.state, again.attempts(), again.settled_at), (Pending, 0, None), "from the beginning");
    assert_eq!(entry(store, "lead-4", 1, 1).state, Dead, "and nothing else is changed");
}

pub(super) fn holds_what_was_given_up(store: &dyn Full) {
    let bound = |effect: &mut Effect| effect.bound = true;
    let new =
        sent("owed", None)(Sample::creation("lead-1").with_effect("bound", EffectKind::SendEmail, bound));
    let new = sent("sent", None)(new);
    let new = apply(store, new);
    let all = claim(store, 10, 9);
    for delivery in &all[..2] {
        assert!(settle(store, delivery, Settled::Dead { at: at(11), error: "gone".into() }));
    }
    let gone = apply(store, Sample::edit(&new, "a", 1).updating(EffectUpdate::Hold));
    assert!(settle(store, &all[2], delivered(12)), "it was under way");
    let held = || [0, 1, 2].map(|index| entry(store, "lead-1", 1, index).held);
    assert_eq!(held(), [true; 3]);
    // A record in the trash is moved on by a migration.
    let moved = apply(store, Sample::mv(&gone, "contacted").updating(EffectUpdate::EndVisit { visit: 1 }));
    assert_eq!(held(), [false, true, true], "S61a: what is cancelled is held no more, all else is");
    assert!(!revive(store, "lead-1", 1, 0), "S49");
    assert!(revive(store, "lead-1", 1, 1));
    assert_eq!(claim(store, 99, 9), [], "S61a: until it is back");
    apply(store, Sample::edit(&moved, "a", 2).updating(EffectUpdate::Release));
    assert_eq!(names(&claim(store, 99, 9)), ["owed"]);
}

pub(super) fn opens_what_waited(store: &dyn Full) {
    let task = |effect: &mut Effect| (effect.reported, effect.bound) = (true, true);
    let remind = |task: u16, when: i64| {
        move |effect: &mut Effect| (effect.after, effect.at) = (Some(task), Some(at(when)))
    };
    let new = apply(
        store,
        Sample::creation("lead-1")
            .with_effect("first", EffectKind::CreateTask, task)
            .with_effect("first", EffectKind::Remind, remind(0, 900))
            .with_effect("second", EffectKind::CreateTask, |effect| {
                task(effect);
                effect.after = Some(0);
            })
            .with_effect("second", EffectKind::Remind, remind(2, 1))
            .with_effect("second", EffectKind::Remind, remind(2, 900)),
    );
    use EffectState::{Cancelled, Pending};
    assert_eq!(names(&claim(store, 1, 9)), ["first"], "the second waits, and nobody is reminded of it");
    let report = EffectUpdate::Report { seq: 1, index: 0, done: false };
    let failed = apply(store, Sample::edit(&new, "a", 1).updating(report));
    assert_eq!(entry(store, "lead-1", 1, 0).work, Some(WorkState::Failed));
    assert!(entry(store, "lead-1", 1, 2).waiting, "what failed opens nothing");
    let report = EffectUpdate::Report { seq: 1, index: 0, done: true };
    let done = apply(store, Sample::edit(&failed, "a", 2).updating(report));
    assert_eq!(
        states(store, "lead-1", 1),
        [
            (Cancelled, Some(WorkState::Done), false),
            (Cancelled, None, false),
            (Pending, Some(WorkState::Open), false),
            (Cancelled, None, false),
            (Pending, None, false),
        ],
        "S50: the reminder whose time went by is not given"
    );
    let reopened =
        apply(store, Sample::edit(&done, "a", 3).updating(EffectUpdate::Reopen { seq: 1, index: 0 }));
    assert_eq!(entry(store, "lead-1", 1, 0).work, Some(WorkState::Open));
    assert_eq!(entry(store, "lead-1", 1, 0).state, Pending);
    apply(store, Sample::edit(&reopened, "a", 4).updating(EffectUpdate::Undo { seq: 1 }));
    let open = states(store, "lead-1", 1).into_iter();
    assert_eq!(
        open.filter(|(state, work, _)| *state == Pending || *work == Some(WorkState::Open)).count(),
        0
    );
}

pub(super) fn opens_what_waits_for_an_earlier_row(store: &dyn Full) {
    let task = |effect: &mut Effect| effect.reported = true;
    let after = |row, index| {
        move |effect: &mut Effect| {
            (effect.reported, effect.after_row, effect.after) = (true, Some(row), Some(index));
        }
    };
    let new = Sample::creation("lead-1").with_effect("one", EffectKind::CreateTask, task).with_effect(
        "bound",
        EffectKind::CreateTask,
        |effect| (effect.reported, effect.bound) = (true, true),
    );
    let new = apply(store, new);
    let more = Sample::edit(&new, "a", 1)
        .with_effect("two", EffectKind::CreateTask, after(1, 0))
        .with_effect("two", EffectKind::Remind, |effect| (effect.after, effect.at) = (Some(0), Some(at(900))))
        .with_effect("stays", EffectKind::CreateTask, after(1, 1));
    let more = apply(store, more);
    let more =
        apply(store, Sample::edit(&more, "a", 2).with_effect("three", EffectKind::CreateTask, after(2, 0)));
    let waiting = |seq| states(store, "lead-1", seq).into_iter().map(|(.., waits)| waits).collect::<Vec<_>>();
    assert_eq!(
        (waiting(1), waiting(2), waiting(3)),
        (Vec::from([false; 2]), Vec::from([true; 3]), Vec::from([true]))
    );
    assert_eq!(entry(store, "lead-1", 2, 0).effect.after_row, Some(1), "kept as it was planned");
    assert_eq!(names(&claim(store, 10, 9)), ["one", "bound"]);
    let report = |seq, index, done| EffectUpdate::Report { seq, index, done };
    let failed = apply(store, Sample::edit(&more, "a", 3).updating(report(1, 0, false)));
    assert_eq!(waiting(2), [true; 3], "what failed opens nothing");
    let done = apply(store, Sample::edit(&failed, "a", 4).updating(report(1, 0, true)));
    assert_eq!(
        (waiting(2), waiting(3)),
        (Vec::from([false, false, true]), Vec::from([true])),
        "S50: with its reminder"
    );
    let left = apply(store, Sample::mv(&done, "contacted").updating(EffectUpdate::EndVisit { visit: 1 }));
    assert_eq!(
        (waiting(2), waiting(3)),
        (Vec::from([false; 3]), Vec::from([true])),
        "S49: what is cancelled is not waited for"
    );
    apply(store, Sample::edit(&left, "a", 5).updating(EffectUpdate::Undo { seq: 2 }));
    assert_eq!(entry(store, "lead-1", 2, 0).work, Some(WorkState::Cancelled));
    assert_eq!(waiting(3), [false], "S43: nor is what is undone");
}

pub(super) fn opens_what_waits_for_what_will_not_be_done(store: &dyn Full) {
    let new = apply(
        store,
        Sample::creation("lead-1")
            .with_effect("first", EffectKind::CreateTask, |effect| {
                (effect.bound, effect.reported) = (true, true);
            })
            .with_effect("stays", EffectKind::CreateTask, |effect| {
                (effect.reported, effect.after) = (true, Some(0));
            }),
    );
    let failed = EffectUpdate::Report { seq: 1, index: 0, done: false };
    let failed = apply(store, Sample::edit(&new, "a", 1).updating(failed));
    assert_eq!(entry(store, "lead-1", 1, 0).state, EffectState::Cancelled, "nobody is asked any more");
    assert!(entry(store, "lead-1", 1, 1).waiting);
    apply(store, Sample::mv(&failed, "contacted").updating(EffectUpdate::EndVisit { visit: 1 }));
    assert!(!entry(store, "lead-1", 1, 1).waiting, "though nothing was left to be cancelled");
}

pub(super) fn holds_what_is_in_the_trash(store: &dyn Full) {
    let new = apply(
        store,
        sent("hello", None)(Sample::creation("lead-1")).with_effect(
            "task",
            EffectKind::CreateTask,
            |effect| effect.reported = true,
        ),
    );
    let gone = apply(store, Sample::edit(&new, "a", 1).updating(EffectUpdate::Hold));
    assert_eq!(claim(store, 10, 9), []);
    assert_eq!(ok(store.tasks(TENANT, &TaskQuery::open(9))).entries, []);
    assert_eq!(ok(store.next_ready(TENANT, &EffectKind::ALL)), None);
    let back = apply(store, Sample::edit(&gone, "a", 2).updating(EffectUpdate::Release));
    assert_eq!(names(&claim(store, 10, 9)), ["hello", "task"]);
    assert_eq!(ok(store.tasks(TENANT, &TaskQuery::open(9))).entries.len(), 1);
    apply(store, Sample::edit(&back, "a", 3).updating(EffectUpdate::Retire));
    assert_eq!(ok(store.tasks(TENANT, &TaskQuery::open(9))).entries, []);
    assert_eq!(claim(store, 99, 9), [], "S59");
}

pub(super) fn gives_a_task_with_its_reminders(store: &dyn Full) {
    let new = apply(
        store,
        Sample::creation("lead-1")
            .with_effect("call", EffectKind::CreateTask, |effect| effect.reported = true)
            .with_effect("call", EffectKind::Remind, |effect| effect.after = Some(0)),
    );
    let mut record = new;
    for to in ["eva", "sam"] {
        let give = EffectUpdate::Give { seq: 1, index: 0, to: to.into() };
        record = apply(store, Sample::edit(&record, "a", to).updating(give));
        for index in [0, 1] {
            let entry = entry(store, "lead-1", 1, index);
            assert_eq!(entry.assignee.as_deref(), Some(to), "who has the task is reminded of it");
            assert_eq!(entry.effect.assignee, None, "as it was planned, however often it was given");
        }
        for row in super::history(store, "lead-1") {
            ok(crate::journal::verify_effects(&row, &ok(store.effects(TENANT, "lead-1", row.seq))));
        }
    }
}

fn task_of(record: &str, assignee: Option<&str>, due: Option<i64>) -> Sample {
    Sample::creation(record).with_effect("call", EffectKind::CreateTask, |effect| {
        (effect.reported, effect.due) = (true, due.map(at));
        effect.assignee = assignee.map(Into::into);
    })
}

fn owners(page: &OutboxPage) -> Vec<&str> {
    page.entries.iter().map(|entry| entry.effect.record.as_str()).collect()
}

pub(super) fn lists_what_people_have_to_do(store: &dyn Full) {
    let mut sample = Sample::creation("lead-1");
    for kind in EffectKind::ALL {
        sample = sample.with_effect(kind.name(), kind, |effect| effect.reported = true);
    }
    let new = apply(store, sample.with_effect("call", EffectKind::BookCall, |_| {}));
    let open = |query: &TaskQuery| -> Vec<EffectKind> {
        ok(store.tasks(TENANT, query)).entries.iter().map(|entry| entry.effect.kind).collect()
    };
    use EffectKind::{BookCall, CreateTask, ScheduleMeeting};
    let all = open(&TaskQuery::open(99));
    assert_eq!(
        all,
        [BookCall, ScheduleMeeting, CreateTask],
        "S51: what is reported, of the kinds that are work"
    );
    let index =
        EffectKind::ALL.iter().zip(0..).find(|(kind, _)| **kind == BookCall).map_or(0, |(_, index)| index);
    let give = EffectUpdate::Give { seq: 1, index, to: "eva".into() };
    let given = apply(store, Sample::edit(&new, "a", 1).updating(give));
    assert_eq!(open(&TaskQuery::open(99).of("eva")), [BookCall]);
    apply(store, Sample::edit(&given, "a", 2).updating(EffectUpdate::Report { seq: 1, index, done: true }));
    assert_eq!(open(&TaskQuery::open(99)), [ScheduleMeeting, CreateTask]);
}

pub(super) fn lists_tasks_by_deadline(store: &dyn Full) {
    apply(store, task_of("lead-1", Some("sam"), Some(300)));
    apply(store, task_of("lead-2", Some("eva"), Some(100)));
    apply(store, task_of("lead-3", Some("sam"), None));
    apply(store, task_of("lead-4", None, Some(200)));
    apply(store, task_of("lead-5", Some("sam"), Some(300)));
    let all = |query: &TaskQuery| ok(store.tasks(TENANT, query));
    assert_eq!(owners(&all(&TaskQuery::open(9))), ["lead-2", "lead-4", "lead-1", "lead-5", "lead-3"]);
    assert_eq!(owners(&all(&TaskQuery::open(9).of("sam"))), ["lead-1", "lead-5", "lead-3"]);
    assert_eq!(owners(&all(&TaskQuery::open(9).of("nobody"))), [""; 0]);
    assert_eq!(
        owners(&all(&TaskQuery::open(9).due_before(at(300)))),
        ["lead-2", "lead-4"],
        "strictly before"
    );
    let lead = super::load(store, "lead-2");
    let give = EffectUpdate::Give { seq: 1, index: 0, to: "sam".into() };
    let given = lead.map(|lead| apply(store, Sample::edit(&lead, "a", 1).updating(give)));
    assert!(given.is_some());
    assert_eq!(owners(&all(&TaskQuery::open(1).of("sam"))), ["lead-2"]);
    let task = entry(store, "lead-2", 1, 0);
    assert_eq!((task.assignee.as_deref(), task.effect.assignee.as_deref()), (Some("sam"), Some("eva")));
    let mut query = TaskQuery::open(2);
    let mut seen = Vec::new();
    loop {
        let page = all(&query);
        seen.extend(page.entries.iter().map(|entry| entry.effect.record.clone()));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["lead-2", "lead-4", "lead-1", "lead-5", "lead-3"]);
    assert_eq!(ok(store.tasks("another", &TaskQuery::open(9))).entries, []);
}

pub(super) fn lists_the_outbox(store: &dyn Full) {
    let new = apply(store, sent("late", Some(90))(sent("soon", None)(Sample::creation("lead-1"))));
    apply(store, sent("again", None)(Sample::mv(&new, "contacted")));
    apply(store, sent("other", Some(50))(Sample::creation("lead-2")));
    let list = |query: &OutboxQuery| ok(store.outbox(TENANT, query));
    let actions = |page: &OutboxPage| -> Vec<_> {
        page.entries.iter().map(|entry| entry.effect.action.clone()).collect()
    };
    let mut query = OutboxQuery::pending(2);
    let first = list(&query);
    assert_eq!(actions(&first), ["soon", "again"]);
    query.after = first.next;
    let second = list(&query);
    assert_eq!((actions(&second), second.next), (Vec::from(["other".into(), "late".into()]), None));
    assert_eq!(actions(&list(&OutboxQuery::of("lead-1", 9))), ["soon", "again", "late"]);
    let mut page = OutboxQuery::of("lead-1", 2);
    page.after = list(&page).next;
    assert_eq!(actions(&list(&page)), ["late"]);
    let delivered = OutboxQuery { state: Some(EffectState::Delivered), ..OutboxQuery::of("lead-1", 9) };
    assert_eq!(actions(&list(&delivered)), [""; 0]);
    let whole = OutboxQuery { record: None, ..delivered };
    let error = store.outbox(TENANT, &whole).map_err(|error| error.kind());
    assert_eq!(error, Err(crate::store::StoreErrorKind::Invalid), "everything ever delivered is no list");
}

pub(super) fn plans_nothing_that_was_rolled_back(store: &dyn Full) {
    let new = apply(store, sent("hello", None)(Sample::creation("lead-1")));
    let bound = sent("more", None)(Sample::mv(&new, "contacted")).updating(EffectUpdate::Retire).sealed();
    let exists = Sample::creation("lead-1").sealed();
    let outcomes = ok(store.commit(TENANT, &[bound, exists], CommitMode::Atomic));
    assert_eq!(outcomes, [CommitOutcome::RolledBack, CommitOutcome::Exists]);
    assert_eq!(entry(store, "lead-1", 1, 0).state, EffectState::Pending, "nor cancelled");
    assert_eq!(ok(store.entry(TENANT, EffectId::new("lead-1", 2, 0))), None);
    assert_eq!(names(&claim(store, 10, 9)), ["hello"]);
}

fn places(found: &[QueuePlace]) -> Vec<&str> {
    found.iter().map(|place| place.record.as_str()).collect()
}

pub(super) fn keeps_queues(store: &dyn Full) {
    let queue = |name: &str| ok(store.queue(TENANT, "leads", name, None, 9));
    let first = apply(store, Sample::creation("lead-1").queued(&["calls"]));
    apply(store, Sample::creation("lead-2").queued(&["calls", "setting"]));
    assert_eq!(places(&queue("calls")), ["lead-1", "lead-2"]);
    let moved = apply(store, Sample::mv(&first, "contacted"));
    assert_eq!(
        places(&queue("calls")),
        ["lead-1", "lead-2"],
        "what does not speak of queues leaves them alone"
    );
    let next = ok(store.queue(TENANT, "leads", "calls", queue("calls").first(), 9));
    assert_eq!(places(&next), ["lead-2"]);
    assert_eq!(ok(store.queue("another", "leads", "calls", None, 9)), []);
    assert_eq!(ok(store.queue(TENANT, "deals", "calls", None, 9)), []);
    let off = apply(store, Sample::edit(&moved, "a", 1).queued(&["setting"]));
    assert_eq!(
        (places(&queue("calls")), places(&queue("setting"))),
        (Vec::from(["lead-2"]), Vec::from(["lead-2", "lead-1"]))
    );
    assert_eq!(super::load(store, "lead-1").as_ref().map(Record::queues), Some(off.queues()));
    apply(store, Sample::of_kind(&off, crate::journal::RowKind::Deletion));
    assert_eq!(places(&queue("setting")), ["lead-2"], "S61a");
}

pub(super) fn hands_out_to_one_of_many(store: &dyn Full) {
    const RECORDS: usize = 40;
    for number in 0..RECORDS {
        let id = alloc::format!("lead-{number}");
        let sample = sent("two", None)(sent("one", None)(Sample::creation(id)));
        assert_eq!(commit_one(store, &sample.sealed()), CommitOutcome::Applied);
    }
    let work = || {
        let mut got = Vec::new();
        loop {
            let deliveries = claim(store, 10, 7);
            if deliveries.is_empty() {
                return got;
            }
            for delivery in deliveries {
                assert!(settle(store, &delivery, delivered(10)), "nobody else has it");
                got.push(delivery.effect.id().to_string());
            }
        }
    };
    let mut all: Vec<alloc::string::String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    // Who finds nothing while another has the rest goes home early.
    all.extend(work());
    all.sort_unstable();
    let total = all.len();
    all.dedup();
    assert_eq!((all.len(), total), (2 * RECORDS, 2 * RECORDS), "each once");
}
