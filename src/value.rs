//! Facts: the values of a record's fields and of a move's input.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::time::{Span, Timestamp};

/// The value of one field. JSON's scalars and lists of strings; there is no null, because a field
/// without a value is absent. Fields declared `timestamp` or `duration` hold their text form.
///
/// ```
/// use lifestage::Value;
///
/// assert_eq!(Value::from(5000), Value::Int(5000));
/// assert_eq!(Value::from("web").to_string(), "web");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number of 64 bits.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// Text; also timestamps (RFC 3339) and durations (`90m`).
    Text(SmolStr),
    /// A list of texts.
    List(Vec<SmolStr>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value:?}"),
            Self::Text(value) => f.write_str(value),
            Self::List(values) => {
                f.write_str("[")?;
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    f.write_str(value)?;
                }
                f.write_str("]")
            }
        }
    }
}

macro_rules! value_from {
    ($($source:ty => $build:expr),* $(,)?) => {$(
        impl From<$source> for Value {
            fn from(value: $source) -> Self {
                $build(value)
            }
        }
    )*};
}

value_from! {
    bool => Self::Bool,
    i64 => Self::Int,
    i32 => |value| Self::Int(i64::from(value)),
    u32 => |value| Self::Int(i64::from(value)),
    f64 => Self::Double,
    &str => |value| Self::Text(SmolStr::new(value)),
    String => |value| Self::Text(SmolStr::from(value)),
    SmolStr => Self::Text,
    Vec<SmolStr> => Self::List,
    Vec<&str> => |value: Vec<&str>| Self::List(value.into_iter().map(SmolStr::new).collect()),
    Timestamp => |value| Self::Text(smol_str::format_smolstr!("{value}")),
    Span => |value| Self::Text(smol_str::format_smolstr!("{value}")),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true, false or a list of strings")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value)
            .map(Value::Int)
            .map_err(|_| E::custom(format_args!("the number {value} is too large")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(SmolStr::new(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }
}

/// Named values, ordered by name, each name once. Small: a sorted vector, no hashing.
///
/// ```
/// use lifestage::{Fields, Value};
///
/// let facts = Fields::from_iter([("source", Value::from("web")), ("budget", Value::from(7500))]);
/// assert_eq!(facts.get("budget"), Some(&Value::Int(7500)));
/// assert_eq!(facts.keys().collect::<Vec<_>>(), ["budget", "source"]);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Vec<(SmolStr, Value)>);

impl Fields {
    /// No values.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of `name`, if it has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.position(name).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Sets `name` and returns the value it had.
    pub fn insert(&mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        match self.position(&name) {
            Ok(at) => self.0.get_mut(at).map(|(_, old)| core::mem::replace(old, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    /// Removes `name` and returns the value it had.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.position(name).ok()?;
        Some(self.0.remove(at).1)
    }

    /// The names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Names and values, in order of name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(key, _)| key.as_str().cmp(name))
    }
}

impl<K: Into<SmolStr>, V: Into<Value>> FromIterator<(K, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(values: I) -> Self {
        let mut fields = Self::new();
        for (name, value) in values {
            fields.insert(name, value);
        }
        fields
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    /// Reads an object; `null` means absent, a name that comes twice is an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of field values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut values: Vec<(SmolStr, Option<Value>)> = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    values.push(entry);
                }
                // Sorted once, not name by name: a stranger's object may be large and in any order.
                values.sort_by(|(a, _), (b, _)| a.cmp(b));
                let doubled = values.windows(2).find_map(|pair| match pair {
                    [(a, _), (b, _)] if a == b => Some(a),
                    _ => None,
                });
                if let Some(name) = doubled {
                    return Err(de::Error::custom(format_args!("duplicate field `{name}`")));
                }
                let given = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
                Ok(Fields(given.collect()))
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}
