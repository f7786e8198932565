//! How far effects have come: what `lifestage::outbox::Entry` says, in SQL.

use std::collections::HashSet;

use lifestage::outbox::{
    Claim, Delivery, EffectState, EffectUpdate, Entry, OutboxKey, OutboxPage, OutboxQuery, Settled,
    Settlement, TaskQuery,
};
use lifestage::store::QueuePlace;
use lifestage::{Effect, EffectId, EffectKind, SealedChange, SmolStr, Timestamp, journal};
use rusqlite::{Connection, ToSql, params};

use crate::codec::{self, Columns, effect_columns, entry_columns, integer};
use crate::failure::Failure;
use crate::query::{bounded, collect};

/// Cancels what waits to be delivered or was given up, and work that is to be done, where the rest of the statement says.
macro_rules! cancel {
    ($where:literal) => {
        concat!(
            "UPDATE effects SET leased = 0, waiting = 0, held = 0,
                state = CASE WHEN state IN ('pending', 'dead') THEN 'cancelled' ELSE state END,
                settled_at = CASE state WHEN 'dead' THEN NULL ELSE settled_at END,
                work = CASE work WHEN 'open' THEN 'cancelled' ELSE work END
            WHERE tenant = ?1 AND record = ?2 AND (state IN ('pending', 'dead') OR work = 'open') AND ",
            $where
        )
    };
}

/// The row and index of the task that an effect of the table `e`, or the task that it reminds of, waits for.
macro_rules! first {
    ($row:literal, $place:literal) => {
        concat!(
            "(",
            $row,
            ", ",
            $place,
            ") = (SELECT ifnull(t.waits_row, t.seq), t.waits_for FROM effects t
                WHERE t.tenant = e.tenant AND t.record = e.record AND t.seq = e.seq
                    AND t.place = CASE e.kind WHEN 'remind' THEN e.waits_for ELSE e.place END)"
        )
    };
}

pub(crate) const END_VISIT: &str = cancel!("seq >= ?3 AND visit = ?3 AND bound = 1");

/// Does what a change does to effects of earlier rows.
pub(crate) fn update(connection: &Connection, tenant: &str, change: &SealedChange) -> Result<(), Failure> {
    let record = change.record.id();
    let at = change.row.recorded_at.as_micros();
    let run = |sql: &str, parameters: &[&dyn ToSql]| -> Result<usize, Failure> {
        Ok(connection.prepare_cached(sql)?.execute(parameters)?)
    };
    for update in &change.updates {
        match update {
            EffectUpdate::EndVisit { visit } => {
                let visit = integer(*visit)?;
                // What waited for something that will not be done any more.
                const WAITING: &str = "SELECT 1 FROM effects WHERE tenant = ?1 AND record = ?2 AND seq >= ?3
                    AND visit = ?3 AND waiting = 1";
                const OPEN: &str = concat!(
                    "UPDATE effects AS e SET waiting = 0 WHERE tenant = ?1 AND record = ?2 AND seq >= ?3
                        AND visit = ?3 AND waiting = 1 AND EXISTS (SELECT 1 FROM effects f
                            WHERE f.tenant = ?1 AND f.record = ?2 AND f.bound = 1 AND ",
                    first!("f.seq", "f.place"),
                    ")"
                );
                run(END_VISIT, params![tenant, record, visit])?;
                // Asked first: SQLite makes a table for each update that looks at other rows of what it changes.
                if connection.prepare_cached(WAITING)?.exists(params![tenant, record, visit])? {
                    run(OPEN, params![tenant, record, visit])?;
                }
            }
            EffectUpdate::Undo { seq } => {
                const OPEN: &str =
                    "UPDATE effects AS e SET waiting = 0 WHERE tenant = ?1 AND record = ?2 AND seq > ?3
                    AND waiting = 1 AND ?3 = (SELECT t.waits_row FROM effects t
                        WHERE t.tenant = ?1 AND t.record = ?2 AND t.seq = e.seq
                            AND t.place = CASE e.kind WHEN 'remind' THEN e.waits_for ELSE e.place END)";
                let seq = integer(*seq)?;
                run(cancel!("seq = ?3"), params![tenant, record, seq])?;
                run(OPEN, params![tenant, record, seq])?;
            }
            EffectUpdate::Report { seq, index, done } => {
                const WORK: &str =
                    "UPDATE effects SET work = CASE ?5 WHEN 1 THEN 'done' ELSE 'failed' END, waiting = 0,
                        leased = CASE state WHEN 'pending' THEN 0 ELSE leased END,
                        settled_at = CASE state WHEN 'dead' THEN NULL ELSE settled_at END,
                        state = CASE WHEN state IN ('pending', 'dead') THEN 'cancelled' ELSE state END
                    WHERE tenant = ?1 AND record = ?2 AND seq = ?3 AND place = ?4";
                let seq = integer(*seq)?;
                run(WORK, params![tenant, record, seq, index, done])?;
                const REMINDERS: &str = cancel!("seq = ?3 AND kind = 'remind' AND waits_for = ?4");
                run(REMINDERS, params![tenant, record, seq, index])?;
                if *done {
                    const OPEN: &str = concat!(
                        "UPDATE effects AS e SET waiting = 0,
                            state = CASE WHEN kind = 'remind' AND state = 'pending' AND ready_at < ?5
                                THEN 'cancelled' ELSE state END
                        WHERE tenant = ?1 AND record = ?2 AND seq >= ?3 AND waiting = 1 AND ",
                        first!("?3", "?4")
                    );
                    run(OPEN, params![tenant, record, seq, index, at])?;
                }
            }
            EffectUpdate::Reopen { seq, index } => {
                const SQL: &str = "UPDATE effects SET work = 'open',
                        excused = CASE state WHEN 'cancelled' THEN claims ELSE excused END,
                        state = CASE state WHEN 'cancelled' THEN 'pending' ELSE state END
                    WHERE tenant = ?1 AND record = ?2 AND seq = ?3 AND place = ?4";
                const REMINDERS: &str = "UPDATE effects SET state = 'pending' WHERE tenant = ?1 AND record = ?2
                    AND seq = ?3 AND kind = 'remind' AND waits_for = ?4 AND state = 'cancelled' AND ready_at > ?5";
                let seq = integer(*seq)?;
                run(SQL, params![tenant, record, seq, index])?;
                run(REMINDERS, params![tenant, record, seq, index, at])?;
            }
            EffectUpdate::Give { seq, index, to } => {
                const SQL: &str =
                    "UPDATE effects SET assignee = ?5 WHERE tenant = ?1 AND record = ?2 AND seq = ?3
                        AND (place = ?4 OR (kind = 'remind' AND waits_for = ?4))";
                run(SQL, params![tenant, record, integer(*seq)?, index, to.as_str()])?;
            }
            EffectUpdate::Hold => {
                const SQL: &str = "UPDATE effects SET held = 1
                    WHERE tenant = ?1 AND record = ?2 AND (state IN ('pending', 'dead') OR work = 'open')";
                run(SQL, params![tenant, record])?;
            }
            EffectUpdate::Release => {
                const SQL: &str =
                    "UPDATE effects SET held = 0 WHERE tenant = ?1 AND record = ?2 AND held = 1";
                run(SQL, params![tenant, record])?;
            }
            EffectUpdate::Retire => {
                run(cancel!("1"), params![tenant, record])?;
            }
        }
    }
    Ok(())
}

/// Writes down the queues that the record of a change is on, if the change says.
pub(crate) fn enqueue(connection: &Connection, tenant: &str, change: &SealedChange) -> Result<(), Failure> {
    let (record, row) = (&change.record, &change.row);
    let moved = matches!(row.kind, journal::RowKind::Migration | journal::RowKind::Erasure);
    if !moved && !row.facts.iter().any(|fact| fact.name == journal::QUEUES) {
        return Ok(());
    }
    const DELETE: &str = "DELETE FROM queues WHERE tenant = ?1 AND record = ?2";
    const INSERT: &str =
        "INSERT INTO queues (tenant, pipeline, queue, since, record) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(DELETE)?.execute(params![tenant, record.id()])?;
    for queued in record.queues() {
        let values =
            params![tenant, record.pipeline(), queued.queue.as_str(), queued.since.as_micros(), record.id()];
        connection.prepare_cached(INSERT)?.execute(values)?;
    }
    Ok(())
}

/// The records on a queue, the one longest there first.
pub(crate) fn queue(
    connection: &Connection,
    tenant: &str,
    pipeline: &str,
    queue: &str,
    after: Option<&QueuePlace>,
    limit: usize,
) -> Result<Vec<QueuePlace>, Failure> {
    const SQL: &str = "SELECT q.since, q.record FROM queues q CROSS JOIN records r
        WHERE q.tenant = ?1 AND q.pipeline = ?2 AND q.queue = ?3 AND (q.since, q.record) > (?4, ?5)
            AND r.tenant = q.tenant AND r.id = q.record AND r.presence = 'live'
        ORDER BY q.since, q.record LIMIT ?6 + 0";
    let (since, record) = match after {
        Some(after) => (after.since.as_micros(), after.record.as_str()),
        None => (i64::MIN, ""),
    };
    let parameters = params![tenant, pipeline, queue, since, record, bounded(limit)];
    collect(connection, SQL, parameters, |row| {
        let mut columns = Columns::of(row);
        Ok(QueuePlace { since: columns.instant()?, record: columns.text()? })
    })
}

/// Whether an effect of the table `e` is held back at a time by one of its kind before it that failed.
macro_rules! held_back {
    ($at:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM effects AS f INDEXED BY effects_failed
                WHERE f.tenant = ?1 AND f.record = e.record AND f.kind = e.kind
                    AND f.state = 'pending' AND f.waiting = 0 AND f.held = 0 AND f.leased = 0 AND f.claims > f.excused
                    AND (f.seq, f.place) < (e.seq, e.place) AND f.ready_at > ",
            $at,
            ")"
        )
    };
}

pub(crate) const READY: &str = concat!(
    "SELECT ready_at, record FROM effects AS e INDEXED BY effects_ready
    WHERE tenant = ?1 AND kind = ?3 AND state = 'pending' AND waiting = 0 AND held = 0 AND ready_at <= ?2
        AND NOT EXISTS (SELECT 1 FROM effects AS o INDEXED BY effects_leased
            WHERE o.tenant = ?1 AND o.record = e.record AND o.leased = 1 AND o.ready_at > ?2)
        AND NOT ",
    held_back!("?2"),
    " ORDER BY ready_at, record, seq, place LIMIT ?4 + 0"
);

/// By the record: the `+` keeps SQLite from walking all that is due instead. The kinds come as JSON, and are looked for
/// as text, which costs a tenth of reading it for each record.
const READY_OF: &str = concat!(
    "SELECT ",
    effect_columns!(),
    ", assignee, claims, excused, ready_at FROM effects AS e
    WHERE tenant = ?1 AND record = ?5 AND +state = 'pending' AND waiting = 0 AND held = 0 AND ready_at <= ?2
        AND instr(?3, '\"' || kind || '\"') > 0 AND NOT ",
    held_back!("?2"),
    " ORDER BY seq, place LIMIT ?4 + 0"
);

/// Takes what is due, inside a transaction that holds the write lock.
pub(crate) fn claim(connection: &Connection, tenant: &str, claim: &Claim) -> Result<Vec<Delivery>, Failure> {
    const TAKE: &str = "UPDATE effects SET leased = 1, ready_at = ?5, claims = ?6
        WHERE tenant = ?1 AND record = ?2 AND seq = ?3 AND place = ?4";
    let names: Vec<&str> = claim.kinds.iter().map(|kind| EffectKind::name(*kind)).collect();
    let (now, kinds) = (claim.now.as_micros(), codec::json(&names)?);
    let mut records: Vec<(i64, SmolStr)> = Vec::new();
    for kind in &names {
        let parameters = params![tenant, now, kind, bounded(claim.limit)];
        records.extend(collect(connection, READY, parameters, |row| {
            let mut columns = Columns::of(row);
            Ok((columns.instant()?.as_micros(), columns.text()?))
        })?);
    }
    // The record that has waited longest first, whatever it waits for.
    records.sort_unstable();
    let mut due: Vec<Delivery> = Vec::with_capacity(records.len());
    let mut seen = HashSet::new();
    for (_, record) in records.iter().filter(|(_, record)| seen.insert(record)) {
        if due.len() >= claim.limit {
            break;
        }
        let parameters = params![tenant, now, kinds, bounded(claim.limit - due.len()), record.as_str()];
        due.extend(collect(connection, READY_OF, parameters, |row| {
            let mut columns = Columns::of(row);
            let (effect, assignee) = (codec::effect(&mut columns)?, columns.optional_text()?);
            let (lease, excused) = (columns.number::<u32>()?.saturating_add(1), columns.number::<u32>()?);
            let attempt = lease.saturating_sub(excused);
            Ok(Delivery { effect, assignee, attempt, lease, ready_at: columns.instant()? })
        })?);
    }
    let mut take = connection.prepare_cached(TAKE)?;
    for Delivery { effect, lease, .. } in &due {
        let Effect { record, seq, index, .. } = effect;
        let until = claim.until.as_micros();
        take.execute(params![tenant, record.as_str(), integer(*seq)?, index, until, lease])?;
    }
    Ok(due)
}

/// Writes down what became of an effect, and says whether that applied.
pub(crate) fn settle(
    connection: &Connection,
    tenant: &str,
    settlement: &Settlement,
) -> Result<bool, Failure> {
    macro_rules! settle {
        ($set:literal, $if:literal) => {
            concat!(
                "UPDATE effects SET leased = 0, ",
                $set,
                " WHERE tenant = ?1 AND record = ?2 AND seq = ?3 AND place = ?4 AND ",
                $if
            )
        };
    }
    let Settlement { record, seq, index, lease, outcome } = settlement;
    let (sql, at, text) = match outcome {
        Settled::Delivered { at, note } => (
            settle!(
                "state = 'delivered', settled_at = ?6, ready_at = ?6, note = ?7",
                "state IN ('pending', 'cancelled') AND claims = ?5"
            ),
            at,
            note.as_deref(),
        ),
        Settled::Dead { at, error } => (
            settle!(
                "state = 'dead', settled_at = ?6, ready_at = ?6, note = ?7",
                "state = 'pending' AND claims = ?5"
            ),
            at,
            Some(error.as_str()),
        ),
        Settled::Retry { at, error } => (
            settle!("ready_at = ?6, note = ?7", "state = 'pending' AND claims = ?5"),
            at,
            Some(error.as_str()),
        ),
        Settled::Postponed { until, note } => (
            settle!("ready_at = ?6, note = ?7, excused = claims", "state = 'pending' AND claims = ?5"),
            until,
            note.as_deref(),
        ),
        Settled::GivenBack { at } => (
            settle!(
                "ready_at = ?6, excused = excused + 1",
                "state = 'pending' AND claims = ?5 AND ?7 IS NULL"
            ),
            at,
            None,
        ),
        Settled::Revived { at } => (
            settle!(
                "state = 'pending', excused = claims, ready_at = ?6, settled_at = NULL",
                "state = 'dead' AND ?5 IS NOT NULL AND ?7 IS NULL"
            ),
            at,
            None,
        ),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let parameters = params![tenant, record.as_str(), integer(*seq)?, index, lease, at.as_micros(), text];
    Ok(statement.execute(parameters)? == 1)
}

pub(crate) fn entry(
    connection: &Connection,
    tenant: &str,
    id: EffectId<'_>,
) -> Result<Option<Entry>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        entry_columns!(),
        " FROM effects WHERE tenant = ?1 AND record = ?2 AND seq = ?3 AND place = ?4"
    );
    let Ok(seq) = i64::try_from(id.seq()) else { return Ok(None) };
    let parameters = params![tenant, id.record(), seq, id.index()];
    Ok(collect(connection, SQL, parameters, |row| codec::entry(&mut Columns::of(row)))?.pop())
}

pub(crate) fn next_ready(
    connection: &Connection,
    tenant: &str,
    kinds: &[EffectKind],
) -> Result<Option<Timestamp>, Failure> {
    // What is held back may be claimed when that before it may, which is on the list too.
    const SQL: &str = concat!(
        "SELECT ready_at FROM effects AS e INDEXED BY effects_ready WHERE tenant = ?1 AND kind = ?2
        AND state = 'pending' AND waiting = 0 AND held = 0 AND NOT ",
        held_back!("e.ready_at"),
        " ORDER BY ready_at LIMIT 1"
    );
    let mut first = None;
    for kind in kinds {
        let next = collect(connection, SQL, params![tenant, kind.name()], |row| Columns::of(row).instant())?;
        first = first.into_iter().chain(next).min();
    }
    Ok(first)
}

/// Lists entries after a place, in the order of these columns.
macro_rules! page {
    ($where:expr, $order:literal) => {
        concat!(
            "SELECT ",
            entry_columns!(),
            " FROM effects WHERE tenant = ?1 AND ",
            $where,
            " AND (",
            $order,
            ", record, seq, place) > (?3, ?4, ?5, ?6) ORDER BY ",
            $order,
            ", record, seq, place LIMIT ?7 + 0"
        )
    };
}

pub(crate) const PENDING: &str =
    page!("kind = ?2 AND state = 'pending' AND waiting = 0 AND held = 0", "ready_at");
pub(crate) const DEAD: &str = page!("state = 'dead' AND ?2 IS NULL", "ready_at");
const OF_RECORD: &str = page!("record = ?2 AND (?8 IS NULL OR state = ?8)", "ready_at");

/// Open work, as its indexes have it: no list of kinds, for which SQLite makes a table whenever it writes an effect.
macro_rules! tasks {
    ($whose:literal) => {
        page!(
            concat!(
                "work = 'open' AND (kind = 'create_task' OR kind = 'book_call' OR kind = 'schedule_meeting')
        AND held = 0 AND ",
                $whose,
                " AND ifnull(due, 9223372036854775807) <= ?8"
            ),
            "ifnull(due, 9223372036854775807)"
        )
    };
}

pub(crate) const TASKS: &str = tasks!("?2 IS NULL");
pub(crate) const TASKS_OF: &str = tasks!("assignee = ?2");

pub(crate) fn page(
    connection: &Connection,
    tenant: &str,
    query: &OutboxQuery,
) -> Result<OutboxPage, Failure> {
    let record = query.record.as_deref();
    let state = query.state.map(EffectState::name);
    let sql = match (record, query.state) {
        (Some(_), _) => OF_RECORD,
        (None, Some(EffectState::Pending)) => return pending(connection, tenant, query),
        (None, Some(EffectState::Dead)) => DEAD,
        (None, _) => {
            let message = "without a record, only what is pending or dead is listed";
            return Err(Failure::Invalid(message.into()));
        }
    };
    let last = record.map(|_| &state as &dyn ToSql);
    listed(connection, sql, (tenant, &record, last), query.after.as_ref(), query.limit, OutboxKey::by_time)
}

/// What waits for its time or for a worker: a page of each kind, put together.
fn pending(connection: &Connection, tenant: &str, query: &OutboxQuery) -> Result<OutboxPage, Failure> {
    let mut entries = Vec::new();
    let mut more = false;
    for kind in EffectKind::ALL {
        let of = (tenant, &kind.name() as &dyn ToSql, None);
        let page = listed(connection, PENDING, of, query.after.as_ref(), query.limit, OutboxKey::by_time)?;
        more |= page.next.is_some();
        entries.extend(page.entries);
    }
    entries.sort_by_cached_key(OutboxKey::by_time);
    more |= entries.len() > query.limit;
    entries.truncate(query.limit);
    let next = entries.last().filter(|_| more).map(OutboxKey::by_time);
    Ok(OutboxPage { entries, next })
}

pub(crate) fn tasks(connection: &Connection, tenant: &str, query: &TaskQuery) -> Result<OutboxPage, Failure> {
    let assignee = query.assignee.as_deref();
    let sql = if assignee.is_some() { TASKS_OF } else { TASKS };
    // Tasks without a deadline have the largest of numbers: they are left out when a time is given.
    let last = query.due_before.map_or(i64::MAX, |end| end.as_micros().saturating_sub(1));
    let of = (tenant, &assignee as &dyn ToSql, Some(&last as &dyn ToSql));
    listed(connection, sql, of, query.after.as_ref(), query.limit, OutboxKey::by_due)
}

fn listed(
    connection: &Connection,
    sql: &str,
    (tenant, of, last): (&str, &dyn ToSql, Option<&dyn ToSql>),
    after: Option<&OutboxKey>,
    limit: usize,
    key: fn(&Entry) -> OutboxKey,
) -> Result<OutboxPage, Failure> {
    let first = OutboxKey { at: Timestamp::from_micros(i64::MIN), record: "".into(), seq: 0, index: 0 };
    let after = after.unwrap_or(&first);
    let (at, seq) = (after.at.as_micros(), i64::try_from(after.seq).unwrap_or(i64::MAX));
    let (record, one_more) = (after.record.as_str(), bounded(limit.saturating_add(1)));
    let mut parameters: Vec<&dyn ToSql> = vec![&tenant, of, &at, &record, &seq, &after.index, &one_more];
    parameters.extend(last);
    let mut entries =
        collect(connection, sql, parameters.as_slice(), |row| codec::entry(&mut Columns::of(row)))?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(key);
    Ok(OutboxPage { entries, next })
}
