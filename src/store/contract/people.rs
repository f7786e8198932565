use alloc::vec;
use alloc::vec::Vec;
use core::slice;

use smol_str::SmolStr;

use super::definitions::{publish, version};
use super::pages::{live, walk_those};
use super::{Full, Sample, TENANT, apply, assert_sound, commit_one, history, load, ok};
use crate::journal::{Row, RowKind};
use crate::record::{Link, Presence};
use crate::store::{Alongside, CommitMode, CommitOutcome, FeedCursor, PublishOutcome, RowQuery, Tally};

pub(super) fn lists_the_trash_apart(store: &dyn Full) {
    let a = apply(store, Sample::creation("a"));
    let b = apply(store, Sample::creation("b"));
    let c = apply(store, Sample::creation("c"));
    let trashed = apply(store, Sample::of_kind(&a, RowKind::Deletion));
    apply(store, Sample::of_kind(&b, RowKind::Merge).linked(Link::Head, Some("c")));
    let walk = |presence| walk_those(store, presence, Some(Some("new")), 9);
    assert_eq!(walk(Presence::Live), ["c"], "S61a: out of views");
    assert_eq!(walk(Presence::Trashed), ["a"]);
    assert_eq!(walk(Presence::Merged), ["b"]);
    for presence in Presence::ALL {
        assert_eq!(walk_those(store, presence, None, 1).len(), 1, "over all stages too");
    }
    let tally = |live, trashed| Tally { stage: Some("new".into()), live, trashed };
    let count = || ok(store.counts(TENANT, "leads"));
    assert_eq!(count(), [tally(1, 1)], "S61a: counted, and named");
    let restored = apply(store, Sample::of_kind(&trashed, RowKind::Restoration));
    assert_eq!(count(), [tally(2, 0)]);
    assert_eq!(load(store, "a"), Some(restored));
    // What moves while it is in the trash takes its place there along.
    let trashed = apply(store, Sample::of_kind(&c, RowKind::Deletion));
    apply(store, Sample::mv(&trashed, "won"));
    let mut counts = count();
    counts.sort();
    assert_eq!(counts, [tally(1, 0), Tally { stage: Some("won".into()), live: 0, trashed: 1 }]);
    assert_eq!(live(store), [(Some("new".into()), 1)]);
    assert_sound(store, "a", 3);
}

pub(super) fn finds_who_points_at_a_record(store: &dyn Full) {
    let find = |link, target, after, limit| ok(store.linked(TENANT, link, target, after, limit));
    let nobody: [&str; 0] = [];
    assert_eq!(find(Link::Lead, "lead-1", None, 9), nobody);
    for id in ["deal-2", "deal-3", "deal-1"] {
        apply(store, Sample::creation(id).linked(Link::Lead, Some("lead-1")));
    }
    let other = apply(store, Sample::creation("deal-4").linked(Link::Lead, Some("lead-2")));
    apply(store, Sample::creation("contact-1").linked(Link::Company, Some("lead-1")));
    assert_eq!(find(Link::Lead, "lead-1", None, 9), ["deal-1", "deal-2", "deal-3"], "in order of id");
    assert_eq!(find(Link::Lead, "lead-1", Some("deal-1"), 1), ["deal-2"]);
    assert_eq!(find(Link::Company, "lead-1", None, 9), ["contact-1"], "each way apart");
    assert_eq!(ok(store.linked("other", Link::Lead, "lead-1", None, 9)), nobody);
    let other = apply(store, Sample::of_kind(&other, RowKind::Edit).linked(Link::Lead, Some("lead-1")));
    assert_eq!(find(Link::Lead, "lead-1", Some("deal-3"), 9), ["deal-4"], "where it points now");
    assert_eq!(find(Link::Lead, "lead-2", None, 9), nobody);
    apply(store, Sample::of_kind(&other, RowKind::Edit).linked(Link::Lead, None));
    assert_eq!(find(Link::Lead, "lead-1", None, 9).len(), 3);
    let held = Sample::creation("deal-9").linked(Link::Lead, Some("lead-9")).sealed();
    let batch = [held, Sample::creation("deal-1").sealed()];
    ok(store.commit(TENANT, &batch, CommitMode::Atomic));
    assert_eq!(find(Link::Lead, "lead-9", None, 9), nobody, "rolled back with the rest");
}

pub(super) fn lets_one_record_hold_an_address(store: &dyn Full) {
    const EMAIL: Option<&str> = Some("ada@x.org");
    let one = apply(store, Sample::creation("one").reserving(EMAIL));
    let two = apply(store, Sample::creation("two").with("email", "ada@x.org"));
    let reserve = Sample::of_kind(&two, RowKind::Edit).reserving(EMAIL).sealed();
    let refused = CommitOutcome::Reserved { by: "one".into() };
    assert_eq!(commit_one(store, &reserve), refused, "S57: unique, while the field is not");
    assert_eq!(load(store, "two").as_ref(), Some(&two), "nothing is written");
    let one = apply(store, Sample::mv(&one, "contacted"));
    let release = Sample::of_kind(&one, RowKind::Edit).reserving(None).sealed();
    let both = [release.clone(), reserve.clone()];
    let failing = [release.clone(), reserve.clone(), Sample::creation("two").sealed()];
    ok(store.commit(TENANT, &failing, CommitMode::Atomic));
    assert_eq!(commit_one(store, &reserve), refused, "rolled back with the rest");
    let outcomes = ok(store.commit(TENANT, &both, CommitMode::Atomic));
    assert_eq!(outcomes, [CommitOutcome::Applied, CommitOutcome::Applied], "handed over in one commit");
    assert_eq!(load(store, "two").and_then(|record| record.reserved().map(SmolStr::new)).as_deref(), EMAIL);
    let elsewhere = Sample::creation("one").reserving(EMAIL).sealed();
    let outcomes = ok(store.commit("other", slice::from_ref(&elsewhere), CommitMode::PerItem));
    assert_eq!(outcomes, [CommitOutcome::Applied], "tenants do not share addresses");
}

pub(super) fn lists_rows_newest_first(store: &dyn Full) {
    let mut record = apply(store, Sample::creation("lead-1"));
    for kind in [RowKind::Note, RowKind::Call, RowKind::Note, RowKind::Edit] {
        record = apply(store, Sample::of_kind(&record, kind));
    }
    let rows = |before, kinds: &[RowKind], limit| -> Vec<u64> {
        let query = RowQuery { before, kinds: kinds.to_vec(), limit };
        ok(store.rows(TENANT, "lead-1", &query)).iter().map(|row| row.seq).collect()
    };
    assert_eq!(rows(None, &[], 9), [5, 4, 3, 2, 1]);
    assert_eq!(rows(None, &[], 2), [5, 4]);
    assert_eq!(rows(Some(4), &[], 2), [3, 2]);
    assert!(rows(Some(1), &[], 2).is_empty());
    assert_eq!(rows(None, &[RowKind::Note], 9), [4, 2]);
    assert_eq!(rows(Some(4), &[RowKind::Note, RowKind::Creation], 9), [2, 1]);
    assert!(rows(None, &[RowKind::Meeting], 9).is_empty());
    let query = RowQuery { before: None, kinds: Vec::new(), limit: 9 };
    let all: Vec<Row> = ok(store.rows(TENANT, "lead-1", &query)).into_iter().rev().collect();
    assert_eq!(all, history(store, "lead-1"), "the same rows");
    assert_eq!(ok(store.rows("other", "lead-1", &query)), []);
}

/// A record with a personal row and an effect, and the change that erases it.
fn to_be_erased(store: &dyn Full) -> crate::SealedChange {
    let mut sample =
        Sample::creation("lead-1").with("email", "ada@x.org").keyed("k", "create").with_effects(1);
    sample.row.reason = Some("because Ada asked".into());
    let record = apply(store, sample.reserving(Some("ada@x.org")).linked(Link::Company, Some("acme")));
    Sample::of_kind(&record, RowKind::Erasure).with("source", "web").sealed()
}

pub(super) fn erases_what_is_personal(store: &dyn Full) {
    let other = apply(store, Sample::creation("lead-2").with("email", "bob@x.org"));
    let erasure = to_be_erased(store);
    assert_eq!(commit_one(store, &erasure), CommitOutcome::Applied);
    assert_sound(store, "lead-1", 2);
    assert_eq!(load(store, "lead-1"), Some(erasure.record.clone()));
    let erased = |row: &Row| {
        let gone = row.salt.is_none() && row.facts.is_empty() && row.input.is_empty() && row.reason.is_none();
        gone && row.was_lost_reason.is_none()
    };
    let rows = history(store, "lead-1");
    assert!(rows.first().is_some_and(erased), "S44: {rows:?}");
    assert_eq!(rows.get(1), Some(&erasure.row), "what is left stays");
    assert!(ok(store.receipt(TENANT, "k")).is_some_and(|row| erased(&row)), "in the receipt");
    let feed = ok(store.feed(TENANT, FeedCursor::START, 9));
    assert!(
        feed.iter().filter(|(_, row)| row.record == "lead-1" && row.seq == 1).all(|(_, row)| erased(row))
    );
    assert_eq!(ok(store.effects(TENANT, "lead-1", 1)), [], "effects too");
    assert_eq!(ok(store.find(TENANT, "email", "ada@x.org", 9)).len(), 0);
    assert_eq!(ok(store.linked(TENANT, Link::Company, "acme", None, 9)).len(), 0);
    let free = Sample::creation("lead-3").reserving(Some("ada@x.org")).sealed();
    assert_eq!(commit_one(store, &free), CommitOutcome::Applied, "the address is free");
    assert_eq!(load(store, "lead-2"), Some(other), "nobody else");
    assert_sound(store, "lead-2", 1);
    // Life goes on, and can be erased again.
    let edited = apply(store, Sample::edit(&erasure.record, "email", "ada@y.org"));
    apply(store, Sample::of_kind(&edited, RowKind::Erasure));
    assert_sound(store, "lead-1", 4);
}

pub(super) fn erases_nothing_that_was_rolled_back(store: &dyn Full) {
    let erasure = to_be_erased(store);
    let before = (load(store, "lead-1"), history(store, "lead-1"), ok(store.effects(TENANT, "lead-1", 1)));
    let batch = [erasure, Sample::creation("lead-1").sealed()];
    let outcomes = ok(store.commit(TENANT, &batch, CommitMode::Atomic));
    assert_eq!(outcomes, [CommitOutcome::RolledBack, CommitOutcome::Exists]);
    let after = (load(store, "lead-1"), history(store, "lead-1"), ok(store.effects(TENANT, "lead-1", 1)));
    assert_eq!(before, after);
    assert_sound(store, "lead-1", 1);
}

pub(super) fn erases_nothing_along_with_a_publication_that_fails(store: &dyn Full) {
    ok(publish(store, TENANT, &version("leads", 1)));
    let erasure = to_be_erased(store);
    let other = apply(store, Sample::creation("lead-2"));
    let stale = Sample::mv(&other, "contacted").sealed();
    let newer = apply(store, Sample::edit(&other, "phone", "555"));
    let told = || {
        let rows = (history(store, "lead-1"), history(store, "lead-2"));
        let feed = ok(store.feed(TENANT, FeedCursor::START, 99));
        let effects = ok(store.effects(TENANT, "lead-1", 1));
        let found = ok(store.find(TENANT, "email", "ada@x.org", 9));
        (load(store, "lead-1"), rows, feed, effects, found, ok(store.receipt(TENANT, "k")))
    };
    let (before, second) = (told(), version("leads", 2));
    let judged = |mut change: crate::SealedChange| {
        change.meaning = Some(second.meaning);
        change
    };
    let along = |changes, vacant| Alongside { changes, vacant, ..Alongside::default() };
    let changed = along(vec![judged(erasure.clone()), judged(stale)], Vec::new());
    assert_eq!(ok(store.publish(TENANT, &second, &changed)), PublishOutcome::RecordsChanged);
    assert_eq!(told(), before, "S44: what was erased is there again, as is all that tells of it");
    let occupied = along(vec![judged(erasure.clone())], vec![Some("new".into())]);
    let outcome = PublishOutcome::Occupied { stage: Some("new".into()) };
    assert_eq!(ok(store.publish(TENANT, &second, &occupied)), outcome);
    assert_eq!(told(), before);
    assert_eq!(ok(store.effects(TENANT, "lead-1", 1)).len(), 1);
    assert_sound(store, "lead-1", 1);
    let erased = along(vec![judged(erasure)], Vec::new());
    assert_eq!(ok(store.publish(TENANT, &second, &erased)), PublishOutcome::Published);
    assert_eq!(ok(store.effects(TENANT, "lead-1", 1)), []);
    assert_sound(store, "lead-1", 2);
    assert_eq!(load(store, "lead-2"), Some(newer));
}
