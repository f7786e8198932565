use alloc::boxed::Box;
use alloc::vec;

use super::{Full, Sample, TENANT, apply, assert_sound, commit_one, history, load, ok};
use crate::store::{CommitMode, CommitOutcome, StoreErrorKind};
use crate::value::Value;

pub(super) fn creates_and_loads(store: &dyn Full) {
    assert_eq!(load(store, "lead-1"), None, "an empty store has no records");
    let one = apply(store, Sample::creation("lead-1").with("email", "ada@example.com"));
    let two = apply(store, Sample::creation("lead-2").in_stage(None));
    let loaded = ok(store.load(TENANT, &["lead-2", "nobody", "lead-1", "lead-2"]));
    assert_eq!(loaded, [Some(two.clone()), None, Some(one), Some(two)], "in the order asked");
    assert_eq!(ok(store.load(TENANT, &[])), []);
    assert_sound(store, "lead-1", 1);
}

pub(super) fn replaces_the_record_on_a_move(store: &dyn Full) {
    let new = apply(store, Sample::creation("lead-1"));
    let contacted = apply(store, Sample::mv(&new, "contacted"));
    assert_eq!(load(store, "lead-1"), Some(contacted.clone()));
    let edited = apply(store, Sample::edit(&contacted, "phone", "555"));
    assert_eq!(load(store, "lead-1"), Some(edited));
    assert_sound(store, "lead-1", 3);
}

pub(super) fn refuses_what_was_decided_on_an_older_version(store: &dyn Full) {
    let new = apply(store, Sample::creation("lead-1"));
    let late = Sample::mv(&new, "lost").with_effects(1).keyed("late", "late").sealed();
    let contacted = apply(store, Sample::mv(&new, "contacted"));
    let conflict = CommitOutcome::Conflict(Box::new(contacted.clone()));
    assert_eq!(commit_one(store, &late), conflict, "S15, S17");
    assert_eq!(load(store, "lead-1"), Some(contacted), "nothing is written");
    assert_eq!(ok(store.receipt(TENANT, "late")), None, "nothing is written");
    assert_sound(store, "lead-1", 2);
}

pub(super) fn refuses_a_stage_that_came_back(store: &dyn Full) {
    let first = apply(store, Sample::creation("lead-1"));
    let late = Sample::mv(&first, "contacted").sealed();
    let away = apply(store, Sample::mv(&first, "contacted"));
    let back = apply(store, Sample::mv(&away, "new"));
    assert_eq!(
        commit_one(store, &late),
        CommitOutcome::Conflict(Box::new(back)),
        "S15: same stage, later version"
    );
    assert_sound(store, "lead-1", 3);
}

pub(super) fn compares_the_row_where_the_version_stands_still(store: &dyn Full) {
    let new = apply(store, Sample::creation("lead-1"));
    let late = Sample::proposal(&new).by("eve").sealed();
    let proposed = apply(store, Sample::proposal(&new));
    assert_eq!(proposed.version(), new.version());
    assert_eq!(commit_one(store, &late), CommitOutcome::Conflict(Box::new(proposed)), "S15, S61b");
    assert_sound(store, "lead-1", 2);
}

pub(super) fn tells_missing_from_existing(store: &dyn Full) {
    let creation = Sample::creation("lead-1").sealed();
    let mv = Sample::mv(&creation.record, "contacted").sealed();
    assert_eq!(commit_one(store, &mv), CommitOutcome::Missing);
    assert_eq!(commit_one(store, &creation), CommitOutcome::Applied);
    assert_eq!(commit_one(store, &creation), CommitOutcome::Exists);
    assert_sound(store, "lead-1", 1);
}

pub(super) fn answers_a_repeated_key_with_the_first_row(store: &dyn Full) {
    let creation = Sample::creation("lead-1").keyed("k1", "create").sealed();
    assert_eq!(commit_one(store, &creation), CommitOutcome::Applied);
    let first = CommitOutcome::Duplicate(Box::new(creation.row.clone()));
    assert_eq!(commit_one(store, &creation), first, "S14");
    assert_eq!(ok(store.receipt(TENANT, "k1")), Some(creation.row.clone()));
    let mv = Sample::mv(&creation.record, "contacted").keyed("k2", "move").sealed();
    assert_eq!(commit_one(store, &mv), CommitOutcome::Applied);
    assert_eq!(commit_one(store, &creation), first, "S14: for as long as the row lives");
    assert_eq!(ok(store.receipt(TENANT, "k3")), None);
    assert_sound(store, "lead-1", 2);
}

pub(super) fn looks_at_the_key_first(store: &dyn Full) {
    let new = apply(store, Sample::creation("lead-1"));
    let mv = Sample::mv(&new, "contacted").keyed("k", "move").sealed();
    assert_eq!(commit_one(store, &mv), CommitOutcome::Applied);
    apply(store, Sample::mv(&mv.record, "won"));
    let again = commit_one(store, &mv);
    assert_eq!(again, CommitOutcome::Duplicate(Box::new(mv.row)), "S14: before the version check");
    let elsewhere = Sample::creation("lead-1").keyed("k", "other").sealed();
    assert_eq!(commit_one(store, &elsewhere), CommitOutcome::KeyReused, "before existence");
    assert_sound(store, "lead-1", 3);
}

pub(super) fn refuses_a_key_used_for_another_request(store: &dyn Full) {
    let one = apply(store, Sample::creation("lead-1").keyed("k", "create lead-1"));
    let two = Sample::creation("lead-2").keyed("k", "create lead-2").sealed();
    assert_eq!(commit_one(store, &two), CommitOutcome::KeyReused, "S14");
    assert_eq!(load(store, "lead-2"), None, "nothing is written");
    let mv = Sample::mv(&one, "contacted").keyed("k", "move").sealed();
    assert_eq!(commit_one(store, &mv), CommitOutcome::KeyReused, "S14: on the same record too");
    assert_sound(store, "lead-1", 1);
}

pub(super) fn refuses_a_malformed_change(store: &dyn Full) {
    let good = Sample::creation("lead-1").sealed();
    let mut other_record = Sample::creation("lead-2").sealed();
    other_record.row.record = "lead-3".into();
    let mut gap = Sample::creation("lead-2").sealed();
    gap.expected_version = 4;
    gap.expected_seq = 4;
    let mut effect = Sample::creation("lead-2").with_effects(2).sealed();
    effect.effects.reverse();
    let mut head = Sample::creation("lead-2").sealed();
    head.record.head = crate::Digest::ZERO;
    let infinite = Sample::creation("lead-2").with("budget", f64::INFINITY).sealed();
    let nan = Sample::creation("lead-2").with("budget", Value::Double(f64::NAN)).sealed();
    for (bad, what) in [
        (other_record, "record"),
        (gap, "gap"),
        (effect, "effects"),
        (head, "head"),
        (infinite, "inf"),
        (nan, "nan"),
    ] {
        for mode in [CommitMode::PerItem, CommitMode::Atomic] {
            let result = store.commit(TENANT, &[good.clone(), bad.clone()], mode);
            let kind = result.err().map(|error| error.kind());
            assert_eq!(kind, Some(StoreErrorKind::Invalid), "{what}");
            assert_eq!(load(store, "lead-1"), None, "nothing of the call is written: {what}");
        }
    }
    assert_eq!(ok(store.feed(TENANT, crate::store::FeedCursor::START, 9)), vec![]);
}

pub(super) fn keeps_tenants_apart(store: &dyn Full) {
    let ours =
        apply(store, Sample::creation("lead-1").with("email", "a@x.org").keyed("k", "ours").with_effects(1));
    let theirs = Sample::creation("lead-1").with("email", "a@x.org").keyed("k", "theirs").by("eve").sealed();
    let outcomes = ok(store.commit("other", core::slice::from_ref(&theirs), CommitMode::PerItem));
    assert_eq!(outcomes, [CommitOutcome::Applied], "same id, same key, another tenant");
    assert_eq!(ok(store.load("other", &["lead-1"])), [Some(theirs.record.clone())]);
    assert_eq!(load(store, "lead-1"), Some(ours.clone()));
    assert_eq!(ok(store.receipt("other", "k")), Some(theirs.row.clone()));
    assert_eq!(ok(store.history("other", "lead-1", 0, 9)), [theirs.row]);
    assert_eq!(history(store, "lead-1").len(), 1);
    assert_eq!(ok(store.effects("other", "lead-1", 1)), []);
    assert_eq!(ok(store.find("other", "email", "a@x.org", 9)), ["lead-1"]);
    assert_eq!(ok(store.feed("other", crate::store::FeedCursor::START, 9)).len(), 1);
    assert_eq!(ok(store.counts("nobody", "leads")), []);
    assert_eq!(ok(store.published("nobody")), []);
    let mv = Sample::mv(&ours, "contacted").sealed();
    let outcomes = ok(store.commit("nobody", &[mv], CommitMode::PerItem));
    assert_eq!(outcomes, [CommitOutcome::Missing]);
}
