//! What a definition means, as a digest: two documents that decide alike mean alike (S19).

use alloc::string::String;
use alloc::vec::Vec;

use super::Definition;
use crate::digest::Digest;

/// The digest over ids, outcomes, order, moves, roles, criteria, inputs and effects. Names, labels,
/// descriptions, icons and colours do not count.
pub fn meaning(document: &Definition) -> Digest {
    let mut bare = document.clone();
    bare.schema = String::new();
    bare.name = String::new();
    bare.description = String::new();
    for category in &mut bare.categories {
        category.name = String::new();
        category.description = String::new();
        unlabel(&mut category.input);
    }
    for stage in &mut bare.stages {
        stage.name = String::new();
        stage.description = String::new();
        stage.guidance = String::new();
        stage.icon = Default::default();
        stage.colour = Default::default();
        stage.actions.iter_mut().for_each(unname);
        unlabel(&mut stage.input);
    }
    for mv in &mut bare.policy.moves {
        mv.description = String::new();
        mv.actions.iter_mut().for_each(unname);
        unlabel(&mut mv.input);
    }
    relabel(&mut bare);
    for (_, role) in bare.roles.iter_mut() {
        role.name = String::new();
    }
    for (_, field) in bare.fields.iter_mut() {
        field.label = String::new();
        field.indexed = false;
    }
    bare.queues.iter_mut().for_each(|queue| queue.name = String::new());
    bare.workflows.iter_mut().for_each(|flow| flow.name = String::new());
    let bytes: Vec<u8> = serde_json::to_vec(&bare).unwrap_or_default();
    Digest::of(&bytes)
}

/// A label does not count, but which alternatives share one does: each becomes the number of the
/// first move that has it.
fn relabel(bare: &mut Definition) {
    let mut known: Vec<String> = Vec::new();
    for mv in &mut bare.policy.moves {
        let own = core::iter::once(&mut mv.label);
        let labels = own.chain(mv.from.0.iter_mut().map(|source| &mut source.label));
        for label in labels.filter(|label| !label.is_empty()) {
            let at = known.iter().position(|other| other == label).unwrap_or_else(|| {
                known.push(label.clone());
                known.len() - 1
            });
            *label = alloc::format!("{at}");
        }
    }
}

fn unlabel(inputs: &mut super::Named<super::InputDef>) {
    inputs.iter_mut().for_each(|(_, input)| input.label = String::new());
}

fn unname(action: &mut super::ActionDef) {
    action.name = String::new();
    action.icon = Default::default();
}
