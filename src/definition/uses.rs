//! What in a document depends on a stage (S27).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use smol_str::SmolStr;

use super::{ActionDef, Definition, StageDef, Subject};
use crate::criteria::{ExprRef, Source, View};
use crate::finding::At;

/// One thing that depends on a stage. `Display` says it in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageUse {
    /// What kind of thing it is.
    pub subject: Subject,
    /// Its id.
    pub id: SmolStr,
    /// How it depends on the stage, as a verb phrase: `leads to it`.
    pub how: &'static str,
    /// The JSON pointer to the place in the document.
    pub pointer: String,
}

impl fmt::Display for StageUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Pipeline => f.write_str(self.how),
            subject => write!(f, "{} `{}` {}", subject.name(), self.id, self.how),
        }
    }
}

/// Everything that names a stage or belongs to it, in the order of the document: the moves that lead
/// to it or start there, its actions, queues, workflows, automation, promises of time, and the conditions that compare
/// `record.stage` with it.
///
/// ```
/// use lifestage::definition::{self, Definition};
/// use lifestage::presets;
///
/// let contacts: Definition = serde_json::from_str(presets::CONTACT_STAGES)?;
/// let uses: Vec<String> = definition::uses(&contacts, "approved").iter().map(|u| u.to_string()).collect();
/// assert!(uses.contains(&"action `book_a_call` is offered there".to_string()), "{uses:?}");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn uses(document: &Definition, stage: &str) -> Vec<StageUse> {
    let mut found = Found { stage, uses: Vec::new() };
    let root = At::ROOT;
    for (i, def) in document.stages.iter().enumerate() {
        found.stage_def(def, root.key("stages").index(i));
    }
    let policy = root.key("policy");
    let moves = policy.key("moves");
    for (i, mv) in document.policy.moves.iter().enumerate() {
        let at = moves.index(i);
        if mv.to == stage {
            found.add(Subject::Move, &mv.id, "leads to it", at.key("to"));
        }
        for (j, source) in mv.from.0.iter().enumerate().filter(|(_, source)| source.stage == stage) {
            let _ = source;
            found.add(Subject::Move, &mv.id, "starts there", at.key("from").index(j));
        }
        if let Some(j) = mv.except.iter().position(|except| except == stage) {
            found.add(Subject::Move, &mv.id, "leaves it out", at.key("except").index(j));
        }
        found.condition(mv.when.as_ref(), Subject::Move, &mv.id, at.key("when"));
        found.actions(&mv.actions, at.key("actions"));
    }
    for (i, queue) in document.queues.iter().enumerate() {
        let at = root.key("queues");
        let at = at.index(i);
        if let Some(j) = queue.stages.iter().position(|own| own == stage) {
            found.add(Subject::Queue, &queue.id, "holds its records", at.key("stages").index(j));
        }
    }
    for (i, flow) in document.workflows.iter().enumerate() {
        let at = root.key("workflows");
        let at = at.index(i);
        if flow.stage == stage {
            found.add(Subject::Workflow, &flow.id, "runs there", at.key("stage"));
        }
        for (j, task) in flow.tasks.iter().enumerate() {
            found.condition(
                task.when.as_ref(),
                Subject::Task,
                &task.id,
                at.key("tasks").index(j).key("when"),
            );
        }
        for (j, message) in flow.messages.iter().enumerate() {
            let at = at.key("messages");
            found.condition(message.when.as_ref(), Subject::Message, &message.id, at.index(j).key("when"));
        }
    }
    for (i, automation) in document.automation.iter().enumerate() {
        let at = root.key("automation");
        let at = at.index(i);
        if let Some(j) = automation.stages.iter().position(|own| own == stage) {
            found.add(Subject::Automation, &automation.id, "watches it", at.key("in").index(j));
        }
        if automation.mv.strip_prefix("to:") == Some(stage) {
            found.add(Subject::Automation, &automation.id, "moves records to it", at.key("move"));
        }
        found.condition(automation.when.as_ref(), Subject::Automation, &automation.id, at.key("when"));
    }
    for (i, sla) in document.sla.iter().enumerate() {
        let at = root.key("sla");
        let at = at.index(i);
        if let Some(j) = sla.stages.iter().position(|own| own == stage) {
            found.add(Subject::Sla, &sla.id, "runs there", at.key("in").index(j));
        }
        if let Some(j) = sla.paused_in.iter().position(|own| own == stage) {
            found.add(Subject::Sla, &sla.id, "stands still there", at.key("paused_in").index(j));
        }
    }
    found.uses
}

struct Found<'s> {
    stage: &'s str,
    uses: Vec<StageUse>,
}

impl Found<'_> {
    fn add(&mut self, subject: Subject, id: &str, how: &'static str, at: At<'_>) {
        self.uses.push(StageUse { subject, id: SmolStr::new(id), how, pointer: at.to_string() });
    }

    fn stage_def(&mut self, def: &StageDef, at: At<'_>) {
        if def.id == self.stage {
            if def.default {
                self.add(Subject::Pipeline, "", "new records start there", at.key("default"));
            }
            for (i, action) in def.actions.iter().enumerate() {
                self.add(Subject::Action, &action.id, "is offered there", at.key("actions").index(i));
            }
        }
        self.condition(def.entry.as_ref(), Subject::Stage, &def.id, at.key("entry"));
        self.condition(def.exit.as_ref().map(|exit| &exit.when), Subject::Stage, &def.id, at.key("exit"));
        self.actions(&def.actions, at.key("actions"));
    }

    fn actions(&mut self, actions: &[ActionDef], at: At<'_>) {
        for (i, action) in actions.iter().enumerate() {
            let at = at.index(i);
            if action.on_done.mv.strip_prefix("to:") == Some(self.stage) {
                self.add(Subject::Action, &action.id, "moves records to it", at.key("on_done").key("move"));
            }
            self.condition(action.when.as_ref(), Subject::Action, &action.id, at.key("when"));
        }
    }

    fn condition(&mut self, source: Option<&Source>, subject: Subject, id: &str, at: At<'_>) {
        let Some(Ok(expr)) = source.map(Source::expr) else { return };
        let mut terms = Terms { stage: self.stage, names_stage: false, has_literal: false };
        terms.look_at(expr.view());
        if terms.names_stage && terms.has_literal {
            self.add(subject, id, "has a condition on it", at);
        }
    }
}

/// Whether a condition has both `record.stage` and the stage as a text in it.
struct Terms<'s> {
    stage: &'s str,
    names_stage: bool,
    has_literal: bool,
}

impl Terms<'_> {
    fn look_at(&mut self, expr: ExprRef<'_>) {
        match expr.kind() {
            View::Name(name) => self.names_stage |= name == "record.stage",
            View::Text(text) => self.has_literal |= text == self.stage,
            View::List(below) | View::Op(_, below) => below.for_each(|part| self.look_at(part)),
            View::Null | View::Bool(_) | View::Int(_) | View::Double(_) => {}
        }
    }
}
