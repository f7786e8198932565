use alloc::collections::{BTreeMap, BTreeSet};
use core::cmp::Reverse;

use smol_str::SmolStr;

use crate::record::{Link, Presence, Queued, Record};
use crate::store::QueuePlace;
use crate::time::Timestamp;
use crate::value::Value;

/// The place of a record in its stage, newest first, unknown entry times last.
pub(super) type Place = Reverse<(Option<Timestamp>, SmolStr)>;

/// The records of a pipeline, stage by stage.
pub(super) type Stages = BTreeMap<(Presence, Option<SmolStr>), BTreeSet<Place>>;

/// The ways in which records are found other than by their ids.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By pipeline.
    pub(super) stages: BTreeMap<SmolStr, Stages>,
    /// Who points at a record, by the way and the record.
    pub(super) links: BTreeMap<(Link, SmolStr), BTreeSet<SmolStr>>,
    /// The records with an e-mail address as a fact.
    pub(super) emails: BTreeMap<SmolStr, BTreeSet<SmolStr>>,
    /// The records that hold an e-mail address.
    pub(super) reserved: BTreeMap<SmolStr, SmolStr>,
    /// The records on each queue of each pipeline, longest there first.
    pub(super) queues: BTreeMap<(SmolStr, SmolStr), BTreeSet<QueuePlace>>,
}

impl Index {
    /// Takes a record from where it was found, and puts it where it is now. What of it did not change stays.
    pub(super) fn update(&mut self, old: Option<&Record>, new: Option<&Record>) {
        let Some(id) = new.or(old).map(|record| &record.id) else { return };
        if differ(old, new, |it| (&it.pipeline, it.presence(), &it.stage, it.entered_at)) {
            if let Some(old) = old {
                self.stage_of(old).remove(&place(old));
            }
            if let Some(new) = new {
                self.stage_of(new).insert(place(new));
            }
        }
        if differ(old, new, |it| &it.links) {
            for (link, target) in old.into_iter().flat_map(|old| old.links.iter()) {
                self.links.entry((link, target.into())).or_default().remove(id);
            }
            for (link, target) in new.into_iter().flat_map(|new| new.links.iter()) {
                self.links.entry((link, target.into())).or_default().insert(id.clone());
            }
        }
        if differ(old, new, email) {
            if let Some(email) = old.and_then(email) {
                self.emails.entry(email.clone()).or_default().remove(id);
            }
            if let Some(email) = new.and_then(email) {
                self.emails.entry(email.clone()).or_default().insert(id.clone());
            }
        }
        if differ(old, new, |it| &it.reserved) {
            if let Some(email) = old.and_then(|old| old.reserved.as_ref()) {
                self.reserved.remove(email);
            }
            if let Some(email) = new.and_then(|new| new.reserved.clone()) {
                self.reserved.insert(email, id.clone());
            }
        }
        if differ(old, new, |it| (&it.pipeline, it.presence(), it.queues())) {
            for (queue, place) in old.into_iter().flat_map(queue_places) {
                self.queues.entry(queue).or_default().remove(&place);
            }
            let live = new.filter(|new| new.presence() == Presence::Live);
            for (queue, place) in live.into_iter().flat_map(queue_places) {
                self.queues.entry(queue).or_default().insert(place);
            }
        }
    }

    fn stage_of(&mut self, record: &Record) -> &mut BTreeSet<Place> {
        let stages = self.stages.entry(record.pipeline.clone()).or_default();
        stages.entry((record.presence(), record.stage.clone())).or_default()
    }
}

fn place(record: &Record) -> Place {
    Reverse((record.entered_at, record.id.clone()))
}

fn email(record: &Record) -> Option<&SmolStr> {
    match record.fields.get("email") {
        Some(Value::Text(email)) => Some(email),
        _ => None,
    }
}

fn queue_places(record: &Record) -> impl Iterator<Item = ((SmolStr, SmolStr), QueuePlace)> {
    record.queues().iter().map(|Queued { queue, since }| {
        let place = QueuePlace { since: *since, record: record.id.clone() };
        ((record.pipeline.clone(), queue.clone()), place)
    })
}

/// Whether a record is another than before in what `part` sees of it.
fn differ<'r, T: PartialEq>(
    old: Option<&'r Record>,
    new: Option<&'r Record>,
    part: impl Fn(&'r Record) -> T,
) -> bool {
    old.map(&part) != new.map(&part)
}
