//! The compiled pipeline: decide, moves, explain, route, batch. All of it pure.

mod asks;
mod assign;
mod authorize;
mod automate;
mod batch;
mod board;
mod carry_out;
mod civil;
mod clocks;
mod convert;
mod create;
mod decide;
mod deeds;
mod edit;
mod explain;
mod judge;
mod log;
mod merge;
mod migrate;
mod moves;
mod past;
mod propose;
mod route;
mod terms;
mod trash;
#[cfg(feature = "std")]
mod turn;
mod undo;
mod verdict;

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;

pub use assign::{Assignment, NewOwner};
pub use authorize::{Authorizer, Denied, Permission};
#[cfg(feature = "std")]
pub(crate) use automate::MOST_IN_A_ROW;
pub use batch::{Batch, BatchError, Bits, Code, Column, Numbers};
pub use carry_out::{CarryOut, Report};
pub use clocks::{SlaClock, SlaNotice, SlaState};
pub use convert::Conversion;
#[cfg(feature = "std")]
pub(crate) use convert::email_of;
#[cfg(feature = "std")]
pub(crate) use create::exists;
pub use create::{Creation, Placement};
#[cfg(feature = "std")]
pub(crate) use decide::absent;
pub use decide::{Decision, Unchanged};
pub use deeds::{Deed, DeedExplanation};
pub use edit::Edit;
pub use explain::{Explanation, MoveExplanation, StageExplanation, Standing};
pub use log::Activity;
#[cfg(feature = "std")]
pub(crate) use log::{done_already, plans_nothing};
pub use merge::Merge;
pub use moves::{Offer, OfferedAction};
pub use past::{Replay, ReplayedRow};
pub use trash::{Act, Erasure};
#[cfg(feature = "std")]
pub(crate) use turn::Turn;
pub use verdict::{Verdict, Who, Words};

use board::Board;

use crate::catalog::StageCatalog;
use crate::compile::{Compiled, compile};
use crate::criteria::{Interner, Scope};
use crate::definition::{self, Definition};
use crate::digest::Digest;
use crate::finding::{DefinitionError, Finding};
use crate::limits::Limits;
use crate::policy::{Roles, TransitionPolicy};
use crate::read;

/// A definition, checked and compiled: immutable, cheap to share (a clone is a count), and it
/// cannot exist invalid.
///
/// Every method is a pure function of its arguments: no clock, no randomness, nothing written.
///
/// ```
/// use lifestage::{Actor, Decision, Pipeline, Record, Request, Timestamp, presets};
///
/// let pipeline = Pipeline::from_json(presets::LEAD)?;
/// let lead = Record::new("lead-42").in_stage("new").with("email", "ada@example.com");
/// let sam = Actor::new("sam").with_role("sales");
/// let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
///
/// let buttons: Vec<_> = pipeline.moves(&lead, &sam, now).map(|m| m.label().to_string()).collect();
/// assert_eq!(buttons, ["Mark contacted", "Mark lost", "Mark dormant"]);
///
/// match pipeline.decide(&lead, &Request::mv("mark_contacted"), &sam, now) {
///     Decision::Moved(change) => assert_eq!(change.to(), Some("contacted")),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pipeline {
    compiled: Arc<Tables>,
    /// Who says who may do what, if not the roles.
    authorizer: Option<Arc<dyn Authorizer>>,
    meaning: Digest,
    version: u32,
}

/// A compiled definition, and its listed steps as the fast path sees them.
struct Tables {
    compiled: Compiled,
    board: Board,
}

impl Tables {
    fn new(compiled: Compiled) -> Self {
        Self { board: Board::new(&compiled), compiled }
    }
}

impl Deref for Tables {
    type Target = Compiled;

    #[inline]
    fn deref(&self) -> &Compiled {
        &self.compiled
    }
}

impl Pipeline {
    /// Reads, checks and compiles a document, within the default limits.
    ///
    /// # Errors
    /// [`DefinitionError`] with every finding, when one of them is an error.
    pub fn from_json(json: &str) -> Result<Self, DefinitionError> {
        Self::from_json_within(json, &Limits::default())
    }

    /// Reads, checks and compiles a document, within these limits.
    ///
    /// # Errors
    /// [`DefinitionError`] with every finding, when one of them is an error.
    pub fn from_json_within(json: &str, limits: &Limits) -> Result<Self, DefinitionError> {
        let document = read::read(json, limits)?;
        Self::build(document, limits, |findings| read::locate(json, findings))
    }

    /// Checks and compiles a document built in Rust, within the default limits.
    ///
    /// # Errors
    /// [`DefinitionError`] with every finding, when one of them is an error.
    pub fn from_definition(document: Definition) -> Result<Self, DefinitionError> {
        Self::from_definition_within(document, &Limits::default())
    }

    /// Checks and compiles a document built in Rust, within these limits.
    ///
    /// # Errors
    /// [`DefinitionError`] with every finding, when one of them is an error.
    pub fn from_definition_within(document: Definition, limits: &Limits) -> Result<Self, DefinitionError> {
        Self::build(document, limits, |_| {})
    }

    fn build(
        document: Definition,
        limits: &Limits,
        locate: impl FnOnce(&mut [Finding]),
    ) -> Result<Self, DefinitionError> {
        let meaning = definition::meaning(&document);
        let mut compiled = match compile(document, limits) {
            Ok(compiled) => compiled,
            Err(findings) => {
                let mut findings = findings.into_list();
                locate(&mut findings);
                return Err(DefinitionError::new(findings));
            }
        };
        locate(&mut compiled.warnings);
        let compiled = Arc::new(Tables::new(compiled.settle()));
        Ok(Self { compiled, authorizer: None, meaning, version: 1 })
    }

    /// The same pipeline as a later version; history rows keep the number (S38).
    #[must_use]
    pub const fn with_version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The same pipeline with the meaning it was published under, whatever this release makes of it.
    #[cfg(feature = "std")]
    pub(crate) const fn published_as(mut self, meaning: Digest) -> Self {
        self.meaning = meaning;
        self
    }

    /// The stable id.
    pub fn id(&self) -> &str {
        &self.compiled.document.id
    }

    /// The name people see.
    pub fn name(&self) -> &str {
        &self.compiled.document.name
    }

    /// Its version; 1 until a store or [`with_version`](Self::with_version) says otherwise.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// A digest of what it means: ids, outcomes, order, moves, roles, criteria, inputs, effects; not
    /// labels and colours (S19).
    pub const fn meaning(&self) -> Digest {
        self.meaning
    }

    /// The document it was made from.
    pub fn definition(&self) -> &Definition {
        &self.compiled.document
    }

    /// The document as JSON, indented for people.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.compiled.document).unwrap_or_default()
    }

    /// The stages.
    pub fn catalog(&self) -> &StageCatalog {
        &self.compiled.catalog
    }

    /// The moves.
    pub fn policy(&self) -> &TransitionPolicy {
        &self.compiled.policy
    }

    /// Who may do what.
    pub fn roles(&self) -> &Roles {
        &self.compiled.roles
    }

    /// What is doubtful about the definition (S37).
    pub fn warnings(&self) -> &[Finding] {
        &self.compiled.warnings
    }

    /// The names that conditions can use, each with its slot: for hosts on the fast path.
    pub fn scope(&self) -> &Scope {
        &self.compiled.scope
    }

    /// The literals of the conditions, each with its symbol: for hosts on the fast path.
    pub fn interner(&self) -> &Interner {
        &self.compiled.interner
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("id", &self.id())
            .field("version", &self.version)
            .field("meaning", &self.meaning)
            .finish_non_exhaustive()
    }
}
