//! A definition, checked and compiled.

use lifestage::Pipeline;
use lifestage::catalog::StageIx;
use lifestage::criteria::{FieldType, SlotIx};
use lifestage::policy::MoveIx;
use lifestage_wire::{Fault, FaultCode};

use crate::buffer::{answered, lifestage_buffer};
use crate::error::lifestage_error;
use crate::guard::{Guarded, elements, free, give, guard, out, shared, text, view};
use crate::status::lifestage_status;

/// A definition, checked and compiled.
///
/// Threads: it never changes, and any number of threads may use it at once.
pub struct lifestage_pipeline(pub(crate) Guarded<Pipeline>);

/// No stage, as a position.
pub const LIFESTAGE_NO_STAGE: u32 = 65535;

/// Reads, checks and compiles a definition. `version` is the number that the host knows it by, from 1.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_DEFINITION`; the detail of the error lists all findings, each with code and
/// place. Warnings do not fail: the operation `describe` tells them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_from_json(
    json: *const u8,
    json_length: usize,
    version: u32,
    pipeline: *mut *mut lifestage_pipeline,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (json, place) = (text(json, json_length, "json")?, out(pipeline, "pipeline")?);
            let read = Pipeline::from_json(json)?.with_version(version);
            give(place, lifestage_pipeline(Guarded::new(read)));
            Ok(())
        })
    }
}

/// Asks a pipeline in JSON: `moves`, `decide`, `explain`, `route`, `revise` and the other operations that
/// `docs/operations.md` lists, with the members of `input` and the form of the answer. Pure: nothing is written
/// anywhere.
///
/// Errors: `LIFESTAGE_STATUS_UNKNOWN_OPERATION`, `LIFESTAGE_STATUS_INVALID_INPUT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_call(
    pipeline: *const lifestage_pipeline,
    operation: *const u8,
    operation_length: usize,
    input: *const u8,
    input_length: usize,
    answer: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        answered((operation, operation_length), (input, input_length), answer, error, |operation, input| {
            let pipeline = shared(pipeline, "pipeline")?;
            pipeline.0.with(|pipeline| lifestage_wire::pipeline_call(pipeline, operation, input))
        })
    }
}

/// Asks what needs no pipeline, in JSON: `check` a definition, judge `criteria`, `verify` a journal, and the other
/// operations that `docs/operations.md` lists.
///
/// Errors: `LIFESTAGE_STATUS_UNKNOWN_OPERATION`, `LIFESTAGE_STATUS_INVALID_INPUT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_call(
    operation: *const u8,
    operation_length: usize,
    input: *const u8,
    input_length: usize,
    answer: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        answered((operation, operation_length), (input, input_length), answer, error, lifestage_wire::call)
    }
}

/// How many stages there are; 0 for null. Positions count from 0 in the order of the definition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_stage_count(pipeline: *const lifestage_pipeline) -> u32 {
    // SAFETY: a pipeline that is not freed yet, or null.
    unsafe { count(pipeline, |pipeline| pipeline.catalog().stages().len()) }
}

/// How many listed moves there are; 0 for null. Positions count from 0 in the order of the definition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_move_count(pipeline: *const lifestage_pipeline) -> u32 {
    // SAFETY: a pipeline that is not freed yet, or null.
    unsafe { count(pipeline, |pipeline| pipeline.policy().moves().len()) }
}

/// How many slots the facts of a decision have; 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_slot_count(pipeline: *const lifestage_pipeline) -> u32 {
    // SAFETY: a pipeline that is not freed yet, or null.
    unsafe { count(pipeline, |pipeline| pipeline.scope().len()) }
}

/// The position of a stage, for the hot path.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none of this id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_stage_index(
    pipeline: *const lifestage_pipeline,
    id: *const u8,
    id_length: usize,
    index: *mut u32,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    let find = |pipeline: &Pipeline, id: &str| Some(pipeline.catalog().index_of(id)?.position().into());
    // SAFETY: the pointers are valid or null.
    unsafe { position(pipeline, "stage", id, id_length, index, error, find) }
}

/// The position of a move, for the hot path.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none of this id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_move_index(
    pipeline: *const lifestage_pipeline,
    id: *const u8,
    id_length: usize,
    index: *mut u32,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    let find = |pipeline: &Pipeline, id: &str| Some(pipeline.policy().index_of(id)?.position());
    // SAFETY: the pointers are valid or null.
    unsafe { position(pipeline, "move", id, id_length, index, error, find) }
}

/// The slot of a name that conditions may use: a field, or `input.` and an input.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when no condition can use it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_slot_index(
    pipeline: *const lifestage_pipeline,
    name: *const u8,
    name_length: usize,
    index: *mut u32,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    let find = |pipeline: &Pipeline, name: &str| {
        let (slot, _) = pipeline.scope().lookup(name)?;
        u32::try_from(slot.index()).ok()
    };
    // SAFETY: the pointers are valid or null.
    unsafe { position(pipeline, "slot", name, name_length, index, error, find) }
}

/// The number of a text that conditions compare a slot with: for facts given as symbols. 0 for every text that
/// no condition names.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is no such slot, or it has no texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_symbol(
    pipeline: *const lifestage_pipeline,
    slot: u32,
    value: *const u8,
    value_length: usize,
    symbol: *mut u32,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (value, place) = (text(value, value_length, "value")?, out(symbol, "symbol")?);
            let number = shared(pipeline, "pipeline")?.0.with(|pipeline| {
                let ix = SlotIx::new(slot);
                if pipeline.scope().field_type(ix) != Some(FieldType::String) {
                    return Err(unknown("slot with texts", &slot.to_string()));
                }
                Ok(pipeline.interner().symbol(ix, value).map_or(0, |symbol| symbol.number().into()))
            })?;
            place.write(number);
            Ok(())
        })
    }
}

/// The bits of roles, with those that they inherit from, for the hot path and batches. Roles that the definition
/// does not have are nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_roles(
    pipeline: *const lifestage_pipeline,
    roles: *const *const u8,
    lengths: *const usize,
    count: usize,
    bits: *mut u64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let place = out(bits, "bits")?;
            let (roles, lengths) = (elements(roles, count, "roles")?, elements(lengths, count, "lengths")?);
            let ids: Result<Vec<&str>, Fault> =
                roles.iter().zip(lengths).map(|(role, length)| text(*role, *length, "roles")).collect();
            let ids = ids?;
            let set = shared(pipeline, "pipeline")?.0.with(|pipeline| Ok(pipeline.roles().set(&ids)))?;
            place.write(set.bits());
            Ok(())
        })
    }
}

/// The id of the stage at a position.
///
/// Ownership: the text is not ended by a NUL, and lives as long as the pipeline.
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_stage_id(
    pipeline: *const lifestage_pipeline,
    index: u32,
    id: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    fn find(pipeline: &Pipeline, index: u32) -> Option<&str> {
        Some(pipeline.catalog().at(StageIx::new(u16::try_from(index).ok()?))?.id())
    }
    // SAFETY: the pointers are valid or null.
    unsafe { named(pipeline, "stage", index, id, length, error, find) }
}

/// The id of the move at a position.
///
/// Ownership: the text is not ended by a NUL, and lives as long as the pipeline.
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_move_id(
    pipeline: *const lifestage_pipeline,
    index: u32,
    id: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    fn find(pipeline: &Pipeline, index: u32) -> Option<&str> {
        Some(pipeline.policy().at(MoveIx::new(index))?.id())
    }
    // SAFETY: the pointers are valid or null.
    unsafe { named(pipeline, "move", index, id, length, error, find) }
}

/// The id of the pipeline.
///
/// Ownership: the text is not ended by a NUL, and lives as long as the pipeline.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_id(
    pipeline: *const lifestage_pipeline,
    id: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { named(pipeline, "pipeline", 0, id, length, error, |pipeline, _| Some(pipeline.id())) }
}

/// Frees a pipeline. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_free(pipeline: *mut lifestage_pipeline) {
    // SAFETY: a pipeline that is not freed yet, or null.
    unsafe { free(pipeline) }
}

unsafe fn count(pipeline: *const lifestage_pipeline, of: impl FnOnce(&Pipeline) -> usize) -> u32 {
    // SAFETY: a pipeline that is not freed yet, or null.
    let pipeline = unsafe { pipeline.as_ref() };
    let counted = pipeline.and_then(|pipeline| pipeline.0.with(|pipeline| Ok(of(pipeline))).ok());
    counted.and_then(|counted| u32::try_from(counted).ok()).unwrap_or_default()
}

unsafe fn position(
    pipeline: *const lifestage_pipeline,
    what: &str,
    id: *const u8,
    id_length: usize,
    index: *mut u32,
    error: *mut *mut lifestage_error,
    find: impl FnOnce(&Pipeline, &str) -> Option<u32>,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (id, place) = (text(id, id_length, "id")?, out(index, "index")?);
            let found = shared(pipeline, "pipeline")?.0.with(|pipeline| Ok(find(pipeline, id)))?;
            place.write(found.ok_or_else(|| unknown(what, id))?);
            Ok(())
        })
    }
}

unsafe fn named(
    pipeline: *const lifestage_pipeline,
    what: &str,
    index: u32,
    id: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
    find: impl FnOnce(&Pipeline, u32) -> Option<&str>,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        view(id, "id", length, error, || {
            let pipeline = shared(pipeline, "pipeline")?;
            pipeline.0.with(|it| find(it, index).ok_or_else(|| unknown(what, &index.to_string())))
        })
    }
}

fn unknown(what: &str, which: &str) -> Fault {
    Fault::new(FaultCode::InvalidArgument, format!("the pipeline has no {what} `{which}`"))
}
