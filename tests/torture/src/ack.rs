//! What was acknowledged, as one line of text.

use std::fmt;
use std::str::FromStr;

use lifestage::journal::Row;

/// A change whose submission returned: from then on it must never be lost.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ack {
    /// The record.
    pub record: String,
    /// The number of its journal row.
    pub seq: u64,
    /// The version it left the record at.
    pub version: u64,
    /// The hash of the row, in hexadecimal.
    pub hash: String,
}

impl From<&Row> for Ack {
    fn from(row: &Row) -> Self {
        let record = row.record.to_string();
        Self { record, seq: row.seq, version: row.version_after, hash: row.hash.to_string() }
    }
}

impl fmt::Display for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.record, self.seq, self.version, self.hash)
    }
}

impl FromStr for Ack {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split(' ').collect();
        let wrong = || format!("`{line}` is not an acknowledgement");
        let [record, seq, version, hash] = words[..] else { return Err(wrong()) };
        let number = |word: &str| word.parse().map_err(|_| wrong());
        Ok(Self { record: record.into(), seq: number(seq)?, version: number(version)?, hash: hash.into() })
    }
}
