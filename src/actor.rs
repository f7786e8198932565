//! Who acts.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Who acts: an id and roles. What the roles allow, the definition says; unknown ones allow nothing.
///
/// ```
/// use lifestage::Actor;
///
/// let sam = Actor::new("sam").with_role("sales");
/// let nightly = Actor::automation("nightly").with_role("manager");
/// assert!(!sam.is_automation() && nightly.is_automation());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    id: SmolStr,
    #[serde(default)]
    roles: Vec<SmolStr>,
    #[serde(default)]
    automation: bool,
}

impl Actor {
    /// A person without roles.
    pub fn new(id: impl Into<SmolStr>) -> Self {
        Self { id: id.into(), roles: Vec::new(), automation: false }
    }

    /// A program without roles. It never moves a record backward unless its request says so (S7).
    pub fn automation(id: impl Into<SmolStr>) -> Self {
        Self { automation: true, ..Self::new(id) }
    }

    /// The same actor with one role more.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<SmolStr>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// The id that history keeps.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The roles, in the order given.
    pub fn roles(&self) -> &[SmolStr] {
        &self.roles
    }

    /// Whether it is a program.
    pub const fn is_automation(&self) -> bool {
        self.automation
    }

    pub(crate) const fn id_shared(&self) -> &SmolStr {
        &self.id
    }
}
