use std::string::{String, ToString};
use std::vec::Vec;

use smol_str::SmolStr;

use super::pipelines::compiled;
use super::{Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::capability::Capability;
use crate::pipeline::Pipeline;
use crate::record::Record;
use crate::store::{Publication, PublishOutcome, Reader, Store};
use crate::time::Timestamp;

/// Why a definition is not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishRefusal {
    /// The actor may not publish under the version that is published now.
    #[error("publishing `{pipeline}` needs the capability `publish`, which {actor} does not have")]
    NotPermitted {
        /// The pipeline.
        pipeline: SmolStr,
        /// Who asked.
        actor: SmolStr,
    },
    /// Records are in stages that would vanish or change their outcome (S32).
    #[error("records would be lost from view: {}", occupied.join("; "))]
    Occupied {
        /// What would become of each stage, in words, with how many records it has.
        occupied: Vec<String>,
    },
    /// Somebody else published meanwhile.
    #[error("somebody else published `{pipeline}` just now; reload and try again")]
    Conflict {
        /// The pipeline.
        pipeline: SmolStr,
    },
    /// The workspace could not answer.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

impl<S: Store + Reader> Workspace<S> {
    /// Makes a pipeline the published version of its id, and returns it with its number.
    ///
    /// The first version of a pipeline may be published by anybody who holds the workspace; after
    /// that the published version says who has the capability `publish`. Publishing what is published
    /// already changes nothing.
    ///
    /// # Errors
    /// [`PublishRefusal`]; nothing is written then.
    pub fn publish(
        &self,
        pipeline: &Pipeline,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Pipeline, PublishRefusal> {
        let publication = match self.judge_publication(pipeline, actor, now)? {
            Judged::Published(current) => return Ok(current),
            Judged::Publish(publication) => publication,
        };
        match self.store.publish(&self.tenant, &publication).map_err(WorkspaceError::from)? {
            PublishOutcome::Published => {
                self.refresh()?;
                Ok(pipeline.clone().with_version(publication.version))
            }
            PublishOutcome::Conflict { .. } => {
                Err(PublishRefusal::Conflict { pipeline: publication.pipeline })
            }
        }
    }

    /// What [`publish`](Self::publish) would answer now: the pipeline with the number it would have.
    /// Nothing is written.
    ///
    /// # Errors
    /// As [`publish`](Self::publish), but that nobody can come between.
    pub fn dry_run_publish(
        &self,
        pipeline: &Pipeline,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Pipeline, PublishRefusal> {
        Ok(match self.judge_publication(pipeline, actor, now)? {
            Judged::Published(current) => current,
            Judged::Publish(publication) => pipeline.clone().with_version(publication.version),
        })
    }

    fn judge_publication(
        &self,
        pipeline: &Pipeline,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Judged, PublishRefusal> {
        self.refresh()?;
        let published = self.pipeline(pipeline.id());
        let id = SmolStr::new(pipeline.id());
        if let Some(current) = &published {
            if current.definition() == pipeline.definition() {
                return Ok(Judged::Published(current.clone()));
            }
            let anything = Record::new("");
            if !current.can(&anything, actor, Capability::Publish) {
                return Err(PublishRefusal::NotPermitted { pipeline: id, actor: SmolStr::new(actor.id()) });
            }
            self.nobody_lost(current, pipeline)?;
        }
        let replaces = published.map(|current| current.version());
        let publication = Publication {
            pipeline: id,
            version: replaces.unwrap_or(0) + 1,
            replaces,
            meaning: pipeline.meaning(),
            document: pipeline.to_json(),
            published_by: SmolStr::new(actor.id()),
            published_at: now,
        };
        // What does not load within the default limits could never be opened again.
        compiled(&publication)?;
        Ok(Judged::Publish(publication))
    }

    /// Every version of a pipeline that was ever published, the newest last; none when the pipeline is
    /// not published.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn versions(&self, pipeline: &str) -> Result<Vec<Publication>, WorkspaceError> {
        let last = self.pipeline(pipeline).map_or(0, |current| current.version());
        let read = |version| self.store.publication(&self.tenant, pipeline, version);
        let found = (1..=last).filter_map(|version| read(version).transpose());
        found.map(|publication| publication.map_err(WorkspaceError::from)).collect()
    }

    /// No occupied stage vanishes or changes its outcome (S32).
    fn nobody_lost(&self, current: &Pipeline, next: &Pipeline) -> Result<(), PublishRefusal> {
        let counts = self.store.counts(&self.tenant, next.id()).map_err(WorkspaceError::from)?;
        let mut occupied = Vec::new();
        for (stage, count) in counts.iter().filter(|(_, count)| *count > 0) {
            let Some(id) = stage else { continue };
            let old = current.catalog().stage(id);
            let records =
                if *count == 1 { "1 record is".to_string() } else { format!("{count} records are") };
            let name = old.map_or_else(|| id.to_string(), |stage| stage.name().to_string());
            match (old.map(|stage| stage.outcome()), next.catalog().stage(id).map(|stage| stage.outcome())) {
                (Some(_), None) => occupied.push(format!("{records} in {name}, which would vanish")),
                (Some(old), Some(new)) if old != new => {
                    occupied.push(format!("{records} in {name}, which would turn from {old} to {new}"));
                }
                _ => {}
            }
        }
        if occupied.is_empty() { Ok(()) } else { Err(PublishRefusal::Occupied { occupied }) }
    }
}

/// What judging a publication comes to.
enum Judged {
    /// It is published already, as this.
    Published(Pipeline),
    /// To publish this.
    Publish(Publication),
}
