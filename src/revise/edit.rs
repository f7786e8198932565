//! What an admin asks of a definition, one step at a time.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::criteria::Source;
use crate::definition::{
    ActionDef, AutomationDef, CategoryDef, ExitDef, FieldDef, InputDef, LimitsDef, MoveDef, Named, QueueDef,
    RoleDef, StageDef, WorkflowDef,
};
use crate::time::Span;
use crate::value::Fields;

/// One edit of a definition (S30). In JSON the member `edit` names it: `{"edit": "rename_stage",
/// "stage": "contacted", "name": "Reached"}`.
///
/// Where something is added, `before` names what it comes before; without it, it comes last. An id
/// never changes: renaming changes the name that people see (S21).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "each member is the part of the document with its name")]
pub enum DefinitionEdit {
    /// Changes what the pipeline is called and who uses it; what is left out stays.
    SetPipeline {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record_kind: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company: Option<SmolStr>,
    },
    /// Takes the pipeline out of use; refused while records are in it (S31).
    ArchivePipeline {},
    /// Takes the pipeline into use again.
    RestorePipeline {},

    /// Adds a category. Its outcome is fixed from then on.
    AddCategory {
        category: CategoryDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Gives a category another name.
    RenameCategory { category: SmolStr, name: String },
    /// Says what a category is for.
    DescribeCategory { category: SmolStr, description: String },
    /// Sets what entering any stage of a category asks for (S11).
    SetCategoryInput { category: SmolStr, input: Named<InputDef> },
    /// Puts the categories in this order, which names each of them once.
    ReorderCategories { order: Vec<SmolStr> },
    /// Removes a category that has no stages.
    RemoveCategory { category: SmolStr },

    /// Adds a stage: before another, after another, or behind the last one of its category.
    AddStage {
        stage: StageDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<SmolStr>,
    },
    /// Gives a stage another name.
    RenameStage { stage: SmolStr, name: String },
    /// Says what a stage means and how to work in it; what is left out stays.
    DescribeStage {
        stage: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        guidance: Option<String>,
    },
    /// Puts the stages of a category in this order, which names each of them once; archived ones may be
    /// left out and stay where they are (S23).
    ReorderStages { category: SmolStr, order: Vec<SmolStr> },
    /// Moves a stage to another category (S24): before another stage, after another, or behind the last
    /// one there.
    MoveStage {
        stage: SmolStr,
        category: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<SmolStr>,
    },
    /// Sets icon and colour; what is left out stays, and the empty text takes it away (S29).
    StyleStage {
        stage: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        icon: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        colour: Option<SmolStr>,
    },
    /// Makes a stage the one where new records start, instead of the one so far (S26); neither of them may be
    /// protected.
    SetDefault { stage: SmolStr },
    /// Protects a stage from edits, or no longer (S27).
    ProtectStage { stage: SmolStr, protected: bool },
    /// Makes a stage final, or no longer (S9).
    SetFinal {
        stage: SmolStr,
        #[serde(rename = "final")]
        is_final: bool,
    },
    /// Sets the chance of winning and the time until a record counts as idle (S54).
    SetForecast {
        stage: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        probability: Option<u8>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idle: Option<Span>,
    },
    /// Sets what must hold of a record that enters a stage, and which fields it needs.
    SetEntry {
        stage: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        when: Option<Source>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requires: Vec<SmolStr>,
    },
    /// Sets what must hold of a record that leaves a stage, and which fields it needs (S8a).
    SetExit {
        stage: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<ExitDef>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requires: Vec<SmolStr>,
    },
    /// Sets what entering a stage asks for (S11).
    SetStageInput { stage: SmolStr, input: Named<InputDef> },
    /// Archives a stage (S25): gone from pickers, still there for history. Its records go to the
    /// replacement, in whatever category, with what that asks for.
    RemoveStage {
        stage: SmolStr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replacement: Option<SmolStr>,
        #[serde(default, skip_serializing_if = "Fields::is_empty")]
        input: Fields,
    },
    /// Brings an archived stage back.
    RestoreStage { stage: SmolStr },
    /// Takes a stage out altogether, as if it had never been added; refused while records are in it
    /// or anything names it.
    DiscardStage { stage: SmolStr },

    /// Adds a move, or changes the one with its id.
    PutMove {
        #[serde(rename = "move")]
        mv: MoveDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Removes a move.
    RemoveMove {
        #[serde(rename = "move")]
        mv: SmolStr,
    },
    /// Sets the toggles of the policy; what is left out stays.
    SetPolicy {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        free: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no_skipping: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no_backward: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unowned_at_creation: Option<bool>,
    },

    /// Adds a field, or changes the one of that name.
    PutField {
        field: SmolStr,
        definition: FieldDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Removes a field from the definition; values that records have stay with them.
    RemoveField { field: SmolStr },
    /// Adds a role, or changes the one with that id.
    PutRole {
        role: SmolStr,
        definition: RoleDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Removes a role.
    RemoveRole { role: SmolStr },
    /// Adds a queue, or changes the one with its id.
    PutQueue {
        queue: QueueDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Removes a queue.
    RemoveQueue { queue: SmolStr },
    /// Adds an action to a stage or a move, or changes the one there with its id.
    PutAction {
        on: ActionPlace,
        action: ActionDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Removes an action.
    RemoveAction { on: ActionPlace, action: SmolStr },
    /// Adds a workflow, or changes the one with its id.
    PutWorkflow {
        workflow: WorkflowDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Removes a workflow.
    RemoveWorkflow { workflow: SmolStr },
    /// Adds an automation, or changes the one with its id.
    PutAutomation {
        automation: AutomationDef,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<SmolStr>,
    },
    /// Removes an automation.
    RemoveAutomation { automation: SmolStr },
    /// Sets the limits that the definition sets itself (S22).
    SetLimits { limits: LimitsDef },
}

/// What an action belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionPlace {
    /// The stage with this id.
    Stage(SmolStr),
    /// The move with this id.
    Move(SmolStr),
}

impl DefinitionEdit {
    /// Adds a stage behind the last one of its category.
    pub const fn add_stage(stage: StageDef) -> Self {
        Self::AddStage { stage, before: None, after: None }
    }

    /// Gives a stage another name.
    pub fn rename_stage(stage: impl Into<SmolStr>, name: impl Into<String>) -> Self {
        Self::RenameStage { stage: stage.into(), name: name.into() }
    }

    /// Puts the stages of a category in this order.
    pub fn reorder_stages(
        category: impl Into<SmolStr>,
        order: impl IntoIterator<Item = impl Into<SmolStr>>,
    ) -> Self {
        Self::ReorderStages { category: category.into(), order: order.into_iter().map(Into::into).collect() }
    }

    /// Moves a stage behind the last one of another category.
    pub fn move_stage(stage: impl Into<SmolStr>, category: impl Into<SmolStr>) -> Self {
        Self::MoveStage { stage: stage.into(), category: category.into(), before: None, after: None }
    }

    /// Sets icon and colour of a stage.
    pub fn style_stage(
        stage: impl Into<SmolStr>,
        icon: impl Into<SmolStr>,
        colour: impl Into<SmolStr>,
    ) -> Self {
        Self::StyleStage { stage: stage.into(), icon: Some(icon.into()), colour: Some(colour.into()) }
    }

    /// Makes a stage the one where new records start.
    pub fn set_default(stage: impl Into<SmolStr>) -> Self {
        Self::SetDefault { stage: stage.into() }
    }

    /// Removes a stage that no records are in.
    pub fn remove_stage(stage: impl Into<SmolStr>) -> Self {
        Self::RemoveStage { stage: stage.into(), replacement: None, input: Fields::new() }
    }

    /// Removes a stage, and sends its records to another.
    pub fn replace_stage(stage: impl Into<SmolStr>, replacement: impl Into<SmolStr>) -> Self {
        let replacement = Some(replacement.into());
        Self::RemoveStage { stage: stage.into(), replacement, input: Fields::new() }
    }

    /// Brings an archived stage back.
    pub fn restore_stage(stage: impl Into<SmolStr>) -> Self {
        Self::RestoreStage { stage: stage.into() }
    }

    /// Adds a move, or changes the one with its id.
    pub const fn put_move(mv: MoveDef) -> Self {
        Self::PutMove { mv, before: None }
    }

    /// Removes a move.
    pub fn remove_move(mv: impl Into<SmolStr>) -> Self {
        Self::RemoveMove { mv: mv.into() }
    }
}
