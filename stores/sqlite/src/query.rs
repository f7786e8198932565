//! Reads, each by an index that begins with the tenant.

use lifestage::journal::Row;
use lifestage::store::{FeedCursor, PageKey, RecordPage, RecordQuery, RowQuery};
use lifestage::{Effect, Fields, Presence, Record, SmolStr, Value};
use rusqlite::{Connection, ToSql, params};

use crate::codec::{self, Columns, effect_columns, journal_columns, record_columns};
use crate::failure::Failure;

/// A limit for a statement; SQLite takes no more than 63 bits. Statements add 0 to it: of a bare parameter SQLite looks at
/// the value when it plans, and plans anew whenever another is bound.
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
        " FROM journal WHERE tenant = ?1 AND record = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4 + 0"
    );
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let parameters = params![tenant, record, after, bounded(limit)];
    collect(connection, SQL, parameters, |row| codec::journal_row(&mut Columns::of(row)))
}

/// The rows of a record, newest first.
pub(crate) fn rows(
    connection: &Connection,
    tenant: &str,
    record: &str,
    query: &RowQuery,
) -> Result<Vec<Row>, Failure> {
    const ALL: &str = concat!(
        "SELECT ",
        journal_columns!(),
        " FROM journal WHERE tenant = ?1 AND record = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4 + 0"
    );
    const OF_KINDS: &str = concat!(
        "SELECT ",
        journal_columns!(),
        " FROM journal WHERE tenant = ?1 AND record = ?2 AND seq < ?3
            AND kind IN (SELECT value FROM json_each(?5)) ORDER BY seq DESC LIMIT ?4 + 0"
    );
    let before = query.before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
    let read = |sql: &str, parameters: &[&dyn ToSql]| {
        collect(connection, sql, parameters, |row| codec::journal_row(&mut Columns::of(row)))
    };
    if query.kinds.is_empty() {
        return read(ALL, params![tenant, record, before, bounded(query.limit)]);
    }
    read(OF_KINDS, params![tenant, record, before, bounded(query.limit), codec::json(&query.kinds)?])
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
        " FROM journal INDEXED BY journal_by_position WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3 + 0"
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
    const SQL: &str = concat!(
        "SELECT ",
        effect_columns!(),
        " FROM effects WHERE tenant = ?1 AND record = ?2 AND seq = ?3 ORDER BY place"
    );
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    collect(connection, SQL, params![tenant, record, seq], |row| codec::effect(&mut Columns::of(row)))
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
            for stage in stages(connection, tenant, &query.pipeline, query.presence)? {
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

/// What follows the word `records` in a statement over those that are present in one way, so that it reads
/// the one index that holds these and no others.
macro_rules! those {
    (live) => {
        " INDEXED BY records_by_stage WHERE presence = 'live' AND tenant = ?1 AND pipeline = ?2 AND "
    };
    ($presence:ident) => {
        concat!(
            " INDEXED BY records_set_aside WHERE presence <> 'live' AND presence = '",
            stringify!($presence),
            "' AND tenant = ?1 AND pipeline = ?2 AND "
        )
    };
}

/// A statement for each way of being present.
macro_rules! for_each_presence {
    ($statement:ident) => {
        [$statement!(live), $statement!(trashed), $statement!(merged)]
    };
}

const fn of<T: Copy>(statements: &[T; 3], presence: Presence) -> T {
    let [live, trashed, merged] = statements;
    match presence {
        Presence::Live => *live,
        Presence::Trashed => *trashed,
        Presence::Merged => *merged,
    }
}

/// The stages that have such records, found by leaping through the index; nothing for no stage.
fn stages(
    connection: &Connection,
    tenant: &str,
    pipeline: &str,
    presence: Presence,
) -> Result<Vec<Option<SmolStr>>, Failure> {
    // The lowest stage, then the lowest above it. The empty text is the lowest there is.
    macro_rules! leaps {
        ($presence:ident) => {
            [
                concat!("SELECT min(stage) FROM records", those!($presence), "stage >= ?3"),
                concat!("SELECT min(stage) FROM records", those!($presence), "stage > ?3"),
            ]
        };
    }
    const LEAPS: [[&str; 2]; 3] = for_each_presence!(leaps);
    let [first, next] = of(&LEAPS, presence);
    let read = |sql: &str, after: &str| {
        let found = collect(connection, sql, params![tenant, pipeline, after], |row| {
            Columns::of(row).optional_text()
        })?;
        Ok::<_, Failure>(found.into_iter().flatten().next())
    };
    let mut stages = vec![None];
    let mut found = read(first, "")?;
    while let Some(stage) = found {
        found = read(next, &stage)?;
        stages.push(Some(stage));
    }
    Ok(stages)
}

macro_rules! pages {
    ($presence:ident) => {
        Pages {
            known: pages!($presence, "entered_at IS NOT NULL ORDER BY entered_at DESC, id DESC"),
            known_after: pages!($presence, "(entered_at, id) < (?5, ?6) ORDER BY entered_at DESC, id DESC"),
            unknown: pages!($presence, "entered_at IS NULL ORDER BY id DESC"),
            unknown_after: pages!($presence, "entered_at IS NULL AND id < ?5 ORDER BY id DESC"),
        }
    };
    ($presence:ident, $after:literal) => {
        concat!(
            "SELECT ",
            record_columns!(),
            " FROM records",
            those!($presence),
            "stage IS ?3 AND ",
            $after,
            " LIMIT ?4 + 0"
        )
    };
}

/// The statements that read a page of a stage.
#[derive(Clone, Copy)]
struct Pages {
    known: &'static str,
    known_after: &'static str,
    unknown: &'static str,
    unknown_after: &'static str,
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
    const PAGES: [Pages; 3] = for_each_presence!(pages);
    let pages = of(&PAGES, query.presence);
    let pipeline = query.pipeline.as_str();
    let read = |sql: &str, parameters: &[&dyn ToSql]| collect(connection, sql, parameters, codec::record);
    let known = match &query.after {
        None => read(pages.known, params![tenant, pipeline, stage, bounded(limit)])?,
        Some(PageKey { entered_at: Some(at), id }) => read(
            pages.known_after,
            params![tenant, pipeline, stage, bounded(limit), at.as_micros(), id.as_str()],
        )?,
        Some(PageKey { entered_at: None, id }) => {
            return read(pages.unknown_after, params![tenant, pipeline, stage, bounded(limit), id.as_str()]);
        }
    };
    let rest = limit - known.len();
    if rest == 0 {
        return Ok(known);
    }
    let unknown = read(pages.unknown, params![tenant, pipeline, stage, bounded(rest)])?;
    Ok(known.into_iter().chain(unknown).collect())
}
