//! What a change of a definition needs beside `configure_catalog` (S24, S30): another category or outcome for a stage
//! needs `change_category`; who may do what, what a feature depends on, and whether the pipeline is in use is for
//! those who may publish.

use alloc::vec::Vec;

use smol_str::SmolStr;

use super::edit::DefinitionEdit as Edit;
use crate::capability::Capability;
use crate::catalog::Outcome;
use crate::definition::{Definition, StageDef};

/// What one edit needs on the document that it is made on. Edits that come after it and take it back change nothing
/// about that: a protection that is lifted for a moment protects nothing (S27).
pub(super) fn of_edit(document: &Definition, edit: &Edit) -> Option<Capability> {
    let stage = |id: &SmolStr| document.stages.iter().find(|stage| stage.id == *id);
    let role = |id: &SmolStr| document.roles.get(id);
    let (needed, capability) = match edit {
        Edit::MoveStage { stage: id, category, .. } => {
            (stage(id).is_some_and(|stage| stage.category != *category), Capability::ChangeCategory)
        }
        Edit::ProtectStage { stage: id, protected } => {
            (stage(id).is_some_and(|stage| stage.protected != *protected), Capability::Publish)
        }
        Edit::AddStage { stage, .. } => (stage.protected, Capability::Publish),
        Edit::PutRole { role: id, definition, .. } => (role(id) != Some(definition), Capability::Publish),
        Edit::RemoveRole { role: id } => (role(id).is_some(), Capability::Publish),
        Edit::ArchivePipeline {} => (!document.archived, Capability::Publish),
        Edit::RestorePipeline {} => (document.archived, Capability::Publish),
        _ => return None,
    };
    needed.then_some(capability)
}

/// What the difference of two documents needs, however it comes about: a stage that is taken out and put in again
/// elsewhere has moved.
pub(super) fn of_change(old: &Definition, new: &Definition) -> impl Iterator<Item = Capability> {
    let guarded = |stages: &[StageDef]| -> Vec<SmolStr> {
        let mut ids: Vec<SmolStr> =
            stages.iter().filter(|stage| stage.protected).map(|stage| stage.id.clone()).collect();
        ids.sort_unstable();
        ids
    };
    let rights = old.roles != new.roles
        || old.archived != new.archived
        || guarded(&old.stages) != guarded(&new.stages);
    let needed = [(regroups(old, new), Capability::ChangeCategory), (rights, Capability::Publish)];
    needed.into_iter().filter(|(needed, _)| *needed).map(|(_, capability)| capability)
}

/// Whether a stage that both have is in another category or comes to mean another outcome.
fn regroups(old: &Definition, new: &Definition) -> bool {
    let place = |document: &Definition, stage: &StageDef| -> (SmolStr, Option<Outcome>) {
        let category = document.categories.iter().find(|category| category.id == stage.category);
        (stage.category.clone(), category.map(|category| category.outcome))
    };
    new.stages.iter().any(|stage| {
        let before = old.stages.iter().find(|before| before.id == stage.id);
        before.is_some_and(|before| place(old, before) != place(new, stage))
    })
}
