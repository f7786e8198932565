use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smol_str::SmolStr;

/// Declares the capabilities with their words.
macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// Something a role may allow (S55). Each is separate: a mover need not be an editor.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Capability { $($(#[$doc])* $variant,)* }

        impl Capability {
            /// Every capability.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word used in documents.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

capabilities! {
    /// Create records.
    Create "create",
    /// See records.
    View "view",
    /// Carry out the actions of a stage.
    Act "act",
    /// Move records between stages.
    Move "move",
    /// Change the facts of a record.
    EditFields "edit_fields",
    /// Change who a contact is: name, e-mail, phone.
    EditContact "edit_contact",
    /// Put contacts into the trash.
    DeleteContact "delete_contact",
    /// Take a record that nobody owns.
    Claim "claim",
    /// Give a record that nobody owns to somebody.
    Assign "assign",
    /// Give a record that somebody owns to somebody else.
    Reassign "reassign",
    /// Turn a lead into a customer.
    Convert "convert",
    /// Unite duplicates.
    Merge "merge",
    /// Add, rename, order and remove stages and moves.
    ConfigureCatalog "configure_catalog",
    /// Move a stage to another category.
    ChangeCategory "change_category",
    /// Make a new definition version the one that judges.
    Publish "publish",
    /// Move records by a map, past the move list.
    Migrate "migrate",
    /// Bring in records and history from elsewhere.
    Import "import",
    /// Take records out.
    Export "export",
    /// Move past the rules, with a reason.
    Force "force",
    /// Approve what another person proposed.
    Approve "approve",
    /// Undo a move by a correction.
    Correct "correct",
    /// Erase a person.
    Erase "erase",
    /// Keep a filter as a smart view.
    SaveView "save_view",
    /// Share a smart view.
    ShareView "share_view",
}

impl Capability {
    /// The capability with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|capability| capability.name() == name)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which records a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reach {
    /// Those the actor owns.
    Own,
    /// Every record.
    #[default]
    All,
}

/// A capability and the records it reaches: `move`, or `move:own`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grant {
    /// What is allowed.
    pub capability: Capability,
    /// For which records.
    pub reach: Reach,
}

impl From<Capability> for Grant {
    fn from(capability: Capability) -> Self {
        Self { capability, reach: Reach::All }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.capability.name())?;
        f.write_str(if self.reach == Reach::Own { ":own" } else { "" })
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    /// Reads `capability` or `capability:own`.
    ///
    /// # Errors
    /// [`GrantError`] when it is neither.
    fn from_str(text: &str) -> Result<Self, GrantError> {
        let (name, reach) = match text.strip_suffix(":own") {
            Some(name) => (name, Reach::Own),
            None => (text, Reach::All),
        };
        Capability::from_name(name)
            .map(|capability| Self { capability, reach })
            .ok_or_else(|| GrantError { text: text.chars().take(40).collect() })
    }
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Grant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <SmolStr as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A text that is no grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantError {
    text: String,
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a capability: write one such as `move`, or `move:own`", self.text)
    }
}

impl core::error::Error for GrantError {}
