//! The append-only history of a record: rows, their hash chain, and the visits derived from them.

mod encode;
mod verify;
mod visits;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub(crate) use encode::request_digest;
pub use encode::{ENCODING_VERSION, Salt};
pub use verify::{ChainError, ChainFault, verify, verify_effects};
pub use visits::{Visit, visits};

use crate::catalog::{Outcome, Stage};
use crate::digest::Digest;
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// What a journal row records (S38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum RowKind {
    /// The record came to be.
    Creation = 1,
    /// A move to another stage.
    Move = 2,
    /// A move to the same stage that begins a new visit.
    ReEntry = 3,
    /// A move to the same stage within the visit.
    Internal = 4,
    /// A change of owner.
    Assignment = 5,
    /// A change of facts.
    Edit = 6,
    /// A lead became a customer.
    Conversion = 7,
    /// Two records became one.
    Merge = 8,
    /// A move by a map, past the rules.
    Migration = 9,
    /// An earlier row undone.
    Correction = 10,
    /// A move asked for that another person has to approve.
    Proposal = 11,
    /// A proposed move carried out.
    Approval = 12,
    /// A proposal taken back.
    Withdrawal = 13,
    /// Something worth knowing, written down.
    Note = 14,
    /// A call.
    Call = 15,
    /// A meeting.
    Meeting = 16,
    /// An e-mail sent.
    Email = 17,
    /// Something to be done, or done.
    Task = 18,
    /// The record put into the trash.
    Deletion = 19,
    /// The record taken out of the trash.
    Restoration = 20,
    /// What is personal in the rows before removed (S44).
    Erasure = 21,
    /// An action of a stage carried out, or what came of it (S51).
    Action = 22,
    /// Follow-up work that its stage came to have while the record was in it (S50).
    Workflow = 23,
}

impl RowKind {
    /// Every kind, in order of number.
    pub const ALL: [Self; 23] = [
        Self::Creation,
        Self::Move,
        Self::ReEntry,
        Self::Internal,
        Self::Assignment,
        Self::Edit,
        Self::Conversion,
        Self::Merge,
        Self::Migration,
        Self::Correction,
        Self::Proposal,
        Self::Approval,
        Self::Withdrawal,
        Self::Note,
        Self::Call,
        Self::Meeting,
        Self::Email,
        Self::Task,
        Self::Deletion,
        Self::Restoration,
        Self::Erasure,
        Self::Action,
        Self::Workflow,
    ];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Move => "move",
            Self::ReEntry => "re_entry",
            Self::Internal => "internal",
            Self::Assignment => "assignment",
            Self::Edit => "edit",
            Self::Conversion => "conversion",
            Self::Merge => "merge",
            Self::Migration => "migration",
            Self::Correction => "correction",
            Self::Proposal => "proposal",
            Self::Approval => "approval",
            Self::Withdrawal => "withdrawal",
            Self::Note => "note",
            Self::Call => "call",
            Self::Meeting => "meeting",
            Self::Email => "email",
            Self::Task => "task",
            Self::Deletion => "deletion",
            Self::Restoration => "restoration",
            Self::Erasure => "erasure",
            Self::Action => "action",
            Self::Workflow => "workflow",
        }
    }

    /// The kind with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether such a row ends a visit and begins another.
    pub const fn begins_visit(self) -> bool {
        matches!(
            self,
            Self::Creation | Self::Move | Self::ReEntry | Self::Migration | Self::Correction | Self::Approval
        )
    }
}

/// Which way a move went, judged on the day from the order of that day (S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Direction {
    /// To a later stage of the same standing, or into the pipeline.
    Forward = 1,
    /// To an earlier stage of the same standing.
    Backward = 2,
    /// To the same stage, or between closed stages of different outcomes.
    Across = 3,
    /// From an open stage, or none, to a closed one.
    Closing = 4,
    /// From a closed stage to an open one.
    Reopening = 5,
}

impl Direction {
    /// Every direction, in order of number.
    pub const ALL: [Self; 5] = [Self::Forward, Self::Backward, Self::Across, Self::Closing, Self::Reopening];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Across => "across",
            Self::Closing => "closing",
            Self::Reopening => "reopening",
        }
    }

    /// The direction with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|direction| direction.name() == name)
    }
}

/// A stage as it was on the day: its id, and the label and outcome that history keeps (S21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageMark {
    /// The stable id.
    pub id: SmolStr,
    /// The name people saw.
    pub label: SmolStr,
    /// The outcome of its category.
    pub outcome: Outcome,
}

impl From<&Stage> for StageMark {
    fn from(stage: &Stage) -> Self {
        Self { id: stage.id.clone(), label: stage.name.clone(), outcome: stage.outcome }
    }
}

/// The definition that a record was under before a migration (S33).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The pipeline.
    pub pipeline: SmolStr,
    /// The version of its definition.
    pub definition: u32,
}

/// One fact before and after. What is no field of the record goes by names of its own: the owner by
/// `record.owner`, the links by [`Link::fact`](crate::Link::fact), the e-mail held by `record.reserved`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactChange {
    /// The field.
    pub name: SmolStr,
    /// Its value before; none when it had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// Its value after; none when it lost it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// The name under which [`FactChange`] writes the owner.
pub const OWNER: &str = "record.owner";

/// The name under which [`FactChange`] writes the e-mail address that a customer holds (S57).
pub const RESERVED: &str = "record.reserved";

/// The name under which [`FactChange`] writes the queues that a record is on, as a list.
pub const QUEUES: &str = "record.queues";

/// The input under which the row of a merged record names the duplicate (S59).
pub const TAIL: &str = "record.tail";

/// How the names begin that no field may have.
pub(crate) const OWN_NAMES: &str = "record.";

/// One row of a record's history (S38). Rows are never changed; a correction is a new row (S43).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The record.
    pub record: SmolStr,
    /// Its number in the record's journal, from 1, without gaps.
    pub seq: u64,
    /// What it records.
    pub kind: RowKind,
    /// The pipeline.
    pub pipeline: SmolStr,
    /// The definition version it was judged by.
    pub definition: u32,
    /// The definition that a migrated record was under before; none in rows of other kinds (S33).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The move.
    #[serde(rename = "move", default, skip_serializing_if = "Option::is_none")]
    pub mv: Option<SmolStr>,
    /// The stage before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StageMark>,
    /// The stage after; the same as before in rows that leave the stage alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<StageMark>,
    /// Which way it went, when it went anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Who acted.
    pub actor: SmolStr,
    /// Whether a program acted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub automation: bool,
    /// Whether the rules were bypassed (S12).
    #[serde(default, skip_serializing_if = "is_false")]
    pub forced: bool,
    /// Whether the start of the visit is unknown (S40).
    #[serde(default, skip_serializing_if = "is_false")]
    pub start_unknown: bool,
    /// The words given as a reason for a forced move, a correction or a migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SmolStr>,
    /// What the person gave as input.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub input: Fields,
    /// The facts it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<FactChange>,
    /// When the record had been closed before this row (S10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_closed_at: Option<Timestamp>,
    /// Why the record had been lost before this row (S10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_lost_reason: Option<SmolStr>,
    /// The row that this one corrects, approves or withdraws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<u64>,
    /// When it took effect.
    pub effective_at: Timestamp,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// The caller's request key (S14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SmolStr>,
    /// The digest of the request that the key stands for (S14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Digest>,
    /// The batch it was part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<SmolStr>,
    /// The record's version after it.
    pub version_after: u64,
    /// What keeps the personal digest from being guessed; gone after erasure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<Salt>,
    /// The salted digest of what is personal: reason, input, facts, lost reason (S44).
    pub personal: Digest,
    /// The salted digest of its effects; zero when it has none.
    pub effects: Digest,
    /// The hash of the row before; zero before the first.
    pub previous: Digest,
    /// The hash of this row, over everything above.
    pub hash: Digest,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_false(value: &bool) -> bool {
    !*value
}
