//! The tables, and how a file comes to have them.

use std::path::Path;

use lifestage::store::{StoreError, StoreErrorKind};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::failure::Failure;

/// The SQL that shows the microseconds in a column as RFC 3339.
macro_rules! iso {
    ($column:literal) => {
        concat!(
            "strftime('%Y-%m-%dT%H:%M:%S', (",
            $column,
            " - ((",
            $column,
            " % 1000000) + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((",
            $column,
            " % 1000000) + 1000000) % 1000000) AS ",
            $column
        )
    };
}

/// The steps from one version of the tables to the next, from nothing on. A released step never
/// changes: what is to be different is a further step.
const STEPS: [&str; 5] = [
    concat!(
        include_str!("schema/1.sql"),
        "CREATE VIEW history AS SELECT tenant, record, seq, ",
        iso!("effective_at"),
        ", kind, move, from_label, to_label, direction, actor, reason, input, facts, definition, ",
        iso!("recorded_at"),
        ", batch, key, lower(hex(hash)) AS hash FROM journal;
    CREATE VIEW overview AS SELECT tenant, pipeline, id, stage, ",
        iso!("entered_at"),
        ", owner, ",
        iso!("created_at"),
        ", ",
        iso!("closed_at"),
        ", lost_reason, version, seq, fields FROM records;"
    ),
    include_str!("schema/2.sql"),
    concat!(
        include_str!("schema/3.sql"),
        "CREATE VIEW overview AS SELECT tenant, pipeline, id, presence, stage, ",
        iso!("entered_at"),
        ", owner, ",
        iso!("created_at"),
        ", ",
        iso!("closed_at"),
        ", lost_reason, ",
        iso!("trashed_at"),
        ", reserved, links, version, seq, fields FROM records;"
    ),
    concat!(
        include_str!("schema/4.sql"),
        "CREATE VIEW outbox AS SELECT tenant, record, seq, place, action, kind, state, work, ",
        iso!("ready_at"),
        ", ",
        iso!("due"),
        ", assignee, claims - excused AS attempts, note, args FROM effects;"
    ),
    include_str!("schema/5.sql"),
];

/// The names that each step takes, beside those of our own that nobody else would choose.
const NAMES: [&str; STEPS.len()] = [
    "'records', 'journal', 'effects', 'definitions', 'published', 'history', 'overview'",
    "'migrations'",
    "'links'",
    "'queues', 'outbox'",
    "",
];

/// The version of the tables that this store writes.
const VERSION: u64 = STEPS.len() as u64;

/// Brings the tables to the version of this store.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |failure: Failure| failure.into_error("open", path);
    if found(connection).map_err(failed)? == Some(VERSION) {
        return Ok(());
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| failed(error.into()))?;
    let version = found(&transaction).map_err(failed)?;
    if let Some(version) = version.filter(|version| *version > VERSION) {
        let message = format!(
            "cannot open `{}`: its tables are of version {version}, this store knows versions up to {VERSION}; \
             use a newer release",
            path.display()
        );
        return Err(StoreError::new(StoreErrorKind::NewerSchema, message));
    }
    let done = usize::try_from(version.unwrap_or(0)).unwrap_or(usize::MAX);
    if let Some(name) = foreign(&transaction, done).map_err(|error| failed(error.into()))? {
        let whose = match version {
            None => "it is another program's database, with",
            Some(_) => "the program that shares it has",
        };
        let message = format!("cannot open `{}`: {whose} a `{name}` of its own", path.display());
        return Err(StoreError::new(StoreErrorKind::Corrupt, message));
    }
    let migrated = STEPS
        .iter()
        .skip(done)
        .try_for_each(|step| transaction.execute_batch(step))
        .and_then(|()| transaction.execute(SET_VERSION, [VERSION.to_string()]))
        .and_then(|_| transaction.commit());
    migrated.map_err(|error| failed(error.into()))
}

const SET_VERSION: &str = "INSERT INTO lifestage_meta (name, value) VALUES ('schema', ?1)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Refuses a file that no store has made.
pub(crate) fn require(connection: &Connection) -> Result<(), Failure> {
    match found(connection)? {
        Some(_) => Ok(()),
        None => Err(Failure::Damaged("it has no tables of lifestage".into())),
    }
}

/// The version of the tables in the file, if it has any.
fn found(connection: &Connection) -> Result<Option<u64>, Failure> {
    const EXISTS: &str = "SELECT 1 FROM sqlite_schema WHERE name = 'lifestage_meta'";
    if connection.query_row(EXISTS, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let query = "SELECT value FROM lifestage_meta WHERE name = 'schema'";
    let version: Option<String> = connection.query_row(query, [], |row| row.get(0)).optional()?;
    match version.map(|version| (version.parse(), version)) {
        Some((Ok(version), _)) => Ok(Some(version)),
        Some((Err(_), version)) => Err(Failure::Damaged(format!("`{version}` is no version of the tables"))),
        None => Err(Failure::Damaged("it does not say which version its tables are of".into())),
    }
}

/// A table or view of somebody else that has the name of one that the steps after the first `done` make.
fn foreign(connection: &Connection, done: usize) -> Result<Option<String>, rusqlite::Error> {
    let names = NAMES.get(done..).unwrap_or_default().iter().copied().filter(|names| !names.is_empty());
    let names = names.collect::<Vec<_>>().join(", ");
    let query = format!("SELECT name FROM sqlite_schema WHERE name IN ({names}) LIMIT 1");
    connection.query_row(&query, [], |row| row.get(0)).optional()
}
