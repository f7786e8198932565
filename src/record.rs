//! The thing that moves, as a snapshot.

mod link;
mod parts;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use link::{Link, Links};
pub use parts::RecordParts;

use crate::digest::Digest;
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// The snapshot of a lead, contact, customer or deal: all that a decision needs of it (S15a).
///
/// Hosts with tables of their own fill in what they keep; a store fills in everything.
///
/// ```
/// use lifestage::Record;
///
/// let lead = Record::new("lead-42").in_stage("new").with("email", "ada@example.com").owned_by("sam");
/// assert_eq!(lead.stage(), Some("new"));
/// assert_eq!(lead.owner(), Some("sam"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub(crate) id: SmolStr,
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub(crate) pipeline: SmolStr,
    #[serde(default)]
    pub(crate) stage: Option<SmolStr>,
    #[serde(default)]
    pub(crate) version: u64,
    #[serde(default)]
    pub(crate) seq: u64,
    #[serde(default)]
    pub(crate) visit: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entered_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub(crate) fields: Fields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) closed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lost_reason: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Links::is_empty")]
    pub(crate) links: Links,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reserved: Option<SmolStr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trashed_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) definition: u32,
    #[serde(default)]
    pub(crate) head: Digest,
    /// The rest of the snapshot, which few decisions read.
    #[serde(default, skip_serializing_if = "Memory::is_empty")]
    pub(crate) memory: Memory,
}

/// Whether a record is there to be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It is.
    #[default]
    Live,
    /// It is in the trash: out of views, restorable, and still in its stage (S61a).
    Trashed,
    /// It became one with another, which it points at (S59).
    Merged,
}

impl Presence {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Live, Self::Trashed, Self::Merged];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Trashed => "trashed",
            Self::Merged => "merged",
        }
    }
}

/// What a decision must know of a record's past beyond its present state (S15a).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// How often each stage has been entered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) visits: Vec<(SmolStr, u32)>,
    /// The actions that happen once in the life of a record and have happened (S48).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fired: Vec<SmolStr>,
    /// The open proposals (S61b).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) proposals: Vec<Proposal>,
    /// The queues it is on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) queues: Vec<Queued>,
}

impl Memory {
    pub(crate) fn is_empty(&self) -> bool {
        self.visits.is_empty() && self.fired.is_empty() && self.proposals.is_empty() && self.queues.is_empty()
    }
}

/// A queue that a record is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// The queue.
    pub queue: SmolStr,
    /// Since when.
    pub since: Timestamp,
}

/// A move that somebody asked for and somebody else has to approve (S61b).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The journal row of the proposal.
    pub seq: u64,
    /// The move asked for.
    #[serde(rename = "move")]
    pub mv: SmolStr,
    /// Who asked.
    pub by: SmolStr,
    /// What the person gave as input.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub input: Fields,
    /// The visit it was asked in; another visit voids it.
    pub visit: u64,
    /// The meaning of the definition it was asked under; another meaning voids it.
    pub meaning: Digest,
}

impl Record {
    /// A record without stage, owner and fields that no store has seen yet.
    pub fn new(id: impl Into<SmolStr>) -> Self {
        Self {
            id: id.into(),
            pipeline: SmolStr::default(),
            stage: None,
            version: 0,
            seq: 0,
            visit: 0,
            entered_at: None,
            created_at: None,
            last_at: None,
            owner: None,
            fields: Fields::new(),
            closed_at: None,
            lost_reason: None,
            links: Links::default(),
            reserved: None,
            trashed_at: None,
            definition: 0,
            head: Digest::ZERO,
            memory: Memory::default(),
        }
    }

    /// The same record in this stage.
    #[must_use]
    pub fn in_stage(mut self, stage: impl Into<SmolStr>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// The same record in this pipeline.
    #[must_use]
    pub fn in_pipeline(mut self, pipeline: impl Into<SmolStr>) -> Self {
        self.pipeline = pipeline.into();
        self
    }

    /// The same record with a field set.
    #[must_use]
    pub fn with(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.fields.insert(name, value);
        self
    }

    /// The same record owned by this person.
    #[must_use]
    pub fn owned_by(mut self, owner: impl Into<SmolStr>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// The same record, pointing at another.
    #[must_use]
    pub fn linked_to(mut self, link: Link, target: impl Into<SmolStr>) -> Self {
        self.links.set(link, Some(target.into()));
        self
    }

    /// The same record at this version, for hosts that count versions themselves.
    #[must_use]
    pub const fn at_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// The same record, in its stage since `entered_at`.
    #[must_use]
    pub const fn since(mut self, entered_at: Timestamp) -> Self {
        self.entered_at = Some(entered_at);
        self
    }

    /// The stable id, unique in its tenant.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of the pipeline it is in; empty until it is in one.
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// The id of the stage it is in; none is a state of its own (S28).
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref()
    }

    /// The number that every change of the record steps, and commits compare (S15).
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The number of its last journal row; 0 before the first.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The number of the journal row that entered the stage it is in (S16).
    pub const fn visit(&self) -> u64 {
        self.visit
    }

    /// When it entered its stage; none when that is unknown (S40).
    pub const fn entered_at(&self) -> Option<Timestamp> {
        self.entered_at
    }

    /// When it was created.
    pub const fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }

    /// The effective time of its last journal row (S42).
    pub const fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    /// Who owns it.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// Its facts.
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// When it was won, lost or disqualified, while it is (S10).
    pub const fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// Why it was lost, while it is (S11).
    pub fn lost_reason(&self) -> Option<&str> {
        self.lost_reason.as_deref()
    }

    /// The record that it points at in this way.
    pub fn link(&self, link: Link) -> Option<&str> {
        self.links.get(link)
    }

    /// Everything that it points at.
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// The e-mail address that it holds as the customer of that person: no other record of the tenant can
    /// hold it as well (S57).
    pub fn reserved(&self) -> Option<&str> {
        self.reserved.as_deref()
    }

    /// When it was put into the trash, while it is there (S61a).
    pub const fn trashed_at(&self) -> Option<Timestamp> {
        self.trashed_at
    }

    /// Whether it is there to be worked with, in the trash, or one with another record.
    pub fn presence(&self) -> Presence {
        match (self.link(Link::Head), self.trashed_at) {
            (Some(_), _) => Presence::Merged,
            (None, Some(_)) => Presence::Trashed,
            (None, None) => Presence::Live,
        }
    }

    /// The definition version of its last journal row; provenance only (S32).
    pub const fn definition(&self) -> u32 {
        self.definition
    }

    /// The hash of its last journal row (S44).
    pub const fn head(&self) -> Digest {
        self.head
    }

    /// How often it has entered this stage.
    pub fn visits_of(&self, stage: &str) -> u32 {
        self.memory.visits.iter().find(|(id, _)| id == stage).map_or(0, |(_, count)| *count)
    }

    /// The moves that wait for approval (S61b).
    pub fn proposals(&self) -> &[Proposal] {
        &self.memory.proposals
    }

    /// The queues it is on, in the order in which it came to be on them.
    pub fn queues(&self) -> &[Queued] {
        &self.memory.queues
    }

    /// What the store keeps of its past beside its present state.
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }
}
