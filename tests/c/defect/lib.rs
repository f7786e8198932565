//! What `defect.c` links in the place of the library: the same, and one function that has a defect.

use std::ffi::c_void;

/// Panics while it works with a pipeline.
///
/// # Safety
/// `pipeline` is a `lifestage_pipeline` that is not freed yet, `error` null or a place for a `lifestage_error *`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn defect(pipeline: *const c_void, error: *mut *mut c_void) -> i32 {
    // SAFETY: the same is asked of the caller.
    unsafe { lifestage_c::defect::in_a_pipeline(pipeline.cast(), error.cast()) }
}
