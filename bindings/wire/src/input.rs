//! What goes into an operation: the members of one JSON object, each read as what it is.

use std::fmt;

use lifestage::journal::Salt;
use lifestage::{SmolStr, Timestamp};
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::fault::{Fault, FaultCode};
use crate::operation::Operation;

/// The members given to an operation, checked against those that it takes.
pub(crate) struct Input<'a> {
    operation: &'static Operation,
    members: Members<'a>,
}

/// The members of an object in their own text, so that each is read once, and in its own order.
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// A member as it is written.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, raw)| raw.get())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(String, &RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format!("`{name}` comes twice")));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reading)
    }
}

impl<'a> Input<'a> {
    /// The members in `text`, all of them known to the operation and none missing that it needs.
    pub(crate) fn read(operation: &'static Operation, text: &'a str) -> Result<Self, Fault> {
        let text = if text.is_empty() { "{}" } else { text };
        let wrong = |what: &str| Fault::new(FaultCode::InvalidInput, format!("`{}`: {what}", operation.name));
        let members: Members<'a> =
            serde_json::from_str(text).map_err(|error| wrong(&format!("the input is {error}")))?;
        if let Some((name, _)) =
            members.0.iter().find(|(name, _)| !operation.members().any(|it| it.0 == name))
        {
            let takes: Vec<String> = operation.members().map(|(name, _)| format!("`{name}`")).collect();
            return Err(wrong(&format!("it takes no `{name}`, only {}", takes.join(", "))));
        }
        let missing = |name: &str| members.get(name).is_none();
        if let Some((name, _)) = operation.members().find(|(name, needed)| *needed && missing(name)) {
            return Err(wrong(&format!("`{name}` is missing")));
        }
        Ok(Self { operation, members })
    }

    /// A member, or nothing when it is not there or null.
    pub(crate) fn maybe<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        let read: Result<Option<T>, _> = serde_json::from_str(self.text(name));
        read.map_err(|error| {
            let operation = self.operation.name;
            Fault::new(FaultCode::InvalidInput, format!("`{operation}`: `{name}`: {error}"))
        })
    }

    /// A member that has to be there.
    pub(crate) fn take<T: DeserializeOwned>(&self, name: &str) -> Result<T, Fault> {
        self.maybe(name)?.ok_or_else(|| {
            let operation = self.operation.name;
            Fault::new(FaultCode::InvalidInput, format!("`{operation}`: `{name}` is missing"))
        })
    }

    /// A member that is an id or another name.
    pub(crate) fn id(&self, name: &str) -> Result<SmolStr, Fault> {
        self.take(name)
    }

    /// A member, or what stands for it when it is left out.
    pub(crate) fn or_default<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, Fault> {
        Ok(self.maybe(name)?.unwrap_or_default())
    }

    /// A member as it is written.
    pub(crate) fn text(&self, name: &str) -> &'a str {
        self.members.get(name).unwrap_or("null")
    }

    /// A definition, as the document itself or as its text.
    pub(crate) fn document(&self) -> Result<String, Fault> {
        let given = self.text("definition");
        if given.starts_with('"') { self.take("definition") } else { Ok(given.to_owned()) }
    }

    /// Whether a member is there, be it null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some()
    }

    /// The time of the call.
    pub(crate) fn now(&self) -> Result<Timestamp, Fault> {
        self.take("now")
    }

    /// The salt of the row to be written; drawn when none is given.
    pub(crate) fn salt(&self) -> Result<Salt, Fault> {
        match self.maybe("salt")? {
            Some(salt) => Ok(salt),
            None => Salt::random().map_err(|error| Fault::new(FaultCode::NoRandomness, error.to_string())),
        }
    }
}
