//! Zones and working hours of a pipeline (S41).

use crate::calendar::{Calendar, Zone};
use crate::record::Record;

use super::Pipeline;

impl Pipeline {
    /// The time zone of a record: what its zone field says, or that of the pipeline when it says nothing or
    /// names no zone.
    ///
    /// ```
    /// use lifestage::criteria::FieldType;
    /// use lifestage::definition::Definition;
    /// use lifestage::{Pipeline, Record, presets};
    ///
    /// let definition: Definition = serde_json::from_str(presets::LEAD)?;
    /// let definition = definition
    ///     .with_field("zone", FieldType::String)
    ///     .in_zone("Europe/Berlin")
    ///     .with_zone_field("zone");
    /// let pipeline = Pipeline::from_definition(definition)?;
    ///
    /// let lead = Record::new("lead-42");
    /// assert_eq!(pipeline.zone_of(&lead).name(), "Europe/Berlin");
    /// assert_eq!(pipeline.zone_of(&lead.with("zone", "America/Lima")).name(), "America/Lima");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn zone_of(&self, record: &Record) -> Zone {
        self.compiled.clock.zone_of(record)
    }

    /// The calendar that working time is counted by: the first of the definition, or Monday to Friday, 09:00
    /// to 17:00, in the zone of the pipeline.
    ///
    /// ```
    /// use lifestage::calendar::Weekday;
    /// use lifestage::definition::{CalendarDef, Definition};
    /// use lifestage::{Pipeline, Timestamp, presets};
    ///
    /// let definition: Definition = serde_json::from_str(presets::LEAD)?;
    /// let saturday: Timestamp = "2026-03-07T11:00:00Z".parse()?;
    /// let pipeline = Pipeline::from_definition(definition.clone())?;
    /// assert!(!pipeline.calendar().is_working(saturday));
    ///
    /// let shop = CalendarDef::new("shop", "Shop").open(Weekday::ALL, ["10:00-20:00"]);
    /// let pipeline = Pipeline::from_definition(definition.with_calendar(shop))?;
    /// assert!(pipeline.calendar().is_working(saturday));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn calendar(&self) -> &Calendar {
        self.compiled.clock.calendar(None)
    }
}
