//! Every operation of lifestage as JSON in and JSON out: what the bindings for other languages are made of.
//!
//! An operation has a name and takes one JSON object; [`operations`] is the table of all of them. The forms
//! of records, requests and answers are those of the vectors in `tests/vectors`, which every language runs.
//! A refusal is an answer, with `"outcome": "refused"`; a [`Fault`] is a call that could not be answered.
//!
//! ```
//! use lifestage::{Pipeline, presets};
//!
//! let lead = Pipeline::from_json(presets::LEAD)?;
//! let answer = lifestage_wire::pipeline_call(
//!     &lead,
//!     "moves",
//!     r#"{"record": {"id": "lead-42", "stage": "new"}, "actor": {"id": "sam", "roles": ["sales"]}, "now": "2026-03-02T09:00:00Z"}"#,
//! )?;
//! assert!(answer.contains(r#""label":"Mark contacted""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A store that is written in another language is a [`Host`]: one call by name for each method of a store.
//! [`HostStore`] makes a [`Store`](lifestage::store::Store) of it, and [`serve`] is the other side.
#![forbid(unsafe_code)]

mod answer;
mod brief;
mod fault;
mod free;
mod host;
mod input;
mod list;
mod operation;
mod pipeline;
mod serve;
mod wish;
mod workspace;

use lifestage::{Pipeline, Refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use brief::decide_briefly;
pub use fault::{Fault, FaultCode};
pub use host::{Host, HostStore};
pub use operation::{On, Operation, operations};
pub use serve::serve;
pub use workspace::{Crm, open};

/// Reads any value of the library from its JSON form; `what` is what the fault calls it.
///
/// # Errors
/// [`Fault`] that names the place.
pub fn read<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, Fault> {
    serde_json::from_str(json)
        .map_err(|error| Fault::new(FaultCode::InvalidInput, format!("`{what}`: {error}")))
}

/// Writes any value of the library in its JSON form.
///
/// # Errors
/// [`Fault`] when it has none.
pub fn write(value: &impl Serialize) -> Result<String, Fault> {
    Ok(answer::to_json(value)?.to_string())
}

/// A refusal in the form that operations give it.
pub fn refusal(refusal: &Refusal) -> String {
    answer::refused(refusal).to_string()
}

/// Carries out an operation that needs nothing but its input.
///
/// # Errors
/// [`Fault`] when there is no such operation, or the input is not what it takes.
pub fn call(operation: &str, input: &str) -> Result<String, Fault> {
    let (run, input) = operation::ask(On::Nothing, free::TABLE.iter(), operation, input)?;
    Ok(run(&input)?.to_string())
}

/// Carries out an operation on a pipeline. Pure: nothing is written anywhere.
///
/// # Errors
/// [`Fault`] when there is no such operation, or the input is not what it takes.
pub fn pipeline_call(pipeline: &Pipeline, operation: &str, input: &str) -> Result<String, Fault> {
    let (run, input) = operation::ask(On::Pipeline, pipeline::table(), operation, input)?;
    Ok(run(pipeline, &input)?.to_string())
}

/// Carries out an operation on a workspace.
///
/// # Errors
/// [`Fault`] when there is no such operation, the input is not what it takes, what it is about does not exist, or
/// the store fails.
pub fn workspace_call(crm: &Crm, operation: &str, input: &str) -> Result<String, Fault> {
    let (run, input) = operation::ask(On::Workspace, workspace::table(), operation, input)?;
    Ok(run(crm, &input)?.to_string())
}
