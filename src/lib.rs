//! An embeddable engine for the life of a CRM record: the stage it is in, the moves open to this
//! person now, why the others are not, what a move sets in motion, and what the history adds up to.
//!
//! [`Pipeline`] is a definition, checked and compiled. It decides, purely: [`Pipeline::decide`] takes
//! a [`Record`], a [`Request`], an [`Actor`] and the time, and gives a [`Decision`]. A host with tables
//! of its own writes the [`SealedChange`]; [`Workspace`] does it all over a [`store`].
//!
//! The README shows both on one screen. Decisions that the code cites as `S1`, `S2`, ... are the
//! numbered semantics of the project.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

/// The README's snippets, run as tests.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The snippets of the page on ownership, conversion, merging and erasure.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../docs/people.md")]
struct People;

pub mod calendar;
pub mod catalog;
pub mod contact;
pub mod criteria;
pub mod definition;
pub mod diagram;
#[cfg(feature = "import")]
pub mod import;
pub mod journal;
pub mod migration;
pub mod outbox;
pub mod policy;
pub mod presets;
pub mod revise;
#[cfg(feature = "std")]
pub mod simulation;
#[cfg(feature = "std")]
pub mod store;

mod actor;
mod capability;
mod change;
mod code;
mod compile;
mod digest;
mod effect;
mod fact_type;
mod facts;
mod finding;
mod limits;
mod offset;
mod pipeline;
mod pool;
mod read;
mod record;
mod refusal;
mod request;
mod role_set;
mod symbols;
mod template;
mod time;
mod value;
#[cfg(feature = "std")]
mod workspace;

pub use actor::Actor;
pub use capability::{Capability, Grant, GrantError, Reach};
pub use change::{Change, SealedChange};
pub use code::{FindingCode, ReasonCode};
pub use digest::{Digest, DigestError};
pub use effect::{Effect, EffectId, EffectKind, EffectTrigger};
pub use finding::{DefinitionError, Finding, Severity};
pub use limits::Limits;
pub use offset::Offset;
pub use pipeline::{
    Act, Activity, Assignment, Authorizer, Batch, BatchError, Bits, CarryOut, Code, Column, Conversion,
    Creation, Decision, Deed, DeedExplanation, Denied, Edit, Erasure, Explanation, Merge, MoveExplanation,
    NewOwner, Numbers, Offer, OfferedAction, Permission, Pipeline, Placement, Replay, ReplayedRow, Report,
    SlaClock, SlaNotice, SlaState, StageExplanation, Standing, Unchanged, Verdict, Who, Words,
};

pub use pool::Pool;
pub use record::{Link, Links, Memory, Presence, Proposal, Queued, Record, RecordParts};
pub use refusal::{Reason, Refusal, Route, RouteStep};
pub use request::{Expect, Request, Target};
pub use smol_str::SmolStr;
pub use time::{Span, TimeError, Timestamp};
pub use value::{Fields, Value};
#[cfg(feature = "std")]
pub use workspace::{
    Answer, Audit, CatchUp, CatchingUp, CaughtUp, Converted, Converting, FollowUp, Handled, HandledByHost,
    Handler, HandlerError, HowConverted, Impact, Intake, Merging, Migrating, MigrationReport, Preview,
    Progress, Prospect, PublishRefusal, Published, Publishing, Receipt, Round, SourceLine, StageCount,
    StageOutcome, Taken, Timeline, TimelineCursor, TimelineQuery, Urgency, Worker, Workspace, WorkspaceError,
};
