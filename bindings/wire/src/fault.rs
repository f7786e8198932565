//! Why a call could not be answered.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use lifestage::store::{StoreError, StoreErrorKind};
use lifestage::{DefinitionError, WorkspaceError};
use serde_json::{Value as Json, json};

macro_rules! fault_codes {
    ($($(#[doc = $says:literal])+ $variant:ident = $number:literal $text:literal,)*) => {
        /// What is wrong with a call, beside what a store says ([`StoreErrorKind`]). A number is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FaultCode {
            $($(#[doc = $says])+ $variant,)*
            /// The store failed.
            Store(StoreErrorKind),
        }

        impl FaultCode {
            /// Every code but those of stores, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable number, shared by every language.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Store(kind) => kind.number(),
                }
            }

            /// The stable name, shared by every language.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Store(kind) => kind.name(),
                }
            }

            /// What it stands for, in a sentence.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($says),+).trim_ascii(),)*
                    Self::Store(kind) => kind.description(),
                }
            }
        }
    };
}

fault_codes! {
    /// A pointer is null that may not be.
    NullArgument = 400 "null_argument",
    /// A text is not UTF-8.
    InvalidUtf8 = 401 "invalid_utf8",
    /// A value is out of its range, or a struct has another size than any version of it.
    InvalidArgument = 402 "invalid_argument",
    /// There is no operation of this name.
    UnknownOperation = 403 "unknown_operation",
    /// The input is not what the operation takes.
    InvalidInput = 404 "invalid_input",
    /// A definition has errors; the detail lists the findings.
    InvalidDefinition = 405 "invalid_definition",
    /// A criterion has errors; the detail lists them.
    InvalidCriteria = 406 "invalid_criteria",
    /// There is no such record.
    NoRecord = 407 "no_record",
    /// The record has no such journal row.
    NoRow = 408 "no_row",
    /// There is no such effect.
    NoEffect = 409 "no_effect",
    /// The pipeline is not published, or has no such version.
    NoVersion = 410 "no_version",
    /// There is no such migration.
    NoMigration = 411 "no_migration",
    /// Somebody closed the migration while it was carried out; what had moved by then stays.
    MigrationClosed = 412 "migration_closed",
    /// The columns of a batch do not go together.
    InvalidBatch = 413 "invalid_batch",
    /// The buffer of the caller is too small; what is in it is of no use.
    BufferTooSmall = 414 "buffer_too_small",
    /// A defect of the library: it panicked, and the handle is of no more use.
    Panic = 415 "panic",
    /// The handle was in use when the library panicked, and is of no more use.
    Poisoned = 416 "poisoned",
    /// The system gave no random numbers.
    NoRandomness = 417 "no_randomness",
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A call that could not be answered. A refusal is none: it is an answer.
#[derive(Debug, Clone)]
pub struct Fault {
    code: FaultCode,
    message: String,
    detail: Option<Json>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault with this code that says `message`.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None, source: None }
    }

    /// The same with more for a program to read.
    #[must_use]
    pub fn with_detail(mut self, detail: Json) -> Self {
        self.detail = Some(detail);
        self
    }

    /// What kind of fault it is.
    pub const fn code(&self) -> FaultCode {
        self.code
    }

    /// What is wrong, for a person.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// More for a program to read: the findings of a definition, the errors of a criterion.
    pub const fn detail(&self) -> Option<&Json> {
        self.detail.as_ref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<DefinitionError> for Fault {
    fn from(error: DefinitionError) -> Self {
        let detail = json!({ "findings": error.findings() });
        Self::new(FaultCode::InvalidDefinition, error.to_string()).with_detail(detail)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let fault = Self::new(FaultCode::Store(error.kind()), error.to_string());
        Self { source: Some(Arc::new(error)), ..fault }
    }
}

impl From<WorkspaceError> for Fault {
    fn from(error: WorkspaceError) -> Self {
        let message = error.to_string();
        let code = match error {
            WorkspaceError::NoRecord { .. } => FaultCode::NoRecord,
            WorkspaceError::NoRow { .. } => FaultCode::NoRow,
            WorkspaceError::NoEffect { .. } => FaultCode::NoEffect,
            WorkspaceError::NoVersion { .. } => FaultCode::NoVersion,
            WorkspaceError::NoMigration { .. } => FaultCode::NoMigration,
            WorkspaceError::MigrationClosed { .. } => FaultCode::MigrationClosed,
            WorkspaceError::Definition { error, .. } => {
                let detail = json!({ "findings": error.findings() });
                return Self::new(FaultCode::InvalidDefinition, message).with_detail(detail);
            }
            WorkspaceError::Store(error) => return Self::from(error),
            other => return Self::new(FaultCode::InvalidArgument, other.to_string()),
        };
        Self::new(code, message)
    }
}
