use alloc::vec;

use super::definitions::{publish, version};
use super::{Full, Sample, TENANT, apply, assert_sound, load, ok};
use crate::actor::Actor;
use crate::migration::{MapEntry, Migration, StageMap};
use crate::store::{Alongside, MigrationState, PublishOutcome, StoreErrorKind};
use crate::time::Timestamp;

const fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600 + second)
}

fn migration(id: &str, version: u32) -> Migration {
    Migration {
        id: id.into(),
        pipeline: "leads".into(),
        into: "leads".into(),
        version,
        map: StageMap::new()
            .with("new", "contacted")
            .with_entry(MapEntry::new("old", "lost").allowing_outcome_change().with_input("reason", "Ärger")),
        reason: "stage_removed".into(),
        earlier_only: true,
        actor: Actor::new("sam").with_role("admin"),
        started_at: at(7),
    }
}

pub(super) fn writes_changes_along_or_nothing(store: &dyn Full) {
    ok(publish(store, TENANT, &version("leads", 1)));
    let one = apply(store, Sample::creation("lead-1"));
    let two = apply(store, Sample::creation("lead-2"));
    let second = version("leads", 2);
    let moved = |record| Sample::mv(record, "contacted").judged_by(second.meaning).sealed();
    let stale = moved(&two);
    let newer = apply(store, Sample::edit(&two, "phone", "555"));
    let along = Alongside { changes: vec![moved(&one), stale], ..Alongside::default() };
    assert_eq!(ok(store.publish(TENANT, &second, &along)), PublishOutcome::RecordsChanged);
    assert_eq!(ok(store.published(TENANT)), [version("leads", 1)], "nothing is published");
    assert_eq!(load(store, "lead-1"), Some(one.clone()), "nothing is moved");
    assert_sound(store, "lead-1", 1);

    let along = Alongside { changes: vec![moved(&one), moved(&newer)], ..Alongside::default() };
    assert_eq!(
        ok(store.publish(TENANT, &second, &along)),
        PublishOutcome::Published,
        "judged by what it publishes"
    );
    assert_eq!(load(store, "lead-1").and_then(|record| record.stage), Some("contacted".into()));
    assert_sound(store, "lead-1", 2);
    assert_sound(store, "lead-2", 3);
}

pub(super) fn publishes_only_where_nobody_is_left(store: &dyn Full) {
    ok(publish(store, TENANT, &version("leads", 1)));
    let one = apply(store, Sample::creation("lead-1"));
    apply(store, Sample::creation("lead-2").in_stage(None));
    apply(store, Sample::creation("deal-1").in_pipeline("deals").in_stage(Some("lost")));
    let second = version("leads", 2);
    let vacant = |stages: &[Option<&str>]| Alongside {
        vacant: stages.iter().map(|stage| stage.map(Into::into)).collect(),
        ..Alongside::default()
    };
    let occupied = |stage: Option<&str>| PublishOutcome::Occupied { stage: stage.map(Into::into) };
    let outcome = ok(store.publish(TENANT, &second, &vacant(&[Some("lost"), Some("new")])));
    assert_eq!(outcome, occupied(Some("new")), "another pipeline's records do not count");
    assert_eq!(ok(store.publish(TENANT, &second, &vacant(&[None]))), occupied(None));
    assert_eq!(ok(store.published(TENANT)), [version("leads", 1)]);

    let moved = Sample::mv(&one, "contacted").judged_by(second.meaning).sealed();
    let along = Alongside { changes: vec![moved], ..vacant(&[Some("new"), Some("contacted")]) };
    let outcome = ok(store.publish(TENANT, &second, &along));
    assert_eq!(outcome, occupied(Some("contacted")), "as it is when all is written");
    assert_eq!(load(store, "lead-1"), Some(one), "nothing is moved");
    let along = Alongside { vacant: vec![Some("new".into())], ..along };
    assert_eq!(ok(store.publish(TENANT, &second, &along)), PublishOutcome::Published);
}

pub(super) fn holds_publications_back_while_one_is_open(store: &dyn Full) {
    ok(publish(store, TENANT, &version("leads", 1)));
    ok(publish(store, TENANT, &version("deals", 1)));
    let along = Alongside { migration: Some(migration("leads-v2", 2)), ..Alongside::default() };
    assert_eq!(ok(store.publish(TENANT, &version("leads", 2), &along)), PublishOutcome::Published);
    let open = PublishOutcome::MigrationOpen { id: "leads-v2".into() };
    assert_eq!(ok(publish(store, TENANT, &version("leads", 3))), open);
    let conflict = |published| PublishOutcome::Conflict { published };
    assert_eq!(ok(publish(store, TENANT, &version("leads", 2))), conflict(Some(2)));
    assert_eq!(
        ok(publish(store, TENANT, &version("deals", 2))),
        PublishOutcome::Published,
        "another pipeline"
    );
    assert_eq!(ok(store.begin_migration(TENANT, &migration("again", 2))), open);
    let into = Migration { pipeline: "deals".into(), ..migration("into", 2) };
    assert_eq!(ok(store.begin_migration(TENANT, &into)), open, "on either side");
    ok(store.finish_migration(TENANT, "leads-v2", at(9)));
    assert_eq!(ok(publish(store, TENANT, &version("leads", 3))), PublishOutcome::Published);
    assert_eq!(ok(store.begin_migration(TENANT, &migration("late", 2))), conflict(Some(3)));
    assert_eq!(ok(store.begin_migration(TENANT, &migration("now", 3))), PublishOutcome::Published);
}

pub(super) fn keeps_every_migration(store: &dyn Full) {
    ok(publish(store, TENANT, &version("leads", 1)));
    let (first, second) = (migration("first", 1), Migration { started_at: at(8), ..migration("second", 1) });
    ok(store.begin_migration(TENANT, &first));
    ok(store.finish_migration(TENANT, "first", at(9)));
    ok(store.finish_migration(TENANT, "first", at(10)));
    ok(store.finish_migration(TENANT, "nobody's", at(10)));
    ok(store.begin_migration(TENANT, &second));
    let state = |migration, finished_at| MigrationState { migration, finished_at };
    assert_eq!(ok(store.migrations(TENANT)), [state(first.clone(), Some(at(9))), state(second, None)]);
    assert_eq!(ok(store.migrations("other")), []);
    ok(store.finish_migration(TENANT, "second", at(11)));
    let again = store.begin_migration(TENANT, &first).err().map(|error| error.kind());
    assert_eq!(again, Some(StoreErrorKind::Invalid), "an id stands for one migration");
}
