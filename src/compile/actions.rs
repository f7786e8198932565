use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{Argument, Compiler, EffectSpec, Kind, ManualAction, StageGate, TaskTiming, Timing, number};
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::definition::{ActionDef, ActionTrigger, Named, OnDoneDef, Repeat};
use crate::effect::{BY_HAND, EffectKind, EffectTrigger, HOST_CHOICE, HOST_ROLE, ROUND_ROBIN};
use crate::finding::At;
use crate::policy::{RoleSet, Roles, TransitionPolicy};
use crate::symbols::Symbols;
use crate::template::Template;
use crate::value::Value;

const STAGES: At<'static> = At::ROOT.key("stages");
const MOVES: At<'static> = At::ROOT.key("policy").key("moves");
const WORKFLOWS: At<'static> = At::ROOT.key("workflows");

impl Compiler<'_> {
    /// Actions of stages and moves, queues and workflows.
    pub(super) fn actions(
        &mut self,
        catalog: &StageCatalog,
        roles: &Roles,
        gates: &mut [StageGate],
        policy: &mut TransitionPolicy,
    ) {
        let document = self.document;
        let stage_actions = document.stages.iter().map(|stage| stage.actions.len()).sum::<usize>();
        let move_actions = document.policy.moves.iter().map(|mv| mv.actions.len()).sum::<usize>();
        let tasks = document.workflows.iter().flat_map(|flow| &flow.tasks);
        let tasks = tasks.map(|task| 1 + task.remind.len()).sum::<usize>();
        let messages = document.workflows.iter().map(|flow| flow.messages.len()).sum::<usize>();
        let notices = document.sla.iter().map(|promise| 1 + promise.warn.len()).sum::<usize>();
        // All of them may come together in one row, whose effects are numbered in 16 bits.
        self.limit(
            stage_actions + move_actions + tasks + messages + notices + document.automation.len(),
            self.limits.actions.min(usize::from(u16::MAX)),
            "actions, tasks, reminders, messages, notices and rules of automation",
            At::ROOT,
        );
        let queues = self.queues(catalog);
        let mut ids = BTreeSet::new();
        for (i, stage) in document.stages.iter().enumerate() {
            let Some(gate) = gates.get_mut(i) else { continue };
            if stage.actions.is_empty() {
                continue;
            }
            let (mut enter, mut exit) = (Vec::new(), Vec::new());
            for (j, action) in stage.actions.iter().enumerate() {
                let at_stage = STAGES.index(i);
                let at_list = at_stage.key("actions");
                let at = at_list.index(j);
                let when = self.action(action, &mut ids, &queues, &policy.ids, at);
                let listed = self.listed(&roles.ids, &action.roles, at);
                self.dead(action, stage.archived, stage.is_final, at);
                let ix = StageIx::new(u16::try_from(i).unwrap_or(u16::MAX));
                match action.on {
                    ActionTrigger::Manual => {
                        let spec = self.effect(action, EffectTrigger::Act, Some(ix), when, roles, at);
                        self.offers.push(ManualAction { stage: ix, place: (i, j), roles: listed, spec });
                    }
                    ActionTrigger::Enter => {
                        let spec = self.effect(action, EffectTrigger::Enter, Some(ix), when, roles, at);
                        enter.push(self.add_effect(spec));
                    }
                    ActionTrigger::Exit => {
                        let spec = self.effect(action, EffectTrigger::Exit, Some(ix), when, roles, at);
                        exit.push(self.add_effect(spec));
                    }
                }
            }
            gate.on_enter = enter.into();
            gate.on_exit = exit.into();
        }
        if move_actions > 0 {
            self.move_actions(&mut ids, &queues, roles, policy);
        }
        let mut flows = BTreeSet::new();
        for (i, flow) in document.workflows.iter().enumerate() {
            if !flows.insert(&flow.id) {
                let message = alloc::format!("two workflows have the id `{}`", flow.id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, WORKFLOWS.index(i).key("id"), message);
                continue;
            }
            self.workflow(flow, &mut ids, catalog, roles, gates, WORKFLOWS.index(i));
        }
    }

    fn queues(&mut self, catalog: &StageCatalog) -> Symbols {
        let document = self.document;
        let at = At::ROOT.key("queues");
        let mut seen = BTreeSet::new();
        for (i, queue) in document.queues.iter().enumerate() {
            let at = at.index(i);
            self.id(&queue.id, at.key("id"));
            self.name(&queue.name, at.key("name"));
            if !seen.insert(&queue.id) {
                let message = alloc::format!("two queues have the id `{}`", queue.id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, at.key("id"), message);
            }
            for (j, stage) in queue.stages.iter().enumerate() {
                self.stage_ref(catalog, stage, at.key("stages").index(j));
            }
        }
        Symbols::new(document.queues.iter().map(|queue| queue.id.clone()))
    }

    fn move_actions(
        &mut self,
        ids: &mut BTreeSet<SmolStr>,
        queues: &Symbols,
        roles: &Roles,
        policy: &mut TransitionPolicy,
    ) {
        for (i, mv) in self.document.policy.moves.iter().enumerate() {
            if mv.actions.is_empty() {
                continue;
            }
            let mut effects = Vec::with_capacity(mv.actions.len());
            for (j, action) in mv.actions.iter().enumerate() {
                let at_move = MOVES.index(i);
                let at_list = at_move.key("actions");
                let at = at_list.index(j);
                let when = self.action(action, ids, queues, &policy.ids, at);
                self.listed(&roles.ids, &action.roles, at);
                if action.on != ActionTrigger::Manual {
                    let message = "an action of a move happens with the move; leave `on` out";
                    self.findings.error(FindingCode::BadValue, at.key("on"), message);
                }
                if action.repeat == Repeat::FirstVisit {
                    let message = "an action of a move belongs to no stage whose visits could be counted; \
                                   write `once`, or put the action on entering the stage";
                    self.findings.error(FindingCode::BadValue, at.key("repeat"), message);
                }
                let spec = self.effect(action, EffectTrigger::Move, None, when, roles, at);
                effects.push(self.add_effect(spec));
            }
            if let Some(mv) = policy.moves.get_mut(i) {
                mv.rule.effects = effects.into();
            }
        }
    }

    /// What every action is checked for; gives its condition.
    fn action(
        &mut self,
        action: &ActionDef,
        ids: &mut BTreeSet<SmolStr>,
        queues: &Symbols,
        moves: &Symbols,
        at: At<'_>,
    ) -> Option<u32> {
        self.id(&action.id, at.key("id"));
        self.name(&action.name, at.key("name"));
        self.icon(&action.icon, at.key("icon"));
        self.action_id(action.id.clone(), ids, at.key("id"));
        let done = &action.on_done;
        if !done.mv.is_empty() && moves.get(&done.mv).is_none() {
            self.unknown_move(&done.mv, at.key("on_done").key("move"));
        }
        for (queue, key) in [(&done.leave_queue, "leave_queue"), (&done.join_queue, "join_queue")] {
            if !queue.is_empty() && queues.get(queue).is_none() {
                let known = queues.iter().map(SmolStr::as_str);
                let what = (Kind::Queue, FindingCode::UnknownQueue);
                self.unknown(what, queue, known, at.key("on_done").key(key));
            }
        }
        let when = action.when.as_ref();
        when.and_then(|when| self.condition(when, &[&Named::new()], at.key("when")))
    }

    pub(super) fn action_id(&mut self, id: SmolStr, ids: &mut BTreeSet<SmolStr>, at: At<'_>) {
        if !ids.insert(id.clone()) {
            let message = alloc::format!("two actions have the id `{}`", id.escape_debug());
            self.findings.error(FindingCode::DuplicateId, at, message);
        }
    }

    fn listed(&mut self, ids: &Symbols, roles: &[SmolStr], at: At<'_>) -> RoleSet {
        if roles.is_empty() {
            return RoleSet::FULL;
        }
        let mut set = RoleSet::EMPTY;
        for (i, role) in roles.iter().enumerate() {
            set.0 |= self.role(ids, role, at.key("roles").index(i)).0;
        }
        set
    }

    /// An action that can never happen (S37).
    fn dead(&mut self, action: &ActionDef, archived: bool, is_final: bool, at: At<'_>) {
        if archived {
            let message = alloc::format!("the action `{}` is on an archived stage", action.id);
            self.findings.warning(FindingCode::DeadAction, at, message);
        } else if is_final && action.on == ActionTrigger::Exit {
            let message = alloc::format!("the action `{}` is on leaving a final stage", action.id);
            self.findings.warning(FindingCode::DeadAction, at, message);
        }
    }

    fn effect(
        &mut self,
        action: &ActionDef,
        trigger: EffectTrigger,
        stage: Option<StageIx>,
        when: Option<u32>,
        roles: &Roles,
        at: At<'_>,
    ) -> EffectSpec {
        let args = self.arguments(action, at).into();
        let kind = EffectKind::from(action.kind);
        let timing = match kind {
            EffectKind::CreateTask => Timing::Task(Box::new(self.task_timing(action, roles, at.key("with")))),
            EffectKind::BookCall => {
                self.host(action, roles, at.key("with"));
                Timing::Now
            }
            _ => Timing::Now,
        };
        let asked = trigger == EffectTrigger::Act || action.on_done != OnDoneDef::default();
        EffectSpec {
            action: action.id.clone(),
            kind,
            trigger,
            stage,
            when,
            repeat: action.repeat,
            timing,
            reported: kind.is_work() || asked,
            args,
        }
    }

    /// A call that is booked says in its arguments of which pool its host is, and how the host is chosen (S52).
    fn host(&mut self, action: &ActionDef, roles: &Roles, at: At<'_>) {
        match action.with.get(HOST_ROLE) {
            None => {}
            Some(Value::Text(role)) => {
                self.role(&roles.ids, role, at.key(HOST_ROLE));
            }
            Some(other) => {
                let message = alloc::format!("`{other}` is not the id of a role");
                self.findings.error(FindingCode::BadValue, at.key(HOST_ROLE), message);
            }
        }
        let at = at.key(HOST_CHOICE);
        match action.with.get(HOST_CHOICE) {
            None => {}
            Some(Value::List(ways)) => {
                for (i, way) in ways.iter().enumerate().filter(|(_, way)| !is_way_to_choose(way)) {
                    let message = alloc::format!(
                        "`{}` is no way to choose a host: write `{ROUND_ROBIN}` or `{BY_HAND}`",
                        way.escape_debug()
                    );
                    self.findings.error(FindingCode::BadValue, at.index(i), message);
                }
            }
            Some(other) => {
                let message = alloc::format!(
                    "`{other}` is no list of ways to choose a host: write `[\"{ROUND_ROBIN}\", \"{BY_HAND}\"]`, \
                     or one of the two"
                );
                self.findings.error(FindingCode::BadValue, at, message);
            }
        }
    }

    /// A task that is an action says in its arguments when it is due and whose it is.
    fn task_timing(&mut self, action: &ActionDef, roles: &Roles, at: At<'_>) -> TaskTiming {
        let text = |name: &str| match action.with.get(name) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        TaskTiming {
            due: text("due").and_then(|due| self.offset(due, at.key("due"))),
            working_time: action.with.get("working_time") == Some(&Value::Bool(true)),
            at: None,
            assignee: self.assignee(text("assignee").unwrap_or_default(), roles, at.key("assignee")),
            remind: Box::new([]),
            after: None,
            stays: false,
        }
    }

    fn arguments(&mut self, action: &ActionDef, at: At<'_>) -> Vec<(SmolStr, Argument)> {
        let at = at.key("with");
        for (name, _) in action.with.iter().filter(|(name, _)| name.starts_with('=')) {
            let message =
                alloc::format!("`{}`: the name of an argument cannot begin with `=`", name.escape_debug());
            self.findings.error(FindingCode::BadValue, at.key(name), message);
        }
        let args = action.with.iter();
        args.map(|(name, value)| (SmolStr::new(name), self.argument(value, at.key(name)))).collect()
    }

    pub(super) fn add_effect(&mut self, effect: EffectSpec) -> u32 {
        self.effects.push(effect);
        number(self.effects.len() - 1)
    }

    fn argument(&mut self, value: &Value, at: At<'_>) -> Argument {
        match value {
            Value::Text(text) => self.template(text, at),
            other => Argument::Fixed(other.clone()),
        }
    }

    pub(super) fn template(&mut self, text: &str, at: At<'_>) -> Argument {
        self.text(text, at);
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(message) => {
                self.findings.error(FindingCode::BadTemplate, at, message);
                return Argument::Fixed(Value::from(text));
            }
        };
        for variable in template.variables() {
            if self.scope.lookup(variable).is_none_or(|(slot, _)| self.is_input(slot)) {
                let built_in = super::BUILT_IN.iter().map(|(name, _)| *name);
                let known = self.document.fields.iter().map(|(name, _)| name.as_str()).chain(built_in);
                self.unknown((Kind::Field, FindingCode::BadTemplate), variable, known, at);
            }
        }
        match template.plain() {
            Some(plain) => Argument::Fixed(Value::from(plain)),
            None => Argument::Rendered(template),
        }
    }

    pub(super) fn unknown_move(&mut self, id: &str, at: At<'_>) {
        let known = self.document.policy.moves.iter().map(|mv| mv.id.as_str());
        self.unknown((Kind::Move, FindingCode::UnknownMove), id, known, at);
    }
}

fn is_way_to_choose(way: &str) -> bool {
    [ROUND_ROBIN, BY_HAND].contains(&way)
}
