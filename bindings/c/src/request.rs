//! What is asked for.

use lifestage::{Request, Timestamp, Value};
use lifestage_wire::Fault;

use crate::error::lifestage_error;
use crate::guard::{Guarded, exclusive, free, give, guard, out, text};
use crate::status::lifestage_status;

/// A wish to move a record.
///
/// Threads: may be read by several at once; changed by one.
pub struct lifestage_request(pub(crate) Guarded<Request>);

/// Asks for a move by its id: a button.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_move(
    id: *const u8,
    id_length: usize,
    request: *mut *mut lifestage_request,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { made(request, error, || Ok(Request::mv(text(id, id_length, "id")?))) }
}

/// Asks for a stage by its id, whatever move leads there: drag and drop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_stage(
    stage: *const u8,
    stage_length: usize,
    request: *mut *mut lifestage_request,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { made(request, error, || Ok(Request::to(text(stage, stage_length, "stage")?))) }
}

/// Reads a request from its JSON form: `move` or `to`, and what goes with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_from_json(
    json: *const u8,
    json_length: usize,
    request: *mut *mut lifestage_request,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { made(request, error, || lifestage_wire::read("request", text(json, json_length, "json")?)) }
}

/// Answers something that the move asks for; the answer is JSON: `"price"`, `5000`, `true`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_set_input(
    request: *mut lifestage_request,
    name: *const u8,
    name_length: usize,
    json: *const u8,
    json_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        changed(request, error, |request| {
            let name = text(name, name_length, "name")?;
            let value: Value = lifestage_wire::read(name, text(json, json_length, "json")?)?;
            Ok(request.with_input(name, value))
        })
    }
}

/// Asks on condition that the record is still at this version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_expect_version(
    request: *mut lifestage_request,
    version: u64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(request, error, |request| Ok(request.expecting_version(version))) }
}

/// Names the request, so that asking twice does it once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_set_key(
    request: *mut lifestage_request,
    key: *const u8,
    key_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(request, error, |request| Ok(request.with_key(text(key, key_length, "key")?))) }
}

/// Asks to go past the rules, for this reason. Needs the capability `force`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_force(
    request: *mut lifestage_request,
    reason: *const u8,
    reason_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(request, error, |request| Ok(request.forced(text(reason, reason_length, "reason")?))) }
}

/// Says when the move took effect, in microseconds since 1970, if not now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_effective_at(
    request: *mut lifestage_request,
    micros: i64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(request, error, |request| Ok(request.effective_at(Timestamp::from_micros(micros)))) }
}

/// Frees a request. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_request_free(request: *mut lifestage_request) {
    // SAFETY: a request that is not freed yet, or null.
    unsafe { free(request) }
}

unsafe fn made(
    place: *mut *mut lifestage_request,
    error: *mut *mut lifestage_error,
    make: impl FnOnce() -> Result<Request, Fault>,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let place = out(place, "request")?;
            give(place, lifestage_request(Guarded::new(make()?)));
            Ok(())
        })
    }
}

/// Changes a request, or leaves it as it was when that fails.
unsafe fn changed(
    request: *mut lifestage_request,
    error: *mut *mut lifestage_error,
    change: impl FnOnce(Request) -> Result<Request, Fault>,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            exclusive(request, "request")?.0.change(|request| {
                *request = change(request.clone())?;
                Ok(())
            })
        })
    }
}
