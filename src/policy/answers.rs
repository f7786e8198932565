//! Answers held against what is asked.

use alloc::string::String;

use crate::code::ReasonCode;
use crate::refusal::Reason;
use crate::value::{Fields, Value};

use super::Ask;

/// What is wrong with an answer. Words are made of it when they are wanted.
pub(crate) enum InputFault<'a> {
    Missing(&'a Ask),
    Unfit(&'a Ask, &'a Value, String),
    /// The answer needs a note.
    Note(&'a str),
    /// The note is not in words.
    BadNote(&'a Value),
    /// Nothing asks for this.
    Unasked(&'a str),
}

impl InputFault<'_> {
    pub(crate) fn reason(&self) -> Reason {
        let (code, message) = match self {
            Self::Missing(ask) => {
                (ReasonCode::MissingInput, alloc::format!("`{}` is missing", question(ask)))
            }
            Self::Unfit(ask, value, why) => {
                let message = alloc::format!("`{value}` is no answer to `{}`: {why}", question(ask));
                (ReasonCode::InvalidInput, message)
            }
            Self::Note(text) => (ReasonCode::MissingInput, alloc::format!("`{text}` needs a note")),
            Self::BadNote(value) => {
                let message = alloc::format!("`{value}` is no note: it is not of the type string");
                (ReasonCode::InvalidInput, message)
            }
            Self::Unasked(name) => (ReasonCode::InvalidInput, alloc::format!("`{name}` is not asked for")),
        };
        Reason::new(code, message).with("input", self.input())
    }

    /// The name of the input that it is about.
    pub(crate) fn input(&self) -> &str {
        match self {
            Self::Missing(ask) | Self::Unfit(ask, ..) => &ask.name,
            Self::Note(_) | Self::BadNote(_) => "note",
            Self::Unasked(name) => name,
        }
    }
}

fn question(ask: &Ask) -> &str {
    if ask.def.label.is_empty() { &ask.name } else { &ask.def.label }
}

/// Holds answers against what is asked. Where several places ask for one name, all must be content
/// (S11), and what is wrong with an answer is said once.
pub(crate) fn input_faults<'a>(
    asks: impl Iterator<Item = &'a Ask> + Clone,
    input: &'a Fields,
    mut found: impl FnMut(InputFault<'a>),
) {
    let blank = |value: &Value| matches!(value, Value::Text(text) if text.trim().is_empty());
    for ask in first_of_each(asks.clone()) {
        let mut same = asks.clone().filter(|other| other.name == ask.name);
        let Some(value) = input.get(&ask.name).filter(|value| !blank(value)) else {
            if same.any(|ask| !ask.def.optional) {
                found(InputFault::Missing(ask));
            }
            continue;
        };
        if let Some(why) = same.clone().find_map(|ask| unfit(ask, value)) {
            found(InputFault::Unfit(ask, value, why));
        }
        let Value::Text(text) = value else { continue };
        if same.any(|ask| ask.def.note_for.contains(text)) && input.get("note").is_none_or(blank) {
            found(InputFault::Note(text));
        }
    }
    for (name, value) in input.iter().filter(|(name, _)| !asks.clone().any(|ask| ask.name == *name)) {
        // A note may come with any answer, in words.
        match value {
            Value::Text(_) if name == "note" => {}
            value if name == "note" => found(InputFault::BadNote(value)),
            _ => found(InputFault::Unasked(name)),
        }
    }
}

/// Why a value is no answer, if it is none.
fn unfit(ask: &Ask, value: &Value) -> Option<String> {
    crate::fact_type::unfit(ask.def.field_type, &ask.def.one_of, value)
}

/// Of the asks with one name the first.
pub(crate) fn first_of_each<'a>(
    asks: impl Iterator<Item = &'a Ask> + Clone,
) -> impl Iterator<Item = &'a Ask> {
    let before = asks.clone();
    asks.enumerate()
        .filter(move |(place, ask)| !before.clone().take(*place).any(|other| other.name == ask.name))
        .map(|(_, ask)| ask)
}
