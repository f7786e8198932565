use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::Compiler;
use crate::calendar::{Calendar, Weekday, Zone};
use crate::code::FindingCode;
use crate::criteria::FieldType;
use crate::definition::CalendarDef;
use crate::finding::At;
use crate::record::Record;
use crate::value::Value;

const CALENDARS: At<'static> = At::ROOT.key("calendars");

/// The zones and calendars of a pipeline.
#[derive(Debug)]
pub(crate) struct Clock {
    zone: Zone,
    zone_field: SmolStr,
    calendars: Vec<(SmolStr, Calendar)>,
    /// What counts where there is no calendar.
    standard: Calendar,
}

impl Clock {
    /// The zone of a record: its own, if it has one that is known, or that of the pipeline.
    pub(crate) fn zone_of(&self, record: &Record) -> Zone {
        let own = match self.zone_field.as_str() {
            "" => None,
            field => record.fields.get(field),
        };
        match own {
            Some(Value::Text(name)) => Zone::find(name).unwrap_or_else(|| self.zone.clone()),
            _ => self.zone.clone(),
        }
    }

    /// The calendar with this id, or else the first; the standard one when there is none.
    pub(crate) fn calendar(&self, id: Option<&str>) -> &Calendar {
        let named = self.calendars.iter().find(|(own, _)| id == Some(own.as_str()));
        named.or(self.calendars.first()).map_or(&self.standard, |(_, calendar)| calendar)
    }
}

impl Compiler<'_> {
    /// Zones and calendars (S41).
    pub(super) fn clock(&mut self) -> Clock {
        let document = self.document;
        let zone = self.zone(&document.zone, At::ROOT.key("zone")).unwrap_or_default();
        self.zone_field(&document.zone_field, At::ROOT.key("zone_field"));
        self.limit(document.calendars.len(), self.limits.calendars, "calendars", CALENDARS);
        let holidays = document.calendars.iter().map(|calendar| calendar.holidays.len()).sum();
        self.limit(holidays, self.limits.holidays, "holidays", CALENDARS);
        let mut ids = BTreeSet::new();
        let mut calendars = Vec::with_capacity(document.calendars.len());
        for (i, def) in document.calendars.iter().enumerate() {
            let at = CALENDARS.index(i);
            self.id(&def.id, at.key("id"));
            self.name(&def.name, at.key("name"));
            if !ids.insert(&def.id) {
                let message = alloc::format!("two calendars have the id `{}`", def.id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, at.key("id"), message);
            }
            let zone = self.zone(&def.zone, at.key("zone")).unwrap_or_else(|| zone.clone());
            calendars.push((def.id.clone(), self.calendar(def, zone, at)));
        }
        let standard = Calendar::standard(zone.clone());
        Clock { zone, zone_field: document.zone_field.clone(), calendars, standard }
    }

    /// The zone of this name, if one is named and known.
    fn zone(&mut self, name: &str, at: At<'_>) -> Option<Zone> {
        if name.is_empty() {
            return None;
        }
        let zone = Zone::find(name);
        if zone.is_none() {
            // The names are worth listing only while hints are given.
            let hinted = self.hints > 0 && !self.findings.is_full();
            let hint = if hinted { Zone::with_names(|names| self.hint(name, names)) } else { String::new() };
            let message = format_args!("{}{hint}", Zone::unknown(name));
            self.findings.error(FindingCode::BadValue, at, message);
        }
        zone
    }

    fn zone_field(&mut self, name: &str, at: At<'_>) {
        if name.is_empty() {
            return;
        }
        match self.document.fields.get(name) {
            None => self.unknown_field(name, at),
            Some(field) if field.field_type != FieldType::String => {
                let message = format_args!("a time zone is a text, and `{name}` is {}", field.field_type);
                self.findings.error(FindingCode::WrongType, at, message);
            }
            Some(_) => {}
        }
    }

    fn calendar(&mut self, def: &CalendarDef, zone: Zone, at: At<'_>) -> Calendar {
        let mut calendar = if def.hours.is_empty() { Calendar::standard(zone) } else { Calendar::new(zone) };
        let at_hours = at.key("hours");
        let faults = self.findings.errors();
        for (name, hours) in def.hours.iter() {
            let at = at_hours.key(name);
            let day = match name.parse::<Weekday>() {
                Ok(day) => day,
                Err(error) => {
                    let hint = self.hint(name, Weekday::ALL.iter().map(|day| day.name()));
                    self.findings.error(FindingCode::BadValue, at, format_args!("{error}{hint}"));
                    continue;
                }
            };
            for (i, text) in hours.iter().enumerate() {
                if let Err(error) = calendar.add_hours(day, text) {
                    self.findings.error(FindingCode::BadValue, at.index(i), error);
                }
            }
        }
        if calendar.is_never() && self.findings.errors() == faults {
            self.findings.error(FindingCode::BadValue, at_hours, "the calendar has no working hours");
        }
        for (i, text) in def.holidays.iter().enumerate() {
            if let Err(error) = calendar.add_holiday(text) {
                let code =
                    if error.is_repetition() { FindingCode::DuplicateId } else { FindingCode::BadValue };
                self.findings.error(code, at.key("holidays").index(i), error);
            }
        }
        calendar
    }
}
