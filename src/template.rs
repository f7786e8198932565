//! Texts with `{{ field }}` in them, filled from a record when a change is made (S46).

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use smol_str::SmolStr;

/// A text in pieces. `{{{{` stands for `{{`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Box<[Piece]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    Variable(SmolStr),
}

impl Template {
    /// Takes a text apart.
    ///
    /// # Errors
    /// A message that names the place of an opening without a closing, or of an empty variable.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            plain.push_str(before);
            if let Some(after) = after.strip_prefix("{{") {
                plain.push_str("{{");
                rest = after;
                continue;
            }
            let offset = text.len() - after.len() - 2;
            let (name, after) =
                after.split_once("}}").ok_or_else(|| alloc::format!("`{{{{` at {offset} is never closed"))?;
            let name = name.trim();
            if name.is_empty() {
                return Err(alloc::format!("`{{{{ }}}}` at {offset} names no field"));
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(core::mem::take(&mut plain).into()));
            }
            pieces.push(Piece::Variable(SmolStr::new(name)));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain.into()));
        }
        Ok(Self { pieces: pieces.into() })
    }

    /// The variables, in order.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &SmolStr> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name),
            Piece::Text(_) => None,
        })
    }

    /// The text with `value` in place of each variable; a variable without one renders empty and is
    /// added to `missing`.
    pub(crate) fn render(
        &self,
        value: impl Fn(&str) -> Option<String>,
        missing: &mut Vec<SmolStr>,
    ) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Variable(name) => match value(name) {
                    Some(value) => out.push_str(&value),
                    None if missing.contains(name) => {}
                    None => missing.push(name.clone()),
                },
            }
        }
        out
    }

    /// The text, when it has no variable.
    pub(crate) fn plain(&self) -> Option<String> {
        match &*self.pieces {
            [] => Some(String::new()),
            [Piece::Text(text)] => Some(text.to_string()),
            _ => None,
        }
    }
}
