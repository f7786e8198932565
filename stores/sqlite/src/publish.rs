//! Definitions and which of them is published.

use lifestage::store::{Publication, PublishOutcome};
use rusqlite::{Connection, params};

use crate::codec::{self, Columns, publication_columns};
use crate::failure::Failure;

/// The published version of a pipeline.
pub(crate) fn version(connection: &Connection, tenant: &str, pipeline: &str) -> Result<Option<u32>, Failure> {
    let sql = "SELECT version FROM published WHERE tenant = ?1 AND pipeline = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![tenant, pipeline])?;
    rows.next()?.map(|row| Columns::of(row).number()).transpose()
}

/// Publishes inside the open transaction of `connection`.
pub(crate) fn publish(
    connection: &Connection,
    tenant: &str,
    publication: &Publication,
) -> Result<PublishOutcome, Failure> {
    let published = version(connection, tenant, &publication.pipeline)?;
    if published != publication.replaces {
        return Ok(PublishOutcome::Conflict { published });
    }
    let Publication { pipeline, version, replaces, meaning, document, published_by, published_at } =
        publication;
    const DEFINITION: &str = concat!(
        "INSERT INTO definitions (tenant, ",
        publication_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
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
    ])?;
    let sql = "INSERT INTO published (tenant, pipeline, version, meaning) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (tenant, pipeline) DO UPDATE SET version = excluded.version, meaning = excluded.meaning";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(params![tenant, pipeline.as_str(), version, meaning.as_bytes()])?;
    Ok(PublishOutcome::Published)
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
