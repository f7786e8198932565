//! `lifestage`: an embeddable engine for the life of a CRM record.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod criteria;
mod time;
mod value;

pub use smol_str::SmolStr;
pub use time::{Span, TimeError, Timestamp};
pub use value::{Fields, Value};
