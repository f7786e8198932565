//! One change, written by statements that each hold the tenant.

use lifestage::journal::{Direction, Row, RowKind, Salt};
use lifestage::outbox::{Entry, WorkState};
use lifestage::store::CommitOutcome;
use lifestage::{Digest, Effect, Memory, Presence, Record, SealedChange, SmolStr, Timestamp};
use rusqlite::{Connection, params};

use crate::codec::{self, Columns, integer, journal_columns, json, json_unless, record_columns};
use crate::failure::{Failure, damaged};
use crate::prepared::{Prepared, Values, ready};
use crate::{erasure, links, outbox, publish};

/// Writes changes inside one open transaction. The statements stay at hand from one change to the next.
pub(crate) struct Changes<'c> {
    connection: &'c Connection,
    insert: Option<Prepared<'c>>,
    update: Option<Prepared<'c>>,
    update_all: Option<Prepared<'c>>,
    row: Option<Prepared<'c>>,
    effect: Option<Prepared<'c>>,
    /// The tenant, the pipeline and the meaning that were found to be published in this transaction.
    judged_by: Option<(String, SmolStr, Digest)>,
}

impl<'c> Changes<'c> {
    pub(crate) const fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            insert: None,
            update: None,
            update_all: None,
            row: None,
            effect: None,
            judged_by: None,
        }
    }

    pub(crate) const fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Forgets which definitions are published, because one is being published.
    pub(crate) fn republish(&mut self) {
        self.judged_by = None;
    }

    /// Writes one change, or says why not. After an error the caller must roll back: part of the change may
    /// be written.
    pub(crate) fn apply(&mut self, tenant: &str, change: &SealedChange) -> Result<CommitOutcome, Failure> {
        if let Some(key) = &change.row.key
            && let Some(row) = receipt(self.connection, tenant, key)?
        {
            return Ok(if row.request == change.row.request {
                CommitOutcome::Duplicate(Box::new(row))
            } else {
                CommitOutcome::KeyReused
            });
        }
        let known = self.judged_by.as_ref().is_some_and(|(of, pipeline, meaning)| {
            of == tenant && *pipeline == change.row.pipeline && Some(*meaning) == change.meaning
        });
        let meaning = change.meaning.filter(|_| !known);
        let pointed = links::before(self.connection, tenant, change)?;
        let written = if change.expected_seq == 0 {
            self.insert_record(tenant, change, meaning)?
        } else {
            self.update_record(tenant, change, meaning)?
        };
        if !written {
            return refusal(self.connection, tenant, change);
        }
        if let Some(meaning) = meaning {
            self.judged_by = Some((tenant.to_owned(), change.row.pipeline.clone(), meaning));
        }
        if let Some(before) = pointed {
            links::replace(self.connection, tenant, &change.record, &before)?;
        }
        if change.row.kind == RowKind::Erasure {
            erasure::erase(self.connection, tenant, &change.row)?;
        }
        self.append_row(tenant, &change.row)?;
        outbox::update(self.connection, tenant, change)?;
        outbox::enqueue(self.connection, tenant, change)?;
        change.effects.iter().try_for_each(|effect| self.append_effect(tenant, effect, change))?;
        Ok(CommitOutcome::Applied)
    }
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
        _ => match publish::stale(connection, tenant, change)? {
            Some(published) => CommitOutcome::StaleDefinition { published },
            None => holder(connection, tenant, change)?,
        },
    })
}

/// The record that holds the e-mail address which the record of `change` was to hold (S57).
fn holder(connection: &Connection, tenant: &str, change: &SealedChange) -> Result<CommitOutcome, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM records WHERE tenant = ?1 AND reserved = ?2")?;
    let mut rows = statement.query(params![tenant, change.record.reserved()])?;
    let by = rows.next()?.map(|row| Columns::of(row).text()).transpose()?;
    by.map(|by| CommitOutcome::Reserved { by }).ok_or_else(|| {
        damaged(format_args!("a change of `{}` wrote nothing, for no reason", change.record.id()))
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

/// Holds when nobody else holds the e-mail address that the record is to hold, if any (S57).
macro_rules! holds_alone {
    () => {
        "(?20 IS NULL OR NOT EXISTS (SELECT 1 FROM records
            WHERE tenant = ?2 AND reserved = ?20 AND id <> ?3))"
    };
}

impl Changes<'_> {
    fn insert_record(
        &mut self,
        tenant: &str,
        change: &SealedChange,
        meaning: Option<Digest>,
    ) -> Result<bool, Failure> {
        const SQL: &str = concat!(
            "INSERT INTO records (tenant, ",
            record_columns!(),
            ", presence) SELECT ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                ?20, ?21, ?22 WHERE ",
            judged_by_published!(),
            " AND ",
            holds_alone!(),
            " ON CONFLICT (tenant, id) DO NOTHING"
        );
        let prepared = ready(&mut self.insert, self.connection, SQL)?;
        let mut values = prepared.values();
        bind_record(&mut values, tenant, change, meaning)?;
        bind_rest(&mut values, &change.record)?;
        Ok(prepared.execute()? == 1)
    }
}

/// Binds what writing a record has in common, whether it is new or not: parameters 1 to 17.
fn bind_record(
    values: &mut Values<'_, '_>,
    tenant: &str,
    change: &SealedChange,
    meaning: Option<Digest>,
) -> Result<(), Failure> {
    let record = &change.record;
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    values.bind_if_any(meaning.as_ref().map(Digest::as_bytes))?;
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

/// Binds what a move leaves alone: parameters 18 to 22.
fn bind_rest(values: &mut Values<'_, '_>, record: &Record) -> Result<(), Failure> {
    values.bind(json(record.fields())?)?;
    values.bind_if_any(json_unless(record.links().is_empty(), record.links())?)?;
    values.bind_if_any(record.reserved())?;
    values.bind_if_any(record.trashed_at().map(Timestamp::as_micros))?;
    values.bind(record.presence().name())
}

macro_rules! update {
    ($rest:literal, $version:literal, $seq:literal) => {
        concat!(
            "UPDATE records SET pipeline = ?4, stage = ?5, version = ?6, seq = ?7, visit = ?8, entered_at = ?9,
                created_at = ?10, last_at = ?11, owner = ?12, closed_at = ?13, lost_reason = ?14,
                definition = ?15, head = ?16, memory = ?17",
            $rest,
            " WHERE tenant = ?2 AND id = ?3 AND version = ",
            $version,
            " AND seq = ",
            $seq,
            " AND ",
            judged_by_published!()
        )
    };
}

impl Changes<'_> {
    fn update_record(
        &mut self,
        tenant: &str,
        change: &SealedChange,
        meaning: Option<Digest>,
    ) -> Result<bool, Failure> {
        const SQL: &str = update!("", "?18", "?19");
        const SQL_ALL: &str = concat!(
            update!(
                ", fields = ?18, links = ?19, reserved = ?20, trashed_at = ?21, presence = ?22",
                "?23",
                "?24"
            ),
            " AND ",
            holds_alone!()
        );
        // A move that touches no more than the place leaves the rest and its indexes alone.
        let all = change.touches();
        let (slot, sql) = if all { (&mut self.update_all, SQL_ALL) } else { (&mut self.update, SQL) };
        let prepared = ready(slot, self.connection, sql)?;
        let mut values = prepared.values();
        bind_record(&mut values, tenant, change, meaning)?;
        if all {
            bind_rest(&mut values, &change.record)?;
        }
        values.bind(integer(change.expected_version)?)?;
        values.bind(integer(change.expected_seq)?)?;
        Ok(prepared.execute()? == 1)
    }
}

fn memory(record: &Record) -> Result<Option<String>, Failure> {
    json_unless(*record.memory() == Memory::default(), record.memory())
}

impl Changes<'_> {
    fn append_row(&mut self, tenant: &str, row: &Row) -> Result<(), Failure> {
        const SQL: &str = concat!(
        "INSERT INTO journal (tenant, ",
        journal_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
            ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37)"
    );
        let prepared = ready(&mut self.row, self.connection, SQL)?;
        let mut values = prepared.values();
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
        prepared.execute()?;
        Ok(())
    }

    fn append_effect(&mut self, tenant: &str, effect: &Effect, change: &SealedChange) -> Result<(), Failure> {
        const SQL: &str = "INSERT INTO effects
        (tenant, record, seq, place, action, kind, trigger, visit, args, missing, at, due, assignee, waits_for,
            waits_row, bound, state, work, ready_at, waiting, held, depth, planned_for)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 'pending', ?17, ?18, ?19, ?20,
            ?21, ?13)";
        let prepared = ready(&mut self.effect, self.connection, SQL)?;
        let mut values = prepared.values();
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
        values.bind_if_any(effect.at.map(Timestamp::as_micros))?;
        values.bind_if_any(effect.due.map(Timestamp::as_micros))?;
        values.bind_if_any(effect.assignee.as_deref())?;
        values.bind_if_any(effect.after)?;
        values.bind_if_any(effect.after_row.map(integer).transpose()?)?;
        values.bind(effect.bound)?;
        values.bind_if_any(effect.reported.then_some(WorkState::Open.name()))?;
        values.bind(Entry::ready_at(effect, &change.row).as_micros())?;
        values.bind(Entry::waits(effect, &change.effects))?;
        values.bind(change.record.presence() == Presence::Trashed)?;
        values.bind(effect.depth)?;
        prepared.execute()?;
        Ok(())
    }
}
