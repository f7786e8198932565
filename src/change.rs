//! All that one decision writes.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::effect::Effect;
use crate::journal::Row;
use crate::record::Record;

/// A change that owns its parts and is hashed: what a store commits, and what a host with tables of
/// its own writes in its own transaction.
///
/// The host writes `record`, appends `row` and `effects`, and does so on condition that the record
/// it holds is still at [`expected_version`](Self::expected_version) and
/// [`expected_seq`](Self::expected_seq); otherwise it writes nothing and answers with a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedChange {
    /// The record after.
    pub record: Record,
    /// Its new history row.
    pub row: Row,
    /// What the row sets in motion, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// The version that the decision was made on; 0 when the record must not exist yet.
    pub expected_version: u64,
    /// The journal row that the decision was made on; 0 when the record must not exist yet.
    pub expected_seq: u64,
    /// The meaning of the definition that judged; none for changes that no definition judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Digest>,
}
