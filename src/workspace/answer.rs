use core::fmt;
use std::vec::Vec;

use smol_str::SmolStr;

use super::FollowUp;
use crate::change::SealedChange;
use crate::effect::Effect;
use crate::finding::DefinitionError;
use crate::journal::Row;
use crate::pipeline::Unchanged;
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::store::{StoreError, StoreErrorKind};

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It is carried out and committed.
    Done(Receipt),
    /// It is committed as a proposal, and waits for another person's approval (S61b).
    Proposed(Receipt),
    /// The record was where it was asked to be; nothing is written (S5).
    Unchanged(Unchanged),
    /// It is refused, with every reason; nothing is written.
    Refused(Refusal),
    /// It was possible, but another request of the same atomic batch was not; nothing is written.
    RolledBack,
}

impl Answer {
    /// The receipt, if something was written.
    pub const fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Done(receipt) | Self::Proposed(receipt) => Some(receipt),
            Self::Unchanged(_) | Self::Refused(_) | Self::RolledBack => None,
        }
    }

    pub(super) fn refused(reason: Reason) -> Self {
        Self::Refused(Refusal::only(reason))
    }

    /// The reasons, if it was refused.
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// What was committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    record: Record,
    row: Row,
    effects: Vec<Effect>,
    follow_ups: Vec<FollowUp>,
    already: Vec<SmolStr>,
    repeated: bool,
}

impl Receipt {
    pub(super) fn new(change: SealedChange) -> Self {
        let SealedChange { record, row, effects, .. } = change;
        Self { record, row, effects, follow_ups: Vec::new(), already: Vec::new(), repeated: false }
    }

    pub(super) const fn repeated(record: Record, row: Row, effects: Vec<Effect>) -> Self {
        Self { record, row, effects, follow_ups: Vec::new(), already: Vec::new(), repeated: true }
    }

    pub(super) fn followed_by(self, follow_ups: Vec<FollowUp>) -> Self {
        Self { follow_ups, ..self }
    }

    pub(super) fn undoing(self, already: Vec<SmolStr>) -> Self {
        Self { already, ..self }
    }

    /// The moves that it led to at once, in order, each with what became of it (S13).
    pub fn follow_ups(&self) -> &[FollowUp] {
        &self.follow_ups
    }

    /// Of a move undone, the ids of the effects that were delivered before, and cannot be taken back (S43). A task counts
    /// as delivered when it came to the list of tasks or to a handler, since somebody may know of it.
    pub fn already_delivered(&self) -> &[SmolStr] {
        &self.already
    }

    /// The record after, before what it led to; for a repeated request, the record as it is now.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    pub(super) fn into_record(self) -> Record {
        self.record
    }

    /// The history row.
    pub const fn row(&self) -> &Row {
        &self.row
    }

    /// What it set in motion.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Whether this is the receipt of the first of several requests with one key (S14).
    pub const fn is_repeated(&self) -> bool {
        self.repeated
    }
}

/// Why a workspace could not answer. Nothing was written, but for the case that [`StoreError`] names.
#[derive(Debug)]
#[non_exhaustive]
pub enum WorkspaceError {
    /// There is no such record.
    NoRecord {
        /// The id asked for.
        id: SmolStr,
    },
    /// The record has no such journal row.
    NoRow {
        /// The record.
        id: SmolStr,
        /// The row asked for.
        seq: u64,
    },
    /// There is no such effect.
    NoEffect {
        /// The id asked for.
        id: SmolStr,
    },
    /// The pipeline has no such version.
    NoVersion {
        /// The pipeline.
        pipeline: SmolStr,
        /// The version asked for.
        version: u32,
    },
    /// There is no such migration.
    NoMigration {
        /// The id asked for.
        id: SmolStr,
    },
    /// Somebody closed the migration while it was carried out; what had moved by then stays.
    MigrationClosed {
        /// Its id.
        id: SmolStr,
    },
    /// A published definition does not load, or one to be published would not.
    Definition {
        /// The pipeline.
        pipeline: SmolStr,
        /// Its version.
        version: u32,
        /// What is wrong with it.
        error: DefinitionError,
    },
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for WorkspaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRecord { id } => write!(f, "there is no record `{id}`"),
            Self::NoEffect { id } => write!(f, "there is no effect `{id}`"),
            Self::NoRow { id, seq } => write!(f, "record `{id}` has no journal row {seq}"),
            Self::NoVersion { pipeline, version } => {
                write!(f, "pipeline `{pipeline}` has no version {version}")
            }
            Self::NoMigration { id } => write!(f, "there is no migration `{id}`"),
            Self::MigrationClosed { id } => write!(
                f,
                "the migration `{id}` was closed while it was carried out; what had moved by then stays"
            ),
            Self::Definition { pipeline, version, error } => {
                write!(f, "version {version} of pipeline `{pipeline}` does not load:\n{error}")
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for WorkspaceError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<StoreError> for WorkspaceError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl WorkspaceError {
    pub(super) fn no_record(id: &str) -> Self {
        Self::NoRecord { id: SmolStr::new(id) }
    }

    pub(super) fn no_row(id: &str, seq: u64) -> Self {
        Self::NoRow { id: SmolStr::new(id), seq }
    }

    /// The store broke its contract.
    pub(super) fn cut_short() -> Self {
        let message = "the store's answer does not fit what it was asked";
        StoreError::new(StoreErrorKind::Corrupt, message).into()
    }
}
