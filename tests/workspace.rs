//! Load, decide, commit: SEMANTICS S14 to S19, S29 and S45, on each store that ships.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use lifestage::journal::{RowKind, visits};
use lifestage::migration::StageMap;
use lifestage::store::{CommitMode, MemoryStore, Reader, RecordQuery, Store};
use lifestage::{
    Actor, Answer, Creation, Edit, Link, Pipeline, PublishRefusal, ReasonCode, Record, Request, Timestamp,
    Workspace, WorkspaceError, presets,
};
use lifestage_sqlite::SqliteStore;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + hour * 3_600)
}

fn sam() -> Actor {
    Actor::new("sam").with_role("sales")
}

fn olga() -> Actor {
    Actor::new("olga").with_role("owner")
}

fn lead() -> Pipeline {
    Pipeline::from_json(presets::LEAD).unwrap()
}

/// A tenant with the lead pipeline and one new lead.
fn crm<S: Store + Reader>(store: S) -> Workspace<S> {
    let crm = Workspace::open(store, "acme").unwrap();
    crm.publish(&lead(), &olga(), at(0)).unwrap();
    let record = Record::new("lead-1").with("email", "ada@example.com");
    assert!(matches!(crm.create(record, &Creation::new(), &sam(), at(0)).unwrap(), Answer::Done(_)));
    crm
}

#[track_caller]
fn codes(outcome: &Answer) -> Vec<ReasonCode> {
    outcome.refusal().unwrap_or_else(|| panic!("{outcome:?}")).codes().collect()
}

#[track_caller]
fn stage(outcome: &Answer) -> String {
    outcome.receipt().unwrap_or_else(|| panic!("{outcome:?}")).record().stage().unwrap().to_owned()
}

/// Each test runs on every store.
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
    s4_a_new_record_takes_the_pipeline_of_its_company_or_the_default,
    s13_a_request_is_one_attempt_and_leaves_nothing_for_the_next_caller,
    s14_the_same_request_twice_is_carried_out_once,
    s14_a_key_cannot_stand_for_another_request,
    s15_a_stage_that_came_back_is_not_the_same_visit,
    s16_an_edit_does_not_stand_in_the_way_of_a_move,
    s17_of_many_at_once_one_wins_and_the_journal_has_no_gap,
    s18_retrying_decides_again_and_ends_with_the_fresh_refusal,
    s19_a_republished_pipeline_is_noticed,
    s32_publishing_does_not_lose_records,
    s32_a_dry_run_of_publishing_says_the_same_and_writes_nothing,
    s32_every_version_stays_readable,
    s63_a_dry_run_of_a_move_says_the_same_and_writes_nothing,
    s28_no_stage_is_a_state_of_its_own,
    s43_undo_through_the_workspace,
    s45_every_record_is_where_its_last_row_left_it,
    s61b_a_proposal_is_approved_by_another,
    creating_many_is_one_commit_with_an_outcome_each,
    what_does_not_exist_is_said,
}

fn s4_a_new_record_takes_the_pipeline_of_its_company_or_the_default<S: Store + Reader>(crm: &Workspace<S>) {
    let of = |id: &str, company: &str| {
        let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
        (document["id"], document["company"]) = (id.into(), company.into());
        document["fields"]["company"] = "string".into();
        crm.publish(&Pipeline::from_json(&document.to_string()).unwrap(), &olga(), at(0)).unwrap();
    };
    let bolt = Record::new("bolt").in_pipeline("lead");
    crm.create(bolt, &Creation::new(), &sam(), at(0)).unwrap();
    of("leads_of_acme", "acme");
    of("leads_of_bolt", "bolt");
    let mut number = 0;
    let mut goes_into = |record: fn(Record) -> Record, creation: &Creation| {
        number += 1;
        crm.create(record(Record::new(format!("new-{number}"))), creation, &sam(), at(1)).unwrap()
    };
    let pipeline = |answer: Answer| match answer {
        Answer::Done(receipt) => receipt.record().pipeline().to_owned(),
        other => panic!("{other:?}"),
    };
    let (anyhow, engaged) = (&Creation::new(), &Creation::in_stage("engaged"));
    assert_eq!(pipeline(goes_into(|new| new.with("company", "acme"), anyhow)), "leads_of_acme");
    assert_eq!(pipeline(goes_into(|new| new.with("company", "bolt"), engaged)), "leads_of_bolt");
    assert_eq!(pipeline(goes_into(|new| new.linked_to(Link::Company, "bolt"), anyhow)), "leads_of_bolt");
    assert_eq!(pipeline(goes_into(|new| new, anyhow)), "lead", "the one for all companies");
    assert_eq!(pipeline(goes_into(|new| new.with("company", "a third"), anyhow)), "lead");
    assert_eq!(pipeline(goes_into(|new| new.with("company", "acme").in_pipeline("lead"), anyhow)), "lead");
    of("more_leads", "");
    assert_eq!(codes(&goes_into(|new| new, anyhow)), [ReasonCode::AmbiguousPipeline]);
}

fn s13_a_request_is_one_attempt_and_leaves_nothing_for_the_next_caller<S: Store + Reader>(
    crm: &Workspace<S>,
) {
    let before = crm.record("lead-1").unwrap();
    for refused in
        [Request::mv("mark_won"), Request::to("mars"), Request::mv("mark_contacted").expecting_version(9)]
    {
        assert!(crm.submit("lead-1", &refused, &sam(), at(1)).unwrap().refusal().is_some());
    }
    assert_eq!(crm.record("lead-1").unwrap(), before);
    crm.submit("lead-1", &Request::mv("mark_contacted"), &sam(), at(2)).unwrap();
    assert_eq!(
        crm.history("lead-1").unwrap().len(),
        2,
        "one row for the one move, none for what was refused"
    );
}

fn s14_the_same_request_twice_is_carried_out_once<S: Store + Reader>(crm: &Workspace<S>) {
    let request = Request::mv("mark_contacted").with_key("form-1").expecting_version(1);
    let first = crm.submit("lead-1", &request, &sam(), at(1)).unwrap();
    crm.submit("lead-1", &Request::mv("mark_engaged"), &sam(), at(2)).unwrap();
    let second = crm.submit("lead-1", &request, &sam(), at(3)).unwrap();
    let (first, second) = (first.receipt().unwrap(), second.receipt().unwrap());
    assert!(!first.is_repeated() && second.is_repeated());
    assert_eq!(first.row(), second.row());
    assert_eq!(second.record().stage(), Some("engaged"), "the record as it is now");
    assert_eq!(crm.history("lead-1").unwrap().len(), 3);

    let born = Creation::new().with_key("sign-up-9");
    let one = crm.create(Record::new("lead-9"), &born, &sam(), at(4)).unwrap();
    let two = crm.create(Record::new("lead-9"), &born, &sam(), at(5)).unwrap();
    assert_eq!(one.receipt().unwrap().row(), two.receipt().unwrap().row());
    let roles_gone = crm.create(Record::new("lead-9"), &born, &Actor::new("sam"), at(6)).unwrap();
    assert!(roles_gone.receipt().unwrap().is_repeated(), "what is done is done, whoever may do it now");
    let both = vec![(Record::new("lead-9"), born), (Record::new("lead-10"), Creation::new())];
    let both = crm.create_all(both, CommitMode::Atomic, &sam(), at(7)).unwrap();
    assert!(both.iter().all(|answer| answer.receipt().is_some()), "{both:?}");

    let there = crm.record("lead-9").unwrap().unwrap();
    let again = crm.create(there, &Creation::new(), &sam(), at(8)).unwrap();
    assert_eq!(codes(&again), [ReasonCode::DuplicateRequest], "a record is created once");
}

fn s14_a_key_cannot_stand_for_another_request<S: Store + Reader>(crm: &Workspace<S>) {
    crm.submit("lead-1", &Request::mv("mark_contacted").with_key("k"), &sam(), at(1)).unwrap();
    let other = crm.submit("lead-1", &Request::mv("mark_engaged").with_key("k"), &sam(), at(2)).unwrap();
    assert_eq!(codes(&other), [ReasonCode::DuplicateRequest]);
    assert_eq!(crm.history("lead-1").unwrap().len(), 2);
    let refused = crm.submit("lead-1", &Request::mv("mark_won").with_key("fresh"), &sam(), at(3)).unwrap();
    assert_eq!(codes(&refused), [ReasonCode::NotFromStage]);
    let later = crm.submit("lead-1", &Request::mv("mark_engaged").with_key("fresh"), &sam(), at(4)).unwrap();
    assert_eq!(stage(&later), "engaged", "a refusal stores nothing, so that its key is free");
}

fn s15_a_stage_that_came_back_is_not_the_same_visit<S: Store + Reader>(crm: &Workspace<S>) {
    let go = |mv: &str, hour| crm.submit("lead-1", &Request::mv(mv), &sam(), at(hour)).unwrap();
    let contacted = go("mark_contacted", 1).receipt().unwrap().record().clone();
    go("mark_engaged", 2);
    go("mark_contacted", 3);
    let record = crm.record("lead-1").unwrap().unwrap();
    assert_eq!(record.stage(), contacted.stage());
    for request in [
        Request::mv("mark_lost").expecting_version(contacted.version()),
        Request::mv("mark_lost").expecting_visit(contacted.visit()),
    ] {
        assert_eq!(codes(&crm.submit("lead-1", &request, &sam(), at(4)).unwrap()), [ReasonCode::StaleRecord]);
    }
}

fn s16_an_edit_does_not_stand_in_the_way_of_a_move<S: Store + Reader>(crm: &Workspace<S>) {
    let seen = crm.record("lead-1").unwrap().unwrap();
    crm.edit("lead-1", &Edit::new().set("phone", "030 1234"), &sam(), at(1)).unwrap();
    let by_version = Request::mv("mark_contacted").expecting_version(seen.version());
    assert_eq!(codes(&crm.submit("lead-1", &by_version, &sam(), at(2)).unwrap()), [ReasonCode::StaleRecord]);
    let by_visit = Request::mv("mark_contacted").expecting_visit(seen.visit());
    assert_eq!(stage(&crm.submit("lead-1", &by_visit, &sam(), at(2)).unwrap()), "contacted");
    let same_target = crm.submit("lead-1", &by_visit, &sam(), at(3)).unwrap();
    assert!(matches!(same_target, Answer::Unchanged(_)), "somebody else was first with the same wish");
    let unchanged = crm.edit("lead-1", &Edit::new().set("phone", "030 1234"), &sam(), at(4)).unwrap();
    assert!(matches!(unchanged, Answer::Unchanged(_)), "an edit of nothing writes nothing");
}

fn s17_of_many_at_once_one_wins_and_the_journal_has_no_gap<S: Store + Reader>(crm: &Workspace<S>) {
    const THREADS: usize = 8;
    let moves =
        ["mark_contacted", "mark_engaged", "set_appointment", "no_show", "set_appointment", "mark_showed"];
    for (round, mv) in moves.into_iter().enumerate() {
        let version = crm.record("lead-1").unwrap().unwrap().version();
        let barrier = Barrier::new(THREADS);
        let outcomes: Vec<Answer> = thread::scope(|scope| {
            let one = |n: usize| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let actor = Actor::new(format!("sam-{n}")).with_role("sales");
                    barrier.wait();
                    let request = Request::mv(mv).expecting_version(version);
                    crm.submit("lead-1", &request, &actor, at(round as i64 + 1)).unwrap()
                })
            };
            let threads: Vec<_> = (0..THREADS).map(one).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.receipt().is_some()).count(), 1, "{mv}");
        for outcome in outcomes.iter().filter(|outcome| outcome.receipt().is_none()) {
            assert_eq!(codes(outcome), [ReasonCode::StaleRecord]);
        }
    }
    let rows = crm.history("lead-1").unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
    assert_eq!(crm.verify("lead-1").unwrap(), None);
}

fn s18_retrying_decides_again_and_ends_with_the_fresh_refusal<S: Store + Reader>(crm: &Workspace<S>) {
    // Everybody wants to take the lead a step further; with retries all get a lawful answer.
    let steps = ["mark_contacted", "mark_engaged", "set_appointment", "mark_showed"];
    let outcomes: Vec<Answer> = thread::scope(|scope| {
        let threads: Vec<_> = steps
            .iter()
            .map(|mv| {
                scope.spawn(move || {
                    crm.submit("lead-1", &Request::mv(*mv).retrying(10), &sam(), at(1)).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for outcome in &outcomes {
        match outcome {
            Answer::Done(_) => {}
            other => assert_eq!(codes(other), [ReasonCode::NotFromStage], "never a conflict"),
        }
    }
    let done = outcomes.iter().filter(|outcome| outcome.receipt().is_some()).count();
    assert_eq!(crm.record("lead-1").unwrap().unwrap().version(), 1 + done as u64);
}

fn s19_a_republished_pipeline_is_noticed<S: Store + Reader>(crm: &Workspace<S>) {
    let other = Workspace::open(crm.store(), "acme").unwrap();
    let mut document = lead().definition().clone();
    document.policy.no_skipping = true;
    let stricter = Pipeline::from_definition(document.clone()).unwrap();
    let published = other.publish(&stricter, &olga(), at(1)).unwrap();
    assert_eq!(published.version(), 2);
    let outcome = crm.submit("lead-1", &Request::mv("mark_contacted"), &sam(), at(2)).unwrap();
    assert_eq!(codes(&outcome), [ReasonCode::StaleDefinition]);
    let again = crm.submit("lead-1", &Request::mv("mark_contacted"), &sam(), at(3)).unwrap();
    assert_eq!(again.receipt().unwrap().row().definition, 2);

    document.stages[0].name = "Fresh".into();
    let renamed = Pipeline::from_definition(document).unwrap();
    other.publish(&renamed, &olga(), at(4)).unwrap();
    let moved = crm.submit("lead-1", &Request::mv("mark_engaged"), &sam(), at(5)).unwrap();
    assert_eq!(stage(&moved), "engaged", "a new label is no new meaning");
    crm.refresh().unwrap();
    assert_eq!(crm.pipeline("lead").unwrap().version(), 3);
    let retried = crm.store().publication("acme", "lead", 1).unwrap().unwrap();
    assert_eq!(
        Pipeline::from_json(&retried.document).unwrap().meaning(),
        lead().meaning(),
        "S32: versions stay"
    );
}

fn s32_publishing_does_not_lose_records<S: Store + Reader>(crm: &Workspace<S>) {
    let same = crm.publish(&lead(), &olga(), at(1)).unwrap();
    assert_eq!(same.version(), 1, "what is published already is no new version");
    let mut without_new = lead().definition().clone();
    without_new.stages[0].id = "fresh".into();
    without_new.policy.moves.iter_mut().for_each(|mv| {
        mv.from
            .0
            .iter_mut()
            .filter(|source| source.stage == "new")
            .for_each(|source| source.stage = "fresh".into());
    });
    for stage in 0..without_new.queues.len() {
        without_new.queues[stage]
            .stages
            .iter_mut()
            .filter(|id| *id == "new")
            .for_each(|id| *id = "fresh".into());
    }
    let next = Pipeline::from_definition(without_new).unwrap();
    let refusal = crm.publish(&next, &olga(), at(2)).unwrap_err();
    assert_eq!(refusal.to_string(), "1 record is in New, which would vanish");
    let PublishRefusal::Refused(refusal) = crm.publish(&next, &sam(), at(2)).unwrap_err() else { panic!() };
    let codes: Vec<ReasonCode> = refusal.codes().collect();
    assert_eq!(codes, [ReasonCode::PermissionDenied, ReasonCode::OccupiedStage], "S2: every reason");
}

fn s28_no_stage_is_a_state_of_its_own<S: Store + Reader>(crm: &Workspace<S>) {
    crm.create(Record::new("lead-2"), &Creation::without_stage(), &sam(), at(1)).unwrap();
    let counts = crm.counts("lead").unwrap();
    assert_eq!(counts.len(), 10, "every stage, and none");
    assert_eq!((counts[0].name.as_str(), counts[0].count), ("New", 1));
    assert_eq!((counts[9].stage.as_deref(), counts[9].name.as_str(), counts[9].count), (None, "no stage", 1));
    let query = |stage| RecordQuery { stage, ..RecordQuery::of("lead", 10) };
    let ids = |stage| -> BTreeSet<String> {
        crm.page(&query(stage)).unwrap().records.iter().map(|record| record.id().to_owned()).collect()
    };
    assert_eq!(ids(None), BTreeSet::from(["lead-1".to_owned(), "lead-2".to_owned()]));
    assert_eq!(ids(Some(None)), BTreeSet::from(["lead-2".to_owned()]));
    assert_eq!(ids(Some(Some("new".into()))), BTreeSet::from(["lead-1".to_owned()]));
}

fn s43_undo_through_the_workspace<S: Store + Reader>(crm: &Workspace<S>) {
    crm.submit("lead-1", &Request::mv("mark_lost").with_input("reason", "price"), &sam(), at(1)).unwrap();
    let undone = crm.undo("lead-1", 2, "wrong lead", &olga(), at(2)).unwrap();
    let record = undone.receipt().unwrap().record();
    assert_eq!((record.stage(), record.closed_at(), record.lost_reason()), (Some("new"), None, None));
    let visits = visits(&crm.history("lead-1").unwrap());
    assert_eq!(visits.iter().map(|visit| visit.corrected).collect::<Vec<_>>(), [false, true, false]);
    assert!(matches!(crm.undo("lead-1", 9, "", &olga(), at(3)), Err(WorkspaceError::NoRow { .. })));
    assert_eq!(codes(&crm.undo("lead-1", 2, "", &olga(), at(3)).unwrap()), [ReasonCode::InvalidInput]);
}

fn s45_every_record_is_where_its_last_row_left_it<S: Store + Reader>(crm: &Workspace<S>) {
    for n in 2..40 {
        let id = format!("lead-{n}");
        crm.create(Record::new(id.as_str()), &Creation::new(), &sam(), at(1)).unwrap();
        for mv in ["mark_contacted", "mark_engaged", "mark_lost", "revive"].iter().take(n % 5) {
            crm.submit(&id, &Request::mv(*mv), &sam(), at(2)).unwrap();
        }
    }
    let mut told = 0;
    let audit = crm.verify_all("lead", |done| told = done).unwrap();
    assert_eq!((audit.records, audit.faults.len(), told), (39, 0, 39));
    let kinds: BTreeSet<RowKind> = crm.history("lead-4").unwrap().iter().map(|row| row.kind).collect();
    assert_eq!(kinds, BTreeSet::from([RowKind::Creation, RowKind::Move]));
}

fn s61b_a_proposal_is_approved_by_another<S: Store + Reader>(crm: &Workspace<S>) {
    let mut document = lead().definition().clone();
    document.policy.moves.iter_mut().filter(|mv| mv.id == "mark_dormant").for_each(|mv| mv.approval = true);
    crm.publish(&Pipeline::from_definition(document).unwrap(), &olga(), at(1)).unwrap();
    let park = Request::mv("mark_dormant");
    let proposed = crm.submit("lead-1", &park, &sam(), at(2)).unwrap();
    assert!(matches!(proposed, Answer::Proposed(_)));
    assert_eq!(codes(&crm.submit("lead-1", &park, &sam(), at(3)).unwrap()), [ReasonCode::ApprovalNeeded]);
    let approved = crm.submit("lead-1", &park, &olga(), at(4)).unwrap();
    assert_eq!(stage(&approved), "dormant");
    assert_eq!(crm.verify("lead-1").unwrap(), None);
}

fn creating_many_is_one_commit_with_an_outcome_each<S: Store + Reader>(crm: &Workspace<S>) {
    let batch = |ids: &[&str]| {
        ids.iter().map(|id| (Record::new(*id), Creation::new())).collect::<Vec<(Record, Creation)>>()
    };
    let some = crm.create_all(batch(&["n1", "lead-1", "n2"]), CommitMode::PerItem, &sam(), at(1)).unwrap();
    assert!(some[0].receipt().is_some() && some[2].receipt().is_some());
    assert_eq!(codes(&some[1]), [ReasonCode::DuplicateRequest]);
    let none = crm.create_all(batch(&["n3", "lead-1", "n4"]), CommitMode::Atomic, &sam(), at(2)).unwrap();
    assert!(none.iter().all(|outcome| outcome.receipt().is_none()), "{none:?}");
    assert_eq!(crm.record("n3").unwrap(), None);
}

fn what_does_not_exist_is_said<S: Store + Reader>(crm: &Workspace<S>) {
    let error = crm.submit("nobody", &Request::mv("mark_contacted"), &sam(), at(1)).unwrap_err();
    assert_eq!(error.to_string(), "there is no record `nobody`");
    assert_eq!(crm.record("nobody").unwrap(), None);
    assert_eq!(crm.history("nobody").unwrap(), []);
    let stranger = Workspace::open(crm.store(), "other tenant").unwrap();
    assert_eq!(stranger.record("lead-1").unwrap(), None, "tenants do not see each other");
    let lost = stranger.create(Record::new("x"), &Creation::new(), &sam(), at(1)).unwrap();
    assert_eq!(codes(&lost), [ReasonCode::UnknownStage]);
}

fn s32_a_dry_run_of_publishing_says_the_same_and_writes_nothing<S: Store + Reader>(crm: &Workspace<S>) {
    let nobody = StageMap::new();
    let preview = |next: &Pipeline, actor: &Actor| crm.preview(next, &nobody, actor).unwrap();
    assert!(preview(&lead(), &olga()).unwrap().is_empty(), "what is published already is no new version");
    let mut next = lead().definition().clone();
    next.name = "Leads".into();
    let next = Pipeline::from_definition(next).unwrap();
    let diff = preview(&next, &olga()).unwrap();
    assert_eq!(diff.to_string(), "pipeline `lead` renamed to `Leads` (was `Lead pipeline`)");
    let refusal = preview(&next, &sam()).unwrap_err();
    assert_eq!(refusal.codes().collect::<Vec<_>>(), [ReasonCode::PermissionDenied]);
    assert_eq!(crm.versions("lead").unwrap().len(), 1);
    assert_eq!(crm.publish(&next, &olga(), at(1)).unwrap().version(), 2);
}

fn s32_every_version_stays_readable<S: Store + Reader>(crm: &Workspace<S>) {
    let mut next = lead().definition().clone();
    next.name = "Leads".into();
    crm.publish(&Pipeline::from_definition(next).unwrap(), &olga(), at(1)).unwrap();
    let versions = crm.versions("lead").unwrap();
    let numbers: Vec<_> = versions.iter().map(|version| (version.version, version.replaces)).collect();
    assert_eq!(numbers, [(1, None), (2, Some(1))]);
    assert_eq!(versions[0].document, lead().to_json());
    assert_eq!(versions[1].published_at, at(1));
    assert_eq!(crm.versions("nowhere").unwrap(), []);
}

fn s63_a_dry_run_of_a_move_says_the_same_and_writes_nothing<S: Store + Reader>(crm: &Workspace<S>) {
    let before = crm.record("lead-1").unwrap();
    let contact = Request::mv("mark_contacted").with_key("k1");
    let dry = crm.dry_run("lead-1", &contact, &sam(), at(1)).unwrap();
    let refused = crm.dry_run("lead-1", &Request::mv("mark_won"), &sam(), at(1)).unwrap();
    assert_eq!(crm.record("lead-1").unwrap(), before);
    assert_eq!(crm.history("lead-1").unwrap().len(), 1);

    assert_eq!(refused, crm.submit("lead-1", &Request::mv("mark_won"), &sam(), at(1)).unwrap());
    let wet = crm.submit("lead-1", &contact, &sam(), at(1)).unwrap();
    assert_eq!((stage(&dry), stage(&wet)), ("contacted".into(), "contacted".into()));
    let (dry, wet) = (dry.receipt().unwrap(), wet.receipt().unwrap());
    assert_eq!((dry.row().seq, &dry.row().to, dry.effects()), (wet.row().seq, &wet.row().to, wet.effects()));

    let again = crm.dry_run("lead-1", &contact, &sam(), at(2)).unwrap();
    assert!(again.receipt().unwrap().is_repeated(), "a key that is known stands for what it did (S14)");
    assert!(matches!(
        crm.dry_run("no", &contact.clone().with_key("k2"), &sam(), at(1)),
        Err(WorkspaceError::NoRecord { .. })
    ));
}
