//! Actions, workflows and automation, written in Rust.

use alloc::string::String;

use smol_str::{SmolStr, format_smolstr};

use super::extend;
use crate::catalog::Icon;
use crate::criteria::Source;
use crate::definition::{
    ActionDef, ActionKind, ActionTrigger, AutomationDef, Channel, MessageDef, Repeat, TaskDef, TriggerDef,
    WorkflowDef,
};
use crate::effect::in_turn;
use crate::offset::Offset;
use crate::value::Value;

/// ```
/// use lifestage::catalog::Icon;
/// use lifestage::definition::{ActionDef, ActionKind};
///
/// let book = ActionDef::new("book_call", "Book a call", ActionKind::BookCall)
///     .with_icon(Icon::Phone)
///     .for_roles(["setter"])
///     .with("event_type", "intro")
///     .then_join("calls");
/// assert_eq!(book.on_done.join_queue, "calls");
/// ```
impl ActionDef {
    /// An action with this id, name and kind, offered to people until
    /// [`on_enter`](Self::on_enter) or [`on_exit`](Self::on_exit) says otherwise.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>, kind: ActionKind) -> Self {
        Self { id: id.into(), name: name.into(), kind, ..Self::default() }
    }

    /// Makes it happen when a record enters the stage.
    #[must_use]
    pub const fn on_enter(mut self) -> Self {
        self.on = ActionTrigger::Enter;
        self
    }

    /// Makes it happen when a record leaves the stage.
    #[must_use]
    pub const fn on_exit(mut self) -> Self {
        self.on = ActionTrigger::Exit;
        self
    }

    /// Sets the icon.
    #[must_use]
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icon = SmolStr::new_static(icon.name());
        self
    }

    /// Offers it to holders of these roles only.
    #[must_use]
    pub fn for_roles(mut self, roles: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.roles, roles);
        self
    }

    /// Plans or offers it under this condition only.
    #[must_use]
    pub fn when(mut self, condition: impl Into<Source>) -> Self {
        self.when = Some(condition.into());
        self
    }

    /// Says how often it happens (S48).
    #[must_use]
    pub const fn repeating(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// Sets an argument; texts may hold `{{ field }}` (S46).
    #[must_use]
    pub fn with(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.with.insert(name, value);
        self
    }

    /// Makes this move when it is reported done.
    #[must_use]
    pub fn then_move(mut self, mv: impl Into<SmolStr>) -> Self {
        self.on_done.mv = mv.into();
        self
    }

    /// Takes the record off this queue when it is reported done.
    #[must_use]
    pub fn then_leave(mut self, queue: impl Into<SmolStr>) -> Self {
        self.on_done.leave_queue = queue.into();
        self
    }

    /// Puts the record on this queue when it is reported done.
    #[must_use]
    pub fn then_join(mut self, queue: impl Into<SmolStr>) -> Self {
        self.on_done.join_queue = queue.into();
        self
    }
}

/// ```
/// use lifestage::Offset;
/// use lifestage::definition::{MessageDef, TaskDef, WorkflowDef};
///
/// let follow_up = WorkflowDef::new("first_answer", "First answer", "new")
///     .with_task(TaskDef::new("call", "Call {{ name }}", Offset::minutes(30)).in_working_time())
///     .with_message(MessageDef::email("thanks", "Thank you", "Hello {{ name }}").when("has(email)"));
/// assert_eq!(follow_up.tasks[0].due, "30m");
/// ```
impl WorkflowDef {
    /// A workflow with this id and name, for the records in the stage with this id.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>, stage: impl Into<SmolStr>) -> Self {
        Self { id: id.into(), name: name.into(), stage: stage.into(), ..Self::default() }
    }

    /// Adds a task after those there are.
    #[must_use]
    pub fn with_task(mut self, task: TaskDef) -> Self {
        self.tasks.push(task);
        self
    }

    /// Adds a message after those there are.
    #[must_use]
    pub fn with_message(mut self, message: MessageDef) -> Self {
        self.messages.push(message);
        self
    }
}

/// ```
/// use lifestage::Offset;
/// use lifestage::definition::TaskDef;
///
/// let visit = TaskDef::new("visit", "Offer {{ name }} a visit", Offset::weeks(1))
///     .at(9, 0)
///     .reminding([Offset::days(1), Offset::hours(1)])
///     .for_role_in_turn("closer");
/// assert_eq!((&*visit.at, &*visit.assignee), ("09:00", "round_robin:closer"));
/// ```
impl TaskDef {
    /// A task with this id and title, due so long after entry.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, title: impl Into<String>, due: Offset) -> Self {
        Self { id: id.into(), title: title.into(), due: format_smolstr!("{due}"), ..Self::default() }
    }

    /// Counts working time until it is due.
    #[must_use]
    pub const fn in_working_time(mut self) -> Self {
        self.working_time = true;
        self
    }

    /// Makes it due at this time of day, in the zone of the record.
    #[must_use]
    pub fn at(mut self, hour: u8, minute: u8) -> Self {
        self.at = format_smolstr!("{hour:02}:{minute:02}");
        self
    }

    /// Gives it to the owner of the record, which is also what happens when nothing is said.
    #[must_use]
    pub fn for_owner(mut self) -> Self {
        self.assignee = SmolStr::new_static("owner");
        self
    }

    /// Gives it to the holders of a role.
    #[must_use]
    pub fn for_role(mut self, role: &str) -> Self {
        self.assignee = format_smolstr!("role:{role}");
        self
    }

    /// Gives it to one holder of a role after the other.
    #[must_use]
    pub fn for_role_in_turn(mut self, role: &str) -> Self {
        self.assignee = in_turn(role);
        self
    }

    /// Gives it to one person.
    #[must_use]
    pub fn for_user(mut self, user: &str) -> Self {
        self.assignee = format_smolstr!("user:{user}");
        self
    }

    /// Reminds so long before it is due.
    #[must_use]
    pub fn reminding(mut self, before: impl IntoIterator<Item = Offset>) -> Self {
        self.remind.extend(before.into_iter().map(|offset| format_smolstr!("{offset}")));
        self
    }

    /// Lets it wait until this task of the same workflow is done.
    #[must_use]
    pub fn after(mut self, task: impl Into<SmolStr>) -> Self {
        self.after = task.into();
        self
    }

    /// Makes it under this condition only.
    #[must_use]
    pub fn when(mut self, condition: impl Into<Source>) -> Self {
        self.when = Some(condition.into());
        self
    }

    /// Keeps it open when the record leaves the stage (S49).
    #[must_use]
    pub const fn staying(mut self) -> Self {
        self.stays = true;
        self
    }

    /// Says how often it is made (S48).
    #[must_use]
    pub const fn repeating(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }
}

/// ```
/// use lifestage::Offset;
/// use lifestage::definition::{MessageDef, Repeat};
///
/// let number = MessageDef::text("number", "Hello {{ name }}, this is our number.")
///     .sent_after(Offset::minutes(10))
///     .when("has(phone)")
///     .repeating(Repeat::Once);
/// assert_eq!(number.after, "10m");
/// ```
impl MessageDef {
    /// An e-mail with this id, subject and text, sent at once.
    #[must_use]
    pub fn email(id: impl Into<SmolStr>, subject: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            channel: Channel::Email,
            subject: subject.into(),
            body: body.into(),
            ..Self::default()
        }
    }

    /// A text message with this id and text, sent at once.
    #[must_use]
    pub fn text(id: impl Into<SmolStr>, body: impl Into<String>) -> Self {
        Self { id: id.into(), channel: Channel::Text, body: body.into(), ..Self::default() }
    }

    /// Sends it so long after entry.
    #[must_use]
    pub fn sent_after(mut self, wait: Offset) -> Self {
        self.after = format_smolstr!("{wait}");
        self
    }

    /// Sends it even after the record left the stage (S49).
    #[must_use]
    pub const fn staying(mut self) -> Self {
        self.stays = true;
        self
    }

    /// Sends it under this condition only.
    #[must_use]
    pub fn when(mut self, condition: impl Into<Source>) -> Self {
        self.when = Some(condition.into());
        self
    }

    /// Says how often it is sent (S48).
    #[must_use]
    pub const fn repeating(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }
}

/// ```
/// use lifestage::Offset;
/// use lifestage::definition::{AutomationDef, TriggerDef};
///
/// let park = AutomationDef::new("park", TriggerDef::idle(Offset::days(30)), "mark_dormant")
///     .in_stages(["contacted", "engaged"])
///     .when("!has(notes)");
/// assert_eq!(park.on.idle, "30d");
/// ```
impl AutomationDef {
    /// An automation with this id that makes the move with this id.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, on: TriggerDef, mv: impl Into<SmolStr>) -> Self {
        Self { id: id.into(), on, mv: mv.into(), ..Self::default() }
    }

    /// Watches the records of these stages, or of wildcards as in a move's `from`.
    #[must_use]
    pub fn in_stages(mut self, stages: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.stages, stages);
        self
    }

    /// Makes the move under this condition only.
    #[must_use]
    pub fn when(mut self, condition: impl Into<Source>) -> Self {
        self.when = Some(condition.into());
        self
    }

    /// Answers what the move asks.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.input.insert(name, value);
        self
    }

    /// Lets it move a record backward (S7).
    #[must_use]
    pub const fn backward(mut self) -> Self {
        self.backward = true;
        self
    }
}

/// ```
/// use lifestage::Offset;
/// use lifestage::definition::TriggerDef;
///
/// assert_eq!(TriggerDef::after(Offset::weeks(2)).after, "2w");
/// assert_eq!(TriggerDef::changed(["budget"]).changed, ["budget"]);
/// ```
impl TriggerDef {
    /// So long after the record entered the stage.
    #[must_use]
    pub fn after(wait: Offset) -> Self {
        Self { after: format_smolstr!("{wait}"), ..Self::default() }
    }

    /// So long without anything happening to the record.
    #[must_use]
    pub fn idle(wait: Offset) -> Self {
        Self { idle: format_smolstr!("{wait}"), ..Self::default() }
    }

    /// When one of these fields changes.
    #[must_use]
    pub fn changed(fields: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        let mut trigger = Self::default();
        extend(&mut trigger.changed, fields);
        trigger
    }
}
