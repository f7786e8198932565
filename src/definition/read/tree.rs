//! JSON as a tree that keeps duplicate keys, knows each element's place as it was written, and can
//! be read by serde with the path of what went wrong.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use crate::finding::escaped;

/// One JSON value.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    Text(String),
    /// Elements with the index each had in the document.
    List(Vec<(usize, Node)>),
    Object(Vec<(String, Node)>),
}

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The first thing that serde could not read, and where.
#[derive(Debug)]
pub(super) struct Fault {
    /// From the fault outward.
    path: Vec<Step>,
    pub(super) kind: FaultKind,
}

#[derive(Debug)]
pub(super) enum FaultKind {
    Unknown { key: String, expected: &'static [&'static str] },
    Missing { key: &'static str },
    Other(String),
}

impl Fault {
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Key(key) => pointer.push_str(&format!("/{}", escaped(key))),
                Step::Index(index) => pointer.push_str(&format!("/{index}")),
            }
        }
        if let FaultKind::Unknown { key, .. } = &self.kind {
            pointer.push_str(&format!("/{}", escaped(key)));
        }
        pointer
    }

    fn within(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Unknown { key, .. } => write!(f, "unknown key `{key}`"),
            FaultKind::Missing { key } => write!(f, "missing key `{key}`"),
            FaultKind::Other(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { path: Vec::new(), kind: FaultKind::Other(message.to_string()) }
    }

    fn unknown_field(key: &str, expected: &'static [&'static str]) -> Self {
        Self { path: Vec::new(), kind: FaultKind::Unknown { key: key.to_owned(), expected } }
    }

    fn missing_field(key: &'static str) -> Self {
        Self { path: Vec::new(), kind: FaultKind::Missing { key } }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let words: Vec<String> = expected.iter().map(|word| format!("`{word}`")).collect();
        Self::custom(format_args!("`{variant}` is not one of {}", words.join(", ")))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("{} where {expected} is due", plain(found)))
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

/// What was found, in JSON's words.
fn plain(found: de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("the number `{value}`"),
        de::Unexpected::Signed(value) => format!("the number `{value}`"),
        de::Unexpected::Float(value) => format!("the number `{value}`"),
        de::Unexpected::Str(text) => format!("the text `{}`", text.chars().take(40).collect::<String>()),
        de::Unexpected::Unit | de::Unexpected::Option => String::from("`null`"),
        de::Unexpected::Seq => String::from("a list"),
        de::Unexpected::Map => String::from("an object"),
        other => other.to_string(),
    }
}

/// Reads a value from a tree.
pub(super) fn read<T: DeserializeOwned>(root: &Node) -> Result<T, Fault> {
    T::deserialize(root)
}

impl Node {
    /// Removes keys that come again in one object, telling each.
    pub(super) fn take_duplicates(&mut self, tell: &mut dyn FnMut(String, &str)) {
        self.duplicates_under(&String::new(), tell);
    }

    fn duplicates_under(&mut self, pointer: &str, tell: &mut dyn FnMut(String, &str)) {
        match self {
            Self::List(items) => {
                for (index, item) in items {
                    item.duplicates_under(&format!("{pointer}/{index}"), tell);
                }
            }
            Self::Object(entries) => {
                let mut seen = alloc::collections::BTreeSet::new();
                entries.retain(|(key, _)| {
                    let fresh = seen.insert(key.clone());
                    if !fresh {
                        tell(format!("{pointer}/{}", escaped(key)), key);
                    }
                    fresh
                });
                for (key, value) in entries {
                    value.duplicates_under(&format!("{pointer}/{}", escaped(key)), tell);
                }
            }
            _ => {}
        }
    }

    /// Removes what a fault is about, so that the rest can be read: an unknown key alone; otherwise
    /// the value at fault, or the nearest element around it that can be spared. False when that is
    /// the document itself.
    pub(super) fn mend(&mut self, fault: &Fault) -> bool {
        let mut path: Vec<&Step> = fault.path.iter().rev().collect();
        if let FaultKind::Unknown { key, .. } = &fault.kind {
            return self.at(&path).is_some_and(|node| node.remove(&Step::Key(key.clone())));
        }
        if matches!(fault.kind, FaultKind::Missing { .. }) {
            // Half an element is no element; outside of lists there is nothing to spare.
            while matches!(path.last(), Some(Step::Key(_))) {
                path.pop();
            }
        }
        let Some((last, parent)) = path.split_last() else { return false };
        self.at(parent).is_some_and(|node| node.remove(last))
    }

    fn at(&mut self, path: &[&Step]) -> Option<&mut Self> {
        let mut node = self;
        for step in path {
            node = match (node, step) {
                (Self::List(items), Step::Index(index)) => {
                    items.iter_mut().find(|(own, _)| own == index).map(|(_, item)| item)?
                }
                (Self::Object(entries), Step::Key(key)) => {
                    entries.iter_mut().find(|(own, _)| own == key).map(|(_, value)| value)?
                }
                _ => return None,
            };
        }
        Some(node)
    }

    fn remove(&mut self, step: &Step) -> bool {
        match (self, step) {
            (Self::List(items), Step::Index(index)) => {
                let before = items.len();
                items.retain(|(own, _)| own != index);
                items.len() < before
            }
            (Self::Object(entries), Step::Key(key)) => {
                let before = entries.len();
                entries.retain(|(own, _)| own != key);
                entries.len() < before
            }
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Bool(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Unsigned(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
                Ok(Node::Signed(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
                Ok(Node::Double(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Node, E> {
                Ok(Node::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push((items.len(), item));
                }
                Ok(Node::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Node::Object(entries))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}

impl<'de> Deserializer<'de> for &Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Unsigned(value) => visitor.visit_u64(*value),
            Node::Signed(value) => visitor.visit_i64(*value),
            Node::Double(value) => visitor.visit_f64(*value),
            Node::Text(text) => visitor.visit_str(text),
            Node::List(items) => visitor.visit_seq(Items(items.iter())),
            Node::Object(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Node::Text(text) => {
                let word: StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
                word.deserialize_enum(name, variants, visitor)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'n>(core::slice::Iter<'n, (usize, Node)>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((index, item)) = self.0.next() else { return Ok(None) };
        seed.deserialize(item).map(Some).map_err(|fault| fault.within(Step::Index(*index)))
    }
}

struct Entries<'n> {
    rest: core::slice::Iter<'n, (String, Node)>,
    value: Option<&'n (String, Node)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(entry);
        let key: StrDeserializer<'_, Fault> = entry.0.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, value)) = self.value.take() else {
            return Err(de::Error::custom("a value without a key"));
        };
        seed.deserialize(value).map_err(|fault| fault.within(Step::Key(key.clone())))
    }
}
