//! What people type at a prompt or into a form, read as the cells of a list are.

use std::format;
use std::string::String;
use std::vec::Vec;

use smol_str::SmolStr;

use super::CellFault;
use super::values::{self, Unreadable};
use crate::pipeline::Pipeline;
use crate::request::Target;
use crate::value::Value;

/// Reads the value of a field of the pipeline, as a cell of a list is read.
///
/// ```
/// use lifestage::import::read_fact;
/// use lifestage::{Pipeline, Value, presets};
///
/// let lead = Pipeline::from_json(presets::LEAD)?;
/// assert_eq!(read_fact(&lead, "budget", "€ 7,500"), Ok(Value::Int(7500)));
/// let fault = read_fact(&lead, "bugdet", "7500").unwrap_err();
/// assert_eq!(fault.to_string(), "bugdet: the pipeline has no such field, did you mean `budget`?");
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
///
/// # Errors
/// [`CellFault`] when the pipeline has no such field, or the text is no value of its type.
pub fn read_fact(pipeline: &Pipeline, name: &str, text: &str) -> Result<Value, CellFault> {
    let fields = &pipeline.definition().fields;
    let Some(field) = fields.get(name) else {
        let near = values::near(name, fields.iter().map(|(name, _)| name.as_str()));
        return Err(fault(name, text, String::from("the pipeline has no such field"), near));
    };
    value(name, text, || values::value(name, field, text))
}

/// Reads the answer to something that a request for this target may ask for; see [`Pipeline::asks`].
///
/// # Errors
/// [`CellFault`] when it asks for nothing of this name, or the text is no answer of its type.
pub fn read_input(pipeline: &Pipeline, target: &Target, name: &str, text: &str) -> Result<Value, CellFault> {
    let asks = pipeline.asks(target);
    let Some(ask) = asks.iter().find(|ask| ask.name() == name) else {
        let near = values::near(name, asks.iter().map(|ask| ask.name()));
        return Err(fault(name, text, String::from("it is not asked for"), near));
    };
    value(name, text, || values::answer(name, ask.definition(), text))
}

/// The id of the stage that a text names, by id or by name, whatever its case and spacing (S22).
///
/// # Errors
/// [`CellFault`] when there is no such stage, or it is archived.
pub fn read_stage(pipeline: &Pipeline, text: &str) -> Result<SmolStr, CellFault> {
    values::stage(pipeline.catalog(), text).map_err(|unreadable| {
        let Unreadable { message, near } = unreadable;
        fault("", text, message, near)
    })
}

/// The id of the move that a text names, by id or by label, whatever its case and spacing.
///
/// # Errors
/// [`CellFault`] when there is no such move.
pub fn read_move(pipeline: &Pipeline, text: &str) -> Result<SmolStr, CellFault> {
    if pipeline.target_of(text).is_some() {
        return Ok(SmolStr::new(text));
    }
    let wanted = values::loose(text);
    let moves = || pipeline.policy().moves();
    let found = moves().find(|mv| values::loose(mv.id()) == wanted || values::loose(mv.label()) == wanted);
    found.map(|mv| SmolStr::new(mv.id())).ok_or_else(|| {
        let near = values::near(text, moves().flat_map(|mv| [mv.id(), mv.label()]));
        fault("", text, format!("no move is called `{}`", values::short(text.trim())), near)
    })
}

/// The one of the known names that a text was probably meant to be, whatever its case and spacing.
///
/// ```
/// use lifestage::import::nearest;
///
/// assert_eq!(nearest("closr", ["opener", "closer"]), Some("closer"));
/// assert_eq!(nearest("florist", ["opener", "closer"]), None);
/// ```
pub fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    values::nearest(text, known.into_iter())
}

fn value(name: &str, text: &str, read: impl Fn() -> Result<Value, Unreadable>) -> Result<Value, CellFault> {
    if text.trim().is_empty() {
        return Err(fault(name, text, String::from("it is blank"), Vec::new()));
    }
    if text.contains('\0') {
        return Err(fault(name, text, String::from("it has a NUL byte"), Vec::new()));
    }
    read().map_err(|Unreadable { message, near }| fault(name, text, message, near))
}

fn fault(column: &str, text: &str, message: String, near: Vec<String>) -> CellFault {
    CellFault { column: column.into(), text: values::short(text), message, near }
}
