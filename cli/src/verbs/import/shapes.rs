//! What is said of each row, and of all of them.

use lifestage::Reason;
use lifestage::import::{CellFault, ImportSummary, RowOutcome, RowReport, StageOutcome};
use serde::Serialize;

use crate::output::{Shown, Text};

/// What became of one row.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    row: u64,
    line: u64,
    #[serde(flatten)]
    outcome: Outcome<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
enum Outcome<'a> {
    Created { record: &'a str },
    Matched { record: &'a str, filled: &'a [lifestage::SmolStr], stage: Stage<'a> },
    Faulty { cells: Vec<Cell<'a>> },
    Refused { reasons: &'a [Reason] },
}

/// What became of the stage of a record that was there already (S60).
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "came")]
enum Stage<'a> {
    Same,
    Kept { asked: &'a str, reasons: &'a [Reason] },
    Raised { to: &'a str },
    Lowered { to: &'a str },
}

#[derive(Serialize)]
struct Cell<'a> {
    column: &'a str,
    text: &'a str,
    message: &'a str,
    near: &'a [String],
    #[serde(skip)]
    fault: &'a CellFault,
}

impl<'a> Row<'a> {
    pub(super) fn of(report: &'a RowReport) -> Self {
        let outcome = match &report.outcome {
            RowOutcome::Created { record } => Outcome::Created { record },
            RowOutcome::Matched { record, filled, stage } => {
                let stage = match stage {
                    StageOutcome::Same => Stage::Same,
                    StageOutcome::Kept { asked, reasons } => Stage::Kept { asked, reasons },
                    StageOutcome::Raised { to } => Stage::Raised { to },
                    StageOutcome::Lowered { to } => Stage::Lowered { to },
                };
                Outcome::Matched { record, filled, stage }
            }
            RowOutcome::Faulty(faults) => Outcome::Faulty { cells: faults.iter().map(Cell::of).collect() },
            RowOutcome::Refused(refusal) => Outcome::Refused { reasons: refusal.reasons() },
        };
        Self { row: report.row, line: report.line, outcome }
    }
}

impl<'a> Cell<'a> {
    fn of(fault: &'a CellFault) -> Self {
        Self { column: &fault.column, text: &fault.text, message: &fault.message, near: &fault.near, fault }
    }
}

fn joined(words: impl Iterator<Item = impl ToString>) -> String {
    words.map(|word| word.to_string()).collect::<Vec<_>>().join("; ")
}

impl Shown for Row<'_> {
    fn text(&self, text: &mut Text) {
        text.faint(format_args!("line {:>4}", self.line)).plain("  ");
        match &self.outcome {
            Outcome::Created { record } => text.plain(format_args!("is new: {record}")),
            Outcome::Matched { record, stage: Stage::Kept { asked, reasons }, .. } => {
                text.doubtful("kept:").plain(format_args!(" it is {record}, which does not go to `{asked}`"));
                let why = joined(reasons.iter());
                text.plain(if why.is_empty() {
                    String::from(", an earlier stage")
                } else {
                    format!(": {why}")
                })
            }
            Outcome::Matched { record, .. } => text.plain(format_args!("is {record}")),
            Outcome::Faulty { cells } => {
                text.bad("not read:").plain(" ").plain(joined(cells.iter().map(|cell| cell.fault)))
            }
            Outcome::Refused { reasons } => text.bad("refused:").plain(" ").plain(joined(reasons.iter())),
        };
        text.end();
    }
}

/// What all rows came to.
#[derive(Serialize)]
#[serde(tag = "outcome", rename = "summary")]
pub(super) struct Sum {
    rows: u64,
    created: u64,
    matched: u64,
    faulty: u64,
    refused: u64,
    /// Whether nothing is written.
    dry_run: bool,
    /// Whether nothing is written because not every row could be.
    #[serde(skip)]
    stopped: bool,
}

impl Sum {
    pub(super) const fn of(summary: ImportSummary, dry_run: bool, stopped: bool) -> Self {
        let ImportSummary { rows, created, matched, faulty, refused } = summary;
        Self { rows, created, matched, faulty, refused, dry_run, stopped }
    }
}

impl Shown for Sum {
    fn text(&self, text: &mut Text) {
        if self.stopped {
            text.bad("nothing is written:").plain(" ");
        } else if self.dry_run {
            text.doubtful("dry run:").plain(" ");
        }
        let Self { rows, created, matched, faulty, refused, .. } = self;
        text.plain(format_args!(
            "{rows} rows: {created} new, {matched} known already, {faulty} that cannot be read, {refused} refused"
        ));
        text.end();
    }
}
