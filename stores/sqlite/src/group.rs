//! Several callers' work in one transaction.

use std::borrow::Cow;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use lifestage::journal::RowKind;
use lifestage::migration::Migration;
use lifestage::outbox::{Claim, Delivery, Settlement};
use lifestage::store::{Alongside, CommitMode, CommitOutcome, Publication, PublishOutcome, StoreErrorKind};
use lifestage::{SealedChange, Timestamp};
use rusqlite::Connection;

use crate::commit::Changes;
use crate::failure::Failure;
use crate::{erasure, migrations, outbox, publish};

/// What one caller wants written, all or none of it.
#[derive(Clone)]
pub(crate) enum Job<'a> {
    /// Changes of records.
    Commit { tenant: Cow<'a, str>, changes: Cow<'a, [SealedChange]>, mode: CommitMode },
    /// A definition.
    Publish { tenant: Cow<'a, str>, publication: Cow<'a, Publication>, alongside: Cow<'a, Alongside> },
    /// The beginning of a migration.
    Begin { tenant: Cow<'a, str>, migration: Cow<'a, Migration> },
    /// The end of a migration.
    Finish { tenant: Cow<'a, str>, id: Cow<'a, str>, at: Timestamp },
    /// What is due, to be handed out.
    Claim { tenant: Cow<'a, str>, claim: Cow<'a, Claim> },
    /// What became of what was handed out.
    Settle { tenant: Cow<'a, str>, settlements: Cow<'a, [Settlement]> },
    /// Nothing but that what erasures left in the file is removed.
    Sweep,
    /// What no caller asks for: shows that a panic leaves nobody waiting.
    #[cfg(test)]
    Panic,
}

/// What became of a job.
#[derive(Debug)]
pub(crate) enum Reply {
    /// Of its changes.
    Commit(Vec<CommitOutcome>),
    /// Of its definition, or of the beginning of its migration.
    Publish(PublishOutcome),
    /// What is handed out.
    Claimed(Vec<Delivery>),
    /// Whether each settlement applied.
    Settled(Vec<bool>),
    /// There is no more to say than that it is written.
    Written,
}

/// The reply to each job, or why none of them is written.
pub(crate) type Replies = Result<Vec<Result<Reply, Failure>>, Failure>;

impl Job<'_> {
    pub(crate) fn into_owned(self) -> Job<'static> {
        match self {
            Self::Commit { tenant, changes, mode } => Job::Commit {
                tenant: Cow::Owned(tenant.into_owned()),
                changes: Cow::Owned(changes.into_owned()),
                mode,
            },
            Self::Publish { tenant, publication, alongside } => Job::Publish {
                tenant: Cow::Owned(tenant.into_owned()),
                publication: Cow::Owned(publication.into_owned()),
                alongside: Cow::Owned(alongside.into_owned()),
            },
            Self::Begin { tenant, migration } => Job::Begin {
                tenant: Cow::Owned(tenant.into_owned()),
                migration: Cow::Owned(migration.into_owned()),
            },
            Self::Finish { tenant, id, at } => {
                Job::Finish { tenant: Cow::Owned(tenant.into_owned()), id: Cow::Owned(id.into_owned()), at }
            }
            Self::Claim { tenant, claim } => {
                Job::Claim { tenant: Cow::Owned(tenant.into_owned()), claim: Cow::Owned(claim.into_owned()) }
            }
            Self::Settle { tenant, settlements } => Job::Settle {
                tenant: Cow::Owned(tenant.into_owned()),
                settlements: Cow::Owned(settlements.into_owned()),
            },
            Self::Sweep => Job::Sweep,
            #[cfg(test)]
            Self::Panic => Job::Panic,
        }
    }

    /// How many changes it is.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Commit { changes, .. } => changes.len(),
            Self::Publish { alongside, .. } => alongside.changes.len() + 1,
            Self::Settle { settlements, .. } => settlements.len(),
            Self::Claim { claim, .. } => claim.limit,
            _ => 1,
        }
    }

    /// Writes it, and tells whether what it wrote is to stay.
    fn write(&self, into: &mut Changes<'_>) -> Result<(Reply, bool), Failure> {
        let connection = into.connection();
        match self {
            Self::Commit { tenant, changes, mode } => {
                let write = |change| into.apply(tenant, change);
                let mut outcomes = changes.iter().map(write).collect::<Result<Vec<_>, _>>()?;
                let stays = *mode == CommitMode::PerItem || outcomes.iter().all(CommitOutcome::stands);
                if !stays {
                    let applied = changes.iter().zip(&outcomes);
                    let undone: HashSet<_> = applied
                        .filter(|(_, outcome)| **outcome == CommitOutcome::Applied)
                        .map(|(change, _)| change.row.hash)
                        .collect();
                    for outcome in &mut outcomes {
                        outcome.roll_back(|row| undone.contains(&row.hash));
                    }
                }
                Ok((Reply::Commit(outcomes), stays))
            }
            Self::Publish { tenant, publication, alongside } => {
                let outcome = publish::publish(into, tenant, publication, alongside)?;
                let stays = outcome == PublishOutcome::Published;
                into.republish();
                Ok((Reply::Publish(outcome), stays))
            }
            Self::Begin { tenant, migration } => {
                let outcome = migrations::begin(connection, tenant, migration)?;
                Ok((Reply::Publish(outcome), true))
            }
            Self::Finish { tenant, id, at } => {
                migrations::finish(connection, tenant, id, *at)?;
                Ok((Reply::Written, true))
            }
            Self::Claim { tenant, claim } => {
                Ok((Reply::Claimed(outbox::claim(connection, tenant, claim)?), true))
            }
            Self::Settle { tenant, settlements } => {
                let settle = |settlement| outbox::settle(connection, tenant, settlement);
                let applied = settlements.iter().map(settle).collect::<Result<_, _>>()?;
                Ok((Reply::Settled(applied), true))
            }
            Self::Sweep => Ok((Reply::Written, true)),
            #[cfg(test)]
            #[allow(clippy::panic, reason = "it is there to panic")]
            Self::Panic => panic!("as asked"),
        }
    }

    /// Writes it between savepoints, so that it alone can be taken back.
    fn write_apart(&self, into: &mut Changes<'_>) -> Result<Reply, Failure> {
        let connection = into.connection();
        run(connection, "SAVEPOINT lifestage_job")?;
        let written = self.write(into);
        if !matches!(written, Ok((_, true))) && !connection.is_autocommit() {
            run(connection, "ROLLBACK TO lifestage_job")?;
        }
        if !connection.is_autocommit() {
            run(connection, "RELEASE lifestage_job")?;
        }
        written.map(|(reply, _)| reply)
    }

    /// Whether the file is to be swept after it: an erasure that it asked for is in the journal.
    pub(crate) fn erased(&self, reply: &Reply) -> bool {
        match (self, reply) {
            (Self::Commit { changes, .. }, Reply::Commit(outcomes)) => erasure::stands(changes, outcomes),
            (Self::Publish { alongside, .. }, Reply::Publish(PublishOutcome::Published)) => {
                alongside.changes.iter().any(|change| change.row.kind == RowKind::Erasure)
            }
            (Self::Sweep, _) => true,
            _ => false,
        }
    }

    /// Whether taking it back must leave others alone even when nothing fails.
    const fn is_atomic(&self) -> bool {
        matches!(self, Self::Commit { mode: CommitMode::Atomic, .. } | Self::Publish { .. })
    }
}

/// Carries out `jobs` in one transaction, each as if it were alone.
///
/// The transaction begins by taking the write lock, so nothing in it can lose a race against another
/// process later. A job that errs midway is rare: then everything is taken back and done again with a
/// savepoint around each job, so that the common case pays for none.
pub(crate) fn carry_out(connection: &Connection, jobs: &[&Job<'_>], patience: Duration) -> Replies {
    begin(connection, patience)?;
    let replies = match jobs {
        [alone] => match alone.write(&mut Changes::new(connection)) {
            Ok((reply, true)) => vec![Ok(reply)],
            Ok((reply, false)) => {
                roll_back(connection)?;
                return Ok(vec![Ok(reply)]);
            }
            Err(failure) => {
                roll_back(connection)?;
                return if failure.is_fatal() { Err(failure) } else { Ok(vec![Err(failure)]) };
            }
        },
        _ => match together(connection, jobs) {
            Ok(replies) => replies,
            Err(failure) => {
                roll_back(connection)?;
                if failure.is_fatal() {
                    return Err(failure);
                }
                begin(connection, patience)?;
                apart(connection, jobs)?
            }
        },
    };
    let committed = run(connection, "COMMIT");
    if committed.is_err() {
        roll_back(connection)?;
    }
    committed.map(|()| replies)
}

fn together(connection: &Connection, jobs: &[&Job<'_>]) -> Replies {
    let mut into = Changes::new(connection);
    let write = |job: &&Job<'_>| {
        let reply = if job.is_atomic() { job.write_apart(&mut into)? } else { job.write(&mut into)?.0 };
        Ok(Ok(reply))
    };
    jobs.iter().map(write).collect()
}

fn apart(connection: &Connection, jobs: &[&Job<'_>]) -> Replies {
    let mut replies = Vec::with_capacity(jobs.len());
    for job in jobs {
        let reply = job.write_apart(&mut Changes::new(connection));
        match reply {
            Err(failure) if failure.is_fatal() || connection.is_autocommit() => {
                roll_back(connection)?;
                return Err(failure);
            }
            reply => replies.push(reply),
        }
    }
    Ok(replies)
}

fn run(connection: &Connection, sql: &str) -> Result<(), Failure> {
    connection.prepare_cached(sql)?.raw_execute()?;
    Ok(())
}

fn roll_back(connection: &Connection) -> Result<(), Failure> {
    // Some failures roll back by themselves.
    if connection.is_autocommit() { Ok(()) } else { run(connection, "ROLLBACK") }
}

/// How often the write lock is asked for before the store answers that it is busy.
const ATTEMPTS: u32 = 4;

/// The time SQLite waits for a lock in one attempt, so that all together wait for `patience`.
pub(crate) const fn patience_per_attempt(patience: Duration) -> Duration {
    match patience.checked_div(ATTEMPTS) {
        Some(part) => part,
        None => patience,
    }
}

/// Takes the write lock.
fn begin(connection: &Connection, patience: Duration) -> Result<(), Failure> {
    persist(patience, || run(connection, "BEGIN IMMEDIATE"))
}

/// Does what needs a lock. SQLite's own waiting is not fair: pauses of random length between the
/// attempts keep two processes from missing each other in step.
pub(crate) fn persist<T>(patience: Duration, attempt: impl Fn() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut count = 1;
    loop {
        match attempt() {
            Err(failure) if failure.kind() == StoreErrorKind::Busy && count < ATTEMPTS => {
                let longest = patience.min(Duration::from_millis(5 << count));
                let share = RandomState::new().build_hasher().finish() % 1000;
                std::thread::sleep(longest.mul_f64(f64::from(u16::try_from(share).unwrap_or(0)) / 1000.0));
                count += 1;
            }
            done => return done,
        }
    }
}
