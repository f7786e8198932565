//! Who may do what, and which moves there are.

mod capability;

pub use capability::{Capability, Grant, GrantError, Reach};
