use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Barrier;
use std::thread;

use smol_str::SmolStr;

use super::definitions::{publish, version};
use super::{Full, Sample, TENANT, apply, assert_sound, commit_one, load, ok};
use crate::store::{CommitMode, CommitOutcome, PublishOutcome};

const THREADS: usize = 8;

/// What each of several threads, started together, makes of its number.
fn together<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(THREADS);
    let (work, barrier) = (&work, &barrier);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    barrier.wait();
                    work(thread)
                })
            })
            .collect();
        threads.into_iter().map(|thread| ok(thread.join().map_err(|_| "a thread panicked"))).collect()
    })
}

pub(super) fn lets_one_of_many_win_each_version(store: &dyn Full) {
    const ROUNDS: usize = 12;
    apply(store, Sample::creation("lead-1"));
    for round in 0..ROUNDS {
        let start = load(store, "lead-1");
        let outcomes = together(|thread| {
            let stage = if round % 2 == 0 { "contacted" } else { "new" };
            let by = alloc::format!("actor-{thread}");
            start.as_ref().map(|start| commit_one(store, &Sample::mv(start, stage).by(by).sealed()))
        });
        let now = load(store, "lead-1");
        let won = outcomes.iter().filter(|outcome| matches!(outcome, Some(CommitOutcome::Applied))).count();
        assert_eq!(won, 1, "S15: one winner per version");
        for outcome in outcomes.into_iter().flatten().filter(|outcome| *outcome != CommitOutcome::Applied) {
            let now = now.clone().map(|record| CommitOutcome::Conflict(record.into()));
            assert_eq!(Some(outcome), now, "S17: the others see the winner");
        }
    }
    assert_sound(store, "lead-1", ROUNDS + 1);
}

pub(super) fn carries_out_one_of_many_with_a_key(store: &dyn Full) {
    let new = apply(store, Sample::creation("lead-1"));
    let mv = Sample::mv(&new, "contacted").keyed("k", "move").with_effects(1).sealed();
    let outcomes = together(|_| commit_one(store, &mv));
    let applied = outcomes.iter().filter(|outcome| **outcome == CommitOutcome::Applied).count();
    assert_eq!(applied, 1, "S14: carried out once");
    let duplicate = CommitOutcome::Duplicate(mv.row.clone().into());
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == duplicate).count(), THREADS - 1);
    assert_sound(store, "lead-1", 2);
}

pub(super) fn lets_one_of_many_hold_an_address(store: &dyn Full) {
    for round in 0..6 {
        let email = alloc::format!("ada-{round}@x.org");
        let outcomes = together(|thread| {
            let sample = Sample::creation(alloc::format!("customer-{round}-{thread}"));
            commit_one(store, &sample.reserving(Some(&email)).sealed())
        });
        let holder = outcomes.iter().position(|outcome| *outcome == CommitOutcome::Applied);
        let by = alloc::format!("customer-{round}-{}", holder.unwrap_or(THREADS)).into();
        let refused = outcomes
            .iter()
            .filter(|outcome| **outcome == CommitOutcome::Reserved { by: SmolStr::clone(&by) });
        assert_eq!(refused.count(), THREADS - 1, "S57: one customer, and the others are told which");
    }
}

pub(super) fn applies_all_that_do_not_meet(store: &dyn Full) {
    let clashes = AtomicUsize::new(0);
    apply(store, Sample::creation("clash"));
    together(|thread| {
        let mut record = apply(store, Sample::creation(alloc::format!("lead-{thread}")));
        for n in 0..20_i64 {
            let edit = Sample::edit(&record, "n", n).sealed();
            let clash = Sample::creation("clash").sealed();
            let mut outcomes =
                ok(store.commit(TENANT, &[edit.clone(), clash], CommitMode::PerItem)).into_iter();
            assert_eq!(outcomes.next(), Some(CommitOutcome::Applied), "its own verdict for each");
            if outcomes.next() == Some(CommitOutcome::Exists) {
                clashes.fetch_add(1, Ordering::Relaxed);
            }
            record = edit.record;
        }
    });
    for thread in 0..THREADS {
        assert_sound(store, &alloc::format!("lead-{thread}"), 21);
    }
    assert_eq!(clashes.into_inner(), THREADS * 20, "those that could not be applied were told so");
}

pub(super) fn publishes_one_of_many(store: &dyn Full) {
    for number in 1..6 {
        let outcomes = together(|_| ok(publish(store, TENANT, &version("leads", number))));
        let published = outcomes.iter().filter(|outcome| **outcome == PublishOutcome::Published).count();
        assert_eq!(published, 1, "S19: one publication per version");
    }
    assert_eq!(ok(store.published(TENANT)), [version("leads", 5)]);
}
