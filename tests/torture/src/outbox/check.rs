//! What must hold of effects, whenever those who deliver them were killed.

use std::collections::{BTreeSet, HashMap};

use lifestage::journal::Row;
use lifestage::outbox::{EffectState, Entry, OutboxQuery, WorkState};
use lifestage::{EffectKind, Workspace};
use lifestage_sqlite::SqliteStore;

use super::log::{Line, Word};
use super::work::LEASE;
use crate::Failure;
use crate::ack::Ack;

/// How much was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Records.
    pub records: u64,
    /// Effects of all of them.
    pub effects: u64,
    /// How many of these are delivered.
    pub delivered: u64,
    /// How many are cancelled.
    pub cancelled: u64,
    /// How many are given up.
    pub dead: u64,
    /// How many wait for what never came.
    pub pending: u64,
    /// How many were moves that were made.
    pub followed: u64,
    /// How many were handed out more than once.
    pub twice: u64,
}

impl Counts {
    /// Adds those of another file.
    pub const fn add(&mut self, other: Self) {
        self.records += other.records;
        self.effects += other.effects;
        self.delivered += other.delivered;
        self.cancelled += other.cancelled;
        self.dead += other.dead;
        self.pending += other.pending;
        self.followed += other.followed;
        self.twice += other.twice;
    }
}

/// Checks that nobody was handed what another had: each lease was used once, and the next one was given when that
/// before it was over.
///
/// # Errors
/// The first effect that two had at a time.
pub(super) fn leases(lines: &[Line]) -> Result<(), Failure> {
    let mut last: HashMap<&str, &Line> = HashMap::new();
    for line in lines {
        if let Some(before) = last.insert(&line.id, line) {
            let over = match before.word {
                Word::Delivered => before.now.checked_add(LEASE).is_some_and(|end| line.now >= end),
                Word::Failed => line.now > before.now,
                // What was not written down is answered once more.
                Word::Never => before.now.checked_add(LEASE).is_some_and(|end| line.now >= end),
            };
            if !over || line.attempt <= before.attempt {
                return Err(format!("handed out twice at a time: {before:?} and {line:?}").into());
            }
        }
    }
    Ok(())
}

/// Checks every record of these rows, with its effects.
///
/// # Errors
/// What does not hold.
pub(super) fn whole(crm: &Workspace<SqliteStore>, rows: &[Ack], lines: &[Line]) -> Result<Counts, Failure> {
    let records: BTreeSet<&str> = rows.iter().map(|row| row.record.as_str()).collect();
    let mut tries: HashMap<&str, Vec<(usize, Word)>> = HashMap::new();
    let mut said: HashMap<&str, Vec<Word>> = HashMap::new();
    for (place, line) in lines.iter().enumerate() {
        tries.entry(&line.id).or_default().push((place, line.word));
        said.entry(&line.id).or_default().push(line.word);
    }
    let mut counts = Counts { records: records.len() as u64, ..Counts::default() };
    for record in records {
        if let Some(fault) = crm.verify(record)? {
            return Err(fault.to_string().into());
        }
        let history = crm.history(record)?;
        keys(&history)?;
        let mut entries = crm.outbox(&OutboxQuery::of(record, 1_000_000))?.entries;
        entries.sort_by_key(|entry| (entry.effect.seq, entry.effect.index));
        for entry in &entries {
            let id = entry.effect.id().to_string();
            let said = said.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            end(entry, said, &history).map_err(|what| format!("{what}: {entry:?}, {said:?}"))?;
            counts.effects += 1;
            counts.twice += u64::from(said.iter().filter(|word| **word == Word::Delivered).count() > 1);
            *match entry.state {
                EffectState::Delivered => &mut counts.delivered,
                EffectState::Cancelled => &mut counts.cancelled,
                EffectState::Dead => &mut counts.dead,
                EffectState::Pending => &mut counts.pending,
            } += 1;
            let moved = entry.state == EffectState::Delivered && entry.note.is_none();
            counts.followed += u64::from(moved && entry.effect.kind == EffectKind::Move);
        }
        order(&entries, &history, &tries)?;
    }
    if counts.effects != counts.delivered + counts.cancelled + counts.dead + counts.pending {
        return Err("effects are not delivered, cancelled, dead or pending".into());
    }
    Ok(counts)
}

/// Each key names one row.
fn keys(history: &[Row]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    match history.iter().filter_map(|row| row.key.as_ref()).find(|key| !seen.insert(*key)) {
        Some(key) => Err(format!("two rows with the key `{key}`").into()),
        None => Ok(()),
    }
}

/// What an effect came to, when nothing is due any more.
fn end(entry: &Entry, said: &[Word], history: &[Row]) -> Result<(), &'static str> {
    let effect = &entry.effect;
    let with = |key: String| history.iter().filter(|row| row.key.as_deref() == Some(key.as_str())).count();
    if effect.kind == EffectKind::Move {
        let made = with(format!("effect {}", effect.id()));
        return match (entry.state, &entry.note) {
            _ if !said.is_empty() => Err("a handler was called for a move"),
            (EffectState::Delivered, None) if made != 1 => Err("a move that followed has no row"),
            (EffectState::Delivered, Some(_)) if made != 0 => Err("a move was made, and said not to be"),
            (EffectState::Delivered | EffectState::Cancelled | EffectState::Dead, _) => Ok(()),
            (EffectState::Pending, _) => Err("a move was not made when it was due"),
        };
    }
    let reported = with(format!("done {}", effect.id()));
    match entry.state {
        EffectState::Delivered if !said.contains(&Word::Delivered) => Err("delivered, and nobody did"),
        EffectState::Dead if !said.contains(&Word::Never) => Err("given up, and nobody said so"),
        EffectState::Pending if !entry.waiting => Err("due, and not delivered"),
        EffectState::Pending if !said.is_empty() => Err("delivered while it waited"),
        EffectState::Delivered
            if effect.kind == EffectKind::Custom && entry.work == Some(WorkState::Open) =>
        {
            Err("done, and not reported")
        }
        _ if reported > 1 => Err("reported twice"),
        _ => Ok(()),
    }
}

/// What is to be delivered at once is tried in the order of rows and indexes, each when nothing of its kind before it is
/// to be tried again, unless a later row was recorded at an earlier time.
fn order(
    entries: &[Entry],
    history: &[Row],
    tries: &HashMap<&str, Vec<(usize, Word)>>,
) -> Result<(), Failure> {
    let recorded: HashMap<u64, _> = history.iter().map(|row| (row.seq, row.recorded_at)).collect();
    let tried: Vec<_> = entries
        .iter()
        .filter(|entry| entry.effect.at.is_none() && entry.effect.after.is_none())
        .filter_map(|entry| {
            let at = recorded.get(&entry.effect.seq)?;
            Some((at, tries.get(entry.effect.id().to_string().as_str())?, entry))
        })
        .collect();
    for (place, (at, tries, entry)) in tried.iter().enumerate() {
        let Some((first, _)) = tries.first() else { continue };
        let of_kind = |(then, _, other): &&(_, &Vec<(usize, Word)>, &Entry)| {
            then <= at && other.effect.kind == entry.effect.kind
        };
        for (_, others, other) in tried.iter().take(place).filter(of_kind) {
            let (one, two) = (entry.effect.id(), other.effect.id());
            match others.iter().rfind(|(try_of_other, _)| try_of_other < first) {
                None => return Err(format!("`{one}` was tried before `{two}`").into()),
                // Leaving the stay cancels what failed.
                Some((_, Word::Failed)) if other.state != EffectState::Cancelled => {
                    return Err(format!("`{one}` was tried while `{two}` was to be tried again").into());
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}
