//! Editing a definition: SEMANTICS S21 to S31, through `Pipeline::revise`.

mod edits;
mod property;
mod rules;

use lifestage::migration::Occupancy;
use lifestage::revise::{Acceptance, DefinitionEdit, Revised, Revision};
use lifestage::{Actor, Pipeline, ReasonCode, Refusal, presets};

fn contacts() -> Pipeline {
    Pipeline::from_json(presets::CONTACT_STAGES).unwrap()
}

fn lead() -> Pipeline {
    Pipeline::from_json(presets::LEAD).unwrap()
}

fn ada() -> Actor {
    Actor::new("ada").with_role("admin")
}

fn olga() -> Actor {
    Actor::new("olga").with_role("owner")
}

fn nobody_there() -> Occupancy {
    Occupancy::none()
}

#[track_caller]
fn accepted(revised: Revised) -> Box<Acceptance> {
    match revised {
        Revised::Accepted(accepted) => accepted,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(revised: Revised) -> Refusal {
    match revised {
        Revised::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

/// Makes edits on the contact stages, with nobody in any of them.
#[track_caller]
fn edit(edits: impl IntoIterator<Item = DefinitionEdit>) -> Box<Acceptance> {
    accepted(contacts().revise(&revision(edits), &nobody_there(), &ada()))
}

#[track_caller]
fn refuse(edits: impl IntoIterator<Item = DefinitionEdit>) -> Refusal {
    refused(contacts().revise(&revision(edits), &nobody_there(), &ada()))
}

fn revision(edits: impl IntoIterator<Item = DefinitionEdit>) -> Revision {
    edits.into_iter().fold(Revision::new(), Revision::edit)
}

fn codes(refusal: &Refusal) -> Vec<ReasonCode> {
    refusal.codes().collect()
}

/// The codes of the findings behind the reasons.
fn findings(refusal: &Refusal) -> Vec<String> {
    refusal
        .reasons()
        .iter()
        .filter_map(|reason| reason.parameter("finding"))
        .map(ToString::to_string)
        .collect()
}
