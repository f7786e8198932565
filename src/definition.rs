//! The definition: the document a person writes, as plain data.
//!
//! Nothing here is checked yet; [`Pipeline`](crate::Pipeline) is the checked and compiled form and
//! cannot exist invalid. Names that refer to something (a stage, a role, an icon) are kept as
//! written, so that a bad one becomes a finding with a place instead of a parse error.

mod builder;
mod diff;
mod happening;
mod meaning;
mod named;
mod uses;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use diff::{Diff, Difference, DifferenceKind, OutcomeChange, Parent, Subject, diff};
pub use happening::Happening;
pub use meaning::meaning;
pub use named::Named;
pub use uses::{StageUse, uses};

use crate::capability::Grant;
use crate::catalog::Outcome;
use crate::criteria::{FieldType, Source};
use crate::effect::EffectKind;
use crate::time::Span;
use crate::value::Fields;

/// One whole pipeline as a document. Its JSON form is described by `docs/definition.schema.json`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Where editors find the JSON Schema; of no meaning here.
    #[serde(rename = "$schema", default, skip_serializing_if = "String::is_empty")]
    pub schema: String,
    /// The stable id of the pipeline.
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// What the pipeline is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What moves through it: `lead`, `contact`, `customer`, `deal` or a kind of the host's own.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub record_kind: SmolStr,
    /// The company or business unit that uses it; empty for all.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub company: SmolStr,
    /// Whether it is out of use: no record starts or moves in it (S31).
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
    /// The time zone of dates and times of day: `UTC`, `+02:00`, `Europe/Berlin`; empty for UTC (S41).
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub zone: SmolStr,
    /// The field that holds a record's own time zone; a record without one is in that of the document.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub zone_field: SmolStr,
    /// Working hours and holidays. The first calendar is the one that working time is counted by; without
    /// any it is Monday to Friday, 09:00 to 17:00.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<CalendarDef>,
    /// The record's fields that criteria, templates and required lists may name, in order.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub fields: Named<FieldDef>,
    /// The groups of stages, in order.
    pub categories: Vec<CategoryDef>,
    /// The stages, in order.
    pub stages: Vec<StageDef>,
    /// Which moves there are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: PolicyDef,
    /// Who may do what.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub roles: Named<RoleDef>,
    /// Lists of records that actions put them on and take them off, such as a calls queue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueDef>,
    /// Follow-up work that each record in a stage receives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workflows: Vec<WorkflowDef>,
    /// Moves made by time or by a change of facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automation: Vec<AutomationDef>,
    /// Promises of time (service level agreements), each with a clock that runs while a record is in its stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sla: Vec<SlaDef>,
    /// What ends the silence after which a record counts as idle; `call`, `meeting`, `email`, `note`, `task` and
    /// `message` when empty (S54).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle_resets: Vec<SmolStr>,
    /// What converting one of its records makes (S57).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<ConversionDef>,
    /// Tighter limits than those of the host; never wider.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: LimitsDef,
}

/// A field that criteria, templates and required lists may name. In JSON the type alone will do:
/// `"email": "string"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldDef {
    /// The type of its values.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// The name people see; its id when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The only values allowed, for texts; empty allows all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<SmolStr>,
    /// Whether a store should index it for views.
    #[serde(skip_serializing_if = "is_default")]
    pub indexed: bool,
    /// How its texts are written; when absent, a field called `email` has e-mail addresses, one called
    /// `phone` phone numbers, and any other plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<FieldFormat>,
    /// The country, as two letters of ISO 3166, whose phone numbers may stand without a country code.
    #[serde(skip_serializing_if = "SmolStr::is_empty")]
    pub region: SmolStr,
}

/// How the texts of a field are written; see [`contact`](crate::contact).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldFormat {
    /// As they are given.
    Text,
    /// An e-mail address in its one form; other texts are refused.
    Email,
    /// A phone number, in E.164 where it can be completed; other texts are refused.
    Phone,
}

/// A named group of stages with a fixed outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryDef {
    /// The stable id.
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// What it means for a record to be in one of its stages.
    pub outcome: Outcome,
    /// What the category is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What entering any of its stages asks for (S11).
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub input: Named<InputDef>,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageDef {
    /// The stable id; renaming never changes it (S21).
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// The id of its category.
    pub category: SmolStr,
    /// What it means for a record to be here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Advice for whoever works a record in this stage.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub guidance: String,
    /// An icon of the catalogue (S29).
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub icon: SmolStr,
    /// A palette name, `#rgb`, `#rrggbb` or `rgb(r,g,b)` (S29).
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub colour: SmolStr,
    /// Whether new records start here (S26).
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: bool,
    /// Whether no move leads out (S9).
    #[serde(rename = "final", default, skip_serializing_if = "is_default")]
    pub is_final: bool,
    /// Whether edits are refused because a feature depends on it (S27).
    #[serde(default, skip_serializing_if = "is_default")]
    pub protected: bool,
    /// Whether it is gone from pickers and kept for history (S25).
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
    /// The chance, 0 to 100, that a record here will be won.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<u8>,
    /// How long a record may sit here before it counts as idle; zero or absent is never (S54).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Span>,
    /// What must hold of a record that enters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Source>,
    /// What must hold of a record that leaves (S8a).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<ExitDef>,
    /// The only roles that may bring records here, by a move or new; empty leaves it to the moves. Where a move
    /// names roles too, it takes one that both name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enter_roles: Vec<SmolStr>,
    /// Fields that a record needs to enter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enter_requires: Vec<SmolStr>,
    /// Fields that a record needs to leave, bound as exit criteria are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave_requires: Vec<SmolStr>,
    /// What entering asks for (S11).
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub input: Named<InputDef>,
    /// What is offered or happens here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionDef>,
}

/// Exit criteria. In JSON the condition alone will do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExitDef {
    /// The condition.
    pub when: Source,
    /// Which moves it binds.
    #[serde(skip_serializing_if = "is_default")]
    pub applies_to: ExitScope,
}

/// Which moves the exit criteria of a stage bind (S8a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitScope {
    /// Forward moves and closing as won.
    #[default]
    Forward,
    /// Every move out.
    All,
}

/// What a move, a stage or a category asks the person for. In JSON the type alone will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputDef {
    /// The type of the answer.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// The question people see; its id when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// The only answers allowed, for texts; empty allows all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<SmolStr>,
    /// The answers that also need the input `note`, such as `other` (S11).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note_for: Vec<SmolStr>,
    /// Whether it may be left out.
    #[serde(skip_serializing_if = "is_default")]
    pub optional: bool,
}

/// Which moves there are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDef {
    /// Whether every stage reaches every other, besides the moves listed (S8).
    #[serde(default, skip_serializing_if = "is_default")]
    pub free: bool,
    /// Whether open stages may not be leapt over (S7).
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_skipping: bool,
    /// Whether open stages may not be walked backward (S7).
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_backward: bool,
    /// Whether a new record stays without an owner instead of going to its creator (S26a).
    #[serde(default, skip_serializing_if = "is_default")]
    pub unowned_at_creation: bool,
    /// The listed moves, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<MoveDef>,
}

/// One named transition.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveDef {
    /// The stable id.
    pub id: SmolStr,
    /// The text of its button.
    pub label: String,
    /// Where it starts: stages, `none`, `any`, `any_open` or `category:<id>`.
    pub from: Sources,
    /// Stages that a wildcard in `from` leaves out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<SmolStr>,
    /// The stage it leads to.
    pub to: SmolStr,
    /// What the move is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The only roles that may make it; empty leaves it to the capability `move`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<SmolStr>,
    /// Whether only the owner of the record may make it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub owner_only: bool,
    /// What must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Source>,
    /// What it asks the person for.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub input: Named<InputDef>,
    /// Whether a second person must approve (S61b).
    #[serde(default, skip_serializing_if = "is_default")]
    pub approval: bool,
    /// What it sets in motion, between the exit and the entry actions (S46).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionDef>,
}

/// The starting points of a move. In JSON one name alone will do for a list of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources(pub Vec<SourceDef>);

/// One starting point of a move. In JSON the name alone will do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceDef {
    /// A stage, `none`, `any`, `any_open` or `category:<id>`.
    pub stage: SmolStr,
    /// What kind of step it is from there.
    pub kind: MoveKind,
    /// The text of its button from there, when it is not the move's.
    pub label: String,
}

/// What kind of step a move is from one of its sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// Its direction is judged by the order of the stages (S7).
    #[default]
    Ordinary,
    /// Corrects an over-eager step; `no_backward` does not bind it.
    StepBack,
    /// Brings a closed or parked record back; never backward.
    Revive,
    /// From a stage to itself: the visit goes on (S5).
    Internal,
    /// From a stage to itself: a new visit begins (S5).
    ReEntry,
}

/// What holders of a role may do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleDef {
    /// The name people see; its id when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Roles whose grants it has too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<SmolStr>,
    /// Its grants: `move`, or `move:own` for records one owns (S55).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub can: Vec<Grant>,
}

/// A list of records that actions put them on and take them off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueDef {
    /// The stable id.
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// Stages whose records are in the queue while they are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<SmolStr>,
}

/// Working hours and the holidays on which there are none (S41).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDef {
    /// The stable id.
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// Its time zone; that of the document when empty.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub zone: SmolStr,
    /// The hours of each working day, `mon` to `sun`, each written `09:00-17:00`; Monday to Friday, 09:00 to
    /// 17:00, when empty.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub hours: Named<Vec<SmolStr>>,
    /// Days without working hours, each written `2026-12-25`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<SmolStr>,
}

/// Something offered to people in a stage, or planned when a record enters, leaves or moves.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionDef {
    /// The stable id, unique in the pipeline.
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// What kind of work it is.
    pub kind: ActionKind,
    /// When it happens; on a move there is no choice and it is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: ActionTrigger,
    /// An icon of the catalogue.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub icon: SmolStr,
    /// The only roles it is offered to; empty leaves it to the capability `act`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<SmolStr>,
    /// What must hold for it to be planned or offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Source>,
    /// How often it happens (S48).
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeat: Repeat,
    /// Its arguments; texts may hold `{{ field }}` (S46).
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub with: Fields,
    /// What follows when it is reported done.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_done: OnDoneDef,
}

/// The kinds of work an action asks of the host (S51).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ActionKind {
    BookCall,
    SendEmail,
    SendText,
    Assign,
    ScheduleMeeting,
    #[default]
    CreateTask,
    Notify,
    Webhook,
    Custom,
}

impl From<ActionKind> for EffectKind {
    fn from(kind: ActionKind) -> Self {
        match kind {
            ActionKind::BookCall => Self::BookCall,
            ActionKind::SendEmail => Self::SendEmail,
            ActionKind::SendText => Self::SendText,
            ActionKind::Assign => Self::Assign,
            ActionKind::ScheduleMeeting => Self::ScheduleMeeting,
            ActionKind::CreateTask => Self::CreateTask,
            ActionKind::Notify => Self::Notify,
            ActionKind::Webhook => Self::Webhook,
            ActionKind::Custom => Self::Custom,
        }
    }
}

/// When an action of a stage happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionTrigger {
    /// When a person asks for it.
    #[default]
    Manual,
    /// When a record enters the stage.
    Enter,
    /// When a record leaves the stage.
    Exit,
}

/// How often an action happens for one record (S48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// Once in each visit.
    #[default]
    EveryVisit,
    /// In the first visit of the stage only; an action of a move, which has no stage, cannot say so.
    FirstVisit,
    /// Once in the life of the record.
    Once,
}

/// What follows an action that is reported done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnDoneDef {
    /// A move to make.
    #[serde(rename = "move", default, skip_serializing_if = "SmolStr::is_empty")]
    pub mv: SmolStr,
    /// The queue the record leaves.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub leave_queue: SmolStr,
    /// The queue the record joins.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub join_queue: SmolStr,
}

/// The follow-up work of one stage.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowDef {
    /// The stable id.
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// The stage whose records receive it.
    pub stage: SmolStr,
    /// The tasks, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskDef>,
    /// The automatic e-mails and texts, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageDef>,
}

/// A task that is made when a record enters a stage (S50).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskDef {
    /// The stable id, unique in its workflow.
    pub id: SmolStr,
    /// What is to be done; may hold `{{ field }}`.
    pub title: String,
    /// When it is due, from entry: `30m`, `4h`, `2d`, `1w`, `3mo`.
    pub due: SmolStr,
    /// Whether `due` counts working time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub working_time: bool,
    /// The time of day it is due, `09:00`, in the zone of the record.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub at: SmolStr,
    /// Who gets it: `owner` (the default), `role:<id>`, `round_robin:<role>` or `user:<id>`.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub assignee: SmolStr,
    /// How long before it is due to remind, each as `due` is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remind: Vec<SmolStr>,
    /// The task of the same workflow that must be done first.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub after: SmolStr,
    /// What must hold for it to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Source>,
    /// Whether it stays open when the record leaves the stage (S49).
    #[serde(default, skip_serializing_if = "is_default")]
    pub stays: bool,
    /// How often it is made (S48).
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeat: Repeat,
}

/// An automatic e-mail or text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageDef {
    /// The stable id, unique in its workflow.
    pub id: SmolStr,
    /// How it is sent.
    pub channel: Channel,
    /// When it is sent, from entry; at once when absent.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub after: SmolStr,
    /// The subject of an e-mail; may hold `{{ field }}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The text; may hold `{{ field }}`.
    pub body: String,
    /// What must hold for it to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Source>,
    /// Whether it is sent even after the record left the stage (S49).
    #[serde(default, skip_serializing_if = "is_default")]
    pub stays: bool,
    /// How often it is sent (S48).
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeat: Repeat,
}

/// How a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By e-mail.
    #[default]
    Email,
    /// By text message.
    Text,
}

/// A move made by time or by a change of facts (S54).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutomationDef {
    /// The stable id.
    pub id: SmolStr,
    /// What sets it off; exactly one of its members.
    pub on: TriggerDef,
    /// The stages whose records it watches, or wildcards as in a move's `from`.
    #[serde(rename = "in", default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<SmolStr>,
    /// What must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Source>,
    /// The move it makes.
    #[serde(rename = "move")]
    pub mv: SmolStr,
    /// The move's input.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub input: Fields,
    /// Whether it may move a record backward (S7).
    #[serde(default, skip_serializing_if = "is_default")]
    pub backward: bool,
}

/// What sets an automation off; exactly one member is given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerDef {
    /// This long after the record entered the stage.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub after: SmolStr,
    /// This long without anything happening to the record.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub idle: SmolStr,
    /// When one of these fields changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<SmolStr>,
}

/// A promise of time: what is to happen before its clock runs out. The clock starts when a record comes to its
/// stages from elsewhere and goes on while the record moves among them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlaDef {
    /// The stable id.
    pub id: SmolStr,
    /// The name people see.
    pub name: String,
    /// The stages in which the clock runs, or `any`, `any_open` or `category:<id>`.
    #[serde(rename = "in")]
    pub stages: Vec<SmolStr>,
    /// How long until it runs out: `30m`, `4h`, `2d`, `1w`, `3mo`.
    pub within: SmolStr,
    /// Whether `within` counts working time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub working_time: bool,
    /// The calendar of that working time; the first one when empty.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub calendar: SmolStr,
    /// What keeps the promise, such as a `call` or a `message`; leaving the stages when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met_by: Vec<SmolStr>,
    /// Stages in which the clock stands still; a wildcard in `in` does not take them in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paused_in: Vec<SmolStr>,
    /// How long before it runs out to warn, each as `within` is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warn: Vec<SmolStr>,
}

/// Where the customer goes that converting a lead makes, and what becomes of the lead (S57).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversionDef {
    /// The pipeline of the customers, which is another.
    pub into: SmolStr,
    /// The stage there that a new customer starts in; its default stage when absent.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub stage: SmolStr,
    /// The pipeline in which deals are started for a converted record (S58).
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub deals: SmolStr,
    /// The move of this pipeline that converting makes too; without one the record stays in its stage.
    #[serde(rename = "move", default, skip_serializing_if = "SmolStr::is_empty")]
    pub mv: SmolStr,
}

/// Limits that a document sets for itself; each only tightens the host's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsDef {
    /// How many stages there may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<u32>,
    /// How many moves there may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<u32>,
    /// How many characters a name may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_length: Option<u32>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
