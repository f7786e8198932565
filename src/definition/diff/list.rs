//! Lists of things with ids: what came, what went, what changed places.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::words::Words;
use super::{Differ, Difference, DifferenceKind, Parent, Place, Subject};
use crate::definition::Named;
use crate::finding::At;

/// One of the two lists that are compared.
pub(super) struct List<'a, T> {
    items: Vec<(&'a str, &'a T)>,
    at: At<'a>,
    steps: Steps,
}

/// How a pointer goes from a list to an item.
#[derive(Clone, Copy)]
enum Steps {
    Key,
    Index,
    /// The list is written as its only item.
    Only,
}

impl<'a, T> List<'a, T> {
    /// An array.
    pub(super) fn array(items: &'a [T], at: At<'a>, id: fn(&T) -> &SmolStr) -> Self {
        Self { items: items.iter().map(|item| (id(item).as_str(), item)).collect(), at, steps: Steps::Index }
    }

    /// An array, or its only item alone.
    pub(super) fn one_or_many(items: &'a [T], at: At<'a>, id: fn(&T) -> &SmolStr) -> Self {
        let steps = if items.len() == 1 { Steps::Only } else { Steps::Index };
        Self { steps, ..Self::array(items, at, id) }
    }

    /// An object.
    pub(super) fn object(items: impl Iterator<Item = (&'a str, &'a T)>, at: At<'a>) -> Self {
        Self { items: items.collect(), at, steps: Steps::Key }
    }

    /// An object that keeps its order.
    pub(super) fn named(items: &'a Named<T>, at: At<'a>) -> Self {
        Self::object(items.iter().map(|(name, item)| (name.as_str(), item)), at)
    }

    fn at(&self, index: usize) -> At<'_> {
        let id = self.items.get(index).map_or("", |(id, _)| id);
        match self.steps {
            Steps::Key => self.at.key(id),
            Steps::Index => self.at.index(index),
            Steps::Only => self.at,
        }
    }

    /// Where each id stands. An id that comes again, in a document not yet checked, is told apart by
    /// the number of times it came before.
    fn places(&self) -> Vec<(&'a str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut key = |id| {
            let count = counts.entry(id).or_default();
            *count += 1;
            (id, *count)
        };
        self.items.iter().map(|(id, _)| key(*id)).collect()
    }

    fn before(&self, index: usize) -> Option<String> {
        let before = index.checked_sub(1)?;
        self.items.get(before).map(|(id, _)| String::from(*id))
    }
}

/// How the items of a list are talked about.
pub(super) struct Kind<'a, T> {
    pub(super) subject: Subject,
    pub(super) parent: Option<(Subject, &'a str)>,
    /// The name of an item for people.
    pub(super) name: fn(&T) -> Option<String>,
}

impl<'d> Differ<'d> {
    /// Compares two lists, and by `each` the items that both have.
    pub(super) fn list<T>(
        &mut self,
        kind: Kind<'_, T>,
        old: &List<'_, T>,
        new: &List<'_, T>,
        mut each: impl FnMut(&mut Self, &Place<'_>, &T, &T),
    ) {
        let Kind { subject, parent, name } = kind;
        let (old_places, new_places) = (old.places(), new.places());
        let known: BTreeMap<_, _> = old_places.iter().enumerate().map(|(i, place)| (*place, i)).collect();
        let kept: BTreeSet<_> = new_places.iter().filter_map(|place| known.get(place).copied()).collect();
        for (i, (id, item)) in old.items.iter().enumerate().filter(|(i, _)| !kept.contains(i)) {
            let mut gone = whole(DifferenceKind::Removed, subject, parent, id);
            gone.old = name(item);
            gone.old_pointer = Some(alloc::format!("{}", old.at(i)));
            self.differences.push(gone);
        }
        let displaced = displaced(new_places.iter().filter_map(|place| known.get(place).copied()));
        for ((i, (id, item)), place) in new.items.iter().enumerate().zip(&new_places) {
            let Some((was, (_, old_item))) =
                known.get(place).and_then(|was| old.items.get(*was).map(|item| (*was, item)))
            else {
                let mut come = whole(DifferenceKind::Added, subject, parent, id);
                come.new = name(item);
                come.new_pointer = Some(alloc::format!("{}", new.at(i)));
                self.differences.push(come);
                continue;
            };
            each(self, &Place { subject, id, parent, old: old.at(was), new: new.at(i) }, old_item, item);
            if displaced.contains(&was) {
                let mut elsewhere = whole(DifferenceKind::Reordered, subject, parent, id);
                (elsewhere.old, elsewhere.new) = (old.before(was), new.before(i));
                elsewhere.old_pointer = Some(alloc::format!("{}", old.at(was)));
                elsewhere.new_pointer = Some(alloc::format!("{}", new.at(i)));
                self.differences.push(elsewhere);
            }
        }
    }
}

fn whole(kind: DifferenceKind, subject: Subject, parent: Option<(Subject, &str)>, id: &str) -> Difference {
    Difference {
        kind,
        subject,
        id: SmolStr::new(id),
        parent: parent.map(|(subject, id)| Parent { subject, id: SmolStr::new(id) }),
        part: "",
        old: None,
        new: None,
        old_pointer: None,
        new_pointer: None,
        changes_meaning: true,
        words: Words::Whole,
    }
}

/// The fewest of these places that would have to change for the rest to be in order: all but a
/// longest rising run, found by patience sorting.
fn displaced(places: impl Iterator<Item = usize>) -> BTreeSet<usize> {
    let mut all = BTreeSet::new();
    // The place that ends the best run of each length so far.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    for place in places {
        all.insert(place);
        let length = ends.partition_point(|end| *end < place);
        if let Some(previous) = length.checked_sub(1).and_then(|i| ends.get(i)) {
            before.insert(place, *previous);
        }
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut next = ends.last().copied();
    while let Some(place) = next {
        all.remove(&place);
        next = before.get(&place).copied();
    }
    all
}
