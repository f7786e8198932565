//! W1 in the crates whose machines are fixed at compile time, each in its own idiom.
//!
//! They are given what suits them best: stage and move as their own enums, facts as a struct with a source enum. The
//! record's stage comes in with each request, so each machine is set to it first by the means its crate has.

pub mod rust_fsm;
pub mod smlang;
pub mod statig;

use crate::w1::{Lead, MANAGER, OWNER, SALES};

/// Who asks, and about which lead.
#[derive(Clone, Copy)]
pub struct Asked {
    pub roles: u16,
    pub lead: Lead,
}

impl Asked {
    fn anyone(&self) -> bool {
        self.roles & (OWNER | MANAGER | SALES) != 0
    }

    fn closer(&self) -> bool {
        self.roles & (OWNER | MANAGER) != 0
    }

    fn keeper(&self) -> bool {
        self.roles & (MANAGER | SALES) != 0
    }
}
