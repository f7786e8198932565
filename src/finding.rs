//! What the checks of a definition say: everything at once, each with a code and a place.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use serde::Serialize;

use crate::code::FindingCode;

/// Whether a finding refuses the document (S37).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document stands; the finding travels with the pipeline.
    Warning,
}

/// One thing that is wrong, or doubtful, about a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub(crate) code: FindingCode,
    pub(crate) severity: Severity,
    pub(crate) pointer: String,
    pub(crate) message: String,
}

impl Finding {
    /// The stable code.
    pub const fn code(&self) -> FindingCode {
        self.code
    }

    /// Whether it refuses the document.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The JSON pointer to the place (RFC 6901); empty for the document as a whole. It is as the
    /// document was written; in one built in Rust, short forms count as written out.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong, for a person.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.severity == Severity::Error { "error" } else { "warning" };
        let pointer = if self.pointer.is_empty() { "document" } else { &self.pointer };
        write!(f, "{severity}[{}] {pointer}: {}", self.code, self.message)
    }
}

/// A definition that cannot become a pipeline, with every finding and not the first only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionError {
    findings: Vec<Finding>,
}

impl DefinitionError {
    pub(crate) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.severity);
        Self { findings }
    }

    /// Every finding: errors first, then warnings, each in the order of the document's checks.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings that refuse the document.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for finding in &self.findings {
            if !first {
                f.write_char('\n')?;
            }
            first = false;
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl core::error::Error for DefinitionError {}

/// A place in a document. Costs nothing until it is written out.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    parent: Option<&'a At<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    pub(crate) const ROOT: Self = Self { parent: None, part: Part::Root };

    pub(crate) const fn key<'b>(&'b self, key: &'b str) -> At<'b>
    where
        'a: 'b,
    {
        At { parent: Some(self), part: Part::Key(key) }
    }

    pub(crate) const fn index<'b>(&'b self, index: usize) -> At<'b>
    where
        'a: 'b,
    {
        At { parent: Some(self), part: Part::Index(index) }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.part {
            Part::Root => Ok(()),
            Part::Key(key) => write!(f, "/{}", escaped(key)),
            Part::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// A key as a JSON pointer writes it (RFC 6901).
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Findings as they are collected. Beyond [`Findings::MOST`] they are counted, not kept: nobody
/// reads on, and a hostile document must not fill memory.
#[derive(Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

impl Findings {
    /// How many errors, and how many warnings, are kept.
    pub(crate) const MOST: usize = 1_000;

    #[cold]
    pub(crate) fn error(&mut self, code: FindingCode, at: At<'_>, message: impl fmt::Display) {
        if !self.is_full() {
            self.keep(code, Severity::Error, at.to_string(), &message);
        }
        self.errors += 1;
    }

    /// An error at a pointer that is written out already.
    #[cold]
    pub(crate) fn error_at(&mut self, code: FindingCode, pointer: String, message: impl fmt::Display) {
        if !self.is_full() {
            self.keep(code, Severity::Error, pointer, &message);
        }
        self.errors += 1;
    }

    #[cold]
    pub(crate) fn warning(&mut self, code: FindingCode, at: At<'_>, message: impl fmt::Display) {
        if self.warnings < Self::MOST {
            self.keep(code, Severity::Warning, at.to_string(), &message);
        }
        self.warnings += 1;
    }

    fn keep(&mut self, code: FindingCode, severity: Severity, pointer: String, message: &dyn fmt::Display) {
        self.list.push(Finding { code, severity, pointer, message: message.to_string() });
    }

    /// Whether further errors would only be counted.
    pub(crate) const fn is_full(&self) -> bool {
        self.errors >= Self::MOST
    }

    pub(crate) const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are so far.
    pub(crate) const fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn into_list(mut self) -> Vec<Finding> {
        let dropped = self.errors.saturating_sub(Self::MOST) + self.warnings.saturating_sub(Self::MOST);
        if dropped > 0 {
            let message = alloc::format!("{dropped} more findings are not listed");
            self.keep(FindingCode::MoreFindings, Severity::Warning, String::new(), &message);
        }
        self.list
    }
}
