//! The C ABI of lifestage: `include/lifestage.h` is made of this, and says it to C.
//!
//! One file for each noun. Every function takes its pointers apart with `guard`, does one thing, and hands the
//! rest to the core or to `lifestage-wire`: nothing is decided here.
#![allow(non_camel_case_types, reason = "the names are those of C")]
#![allow(unreachable_pub, reason = "what C sees is exported by name, not by path")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the header's front page says it once for all: pointers are valid"
)]

mod guard;

#[doc(hidden)]
pub mod defect;

// In the order in which the header tells of them.
mod status;

mod error;

mod buffer;

mod pipeline;

mod record;

mod request;

mod actor;

mod decision;

mod refusal;

mod hot;

mod batch;

mod workspace;

mod store;

#[cfg(test)]
mod tests;
