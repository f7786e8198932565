use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Bound;
use std::collections::HashMap;

use smol_str::SmolStr;

use crate::change::SealedChange;
use crate::effect::{Effect, EffectId, EffectKind};
use crate::outbox::{
    Claim, Delivery, EffectState, EffectUpdate, Entry, OutboxKey, OutboxPage, OutboxQuery, Settlement,
    TaskQuery, WorkState,
};
use crate::record::Presence;
use crate::store::{StoreError, StoreErrorKind};
use crate::time::Timestamp;

/// Row, index.
type Place = (u64, u16);

/// An effect of a record.
type Key = (SmolStr, Place);

/// The effects of a tenant, with how far they have come, found in each way that somebody asks.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// By record.
    entries: HashMap<SmolStr, BTreeMap<Place, Entry>>,
    /// Those that wait for nothing but their time, or for a worker.
    ready: BTreeMap<EffectKind, BTreeSet<OutboxKey>>,
    dead: BTreeSet<OutboxKey>,
    tasks: BTreeSet<OutboxKey>,
    tasks_of: BTreeMap<SmolStr, BTreeSet<OutboxKey>>,
}

/// Where an entry is listed.
#[derive(Default)]
struct Listing {
    ready: Option<(EffectKind, OutboxKey)>,
    dead: Option<OutboxKey>,
    task: Option<(Option<SmolStr>, OutboxKey)>,
}

impl Listing {
    fn of(entry: &Entry) -> Self {
        let Entry { effect, state, work, assignee, held, .. } = entry;
        let is_task = *work == Some(WorkState::Open) && effect.kind.is_work() && !held;
        Self {
            ready: entry.is_free().then(|| (effect.kind, OutboxKey::by_time(entry))),
            dead: (*state == EffectState::Dead).then(|| OutboxKey::by_time(entry)),
            task: is_task.then(|| (assignee.clone(), OutboxKey::by_due(entry))),
        }
    }
}

/// Entries as they were before a change, to go back to; none for those that were not there.
pub(super) type Before = Vec<(Key, Option<Entry>)>;

impl Outbox {
    fn of_record(&self, record: &str) -> impl Iterator<Item = (&Place, &Entry)> {
        self.entries.get(record).into_iter().flatten()
    }

    /// The first entry of a record, by its time, that is wanted.
    pub(super) fn first_of(&self, record: &str, wanted: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let entries = self.of_record(record).map(|(_, entry)| entry);
        entries.filter(|entry| wanted(entry)).min_by_key(by_time)
    }

    /// Puts an entry, or none, into the place of what is there, which it gives back.
    fn put(&mut self, (record, place): Key, entry: Option<Entry>) -> Option<Entry> {
        let is = entry.as_ref().map(Listing::of).unwrap_or_default();
        let of_record = self.entries.entry(record).or_default();
        let old = match entry {
            Some(entry) => of_record.insert(place, entry),
            None => of_record.remove(&place),
        };
        self.relist(old.as_ref().map(Listing::of).unwrap_or_default(), is);
        old
    }

    /// Changes an entry where it is.
    fn change<T>(&mut self, record: &str, place: Place, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.entries.get_mut(record)?.get_mut(&place)?;
        let was = Listing::of(entry);
        let result = change(entry);
        let is = Listing::of(entry);
        self.relist(was, is);
        Some(result)
    }

    fn relist(&mut self, was: Listing, is: Listing) {
        if was.ready != is.ready {
            if let Some((kind, place)) = was.ready {
                self.ready.entry(kind).or_default().remove(&place);
            }
            if let Some((kind, place)) = is.ready {
                self.ready.entry(kind).or_default().insert(place);
            }
        }
        if was.dead != is.dead {
            was.dead.map(|place| self.dead.remove(&place));
            self.dead.extend(is.dead);
        }
        if was.task != is.task {
            if let Some((assignee, place)) = was.task {
                self.tasks.remove(&place);
                assignee.map(|assignee| self.tasks_of.entry(assignee).or_default().remove(&place));
            }
            if let Some((assignee, place)) = is.task {
                self.tasks.insert(place.clone());
                assignee.map(|assignee| self.tasks_of.entry(assignee).or_default().insert(place));
            }
        }
    }

    /// Goes back to what was before, the last first.
    pub(super) fn revert(&mut self, before: Before) {
        for (key, entry) in before.into_iter().rev() {
            self.put(key, entry);
        }
    }

    /// Does what a change does to the effects of its record.
    pub(super) fn apply(&mut self, change: &SealedChange, before: &mut Before) {
        for update in &change.updates {
            self.update(&change.record.id, update, change.row.recorded_at, before);
        }
        for entry in Entry::of(&change.effects, &change.row, change.record.presence() == Presence::Trashed) {
            let key = (entry.effect.record.clone(), (entry.effect.seq, entry.effect.index));
            let old = self.put(key.clone(), Some(entry));
            before.push((key, old));
        }
    }

    fn update(&mut self, record: &SmolStr, update: &EffectUpdate, at: Timestamp, before: &mut Before) {
        let Some(of_record) = self.entries.get(record) else { return };
        let (rows, ends) = match update {
            // What is bound to a visit was planned in it.
            EffectUpdate::EndVisit { visit } => (*visit..=u64::MAX, true),
            EffectUpdate::Undo { seq } => (*seq..=u64::MAX, true),
            EffectUpdate::Report { seq, .. } => (*seq..=u64::MAX, false),
            EffectUpdate::Reopen { seq, .. } | EffectUpdate::Give { seq, .. } => (*seq..=*seq, false),
            EffectUpdate::Retire => (0..=u64::MAX, true),
            EffectUpdate::Hold | EffectUpdate::Release => (0..=u64::MAX, false),
        };
        // What nothing will come of cannot end; and of later rows only what waits is told of a task or of an undo.
        let concerned = |(place, entry): &(&Place, &Entry)| match update {
            EffectUpdate::Undo { seq } | EffectUpdate::Report { seq, .. } if place.0 > *seq => entry.waiting,
            _ => !ends || entry.may_end(),
        };
        let mut changed = Vec::new();
        let entries = of_record.range((*rows.start(), 0)..=(*rows.end(), u16::MAX));
        for (place, entry) in entries.filter(concerned) {
            let mut new = entry.clone();
            new.update(update, at, |seq, index| of_record.get(&(seq, index)).map(|entry| &entry.effect));
            if new != *entry {
                changed.push(((record.clone(), *place), new));
            }
        }
        for (key, entry) in changed {
            let old = self.put(key.clone(), Some(entry));
            before.push((key, old));
        }
    }

    /// Forgets the effects of a record.
    pub(super) fn erase(&mut self, record: &SmolStr, before: &mut Before) {
        let keys: Vec<Key> = self.of_record(record).map(|(place, _)| (record.clone(), *place)).collect();
        for key in keys {
            let old = self.put(key.clone(), None);
            before.push((key, old));
        }
    }

    pub(super) fn claim(&mut self, claim: &Claim) -> Vec<Delivery> {
        let (mut taken, mut seen) = (Vec::new(), BTreeSet::new());
        for place in self.ready_of(&claim.kinds).take_while(|place| place.at <= claim.now) {
            if taken.len() >= claim.limit {
                break;
            }
            if !seen.insert(place.record.clone()) {
                continue;
            }
            let mut of_record = self.of_record(&place.record);
            if of_record.any(|(_, other)| other.leased && other.ready_at > claim.now) {
                continue;
            }
            let mut held_back = BTreeSet::new();
            let ready = self.of_record(&place.record).filter(|(_, entry)| {
                let kind = entry.effect.kind;
                if entry.holds_back(claim.now) {
                    held_back.insert(kind);
                }
                entry.is_ready(claim.now) && claim.kinds.contains(&kind) && !held_back.contains(&kind)
            });
            let ready = ready.map(|(at, _)| (place.record.clone(), *at));
            taken.extend(ready.take(claim.limit - taken.len()));
        }
        let lease = |(record, place): Key| self.change(&record, place, |entry| entry.lease(claim.until));
        taken.into_iter().filter_map(lease).collect()
    }

    pub(super) fn settle(&mut self, settlement: &Settlement) -> bool {
        let place = (settlement.seq, settlement.index);
        self.change(&settlement.record, place, |entry| entry.settle(settlement)).unwrap_or(false)
    }

    pub(super) fn effects(&self, record: &str, seq: u64) -> Vec<Effect> {
        let of_record = self.entries.get(record).into_iter();
        let entries = of_record.flat_map(|entries| entries.range((seq, 0)..=(seq, u16::MAX)));
        entries.map(|(_, entry)| entry.effect.clone()).collect()
    }

    pub(super) fn entry(&self, id: EffectId<'_>) -> Option<&Entry> {
        self.entries.get(id.record())?.get(&(id.seq(), id.index()))
    }

    /// The places of these kinds that wait for their time or for a worker, in the order of time.
    fn ready_of<'k>(&'k self, kinds: &'k [EffectKind]) -> impl Iterator<Item = &'k OutboxKey> {
        let mut strands: Vec<_> = kinds
            .iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter_map(|kind| self.ready.get(kind))
            .filter_map(|places| {
                let mut places = places.iter();
                Some((places.next()?, places))
            })
            .collect();
        core::iter::from_fn(move || {
            let (at, _) = strands.iter().enumerate().min_by_key(|(_, (first, _))| *first)?;
            let (first, rest) = strands.get_mut(at)?;
            let place = *first;
            match rest.next() {
                Some(next) => *first = next,
                None => drop(strands.swap_remove(at)),
            }
            Some(place)
        })
    }

    pub(super) fn next_ready(&self, kinds: &[EffectKind]) -> Option<Timestamp> {
        // What is held back may be claimed when that before it may, which is on the list too.
        self.ready_of(kinds).find(|place| !self.is_held_back(place)).map(|place| place.at)
    }

    /// Whether one of its kind before it is to be tried again after its time.
    fn is_held_back(&self, place: &OutboxKey) -> bool {
        let Some(of_record) = self.entries.get(&place.record) else { return false };
        let kind = of_record.get(&(place.seq, place.index)).map(|entry| entry.effect.kind);
        let mut before = of_record.range(..(place.seq, place.index));
        before.any(|(_, entry)| Some(entry.effect.kind) == kind && entry.holds_back(place.at))
    }

    pub(super) fn page(&self, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        if let Some(record) = &query.record {
            let entries = self.of_record(record).map(|(_, entry)| entry);
            let wanted = |entry: &&Entry| query.state.is_none_or(|state| state == entry.state);
            let mut entries: Vec<&Entry> = entries.filter(wanted).collect();
            entries.sort_unstable_by_key(by_time);
            let before = |entry: &&Entry| {
                query.after.as_ref().is_some_and(|after| OutboxKey::by_time(entry) <= *after)
            };
            return Ok(page(entries.into_iter().skip_while(before), query.limit, OutboxKey::by_time));
        }
        let index = match query.state {
            Some(EffectState::Pending) => {
                let after = |place: &&OutboxKey| query.after.as_ref().is_none_or(|after| *place > after);
                let places = self.ready_of(&EffectKind::ALL).filter(after);
                return Ok(page(self.found(places), query.limit, OutboxKey::by_time));
            }
            Some(EffectState::Dead) => &self.dead,
            _ => {
                let message = "without a record, only what is pending or dead is listed";
                return Err(StoreError::new(StoreErrorKind::Invalid, message));
            }
        };
        let places = index.range((after(query.after.as_ref()), Bound::Unbounded));
        Ok(page(self.found(places), query.limit, OutboxKey::by_time))
    }

    pub(super) fn open_tasks(&self, query: &TaskQuery) -> OutboxPage {
        let none = BTreeSet::new();
        let index = match &query.assignee {
            Some(assignee) => self.tasks_of.get(assignee).unwrap_or(&none),
            None => &self.tasks,
        };
        let places = index.range((after(query.after.as_ref()), Bound::Unbounded));
        let places = places.take_while(|place| query.due_before.is_none_or(|end| place.at < end));
        page(self.found(places), query.limit, OutboxKey::by_due)
    }

    fn found<'e>(&'e self, places: impl Iterator<Item = &'e OutboxKey>) -> impl Iterator<Item = &'e Entry> {
        places.filter_map(|place| self.entries.get(&place.record)?.get(&(place.seq, place.index)))
    }
}

/// The first of these, with the place of the last when there are more.
fn page<'e>(
    mut entries: impl Iterator<Item = &'e Entry>,
    limit: usize,
    place: fn(&Entry) -> OutboxKey,
) -> OutboxPage {
    let page: Vec<Entry> = entries.by_ref().take(limit).cloned().collect();
    let next = entries.next().and(page.last()).map(place);
    OutboxPage { entries: page, next }
}

/// The order of the effects of one record.
fn by_time(entry: &&Entry) -> (Timestamp, u64, u16) {
    (entry.ready_at, entry.effect.seq, entry.effect.index)
}

fn after(key: Option<&OutboxKey>) -> Bound<&OutboxKey> {
    key.map_or(Bound::Unbounded, Bound::Excluded)
}
