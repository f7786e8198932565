//! JSON as a tree that keeps duplicate keys, knows each element's place as it was written, and can
//! be read by serde with the path of what went wrong.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use crate::finding::escaped;

use super::fault::{Fault, Step, no_word};

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

/// Reads a value from a tree.
pub(super) fn read<T: DeserializeOwned>(root: &Node) -> Result<T, Fault> {
    T::deserialize(root)
}

impl Node {
    /// What it is, for serde to tell.
    fn found(&self) -> de::Unexpected<'_> {
        match self {
            Self::Null => de::Unexpected::Unit,
            Self::Bool(value) => de::Unexpected::Bool(*value),
            Self::Unsigned(value) => de::Unexpected::Unsigned(*value),
            Self::Signed(value) => de::Unexpected::Signed(*value),
            Self::Double(value) => de::Unexpected::Float(*value),
            Self::Text(text) => de::Unexpected::Str(text),
            Self::List(_) => de::Unexpected::Seq,
            Self::Object(_) => de::Unexpected::Map,
        }
    }

    /// Removes keys that come again in one object, telling each.
    pub(super) fn take_duplicates(&mut self, tell: &mut dyn FnMut(String, &str)) {
        self.duplicates_under("", tell);
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

    /// The value at the end of a path.
    pub(super) fn at(&self, path: &[Step]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| match (node, step) {
            (Self::List(items), Step::Index(index)) => {
                items.iter().find(|(own, _)| own == index).map(|(_, item)| item)
            }
            (Self::Object(entries), Step::Key(key)) => {
                entries.iter().find(|(own, _)| own == key).map(|(_, value)| value)
            }
            _ => None,
        })
    }

    /// The value at the end of a path, to be changed.
    pub(super) fn at_mut(&mut self, path: &[Step]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, step| match (node, step) {
            (Self::List(items), Step::Index(index)) => {
                items.iter_mut().find(|(own, _)| own == index).map(|(_, item)| item)
            }
            (Self::Object(entries), Step::Key(key)) => {
                entries.iter_mut().find(|(own, _)| own == key).map(|(_, value)| value)
            }
            _ => None,
        })
    }

    /// Removes the value at the end of a path. False when there is none.
    pub(super) fn remove(&mut self, path: &[Step]) -> bool {
        let Some((last, parent)) = path.split_last() else { return false };
        match (self.at_mut(parent), last) {
            (Some(Self::List(items)), Step::Index(index)) => {
                let before = items.len();
                items.retain(|(own, _)| own != index);
                items.len() < before
            }
            (Some(Self::Object(entries)), Step::Key(key)) => {
                let before = entries.len();
                entries.retain(|(own, _)| own != key);
                entries.len() < before
            }
            _ => false,
        }
    }

    /// The place in the document as it was written of what `pointer` names: elements by the index
    /// they had, and short forms (a stage alone, a condition alone) by what stands for them.
    pub(super) fn written(&self, pointer: &str) -> String {
        let mut node = Some(self);
        let mut place = String::new();
        for key in pointer.split('/').skip(1) {
            if let Some(Self::List(items)) = node {
                let index: Option<usize> = key.parse().ok();
                // A list of one, where the element alone would do, is not spelt out.
                let item = items.get(index.unwrap_or_default());
                if let Some((own, item)) = item {
                    place.push_str(&format!("/{own}"));
                    node = Some(item);
                    if index.is_some() {
                        continue;
                    }
                }
            }
            match node {
                Some(Self::Object(entries)) => {
                    let inner = entries.iter().find(|(own, _)| escaped(own) == key);
                    // One element may stand for a list of one.
                    if inner.is_none() && key == "0" {
                        continue;
                    }
                    node = inner.map(|(_, value)| value);
                }
                None => {}
                // A short form has nothing inside that could be pointed at.
                Some(_) => break,
            }
            place.push('/');
            place.push_str(key);
        }
        place
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

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Node::List(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Node::Text(text) => {
                let word: StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
                word.deserialize_enum(name, words, visitor)
            }
            _ => Err(no_word(self.found(), words)),
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
        unit_struct seq tuple tuple_struct map identifier ignored_any
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
