//! The records that tasks, messages and timers are about.

use std::collections::BTreeMap;

use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use lifestage::calendar::Zone;
use lifestage::{SmolStr, Timestamp};

use super::list::who;
use crate::arguments::Crm;
use crate::failure::Failure;

/// What is to be known of the record of an effect.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) stage: Option<SmolStr>,
    pub(super) stage_name: String,
    pub(super) zone: Zone,
}

/// The records of a list of effects, each read once.
pub(super) struct Subjects<'c> {
    crm: &'c Crm,
    known: BTreeMap<SmolStr, Subject>,
}

impl<'c> Subjects<'c> {
    pub(super) const fn of(crm: &'c Crm) -> Self {
        Self { crm, known: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, id: &str) -> Result<Subject, Failure> {
        if let Some(subject) = self.known.get(id) {
            return Ok(subject.clone());
        }
        let record = self.crm.record(id)?;
        let pipeline = record.as_ref().and_then(|record| self.crm.pipeline(record.pipeline()));
        let stage = record.as_ref().and_then(|record| record.stage()).map(SmolStr::new);
        let named = |stage: &SmolStr| Some(pipeline.as_ref()?.catalog().stage(stage)?.name().to_owned());
        let stage_name = match &stage {
            Some(stage) => named(stage).unwrap_or_else(|| stage.to_string()),
            None => "no stage".to_owned(),
        };
        let zone = record.as_ref().and_then(|record| Some(pipeline.as_ref()?.zone_of(record)));
        let name = record.as_ref().map(who).unwrap_or_default();
        let subject = Subject { name, stage, stage_name, zone: zone.unwrap_or_default() };
        self.known.insert(id.into(), subject.clone());
        Ok(subject)
    }
}

/// A time as the clock on the wall shows it there: `Mon 2026-03-02 10:30 CET`.
pub(super) fn on_the_wall(at: Timestamp, zone: &Zone) -> String {
    let there = || {
        let rules = match zone.name() {
            "UTC" => TimeZone::UTC,
            name => DateTimeParser::new().parse_time_zone(name).ok()?,
        };
        let at = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?.to_zoned(rules);
        jiff::fmt::strtime::format("%a %Y-%m-%d %H:%M %Z", &at).ok()
    };
    there().unwrap_or_else(|| at.to_string())
}
