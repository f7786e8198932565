//! `lifestage`: an embeddable engine for the life of a CRM record.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod catalog;
pub mod criteria;
pub mod definition;
pub mod journal;
pub mod policy;
pub mod presets;
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
mod record;
mod refusal;
mod request;
mod symbols;
mod template;
mod time;
mod value;

pub use actor::Actor;
pub use capability::{Capability, Grant, GrantError, Reach};
pub use change::{Change, SealedChange};
pub use code::{FindingCode, ReasonCode};
pub use digest::{Digest, DigestError};
pub use effect::{Effect, EffectId, EffectTrigger};
pub use finding::{DefinitionError, Finding, Severity};
pub use limits::Limits;
pub use pipeline::{
    Batch, BatchError, Bits, Code, Column, Creation, Decision, Edit, Explanation, MoveExplanation, Numbers,
    Offer, OfferedAction, Pipeline, Placement, StageExplanation, Standing, Unchanged, Verdict, Who, Words,
};
pub use record::{Memory, Proposal, Record};
pub use refusal::{Reason, Refusal, Route, RouteStep};
pub use request::{Expect, Request, Target};
pub use smol_str::SmolStr;
pub use time::{Span, TimeError, Timestamp};
pub use value::{Fields, Value};
