//! The edits that can be typed.

use std::path::PathBuf;

use clap::Subcommand;
use lifestage::catalog::Outcome;
use lifestage::definition::{CategoryDef, StageDef};
use lifestage::revise::{DefinitionEdit as Edit, Revision};
use lifestage::{Fields, Pipeline, SmolStr, Target};

use crate::arguments::stage_of;
use crate::document::json_of;
use crate::failure::Failure;
use crate::given::Given;

/// What to edit. Stages go by id or name.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Give a stage another name
    RenameStage { stage: String, name: String },
    /// Say what a stage means, and how to work in it
    DescribeStage {
        stage: String,
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[arg(long, value_name = "TEXT")]
        guidance: Option<String>,
    },
    /// Set icon and colour of a stage
    StyleStage {
        stage: String,
        #[arg(long, value_name = "NAME")]
        icon: Option<SmolStr>,
        /// A name of the palette, #rgb, #rrggbb or rgb(r,g,b)
        #[arg(long, value_name = "COLOUR")]
        colour: Option<SmolStr>,
    },
    /// Add a stage to a category
    AddStage {
        id: SmolStr,
        name: String,
        category: SmolStr,
        /// The stage that it comes before, instead of last
        #[arg(long, value_name = "STAGE")]
        before: Option<String>,
    },
    /// Archive a stage, and send its records to another
    RemoveStage {
        stage: String,
        /// Where its records go
        #[arg(long, value_name = "STAGE")]
        replacement: Option<String>,
        /// What the replacement asks for, once for all of them
        #[arg(long, value_name = "NAME=VALUE", requires = "replacement")]
        input: Vec<Given>,
    },
    /// Bring an archived stage back
    RestoreStage { stage: String },
    /// Put the stages of a category in this order
    ReorderStages { category: SmolStr, stages: Vec<String> },
    /// Move a stage to another category
    MoveStage { stage: String, category: SmolStr },
    /// Make a stage the one where new records start
    SetDefault { stage: String },
    /// Protect a stage from edits
    ProtectStage { stage: String },
    /// Protect a stage no longer
    UnprotectStage { stage: String },
    /// Add a category
    AddCategory {
        id: SmolStr,
        name: String,
        /// open, won, lost or disqualified; fixed from then on
        #[arg(value_parser = outcome)]
        outcome: Outcome,
    },
    /// Give a category another name
    RenameCategory { category: SmolStr, name: String },
    /// Remove a category without stages
    RemoveCategory { category: SmolStr },
    /// Put the categories in this order
    ReorderCategories { categories: Vec<SmolStr> },
    /// Remove a move
    RemoveMove {
        #[arg(value_name = "MOVE")]
        id: SmolStr,
    },
    /// Take the pipeline out of use
    Archive,
    /// Take the pipeline into use again
    Restore,
    /// Make the edits of a file, together or not at all; - is the standard input
    Apply { file: PathBuf },
    /// Take back what made a version
    UndoVersion { version: u32 },
    /// Say what depends on a stage
    Uses { stage: String },
}

/// What a command comes to.
pub(super) enum Step {
    Revise(Revision),
    UndoVersion(u32),
    Uses(String),
}

fn outcome(text: &str) -> Result<Outcome, String> {
    let found = Outcome::ALL.into_iter().find(|outcome| outcome.name() == text);
    found.ok_or_else(|| "write open, won, lost or disqualified".into())
}

impl Command {
    pub(super) fn step(&self, pipeline: &Pipeline) -> Result<Step, Failure> {
        let stage = |typed: &str| stage_of(pipeline, typed);
        let edit = match self {
            Self::RenameStage { stage: id, name } => Edit::rename_stage(stage(id)?, name),
            Self::DescribeStage { stage: id, description, guidance } => Edit::DescribeStage {
                stage: stage(id)?,
                description: description.clone(),
                guidance: guidance.clone(),
            },
            Self::StyleStage { stage: id, icon, colour } => {
                Edit::StyleStage { stage: stage(id)?, icon: icon.clone(), colour: colour.clone() }
            }
            Self::AddStage { id, name, category, before } => Edit::AddStage {
                stage: StageDef::new(id.clone(), name, category.clone()),
                before: before.as_deref().map(stage).transpose()?,
                after: None,
            },
            Self::RemoveStage { stage: id, replacement, input } => {
                let replacement = replacement.as_deref().map(stage).transpose()?;
                let target = replacement.clone().map(Target::Stage);
                let mut answers = Fields::new();
                for given in input {
                    let value = target.as_ref().map(|target| given.input(pipeline, target)).transpose()?;
                    if let Some(value) = value.flatten() {
                        answers.insert(given.name(), value);
                    }
                }
                Edit::RemoveStage { stage: stage(id)?, replacement, input: answers }
            }
            Self::RestoreStage { stage: id } => Edit::restore_stage(archived(pipeline, id)?),
            Self::ReorderStages { category, stages } => {
                let order = stages.iter().map(|id| stage(id)).collect::<Result<Vec<_>, _>>()?;
                Edit::reorder_stages(category.clone(), order)
            }
            Self::MoveStage { stage: id, category } => Edit::move_stage(stage(id)?, category.clone()),
            Self::SetDefault { stage: id } => Edit::set_default(stage(id)?),
            Self::ProtectStage { stage: id } => Edit::ProtectStage { stage: stage(id)?, protected: true },
            Self::UnprotectStage { stage: id } => Edit::ProtectStage { stage: stage(id)?, protected: false },
            Self::AddCategory { id, name, outcome } => {
                Edit::AddCategory { category: CategoryDef::new(id.clone(), name, *outcome), before: None }
            }
            Self::RenameCategory { category, name } => {
                Edit::RenameCategory { category: category.clone(), name: name.clone() }
            }
            Self::RemoveCategory { category } => Edit::RemoveCategory { category: category.clone() },
            Self::ReorderCategories { categories } => Edit::ReorderCategories { order: categories.clone() },
            Self::RemoveMove { id } => Edit::remove_move(id.clone()),
            Self::Archive => Edit::ArchivePipeline {},
            Self::Restore => Edit::RestorePipeline {},
            Self::Apply { file } => return json_of(file, "revision").map(Step::Revise),
            Self::UndoVersion { version } => return Ok(Step::UndoVersion(*version)),
            Self::Uses { stage } => return Ok(Step::Uses(stage.clone())),
        };
        Ok(Step::Revise(edit.into()))
    }
}

/// The id of an archived stage, which nobody is offered by name any more.
fn archived(pipeline: &Pipeline, typed: &str) -> Result<SmolStr, Failure> {
    let named = pipeline.catalog().stages().find(|stage| stage.is_archived() && stage.name() == typed);
    named.map_or_else(|| stage_of(pipeline, typed), |stage| Ok(stage.id().into()))
}
