//! Whether a value fits a declared type.

use alloc::string::String;

use smol_str::SmolStr;

use crate::criteria::{FieldType, Slot};
use crate::value::Value;

/// Why `value` does not fit, if it does not: the wrong type, or not among the values allowed.
pub(crate) fn unfit(field_type: FieldType, one_of: &[SmolStr], value: &Value) -> Option<String> {
    if matches!(Slot::bind(value, field_type), Slot::Wrong) {
        return Some(alloc::format!("it is not of the type {field_type}"));
    }
    if one_of.is_empty() {
        return None;
    }
    let allowed = |text: &SmolStr| one_of.contains(text);
    let fits = match value {
        Value::Text(text) => allowed(text),
        Value::List(texts) => texts.iter().all(allowed),
        _ => true,
    };
    let quoted = one_of.iter().map(|text| alloc::format!("`{text}`"));
    (!fits).then(|| alloc::format!("it is not one of {}", quoted.collect::<alloc::vec::Vec<_>>().join(", ")))
}
