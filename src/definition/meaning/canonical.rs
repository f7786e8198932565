//! JSON without white space, written straight into a digest.

use alloc::string::String;
use core::fmt::{self, Write as _};

use serde::Serialize;
use smol_str::SmolStr;

use super::super::{Named, is_default};
use crate::criteria::Source;
use crate::digest::{Digest, Hashing};

/// How many bytes are gathered before they are hashed.
const CHUNK: usize = 4096;

/// A document being written: the same bytes as serde's JSON, with commas put where they belong.
pub(super) struct Canonical {
    pending: String,
    hashing: Hashing,
    /// Whether a value has been written since the last opening bracket or member name.
    follows: bool,
    /// Something cannot be written: a condition that could not be read.
    unwritable: bool,
}

impl Canonical {
    pub(super) fn new() -> Self {
        Self {
            pending: String::with_capacity(CHUNK + CHUNK / 4),
            hashing: Hashing::new(),
            follows: false,
            unwritable: false,
        }
    }

    /// The digest of all that was written; that of nothing, when something could not be.
    pub(super) fn finish(mut self) -> Digest {
        if self.unwritable {
            return Digest::of(&[]);
        }
        self.hashing.add(self.pending.as_bytes());
        self.hashing.finish()
    }

    /// The name of an object's member; its value has to follow.
    pub(super) fn member(&mut self, name: &'static str) -> &mut Self {
        self.separate();
        self.pending.push('"');
        self.pending.push_str(name);
        self.pending.push_str("\":");
        self.follows = false;
        self
    }

    pub(super) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.enclosed('{', '}', members);
    }

    pub(super) fn list<'i, T: 'i>(
        &mut self,
        items: impl IntoIterator<Item = &'i T>,
        mut write: impl FnMut(&mut Self, &'i T),
    ) {
        self.enclosed('[', ']', |out| items.into_iter().for_each(|item| write(out, item)));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.separate();
        self.pending.push('"');
        if text.bytes().all(|byte| byte >= 0x20 && !matches!(byte, b'"' | b'\\')) {
            self.pending.push_str(text);
        } else {
            self.escaped(text);
        }
        self.pending.push('"');
    }

    /// What has nothing to escape in it, as a text.
    pub(super) fn quoted(&mut self, shown: impl fmt::Display) {
        self.separate();
        // A text takes whatever is written to it.
        let _ = write!(self.pending, "\"{shown}\"");
    }

    /// A number, as a text.
    pub(super) fn quoted_number(&mut self, number: u32) {
        self.separate();
        self.pending.push('"');
        self.digits(number);
        self.pending.push('"');
    }

    fn digits(&mut self, number: u32) {
        if number > 9 {
            self.digits(number / 10);
        }
        self.pending.push(char::from_digit(number % 10, 10).unwrap_or_default());
    }

    /// What counts as it is.
    pub(super) fn value<T: Serialize>(&mut self, value: &T) {
        self.separate();
        match serde_json::to_string(value) {
            Ok(json) => self.pending.push_str(&json),
            Err(_) => self.unwritable = true,
        }
    }

    pub(super) fn criterion(&mut self, source: &Source) {
        match source.as_text() {
            Some(text) => self.text(text),
            None => self.value(source),
        }
    }

    pub(super) fn flag(&mut self, name: &'static str, set: bool) {
        if set {
            self.member(name).separate();
            self.pending.push_str("true");
        }
    }

    pub(super) fn text_unless_empty(&mut self, name: &'static str, text: &str) {
        if !text.is_empty() {
            self.member(name).text(text);
        }
    }

    pub(super) fn texts_unless_empty(&mut self, name: &'static str, texts: &[SmolStr]) {
        self.list_unless_empty(name, texts, |out, text| out.text(text));
    }

    pub(super) fn list_unless_empty<'i, T>(
        &mut self,
        name: &'static str,
        items: &'i [T],
        write: impl FnMut(&mut Self, &'i T),
    ) {
        if !items.is_empty() {
            self.member(name).list(items, write);
        }
    }

    pub(super) fn named_unless_empty<T>(
        &mut self,
        name: &'static str,
        items: &Named<T>,
        write: impl Fn(&mut Self, &T),
    ) {
        if items.is_empty() {
            return;
        }
        self.member(name).object(|out| {
            for (key, item) in items.iter() {
                out.text(key);
                out.pending.push(':');
                out.follows = false;
                write(out, item);
            }
        });
    }

    pub(super) fn value_if_any<T: Serialize>(&mut self, name: &'static str, value: Option<&T>) {
        if let Some(value) = value {
            self.member(name).value(value);
        }
    }

    pub(super) fn criterion_if_any(&mut self, name: &'static str, source: Option<&Source>) {
        if let Some(source) = source {
            self.member(name).criterion(source);
        }
    }

    pub(super) fn value_unless_default<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        value: &T,
    ) {
        if !is_default(value) {
            self.member(name).value(value);
        }
    }

    fn enclosed(&mut self, open: char, close: char, inside: impl FnOnce(&mut Self)) {
        self.separate();
        self.pending.push(open);
        self.follows = false;
        inside(self);
        self.pending.push(close);
        self.follows = true;
        if self.pending.len() >= CHUNK {
            self.hashing.add(self.pending.as_bytes());
            self.pending.clear();
        }
    }

    /// The comma between what was written and what comes.
    fn separate(&mut self) {
        if self.follows {
            self.pending.push(',');
        }
        self.follows = true;
    }

    #[cold]
    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            let _ = match character {
                '"' => self.pending.write_str("\\\""),
                '\\' => self.pending.write_str("\\\\"),
                '\u{8}' => self.pending.write_str("\\b"),
                '\t' => self.pending.write_str("\\t"),
                '\n' => self.pending.write_str("\\n"),
                '\u{c}' => self.pending.write_str("\\f"),
                '\r' => self.pending.write_str("\\r"),
                '\0'..='\u{1f}' => write!(self.pending, "\\u{:04x}", u32::from(character)),
                _ => self.pending.write_char(character),
            };
        }
    }
}
