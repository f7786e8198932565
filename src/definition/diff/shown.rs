//! Members of a document as texts.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use crate::catalog::Outcome;
use crate::criteria::{FieldType, Source};
use crate::definition::{
    ActionKind, ActionTrigger, Channel, ExitScope, FieldFormat, MoveKind, Named, Repeat,
};
use crate::time::Span;
use crate::value::Value;

/// A member that can be compared and put into words.
pub(super) trait Shown {
    /// The text of it; none when it is left out of the document.
    fn shown(&self) -> Option<String>;

    /// Whether the document says the same.
    fn same(&self, other: &Self) -> bool;
}

/// Shows a type by `$shown`, which gets the value.
macro_rules! shown {
    ($($type:ty: |$value:ident| $shown:expr;)*) => {$(
        impl Shown for $type {
            fn shown(&self) -> Option<String> {
                let $value = self;
                $shown
            }

            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

shown! {
    bool: |on| on.then(|| String::from("true"));
    SmolStr: |text| (!text.is_empty()).then(|| text.to_string());
    String: |text| (!text.is_empty()).then(|| text.clone());
    Vec<SmolStr>: |list| (!list.is_empty()).then(|| list.join(", "));
    Named<Vec<SmolStr>>: |hours| (!hours.is_empty()).then(|| days(hours));
    Option<u8>: |number| number.map(|number| number.to_string());
    Option<u32>: |number| number.map(|number| number.to_string());
    Option<Span>: |span| span.map(|span| span.to_string());
    Value: |value| Some(value.to_string());
    Outcome: |outcome| Some(outcome.to_string());
    FieldType: |field_type| Some(field_type.to_string());
    Option<FieldFormat>: |format| format.as_ref().and_then(word);
    ActionKind: |kind| word(kind);
    Channel: |channel| word(channel);
    ActionTrigger: |trigger| unless_default(trigger);
    Repeat: |repeat| unless_default(repeat);
    MoveKind: |kind| unless_default(kind);
    ExitScope: |scope| unless_default(scope);
}

/// Conditions are the same when they are written the same: the meaning of a definition counts the
/// text and not what it amounts to.
impl Shown for Option<&Source> {
    fn shown(&self) -> Option<String> {
        self.map(ToString::to_string)
    }

    fn same(&self, other: &Self) -> bool {
        self == other && self.shown() == other.shown()
    }
}

/// The working hours of a week.
fn days(hours: &Named<Vec<SmolStr>>) -> String {
    let day = |(day, hours): (&SmolStr, &Vec<SmolStr>)| match hours.as_slice() {
        [] => alloc::format!("{day} never"),
        hours => alloc::format!("{day} {}", hours.join(" and ")),
    };
    hours.iter().map(day).collect::<Vec<String>>().join(", ")
}

/// The word that a document has for it.
fn word(value: &impl Serialize) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Some(word),
        _ => None,
    }
}

fn unless_default<T: Default + PartialEq + Serialize>(value: &T) -> Option<String> {
    if *value == T::default() { None } else { word(value) }
}
