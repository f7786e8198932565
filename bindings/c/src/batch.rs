//! Many requests at once: columns in, a column out.

use std::slice;

use lifestage::criteria::SlotIx;
use lifestage::{Batch, Bits, Column, Numbers};
use lifestage_wire::{Fault, FaultCode};

use crate::error::lifestage_error;
use crate::guard::{elements, guard, placed, shared, sized, text};
use crate::hot::LIFESTAGE_WHO_FORWARD_ONLY;
use crate::pipeline::lifestage_pipeline;
use crate::status::lifestage_status;

/// `int64_t`: whole numbers.
pub const LIFESTAGE_COLUMN_INT: u32 = 1;
/// `uint32_t`: whole numbers that are never negative.
pub const LIFESTAGE_COLUMN_NATURAL: u32 = 2;
/// `double`: numbers with a fraction.
pub const LIFESTAGE_COLUMN_DOUBLE: u32 = 3;
/// `uint8_t`: texts by their numbers, from `lifestage_pipeline_symbol`.
pub const LIFESTAGE_COLUMN_SYMBOL: u32 = 4;
/// `lifestage_text`: texts.
pub const LIFESTAGE_COLUMN_TEXT: u32 = 5;
/// `uint8_t`: one bit of each, `bit`.
pub const LIFESTAGE_COLUMN_BOOL: u32 = 6;
/// `int64_t`: timestamps or durations in microseconds.
pub const LIFESTAGE_COLUMN_MICROS: u32 = 7;

/// A text in a column.
#[repr(C)]
pub struct lifestage_text {
    /// Its bytes, in UTF-8.
    pub data: *const u8,
    /// How many.
    pub length: usize,
}

/// The values of one slot, one for each row.
#[repr(C)]
pub struct lifestage_column {
    /// The slot, from `lifestage_pipeline_slot_index`.
    pub slot: u32,
    /// One of `LIFESTAGE_COLUMN_...`.
    pub kind: u32,
    /// As many values as the batch has rows, of the type that `kind` says.
    pub values: *const std::ffi::c_void,
    /// Which bit of each byte of `values` it is, from 0 to 7; for bools.
    pub bit: u32,
    /// Which bit of each byte of `present` it is, from 0 to 7.
    pub present_bit: u32,
    /// A byte for each row, with a bit that says whether it has a value; null when all have one.
    pub present: *const u8,
}

/// Requests as columns. Set `struct_size` to `sizeof(lifestage_batch)`, and the rest to 0 first.
#[repr(C)]
pub struct lifestage_batch {
    /// `sizeof(lifestage_batch)`.
    pub struct_size: u32,
    /// `LIFESTAGE_WHO_FORWARD_ONLY` when the actors are automations.
    pub flags: u32,
    /// How many requests there are.
    pub rows: usize,
    /// The position of each record's stage; the greatest number of the type is no stage.
    pub stages: *const std::ffi::c_void,
    /// The position of each move.
    pub moves: *const std::ffi::c_void,
    /// The bits of the roles of each actor.
    pub roles: *const std::ffi::c_void,
    /// The bytes of one number in `stages`: 1, 2, 4 or 8.
    pub stages_width: u32,
    /// The bytes of one number in `moves`: 1, 2, 4 or 8.
    pub moves_width: u32,
    /// The bytes of one number in `roles`: 1, 2, 4 or 8.
    pub roles_width: u32,
    /// Which bit of each byte of `owners` it is, from 0 to 7.
    pub owners_bit: u32,
    /// A byte for each row, with a bit that says whether the actor owns the record; null when none does.
    pub owners: *const u8,
    /// The facts.
    pub facts: *const lifestage_column,
    /// How many columns of facts there are.
    pub fact_count: usize,
}

/// Judges many requests: for each row a code as `lifestage_pipeline_verdict` gives it, in `codes` of `codes_width`
/// bytes each: 2, or 1, where the codes are the same modulo 256 and the pipeline may have no more than 250 stages.
///
/// `codes` must not overlap a column.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_BATCH`; what is in `codes` is of no use then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_decide_batch(
    pipeline: *const lifestage_pipeline,
    batch: *const lifestage_batch,
    codes: *mut std::ffi::c_void,
    codes_width: u32,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (pipeline, given) = (shared(pipeline, "pipeline")?, sized(batch, "batch")?);
            if given.flags & !LIFESTAGE_WHO_FORWARD_ONLY != 0 {
                return Err(invalid(
                    "`flags` has other bits than `LIFESTAGE_WHO_FORWARD_ONLY`; `owners` says who owns",
                ));
            }
            // Texts are looked at once, before anything is judged.
            let columns = elements(given.facts, given.fact_count, "facts")?;
            let texts: Vec<Vec<&str>> =
                columns.iter().map(|column| texts(column, given.rows)).collect::<Result<_, _>>()?;
            let mut asked = Batch::new(
                numbers(given.stages, given.stages_width, given.rows, "stages")?,
                numbers(given.moves, given.moves_width, given.rows, "moves")?,
                numbers(given.roles, given.roles_width, given.rows, "roles")?,
            );
            for (column, texts) in columns.iter().zip(&texts) {
                let (slot, values) = (SlotIx::new(column.slot), values(column, texts, given.rows)?);
                asked = if column.present.is_null() {
                    asked.with(slot, values)
                } else {
                    let present = bits(column.present, column.present_bit, given.rows, "present")?;
                    asked.with_some(slot, values, present)
                };
            }
            if !given.owners.is_null() {
                asked = asked.owned(bits(given.owners, given.owners_bit, given.rows, "owners")?);
            }
            if given.flags & LIFESTAGE_WHO_FORWARD_ONLY != 0 {
                asked = asked.forward_only();
            }
            pipeline.0.with(|pipeline| {
                let judged = match codes_width {
                    1 => pipeline.decide_batch(&asked, places::<u8>(codes, given.rows)?),
                    2 => pipeline.decide_batch(&asked, places::<u16>(codes, given.rows)?),
                    _ => return Err(invalid("`codes_width` is neither 1 nor 2")),
                };
                judged.map_err(|error| Fault::new(FaultCode::InvalidBatch, error.to_string()))
            })
        })
    }
}

fn invalid(message: &str) -> Fault {
    Fault::new(FaultCode::InvalidBatch, message)
}

unsafe fn numbers<'a>(
    first: *const std::ffi::c_void,
    width: u32,
    rows: usize,
    name: &str,
) -> Result<Numbers<'a>, Fault> {
    // SAFETY: the caller gives as many numbers of that width.
    unsafe {
        Ok(match width {
            1 => elements::<u8>(first.cast(), rows, name)?.into(),
            2 => elements::<u16>(first.cast(), rows, name)?.into(),
            4 => elements::<u32>(first.cast(), rows, name)?.into(),
            8 => elements::<u64>(first.cast(), rows, name)?.into(),
            _ => return Err(invalid(&format!("the width of `{name}` is none of 1, 2, 4 and 8"))),
        })
    }
}

unsafe fn bits<'a>(first: *const u8, bit: u32, rows: usize, name: &str) -> Result<Bits<'a>, Fault> {
    let bit = u8::try_from(bit).ok().filter(|bit| *bit < 8);
    let bit = bit.ok_or_else(|| invalid(&format!("the bit of `{name}` is not one of 0 to 7")))?;
    // SAFETY: the caller gives a byte for each row.
    Ok(Bits { column: unsafe { elements(first, rows, name) }?, bit })
}

unsafe fn values<'a>(
    column: &lifestage_column,
    texts: &'a [&'a str],
    rows: usize,
) -> Result<Column<'a>, Fault> {
    let first = column.values;
    // SAFETY: the caller gives as many values of the type that the kind says.
    unsafe {
        Ok(match column.kind {
            LIFESTAGE_COLUMN_INT => Column::Ints(elements(first.cast(), rows, "values")?),
            LIFESTAGE_COLUMN_NATURAL => Column::Naturals(elements(first.cast(), rows, "values")?),
            LIFESTAGE_COLUMN_DOUBLE => Column::Doubles(elements(first.cast(), rows, "values")?),
            LIFESTAGE_COLUMN_SYMBOL => Column::Symbols(elements(first.cast(), rows, "values")?),
            LIFESTAGE_COLUMN_TEXT => Column::Texts(texts),
            LIFESTAGE_COLUMN_BOOL => Column::Bools(bits(first.cast(), column.bit, rows, "values")?),
            LIFESTAGE_COLUMN_MICROS => Column::Micros(elements(first.cast(), rows, "values")?),
            kind => return Err(invalid(&format!("there is no kind of column {kind}"))),
        })
    }
}

/// The texts of a column that has any.
unsafe fn texts<'a>(column: &lifestage_column, rows: usize) -> Result<Vec<&'a str>, Fault> {
    if column.kind != LIFESTAGE_COLUMN_TEXT {
        return Ok(Vec::new());
    }
    // SAFETY: the caller gives as many texts, each with its bytes.
    unsafe {
        let given: &[lifestage_text] = elements(column.values.cast(), rows, "values")?;
        given.iter().map(|one| text(one.data, one.length, "values")).collect()
    }
}

unsafe fn places<'a, T>(first: *mut std::ffi::c_void, rows: usize) -> Result<&'a mut [T], Fault> {
    if rows == 0 {
        return Ok(&mut []);
    }
    let first: *mut T = first.cast();
    placed(first, "codes")?;
    // SAFETY: not null, aligned; the caller says that as many may be written. Nothing may be there yet, which no slice
    // of numbers may have: until it is judged, a row has the code of what does not start here.
    unsafe {
        first.write_bytes(u8::MAX, rows);
        Ok(slice::from_raw_parts_mut(first, rows))
    }
}
