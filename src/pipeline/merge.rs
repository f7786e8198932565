//! Two records made one (S59).

use alloc::vec::Vec;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::change::{Change, MemoryChange};
use crate::code::ReasonCode;
use crate::journal::{FactChange, OWNER, RESERVED, RowKind, TAIL};
use crate::record::{Link, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::Operation;
use crate::time::Timestamp;

use super::Pipeline;
use super::convert::email_of;
use super::create::{new_fact, own_fact};
use super::decide::{Ask, Unchanged, too_early};
use super::trash::{Act, released};

/// What is to be written when two records become one: both, or neither.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made")]
pub enum Merge<'a> {
    /// The two changes.
    Merged {
        /// The record that stays, its gaps filled.
        head: Change<'a>,
        /// The duplicate, which points at the head from now on.
        tail: Change<'a>,
    },
    /// They are one already.
    Unchanged(Unchanged),
    /// It is refused, with every reason.
    Refused(Refusal),
}

impl Pipeline {
    /// Judges that `tail` becomes one with `head`: capability `merge` for both. The head keeps its values and
    /// takes over what it has none of; the tail points at it and cannot be worked with any more. No row
    /// moves: the history of both together is a read (S59).
    ///
    /// ```
    /// use lifestage::{Act, Actor, Link, Merge, Pipeline, Record, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let (mia, now) = (Actor::new("mia").with_role("manager"), Timestamp::from_seconds(1_772_442_000));
    /// let head = Record::new("lead-1").in_stage("engaged").with("email", "ada@example.com");
    /// let tail = Record::new("lead-2").in_stage("new").with("email", "ada@example.org").with("phone", "+49301234567");
    /// let Merge::Merged { head, tail } = pipeline.merge(&head, &tail, &Act::new(), &mia, now) else { panic!() };
    /// assert_eq!(head.after().fields().get("email"), Some(&"ada@example.com".into()));
    /// assert_eq!(head.after().fields().get("phone"), Some(&"+49301234567".into()));
    /// assert_eq!(tail.after().link(Link::Head), Some("lead-1"));
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn merge<'a>(
        &'a self,
        head: &'a Record,
        tail: &'a Record,
        act: &Act,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Merge<'a> {
        if tail.link(Link::Head) == Some(head.id()) {
            return match self.hides(head, actor) {
                Some(reason) => Merge::Refused(Refusal::only(reason)),
                None => Merge::Unchanged(Unchanged::new(head.stage.clone())),
            };
        }
        // The expectation, the key and the time are about the record that stays.
        let plain = Act { reason: act.reason.clone(), request: act.request.about_another() };
        let asks = [
            Ask { record: head, actor, request: &act.request, now },
            Ask { record: tail, actor, request: &plain.request, now },
        ];
        let mut reasons = Vec::new();
        if head.id() == tail.id() {
            let message = "a record cannot become one with itself";
            reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("record", head.id()));
        }
        for ask in asks {
            let about = |reason: Reason| reason.with("record", ask.record.id());
            match self.barred(ask.record).or_else(|| self.unexpected(ask)) {
                Some(reason) => reasons.push(about(reason)),
                None => {
                    reasons.extend(self.denial(Capability::Merge, ask.record, actor).map(about));
                    reasons.extend(too_early(ask).map(about));
                }
            }
        }
        if !reasons.is_empty() {
            return Merge::Refused(Refusal::new(reasons));
        }
        let [of_head, of_tail] = asks;
        let mut row = self.row(of_head, RowKind::Merge);
        row.reason = act.reason.clone();
        row.input.insert(TAIL, tail.id());
        row.facts = gaps(head, tail);
        row.request = Self::digest_of(of_head, || act.request(Operation::Merge, tail.id()));
        let memory = MemoryChange::Absorb(tail.memory.fired.clone());
        let head_change = Change { memory, ..self.quiet(of_head, row) };
        let mut row = self.row(of_tail, RowKind::Merge);
        row.reason = act.reason.clone();
        // The visit that it was in ends here, and none begins.
        row.refers_to = Some(tail.visit);
        let pointer = own_fact(Link::Head.fact(), head.id());
        row.facts = core::iter::once(pointer).chain(released(tail)).collect();
        Merge::Merged {
            head: head_change,
            tail: Change { memory: MemoryChange::Void, ..self.quiet(of_tail, row) },
        }
    }
}

/// What the tail has and the head has not.
fn gaps(head: &Record, tail: &Record) -> Vec<FactChange> {
    let fields = tail.fields.iter().filter(|(name, _)| head.fields.get(name).is_none());
    let mut gaps: Vec<FactChange> = fields.map(|(name, value)| new_fact(name, value.clone())).collect();
    gaps.extend(tail.owner().filter(|_| head.owner().is_none()).map(|owner| own_fact(OWNER, owner)));
    let links =
        tail.links().iter().filter(|(link, target)| head.link(*link).is_none() && *target != head.id());
    gaps.extend(links.map(|(link, target)| own_fact(link.fact(), target)));
    // The person is the same, so the address stays held if it is the head's now.
    let email = email_of(head).or_else(|| email_of(tail));
    let held = tail.reserved().filter(|held| head.reserved().is_none() && email.as_deref() == Some(held));
    gaps.extend(held.map(|held| own_fact(RESERVED, held)));
    gaps
}
