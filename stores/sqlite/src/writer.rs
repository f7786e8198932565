//! One writer, shared by its callers.
//!
//! There is one write connection and no thread of the store's own. A caller that finds the
//! connection free writes at once, with nothing handed over and nothing waited for. A caller that
//! finds it taken queues up; whoever has the connection carries out everything queued, up to a limit, in
//! one transaction, answers each, and goes on while more is queued, for waking another takes longer than
//! most writes. After a limit it hands the connection to the first in the queue.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lifestage::store::{StoreError, StoreErrorKind};
use rusqlite::Connection;

use crate::erasure;
use crate::failure::Failure;
use crate::group::{Job, Reply, carry_out, patience_per_attempt};

/// How many changes share a transaction, so that nobody waits for long.
const GROUP: usize = 200;

pub(crate) struct Writer {
    state: Mutex<State>,
    path: Arc<Path>,
    patience: Duration,
}

struct State {
    hand: Hand,
    queue: VecDeque<(Arc<Ticket>, Job<'static>)>,
}

/// Where the write connection is.
enum Hand {
    /// Here, and nobody waits for it.
    Free(Box<Connection>),
    /// With a caller.
    Taken,
    /// Gone, because of the failure described.
    Stopped(Arc<str>),
}

/// A place in the queue.
#[derive(Default)]
struct Ticket {
    turn: Mutex<Turn>,
    called: Condvar,
}

#[derive(Default)]
enum Turn {
    #[default]
    Waiting,
    /// The connection is handed over; the job is the first in the queue.
    Lead(Box<Connection>),
    /// Somebody else did it.
    Done(Result<Reply, StoreError>),
}

/// The state of a lock whose holder panicked is whole: each change of it is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ticket {
    fn call(&self, turn: Turn) {
        *lock(&self.turn) = turn;
        self.called.notify_one();
    }

    fn wait(&self) -> Turn {
        let turn = self.called.wait_while(lock(&self.turn), |turn| matches!(turn, Turn::Waiting));
        std::mem::take(&mut *turn.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Writer {
    pub(crate) fn new(connection: Connection, path: Arc<Path>, patience: Duration) -> Self {
        let state = State { hand: Hand::Free(Box::new(connection)), queue: VecDeque::new() };
        Self { state: Mutex::new(state), path, patience }
    }

    /// Carries out `job`, alone or with those of others, and says what became of it.
    pub(crate) fn submit(&self, job: Job<'_>, doing: &str) -> Result<Reply, StoreError> {
        let mut state = lock(&self.state);
        match std::mem::replace(&mut state.hand, Hand::Taken) {
            Hand::Free(connection) => {
                drop(state);
                return self.alone(connection, &job, doing);
            }
            Hand::Stopped(cause) => {
                let error = self.stopped(&cause);
                state.hand = Hand::Stopped(cause);
                return Err(error);
            }
            Hand::Taken => {}
        }
        let ticket = Arc::new(Ticket::default());
        state.queue.push_back((Arc::clone(&ticket), job.into_owned()));
        drop(state);
        match ticket.wait() {
            Turn::Done(reply) => reply,
            Turn::Lead(connection) => {
                self.serve(connection, doing);
                match ticket.wait() {
                    Turn::Done(reply) => reply,
                    // The leader answers every ticket it took, its own first.
                    _ => Err(self.stopped("a job got no answer")),
                }
            }
            Turn::Waiting => Err(self.stopped("a job was called without a turn")),
        }
    }

    /// What `read` finds on the write connection, unless it is taken. What was just written is still
    /// in its cache, while another connection has to read it from the file.
    pub(crate) fn read_if_free<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Option<Result<T, Failure>> {
        /// Gives the connection back, a panic while reading included.
        struct Loan<'a>(&'a Writer, Option<Box<Connection>>);

        impl Drop for Loan<'_> {
            fn drop(&mut self) {
                if let Some(connection) = self.1.take() {
                    self.0.pass_on(connection);
                }
            }
        }

        let mut state = lock(&self.state);
        let connection = match std::mem::replace(&mut state.hand, Hand::Taken) {
            Hand::Free(connection) => connection,
            other => {
                state.hand = other;
                return None;
            }
        };
        drop(state);
        let loan = Loan(self, Some(connection));
        loan.1.as_deref().map(read)
    }

    /// Writes something that can as well be left for later, in a transaction of its own, unless the
    /// connection is taken.
    pub(crate) fn write_if_free(
        &self,
        write: impl FnOnce(&Connection) -> Result<(), Failure>,
    ) -> Option<Result<(), Failure>> {
        self.read_if_free(|connection| {
            // Nor while another process writes.
            connection.busy_timeout(Duration::ZERO)?;
            let begun = connection.execute_batch("BEGIN IMMEDIATE");
            connection.busy_timeout(patience_per_attempt(self.patience))?;
            begun?;
            let written = write(connection).and_then(|()| Ok(connection.execute_batch("COMMIT")?));
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            written
        })
    }

    fn alone(&self, connection: Box<Connection>, job: &Job<'_>, doing: &str) -> Result<Reply, StoreError> {
        match self.carry_out(&connection, &[job], doing) {
            Ok(mut replies) => {
                self.serve(connection, doing);
                replies.pop().unwrap_or_else(|| Err(self.stopped("a job got no answer")))
            }
            Err(stop) => {
                self.stop(&stop);
                Err(stop.error())
            }
        }
    }

    /// Carries out what is queued, and what comes meanwhile up to a limit, and answers everybody, the caller's
    /// own ticket too.
    fn serve(&self, connection: Box<Connection>, doing: &str) {
        let mut carried = 0;
        while carried < GROUP {
            let (tickets, jobs) = self.next_group();
            if jobs.is_empty() {
                break;
            }
            let group: Vec<&Job<'_>> = jobs.iter().collect();
            match self.carry_out(&connection, &group, doing) {
                Ok(replies) => {
                    for (ticket, reply) in tickets.iter().zip(replies) {
                        ticket.call(Turn::Done(reply));
                    }
                }
                Err(stop) => {
                    self.stop(&stop);
                    for ticket in &tickets {
                        ticket.call(Turn::Done(Err(stop.error())));
                    }
                    return;
                }
            }
            carried += jobs.iter().map(Job::size).sum::<usize>().max(1);
        }
        self.pass_on(connection);
    }

    fn next_group(&self) -> (Vec<Arc<Ticket>>, Vec<Job<'static>>) {
        let mut state = lock(&self.state);
        let mut size = 0;
        let fits = |(_, job): &&(Arc<Ticket>, Job<'static>)| {
            let first = size == 0;
            size += job.size().max(1);
            first || size <= GROUP
        };
        let count = state.queue.iter().take_while(fits).count();
        state.queue.drain(..count).unzip()
    }

    /// The replies to `jobs`; an error when the writer has to stop.
    fn carry_out(
        &self,
        connection: &Connection,
        jobs: &[&Job<'_>],
        doing: &str,
    ) -> Result<Vec<Result<Reply, StoreError>>, Stop> {
        let carried = catch_unwind(AssertUnwindSafe(|| carry_out(connection, jobs, self.patience)));
        let Ok(replies) = carried else {
            let message = format!("cannot {doing} `{}`: the store panicked", self.path.display());
            return Err(Stop { kind: StoreErrorKind::Closed, message: message.into() });
        };
        let put = |failure: Failure| failure.into_error(doing, &self.path);
        match replies {
            Ok(mut replies) => {
                self.sweep_after(connection, jobs, &mut replies);
                Ok(replies.into_iter().map(|reply| reply.map_err(put)).collect())
            }
            Err(failure) if failure.is_fatal() || !connection.is_autocommit() => {
                Err(Stop { kind: failure.kind(), message: failure.message(doing, &self.path).into() })
            }
            Err(failure) => {
                let stop = Stop { kind: failure.kind(), message: failure.message(doing, &self.path).into() };
                Ok(jobs.iter().map(|_| Err(stop.error())).collect())
            }
        }
    }

    /// Removes what erasures among `jobs` left in the file. When that fails, those who asked for them are
    /// told; what the others asked for is done.
    fn sweep_after(
        &self,
        connection: &Connection,
        jobs: &[&Job<'_>],
        replies: &mut [Result<Reply, Failure>],
    ) {
        let mut erasing: Vec<_> = jobs
            .iter()
            .zip(replies)
            .filter(|(job, reply)| reply.as_ref().is_ok_and(|reply| job.erased(reply)))
            .map(|(_, reply)| reply)
            .collect();
        if erasing.is_empty() {
            return;
        }
        if let Err(failure) = erasure::sweep(connection, self.patience) {
            let (kind, why) = erasure::left(failure);
            for reply in &mut erasing {
                **reply = Err(Failure::Unswept(kind, why.clone()));
            }
        }
    }

    /// Hands the connection to the first in the queue, or keeps it for the next caller.
    fn pass_on(&self, connection: Box<Connection>) {
        let mut state = lock(&self.state);
        match state.queue.front() {
            Some((next, _)) => {
                let next = Arc::clone(next);
                drop(state);
                next.call(Turn::Lead(connection));
            }
            None => state.hand = Hand::Free(connection),
        }
    }

    /// Lets nobody write any more, and tells those who wait.
    fn stop(&self, stop: &Stop) {
        let mut state = lock(&self.state);
        state.hand = Hand::Stopped(Arc::clone(&stop.message));
        let waiting = std::mem::take(&mut state.queue);
        drop(state);
        for (ticket, _) in waiting {
            ticket.call(Turn::Done(Err(self.stopped(&stop.message))));
        }
    }

    fn stopped(&self, cause: &str) -> StoreError {
        let path = self.path.display();
        let message = format!("the store of `{path}` stopped; open it again once this is mended: {cause}");
        StoreError::new(StoreErrorKind::Closed, message)
    }
}

/// Why the writer stops.
struct Stop {
    kind: StoreErrorKind,
    message: Arc<str>,
}

impl Stop {
    fn error(&self) -> StoreError {
        StoreError::new(self.kind, self.message.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_panic_leaves_nobody_waiting() -> Result<(), rusqlite::Error> {
        let writer = Writer::new(Connection::open_in_memory()?, Path::new("crm.db").into(), Duration::ZERO);
        thread::scope(|scope| {
            let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| writer.submit(Job::Panic, "write"))).collect();
            for call in calls {
                let kind = call.join().ok().and_then(Result::err).map(|error| error.kind());
                assert_eq!(kind, Some(StoreErrorKind::Closed));
            }
        });
        Ok(())
    }
}
