//! Random edits keep every invariant, and undoing them restores what was there.

use std::collections::BTreeSet;

use lifestage::catalog::{Outcome, normalize_name};
use lifestage::definition::StageDef;
use lifestage::revise::{DefinitionEdit as Edit, Revised, Revision};
use lifestage::{Pipeline, SmolStr};
use proptest::prelude::*;

use super::{accepted, ada, contacts, nobody_there};

/// A stage by number, also one that is not there.
fn stage_id(document: &Pipeline, pick: usize) -> SmolStr {
    let ids: Vec<&str> = document.catalog().stages().map(|stage| stage.id()).collect();
    ids.get(pick % (ids.len() + 1)).map_or("nowhere".into(), |id| (*id).into())
}

fn category_id(document: &Pipeline, pick: usize) -> SmolStr {
    let ids: Vec<&str> = document.catalog().categories().map(|category| category.id()).collect();
    ids.get(pick % (ids.len() + 1)).map_or("nowhere".into(), |id| (*id).into())
}

/// An edit made of dice, for the pipeline as it is.
fn edit_of(pipeline: &Pipeline, (kind, one, two, word): &(u8, usize, usize, String)) -> Edit {
    let stage = stage_id(pipeline, *one);
    let category = category_id(pipeline, *two);
    match kind % 12 {
        0 => Edit::rename_stage(stage, word.clone()),
        1 => Edit::add_stage(StageDef::new(format!("s{one}"), word.clone(), category)),
        2 => Edit::remove_stage(stage),
        3 => Edit::restore_stage(stage),
        4 => Edit::set_default(stage),
        5 => Edit::MoveStage {
            stage,
            category,
            before: (two % 2 == 0).then(|| stage_id(pipeline, *two)),
            after: None,
        },
        6 => {
            let mut order: Vec<SmolStr> = pipeline
                .catalog()
                .stages_of(&category)
                .filter(|stage| !stage.is_archived())
                .map(|stage| stage.id().into())
                .collect();
            let turn = one % order.len().max(1);
            order.rotate_left(turn);
            Edit::ReorderStages { category, order }
        }
        7 => Edit::style_stage(stage, "flame", word.clone()),
        8 => Edit::ProtectStage { stage, protected: two % 2 == 0 },
        9 => Edit::RenameCategory { category, name: word.clone() },
        10 => Edit::SetFinal { stage, is_final: two % 2 == 0 },
        _ => Edit::DiscardStage { stage },
    }
}

/// One default, open, not archived; unique names; stages in known categories (S22, S26, S27).
fn assert_invariants(pipeline: &Pipeline) {
    let stages = &pipeline.definition().stages;
    let defaults: Vec<_> = stages.iter().filter(|stage| stage.default).collect();
    assert_eq!(defaults.len(), 1, "exactly one default");
    assert!(!defaults[0].archived);
    assert_eq!(pipeline.catalog().default_stage().outcome(), Outcome::Open);
    let live: Vec<_> = stages.iter().filter(|stage| !stage.archived).collect();
    let names: BTreeSet<_> = live.iter().map(|stage| normalize_name(&stage.name)).collect();
    assert_eq!(names.len(), live.len(), "names are unique");
    let ids: BTreeSet<_> = stages.iter().map(|stage| &stage.id).collect();
    assert_eq!(ids.len(), stages.len(), "ids are unique");
    let listed: usize = pipeline
        .catalog()
        .categories()
        .map(|category| pipeline.catalog().stages_of(category.id()).count())
        .sum();
    assert_eq!(listed, stages.len(), "no stage is outside the categories");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn edits_keep_the_invariants_and_undo_restores(
        dice in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), "[a-d]{0,2}|#f0[0-9]"), 1..24),
        together in 1_usize..4,
    ) {
        let mut pipeline = contacts();
        let mut undos: Vec<(Pipeline, Revision)> = Vec::new();
        for group in dice.chunks(together) {
            let revision = group.iter().fold(Revision::new(), |revision, dice| revision.edit(edit_of(&pipeline, dice)));
            match pipeline.revise(&revision, &nobody_there(), &ada()) {
                Revised::Accepted(done) => {
                    assert_invariants(done.pipeline());
                    undos.push((pipeline, done.undo().clone()));
                    pipeline = done.pipeline().clone();
                }
                Revised::Unchanged => {}
                Revised::Refused(refusal) => prop_assert!(!refusal.reasons().is_empty()),
            }
        }
        let count = u32::try_from(undos.len()).unwrap();
        prop_assert_eq!(pipeline.version(), 1 + count);
        while let Some((before, undo)) = undos.pop() {
            pipeline = accepted(pipeline.revise(&undo, &nobody_there(), &ada())).pipeline().clone();
            prop_assert_eq!(pipeline.definition(), before.definition());
        }
    }
}
