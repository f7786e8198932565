//! What moves.

use lifestage::{Fields, Record, Timestamp, Value};

use crate::buffer::{lifestage_buffer, written};
use crate::error::lifestage_error;
use crate::guard::{Guarded, exclusive, free, give, guard, out, shared, text, view};
use crate::status::lifestage_status;
use lifestage_wire::{Fault, FaultCode};

/// A record as a decision sees it: id, stage, version, owner, facts.
///
/// Threads: may be read by several at once; changed by one.
pub struct lifestage_record(pub(crate) Guarded<Record>);

/// Makes a record that is in no stage and has no facts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_new(
    id: *const u8,
    id_length: usize,
    record: *mut *mut lifestage_record,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (id, place) = (text(id, id_length, "id")?, out(record, "record")?);
            give(place, lifestage_record(Guarded::new(Record::new(id))));
            Ok(())
        })
    }
}

/// Reads a record from its JSON form: what `lifestage_record_json` gives, and what stores keep.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_INPUT` names the place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_from_json(
    json: *const u8,
    json_length: usize,
    record: *mut *mut lifestage_record,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (json, place) = (text(json, json_length, "json")?, out(record, "record")?);
            let read: Record = lifestage_wire::read("record", json)?;
            give(place, lifestage_record(Guarded::new(read)));
            Ok(())
        })
    }
}

/// Puts a record in a stage.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_stage(
    record: *mut lifestage_record,
    stage: *const u8,
    stage_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        let set = |record: Record| Ok(record.in_stage(text(stage, stage_length, "stage")?));
        changed(record, error, set)
    }
}

/// Says at which version a record is: what the host compares when it writes the change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_version(
    record: *mut lifestage_record,
    version: u64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(record, error, |record| Ok(record.at_version(version))) }
}

/// Says since when a record is in its stage, in microseconds since 1970.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_entered_at(
    record: *mut lifestage_record,
    micros: i64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(record, error, |record| Ok(record.since(Timestamp::from_micros(micros)))) }
}

/// Says whose record it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_owner(
    record: *mut lifestage_record,
    owner: *const u8,
    owner_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(record, error, |record| Ok(record.owned_by(text(owner, owner_length, "owner")?))) }
}

/// Gives a record a fact that is a text; timestamps are RFC 3339, durations such as `90m`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_text(
    record: *mut lifestage_record,
    name: *const u8,
    name_length: usize,
    value: *const u8,
    value_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        changed(record, error, |record| {
            let (name, value) = (text(name, name_length, "name")?, text(value, value_length, "value")?);
            Ok(record.with(name, value))
        })
    }
}

/// Gives a record a fact that is a whole number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_int(
    record: *mut lifestage_record,
    name: *const u8,
    name_length: usize,
    value: i64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(record, error, |record| Ok(record.with(text(name, name_length, "name")?, value))) }
}

/// Gives a record a fact that is a number with a fraction. It has to be finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_double(
    record: *mut lifestage_record,
    name: *const u8,
    name_length: usize,
    value: f64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        changed(record, error, |record| {
            let name = text(name, name_length, "name")?;
            if !value.is_finite() {
                let message = format!("`{name}` is {value}, which is no value that can be kept");
                return Err(Fault::new(FaultCode::InvalidArgument, message));
            }
            Ok(record.with(name, value))
        })
    }
}

/// Gives a record a fact that is true (other than 0) or false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_bool(
    record: *mut lifestage_record,
    name: *const u8,
    name_length: usize,
    value: u32,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { changed(record, error, |record| Ok(record.with(text(name, name_length, "name")?, value != 0))) }
}

/// Gives a record several facts, as a JSON object by name; lists of texts are only to be given so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_set_facts(
    record: *mut lifestage_record,
    json: *const u8,
    json_length: usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        changed(record, error, |record| {
            let facts: Fields = lifestage_wire::read("facts", text(json, json_length, "json")?)?;
            Ok(facts.iter().fold(record, |record, (name, value)| record.with(name, Value::clone(value))))
        })
    }
}

/// The id of a record.
///
/// Ownership: the text is not ended by a NUL, and lives until the record is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_id(
    record: *const lifestage_record,
    id: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { view(id, "id", length, error, || shared(record, "record")?.0.with(|record| Ok(record.id()))) }
}

/// The stage of a record; of length 0 when it is in none.
///
/// Ownership: the text is not ended by a NUL, and lives until the record is changed or freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_stage(
    record: *const lifestage_record,
    stage: *mut *const u8,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        view(stage, "stage", length, error, || {
            shared(record, "record")?.0.with(|record| Ok(record.stage().unwrap_or_default()))
        })
    }
}

/// The version of a record; 0 for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_version(record: *const lifestage_record) -> u64 {
    // SAFETY: a record that is not freed yet, or null.
    let record = unsafe { record.as_ref() };
    record.and_then(|record| record.0.with(|record| Ok(record.version())).ok()).unwrap_or_default()
}

/// A record in its JSON form, whole: what a host keeps to give it back to `lifestage_record_from_json`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_json(
    record: *const lifestage_record,
    json: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe { written(json, "json", error, || shared(record, "record")?.0.with(lifestage_wire::write)) }
}

/// Frees a record. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_record_free(record: *mut lifestage_record) {
    // SAFETY: a record that is not freed yet, or null.
    unsafe { free(record) }
}

/// Changes a record, or leaves it as it was when that fails.
unsafe fn changed(
    record: *mut lifestage_record,
    error: *mut *mut lifestage_error,
    change: impl FnOnce(Record) -> Result<Record, Fault>,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            exclusive(record, "record")?.0.change(|record| {
                *record = change(record.clone())?;
                Ok(())
            })
        })
    }
}
