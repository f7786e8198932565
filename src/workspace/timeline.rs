use std::collections::VecDeque;
use std::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Workspace, WorkspaceError};
use crate::journal::{Row, RowKind};
use crate::store::{Reader, RowQuery, Store};

/// Which part of a timeline to show.
///
/// ```
/// use lifestage::TimelineQuery;
/// use lifestage::journal::RowKind;
///
/// let talks = TimelineQuery::newest(20).of_kinds([RowKind::Call, RowKind::Meeting]);
/// # let _ = talks;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineQuery {
    kinds: Vec<RowKind>,
    after: Option<TimelineCursor>,
    limit: usize,
}

impl TimelineQuery {
    /// The newest `limit` entries.
    pub const fn newest(limit: usize) -> Self {
        Self { kinds: Vec::new(), after: None, limit }
    }

    /// Only entries of these kinds.
    #[must_use]
    pub fn of_kinds(mut self, kinds: impl IntoIterator<Item = RowKind>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// Only what is older than the page that gave this.
    #[must_use]
    pub fn going_on(mut self, after: TimelineCursor) -> Self {
        self.after = Some(after);
        self
    }
}

/// Where a page of a timeline ended: for each record that has more, the row to go on before. What is written
/// meanwhile comes before the first page and moves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimelineCursor(Vec<(SmolStr, u64)>);

/// A page of a timeline, newest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Timeline {
    /// The entries. Each names the record that it belongs to: duplicates that became one with it are shown too.
    pub entries: Vec<Row>,
    /// Where to go on; none when this is the end.
    pub next: Option<TimelineCursor>,
}

/// The unread rows of one journal, newest first.
struct Strand {
    record: SmolStr,
    ready: VecDeque<Row>,
    before: Option<u64>,
    ended: bool,
}

impl<S: Store + Reader> Workspace<S> {
    /// A page of everything that happened with a record, newest first: moves, assignments, edits with old and new
    /// value, notes, calls, meetings, e-mails, tasks, conversions. What happened with duplicates that became one with
    /// it is among it (S59).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn timeline(&self, id: &str, query: &TimelineQuery) -> Result<Timeline, WorkspaceError> {
        let strand = |record, before| Strand { record, ready: VecDeque::new(), before, ended: false };
        self.known(id)?;
        let united = self.united(id)?;
        let mut strands: Vec<Strand> = match &query.after {
            // A cursor may come from anywhere: it shows nothing of other records.
            Some(TimelineCursor(places)) => {
                let own = places.iter().filter(|(record, _)| united.contains(record));
                own.map(|(record, before)| strand(record.clone(), Some(*before))).collect()
            }
            None => united.into_iter().map(|record| strand(record, None)).collect(),
        };
        let mut page = Timeline::default();
        while page.entries.len() < query.limit {
            for strand in &mut strands {
                self.refill(strand, query)?;
            }
            let newest =
                strands.iter_mut().filter(|strand| !strand.ready.is_empty()).max_by(|one, two| {
                    match (one.ready.front(), two.ready.front()) {
                        (Some(one), Some(two)) => one.in_time(two),
                        _ => core::cmp::Ordering::Equal,
                    }
                });
            let Some(row) = newest.and_then(|strand| strand.ready.pop_front()) else { break };
            page.entries.push(row);
        }
        let mut places = Vec::new();
        for strand in &mut strands {
            self.refill(strand, query)?;
            let next = strand.ready.front().map(|row| row.seq.saturating_add(1));
            places.extend(next.map(|before| (strand.record.clone(), before)));
        }
        page.next = Some(TimelineCursor(places)).filter(|cursor| !cursor.0.is_empty());
        Ok(page)
    }

    fn refill(&self, strand: &mut Strand, query: &TimelineQuery) -> Result<(), WorkspaceError> {
        if !strand.ready.is_empty() || strand.ended {
            return Ok(());
        }
        let limit = query.limit.saturating_add(1);
        let rows = RowQuery { before: strand.before, kinds: query.kinds.clone(), limit };
        let rows = self.store.rows(&self.tenant, &strand.record, &rows)?;
        strand.ended = rows.len() < limit;
        strand.before = rows.last().map(|row| row.seq).or(strand.before);
        strand.ready = rows.into();
        Ok(())
    }
}
