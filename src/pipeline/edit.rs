//! Changing the facts of a record.

use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::change::{Change, MemoryChange};
use crate::journal::{FactChange, RowKind};
use crate::record::Record;
use crate::refusal::Refusal;
use crate::request::{Operation, Request};
use crate::time::Timestamp;
use crate::value::Value;

use super::create::fact_reasons;
use super::decide::{Ask, Unchanged};
use super::{Decision, Pipeline};

/// A change of facts: fields to set and fields to clear.
///
/// ```
/// use lifestage::Edit;
///
/// let edit = Edit::new().set("phone", "+49 30 1234567").clear("fax").expecting_version(3);
/// # let _ = edit;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    facts: Vec<(SmolStr, Option<Value>)>,
    request: Request,
}

impl Default for Edit {
    fn default() -> Self {
        Self::new()
    }
}

impl Edit {
    /// An edit of nothing.
    pub fn new() -> Self {
        Self { facts: Vec::new(), request: Request::to("") }
    }

    /// Gives a field a value.
    #[must_use]
    pub fn set(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.facts.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a field its value.
    #[must_use]
    pub fn clear(mut self, name: impl Into<SmolStr>) -> Self {
        self.facts.push((name.into(), None));
        self
    }

    /// Edits on condition that the record is still at this version (S16).
    #[must_use]
    pub fn expecting_version(mut self, version: u64) -> Self {
        self.request = self.request.expecting_version(version);
        self
    }

    /// Names the request, so that asking twice does it once (S14).
    #[must_use]
    pub fn with_key(mut self, key: impl Into<SmolStr>) -> Self {
        self.request = self.request.with_key(key);
        self
    }

    /// Names the batch that the edit is part of.
    #[must_use]
    pub fn in_batch(mut self, batch: impl Into<SmolStr>) -> Self {
        self.request = self.request.in_batch(batch);
        self
    }

    /// The request as the store's digest sees it (S14): the facts are its input.
    pub(crate) fn request(&self) -> Request {
        let about = self.facts.iter().map(|(name, value)| match value {
            Some(value) => (name.clone(), value.clone()),
            None => (smol_str::format_smolstr!("-{name}"), Value::Bool(true)),
        });
        self.request.operating(Operation::Edit, about.collect())
    }
}

impl Pipeline {
    /// Judges an edit of facts: capability `edit_fields`, and values of declared fields that fit.
    pub fn edit<'a>(
        &'a self,
        record: &'a Record,
        edit: &Edit,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &edit.request, now };
        if let Some(reason) = self.barred(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut reasons = Vec::new();
        reasons.extend(self.denial(Capability::EditFields, record, actor));
        let facts = edit.facts.iter().map(|(name, value)| (name.as_str(), value.as_ref()));
        fact_reasons(self, facts, &mut reasons);
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let facts = changes(record, &edit.facts);
        if facts.is_empty() {
            return Decision::Unchanged(Unchanged::new(record.stage.clone()));
        }
        let mut row = self.row(ask, RowKind::Edit);
        row.facts = facts;
        row.request = edit.request.key.as_ref().map(|_| edit.request().digest(&record.id, actor.id()));
        let (compiled, meaning, plan) = (&*self.compiled, &self.meaning, [&[][..]; 3]);
        Decision::Moved(Change { compiled, meaning, record, actor, row, plan, memory: MemoryChange::Keep })
    }
}

/// What really changes: the last word on each field, where it differs from what is there.
fn changes(record: &Record, facts: &[(SmolStr, Option<Value>)]) -> Vec<FactChange> {
    let mut changes: Vec<FactChange> = Vec::new();
    for (name, new) in facts {
        changes.retain(|change| change.name != *name);
        let old = record.fields.get(name);
        if old != new.as_ref() {
            changes.push(FactChange { name: name.clone(), old: old.cloned(), new: new.clone() });
        }
    }
    changes
}
