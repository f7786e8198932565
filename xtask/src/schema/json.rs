//! JSON whose objects keep the order they were built in.

use serde::{Serialize, Serializer};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Bool(bool),
    Number(u32),
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

/// A JSON object, in the order of insertion.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object(Vec<(String, Json)>);

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a member at the end.
    pub(crate) fn with(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
        self.0.push((key.into(), value.into()));
        self
    }

    /// Adds a text unless it is empty.
    pub(crate) fn with_text(self, key: &str, text: &str) -> Self {
        if text.is_empty() { self } else { self.with(key, text) }
    }

    /// Adds the members of another object at the end.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => value.serialize(serializer),
            Self::Number(value) => value.serialize(serializer),
            Self::Text(value) => value.serialize(serializer),
            Self::List(values) => values.serialize(serializer),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

macro_rules! json_from {
    ($($source:ty => $build:expr),* $(,)?) => {$(
        impl From<$source> for Json {
            fn from(value: $source) -> Self {
                $build(value)
            }
        }
    )*};
}

json_from! {
    bool => Self::Bool,
    u32 => Self::Number,
    &str => |value: &str| Self::Text(value.to_owned()),
    String => Self::Text,
    Vec<Json> => Self::List,
    Vec<Object> => |values: Vec<Object>| Self::List(values.into_iter().map(Self::Object).collect()),
    Vec<String> => |values: Vec<String>| Self::List(values.into_iter().map(Self::Text).collect()),
    Object => Self::Object,
}
