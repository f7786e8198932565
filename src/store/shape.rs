use alloc::format;
use alloc::string::String;

use super::{StoreError, StoreErrorKind};
use crate::change::SealedChange;
use crate::journal::RowKind;
use crate::value::{Fields, Value};

/// Checks that the parts of a change fit each other and can be stored: what every store does
/// before it writes anything.
///
/// # Errors
/// [`StoreErrorKind::Invalid`], saying which part does not fit.
pub fn check_shape(change: &SealedChange) -> Result<(), StoreError> {
    fault(change).map_or(Ok(()), |what| {
        let message = format!("malformed change of `{}`: {what}", change.record.id);
        Err(StoreError::new(StoreErrorKind::Invalid, message))
    })
}

fn fault(change: &SealedChange) -> Option<String> {
    let SealedChange { record, row, effects, expected_version, expected_seq, .. } = change;
    let fits = |fits: bool, what: &str| (!fits).then(|| String::from(what));
    let by_number = || {
        let numbers = [record.version, record.seq, record.visit, row.refers_to.unwrap_or(0)];
        let largest = i64::MAX.unsigned_abs();
        fits(numbers.iter().all(|number| *number <= largest), "a number is larger than 63 bits")
    };
    fits(!record.id.is_empty(), "the record has no id")
        .or_else(|| fits(row.record == record.id, "the row belongs to another record"))
        .or_else(|| fits(row.pipeline == record.pipeline, "the row belongs to another pipeline"))
        .or_else(|| {
            fits((*expected_version == 0) == (*expected_seq == 0), "it expects version or row 0 alone")
        })
        .or_else(|| {
            fits(expected_seq.checked_add(1) == Some(row.seq), "the row is not the one after the expected")
        })
        .or_else(|| fits(record.seq == row.seq, "the record does not end at the row"))
        .or_else(|| fits(record.version >= *expected_version && record.version > 0, "the version goes back"))
        .or_else(|| fits(record.version == row.version_after, "the record is not at the version of the row"))
        .or_else(|| fits(record.head == row.hash, "the record does not keep the hash of the row"))
        .or_else(|| fits(row.key.is_some() == row.request.is_some(), "a key needs a request digest and back"))
        .or_else(|| {
            let fit = row.origin.is_none() || row.kind == RowKind::Migration;
            fits(fit, "only a migration tells where a record came from")
        })
        .or_else(by_number)
        .or_else(|| {
            let in_place = effects.iter().zip(0_u64..).all(|(effect, index)| {
                effect.record == record.id && effect.seq == row.seq && u64::from(effect.index) == index
            });
            fits(in_place, "an effect belongs elsewhere or is out of order")
        })
        .or_else(|| {
            let facts = row.facts.iter().flat_map(|fact| fact.old.iter().chain(&fact.new));
            let proposals = record.memory.proposals.iter().map(|proposal| &proposal.input);
            let fields = [&record.fields, &row.input];
            let sets = fields.into_iter().chain(effects.iter().map(|effect| &effect.args)).chain(proposals);
            let finite = sets.flat_map(Fields::iter).map(|(_, value)| value).chain(facts).all(is_finite);
            fits(finite, "a number is infinite or not a number")
        })
}

const fn is_finite(value: &Value) -> bool {
    !matches!(value, Value::Double(number) if !number.is_finite())
}
