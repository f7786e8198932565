//! Moving live records by a map: which stage goes where, and who ordered it when (S33).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

use crate::actor::Actor;
use crate::time::Timestamp;
use crate::value::{Fields, Value};

/// How a map writes that a record has no stage (S28).
pub const NO_STAGE: &str = "none";

/// The id of a stage in a map; nothing for [`NO_STAGE`].
pub(crate) fn stage_of(id: &str) -> Option<&str> {
    (id != NO_STAGE).then_some(id)
}

/// Which stage goes where.
///
/// In JSON it is an object from source to target; a target that needs more than its id is an object.
///
/// ```
/// use lifestage::migration::{MapEntry, StageMap};
///
/// let map: StageMap = serde_json::from_str(
///     r#"{"showed": "attended", "parked": {"to": "lost", "allow_outcome_change": true, "input": {"reason": "timing"}}}"#,
/// )?;
/// let same = StageMap::new().with("showed", "attended").with_entry(
///     MapEntry::new("parked", "lost").allowing_outcome_change().with_input("reason", "timing"),
/// );
/// assert_eq!(map, same);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageMap(Vec<MapEntry>);

/// Where the records of one stage go.
#[derive(Debug, Clone, PartialEq)]
pub struct MapEntry {
    /// The stage they are in, or `none`.
    pub from: SmolStr,
    /// The stage they go to, or `none`.
    pub to: SmolStr,
    /// Whether they may become won, lost, disqualified or open by it (S33a).
    pub allow_outcome_change: bool,
    /// What the target asks for, answered once for all of them (S33a).
    pub input: Fields,
    /// Whether leaving and entering have their effects; mostly not (S33). Leaving has those of the definition that takes
    /// the records in, and so none where they come from another pipeline.
    pub effects: bool,
}

impl MapEntry {
    /// From one stage to another of the same outcome.
    pub fn new(from: impl Into<SmolStr>, to: impl Into<SmolStr>) -> Self {
        let (from, to) = (from.into(), to.into());
        Self { from, to, allow_outcome_change: false, input: Fields::new(), effects: false }
    }

    /// The same entry, to a stage of whatever outcome.
    #[must_use]
    pub const fn allowing_outcome_change(mut self) -> Self {
        self.allow_outcome_change = true;
        self
    }

    /// The same entry, and leaving and entering set in motion what they do by a move: tasks, messages, timers.
    #[must_use]
    pub const fn with_effects(mut self) -> Self {
        self.effects = true;
        self
    }

    /// The same entry with an answer to what the target asks for.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.input.insert(name, value);
        self
    }
}

impl StageMap {
    /// A map of nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same map with one entry more.
    #[must_use]
    pub fn with(self, from: impl Into<SmolStr>, to: impl Into<SmolStr>) -> Self {
        self.with_entry(MapEntry::new(from, to))
    }

    /// The same map with one entry more.
    #[must_use]
    pub fn with_entry(mut self, entry: MapEntry) -> Self {
        self.0.push(entry);
        self
    }

    /// The entries, in order.
    pub fn entries(&self) -> &[MapEntry] {
        &self.0
    }

    /// Whether it maps nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the records of a stage go.
    pub fn entry(&self, from: Option<&str>) -> Option<&MapEntry> {
        let from = from.unwrap_or(NO_STAGE);
        self.0.iter().find(|entry| entry.from == from)
    }

    /// Whether some records go to where others come from, so that a stage alone does not tell who is
    /// still to be moved.
    #[cfg(feature = "std")]
    pub(crate) fn is_chained(&self) -> bool {
        self.0.iter().any(|entry| self.0.iter().any(|other| other.from == entry.to))
    }

    /// The entries, those first whose target nobody leaves any more; circles come last.
    #[cfg(feature = "std")]
    pub(crate) fn in_order(&self) -> Vec<&MapEntry> {
        let mut waiting: Vec<&MapEntry> = self.0.iter().collect();
        let mut ordered = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let free = |entry: &MapEntry| !waiting.iter().any(|other| other.from == entry.to);
            let at = waiting.iter().position(|entry| free(entry)).unwrap_or(0);
            ordered.push(waiting.remove(at));
        }
        ordered
    }

    pub(crate) fn extend(&mut self, entries: impl IntoIterator<Item = MapEntry>) {
        self.0.extend(entries);
    }
}

/// A target as an object of its own.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    to: SmolStr,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    allow_outcome_change: bool,
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    input: Fields,
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    effects: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a stage, or an object with `to`, `allow_outcome_change`, `input` and `effects`"
)]
enum ShortOrLong {
    Short(SmolStr),
    Long(Target),
}

impl Serialize for StageMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for MapEntry { from, to, allow_outcome_change, input, effects } in &self.0 {
            let (allow_outcome_change, effects) = (*allow_outcome_change, *effects);
            let target = if allow_outcome_change || effects || !input.is_empty() {
                let (to, input) = (to.clone(), input.clone());
                ShortOrLong::Long(Target { to, allow_outcome_change, input, effects })
            } else {
                ShortOrLong::Short(to.clone())
            };
            map.serialize_entry(from, &target)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for StageMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = StageMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from stages to stages")
            }

            // A source that comes twice is kept, to be refused by name and not by place (S33).
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StageMap, A::Error> {
                let mut entries = StageMap::new();
                while let Some((from, target)) = map.next_entry::<SmolStr, ShortOrLong>()? {
                    let entry = match target {
                        ShortOrLong::Short(to) => MapEntry::new(from, to),
                        ShortOrLong::Long(Target { to, allow_outcome_change, input, effects }) => {
                            MapEntry { from, to, allow_outcome_change, input, effects }
                        }
                    };
                    entries = entries.with_entry(entry);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A migration that somebody ordered: enough to go on with it after a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Migration {
    /// The batch that each row of it names.
    pub id: SmolStr,
    /// The pipeline that the records are in.
    pub pipeline: SmolStr,
    /// The pipeline that they go to, mostly the same.
    pub into: SmolStr,
    /// The definition version of that pipeline that takes them in.
    pub version: u32,
    /// Which stage goes where.
    pub map: StageMap,
    /// The reason that each row gives.
    pub reason: SmolStr,
    /// Whether it is only for those that came to their stage under an earlier version, because it goes
    /// with the publication of this one.
    pub earlier_only: bool,
    /// Who ordered it.
    pub actor: Actor,
    /// When.
    pub started_at: Timestamp,
}

/// A migration as stores hold it: one from before effects were asked for entry by entry says it for all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    id: SmolStr,
    pipeline: SmolStr,
    into: SmolStr,
    version: u32,
    map: StageMap,
    reason: SmolStr,
    #[serde(default)]
    earlier_only: bool,
    #[serde(default)]
    effects: bool,
    actor: Actor,
    started_at: Timestamp,
}

impl From<Stored> for Migration {
    fn from(stored: Stored) -> Self {
        let Stored { id, pipeline, into, version, mut map, reason, earlier_only, effects, actor, started_at } =
            stored;
        map.0.iter_mut().for_each(|entry| entry.effects |= effects);
        Self { id, pipeline, into, version, map, reason, earlier_only, actor, started_at }
    }
}

/// The reason that rows give when a stage was removed (S25).
pub const STAGE_REMOVED: &str = "stage_removed";

/// How many records are in each stage, for judging an edit (S24, S25).
///
/// ```
/// use lifestage::migration::Occupancy;
///
/// let occupancy: Occupancy = [(Some("showed"), 312), (None, 4)].into_iter().collect();
/// assert_eq!((occupancy.of(Some("showed")), occupancy.of(None), occupancy.of(Some("new"))), (312, 4, 0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Occupancy(Vec<Occupied>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Occupied {
    stage: Option<SmolStr>,
    count: u64,
    trashed: u64,
}

impl Occupancy {
    /// Nothing anywhere.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The same, with so many records in a stage more, all of them in the trash (S61a).
    #[must_use]
    pub fn with_trashed(mut self, stage: Option<SmolStr>, trashed: u64) -> Self {
        self.0.push(Occupied { stage, count: trashed, trashed });
        self
    }

    /// Only those in stages that are wanted.
    #[cfg(feature = "std")]
    pub(crate) fn within(mut self, wanted: impl Fn(Option<&str>) -> bool) -> Self {
        self.0.retain(|at| wanted(at.stage.as_deref()));
        self
    }

    /// How many records are in a stage, the trash counted; in none, for `None`.
    pub fn of(&self, stage: Option<&str>) -> u64 {
        self.0.iter().filter(|at| at.stage.as_deref() == stage).map(|at| at.count).sum()
    }

    /// How many records of a stage are in the trash.
    pub fn trashed(&self, stage: Option<&str>) -> u64 {
        self.0.iter().filter(|at| at.stage.as_deref() == stage).map(|at| at.trashed).sum()
    }

    /// How many records there are in all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|at| at.count).sum()
    }

    /// The stages that have records, and how many.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&str>, u64)> {
        let first = |place: usize, stage: &Option<SmolStr>| {
            !self.0.iter().take(place).any(|before| before.stage == *stage)
        };
        let stages = self.0.iter().enumerate().filter(move |(place, at)| first(*place, &at.stage));
        let counts = stages.map(|(_, at)| (at.stage.as_deref(), self.of(at.stage.as_deref())));
        counts.filter(|(_, count)| *count > 0)
    }

    /// `312 records (3 of them in the trash) are`.
    pub(crate) fn records_are(&self, stage: Option<&str>) -> String {
        records_are_besides(self.of(stage), self.trashed(stage))
    }

    /// As `records_are`, of all stages.
    pub(crate) fn all_records_are(&self) -> String {
        records_are_besides(self.total(), self.0.iter().map(|at| at.trashed).sum())
    }
}

impl<S: Into<SmolStr>> FromIterator<(Option<S>, u64)> for Occupancy {
    fn from_iter<I: IntoIterator<Item = (Option<S>, u64)>>(counts: I) -> Self {
        let occupied =
            |(stage, count): (Option<S>, u64)| Occupied { stage: stage.map(Into::into), count, trashed: 0 };
        Self(counts.into_iter().map(occupied).collect())
    }
}

fn records_are_besides(count: u64, trashed: u64) -> String {
    match (count, trashed) {
        (_, 0) => records_are(count),
        (1, _) => String::from("1 record (in the trash) is"),
        (_, _) if count == trashed => alloc::format!("{count} records (all in the trash) are"),
        _ => alloc::format!("{count} records ({trashed} of them in the trash) are"),
    }
}

/// `1 record is`, `312 records are`.
pub(crate) fn records_are(count: u64) -> String {
    if count == 1 { String::from("1 record is") } else { alloc::format!("{count} records are") }
}
