//! What can happen to a record that clocks take notice of (S54).

use crate::journal::{Row, RowKind};
use crate::value::Value;

/// Something that happens to a record and that can keep a promise or end its silence.
///
/// What is only planned, such as a meeting next week, has not happened.
///
/// ```
/// use lifestage::definition::Happening;
///
/// assert_eq!(Happening::from_name("call"), Some(Happening::Call));
/// assert!(!Happening::RESETS.contains(&Happening::Edit));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A call that was made.
    Call,
    /// A meeting that was held.
    Meeting,
    /// An e-mail that somebody wrote.
    Email,
    /// Something worth knowing that was written down.
    Note,
    /// A task that was done.
    Task,
    /// An automatic e-mail or text that was delivered.
    Message,
    /// A change of facts.
    Edit,
    /// A change of owner.
    Assignment,
    /// An action of the stage that was carried out, or reported done.
    Action,
}

/// The words of a document.
const HAPPENINGS: [(&str, Happening); 9] = [
    ("call", Happening::Call),
    ("meeting", Happening::Meeting),
    ("email", Happening::Email),
    ("note", Happening::Note),
    ("task", Happening::Task),
    ("message", Happening::Message),
    ("edit", Happening::Edit),
    ("assignment", Happening::Assignment),
    ("action", Happening::Action),
];

impl Happening {
    /// What ends the silence of a record where the document does not say.
    pub const RESETS: [Self; 6] =
        [Self::Call, Self::Meeting, Self::Email, Self::Note, Self::Task, Self::Message];

    /// Each of them with its word.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        HAPPENINGS.into_iter()
    }

    /// The word used in documents.
    pub fn name(self) -> &'static str {
        HAPPENINGS.iter().find(|(_, happening)| *happening == self).map_or("", |(name, _)| name)
    }

    /// The one with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        HAPPENINGS.iter().find(|(word, _)| *word == name).map(|(_, happening)| *happening)
    }

    /// What a row tells of, if it is one of these and has happened, as far as an erasure left it to be seen (S44).
    pub fn of(row: &Row) -> Option<Self> {
        let happening = match row.kind {
            RowKind::Call => Self::Call,
            RowKind::Meeting => Self::Meeting,
            RowKind::Email => Self::Email,
            RowKind::Note => Self::Note,
            RowKind::Task => Self::Task,
            RowKind::Edit => Self::Edit,
            RowKind::Assignment => Self::Assignment,
            RowKind::Action => Self::Action,
            _ => return None,
        };
        let says = |word| row.input.get(word) == Some(&Value::Bool(true));
        // A row that refers to none is the act itself, or what is said of something the first time.
        let is_first = row.refers_to.is_none();
        let happened = match happening {
            Self::Task => says("done"),
            // Whoever it is for, it was carried out; a report tells what became of it.
            Self::Action => is_first || (says("done") && !says("failed") && !says("undone")),
            // An erasure leaves no word of whether it was planned; but what finishes something took place.
            Self::Call | Self::Meeting | Self::Email if row.input.is_empty() => !is_first,
            _ => !row.is_planned(),
        };
        happened.then_some(happening)
    }
}
