use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Bound;

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

/// Record, row, index.
type Key = (SmolStr, u64, u16);

/// The effects of a tenant, with how far they have come, found in each way that somebody asks.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    entries: BTreeMap<Key, Entry>,
    /// Those that wait for nothing but their time, or for a worker.
    ready: BTreeMap<EffectKind, BTreeSet<OutboxKey>>,
    dead: BTreeSet<OutboxKey>,
    leased: BTreeSet<Key>,
    tasks: BTreeSet<OutboxKey>,
    tasks_of: BTreeMap<SmolStr, BTreeSet<OutboxKey>>,
}

/// Entries as they were before a change, to go back to; none for those that were not there.
pub(super) type Before = Vec<(Key, Option<Entry>)>;

fn key(effect: &Effect) -> Key {
    (effect.record.clone(), effect.seq, effect.index)
}

fn all_of(record: &SmolStr, from: u64) -> (Bound<Key>, Bound<Key>) {
    (Bound::Included((record.clone(), from, 0)), Bound::Included((record.clone(), u64::MAX, u16::MAX)))
}

fn is_free(entry: &Entry) -> bool {
    entry.state == EffectState::Pending && !entry.waiting && !entry.held
}

fn is_open_task(entry: &Entry) -> bool {
    entry.work == Some(WorkState::Open) && entry.effect.kind == EffectKind::CreateTask && !entry.held
}

impl Outbox {
    /// Puts an entry, or none, into the place of what is there, which it gives back.
    fn put(&mut self, key: Key, entry: Option<Entry>) -> Option<Entry> {
        let old = self.entries.remove(&key);
        if let Some(old) = &old {
            if let Some(ready) = self.ready.get_mut(&old.effect.kind) {
                ready.remove(&OutboxKey::by_time(old));
            }
            self.dead.remove(&OutboxKey::by_time(old));
            self.leased.remove(&key);
            if is_open_task(old) {
                let place = OutboxKey::by_due(old);
                if let Some(assignee) = &old.assignee {
                    self.tasks_of.entry(assignee.clone()).or_default().remove(&place);
                }
                self.tasks.remove(&place);
            }
        }
        if let Some(entry) = entry {
            if is_free(&entry) {
                self.ready.entry(entry.effect.kind).or_default().insert(OutboxKey::by_time(&entry));
            }
            if entry.state == EffectState::Dead {
                self.dead.insert(OutboxKey::by_time(&entry));
            }
            if entry.leased {
                self.leased.insert(key.clone());
            }
            if is_open_task(&entry) {
                let place = OutboxKey::by_due(&entry);
                if let Some(assignee) = &entry.assignee {
                    self.tasks_of.entry(assignee.clone()).or_default().insert(place.clone());
                }
                self.tasks.insert(place);
            }
            self.entries.insert(key, entry);
        }
        old
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
            let key = key(&entry.effect);
            let old = self.put(key.clone(), Some(entry));
            before.push((key, old));
        }
    }

    fn update(&mut self, record: &SmolStr, update: &EffectUpdate, at: Timestamp, before: &mut Before) {
        // What is bound to a visit was planned in it.
        let from = match update {
            EffectUpdate::EndVisit { visit } => *visit,
            _ => 0,
        };
        let mut changed = Vec::new();
        for (key, entry) in self.entries.range(all_of(record, from)) {
            let mut new = entry.clone();
            let sibling = |index| self.entries.get(&(key.0.clone(), key.1, index)).map(|entry| &entry.effect);
            new.update(update, at, sibling);
            if new != *entry {
                changed.push((key.clone(), new));
            }
        }
        for (key, entry) in changed {
            let old = self.put(key.clone(), Some(entry));
            before.push((key, old));
        }
    }

    /// Forgets the effects of a record.
    pub(super) fn erase(&mut self, record: &SmolStr, before: &mut Before) {
        let keys: Vec<Key> = self.entries.range(all_of(record, 0)).map(|(key, _)| key.clone()).collect();
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
            let leased = self.leased.range(all_of(&place.record, 0)).filter_map(|key| self.entries.get(key));
            if leased.into_iter().any(|other| other.ready_at > claim.now) {
                continue;
            }
            let of_record = self.entries.range(all_of(&place.record, 0));
            let ready = of_record
                .filter(|(_, entry)| entry.is_ready(claim.now) && claim.kinds.contains(&entry.effect.kind));
            taken.extend(ready.map(|(key, _)| key.clone()).take(claim.limit - taken.len()));
        }
        taken.into_iter().filter_map(|key| self.lease(key, claim.until)).collect()
    }

    fn lease(&mut self, key: Key, until: Timestamp) -> Option<Delivery> {
        let mut entry = self.entries.get(&key)?.clone();
        let delivery = entry.lease(until);
        self.put(key, Some(entry));
        Some(delivery)
    }

    pub(super) fn settle(&mut self, settlement: &Settlement) -> bool {
        let key = (settlement.record.clone(), settlement.seq, settlement.index);
        let Some(mut entry) = self.entries.get(&key).cloned() else { return false };
        let applied = entry.settle(settlement);
        if applied {
            self.put(key, Some(entry));
        }
        applied
    }

    pub(super) fn effects(&self, record: &str, seq: u64) -> Vec<Effect> {
        let (first, last) = ((SmolStr::new(record), seq, 0), (SmolStr::new(record), seq, u16::MAX));
        self.entries.range(first..=last).map(|(_, entry)| entry.effect.clone()).collect()
    }

    pub(super) fn entry(&self, id: EffectId<'_>) -> Option<Entry> {
        self.entries.get(&(SmolStr::new(id.record()), id.seq(), id.index())).cloned()
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
        self.ready_of(kinds).next().map(|place| place.at)
    }

    pub(super) fn page(&self, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        if let Some(record) = &query.record {
            let entries = self.entries.range(all_of(record, 0)).map(|(_, entry)| entry);
            let mut places: Vec<OutboxKey> = entries
                .filter(|entry| query.state.is_none_or(|state| state == entry.state))
                .map(OutboxKey::by_time)
                .collect();
            places.sort_unstable();
            let from = query.after.as_ref().map_or(0, |after| places.partition_point(|place| place <= after));
            return Ok(self.listed(places.iter().skip(from), query.limit));
        }
        let index = match query.state {
            Some(EffectState::Pending) => {
                let after = |place: &&OutboxKey| query.after.as_ref().is_none_or(|after| *place > after);
                return Ok(self.listed(self.ready_of(&EffectKind::ALL).filter(after), query.limit));
            }
            Some(EffectState::Dead) => &self.dead,
            _ => {
                let message = "without a record, only what is pending or dead is listed";
                return Err(StoreError::new(StoreErrorKind::Invalid, message));
            }
        };
        Ok(self.listed(index.range((after(query.after.as_ref()), Bound::Unbounded)), query.limit))
    }

    pub(super) fn open_tasks(&self, query: &TaskQuery) -> OutboxPage {
        let none = BTreeSet::new();
        let index = match &query.assignee {
            Some(assignee) => self.tasks_of.get(assignee).unwrap_or(&none),
            None => &self.tasks,
        };
        let places = index.range((after(query.after.as_ref()), Bound::Unbounded));
        self.listed(places.take_while(|place| query.due_before.is_none_or(|end| place.at < end)), query.limit)
    }

    fn listed<'k>(&self, mut places: impl Iterator<Item = &'k OutboxKey>, limit: usize) -> OutboxPage {
        let page: Vec<&OutboxKey> = places.by_ref().take(limit).collect();
        let next = places.next().and(page.last()).map(|last| (*last).clone());
        let find =
            |place: &&OutboxKey| self.entries.get(&(place.record.clone(), place.seq, place.index)).cloned();
        OutboxPage { entries: page.iter().filter_map(find).collect(), next }
    }
}

fn after(key: Option<&OutboxKey>) -> Bound<&OutboxKey> {
    key.map_or(Bound::Unbounded, Bound::Excluded)
}
