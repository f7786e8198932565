//! Moving a record by a map: past the move list and the criteria, but not past the gate (S33, S33a).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::capability::Capability;
use crate::catalog::{Outcome, StageIx};
use crate::change::{Change, MemoryChange};
use crate::code::ReasonCode;
use crate::compile::direction;
use crate::definition::MoveKind;
use crate::journal::{Origin, RowKind, StageMark};
use crate::migration::{MapEntry, Migration, NO_STAGE, Occupancy, StageMap, stage_of};
use crate::policy::Step;
use crate::record::{Presence, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::Request;
use crate::time::Timestamp;

use super::decide::{Ask, absent, unknown};
use super::{Decision, Pipeline};

impl Pipeline {
    /// Judges one record of a migration into this pipeline. `from` is the stage the record is in, with
    /// the label and outcome that it had; this definition may not know it any more (S34).
    pub fn migrate<'a>(
        &'a self,
        record: &'a Record,
        from: Option<StageMark>,
        migration: &'a Migration,
        now: Timestamp,
    ) -> Decision<'a> {
        let compiled = &*self.compiled;
        let actor = &migration.actor;
        let Some(entry) = migration.map.entry(record.stage()) else {
            let stage = record.stage().unwrap_or(NO_STAGE);
            let message = alloc::format!("the migration does not say where the records of `{stage}` go");
            let reason = Reason::new(ReasonCode::BadMap, message).with("stage", stage);
            return Decision::Refused(Refusal::only(reason));
        };
        // A duplicate is not worked with any more (S59).
        if let Some(reason) = absent(record).filter(|_| record.presence() == Presence::Merged) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut reasons = Vec::new();
        reasons.extend(self.denial(Capability::Migrate, record, actor));
        // Who is in no stage is open (S28).
        let outcome = from.as_ref().map(|mark| mark.outcome);
        let outcome = outcome.or_else(|| record.stage().is_none().then_some(Outcome::Open));
        self.judge_entry(entry, outcome, &mut reasons);
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let to = stage_of(&entry.to).and_then(|id| compiled.catalog.index_of(id));
        let request = Request::to(entry.to.clone()).in_batch(migration.id.clone());
        let ask = Ask { record, actor, request: &request, now };
        let mut row = self.row(ask, RowKind::Migration);
        row.from = from;
        row.to = to.map(|to| StageMark::from(compiled.catalog.get(to)));
        row.origin = Some(Origin { pipeline: record.pipeline.clone(), definition: record.definition });
        row.reason = Some(migration.reason.clone());
        row.input = entry.input.clone();
        let known = row.from.as_ref().and_then(|mark| compiled.catalog.index_of(&mark.id));
        row.direction = to.map(|to| direction(known, to, &compiled.catalog));
        self.requeue(record, &mut row);
        // A stage of the same id in another pipeline is another stage.
        let left = known.filter(|_| record.pipeline == self.id());
        let exit = left.and_then(|from| compiled.gate(from)).map_or(&[][..], |gate| &gate.on_exit);
        let enter = to.and_then(|to| compiled.gate(to)).map_or(&[][..], |gate| &gate.on_enter);
        let plan = if entry.effects { [exit, &[][..], enter] } else { [&[][..]; 3] };
        let (meaning, memory) = (&self.meaning, MemoryChange::Void);
        Decision::Moved(Change { compiled, meaning, record, actor, row, plan, memory, extra: None })
    }

    /// What stands against one entry of a map, whatever record it is used for.
    fn judge_entry(&self, entry: &MapEntry, from: Option<Outcome>, reasons: &mut Vec<Reason>) {
        let turns = |to: Outcome| from.filter(|before| *before != to && !entry.allow_outcome_change);
        let flipped = |before: Outcome, after: Outcome| {
            let message = alloc::format!(
                "from `{}` to `{}` the records would turn from {before} to {after}; say that they may",
                entry.from,
                entry.to
            );
            let reason = Reason::new(ReasonCode::OutcomeChange, message);
            reason.with("from", entry.from.clone()).with("to", entry.to.clone())
        };
        let Some(id) = stage_of(&entry.to) else {
            reasons.extend(turns(Outcome::Open).map(|before| flipped(before, Outcome::Open)));
            return;
        };
        let catalog = &self.compiled.catalog;
        let Some(to) = catalog.index_of(id) else {
            reasons.push(unknown(ReasonCode::UnknownStage, "stage", id).with("from", entry.from.clone()));
            return;
        };
        let stage = catalog.get(to);
        if stage.is_archived {
            let message = alloc::format!("{} is archived, so that no records can go there", stage.name());
            reasons.push(Reason::new(ReasonCode::ArchivedStage, message).with("stage", id));
        }
        reasons.extend(turns(stage.outcome).map(|before| flipped(before, stage.outcome)));
        self.entry_input(to, entry, reasons);
    }

    /// What entering the target asks for, asked once for the whole entry (S33a).
    fn entry_input(&self, to: StageIx, entry: &MapEntry, reasons: &mut Vec<Reason>) {
        let catalog = &self.compiled.catalog;
        let step = Step::new(None, None, to, MoveKind::Ordinary, direction(None, to, catalog));
        let mut faults = Vec::new();
        self.compiled.input_reasons(&step, &entry.input, &mut faults);
        reasons.extend(faults.into_iter().map(|fault| fault.with("from", entry.from.clone())));
    }

    /// What stands against taking the place of `old` while records are in its stages: a stage with
    /// records that vanishes, is archived or changes its outcome without an entry in the map, and
    /// entries that will not do (S24, S25, S32, S33).
    ///
    /// `map` is for records of `old`; the stages it names must be of `old` or occupied.
    pub(crate) fn judge_succession(
        &self,
        old: &Self,
        map: &StageMap,
        occupancy: &Occupancy,
        reasons: &mut Vec<Reason>,
    ) {
        if self.definition().archived && !(old.id() == self.id() && old.definition().archived) {
            if !map.is_empty() {
                let message = alloc::format!(
                    "the pipeline `{}` is archived, so that no records can go there",
                    self.id()
                );
                reasons.push(Reason::new(ReasonCode::ArchivedStage, message).with("pipeline", self.id()));
            } else if old.id() == self.id() && occupancy.total() > 0 {
                reasons.push(self.still_used(occupancy));
            }
        }
        let mut sources = BTreeSet::new();
        for entry in map.entries() {
            if !sources.insert(&entry.from) {
                let message = alloc::format!("the map says twice where the records of `{}` go", entry.from);
                let reason = Reason::new(ReasonCode::BadMap, message);
                reasons.push(reason.with("stage", entry.from.clone()));
                continue;
            }
            let before = stage_of(&entry.from).and_then(|id| old.catalog().stage(id));
            let is_there = entry.from == NO_STAGE || before.is_some();
            if !is_there && occupancy.of(stage_of(&entry.from)) == 0 {
                reasons.push(unknown(ReasonCode::UnknownStage, "stage", &entry.from));
                continue;
            }
            let after = stage_of(&entry.to).and_then(|id| self.catalog().stage(id));
            let same_outcome = before.zip(after).is_none_or(|(old, new)| old.outcome() == new.outcome());
            if old.id() == self.id() && entry.from == entry.to && same_outcome {
                let message =
                    alloc::format!("the map sends the records of `{}` to where they are", entry.from);
                let reason = Reason::new(ReasonCode::BadMap, message);
                reasons.push(reason.with("stage", entry.from.clone()));
                continue;
            }
            // What is never in a stage is open (S28).
            let outcome = before.map(crate::catalog::Stage::outcome);
            self.judge_entry(entry, outcome.or((entry.from == NO_STAGE).then_some(Outcome::Open)), reasons);
        }
        if old.id() != self.id() && occupancy.of(None) > 0 && map.entry(None).is_none() {
            let records = occupancy.records_are(None);
            let message = alloc::format!("{records} in no stage, and the map does not say where they go");
            reasons.push(Reason::new(ReasonCode::OccupiedStage, message).with("stage", NO_STAGE));
        }
        for (stage, count) in occupancy.iter() {
            let Some((id, fate)) = stage.and_then(|id| Some((id, self.fate(old, id)?))) else { continue };
            if map.entry(Some(id)).is_some() {
                continue;
            }
            let name = old.catalog().stage(id).map_or(id, |stage| stage.name());
            let records = occupancy.records_are(Some(id));
            let message = match fate {
                Fate::Vanishes => alloc::format!("{records} in {name}, which would vanish"),
                Fate::Archived => {
                    alloc::format!("{records} in {name}, which would be archived: name a replacement")
                }
                Fate::Turns(old, new) => {
                    alloc::format!("{records} in {name}, which would turn from {old} to {new}")
                }
            };
            let records = i64::try_from(count).unwrap_or(i64::MAX);
            reasons.push(
                Reason::new(ReasonCode::OccupiedStage, message).with("stage", id).with("records", records),
            );
        }
    }

    /// The stages of `old` that no record may be in when this takes its place, but for those that the
    /// map empties.
    #[cfg(feature = "std")]
    pub(crate) fn to_be_vacant(&self, old: &Self) -> Vec<smol_str::SmolStr> {
        let ids = old.catalog().stages().map(crate::catalog::Stage::id);
        ids.filter(|id| self.fate(old, id).is_some()).map(smol_str::SmolStr::new).collect()
    }

    /// What becomes of a stage of `old`, if records cannot stay in it as they are.
    fn fate(&self, old: &Self, id: &str) -> Option<Fate> {
        if old.id() != self.id() {
            return Some(Fate::Vanishes);
        }
        let before = old.catalog().stage(id)?;
        let Some(after) = self.catalog().stage(id) else { return Some(Fate::Vanishes) };
        if before.outcome() != after.outcome() {
            return Some(Fate::Turns(before.outcome(), after.outcome()));
        }
        (after.is_archived && !before.is_archived).then_some(Fate::Archived)
    }
}

/// What becomes of a stage that records cannot stay in as they are.
#[derive(Clone, Copy)]
enum Fate {
    Vanishes,
    Archived,
    Turns(Outcome, Outcome),
}

impl Pipeline {
    fn still_used(&self, occupancy: &Occupancy) -> Reason {
        let count = occupancy.total();
        let message = alloc::format!(
            "{} in `{}`, so that it cannot be archived: move them to another pipeline first",
            occupancy.all_records_are(),
            self.id()
        );
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Reason::new(ReasonCode::OccupiedStage, message).with("records", count)
    }
}
