//! Definitions change while records live under them: SEMANTICS S24, S25, S30 to S36, on each store.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lifestage::journal::{Origin, Row, RowKind};
use lifestage::migration::{MapEntry, StageMap};
use lifestage::revise::{DefinitionEdit as Edit, Revision};
use lifestage::store::{CommitMode, MemoryStore, Reader, RecordQuery, Store};
use lifestage::{
    Actor, Answer, Creation, Migrating, Pipeline, Publishing, ReasonCode, Record, Refusal, Request,
    Timestamp, Workspace, presets,
};
use lifestage_sqlite::SqliteStore;

const CONTACTS: &str = "contact_stages";

fn at(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + hour * 3_600)
}

fn ada() -> Actor {
    Actor::new("ada").with_role("admin")
}

fn uwe() -> Actor {
    Actor::new("uwe").with_role("user")
}

fn contacts() -> Pipeline {
    Pipeline::from_json(presets::CONTACT_STAGES).unwrap()
}

fn crm<S: Store + Reader>(store: S) -> Workspace<S> {
    let crm = Workspace::open(store, "acme").unwrap();
    crm.publish(&contacts(), &ada(), at(0)).unwrap();
    crm
}

/// Creates `count` contacts in a stage.
fn fill<S: Store + Reader>(crm: &Workspace<S>, stage: &str, count: usize) {
    let records: Vec<(Record, Creation)> = (0..count)
        .map(|n| (Record::new(format!("{stage}-{n}")).in_pipeline(CONTACTS), Creation::in_stage(stage)))
        .collect();
    for chunk in records.chunks(500) {
        let answers = crm.create_all(chunk.to_vec(), CommitMode::Atomic, &ada(), at(0)).unwrap();
        assert!(answers.iter().all(|answer| answer.receipt().is_some()));
    }
}

fn count<S: Store + Reader>(crm: &Workspace<S>, stage: &str) -> u64 {
    crm.occupancy(CONTACTS).unwrap().of(Some(stage))
}

#[track_caller]
fn published(publishing: Publishing) -> (Pipeline, u64) {
    match publishing {
        Publishing::Published(done) => (done.pipeline().clone(), done.moved()),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(publishing: Publishing) -> Refusal {
    match publishing {
        Publishing::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn codes(refusal: &Refusal) -> Vec<ReasonCode> {
    refusal.codes().collect()
}

fn revise<S: Store + Reader>(crm: &Workspace<S>, revision: impl Into<Revision>, hour: i64) -> Publishing {
    crm.revise(CONTACTS, &revision.into(), &ada(), at(hour), |_| {}).unwrap()
}

fn migrations_of(rows: &[Row]) -> Vec<&Row> {
    rows.iter().filter(|row| row.kind == RowKind::Migration).collect()
}

/// Every journal is whole, and every record that was moved has exactly one row of it.
fn assert_each_moved_once<S: Store + Reader>(crm: &Workspace<S>, from: &str, total: usize) {
    for n in 0..total {
        let rows = crm.history(&format!("{from}-{n}")).unwrap();
        assert_eq!(migrations_of(&rows).len(), 1, "{from}-{n}");
    }
    assert_eq!(crm.verify_all(CONTACTS, |_| {}).unwrap().faults, []);
}

macro_rules! on_every_store {
    ($($test:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $test() { super::$test(&super::crm(super::MemoryStore::new())); })*
        }
        mod sqlite {
            $(#[test] fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::SqliteStore::open(folder.path().join("crm.db")).unwrap();
                super::$test(&super::crm(store));
            })*
        }
    };
}

on_every_store! {
    s25_few_records_move_in_the_commit_that_removes_the_stage,
    s25_many_records_move_by_a_plan,
    s24_records_stay_in_a_stage_that_turns,
    s33_a_chain_of_stages_moves_each_record_once,
    s33_a_map_is_checked_before_anything_is_written,
    s33_an_interrupted_migration_is_gone_on_with,
    s34_orphans_are_found_and_moved,
    s34_what_cannot_be_moved_is_told_and_left,
    s24_s27_a_whole_document_needs_what_its_edits_would,
    s33_what_records_refuse_is_refused_before_it_is_in_force,
    s33_a_closed_migration_stops,
    s33a_leaving_an_outcome_for_no_stage_has_to_be_said,
    s43_what_came_from_another_pipeline_is_not_undone,
    s32_what_later_versions_changed_is_not_taken_back,
    s31_a_pipeline_is_emptied_and_archived,
    s4_one_record_changes_its_pipeline,
    s32_versions_stay_readable_and_can_be_taken_back,
    s30_of_two_admins_at_once_one_wins,
    movers_and_migrators_at_once_lose_nothing,
}

fn s25_few_records_move_in_the_commit_that_removes_the_stage<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "nurturing", 12);
    let refusal = refused(revise(crm, Edit::remove_stage("nurturing"), 1));
    assert_eq!(
        refusal.to_string(),
        "12 records are in Nurturing, which would be archived: name a replacement"
    );
    let (pipeline, moved) = published(revise(crm, Edit::replace_stage("nurturing", "rejected"), 1));
    assert_eq!((pipeline.version(), moved), (2, 12));
    assert_eq!((count(crm, "nurturing"), count(crm, "rejected")), (0, 12));
    let record = crm.record("nurturing-3").unwrap().unwrap();
    assert_eq!(record.closed_at(), Some(at(1)), "S10: they are lost now");
    let rows = crm.history("nurturing-3").unwrap();
    let row = &rows[1];
    assert_eq!((row.kind, row.reason.as_deref()), (RowKind::Migration, Some("stage_removed")));
    assert_eq!(
        (row.definition, &row.origin),
        (2, &Some(Origin { pipeline: CONTACTS.into(), definition: 1 }))
    );
    assert_eq!(row.from.as_ref().unwrap().label, "Nurturing", "S21: the label of that day");
    assert_eq!(row.batch.as_deref(), Some("contact_stages-v2"));
    assert_each_moved_once(crm, "nurturing", 12);
    assert_eq!(crm.migrations().unwrap(), [], "written in one commit, there is nothing to go on with");

    let asked = Request::to("nurturing");
    let answer = crm.submit("nurturing-3", &asked, &uwe(), at(2)).unwrap();
    assert_eq!(codes(answer.refusal().unwrap()), [ReasonCode::ArchivedStage]);
}

fn s25_many_records_move_by_a_plan<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "nurturing", 1_203);
    let mut heard = Vec::new();
    let revision = Edit::replace_stage("nurturing", "engaged").into();
    let done = crm.revise(CONTACTS, &revision, &ada(), at(1), |progress| heard.push(progress)).unwrap();
    assert_eq!(published(done).1, 1_203);
    assert_eq!(heard.last().map(|progress| (progress.moved, progress.of)), Some((1_203, 1_203)));
    assert!(heard.len() > 3, "page by page");
    assert_eq!((count(crm, "nurturing"), count(crm, "engaged")), (0, 1_203));
    assert_each_moved_once(crm, "nurturing", 1_203);
    let states = crm.migrations().unwrap();
    assert_eq!(states[0].finished_at, Some(at(1)));
    assert_eq!(crm.resume("contact_stages-v2", at(2), |_| {}).unwrap().moved, 0, "it is over");
}

/// S24, S33a: the records stay where they are, and are open from then on.
fn s24_records_stay_in_a_stage_that_turns<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "onboarded", 30);
    let flip = Revision::from(Edit::move_stage("onboarded", "active"));
    assert_eq!(codes(&refused(revise(crm, flip.clone(), 1))), [ReasonCode::OccupiedStage]);
    let along = flip.migrating(MapEntry::new("onboarded", "onboarded").allowing_outcome_change());
    assert_eq!(published(revise(crm, along, 1)).1, 30);
    let record = crm.record("onboarded-7").unwrap().unwrap();
    assert_eq!((record.stage(), record.closed_at()), (Some("onboarded"), None));
    assert_each_moved_once(crm, "onboarded", 30);
}

/// S33: exactly one row for each record, although some go to where others come from.
fn s33_a_chain_of_stages_moves_each_record_once<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "nurturing", 40);
    fill(crm, "contacted", 40);
    fill(crm, "engaged", 40);
    let map = StageMap::new()
        .with("nurturing", "contacted")
        .with("contacted", "engaged")
        .with("engaged", "nurturing");
    let done = crm.migrate("rotate", CONTACTS, CONTACTS, &map, "a turn", &ada(), at(1), |_| {}).unwrap();
    let Migrating::Done(report) = done else { panic!("{done:?}") };
    assert_eq!((report.moved, report.left.len()), (120, 0));
    for (from, to) in [("nurturing", "contacted"), ("contacted", "engaged"), ("engaged", "nurturing")] {
        assert_each_moved_once(crm, from, 40);
        assert_eq!(crm.record(&format!("{from}-0")).unwrap().unwrap().stage(), Some(to));
    }
}

fn s33_a_map_is_checked_before_anything_is_written<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "nurturing", 3);
    let order = |map: &StageMap, actor: &Actor| match crm
        .migrate("m", CONTACTS, CONTACTS, map, "", actor, at(1), |_| {})
        .unwrap()
    {
        Migrating::Refused(refusal) => codes(&refusal),
        Migrating::Done(report) => panic!("{report:?}"),
    };
    let map = |from: &str, to: &str| StageMap::new().with(from, to);
    assert_eq!(order(&map("nurturing", "nirvana"), &ada()), [ReasonCode::UnknownStage]);
    assert_eq!(order(&map("nirvana", "engaged"), &ada()), [ReasonCode::UnknownStage]);
    assert_eq!(order(&map("nurturing", "nurturing"), &ada()), [ReasonCode::BadMap]);
    assert_eq!(order(&map("nurturing", "ghosting"), &ada()), [ReasonCode::OutcomeChange]);
    assert_eq!(
        order(&map("nurturing", "engaged").with("nurturing", "contacted"), &ada()),
        [ReasonCode::BadMap]
    );
    assert_eq!(order(&map("nurturing", "engaged"), &uwe()), [ReasonCode::PermissionDenied]);
    assert_eq!(crm.history("nurturing-0").unwrap().len(), 1);
    let preview =
        crm.preview_migration(CONTACTS, CONTACTS, &map("nurturing", "engaged"), &ada(), 10).unwrap().unwrap();
    assert_eq!((preview.total, preview.records.len()), (3, 3));
    assert!(preview.records.iter().all(|prospect| prospect.to == Ok(Some("engaged".into()))));
    assert_eq!(crm.history("nurturing-0").unwrap().len(), 1, "a dry run writes nothing");
}

/// S33: what is left open goes on where it stopped, and meanwhile nobody publishes.
fn s33_an_interrupted_migration_is_gone_on_with<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "nurturing", 1_100);
    let revision: Revision = Edit::replace_stage("nurturing", "engaged").into();
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        crm.revise(CONTACTS, &revision, &ada(), at(1), |progress| assert!(progress.moved < 600, "killed"))
            .unwrap();
    }));
    assert!(broken.is_err());
    assert!((1..1_100).contains(&count(crm, "nurturing")), "half-way");
    let rename = Edit::rename_stage("contacted", "Reached");
    assert_eq!(codes(&refused(revise(crm, rename.clone(), 2))), [ReasonCode::MigrationOpen]);

    // Somebody walks into the removed stage's way out, and somebody is moved by hand.
    let open: Vec<_> =
        crm.migrations().unwrap().into_iter().filter(|state| state.finished_at.is_none()).collect();
    assert_eq!(open[0].migration.id, "contact_stages-v2");
    let again = Workspace::open(crm.store(), "acme").unwrap();
    let left = count(crm, "nurturing");
    let report = again.resume("contact_stages-v2", at(3), |_| {}).unwrap();
    assert_eq!((report.moved, report.left), (left, Vec::new()));
    assert_eq!(count(crm, "engaged"), 1_100);
    assert_each_moved_once(crm, "nurturing", 1_100);
    published(revise(crm, rename, 4));
}

/// Takes a stage out of the definition, records or not: a host that writes by itself can do that, a
/// workspace would not.
fn orphan<S: Store + Reader>(crm: &Workspace<S>, stage: &str) {
    let id = stage;
    let mut document = contacts().definition().clone();
    document.stages.retain(|stage| stage.id != id);
    let next = Pipeline::from_definition(document).unwrap();
    let publication = lifestage::store::Publication {
        pipeline: CONTACTS.into(),
        version: 2,
        replaces: Some(1),
        meaning: next.meaning(),
        document: next.to_json(),
        published_by: "host".into(),
        published_at: at(1),
        revision: None,
    };
    crm.store().publish("acme", &publication, &lifestage::store::Alongside::default()).unwrap();
    crm.refresh().unwrap();
}

/// S34: readable, no moves, found, and moved by a map.
fn s34_orphans_are_found_and_moved<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "ghosting", 5);
    orphan(crm, "ghosting");
    assert_eq!(crm.orphans(CONTACTS).unwrap(), [("ghosting".into(), 5)]);
    let answer = crm.submit("ghosting-1", &Request::to("engaged"), &uwe(), at(2)).unwrap();
    assert_eq!(codes(answer.refusal().unwrap()), [ReasonCode::OrphanedStage]);
    let map = StageMap::new().with_entry(MapEntry::new("ghosting", "rejected"));
    let done = crm.migrate("orphans", CONTACTS, CONTACTS, &map, "lost stage", &ada(), at(2), |_| {}).unwrap();
    assert!(matches!(done, Migrating::Done(report) if report.moved == 5));
    let row = crm.history("ghosting-1").unwrap().pop().unwrap();
    assert_eq!(row.from.unwrap().label, "Ghosting", "its history knows what it was called");
    assert_eq!(crm.orphans(CONTACTS).unwrap(), []);
}

/// S33a, S34: an orphan was lost, as its history knows, and the map does not say that it may be open.
fn s34_what_cannot_be_moved_is_told_and_left<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "ghosting", 3);
    orphan(crm, "ghosting");
    let map = StageMap::new().with("ghosting", "engaged");
    let done = crm.migrate("orphans", CONTACTS, CONTACTS, &map, "", &ada(), at(2), |_| {}).unwrap();
    let Migrating::Done(report) = done else { panic!("{done:?}") };
    assert_eq!((report.moved, report.left.len()), (0, 3));
    assert_eq!(codes(&report.left[0].1), [ReasonCode::OutcomeChange]);
    let rename = Edit::rename_stage("contacted", "Reached");
    assert_eq!(codes(&refused(revise(crm, rename.clone(), 3))), [ReasonCode::MigrationOpen]);
    let denied = crm.close_migration("orphans", &uwe(), at(3)).unwrap().unwrap_err();
    assert_eq!(codes(&denied), [ReasonCode::PermissionDenied]);
    crm.close_migration("orphans", &ada(), at(3)).unwrap().unwrap();
    published(revise(crm, rename, 4));
    assert_eq!(crm.orphans(CONTACTS).unwrap(), [("ghosting".into(), 3)], "they are still found");
}

/// S24, S27: a whole document takes what its edits would take, on each way to put it in force.
fn s24_s27_a_whole_document_needs_what_its_edits_would<S: Store + Reader>(crm: &Workspace<S>) {
    use lifestage::Capability::{ChangeCategory, ConfigureCatalog, Publish};
    use lifestage::definition::{Definition, RoleDef};

    let mut document = contacts().definition().clone();
    let may = [
        ("pia", vec![Publish]),
        ("cleo", vec![Publish, ChangeCategory]),
        ("dora", vec![Publish, ConfigureCatalog]),
    ];
    for (role, can) in &may {
        document.roles.insert(*role, RoleDef::new(*role).can(can.clone()));
    }
    let base = Pipeline::from_definition(document).unwrap();
    crm.publish(&base, &ada(), at(1)).unwrap();
    let next = |change: &dyn Fn(&mut Definition)| {
        let mut document = base.definition().clone();
        change(&mut document);
        Pipeline::from_definition(document).unwrap()
    };
    fn named<'d>(document: &'d mut Definition, id: &str) -> &'d mut lifestage::definition::StageDef {
        document.stages.iter_mut().find(|stage| stage.id == id).unwrap()
    }
    let (category, edit) = (Some("change_category"), Some("configure_catalog"));
    let changes: [(Pipeline, [Option<&str>; 3]); 6] = [
        (next(&|document| named(document, "contacted").name = "Reached".into()), [None; 3]),
        (next(&|document| document.stages.swap(0, 1)), [None; 3]),
        (next(&|document| named(document, "onboarded").category = "lost".into()), [category, None, category]),
        (
            next(&|document| {
                let won = document.categories.iter_mut().find(|category| category.id == "won").unwrap();
                won.outcome = lifestage::catalog::Outcome::Lost;
            }),
            [category, None, category],
        ),
        (next(&|document| named(document, "approved").name = "Ready".into()), [edit, edit, None]),
        (next(&|document| named(document, "approved").protected = false), [edit, edit, None]),
    ];
    for (next, missing) in &changes {
        for ((id, _), missing) in may.iter().zip(missing) {
            let actor = Actor::new(*id).with_role(*id);
            let preview = crm.preview(next, &StageMap::new(), &actor).unwrap();
            let lacks = preview.as_ref().err().map(|refusal| {
                assert_eq!(codes(refusal), [ReasonCode::PermissionDenied], "{id}: {refusal}");
                assert!(refusal.reasons()[0].parameter("stage").is_some());
                refusal.reasons()[0].parameter("capability").unwrap().to_string()
            });
            assert_eq!(lacks.as_deref(), *missing, "{id}: {preview:?}");
            if let Err(refusal) = &preview {
                let done = crm.publish_migrating(next, &StageMap::new(), &actor, at(2), |_| {}).unwrap();
                assert_eq!(refused(done).to_string(), refusal.to_string());
            }
        }
        assert!(crm.preview(next, &StageMap::new(), &ada()).unwrap().is_ok(), "an admin may");
    }
    let manager = Actor::new("mo").with_role("manager");
    let ready = changes[4].0.clone();
    let done = crm.publish_migrating(&ready, &StageMap::new(), &manager, at(3), |_| {}).unwrap();
    let version = published(done).0.version();
    let pia = Actor::new("pia").with_role("pia");
    let back = refused(crm.undo_version(CONTACTS, version, &pia, at(4)).unwrap());
    assert_eq!(codes(&back), [ReasonCode::PermissionDenied], "nor by taking it back");
}

/// S33: the outcome of an orphan is known to its history alone.
fn s33_what_records_refuse_is_refused_before_it_is_in_force<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "ghosting", 3);
    orphan(crm, "ghosting");
    let mut next = crm.pipeline(CONTACTS).unwrap().definition().clone();
    next.name = "People".into();
    let next = Pipeline::from_definition(next).unwrap();
    let map = StageMap::new().with("ghosting", "engaged");
    let refusal = refused(crm.publish_migrating(&next, &map, &ada(), at(2), |_| {}).unwrap());
    assert!(codes(&refusal).iter().all(|code| *code == ReasonCode::OutcomeChange), "{refusal}");
    assert_eq!((crm.versions(CONTACTS).unwrap().len(), crm.migrations().unwrap().len()), (2, 0));
    let told = StageMap::new().with_entry(MapEntry::new("ghosting", "engaged").allowing_outcome_change());
    assert_eq!(published(crm.publish_migrating(&next, &told, &ada(), at(2), |_| {}).unwrap()).1, 3);
}

/// S33: whoever carries it out stops, and the two sides of a dry run agree while it is open.
fn s33_a_closed_migration_stops<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "nurturing", 1_600);
    let revision: Revision = Edit::replace_stage("nurturing", "engaged").into();
    let rename = Revision::from(Edit::rename_stage("contacted", "Reached"));
    let stopped = crm.revise(CONTACTS, &revision, &ada(), at(1), |_| {
        let dry = crm.judge_revision(CONTACTS, &rename, &ada()).unwrap();
        if let lifestage::revise::Revised::Refused(refusal) = dry {
            assert_eq!(codes(&refusal), [ReasonCode::MigrationOpen], "a dry run says what the real one says");
            crm.close_migration("contact_stages-v2", &ada(), at(2)).unwrap().unwrap();
        }
    });
    let error = stopped.unwrap_err();
    assert!(error.to_string().contains("was closed while it was carried out"), "{error}");
    assert!(count(crm, "nurturing") > 0 && count(crm, "engaged") > 0, "what had moved stays");
    published(revise(crm, rename, 3));

    // The name of a migration that was begun by hand is no obstacle.
    let map = StageMap::new().with("nurturing", "contacted");
    crm.migrate("contact_stages-v4", CONTACTS, CONTACTS, &map, "", &ada(), at(4), |_| {}).unwrap();
    fill(crm, "follow_up_scheduled", 300);
    let done = revise(crm, Edit::replace_stage("follow_up_scheduled", "engaged"), 5);
    let Publishing::Published(done) = done else { panic!("{done:?}") };
    assert_eq!((done.migration(), done.moved()), (Some("contact_stages-v4-2"), 300));
}

fn s33a_leaving_an_outcome_for_no_stage_has_to_be_said<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "customer", 1);
    let map = StageMap::new().with("customer", "none");
    let unsaid = crm.migrate("m", CONTACTS, CONTACTS, &map, "", &ada(), at(1), |_| {}).unwrap();
    assert!(
        matches!(&unsaid, Migrating::Refused(why) if codes(why) == [ReasonCode::OutcomeChange]),
        "{unsaid:?}"
    );
    let said = StageMap::new().with_entry(MapEntry::new("customer", "none").allowing_outcome_change());
    crm.migrate("m", CONTACTS, CONTACTS, &said, "", &ada(), at(1), |_| {}).unwrap();
    let record = crm.record("customer-0").unwrap().unwrap();
    assert_eq!((record.stage(), record.closed_at()), (None, None));
    let back =
        crm.transfer("customer-0", CONTACTS, &StageMap::new().with("none", "customer"), "", &ada(), at(2));
    assert_eq!(codes(back.unwrap().refusal().unwrap()), [ReasonCode::OutcomeChange]);
    assert_eq!(crm.verify("customer-0").unwrap(), None);
}

/// S43: a stage of the same id in another pipeline is another stage.
fn s43_what_came_from_another_pipeline_is_not_undone<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "engaged", 1);
    crm.publish(&Pipeline::from_json(presets::SALES_STAGES).unwrap(), &ada(), at(1)).unwrap();
    let map = StageMap::new().with("engaged", "made_contact");
    crm.transfer("engaged-0", "sales_stages", &map, "", &ada(), at(2)).unwrap();
    let undone = crm.undo("engaged-0", 2, "", &ada(), at(3)).unwrap();
    let refusal = undone.refusal().unwrap();
    assert_eq!(codes(refusal), [ReasonCode::InvalidInput]);
    assert!(refusal.to_string().ends_with("it goes back by a migration"), "{refusal}");

    crm.revise("sales_stages", &Edit::ArchivePipeline {}.into(), &ada(), at(4), |_| {}).unwrap();
    fill(crm, "nurturing", 1);
    crm.publish(&Pipeline::from_json(presets::LEAD).unwrap(), &Actor::new("olga"), at(4)).unwrap();
    let olga = Actor::new("olga").with_role("owner").with_role("admin");
    crm.revise("lead", &Edit::ArchivePipeline {}.into(), &olga, at(5), |_| {}).unwrap();
    let map = StageMap::new().with("nurturing", "new");
    let closed = crm.migrate("m", CONTACTS, "lead", &map, "", &olga, at(6), |_| {}).unwrap();
    assert!(
        matches!(&closed, Migrating::Refused(why) if codes(why) == [ReasonCode::ArchivedStage]),
        "{closed:?}"
    );
}

/// S32: taking a version back must not take a later one with it.
fn s32_what_later_versions_changed_is_not_taken_back<S: Store + Reader>(crm: &Workspace<S>) {
    published(revise(crm, Edit::rename_stage("contacted", "Reached"), 1));
    published(revise(crm, Edit::rename_stage("contacted", "Spoken to"), 2));
    let stale = refused(crm.undo_version(CONTACTS, 2, &ada(), at(3)).unwrap());
    assert_eq!(codes(&stale), [ReasonCode::StaleDefinition]);
    let mut approve = contacts().definition().policy.moves[0].clone();
    approve.label = "Release".into();
    published(revise(crm, Edit::put_move(approve.clone()), 4));
    approve.roles = vec!["admin".into()];
    published(revise(crm, Edit::put_move(approve), 5));
    let stale = refused(crm.undo_version(CONTACTS, 4, &ada(), at(6)).unwrap());
    assert_eq!(codes(&stale), [ReasonCode::StaleDefinition], "a move is put as a whole");
    published(crm.undo_version(CONTACTS, 5, &ada(), at(7)).unwrap());
}

fn s31_a_pipeline_is_emptied_and_archived<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "engaged", 8);
    fill(crm, "customer", 2);
    assert_eq!(codes(&refused(revise(crm, Edit::ArchivePipeline {}, 1))), [ReasonCode::OccupiedStage]);
    crm.publish(&Pipeline::from_json(presets::SALES_STAGES).unwrap(), &ada(), at(1)).unwrap();
    let map = StageMap::new().with("engaged", "made_contact");
    let half =
        crm.migrate("m", CONTACTS, "sales_stages", &map, "moving house", &ada(), at(2), |_| {}).unwrap();
    assert!(matches!(&half, Migrating::Done(report) if report.moved == 8), "{half:?}");
    let rest = StageMap::new().with("customer", "signed");
    crm.migrate("n", CONTACTS, "sales_stages", &rest, "moving house", &ada(), at(2), |_| {}).unwrap();
    let record = crm.record("engaged-2").unwrap().unwrap();
    assert_eq!((record.pipeline(), record.stage()), ("sales_stages", Some("made_contact")));
    assert_eq!(
        crm.record("customer-0").unwrap().unwrap().closed_at(),
        Some(at(0)),
        "S10: won it was, won it is"
    );
    published(revise(crm, Edit::ArchivePipeline {}, 3));
    let refused =
        crm.create(Record::new("late").in_pipeline(CONTACTS), &Creation::new(), &ada(), at(4)).unwrap();
    assert_eq!(codes(refused.refusal().unwrap()), [ReasonCode::ArchivedStage]);
    let elsewhere = crm.create(Record::new("late"), &Creation::new(), &ada(), at(4)).unwrap();
    assert_eq!(
        elsewhere.receipt().unwrap().record().pipeline(),
        "sales_stages",
        "S4: the one that is in use"
    );
    published(revise(crm, Edit::RestorePipeline {}, 5));
}

fn s4_one_record_changes_its_pipeline<S: Store + Reader>(crm: &Workspace<S>) {
    fill(crm, "engaged", 2);
    crm.publish(&Pipeline::from_json(presets::SALES_STAGES).unwrap(), &ada(), at(1)).unwrap();
    let map = StageMap::new().with("engaged", "proposal_sent").with("customer", "signed");
    let denied = crm.transfer("engaged-0", "sales_stages", &map, "a deal", &uwe(), at(2)).unwrap();
    assert!(codes(denied.refusal().unwrap()).contains(&ReasonCode::PermissionDenied));
    let done = crm.transfer("engaged-0", "sales_stages", &map, "a deal", &ada(), at(2)).unwrap();
    let Answer::Done(receipt) = done else { panic!("{done:?}") };
    assert_eq!(
        (receipt.record().pipeline(), receipt.record().stage()),
        ("sales_stages", Some("proposal_sent"))
    );
    assert_eq!(crm.record("engaged-1").unwrap().unwrap().pipeline(), CONTACTS);
    let moved = crm.submit("engaged-0", &Request::to("signed"), &uwe(), at(3)).unwrap();
    assert_eq!(moved.receipt().unwrap().record().stage(), Some("signed"));
    assert_eq!(crm.verify("engaged-0").unwrap(), None);
}

fn s32_versions_stay_readable_and_can_be_taken_back<S: Store + Reader>(crm: &Workspace<S>) {
    published(revise(crm, Edit::rename_stage("contacted", "Reached"), 1));
    published(revise(crm, Revision::new().edit(Edit::remove_stage("ghosting")), 2));
    let versions = crm.versions(CONTACTS).unwrap();
    assert_eq!(versions.iter().map(|made| made.version).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(
        versions[0].content(),
        crm.version(CONTACTS, 1).unwrap().content(),
        "the address of its content"
    );
    assert_ne!(versions[0].content(), versions[1].content());
    assert_eq!(versions[0].meaning, versions[1].meaning, "S19");
    let made: Revision = serde_json::from_str(versions[1].revision.as_ref().unwrap()).unwrap();
    assert_eq!(made.edits(), [Edit::rename_stage("contacted", "Reached")], "S30: who did what");
    let old = crm.pipeline_at(CONTACTS, 1).unwrap();
    assert_eq!(old.catalog().stage("contacted").unwrap().name(), "Contacted");

    let (back, _) = published(crm.undo_version(CONTACTS, 2, &ada(), at(3)).unwrap());
    assert_eq!(back.catalog().stage("contacted").unwrap().name(), "Contacted");
    assert!(back.catalog().stage("ghosting").unwrap().is_archived(), "only what that version did");
    let (all, _) = published(crm.undo_version(CONTACTS, 3, &ada(), at(4)).unwrap());
    assert_eq!(all.definition(), contacts().definition());
    assert_eq!(
        codes(&refused(crm.undo_version(CONTACTS, 1, &ada(), at(5)).unwrap())),
        [ReasonCode::BadDefinition]
    );
    assert_eq!(crm.pipeline(CONTACTS).unwrap().version(), 5);
    let same = crm
        .revise(CONTACTS, &Edit::rename_stage("contacted", "Contacted").into(), &ada(), at(6), |_| {})
        .unwrap();
    assert!(matches!(same, Publishing::Unchanged(_)), "S23: no change, no event");
}

fn s30_of_two_admins_at_once_one_wins<S: Store + Reader>(crm: &Workspace<S>) {
    let start = Barrier::new(2);
    let outcomes: Vec<Publishing> = thread::scope(|scope| {
        let admins: Vec<_> = ["Reached", "Spoken to"]
            .into_iter()
            .map(|name| {
                let start = &start;
                scope.spawn(move || {
                    let revision = Revision::from(Edit::rename_stage("contacted", name)).expecting_version(1);
                    start.wait();
                    crm.revise(CONTACTS, &revision, &ada(), at(1), |_| {}).unwrap()
                })
            })
            .collect();
        admins.into_iter().map(|admin| admin.join().unwrap()).collect()
    });
    let won = outcomes.iter().filter(|outcome| matches!(outcome, Publishing::Published(_))).count();
    let stale = outcomes.into_iter().filter_map(|outcome| match outcome {
        Publishing::Refused(refusal) => Some(codes(&refusal)),
        _ => None,
    });
    assert_eq!(won, 1);
    assert_eq!(stale.collect::<Vec<_>>(), [[ReasonCode::StaleDefinition]]);
    assert_eq!(crm.versions(CONTACTS).unwrap().len(), 2);
}

/// S33: people go on moving records while a stage is taken away under them.
fn movers_and_migrators_at_once_lose_nothing<S: Store + Reader>(crm: &Workspace<S>) {
    const RECORDS: usize = 900;
    fill(crm, "nurturing", RECORDS);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for mover in 0..2 {
            let done = &done;
            scope.spawn(move || {
                let mut turn = mover;
                while !done.load(Ordering::Relaxed) {
                    let id = format!("nurturing-{}", turn * 7 % RECORDS);
                    let target = if turn % 3 == 0 { "nurturing" } else { "contacted" };
                    let answer = crm.submit(&id, &Request::to(target).retrying(3), &uwe(), at(1)).unwrap();
                    let allowed =
                        [ReasonCode::ArchivedStage, ReasonCode::StaleRecord, ReasonCode::StaleDefinition];
                    if let Some(refusal) = answer.refusal() {
                        assert!(refusal.codes().all(|code| allowed.contains(&code)), "{refusal}");
                    }
                    turn += 2;
                }
            });
        }
        let revision = Edit::replace_stage("nurturing", "engaged").into();
        let outcome = crm.revise(CONTACTS, &revision, &ada(), at(2), |_| {}).unwrap();
        done.store(true, Ordering::Relaxed);
        published(outcome);
    });
    assert_eq!(count(crm, "nurturing"), 0);
    let query = RecordQuery::of(CONTACTS, RECORDS + 1);
    assert_eq!(crm.page(&query).unwrap().records.len(), RECORDS);
    for n in 0..RECORDS {
        let rows = crm.history(&format!("nurturing-{n}")).unwrap();
        assert!(migrations_of(&rows).len() <= 1, "at most one row of the migration");
    }
    assert_eq!(crm.verify_all(CONTACTS, |_| {}).unwrap().faults, []);
}

/// What stores hold of migrations from before an entry said whether it has effects.
#[test]
fn a_migration_of_before_is_read() {
    let mut old = serde_json::json!({
        "id": "m", "pipeline": "deals", "into": "deals", "version": 2, "map": { "showed": "attended" },
        "reason": "", "earlier_only": false, "effects": false, "actor": { "id": "ada" },
        "started_at": "2026-03-02T09:00:00Z",
    });
    let read =
        |json: &serde_json::Value| serde_json::from_value::<lifestage::migration::Migration>(json.clone());
    assert_eq!(read(&old).unwrap().map, StageMap::new().with("showed", "attended"));
    old["effects"] = true.into();
    let all = StageMap::new().with_entry(MapEntry::new("showed", "attended").with_effects());
    assert_eq!(read(&old).unwrap().map, all, "what was said of all is said of each");
    old["efects"] = true.into();
    assert!(read(&old).unwrap_err().to_string().contains("`efects`"));
}
