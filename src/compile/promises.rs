use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{Compiled, Compiler, EffectSpec, Kind, StageGate, Timing, number};
use crate::calendar::{Calendar, Zone, due};
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::definition::{Happening, Repeat, SlaDef};
use crate::effect::{EffectKind, EffectTrigger};
use crate::finding::At;
use crate::journal::{Row, StageMark};
use crate::offset::Offset;
use crate::record::Record;
use crate::time::{Span, Timestamp};

const SLA: At<'static> = At::ROOT.key("sla");

/// A promise of time.
#[derive(Debug)]
pub(crate) struct Promise {
    pub(crate) id: SmolStr,
    pub(crate) name: SmolStr,
    /// By stage.
    places: Box<[Place]>,
    within: Offset,
    working: bool,
    /// The calendar of working time; the first one when empty.
    calendar: SmolStr,
    /// What keeps it; none for leaving its stages.
    pub(crate) met_by: Box<[Happening]>,
    pub(crate) warn: Box<[Offset]>,
}

/// What a stage is to a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The clock runs.
    Runs,
    /// The clock stands still.
    Stands,
    /// There is no clock.
    Elsewhere,
}

impl Promise {
    /// Where a row takes a record from and to.
    pub(crate) fn way(&self, row: &Row, compiled: &Compiled) -> (Place, Place) {
        let place = |pipeline: &SmolStr, mark: &Option<StageMark>| {
            let mark = mark.as_ref().filter(|_| *pipeline == compiled.document.id);
            let stage = mark.and_then(|mark| compiled.catalog.index_of(&mark.id));
            stage.and_then(|stage| self.places.get(stage.index())).copied().unwrap_or(Place::Elsewhere)
        };
        let origin = row.origin.as_ref().map_or(&row.pipeline, |origin| &origin.pipeline);
        (place(origin, &row.from), place(&row.pipeline, &row.to))
    }

    /// How its time passes for a record.
    pub(crate) fn measure<'c>(&self, compiled: &'c Compiled, record: &Record) -> Measure<'c> {
        let named = Some(self.calendar.as_str()).filter(|id| !id.is_empty());
        Measure {
            within: self.within,
            zone: compiled.clock.zone_of(record),
            working: self.working.then(|| compiled.clock.calendar(named)),
        }
    }
}

/// How the time of a promise passes for one record.
#[derive(Debug)]
pub(crate) struct Measure<'c> {
    within: Offset,
    pub(crate) zone: Zone,
    working: Option<&'c Calendar>,
}

impl Measure<'_> {
    /// When a clock runs out that starts at `from`; none beyond the range of dates.
    pub(crate) fn due(&self, from: Timestamp) -> Option<Timestamp> {
        due(from, self.within, None, &self.zone, self.working)
    }

    /// How much of its time passes from `from` to `to`, which is not earlier.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> Span {
        match self.working {
            Some(calendar) => calendar.working_between(from, to),
            None => to.since(from).unwrap_or(Span::from_micros(i64::MAX)),
        }
    }

    /// When so much of its time has passed since `from`.
    pub(crate) fn after(&self, from: Timestamp, left: Span) -> Option<Timestamp> {
        match self.working {
            Some(calendar) => calendar.add(from, left),
            None => from.checked_add(left),
        }
    }
}

impl Compiler<'_> {
    /// Promises of time: what they need is planned when a record comes to their stages.
    pub(super) fn promises(&mut self, catalog: &StageCatalog, gates: &mut [StageGate]) -> Vec<Promise> {
        let document = self.document;
        self.limit(document.sla.len(), self.limits.sla, "promises of time", SLA);
        let (mut ids, mut promises) = (BTreeSet::new(), Vec::new());
        for (i, def) in document.sla.iter().enumerate() {
            let at = SLA.index(i);
            self.id(&def.id, at.key("id"));
            self.name(&def.name, at.key("name"));
            if !ids.insert(&def.id) {
                let message = alloc::format!("two promises of time have the id `{}`", def.id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, at.key("id"), message);
            }
            let places = self.places(def, catalog, at);
            let within = self.offset(&def.within, at.key("within"));
            if within.is_some_and(Offset::is_zero) {
                let message = "no promise can be kept in no time at all";
                self.findings.error(FindingCode::BadValue, at.key("within"), message);
            }
            self.promised_calendar(def, at.key("calendar"));
            let warn = self.warnings(def, within, at.key("warn"));
            let met_by = self.happenings(&def.met_by, at.key("met_by"));
            let Some(within) = within else { continue };
            let effect = self.add_effect(EffectSpec {
                action: def.id.clone(),
                kind: EffectKind::Sla,
                trigger: EffectTrigger::Enter,
                stage: None,
                when: None,
                repeat: Repeat::EveryVisit,
                timing: Timing::Promise(number(promises.len())),
                reported: false,
                args: Box::default(),
            });
            for (gate, place) in gates.iter_mut().zip(&places) {
                if *place != Place::Elsewhere {
                    gate.on_enter = gate.on_enter.iter().copied().chain([effect]).collect();
                    gate.anew = gate.anew.iter().copied().chain([effect]).collect();
                }
            }
            promises.push(Promise {
                id: def.id.clone(),
                name: SmolStr::new(&def.name),
                places,
                within,
                working: def.working_time,
                calendar: def.calendar.clone(),
                met_by,
                warn,
            });
        }
        promises
    }

    /// What each stage is to a promise. A stage that is named is what it is named for, whatever a wildcard says.
    fn places(&mut self, def: &SlaDef, catalog: &StageCatalog, at: At<'_>) -> Box<[Place]> {
        let mut places = alloc::vec![Place::Elsewhere; catalog.stages.len()];
        let put = |places: &mut Vec<Place>, stage: StageIx, place: Place| {
            if let Some(there) = places.get_mut(stage.index()) {
                *there = place;
            }
        };
        if def.stages.is_empty() && !self.absent.has_key("in") {
            let message = "a promise of time needs a stage in which its clock runs";
            self.findings.error(FindingCode::BadValue, at.key("in"), message);
        }
        let mut named = BTreeSet::new();
        for (i, text) in def.stages.iter().enumerate() {
            let at = at.key("in");
            // An archived stage still has records, to which the promise was given.
            match self.wildcard_over(text, catalog, |stage| !stage.is_final, at.index(i)) {
                Some(stages) => stages.into_iter().for_each(|stage| put(&mut places, stage, Place::Runs)),
                None => named.extend(self.stage_ref(catalog, text, at.index(i))),
            }
        }
        named.iter().for_each(|stage| put(&mut places, *stage, Place::Runs));
        for (i, text) in def.paused_in.iter().enumerate() {
            let at = at.key("paused_in");
            let Some(stage) = self.stage_ref(catalog, text, at.index(i)) else { continue };
            if named.contains(&stage) {
                let message = alloc::format!("the clock both runs and stands still in `{text}`");
                self.findings.error(FindingCode::BadValue, at.index(i), message);
            }
            put(&mut places, stage, Place::Stands);
        }
        let runs = |stage: StageIx| places.get(stage.index()) == Some(&Place::Runs);
        let usable = catalog.indices().any(|stage| runs(stage) && !catalog.get(stage).is_archived);
        if !usable && !self.is_vague && !def.stages.is_empty() {
            let message = alloc::format!("the clock of `{}` runs in no stage that records can enter", def.id);
            self.findings.warning(FindingCode::DeadAction, at, message);
        }
        places.into()
    }

    fn promised_calendar(&mut self, def: &SlaDef, at: At<'_>) {
        if def.calendar.is_empty() {
            return;
        }
        let known = self.document.calendars.iter().map(|calendar| calendar.id.as_str());
        if known.clone().all(|id| id != def.calendar) {
            self.unknown((Kind::Calendar, FindingCode::BadValue), &def.calendar, known, at);
        } else if !def.working_time && !self.absent.has_key("working_time") {
            let message = "a calendar is for working time, and this promise does not count it";
            self.findings.error(FindingCode::BadValue, at, message);
        }
    }

    /// How long before it runs out to warn, which is less than it takes.
    fn warnings(&mut self, def: &SlaDef, within: Option<Offset>, at: At<'_>) -> Box<[Offset]> {
        let mut warn = Vec::with_capacity(def.warn.len());
        for (i, text) in def.warn.iter().enumerate() {
            let Some(before) = self.offset(text, at.index(i)) else { continue };
            // Working time takes longer than it is long.
            let too_long = |within: Offset| !def.working_time && before.is_at_least(within);
            if before.is_zero() {
                let message = "a warning comes some time before";
                self.findings.error(FindingCode::BadValue, at.index(i), message);
            } else if within.filter(|within| !within.is_zero()).is_some_and(too_long) {
                let message = alloc::format!("a warning `{text}` before would come before the clock starts");
                self.findings.error(FindingCode::BadValue, at.index(i), message);
            }
            warn.push(before);
        }
        warn.into()
    }

    /// What the words of a list stand for.
    pub(super) fn happenings(&mut self, words: &[SmolStr], at: At<'_>) -> Box<[Happening]> {
        let mut happenings = Vec::with_capacity(words.len());
        for (i, word) in words.iter().enumerate() {
            match Happening::from_name(word) {
                Some(happening) => happenings.push(happening),
                None => {
                    let known = Happening::all().map(|(word, _)| word);
                    self.unknown((Kind::Happening, FindingCode::BadValue), word, known, at.index(i));
                }
            }
        }
        happenings.into()
    }
}
