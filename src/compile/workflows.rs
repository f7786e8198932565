use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::{Assignee, Compiler, EffectSpec, Kind, StageGate, TaskTiming, Timing, number};
use crate::calendar::TimeOfDay;
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::definition::{Channel, MessageDef, TaskDef, WorkflowDef};
use crate::effect::{EffectKind, EffectTrigger, ROUND_ROBIN};
use crate::finding::At;
use crate::offset::Offset;
use crate::policy::Roles;
use crate::symbols::Symbols;

impl Compiler<'_> {
    /// The tasks and messages of a workflow, on entering its stage (S50).
    pub(super) fn workflow(
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
        let tasks = Symbols::new(flow.tasks.iter().map(|task| task.id.clone()));
        let first = number(self.effects.len());
        let mut effects = Vec::new();
        for (i, task) in flow.tasks.iter().enumerate() {
            let at = at.key("tasks");
            let after = tasks.get(&task.after).map(|place| first + place);
            effects.push(self.task(flow, (task, after), stage, ids, roles, at.index(i)));
        }
        self.task_order(flow, &tasks, at);
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
        (task, after): (&TaskDef, Option<u32>),
        stage: Option<StageIx>,
        ids: &mut BTreeSet<SmolStr>,
        roles: &Roles,
        at: At<'_>,
    ) -> u32 {
        let action = format_smolstr!("{}/{}", flow.id, task.id);
        self.id(&task.id, at.key("id"));
        self.name(&task.title, at.key("title"));
        self.action_id(action.clone(), ids, at.key("id"));
        let remind = task.remind.iter().enumerate();
        let remind = remind.filter_map(|(i, text)| self.offset(text, at.key("remind").index(i)));
        let remind = remind.collect();
        let timing = TaskTiming {
            due: self.offset(&task.due, at.key("due")),
            working_time: task.working_time,
            at: self.time_of_day(&task.at, at.key("at")),
            assignee: self.assignee(&task.assignee, roles, at.key("assignee")),
            remind,
            after,
            stays: task.stays,
        };
        let when = task.when.as_ref().and_then(|when| self.condition(when, &[], at.key("when")));
        let title = self.template(&task.title, at.key("title"));
        self.add_effect(EffectSpec {
            action,
            kind: EffectKind::CreateTask,
            trigger: EffectTrigger::Enter,
            stage,
            when,
            repeat: task.repeat,
            timing: Timing::Task(Box::new(timing)),
            reported: true,
            args: Box::new([(SmolStr::new_static("title"), title)]),
        })
    }

    /// Tasks wait for tasks of their own workflow, and not in a circle.
    fn task_order(&mut self, flow: &WorkflowDef, places: &Symbols, at: At<'_>) {
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
        let wait = (!message.after.is_empty()).then(|| self.offset(&message.after, at.key("after")));
        if message.body.trim().is_empty() {
            self.findings.error(FindingCode::BadValue, at.key("body"), "the message has no text");
        }
        let kind = match message.channel {
            Channel::Email => EffectKind::SendEmail,
            Channel::Text => EffectKind::SendText,
        };
        let fault = match (message.channel, message.subject.trim().is_empty()) {
            (Channel::Email, true) => Some("an e-mail needs a subject"),
            (Channel::Text, false) => Some("a text message has no subject"),
            _ => None,
        };
        if let Some(fault) = fault.filter(|_| !self.absent.has_key("channel")) {
            self.findings.error(FindingCode::BadValue, at.key("subject"), fault);
        }
        let when = message.when.as_ref().and_then(|when| self.condition(when, &[], at.key("when")));
        let mut args =
            alloc::vec![(SmolStr::new_static("body"), self.template(&message.body, at.key("body")))];
        if !message.subject.is_empty() {
            let subject = self.template(&message.subject, at.key("subject"));
            args.push((SmolStr::new_static("subject"), subject));
        }
        self.add_effect(EffectSpec {
            action,
            kind,
            trigger: EffectTrigger::Enter,
            stage,
            when,
            repeat: message.repeat,
            timing: wait.flatten().map_or(Timing::Now, |wait| Timing::Later { wait, bound: !message.stays }),
            reported: false,
            args: args.into(),
        })
    }

    pub(super) fn offset(&mut self, text: &str, at: At<'_>) -> Option<Offset> {
        let offset = text.parse().ok();
        if offset.is_none() {
            let message =
                alloc::format!("`{text}` is not a length of time: write `30m`, `4h`, `2d`, `1w` or `3mo`");
            self.findings.error(FindingCode::BadValue, at, message);
        }
        offset
    }

    fn time_of_day(&mut self, text: &str, at: At<'_>) -> Option<TimeOfDay> {
        let time = text.parse().ok();
        if !text.is_empty() && time.is_none() {
            let message = alloc::format!("`{text}` is not a time of day: write `09:00`");
            self.findings.error(FindingCode::BadValue, at, message);
        }
        time
    }

    pub(super) fn assignee(&mut self, text: &str, roles: &Roles, at: At<'_>) -> Assignee {
        if text.is_empty() || text == "owner" {
            return Assignee::Owner;
        }
        match text.split_once(':') {
            Some(("user", user)) if !user.is_empty() => Assignee::Fixed(SmolStr::new(user)),
            Some(("role", role)) => {
                self.role(&roles.ids, role, at);
                Assignee::Fixed(SmolStr::new(text))
            }
            Some((ROUND_ROBIN, pool)) => {
                self.role(&roles.ids, pool, at);
                Assignee::Turn(SmolStr::new(pool))
            }
            _ => {
                let message = alloc::format!(
                    "`{text}` is not an assignee: write `owner`, `role:<id>`, `round_robin:<role>` or `user:<id>`"
                );
                self.findings.error(FindingCode::BadValue, at, message);
                Assignee::Owner
            }
        }
    }
}
