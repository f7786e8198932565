//! What went wrong, for those who want to know more than the status.

use lifestage_wire::Fault;

use crate::guard::{free, shared, view};
use crate::status::{self, lifestage_status};

/// What went wrong: a code, words for a person, and more for a program. Owned by the caller.
///
/// Threads: once made it never changes, and may be read by several at once.
pub struct lifestage_error {
    status: lifestage_status,
    name: String,
    message: String,
    detail: String,
}

impl lifestage_error {
    pub(crate) fn new(fault: &Fault) -> Self {
        Self {
            status: status::of(fault.code()),
            // A NUL after the last byte, for those who print it as it is.
            name: format!("{}\0", fault.code().name()),
            message: format!("{}\0", fault.message().replace('\0', "\u{fffd}")),
            detail: fault.detail().map_or_else(|| "null\0".to_owned(), |detail| format!("{detail}\0")),
        }
    }
}

/// The status that came with the error; `LIFESTAGE_STATUS_OK` for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_error_status(error: *const lifestage_error) -> lifestage_status {
    // SAFETY: an error that is not freed yet, or null.
    unsafe { error.as_ref() }.map_or(status::OK, |error| error.status)
}

/// The stable name of the status, such as `no_record`, with a NUL after the last byte that `length` does not count.
///
/// Ownership: the text lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_error_name(
    error: *const lifestage_error,
    name: *mut *const u8,
    length: *mut usize,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { part(error, name, length, |error| &error.name) }
}

/// What went wrong, for a person, with a NUL after the last byte that `length` does not count.
///
/// Ownership: the text lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_error_message(
    error: *const lifestage_error,
    message: *mut *const u8,
    length: *mut usize,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { part(error, message, length, |error| &error.message) }
}

/// More for a program, as JSON: `findings` of a definition, `errors` of a criterion, or `null`; with a NUL
/// after the last byte that `length` does not count.
///
/// Ownership: the text lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_error_detail(
    error: *const lifestage_error,
    detail: *mut *const u8,
    length: *mut usize,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { part(error, detail, length, |error| &error.detail) }
}

/// Frees an error. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_error_free(error: *mut lifestage_error) {
    // SAFETY: an error that is not freed yet, or null.
    unsafe { free(error) }
}

/// Hands out a text whose last byte, a NUL, is not counted.
unsafe fn part(
    error: *const lifestage_error,
    data: *mut *const u8,
    length: *mut usize,
    of: impl Fn(&lifestage_error) -> &str,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        // The view is of the NUL too: behind a shorter one it would be out of bounds for who reads it.
        let status = view(data, "data", length, std::ptr::null_mut(), || Ok(of(shared(error, "error")?)));
        if status == status::OK {
            length.write(length.read() - 1);
        }
        status
    }
}
