//! What a condition sees of a record, its actor, the input and the time.

use crate::actor::Actor;
use crate::compile::{Compiled, Condition};
use crate::criteria::{Facts, Slot, SlotIx, Truth};
use crate::journal::Row;
use crate::record::Record;
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// The facts of one request, found by name only when a condition asks for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordFacts<'a> {
    pub(crate) compiled: &'a Compiled,
    pub(crate) record: &'a Record,
    /// The row that brings the record into a stage, for texts that see it there already (S46).
    pub(crate) entering: Option<&'a Row>,
    pub(crate) actor: &'a Actor,
    pub(crate) input: &'a Fields,
    pub(crate) now: Timestamp,
}

impl<'a> RecordFacts<'a> {
    /// The condition at `when`, unless it holds or there is none.
    pub(crate) fn unmet(&self, when: Option<u32>) -> Option<&'a Condition> {
        let condition = self.compiled.conditions.get(when? as usize)?;
        (condition.criteria.eval(self) != Truth::True).then_some(condition)
    }

    /// Whether the condition at `when` holds, if there is one.
    pub(crate) fn meet(&self, when: Option<u32>) -> bool {
        self.unmet(when).is_none()
    }

    /// A value as a template sees it.
    pub(crate) fn value_of(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.record.fields.get(name) {
            return Some(value.clone());
        }
        let (slot, _) = self.compiled.scope.lookup(name)?;
        match self.slot(slot) {
            Slot::Text(text) => Some(Value::from(text)),
            Slot::Timestamp(at) => Some(Value::from(at)),
            Slot::List(values) => Some(Value::List(values.to_vec())),
            _ => None,
        }
    }

    fn stage(&self) -> Option<&'a str> {
        match self.entering {
            Some(row) => row.to.as_ref().map(|to| to.id.as_str()),
            None => self.record.stage(),
        }
    }

    fn entered_at(&self) -> Option<Timestamp> {
        match self.entering {
            Some(row) => (!row.start_unknown).then_some(row.effective_at),
            None => self.record.entered_at(),
        }
    }

    fn built_in(&self, which: usize) -> Slot<'_> {
        match which {
            0 => Slot::Text(self.actor.id()),
            1 => Slot::List(self.actor.roles()),
            2 => self.stage().map_or(Slot::Missing, Slot::Text),
            3 => self.record.owner().map_or(Slot::Missing, Slot::Text),
            4 => self.entered_at().map_or(Slot::Missing, Slot::Timestamp),
            5 => Slot::Timestamp(self.now),
            _ => Slot::Missing,
        }
    }
}

impl Facts for RecordFacts<'_> {
    #[inline]
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        let at = ix.index();
        if let Some((name, field_type)) = self.compiled.fields.get(at) {
            return self
                .record
                .fields
                .get(name)
                .map_or(Slot::Missing, |value| Slot::bind(value, *field_type));
        }
        match at.checked_sub(self.compiled.fields.len()) {
            Some(which) if which < crate::compile::BUILT_IN.len() => self.built_in(which),
            _ => self.input_slot(ix),
        }
    }
}

impl RecordFacts<'_> {
    fn input_slot(&self, ix: SlotIx) -> Slot<'_> {
        let scope = &self.compiled.scope;
        let name = scope.name(ix).and_then(|name| name.strip_prefix("input."));
        let value = name.and_then(|name| self.input.get(name));
        match (value, scope.field_type(ix)) {
            (Some(value), Some(field_type)) => Slot::bind(value, field_type),
            _ => Slot::Missing,
        }
    }
}
