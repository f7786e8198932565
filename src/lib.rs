//! `lifestage`: an embeddable engine for the life of a CRM record.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod catalog;
pub mod criteria;
pub mod definition;
pub mod journal;
pub mod policy;
#[cfg(feature = "std")]
pub mod store;

mod actor;
mod change;
mod code;
mod digest;
mod effect;
mod record;
mod request;
mod symbols;
mod time;
mod value;

pub use actor::Actor;
pub use change::SealedChange;
pub use code::{FindingCode, ReasonCode};
pub use digest::{Digest, DigestError};
pub use effect::{Effect, EffectId, EffectTrigger};
pub use record::{Memory, Proposal, Record, RecordParts};
pub use request::{Expect, Request, Target};
pub use smol_str::SmolStr;
pub use time::{Span, TimeError, Timestamp};
pub use value::{Fields, Value};
