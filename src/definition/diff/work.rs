//! Actions, workflows, automation and promises of time.

use smol_str::SmolStr;

use super::document::named;
use super::list::{Kind, List};
use super::words::Words::{Name, Prose, Switch, Value};
use super::{Differ, Place, Subject, looks, means};
use crate::definition::{
    ActionDef, AutomationDef, MessageDef, OnDoneDef, SlaDef, TaskDef, TriggerDef, WorkflowDef,
};
use crate::finding::At;

impl Differ<'_> {
    /// The actions of a stage or a move.
    pub(super) fn actions(&mut self, place: &Place<'_>, old: &[ActionDef], new: &[ActionDef]) {
        let kind = Kind {
            subject: Subject::Action,
            parent: Some((place.subject, place.id)),
            name: |action: &ActionDef| named(&action.name),
        };
        let id: fn(&ActionDef) -> &SmolStr = |action| &action.id;
        let old = List::array(old, place.old.key("actions"), id);
        let new = List::array(new, place.new.key("actions"), id);
        self.list(kind, &old, &new, Self::action);
    }

    fn action(&mut self, place: &Place<'_>, old: &ActionDef, new: &ActionDef) {
        let ActionDef { id: _, name, kind, on, icon, roles, when, repeat, with, on_done } = old;
        let OnDoneDef { mv, leave_queue, join_queue } = on_done;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("kind", Value("is of the kind", "")), kind, &new.kind);
        self.part(place, means("on", Value("happens on", "")), on, &new.on);
        self.part(place, looks("icon", Value("shows the icon", "")), icon, &new.icon);
        self.part(place, means("roles", Value("is for the roles", "")), roles, &new.roles);
        self.part(place, means("when", Value("needs", "")), &when.as_ref(), &new.when.as_ref());
        self.part(place, means("repeat", Value("happens", "")), repeat, &new.repeat);
        self.arguments(place, "with", with, &new.with);
        let words = Value("makes the move", " when done");
        self.part(place, means("on_done/move", words), mv, &new.on_done.mv);
        let words = Value("leaves the queue", " when done");
        self.part(place, means("on_done/leave_queue", words), leave_queue, &new.on_done.leave_queue);
        let words = Value("joins the queue", " when done");
        self.part(place, means("on_done/join_queue", words), join_queue, &new.on_done.join_queue);
    }

    pub(super) fn workflows(&mut self, old: &[WorkflowDef], new: &[WorkflowDef]) {
        let root = At::ROOT;
        let list = |items| List::array(items, root.key("workflows"), |flow: &WorkflowDef| &flow.id);
        let kind =
            Kind { subject: Subject::Workflow, parent: None, name: |flow: &WorkflowDef| named(&flow.name) };
        self.list(kind, &list(old), &list(new), Self::workflow);
    }

    fn workflow(&mut self, place: &Place<'_>, old: &WorkflowDef, new: &WorkflowDef) {
        let WorkflowDef { id: _, name, stage, tasks, messages } = old;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("stage", Value("is for the stage", "")), stage, &new.stage);

        let parent = Some((place.subject, place.id));
        let kind = Kind { subject: Subject::Task, parent, name: |task: &TaskDef| named(&task.title) };
        let id: fn(&TaskDef) -> &SmolStr = |task| &task.id;
        let old_tasks = List::array(tasks, place.old.key("tasks"), id);
        let new_tasks = List::array(&new.tasks, place.new.key("tasks"), id);
        self.list(kind, &old_tasks, &new_tasks, Self::task);

        let kind =
            Kind { subject: Subject::Message, parent, name: |message: &MessageDef| named(&message.subject) };
        let id: fn(&MessageDef) -> &SmolStr = |message| &message.id;
        let old_messages = List::array(messages, place.old.key("messages"), id);
        let new_messages = List::array(&new.messages, place.new.key("messages"), id);
        self.list(kind, &old_messages, &new_messages, Self::message);
    }

    fn task(&mut self, place: &Place<'_>, old: &TaskDef, new: &TaskDef) {
        let TaskDef { id: _, title, due, working_time, at, assignee, remind, after, when, stays, repeat } =
            old;
        self.part(place, means("title", Name), title, &new.title);
        self.part(place, means("due", Value("is due after", "")), due, &new.due);
        let words = Switch("now counts working time", "no longer counts working time");
        self.part(place, means("working_time", words), working_time, &new.working_time);
        self.part(place, means("at", Value("is due at", "")), at, &new.at);
        self.part(place, means("assignee", Value("goes to", "")), assignee, &new.assignee);
        self.part(place, means("remind", Value("reminds", " before")), remind, &new.remind);
        self.part(place, means("after", Value("waits for the task", "")), after, &new.after);
        self.part(place, means("when", Value("needs", "")), &when.as_ref(), &new.when.as_ref());
        let words =
            Switch("now stays open when the stage is left", "no longer stays open when the stage is left");
        self.part(place, means("stays", words), stays, &new.stays);
        self.part(place, means("repeat", Value("happens", "")), repeat, &new.repeat);
    }

    fn message(&mut self, place: &Place<'_>, old: &MessageDef, new: &MessageDef) {
        let MessageDef { id: _, channel, after, subject, body, when, stays, repeat } = old;
        self.part(place, means("channel", Value("goes by", "")), channel, &new.channel);
        self.part(place, means("after", Value("is sent after", "")), after, &new.after);
        self.part(place, means("subject", Prose("subject")), subject, &new.subject);
        self.part(place, means("body", Prose("text")), body, &new.body);
        self.part(place, means("when", Value("needs", "")), &when.as_ref(), &new.when.as_ref());
        let words =
            Switch("is now sent even when the stage is left", "is no longer sent when the stage is left");
        self.part(place, means("stays", words), stays, &new.stays);
        self.part(place, means("repeat", Value("happens", "")), repeat, &new.repeat);
    }

    pub(super) fn automations(&mut self, old: &[AutomationDef], new: &[AutomationDef]) {
        let root = At::ROOT;
        let list = |items| List::array(items, root.key("automation"), |rule: &AutomationDef| &rule.id);
        let kind = Kind { subject: Subject::Automation, parent: None, name: |_: &AutomationDef| None };
        self.list(kind, &list(old), &list(new), Self::automation);
    }

    fn automation(&mut self, place: &Place<'_>, old: &AutomationDef, new: &AutomationDef) {
        let AutomationDef { id: _, on, stages, when, mv, input, backward } = old;
        let TriggerDef { after, idle, changed } = on;
        self.part(place, means("on/after", Value("acts after", "")), after, &new.on.after);
        self.part(place, means("on/idle", Value("acts after", " without activity")), idle, &new.on.idle);
        self.part(place, means("on/changed", Value("acts on a change of", "")), changed, &new.on.changed);
        self.part(place, means("in", Value("watches", "")), stages, &new.stages);
        self.part(place, means("when", Value("needs", "")), &when.as_ref(), &new.when.as_ref());
        self.part(place, means("move", Value("makes the move", "")), mv, &new.mv);
        self.arguments(place, "input", input, &new.input);
        let words = Switch("may now move records backward", "may no longer move records backward");
        self.part(place, means("backward", words), backward, &new.backward);
    }
    pub(super) fn promises(&mut self, old: &[SlaDef], new: &[SlaDef]) {
        let root = At::ROOT;
        let list = |items| List::array(items, root.key("sla"), |sla: &SlaDef| &sla.id);
        let kind = Kind { subject: Subject::Sla, parent: None, name: |sla: &SlaDef| named(&sla.name) };
        self.list(kind, &list(old), &list(new), Self::promise);
    }

    fn promise(&mut self, place: &Place<'_>, old: &SlaDef, new: &SlaDef) {
        let SlaDef { id: _, name, stages, within, working_time, calendar, met_by, paused_in, warn } = old;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("in", Value("runs in", "")), stages, &new.stages);
        self.part(place, means("within", Value("runs out after", "")), within, &new.within);
        let words = Switch("now counts working time", "no longer counts working time");
        self.part(place, means("working_time", words), working_time, &new.working_time);
        self.part(place, means("calendar", Value("goes by the calendar", "")), calendar, &new.calendar);
        self.part(place, means("met_by", Value("is met by", "")), met_by, &new.met_by);
        self.part(place, means("paused_in", Value("stands still in", "")), paused_in, &new.paused_in);
        self.part(place, means("warn", Value("warns", " before it runs out")), warn, &new.warn);
    }
}
