//! Who a record is about: the well-known facets of a contact, and the one way of writing an e-mail
//! address and a phone number.
//!
//! A facet is a field by a well-known name. Every path that writes facts (creation, edit, import)
//! brings e-mail addresses and phone numbers into one form, so that equal ones are equal texts;
//! [`FieldFormat`](crate::definition::FieldFormat) says which fields those are.

mod email;
mod format;
mod phone;

pub use email::{EmailError, normalize_email};
pub(crate) use format::normal_undeclared;
pub(crate) use phone::is_region;
pub use phone::{PhoneError, normalize_phone};
use smol_str::SmolStr;

use crate::record::Record;
use crate::time::Timestamp;
use crate::value::Value;

/// Declares the facets with the names of their fields.
macro_rules! facets {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// A fact that every contact may have, kept in the field of its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Facet { $($(#[$doc])* $variant,)* }

        impl Facet {
            /// Every facet.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name of its field.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The facet whose field has this name.
            pub fn of_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

facets! {
    /// What the contact is called.
    Name "name",
    /// The e-mail address.
    Email "email",
    /// The phone number.
    Phone "phone",
    /// The company that the contact belongs to.
    Company "company",
    /// Where the contact came from.
    Source "source",
    /// Pages and handles on social networks, a list.
    Social "social",
    /// What somebody noted.
    Notes "notes",
    /// The groups, or tags, that the contact is in, a list.
    Groups "groups",
}

impl Facet {
    /// Whether it tells who the contact is; changing that takes the capability `edit_contact` (S55).
    pub const fn is_identity(self) -> bool {
        matches!(self, Self::Name | Self::Email | Self::Phone | Self::Company | Self::Social)
    }

    /// Whether its value can tell which person it is, so that an erasure cannot leave it (S44).
    pub const fn tells_of_a_person(self) -> bool {
        matches!(self, Self::Name | Self::Email | Self::Phone | Self::Social | Self::Notes)
    }
}

/// A record, read as a contact.
///
/// ```
/// use lifestage::{Record, SmolStr, Value};
///
/// let groups = vec![SmolStr::new("investors"), SmolStr::new("berlin")];
/// let record = Record::new("c-7")
///     .in_stage("engaged")
///     .owned_by("sam")
///     .with("name", "Ada Lovelace")
///     .with("email", "ada@example.com")
///     .with("groups", groups)
///     .with("shoe_size", 38);
///
/// let ada = record.contact();
/// assert_eq!((ada.name(), ada.email(), ada.phone()), (Some("Ada Lovelace"), Some("ada@example.com"), None));
/// assert_eq!(ada.groups(), ["investors", "berlin"]);
/// assert_eq!((ada.life_stage(), ada.owner()), (Some("engaged"), Some("sam")));
/// assert_eq!(ada.others().collect::<Vec<_>>(), [("shoe_size", &Value::Int(38))]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact<'a> {
    record: &'a Record,
}

impl Record {
    /// The record, read as a contact.
    pub const fn contact(&self) -> Contact<'_> {
        Contact { record: self }
    }
}

impl<'a> Contact<'a> {
    /// What the contact is called.
    pub fn name(self) -> Option<&'a str> {
        self.text(Facet::Name)
    }

    /// The e-mail address.
    pub fn email(self) -> Option<&'a str> {
        self.text(Facet::Email)
    }

    /// The phone number.
    pub fn phone(self) -> Option<&'a str> {
        self.text(Facet::Phone)
    }

    /// The company that the contact belongs to.
    pub fn company(self) -> Option<&'a str> {
        self.text(Facet::Company)
    }

    /// Where the contact came from.
    pub fn source(self) -> Option<&'a str> {
        self.text(Facet::Source)
    }

    /// Pages and handles on social networks.
    pub fn social(self) -> &'a [SmolStr] {
        self.list(Facet::Social)
    }

    /// What somebody noted.
    pub fn notes(self) -> Option<&'a str> {
        self.text(Facet::Notes)
    }

    /// The groups, or tags, that the contact is in.
    pub fn groups(self) -> &'a [SmolStr] {
        self.list(Facet::Groups)
    }

    /// The id of the stage of life that the contact is in.
    pub fn life_stage(self) -> Option<&'a str> {
        self.record.stage()
    }

    /// Who owns the contact.
    pub fn owner(self) -> Option<&'a str> {
        self.record.owner()
    }

    /// When the contact was created.
    pub const fn created_at(self) -> Option<Timestamp> {
        self.record.created_at()
    }

    /// The host's own fields: those that are no facet.
    pub fn others(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.record.fields().iter().filter(|(name, _)| Facet::of_name(name).is_none())
    }

    fn text(self, facet: Facet) -> Option<&'a str> {
        match self.record.fields().get(facet.name())? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A single text counts as a list of one.
    fn list(self, facet: Facet) -> &'a [SmolStr] {
        match self.record.fields().get(facet.name()) {
            Some(Value::List(texts)) => texts,
            Some(Value::Text(text)) => core::slice::from_ref(text),
            _ => &[],
        }
    }
}

/// Whether a character shows nothing and comes along when people copy from mail and address books.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}
