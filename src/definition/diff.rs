//! What changed between two definitions, in words a person reads (S32).
//!
//! Things are matched by their stable ids (S21), so that a new name is a renaming and a new place an
//! order. Each type of the document is taken apart member by member, so that none is forgotten.

mod document;
mod label;
mod list;
mod shown;
mod stages;
mod words;
mod work;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use serde::Serialize;
use smol_str::SmolStr;

use super::Definition;
use crate::catalog::Outcome;
use crate::finding::At;

use label::Labels;
use shown::Shown;
use words::Words;

/// Every difference between two definitions; `$schema` does not count as one.
///
/// ```
/// use lifestage::definition::{self, Definition};
/// use lifestage::presets;
///
/// let old: Definition = serde_json::from_str(presets::LEAD)?;
/// let mut new = old.clone();
/// new.stages[4].name = "Attended".into();
/// new.policy.moves[3].when = Some("budget > 0".into());
///
/// let diff = definition::diff(&old, &new);
/// assert_eq!(diff.to_string(), "stage `showed` renamed to `Attended` (was `Showed`)\n\
///                               move `mark_won` now needs `budget > 0`");
/// assert!(diff.changes_meaning());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn diff(old: &Definition, new: &Definition) -> Diff {
    let mut differ = Differ { differences: Vec::new(), labels: Labels::new(old, new) };
    differ.document(old, new);
    let differences = differ.differences;
    let mut diff = Diff { differences, vanished_stages: Vec::new(), outcome_changes: Vec::new() };
    diff.stages(old, new);
    diff
}

/// What [`diff`] found: one difference after the other, in the order of the document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Diff {
    differences: Vec<Difference>,
    vanished_stages: Vec<SmolStr>,
    outcome_changes: Vec<OutcomeChange>,
}

impl Diff {
    /// Every difference.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Whether the two definitions are the same.
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether the two decide differently; else only names and looks changed (S19).
    pub fn changes_meaning(&self) -> bool {
        self.differences.iter().any(Difference::changes_meaning)
    }

    /// The stages that the new definition does not have; one that it archives is still there.
    pub fn vanished_stages(&self) -> &[SmolStr] {
        &self.vanished_stages
    }

    /// The stages that both have and whose outcome is another, whether they went to another category
    /// or their category changed.
    pub fn outcome_changes(&self) -> &[OutcomeChange] {
        &self.outcome_changes
    }

    fn stages(&mut self, old: &Definition, new: &Definition) {
        let (old_outcomes, new_outcomes) = (outcomes(old), outcomes(new));
        for (stage, old_outcome) in &old_outcomes {
            match new_outcomes.get(stage) {
                None => self.vanished_stages.push(SmolStr::new(stage)),
                Some(new_outcome) => {
                    let both = old_outcome.zip(*new_outcome);
                    if let Some((old, new)) = both.filter(|(old, new)| old != new) {
                        self.outcome_changes.push(OutcomeChange { stage: SmolStr::new(stage), old, new });
                    }
                }
            }
        }
        let place = |id: &SmolStr| old.stages.iter().position(|stage| stage.id == *id);
        self.vanished_stages.sort_by_cached_key(place);
        self.outcome_changes.sort_by_cached_key(|change| place(&change.stage));
    }
}

/// The outcome of each stage, as far as its category is known.
fn outcomes(document: &Definition) -> BTreeMap<&str, Option<Outcome>> {
    let categories: BTreeMap<_, _> = document.categories.iter().map(|c| (&c.id, c.outcome)).collect();
    let of = |category| categories.get(category).copied();
    document.stages.iter().map(|stage| (stage.id.as_str(), of(&stage.category))).collect()
}

impl fmt::Display for Diff {
    /// One line for each difference.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, difference) in self.differences.iter().enumerate() {
            if i > 0 {
                f.write_char('\n')?;
            }
            write!(f, "{difference}")?;
        }
        Ok(())
    }
}

/// A stage whose records would end otherwise than they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutcomeChange {
    /// The id of the stage.
    pub stage: SmolStr,
    /// Its outcome in the old definition.
    pub old: Outcome,
    /// Its outcome in the new one.
    pub new: Outcome,
}

/// One difference. `Display` says it in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    kind: DifferenceKind,
    subject: Subject,
    id: SmolStr,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Parent>,
    #[serde(skip_serializing_if = "str::is_empty")]
    part: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_pointer: Option<String>,
    changes_meaning: bool,
    #[serde(skip)]
    words: Words,
}

impl Difference {
    /// What kind of difference it is.
    pub const fn kind(&self) -> DifferenceKind {
        self.kind
    }

    /// What kind of thing differs.
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    /// The id of the thing that differs; empty for the policy and the limits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the thing belongs to, such as the stage of an action.
    pub const fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// The member of the document that differs, such as `icon` or `exit/when`; empty when it is the
    /// thing as a whole that came, went or changed places.
    pub const fn part(&self) -> &'static str {
        self.part
    }

    /// What stood there: a value, the name of what was removed, or the id of what it came after.
    pub fn old_text(&self) -> Option<&str> {
        self.old.as_deref()
    }

    /// What stands there now: a value, the name of what was added, or the id of what it comes after.
    pub fn new_text(&self) -> Option<&str> {
        self.new.as_deref()
    }

    /// The JSON pointer to the place in the old document, if it is written there.
    pub fn old_pointer(&self) -> Option<&str> {
        self.old_pointer.as_deref()
    }

    /// The JSON pointer to the place in the new document, if it is written there.
    pub fn new_pointer(&self) -> Option<&str> {
        self.new_pointer.as_deref()
    }

    /// Whether decisions can differ by it; else it is a matter of names and looks (S19).
    pub const fn changes_meaning(&self) -> bool {
        self.changes_meaning
    }
}

/// What a thing belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parent {
    /// What kind of thing it is.
    pub subject: Subject,
    /// Its id.
    pub id: SmolStr,
}

/// The kinds of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The new definition has it, the old has not.
    Added,
    /// The old definition has it, the new has not.
    Removed,
    /// It has another name for people.
    Renamed,
    /// One of its members differs.
    Changed,
    /// A stage is in another category.
    Moved,
    /// It stands elsewhere among its like.
    Reordered,
}

/// The kinds of things that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The definition itself.
    Pipeline,
    /// A field of the record.
    Field,
    /// A category.
    Category,
    /// A stage.
    Stage,
    /// A toggle of the policy.
    Policy,
    /// A move.
    Move,
    /// A place where a move starts.
    Source,
    /// Something that a move, a stage or a category asks.
    Input,
    /// A role.
    Role,
    /// A grant of a role.
    Grant,
    /// A queue.
    Queue,
    /// An action of a stage or a move.
    Action,
    /// An argument of an action, or an answer that an automation gives.
    Argument,
    /// A workflow.
    Workflow,
    /// A task of a workflow.
    Task,
    /// A message of a workflow.
    Message,
    /// An automation.
    Automation,
    /// A promise of time.
    Sla,
    /// A calendar.
    Calendar,
    /// The limits.
    Limits,
}

/// Differences as they are collected.
struct Differ<'d> {
    differences: Vec<Difference>,
    labels: Labels<'d>,
}

/// A thing that both documents have, and where each has it.
#[derive(Clone, Copy)]
struct Place<'a> {
    subject: Subject,
    id: &'a str,
    parent: Option<(Subject, &'a str)>,
    old: At<'a>,
    new: At<'a>,
}

/// A member of the document with the words for a difference in it.
#[derive(Clone, Copy)]
struct Part {
    key: &'static str,
    changes_meaning: bool,
    words: Words,
}

/// A member that decisions depend on.
const fn means(key: &'static str, words: Words) -> Part {
    Part { key, changes_meaning: true, words }
}

/// A member that only people see.
const fn looks(key: &'static str, words: Words) -> Part {
    Part { key, changes_meaning: false, words }
}

impl Differ<'_> {
    /// Notes a difference in one member, if there is one.
    fn part<T: Shown + ?Sized>(&mut self, place: &Place<'_>, part: Part, old: &T, new: &T) {
        if old.same(new) {
            return;
        }
        let (old, new) = (old.shown(), new.shown());
        let pointer = |at: At<'_>| match part.key {
            "" => alloc::format!("{at}"),
            key => alloc::format!("{at}/{key}"),
        };
        let rewritten = old == new && !matches!(part.words, Words::Prose(_));
        self.differences.push(Difference {
            kind: part.words.kind(),
            subject: place.subject,
            id: SmolStr::new(place.id),
            parent: place.parent(),
            part: part.key,
            old_pointer: old.is_some().then(|| pointer(place.old)),
            new_pointer: new.is_some().then(|| pointer(place.new)),
            old,
            new,
            changes_meaning: part.changes_meaning,
            words: if rewritten { Words::Form } else { part.words },
        });
    }
}

impl Place<'_> {
    fn parent(&self) -> Option<Parent> {
        self.parent.map(|(subject, id)| Parent { subject, id: SmolStr::new(id) })
    }
}
