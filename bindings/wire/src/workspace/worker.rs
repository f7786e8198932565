//! A worker whose handlers are the host's.

use std::sync::Arc;

use lifestage::outbox::Delivery;
use lifestage::store::contract::Full;
use lifestage::{EffectKind, Handled, HandledByHost, HandlerError, Round, Span, Worker};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::fault::{Fault, FaultCode};
use crate::input::Input;
use crate::operation::{Entry, OnWorkspace, Outcome, on_workspace};

use super::Crm;

pub(super) static TABLE: &[Entry<OnWorkspace>] = &[
    on_workspace(
        "take",
        "kinds now gone? worker?",
        "A round of a worker: carries out what needs nobody, and takes effects of these kinds to be handled.",
        take,
    ),
    on_workspace(
        "still_wants",
        "delivery failed?",
        "Whether an effect that was taken is still to be handled, after what failed of the same round.",
        |crm, it| {
            let failed: Vec<Delivery> = it.or_default("failed")?;
            Ok(Worker::new(crm).still_wants(&it.take("delivery")?, &failed)?.into())
        },
    ),
    on_workspace(
        "handled",
        "deliveries handled now worker?",
        "Says how handling effects went: what failed is tried again later, until it is given up.",
        handled,
    ),
];

/// How a worker goes about it; what is left out is as the library has it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct WorkerForm {
    lease: Option<Span>,
    batch: Option<usize>,
    attempts: Option<u32>,
    wait: Option<(Span, Span)>,
    leaving_tasks: bool,
}

/// What a handler did.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum HandledForm {
    Delivered,
    Done,
    Failed(String),
    Dead(String),
}

impl From<HandledForm> for Result<Handled, HandlerError> {
    fn from(form: HandledForm) -> Self {
        match form {
            HandledForm::Delivered => Ok(Handled::Delivered),
            HandledForm::Done => Ok(Handled::Done),
            HandledForm::Failed(why) => Err(HandlerError::new(why)),
            HandledForm::Dead(why) => Err(HandlerError::new(why).for_good()),
        }
    }
}

pub(super) fn worker<'c>(crm: &'c Crm, it: &Input<'_>) -> Result<Worker<'c, Arc<dyn Full>>, Fault> {
    let WorkerForm { lease, batch, attempts, wait, leaving_tasks } = it.or_default("worker")?;
    let none = Span::default();
    let wrong = |what: &str| Fault::new(FaultCode::InvalidInput, format!("`worker`: {what}"));
    if lease.is_some_and(|lease| lease <= none) || batch == Some(0) || attempts == Some(0) {
        return Err(wrong("`lease`, `batch` and `attempts` are more than nothing"));
    }
    if wait.is_some_and(|(first, longest)| first < none || longest < first) {
        return Err(wrong("`wait` has the first wait and the longest one, neither below nothing"));
    }
    let mut worker = Worker::new(crm);
    if leaving_tasks {
        worker = worker.leaving_tasks();
    }
    if let Some(lease) = lease {
        worker = worker.with_lease(lease);
    }
    if let Some(batch) = batch {
        worker = worker.with_batch(batch);
    }
    if let Some(attempts) = attempts {
        worker = worker.with_attempts(attempts);
    }
    Ok(match wait {
        Some((first, longest)) => worker.with_wait(first, longest),
        None => worker,
    })
}

fn take(crm: &Crm, it: &Input<'_>) -> Outcome {
    let (kinds, gone): (Vec<EffectKind>, Span) = (it.take("kinds")?, it.or_default("gone")?);
    if gone < Span::default() {
        return Err(Fault::new(FaultCode::InvalidInput, "`take`: `gone` is below nothing"));
    }
    let taken = worker(crm, it)?.take(&kinds, it.now()?, gone)?;
    Ok(json!({
        "deliveries": taken.deliveries, "lease": taken.lease, "round": round(&taken.round),
    }))
}

fn handled(crm: &Crm, it: &Input<'_>) -> Outcome {
    let deliveries: Vec<Delivery> = it.take("deliveries")?;
    let handled: Vec<Option<HandledForm>> = it.take("handled")?;
    let handled: Vec<HandledByHost> = handled.into_iter().map(|one| one.map(Into::into)).collect();
    Ok(round(&worker(crm, it)?.handled(&deliveries, handled, it.now()?)?))
}

/// What a round came to.
pub(super) fn round(round: &Round) -> Json {
    let errors = round.errors.iter().map(|(effect, error)| json!({ "effect": effect, "error": error }));
    json!({
        "delivered": round.delivered, "moved": round.moved, "idle": round.idle, "retried": round.retried,
        "dead": round.dead, "late": round.late, "errors": errors.collect::<Vec<_>>(),
    })
}
