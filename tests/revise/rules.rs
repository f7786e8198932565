//! What an edit is refused for: every reason, with what it is about.

use lifestage::catalog::Outcome;
use lifestage::definition::{CategoryDef, LimitsDef, RoleDef, StageDef};
use lifestage::migration::{MapEntry, Occupancy};
use lifestage::revise::{DefinitionEdit as Edit, Revision};
use lifestage::{Actor, Pipeline, ReasonCode, Value};

use super::{accepted, ada, codes, contacts, edit, findings, nobody_there, refuse, refused, revision};

fn in_stage(stage: &str, count: u64) -> Occupancy {
    [(Some(stage), count)].into_iter().collect()
}

fn user() -> Actor {
    Actor::new("uwe").with_role("user")
}

/// S30, S55: configuring is a capability of its own, changing a category another, roles a third.
#[test]
fn s30_edits_need_their_capabilities() {
    let rename = Revision::from(Edit::rename_stage("contacted", "Reached"));
    let refusal = refused(contacts().revise(&rename, &nobody_there(), &user()));
    assert_eq!(codes(&refusal), [ReasonCode::PermissionDenied]);
    assert_eq!(refusal.to_string(), "`configure_catalog` is for manager or admin");
    let manager = Actor::new("mo").with_role("manager");
    accepted(contacts().revise(&rename, &nobody_there(), &manager));

    let mut document = contacts().definition().clone();
    document
        .roles
        .insert("decorator", RoleDef::new("Decorator").can([lifestage::Capability::ConfigureCatalog]));
    let contacts = Pipeline::from_definition(document).unwrap();
    let dora = Actor::new("dora").with_role("decorator");
    accepted(contacts.revise(&rename, &nobody_there(), &dora));
    for (edit, needed) in [
        (Edit::move_stage("onboarded", "active"), "change_category"),
        (Edit::PutRole { role: "user".into(), definition: RoleDef::new("User"), before: None }, "publish"),
        (Edit::ProtectStage { stage: "approved".into(), protected: false }, "publish"),
        (Edit::ArchivePipeline {}, "publish"),
        (Edit::replace_stage("ghosting", "rejected"), "migrate"),
    ] {
        let refusal = refused(contacts.revise(&edit.into(), &nobody_there(), &dora));
        let capability = refusal.reasons()[0].parameter("capability");
        assert_eq!(
            (codes(&refusal)[0], capability),
            (ReasonCode::PermissionDenied, Some(&Value::from(needed)))
        );
    }
}

/// S30: two admins at once; the second looks again.
#[test]
fn s30_another_version_than_expected_is_stale() {
    let stale = Revision::from(Edit::rename_stage("contacted", "Reached")).expecting_version(3);
    let refusal = refused(contacts().revise(&stale, &nobody_there(), &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::StaleDefinition]);
    assert_eq!(
        refusal.to_string(),
        "version 3 of `contact_stages` was expected, and version 1 is published; reload and try again"
    );
}

/// S2: all reasons at once, each with the edit it is about.
#[test]
fn every_reason_is_told_with_its_edit() {
    let edits = [
        Edit::rename_stage("contactd", "Reached"),
        Edit::rename_stage("contacted", "Reached"),
        Edit::RenameCategory { category: "wun".into(), name: "Won".into() },
        Edit::remove_move("mark_won"),
        Edit::RemoveField { field: "shoe_size".into() },
        Edit::add_stage(StageDef::new("engaged", "Engaged again", "active")),
        Edit::AddStage {
            stage: StageDef::new("late", "Late", "active"),
            before: Some("never".into()),
            after: None,
        },
    ];
    let refusal = refuse(edits);
    assert_eq!(
        codes(&refusal),
        [
            ReasonCode::UnknownStage,
            ReasonCode::UnknownCategory,
            ReasonCode::UnknownMove,
            ReasonCode::UnknownPart,
            ReasonCode::IdTaken,
            ReasonCode::UnknownStage,
        ]
    );
    let places: Vec<_> =
        refusal.reasons().iter().map(|reason| reason.parameter("edit").unwrap().clone()).collect();
    assert_eq!(places, [0, 2, 3, 4, 5, 6].map(Value::from));
}

/// S22: names are unique after trimming, NFKC and case folding; archived ones do not count.
#[test]
fn s22_names_are_unique() {
    for name in [" engaged ", "ENGAGED", "Ｅｎｇａｇｅｄ"] {
        let refusal = refuse([Edit::rename_stage("contacted", name)]);
        assert_eq!(codes(&refusal), [ReasonCode::BadDefinition], "{name}");
        assert_eq!(findings(&refusal), ["duplicate_name"]);
        assert_eq!(refusal.reasons()[0].parameter("pointer"), Some(&Value::from("/stages/5/name")));
    }
    edit([Edit::remove_stage("engaged"), Edit::rename_stage("contacted", "Engaged")]);
    let taken = edit([Edit::remove_stage("engaged"), Edit::rename_stage("contacted", "Engaged")]);
    let refusal =
        refused(taken.pipeline().revise(&Edit::restore_stage("engaged").into(), &nobody_there(), &ada()));
    assert_eq!(findings(&refusal), ["duplicate_name"], "brought back beside one of its name");
}

/// S22: limits at n and n + 1.
#[test]
fn s22_limits_hold() {
    let limit =
        |stages| Edit::SetLimits { limits: LimitsDef { stages: Some(stages), ..LimitsDef::default() } };
    edit([limit(15), Edit::add_stage(StageDef::new("a", "A", "active"))]);
    let two = [
        Edit::add_stage(StageDef::new("a", "A", "active")),
        Edit::add_stage(StageDef::new("b", "B", "active")),
    ];
    let refusal = refuse([limit(15)].into_iter().chain(two));
    assert_eq!(findings(&refusal), ["too_large"]);
    let name = |length| Edit::rename_stage("contacted", "n".repeat(length));
    edit([name(200)]);
    assert_eq!(findings(&refuse([name(201)])), ["too_large"]);
}

/// S23: a full permutation of the category, or nothing.
#[test]
fn s23_orders_are_permutations() {
    let refusal =
        refuse([Edit::reorder_stages("won", ["premium_client", "customer", "customer", "ghosting"])]);
    assert_eq!(codes(&refusal), [ReasonCode::NotAPermutation]);
    assert_eq!(
        refusal.to_string(),
        "the order leaves out `onboarded` and names `ghosting`, which it does not have and names \
         `customer` twice"
    );
}

/// S24: another category is refused while records would change their outcome, unless they are moved.
#[test]
fn s24_outcomes_do_not_flip_under_records() {
    let flip = revision([Edit::move_stage("onboarded", "active")]);
    let refusal = refused(contacts().revise(&flip, &in_stage("onboarded", 3), &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::OccupiedStage]);
    assert_eq!(refusal.to_string(), "3 records are in Onboarded, which would turn from won to open");
    assert_eq!(refusal.reasons()[0].parameter("records"), Some(&Value::from(3)));
    accepted(contacts().revise(&flip, &in_stage("customer", 3), &ada()));

    let elsewhere = flip.clone().migrating(MapEntry::new("onboarded", "customer"));
    let done = accepted(contacts().revise(&elsewhere, &in_stage("onboarded", 3), &ada()));
    assert_eq!(done.map().entries()[0].to, "customer");
    let along = flip.migrating(MapEntry::new("onboarded", "onboarded"));
    let refusal = refused(contacts().revise(&along, &in_stage("onboarded", 3), &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::OutcomeChange], "S33a: it has to be said");
    let told = revision([Edit::move_stage("onboarded", "active")])
        .migrating(MapEntry::new("onboarded", "onboarded").allowing_outcome_change());
    accepted(contacts().revise(&told, &in_stage("onboarded", 3), &ada()));

    let within = revision([
        Edit::AddCategory { category: CategoryDef::new("vip", "VIP", Outcome::Won), before: None },
        Edit::move_stage("premium_client", "vip"),
    ]);
    accepted(contacts().revise(&within, &in_stage("premium_client", 3), &ada()));
}

/// S25: with records in it, a stage is removed only with a replacement that will do.
#[test]
fn s25_an_occupied_stage_needs_a_replacement() {
    let there = in_stage("nurturing", 12);
    let refusal = refused(contacts().revise(&Edit::remove_stage("nurturing").into(), &there, &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::OccupiedStage]);
    assert_eq!(
        refusal.to_string(),
        "12 records are in Nurturing, which would be archived: name a replacement"
    );

    for replacement in ["engaged", "customer", "ghosting"] {
        let replaced = revision([Edit::replace_stage("nurturing", replacement)]);
        let done = accepted(contacts().revise(&replaced, &there, &ada()));
        assert_eq!(done.map().entries()[0].to, replacement, "in any category");
    }
    let itself =
        refused(contacts().revise(&Edit::replace_stage("nurturing", "nurturing").into(), &there, &ada()));
    assert_eq!(codes(&itself), [ReasonCode::BadMap]);
    let unknown =
        refused(contacts().revise(&Edit::replace_stage("nurturing", "nirvana").into(), &there, &ada()));
    assert_eq!(codes(&unknown), [ReasonCode::UnknownStage]);
    let both = revision([Edit::remove_stage("engaged"), Edit::replace_stage("nurturing", "engaged")]);
    let archived = refused(contacts().revise(&both, &there, &ada()));
    assert_eq!(codes(&archived), [ReasonCode::ArchivedStage]);
    let twice = revision([Edit::replace_stage("nurturing", "engaged")])
        .migrating(MapEntry::new("nurturing", "contacted"));
    assert_eq!(
        codes(&refused(contacts().revise(&twice, &there, &ada()))),
        [ReasonCode::BadMap],
        "S33: a source twice"
    );
}

/// S33a: what the replacement asks for is asked once.
#[test]
fn s33a_the_replacement_asks_once() {
    let lead = super::lead();
    let there = in_stage("dormant", 7);
    let remove = |input: &[(&str, &str)]| Edit::RemoveStage {
        stage: "dormant".into(),
        replacement: Some("lost".into()),
        input: input.iter().map(|(name, value)| (*name, *value)).collect(),
    };
    let moves = ["mark_dormant", "revive"].map(Edit::remove_move);
    let all = |remove: Edit| revision(moves.iter().cloned().chain([remove]));
    let mut document = lead.definition().clone();
    let lost = document.categories.iter_mut().find(|category| category.outcome == Outcome::Lost).unwrap();
    lost.input.insert("reason", lifestage::definition::InputDef::new(lifestage::criteria::FieldType::String));
    document.queues.clear();
    document.automation.clear();
    let asking = Pipeline::from_definition(document).unwrap();
    let refusal = refused(asking.revise(&all(remove(&[])), &there, &super::olga()));
    assert_eq!(codes(&refusal), [ReasonCode::MissingInput], "{refusal}");
    assert_eq!(refusal.reasons()[0].parameter("from"), Some(&Value::from("dormant")));
    let done = accepted(asking.revise(&all(remove(&[("reason", "gone quiet")])), &there, &super::olga()));
    assert_eq!(done.map().entries()[0].input.get("reason"), Some(&Value::from("gone quiet")));
}

/// S26: removing the default needs a new one in the same edit, an open one.
#[test]
fn s26_there_is_one_default() {
    assert_eq!(findings(&refuse([Edit::remove_stage("new_lead")])), ["default_stage"]);
    let done = edit([Edit::remove_stage("new_lead"), Edit::set_default("contacted")]);
    assert_eq!(done.pipeline().catalog().default_stage().id(), "contacted");
    let before = edit([Edit::set_default("contacted"), Edit::remove_stage("new_lead")]);
    assert_eq!(before.pipeline().definition(), done.pipeline().definition(), "in whatever order");
    assert_eq!(findings(&refuse([Edit::set_default("customer")])), ["default_not_open"]);
    let back = accepted(done.pipeline().revise(done.undo(), &nobody_there(), &ada()));
    assert_eq!(back.pipeline().definition(), contacts().definition());
}

/// S27: the last open stage stays; whole closed categories may go.
#[test]
fn s27_the_last_open_stage_cannot_go() {
    let unprotect = Edit::ProtectStage { stage: "approved".into(), protected: false };
    let open = ["approved", "nurturing", "contacted", "follow_up_scheduled", "engaged", "new_lead"];
    let all = [unprotect.clone()].into_iter().chain(open.map(Edit::remove_stage));
    let refusal = refuse(all);
    assert_eq!(codes(&refusal), [ReasonCode::LastOpenStage]);
    assert_eq!(refusal.to_string(), "`new_lead` is the last open stage, and there must be one");
    let won = ["customer", "onboarded", "premium_client"].map(Edit::remove_stage);
    edit(won);
}

/// S27: Approved is tied to Book a call, and says so.
#[test]
fn s27_protected_stages_refuse_edits_and_name_what_depends_on_them() {
    for forbidden in [
        Edit::rename_stage("approved", "Ready"),
        Edit::style_stage("approved", "flame", "red"),
        Edit::move_stage("approved", "won"),
        Edit::remove_stage("approved"),
        Edit::SetFinal { stage: "approved".into(), is_final: true },
        Edit::RemoveAction {
            on: lifestage::revise::ActionPlace::Stage("approved".into()),
            action: "book_a_call".into(),
        },
    ] {
        let refusal = refuse([forbidden]);
        assert_eq!(codes(&refusal), [ReasonCode::ProtectedStage]);
        let Some(Value::List(uses)) = refusal.reasons()[0].parameter("used_by") else { panic!("{refusal}") };
        assert!(uses.iter().any(|using| using == "action `book_a_call` is offered there"), "{uses:?}");
        assert!(refusal.to_string().starts_with("Approved is protected: "), "{refusal}");
    }
    let first = ["approved", "new_lead", "nurturing", "contacted", "follow_up_scheduled", "engaged"];
    edit([Edit::reorder_stages("active", first)]);
}

/// S27: where new records start is a matter of both stages, of the one so far and of the one from now on.
#[test]
fn s27_a_protected_stage_neither_loses_nor_gains_the_default() {
    let refusal = refuse([Edit::set_default("approved")]);
    assert_eq!(codes(&refusal), [ReasonCode::ProtectedStage]);
    let protect = |stage: &str, protected| Edit::ProtectStage { stage: stage.into(), protected };
    let guarded = edit([protect("new_lead", true)]);
    let refusal =
        refused(guarded.pipeline().revise(&Edit::set_default("contacted").into(), &nobody_there(), &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::ProtectedStage]);
    assert_eq!(refusal.reasons()[0].parameter("stage"), Some(&Value::from("new_lead")));
    assert!(refusal.reasons()[0].parameter("used_by").is_some(), "{refusal}");
    let same = guarded.pipeline().revise(&Edit::set_default("new_lead").into(), &nobody_there(), &ada());
    assert!(matches!(same, lifestage::revise::Revised::Unchanged));
    let lifted = revision([protect("new_lead", false), Edit::set_default("contacted")]);
    let done = accepted(guarded.pipeline().revise(&lifted, &nobody_there(), &ada()));
    let back = accepted(done.pipeline().revise(done.undo(), &nobody_there(), &ada()));
    assert_eq!(back.pipeline().definition(), guarded.pipeline().definition());
}

/// A category goes only when it is empty; archived stages count and are named.
#[test]
fn categories_are_removed_empty() {
    let won = ["customer", "onboarded", "premium_client"].map(Edit::remove_stage);
    let refusal = refuse(won.into_iter().chain([Edit::RemoveCategory { category: "won".into() }]));
    assert_eq!(codes(&refusal), [ReasonCode::CategoryNotEmpty]);
    assert_eq!(
        refusal.to_string(),
        "the category `won` still has `customer`, `onboarded`, `premium_client` (3 archived)"
    );
    let added = edit([Edit::AddCategory {
        category: CategoryDef::new("extra", "Extra", Outcome::Lost),
        before: None,
    }]);
    accepted(added.pipeline().revise(
        &Edit::RemoveCategory { category: "extra".into() }.into(),
        &nobody_there(),
        &ada(),
    ));
}

/// A stage that a move leads to is not archived behind the move's back.
#[test]
fn what_leads_to_a_stage_is_named() {
    let refusal =
        refused(super::lead().revise(&Edit::remove_stage("showed").into(), &nobody_there(), &super::olga()));
    assert!(findings(&refusal).iter().all(|finding| finding == "archived_stage"), "{refusal}");
    assert!(refusal.to_string().contains("the move leads to `showed`, which is archived"), "{refusal}");
}

/// S31: a pipeline is archived when nobody is in it.
#[test]
fn s31_an_occupied_pipeline_is_not_archived() {
    let archive = Revision::from(Edit::ArchivePipeline {});
    let there: Occupancy = [(Some("engaged"), 2), (None, 1)].into_iter().collect();
    let refusal = refused(contacts().revise(&archive, &there, &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::OccupiedStage]);
    assert_eq!(refusal.reasons()[0].parameter("records"), Some(&Value::from(3)));
    let done = accepted(contacts().revise(&archive, &nobody_there(), &ada()));
    assert!(done.pipeline().definition().archived);
}

/// A hostile revision is refused in words, not by a panic.
#[test]
fn hostile_edits() {
    let long = "x".repeat(70_000);
    for (edit, finding) in [
        (Edit::rename_stage("contacted", ""), "empty_name"),
        (Edit::add_stage(StageDef::new("two words", "Two", "active")), "bad_id"),
        (Edit::add_stage(StageDef::new("none", "None", "active")), "bad_id"),
        (Edit::add_stage(StageDef::new("a", "A", "nowhere")), "unknown_category"),
        (Edit::style_stage("contacted", "unicorn", ""), "unknown_icon"),
        (Edit::style_stage("contacted", "", "greenish"), "bad_colour"),
        (
            Edit::DescribeStage { stage: "contacted".into(), description: Some(long), guidance: None },
            "too_large",
        ),
        (
            Edit::SetEntry { stage: "contacted".into(), when: Some("budget >".into()), requires: Vec::new() },
            "bad_criteria",
        ),
    ] {
        let refusal = refuse([edit]);
        assert_eq!(findings(&refusal), [finding], "{refusal}");
    }
}

/// S24, S30: what an edit comes to is judged, not how it is put.
#[test]
fn capabilities_cannot_be_gone_around() {
    let mut document = contacts().definition().clone();
    document
        .roles
        .insert("decorator", RoleDef::new("Decorator").can([lifestage::Capability::ConfigureCatalog]));
    let (contacts, dora) =
        (Pipeline::from_definition(document).unwrap(), Actor::new("dora").with_role("decorator"));
    let again = StageDef::new("premium_client", "Premium", "active");
    let around = revision([Edit::DiscardStage { stage: "premium_client".into() }, Edit::add_stage(again)]);
    let guarded = revision([Edit::add_stage(StageDef::new("safe", "Safe", "active").as_protected())]);
    for (revision, needed) in [(around, "change_category"), (guarded.clone(), "publish")] {
        let refusal = refused(contacts.revise(&revision, &nobody_there(), &dora));
        let capability = refusal.reasons()[0].parameter("capability");
        assert_eq!(
            (codes(&refusal)[0], capability),
            (ReasonCode::PermissionDenied, Some(&Value::from(needed)))
        );
    }
    let done = accepted(contacts.revise(&guarded, &nobody_there(), &ada()));
    let back = accepted(done.pipeline().revise(done.undo(), &nobody_there(), &ada()));
    assert_eq!(back.pipeline().definition(), contacts.definition(), "a protected stage goes as it came");
}

/// S24, S27, S30: each edit is judged on the document that it finds, so that what later ones restore is no way around.
#[test]
fn a_protection_is_not_lifted_for_a_moment_nor_a_category_swapped_under_its_stages() {
    use lifestage::revise::ActionPlace;

    let mut document = contacts().definition().clone();
    document
        .roles
        .insert("decorator", RoleDef::new("Decorator").can([lifestage::Capability::ConfigureCatalog]));
    let (contacts, dora) =
        (Pipeline::from_definition(document).unwrap(), Actor::new("dora").with_role("decorator"));
    let protect = |protected| Edit::ProtectStage { stage: "approved".into(), protected };
    let won = ["customer", "onboarded", "premium_client"];
    let moved = |to: &'static str| won.map(move |stage| Edit::move_stage(stage, to));
    let category = |id: &str, outcome| Edit::AddCategory {
        category: CategoryDef::new(id, if id == "won" { "Won" } else { "For now" }, outcome),
        before: None,
    };
    let lifted = revision([
        protect(false),
        Edit::rename_stage("approved", "Ready"),
        Edit::RemoveAction { on: ActionPlace::Stage("approved".into()), action: "book_a_call".into() },
        protect(true),
    ]);
    let swapped = revision(
        [category("tmp", Outcome::Won)]
            .into_iter()
            .chain(moved("tmp"))
            .chain([Edit::RemoveCategory { category: "won".into() }, category("won", Outcome::Lost)])
            .chain(moved("won"))
            .chain([Edit::RemoveCategory { category: "tmp".into() }]),
    );
    let refilled = |outcome| {
        let (out, back) = (
            won.map(|stage| Edit::DiscardStage { stage: stage.into() }),
            won.map(|stage| Edit::add_stage(StageDef::new(stage, format!("{stage} again"), "won"))),
        );
        let category = [Edit::RemoveCategory { category: "won".into() }, category("won", outcome)];
        revision(out.into_iter().chain(category).chain(back))
    };
    for (revision, needed) in [
        (lifted, "publish"),
        (revision([protect(false), protect(true)]), "publish"),
        (swapped, "change_category"),
        (revision(moved("lost").into_iter().chain(moved("won"))), "change_category"),
        (refilled(Outcome::Lost), "change_category"),
    ] {
        let refusal = refused(contacts.revise(&revision, &nobody_there(), &dora));
        assert_eq!(codes(&refusal), [ReasonCode::PermissionDenied], "{refusal}");
        assert_eq!(refusal.reasons()[0].parameter("capability"), Some(&Value::from(needed)));
        assert!(!matches!(
            contacts.revise(&revision, &nobody_there(), &ada()),
            lifestage::revise::Revised::Refused(_)
        ));
    }
    accepted(contacts.revise(&refilled(Outcome::Won), &nobody_there(), &dora));
}

/// S2: what the actor lacks is told beside what is wrong with the edits.
#[test]
fn s2_what_the_actor_lacks_is_told_beside_faults() {
    let both = revision([Edit::ArchivePipeline {}, Edit::rename_stage("contactd", "Reached")]);
    let refusal = refused(contacts().revise(&both, &nobody_there(), &user()));
    let expected = [ReasonCode::PermissionDenied, ReasonCode::PermissionDenied, ReasonCode::UnknownStage];
    assert_eq!(codes(&refusal), expected);
}

/// A map without a change of the definition is a migration, and says so instead of doing nothing.
#[test]
fn a_map_alone_is_no_revision() {
    let alone = Revision::new().migrating(MapEntry::new("new_lead", "contacted"));
    let refusal = refused(contacts().revise(&alone, &in_stage("new_lead", 2), &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::BadMap]);
    assert!(refusal.to_string().ends_with("move them by a migration"), "{refusal}");
    let archived = edit([Edit::remove_stage("nurturing")]);
    let again = Edit::replace_stage("nurturing", "engaged").into();
    let refusal = refused(archived.pipeline().revise(&again, &in_stage("nurturing", 2), &ada()));
    assert_eq!(codes(&refusal), [ReasonCode::BadMap]);
}
