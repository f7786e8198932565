//! Texts that belong to the caller.

use lifestage_wire::{Fault, FaultCode};

use crate::error::lifestage_error;
use crate::guard::{elements, exclusive, free, give, guard, out, text};
use crate::status::lifestage_status;

/// Bytes that the library hands out or a callback fills. Owned by whoever has it, but for the one that a callback is
/// given, which it only fills.
///
/// Threads: may be read by several at once; written by one.
pub struct lifestage_buffer {
    /// The bytes, with a NUL after the last one.
    bytes: Vec<u8>,
}

impl lifestage_buffer {
    pub(crate) fn of(text: String) -> Self {
        let mut bytes = text.into_bytes();
        bytes.push(0);
        Self { bytes }
    }

    pub(crate) fn empty() -> Self {
        Self { bytes: vec![0] }
    }

    /// The text in it.
    pub(crate) fn into_text(mut self) -> Result<String, Fault> {
        self.bytes.pop();
        String::from_utf8(self.bytes)
            .map_err(|_| Fault::new(FaultCode::InvalidUtf8, "what the host wrote is not UTF-8"))
    }
}

/// Hands out a text in a buffer of its own.
pub(crate) unsafe fn written(
    buffer: *mut *mut lifestage_buffer,
    name: &str,
    error: *mut *mut lifestage_error,
    write: impl FnOnce() -> Result<String, Fault>,
) -> lifestage_status {
    // SAFETY: the pointers may be written, or are null.
    unsafe {
        guard(error, || {
            let place = out(buffer, name)?;
            give(place, lifestage_buffer::of(write()?));
            Ok(())
        })
    }
}

/// Hands out what an operation answers.
pub(crate) unsafe fn answered(
    operation: (*const u8, usize),
    input: (*const u8, usize),
    answer: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
    call: impl FnOnce(&str, &str) -> Result<String, Fault>,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        written(answer, "answer", error, || {
            call(text(operation.0, operation.1, "operation")?, text(input.0, input.1, "input")?)
        })
    }
}

/// Makes an empty buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_buffer_new(
    buffer: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            give(out(buffer, "buffer")?, lifestage_buffer::empty());
            Ok(())
        })
    }
}

/// The bytes, with a NUL after the last one. Null for null.
///
/// Ownership: they live until the buffer is written to or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_buffer_data(buffer: *const lifestage_buffer) -> *const u8 {
    // SAFETY: a buffer that is not freed yet, or null.
    unsafe { buffer.as_ref() }.map_or(std::ptr::null(), |buffer| buffer.bytes.as_ptr())
}

/// How many bytes there are, without the NUL. 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_buffer_length(buffer: *const lifestage_buffer) -> usize {
    // SAFETY: a buffer that is not freed yet, or null.
    unsafe { buffer.as_ref() }.map_or(0, |buffer| buffer.bytes.len().saturating_sub(1))
}

/// Writes bytes behind those that are there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_buffer_write(
    buffer: *mut lifestage_buffer,
    data: *const u8,
    length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let buffer = exclusive(buffer, "buffer")?;
            let data: &[u8] = elements(data, length, "data")?;
            buffer.bytes.pop();
            buffer.bytes.extend_from_slice(data);
            buffer.bytes.push(0);
            Ok(())
        })
    }
}

/// Frees a buffer. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_buffer_free(buffer: *mut lifestage_buffer) {
    // SAFETY: a buffer that is not freed yet, or null.
    unsafe { free(buffer) }
}
