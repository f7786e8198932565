//! One run of the clock of a promise.

use super::SlaState;
use crate::compile::{Measure, Place};
use crate::journal::Row;
use crate::time::{Span, Timestamp};

/// From when a record comes to the stages of a promise until it leaves them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// The row that began it.
    pub(super) seq: u64,
    pub(super) started_at: Timestamp,
    pub(super) hand: Hand,
    pub(super) breached_at: Option<Timestamp>,
    pub(super) ended: Option<End>,
}

/// What a clock does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hand {
    /// It goes: when it runs out, none for never, and how far it was overdue before that.
    Going { due: Option<Timestamp>, over: Span },
    /// It stands still, with so much left.
    Still { left: Span },
}

/// How a run ended before its clock ran out, or after.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) at: Timestamp,
    met: bool,
    /// When the clock would have run out.
    due: Option<Timestamp>,
}

impl Run {
    fn start(row: &Row, to: Place, measure: &Measure<'_>) -> Self {
        let start = row.effective_at;
        let due = measure.due(start);
        let going = Hand::Going { due, over: Span::default() };
        let mut run = Self { seq: row.seq, started_at: start, hand: going, breached_at: None, ended: None };
        if to == Place::Stands {
            run.hand = Hand::Still { left: run.left(measure, start) };
        }
        run
    }

    /// How much is left at `at`, or was when it ended.
    pub(super) fn left(&self, measure: &Measure<'_>, at: Timestamp) -> Span {
        match self.hand {
            Hand::Still { left } => left,
            Hand::Going { due: None, .. } => Span::from_micros(i64::MAX),
            Hand::Going { due: Some(due), over } if self.breached_at.is_some() || at > due => {
                let since = measure.between(due, at.max(due)).as_micros();
                Span::from_micros(over.as_micros().saturating_add(since).saturating_neg())
            }
            Hand::Going { due: Some(due), .. } => measure.between(at, due),
        }
    }

    /// Lets time pass until `until`, with that instant or without it.
    pub(super) fn pass(&mut self, until: Timestamp, with: bool) {
        if let Hand::Going { due: Some(due), .. } = self.hand {
            let is_over = due < until || (with && due == until);
            if is_over && self.breached_at.is_none() && self.ended.is_none() {
                self.breached_at = Some(due);
            }
        }
    }

    fn pause(&mut self, at: Timestamp, measure: &Measure<'_>) {
        self.pass(at, true);
        self.hand = Hand::Still { left: self.left(measure, at) };
    }

    fn resume(&mut self, at: Timestamp, measure: &Measure<'_>) {
        let Hand::Still { left } = self.hand else { return };
        self.hand = if self.breached_at.is_some() {
            Hand::Going { due: Some(at), over: Span::from_micros(left.as_micros().saturating_neg()) }
        } else {
            Hand::Going { due: measure.after(at, left), over: Span::default() }
        };
    }

    fn end(&mut self, at: Timestamp, met: bool, measure: &Measure<'_>) {
        self.pass(at, false);
        let due = self.due_at();
        self.hand = Hand::Still { left: self.left(measure, at) };
        self.ended = Some(End { at, met, due });
    }

    /// When it runs out if nothing stops it, or would have; none while it stands still.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        match (self.ended, self.hand) {
            (Some(end), _) => end.due,
            (None, Hand::Going { due, .. }) => due,
            (None, Hand::Still { .. }) => None,
        }
    }

    pub(super) fn state(&self) -> SlaState {
        match (self.breached_at, self.ended, self.hand) {
            (Some(_), ..) => SlaState::Breached,
            (None, Some(End { met: true, .. }), _) => SlaState::Met,
            (None, Some(_), _) => SlaState::Left,
            (None, None, Hand::Going { .. }) => SlaState::Running,
            (None, None, Hand::Still { .. }) => SlaState::Paused,
        }
    }
}

/// The run after a row that takes the record somewhere. `by_leaving` says whether leaving keeps the promise.
pub(super) fn moved(
    mut run: Option<Run>,
    row: &Row,
    (from, to): (Place, Place),
    measure: &Measure<'_>,
    by_leaving: bool,
) -> Option<Run> {
    let at = row.effective_at;
    if from == Place::Elsewhere && to != Place::Elsewhere {
        // Nothing is made up about a start that nobody knows (S40).
        return (!row.start_unknown).then(|| Run::start(row, to, measure));
    }
    if to == Place::Elsewhere {
        ended(&mut run, at, by_leaving, measure);
    } else if let Some(run) = run.as_mut().filter(|run| run.ended.is_none()) {
        match (from, to) {
            (Place::Runs, Place::Stands) => run.pause(at, measure),
            (Place::Stands, Place::Runs) => run.resume(at, measure),
            _ => {}
        }
    }
    run
}

/// Ends a run that goes on, if there is one.
pub(super) fn ended(run: &mut Option<Run>, at: Timestamp, met: bool, measure: &Measure<'_>) {
    if let Some(run) = run.as_mut().filter(|run| run.ended.is_none()) {
        run.end(at, met, measure);
    }
}
