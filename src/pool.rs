//! People who take records in turn.

use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::record::Record;
use crate::value::Value;

/// The pipeline that pools are kept under. No definition can have this id.
pub(crate) const POOLS: &str = "@pools";
/// How the ids of pools begin, and of no other record.
const IDS: &str = "pool:";
/// The field with the members in order of turn, the next one first.
pub(crate) const MEMBERS: &str = "members";
/// The field with those who are away.
pub(crate) const AWAY: &str = "away";

/// People of a pipeline who take records in turn (round robin): whoever took one goes to the end. Who is away
/// is skipped and keeps the place.
///
/// A pool is a record of its own, so that a turn is taken once (S15a) and history tells whose it was.
///
/// ```
/// use lifestage::Pool;
///
/// let mut closers = Pool::new("contact_stages", "closer");
/// closers.set_members(&["eva", "sam", "lee"]);
/// closers.set_away("sam", true);
/// assert_eq!(closers.take_turn().as_deref(), Some("eva"));
/// assert_eq!(closers.take_turn().as_deref(), Some("lee"));
/// closers.set_away("sam", false);
/// assert_eq!(closers.take_turn().as_deref(), Some("sam")); // who was skipped is next
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    record: Record,
}

impl Pool {
    /// A pool without members.
    pub fn new(pipeline: &str, name: &str) -> Self {
        Self { record: Record::new(Self::record_id(pipeline, name)).in_pipeline(POOLS) }
    }

    /// The id of the record that a pool is. Records that are none cannot be created with such an id.
    pub fn record_id(pipeline: &str, name: &str) -> SmolStr {
        smol_str::format_smolstr!("{IDS}{pipeline}/{name}")
    }

    /// Whether a record is a pool.
    #[cfg(feature = "std")]
    pub(crate) fn is_one(record: &Record) -> bool {
        record.pipeline() == POOLS
    }

    /// Whether no record but a pool can have this id.
    pub(crate) fn is_id(id: &str) -> bool {
        id.starts_with(IDS)
    }

    /// The pool that this record is.
    pub const fn from_record(record: Record) -> Self {
        Self { record }
    }

    #[cfg(feature = "std")]
    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    /// The record that it is.
    pub fn into_record(self) -> Record {
        self.record
    }

    fn list(&self, field: &str) -> &[SmolStr] {
        match self.record.fields.get(field) {
            Some(Value::List(list)) => list,
            _ => &[],
        }
    }

    fn set(&mut self, field: &str, list: Vec<SmolStr>) {
        if list.is_empty() {
            self.record.fields.remove(field);
        } else {
            self.record.fields.insert(field, Value::List(list));
        }
    }

    /// Its members in order of turn, the next one first, each with whether they are there.
    pub fn members(&self) -> impl Iterator<Item = (&str, bool)> {
        self.list(MEMBERS).iter().map(|member| (member.as_str(), !self.list(AWAY).contains(member)))
    }

    /// Says who is in it. Whoever stays keeps the place, whoever is new comes last.
    pub fn set_members(&mut self, members: &[&str]) {
        let wanted = |member: &SmolStr| members.contains(&member.as_str());
        let mut turns: Vec<SmolStr> =
            self.list(MEMBERS).iter().filter(|member| wanted(member)).cloned().collect();
        for member in members {
            if !turns.iter().any(|own| own == member) {
                turns.push(SmolStr::new(member));
            }
        }
        let away = self.list(AWAY).iter().filter(|member| wanted(member)).cloned().collect();
        self.set(MEMBERS, turns);
        self.set(AWAY, away);
    }

    /// Says whether a member is away.
    pub fn set_away(&mut self, member: &str, away: bool) {
        let mut list: Vec<SmolStr> = self.list(AWAY).iter().filter(|own| *own != member).cloned().collect();
        if away && self.list(MEMBERS).iter().any(|own| own == member) {
            list.push(SmolStr::new(member));
        }
        self.set(AWAY, list);
    }

    /// Who is next, of those who are there.
    pub fn next(&self) -> Option<&str> {
        self.members().find(|(_, there)| *there).map(|(member, _)| member)
    }

    /// The next one takes a turn and goes to the end.
    pub fn take_turn(&mut self) -> Option<SmolStr> {
        self.take_turn_but(None)
    }

    /// The same, passing over somebody who has the record already, if anybody else is there.
    pub fn take_turn_but(&mut self, owner: Option<&str>) -> Option<SmolStr> {
        let there = || self.members().filter(|(_, there)| *there).map(|(member, _)| member);
        let next = there().find(|member| Some(*member) != owner).or_else(|| there().next());
        let next = SmolStr::new(next?);
        let mut turns: Vec<SmolStr> =
            self.list(MEMBERS).iter().filter(|member| **member != next).cloned().collect();
        turns.push(next.clone());
        self.set(MEMBERS, turns);
        Some(next)
    }
}
