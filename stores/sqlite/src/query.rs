//! Reads, each by an index that begins with the tenant.

use lifestage::journal::Row;
use lifestage::store::{FeedCursor, PageKey, RecordPage, RecordQuery};
use lifestage::{Effect, Fields, Record, SmolStr, Value};
use rusqlite::{Connection, ToSql, params};

use crate::codec::{self, Columns, EFFECT_COLUMNS, journal_columns, record_columns};
use crate::failure::Failure;

/// A limit for a column; SQLite takes no more than 63 bits.
pub(crate) fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) fn collect<T>(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    read: impl Fn(&rusqlite::Row<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        values.push(read(row)?);
    }
    Ok(values)
}

pub(crate) fn history(
    connection: &Connection,
    tenant: &str,
    record: &str,
    after: u64,
    limit: usize,
) -> Result<Vec<Row>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        journal_columns!(),
        " FROM journal WHERE tenant = ?1 AND record = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4"
    );
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let parameters = params![tenant, record, after, bounded(limit)];
    collect(connection, SQL, parameters, |row| codec::journal_row(&mut Columns::of(row)))
}

pub(crate) fn feed(
    connection: &Connection,
    tenant: &str,
    cursor: FeedCursor,
    limit: usize,
) -> Result<Vec<(FeedCursor, Row)>, Failure> {
    const SQL: &str = concat!(
        "SELECT position, ",
        journal_columns!(),
        " FROM journal INDEXED BY journal_by_position WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3"
    );
    let after = i64::try_from(cursor.position()).unwrap_or(i64::MAX);
    collect(connection, SQL, params![tenant, after, bounded(limit)], |row| {
        let mut columns = Columns::of(row);
        let position = FeedCursor::from_position(columns.number()?);
        Ok((position, codec::journal_row(&mut columns)?))
    })
}

pub(crate) fn effects(
    connection: &Connection,
    tenant: &str,
    record: &str,
    seq: u64,
) -> Result<Vec<Effect>, Failure> {
    let sql = format!(
        "SELECT {EFFECT_COLUMNS} FROM effects WHERE tenant = ?1 AND record = ?2 AND seq = ?3 ORDER BY place"
    );
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    collect(connection, &sql, params![tenant, record, seq], codec::effect)
}

pub(crate) fn find(
    connection: &Connection,
    tenant: &str,
    field: &str,
    value: &str,
    limit: usize,
) -> Result<Vec<SmolStr>, Failure> {
    // The index only narrows the search: SQLite's JSON functions stop at a NUL and show a list and
    // a text alike, so the field itself decides.
    let by_index = field == "email" && !value.contains('\0');
    let sql = if by_index {
        "SELECT id, fields FROM records WHERE tenant = ?1 AND json_extract(fields, '$.email') = ?2 ORDER BY id"
    } else {
        "SELECT id, fields FROM records WHERE tenant = ?1 ORDER BY id"
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows =
        if by_index { statement.query(params![tenant, value])? } else { statement.query(params![tenant])? };
    let mut ids = Vec::new();
    while ids.len() < limit
        && let Some(row) = rows.next()?
    {
        let mut columns = Columns::of(row);
        let (id, fields) = (columns.text()?, columns.json::<Fields>()?);
        if matches!(fields.get(field), Some(Value::Text(text)) if text == value) {
            ids.push(id);
        }
    }
    Ok(ids)
}

pub(crate) fn page(
    connection: &Connection,
    tenant: &str,
    query: &RecordQuery,
) -> Result<RecordPage, Failure> {
    let wanted = query.limit.saturating_add(1);
    let mut records = match &query.stage {
        Some(stage) => stage_page(connection, tenant, query, stage.as_deref(), wanted)?,
        None => {
            let mut all = Vec::new();
            for stage in stages(connection, tenant, &query.pipeline)? {
                all.extend(stage_page(connection, tenant, query, stage.as_deref(), wanted)?);
            }
            all.sort_by(|one, two| (two.entered_at(), two.id()).cmp(&(one.entered_at(), one.id())));
            all
        }
    };
    let more = records.len() > query.limit;
    records.truncate(query.limit);
    let key = |last: &Record| PageKey { entered_at: last.entered_at(), id: last.id().into() };
    let next = records.last().filter(|_| more).map(key);
    Ok(RecordPage { records, next })
}

/// The stages that have records, found by leaping through the index; nothing for no stage.
fn stages(connection: &Connection, tenant: &str, pipeline: &str) -> Result<Vec<Option<SmolStr>>, Failure> {
    // The lowest stage, then the lowest above it. The empty text is the lowest there is.
    const FIRST: &str = "SELECT min(stage) FROM records WHERE tenant = ?1 AND pipeline = ?2 AND stage >= ?3";
    const NEXT: &str = "SELECT min(stage) FROM records WHERE tenant = ?1 AND pipeline = ?2 AND stage > ?3";
    let read = |sql: &str, after: &str| {
        let found = collect(connection, sql, params![tenant, pipeline, after], |row| {
            Columns::of(row).optional_text()
        })?;
        Ok::<_, Failure>(found.into_iter().flatten().next())
    };
    let mut stages = vec![None];
    let mut found = read(FIRST, "")?;
    while let Some(stage) = found {
        found = read(NEXT, &stage)?;
        stages.push(Some(stage));
    }
    Ok(stages)
}

macro_rules! page_sql {
    ($after:literal) => {
        concat!(
            "SELECT ",
            record_columns!(),
            " FROM records INDEXED BY records_by_stage WHERE tenant = ?1 AND pipeline = ?2 AND stage IS ?3 AND ",
            $after,
            " LIMIT ?4"
        )
    };
}

/// Up to `limit` records of a stage. Those without entry time come last, by a statement of their
/// own, because a comparison with nothing is never true.
fn stage_page(
    connection: &Connection,
    tenant: &str,
    query: &RecordQuery,
    stage: Option<&str>,
    limit: usize,
) -> Result<Vec<Record>, Failure> {
    const KNOWN: &str = page_sql!("entered_at IS NOT NULL ORDER BY entered_at DESC, id DESC");
    const KNOWN_AFTER: &str = page_sql!("(entered_at, id) < (?5, ?6) ORDER BY entered_at DESC, id DESC");
    const UNKNOWN: &str = page_sql!("entered_at IS NULL ORDER BY id DESC");
    const UNKNOWN_AFTER: &str = page_sql!("entered_at IS NULL AND id < ?5 ORDER BY id DESC");
    let pipeline = query.pipeline.as_str();
    let read = |sql: &str, parameters: &[&dyn ToSql]| collect(connection, sql, parameters, codec::record);
    let known = match &query.after {
        None => read(KNOWN, params![tenant, pipeline, stage, bounded(limit)])?,
        Some(PageKey { entered_at: Some(at), id }) => {
            read(KNOWN_AFTER, params![tenant, pipeline, stage, bounded(limit), at.as_micros(), id.as_str()])?
        }
        Some(PageKey { entered_at: None, id }) => {
            return read(UNKNOWN_AFTER, params![tenant, pipeline, stage, bounded(limit), id.as_str()]);
        }
    };
    let rest = limit - known.len();
    if rest == 0 {
        return Ok(known);
    }
    let unknown = read(UNKNOWN, params![tenant, pipeline, stage, bounded(rest)])?;
    Ok(known.into_iter().chain(unknown).collect())
}
