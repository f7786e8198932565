//! All that one decision writes.

mod plan;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, ToSmolStr};

use crate::actor::Actor;
use crate::catalog::Outcome;
use crate::compile::{Compiled, EffectSpec};
use crate::definition::Repeat;
use crate::digest::Digest;
use crate::effect::{Effect, EffectTrigger};
use crate::facts::RecordFacts;
use crate::journal::{FactChange, OWN_NAMES, OWNER, QUEUES, RESERVED, Row, RowKind, Salt};
use crate::outbox::EffectUpdate;
use crate::record::{Link, Links, Proposal, Queued, Record};
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// All that one decision writes: the record after, its history row, its effects.
///
/// It borrows the pipeline and the record, so that deciding allocates nothing; effects are worked
/// out when they are read. [`seal`](Self::seal) makes it whole and its own.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    pub(crate) compiled: &'a Compiled,
    pub(crate) meaning: &'a Digest,
    pub(crate) record: &'a Record,
    pub(crate) actor: &'a Actor,
    pub(crate) row: Row,
    /// The lists of effects that apply: leaving, moving, entering.
    pub(crate) plan: [&'a [u32]; 3],
    /// What becomes of what the record remembers.
    pub(crate) memory: MemoryChange,
    /// What few changes have.
    pub(crate) extra: Option<Box<Extra>>,
}

/// What a change has besides, when it is no plain move.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extra {
    /// How many changes led to this one, each by the one before (S13).
    pub(crate) depth: u16,
    /// The action that is carried out: its place among those offered, and what the person said.
    pub(crate) act: Option<(usize, Fields)>,
    /// The move that follows an action that was reported done: the action, the move.
    pub(crate) follow: Option<(SmolStr, SmolStr)>,
    /// What the record's stage came to have while it was there.
    pub(crate) given: Vec<u32>,
    /// The tasks that it had before, by their place in the pipeline: where those are that are not done, and nothing of
    /// those that are.
    pub(crate) had: Vec<(u32, Option<(u64, u16)>)>,
    pub(crate) updates: Vec<EffectUpdate>,
}

/// What a change does to what the record remembers, beyond what its row says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MemoryChange {
    Keep,
    /// Adds the proposal that the row is about.
    Open(SmolStr),
    /// Removes the proposal that this row opened.
    Close(u64),
    /// The visit ends, and with it all proposals (S61b).
    Void,
    /// As `Void`; besides, the record gets back the closing time and lost reason of before (S43).
    Restore(Option<Timestamp>, Option<SmolStr>),
    /// What happened once in the life of another record happened in this one's (S59).
    Absorb(Vec<SmolStr>),
}

impl<'a> Change<'a> {
    /// The history row, not yet hashed.
    pub const fn row(&self) -> &Row {
        &self.row
    }

    /// The record that was judged.
    pub const fn before(&self) -> &'a Record {
        self.record
    }

    /// The id of the stage that the record is in afterwards.
    pub fn to(&self) -> Option<&str> {
        self.row.to.as_ref().map(|mark| mark.id.as_str())
    }

    /// What it sets in motion, in order: leaving the old stage, the move, entering the new (S46), then what changed
    /// facts and finished actions lead to.
    pub fn effects(&self) -> impl Iterator<Item = Effect> {
        self.planned().into_iter()
    }

    /// What becomes of effects of earlier rows.
    pub fn updates(&self) -> Vec<EffectUpdate> {
        let mut updates = self.extra.as_ref().map_or_else(Vec::new, |extra| extra.updates.clone());
        let Row { kind, refers_to, .. } = &self.row;
        match kind {
            RowKind::Deletion => updates.push(EffectUpdate::Hold),
            RowKind::Restoration => updates.push(EffectUpdate::Release),
            // Only the row of the duplicate says which of its visits ends.
            RowKind::Merge => updates.extend(refers_to.map(|_| EffectUpdate::Retire)),
            RowKind::Creation => {}
            _ if kind.begins_visit() => {
                if *kind == RowKind::Correction {
                    updates.extend(refers_to.map(|seq| EffectUpdate::Undo { seq }));
                }
                updates.push(EffectUpdate::EndVisit { visit: self.record.visit });
            }
            _ => {}
        }
        updates
    }

    /// The record that conditions and templates see: a new one as it is written.
    fn judged(&self) -> Cow<'_, Record> {
        match self.row.kind {
            RowKind::Creation => self.record.written(&self.row.facts),
            _ => Cow::Borrowed(self.record),
        }
    }

    fn facts<'f>(&'f self, record: &'f Record) -> RecordFacts<'f> {
        let (actor, input, now) = (self.actor, &self.row.input, self.row.recorded_at);
        RecordFacts { compiled: self.compiled, record, entering: None, actor, input, now }
    }

    /// What the texts of an action see: those of entering a stage find the record in it (S46).
    fn seen_by<'f>(&'f self, spec: &EffectSpec, facts: &RecordFacts<'f>) -> RecordFacts<'f> {
        let enters = spec.trigger == EffectTrigger::Enter && self.row.kind.begins_visit();
        RecordFacts { entering: enters.then_some(&self.row), ..*facts }
    }

    /// Whether an action's condition and repeat policy let it happen (S48).
    fn applies(&self, spec: &EffectSpec, facts: &RecordFacts<'_>) -> bool {
        facts.meet(spec.when)
            && match spec.repeat {
                Repeat::EveryVisit => true,
                Repeat::FirstVisit => {
                    let stage = spec.stage.and_then(|ix| self.compiled.catalog.at(ix));
                    let there = spec.trigger == EffectTrigger::Exit || self.row.kind == RowKind::Workflow;
                    let before = u32::from(there);
                    stage.is_none_or(|stage| facts.record.visits_of(stage.id()) <= before)
                }
                Repeat::Once => !facts.record.memory.fired.contains(&spec.action),
            }
    }

    /// The record after the change; its head is filled in by [`seal`](Self::seal).
    pub fn after(&self) -> Record {
        let row = &self.row;
        // A new record is what its row says of it, whatever else it was given.
        let mut after = match row.kind {
            RowKind::Creation => Record::new(row.record.clone()),
            _ => self.before().clone(),
        };
        after.follow(row);
        match &self.memory {
            MemoryChange::Keep => {}
            MemoryChange::Void => after.memory.proposals.clear(),
            MemoryChange::Restore(closed_at, lost_reason) => {
                after.memory.proposals.clear();
                after.closed_at = *closed_at;
                after.lost_reason = lost_reason.clone();
            }
            MemoryChange::Absorb(fired) => {
                let new = fired.iter().filter(|action| !self.record.memory.fired.contains(action));
                after.memory.fired.extend(new.cloned());
            }
            MemoryChange::Close(seq) => after.memory.proposals.retain(|open| open.seq != *seq),
            MemoryChange::Open(mv) => after.memory.proposals.push(Proposal {
                seq: row.seq,
                mv: mv.clone(),
                by: row.actor.clone(),
                input: row.input.clone(),
                visit: after.visit,
                meaning: *self.meaning,
            }),
        }
        let record = self.judged();
        let facts = self.facts(&record);
        let once = self.plan.into_iter().flatten().filter_map(|at| self.compiled.effects.get(*at as usize));
        let act = self.extra.as_ref().and_then(|extra| extra.act.as_ref());
        let acted = act.and_then(|(at, _)| self.compiled.offers.get(*at)).map(|offer| &offer.spec);
        let given = self.extra.as_ref().map_or(&[][..], |extra| &extra.given);
        let given = given.iter().filter_map(|at| self.compiled.effects.get(*at as usize));
        let once = once.chain(acted).chain(given);
        for spec in once.filter(|spec| spec.repeat == Repeat::Once && self.applies(spec, &facts)) {
            after.memory.fired.push(spec.action.clone());
        }
        after
    }

    /// The change as a whole that owns its parts, its row hashed onto the record's chain (S44).
    ///
    /// `salt` guards what is personal in the row; give a fresh one each time
    /// ([`Salt::random`](crate::journal::Salt::random) where there is an operating system).
    pub fn seal(self, salt: Salt) -> SealedChange {
        let (effects, updates) = (self.planned(), self.updates());
        let mut record = self.after();
        let (expected_version, expected_seq, previous) = match self.row.kind {
            RowKind::Creation => (0, 0, Digest::ZERO),
            _ => (self.record.version, self.record.seq, self.record.head),
        };
        let meaning = Some(*self.meaning);
        let mut row = self.row;
        row.seal(previous, salt, &effects);
        record.head = row.hash;
        SealedChange { record, row, effects, updates, expected_version, expected_seq, meaning }
    }
}

#[cfg(feature = "std")]
impl Change<'_> {
    /// As `seal`, for a record that no definition judges.
    pub(crate) fn seal_beside(self, salt: Salt) -> SealedChange {
        SealedChange { meaning: None, ..self.seal(salt) }
    }
}

impl Record {
    /// Takes over what a row did, all but proposals and actions fired.
    pub(crate) fn follow(&mut self, row: &Row) {
        self.pipeline = row.pipeline.clone();
        self.definition = row.definition;
        self.seq = row.seq;
        self.version = row.version_after;
        self.last_at = Some(row.effective_at);
        match row.kind {
            RowKind::Deletion => self.trashed_at = Some(row.effective_at),
            RowKind::Restoration => self.trashed_at = None,
            RowKind::Erasure => self.forget(),
            _ => {}
        }
        self.apply_facts(&row.facts);
        if let Some(queues) = row.facts.iter().find(|fact| fact.name == QUEUES) {
            self.join(queues, row.effective_at);
        }
        if row.kind.begins_visit() {
            self.begin_visit(row);
        }
    }

    /// What can be said of a record before it is created: its id, pipeline, owner, facts and links. A past it has
    /// not, whatever the document says that it came in.
    pub(crate) fn without_past(&self) -> Cow<'_, Self> {
        let places = self.stage.is_none() && self.version == 0 && self.visit == 0 && self.definition == 0;
        let times = [self.entered_at, self.created_at, self.last_at, self.closed_at];
        let rest = self.lost_reason.is_none() && self.head == Digest::ZERO && self.memory.is_empty();
        if places && rest && times.iter().all(Option::is_none) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self {
            pipeline: self.pipeline.clone(),
            owner: self.owner.clone(),
            fields: self.fields.clone(),
            links: self.links.clone(),
            reserved: self.reserved.clone(),
            trashed_at: self.trashed_at,
            ..Self::new(self.id.clone())
        })
    }

    /// A new record with its facts in the form in which its creation writes them, and its owner (S26a).
    pub(crate) fn written(&self, facts: &[FactChange]) -> Cow<'_, Self> {
        let mut written = self.without_past();
        let owner = facts.iter().find(|fact| fact.name == OWNER).and_then(|fact| fact.new.as_ref());
        if let Some(Value::Text(owner)) = owner.filter(|_| self.owner.is_none()) {
            written.to_mut().owner = Some(owner.clone());
        }
        for FactChange { name, new, .. } in facts.iter().filter(|fact| !fact.name.starts_with(OWN_NAMES)) {
            if let Some(new) = new.as_ref().filter(|new| self.fields.get(name) != Some(*new)) {
                written.to_mut().fields.insert(name.clone(), new.clone());
            }
        }
        written
    }

    pub(crate) fn apply_facts(&mut self, facts: &[FactChange]) {
        for fact in facts {
            if fact.name.starts_with(OWN_NAMES) && self.apply_own(fact) {
                continue;
            }
            match &fact.new {
                Some(value) => {
                    self.fields.insert(fact.name.clone(), value.clone());
                }
                None => {
                    self.fields.remove(&fact.name);
                }
            }
        }
    }

    /// Applies what is no field, if it is none.
    fn apply_own(&mut self, fact: &FactChange) -> bool {
        let new = fact.new.as_ref().map(|value| match value {
            Value::Text(text) => text.clone(),
            other => other.to_smolstr(),
        });
        match Link::of_fact(&fact.name) {
            Some(link) => self.links.set(link, new),
            None if fact.name == OWNER => self.owner = new,
            None if fact.name == RESERVED => self.reserved = new,
            // The row says since when: `follow` sees to it.
            None if fact.name == QUEUES => {}
            None => return false,
        }
        true
    }

    /// Drops what may tell of a person; the row that erases says what stays (S44).
    fn forget(&mut self) {
        self.fields = Fields::new();
        self.links = Links::default();
        self.owner = None;
        self.reserved = None;
        self.lost_reason = None;
        self.memory.proposals.clear();
        self.memory.queues.clear();
    }

    /// Is on the queues that a fact lists, on new ones since `at`.
    pub(crate) fn join(&mut self, queues: &FactChange, at: Timestamp) {
        let listed = match &queues.new {
            Some(Value::List(listed)) => &listed[..],
            _ => &[],
        };
        let before = core::mem::take(&mut self.memory.queues);
        let since = |queue: &SmolStr| {
            let there = before.iter().find(|queued| queued.queue == *queue);
            there.map_or(at, |queued| queued.since)
        };
        self.memory.queues =
            listed.iter().map(|queue| Queued { queue: queue.clone(), since: since(queue) }).collect();
    }

    fn begin_visit(&mut self, row: &Row) {
        self.stage = row.to.as_ref().map(|mark| mark.id.clone());
        self.visit = row.seq;
        self.entered_at = (!row.start_unknown).then_some(row.effective_at);
        if row.kind == RowKind::Creation {
            self.created_at = Some(row.effective_at);
        }
        let Some(to) = &row.to else {
            self.closed_at = None;
            self.lost_reason = None;
            return;
        };
        match self.memory.visits.iter_mut().find(|(id, _)| *id == to.id) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.memory.visits.push((to.id.clone(), 1)),
        }
        // S10: staying inside an outcome keeps the time of closing, reopening clears it. What is won
        // was not lost, whatever reason is given.
        let outcome_before = row.from.as_ref().map(|mark| mark.outcome);
        let reason = row.input.get("reason").filter(|_| to.outcome != Outcome::Won);
        if !to.outcome.is_closed() {
            self.closed_at = None;
            self.lost_reason = None;
        } else if outcome_before != Some(to.outcome) {
            self.closed_at = Some(row.effective_at);
            self.lost_reason = reason.map(ToSmolStr::to_smolstr);
        } else if let Some(reason) = reason {
            self.lost_reason = Some(reason.to_smolstr());
        }
    }
}

/// A change that owns its parts and is hashed: what a store commits, and what a host with tables of
/// its own writes in its own transaction.
///
/// The host writes `record`, appends `row` and `effects`, and does so on condition that the record
/// it holds is still at [`expected_version`](Self::expected_version) and
/// [`expected_seq`](Self::expected_seq); otherwise it writes nothing and answers with a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedChange {
    /// The record after.
    pub record: Record,
    /// Its new history row.
    pub row: Row,
    /// What the row sets in motion, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// What becomes of effects of earlier rows, before those of this one are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<EffectUpdate>,
    /// The version that the decision was made on; 0 when the record must not exist yet.
    pub expected_version: u64,
    /// The journal row that the decision was made on; 0 when the record must not exist yet.
    pub expected_seq: u64,
    /// The meaning of the definition that judged; none for changes that no definition judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Digest>,
}

impl SealedChange {
    /// Whether it may change more of the record than its place: fields, links, the e-mail held, its presence.
    /// A store may leave those alone otherwise.
    pub fn touches(&self) -> bool {
        let placed = matches!(self.row.kind, RowKind::Deletion | RowKind::Restoration | RowKind::Erasure);
        placed || self.row.facts.iter().any(|fact| fact.name != OWNER)
    }
}
