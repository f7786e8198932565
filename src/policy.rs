//! Who may do what, and which moves there are.

mod answers;
mod roles;
mod step;

use alloc::boxed::Box;
use alloc::vec::Vec;

use smol_str::SmolStr;

pub use crate::role_set::RoleSet;
pub(crate) use answers::{InputFault, first_of_each, input_faults};
pub use roles::Roles;
pub(crate) use step::{Step, StepTable};

use crate::catalog::StageIx;
use crate::definition::InputDef;
use crate::symbols::Symbols;

/// The place of a move in its policy, counted from 0 in definition order. Good for one pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MoveIx(pub(crate) u32);

impl MoveIx {
    /// The move at `position` in definition order. Whether there is one, the policy knows.
    pub const fn new(position: u32) -> Self {
        Self(position)
    }

    /// The position in definition order.
    pub const fn position(self) -> u32 {
        self.0
    }
}

/// A named transition: a label, one target, one or more sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    pub(crate) id: SmolStr,
    pub(crate) label: SmolStr,
    pub(crate) to: StageIx,
    pub(crate) rule: Rule,
}

impl Move {
    /// The stable id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The text of its button.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The stage it leads to.
    pub const fn to(&self) -> StageIx {
        self.to
    }

    /// Whether a second person has to approve (S61b).
    pub const fn needs_approval(&self) -> bool {
        self.rule.approval
    }
}

/// What a move demands beyond being possible.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    /// The roles that may make it; all bits when it names none.
    pub(crate) roles: RoleSet,
    /// The roles whose holders have one of them.
    pub(crate) holders: RoleSet,
    pub(crate) owner_only: bool,
    pub(crate) approval: bool,
    /// Its own condition, by place in the pipeline's list.
    pub(crate) when: Option<u32>,
    /// Its own inputs, by place in the pipeline's list of asks.
    pub(crate) asks: Box<[u32]>,
    /// Its own actions, by place in the pipeline's list of effects.
    pub(crate) effects: Box<[u32]>,
}

/// Something that a move or stage asks a person for (S11).
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    pub(crate) name: SmolStr,
    pub(crate) slot: u32,
    pub(crate) def: InputDef,
}

impl Ask {
    /// The name under which the answer is given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Type, question, answers allowed, and whether it may be left out.
    pub const fn definition(&self) -> &InputDef {
        &self.def
    }
}

/// Which moves exist, from where to where, for whom.
///
/// ```
/// use lifestage::{Pipeline, presets};
///
/// let lead = Pipeline::from_json(presets::LEAD)?;
/// let labels: Vec<_> = lead.policy().moves_from("negotiating").map(|m| m.label()).collect();
/// assert_eq!(labels, ["Mark won", "Mark engaged", "Mark lost"]);
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionPolicy {
    pub(crate) free: bool,
    pub(crate) no_skipping: bool,
    pub(crate) no_backward: bool,
    pub(crate) unowned_at_creation: bool,
    pub(crate) moves: Box<[Move]>,
    pub(crate) ids: Symbols,
    pub(crate) stage_ids: Symbols,
    pub(crate) steps: StepTable,
    pub(crate) source_labels: Vec<SmolStr>,
}

impl TransitionPolicy {
    /// The listed moves, in definition order.
    pub fn moves(&self) -> impl ExactSizeIterator<Item = &Move> {
        self.moves.iter()
    }

    /// The listed move with this id.
    pub fn mv(&self, id: &str) -> Option<&Move> {
        self.at(self.index_of(id)?)
    }

    /// The place of the move with this id.
    pub fn index_of(&self, id: &str) -> Option<MoveIx> {
        self.ids.get(id).map(MoveIx)
    }

    /// The move at this place.
    pub fn at(&self, ix: MoveIx) -> Option<&Move> {
        self.moves.get(ix.0 as usize)
    }

    /// The listed moves that start at this stage, in definition order.
    pub fn moves_from(&self, stage: &str) -> impl Iterator<Item = &Move> {
        let from = self.stage_ids.get(stage).and_then(|at| u16::try_from(at).ok()).map(StageIx);
        let steps = from.map_or(&[][..], |from| self.steps.of(Some(from)));
        steps.iter().filter_map(|step| self.at(step.mv?))
    }

    /// Whether every stage reaches every other besides (S8).
    pub const fn is_free(&self) -> bool {
        self.free
    }

    pub(crate) fn get(&self, ix: MoveIx) -> Option<&Move> {
        self.moves.get(ix.0 as usize)
    }
}

impl TransitionPolicy {
    /// The text of a step's button: the source's own, else the move's.
    pub(crate) fn label_of(&self, step: &Step) -> &str {
        let own = (step.label as usize).checked_sub(1).and_then(|at| self.source_labels.get(at));
        match own {
            Some(label) => label,
            None => step.mv.and_then(|mv| self.get(mv)).map_or("", |mv| &mv.label),
        }
    }

    /// The id of a step's listed move.
    pub(crate) fn id_of(&self, step: &Step) -> &str {
        step.mv.and_then(|mv| self.get(mv)).map_or("", |mv| &mv.id)
    }
}
