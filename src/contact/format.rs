//! Facts that have one way of being written.

use alloc::borrow::Cow;

use super::{Facet, normalize_email, normalize_phone};
use crate::criteria::FieldType;
use crate::definition::{FieldDef, FieldFormat};
use crate::value::Value;

impl FieldFormat {
    /// The format of a text field of this name that says nothing about it.
    pub fn of_name(name: &str) -> Self {
        match Facet::of_name(name) {
            Some(Facet::Email) => Self::Email,
            Some(Facet::Phone) => Self::Phone,
            _ => Self::Text,
        }
    }
}

impl FieldDef {
    /// How the texts of this field are written, when it goes by this name: as it says, else by the
    /// name. A field of another type, or with a list of values, has them as they are.
    pub fn format_as(&self, name: &str) -> FieldFormat {
        match self.format {
            _ if self.field_type != FieldType::String || !self.one_of.is_empty() => FieldFormat::Text,
            Some(format) => format,
            None => FieldFormat::of_name(name),
        }
    }

    /// A text of this field in its one form, or what it should be and is not.
    pub(crate) fn normal_text<'t>(&self, name: &str, text: &'t str) -> Result<Cow<'t, str>, &'static str> {
        match self.format_as(name) {
            FieldFormat::Text => Ok(Cow::Borrowed(text)),
            FieldFormat::Email => normalize_email(text).map_err(|_| "an e-mail address"),
            FieldFormat::Phone => {
                let region = Some(self.region.as_str()).filter(|region| !region.is_empty());
                normalize_phone(text, region).map_err(|_| "a phone number")
            }
        }
    }

    /// A value of this field in its one form, or what it should be and is not.
    pub(crate) fn normal<'v>(&self, name: &str, value: &'v Value) -> Result<Cow<'v, Value>, &'static str> {
        let Value::Text(text) = value else { return Ok(Cow::Borrowed(value)) };
        let normal = self.normal_text(name, text)?;
        Ok(if normal == text.as_str() { Cow::Borrowed(value) } else { Cow::Owned(Value::from(&*normal)) })
    }
}

/// A value of a field that no definition knows: in its one form, if it goes by the name of a facet and has one.
pub(crate) fn normal_undeclared<'v>(name: &str, value: &'v Value) -> Cow<'v, Value> {
    if FieldFormat::of_name(name) == FieldFormat::Text {
        return Cow::Borrowed(value);
    }
    let field = FieldDef::new(FieldType::String);
    field.normal(name, value).unwrap_or(Cow::Borrowed(value))
}
