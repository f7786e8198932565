//! The stages of a pipeline in their categories, in order.

mod colour;
mod icon;
mod name;

use alloc::boxed::Box;
use core::fmt;
use core::ops::Range;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use colour::{Colour, ColourError, PALETTE};
pub use icon::{Icon, IconGroup};
pub use name::normalize_name;

use crate::role_set::RoleSet;
use crate::symbols::Symbols;
use crate::time::Span;

/// What it means for a record to be in a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Still being worked.
    #[default]
    Open,
    /// Ended as wished.
    Won,
    /// Ended otherwise.
    Lost,
    /// Was never a case: a duplicate, spam, not a fit.
    Disqualified,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Open, Self::Won, Self::Lost, Self::Disqualified];

    /// Whether work has ended.
    pub const fn is_closed(self) -> bool {
        !matches!(self, Self::Open)
    }

    /// The word used in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Disqualified => "disqualified",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The place of a stage in its catalog, counted from 0 in definition order. Good for one pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageIx(pub(crate) u16);

impl StageIx {
    /// The stage at `position` in definition order. Whether there is one, the catalog knows.
    pub const fn new(position: u16) -> Self {
        Self(position)
    }

    /// The position in definition order.
    pub const fn position(self) -> u16 {
        self.0
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A named group of stages with a fixed outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub(crate) id: SmolStr,
    pub(crate) name: SmolStr,
    pub(crate) outcome: Outcome,
}

impl Category {
    /// The stable id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name people see.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it means for a record to be here; fixed for good.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }
}

/// One stage of a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub(crate) id: SmolStr,
    pub(crate) name: SmolStr,
    pub(crate) category: u16,
    pub(crate) outcome: Outcome,
    pub(crate) description: Box<str>,
    pub(crate) guidance: Box<str>,
    pub(crate) icon: Option<Icon>,
    pub(crate) colour: Option<Colour>,
    pub(crate) is_final: bool,
    pub(crate) is_protected: bool,
    pub(crate) is_archived: bool,
    pub(crate) probability: Option<u8>,
    pub(crate) idle: Option<Span>,
    /// The roles whose holders may bring records here; all bits when it names none.
    pub(crate) enter_roles: RoleSet,
}

impl Stage {
    /// The stable id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name people see.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The outcome of its category.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What it means for a record to be here.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Advice for whoever works a record in this stage.
    pub fn guidance(&self) -> &str {
        &self.guidance
    }

    /// Its icon, if it has one.
    pub const fn icon(&self) -> Option<Icon> {
        self.icon
    }

    /// Its colour, if it has one.
    pub const fn colour(&self) -> Option<Colour> {
        self.colour
    }

    /// Whether no move leads out (S9).
    pub const fn is_final(&self) -> bool {
        self.is_final
    }

    /// Whether edits are refused because a feature depends on it (S27).
    pub const fn is_protected(&self) -> bool {
        self.is_protected
    }

    /// Whether it is gone from pickers and kept for history (S25).
    pub const fn is_archived(&self) -> bool {
        self.is_archived
    }

    /// The chance in percent that a record here will be won.
    pub const fn probability(&self) -> Option<u8> {
        self.probability
    }

    /// How long a record may sit here before it counts as idle (S54).
    pub const fn idle(&self) -> Option<Span> {
        self.idle
    }
}

/// The stages of a pipeline in their categories, in order.
///
/// ```
/// use lifestage::{Pipeline, presets};
///
/// let lead = Pipeline::from_json(presets::LEAD)?;
/// let catalog = lead.catalog();
/// assert_eq!(catalog.default_stage().name(), "New");
/// assert_eq!(catalog.stages().count(), 9);
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StageCatalog {
    pub(crate) categories: Box<[Category]>,
    pub(crate) stages: Box<[Stage]>,
    pub(crate) ids: Symbols,
    pub(crate) default: StageIx,
    /// The position of each stage among the open, unarchived ones, across categories; closed and
    /// archived stages have none (S7).
    pub(crate) open_rank: Box<[Option<u16>]>,
}

impl StageCatalog {
    /// The categories, in order.
    pub fn categories(&self) -> impl ExactSizeIterator<Item = &Category> {
        self.categories.iter()
    }

    /// The stages in definition order, archived ones included.
    pub fn stages(&self) -> impl ExactSizeIterator<Item = &Stage> {
        self.stages.iter()
    }

    /// The stages of one category in order, archived ones included.
    pub fn stages_of<'a>(&'a self, category: &str) -> impl Iterator<Item = &'a Stage> {
        let at = self.categories.iter().position(|c| c.id == category);
        self.stages.iter().filter(move |stage| at == Some(usize::from(stage.category)))
    }

    /// The stage with this id.
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.at(self.index_of(id)?)
    }

    /// The place of the stage with this id.
    pub fn index_of(&self, id: &str) -> Option<StageIx> {
        self.ids.get(id).and_then(|at| u16::try_from(at).ok()).map(StageIx)
    }

    /// The stage at this place.
    pub fn at(&self, ix: StageIx) -> Option<&Stage> {
        self.stages.get(ix.index())
    }

    /// The category of this stage.
    pub fn category_of(&self, stage: &Stage) -> Option<&Category> {
        self.categories.get(usize::from(stage.category))
    }

    /// Where new records start (S26).
    pub fn default_stage(&self) -> &Stage {
        self.get(self.default)
    }

    /// The stage at a place that this catalog gave out.
    #[expect(clippy::indexing_slicing, reason = "a catalog has every place that it gives out")]
    pub(crate) fn get(&self, ix: StageIx) -> &Stage {
        &self.stages[ix.index()]
    }

    pub(crate) fn indices(&self) -> impl Iterator<Item = StageIx> + use<> {
        let range: Range<u16> = 0..u16::try_from(self.stages.len()).unwrap_or(u16::MAX);
        range.map(StageIx)
    }

    /// The position among open stages, for `no_skipping` and directions (S7).
    pub(crate) fn open_rank(&self, ix: StageIx) -> Option<u16> {
        self.open_rank.get(ix.index()).copied().flatten()
    }
}
