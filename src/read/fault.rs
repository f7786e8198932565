//! What serde could not read, where, and in the words of JSON.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de;

use crate::finding::escaped;

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The JSON pointer of a path from the root.
pub(super) fn pointer(path: &[Step]) -> String {
    let mut pointer = String::new();
    for step in path {
        match step {
            Step::Key(key) => pointer.push_str(&format!("/{}", escaped(key))),
            Step::Index(index) => pointer.push_str(&format!("/{index}")),
        }
    }
    pointer
}

/// The first thing that serde could not read, and where.
#[derive(Debug)]
pub(super) struct Fault {
    /// From the fault outward.
    outward: Vec<Step>,
    pub(super) kind: FaultKind,
}

#[derive(Debug)]
pub(super) enum FaultKind {
    /// A key that the object at fault does not have.
    Unknown { key: String, expected: &'static [&'static str] },
    /// A key that the object at fault lacks.
    Missing { key: &'static str },
    /// A text that is not one of these words.
    Word { text: String, expected: &'static [&'static str] },
    /// Anything else.
    Other(String),
}

impl Fault {
    /// The way to the value at fault, from the root.
    pub(super) fn path(&self) -> Vec<Step> {
        self.outward.iter().rev().cloned().collect()
    }

    pub(super) fn within(mut self, step: Step) -> Self {
        self.outward.push(step);
        self
    }

    fn new(kind: FaultKind) -> Self {
        Self { outward: Vec::new(), kind }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Unknown { key, expected } => {
                write!(f, "the key `{key}` means nothing here{}", hint(key, expected))
            }
            FaultKind::Missing { key } => write!(f, "the key `{key}` is missing"),
            FaultKind::Word { text, expected } => {
                write!(f, "`{}` is not one of {}{}", cut(text), listed(expected), hint(text, expected))
            }
            FaultKind::Other(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(FaultKind::Other(message.to_string()))
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        Self::new(FaultKind::Unknown { key: key.to_owned(), expected })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(FaultKind::Missing { key })
    }

    fn unknown_variant(text: &str, expected: &'static [&'static str]) -> Self {
        Self::new(FaultKind::Word { text: text.to_owned(), expected })
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("{} where {} is due", plain(found), wanted(&expected.to_string())))
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

/// The fault of a value that stands where one of `expected` is due.
pub(super) fn no_word(found: de::Unexpected<'_>, expected: &[&str]) -> Fault {
    de::Error::custom(format_args!("{} where one of {} is due", plain(found), listed(expected)))
}

fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn hint(text: &str, expected: &[&str]) -> String {
    match crate::criteria::nearest(text, expected.iter().copied()) {
        Some(near) => format!(", did you mean `{near}`?"),
        None => String::new(),
    }
}

/// The beginning of a text, to be shown.
fn cut(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

/// What was found, in JSON's words.
pub(super) fn plain(found: de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("the number `{value}`"),
        de::Unexpected::Signed(value) => format!("the number `{value}`"),
        de::Unexpected::Float(value) => format!("the number `{value}`"),
        de::Unexpected::Str(text) => format!("the text `{}`", cut(text)),
        de::Unexpected::Unit | de::Unexpected::Option => String::from("`null`"),
        de::Unexpected::Seq => String::from("a list"),
        de::Unexpected::Map => String::from("an object"),
        other => other.to_string(),
    }
}

/// What serde expected, in JSON's words.
fn wanted(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "an object",
        "u8" => "a whole number from 0 to 255",
        "u32" => "a whole number from 0 to 4294967295",
        structure if structure.starts_with("struct ") => "an object",
        other => other,
    }
}
