//! Migrations that were ordered, open or finished.

use lifestage::migration::Migration;
use lifestage::store::{MigrationState, PublishOutcome};
use lifestage::{SmolStr, Timestamp};
use rusqlite::{Connection, params};

use crate::codec::{Columns, json};
use crate::failure::Failure;
use crate::{publish, query};

/// The open migration that one of these pipelines takes part in.
pub(crate) fn open<const N: usize>(
    connection: &Connection,
    tenant: &str,
    pipelines: [&SmolStr; N],
) -> Result<Option<SmolStr>, Failure> {
    const SQL: &str = "SELECT id FROM migrations
        WHERE tenant = ?1 AND finished_at IS NULL AND ?2 IN (pipeline, into_pipeline)";
    for pipeline in pipelines {
        let mut statement = connection.prepare_cached(SQL)?;
        let mut rows = statement.query(params![tenant, pipeline.as_str()])?;
        if let Some(row) = rows.next()? {
            return Columns::of(row).text().map(Some);
        }
    }
    Ok(None)
}

/// Writes a migration down as open.
pub(crate) fn insert(connection: &Connection, tenant: &str, migration: &Migration) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO migrations (tenant, id, pipeline, into_pipeline, started_at, migration)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    let written = connection.prepare_cached(SQL)?.execute(params![
        tenant,
        migration.id.as_str(),
        migration.pipeline.as_str(),
        migration.into.as_str(),
        migration.started_at.as_micros(),
        json(migration)?,
    ])?;
    if written == 0 {
        return Err(Failure::Invalid(format!("there was a migration `{}` before", migration.id)));
    }
    Ok(())
}

/// Writes a migration down as open, if nothing stands against it.
pub(crate) fn begin(
    connection: &Connection,
    tenant: &str,
    migration: &Migration,
) -> Result<PublishOutcome, Failure> {
    let published = publish::version(connection, tenant, &migration.into)?;
    if published != Some(migration.version) {
        return Ok(PublishOutcome::Conflict { published });
    }
    if let Some(id) = open(connection, tenant, [&migration.pipeline, &migration.into])? {
        return Ok(PublishOutcome::MigrationOpen { id });
    }
    insert(connection, tenant, migration)?;
    Ok(PublishOutcome::Published)
}

/// Writes down that a migration is finished.
pub(crate) fn finish(connection: &Connection, tenant: &str, id: &str, at: Timestamp) -> Result<(), Failure> {
    const SQL: &str =
        "UPDATE migrations SET finished_at = ?3 WHERE tenant = ?1 AND id = ?2 AND finished_at IS NULL";
    connection.prepare_cached(SQL)?.execute(params![tenant, id, at.as_micros()])?;
    Ok(())
}

/// Every migration, in the order in which they began.
pub(crate) fn all(connection: &Connection, tenant: &str) -> Result<Vec<MigrationState>, Failure> {
    const SQL: &str =
        "SELECT migration, finished_at FROM migrations WHERE tenant = ?1 ORDER BY started_at, rowid";
    query::collect(connection, SQL, params![tenant], |row| {
        let mut columns = Columns::of(row);
        Ok(MigrationState { migration: columns.whole_json()?, finished_at: columns.optional_instant()? })
    })
}
