//! Rows of tables to values and back.

use lifestage::catalog::Outcome;
use lifestage::journal::{Direction, Origin, Row, RowKind, Salt, StageMark};
use lifestage::outbox::{EffectState, Entry, WorkState};
use lifestage::store::Publication;
use lifestage::{
    Digest, Effect, EffectKind, EffectTrigger, Fields, Links, Memory, Record, RecordParts, SmolStr, Timestamp,
};
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, damaged};

/// Reads the columns of one result row from left to right.
pub(crate) struct Columns<'a> {
    row: &'a rusqlite::Row<'a>,
    at: usize,
}

impl<'a> Columns<'a> {
    pub(crate) const fn of(row: &'a rusqlite::Row<'a>) -> Self {
        Self { row, at: 0 }
    }

    fn next(&mut self) -> Result<ValueRef<'a>, Failure> {
        let value = self.row.get_ref(self.at)?;
        self.at += 1;
        Ok(value)
    }

    fn mismatch(&self, wanted: &str) -> Failure {
        let column = self.row.as_ref().column_name(self.at.saturating_sub(1)).unwrap_or("?").to_owned();
        damaged(format_args!("column `{column}` does not hold {wanted}"))
    }

    fn optional_str(&mut self) -> Result<Option<&'a str>, Failure> {
        match self.next()? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => str::from_utf8(text).map(Some).map_err(|_| self.mismatch("UTF-8")),
            _ => Err(self.mismatch("text")),
        }
    }

    pub(crate) fn str(&mut self) -> Result<&'a str, Failure> {
        self.optional_str()?.ok_or_else(|| self.mismatch("text"))
    }

    pub(crate) fn text(&mut self) -> Result<SmolStr, Failure> {
        self.str().map(SmolStr::new)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<SmolStr>, Failure> {
        Ok(self.optional_str()?.map(SmolStr::new))
    }

    fn optional_integer(&mut self) -> Result<Option<i64>, Failure> {
        match self.next()? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Err(self.mismatch("a whole number")),
        }
    }

    fn integer(&mut self) -> Result<i64, Failure> {
        self.optional_integer()?.ok_or_else(|| self.mismatch("a whole number"))
    }

    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Failure> {
        let number = self.integer()?;
        T::try_from(number).map_err(|_| self.mismatch("a number in range"))
    }

    fn optional_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, Failure> {
        let number = self.optional_integer()?.map(T::try_from).transpose();
        number.map_err(|_| self.mismatch("a number in range"))
    }

    fn flag(&mut self) -> Result<bool, Failure> {
        Ok(self.integer()? != 0)
    }

    pub(crate) fn instant(&mut self) -> Result<Timestamp, Failure> {
        self.integer().map(Timestamp::from_micros)
    }

    pub(crate) fn optional_instant(&mut self) -> Result<Option<Timestamp>, Failure> {
        Ok(self.optional_integer()?.map(Timestamp::from_micros))
    }

    fn optional_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Failure> {
        match self.next()? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => bytes.try_into().map(Some).map_err(|_| self.mismatch("a digest")),
            _ => Err(self.mismatch("a digest")),
        }
    }

    fn optional_digest(&mut self) -> Result<Option<Digest>, Failure> {
        Ok(self.optional_bytes()?.map(Digest::from_bytes))
    }

    /// A digest; nothing stands for zero.
    pub(crate) fn digest(&mut self) -> Result<Digest, Failure> {
        Ok(self.optional_digest()?.unwrap_or(Digest::ZERO))
    }

    /// A value kept as JSON; nothing stands for the empty one.
    pub(crate) fn json<T: DeserializeOwned + Default>(&mut self) -> Result<T, Failure> {
        match self.optional_str()? {
            None => Ok(T::default()),
            Some(text) => serde_json::from_str(text).map_err(|_| self.mismatch("the JSON this store writes")),
        }
    }

    /// A value that has no empty form.
    pub(crate) fn whole_json<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        serde_json::from_str(self.str()?).map_err(|_| self.mismatch("the JSON this store writes"))
    }

    fn word<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Failure> {
        let word = self.str()?;
        read(word).ok_or_else(|| self.mismatch("a known word"))
    }

    fn mark(&mut self) -> Result<Option<StageMark>, Failure> {
        let (id, label) = (self.optional_text()?, self.optional_text()?);
        let outcome =
            self.optional_str()?.map(|word| outcome(word).ok_or_else(|| self.mismatch("an outcome")));
        match (id, label, outcome.transpose()?) {
            (Some(id), Some(label), Some(outcome)) => Ok(Some(StageMark { id, label, outcome })),
            (None, None, None) => Ok(None),
            _ => Err(self.mismatch("all of a stage")),
        }
    }
}

fn outcome(word: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.name() == word)
}

/// The columns that [`record`] reads.
macro_rules! record_columns {
    () => {
        "id, pipeline, stage, version, seq, visit, entered_at, created_at, last_at, owner, closed_at, \
         lost_reason, definition, head, memory, fields, links, reserved, trashed_at"
    };
}
pub(crate) use record_columns;

pub(crate) fn record(row: &rusqlite::Row<'_>) -> Result<Record, Failure> {
    let mut columns = Columns::of(row);
    Ok(Record::from(RecordParts {
        id: columns.text()?,
        pipeline: columns.text()?,
        stage: columns.optional_text()?,
        version: columns.number()?,
        seq: columns.number()?,
        visit: columns.number()?,
        entered_at: columns.optional_instant()?,
        created_at: columns.optional_instant()?,
        last_at: columns.optional_instant()?,
        owner: columns.optional_text()?,
        closed_at: columns.optional_instant()?,
        lost_reason: columns.optional_text()?,
        definition: columns.number()?,
        head: columns.digest()?,
        memory: columns.json::<Memory>()?,
        fields: columns.json::<Fields>()?,
        links: columns.json::<Links>()?,
        reserved: columns.optional_text()?,
        trashed_at: columns.optional_instant()?,
    }))
}

/// The columns that [`journal_row`] reads.
macro_rules! journal_columns {
    () => {
        "record, seq, kind, pipeline, definition, move, from_stage, from_label, from_outcome, to_stage, \
         to_label, to_outcome, direction, actor, automation, forced, start_unknown, reason, input, facts, \
         was_closed_at, was_lost_reason, refers_to, effective_at, recorded_at, key, request, batch, \
         version_after, salt, personal, effects, previous, hash, origin_pipeline, origin_definition"
    };
}
pub(crate) use journal_columns;

pub(crate) fn journal_row(columns: &mut Columns<'_>) -> Result<Row, Failure> {
    Ok(Row {
        record: columns.text()?,
        seq: columns.number()?,
        kind: columns.word(RowKind::from_name)?,
        pipeline: columns.text()?,
        definition: columns.number()?,
        mv: columns.optional_text()?,
        from: columns.mark()?,
        to: columns.mark()?,
        direction: columns
            .optional_str()?
            .map(|word| Direction::from_name(word).ok_or_else(|| columns.mismatch("a direction")))
            .transpose()?,
        actor: columns.text()?,
        automation: columns.flag()?,
        forced: columns.flag()?,
        start_unknown: columns.flag()?,
        reason: columns.optional_text()?,
        input: columns.json()?,
        facts: columns.json()?,
        was_closed_at: columns.optional_instant()?,
        was_lost_reason: columns.optional_text()?,
        refers_to: columns.optional_number()?,
        effective_at: columns.instant()?,
        recorded_at: columns.instant()?,
        key: columns.optional_text()?,
        request: columns.optional_digest()?,
        batch: columns.optional_text()?,
        version_after: columns.number()?,
        salt: columns.optional_bytes()?.map(Salt::from_bytes),
        personal: columns.digest()?,
        effects: columns.digest()?,
        previous: columns.digest()?,
        hash: columns.digest()?,
        origin: match (columns.optional_text()?, columns.optional_number()?) {
            (Some(pipeline), Some(definition)) => Some(Origin { pipeline, definition }),
            _ => None,
        },
    })
}

/// The columns that [`effect`] reads.
macro_rules! effect_columns {
    () => {
        "record, seq, place, action, kind, trigger, visit, at, due, planned_for, waits_for, waits_row, bound, \
         work IS NOT NULL, depth, args, missing"
    };
}
pub(crate) use effect_columns;

pub(crate) fn effect(columns: &mut Columns<'_>) -> Result<Effect, Failure> {
    Ok(Effect {
        record: columns.text()?,
        seq: columns.number()?,
        index: columns.number()?,
        action: columns.text()?,
        kind: columns.word(EffectKind::from_name)?,
        trigger: columns
            .word(|word| EffectTrigger::ALL.into_iter().find(|trigger| trigger.name() == word))?,
        visit: columns.number()?,
        at: columns.optional_instant()?,
        due: columns.optional_instant()?,
        assignee: columns.optional_text()?,
        after: columns.optional_number()?,
        after_row: columns.optional_number()?,
        bound: columns.flag()?,
        reported: columns.flag()?,
        depth: columns.number()?,
        args: columns.json()?,
        missing: columns.json()?,
    })
}

/// The columns that [`entry`] reads.
macro_rules! entry_columns {
    () => {
        concat!(
            crate::codec::effect_columns!(),
            ", state, work, assignee, ready_at, leased, waiting, held, claims, excused, note, settled_at"
        )
    };
}
pub(crate) use entry_columns;

pub(crate) fn entry(columns: &mut Columns<'_>) -> Result<Entry, Failure> {
    Ok(Entry {
        effect: effect(columns)?,
        state: columns.word(EffectState::from_name)?,
        work: columns
            .optional_str()?
            .map(|word| WorkState::from_name(word).ok_or_else(|| columns.mismatch("a known word")))
            .transpose()?,
        assignee: columns.optional_text()?,
        ready_at: columns.instant()?,
        leased: columns.flag()?,
        waiting: columns.flag()?,
        held: columns.flag()?,
        claims: columns.number()?,
        excused: columns.number()?,
        note: columns.optional_str()?.map(str::to_owned),
        settled_at: columns.optional_instant()?,
    })
}

/// The columns that [`publication`] reads.
macro_rules! publication_columns {
    () => {
        "pipeline, version, replaces, meaning, document, published_by, published_at, revision"
    };
}
pub(crate) use publication_columns;

pub(crate) fn publication(row: &rusqlite::Row<'_>) -> Result<Publication, Failure> {
    let mut columns = Columns::of(row);
    Ok(Publication {
        pipeline: columns.text()?,
        version: columns.number()?,
        replaces: columns.optional_number()?,
        meaning: columns.digest()?,
        document: columns.str()?.to_owned(),
        published_by: columns.text()?,
        published_at: columns.instant()?,
        revision: columns.optional_str()?.map(str::to_owned),
    })
}

/// A number for a column.
pub(crate) fn integer(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Invalid(format!("the number {number} is larger than 63 bits")))
}

/// JSON for a column.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::Invalid(error.to_string()))
}

/// JSON for a column; nothing for the empty value.
pub(crate) fn json_unless<T: Serialize>(empty: bool, value: &T) -> Result<Option<String>, Failure> {
    if empty { Ok(None) } else { json(value).map(Some) }
}

/// A digest for a column; nothing for zero.
pub(crate) fn digest(digest: &Digest) -> Option<&[u8]> {
    (*digest != Digest::ZERO).then(|| digest.as_bytes().as_slice())
}
