//! What a change asks of the host, as data (S46).

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// The word for whoever of a pool is next.
pub(crate) const ROUND_ROBIN: &str = "round_robin";
/// The word for a host whom a person chooses.
pub(crate) const BY_HAND: &str = "by_hand";
/// The argument of a call to book that names the pool of its hosts.
pub(crate) const HOST_ROLE: &str = "host_role";
/// The argument of a call to book that says how its host may be chosen.
pub(crate) const HOST_CHOICE: &str = "host_choice";

/// The assignee of what whoever of a pool is next gets as soon as it is committed.
pub(crate) fn in_turn(pool: &str) -> SmolStr {
    format_smolstr!("{ROUND_ROBIN}:{pool}")
}

/// The pool whose next member is to have what this assignee has, if it is still to be given.
pub(crate) fn pool_of(assignee: Option<&str>) -> Option<&str> {
    assignee?.strip_prefix(ROUND_ROBIN)?.strip_prefix(':')
}

/// Why an effect was planned. For one move the order of these is the order of its effects (S46).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectTrigger {
    /// Leaving the old stage.
    Exit,
    /// The move itself.
    Move,
    /// Entering the new stage, or being in it when a workflow came to have more.
    Enter,
    /// A fact that changed.
    Facts,
    /// A person who carried out an action of the stage, or reported one done.
    Act,
}

impl EffectTrigger {
    /// Every trigger.
    pub const ALL: [Self; 5] = [Self::Exit, Self::Move, Self::Enter, Self::Facts, Self::Act];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Move => "move",
            Self::Enter => "enter",
            Self::Facts => "facts",
            Self::Act => "act",
        }
    }
}

/// What kind of work an effect is: that of an action, a reminder, or a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A call to be booked.
    BookCall,
    /// An e-mail to be sent.
    SendEmail,
    /// A text message to be sent.
    SendText,
    /// The record to be given to somebody.
    Assign,
    /// A meeting to be scheduled.
    ScheduleMeeting,
    /// A task for somebody.
    CreateTask,
    /// People to be told something.
    Notify,
    /// Another system to be told.
    Webhook,
    /// Work of the host's own.
    Custom,
    /// Somebody to be reminded of a task (S50).
    Remind,
    /// A move that the engine itself makes: timed, or caused by another change (S13, S54).
    Move,
    /// A promised time (service level agreement) that comes near or has run out.
    Sla,
}

impl EffectKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::BookCall,
        Self::SendEmail,
        Self::SendText,
        Self::Assign,
        Self::ScheduleMeeting,
        Self::CreateTask,
        Self::Notify,
        Self::Webhook,
        Self::Custom,
        Self::Remind,
        Self::Move,
        Self::Sla,
    ];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BookCall => "book_call",
            Self::SendEmail => "send_email",
            Self::SendText => "send_text",
            Self::Assign => "assign",
            Self::ScheduleMeeting => "schedule_meeting",
            Self::CreateTask => "create_task",
            Self::Notify => "notify",
            Self::Webhook => "webhook",
            Self::Custom => "custom",
            Self::Remind => "remind",
            Self::Move => "move",
            Self::Sla => "sla",
        }
    }

    /// Whether somebody has to do it and report it done, so that it is on the list of tasks.
    pub const fn is_work(self) -> bool {
        matches!(self, Self::BookCall | Self::ScheduleMeeting | Self::CreateTask)
    }

    /// The kind with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One piece of work that a change asks for, with everything fixed that delivery needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The record.
    pub record: SmolStr,
    /// The journal row that set it in motion.
    pub seq: u64,
    /// Its place among the effects of that row, from 0, without gaps.
    pub index: u16,
    /// The action, `workflow/task`, `workflow/message`, automation or agreement that asks for it.
    pub action: SmolStr,
    /// What kind of work it is.
    pub kind: EffectKind,
    /// Why it was planned.
    pub trigger: EffectTrigger,
    /// The visit it belongs to.
    pub visit: u64,
    /// When it is to be delivered; none for at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// When it has to be done, for tasks that have a deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Who is to do it: a person; `role:` and a role; or `round_robin:` and a pool, of which whoever is next gets
    /// it as soon as it is committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<SmolStr>,
    /// The task, by its index in its row, that has to be done first; for a reminder the task that it reminds of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u16>,
    /// The earlier row that planned that task, where it is not the same row: a stage came to have more to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_row: Option<u64>,
    /// Whether leaving the visit cancels it (S49).
    #[serde(default, skip_serializing_if = "is_false")]
    pub bound: bool,
    /// Whether somebody has to report it done: tasks, bookings, and whatever has a follow-up.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reported: bool,
    /// How many changes led to the one that set it in motion, each by the one before (S13).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u16,
    /// Its arguments, with the record's values in place of template variables.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub args: Fields,
    /// Template variables that had no value and rendered empty. An entry that begins with `error: ` says why a
    /// text could not be rendered and is empty as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<SmolStr>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(value: &u16) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Effect {
    /// Work to be done at once, set in motion by a row that entered a stage.
    pub fn new(
        record: impl Into<SmolStr>,
        seq: u64,
        index: u16,
        action: impl Into<SmolStr>,
        kind: EffectKind,
    ) -> Self {
        Self {
            record: record.into(),
            seq,
            index,
            action: action.into(),
            kind,
            trigger: EffectTrigger::Enter,
            visit: seq,
            at: None,
            due: None,
            assignee: None,
            after: None,
            after_row: None,
            bound: false,
            reported: false,
            depth: 0,
            args: Fields::new(),
            missing: Vec::new(),
        }
    }

    /// The request key of the move that it asks for, so that it is made once; none for other kinds.
    pub(crate) fn move_key(&self) -> Option<SmolStr> {
        (self.kind == EffectKind::Move).then(|| smol_str::format_smolstr!("effect {}", self.id()))
    }

    /// The stable id, `record/seq/index`: the same however often it is delivered.
    pub fn id(&self) -> EffectId<'_> {
        EffectId { record: &self.record, seq: self.seq, index: self.index }
    }

    /// The task that has to be done first; for a reminder the task that it reminds of.
    pub fn after_id(&self) -> Option<EffectId<'_>> {
        Some(EffectId { record: &self.record, seq: self.after_row.unwrap_or(self.seq), index: self.after? })
    }

    /// What it says besides kind and arguments, under names that no argument has, for its digest.
    pub(crate) fn schedule(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let time = |at: Timestamp| Value::Int(at.as_micros());
        let parts = [
            ("=after", self.after.map(|index| Value::Int(i64::from(index)))),
            ("=after_row", self.after_row.map(|seq| Value::Int(i64::try_from(seq).unwrap_or(i64::MAX)))),
            ("=assignee", self.assignee.clone().map(Value::Text)),
            ("=at", self.at.map(time)),
            ("=bound", self.bound.then_some(Value::Bool(true))),
            ("=depth", (self.depth > 0).then_some(Value::Int(i64::from(self.depth)))),
            ("=due", self.due.map(time)),
            ("=reported", self.reported.then_some(Value::Bool(true))),
        ];
        parts.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// The stable id of an effect; its text form is `record/seq/index`.
///
/// ```
/// use lifestage::EffectId;
///
/// let id = EffectId::parse("lead/42/7/0").unwrap();
/// assert_eq!((id.record(), id.seq(), id.index()), ("lead/42", 7, 0));
/// assert_eq!(id.to_string(), "lead/42/7/0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId<'a> {
    record: &'a str,
    seq: u64,
    index: u16,
}

impl<'a> EffectId<'a> {
    /// The effect at this place.
    pub const fn new(record: &'a str, seq: u64, index: u16) -> Self {
        Self { record, seq, index }
    }

    /// Reads the text form; none when it is nothing of the kind.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (rest, index) = text.rsplit_once('/')?;
        let (record, seq) = rest.rsplit_once('/')?;
        Some(Self { record, seq: seq.parse().ok()?, index: index.parse().ok()? })
    }

    /// The record.
    pub const fn record(&self) -> &'a str {
        self.record
    }

    /// The journal row.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The place among the effects of that row.
    pub const fn index(&self) -> u16 {
        self.index
    }
}

impl fmt::Display for EffectId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.record, self.seq, self.index)
    }
}
