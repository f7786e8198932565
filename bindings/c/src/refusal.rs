//! Why not.

use lifestage::{Reason, Refusal, RouteStep};
use lifestage_wire::{Fault, FaultCode};

use crate::buffer::{lifestage_buffer, written};
use crate::error::lifestage_error;
use crate::guard::{Guarded, shared, view};
use crate::status::lifestage_status;

/// Every reason against a request, and the lawful way, if there is one.
///
/// Ownership: it belongs to the decision that it came from, and lives as long.
/// Threads: it never changes, and may be read by several at once.
pub struct lifestage_refusal(pub(crate) Guarded<Refusal>);

/// How many reasons there are; 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_refusal_count(refusal: *const lifestage_refusal) -> usize {
    // SAFETY: a refusal whose decision is not freed yet, or null.
    let refusal = unsafe { refusal.as_ref() };
    refusal.and_then(|it| it.0.with(|it| Ok(it.reasons().len())).ok()).unwrap_or_default()
}

/// The code of a reason, one of `LIFESTAGE_REASON_...`; 0 when there is no such reason.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_refusal_code(refusal: *const lifestage_refusal, index: usize) -> u32 {
    // SAFETY: a refusal whose decision is not freed yet, or null.
    let refusal = unsafe { refusal.as_ref() };
    let code = refusal.and_then(|it| it.0.with(|it| Ok(reason(it, index)?.code().number())).ok());
    code.unwrap_or_default().into()
}

/// A reason in words.
///
/// Ownership: the text is not ended by a NUL, and lives as long as the refusal.
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is no such reason.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_refusal_message(
    refusal: *const lifestage_refusal,
    index: usize,
    message: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        view(message, "message", length, error, || {
            shared(refusal, "refusal")?.0.with(|refusal| Ok(reason(refusal, index)?.message()))
        })
    }
}

/// How many moves the lawful way has; 0 when there is none, or for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_refusal_route_length(refusal: *const lifestage_refusal) -> usize {
    // SAFETY: a refusal whose decision is not freed yet, or null.
    let refusal = unsafe { refusal.as_ref() };
    refusal.and_then(|it| it.0.with(|it| Ok(way(it).len())).ok()).unwrap_or_default()
}

/// The id of a move of the lawful way.
///
/// Ownership: the text is not ended by a NUL, and lives as long as the refusal.
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when the way has no such step.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_refusal_route_move(
    refusal: *const lifestage_refusal,
    index: usize,
    id: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        view(id, "id", length, error, || {
            shared(refusal, "refusal")?.0.with(|refusal| {
                let step = way(refusal).get(index).ok_or_else(|| beyond("step", index))?;
                Ok(step.mv.as_str())
            })
        })
    }
}

/// A refusal in its JSON form: reasons with codes, words and parameters, and the route.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_refusal_json(
    refusal: *const lifestage_refusal,
    json: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        written(json, "json", error, || {
            shared(refusal, "refusal")?.0.with(|it| Ok(lifestage_wire::refusal(it)))
        })
    }
}

fn reason(refusal: &Refusal, index: usize) -> Result<&Reason, Fault> {
    refusal.reasons().get(index).ok_or_else(|| beyond("reason", index))
}

fn way(refusal: &Refusal) -> &[RouteStep] {
    refusal.route().map_or(&[], |route| &route.steps)
}

fn beyond(what: &str, index: usize) -> Fault {
    Fault::new(FaultCode::InvalidArgument, format!("there is no {what} {index}"))
}
