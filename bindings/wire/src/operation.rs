//! The table of operations: what there is, what each takes, and what carries it out.

use lifestage::Pipeline;
use serde_json::Value as Json;

use crate::fault::{Fault, FaultCode};
use crate::input::Input;
use crate::workspace::Crm;

/// One operation that hosts in every language have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// What it is carried out on.
    pub on: On,
    /// Its name.
    pub name: &'static str,
    /// The members that its input has, in order, a `?` after those that may be left out.
    pub takes: &'static str,
    /// What it does, in a sentence.
    pub says: &'static str,
}

/// What an operation is carried out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// Nothing but its input: [`call`](crate::call).
    Nothing,
    /// A pipeline: [`pipeline_call`](crate::pipeline_call).
    Pipeline,
    /// A workspace: [`workspace_call`](crate::workspace_call).
    Workspace,
}

impl Operation {
    /// The members of its input, each with whether it has to be there.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, bool)> + use<> {
        self.takes.split_ascii_whitespace().map(|name| match name.strip_suffix('?') {
            Some(name) => (name, false),
            None => (name, true),
        })
    }
}

pub(crate) type Outcome = Result<Json, Fault>;
pub(crate) type Free = fn(&Input<'_>) -> Outcome;
pub(crate) type OnPipeline = fn(&Pipeline, &Input<'_>) -> Outcome;
pub(crate) type OnWorkspace = fn(&Crm, &Input<'_>) -> Outcome;

/// An operation with what carries it out.
pub(crate) struct Entry<F: 'static> {
    pub(crate) operation: Operation,
    pub(crate) run: F,
}

impl<F> Entry<F> {
    const fn new(on: On, name: &'static str, takes: &'static str, says: &'static str, run: F) -> Self {
        Self { operation: Operation { on, name, takes, says }, run }
    }
}

pub(crate) const fn free(
    name: &'static str,
    takes: &'static str,
    says: &'static str,
    run: Free,
) -> Entry<Free> {
    Entry::new(On::Nothing, name, takes, says, run)
}

pub(crate) const fn on_pipeline(
    name: &'static str,
    takes: &'static str,
    says: &'static str,
    run: OnPipeline,
) -> Entry<OnPipeline> {
    Entry::new(On::Pipeline, name, takes, says, run)
}

pub(crate) const fn on_workspace(
    name: &'static str,
    takes: &'static str,
    says: &'static str,
    run: OnWorkspace,
) -> Entry<OnWorkspace> {
    Entry::new(On::Workspace, name, takes, says, run)
}

/// Every operation, those on one thing together.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    let free = crate::free::TABLE.iter().map(|entry| &entry.operation);
    let pipeline = crate::pipeline::table().map(|entry| &entry.operation);
    free.chain(pipeline).chain(crate::workspace::table().map(|entry| &entry.operation))
}

/// What carries out the operation of this name, and its input.
pub(crate) fn ask<'t, F: Copy + 'static>(
    on: On,
    mut table: impl Iterator<Item = &'static Entry<F>>,
    name: &str,
    input: &'t str,
) -> Result<(F, Input<'t>), Fault> {
    let Some(entry) = table.find(|entry| entry.operation.name == name) else {
        let of = match on {
            On::Nothing => "that needs nothing but its input",
            On::Pipeline => "of a pipeline",
            On::Workspace => "of a workspace",
        };
        return Err(Fault::new(FaultCode::UnknownOperation, format!("there is no operation `{name}` {of}")));
    };
    Ok((entry.run, Input::read(&entry.operation, input)?))
}
