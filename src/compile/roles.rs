use alloc::vec;

use smol_str::SmolStr;

use super::{Compiler, Kind};
use crate::capability::{Capability, Reach};
use crate::code::FindingCode;
use crate::finding::At;
use crate::policy::{RoleSet, Roles};
use crate::symbols::Symbols;

const ROLES: At<'static> = At::ROOT.key("roles");

impl Compiler<'_> {
    /// The roles with inheritance worked out.
    pub(super) fn roles(&mut self) -> Roles {
        let document = self.document;
        self.limit(document.roles.len(), RoleSet::MOST, "roles", ROLES);
        let ids = Symbols::new(document.roles.iter().map(|(id, _)| id.clone()));
        let mut parents = vec![0_u64; document.roles.len().min(RoleSet::MOST)];
        for ((id, role), mask) in document.roles.iter().zip(parents.iter_mut()) {
            let at = ROLES.key(id);
            self.id(id, at);
            for (i, parent) in role.inherits.iter().enumerate() {
                *mask |= self.role(&ids, parent, at.key("inherits").index(i)).0;
            }
        }
        let ancestors = self.ancestors(&parents);
        let mut all = [RoleSet::EMPTY; Capability::ALL.len()];
        let mut own = [RoleSet::EMPTY; Capability::ALL.len()];
        for ((_, role), bit) in document.roles.iter().zip(0_u32..64) {
            for grant in &role.can {
                let place = grant.capability as usize;
                let tables = match grant.reach {
                    Reach::All => [all.get_mut(place), own.get_mut(place)],
                    Reach::Own => [None, own.get_mut(place)],
                };
                tables.into_iter().flatten().for_each(|set| set.0 |= 1 << bit);
            }
        }
        let names = document
            .roles
            .iter()
            .map(|(id, role)| if role.name.is_empty() { id.clone() } else { SmolStr::new(&role.name) })
            .collect();
        let roles = Roles { ids, names, ancestors, all, own };
        if roles.with(Capability::Move, Reach::Own) == RoleSet::EMPTY
            && document.roles.len() <= RoleSet::MOST
            && !self.absent.touches("/roles")
        {
            let (at, why) = match document.roles.is_empty() {
                true => (At::ROOT, "there are no roles"),
                false => (ROLES, "no role has the capability `move`"),
            };
            let message = alloc::format!("{why}, so that nobody can move a record");
            self.findings.warning(FindingCode::NobodyMoves, at, message);
        }
        roles
    }

    /// Each role with all it inherits from; a role that inherits from itself is an error.
    fn ancestors(&mut self, parents: &[u64]) -> alloc::boxed::Box<[RoleSet]> {
        let mut sets = parents.to_vec();
        for _ in 0..sets.len() {
            let before = sets.clone();
            for set in &mut sets {
                for (ancestor, bit) in before.iter().zip(0_u32..) {
                    if *set & (1 << bit) != 0 {
                        *set |= ancestor;
                    }
                }
            }
            if sets == before {
                break;
            }
        }
        for (((id, _), set), bit) in self.document.roles.iter().zip(&sets).zip(0_u32..) {
            if set & (1 << bit) != 0 {
                let message = alloc::format!("the role `{id}` inherits from itself");
                self.findings.error(FindingCode::RoleCycle, ROLES.key(id).key("inherits"), message);
            }
        }
        sets.iter().zip(0_u32..).map(|(set, bit)| RoleSet(set | (1 << bit))).collect()
    }

    /// The set of one role named in the document.
    pub(super) fn role(&mut self, ids: &Symbols, id: &str, at: At<'_>) -> RoleSet {
        match ids.get(id) {
            Some(bit) if (bit as usize) < RoleSet::MOST => RoleSet(1 << bit),
            Some(_) => RoleSet::EMPTY,
            None => {
                let known = ids.iter().map(SmolStr::as_str);
                self.unknown((Kind::Role, FindingCode::UnknownRole), id, known, at);
                RoleSet::EMPTY
            }
        }
    }
}
