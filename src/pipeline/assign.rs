//! Whose record it is (S20, S56).

use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::code::ReasonCode;
use crate::journal::{FactChange, OWNER, RowKind};
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request, asked_like_a_request};
use crate::time::Timestamp;
use crate::value::Value;

#[cfg(feature = "std")]
use super::Act;
use super::decide::{Ask, too_early};
use super::{Decision, Pipeline};

/// A wish about who owns a record.
///
/// ```
/// use lifestage::Assignment;
///
/// let mine = Assignment::claim();
/// let yours = Assignment::to("eva").because("Sam is on leave").expecting_version(4);
/// let nobodys = Assignment::release();
/// # let _ = (mine, yours, nobodys);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    owner: NewOwner,
    reason: Option<SmolStr>,
    request: Request,
}

/// Who is to own a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewOwner {
    /// Whoever asks, if nobody does yet.
    Asker,
    /// This person.
    Person(SmolStr),
    /// This person, because it is their turn in a pool.
    Next {
        /// The name of the pool.
        pool: SmolStr,
        /// Whose turn it is.
        person: SmolStr,
    },
    /// Nobody.
    Nobody,
}

impl Assignment {
    fn new(owner: NewOwner) -> Self {
        Self { owner, reason: None, request: Request::to("") }
    }

    /// Takes a record that nobody owns; needs the capability `claim`.
    pub fn claim() -> Self {
        Self::new(NewOwner::Asker)
    }

    /// Gives a record to a person: `assign` when nobody owns it, `reassign` when somebody else does.
    pub fn to(person: impl Into<SmolStr>) -> Self {
        Self::new(NewOwner::Person(person.into()))
    }

    /// Gives a record to the person whose turn it is in a pool, as giving it to them.
    pub fn next(pool: impl Into<SmolStr>, person: impl Into<SmolStr>) -> Self {
        Self::new(NewOwner::Next { pool: pool.into(), person: person.into() })
    }

    /// As `act` is wished: for its reason, with its expectation, key and batch.
    #[cfg(feature = "std")]
    pub(crate) fn wished_by(self, act: &Act) -> Self {
        Self { reason: act.reason.clone(), request: act.request.clone(), ..self }
    }

    /// Gives a record back: one's own with `claim`, another person's with `reassign`.
    pub fn release() -> Self {
        Self::new(NewOwner::Nobody)
    }

    /// Says why, for the history.
    #[must_use]
    pub fn because(mut self, reason: impl Into<SmolStr>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Who is to own it.
    pub const fn owner(&self) -> &NewOwner {
        &self.owner
    }

    /// Who owns the record afterwards, when this actor asks.
    pub(crate) fn new_owner<'s>(&'s self, actor: &'s Actor) -> Option<&'s str> {
        match &self.owner {
            NewOwner::Asker => Some(actor.id()),
            NewOwner::Person(person) | NewOwner::Next { person, .. } => Some(person),
            NewOwner::Nobody => None,
        }
    }

    /// The request as the store's digest sees it (S14).
    pub(crate) fn request(&self) -> Request {
        let owner = match &self.owner {
            NewOwner::Asker => SmolStr::new_static("claim"),
            NewOwner::Person(person) => smol_str::format_smolstr!("to {person}"),
            // Whose turn it is, is no part of what is asked.
            NewOwner::Next { pool, .. } => smol_str::format_smolstr!("next of {pool}"),
            NewOwner::Nobody => SmolStr::new_static("release"),
        };
        let about = [("owner", owner), ("reason", self.reason.clone().unwrap_or_default())];
        self.request.operating(Operation::Assign, about.into_iter().collect())
    }
}

asked_like_a_request!(Assignment);

impl Pipeline {
    /// Judges who is to own a record. Giving it to whom it belongs changes nothing.
    ///
    /// ```
    /// use lifestage::{Actor, Assignment, Decision, Pipeline, ReasonCode, Record, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let (sam, now) = (Actor::new("sam").with_role("sales"), Timestamp::from_seconds(1_772_442_000));
    /// let free = Record::new("lead-42").in_stage("new");
    /// let claimed = pipeline.assign(&free, &Assignment::claim(), &sam, now).change().unwrap().after();
    /// assert_eq!(claimed.owner(), Some("sam"));
    ///
    /// let taken = Record::new("lead-43").in_stage("new").owned_by("eva");
    /// let Decision::Refused(why) = pipeline.assign(&taken, &Assignment::to("sam"), &sam, now) else { panic!() };
    /// assert!(why.has(ReasonCode::PermissionDenied)); // S56: `reassign` is for manager or owner
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn assign<'a>(
        &'a self,
        record: &'a Record,
        assignment: &Assignment,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &assignment.request, now };
        if let Some(reason) = self.barred(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let new = assignment.new_owner(actor);
        let mut reasons = Vec::new();
        if new.is_some_and(|new| new.trim().is_empty()) {
            let message = "the new owner has no id; to leave the record without owner, release it";
            reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("input", "owner"));
        }
        if new == record.owner() {
            return self.nothing_to_do(record, actor);
        }
        self.may_assign(record, &assignment.owner, actor, &mut reasons);
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut row = self.row(ask, RowKind::Assignment);
        let value = |owner: Option<&str>| owner.map(Value::from);
        row.facts.push(FactChange {
            name: SmolStr::new_static(OWNER),
            old: value(record.owner()),
            new: value(new),
        });
        row.reason = assignment.reason.clone().filter(|reason| !reason.is_empty());
        row.request = Self::digest_of(ask, || assignment.request());
        Decision::Moved(self.quiet(ask, row))
    }

    fn may_assign(&self, record: &Record, to: &NewOwner, actor: &Actor, reasons: &mut Vec<Reason>) {
        let own = record.owner() == Some(actor.id());
        let needed = match (to, record.owner()) {
            (NewOwner::Asker, Some(owner)) => {
                let message = alloc::format!("{owner} owns the record already: it can only be reassigned");
                reasons.push(Reason::new(ReasonCode::AlreadyOwned, message).with("owner", owner));
                Capability::Claim
            }
            (NewOwner::Asker, None) => Capability::Claim,
            (NewOwner::Nobody, _) if own => {
                // Who may give it to others may give it back too.
                if self.denial(Capability::Reassign, record, actor).is_none() {
                    return;
                }
                Capability::Claim
            }
            (NewOwner::Person(_) | NewOwner::Next { .. }, None) => Capability::Assign,
            (NewOwner::Person(_) | NewOwner::Next { .. } | NewOwner::Nobody, _) => Capability::Reassign,
        };
        reasons.extend(self.denial(needed, record, actor));
    }
}
