use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::{Argument, Compiler, EffectSpec, Kind, StageGate, Timing, Watch, all_asks};
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::definition::{AutomationDef, MoveDef, Repeat, TriggerDef};
use crate::effect::{EffectKind, EffectTrigger};
use crate::finding::At;
use crate::journal::Direction;
use crate::offset::Offset;
use crate::policy::{InputFault, Step, TransitionPolicy, input_faults};
use crate::value::Value;

const AUTOMATION: At<'static> = At::ROOT.key("automation");

/// A move that time makes from one stage to another.
struct TimedEdge {
    rule: usize,
    from: StageIx,
    to: StageIx,
    at_once: bool,
}

impl Compiler<'_> {
    /// Automatic moves: those made by time are planned on entering a stage, the others when a fact changes (S54).
    pub(super) fn automation(
        &mut self,
        catalog: &StageCatalog,
        policy: &TransitionPolicy,
        gates: &mut [StageGate],
    ) -> (Vec<Watch>, Vec<Option<u32>>) {
        let document = self.document;
        // Said where all that has effects is counted.
        if document.automation.len() > self.limits.actions.min(usize::from(u16::MAX)) {
            return (Vec::new(), Vec::new());
        }
        let (mut ids, mut watches, mut edges) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut conditions = Vec::with_capacity(document.automation.len());
        for (i, rule) in document.automation.iter().enumerate() {
            let at = AUTOMATION.index(i);
            self.id(&rule.id, at.key("id"));
            if !ids.insert(&rule.id) {
                let message = alloc::format!("two automations have the id `{}`", rule.id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, at.key("id"), message);
            }
            let wait = self.trigger(&rule.on, at.key("on"));
            let stages = self.watched(rule, catalog, at.key("in"));
            let mv = policy.index_of(&rule.mv);
            let def = mv.and_then(|mv| document.policy.moves.get(mv.position() as usize));
            if def.is_none() {
                self.unknown_move(&rule.mv, at.key("move"));
            }
            let when = rule.when.as_ref().and_then(|when| self.condition(when, &[], at.key("when")));
            conditions.push(when);
            for (name, _) in rule.input.iter() {
                let hidden = self.absent.explains(Kind::Input, name);
                if def.is_some_and(|mv| !hidden && !self.asks(mv, name)) {
                    let message = alloc::format!("the move `{}` does not ask for `{name}`", rule.mv);
                    self.findings.error(FindingCode::BadValue, at.key("input").key(name), message);
                }
            }
            let Some(mv) = mv else { continue };
            let step = |from: StageIx| policy.steps.get(Some(from), mv);
            let starts: Vec<StageIx> = match stages {
                Some(stages) => stages.into_iter().filter(|from| step(*from).is_some()).collect(),
                None => catalog.indices().filter(|from| step(*from).is_some()).collect(),
            };
            if starts.is_empty() && !self.is_vague {
                let message = alloc::format!(
                    "the automation `{}` watches no stage where `{}` starts",
                    rule.id,
                    rule.mv
                );
                self.findings.warning(FindingCode::DeadAction, at, message);
            }
            let fault = |from: &StageIx| self.not_answered(rule, step(*from)?, policy, gates);
            let faults: Vec<Option<SmolStr>> = starts.iter().map(fault).collect();
            // Where it starts in several ways, one may do.
            if let Some(Some(name)) = faults.first().filter(|_| faults.iter().all(Option::is_some)) {
                let message = alloc::format!(
                    "the automation `{}` never moves anything: `{}` asks for `{name}`, which it does not answer",
                    rule.id,
                    rule.mv
                );
                self.findings.warning(FindingCode::DeadAction, at, message);
            }
            let Some((wait, idle)) = wait else {
                watches.push(Watch {
                    id: rule.id.clone(),
                    fields: rule.on.changed.clone().into(),
                    stages: starts.into(),
                    when,
                    args: arguments(rule).into(),
                });
                continue;
            };
            let args = arguments(rule);
            for from in starts {
                let effect = self.add_effect(EffectSpec {
                    action: rule.id.clone(),
                    kind: EffectKind::Move,
                    trigger: EffectTrigger::Enter,
                    stage: Some(from),
                    when: None,
                    repeat: Repeat::EveryVisit,
                    timing: Timing::Later { wait, bound: true },
                    reported: false,
                    args: args.clone().into(),
                });
                if let Some(gate) = gates.get_mut(from.index()) {
                    gate.on_enter = gate.on_enter.iter().copied().chain([effect]).collect();
                    gate.anew = gate.anew.iter().copied().chain([effect]).collect();
                }
                let lawful =
                    |step: &&crate::policy::Step| rule.backward || step.direction != Direction::Backward;
                edges.extend(step(from).filter(lawful).map(|step| TimedEdge {
                    rule: i,
                    from,
                    to: step.to,
                    at_once: !idle && wait == Offset::minutes(0),
                }));
            }
        }
        self.circles(&edges, catalog);
        (watches, conditions)
    }

    /// The stages that an automation watches; none when it does not say.
    fn watched(
        &mut self,
        rule: &AutomationDef,
        catalog: &StageCatalog,
        at: At<'_>,
    ) -> Option<BTreeSet<StageIx>> {
        let mut stages = BTreeSet::new();
        for (i, stage) in rule.stages.iter().enumerate() {
            let at = at.index(i);
            match self.wildcard(stage, catalog, at) {
                Some(places) => stages.extend(places),
                None => stages.extend(self.stage_ref(catalog, stage, at)),
            }
        }
        (!rule.stages.is_empty()).then_some(stages)
    }

    /// Whether a move, its target or the target's category asks for this input, or may do so.
    fn asks(&self, mv: &MoveDef, name: &str) -> bool {
        let stage = self.document.stages.iter().find(|stage| stage.id == mv.to);
        let category =
            stage.and_then(|stage| self.document.categories.iter().find(|c| c.id == stage.category));
        let (Some(stage), Some(category)) = (stage, category) else { return true };
        let inputs = [&mv.input, &stage.input, &category.input];
        name == "note" || inputs.into_iter().any(|inputs| inputs.get(name).is_some())
    }

    /// An input that a step asks for and that the automation does not answer: nobody is there to be asked.
    fn not_answered(
        &self,
        rule: &AutomationDef,
        step: &Step,
        policy: &TransitionPolicy,
        gates: &[StageGate],
    ) -> Option<SmolStr> {
        let mut unanswered = None;
        input_faults(all_asks(step, policy, gates, &self.asks), &rule.input, |fault| {
            // What nobody asks for is an error of its own.
            if unanswered.is_none() && !matches!(fault, InputFault::Unasked(_)) {
                unanswered = Some(SmolStr::new(fault.input()));
            }
        });
        unanswered
    }

    /// How long it waits, and whether that is for want of anything happening; none for a change of facts.
    fn trigger(&mut self, on: &TriggerDef, at: At<'_>) -> Option<(Offset, bool)> {
        let given = [!on.after.is_empty(), !on.idle.is_empty(), !on.changed.is_empty()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let message = "a trigger has exactly one of `after`, `idle` and `changed`";
            self.findings.error(FindingCode::BadValue, at, message);
        }
        let after = (!on.after.is_empty()).then(|| self.offset(&on.after, at.key("after"))).flatten();
        let idle = (!on.idle.is_empty()).then(|| self.offset(&on.idle, at.key("idle"))).flatten();
        if idle.is_some_and(|idle| idle.is_zero()) {
            let message = "a record is never idle for no time at all";
            self.findings.error(FindingCode::BadValue, at.key("idle"), message);
        }
        for (i, field) in on.changed.iter().enumerate() {
            if self.document.fields.get(field).is_none() {
                self.unknown_field(field, at.key("changed").index(i));
            }
        }
        after.map(|wait| (wait, false)).or_else(|| idle.map(|wait| (wait, true)))
    }

    /// Timed moves that lead in a circle: an error where no time passes on the way, else a warning.
    fn circles(&mut self, edges: &[TimedEdge], catalog: &StageCatalog) {
        for at_once in [true, false] {
            let edges: Vec<&TimedEdge> = edges.iter().filter(|edge| edge.at_once || !at_once).collect();
            let Some(circle) = circle(&edges) else { continue };
            let names: Vec<&str> = circle.iter().map(|edge| catalog.get(edge.from).name()).collect();
            let first = circle.first().map_or(0, |edge| edge.rule);
            let path =
                alloc::format!("{} -> {}", names.join(" -> "), names.first().copied().unwrap_or_default());
            let place = AUTOMATION.index(first);
            if at_once {
                let message = alloc::format!("automation moves records in a circle without end: {path}");
                self.findings.error(FindingCode::AutomationCycle, place, message);
                return;
            }
            let message = alloc::format!("automation moves records in a circle: {path}");
            self.findings.warning(FindingCode::AutomationCycle, place, message);
        }
    }
}

/// What the move is, for whoever makes it: the move, its input, and what the automation allows.
fn arguments(rule: &AutomationDef) -> Vec<(SmolStr, Argument)> {
    let fixed = |name: SmolStr, value: Value| (name, Argument::Fixed(value));
    let mut args = alloc::vec![fixed("move".into(), Value::from(rule.mv.clone()))];
    if !rule.on.idle.is_empty() {
        args.push(fixed("idle".into(), Value::from(rule.on.idle.clone())));
    }
    if rule.backward {
        args.push(fixed("backward".into(), Value::from(true)));
    }
    args.extend(rule.input.iter().map(|(name, value)| fixed(format_smolstr!("input.{name}"), value.clone())));
    args
}

/// The first circle that these edges make, in the order in which it is walked.
fn circle<'e>(edges: &[&'e TimedEdge]) -> Option<Box<[&'e TimedEdge]>> {
    for start in edges {
        // The way back to where it began, breadth first; each stage is reached once.
        let mut ways: Vec<Vec<&TimedEdge>> = alloc::vec![alloc::vec![*start]];
        let mut seen = BTreeSet::from([start.to]);
        let mut next = 0;
        while let Some(way) = ways.get(next).cloned() {
            next += 1;
            let Some(last) = way.last() else { continue };
            if last.to == start.from {
                return Some(way.into());
            }
            for edge in edges.iter().filter(|edge| edge.from == last.to) {
                if seen.insert(edge.to) {
                    let mut longer = way.clone();
                    longer.push(edge);
                    ways.push(longer);
                }
            }
        }
    }
    None
}
