//! How many records are in each stage, without counting them one by one.
//!
//! The counts of a tenant are kept as they were after some row of the journal; what came after is added from
//! the journal itself. So they are exact, nobody who commits pays for them, and asking costs as much as has
//! happened since they were kept. They are kept anew by whoever asks when that has become much.
//!
//! They count all records, for the journal does not say whether a record was in the trash when it moved.
//! Those in the trash and those that became one with another have a small index of their own, by which they
//! are counted each time and taken off.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use lifestage::SmolStr;
use lifestage::journal::RowKind;
use lifestage::store::Tally;
use rusqlite::{Connection, OptionalExtension, params};

use crate::codec::Columns;
use crate::failure::Failure;
use crate::query;

/// How many rows may come after the counts before they are kept anew.
const MANY: i64 = 2_000;
/// With more rows after the counts than one for so many records, the records are counted instead.
const RECORDS_PER_ROW: i64 = 4;

/// The counts of a pipeline.
pub(crate) struct Counts {
    /// By stage.
    pub(crate) tallies: Vec<Tally>,
    /// Whether they should be kept anew.
    pub(crate) worth_keeping: bool,
}

/// The kinds of rows that take a record to a stage, and those that take it out of another.
static KINDS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let listed = |also: fn(RowKind) -> bool| {
        let kinds = RowKind::ALL.into_iter().filter(|kind| kind.begins_visit() && also(*kind));
        kinds.map(|kind| format!("'{}'", kind.name())).collect::<Vec<_>>().join(", ")
    };
    [listed(|_| true), listed(|kind| kind != RowKind::Creation)]
});

/// What the rows after a position (`?2`) change, by pipeline and stage; the empty stage is none.
static CHANGES: LazyLock<String> = LazyLock::new(|| {
    let [entering, leaving] = &*KINDS;
    format!(
        "SELECT pipeline, ifnull(to_stage, '') AS stage, 1 AS change FROM journal INDEXED BY journal_by_position
            WHERE tenant = ?1 AND position > ?2 AND kind IN ({entering})
        UNION ALL
        SELECT ifnull(origin_pipeline, pipeline), ifnull(from_stage, ''), -1
            FROM journal INDEXED BY journal_by_position
            WHERE tenant = ?1 AND position > ?2 AND kind IN ({leaving})"
    )
});

static KEPT_AND_CHANGED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT stage, sum(change) FROM (
            SELECT stage, records AS change FROM stage_counts WHERE tenant = ?1 AND pipeline = ?3
            UNION ALL SELECT stage, change FROM ({}) WHERE pipeline = ?3)
        GROUP BY stage HAVING sum(change) > 0",
        *CHANGES
    )
});

static KEEP_CHANGED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO stage_counts (tenant, pipeline, stage, records)
            SELECT ?1, pipeline, stage, sum(change) FROM ({}) WHERE true GROUP BY pipeline, stage
            ON CONFLICT DO UPDATE SET records = records + excluded.records",
        *CHANGES
    )
});

const LIVE: &str = "SELECT ifnull(stage, ''), count(*) FROM records INDEXED BY records_by_stage
    WHERE tenant = ?1 AND pipeline = ?2 AND presence = 'live' GROUP BY stage";

/// Those in the trash and those that became one with another: all, and the former alone.
const SET_ASIDE: &str = "SELECT ifnull(stage, ''), count(*), sum(presence = 'trashed')
    FROM records INDEXED BY records_set_aside
    WHERE tenant = ?1 AND pipeline = ?2 AND presence <> 'live' GROUP BY stage";

/// The counts of a pipeline, as of the snapshot that `connection` reads.
pub(crate) fn counts(connection: &Connection, tenant: &str, pipeline: &str) -> Result<Counts, Failure> {
    let kept = kept(connection, tenant)?;
    let added_up = kept.as_ref().filter(|kept| kept.behind.is_few());
    let counted: Vec<(SmolStr, u64)> = match added_up {
        Some(kept) => {
            query::collect(connection, &KEPT_AND_CHANGED, params![tenant, kept.position, pipeline], pair)?
        }
        None => query::collect(connection, LIVE, params![tenant, pipeline], pair)?,
    };
    let worth_keeping = match added_up {
        Some(kept) => kept.behind.rows > MANY,
        None => kept.is_some() || counted.iter().map(|(_, count)| count).sum::<u64>() > MANY.unsigned_abs(),
    };
    let mut tallies: BTreeMap<SmolStr, [u64; 2]> =
        counted.into_iter().map(|(stage, count)| (stage, [count, 0])).collect();
    let set_aside = query::collect(connection, SET_ASIDE, params![tenant, pipeline], |row| {
        let mut columns = Columns::of(row);
        Ok((columns.text()?, columns.number::<u64>()?, columns.number()?))
    })?;
    for (stage, all, trashed) in set_aside {
        let [live, in_trash] = tallies.entry(stage).or_default();
        *live = live.saturating_sub(if added_up.is_some() { all } else { 0 });
        *in_trash = trashed;
    }
    let tallies = tallies.into_iter().filter(|(_, counts)| *counts != [0, 0]);
    let tallies = tallies.map(|(stage, [live, trashed])| Tally {
        stage: Some(stage).filter(|stage| !stage.is_empty()),
        live,
        trashed,
    });
    Ok(Counts { tallies: tallies.collect(), worth_keeping })
}

fn pair(row: &rusqlite::Row<'_>) -> Result<(SmolStr, u64), Failure> {
    let mut columns = Columns::of(row);
    Ok((columns.text()?, columns.number()?))
}

/// Keeps the counts of a tenant as they are now, inside a transaction.
pub(crate) fn keep(connection: &Connection, tenant: &str) -> Result<(), Failure> {
    let position = match kept(connection, tenant)? {
        Some(Kept { position, behind }) if behind.is_few() => {
            connection.prepare_cached(&KEEP_CHANGED)?.execute(params![tenant, position])?;
            position
        }
        _ => {
            connection.prepare_cached("DELETE FROM stage_counts WHERE tenant = ?1")?.execute([tenant])?;
            let counted = "INSERT INTO stage_counts (tenant, pipeline, stage, records)
                SELECT ?1, pipeline, ifnull(stage, ''), sum(records) FROM (
                    SELECT pipeline, stage, count(*) AS records FROM records INDEXED BY records_by_stage
                        WHERE tenant = ?1 AND presence = 'live' GROUP BY pipeline, stage
                    UNION ALL
                    SELECT pipeline, stage, count(*) FROM records INDEXED BY records_set_aside
                        WHERE tenant = ?1 AND presence <> 'live' GROUP BY pipeline, stage)
                GROUP BY pipeline, ifnull(stage, '')";
            connection.prepare_cached(counted)?.execute([tenant])?;
            0
        }
    };
    let upto = "INSERT INTO stage_counts_upto (tenant, position)
        SELECT ?1, ifnull(max(position), ?2) FROM journal WHERE tenant = ?1
        ON CONFLICT DO UPDATE SET position = excluded.position";
    connection.prepare_cached(upto)?.execute(params![tenant, position])?;
    Ok(())
}

/// Up to where the counts are kept, and what came after.
struct Kept {
    position: i64,
    behind: Behind,
}

#[derive(Clone, Copy)]
struct Behind {
    /// Rows that came after; never fewer.
    rows: i64,
    records: i64,
}

impl Behind {
    /// Whether it is quicker to add them than to count the records.
    const fn is_few(self) -> bool {
        self.rows <= MANY || self.rows <= self.records / RECORDS_PER_ROW
    }
}

fn kept(connection: &Connection, tenant: &str) -> Result<Option<Kept>, Failure> {
    // Positions of other tenants lie between, so that this may be more than there are.
    const SQL: &str =
        "SELECT position, ifnull((SELECT max(position) FROM journal WHERE tenant = ?1), 0) - position,
            ifnull((SELECT sum(records) FROM stage_counts WHERE tenant = ?1), 0)
        FROM stage_counts_upto WHERE tenant = ?1";
    let mut statement = connection.prepare_cached(SQL)?;
    let found = statement.query_row([tenant], |row| {
        let behind = Behind { rows: row.get(1)?, records: row.get(2)? };
        Ok(Kept { position: row.get(0)?, behind })
    });
    Ok(found.optional()?)
}
