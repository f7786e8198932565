//! Lists from elsewhere: rows become records through the same gate as everything else.
//!
//! [`CsvRows`] reads a CSV file row by row, [`Mapping`] says what its columns are, and
//! [`Workspace::import`](crate::Workspace::import) brings the rows in, in commits of a few hundred,
//! telling what became of each. A row is taken whole or not at all, and a bad row stops no other.

mod csv_rows;
mod known;
mod mapping;
mod run;
mod typed;
mod values;

use std::string::String;
use std::vec::Vec;

use smol_str::SmolStr;

pub use csv_rows::{CsvError, CsvRow, CsvRows};
pub use mapping::{Column, Draft, Mapping, MappingError};
pub use run::{ImportError, ImportOptions, ImportSummary};
pub use typed::{nearest, read_fact, read_input, read_move, read_stage};

pub use crate::workspace::StageOutcome;

use crate::refusal::Refusal;

/// What became of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowReport {
    /// The number of the row, the first below the header being 1.
    pub row: u64,
    /// The line of the file it begins on.
    pub line: u64,
    /// What became of it.
    pub outcome: RowOutcome,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq)]
pub enum RowOutcome {
    /// It is a new record.
    Created {
        /// The record's id.
        record: SmolStr,
    },
    /// It is the record that is there already, by id or by e-mail (S57).
    Matched {
        /// The record's id.
        record: SmolStr,
        /// The fields that were empty and are filled now.
        filled: Vec<SmolStr>,
        /// What became of its stage (S60).
        stage: StageOutcome,
    },
    /// It says things that cannot be read; nothing of it is taken.
    Faulty(Vec<CellFault>),
    /// It is readable, and refused; nothing of it is taken.
    Refused(Refusal),
}

/// One cell that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    /// The header of its column; empty when the row as a whole is at fault.
    pub column: String,
    /// What stands in it, cut after 80 characters.
    pub text: String,
    /// What is wrong with it.
    pub message: String,
    /// What was probably meant, nearest first.
    pub near: Vec<String>,
}

impl core::fmt::Display for CellFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if !self.column.is_empty() {
            write!(f, "{}: ", self.column)?;
        }
        f.write_str(&self.message)?;
        for (i, near) in self.near.iter().enumerate() {
            write!(f, "{}`{near}`", if i == 0 { ", did you mean " } else { " or " })?;
        }
        f.write_str(if self.near.is_empty() { "" } else { "?" })
    }
}
