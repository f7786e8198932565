//! Records out of sight, and persons forgotten (S44, S61a).

use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::change::Change;
use crate::code::ReasonCode;
use crate::contact::Facet;
use crate::definition::FieldFormat;
use crate::journal::{FactChange, OWN_NAMES, OWNER, RESERVED, RowKind};
use crate::record::{Presence, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request, asked_like_a_request};
use crate::time::Timestamp;
use crate::value::Value;

use super::create::{new_fact, own_fact};
use super::decide::{Ask, absent, too_early};
use super::{Decision, Pipeline};

/// A wish that needs nothing but a reason: into the trash and out of it, or two records made one.
///
/// ```
/// use lifestage::Act;
///
/// let act = Act::because("entered twice").expecting_version(3);
/// # let _ = (act, Act::new());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    pub(super) reason: Option<SmolStr>,
    pub(super) request: Request,
}

impl Default for Act {
    fn default() -> Self {
        Self::new()
    }
}

impl Act {
    /// Without a reason.
    pub fn new() -> Self {
        Self { reason: None, request: Request::to("") }
    }

    /// For this reason.
    pub fn because(reason: impl Into<SmolStr>) -> Self {
        Self { reason: Some(reason.into()).filter(|reason: &SmolStr| !reason.is_empty()), ..Self::new() }
    }

    /// The request as the store's digest sees it (S14).
    pub(crate) fn request(&self, operation: Operation, with: &str) -> Request {
        let about = [("reason", self.reason.clone().unwrap_or_default()), ("with", SmolStr::new(with))];
        self.request.operating(operation, about.into_iter().collect())
    }
}

asked_like_a_request!(Act);

impl Pipeline {
    /// Judges putting a record into the trash: capability `delete_contact`. It is out of views then and still
    /// in its stage, where it counts (S61a). What holds an e-mail address lets go of it.
    pub fn trash<'a>(
        &'a self,
        record: &'a Record,
        act: &Act,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        if record.presence() == Presence::Trashed {
            return self.nothing_to_do(record, actor);
        }
        let stands = self.barred(record);
        self.put(record, stands, (RowKind::Deletion, Operation::Delete), act, actor, now)
    }

    /// Judges taking a record out of the trash: capability `delete_contact`. It is where it was.
    pub fn restore<'a>(
        &'a self,
        record: &'a Record,
        act: &Act,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        if record.presence() == Presence::Live {
            return self.nothing_to_do(record, actor);
        }
        let merged = || absent(record).filter(|_| record.presence() == Presence::Merged);
        let stands = self.foreign(record).or_else(merged);
        self.put(record, stands, (RowKind::Restoration, Operation::Restore), act, actor, now)
    }

    fn put<'a>(
        &'a self,
        record: &'a Record,
        stands: Option<Reason>,
        (kind, operation): (RowKind, Operation),
        act: &Act,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &act.request, now };
        if let Some(reason) = stands.or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut reasons = Vec::new();
        reasons.extend(self.denial(Capability::DeleteContact, record, actor));
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut row = self.row(ask, kind);
        row.reason = act.reason.clone();
        row.request = Self::digest_of(ask, || act.request(operation, ""));
        row.facts.extend(released(record));
        Decision::Moved(self.quiet(ask, row))
    }
}

/// What lets go of the e-mail address that a record holds.
pub(super) fn released(record: &Record) -> Option<FactChange> {
    let old = record.reserved.clone().map(Value::Text)?;
    Some(FactChange { name: SmolStr::new_static(RESERVED), old: Some(old), new: None })
}

/// A wish that a person be forgotten: everything personal in the journal of a record goes, and the chain
/// still holds (S44).
///
/// ```
/// use lifestage::Erasure;
///
/// let erased = Erasure::of_everything().because("request of 2 March");
/// let pseudonymised = Erasure::keeping(["source", "budget"]).renaming("Person 4711");
/// # let _ = (erased, pseudonymised);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Erasure {
    keep: Vec<SmolStr>,
    pseudonym: Option<SmolStr>,
    reason: Option<SmolStr>,
    request: Request,
}

impl Erasure {
    /// No fact stays; whose record it was, what it points at and where it stands do.
    pub fn of_everything() -> Self {
        Self { keep: Vec::new(), pseudonym: None, reason: None, request: Request::to("") }
    }

    /// These fields stay with the values they have now, because they tell of nobody; their history goes.
    pub fn keeping<S: Into<SmolStr>>(fields: impl IntoIterator<Item = S>) -> Self {
        Self { keep: fields.into_iter().map(Into::into).collect(), ..Self::of_everything() }
    }

    /// The record gets this as its name instead.
    #[must_use]
    pub fn renaming(mut self, pseudonym: impl Into<SmolStr>) -> Self {
        self.pseudonym = Some(pseudonym.into());
        self
    }

    /// Says why, for the history. Let it tell of nobody: it stays.
    #[must_use]
    pub fn because(mut self, reason: impl Into<SmolStr>) -> Self {
        self.reason = Some(reason.into()).filter(|reason: &SmolStr| !reason.is_empty());
        self
    }

    /// The request as the store's digest sees it (S14).
    pub(crate) fn request(&self) -> Request {
        let about = [
            ("keep", Value::List(self.keep.clone())),
            ("pseudonym", Value::Text(self.pseudonym.clone().unwrap_or_default())),
            ("reason", Value::Text(self.reason.clone().unwrap_or_default())),
        ];
        self.request.operating(Operation::Erase, about.into_iter().collect())
    }
}

asked_like_a_request!(Erasure);

impl Pipeline {
    /// Judges the erasure of what is personal about a record: capability `erase`. It may be in the trash or
    /// one with another; it stays where it is. Whoever writes the change has to remove what
    /// [`Row::erase`](crate::journal::Row::erase) removes from all its earlier rows, and their effects.
    pub fn erase<'a>(
        &'a self,
        record: &'a Record,
        erasure: &Erasure,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &erasure.request, now };
        if let Some(reason) = self.foreign(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut reasons = Vec::new();
        reasons.extend(self.denial(Capability::Erase, record, actor));
        for field in erasure.keep.iter().filter(|field| self.tells_of_a_person(field)) {
            let message = alloc::format!("`{field}` tells of the person and cannot stay");
            reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("field", field.clone()));
        }
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        Decision::Moved(self.erasing(record, erasure, actor, now))
    }

    /// The change of an erasure, which nobody judges: of one that is allowed, or that was carried out before.
    pub(crate) fn erasing<'a>(
        &'a self,
        record: &'a Record,
        erasure: &Erasure,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Change<'a> {
        let ask = Ask { record, actor, request: &erasure.request, now };
        let mut row = self.row(ask, RowKind::Erasure);
        row.was_lost_reason = None;
        row.reason = erasure.reason.clone();
        row.facts = left(record, erasure);
        row.request = Self::digest_of(ask, || erasure.request());
        self.quiet(ask, row)
    }
}

impl Pipeline {
    /// Whether a field may tell which person a record is: a facet that does, an e-mail address, a phone number.
    fn tells_of_a_person(&self, name: &str) -> bool {
        let declared = self.compiled.document.fields.get(name);
        let format = declared.map_or_else(|| FieldFormat::of_name(name), |field| field.format_as(name));
        format != FieldFormat::Text || Facet::of_name(name).is_some_and(Facet::tells_of_a_person)
    }
}

/// What is left of a record after an erasure.
fn left(record: &Record, erasure: &Erasure) -> Vec<FactChange> {
    let mut facts = Vec::new();
    facts.extend(record.owner().map(|owner| own_fact(OWNER, owner)));
    facts.extend(record.links().iter().map(|(link, target)| own_fact(link.fact(), target)));
    facts.extend(erasure.pseudonym.as_ref().map(|name| own_fact("name", name)));
    let mut kept: Vec<&SmolStr> = erasure.keep.iter().filter(|name| !name.starts_with(OWN_NAMES)).collect();
    kept.sort();
    kept.dedup();
    let values = kept.into_iter().filter_map(|name| Some((name, record.fields.get(name)?)));
    facts.extend(values.map(|(name, value)| new_fact(name, value.clone())));
    facts
}
