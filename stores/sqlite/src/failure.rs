use std::fmt;
use std::path::Path;

use lifestage::store::{StoreError, StoreErrorKind};
use rusqlite::ErrorCode;

/// What went wrong inside, before it is put into words for the caller.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite said so.
    Sqlite(rusqlite::Error),
    /// What is stored is not what this store wrote.
    Damaged(String),
    /// What is to be stored cannot be.
    Invalid(String),
    /// An erasure is committed, and left traces that could not be removed, for the reason given (S44).
    Unswept(StoreErrorKind, String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(format!("unreadable JSON: {error}"))
    }
}

pub(crate) fn damaged(what: impl fmt::Display) -> Failure {
    Failure::Damaged(what.to_string())
}

impl Failure {
    pub(crate) fn kind(&self) -> StoreErrorKind {
        let Self::Sqlite(error) = self else {
            return match self {
                Self::Invalid(_) => StoreErrorKind::Invalid,
                Self::Unswept(kind, _) => *kind,
                _ => StoreErrorKind::Corrupt,
            };
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Busy,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreErrorKind::Corrupt,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreErrorKind::ReadOnly,
            Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig) => {
                StoreErrorKind::Invalid
            }
            _ => StoreErrorKind::Io,
        }
    }

    /// Whether the writer cannot go on: what SQLite holds in memory and what is on disk may differ.
    pub(crate) fn is_fatal(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::OutOfMemory
            )
        )
    }

    /// The failure in words; `doing` completes "cannot".
    pub(crate) fn message(&self, doing: &str, path: &Path) -> String {
        let path = path.display();
        let error = match self {
            Self::Sqlite(error) => error,
            Self::Damaged(what) => return format!("cannot {doing} `{path}`: {what}"),
            Self::Invalid(what) => return format!("cannot {doing} `{path}`: {what}"),
            Self::Unswept(_, why) => {
                return format!(
                    "the erasure is committed, but `{path}` or its log still holds what was erased: {why}; \
                     once that has changed, ask again"
                );
            }
        };
        let why = match (error.sqlite_error_code(), self.kind()) {
            (_, StoreErrorKind::Busy) => {
                "another process holds it for longer than the store waits; try again, or raise the busy timeout"
            }
            (Some(ErrorCode::NotADatabase), _) => "it is not a SQLite database",
            (_, StoreErrorKind::Corrupt) => "it is damaged; restore it from a copy",
            (_, StoreErrorKind::ReadOnly) => {
                "it is read-only; let this process write the file and its directory"
            }
            (_, StoreErrorKind::Full) => {
                "there is no room; free some space or raise the limit, then open it again"
            }
            (Some(ErrorCode::CannotOpen), _) => {
                "it cannot be opened; check that its directory exists and may be written"
            }
            (Some(ErrorCode::SystemIoFailure), _) => "the operating system failed to read or write it",
            _ => return format!("cannot {doing} `{path}`: {error}"),
        };
        format!("cannot {doing} `{path}`: {why} ({error})")
    }

    /// The failure as the caller sees it; `doing` completes "cannot".
    pub(crate) fn into_error(self, doing: &str, path: &Path) -> StoreError {
        let error = StoreError::new(self.kind(), self.message(doing, path));
        match self {
            Self::Sqlite(source) => error.caused_by(source),
            _ => error,
        }
    }
}
