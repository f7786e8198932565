//! The canonical bytes that the hash chain covers. `docs/hash-chain.md` specifies them for other
//! languages; a change here is a new version byte.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;

use super::{FactChange, Row, RowKind, StageMark};
use crate::digest::{Digest, DigestError};
use crate::effect::Effect;
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// The version byte that every encoding begins with.
pub const ENCODING_VERSION: u8 = 1;

/// Sixteen unguessable bytes that keep a personal digest from being found by trying values (S44).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A salt from bytes of the host's own random source.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A salt from the operating system's random source.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    #[cfg(feature = "std")]
    pub fn random() -> Result<Self, std::io::Error> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::from)?;
        Ok(Self(bytes))
    }

    /// So many salts at once, for one question to the operating system.
    #[cfg(feature = "std")]
    pub(crate) fn many(count: usize) -> Result<Vec<Self>, std::io::Error> {
        let mut bytes = vec![[0_u8; 16]; count];
        getrandom::fill(bytes.as_flattened_mut()).map_err(std::io::Error::from)?;
        Ok(bytes.into_iter().map(Self).collect())
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Salt {
    type Err = DigestError;

    /// Reads 32 hexadecimal digits.
    ///
    /// # Errors
    /// [`DigestError`] when the text is anything else.
    fn from_str(text: &str) -> Result<Self, DigestError> {
        let mut padded = String::from(text);
        if text.len() == 32 {
            padded.extend(core::iter::repeat_n('0', 32));
        }
        let digest: Digest = padded.parse()?;
        let mut bytes = [0_u8; 16];
        bytes.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
        Ok(Self(bytes))
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <SmolStr as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl Row {
    /// Removes what may tell of a person; digests and hash stay, so that the chain holds (S44).
    pub fn erase(&mut self) {
        self.salt = None;
        self.reason = None;
        self.input = Fields::new();
        self.facts = Vec::new();
        self.was_lost_reason = None;
    }

    /// Whether what was personal in it is gone.
    pub fn is_erased(&self) -> bool {
        self.salt.is_none() && (self.personal != Digest::ZERO || self.effects != Digest::ZERO)
    }

    /// Fills in the digests and the hash, so that the row follows the row hashed `previous`.
    pub(crate) fn seal(&mut self, previous: Digest, salt: Salt, effects: &[Effect]) {
        let personal = self.has_personal();
        self.salt = (personal || !effects.is_empty()).then_some(salt);
        self.personal = if personal { self.personal_digest(&salt) } else { Digest::ZERO };
        self.effects = effects_digest(&salt, effects);
        self.previous = previous;
        self.hash = self.computed_hash();
    }

    /// The hash that the row's content gives.
    pub(crate) fn computed_hash(&self) -> Digest {
        let mut out = Encoder::new();
        out.text(&self.record);
        out.number(self.seq);
        out.byte(self.kind as u8);
        out.text(&self.pipeline);
        out.number(u64::from(self.definition));
        if self.kind == RowKind::Migration {
            out.optional(self.origin.as_ref(), |out, origin| {
                out.text(&origin.pipeline);
                out.number(u64::from(origin.definition));
            });
        }
        out.optional(self.mv.as_ref(), |out, mv| out.text(mv));
        out.optional(self.from.as_ref(), Encoder::mark);
        out.optional(self.to.as_ref(), Encoder::mark);
        out.optional(self.direction.as_ref(), |out, direction| out.byte(*direction as u8));
        out.text(&self.actor);
        out.byte(u8::from(self.automation));
        out.byte(u8::from(self.forced));
        out.byte(u8::from(self.start_unknown));
        out.optional(self.was_closed_at.as_ref(), Encoder::instant);
        out.optional(self.refers_to.as_ref(), |out, seq| out.number(*seq));
        out.instant(&self.effective_at);
        out.instant(&self.recorded_at);
        out.optional(self.key.as_ref(), |out, key| out.text(key));
        out.optional(self.request.as_ref(), |out, digest| out.bytes(digest.as_bytes()));
        out.optional(self.batch.as_ref(), |out, batch| out.text(batch));
        out.number(self.version_after);
        out.bytes(self.personal.as_bytes());
        out.bytes(self.effects.as_bytes());
        out.bytes(self.previous.as_bytes());
        Digest::of(&out.0)
    }

    /// Whether anything in the row is personal.
    pub(crate) fn has_personal(&self) -> bool {
        self.reason.is_some()
            || !self.input.is_empty()
            || !self.facts.is_empty()
            || self.was_lost_reason.is_some()
    }

    /// The digest that the row's personal content gives with this salt.
    pub(crate) fn personal_digest(&self, salt: &Salt) -> Digest {
        let mut out = Encoder::new();
        out.bytes(salt.as_bytes());
        out.optional(self.reason.as_ref(), |out, reason| out.text(reason));
        out.fields(&self.input);
        out.list(&self.facts, Encoder::fact);
        out.optional(self.was_lost_reason.as_ref(), |out, reason| out.text(reason));
        Digest::of(&out.0)
    }
}

/// The digest of what a row set in motion; zero for nothing.
pub(crate) fn effects_digest(salt: &Salt, effects: &[Effect]) -> Digest {
    if effects.is_empty() {
        return Digest::ZERO;
    }
    let mut out = Encoder::new();
    out.bytes(salt.as_bytes());
    out.list(effects, |out, effect| {
        out.number(u64::from(effect.index));
        out.text(&effect.action);
        out.text(effect.kind.name());
        out.text(effect.trigger.name());
        out.number(effect.visit);
        out.length(effect.args.len() + effect.schedule().count());
        // No argument has a name that begins with `=`.
        for (name, value) in effect.schedule() {
            out.text(name);
            out.value(&value);
        }
        for (name, value) in effect.args.iter() {
            out.text(name);
            out.value(value);
        }
        out.list(&effect.missing, |out, name| out.text(name));
    });
    Digest::of(&out.0)
}

/// The digest of what a request asks for (S14).
pub(crate) fn request_digest(parts: &[&str], input: &Fields) -> Digest {
    let mut out = Encoder::new();
    for part in parts {
        out.text(part);
    }
    out.fields(input);
    Digest::of(&out.0)
}

/// Writes length-prefixed fields: numbers and lengths big-endian.
struct Encoder(Vec<u8>);

impl Encoder {
    fn new() -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.push(ENCODING_VERSION);
        Self(bytes)
    }

    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn instant(&mut self, instant: &Timestamp) {
        self.0.extend_from_slice(&instant.as_micros().to_be_bytes());
    }

    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                write(self, value);
            }
        }
    }

    fn list<T>(&mut self, values: &[T], write: impl Fn(&mut Self, &T)) {
        self.length(values.len());
        values.iter().for_each(|value| write(self, value));
    }

    fn mark(&mut self, mark: &StageMark) {
        self.text(&mark.id);
        self.text(&mark.label);
        self.text(mark.outcome.name());
    }

    fn fact(&mut self, fact: &FactChange) {
        self.text(&fact.name);
        self.optional(fact.old.as_ref(), Self::value);
        self.optional(fact.new.as_ref(), Self::value);
    }

    fn fields(&mut self, fields: &Fields) {
        self.length(fields.len());
        for (name, value) in fields.iter() {
            self.text(name);
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(value) => {
                self.byte(1);
                self.byte(u8::from(*value));
            }
            Value::Int(value) => {
                self.byte(2);
                self.0.extend_from_slice(&value.to_be_bytes());
            }
            Value::Double(value) => {
                self.byte(3);
                self.0.extend_from_slice(&value.to_bits().to_be_bytes());
            }
            Value::Text(value) => {
                self.byte(4);
                self.text(value);
            }
            Value::List(values) => {
                self.byte(5);
                self.list(values, |out, value: &SmolStr| out.text(value));
            }
        }
    }
}
