use alloc::boxed::Box;

use super::pages::live;
use super::{Full, Sample, TENANT, apply, assert_sound, load, ok};
use crate::store::{CommitMode, CommitOutcome, FeedCursor};

pub(super) fn judges_each_on_its_own(store: &dyn Full) {
    let one = apply(store, Sample::creation("lead-1").keyed("k", "one"));
    let changes = [
        Sample::creation("lead-2").sealed(),
        Sample::creation("lead-1").sealed(),
        Sample::creation("lead-3").keyed("k", "three").sealed(),
        Sample::mv(&Sample::creation("lead-4").sealed().record, "won").sealed(),
        Sample::mv(&one, "contacted").with_effects(2).sealed(),
        Sample::mv(&one, "won").sealed(),
    ];
    let outcomes = ok(store.commit(TENANT, &changes, CommitMode::PerItem));
    let contacted = changes.get(4).map(|change| Box::new(change.record.clone()));
    assert_eq!(
        outcomes,
        [
            CommitOutcome::Applied,
            CommitOutcome::Exists,
            CommitOutcome::KeyReused,
            CommitOutcome::Missing,
            CommitOutcome::Applied,
            contacted.map_or(CommitOutcome::Missing, CommitOutcome::Conflict),
        ]
    );
    assert_sound(store, "lead-1", 2);
    assert_sound(store, "lead-2", 1);
    assert_sound(store, "lead-3", 0);
    assert_eq!(ok(store.effects(TENANT, "lead-1", 2)).len(), 2);
}

pub(super) fn sees_what_the_batch_wrote_before(store: &dyn Full) {
    for (id, mode) in [("lead-1", CommitMode::PerItem), ("lead-2", CommitMode::Atomic)] {
        let creation = Sample::creation(id).keyed(id, "create").sealed();
        let mv = Sample::mv(&creation.record, "contacted").sealed();
        let edit = Sample::edit(&mv.record, "phone", "555").sealed();
        let last = edit.record.clone();
        let again = CommitOutcome::Duplicate(Box::new(creation.row.clone()));
        let outcomes = ok(store.commit(TENANT, &[creation.clone(), mv, creation, edit], mode));
        assert_eq!(outcomes, [CommitOutcome::Applied, CommitOutcome::Applied, again, CommitOutcome::Applied]);
        assert_eq!(load(store, id), Some(last));
        assert_sound(store, id, 3);
    }
}

pub(super) fn writes_all_or_none(store: &dyn Full) {
    let one = apply(store, Sample::creation("lead-1").with("email", "a@x.org"));
    let creation = Sample::creation("lead-2").with("email", "b@x.org").keyed("k", "two").sealed();
    let fails = Sample::creation("lead-1").sealed();
    let changes = [
        Sample::mv(&one, "contacted").with_effects(1).with("email", "c@x.org").sealed(),
        creation.clone(),
        Sample::mv(&creation.record, "contacted").sealed(),
        fails,
        Sample::creation("lead-3").sealed(),
    ];
    let outcomes = ok(store.commit(TENANT, &changes, CommitMode::Atomic));
    let back = CommitOutcome::RolledBack;
    assert_eq!(outcomes, [back.clone(), back.clone(), back.clone(), CommitOutcome::Exists, back]);
    assert_eq!(load(store, "lead-1"), Some(one));
    assert_sound(store, "lead-1", 1);
    assert_sound(store, "lead-2", 0);
    assert_sound(store, "lead-3", 0);
    assert_eq!(ok(store.effects(TENANT, "lead-1", 2)), []);
    assert_eq!(ok(store.receipt(TENANT, "k")), None, "the key is free again");
    assert_eq!(ok(store.find(TENANT, "email", "b@x.org", 9)).len(), 0);
    assert_eq!(ok(store.find(TENANT, "email", "a@x.org", 9)), ["lead-1"]);
    assert_eq!(live(store), [(Some("new".into()), 1)]);
    assert_eq!(ok(store.feed(TENANT, FeedCursor::START, 99)).len(), 1);
    let four: [_; 3] = [0, 1, 2].map(|at| changes.get(at).cloned().unwrap_or_else(|| creation.clone()));
    let outcomes = ok(store.commit(TENANT, &four, CommitMode::Atomic));
    assert!(outcomes.iter().all(|outcome| *outcome == CommitOutcome::Applied), "without the one that fails");
    assert_sound(store, "lead-2", 2);
}

pub(super) fn takes_duplicates_into_an_atomic_batch(store: &dyn Full) {
    let one = Sample::creation("lead-1").keyed("k", "one").sealed();
    ok(store.commit(TENANT, core::slice::from_ref(&one), CommitMode::Atomic));
    let two = Sample::creation("lead-2").sealed();
    let first = CommitOutcome::Duplicate(Box::new(one.row.clone()));
    let outcomes = ok(store.commit(TENANT, &[one, two], CommitMode::Atomic));
    assert_eq!(outcomes, [first, CommitOutcome::Applied]);
    assert_sound(store, "lead-1", 1);
    assert_sound(store, "lead-2", 1);
}

pub(super) fn rolls_back_duplicates_of_the_batch_itself(store: &dyn Full) {
    let one = Sample::creation("lead-1").keyed("k", "one").sealed();
    let missing = Sample::mv(&Sample::creation("lead-2").sealed().record, "won").sealed();
    let outcomes = ok(store.commit(TENANT, &[one.clone(), one, missing], CommitMode::Atomic));
    assert_eq!(outcomes, [CommitOutcome::RolledBack, CommitOutcome::RolledBack, CommitOutcome::Missing]);
    assert_sound(store, "lead-1", 0);
}

pub(super) fn accepts_an_empty_batch(store: &dyn Full) {
    assert_eq!(ok(store.commit(TENANT, &[], CommitMode::PerItem)), []);
    assert_eq!(ok(store.commit(TENANT, &[], CommitMode::Atomic)), []);
}
