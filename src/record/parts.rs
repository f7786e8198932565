use smol_str::SmolStr;

use super::{Links, Memory, Record};
use crate::digest::Digest;
use crate::time::Timestamp;
use crate::value::Fields;

/// A record taken apart, for stores that keep each part in a place of its own.
///
/// ```
/// use lifestage::{Record, RecordParts};
///
/// let lead = Record::new("lead-42").in_stage("new").at_version(3);
/// let parts = RecordParts::from(lead.clone());
/// assert_eq!(parts.version, 3);
/// assert_eq!(Record::from(parts), lead);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each part is documented on the accessor of `Record` with its name")]
pub struct RecordParts {
    pub id: SmolStr,
    pub pipeline: SmolStr,
    pub stage: Option<SmolStr>,
    pub version: u64,
    pub seq: u64,
    pub visit: u64,
    pub entered_at: Option<Timestamp>,
    pub created_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    pub owner: Option<SmolStr>,
    pub fields: Fields,
    pub closed_at: Option<Timestamp>,
    pub lost_reason: Option<SmolStr>,
    pub links: Links,
    pub reserved: Option<SmolStr>,
    pub trashed_at: Option<Timestamp>,
    pub definition: u32,
    pub head: Digest,
    pub memory: Memory,
}

macro_rules! convert {
    ($from:ident => $to:ident: $($part:ident)*) => {
        impl From<$from> for $to {
            fn from(from: $from) -> Self {
                let $from { $($part),* } = from;
                Self { $($part),* }
            }
        }
    };
}

convert! { Record => RecordParts: id pipeline stage version seq visit entered_at created_at last_at owner
fields closed_at lost_reason links reserved trashed_at definition head memory }
convert! { RecordParts => Record: id pipeline stage version seq visit entered_at created_at last_at owner
fields closed_at lost_reason links reserved trashed_at definition head memory }
