//! What must hold for a database after a crash.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use lifestage::{Workspace, WorkspaceError};
use lifestage_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::Failure;
use crate::ack::Ack;
use crate::load::{BATCH, PIPELINE, TENANT};

/// How much was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checked {
    /// Records.
    pub records: u64,
    /// Journal rows.
    pub rows: u64,
    /// Effects.
    pub effects: u64,
}

/// What no database may hold, each as a query that must find nothing.
const NEVER: [(&str, &str); 6] = [
    (
        "a record disagrees with its last journal row",
        "SELECT r.id FROM records r LEFT JOIN journal j
            ON j.tenant = r.tenant AND j.record = r.id AND j.seq = r.seq
            WHERE j.hash IS NOT r.head OR j.version_after IS NOT r.version OR j.to_stage IS NOT r.stage",
    ),
    (
        "a journal does not end where its record does",
        "SELECT j.record FROM journal j LEFT JOIN records r ON r.tenant = j.tenant AND r.id = j.record
            GROUP BY j.tenant, j.record HAVING max(j.seq) IS NOT r.seq",
    ),
    (
        "a journal has a gap",
        "SELECT record FROM journal GROUP BY tenant, record
            HAVING min(seq) <> 1 OR max(seq) <> count(*)",
    ),
    (
        "an effect has no journal row",
        "SELECT e.record FROM effects e LEFT JOIN journal j
            ON j.tenant = e.tenant AND j.record = e.record AND j.seq = e.seq WHERE j.seq IS NULL",
    ),
    (
        "the effects of a row have a gap",
        "SELECT record FROM effects GROUP BY tenant, record, seq
            HAVING min(place) <> 0 OR max(place) <> count(*) - 1",
    ),
    (
        "a pipeline is published and not stored",
        "SELECT p.pipeline FROM published p LEFT JOIN definitions d
            ON d.tenant = p.tenant AND d.pipeline = p.pipeline AND d.version = p.version
            WHERE d.version IS NULL",
    ),
];

/// Checks all of the database at `path`: SQLite's own structure, that the tables agree with each
/// other, that each batch is whole, and every journal by its hashes, effects included.
///
/// # Errors
/// What does not hold.
pub fn whole(path: &Path) -> Result<Checked, Failure> {
    structure(path)?;
    let workspace = Workspace::open(SqliteStore::open(path)?, TENANT)?;
    let audit = workspace.verify_all(PIPELINE, |_| {})?;
    if let Some(fault) = audit.faults.first() {
        return Err(fault.to_string().into());
    }
    let count = "SELECT count(*) FROM effects";
    let effects: i64 = Connection::open(path)?.query_row(count, [], |row| row.get(0))?;
    Ok(Checked { records: audit.records, rows: audit.rows, effects: effects.unsigned_abs() })
}

/// The part of [`whole`] that looks at tables and not into journals.
///
/// # Errors
/// What does not hold.
pub fn structure(path: &Path) -> Result<(), Failure> {
    let connection = Connection::open(path)?;
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(format!("the database is damaged: {sound}").into());
    }
    let batches = format!(
        "SELECT batch FROM journal WHERE batch IS NOT NULL GROUP BY batch HAVING count(*) <> {BATCH}"
    );
    let never = NEVER.iter().copied().chain([("a batch is written in part", batches.as_str())]);
    for (what, query) in never {
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        if let Some(row) = rows.next()? {
            return Err(format!("{what}: `{}`", row.get::<_, String>(0)?).into());
        }
    }
    Ok(())
}

/// Every journal row after this position, in order of commit, with the last position.
///
/// # Errors
/// When the database cannot be read.
pub fn rows_after(path: &Path, position: i64) -> Result<(Vec<Ack>, i64), Failure> {
    let connection = Connection::open(path)?;
    let query = "SELECT record, seq, version_after, lower(hex(hash)), position FROM journal
        WHERE position > ?1 ORDER BY position";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([position])?;
    let (mut found, mut last) = (Vec::new(), position);
    while let Some(row) = rows.next()? {
        let (seq, version): (i64, i64) = (row.get(1)?, row.get(2)?);
        found.push(Ack {
            record: row.get(0)?,
            seq: seq.unsigned_abs(),
            version: version.unsigned_abs(),
            hash: row.get(3)?,
        });
        last = row.get(4)?;
    }
    Ok((found, last))
}

/// Checks that what was acknowledged is among these rows.
///
/// # Errors
/// The first that is not.
pub fn kept<'a>(rows: &[Ack], acknowledged: impl IntoIterator<Item = &'a Ack>) -> Result<(), Failure> {
    let found: HashSet<&Ack> = rows.iter().collect();
    match acknowledged.into_iter().find(|ack| !found.contains(ack)) {
        Some(lost) => Err(format!("acknowledged and lost: {lost}").into()),
        None => Ok(()),
    }
}

/// Checks the journals of the records in these rows.
///
/// # Errors
/// The first fault.
pub fn journals(workspace: &Workspace<SqliteStore>, rows: &[Ack]) -> Result<(), Failure> {
    let mut records: HashMap<&str, u64> = HashMap::new();
    for row in rows {
        records.insert(&row.record, row.seq);
    }
    for (record, seq) in records {
        let stored = workspace.record(record)?.ok_or_else(|| format!("`{record}` has rows and no record"))?;
        if stored.seq() != seq {
            return Err(format!("`{record}` is at row {}, its journal at {seq}", stored.seq()).into());
        }
        match workspace.verify(record) {
            Ok(None) => {}
            Ok(Some(fault)) => return Err(fault.to_string().into()),
            Err(WorkspaceError::NoRecord { id }) => return Err(format!("`{id}` is gone").into()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
