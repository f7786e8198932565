//! What a definition would do to the records that are there, and would have done to their past.

use std::collections::BTreeSet;
use std::fmt;
use std::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use super::{Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::definition::{Diff, Difference, DifferenceKind, Subject, diff};
use crate::journal::Row;
use crate::migration::Occupancy;
use crate::pipeline::{Pipeline, Replay, ReplayedRow};
use crate::record::{Presence, Record};
use crate::refusal::Reason;
use crate::store::{Reader, Store};
use crate::time::Timestamp;

/// One difference, and how many records are where it matters. `Display` says both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// What changes.
    pub difference: Difference,
    /// How many records are in the stages that it is about; all of them when it is about no stage.
    pub records: u64,
}

impl Impact {
    /// Whether records that sit in their stages are without something that the stages come to have: follow-up tasks,
    /// timed moves, a queue. A [`CatchUp`](crate::CatchUp) gives it to them (S50).
    pub fn brings_work(&self) -> bool {
        let is_work = matches!(
            self.difference.subject(),
            Subject::Workflow | Subject::Task | Subject::Automation | Subject::Queue
        );
        is_work && self.difference.kind() == DifferenceKind::Added && self.records > 0
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.records == 1 { "" } else { "s" };
        write!(f, "{}; {} record{plural} affected", self.difference, self.records)
    }
}

impl<S: Store + Reader> Workspace<S> {
    /// What publishing `next` in the place of the version in force would change, each difference with the
    /// number of records where it matters (S32).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn impact(&self, next: &Pipeline) -> Result<Vec<Impact>, WorkspaceError> {
        let Some(old) = self.pipeline(next.id()) else { return Ok(Vec::new()) };
        let occupancy = self.occupancy(next.id())?;
        let diff = diff(old.definition(), next.definition());
        Ok(impacts(&diff, [&old, next], &occupancy).collect())
    }

    /// The records of a pipeline that no longer meet what entering their stage needs (S35), page by page:
    /// hands each with the reasons to `found`, and gives how many were looked at.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn out_of_policy(
        &self,
        pipeline: &str,
        now: Timestamp,
        mut found: impl FnMut(&Record, Vec<Reason>),
    ) -> Result<u64, WorkspaceError> {
        let Some(judge) = self.pipeline(pipeline) else { return Ok(0) };
        let mut looked_at = 0;
        self.each_page(pipeline, Presence::Live, |records| {
            looked_at += records.len() as u64;
            for record in records {
                let reasons = judge.out_of_policy(record, now);
                if !reasons.is_empty() {
                    found(record, reasons);
                }
            }
            Ok(())
        })?;
        Ok(looked_at)
    }

    /// Judges the journals of all records that are in a pipeline now again, under `next`, and hands each row that would
    /// have been refused to `found` (S36). Nothing is written. See [`Pipeline::replay`] for `actor_of`.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn replay(
        &self,
        next: &Pipeline,
        actor_of: impl Fn(&Row) -> Option<Actor>,
        mut found: impl FnMut(ReplayedRow),
    ) -> Result<Replay, WorkspaceError> {
        let mut total = Replay::default();
        for presence in Presence::ALL {
            self.each_page(next.id(), presence, |records| {
                for record in records {
                    let replay = next.replay(&self.history(record.id())?, &actor_of);
                    total.judged += replay.judged;
                    total.passed_over += replay.passed_over;
                    replay.refused.into_iter().for_each(&mut found);
                }
                Ok(())
            })?;
        }
        Ok(total)
    }
}

/// Each difference with the number of records where it matters.
pub(super) fn impacts(
    diff: &Diff,
    sides: [&Pipeline; 2],
    occupancy: &Occupancy,
) -> impl Iterator<Item = Impact> {
    diff.differences().iter().map(move |difference| Impact {
        difference: difference.clone(),
        records: affected(difference, sides, occupancy),
    })
}

/// How many records are where a difference matters.
fn affected(difference: &Difference, sides: [&Pipeline; 2], occupancy: &Occupancy) -> u64 {
    let (subject, id) = match difference.parent() {
        Some(parent) => (parent.subject, parent.id.as_str()),
        None => (difference.subject(), difference.id()),
    };
    let mut stages: BTreeSet<Option<SmolStr>> = BTreeSet::new();
    for side in sides {
        let own = |stage: &str| Some(SmolStr::new(stage));
        let document = side.definition();
        match subject {
            Subject::Stage => drop(stages.insert(own(id))),
            Subject::Category => stages.extend(side.catalog().stages_of(id).map(|stage| own(stage.id()))),
            Subject::Move => {
                stages.extend(
                    side.sources_of(id).into_iter().map(|stage| stage.map(|stage| stage.id().into())),
                );
            }
            Subject::Workflow => {
                stages.extend(
                    document.workflows.iter().filter(|flow| flow.id == id).map(|flow| own(&flow.stage)),
                );
            }
            Subject::Queue => {
                let queues = document.queues.iter().filter(|queue| queue.id == id);
                stages.extend(queues.flat_map(|queue| &queue.stages).map(|stage| own(stage)));
            }
            _ => return occupancy.total(),
        }
    }
    stages.iter().map(|stage| occupancy.of(stage.as_deref())).sum()
}
