//! A store that is written in another language.

use lifestage::journal::Row;
use lifestage::migration::Migration;
use lifestage::outbox::{Claim, Delivery, Entry, OutboxPage, OutboxQuery, Settlement, TaskQuery};
use lifestage::store::{
    Alongside, CommitMode, CommitOutcome, FeedCursor, MigrationState, Publication, PublishOutcome,
    QueuePlace, Reader, RecordPage, RecordQuery, RowQuery, Store, StoreError, StoreErrorKind, Tally,
};
use lifestage::{Effect, EffectId, EffectKind, Link, Record, SealedChange, SmolStr, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// What answers for a store: one call by name for each method of [`Store`] and [`Reader`], with the
/// arguments as one JSON object and the answer as JSON, both in the forms that [`serve`](crate::serve) reads and gives.
///
/// What each method owes is written at the traits. Called from any thread, several at once.
pub trait Host: Send + Sync {
    /// Answers one method.
    ///
    /// # Errors
    /// [`StoreError`]; of the kind [`Unsupported`](StoreErrorKind::Unsupported) for a method that it does not have.
    fn answer(&self, method: &str, input: &str) -> Result<String, StoreError>;
}

/// A [`Store`] and [`Reader`] made of a [`Host`].
#[derive(Debug, Clone)]
pub struct HostStore<H>(pub H);

impl<H: Host> HostStore<H> {
    fn ask<T: DeserializeOwned>(&self, method: &str, input: &impl Serialize) -> Result<T, StoreError> {
        let unreadable = |what: &str, error: serde_json::Error| {
            let message = format!("{what} of `{method}` cannot be read: {error}");
            StoreError::new(StoreErrorKind::Invalid, message).caused_by(error)
        };
        let input = serde_json::to_string(input).map_err(|error| unreadable("the input", error))?;
        let answer = self.0.answer(method, &input)?;
        serde_json::from_str(&answer).map_err(|error| unreadable("the host's answer", error))
    }
}

/// A limit as every language can hold it.
fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// As many answers as were asked for, or the host is not to be relied upon.
fn each<T>(method: &str, answers: Vec<T>, asked: usize) -> Result<Vec<T>, StoreError> {
    if answers.len() == asked {
        return Ok(answers);
    }
    let message = format!("the host's `{method}` gave {} answers to {asked}", answers.len());
    Err(StoreError::new(StoreErrorKind::Invalid, message))
}

impl<H: Host> Store for HostStore<H> {
    fn load(&self, tenant: &str, ids: &[&str]) -> Result<Vec<Option<Record>>, StoreError> {
        let records = self.ask("load", &json!({ "tenant": tenant, "ids": ids }))?;
        each("load", records, ids.len())
    }

    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        changes.iter().try_for_each(lifestage::store::check_shape)?;
        let outcomes = self.ask("commit", &json!({ "tenant": tenant, "changes": changes, "mode": mode }))?;
        each("commit", outcomes, changes.len())
    }

    fn publish(
        &self,
        tenant: &str,
        publication: &Publication,
        alongside: &Alongside,
    ) -> Result<PublishOutcome, StoreError> {
        publication.check_number()?;
        alongside.changes.iter().try_for_each(lifestage::store::check_shape)?;
        self.ask("publish", &json!({ "tenant": tenant, "publication": publication, "alongside": alongside }))
    }

    fn begin_migration(&self, tenant: &str, migration: &Migration) -> Result<PublishOutcome, StoreError> {
        self.ask("begin_migration", &json!({ "tenant": tenant, "migration": migration }))
    }

    fn finish_migration(&self, tenant: &str, id: &str, at: Timestamp) -> Result<(), StoreError> {
        self.ask("finish_migration", &json!({ "tenant": tenant, "id": id, "at": at }))
    }

    fn claim(&self, tenant: &str, claim: &Claim) -> Result<Vec<Delivery>, StoreError> {
        self.ask("claim", &json!({ "tenant": tenant, "claim": claim }))
    }

    fn settle(&self, tenant: &str, settlements: &[Settlement]) -> Result<Vec<bool>, StoreError> {
        let applied = self.ask("settle", &json!({ "tenant": tenant, "settlements": settlements }))?;
        each("settle", applied, settlements.len())
    }

    fn receipt(&self, tenant: &str, key: &str) -> Result<Option<Row>, StoreError> {
        self.ask("receipt", &json!({ "tenant": tenant, "key": key }))
    }
}

impl<H: Host> Reader for HostStore<H> {
    fn published(&self, tenant: &str) -> Result<Vec<Publication>, StoreError> {
        self.ask("published", &json!({ "tenant": tenant }))
    }

    fn publication(
        &self,
        tenant: &str,
        pipeline: &str,
        version: u32,
    ) -> Result<Option<Publication>, StoreError> {
        self.ask("publication", &json!({ "tenant": tenant, "pipeline": pipeline, "version": version }))
    }

    fn publications(
        &self,
        tenant: &str,
        pipeline: &str,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Publication>, StoreError> {
        let input =
            json!({ "tenant": tenant, "pipeline": pipeline, "after": after, "limit": at_most(limit) });
        self.ask("publications", &input)
    }

    fn migrations(&self, tenant: &str) -> Result<Vec<MigrationState>, StoreError> {
        self.ask("migrations", &json!({ "tenant": tenant }))
    }

    fn history(&self, tenant: &str, record: &str, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.ask(
            "history",
            &json!({ "tenant": tenant, "record": record, "after": after, "limit": at_most(limit) }),
        )
    }

    fn effects(&self, tenant: &str, record: &str, seq: u64) -> Result<Vec<Effect>, StoreError> {
        self.ask("effects", &json!({ "tenant": tenant, "record": record, "seq": seq }))
    }

    fn page(&self, tenant: &str, query: &RecordQuery) -> Result<RecordPage, StoreError> {
        self.ask("page", &json!({ "tenant": tenant, "query": query }))
    }

    fn rows(&self, tenant: &str, record: &str, query: &RowQuery) -> Result<Vec<Row>, StoreError> {
        self.ask("rows", &json!({ "tenant": tenant, "record": record, "query": query }))
    }

    fn linked(
        &self,
        tenant: &str,
        link: Link,
        target: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SmolStr>, StoreError> {
        let input = json!({ "tenant": tenant, "link": link, "target": target, "after": after, "limit": at_most(limit) });
        self.ask("linked", &input)
    }

    fn counts(&self, tenant: &str, pipeline: &str) -> Result<Vec<Tally>, StoreError> {
        self.ask("counts", &json!({ "tenant": tenant, "pipeline": pipeline }))
    }

    fn find(&self, tenant: &str, field: &str, value: &str, limit: usize) -> Result<Vec<SmolStr>, StoreError> {
        self.ask(
            "find",
            &json!({ "tenant": tenant, "field": field, "value": value, "limit": at_most(limit) }),
        )
    }

    fn outbox(&self, tenant: &str, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        self.ask("outbox", &json!({ "tenant": tenant, "query": query }))
    }

    fn entry(&self, tenant: &str, id: EffectId<'_>) -> Result<Option<Entry>, StoreError> {
        self.ask("entry", &json!({ "tenant": tenant, "effect": id.to_string() }))
    }

    fn tasks(&self, tenant: &str, query: &TaskQuery) -> Result<OutboxPage, StoreError> {
        self.ask("tasks", &json!({ "tenant": tenant, "query": query }))
    }

    fn next_ready(&self, tenant: &str, kinds: &[EffectKind]) -> Result<Option<Timestamp>, StoreError> {
        self.ask("next_ready", &json!({ "tenant": tenant, "kinds": kinds }))
    }

    fn queue(
        &self,
        tenant: &str,
        pipeline: &str,
        queue: &str,
        after: Option<&QueuePlace>,
        limit: usize,
    ) -> Result<Vec<QueuePlace>, StoreError> {
        let input = json!({ "tenant": tenant, "pipeline": pipeline, "queue": queue, "after": after, "limit": at_most(limit) });
        self.ask("queue", &input)
    }

    fn feed(
        &self,
        tenant: &str,
        cursor: FeedCursor,
        limit: usize,
    ) -> Result<Vec<(FeedCursor, Row)>, StoreError> {
        self.ask("feed", &json!({ "tenant": tenant, "after": cursor, "limit": at_most(limit) }))
    }
}
