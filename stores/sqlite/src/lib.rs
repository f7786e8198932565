//! The SQLite store of lifestage: plain tables that the `sqlite3` shell reads, one atomic commit
//! per decision, group commit for concurrent callers.
//!
//! ```
//! use lifestage::store::contract::Sample;
//! use lifestage::store::{CommitMode, CommitOutcome, Store};
//! use lifestage_sqlite::SqliteStore;
//!
//! # let folder = std::env::temp_dir().join(format!("lifestage-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("crm.db");
//! let store = SqliteStore::open(&path)?;
//! let creation = Sample::creation("lead-42").with("email", "ada@example.com").sealed();
//! let outcomes = store.commit("acme", &[creation], CommitMode::Atomic)?;
//! assert_eq!(outcomes, [CommitOutcome::Applied]);
//! # drop(store);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The tables are described in `docs/sqlite.md`.
#![forbid(unsafe_code)]

mod codec;
mod commit;
mod counts;
mod erasure;
mod failure;
mod group;
mod links;
mod migrations;
mod options;
mod outbox;
mod prepared;
mod publish;
mod query;
mod readers;
mod schema;
mod store;
mod writer;

pub use options::{Durability, Options};
pub use store::SqliteStore;
