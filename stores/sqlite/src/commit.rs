//! One change, written by statements that each hold the tenant.

use lifestage::journal::{OWNER, Row};
use lifestage::store::CommitOutcome;
use lifestage::{Effect, Memory, Record, SealedChange};
use rusqlite::{Connection, Statement, params};

use crate::codec::{self, Columns, digest, integer, journal_columns, json, json_unless, record_columns};
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
    bind_record(&mut statement, tenant, change)?;
    statement.raw_bind_parameter(18, json(change.record.fields())?)?;
    Ok(statement.raw_execute()? == 1)
}

/// Binds what writing a record has in common, whether it is new or not: parameters 1 to 17.
fn bind_record(statement: &mut Statement<'_>, tenant: &str, change: &SealedChange) -> Result<(), Failure> {
    let record = &change.record;
    let head = record.head();
    let common = params![
        change.meaning.as_ref().map(lifestage::Digest::as_bytes),
        tenant,
        record.id(),
        record.pipeline(),
        record.stage(),
        integer(record.version())?,
        integer(record.seq())?,
        integer(record.visit())?,
        record.entered_at().map(|at| at.as_micros()),
        record.created_at().map(|at| at.as_micros()),
        record.last_at().map(|at| at.as_micros()),
        record.owner(),
        record.closed_at().map(|at| at.as_micros()),
        record.lost_reason(),
        record.definition(),
        head.as_bytes(),
        memory(record)?,
    ];
    for (parameter, index) in common.iter().zip(1_usize..) {
        statement.raw_bind_parameter(index, parameter)?;
    }
    Ok(())
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
    bind_record(&mut statement, tenant, change)?;
    statement.raw_bind_parameter(18, integer(change.expected_version)?)?;
    statement.raw_bind_parameter(19, integer(change.expected_seq)?)?;
    if facts {
        statement.raw_bind_parameter(20, json(change.record.fields())?)?;
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
    let (from, to) = (row.from.as_ref(), row.to.as_ref());
    connection.prepare_cached(SQL)?.execute(params![
        tenant,
        row.record.as_str(),
        integer(row.seq)?,
        row.kind.name(),
        row.pipeline.as_str(),
        row.definition,
        row.mv.as_deref(),
        from.map(|mark| mark.id.as_str()),
        from.map(|mark| mark.label.as_str()),
        from.map(|mark| mark.outcome.name()),
        to.map(|mark| mark.id.as_str()),
        to.map(|mark| mark.label.as_str()),
        to.map(|mark| mark.outcome.name()),
        row.direction.map(lifestage::journal::Direction::name),
        row.actor.as_str(),
        row.automation,
        row.forced,
        row.start_unknown,
        row.reason.as_deref(),
        json_unless(row.input.is_empty(), &row.input)?,
        json_unless(row.facts.is_empty(), &row.facts)?,
        row.was_closed_at.map(lifestage::Timestamp::as_micros),
        row.was_lost_reason.as_deref(),
        row.refers_to.map(integer).transpose()?,
        row.effective_at.as_micros(),
        row.recorded_at.as_micros(),
        row.key.as_deref(),
        row.request.as_ref().map(lifestage::Digest::as_bytes),
        row.batch.as_deref(),
        integer(row.version_after)?,
        row.salt.as_ref().map(lifestage::journal::Salt::as_bytes),
        digest(&row.personal),
        digest(&row.effects),
        digest(&row.previous),
        row.hash.as_bytes(),
        row.origin.as_ref().map(|origin| origin.pipeline.as_str()),
        row.origin.as_ref().map(|origin| origin.definition),
    ])?;
    Ok(())
}

fn append_effect(connection: &Connection, tenant: &str, effect: &Effect) -> Result<(), Failure> {
    const SQL: &str = "INSERT INTO effects
        (tenant, record, seq, place, action, kind, trigger, visit, args, missing)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    connection.prepare_cached(SQL)?.execute(params![
        tenant,
        effect.record.as_str(),
        integer(effect.seq)?,
        effect.index,
        effect.action.as_str(),
        effect.kind.name(),
        effect.trigger.name(),
        integer(effect.visit)?,
        json_unless(effect.args.is_empty(), &effect.args)?,
        json_unless(effect.missing.is_empty(), &effect.missing)?,
    ])?;
    Ok(())
}
