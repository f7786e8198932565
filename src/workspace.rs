//! A store plus published pipelines: load, decide, commit, as one call.

mod analysis;
mod answer;
mod catch_up;
mod clocks;
mod convert;
mod deals;
mod dry_run;
mod follow;
mod intake;
mod merge;
mod migrate;
mod own;
mod person;
mod pipelines;
mod pool;
mod publish;
mod read;
mod timeline;
mod turn;
mod work;
mod worker;

use std::boxed::Box;
use std::string::String;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec::Vec;

use smol_str::SmolStr;

pub use analysis::Impact;
pub use answer::{Answer, Receipt, WorkspaceError};
pub use catch_up::{CatchUp, CatchingUp, CaughtUp};
pub use convert::{Converted, Converting, HowConverted};
pub use deals::SourceLine;
pub use follow::FollowUp;
#[cfg(feature = "import")]
pub(crate) use intake::{Filling, several};
pub use intake::{Intake, StageOutcome};
pub use merge::Merging;
pub use migrate::{Migrating, MigrationReport, Preview, Progress, Prospect};
pub use publish::{PublishRefusal, Published, Publishing};
pub use read::{Audit, StageCount};
pub use timeline::{Timeline, TimelineCursor, TimelineQuery};
pub use work::Urgency;
pub use worker::{Handled, HandledByHost, Handler, HandlerError, Round, Taken, Worker};

use crate::actor::Actor;
use crate::change::SealedChange;
use crate::code::ReasonCode;
use crate::digest::Digest;
use crate::journal::{Row, RowKind, Salt};
use crate::pipeline::{Authorizer, Creation, Decision, Edit, Pipeline, exists};
use crate::record::{Link, Record};
use crate::refusal::Reason;
use crate::request::{Expect, Request};
use crate::store::{CommitMode, CommitOutcome, Reader, Store, StoreError, StoreErrorKind};
use crate::time::Timestamp;

use pipelines::Pipelines;

/// How often a request is decided again because something it did not depend on changed meanwhile. Each time
/// somebody else got through, so that a crowd of this many at one record is served.
const QUIET_RETRIES: u32 = 256;

/// One tenant's records in a store, and the pipelines published for them. Share it between threads
/// by reference or in an `Arc`; every method takes `&self`.
///
/// ```
/// use lifestage::store::MemoryStore;
/// use lifestage::{Actor, Creation, Answer, Pipeline, Record, Request, Timestamp, Workspace, presets};
///
/// let owner = Actor::new("olga").with_role("owner");
/// let sam = Actor::new("sam").with_role("sales");
/// let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
///
/// let crm = Workspace::open(MemoryStore::new(), "acme")?;
/// crm.publish(&Pipeline::from_json(presets::LEAD)?, &owner, now)?;
/// crm.create(Record::new("lead-42").with("email", "ada@example.com"), &Creation::new(), &sam, now)?;
///
/// let outcome = crm.submit("lead-42", &Request::mv("mark_contacted"), &sam, now)?;
/// let Answer::Done(receipt) = outcome else { panic!("{outcome:?}") };
/// assert_eq!(receipt.record().stage(), Some("contacted"));
/// assert_eq!(crm.history("lead-42")?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Workspace<S> {
    store: S,
    tenant: SmolStr,
    pipelines: Pipelines,
    /// Where salts come from, when not from the operating system.
    seeded: Option<Seeded>,
}

impl<S: Store + Reader> Workspace<S> {
    /// Opens a tenant of a store, and compiles the pipelines published in it.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read, or holds a definition that no longer loads.
    pub fn open(store: S, tenant: impl Into<SmolStr>) -> Result<Self, WorkspaceError> {
        let workspace = Self { store, tenant: tenant.into(), pipelines: Pipelines::default(), seeded: None };
        workspace.refresh()?;
        Ok(workspace)
    }

    /// The same workspace, with who may do what said by `authorizer` instead of the roles of its pipelines: those
    /// published now and those to come.
    #[must_use]
    pub fn authorized_by(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.pipelines.authorize(authorizer);
        self
    }

    /// The same workspace with salts made of a seed, so that the same calls write the same journal, hashes and all: for
    /// simulations. Who knows the seed can try out what erased values were.
    #[must_use]
    pub(crate) const fn salted_by(mut self, seed: u64) -> Self {
        self.seeded = Some(Seeded { seed, given: AtomicU64::new(0) });
        self
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Reads the published pipelines anew, for when another process has published.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn refresh(&self) -> Result<(), WorkspaceError> {
        self.pipelines.replace(self.store.published(&self.tenant)?)
    }

    /// The published pipeline with this id.
    pub fn pipeline(&self, id: &str) -> Option<Pipeline> {
        self.pipelines.get(id)
    }

    /// The published pipelines, by id.
    pub fn pipelines(&self) -> Vec<Pipeline> {
        self.pipelines.all()
    }

    /// Asks for a move of the record `id`, and commits it when it is granted (S1).
    ///
    /// When somebody else changes the record between reading and committing, the answer is a refusal
    /// with `stale_record`; but what did not concern the request, such as an edit of a phone number,
    /// only makes it be decided again (S16), and so does any change for a request that says
    /// [`retrying`](Request::retrying) (S18).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn submit(
        &self,
        id: &str,
        request: &Request,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        self.ask(id, request, request.retries(), actor, |pipeline, record| {
            self.judged(pipeline.decide(record, request, actor, now))
        })
    }

    /// Creates a record, in the pipeline it names, else in that of its company, else in the tenant's
    /// only one (S4, S26a).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails; nothing is written then.
    pub fn create(
        &self,
        record: Record,
        creation: &Creation,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let mut outcomes =
            self.create_all(vec![(record, creation.clone())], CommitMode::PerItem, actor, now)?;
        outcomes.pop().ok_or_else(WorkspaceError::cut_short)
    }

    /// Creates many records in one commit, each with an outcome of its own.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails. Nothing is written then, unless the store failed after
    /// its commit, while a receipt was read; with request keys it is safe to ask again.
    pub fn create_all(
        &self,
        records: Vec<(Record, Creation)>,
        mode: CommitMode,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Vec<Answer>, WorkspaceError> {
        let mut outcomes: Vec<Option<Answer>> = Vec::with_capacity(records.len());
        let mut changes = Vec::with_capacity(records.len());
        for (record, creation) in &records {
            match self.judge_creation(record, creation, actor, now)? {
                Judged::Write(change, _) => {
                    changes.push(*change);
                    outcomes.push(None);
                }
                Judged::Answer(outcome) => outcomes.push(Some(outcome)),
            }
        }
        // What an earlier call carried out stands, and stands in nobody's way (S14).
        let refused = |answer: &Answer| answer.receipt().is_none();
        if mode == CommitMode::Atomic && outcomes.iter().flatten().any(refused) {
            return Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or(Answer::RolledBack)).collect());
        }
        let committed = self.store.commit(&self.tenant, &changes, mode)?;
        let mut written = changes.into_iter().zip(committed);
        let mut all = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            all.push(match outcome {
                Some(outcome) => outcome,
                None => {
                    let (change, committed) = written.next().ok_or_else(WorkspaceError::cut_short)?;
                    self.created(change, committed)?
                }
            });
        }
        Ok(all)
    }

    fn judge_creation(
        &self,
        record: &Record,
        creation: &Creation,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Judged, WorkspaceError> {
        if let Some(outcome) = self.repeated(record.id(), &creation.request(record), actor)? {
            return Ok(Judged::Answer(outcome));
        }
        let pipeline = match self.pipelines.for_new(record, creation.placement()) {
            Ok(pipeline) => pipeline,
            Err(reason) => return Ok(Judged::Answer(Answer::refused(reason))),
        };
        let judged = self.judged(pipeline.create(record, creation, actor, now))?;
        self.company_known(record.link(Link::Company), judged)
    }

    fn created(&self, change: SealedChange, committed: CommitOutcome) -> Result<Answer, WorkspaceError> {
        match committed {
            CommitOutcome::Applied => Ok(Answer::Done(self.receipt(change))),
            CommitOutcome::Exists => Ok(Answer::refused(exists(change.record.id()))),
            CommitOutcome::RolledBack => Ok(Answer::RolledBack),
            CommitOutcome::StaleDefinition { .. } => {
                self.refresh()?;
                Ok(Answer::refused(stale_definition()))
            }
            CommitOutcome::Duplicate(row) => self.first_receipt(*row),
            CommitOutcome::KeyReused => {
                Ok(Answer::refused(key_reused(change.row.key.as_deref().unwrap_or_default())))
            }
            CommitOutcome::Reserved { by } => Ok(Answer::refused(reserved(&by))),
            CommitOutcome::Conflict(_) | CommitOutcome::Missing => Err(WorkspaceError::cut_short()),
        }
    }

    /// Changes facts of the record `id`.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn edit(
        &self,
        id: &str,
        edit: &Edit,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        self.ask(id, &edit.request(), QUIET_RETRIES, actor, |pipeline, record| {
            let judged = self.judged(pipeline.edit(record, edit, actor, now))?;
            self.company_known(edit.company(), judged)
        })
    }

    /// Carries out a request that may have been carried out before, and decides it again when what it does not
    /// depend on changes meanwhile.
    fn ask(
        &self,
        id: &str,
        request: &Request,
        retries: u32,
        actor: &Actor,
        judge: impl Fn(&Pipeline, &Record) -> Result<Judged, WorkspaceError>,
    ) -> Result<Answer, WorkspaceError> {
        self.once(id, request, actor, || self.attempt(id, request.expect(), retries, judge))
    }

    /// Carries out a request, unless it was carried out before (S14).
    fn once(
        &self,
        id: &str,
        request: &Request,
        actor: &Actor,
        carry_out: impl FnOnce() -> Result<Answer, WorkspaceError>,
    ) -> Result<Answer, WorkspaceError> {
        if let Some(answer) = self.repeated(id, request, actor)? {
            return Ok(answer);
        }
        let answer = carry_out()?;
        // What stands against it may be what the same request did just now, asked by another thread.
        Ok(match answer.receipt() {
            Some(_) => answer,
            None => self.repeated(id, request, actor)?.unwrap_or(answer),
        })
    }

    /// Undoes the move that brought the record into its present stage (S43).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or row or the store fails; nothing is written
    /// then.
    pub fn undo(
        &self,
        id: &str,
        seq: u64,
        reason: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let row = self.row(id, seq)?;
        let request = Request::to("");
        let answer = self.attempt(id, Expect::Visit(seq), 0, |pipeline, record| {
            self.judged(pipeline.undo(record, &row, reason, &request, actor, now))
        })?;
        Ok(match answer {
            Answer::Done(receipt) => Answer::Done(receipt.undoing(self.delivered_of(id, seq)?)),
            other => other,
        })
    }

    /// Takes back what row `seq` proposed (S61b).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails; nothing is written then.
    pub fn withdraw(
        &self,
        id: &str,
        seq: u64,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let request = Request::to("");
        self.attempt(id, Expect::Anything, QUIET_RETRIES, |pipeline, record| {
            self.judged(pipeline.withdraw(record, seq, &request, actor, now))
        })
    }

    /// Loads, judges and commits, again where that is right (S16, S18).
    fn attempt(
        &self,
        id: &str,
        expect: Expect,
        retries: u32,
        judge: impl Fn(&Pipeline, &Record) -> Result<Judged, WorkspaceError>,
    ) -> Result<Answer, WorkspaceError> {
        let (mut retries, mut quiet) = (retries, QUIET_RETRIES);
        loop {
            let record = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
            let Some(pipeline) = self.pipelines.get(record.pipeline()) else {
                return Ok(Answer::refused(unpublished(&record)));
            };
            let (change, proposed) = match judge(&pipeline, &record)? {
                Judged::Write(change, proposed) => (*change, proposed),
                Judged::Answer(outcome) => return Ok(outcome),
            };
            let committed =
                self.store.commit(&self.tenant, std::slice::from_ref(&change), CommitMode::PerItem)?;
            let now_there = match committed.into_iter().next().ok_or_else(WorkspaceError::cut_short)? {
                CommitOutcome::Applied => {
                    let receipt = self.receipt(change);
                    return Ok(if proposed { Answer::Proposed(receipt) } else { Answer::Done(receipt) });
                }
                CommitOutcome::Duplicate(row) => return self.first_receipt(*row),
                CommitOutcome::KeyReused => {
                    return Ok(Answer::refused(key_reused(change.row.key.as_deref().unwrap_or_default())));
                }
                CommitOutcome::StaleDefinition { .. } => {
                    self.refresh()?;
                    if retries == 0 {
                        return Ok(Answer::refused(stale_definition()));
                    }
                    retries -= 1;
                    continue;
                }
                CommitOutcome::Missing => return Err(WorkspaceError::no_record(id)),
                CommitOutcome::Conflict(current) => current,
                CommitOutcome::Reserved { by } => return Ok(Answer::refused(reserved(&by))),
                CommitOutcome::Exists | CommitOutcome::RolledBack => return Err(WorkspaceError::cut_short()),
            };
            // What the request depends on: the version it named, or else the visit it was judged in.
            let same_version = now_there.version() == record.version();
            let same_visit = now_there.visit() == record.visit();
            let unconcerned = same_version || (same_visit && !matches!(expect, Expect::Version(_)));
            if unconcerned && quiet > 0 {
                quiet -= 1;
            } else if retries > 0 {
                retries -= 1;
            } else if matches!(expect, Expect::Visit(_)) {
                // The fresh decision tells a target reached by somebody else from a conflict (S16).
                return match judge(&pipeline, &now_there)? {
                    Judged::Answer(outcome) => Ok(outcome),
                    Judged::Write(..) => Ok(self.conflict(&pipeline, &now_there)),
                };
            } else {
                return Ok(self.conflict(&pipeline, &now_there));
            }
        }
    }

    /// Before several changes that were refused together are judged again: reads definitions anew where one was
    /// stale, and says so when the request key stands for another request.
    fn settle(
        &self,
        outcomes: &[CommitOutcome],
        request: &Request,
    ) -> Result<Option<Reason>, WorkspaceError> {
        for outcome in outcomes {
            match outcome {
                CommitOutcome::StaleDefinition { .. } => self.refresh()?,
                CommitOutcome::KeyReused => {
                    return Ok(Some(key_reused(request.key().unwrap_or_default())));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn conflict(&self, pipeline: &Pipeline, current: &Record) -> Answer {
        Answer::refused(pipeline.conflict(current))
    }

    /// What became of a request key that is known already (S14).
    fn repeated(&self, id: &str, request: &Request, actor: &Actor) -> Result<Option<Answer>, WorkspaceError> {
        let Some(key) = request.key() else { return Ok(None) };
        let Some(row) = self.store.receipt(&self.tenant, key)? else { return Ok(None) };
        if row.request == Some(request.digest(id, actor.id())) {
            return self.first_receipt(row).map(Some);
        }
        Ok(Some(Answer::refused(key_reused(key))))
    }

    /// The receipt of a request that was carried out before.
    fn first_receipt(&self, row: Row) -> Result<Answer, WorkspaceError> {
        let record = self.record(&row.record)?.ok_or_else(|| WorkspaceError::no_record(&row.record))?;
        let effects = self.store.effects(&self.tenant, &row.record, row.seq)?;
        let proposed = row.kind == RowKind::Proposal;
        let follow_ups = self.follow_ups_of(&effects)?;
        let receipt = Receipt::repeated(record, row, effects).followed_by(follow_ups);
        Ok(if proposed { Answer::Proposed(receipt) } else { Answer::Done(receipt) })
    }
}

/// What a decision asks of the workspace.
#[expect(clippy::large_enum_variant, reason = "it lives for a moment on the stack")]
enum Judged {
    /// To commit this; as a proposal, when so marked.
    Write(Box<SealedChange>, bool),
    /// Nothing more than to pass this on.
    Answer(Answer),
}

impl<S> Workspace<S> {
    fn judged(&self, decision: Decision<'_>) -> Result<Judged, WorkspaceError> {
        self.judged_with(decision, &mut self.salts(1))
    }

    fn judged_with(&self, decision: Decision<'_>, salts: &mut Salts<'_>) -> Result<Judged, WorkspaceError> {
        Ok(match decision {
            Decision::Moved(change) => Judged::Write(Box::new(change.seal(salts.next()?)), false),
            Decision::Proposed(change) => Judged::Write(Box::new(change.seal(salts.next()?)), true),
            Decision::Unchanged(unchanged) => Judged::Answer(Answer::Unchanged(unchanged)),
            Decision::Refused(refusal) => Judged::Answer(Answer::Refused(refusal)),
        })
    }

    /// Salts, asked for so many at a time.
    const fn salts(&self, by: usize) -> Salts<'_> {
        Salts { ready: Vec::new(), by, seeded: self.seeded.as_ref() }
    }
}

/// Salts, asked of the operating system so many at a time, or made of a seed.
struct Salts<'w> {
    ready: Vec<Salt>,
    by: usize,
    seeded: Option<&'w Seeded>,
}

impl Salts<'_> {
    fn next(&mut self) -> Result<Salt, WorkspaceError> {
        if let Some(seeded) = self.seeded {
            return Ok(seeded.next());
        }
        if let Some(salt) = self.ready.pop() {
            return Ok(salt);
        }
        let failed = |error| {
            let message = String::from("the operating system gives no random numbers");
            WorkspaceError::from(StoreError::new(StoreErrorKind::Io, message).caused_by(error))
        };
        self.ready = Salt::many(self.by).map_err(failed)?;
        self.ready.pop().ok_or_else(WorkspaceError::cut_short)
    }
}

/// A sequence of salts that is the same each time.
#[derive(Debug)]
struct Seeded {
    seed: u64,
    given: AtomicU64,
}

impl Seeded {
    fn next(&self) -> Salt {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let digest = Digest::of(&[self.seed.to_be_bytes(), number.to_be_bytes()].concat());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
        Salt::from_bytes(bytes)
    }
}

/// The record's pipeline is not published, so that nothing judges it (S34).
fn unpublished(record: &Record) -> Reason {
    let message = format!("the record's pipeline `{}` is not published", record.pipeline());
    Reason::new(ReasonCode::OrphanedStage, message).with("pipeline", record.pipeline())
}

/// Another record holds the e-mail address (S57).
fn reserved(by: &str) -> Reason {
    let message = format!("the record `{by}` holds this e-mail address");
    Reason::new(ReasonCode::Reserved, message).with("record", by)
}

fn key_reused(key: &str) -> Reason {
    let message = format!("the request key `{key}` was used for another request");
    Reason::new(ReasonCode::DuplicateRequest, message).with("key", key)
}

fn stale_definition() -> Reason {
    let message = "the pipeline was changed just now; reload and try again";
    Reason::new(ReasonCode::StaleDefinition, message)
}
