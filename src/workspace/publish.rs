//! Putting definitions into force: whole ones and revised ones, with the records that have to move.

use core::fmt;
use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use smol_str::SmolStr;

use super::analysis::impacts;
use super::catch_up::CatchUp;
use super::migrate::{Moves, Progress, ordered};
use super::pipelines::compiled;
use super::{Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::capability::Capability;
use crate::code::ReasonCode;
use crate::definition::{Diff, Difference, Subject, diff};
use crate::migration::{Migration, Occupancy, StageMap};
use crate::pipeline::Pipeline;
use crate::refusal::{Reason, Refusal};
use crate::revise::{Revised, Revision, rights};
use crate::store::{Alongside, Publication, PublishOutcome, Reader, Store};
use crate::time::Timestamp;

/// How many records move in the very commit that publishes; more of them move after it, by a plan that
/// can be gone on with.
const AT_ONCE: usize = 200;
/// How often records that others change meanwhile are read again before they are left to a plan.
const ATTEMPTS: usize = 4;

/// Why a definition is not published.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishRefusal {
    /// It is refused, with every reason; nothing is written.
    Refused(Refusal),
    /// The workspace could not answer.
    Workspace(WorkspaceError),
}

impl fmt::Display for PublishRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Workspace(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PublishRefusal {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Workspace(error) => error.source(),
        }
    }
}

impl From<WorkspaceError> for PublishRefusal {
    fn from(error: WorkspaceError) -> Self {
        Self::Workspace(error)
    }
}

/// What became of a definition or a revision that was to be published.
#[derive(Debug, Clone)]
pub enum Publishing {
    /// It is in force, and the records that had to move have moved.
    Published(Box<Published>),
    /// It is what was in force already; nothing is written (S23).
    Unchanged(Pipeline),
    /// It is refused, with every reason; nothing is written.
    Refused(Refusal),
}

/// A definition that is in force now.
#[derive(Debug, Clone)]
pub struct Published {
    pipeline: Pipeline,
    diff: Diff,
    migration: Option<SmolStr>,
    moved: u64,
    left: Vec<(SmolStr, Refusal)>,
    brings_work: bool,
}

impl Published {
    /// The pipeline, with its version.
    pub const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// What changed, against the version before; nothing for a first version.
    pub const fn diff(&self) -> &Diff {
        &self.diff
    }

    /// The batch that the rows of its migration name, if records had to move.
    pub fn migration(&self) -> Option<&str> {
        self.migration.as_deref()
    }

    /// How many records moved.
    pub const fn moved(&self) -> u64 {
        self.moved
    }

    /// The records that could not be moved, and why. While there are any, the migration stays open, to be
    /// [gone on with](Workspace::resume) or [closed](Workspace::close_migration).
    pub fn left(&self) -> &[(SmolStr, Refusal)] {
        &self.left
    }

    /// The order by which records get the follow-up work that their stages came to have by this (S50), if there may be
    /// any: [`CatchUp::dry_run`] tells what each would get, [`Workspace::catch_up`] carries it out.
    pub fn catch_up(&self) -> Option<CatchUp> {
        self.brings_work.then(|| CatchUp::of(self.pipeline.id()))
    }
}

/// A new version that nothing stands against, on its way into force.
struct Succession {
    /// The version in force, if there is one.
    old: Option<Pipeline>,
    new: Pipeline,
    diff: Diff,
    map: StageMap,
    /// How many records are in each stage.
    occupancy: Occupancy,
    revision: Option<String>,
    reason: SmolStr,
}

impl<S: Store + Reader> Workspace<S> {
    /// Makes a pipeline the published version of its id, and returns it with its number.
    ///
    /// The first version of a pipeline may be published by anybody who holds the workspace; after
    /// that the published version says who has the capability `publish`. Publishing what is published
    /// already changes nothing. It is refused while records are in a stage that would vanish, be
    /// archived or change its outcome (S32); [`publish_migrating`](Self::publish_migrating) takes a map
    /// for them.
    ///
    /// # Errors
    /// [`PublishRefusal`]; nothing is written then.
    pub fn publish(
        &self,
        pipeline: &Pipeline,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Pipeline, PublishRefusal> {
        match self.publish_migrating(pipeline, &StageMap::new(), actor, now, |_| {})? {
            Publishing::Published(published) => Ok(published.pipeline),
            Publishing::Unchanged(pipeline) => Ok(pipeline),
            Publishing::Refused(refusal) => Err(PublishRefusal::Refused(refusal)),
        }
    }

    /// Publishes as [`publish`](Self::publish) does, and moves records by a map (S33). With more than a
    /// few hundred of them the definition is in force first and `progress` hears how they follow; when
    /// the process is killed meanwhile, [`resume`](Self::resume) goes on.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails.
    pub fn publish_migrating(
        &self,
        pipeline: &Pipeline,
        map: &StageMap,
        actor: &Actor,
        now: Timestamp,
        progress: impl FnMut(Progress),
    ) -> Result<Publishing, WorkspaceError> {
        let pipeline = &self.pipelines.authorized(pipeline);
        match self.judge_publication(pipeline, map, actor)? {
            Judgement::Same(current) => Ok(Publishing::Unchanged(current)),
            Judgement::Refused(refusal) => Ok(Publishing::Refused(refusal)),
            Judgement::Fits(old, occupancy) => {
                let version = old.as_ref().map_or(1, |old| old.version().saturating_add(1));
                let reason = SmolStr::new_static("definition_changed");
                let new = pipeline.clone().with_version(version);
                let diff =
                    old.as_ref().map(|old| diff(old.definition(), new.definition())).unwrap_or_default();
                let map = map.clone();
                self.put_in_force(
                    Succession { old, new, diff, map, occupancy, revision: None, reason },
                    actor,
                    now,
                    progress,
                )
            }
        }
    }

    /// What publishing would change, or why it would be refused: the dry run of
    /// [`publish_migrating`](Self::publish_migrating).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn preview(
        &self,
        pipeline: &Pipeline,
        map: &StageMap,
        actor: &Actor,
    ) -> Result<Result<Diff, Refusal>, WorkspaceError> {
        let pipeline = &self.pipelines.authorized(pipeline);
        Ok(match self.judge_publication(pipeline, map, actor)? {
            Judgement::Same(_) | Judgement::Fits(None, _) => Ok(Diff::default()),
            Judgement::Fits(Some(old), _) => Ok(diff(old.definition(), pipeline.definition())),
            Judgement::Refused(refusal) => Err(refusal),
        })
    }

    fn judge_publication(
        &self,
        pipeline: &Pipeline,
        map: &StageMap,
        actor: &Actor,
    ) -> Result<Judgement, WorkspaceError> {
        self.refresh()?;
        let Some(current) = self.pipeline(pipeline.id()) else {
            return Ok(Judgement::Fits(None, Occupancy::none()));
        };
        if current.definition() == pipeline.definition() {
            return Ok(Judgement::Same(current));
        }
        let mut reasons = Vec::new();
        reasons.extend(self.underway([pipeline.id()])?);
        reasons.extend(current.may_configure(actor, Capability::Publish));
        // A whole document is no way around what its edits would need (S24, S27).
        reasons.extend(rights::of_publication(current.definition(), pipeline.definition()).filter_map(
            |(needed, stage)| Some(current.may_configure(actor, needed)?.with("stage", stage.clone())),
        ));
        if !map.is_empty() {
            reasons.extend(pipeline.may_configure(actor, Capability::Migrate));
        }
        let occupancy = self.occupancy(pipeline.id())?;
        pipeline.judge_succession(&current, map, &occupancy, &mut reasons);
        Ok(if reasons.is_empty() {
            Judgement::Fits(Some(current), occupancy)
        } else {
            Judgement::Refused(Refusal::new(reasons))
        })
    }

    /// Judges a revision of a published pipeline against the records that are there: the dry run of
    /// [`revise`](Self::revise).
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn judge_revision(
        &self,
        pipeline: &str,
        revision: &Revision,
        actor: &Actor,
    ) -> Result<Revised, WorkspaceError> {
        self.refresh()?;
        let Some(current) = self.pipeline(pipeline) else {
            return Ok(Revised::Refused(Refusal::only(unpublished(pipeline))));
        };
        if let Some(reason) = self.underway([pipeline])? {
            return Ok(Revised::Refused(Refusal::only(reason)));
        }
        Ok(current.revise(revision, &self.occupancy(pipeline)?, actor))
    }

    /// Revises a published pipeline, and moves the records of stages that are removed (S25, S30).
    ///
    /// ```
    /// use lifestage::revise::{DefinitionEdit, Revision};
    /// use lifestage::store::MemoryStore;
    /// use lifestage::{Actor, Pipeline, Publishing, Timestamp, Workspace, presets};
    ///
    /// let (ada, now) = (Actor::new("ada").with_role("admin"), Timestamp::from_seconds(1_772_442_000));
    /// let crm = Workspace::open(MemoryStore::new(), "acme")?;
    /// crm.publish(&Pipeline::from_json(presets::CONTACT_STAGES)?, &ada, now)?;
    ///
    /// let revision = Revision::from(DefinitionEdit::rename_stage("contacted", "Reached")).expecting_version(1);
    /// let Publishing::Published(done) = crm.revise("contact_stages", &revision, &ada, now, |_| {})? else { panic!() };
    /// assert_eq!(done.diff().to_string(), "stage `contacted` renamed to `Reached` (was `Contacted`)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Somebody else who publishes at the same time makes it `stale_definition`.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails.
    pub fn revise(
        &self,
        pipeline: &str,
        revision: &Revision,
        actor: &Actor,
        now: Timestamp,
        progress: impl FnMut(Progress),
    ) -> Result<Publishing, WorkspaceError> {
        self.refresh()?;
        let Some(old) = self.pipeline(pipeline) else {
            return Ok(Publishing::Refused(Refusal::only(unpublished(pipeline))));
        };
        let occupancy = self.occupancy(pipeline)?;
        let accepted = match old.revise(revision, &occupancy, actor) {
            Revised::Accepted(accepted) => accepted,
            Revised::Unchanged => return Ok(Publishing::Unchanged(old)),
            Revised::Refused(refusal) => return Ok(Publishing::Refused(refusal)),
        };
        let (new, diff, map) = (accepted.pipeline().clone(), accepted.diff().clone(), accepted.map().clone());
        let (text, reason) = (serde_json::to_string(revision).ok(), revision.reason());
        self.put_in_force(
            Succession { old: Some(old), new, diff, map, occupancy, revision: text, reason },
            actor,
            now,
            progress,
        )
    }

    /// Takes back what made a version, by a revision of the version in force: its edits undone, or, when
    /// it was published as a whole and is in force, the version before it published again.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such version or the store fails.
    pub fn undo_version(
        &self,
        pipeline: &str,
        version: u32,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Publishing, WorkspaceError> {
        let made = self.version(pipeline, version)?;
        let Some(before) = made.replaces else {
            let message = alloc::format!("version {version} of `{pipeline}` is the first one");
            let reason = Reason::new(ReasonCode::BadDefinition, message);
            return Ok(Publishing::Refused(Refusal::only(reason.with("pipeline", pipeline))));
        };
        let before = compiled(&self.version(pipeline, before)?)?;
        let Some(text) = &made.revision else {
            self.refresh()?;
            let current = self.pipeline(pipeline).filter(|current| current.version() != version);
            return match current {
                Some(current) => Ok(Publishing::Refused(Refusal::only(current.republished(version)))),
                None => self.publish_migrating(&before, &StageMap::new(), actor, now, |_| {}),
            };
        };
        self.refresh()?;
        let after = compiled(&made)?;
        if let Some(current) = self.pipeline(pipeline)
            && builds_on(
                &diff(before.definition(), after.definition()),
                &diff(after.definition(), current.definition()),
            )
        {
            return Ok(Publishing::Refused(Refusal::only(current.republished(version))));
        }
        let revision = serde_json::from_str::<Revision>(text).map_err(|_| WorkspaceError::cut_short())?;
        match revision.undo_on(before.definition()) {
            Some(undo) => self.revise(pipeline, &undo, actor, now, |_| {}),
            None => Err(WorkspaceError::cut_short()),
        }
    }

    /// One version of a pipeline, in force or earlier (S32).
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such version or the store cannot be read.
    pub fn version(&self, pipeline: &str, version: u32) -> Result<Publication, WorkspaceError> {
        let found = self.store.publication(&self.tenant, pipeline, version)?;
        found.ok_or_else(|| WorkspaceError::NoVersion { pipeline: SmolStr::new(pipeline), version })
    }

    /// One version of a pipeline, compiled.
    ///
    /// # Errors
    /// As [`version`](Self::version), or when it does not load any more.
    pub fn pipeline_at(&self, pipeline: &str, version: u32) -> Result<Pipeline, WorkspaceError> {
        Ok(self.pipelines.authorized(&compiled(&self.version(pipeline, version)?)?))
    }

    /// Every version of a pipeline, from the first to the one in force.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn versions(&self, pipeline: &str) -> Result<Vec<Publication>, WorkspaceError> {
        /// How many documents are read at once.
        const PAGE: usize = 50;
        let mut versions: Vec<Publication> = Vec::new();
        loop {
            let after = versions.last().map_or(0, |last| last.version);
            let page = self.store.publications(&self.tenant, pipeline, after, PAGE)?;
            let is_last = page.len() < PAGE;
            versions.extend(page);
            if is_last {
                return Ok(versions);
            }
        }
    }

    /// How many records are in each stage.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn occupancy(&self, pipeline: &str) -> Result<Occupancy, WorkspaceError> {
        let tallies = self.store.counts(&self.tenant, pipeline)?;
        let live: Occupancy = tallies.iter().map(|tally| (tally.stage.clone(), tally.live)).collect();
        Ok(tallies.into_iter().fold(live, |all, tally| all.with_trashed(tally.stage, tally.trashed)))
    }

    /// Publishes, with the records that have to move: in one commit when they are few, else by a plan.
    fn put_in_force(
        &self,
        succession: Succession,
        actor: &Actor,
        now: Timestamp,
        progress: impl FnMut(Progress),
    ) -> Result<Publishing, WorkspaceError> {
        let Succession { old, new, diff, map, occupancy, revision, reason } = succession;
        let publication = Publication {
            pipeline: SmolStr::new(new.id()),
            version: new.version(),
            replaces: old.as_ref().map(Pipeline::version),
            meaning: new.meaning(),
            document: new.to_json(),
            published_by: SmolStr::new(actor.id()),
            published_at: now,
            revision,
        };
        // What does not load within the default limits could never be opened again.
        compiled(&publication)?;
        let brings_work = old
            .as_ref()
            .is_some_and(|old| impacts(&diff, [old, &new], &occupancy).any(|impact| impact.brings_work()));
        let migration_id =
            self.free_migration_id(&smol_str::format_smolstr!("{}-v{}", new.id(), new.version()))?;
        let moves = (!map.is_empty()).then(|| {
            let ordered = ordered(migration_id, new.id(), &new, map, &reason, actor, now);
            let migration = Migration { earlier_only: true, ..ordered };
            Moves { old: old.clone(), new: new.clone(), migration }
        });
        let written = self.write_publication(&publication, old.as_ref(), &new, moves.as_ref(), now)?;
        let (moved, planned) = match written {
            Written::Refused(refusal) => return Ok(Publishing::Refused(refusal)),
            Written::Done { moved } => (moved, false),
            Written::Planned => (0, true),
        };
        self.refresh()?;
        let (moved, left) = match moves.as_ref().filter(|_| planned) {
            Some(moves) => {
                let report = self.migrate_all(moves, &occupancy, now, progress)?;
                (report.moved, report.left)
            }
            None => (moved, Vec::new()),
        };
        let any = moved > 0 || !left.is_empty();
        let migration = moves.filter(|_| any).map(|moves| moves.migration.id);
        Ok(Publishing::Published(Box::new(Published {
            pipeline: new,
            diff,
            migration,
            moved,
            left,
            brings_work,
        })))
    }

    /// A name that no migration had before.
    fn free_migration_id(&self, wanted: &SmolStr) -> Result<SmolStr, WorkspaceError> {
        let states = self.migrations()?;
        let is_taken = |id: &SmolStr| states.iter().any(|state| state.migration.id == *id);
        let others = (2_u32..).map(|n| smol_str::format_smolstr!("{wanted}-{n}"));
        let mut names = std::iter::once(wanted.clone()).chain(others);
        Ok(names.find(|id| !is_taken(id)).unwrap_or_else(|| wanted.clone()))
    }

    /// The commit that publishes, again when records changed meanwhile.
    fn write_publication(
        &self,
        publication: &Publication,
        old: Option<&Pipeline>,
        new: &Pipeline,
        moves: Option<&Moves>,
        now: Timestamp,
    ) -> Result<Written, WorkspaceError> {
        let mut vacant: Vec<Option<SmolStr>> =
            old.map(|old| new.to_be_vacant(old)).unwrap_or_default().into_iter().map(Some).collect();
        if new.definition().archived {
            vacant.extend(new.catalog().stages().map(|stage| Some(SmolStr::new(stage.id()))));
            vacant.push(None);
        }
        for attempt in 0..=ATTEMPTS {
            let few = match moves {
                Some(moves) if attempt < ATTEMPTS => match self.few(moves, AT_ONCE, now)? {
                    Ok(few) => few,
                    Err(refusal) => return Ok(Written::Refused(refusal)),
                },
                Some(_) => None,
                None => Some(Vec::new()),
            };
            let mut alongside = Alongside::default();
            let mut planned = false;
            match few {
                Some(changes) => (alongside.changes, alongside.vacant) = (changes, vacant.clone()),
                None => {
                    let mapped = |stage: &Option<SmolStr>| {
                        moves.is_some_and(|moves| moves.migration.map.entry(stage.as_deref()).is_some())
                    };
                    alongside.vacant = vacant.iter().filter(|stage| !mapped(stage)).cloned().collect();
                    alongside.migration = moves.map(|moves| moves.migration.clone());
                    planned = true;
                }
            }
            let moved = alongside.changes.len() as u64;
            let outcome = self.store.publish(&self.tenant, publication, &alongside)?;
            return Ok(match outcome {
                PublishOutcome::Published if planned => Written::Planned,
                PublishOutcome::Published => Written::Done { moved },
                PublishOutcome::RecordsChanged if attempt < ATTEMPTS => continue,
                PublishOutcome::Occupied { stage } => {
                    let has_entry =
                        moves.is_some_and(|moves| moves.migration.map.entry(stage.as_deref()).is_some());
                    if has_entry && attempt < ATTEMPTS {
                        continue;
                    }
                    Written::refused(entered_meanwhile(stage.as_deref()))
                }
                PublishOutcome::RecordsChanged => Written::refused(published_meanwhile(publication)),
                PublishOutcome::Conflict { .. } => {
                    self.refresh()?;
                    Written::refused(published_meanwhile(publication))
                }
                PublishOutcome::MigrationOpen { id } => Written::refused(migration_open(&id)),
            });
        }
        Ok(Written::refused(published_meanwhile(publication)))
    }
}

/// Whether what came later touches what a version changed, so that taking that back would take the later
/// with it. What an edit puts as a whole counts as a whole.
fn builds_on(made: &Diff, later: &Diff) -> bool {
    let touched = |difference: &Difference| {
        let (subject, id) = match difference.parent() {
            Some(parent) if parent.subject != Subject::Stage => (parent.subject, parent.id.clone()),
            _ => (difference.subject(), SmolStr::new(difference.id())),
        };
        let in_parts = matches!(
            subject,
            Subject::Pipeline | Subject::Category | Subject::Stage | Subject::Policy | Subject::Limits
        );
        (subject, id, if in_parts { difference.part() } else { "" })
    };
    let made: Vec<_> = made.differences().iter().map(touched).collect();
    later.differences().iter().map(touched).any(|later| made.contains(&later))
}

enum Judgement {
    Same(Pipeline),
    Fits(Option<Pipeline>, Occupancy),
    Refused(Refusal),
}

enum Written {
    Done { moved: u64 },
    Planned,
    Refused(Refusal),
}

impl Written {
    fn refused(reason: Reason) -> Self {
        Self::Refused(Refusal::only(reason))
    }
}

pub(super) fn unpublished(pipeline: &str) -> Reason {
    let message = alloc::format!("no pipeline `{pipeline}` is published");
    Reason::new(ReasonCode::UnknownPart, message).with("pipeline", pipeline)
}

pub(super) fn migration_open(id: &str) -> Reason {
    let message = alloc::format!("the migration `{id}` is under way; finish it first");
    Reason::new(ReasonCode::MigrationOpen, message).with("migration", id)
}

fn published_meanwhile(publication: &Publication) -> Reason {
    let id = &publication.pipeline;
    let message = alloc::format!("somebody else published `{id}` just now; reload and try again");
    Reason::new(ReasonCode::StaleDefinition, message).with("pipeline", id.clone())
}

fn entered_meanwhile(stage: Option<&str>) -> Reason {
    let stage = stage.unwrap_or(crate::migration::NO_STAGE);
    let message = alloc::format!("a record has come to `{stage}` just now; look again and say where it goes");
    Reason::new(ReasonCode::OccupiedStage, message).with("stage", stage)
}
