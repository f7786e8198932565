//! Labels of moves: their words do not count, but which moves share one does (S37).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::definition::Definition;

/// Where labels stand in both documents.
pub(super) struct Labels<'d> {
    old: Shared<'d>,
    new: Shared<'d>,
    /// Whether the group of an old label is the group of a new one, as far as that was asked.
    same: BTreeMap<(&'d str, &'d str), bool>,
}

/// The places that share a label: a move, and perhaps one of its sources, each with the number of
/// times its id came before.
type Shared<'d> = BTreeMap<&'d str, Vec<(Numbered<'d>, Option<Numbered<'d>>)>>;
type Numbered<'d> = (&'d str, usize);

impl<'d> Labels<'d> {
    pub(super) fn new(old: &'d Definition, new: &'d Definition) -> Self {
        Self { old: shared(old), new: shared(new), same: BTreeMap::new() }
    }

    /// Whether a label that stood in the place of another stands in other places than that did.
    pub(super) fn regrouped(&mut self, old: &str, new: &str) -> bool {
        if old.is_empty() || new.is_empty() {
            return old != new;
        }
        let Some(((old, in_old), (new, in_new))) =
            self.old.get_key_value(old).zip(self.new.get_key_value(new))
        else {
            return true;
        };
        !*self.same.entry((old, new)).or_insert_with(|| in_old == in_new)
    }
}

fn shared(document: &Definition) -> Shared<'_> {
    let mut shared = Shared::new();
    let mut moves = BTreeMap::new();
    for mv in &document.policy.moves {
        let mv_place = numbered(&mut moves, &mv.id);
        if !mv.label.is_empty() {
            shared.entry(mv.label.as_str()).or_default().push((mv_place, None));
        }
        let mut sources = BTreeMap::new();
        for source in &mv.from.0 {
            let place = numbered(&mut sources, &source.stage);
            if !source.label.is_empty() {
                shared.entry(source.label.as_str()).or_default().push((mv_place, Some(place)));
            }
        }
    }
    shared.values_mut().for_each(|places| places.sort_unstable());
    shared
}

fn numbered<'d>(counts: &mut BTreeMap<&'d str, usize>, id: &'d str) -> Numbered<'d> {
    let count = counts.entry(id).or_default();
    *count += 1;
    (id, *count)
}
