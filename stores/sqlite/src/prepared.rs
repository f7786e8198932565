//! Statements that are carried out many times in a row, with most of their values the same.

use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Statement, ToSql};

use crate::failure::Failure;

/// A statement that stays at hand. From the second time on it knows what it was given, so that only what is
/// new is bound: of the values of a journal row, most are those of the row before when many are written.
pub(crate) struct Prepared<'c> {
    statement: CachedStatement<'c>,
    /// What each parameter was last given; nothing while the statement may be used only once.
    last: Vec<Last>,
    uses: u32,
}

/// The statement in `slot`, prepared when it is first needed.
pub(crate) fn ready<'s, 'c>(
    slot: &'s mut Option<Prepared<'c>>,
    connection: &'c Connection,
    sql: &str,
) -> Result<&'s mut Prepared<'c>, Failure> {
    Ok(match slot {
        Some(prepared) => prepared,
        None => {
            slot.insert(Prepared { statement: connection.prepare_cached(sql)?, last: Vec::new(), uses: 0 })
        }
    })
}

impl<'c> Prepared<'c> {
    /// Begins to give it values.
    pub(crate) fn values(&mut self) -> Values<'_, 'c> {
        if self.uses < 2 {
            self.statement.clear_bindings();
        }
        if self.uses == 1 {
            self.last.resize_with(self.statement.parameter_count(), Last::default);
        }
        self.uses = self.uses.saturating_add(1);
        Values { statement: &mut self.statement, last: &mut self.last, next: 1 }
    }

    /// Carries it out, and says how many rows it wrote.
    pub(crate) fn execute(&mut self) -> Result<usize, Failure> {
        Ok(self.statement.raw_execute()?)
    }
}

/// The parameters of a statement from left to right. What has no value is passed over where it was
/// cleared, for a call for each would be a good part of the work of binding.
pub(crate) struct Values<'s, 'c> {
    statement: &'s mut Statement<'c>,
    last: &'s mut [Last],
    next: usize,
}

impl Values<'_, '_> {
    pub(crate) fn bind(&mut self, value: impl ToSql) -> Result<(), Failure> {
        let index = self.next;
        self.next += 1;
        let output = value.to_sql()?;
        if let Some(last) = self.last.get_mut(index - 1) {
            let seen = match &output {
                ToSqlOutput::Borrowed(value) => *value,
                ToSqlOutput::Owned(value) => value.into(),
                _ => return Ok(self.statement.raw_bind_parameter(index, output)?),
            };
            if last.is(seen) {
                return Ok(());
            }
            last.take(seen);
        }
        Ok(self.statement.raw_bind_parameter(index, output)?)
    }

    pub(crate) fn bind_if_any(&mut self, value: Option<impl ToSql>) -> Result<(), Failure> {
        match value {
            Some(value) => self.bind(value),
            None if self.last.is_empty() => {
                self.next += 1;
                Ok(())
            }
            None => self.bind(Null),
        }
    }
}

/// What a parameter was last given.
#[derive(Default)]
enum Last {
    #[default]
    Null,
    Integer(i64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
    /// Something that is not kept, and so never the same.
    Other,
}

impl Last {
    fn is(&self, value: ValueRef<'_>) -> bool {
        match (self, value) {
            (Self::Null, ValueRef::Null) => true,
            (Self::Integer(last), ValueRef::Integer(value)) => *last == value,
            (Self::Text(last), ValueRef::Text(value)) | (Self::Blob(last), ValueRef::Blob(value)) => {
                last == value
            }
            _ => false,
        }
    }

    fn take(&mut self, value: ValueRef<'_>) {
        match (&mut *self, value) {
            (Self::Text(last), ValueRef::Text(value)) | (Self::Blob(last), ValueRef::Blob(value)) => {
                last.clear();
                last.extend_from_slice(value);
            }
            (_, ValueRef::Null) => *self = Self::Null,
            (_, ValueRef::Integer(value)) => *self = Self::Integer(value),
            (_, ValueRef::Text(value)) => *self = Self::Text(value.to_vec()),
            (_, ValueRef::Blob(value)) => *self = Self::Blob(value.to_vec()),
            (_, ValueRef::Real(_)) => *self = Self::Other,
        }
    }
}
