use std::collections::BTreeMap;
use std::format;
use std::sync::{Arc, PoisonError, RwLock};
use std::vec::Vec;

use smol_str::SmolStr;

use super::WorkspaceError;
use crate::code::ReasonCode;
use crate::pipeline::{Authorizer, Pipeline, Placement};
use crate::record::{Link, Record};
use crate::refusal::Reason;
use crate::store::Publication;
use crate::value::Value;

/// The published pipelines of a tenant, compiled, replaced as a whole.
#[derive(Debug, Default)]
pub(super) struct Pipelines {
    published: RwLock<Arc<BTreeMap<SmolStr, Pipeline>>>,
    /// Who says who may do what in all of them, if not their roles.
    authorizer: Option<Arc<dyn Authorizer>>,
}

impl Pipelines {
    pub(super) fn authorize(&mut self, authorizer: Arc<dyn Authorizer>) {
        self.authorizer = Some(authorizer);
    }

    /// A pipeline as it judges here, whoever was to say who may do what where it comes from.
    pub(super) fn authorized(&self, pipeline: &Pipeline) -> Pipeline {
        pipeline.clone().authorized_as(self.authorizer.clone())
    }

    fn current(&self) -> Arc<BTreeMap<SmolStr, Pipeline>> {
        Arc::clone(&self.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn get(&self, id: &str) -> Option<Pipeline> {
        self.current().get(id).map(|pipeline| self.authorized(pipeline))
    }

    pub(super) fn all(&self) -> Vec<Pipeline> {
        self.current().values().map(|pipeline| self.authorized(pipeline)).collect()
    }

    /// Takes over what is published; what is compiled already is kept.
    pub(super) fn replace(&self, published: Vec<Publication>) -> Result<(), WorkspaceError> {
        let before = self.current();
        let mut next = BTreeMap::new();
        for publication in published {
            let known =
                before.get(&publication.pipeline).filter(|known| known.version() == publication.version);
            let pipeline = match known {
                Some(known) => known.clone(),
                None => compiled(&publication)?,
            };
            next.insert(publication.pipeline, pipeline);
        }
        let mut current = self.published.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have read later and been here first; versions only go up.
        for (id, pipeline) in current.iter() {
            if next.get(id).is_none_or(|next| next.version() < pipeline.version()) {
                next.insert(id.clone(), pipeline.clone());
            }
        }
        *current = Arc::new(next);
        Ok(())
    }

    /// The pipeline that a new record goes into (S4): the one it names; else of those that have the stage it asks
    /// for that of its company; else the tenant's default, which is the one for all companies.
    pub(super) fn for_new(&self, record: &Record, placement: &Placement) -> Result<Pipeline, Reason> {
        let all = self.current();
        if !record.pipeline().is_empty() {
            return self.get(record.pipeline()).ok_or_else(|| {
                let message = format!("no pipeline `{}` is published", record.pipeline());
                Reason::new(ReasonCode::UnknownStage, message).with("pipeline", record.pipeline())
            });
        }
        let stage = match placement {
            Placement::Stage(stage) => Some(stage),
            Placement::Default | Placement::NoStage => None,
        };
        let has_stage =
            |pipeline: &&Pipeline| stage.is_none_or(|stage| pipeline.catalog().stage(stage).is_some());
        let in_use = |pipeline: &&Pipeline| !pipeline.definition().archived;
        let fitting: Vec<&Pipeline> = all.values().filter(in_use).filter(has_stage).collect();
        let company = match (record.link(Link::Company), record.fields().get("company")) {
            (Some(company), _) => company,
            (None, Some(Value::Text(company))) => company.as_str(),
            (None, _) => "",
        };
        let of = |company: &str| -> Vec<&Pipeline> {
            let same = fitting.iter().filter(|pipeline| pipeline.definition().company == company);
            same.copied().collect()
        };
        let own = if company.is_empty() { Vec::new() } else { of(company) };
        let candidates = if own.is_empty() { of("") } else { own };
        // The only one there is will do, whatever company it is for.
        let candidates = if candidates.is_empty() && fitting.len() == 1 { fitting } else { candidates };
        match (candidates.as_slice(), stage) {
            ([only], _) => Ok(self.authorized(only)),
            ([], Some(stage)) => {
                let message = format!("no pipeline has a stage `{stage}`");
                Err(Reason::new(ReasonCode::UnknownStage, message).with("stage", stage.clone()))
            }
            ([], None) => {
                let message = "no pipeline is published that new records could start in";
                Err(Reason::new(ReasonCode::UnknownStage, message))
            }
            (several, _) => {
                let ids: Vec<SmolStr> = several.iter().map(|pipeline| SmolStr::new(pipeline.id())).collect();
                let message = format!("say which pipeline the record goes into: {}", ids.join(", "));
                Err(Reason::new(ReasonCode::AmbiguousPipeline, message).with("pipelines", ids))
            }
        }
    }
}

pub(super) fn compiled(publication: &Publication) -> Result<Pipeline, WorkspaceError> {
    match Pipeline::from_json(&publication.document) {
        Ok(pipeline) => Ok(pipeline.with_version(publication.version).published_as(publication.meaning)),
        Err(error) => Err(WorkspaceError::Definition {
            pipeline: publication.pipeline.clone(),
            version: publication.version,
            error,
        }),
    }
}
