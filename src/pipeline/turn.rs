//! What a pool writes (S15a).

use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::change::SealedChange;
use crate::journal::{FactChange, RowKind, Salt};
use crate::pool::{AWAY, MEMBERS, POOLS, Pool};
use crate::record::Record;
use crate::request::Request;
use crate::time::Timestamp;
use crate::value::Fields;

use super::Pipeline;

/// A turn that somebody takes.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    /// The record that is given away.
    pub(crate) record: &'a str,
    /// To whom.
    pub(crate) member: &'a str,
    /// The key of the request.
    pub(crate) key: Option<&'a str>,
}

impl Pipeline {
    /// What is to be written to come from `before` to this pool: a change of the members, or a turn that gave a record to
    /// a member. None when nothing changed; a turn of the only one there is a change all the same.
    pub(crate) fn pool_change(
        &self,
        pool: &Pool,
        before: &Record,
        turn: Option<Turn<'_>>,
        actor: &Actor,
        now: Timestamp,
        salt: Salt,
    ) -> Option<SealedChange> {
        let (after, mut facts) = (pool.record(), Vec::new());
        for field in [MEMBERS, AWAY] {
            let (old, new) = (before.fields.get(field).cloned(), after.fields.get(field).cloned());
            if old != new {
                facts.push(FactChange { name: SmolStr::new(field), old, new });
            }
        }
        if facts.is_empty() && turn.is_none() {
            return None;
        }
        let kind = match (before.seq, turn) {
            (0, _) => RowKind::Creation,
            (_, Some(_)) => RowKind::Assignment,
            (_, None) => RowKind::Edit,
        };
        let mut input = Fields::new();
        let mut request = Request::to("");
        if let Some(Turn { record, member, key }) = turn {
            input.insert("record", record);
            input.insert("member", member);
            // Asked twice, it is one turn (S14).
            if let Some(key) = key {
                request = request.with_key(smol_str::format_smolstr!("{key} (turn)"));
            }
        }
        let change = self.change_beside(before, POOLS, kind, facts, input, &request, actor, now);
        Some(change.seal_beside(salt))
    }
}
