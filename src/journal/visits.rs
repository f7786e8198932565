use alloc::vec::Vec;
#[cfg(feature = "std")]
use core::cmp::Ordering;

use serde::Serialize;
use smol_str::SmolStr;

use super::{Row, RowKind, StageMark};
use crate::time::{Span, Timestamp};

/// One stay of a record in a stage, or without one (S28, S39). Derived from the journal, never kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Visit {
    /// The number of the row that began it.
    pub seq: u64,
    /// The stage with the label and outcome of the day; none for time without a stage.
    pub stage: Option<StageMark>,
    /// When it began; none when that is unknown (S40).
    pub entered_at: Option<Timestamp>,
    /// Who brought the record in.
    pub entered_by: SmolStr,
    /// When it ended; none while it lasts.
    pub left_at: Option<Timestamp>,
    /// Who took the record out.
    pub left_by: Option<SmolStr>,
    /// Whether a later row undid the row that began it (S43).
    pub corrected: bool,
}

impl Visit {
    /// How long it lasted; a visit that lasts is measured to `as_of` (S40). None when its start is
    /// unknown or `as_of` lies before it.
    pub fn length(&self, as_of: Timestamp) -> Option<Span> {
        let entered = self.entered_at?;
        self.left_at.unwrap_or(as_of).since(entered).filter(|span| span.as_micros() >= 0)
    }

    /// Whether the record is still there.
    pub const fn is_open(&self) -> bool {
        self.left_at.is_none()
    }
}

impl Row {
    /// Whether the record became one with another here: its visit ends and none begins (S59).
    fn ends_the_last_visit(&self) -> bool {
        self.kind == RowKind::Merge && self.refers_to.is_some()
    }

    /// The order of rows of several journals in time: by when they took effect, then as they were written.
    #[cfg(feature = "std")]
    pub(crate) fn in_time(&self, other: &Self) -> Ordering {
        let key = |row: &Self| (row.effective_at, row.recorded_at);
        key(self).cmp(&key(other)).then_with(|| self.record.cmp(&other.record)).then(self.seq.cmp(&other.seq))
    }
}

/// The visits that the rows of one journal tell of, in order (S39).
///
/// The rows must be the whole journal in order; [`verify`](super::verify) checks that.
pub fn visits(rows: &[Row]) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    for row in rows.iter().filter(|row| row.kind.begins_visit() || row.ends_the_last_visit()) {
        if let Some(open) = visits.last_mut() {
            open.left_at = Some(row.effective_at);
            open.left_by = Some(row.actor.clone());
        }
        if row.kind == RowKind::Correction
            && let Some(undone) = visits.iter_mut().find(|visit| Some(visit.seq) == row.refers_to)
        {
            undone.corrected = true;
        }
        if row.ends_the_last_visit() {
            continue;
        }
        visits.push(Visit {
            seq: row.seq,
            stage: row.to.clone(),
            entered_at: (!row.start_unknown).then_some(row.effective_at),
            entered_by: row.actor.clone(),
            left_at: None,
            left_by: None,
            corrected: false,
        });
    }
    visits
}
