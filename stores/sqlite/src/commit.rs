//! One change, written by statements that each hold the tenant.

use lifestage::journal::{Direction, OWNER, Row, Salt};
use lifestage::store::CommitOutcome;
use lifestage::{Digest, Effect, Memory, Record, SealedChange, Timestamp};
use rusqlite::{Connection, Statement, ToSql, params};

use crate::codec::{self, Columns, integer, journal_columns, json, json_unless, record_columns};
use crate::failure::Failure;
use crate::publish;

/// Writes one change inside the open transaction of `connection`, or says why not. After an error
/// the caller must roll back: part of the change may be written.
pub(crate) fn apply(
    connection: &Connection,
    tenant: &str,
    change: &SealedChange,
) -> Result<CommitOutcome, Failure> {
    if let Some(key) = &change.row.key
        && let Some(row) = receipt(connection, tenant, key)?
    {
        return Ok(if row.request == change.row.request {
            CommitOutcome::Duplicate(Box::new(row))
        } else {
            CommitOutcome::KeyReused
        });
    }
    let written = if change.expected_seq == 0 {
        insert_record(connection, tenant, change)?
    } else {
        update_record(connection, tenant, change)?
    };
    if !written {
        return refusal(connection, tenant, change);
    }
    append_row(connection, tenant, &change.row)?;
    change.effects.iter().try_for_each(|effect| append_effect(connection, tenant, effect))?;
    Ok(CommitOutcome::Applied)
}

/// Why the guarded statement of `change` touched nothing.
fn refusal(connection: &Connection, tenant: &str, change: &SealedChange) -> Result<CommitOutcome, Failure> {
    let record = load(connection, tenant, change.record.id())?;
    Ok(match (record, change.expected_seq) {
        (Some(_), 0) => CommitOutcome::Exists,
        (None, 1..) => CommitOutcome::Missing,
        (Some(record), seq) if record.seq() != seq || record.version() != change.expected_version => {
            CommitOutcome::Conflict(Box::new(record))
        }
        _ => CommitOutcome::StaleDefinition {
            published: publish::version(connection, tenant, &change.row.pipeline)?,
        },
    })
}

/// The record with this id.
pub(crate) fn load(connection: &Connection, tenant: &str, id: &str) -> Result<Option<Record>, Failure> {
    const SQL: &str = concat!("SELECT ", record_columns!(), " FROM records WHERE tenant = ?1 AND id = ?2");
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![tenant, id])?;
    rows.next()?.map(codec::record).transpose()
}

/// The row written under this key.
pub(crate) fn receipt(connection: &Connection, tenant: &str, key: &str) -> Result<Option<Row>, Failure> {
    const SQL: &str = concat!("SELECT ", journal_columns!(), " FROM journal WHERE tenant = ?1 AND key = ?2");
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![tenant, key])?;
    rows.next()?.map(|row| codec::journal_row(&mut Columns::of(row))).transpose()
}

/// Holds when the definition that judged is the published one, or none did (S19).
macro_rules! judged_by_published {
    () => {
        "(?1 IS NULL OR EXISTS (SELECT 1 FROM published
            WHERE tenant = ?2 AND pipeline = ?4 AND meaning = ?1))"
    };
}

fn insert_record(connection: &Connection, tenant: &str, change: &SealedChange) -> Result<bool, Failure> {
    const SQL: &str = concat!(
        "INSERT INTO records (tenant, ",
        record_columns!(),
        ") SELECT ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 WHERE ",
        judged_by_published!(),
        " ON CONFLICT (tenant, id) DO NOTHING"
    );
    let mut statement = connection.prepare_cached(SQL)?;
    let mut values = Values::of(&mut statement);
    bind_record(&mut values, tenant, change)?;
    values.bind(json(change.record.fields())?)?;
    Ok(statement.raw_execute()? == 1)
}

/// The parameters of a statement from left to right. What has no value is passed over: it was
/// cleared, and a call for each would be a good part of the work of binding.
struct Values<'s, 'c> {
    statement: &'s mut Statement<'c>,
    next: usize,
}

impl<'s, 'c> Values<'s, 'c> {
    fn of(statement: &'s mut Statement<'c>) -> Self {
        statement.clear_bindings();
        Self { statement, next: 1 }
    }

    fn bind(&mut self, value: impl ToSql) -> Result<(), Failure> {
        self.statement.raw_bind_parameter(self.next, value)?;
        self.next += 1;
        Ok(())
    }

    fn bind_if_any(&mut self, value: Option<impl ToSql>) -> Result<(), Failure> {
        match value {
            Some(value) => self.bind(value),
            None => {
                self.next += 1;
                Ok(())
            }
        }
    }
}

/// Binds what writing a record has in common, whether it is new or not: parameters 1 to 17.
fn bind_record(values: &mut Values<'_, '_>, tenant: &str, change: &SealedChange) -> Result<(), Failure> {
    let record = &change.record;
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    values.bind_if_any(change.meaning.as_ref().map(Digest::as_bytes))?;
    values.bind(tenant)?;
    values.bind(record.id())?;
    values.bind(record.pipeline())?;
    values.bind_if_any(record.stage())?;
    values.bind(integer(record.version())?)?;
    values.bind(integer(record.seq())?)?;
    values.bind(integer(record.visit())?)?;
    values.bind_if_any(micros(record.entered_at()))?;
    values.bind_if_any(micros(record.created_at()))?;
    values.bind_if_any(micros(record.last_at()))?;
    values.bind_if_any(record.owner())?;
    values.bind_if_any(micros(record.closed_at()))?;
    values.bind_if_any(record.lost_reason())?;
    values.bind(record.definition())?;
    values.bind(record.head().as_bytes())?;
    values.bind_if_any(memory(record)?)
}

macro_rules! update {
    ($fields:literal) => {
        concat!(
            "UPDATE records SET pipeline = ?4, stage = ?5, version = ?6, seq = ?7, visit = ?8, entered_at = ?9,
                created_at = ?10, last_at = ?11, owner = ?12, closed_at = ?13, lost_reason = ?14,
                definition = ?15, head = ?16, memory = ?17",
            $fields,
            " WHERE tenant = ?2 AND id = ?3 AND version = ?18 AND seq = ?19 AND ",
            judged_by_published!()
        )
    };
}

fn update_record(connection: &Connection, tenant: &str, change: &SealedChange) -> Result<bool, Failure> {
    const SQL: &str = update!("");
    const SQL_WITH_FIELDS: &str = update!(", fields = ?20");
    // A move that changes no facts leaves `fields` and its indexes alone.
    let facts = change.row.facts.iter().any(|fact| fact.name != OWNER);
    let mut statement = connection.prepare_cached(if facts { SQL_WITH_FIELDS } else { SQL })?;
    let mut values = Values::of(&mut statement);
    bind_record(&mut values, tenant, change)?;
    values.bind(integer(change.expected_version)?)?;
    values.bind(integer(change.expected_seq)?)?;
    if facts {
        values.bind(json(change.record.fields())?)?;
    }
    Ok(statement.raw_execute()? == 1)
}

fn memory(record: &Record) -> Result<Option<String>, Failure> {
    json_unless(*record.memory() == Memory::default(), record.memory())
}

fn append_row(connection: &Connection, tenant: &str, row: &Row) -> Result<(), Failure> {
    const SQL: &str = concat!(
        "INSERT INTO journal (tenant, ",
        journal_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
            ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37)"
    );
    let mut statement = connection.prepare_cached(SQL)?;
    let mut values = Values::of(&mut statement);
    values.bind(tenant)?;
    values.bind(row.record.as_str())?;
    values.bind(integer(row.seq)?)?;
    values.bind(row.kind.name())?;
    values.bind(row.pipeline.as_str())?;
    values.bind(row.definition)?;
    values.bind_if_any(row.mv.as_deref())?;
    for mark in [row.from.as_ref(), row.to.as_ref()] {
        values.bind_if_any(mark.map(|mark| mark.id.as_str()))?;
        values.bind_if_any(mark.map(|mark| mark.label.as_str()))?;
        values.bind_if_any(mark.map(|mark| mark.outcome.name()))?;
    }
    values.bind_if_any(row.direction.map(Direction::name))?;
    values.bind(row.actor.as_str())?;
    values.bind(row.automation)?;
    values.bind(row.forced)?;
    values.bind(row.start_unknown)?;
    values.bind_if_any(row.reason.as_deref())?;
    values.bind_if_any(json_unless(row.input.is_empty(), &row.input)?)?;
    values.bind_if_any(json_unless(row.facts.is_empty(), &row.facts)?)?;
    values.bind_if_any(row.was_closed_at.map(Timestamp::as_micros))?;
    values.bind_if_any(row.was_lost_reason.as_deref())?;
    values.bind_if_any(row.refers_to.map(integer).transpose()?)?;
    values.bind(row.effective_at.as_micros())?;
    values.bind(row.recorded_at.as_micros())?;
    values.bind_if_any(row.key.as_deref())?;
    values.bind_if_any(row.request.as_ref().map(Digest::as_bytes))?;
    values.bind_if_any(row.batch.as_deref())?;
    values.bind(integer(row.version_after)?)?;
    values.bind_if_any(row.salt.as_ref().map(Salt::as_bytes))?;
    for digest in [&row.personal, &row.effects, &row.previous] {
        values.bind_if_any(codec::digest(digest))?;
    }
    values.bind(row.hash.as_bytes())?;
    let origin = row.origin.as_ref();
    values.bind_if_any(origin.map(|origin| origin.pipeline.as_str()))?;
    values.bind_if_any(origin.map(|origin| origin.definition))?;
    statement.raw_execute()?;
    Ok(())
}

fn append_effect(connection: &Connection, tenant: &str, effect: &Effect) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO effects
        (tenant, record, seq, place, action, kind, trigger, visit, args, missing)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut values = Values::of(&mut statement);
    values.bind(tenant)?;
    values.bind(effect.record.as_str())?;
    values.bind(integer(effect.seq)?)?;
    values.bind(effect.index)?;
    values.bind(effect.action.as_str())?;
    values.bind(effect.kind.name())?;
    values.bind(effect.trigger.name())?;
    values.bind(integer(effect.visit)?)?;
    values.bind_if_any(json_unless(effect.args.is_empty(), &effect.args)?)?;
    values.bind_if_any(json_unless(effect.missing.is_empty(), &effect.missing)?)?;
    statement.raw_execute()?;
    Ok(())
}
