//! What can be wrong with a criterion.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::Range;

/// Why a criterion was refused: what, where, and a near match if there is one.
///
/// ```
/// use lifestage::criteria::{Criteria, ErrorKind, FieldType, Scope};
///
/// let mut scope = Scope::new();
/// scope.declare("budget", FieldType::Int);
/// let errors = Criteria::parse("budgett >= 5000", &scope).unwrap_err();
/// assert_eq!(errors[0].kind(), ErrorKind::UnknownName);
/// assert_eq!(errors[0].offset(), Some(0));
/// assert_eq!(errors[0].to_string(), "unknown name `budgett` at 0, did you mean `budget`?");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CriteriaError(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: String,
    span: Option<Range<usize>>,
    pointer: Option<String>,
    suggestion: Option<String>,
}

/// What kind of fault a [`CriteriaError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text or tree has not the shape of a criterion.
    Syntax,
    /// A literal that cannot be read: a number out of range, a bad escape, timestamp, duration or pattern.
    Literal,
    /// A name that the scope does not declare.
    UnknownName,
    /// A function, method or operator that the language does not have.
    UnknownFunction,
    /// Values of types that do not go together.
    Type,
    /// Larger than the [`Limits`](super::Limits) allow.
    Limit,
    /// Needs a feature that this build was made without.
    Unsupported,
}

impl ErrorKind {
    /// The stable name, shared by every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Literal => "literal",
            Self::UnknownName => "unknown_name",
            Self::UnknownFunction => "unknown_function",
            Self::Type => "type",
            Self::Limit => "limit",
            Self::Unsupported => "unsupported",
        }
    }
}

impl CriteriaError {
    #[cold]
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), span: None, pointer: None, suggestion: None }))
    }

    pub(super) fn at(mut self, span: Range<usize>) -> Self {
        self.0.span = Some(span);
        self
    }

    pub(super) fn pointing(mut self, pointer: String) -> Self {
        self.0.pointer = Some(pointer);
        self
    }

    pub(super) fn suggesting(mut self, suggestion: Option<&str>) -> Self {
        self.0.suggestion = suggestion.map(String::from);
        self
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message without its place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The byte at which the fault begins, when the criterion came from text.
    pub fn offset(&self) -> Option<usize> {
        self.0.span.as_ref().map(|span| span.start)
    }

    /// The bytes at fault, when the criterion came from text.
    pub fn span(&self) -> Option<Range<usize>> {
        self.0.span.clone()
    }

    /// The JSON pointer to the node at fault, relative to the tree, when the criterion came from a tree.
    pub fn pointer(&self) -> Option<&str> {
        self.0.pointer.as_deref()
    }

    /// What was probably meant.
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }
}

impl fmt::Debug for CriteriaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CriteriaError").field(&self.0).finish()
    }
}

impl fmt::Display for CriteriaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(span) = &self.0.span {
            write!(f, " at {}", span.start)?;
        } else if let Some(pointer) = self.0.pointer.as_deref().filter(|pointer| !pointer.is_empty()) {
            write!(f, " at `{pointer}`")?;
        }
        match &self.0.suggestion {
            Some(suggestion) => write!(f, ", did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for CriteriaError {}
