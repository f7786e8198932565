//! What the harness asks of an engine.

use crate::workload::Request;

/// An engine that judges whole requests. Facts come in with each call: it holds the contacts in its own form of
/// facts, as a host would hand them over, and no result is kept from one request to the next.
pub trait Decide {
    /// The new stage, or one of the codes of [`workload`](crate::workload).
    fn decide(&mut self, request: &Request) -> u8;
}

/// An engine that judges criteria alone.
pub trait Judge {
    /// Whether a contact passes one of the pipeline's criteria.
    fn passes(&mut self, criteria: usize, contact: usize) -> bool;
}
