//! A criterion as it stands in a definition: text or tree.

use alloc::string::String;
use core::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::error::CriteriaError;
use super::expr::Expr;
use super::limits::Limits;
use super::tree::{Reading, Tree};

/// A criterion as it stands in a definition, a string or a tree. A faulty one is kept with its fault, so that a document
/// is read to its end and all its faults are reported together. It is written as it was read.
///
/// ```
/// use lifestage::criteria::Source;
///
/// let sources: Vec<Source> = serde_json::from_str(r#"["budget > ", {"op": "has", "args": [{"name": "email"}]}]"#)?;
/// assert_eq!(sources[0].expr().unwrap_err().to_string(), "expected an expression, found the end at 9");
/// assert_eq!(sources[1].expr().unwrap().to_string(), "has(email)");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Source(Form);

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Text(Expr),
    Tree(Expr),
    BadText(String, CriteriaError),
    BadTree(CriteriaError),
}

impl Source {
    /// A criterion as text.
    pub fn text(text: &str) -> Self {
        match Expr::parse(text) {
            Ok(expr) => Self(Form::Text(expr)),
            Err(error) => Self(Form::BadText(String::from(text), error)),
        }
    }

    /// The text it was read from, unless it is a tree.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Form::Text(expr) => expr.source(),
            Form::BadText(text, _) => Some(text),
            Form::Tree(_) | Form::BadTree(_) => None,
        }
    }

    /// The tree.
    ///
    /// # Errors
    /// The fault of the text or of the tree, with its place.
    pub fn expr(&self) -> Result<&Expr, &CriteriaError> {
        match &self.0 {
            Form::Text(expr) | Form::Tree(expr) => Ok(expr),
            Form::BadText(_, error) | Form::BadTree(error) => Err(error),
        }
    }

    /// The tree.
    ///
    /// # Errors
    /// The fault of the text or of the tree, with its place.
    pub fn into_expr(self) -> Result<Expr, CriteriaError> {
        match self.0 {
            Form::Text(expr) | Form::Tree(expr) => Ok(expr),
            Form::BadText(_, error) | Form::BadTree(error) => Err(error),
        }
    }
}

impl From<Expr> for Source {
    /// A criterion as a tree.
    fn from(expr: Expr) -> Self {
        Self(Form::Tree(expr))
    }
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Text(expr) => write!(f, "Text({expr})"),
            Form::Tree(expr) => write!(f, "Tree({expr})"),
            Form::BadText(text, error) => write!(f, "BadText({text:?}, {error})"),
            Form::BadTree(error) => write!(f, "BadTree({error})"),
        }
    }
}

impl fmt::Display for Source {
    /// The text as written, or the tree as text; nothing for a tree that could not be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Text(expr) => match expr.source() {
                Some(text) => f.write_str(text),
                None => fmt::Display::fmt(expr, f),
            },
            Form::Tree(expr) => fmt::Display::fmt(expr, f),
            Form::BadText(text, _) => f.write_str(text),
            Form::BadTree(_) => Ok(()),
        }
    }
}

impl Serialize for Source {
    /// Writes text as a string and a tree as a tree; fails for a tree that could not be read.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Text(expr) if expr.source().is_none() => serializer.collect_str(expr),
            Form::Text(expr) => serializer.serialize_str(expr.source().unwrap_or_default()),
            Form::Tree(expr) => expr.serialize(serializer),
            Form::BadText(text, _) => serializer.serialize_str(text),
            Form::BadTree(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

struct SourceVisitor;

impl SourceVisitor {
    /// Lets the reader of trees have it, which keeps a fault instead of failing.
    fn tree<E>(read: impl FnOnce(Tree<'_, '_>) -> Result<(), E>) -> Result<Source, E> {
        let limits = Limits::default();
        let mut reading = Reading::new(&limits);
        read(Tree { reading: &mut reading, depth: 1 })?;
        Ok(Source(match reading.finish() {
            Ok(expr) => Form::Tree(expr),
            Err(error) => Form::BadTree(error),
        }))
    }
}

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = Source;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a criterion, as text or as a tree")
    }

    fn visit_str<E>(self, text: &str) -> Result<Source, E> {
        Ok(Source::text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Source, A::Error> {
        Self::tree(|tree| tree.visit_map(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Source, A::Error> {
        Self::tree(|tree| tree.visit_seq(seq))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Source, E> {
        Self::tree(|tree| tree.visit_bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Source, E> {
        Self::tree(|tree| tree.visit_i64(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Source, E> {
        Self::tree(|tree| tree.visit_u64(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Source, E> {
        Self::tree(|tree| tree.visit_f64(value))
    }
}
