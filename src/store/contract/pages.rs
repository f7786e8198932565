use alloc::vec;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{Full, Sample, TENANT, apply, ok};
use crate::record::Presence;
use crate::store::{PageKey, RecordQuery};
use crate::time::Timestamp;

/// The ids that paging by `limit` to the end shows.
fn walk(store: &dyn Full, stage: Option<Option<&str>>, limit: usize) -> Vec<SmolStr> {
    walk_those(store, Presence::Live, stage, limit)
}

/// The same of those that are present in another way.
pub(super) fn walk_those(
    store: &dyn Full,
    presence: Presence,
    stage: Option<Option<&str>>,
    limit: usize,
) -> Vec<SmolStr> {
    let mut query = RecordQuery::of("leads", limit).with_presence(presence);
    query.stage = stage.map(|stage| stage.map(SmolStr::new));
    let mut ids = Vec::new();
    loop {
        let page = ok(store.page(TENANT, &query));
        assert!(page.records.len() <= limit, "no more than asked for");
        let last = page
            .records
            .last()
            .map(|record| PageKey { entered_at: record.entered_at(), id: record.id().into() });
        ids.extend(page.records.iter().map(|record| SmolStr::new(record.id())));
        if page.next.is_none() {
            return ids;
        }
        assert_eq!(page.next, last, "the next page goes on after the last record");
        query.after = page.next;
    }
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_seconds(seconds))
}

pub(super) fn lists_newest_first(store: &dyn Full) {
    assert_eq!(walk(store, Some(Some("new")), 3), Vec::<SmolStr>::new());
    let entered = [("a", 5), ("b", 9), ("c", 5), ("d", -3), ("e", 5), ("f", 8), ("g", 0)]
        .map(|(id, time)| (id, at(time)));
    for (id, time) in entered {
        apply(store, Sample::creation(id).entered(time));
    }
    apply(store, Sample::creation("z").in_stage(Some("won")));
    apply(store, Sample::creation("y").in_pipeline("deals"));
    let order = ["b", "f", "e", "c", "a", "g", "d"];
    for limit in 1..9 {
        assert_eq!(walk(store, Some(Some("new")), limit), order, "pages of {limit}");
    }
}

pub(super) fn lists_unknown_times_last(store: &dyn Full) {
    for (id, time) in [("a", None), ("b", at(9)), ("c", None), ("d", at(i64::MIN)), ("e", None)] {
        apply(store, Sample::creation(id).entered(time));
    }
    for limit in 1..7 {
        assert_eq!(walk(store, Some(Some("new")), limit), ["b", "d", "e", "c", "a"], "S40, pages of {limit}");
    }
}

pub(super) fn lists_all_stages_together(store: &dyn Full) {
    let places = [
        ("a", Some("new"), at(1)),
        ("b", Some("won"), at(2)),
        ("c", None, at(3)),
        ("d", Some("new"), at(3)),
        ("e", None, None),
        ("f", Some("won"), None),
        ("g", Some("new"), at(4)),
    ];
    for (id, stage, time) in places {
        apply(store, Sample::creation(id).in_stage(stage).entered(time));
    }
    apply(store, Sample::creation("y").in_pipeline("deals"));
    for limit in 1..9 {
        assert_eq!(walk(store, None, limit), ["g", "d", "c", "b", "a", "f", "e"], "pages of {limit}");
        assert_eq!(walk(store, Some(None), limit), ["c", "e"], "S28: without a stage, pages of {limit}");
        assert_eq!(walk(store, Some(Some("won")), limit), ["b", "f"], "pages of {limit}");
    }
}

pub(super) fn lists_what_is_there_now(store: &dyn Full) {
    let a = apply(store, Sample::creation("a").entered(at(1)));
    let b = apply(store, Sample::creation("b").entered(at(2)));
    let moved = apply(store, Sample::mv(&a, "won").entered(at(3)));
    assert_eq!(walk(store, Some(Some("new")), 9), ["b"]);
    assert_eq!(walk(store, Some(Some("won")), 9), ["a"]);
    apply(store, Sample::mv(&moved, "new").entered(at(4)));
    assert_eq!(walk(store, Some(Some("new")), 9), ["a", "b"]);
    assert_eq!(walk(store, Some(Some("won")), 9), Vec::<SmolStr>::new());
    let page = ok(store.page(TENANT, &RecordQuery::of("leads", 9)));
    assert_eq!(page.records.last(), Some(&b), "whole records");
}

pub(super) fn counts_by_stage(store: &dyn Full) {
    assert_eq!(ok(store.counts(TENANT, "leads")), vec![]);
    let a = apply(store, Sample::creation("a"));
    apply(store, Sample::creation("b"));
    apply(store, Sample::creation("c").in_stage(None));
    apply(store, Sample::creation("d").in_stage(Some("won")));
    apply(store, Sample::creation("y").in_pipeline("deals"));
    assert_eq!(live(store), [(None, 1), (Some("new".into()), 2), (Some("won".into()), 1)]);
    apply(store, Sample::mv(&a, "won"));
    assert_eq!(live(store), [(None, 1), (Some("new".into()), 1), (Some("won".into()), 2)]);
}

/// How many records are in each stage, the empty ones left out, in order of stage.
pub(super) fn live(store: &dyn Full) -> Vec<(Option<SmolStr>, u64)> {
    let counts = ok(store.counts(TENANT, "leads")).into_iter().filter(|tally| tally.live > 0);
    let mut counts: Vec<_> = counts.map(|tally| (tally.stage, tally.live)).collect();
    counts.sort();
    counts
}

pub(super) fn finds_by_text(store: &dyn Full) {
    for (id, email) in [("c", "x@x.org"), ("a", "x@x.org"), ("b", "X@x.org"), ("d", "x@x.org"), ("e", "")] {
        apply(store, Sample::creation(id).with("email", email).with("phone", email));
    }
    apply(store, Sample::creation("f"));
    apply(store, Sample::creation("g").with("email", 7));
    apply(store, Sample::creation("h").with("email", vec!["x@x.org"]));
    let nobody: [&str; 0] = [];
    for field in ["email", "phone"] {
        let find = |value: &str, limit| ok(store.find(TENANT, field, value, limit));
        assert_eq!(find("x@x.org", 9), ["a", "c", "d"], "in order of id");
        assert_eq!(find("x@x.org", 2), ["a", "c"]);
        assert_eq!(find("x@x.org", 0), nobody);
        assert_eq!(find("X@x.org", 9), ["b"], "exactly");
        assert_eq!(find("", 9), ["e"]);
        assert_eq!(find("7", 9), nobody, "text only");
        assert_eq!(find("%", 9), nobody);
    }
    assert_eq!(ok(store.find(TENANT, "fax", "x@x.org", 9)), nobody);
}
