use super::{Full, Sample, TENANT, apply, assert_sound, commit_one, load, ok};
use crate::digest::Digest;
use crate::store::{Alongside, CommitOutcome, Publication, PublishOutcome, StoreError, StoreErrorKind};
use crate::time::Timestamp;

pub(super) fn version(pipeline: &str, version: u32) -> Publication {
    Publication {
        pipeline: pipeline.into(),
        version,
        replaces: version.checked_sub(1).filter(|replaces| *replaces > 0),
        meaning: Digest::of(&version.to_be_bytes()),
        document: alloc::format!(
            "{{\"id\": \"{pipeline}\", \"name\": \"Ärger mit 'quotes'\", \"n\": {version}}}"
        ),
        published_by: "sam".into(),
        published_at: Timestamp::from_micros(1_767_225_600_000_001),
        revision: version.checked_sub(1).filter(|before| *before > 0).map(|_| "{\"edits\": []}".into()),
    }
}

/// Publishes with nothing alongside.
pub(super) fn publish(
    store: &dyn Full,
    tenant: &str,
    publication: &Publication,
) -> Result<PublishOutcome, StoreError> {
    store.publish(tenant, publication, &Alongside::default())
}

pub(super) fn publishes_on_condition(store: &dyn Full) {
    let conflict = |published| PublishOutcome::Conflict { published };
    assert_eq!(ok(publish(store, TENANT, &version("leads", 2))), conflict(None));
    assert_eq!(ok(publish(store, TENANT, &version("leads", 1))), PublishOutcome::Published);
    assert_eq!(ok(publish(store, TENANT, &version("leads", 1))), conflict(Some(1)), "already there");
    assert_eq!(ok(publish(store, TENANT, &version("leads", 3))), conflict(Some(1)));
    assert_eq!(ok(publish(store, TENANT, &version("leads", 2))), PublishOutcome::Published);
    assert_eq!(
        ok(publish(store, "other", &version("leads", 1))),
        PublishOutcome::Published,
        "another tenant"
    );
    assert_eq!(ok(store.published("other")), [version("leads", 1)]);
}

pub(super) fn keeps_every_version(store: &dyn Full) {
    for publication in [version("leads", 1), version("deals", 1), version("leads", 2)] {
        assert_eq!(ok(publish(store, TENANT, &publication)), PublishOutcome::Published);
    }
    assert_eq!(ok(store.published(TENANT)), [version("deals", 1), version("leads", 2)], "by id");
    assert_eq!(ok(store.publication(TENANT, "leads", 1)), Some(version("leads", 1)), "S32");
    assert_eq!(ok(store.publication(TENANT, "leads", 2)), Some(version("leads", 2)));
    assert_eq!(ok(store.publication(TENANT, "leads", 3)), None);
    assert_eq!(ok(store.publication(TENANT, "contacts", 1)), None);
}

pub(super) fn refuses_gaps_in_numbers(store: &dyn Full) {
    let odd = |number, replaces| Publication { version: number, replaces, ..version("leads", 1) };
    for publication in [odd(0, None), odd(2, None), odd(1, Some(1)), odd(4, Some(2))] {
        let kind = publish(store, TENANT, &publication).err().map(|error| error.kind());
        assert_eq!(kind, Some(StoreErrorKind::Invalid), "version {}", publication.version);
    }
    assert_eq!(ok(store.published(TENANT)), []);
}

pub(super) fn compares_the_meaning(store: &dyn Full) {
    let (first, second) = (version("leads", 1), version("leads", 2));
    let creation = Sample::creation("lead-1").judged_by(first.meaning).sealed();
    let stale = |published| CommitOutcome::StaleDefinition { published };
    assert_eq!(commit_one(store, &creation), stale(None), "S19: nothing is published");
    assert_sound(store, "lead-1", 0);
    ok(publish(store, TENANT, &first));
    assert_eq!(commit_one(store, &creation), CommitOutcome::Applied);
    let mv = Sample::mv(&creation.record, "contacted").judged_by(first.meaning).sealed();
    ok(publish(store, TENANT, &second));
    assert_eq!(commit_one(store, &mv), stale(Some(2)), "S19");
    assert_eq!(load(store, "lead-1"), Some(creation.record.clone()), "nothing is written");
    let other = Sample::creation("lead-2").in_pipeline("deals").judged_by(second.meaning).sealed();
    assert_eq!(commit_one(store, &other), stale(None), "each pipeline has a meaning of its own");
    let gone = Sample::mv(&mv.record, "won").judged_by(first.meaning).sealed();
    assert!(matches!(commit_one(store, &gone), CommitOutcome::Conflict(_)), "the version is compared first");
    let exists = Sample::creation("lead-1").judged_by(first.meaning).sealed();
    assert_eq!(commit_one(store, &exists), CommitOutcome::Exists, "existence is compared first");
    let mv = apply(store, Sample::mv(&creation.record, "contacted").judged_by(second.meaning));
    apply(store, Sample::edit(&mv, "phone", "555"));
    assert_sound(store, "lead-1", 3);
}

pub(super) fn lists_versions_page_by_page(store: &dyn Full) {
    assert_eq!(ok(store.publications(TENANT, "leads", 0, 10)), []);
    for number in 1..=5 {
        ok(publish(store, TENANT, &version("leads", number)));
    }
    ok(publish(store, TENANT, &version("deals", 1)));
    ok(publish(store, "other", &version("leads", 1)));
    let numbers = |after, limit| {
        let page = ok(store.publications(TENANT, "leads", after, limit));
        page.into_iter().map(|publication| publication.version).collect::<alloc::vec::Vec<_>>()
    };
    assert_eq!(numbers(0, 3), [1, 2, 3]);
    assert_eq!(numbers(3, 3), [4, 5]);
    assert!(numbers(5, 3).is_empty());
    assert_eq!(ok(store.publications(TENANT, "leads", 1, 1)), [version("leads", 2)], "whole");
}
