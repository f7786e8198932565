use alloc::string::{String, ToString};
use core::fmt;

use smol_str::SmolStr;

use super::encode::effects_digest;
use super::{Row, RowKind};
use crate::digest::Digest;
use crate::effect::Effect;
use crate::record::Record;

/// Checks that `rows` are the whole journal of `record`, each as it was written (S44, S45).
///
/// Finds a row that was edited, removed, inserted, put elsewhere or cut off at the end, and names
/// the first. A record deleted with all its rows is found only against heads kept elsewhere.
///
/// # Errors
/// [`ChainError`] with the first row that does not fit.
pub fn verify(record: &Record, rows: &[Row]) -> Result<(), ChainError> {
    let mut previous = Digest::ZERO;
    for (row, seq) in rows.iter().zip(1_u64..) {
        let fault = |fault| ChainError { record: record.id.clone(), seq, fault };
        if row.record != record.id {
            return Err(fault(ChainFault::OtherRecord(row.record.clone())));
        }
        if row.seq != seq {
            return Err(fault(ChainFault::Gap { found: row.seq }));
        }
        if row.previous != previous {
            return Err(fault(ChainFault::BrokenLink));
        }
        let stray_origin = row.origin.is_some() && row.kind != RowKind::Migration;
        if stray_origin || !personal_matches(row) || row.computed_hash() != row.hash {
            return Err(fault(ChainFault::Edited));
        }
        previous = row.hash;
    }
    let count = rows.len() as u64;
    let fault = |seq, fault| Err(ChainError { record: record.id.clone(), seq, fault });
    if count < record.seq {
        return fault(count + 1, ChainFault::CutOff { expected: record.seq });
    }
    if count > record.seq {
        return fault(record.seq + 1, ChainFault::Surplus { expected: record.seq });
    }
    if previous != record.head {
        return fault(count, ChainFault::WrongHead);
    }
    match rows.last() {
        Some(last) => agrees(record, last, rows).or_else(|what| fault(count, ChainFault::Disagrees(what))),
        None => Ok(()),
    }
}

/// Checks that `effects` are all that `row` set in motion, as they were planned (S44).
///
/// # Errors
/// [`ChainError`] when one was edited, removed or added.
pub fn verify_effects(row: &Row, effects: &[Effect]) -> Result<(), ChainError> {
    let matches = match &row.salt {
        Some(salt) => effects_digest(salt, effects) == row.effects,
        None => effects.is_empty(),
    };
    let own = effects.iter().all(|effect| effect.record == row.record && effect.seq == row.seq);
    if matches && own {
        return Ok(());
    }
    Err(ChainError { record: row.record.clone(), seq: row.seq, fault: ChainFault::EffectsEdited })
}

/// Whether the personal content fits its digest. Erased content, with the salt gone, does (S44).
fn personal_matches(row: &Row) -> bool {
    match &row.salt {
        Some(salt) if row.has_personal() => row.personal_digest(salt) == row.personal,
        // A salt without anything personal guards the effects.
        Some(_) => row.personal == Digest::ZERO && row.effects != Digest::ZERO,
        None => !row.has_personal(),
    }
}

/// Whether the record's state is the one its rows left (S45).
fn agrees(record: &Record, last: &Row, rows: &[Row]) -> Result<(), String> {
    let stage = last.to.as_ref().map(|mark| mark.id.as_str());
    let show = |stage: Option<&str>| stage.unwrap_or("none").to_string();
    if stage != record.stage() {
        let (on_record, in_row) = (show(record.stage()), show(stage));
        return Err(alloc::format!("the record is in stage `{on_record}`, the row leads to `{in_row}`"));
    }
    if last.version_after != record.version {
        let (on_record, in_row) = (record.version, last.version_after);
        return Err(alloc::format!("the record is at version {on_record}, the row at {in_row}"));
    }
    // What was erased by hand cannot be compared; a row of erasure says what is left.
    let erased = rows.iter().rposition(|row| row.kind == RowKind::Erasure).unwrap_or(0);
    let since = rows.get(erased..).unwrap_or_default();
    if since.iter().any(|row| row.salt.is_none() && row.personal != Digest::ZERO) {
        return Ok(());
    }
    let mut told = Record::new(record.id.clone());
    rows.iter().for_each(|row| told.follow(row));
    let others = [
        (told.owner != record.owner, "another owner"),
        (told.fields != record.fields, "other facts"),
        (told.links != record.links, "other links"),
        (told.reserved != record.reserved, "another e-mail address of its own"),
        (told.trashed_at != record.trashed_at, "another time in the trash"),
    ];
    match others.into_iter().find(|(differs, _)| *differs) {
        Some((_, what)) => Err(alloc::format!("the record has {what} than its rows tell of")),
        None => Ok(()),
    }
}

/// The first journal row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainError {
    record: SmolStr,
    seq: u64,
    fault: ChainFault,
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "journal of `{}`, row {}: {}", self.record, self.seq, self.fault)
    }
}

impl core::error::Error for ChainError {}

impl ChainError {
    /// The record whose journal it is.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// The number of the first row that does not fit.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// What is wrong with it.
    pub const fn fault(&self) -> &ChainFault {
        &self.fault
    }
}

/// What is wrong with a journal row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainFault {
    /// It belongs to another record.
    OtherRecord(SmolStr),
    /// Another number stands where this one is due: a row is missing, doubled or out of place.
    Gap {
        /// The number found.
        found: u64,
    },
    /// It does not follow the row before it.
    BrokenLink,
    /// Its content does not give its hash.
    Edited,
    /// The journal ends before the record does.
    CutOff {
        /// The number of the last row that the record knows.
        expected: u64,
    },
    /// The journal goes on after the record's last row.
    Surplus {
        /// The number of the last row that the record knows.
        expected: u64,
    },
    /// Its hash is not the one the record keeps.
    WrongHead,
    /// The record's state is not the one the row left.
    Disagrees(String),
    /// Its effects do not give their digest.
    EffectsEdited,
}

impl ChainFault {
    /// The stable name, shared by every language.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OtherRecord(_) => "other_record",
            Self::Gap { .. } => "gap",
            Self::BrokenLink => "broken_link",
            Self::Edited => "edited",
            Self::CutOff { .. } => "cut_off",
            Self::Surplus { .. } => "surplus",
            Self::WrongHead => "wrong_head",
            Self::Disagrees(_) => "disagrees",
            Self::EffectsEdited => "effects_edited",
        }
    }
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherRecord(record) => write!(f, "belongs to record `{record}`"),
            Self::Gap { found } => write!(f, "row {found} stands in its place"),
            Self::BrokenLink => f.write_str("does not follow the row before it"),
            Self::Edited => f.write_str("was changed after it was written"),
            Self::CutOff { expected } => write!(f, "is missing, and the record's last row is {expected}"),
            Self::Surplus { expected } => write!(f, "is one too many: the record's last row is {expected}"),
            Self::WrongHead => f.write_str("is not the last row that the record knows"),
            Self::Disagrees(what) => f.write_str(what),
            Self::EffectsEdited => f.write_str("has effects that were changed after they were planned"),
        }
    }
}
