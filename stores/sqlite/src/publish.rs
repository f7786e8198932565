//! Definitions and which of them is published.

use lifestage::store::{Alongside, CommitOutcome, Publication, PublishOutcome};
use lifestage::{SealedChange, SmolStr};
use rusqlite::{Connection, params};

use crate::codec::{self, Columns, publication_columns};
use crate::commit::Changes;
use crate::failure::Failure;
use crate::{migrations, query};

/// The published version of a pipeline.
pub(crate) fn version(connection: &Connection, tenant: &str, pipeline: &str) -> Result<Option<u32>, Failure> {
    let sql = "SELECT version FROM published WHERE tenant = ?1 AND pipeline = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![tenant, pipeline])?;
    rows.next()?.map(|row| Columns::of(row).number()).transpose()
}

/// What is published in place of the definition that judged `change`; none when that one is (S19).
pub(crate) fn stale(
    connection: &Connection,
    tenant: &str,
    change: &SealedChange,
) -> Result<Option<Option<u32>>, Failure> {
    let Some(meaning) = &change.meaning else { return Ok(None) };
    let sql = "SELECT version, meaning FROM published WHERE tenant = ?1 AND pipeline = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![tenant, change.row.pipeline.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(Some(None)) };
    let mut columns = Columns::of(row);
    let (version, published) = (columns.number()?, columns.digest()?);
    Ok((published != *meaning).then_some(Some(version)))
}

/// Publishes inside the open transaction of `connection`, with what goes along. When the outcome is not
/// that it is published, the caller must roll back.
pub(crate) fn publish(
    changes: &mut Changes<'_>,
    tenant: &str,
    publication: &Publication,
    alongside: &Alongside,
) -> Result<PublishOutcome, Failure> {
    let connection = changes.connection();
    let published = version(connection, tenant, &publication.pipeline)?;
    if published != publication.replaces {
        return Ok(PublishOutcome::Conflict { published });
    }
    if let Some(id) = migrations::open(connection, tenant, [&publication.pipeline])? {
        return Ok(PublishOutcome::MigrationOpen { id });
    }
    define(connection, tenant, publication)?;
    changes.republish();
    for change in &alongside.changes {
        if changes.apply(tenant, change)? != CommitOutcome::Applied {
            return Ok(PublishOutcome::RecordsChanged);
        }
    }
    for stage in &alongside.vacant {
        if is_occupied(connection, tenant, &publication.pipeline, stage.as_deref())? {
            return Ok(PublishOutcome::Occupied { stage: stage.clone() });
        }
    }
    if let Some(migration) = &alongside.migration {
        migrations::insert(connection, tenant, migration)?;
    }
    Ok(PublishOutcome::Published)
}

/// Whether a record is in this stage, in the trash too; a look into each index, however many there are.
fn is_occupied(
    connection: &Connection,
    tenant: &str,
    pipeline: &SmolStr,
    stage: Option<&str>,
) -> Result<bool, Failure> {
    let sql = "SELECT EXISTS (SELECT 1 FROM records
            WHERE tenant = ?1 AND pipeline = ?2 AND stage IS ?3 AND presence = 'live')
        OR EXISTS (SELECT 1 FROM records INDEXED BY records_set_aside
            WHERE tenant = ?1 AND pipeline = ?2 AND presence = 'trashed' AND stage IS ?3 AND presence <> 'live')";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![tenant, pipeline.as_str(), stage], |row| row.get(0))?)
}

/// Keeps a definition and makes it the published one.
fn define(connection: &Connection, tenant: &str, publication: &Publication) -> Result<(), Failure> {
    let Publication { pipeline, version, replaces, meaning, document, published_by, published_at, revision } =
        publication;
    const DEFINITION: &str = concat!(
        "INSERT INTO definitions (tenant, ",
        publication_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    );
    connection.prepare_cached(DEFINITION)?.execute(params![
        tenant,
        pipeline.as_str(),
        version,
        replaces,
        meaning.as_bytes(),
        document,
        published_by.as_str(),
        published_at.as_micros(),
        revision,
    ])?;
    let sql = "INSERT INTO published (tenant, pipeline, version, meaning) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (tenant, pipeline) DO UPDATE SET version = excluded.version, meaning = excluded.meaning";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(params![tenant, pipeline.as_str(), version, meaning.as_bytes()])?;
    Ok(())
}

/// The published version of each pipeline, by id.
pub(crate) fn published(connection: &Connection, tenant: &str) -> Result<Vec<Publication>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        publication_columns!(),
        " FROM definitions NATURAL JOIN (SELECT tenant, pipeline, version FROM published WHERE tenant = ?1)
            ORDER BY pipeline"
    );
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![tenant])?;
    let mut publications = Vec::new();
    while let Some(row) = rows.next()? {
        publications.push(codec::publication(row)?);
    }
    Ok(publications)
}

/// One version of a pipeline.
pub(crate) fn publication(
    connection: &Connection,
    tenant: &str,
    pipeline: &str,
    version: u32,
) -> Result<Option<Publication>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        publication_columns!(),
        " FROM definitions WHERE tenant = ?1 AND pipeline = ?2 AND version = ?3"
    );
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![tenant, pipeline, version])?;
    rows.next()?.map(codec::publication).transpose()
}

/// Up to `limit` versions of a pipeline after version `after`.
pub(crate) fn publications(
    connection: &Connection,
    tenant: &str,
    pipeline: &str,
    after: u32,
    limit: usize,
) -> Result<Vec<Publication>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        publication_columns!(),
        " FROM definitions WHERE tenant = ?1 AND pipeline = ?2 AND version > ?3 ORDER BY version LIMIT ?4 + 0"
    );
    let parameters = params![tenant, pipeline, after, query::bounded(limit)];
    query::collect(connection, SQL, parameters, codec::publication)
}
