//! Differences in words.

use core::fmt;

use super::{Difference, DifferenceKind, Subject};

/// How a difference in one member is said. The thing's own words come before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// The thing as a whole, by its kind of difference.
    Whole,
    /// Its name.
    Name,
    /// The category of a stage.
    Category,
    /// A switch: what is said when it is on, and when it is off.
    Switch(&'static str, &'static str),
    /// A value: what comes before it, and after it.
    Value(&'static str, &'static str),
    /// A text too long to repeat: what it is called.
    Prose(&'static str),
    /// The same condition, written as a text instead of a tree or the other way round.
    Form,
}

impl Words {
    pub(super) const fn kind(self) -> DifferenceKind {
        match self {
            Self::Name => DifferenceKind::Renamed,
            Self::Category => DifferenceKind::Moved,
            _ => DifferenceKind::Changed,
        }
    }
}

impl Subject {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Field => "field",
            Self::Category => "category",
            Self::Stage => "stage",
            Self::Policy => "policy",
            Self::Move => "move",
            Self::Source => "source",
            Self::Input => "input",
            Self::Role => "role",
            Self::Grant => "grant",
            Self::Queue => "queue",
            Self::Action => "action",
            Self::Argument => "argument",
            Self::Workflow => "workflow",
            Self::Task => "task",
            Self::Message => "message",
            Self::Automation => "automation",
            Self::Sla => "sla",
            Self::Calendar => "calendar",
            Self::Limits => "limits",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (old, new) = (self.old.as_deref(), self.new.as_deref());
        match self.words {
            Words::Whole => self.whole(f),
            Words::Prose(what) => {
                write!(f, "the {what} of ")?;
                self.thing(f)?;
                f.write_str(match (old, new) {
                    (None, _) => " was added",
                    (_, None) => " was removed",
                    _ => " changed",
                })
            }
            words => {
                self.thing(f)?;
                f.write_str(" ")?;
                words.say(f, old, new)
            }
        }
    }
}

impl Words {
    fn say(self, f: &mut fmt::Formatter<'_>, old: Option<&str>, new: Option<&str>) -> fmt::Result {
        match (self, old, new) {
            (Self::Switch(on, _), _, Some(_)) => f.write_str(on),
            (Self::Switch(_, off), _, None) => f.write_str(off),
            (Self::Name, Some(old), Some(new)) => write!(f, "renamed to `{new}` (was `{old}`)"),
            (Self::Name, None, Some(new)) => write!(f, "is now called `{new}`"),
            (Self::Name, Some(old), None) => write!(f, "is no longer called `{old}`"),
            (Self::Category, Some(old), Some(new)) => write!(f, "moved from category `{old}` to `{new}`"),
            (Self::Value(verb, tail), ..) => {
                let (is, verb) = match verb.strip_prefix("is ") {
                    Some(rest) => ("is ", rest),
                    None => ("", verb),
                };
                match (old, new) {
                    (Some(old), Some(new)) => {
                        write!(f, "{is}now {verb} `{new}` instead of `{old}`{tail}")
                    }
                    (_, Some(new)) => write!(f, "{is}now {verb} `{new}`{tail}"),
                    (old, None) => write!(f, "{is}no longer {verb} `{}`{tail}", old.unwrap_or_default()),
                }
            }
            _ => f.write_str("is written in another form"),
        }
    }
}

impl Difference {
    /// The thing that differs: `action `x` of stage `y``.
    fn thing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Subject::Source, Some(mv)) = (self.subject, &self.parent) {
            return write!(f, "move `{}` from `{}`", mv.id, self.id);
        }
        write!(f, "{}", self.subject)?;
        if !matches!(self.subject, Subject::Policy | Subject::Limits) {
            write!(f, " `{}`", self.id)?;
        }
        match &self.parent {
            Some(parent) => write!(f, " of {} `{}`", parent.subject, parent.id),
            None => Ok(()),
        }
    }

    /// That the thing came, went or changed places.
    fn whole(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let added = self.kind == DifferenceKind::Added;
        match (self.kind, self.subject, &self.parent) {
            (DifferenceKind::Reordered, ..) => {
                self.thing(f)?;
                match &self.new {
                    Some(before) => write!(f, " now comes after `{before}`"),
                    None => f.write_str(" now comes first"),
                }
            }
            (_, Subject::Source, Some(mv)) => {
                let verb = if added { "now starts from" } else { "no longer starts from" };
                write!(f, "move `{}` {verb} `{}`", mv.id, self.id)?;
                self.aside(f)
            }
            (_, Subject::Grant, Some(role)) => {
                let verb = if added { "can now" } else { "can no longer" };
                write!(f, "role `{}` {verb} `{}`", role.id, self.id)
            }
            _ => {
                self.thing(f)?;
                self.aside(f)?;
                f.write_str(if added { " added" } else { " removed" })
            }
        }
    }

    /// The name of what came or went.
    fn aside(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.new.as_ref().or(self.old.as_ref()) {
            Some(name) => write!(f, " (`{name}`)"),
            None => Ok(()),
        }
    }
}
