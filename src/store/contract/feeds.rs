use alloc::vec::Vec;
use std::thread;

use smol_str::SmolStr;

use super::{Full, Sample, TENANT, apply, assert_sound, history, ok};
use crate::store::{CommitMode, FeedCursor};

pub(super) fn pages_history(store: &dyn Full) {
    let mut record = apply(store, Sample::creation("lead-1"));
    for n in 0..9_i64 {
        record = apply(store, Sample::edit(&record, "n", n));
    }
    let seqs = |after, limit| -> Vec<u64> {
        ok(store.history(TENANT, "lead-1", after, limit)).iter().map(|row| row.seq).collect()
    };
    assert_eq!(seqs(0, 4), [1, 2, 3, 4]);
    assert_eq!(seqs(4, 4), [5, 6, 7, 8]);
    assert_eq!(seqs(8, 4), [9, 10]);
    assert_eq!(seqs(10, 4), [] as [u64; 0]);
    assert_eq!(seqs(u64::MAX, 4), [] as [u64; 0]);
    assert_eq!(seqs(0, 0), [] as [u64; 0]);
    assert_eq!(seqs(0, usize::MAX).len(), 10);
    assert_eq!(ok(store.history(TENANT, "nobody", 0, 4)), []);
}

pub(super) fn feeds_in_order_of_commit(store: &dyn Full) {
    assert_eq!(ok(store.feed(TENANT, FeedCursor::START, 9)), []);
    let a = apply(store, Sample::creation("a"));
    apply(store, Sample::creation("b"));
    ok(store.commit("other", &[Sample::creation("x").sealed()], CommitMode::PerItem));
    let a = apply(store, Sample::mv(&a, "contacted"));
    apply(store, Sample::mv(&a, "won"));
    let mut expected = history(store, "a");
    expected.insert(1, history(store, "b").remove(0));
    for limit in 1..6 {
        let (mut cursor, mut rows) = (FeedCursor::START, Vec::new());
        loop {
            let page = ok(store.feed(TENANT, cursor, limit));
            assert!(page.len() <= limit, "no more than asked for");
            let Some((last, _)) = page.last() else { break };
            assert!(page.is_sorted_by(|(one, _), (two, _)| one < two), "positions rise");
            assert!(page.iter().all(|(position, _)| *position > cursor), "after the cursor");
            cursor = *last;
            rows.extend(page.into_iter().map(|(_, row)| row));
        }
        assert_eq!(rows, expected, "pages of {limit}");
    }
}

pub(super) fn feeds_nothing_that_was_rolled_back(store: &dyn Full) {
    apply(store, Sample::creation("a"));
    let cursor = ok(store.feed(TENANT, FeedCursor::START, 9)).last().map_or(FeedCursor::START, |(at, _)| *at);
    let fails = [Sample::creation("b").sealed(), Sample::creation("a").sealed()];
    ok(store.commit(TENANT, &fails, CommitMode::Atomic));
    assert_eq!(ok(store.feed(TENANT, cursor, 9)), []);
    apply(store, Sample::creation("c"));
    let ids: Vec<_> = ok(store.feed(TENANT, cursor, 9)).into_iter().map(|(_, row)| row.record).collect();
    assert_eq!(ids, ["c"], "the cursor is still good");
}

pub(super) fn feeds_a_follower_everything(store: &dyn Full) {
    const WRITERS: usize = 4;
    const EACH: usize = 25;
    let mut seen: Vec<SmolStr> = Vec::new();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                for n in 0..EACH {
                    apply(store, Sample::creation(alloc::format!("{writer}-{n}")));
                }
            });
        }
        let mut cursor = FeedCursor::START;
        for _ in 0..200_000 {
            for (position, row) in ok(store.feed(TENANT, cursor, 7)) {
                cursor = position;
                seen.push(row.record);
            }
            if seen.len() >= WRITERS * EACH {
                break;
            }
            thread::yield_now();
        }
    });
    for writer in 0..WRITERS {
        let own: Vec<_> = (0..EACH).map(|n| smol_str::format_smolstr!("{writer}-{n}")).collect();
        let fed: Vec<_> = seen.iter().filter(|id| own.contains(id)).cloned().collect();
        assert_eq!(fed, own, "everything of writer {writer}, once, in its order");
    }
    assert_sound(store, "0-0", 1);
}
