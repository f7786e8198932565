//! What the SQLite store promises about crashes, held against crashes.
//!
//! - [`kill`] runs a process that moves records, kills it at any moment, and looks at what is left.
//! - [`outbox`] kills whoever delivers what those moves set in motion.
//! - [`power`] records every write and sync of a run and rebuilds what a disk would hold had the
//!   power been cut at any point of it.
//! - [`vfs`] is where both look: a layer under SQLite that watches the files of a directory. It is
//!   the only unsafe code beside the mapped bytes of [`phase`] and the file limit of the victim.
//!
//! `docs/durability.md` says what is promised and what was found.
#![cfg(unix)]

pub mod ack;
pub mod check;
pub mod folder;
pub mod kill;
pub mod load;
pub mod migrate;
pub mod outbox;
pub mod phase;
pub mod power;
mod process;
pub mod random;
pub mod vfs;
pub mod victim;

/// Why a promise does not hold, or could not be tried.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
