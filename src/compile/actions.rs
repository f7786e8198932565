use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::{Argument, Compiler, EffectSpec, Kind, ManualAction, StageGate, number};
use crate::calendar::TimeOfDay;
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::definition::{
    ActionDef, ActionKind, ActionTrigger, Channel, MessageDef, Named, TaskDef, WorkflowDef,
};
use crate::effect::EffectTrigger;
use crate::finding::At;
use crate::offset::Offset;
use crate::policy::{RoleSet, Roles, TransitionPolicy};
use crate::symbols::Symbols;
use crate::template::Template;
use crate::value::Value;

const STAGES: At<'static> = At::ROOT.key("stages");
const MOVES: At<'static> = At::ROOT.key("policy").key("moves");
const WORKFLOWS: At<'static> = At::ROOT.key("workflows");
const AUTOMATION: At<'static> = At::ROOT.key("automation");

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
        let work =
            document.workflows.iter().map(|flow| flow.tasks.len() + flow.messages.len()).sum::<usize>();
        let move_actions = document.policy.moves.iter().map(|mv| mv.actions.len()).sum::<usize>();
        self.limit(
            stage_actions + move_actions + work,
            self.limits.actions,
            "actions, tasks and messages",
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
                        self.arguments(action, at);
                        self.offers.push(ManualAction { stage: ix, place: (i, j), roles: listed, when });
                    }
                    ActionTrigger::Enter => {
                        enter.push(self.effect(action, EffectTrigger::Enter, Some(ix), when, at));
                    }
                    ActionTrigger::Exit => {
                        exit.push(self.effect(action, EffectTrigger::Exit, Some(ix), when, at));
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
                effects.push(self.effect(action, EffectTrigger::Move, None, when, at));
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

    fn action_id(&mut self, id: SmolStr, ids: &mut BTreeSet<SmolStr>, at: At<'_>) {
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
        at: At<'_>,
    ) -> u32 {
        let args = self.arguments(action, at).into();
        let (kind, repeat) = (action.kind, action.repeat);
        self.add_effect(EffectSpec { action: action.id.clone(), kind, trigger, stage, when, repeat, args })
    }

    fn arguments(&mut self, action: &ActionDef, at: At<'_>) -> Vec<(SmolStr, Argument)> {
        let at = at.key("with");
        let args = action.with.iter();
        args.map(|(name, value)| (SmolStr::new(name), self.argument(value, at.key(name)))).collect()
    }

    fn add_effect(&mut self, effect: EffectSpec) -> u32 {
        self.effects.push(effect);
        number(self.effects.len() - 1)
    }

    fn argument(&mut self, value: &Value, at: At<'_>) -> Argument {
        match value {
            Value::Text(text) => self.template(text, at),
            other => Argument::Fixed(other.clone()),
        }
    }

    fn template(&mut self, text: &str, at: At<'_>) -> Argument {
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

    fn workflow(
        &mut self,
        flow: &WorkflowDef,
        ids: &mut BTreeSet<SmolStr>,
        catalog: &StageCatalog,
        roles: &Roles,
        gates: &mut [StageGate],
        at: At<'_>,
    ) {
        self.id(&flow.id, at.key("id"));
        self.name(&flow.name, at.key("name"));
        let stage = self.stage_ref(catalog, &flow.stage, at.key("stage"));
        if stage.is_some_and(|stage| catalog.get(stage).is_archived()) {
            let message = alloc::format!("the workflow `{}` is on an archived stage", flow.id);
            self.findings.warning(FindingCode::DeadAction, at, message);
        }
        let mut effects = Vec::new();
        for (i, task) in flow.tasks.iter().enumerate() {
            let at = at.key("tasks");
            effects.push(self.task(flow, task, stage, ids, roles, at.index(i)));
        }
        self.task_order(flow, at);
        for (i, message) in flow.messages.iter().enumerate() {
            let at = at.key("messages");
            effects.push(self.message(flow, message, stage, ids, at.index(i)));
        }
        if let Some(gate) = stage.and_then(|stage| gates.get_mut(stage.index())) {
            let all: Vec<u32> = gate.on_enter.iter().copied().chain(effects).collect();
            gate.on_enter = all.into();
        }
    }

    fn task(
        &mut self,
        flow: &WorkflowDef,
        task: &TaskDef,
        stage: Option<StageIx>,
        ids: &mut BTreeSet<SmolStr>,
        roles: &Roles,
        at: At<'_>,
    ) -> u32 {
        let action = format_smolstr!("{}/{}", flow.id, task.id);
        self.id(&task.id, at.key("id"));
        self.name(&task.title, at.key("title"));
        self.action_id(action.clone(), ids, at.key("id"));
        self.offset(&task.due, at.key("due"));
        self.time_of_day(&task.at, at.key("at"));
        self.assignee(&task.assignee, roles, at.key("assignee"));
        for (i, remind) in task.remind.iter().enumerate() {
            self.offset(remind, at.key("remind").index(i));
        }
        let when = task.when.as_ref().and_then(|when| self.condition(when, &[], at.key("when")));
        let assignee = if task.assignee.is_empty() { "owner" } else { &task.assignee };
        let mut args = alloc::vec![
            (SmolStr::new_static("title"), self.template(&task.title, at.key("title"))),
            fixed("due", task.due.clone()),
            fixed("assignee", assignee),
        ];
        let flags = [("working_time", task.working_time), ("stays", task.stays)];
        args.extend(flags.into_iter().filter(|(_, set)| *set).map(|(name, set)| fixed(name, set)));
        let texts = [("at", &task.at), ("after", &task.after)];
        args.extend(
            texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, t)| fixed(name, t.clone())),
        );
        if !task.remind.is_empty() {
            args.push(fixed("remind", task.remind.clone()));
        }
        self.add_effect(EffectSpec {
            action,
            kind: ActionKind::CreateTask,
            trigger: EffectTrigger::Enter,
            stage,
            when,
            repeat: task.repeat,
            args: args.into(),
        })
    }

    /// Tasks wait for tasks of their own workflow, and not in a circle.
    fn task_order(&mut self, flow: &WorkflowDef, at: At<'_>) {
        let places = Symbols::new(flow.tasks.iter().map(|task| task.id.clone()));
        let find = |id: &str| places.get(id).map(|place| place as usize);
        for (i, task) in flow.tasks.iter().enumerate().filter(|(_, task)| !task.after.is_empty()) {
            let at = at.key("tasks");
            let at = at.index(i);
            let at = at.key("after");
            let mut next = find(&task.after);
            if next.is_none() {
                let known = flow.tasks.iter().map(|task| task.id.as_str());
                self.unknown((Kind::Task, FindingCode::BadValue), &task.after, known, at);
            }
            for _ in 0..flow.tasks.len() {
                let Some(place) = next.filter(|place| *place != i) else { break };
                let waiting = flow.tasks.get(place).filter(|task| !task.after.is_empty());
                next = waiting.and_then(|task| find(&task.after));
            }
            if next == Some(i) {
                let message = alloc::format!("the task `{}` waits for itself", task.id);
                self.findings.error(FindingCode::TaskCycle, at, message);
            }
        }
    }

    fn message(
        &mut self,
        flow: &WorkflowDef,
        message: &MessageDef,
        stage: Option<StageIx>,
        ids: &mut BTreeSet<SmolStr>,
        at: At<'_>,
    ) -> u32 {
        let action = format_smolstr!("{}/{}", flow.id, message.id);
        self.id(&message.id, at.key("id"));
        self.action_id(action.clone(), ids, at.key("id"));
        if !message.after.is_empty() {
            self.offset(&message.after, at.key("after"));
        }
        if message.body.trim().is_empty() {
            self.findings.error(FindingCode::BadValue, at.key("body"), "the message has no text");
        }
        let kind = match message.channel {
            Channel::Email => ActionKind::SendEmail,
            Channel::Text => ActionKind::SendText,
        };
        let known = !self.absent.has_key("channel");
        if known && (kind == ActionKind::SendEmail) == message.subject.trim().is_empty() {
            let what =
                if kind == ActionKind::SendEmail { "an e-mail needs" } else { "a text message has no" };
            let text = alloc::format!("{what} subject").replace("needs subject", "needs a subject");
            self.findings.error(FindingCode::BadValue, at.key("subject"), text);
        }
        let when = message.when.as_ref().and_then(|when| self.condition(when, &[], at.key("when")));
        let mut args =
            alloc::vec![(SmolStr::new_static("body"), self.template(&message.body, at.key("body")))];
        if !message.subject.is_empty() {
            let subject = self.template(&message.subject, at.key("subject"));
            args.push((SmolStr::new_static("subject"), subject));
        }
        if !message.after.is_empty() {
            args.push(fixed("after", message.after.clone()));
        }
        self.add_effect(EffectSpec {
            action,
            kind,
            trigger: EffectTrigger::Enter,
            stage,
            when,
            repeat: message.repeat,
            args: args.into(),
        })
    }

    fn offset(&mut self, text: &str, at: At<'_>) {
        if text.parse::<Offset>().is_err() {
            let message =
                alloc::format!("`{text}` is not a length of time: write `30m`, `4h`, `2d`, `1w` or `3mo`");
            self.findings.error(FindingCode::BadValue, at, message);
        }
    }

    fn time_of_day(&mut self, text: &str, at: At<'_>) {
        if !text.is_empty() && text.parse::<TimeOfDay>().is_err() {
            let message = alloc::format!("`{text}` is not a time of day: write `09:00`");
            self.findings.error(FindingCode::BadValue, at, message);
        }
    }

    fn assignee(&mut self, text: &str, roles: &Roles, at: At<'_>) {
        if text.is_empty() || text == "owner" || text.strip_prefix("user:").is_some_and(|id| !id.is_empty()) {
            return;
        }
        match text.strip_prefix("role:").or_else(|| text.strip_prefix("round_robin:")) {
            Some(role) => {
                self.role(&roles.ids, role, at);
            }
            None => {
                let message = alloc::format!(
                    "`{text}` is not an assignee: write `owner`, `role:<id>`, `round_robin:<role>` or `user:<id>`"
                );
                self.findings.error(FindingCode::BadValue, at, message);
            }
        }
    }

    /// Automatic moves: their triggers, stages and moves exist.
    pub(super) fn automation(&mut self, catalog: &StageCatalog, policy: &TransitionPolicy) {
        let document = self.document;
        let mut ids = BTreeSet::new();
        let moves = &policy.ids;
        for (i, rule) in document.automation.iter().enumerate() {
            let at = AUTOMATION.index(i);
            self.id(&rule.id, at.key("id"));
            if !ids.insert(&rule.id) {
                let message = alloc::format!("two automations have the id `{}`", rule.id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, at.key("id"), message);
            }
            self.trigger(&rule.on, at.key("on"));
            for (j, stage) in rule.stages.iter().enumerate() {
                let at = at.key("in");
                let at = at.index(j);
                if self.wildcard(stage, catalog, at).is_none() {
                    self.stage_ref(catalog, stage, at);
                }
            }
            let mv = moves.get(&rule.mv).and_then(|place| document.policy.moves.get(place as usize));
            if mv.is_none() {
                self.unknown_move(&rule.mv, at.key("move"));
            }
            if let Some(when) = &rule.when {
                self.condition(when, &[], at.key("when"));
            }
            for (name, _) in rule.input.iter() {
                let hidden = self.absent.explains(Kind::Input, name);
                if mv.is_some_and(|mv| !hidden && !self.asks(mv, name)) {
                    let message = alloc::format!("the move `{}` does not ask for `{name}`", rule.mv);
                    self.findings.error(FindingCode::BadValue, at.key("input").key(name), message);
                }
            }
        }
    }

    /// Whether a move, its target or the target's category asks for this input, or may do so.
    fn asks(&self, mv: &crate::definition::MoveDef, name: &str) -> bool {
        let stage = self.document.stages.iter().find(|stage| stage.id == mv.to);
        let category =
            stage.and_then(|stage| self.document.categories.iter().find(|c| c.id == stage.category));
        let (Some(stage), Some(category)) = (stage, category) else { return true };
        let inputs = [&mv.input, &stage.input, &category.input];
        name == "note" || inputs.into_iter().any(|inputs| inputs.get(name).is_some())
    }

    fn trigger(&mut self, on: &crate::definition::TriggerDef, at: At<'_>) {
        let given = [!on.after.is_empty(), !on.idle.is_empty(), !on.changed.is_empty()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let message = "a trigger has exactly one of `after`, `idle` and `changed`";
            self.findings.error(FindingCode::BadValue, at, message);
        }
        for (offset, key) in [(&on.after, "after"), (&on.idle, "idle")] {
            if !offset.is_empty() {
                self.offset(offset, at.key(key));
            }
        }
        for (i, field) in on.changed.iter().enumerate() {
            if self.document.fields.get(field).is_none() {
                self.unknown_field(field, at.key("changed").index(i));
            }
        }
    }

    pub(super) fn unknown_move(&mut self, id: &str, at: At<'_>) {
        let known = self.document.policy.moves.iter().map(|mv| mv.id.as_str());
        self.unknown((Kind::Move, FindingCode::UnknownMove), id, known, at);
    }
}

fn fixed(name: &'static str, value: impl Into<Value>) -> (SmolStr, Argument) {
    (SmolStr::new_static(name), Argument::Fixed(value.into()))
}
