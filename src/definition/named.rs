//! What the document writes in more than one way: ordered objects keyed by name, and the short
//! forms (a type alone, a stage alone, a condition alone).

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use super::{ExitDef, ExitScope, FieldDef, FieldFormat, InputDef, MoveKind, SourceDef, Sources, is_default};
use crate::criteria::{FieldType, Source};

/// How many names are searched one by one.
const FEW: usize = 32;

/// An object whose keys are names, in the order written, each name once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<T>(Vec<(SmolStr, T)>);

impl<T> Named<T> {
    /// Nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The entry of `name`.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Sets `name`, at its place when it is there and at the end when it is not.
    pub fn insert(&mut self, name: impl Into<SmolStr>, value: T) {
        let name = name.into();
        match self.0.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Names and entries in the order written.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&SmolStr, &T)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// Names and entries to be changed, in the order written.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&SmolStr, &mut T)> {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }

    /// The entries as they are kept. Whoever puts one in sees to it that its name is new.
    pub(crate) const fn entries_mut(&mut self) -> &mut Vec<(SmolStr, T)> {
        &mut self.0
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamedVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedVisitor<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut named = Named::new();
                // A stranger's object may be large: beyond a few names they are not searched one by one.
                let mut many = BTreeSet::new();
                while let Some((name, value)) = map.next_entry::<SmolStr, T>()? {
                    let known =
                        if named.len() < FEW { named.get(&name).is_some() } else { many.contains(&name) };
                    if known {
                        return Err(de::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    named.0.push((name.clone(), value));
                    if named.len() == FEW {
                        many.extend(named.0.iter().map(|(name, _)| name.clone()));
                    } else if named.len() > FEW {
                        many.insert(name);
                    }
                }
                Ok(named)
            }
        }

        deserializer.deserialize_map(NamedVisitor(PhantomData))
    }
}

/// Deserializes `$type` from the short form (a string, given to `$short`) or from an object read
/// as `$long`.
macro_rules! short_or_long {
    ($type:ty, $expecting:literal, |$text:ident| $short:expr, $long:ty) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ShortOrLong;

                impl<'de> Visitor<'de> for ShortOrLong {
                    type Value = $type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }

                    fn visit_str<E: de::Error>(self, $text: &str) -> Result<$type, E> {
                        $short
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        <$long>::deserialize(MapAccessDeserializer::new(map)).map(Into::into)
                    }
                }

                deserializer.deserialize_any(ShortOrLong)
            }
        }
    };
}

/// Reads the name of a field type with serde, so that its names stand in one place.
fn field_type<E: de::Error>(text: &str) -> Result<FieldType, E> {
    FieldType::deserialize(de::value::StrDeserializer::new(text))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongField {
    #[serde(rename = "type")]
    field_type: FieldType,
    #[serde(default)]
    label: String,
    #[serde(default)]
    one_of: Vec<SmolStr>,
    #[serde(default)]
    indexed: bool,
    #[serde(default)]
    format: Option<FieldFormat>,
    #[serde(default)]
    region: SmolStr,
}

impl From<LongField> for FieldDef {
    fn from(long: LongField) -> Self {
        let LongField { field_type, label, one_of, indexed, format, region } = long;
        Self { field_type, label, one_of, indexed, format, region }
    }
}

impl From<FieldType> for FieldDef {
    fn from(field_type: FieldType) -> Self {
        Self {
            field_type,
            label: String::new(),
            one_of: Vec::new(),
            indexed: false,
            format: None,
            region: SmolStr::default(),
        }
    }
}

short_or_long!(FieldDef, "a field type or an object", |text| field_type(text).map(FieldDef::from), LongField);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongInput {
    #[serde(rename = "type")]
    field_type: FieldType,
    #[serde(default)]
    label: String,
    #[serde(default)]
    one_of: Vec<SmolStr>,
    #[serde(default)]
    note_for: Vec<SmolStr>,
    #[serde(default)]
    optional: bool,
}

impl From<LongInput> for InputDef {
    fn from(long: LongInput) -> Self {
        let LongInput { field_type, label, one_of, note_for, optional } = long;
        Self { field_type, label, one_of, note_for, optional }
    }
}

impl From<FieldType> for InputDef {
    fn from(field_type: FieldType) -> Self {
        Self { field_type, label: String::new(), one_of: Vec::new(), note_for: Vec::new(), optional: false }
    }
}

short_or_long!(InputDef, "a type or an object", |text| field_type(text).map(InputDef::from), LongInput);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongSource {
    stage: SmolStr,
    #[serde(default, skip_serializing_if = "is_default")]
    kind: MoveKind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    label: String,
}

impl From<LongSource> for SourceDef {
    fn from(long: LongSource) -> Self {
        let LongSource { stage, kind, label } = long;
        Self { stage, kind, label }
    }
}

impl From<&str> for SourceDef {
    fn from(stage: &str) -> Self {
        Self { stage: SmolStr::new(stage), ..Self::default() }
    }
}

short_or_long!(SourceDef, "a stage or an object", |text| Ok(SourceDef::from(text)), LongSource);

impl Serialize for SourceDef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.kind == MoveKind::Ordinary && self.label.is_empty() {
            return self.stage.serialize(serializer);
        }
        LongSource { stage: self.stage.clone(), kind: self.kind, label: self.label.clone() }
            .serialize(serializer)
    }
}

impl Serialize for Sources {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [only] = self.0.as_slice() {
            return only.serialize(serializer);
        }
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for source in &self.0 {
            seq.serialize_element(source)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for Sources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Sources;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a stage or a list of stages")
            }

            fn visit_str<E>(self, text: &str) -> Result<Sources, E> {
                Ok(Sources(alloc::vec![SourceDef::from(text)]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Sources, A::Error> {
                let source = LongSource::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Sources(alloc::vec![source.into()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sources, A::Error> {
                let mut sources = Vec::new();
                while let Some(source) = seq.next_element()? {
                    sources.push(source);
                }
                Ok(Sources(sources))
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongExit {
    when: Source,
    #[serde(default)]
    applies_to: ExitScope,
}

impl From<LongExit> for ExitDef {
    fn from(long: LongExit) -> Self {
        let LongExit { when, applies_to } = long;
        Self { when, applies_to }
    }
}

short_or_long!(
    ExitDef,
    "a condition or an object with `when`",
    |text| Ok(ExitDef { when: Source::from(text), applies_to: ExitScope::default() }),
    LongExit
);
