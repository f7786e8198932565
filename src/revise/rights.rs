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
    let regrouped = regrouped(old, new).map(|_| Capability::ChangeCategory);
    regrouped.into_iter().chain(rights.then_some(Capability::Publish))
}

/// What a document that is published as a whole needs beside `publish`, and the first stage because of which: what
/// the edits would need that come to the same. A protected stage is edited by those who may lift its protection, which
/// takes `configure_catalog` and `publish` (S27); its place in an order is no part of it.
#[cfg(feature = "std")]
pub(crate) fn of_publication<'d>(
    old: &'d Definition,
    new: &'d Definition,
) -> impl Iterator<Item = (Capability, &'d SmolStr)> {
    let edited = old.stages.iter().filter(|stage| stage.protected).find(|stage| {
        let after = new.stages.iter().find(|after| after.id == stage.id);
        after != Some(stage)
    });
    let edited = edited.map(|stage| (Capability::ConfigureCatalog, &stage.id));
    let regrouped = regrouped(old, new).map(|stage| (Capability::ChangeCategory, &stage.id));
    edited.into_iter().chain(regrouped)
}

/// The first stage of those both have that is in another category or comes to mean another outcome.
fn regrouped<'d>(old: &Definition, new: &'d Definition) -> Option<&'d StageDef> {
    let place = |document: &Definition, stage: &StageDef| -> (SmolStr, Option<Outcome>) {
        let category = document.categories.iter().find(|category| category.id == stage.category);
        (stage.category.clone(), category.map(|category| category.outcome))
    };
    new.stages.iter().find(|stage| {
        let before = old.stages.iter().find(|before| before.id == stage.id);
        before.is_some_and(|before| place(old, before) != place(new, stage))
    })
}
