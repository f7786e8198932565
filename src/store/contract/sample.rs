use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::catalog::Outcome;
use crate::change::SealedChange;
use crate::digest::Digest;
use crate::effect::{Effect, EffectKind};
use crate::journal::{Direction, FactChange, QUEUES, RESERVED, Row, RowKind, Salt, StageMark};
use crate::outbox::EffectUpdate;
use crate::record::{Link, Record};
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// A change made up for a store to commit: well formed and sealed, but decided by nobody.
///
/// ```
/// use lifestage::store::contract::Sample;
/// use lifestage::store::{CommitMode, CommitOutcome, MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// let creation = Sample::creation("lead-42").with("email", "ada@example.com").sealed();
/// let mv = Sample::mv(&creation.record, "contacted").keyed("form-1", "to contacted").sealed();
/// let outcomes = store.commit("acme", &[creation, mv], CommitMode::Atomic)?;
/// assert_eq!(outcomes, [CommitOutcome::Applied, CommitOutcome::Applied]);
/// # Ok::<(), lifestage::store::StoreError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sample {
    pub(super) record: Record,
    pub(super) row: Row,
    pub(super) effects: Vec<Effect>,
    updates: Vec<EffectUpdate>,
    expected_version: u64,
    expected_seq: u64,
    meaning: Option<Digest>,
}

/// 2026-01-01T00:00:00Z.
const EPOCH: i64 = 1_767_225_600;

impl Sample {
    /// A record that comes to be, in stage `new` of pipeline `leads`.
    pub fn creation(id: impl Into<SmolStr>) -> Self {
        let record = Record::new(id).in_pipeline("leads");
        let mut sample = Self::after(record, RowKind::Creation).in_stage(Some("new"));
        sample.record.created_at = Some(sample.row.effective_at);
        sample.row.direction = Some(Direction::Forward);
        sample
    }

    /// A move to another stage.
    pub fn mv(record: &Record, to: impl AsRef<str>) -> Self {
        let mut sample = Self::after(record.clone(), RowKind::Move).in_stage(Some(to.as_ref()));
        sample.row.mv = Some(smol_str::format_smolstr!("mark_{}", to.as_ref()));
        sample.row.direction = Some(Direction::Forward);
        sample
    }

    /// A change of one fact.
    pub fn edit(record: &Record, name: &str, value: impl Into<Value>) -> Self {
        Self::after(record.clone(), RowKind::Edit).with(name, value)
    }

    /// A proposal: a row that leaves the version as it is (S61b).
    pub fn proposal(record: &Record) -> Self {
        let mut sample = Self::after(record.clone(), RowKind::Proposal);
        sample.record.version = record.version;
        sample.row.version_after = record.version;
        sample
    }

    /// A row of this kind that leaves the stage alone; into the trash and out of it, or erasing, where the
    /// kind says so.
    pub fn of_kind(record: &Record, kind: RowKind) -> Self {
        let mut sample = Self::after(record.clone(), kind);
        sample.record.follow(&sample.row);
        sample
    }

    /// The same change, pointing the record at another, or at none.
    #[must_use]
    pub fn linked(self, link: Link, target: Option<&str>) -> Self {
        self.own_fact(link.fact(), target)
    }

    /// The same change, holding an e-mail address, or none.
    #[must_use]
    pub fn reserving(self, email: Option<&str>) -> Self {
        self.own_fact(RESERVED, email)
    }

    fn own_fact(mut self, name: &str, new: Option<&str>) -> Self {
        let fact = FactChange { name: name.into(), old: None, new: new.map(Value::from) };
        self.record.apply_facts(core::slice::from_ref(&fact));
        self.row.facts.push(fact);
        self
    }

    fn after(mut record: Record, kind: RowKind) -> Self {
        let (expected_version, expected_seq) = (record.version, record.seq);
        let stage = record.stage.as_deref().map(mark);
        record.seq += 1;
        record.version += 1;
        record.definition = 1;
        let at = i64::try_from(record.seq).map_or(0, |seq| EPOCH.saturating_add(seq));
        let at = Timestamp::from_seconds(at);
        record.last_at = Some(at);
        let row = Row {
            record: record.id.clone(),
            seq: record.seq,
            kind,
            pipeline: record.pipeline.clone(),
            definition: 1,
            origin: None,
            mv: None,
            from: stage.clone(),
            to: stage,
            direction: None,
            actor: SmolStr::new_static("sam"),
            automation: false,
            forced: false,
            start_unknown: false,
            reason: None,
            input: Fields::new(),
            facts: Vec::new(),
            was_closed_at: None,
            was_lost_reason: None,
            refers_to: None,
            effective_at: at,
            recorded_at: at,
            key: None,
            request: None,
            batch: None,
            version_after: record.version,
            salt: None,
            personal: Digest::ZERO,
            effects: Digest::ZERO,
            previous: Digest::ZERO,
            hash: Digest::ZERO,
        };
        Self {
            record,
            row,
            effects: Vec::new(),
            updates: Vec::new(),
            expected_version,
            expected_seq,
            meaning: None,
        }
    }

    /// The same change into this stage, or into none.
    #[must_use]
    pub fn in_stage(mut self, stage: Option<&str>) -> Self {
        self.row.to = stage.map(mark);
        self.record.stage = stage.map(SmolStr::new);
        self.record.visit = self.row.seq;
        self.record.entered_at = Some(self.row.effective_at);
        if let Some(stage) = stage {
            match self.record.memory.visits.iter_mut().find(|(id, _)| id == stage) {
                Some((_, count)) => *count += 1,
                None => self.record.memory.visits.push((stage.into(), 1)),
            }
        }
        self
    }

    /// The same change in this pipeline.
    #[must_use]
    pub fn in_pipeline(mut self, pipeline: impl Into<SmolStr>) -> Self {
        self.record.pipeline = pipeline.into();
        self.row.pipeline = self.record.pipeline.clone();
        self
    }

    /// The same change, having entered the stage at this time, or at one nobody knows.
    #[must_use]
    pub const fn entered(mut self, entered_at: Option<Timestamp>) -> Self {
        self.record.entered_at = entered_at;
        self.row.start_unknown = entered_at.is_none();
        self
    }

    /// The same change, setting a fact too.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let old = self.record.fields.insert(name, value.clone());
        self.row.facts.push(FactChange { name: name.into(), old, new: Some(value) });
        self
    }

    /// The same change under a request key; `request` stands for what is asked for.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<SmolStr>, request: &str) -> Self {
        self.row.key = Some(key.into());
        self.row.request = Some(Digest::of(request.as_bytes()));
        self
    }

    /// The same change by another actor.
    #[must_use]
    pub fn by(mut self, actor: impl Into<SmolStr>) -> Self {
        self.row.actor = actor.into();
        self
    }

    /// The same change, judged by a definition of this meaning.
    #[must_use]
    pub const fn judged_by(mut self, meaning: Digest) -> Self {
        self.meaning = Some(meaning);
        self
    }

    /// The same change with so many effects.
    #[must_use]
    pub fn with_effects(mut self, count: u16) -> Self {
        for _ in 0..count {
            self = self.with_effect("call_back", EffectKind::CreateTask, |task| {
                task.args =
                    Fields::from_iter([("title", Value::from("Call back")), ("due", Value::from("1d"))]);
            });
        }
        self
    }

    /// The same change with one more effect, of the visit that the record is in then; `shape` says what else it is.
    #[must_use]
    pub fn with_effect(mut self, action: &str, kind: EffectKind, shape: impl FnOnce(&mut Effect)) -> Self {
        let index = u16::try_from(self.effects.len()).unwrap_or(u16::MAX);
        let mut effect = Effect::new(self.record.id.clone(), self.row.seq, index, action, kind);
        effect.visit = self.record.visit;
        shape(&mut effect);
        self.effects.push(effect);
        self
    }

    /// The same change, doing this to effects of earlier rows.
    #[must_use]
    pub fn updating(mut self, update: EffectUpdate) -> Self {
        self.updates.push(update);
        self
    }

    /// The same change, leaving the record on these queues.
    #[must_use]
    pub fn queued(mut self, queues: &[&str]) -> Self {
        let list = Value::List(queues.iter().map(SmolStr::new).collect());
        let fact = FactChange { name: QUEUES.into(), old: None, new: Some(list) };
        self.record.join(&fact, self.row.effective_at);
        self.row.facts.push(fact);
        self
    }

    /// The change, hashed onto the journal of its record.
    pub fn sealed(self) -> SealedChange {
        let Self { mut record, mut row, effects, updates, expected_version, expected_seq, meaning } = self;
        let mut salt = [0; 16];
        let digest = Digest::of(record.id.as_bytes());
        salt.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
        row.seal(record.head, Salt::from_bytes(salt), &effects);
        record.head = row.hash;
        SealedChange { record, row, effects, updates, expected_version, expected_seq, meaning }
    }
}

pub(super) fn mark(stage: &str) -> StageMark {
    let outcome = if stage == "won" { Outcome::Won } else { Outcome::Open };
    StageMark { id: stage.into(), label: smol_str::format_smolstr!("The {stage} stage"), outcome }
}
