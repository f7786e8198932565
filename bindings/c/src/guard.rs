//! What stands between C and the library: pointers are taken apart, panics are caught, handles that a panic went
//! through are closed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};

use lifestage_wire::{Fault, FaultCode};

use crate::error::lifestage_error;
use crate::status::{self, lifestage_status};

/// A value behind a handle, which nobody gets at any more after a panic.
pub(crate) struct Guarded<T> {
    poisoned: AtomicBool,
    value: T,
}

impl<T> Guarded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { poisoned: AtomicBool::new(false), value }
    }

    /// Uses the value.
    #[inline]
    pub(crate) fn with<'a, R>(&'a self, using: impl FnOnce(&'a T) -> Result<R, Fault>) -> Result<R, Fault> {
        self.check()?;
        match catch_unwind(AssertUnwindSafe(|| using(&self.value))) {
            Ok(done) => done,
            Err(panic) => Err(self.poison(&*panic)),
        }
    }

    /// The value, for a call whose net is that of another handle.
    pub(crate) fn peek(&self) -> Result<&T, Fault> {
        self.check()?;
        Ok(&self.value)
    }

    /// Changes the value.
    pub(crate) fn change<R>(
        &mut self,
        changing: impl FnOnce(&mut T) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.check()?;
        match catch_unwind(AssertUnwindSafe(|| changing(&mut self.value))) {
            Ok(done) => done,
            Err(panic) => Err(self.poison(&*panic)),
        }
    }

    #[inline]
    fn check(&self) -> Result<(), Fault> {
        if self.poisoned.load(Ordering::Relaxed) { Err(poisoned()) } else { Ok(()) }
    }

    #[cold]
    fn poison(&self, panic: &(dyn std::any::Any + Send)) -> Fault {
        self.poisoned.store(true, Ordering::Relaxed);
        panicked(panic)
    }
}

#[cold]
fn poisoned() -> Fault {
    Fault::new(FaultCode::Poisoned, "the handle was in use when the library panicked; free it")
}

#[cold]
fn panicked(panic: &(dyn std::any::Any + Send)) -> Fault {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Fault::new(FaultCode::Panic, format!("the library panicked: {}", said.unwrap_or("no message")))
}

/// Runs what a function does, and turns what comes of it into a status and, if the caller wants it, an error.
#[inline]
pub(crate) unsafe fn guard(
    error: *mut *mut lifestage_error,
    run: impl FnOnce() -> Result<(), Fault>,
) -> lifestage_status {
    let done = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(panicked(&*panic)));
    match done {
        Ok(()) => status::OK,
        Err(fault) => {
            // SAFETY: the caller gives a pointer that may be written, or null.
            unsafe { tell(error, fault) }
        }
    }
}

/// The same for a function that does all it does with one handle: the net of the handle is enough.
#[inline]
pub(crate) unsafe fn guard_one<T>(
    handle: Option<&Guarded<T>>,
    name: &str,
    error: *mut *mut lifestage_error,
    run: impl FnOnce(&T) -> Result<(), Fault>,
) -> lifestage_status {
    let done = match handle {
        Some(handle) => handle.with(run),
        None => Err(null(name)),
    };
    match done {
        Ok(()) => status::OK,
        Err(fault) => {
            // SAFETY: the caller gives a pointer that may be written, or null.
            unsafe { tell(error, fault) }
        }
    }
}

#[cold]
unsafe fn tell(error: *mut *mut lifestage_error, fault: Fault) -> lifestage_status {
    let status = status::of(fault.code());
    if !error.is_null() {
        // SAFETY: not null, and the caller says that it may be written.
        unsafe { error.write(Box::into_raw(Box::new(lifestage_error::new(&fault)))) };
    }
    status
}

#[cold]
fn null(name: &str) -> Fault {
    Fault::new(FaultCode::NullArgument, format!("`{name}` is null"))
}

/// A struct that the caller filled, of which nothing is known before its size is: the first member of each.
pub(crate) unsafe fn sized<'a, T>(given: *const T, name: &str) -> Result<&'a T, Fault> {
    placed(given, name)?;
    let size: *const u32 = given.cast();
    // SAFETY: not null, aligned; the caller says that there is at least the first member.
    let size = unsafe { size.read() } as usize;
    if size != size_of::<T>() {
        let message = format!("`struct_size` of `{name}` is {size}, not {}", size_of::<T>());
        return Err(Fault::new(FaultCode::InvalidArgument, message));
    }
    // SAFETY: it has the size that it should have.
    Ok(unsafe { &*given })
}

/// A struct of one size for ever, that the caller filled.
pub(crate) unsafe fn filled<'a, T>(given: *const T, name: &str) -> Result<&'a T, Fault> {
    placed(given, name)?;
    // SAFETY: not null, aligned; the caller says that it is there.
    Ok(unsafe { &*given })
}

/// What is neither null nor where nothing of its type can be.
#[inline]
pub(crate) fn placed<T>(given: *const T, name: &str) -> Result<(), Fault> {
    if given.is_null() {
        return Err(null(name));
    }
    if !given.is_aligned() {
        return Err(Fault::new(FaultCode::InvalidArgument, format!("`{name}` is not aligned")));
    }
    Ok(())
}

/// A handle that is only read.
#[inline]
pub(crate) unsafe fn shared<'a, T>(handle: *const T, name: &str) -> Result<&'a T, Fault> {
    // SAFETY: the caller gives a handle that is not freed while it is in use.
    unsafe { handle.as_ref() }.ok_or_else(|| null(name))
}

/// A handle that is changed, by nobody else meanwhile.
pub(crate) unsafe fn exclusive<'a, T>(handle: *mut T, name: &str) -> Result<&'a mut T, Fault> {
    // SAFETY: the caller gives a handle that nobody else uses meanwhile.
    unsafe { handle.as_mut() }.ok_or_else(|| null(name))
}

/// A place for an answer, which is written only when there is one.
#[inline]
pub(crate) fn out<T>(place: *mut T, name: &str) -> Result<NonNull<T>, Fault> {
    NonNull::new(place).ok_or_else(|| null(name))
}

/// Hands a new handle to the caller.
pub(crate) unsafe fn give<T>(place: NonNull<*mut T>, handle: T) {
    // SAFETY: the caller says that it may be written.
    unsafe { place.write(Box::into_raw(Box::new(handle))) };
}

/// Takes a handle back and drops it; null is nothing.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // A value that panics when it is dropped must not unwind into C.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: it came from `give`, and the caller gives it back once.
            drop(unsafe { Box::from_raw(handle) });
        }));
    }
}

/// Elements that lie one after the other; null is allowed when there are none.
#[inline]
pub(crate) unsafe fn elements<'a, T>(first: *const T, count: usize, name: &str) -> Result<&'a [T], Fault> {
    if count == 0 {
        return Ok(&[]);
    }
    placed(first, name)?;
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        let message = format!("`{name}` cannot have {count} elements");
        return Err(Fault::new(FaultCode::InvalidArgument, message));
    }
    // SAFETY: not null, aligned, of a size that can be; the caller says that they are there.
    Ok(unsafe { slice::from_raw_parts(first, count) })
}

/// A text: UTF-8, not terminated.
#[inline]
pub(crate) unsafe fn text<'a>(data: *const u8, length: usize, name: &str) -> Result<&'a str, Fault> {
    // SAFETY: as for `elements`.
    let bytes = unsafe { elements(data, length, name) }?;
    std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("`{name}` is not UTF-8 from byte {} on", error.valid_up_to());
        Fault::new(FaultCode::InvalidUtf8, message)
    })
}

/// Hands out a view of a text that lives in a handle.
pub(crate) unsafe fn view<'a>(
    data: *mut *const u8,
    name: &str,
    length: *mut usize,
    error: *mut *mut lifestage_error,
    find: impl FnOnce() -> Result<&'a str, Fault>,
) -> lifestage_status {
    // SAFETY: the pointers may be written, or are null.
    unsafe {
        guard(error, || {
            let (data, length) = (out(data, name)?, out(length, "length")?);
            let text = find()?;
            data.write(text.as_ptr());
            length.write(text.len());
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_closes_the_handle_that_it_went_through_and_no_other() {
        let (mut handle, other) = (Guarded::new(7), Guarded::new(8));
        let fault = handle.with(|_| -> Result<(), Fault> { panic!("a defect") }).unwrap_err();
        assert_eq!((fault.code(), fault.message()), (FaultCode::Panic, "the library panicked: a defect"));
        assert_eq!(handle.with(|value| Ok(*value)).unwrap_err().code(), FaultCode::Poisoned);
        assert_eq!(handle.change(|value| Ok(*value)).unwrap_err().code(), FaultCode::Poisoned);
        assert_eq!(other.with(|value| Ok(*value)).unwrap(), 8);
    }

    #[test]
    fn a_panic_outside_of_handles_is_a_status() {
        let mut error = std::ptr::null_mut();
        // SAFETY: the place may be written.
        let status = unsafe { guard(&raw mut error, || panic!("{}", "a defect")) };
        assert_eq!(status, 415);
        // SAFETY: it was just given.
        unsafe { free(error) };
    }
}
