use alloc::boxed::Box;
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::capability::{Capability, Reach};
use crate::role_set::RoleSet;
use crate::symbols::Symbols;

/// What each role of a pipeline may do, inheritance worked out (S55). Deny by default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Roles {
    pub(crate) ids: Symbols,
    pub(crate) names: Box<[SmolStr]>,
    /// For each role, itself and the roles it inherits from.
    pub(crate) ancestors: Box<[RoleSet]>,
    /// For each capability, the roles that have it for every record.
    pub(crate) all: [RoleSet; Capability::ALL.len()],
    /// For each capability, the roles that have it at least for records the actor owns.
    pub(crate) own: [RoleSet; Capability::ALL.len()],
}

impl Roles {
    /// The ids, in definition order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.ids.iter().map(SmolStr::as_str)
    }

    /// The name people see of the role with this id.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.names.get(self.ids.get(id)? as usize).map(SmolStr::as_str)
    }

    /// The set of these roles and of those they inherit from; unknown ids add nothing.
    pub fn set<S: AsRef<str>>(&self, ids: impl IntoIterator<Item = S>) -> RoleSet {
        let mut bits = 0;
        for id in ids {
            let known = self.ids.get(id.as_ref()).and_then(|at| self.ancestors.get(at as usize));
            bits |= known.map_or(0, |set| set.0);
        }
        RoleSet(bits)
    }

    /// How far holders of these roles have this capability.
    #[inline]
    pub fn reach(&self, roles: RoleSet, capability: Capability) -> Option<Reach> {
        if roles.meets(self.with(capability, Reach::All)) {
            Some(Reach::All)
        } else if roles.meets(self.with(capability, Reach::Own)) {
            Some(Reach::Own)
        } else {
            None
        }
    }

    /// The roles that have this capability at least this far.
    #[inline]
    pub(crate) fn with(&self, capability: Capability, reach: Reach) -> RoleSet {
        let table = match reach {
            Reach::All => &self.all,
            Reach::Own => &self.own,
        };
        table.get(capability as usize).copied().unwrap_or_default()
    }

    /// The roles whose holders meet `set` by themselves.
    pub(crate) fn holders(&self, set: RoleSet) -> RoleSet {
        let met = self.ancestors.iter().zip(0_u32..64).filter(|(ancestors, _)| ancestors.meets(set));
        RoleSet(met.fold(0, |bits, (_, bit)| bits | 1 << bit))
    }

    /// The ids of the roles whose holders meet `set` by themselves.
    pub(crate) fn names_meeting(&self, set: RoleSet) -> Vec<SmolStr> {
        let with_ancestors = self.ids.iter().zip(self.ancestors.iter());
        with_ancestors.filter(|(_, ancestors)| ancestors.meets(set)).map(|(id, _)| id.clone()).collect()
    }
}
