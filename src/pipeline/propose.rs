//! Four eyes: what one person proposes, another carries out (S61b).

use alloc::string::ToString;
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::change::{Change, MemoryChange};
use crate::code::ReasonCode;
use crate::facts::RecordFacts;
use crate::journal::RowKind;
use crate::policy::Step;
use crate::record::{Proposal, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request};
use crate::time::Timestamp;

use super::authorize::About;
use super::decide::{Ask, too_early};
use super::judge::Inputs;
use super::{Decision, Pipeline, Who};

impl Pipeline {
    /// A move that needs approval: the first to ask proposes, another with `approve` carries out.
    pub(super) fn judge_with_approval<'a>(&'a self, ask: Ask<'a, '_>, who: Who, step: &Step) -> Decision<'a> {
        match self.open_proposal(ask.record, &self.compiled.move_id(step)) {
            Some(proposal) => self.approve(ask, who, step, proposal),
            None => self.propose(ask, who, step),
        }
    }

    /// The proposal of this move that stands: made in this visit, under this meaning.
    fn open_proposal<'a>(&self, record: &'a Record, mv: &str) -> Option<&'a Proposal> {
        let stands = |proposal: &&Proposal| {
            proposal.mv == mv && proposal.visit == record.visit && proposal.meaning == self.meaning
        };
        record.memory.proposals.iter().find(stands)
    }

    fn propose<'a>(&'a self, ask: Ask<'a, '_>, who: Who, step: &Step) -> Decision<'a> {
        let compiled = &*self.compiled;
        let facts = self.facts(ask, &ask.request.input);
        let mut reasons = self.reasons(step, who, &facts, Inputs::Given);
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return self.refuse(ask, reasons);
        }
        let mut row = self.row(ask, RowKind::Proposal);
        row.mv = Some(compiled.move_id(step));
        row.input = facts.input.clone();
        // A proposal is no step of the record's own version (S61b).
        row.version_after = ask.record.version;
        let memory = MemoryChange::Open(compiled.move_id(step));
        Decision::Proposed(Change { memory, ..self.quiet(ask, row) })
    }

    /// Whether a step is open to somebody, approval considered: the quick half of
    /// [`reasons_against`](Self::reasons_against).
    pub(super) fn is_open(&self, step: &Step, who: Who, facts: &RecordFacts<'_>) -> bool {
        match self.waiting(facts.record, step) {
            None => self.passes(step, who, facts, Inputs::Pending),
            Some(_) => self.reasons_against(step, who, facts, Inputs::Pending).is_empty(),
        }
    }

    /// Everything that stands against a step. One that waits for approval is for people other than its
    /// proposer, and `approve` stands in for the permission to make it, which the proposer had
    /// (S61b).
    pub(super) fn reasons_against(
        &self,
        step: &Step,
        who: Who,
        facts: &RecordFacts<'_>,
        inputs: Inputs,
    ) -> Vec<Reason> {
        let judged = self.reasons(step, who, facts, inputs);
        let Some(proposal) = self.waiting(facts.record, step) else { return judged };
        let mut reasons = Vec::new();
        // What the engine does by itself has every role, and is no pair of eyes.
        let standing_by = if facts.actor.is_automation() {
            Some("a person has to approve this; it is proposed and waits")
        } else if proposal.by == facts.actor.id() {
            Some("somebody else has to approve this; it is proposed and waits")
        } else {
            None
        };
        if let Some(message) = standing_by {
            let seq = i64::try_from(proposal.seq).unwrap_or(i64::MAX);
            reasons.push(Reason::new(ReasonCode::ApprovalNeeded, message).with("proposal", seq));
        } else {
            let about = About::Proposed(&proposal.mv);
            reasons.extend(self.denial_of(Capability::Approve, facts.record, facts.actor, about));
        }
        let permission = [ReasonCode::PermissionDenied, ReasonCode::NotOwner];
        reasons.extend(judged.into_iter().filter(|reason| !permission.contains(&reason.code())));
        reasons
    }

    /// The proposal that a step waits for, if it does.
    fn waiting<'a>(&self, record: &'a Record, step: &Step) -> Option<&'a Proposal> {
        let may_wait = step.approval && !record.memory.proposals.is_empty();
        may_wait.then(|| self.open_proposal(record, &self.compiled.move_id(step))).flatten()
    }

    /// Carries out a proposal by a fresh decision (S61b).
    fn approve<'a>(
        &'a self,
        ask: Ask<'a, '_>,
        who: Who,
        step: &Step,
        proposal: &'a Proposal,
    ) -> Decision<'a> {
        let input = &proposal.input;
        let facts = self.facts(ask, input);
        let mut reasons = self.reasons_against(step, who, &facts, Inputs::Given);
        let given = &ask.request.input;
        if !given.is_empty() && given != input {
            let message =
                "the input is not the one that was proposed; approve without input, or propose anew";
            let seq = i64::try_from(proposal.seq).unwrap_or(i64::MAX);
            reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("proposal", seq));
        }
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return self.refuse(ask, reasons);
        }
        let mut decision = self.granted(ask, step, input);
        if let Decision::Moved(change) = &mut decision {
            change.row.refers_to = Some(proposal.seq);
            if change.row.kind == RowKind::Internal {
                // The visit goes on, and with it other proposals (S5).
                change.memory = MemoryChange::Close(proposal.seq);
            } else {
                change.row.kind = RowKind::Approval;
            }
        }
        decision
    }

    /// Takes a proposal back: its author may, and whoever has `approve` (S61b).
    pub fn withdraw<'a>(
        &'a self,
        record: &'a Record,
        proposal: u64,
        request: &Request,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request, now };
        if let Some(reason) = self.barred(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let Some(open) = record.memory.proposals.iter().find(|open| open.seq == proposal) else {
            let message = alloc::format!("no proposal {proposal} is open");
            let reason = Reason::new(ReasonCode::InvalidInput, message).with("input", "proposal");
            return Decision::Refused(Refusal::only(reason));
        };
        let denied = if open.by == actor.id() {
            Vec::new()
        } else {
            self.denial_of(Capability::Approve, record, actor, About::Proposed(&open.mv))
        };
        let reasons: Vec<Reason> = denied.into_iter().chain(too_early(ask)).collect();
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut row = self.row(ask, RowKind::Withdrawal);
        row.mv = Some(open.mv.clone());
        row.refers_to = Some(open.seq);
        row.request = Self::digest_of(ask, || {
            let about = [("proposal", SmolStr::from(open.seq.to_string()))];
            request.operating(Operation::Withdraw, about.into_iter().collect())
        });
        row.version_after = record.version;
        let memory = MemoryChange::Close(open.seq);
        Decision::Moved(Change { memory, ..self.quiet(ask, row) })
    }
}
