//! What a move asks of the host, as data (S46).

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::definition::ActionKind;
use crate::value::Fields;

/// At which point of a move an effect was planned; their order is the order of effects (S46).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectTrigger {
    /// Leaving the old stage.
    Exit,
    /// The move itself.
    Move,
    /// Entering the new stage.
    Enter,
}

impl EffectTrigger {
    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Move => "move",
            Self::Enter => "enter",
        }
    }
}

impl ActionKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::BookCall,
        Self::SendEmail,
        Self::SendText,
        Self::Assign,
        Self::ScheduleMeeting,
        Self::CreateTask,
        Self::Notify,
        Self::Webhook,
        Self::Custom,
    ];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BookCall => "book_call",
            Self::SendEmail => "send_email",
            Self::SendText => "send_text",
            Self::Assign => "assign",
            Self::ScheduleMeeting => "schedule_meeting",
            Self::CreateTask => "create_task",
            Self::Notify => "notify",
            Self::Webhook => "webhook",
            Self::Custom => "custom",
        }
    }
}

/// One piece of work that a change asks of the host, with everything fixed that delivery needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The record.
    pub record: SmolStr,
    /// The journal row that set it in motion.
    pub seq: u64,
    /// Its place among the effects of that row, from 0, without gaps.
    pub index: u16,
    /// The action, or `workflow/task` or `workflow/message`, that asks for it.
    pub action: SmolStr,
    /// What kind of work it is.
    pub kind: ActionKind,
    /// At which point of the move it was planned.
    pub trigger: EffectTrigger,
    /// The visit it belongs to; leaving that visit cancels it unless it says otherwise (S49).
    pub visit: u64,
    /// Its arguments, with the record's values in place of template variables.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub args: Fields,
    /// Template variables that had no value and rendered empty. An entry that begins with `error: ` says why a
    /// text could not be rendered and is empty as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<SmolStr>,
}

impl Effect {
    /// The stable id, `record/seq/index`: the same however often it is delivered.
    pub fn id(&self) -> EffectId<'_> {
        EffectId { record: &self.record, seq: self.seq, index: self.index }
    }
}

/// The stable id of an effect; its text form is `record/seq/index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EffectId<'a> {
    record: &'a str,
    seq: u64,
    index: u16,
}

impl fmt::Display for EffectId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.record, self.seq, self.index)
    }
}
