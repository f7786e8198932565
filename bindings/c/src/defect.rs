//! A defect on purpose, so that programs can show what becomes of one. The library has no way to it.

use crate::error::lifestage_error;
use crate::guard::{guard, shared};
use crate::pipeline::lifestage_pipeline;
use crate::status::lifestage_status;

/// Panics while it works with a pipeline.
///
/// # Safety
/// `pipeline` is not freed yet, `error` is null or may be written.
#[expect(clippy::panic, reason = "it is there to panic")]
pub unsafe fn in_a_pipeline(
    pipeline: *const lifestage_pipeline,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the caller says so of both.
    unsafe { guard(error, || shared(pipeline, "pipeline")?.0.with(|_| panic!("a defect"))) }
}
