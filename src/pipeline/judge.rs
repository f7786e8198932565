//! The gate: the one place where a step is judged. `decide`, `moves`, `explain`, `route` and the
//! fast path all come through here (S3).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::slice;

use smol_str::SmolStr;

use crate::capability::{Capability, Reach};
use crate::catalog::Outcome;
use crate::code::ReasonCode;
use crate::compile::{Compiled, Condition, Early, StageGate, all_asks};
use crate::criteria::{Facts, Truth};
use crate::definition::{ExitScope, MoveKind};
use crate::facts::RecordFacts;
use crate::journal::Direction;
use crate::policy::{Ask, RoleSet, Rule, Step, first_of_each, input_faults};
use crate::refusal::Reason;
use crate::value::Fields;

use super::verdict::Who;

/// How inputs are treated when a step is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inputs {
    /// They are given: what is missing counts against the step.
    Given,
    /// They can still be asked for: conditions on them are taken to be met.
    Pending,
}

impl Compiled {
    /// The move's own rule; none for an implied move.
    pub(super) fn rule(&self, step: &Step) -> Option<&Rule> {
        step.mv.and_then(|mv| self.policy.get(mv)).map(|mv| &mv.rule)
    }

    pub(super) fn gate(&self, stage: crate::catalog::StageIx) -> Option<&StageGate> {
        self.gates.get(stage.index())
    }

    /// The id that a step is asked for by, and that history keeps.
    pub(super) fn move_id(&self, step: &Step) -> SmolStr {
        match step.mv.and_then(|mv| self.policy.get(mv)) {
            Some(mv) => mv.id.clone(),
            None => smol_str::format_smolstr!("to:{}", self.catalog.get(step.to).id()),
        }
    }

    /// The text of a step's button.
    pub(super) fn move_label(&self, step: &Step) -> &str {
        match step.mv {
            Some(_) => self.policy.label_of(step),
            None => self.catalog.get(step.to).name(),
        }
    }

    /// Whether the exit criteria of the old stage bind this step (S8a).
    fn exit_binds(&self, step: &Step, gate: &StageGate) -> bool {
        let won = step.direction == Direction::Closing && self.catalog.get(step.to).outcome == Outcome::Won;
        step.crosses() && (gate.exit_scope == ExitScope::All || won || step.direction == Direction::Forward)
    }

    /// The lists of conditions of a step: leaving, moving, entering (S8a). An internal move enters and
    /// leaves nothing, a re-entry does both (S5).
    pub(super) fn demands(&self, step: &Step) -> [&[u32]; 3] {
        let exit = step.from.and_then(|from| self.gate(from)).filter(|gate| self.exit_binds(step, gate));
        let own = self.rule(step).and_then(|rule| rule.when.as_ref());
        let entry = self.gate(step.to).filter(|_| step.crosses());
        [
            exit.map_or(&[], |gate| &gate.exit),
            own.map_or(&[], slice::from_ref),
            entry.map_or(&[], |gate| &gate.entry),
        ]
    }

    /// The conditions of a step, in the order of judgement.
    #[inline]
    pub(super) fn conditions_of(&self, step: &Step) -> impl Iterator<Item = &Condition> {
        let settled = self.terms.get(step.terms as usize);
        let lists = settled.map_or_else(|| self.demands(step), |terms| [&terms.conditions, &[], &[]]);
        lists.into_iter().flatten().filter_map(|at| self.conditions.get(*at as usize))
    }

    fn all_asks_of(&self, step: &Step) -> impl Iterator<Item = &Ask> + Clone {
        all_asks(step, &self.policy, &self.gates, &self.asks)
    }

    /// What a step asks for, each name once: as it is required, if somebody requires it.
    pub(super) fn asks_of(&self, step: &Step) -> impl Iterator<Item = &Ask> {
        let all = self.all_asks_of(step);
        first_of_each(all.clone()).map(move |ask| {
            all.clone().find(|same| same.name == ask.name && !same.def.optional).unwrap_or(ask)
        })
    }

    /// Whether the roles let the actor make the step at all. Without branches: who asks cannot be predicted.
    #[inline]
    pub(super) fn permits(&self, step: &Step, who: Who) -> bool {
        // Whoever has the capability for every record has it for the actor's own.
        let reach = if who.is_owner { Reach::Own } else { Reach::All };
        who.roles.meets(self.roles.with(Capability::Move, reach))
            & who.roles.meets(step.roles)
            & (!step.owner_only | who.is_owner)
    }

    /// Whether the order of the stages lets an actor of this kind make the step (S7).
    #[inline]
    pub(super) fn order_allows(&self, step: &Step, who: Who) -> bool {
        !step.skips & !step.retreats & !(who.forward_only & goes_back(step))
    }

    /// Whether a condition lets the step pass.
    #[inline]
    pub(super) fn holds<F: Facts + ?Sized>(&self, condition: &Condition, facts: &F, inputs: Inputs) -> bool {
        let whole = || condition.criteria.eval(facts) == Truth::True;
        match (inputs, &condition.early) {
            (Inputs::Given, _) | (Inputs::Pending, Early::All) => whole(),
            (Inputs::Pending, Early::Part(part)) => part.eval(facts) == Truth::True || whole(),
            (Inputs::Pending, Early::Nothing) => true,
        }
    }

    /// Whether all conditions of a step let it pass.
    #[inline]
    pub(super) fn meets<F: Facts + ?Sized>(&self, step: &Step, facts: &F, inputs: Inputs) -> bool {
        let holds = |at: &u32| {
            self.conditions.get(*at as usize).is_none_or(|condition| self.holds(condition, facts, inputs))
        };
        match self.terms.get(step.terms as usize) {
            // All of them: they are few, and whether one holds cannot be predicted.
            Some(terms) => terms.conditions.iter().fold(true, |met, at| met & holds(at)),
            None => self.demands(step).into_iter().flatten().all(holds),
        }
    }

    /// Whether nothing stands against the step, permission and approval apart.
    #[inline]
    pub(super) fn passes(&self, step: &Step, who: Who, facts: &RecordFacts<'_>, inputs: Inputs) -> bool {
        self.order_allows(step, who)
            && self.meets(step, facts, inputs)
            && (inputs == Inputs::Pending || self.input_fits(step, facts.input))
    }

    /// What stands against the step, permission and approval apart.
    pub(super) fn reasons(
        &self,
        step: &Step,
        who: Who,
        facts: &RecordFacts<'_>,
        inputs: Inputs,
        reasons: &mut Vec<Reason>,
    ) {
        self.order_reasons(step, who, reasons);
        for condition in self.conditions_of(step) {
            if !self.holds(condition, facts, inputs) {
                condition_reasons(condition, facts, inputs, reasons);
            }
        }
        if inputs == Inputs::Given {
            self.input_reasons(step, facts.input, reasons);
        }
    }

    /// What the rule of a step's own move has against the actor.
    pub(super) fn rule_reasons(&self, step: &Step, who: Who, reasons: &mut Vec<Reason>) {
        let label = self.move_label(step);
        // A move that names no roles has them all, which somebody without any does not meet.
        if step.roles != RoleSet::FULL && !who.roles.meets(step.roles) {
            let needed = self.roles.names_meeting(step.roles);
            let message = alloc::format!("`{label}` is for {}", listed(&needed, "or"));
            reasons.push(Reason::new(ReasonCode::PermissionDenied, message).with("roles", needed));
        }
        if step.owner_only && !who.is_owner {
            let message = alloc::format!("`{label}` is for the owner of the record");
            reasons.push(Reason::new(ReasonCode::NotOwner, message));
        }
    }

    fn order_reasons(&self, step: &Step, who: Who, reasons: &mut Vec<Reason>) {
        let name = |stage: Option<crate::catalog::StageIx>| {
            stage.map_or_else(
                || SmolStr::new_static("no stage"),
                |ix| SmolStr::new(self.catalog.get(ix).name()),
            )
        };
        let (from, to) = (name(step.from), name(Some(step.to)));
        if step.skips {
            let message =
                alloc::format!("from {from} to {to} leaps over stages, which this pipeline forbids");
            reasons.push(Reason::new(ReasonCode::NoSkipping, message));
        }
        if step.retreats || (who.forward_only && goes_back(step)) {
            let rule = if step.retreats { "this pipeline forbids" } else { "an automation may not do" };
            let message = alloc::format!("from {from} to {to} goes backward, which {rule}");
            reasons.push(Reason::new(ReasonCode::NoBackward, message));
        }
    }

    /// Whether the inputs given are those asked for, each of the right kind.
    #[inline]
    pub(super) fn input_fits(&self, step: &Step, input: &Fields) -> bool {
        if !step.asks && input.is_empty() {
            return true;
        }
        let mut fits = true;
        input_faults(self.all_asks_of(step), input, |_| fits = false);
        fits
    }

    pub(super) fn input_reasons(&self, step: &Step, input: &Fields, reasons: &mut Vec<Reason>) {
        input_faults(self.all_asks_of(step), input, |fault| reasons.push(fault.reason()));
    }
}

/// Whether a step goes backward, as an automation must not; a revival never does (S7).
pub(super) fn goes_back(step: &Step) -> bool {
    step.direction == Direction::Backward && step.kind != MoveKind::Revive
}

/// What each failing part of a condition says.
pub(super) fn condition_reasons(
    condition: &Condition,
    facts: &RecordFacts<'_>,
    inputs: Inputs,
    reasons: &mut Vec<Reason>,
) {
    if let Some(field) = &condition.requires {
        let message = alloc::format!("{field} is missing");
        let missing = alloc::vec![field.clone()];
        reasons.push(Reason::new(ReasonCode::CriteriaUnknown, message).with("missing", missing));
        return;
    }
    let judged = match (inputs, &condition.early) {
        (Inputs::Pending, Early::Part(part)) => part,
        _ => &condition.criteria,
    };
    for failure in judged.failures(facts) {
        let code = match failure.truth {
            Truth::Unknown => ReasonCode::CriteriaUnknown,
            Truth::True | Truth::False => ReasonCode::CriteriaUnmet,
        };
        let mut reason = Reason::new(code, failure.to_string()).with("condition", failure.text.as_str());
        if !failure.missing.is_empty() {
            reason = reason.with("missing", failure.missing.clone());
        }
        for (name, value) in failure.values.iter() {
            reason = reason.with_actual(name, value.clone());
        }
        reasons.push(reason);
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn listed(names: &[SmolStr], last: &str) -> String {
    let mut out = String::new();
    for (i, name) in names.iter().enumerate() {
        let separator = match i {
            0 => "",
            _ if i + 1 == names.len() => &alloc::format!(" {last} "),
            _ => ", ",
        };
        out.push_str(separator);
        out.push_str(name);
    }
    out
}
