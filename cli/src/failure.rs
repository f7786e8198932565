//! Why a verb could not answer: one place for all of them, with the exit code of each.

use std::fmt::{self, Display};
use std::io;
use std::path::Path;

use lifestage::import::{CellFault, ImportError};
use lifestage::store::{StoreError, StoreErrorKind};
use lifestage::{PublishRefusal, WorkspaceError};
use serde::Serialize;

use crate::document::Document;
use crate::exit::Exit;
use crate::output::{Shown, Text};
use crate::snippet::Place;

/// Why a verb could not answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What is told.
    Told(Told),
    /// A definition does not load.
    Definition(Box<Document>),
    /// The answer cannot be written out, mostly because nobody reads on.
    Output(io::Error),
}

/// A failure in words.
#[derive(Debug)]
pub(crate) struct Told {
    exit: Exit,
    message: String,
    /// The stable number, for failures of a store.
    code: Option<u16>,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self::Told(Told { exit, message: message.into(), code: None })
    }

    /// The arguments do not fit together.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something named is not there.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(Exit::Missing, message)
    }

    /// What is stored cannot be used.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// A file cannot be used; `doing` completes "cannot".
    pub(crate) fn file(doing: &str, path: &Path, error: impl Display) -> Self {
        Self::new(Exit::Failed, format!("cannot {doing} `{}`: {error}", path.display()))
    }

    /// A value that somebody typed cannot be read.
    pub(crate) fn typed(fault: &CellFault) -> Self {
        Self::usage(fault.to_string())
    }

    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Told(told) => told.exit,
            Self::Definition(_) => Exit::Refused,
            Self::Output(_) => Exit::Failed,
        }
    }

    /// Whether the reader of the output went away, as `head` does: nobody is left to be told.
    pub(crate) fn nobody_reads(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = if error.kind() == StoreErrorKind::Busy { Exit::Conflict } else { Exit::Failed };
        Self::Told(Told { exit, message: error.to_string(), code: Some(error.kind().number()) })
    }
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        match error {
            WorkspaceError::Store(error) => error.into(),
            WorkspaceError::NoRecord { .. }
            | WorkspaceError::NoRow { .. }
            | WorkspaceError::NoEffect { .. }
            | WorkspaceError::NoVersion { .. }
            | WorkspaceError::NoMigration { .. } => Self::missing(error.to_string()),
            WorkspaceError::MigrationClosed { .. } => Self::new(Exit::Conflict, error.to_string()),
            other => Self::new(Exit::Failed, other.to_string()),
        }
    }
}

impl From<PublishRefusal> for Failure {
    fn from(refusal: PublishRefusal) -> Self {
        match refusal {
            PublishRefusal::Workspace(error) => error.into(),
            other => Self::new(Exit::Refused, other.to_string()),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Workspace(error) => error.into(),
            ImportError::NoPipeline { .. } => Self::missing(error.to_string()),
            ImportError::Mapping(_) => Self::usage(error.to_string()),
            other => Self::new(Exit::Failed, other.to_string()),
        }
    }
}

/// The document that says what went wrong.
#[derive(Serialize)]
struct Shape<'a> {
    error: ErrorShape<'a>,
}

#[derive(Serialize)]
struct ErrorShape<'a> {
    exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Place<'a>>,
}

impl Serialize for Failure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (code, message, findings) = match self {
            Self::Told(told) => (told.code, told.message.clone(), Vec::new()),
            Self::Definition(document) => (None, document.summary(), document.places()),
            Self::Output(error) => (None, error.to_string(), Vec::new()),
        };
        Shape { error: ErrorShape { exit: self.exit().number(), code, message, findings } }
            .serialize(serializer)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(told) => f.write_str(&told.message),
            Self::Definition(document) => f.write_str(&document.summary()),
            Self::Output(error) => write!(f, "cannot write the answer: {error}"),
        }
    }
}

impl Shown for Failure {
    fn text(&self, text: &mut Text) {
        if let Self::Definition(document) = self {
            document.findings_text(text);
        }
        let message = self.to_string();
        let mut lines = message.lines();
        text.bad("error:").plain(" ").plain(lines.next().unwrap_or_default()).end();
        for line in lines {
            text.plain("  ").plain(line).end();
        }
    }
}
