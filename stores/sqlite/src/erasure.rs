//! What is personal taken out of the journal of a record, and out of the file (S44).
//!
//! What a statement removes stays in the file: in the log, in free pages, and in the unused part of pages
//! that SQLite rearranged, which `PRAGMA secure_delete` does not reach. So the file is written anew. Until
//! that is done, a mark in the file says that it is due.

use std::time::Duration;

use lifestage::SealedChange;
use lifestage::journal::{Row, RowKind};
use lifestage::store::{CommitOutcome, StoreErrorKind};
use rusqlite::{Connection, OptionalExtension, params};

use crate::codec::integer;
use crate::failure::Failure;
use crate::group;

/// Takes what is personal out of every row of the record before `row`, and the effects of those rows.
pub(crate) fn erase(connection: &Connection, tenant: &str, row: &Row) -> Result<(), Failure> {
    const ROWS: &str =
        "UPDATE journal SET salt = NULL, reason = NULL, input = NULL, facts = NULL, was_lost_reason = NULL
            WHERE tenant = ?1 AND record = ?2 AND seq < ?3";
    const EFFECTS: &str = "DELETE FROM effects WHERE tenant = ?1 AND record = ?2 AND seq < ?3";
    for sql in [ROWS, EFFECTS] {
        connection.prepare_cached(sql)?.execute(params![tenant, row.record.as_str(), integer(row.seq)?])?;
    }
    connection.execute(MARK, [row.hash.to_string()])?;
    Ok(())
}

/// The mark is the last erasure, so that a sweep takes away no mark of one that came after it began.
const MARK: &str = "INSERT INTO lifestage_meta (name, value) VALUES ('sweep', ?1)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Whether one of these erasures is in the journal, written now or before.
pub(crate) fn stands(changes: &[SealedChange], outcomes: &[CommitOutcome]) -> bool {
    let mut both = changes.iter().zip(outcomes);
    both.any(|(change, outcome)| change.row.kind == RowKind::Erasure && outcome.stands())
}

/// Removes from the file and its log what erasures left there, if that is due: writes the file anew and
/// empties the log. Waits about `patience` for those who read.
pub(crate) fn sweep(connection: &Connection, patience: Duration) -> Result<(), Failure> {
    if due(connection)?.is_none() {
        return Ok(());
    }
    // Who reads an older state would keep the log; to find that out first costs little.
    empty_log(connection, patience)?;
    // Another process may have done it meanwhile.
    let Some(mark) = due(connection)? else { return Ok(()) };
    group::persist(patience, || Ok(connection.execute_batch("VACUUM")?))?;
    empty_log(connection, patience)?;
    let sql = "DELETE FROM lifestage_meta WHERE name = 'sweep' AND value = ?1";
    group::persist(patience, || Ok(connection.execute(sql, [&mark])?))?;
    Ok(())
}

fn due(connection: &Connection) -> Result<Option<String>, Failure> {
    let sql = "SELECT value FROM lifestage_meta WHERE name = 'sweep'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

/// Takes the log back into the file and leaves nothing of it.
fn empty_log(connection: &Connection, patience: Duration) -> Result<(), Failure> {
    group::persist(patience, || {
        let blocked: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        let why = || "somebody else reads an older state of it".to_owned();
        if blocked { Err(Failure::Unswept(StoreErrorKind::Busy, why())) } else { Ok(()) }
    })
}

/// What kept a sweep from being done, for the one who asked for the erasure.
pub(crate) fn left(failure: Failure) -> (StoreErrorKind, String) {
    let kind = failure.kind();
    let why = match (kind, failure) {
        (_, Failure::Damaged(why) | Failure::Invalid(why) | Failure::Unswept(_, why)) => why,
        (StoreErrorKind::Busy, _) => "somebody else writes to it".to_owned(),
        (StoreErrorKind::Full, _) => "there is no room to write it anew".to_owned(),
        (_, Failure::Sqlite(error)) => error.to_string(),
    };
    (kind, why)
}
