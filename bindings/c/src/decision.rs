//! What the library says to a request.

use lifestage::journal::Salt;
use lifestage::{Decision, SealedChange, SmolStr, Timestamp};
use lifestage_wire::{Fault, FaultCode};

use crate::actor::lifestage_actor;
use crate::buffer::{lifestage_buffer, written};
use crate::error::lifestage_error;
use crate::guard::{Guarded, free, give, guard, out, shared, view};
use crate::pipeline::lifestage_pipeline;
use crate::record::lifestage_record;
use crate::refusal::lifestage_refusal;
use crate::request::lifestage_request;
use crate::status::lifestage_status;

/// The request is granted; `lifestage_decision_change` is what to write.
pub const LIFESTAGE_OUTCOME_MOVED: u32 = 1;
/// The request waits for the approval of a second person; `lifestage_decision_change` is what to write.
pub const LIFESTAGE_OUTCOME_PROPOSED: u32 = 2;
/// The record is where it was asked to be; there is nothing to write.
pub const LIFESTAGE_OUTCOME_UNCHANGED: u32 = 3;
/// The request is refused; `lifestage_decision_refusal` says why. There is nothing to write.
pub const LIFESTAGE_OUTCOME_REFUSED: u32 = 4;

/// What the library says to a request.
///
/// Threads: it never changes, and may be read by several at once.
pub struct lifestage_decision(Guarded<Decided>);

enum Decided {
    Moved(SealedChange),
    Proposed(SealedChange),
    Unchanged(Option<SmolStr>),
    Refused(lifestage_refusal),
}

impl Decided {
    const fn change(&self) -> Option<&SealedChange> {
        match self {
            Self::Moved(change) | Self::Proposed(change) => Some(change),
            Self::Unchanged(_) | Self::Refused(_) => None,
        }
    }
}

/// Judges a request. Pure: nothing is written anywhere, and nothing is kept.
///
/// `now` is in microseconds since 1970. A refusal is an answer: the status is `LIFESTAGE_STATUS_OK` then too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_decide(
    pipeline: *const lifestage_pipeline,
    record: *const lifestage_record,
    request: *const lifestage_request,
    actor: *const lifestage_actor,
    now: i64,
    decision: *mut *mut lifestage_decision,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let place = out(decision, "decision")?;
            let (record, request) = (shared(record, "record")?, shared(request, "request")?);
            let (pipeline, actor) = (shared(pipeline, "pipeline")?, shared(actor, "actor")?);
            let now = Timestamp::from_micros(now);
            let (record, request, actor) = (record.0.peek()?, request.0.peek()?, actor.0.peek()?);
            let decided = pipeline.0.with(|pipeline| sealed(pipeline.decide(record, request, actor, now)))?;
            give(place, lifestage_decision(Guarded::new(decided)));
            Ok(())
        })
    }
}

fn sealed(decision: Decision<'_>) -> Result<Decided, Fault> {
    let salt = || Salt::random().map_err(|error| Fault::new(FaultCode::NoRandomness, error.to_string()));
    Ok(match decision {
        Decision::Moved(change) => Decided::Moved(change.seal(salt()?)),
        Decision::Proposed(change) => Decided::Proposed(change.seal(salt()?)),
        Decision::Unchanged(unchanged) => Decided::Unchanged(unchanged.stage().map(SmolStr::new)),
        Decision::Refused(refusal) => Decided::Refused(lifestage_refusal(Guarded::new(refusal))),
    })
}

/// One of `LIFESTAGE_OUTCOME_...`; 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_decision_outcome(decision: *const lifestage_decision) -> u32 {
    // SAFETY: a decision that is not freed yet, or null.
    let decision = unsafe { decision.as_ref() };
    let outcome = decision.and_then(|decision| {
        let outcome = decision.0.with(|decided| {
            Ok(match decided {
                Decided::Moved(_) => LIFESTAGE_OUTCOME_MOVED,
                Decided::Proposed(_) => LIFESTAGE_OUTCOME_PROPOSED,
                Decided::Unchanged(_) => LIFESTAGE_OUTCOME_UNCHANGED,
                Decided::Refused(_) => LIFESTAGE_OUTCOME_REFUSED,
            })
        });
        outcome.ok()
    });
    outcome.unwrap_or_default()
}

/// The stage that the record is in when the change is written; of length 0 for none, and for a refusal.
///
/// Ownership: the text is not ended by a NUL, and lives as long as the decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_decision_stage(
    decision: *const lifestage_decision,
    stage: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        view(stage, "stage", length, error, || {
            shared(decision, "decision")?.0.with(|decided| {
                let stage = match decided {
                    Decided::Unchanged(stage) => stage.as_deref(),
                    _ => decided.change().and_then(|change| change.record.stage()),
                };
                Ok(stage.unwrap_or_default())
            })
        })
    }
}

/// The version that the record has to be at for the change to be written: compare it in the transaction that writes,
/// and write nothing if it differs. 0 when the record must not be there yet; and when there is no change, or for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_decision_expected_version(decision: *const lifestage_decision) -> u64 {
    // SAFETY: a decision that is not freed yet, or null.
    let decision = unsafe { decision.as_ref() };
    let version = decision.and_then(|decision| {
        decision.0.with(|decided| Ok(decided.change().map(|change| change.expected_version))).ok()?
    });
    version.unwrap_or_default()
}

/// The change as JSON: the record after, its history row, its effects, what becomes of earlier ones, and what to
/// compare. All of it is to be written in one transaction, or none.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when nothing is to be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_decision_change(
    decision: *const lifestage_decision,
    json: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        written(json, "json", error, || {
            let decision = shared(decision, "decision")?;
            decision.0.with(|decided| lifestage_wire::write(decided.change().ok_or_else(nothing)?))
        })
    }
}

/// The record as it is when the change is written.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when nothing is to be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_decision_record(
    decision: *const lifestage_decision,
    record: *mut *mut lifestage_record,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let place = out(record, "record")?;
            let after = shared(decision, "decision")?
                .0
                .with(|decided| Ok(decided.change().ok_or_else(nothing)?.record.clone()))?;
            give(place, lifestage_record(Guarded::new(after)));
            Ok(())
        })
    }
}

/// Why the request is refused; null when it is not, or for null.
///
/// Ownership: it belongs to the decision, and lives as long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_decision_refusal(
    decision: *const lifestage_decision,
) -> *const lifestage_refusal {
    // SAFETY: a decision that is not freed yet, or null.
    let decision = unsafe { decision.as_ref() };
    let refusal = decision.and_then(|decision| {
        let refusal = decision.0.with(|decided| {
            Ok(match decided {
                Decided::Refused(refusal) => std::ptr::from_ref(refusal),
                _ => std::ptr::null(),
            })
        });
        refusal.ok()
    });
    refusal.unwrap_or(std::ptr::null())
}

/// Frees a decision, and its refusal with it. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_decision_free(decision: *mut lifestage_decision) {
    // SAFETY: a decision that is not freed yet, or null.
    unsafe { free(decision) }
}

fn nothing() -> Fault {
    Fault::new(FaultCode::InvalidArgument, "the decision has nothing to write")
}
