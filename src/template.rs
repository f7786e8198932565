//! Texts with variables in them, filled from a record when a change is made (S46).
//!
//! A text of words and `{{ field }}` alone is taken apart here. Whatever says more is checked by [`grammar`], which
//! lets through what cannot run long or grow large, and carried out by a template library in [`engine`], behind the
//! feature `templates`. Both render the same; a property test sees to that.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::value::Value;

#[cfg(feature = "templates")]
mod engine;
#[cfg(feature = "templates")]
mod grammar;

/// Words that mean something in a template, so that no variable is called by them.
const KEYWORDS: [&str; 17] = [
    "and", "elif", "else", "false", "False", "for", "if", "in", "is", "loop", "none", "None", "not", "or",
    "self", "true", "True",
];

/// A text that is ready to be filled.
#[derive(Debug, Clone)]
pub(crate) struct Template(Form);

#[derive(Debug, Clone)]
enum Form {
    Pieces(Box<[Piece]>),
    #[cfg(feature = "templates")]
    Program(engine::Program),
}

#[derive(Debug, Clone)]
enum Piece {
    Text(Box<str>),
    Variable(SmolStr),
}

impl Template {
    /// Takes a text apart.
    ///
    /// # Errors
    /// A message that names the place and the text of what cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(pieces) = pieces(text) {
            return Ok(Self(Form::Pieces(pieces)));
        }
        #[cfg(feature = "templates")]
        {
            let variables = grammar::check(text)?;
            Ok(Self(Form::Program(engine::Program::new(text, variables.into())?)))
        }
        #[cfg(not(feature = "templates"))]
        Err("this build has no templates beyond `{{ field }}`: it is built without the feature `templates`"
            .into())
    }

    /// The variables, each by the name that it has in criteria.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &SmolStr> {
        let (pieces, names): (&[Piece], &[SmolStr]) = match &self.0 {
            Form::Pieces(pieces) => (pieces, &[]),
            #[cfg(feature = "templates")]
            Form::Program(program) => (&[], program.variables()),
        };
        let simple = pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name),
            Piece::Text(_) => None,
        });
        simple.chain(names)
    }

    /// The text with `value` in place of each variable. One without a value renders empty and is added to
    /// `missing`, unless the text provides for that. A text that cannot be rendered is empty as a whole, and
    /// `missing` gets an entry that begins with `error: `.
    pub(crate) fn render(&self, value: impl Fn(&str) -> Option<Value>, missing: &mut Vec<SmolStr>) -> String {
        match &self.0 {
            Form::Pieces(pieces) => fill(pieces, value, missing),
            #[cfg(feature = "templates")]
            Form::Program(program) => program.render(value, missing),
        }
    }

    /// The text, when nothing is to be filled in.
    pub(crate) fn plain(&self) -> Option<String> {
        match &self.0 {
            Form::Pieces(pieces) => match &**pieces {
                [] => Some(String::new()),
                [Piece::Text(text)] => Some(text.to_string()),
                _ => None,
            },
            #[cfg(feature = "templates")]
            Form::Program(_) => None,
        }
    }
}

/// A text of nothing but words and `{{ name }}`; nothing if it says more.
fn pieces(text: &str) -> Option<Box<[Piece]>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = opening(rest) {
        let (before, tag) = rest.split_at_checked(at)?;
        let (name, after) = tag.strip_prefix("{{")?.split_once("}}")?;
        let name = name.trim_matches(|c: char| c.is_ascii_whitespace());
        if !name.split('.').all(is_name) {
            return None;
        }
        if !before.is_empty() {
            pieces.push(Piece::Text(before.into()));
        }
        pieces.push(Piece::Variable(SmolStr::new(name)));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    Some(pieces.into())
}

fn fill(pieces: &[Piece], value: impl Fn(&str) -> Option<Value>, missing: &mut Vec<SmolStr>) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Variable(name) => match value(name) {
                Some(Value::Text(text)) => out.push_str(&text),
                Some(value) => out.push_str(&value.to_string()),
                None if missing.contains(name) => {}
                None => missing.push(name.clone()),
            },
        }
    }
    out
}

/// Where the first `{{`, `{%` or `{#` is.
fn opening(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes.windows(2).position(|pair| matches!(pair, [b'{', b'{' | b'%' | b'#']))
}

fn is_name(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !KEYWORDS.contains(&word)
}
