//! Connections that only read, opened as they are needed and kept.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use lifestage::store::StoreError;
use rusqlite::Connection;

use crate::failure::Failure;
use crate::options::Options;
use crate::store;

pub(crate) struct Readers {
    pool: Mutex<Pool>,
    returned: Condvar,
    path: Arc<Path>,
    options: Options,
}

struct Pool {
    idle: Vec<Connection>,
    /// How many more may be opened.
    left: usize,
}

impl Readers {
    pub(crate) fn new(path: Arc<Path>, options: Options) -> Self {
        let pool = Pool { idle: Vec::new(), left: options.readers.max(1) };
        Self { pool: Mutex::new(pool), returned: Condvar::new(), path, options }
    }

    /// What `read` finds, on a connection that nobody else uses meanwhile.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let loan = self.borrow()?;
        let found = loan.connection.as_ref().map(read);
        let found = found.unwrap_or_else(|| Err(Failure::Damaged("no connection".into())));
        found.map_err(|failure| failure.into_error("read", &self.path))
    }

    /// The same, all of it at one point in time.
    pub(crate) fn read_at_once<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        self.read(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let found = read(&transaction)?;
            transaction.commit()?;
            Ok(found)
        })
    }

    fn borrow(&self) -> Result<Loan<'_>, StoreError> {
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let none = |pool: &mut Pool| pool.idle.is_empty() && pool.left == 0;
        let mut pool = self.returned.wait_while(pool, none).unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = pool.idle.pop() {
            return Ok(Loan { readers: self, connection: Some(connection) });
        }
        pool.left -= 1;
        drop(pool);
        // Dropped without a connection, the loan gives its place back.
        let mut loan = Loan { readers: self, connection: None };
        loan.connection = Some(store::connect_reader(&self.path, &self.options)?);
        Ok(loan)
    }
}

/// A borrowed connection; goes back when dropped, a panic while reading included.
struct Loan<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.pool.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            Some(connection) => pool.idle.push(connection),
            None => pool.left += 1,
        }
        drop(pool);
        self.readers.returned.notify_one();
    }
}
