//! Lists of a document whose items have ids, edited by id.

use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::definition::{
    ActionDef, AutomationDef, CategoryDef, MoveDef, Named, QueueDef, StageDef, WorkflowDef,
};

/// An item that has an id.
pub(super) trait Item {
    fn id(&self) -> &SmolStr;
}

macro_rules! items {
    ($($type:ty),*) => {$(
        impl Item for $type {
            fn id(&self) -> &SmolStr {
                &self.id
            }
        }
    )*};
}

items!(ActionDef, AutomationDef, CategoryDef, MoveDef, QueueDef, StageDef, WorkflowDef);

impl<T> Item for (SmolStr, T) {
    fn id(&self) -> &SmolStr {
        &self.0
    }
}

/// A list that is edited by the ids of its items.
pub(super) trait List {
    type Item: Item;

    fn items(&mut self) -> &mut Vec<Self::Item>;

    fn place(&mut self, id: &str) -> Option<usize> {
        self.items().iter().position(|item| item.id() == id)
    }

    fn find(&mut self, id: &str) -> Option<&mut Self::Item> {
        self.items().iter_mut().find(|item| item.id() == id)
    }

    /// The id of the item behind the one at `place`.
    fn behind(&mut self, place: usize) -> Option<SmolStr> {
        self.items().get(place + 1).map(|item| item.id().clone())
    }

    /// Puts an item before another, or at the end; false when there is no such other.
    fn insert(&mut self, item: Self::Item, before: Option<&str>) -> bool {
        let place = match before {
            None => Some(self.items().len()),
            Some(before) => self.place(before),
        };
        if let Some(place) = place {
            self.items().insert(place, item);
        }
        place.is_some()
    }

    /// Takes an item out; with it comes the id of the one that was behind it.
    fn take(&mut self, id: &str) -> Option<(Self::Item, Option<SmolStr>)> {
        let place = self.place(id)?;
        let behind = self.behind(place);
        Some((self.items().remove(place), behind))
    }
}

impl<T: Item> List for Vec<T> {
    type Item = T;

    fn items(&mut self) -> &mut Self {
        self
    }
}

impl<T> List for Named<T> {
    type Item = (SmolStr, T);

    fn items(&mut self) -> &mut Vec<(SmolStr, T)> {
        self.entries_mut()
    }
}
