//! A store for those who ask in JSON: the other side of [`HostStore`](crate::HostStore).

use lifestage::store::contract::Full;
use lifestage::store::{StoreError, StoreErrorKind};
use lifestage::{EffectId, SmolStr};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::input::Members;

/// Answers a method of a store by name: for stores that wrap one in another language, and to test those that do.
///
/// # Errors
/// [`StoreError`]; of the kind [`Unsupported`](StoreErrorKind::Unsupported) when stores have no such method, and
/// [`Invalid`](StoreErrorKind::Invalid) when the input is not what it takes.
pub fn serve(store: &dyn Full, method: &str, input: &str) -> Result<String, StoreError> {
    let it = Arguments::read(method, input)?;
    let tenant: SmolStr = it.take("tenant")?;
    match method {
        "load" => {
            let ids: Vec<SmolStr> = it.take("ids")?;
            let ids: Vec<&str> = ids.iter().map(SmolStr::as_str).collect();
            told(&store.load(&tenant, &ids)?)
        }
        "commit" => {
            let changes: Vec<_> = it.take("changes")?;
            told(&store.commit(&tenant, &changes, it.take("mode")?)?)
        }
        "publish" => told(&store.publish(&tenant, &it.take("publication")?, &it.take("alongside")?)?),
        "begin_migration" => told(&store.begin_migration(&tenant, &it.take("migration")?)?),
        "finish_migration" => {
            let id: SmolStr = it.take("id")?;
            store.finish_migration(&tenant, &id, it.take("at")?)?;
            told(&Json::Null)
        }
        "claim" => told(&store.claim(&tenant, &it.take("claim")?)?),
        "settle" => told(&store.settle(&tenant, &it.take::<Vec<_>>("settlements")?)?),
        "receipt" => told(&store.receipt(&tenant, &it.take::<SmolStr>("key")?)?),
        "published" => told(&store.published(&tenant)?),
        "publication" => {
            let pipeline: SmolStr = it.take("pipeline")?;
            told(&store.publication(&tenant, &pipeline, it.take("version")?)?)
        }
        "publications" => {
            let pipeline: SmolStr = it.take("pipeline")?;
            told(&store.publications(&tenant, &pipeline, it.take("after")?, it.take("limit")?)?)
        }
        "migrations" => told(&store.migrations(&tenant)?),
        "history" => {
            let record: SmolStr = it.take("record")?;
            told(&store.history(&tenant, &record, it.take("after")?, it.take("limit")?)?)
        }
        "effects" => told(&store.effects(&tenant, &it.take::<SmolStr>("record")?, it.take("seq")?)?),
        "page" => told(&store.page(&tenant, &it.take("query")?)?),
        "rows" => told(&store.rows(&tenant, &it.take::<SmolStr>("record")?, &it.take("query")?)?),
        "linked" => {
            let (target, after): (SmolStr, Option<SmolStr>) = (it.take("target")?, it.take("after")?);
            told(&store.linked(&tenant, it.take("link")?, &target, after.as_deref(), it.take("limit")?)?)
        }
        "counts" => told(&store.counts(&tenant, &it.take::<SmolStr>("pipeline")?)?),
        "find" => {
            let (field, value): (SmolStr, SmolStr) = (it.take("field")?, it.take("value")?);
            told(&store.find(&tenant, &field, &value, it.take("limit")?)?)
        }
        "outbox" => told(&store.outbox(&tenant, &it.take("query")?)?),
        "entry" => {
            let effect: SmolStr = it.take("effect")?;
            let id = EffectId::parse(&effect).ok_or_else(|| invalid(format!("`{effect}` is no effect")))?;
            told(&store.entry(&tenant, id)?)
        }
        "tasks" => told(&store.tasks(&tenant, &it.take("query")?)?),
        "next_ready" => told(&store.next_ready(&tenant, &it.take::<Vec<_>>("kinds")?)?),
        "queue" => {
            let (pipeline, queue): (SmolStr, SmolStr) = (it.take("pipeline")?, it.take("queue")?);
            let after: Option<_> = it.take("after")?;
            told(&store.queue(&tenant, &pipeline, &queue, after.as_ref(), it.take("limit")?)?)
        }
        "feed" => told(&store.feed(&tenant, it.take("after")?, it.take("limit")?)?),
        _ => {
            let message = format!("a store has no method `{method}`");
            Err(StoreError::new(StoreErrorKind::Unsupported, message))
        }
    }
}

fn invalid(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}

fn told(answer: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(answer).map_err(|error| invalid(error.to_string()))
}

/// The arguments of a method.
struct Arguments<'a> {
    method: &'a str,
    members: Members<'a>,
}

impl<'a> Arguments<'a> {
    fn read(method: &'a str, input: &'a str) -> Result<Self, StoreError> {
        let members = serde_json::from_str(input)
            .map_err(|error| invalid(format!("the arguments of `{method}` are {error}")))?;
        Ok(Self { method, members })
    }

    fn take<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let given = self.members.get(name).unwrap_or("null");
        serde_json::from_str(given).map_err(|error| invalid(format!("`{}`: `{name}`: {error}", self.method)))
    }
}
