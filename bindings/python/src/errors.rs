//! Raising the exceptions of `lifestage.errors`, which are written in Python.

use std::error::Error;

use lifestage_wire::Fault;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use crate::catalog::Finding;

static DEFINITION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static CRITERIA: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static FAULT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static BATCH: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static INVALID: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static NOT_FOUND: PyOnceLock<Py<PyType>> = PyOnceLock::new();

fn made(cell: &PyOnceLock<Py<PyType>>, py: Python<'_>, name: &str, args: Bound<'_, PyTuple>) -> PyErr {
    match cell.import(py, "lifestage.errors", name).and_then(|class| class.call1(args)) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// A definition that cannot become a pipeline.
pub(crate) fn definition(py: Python<'_>, error: &lifestage::DefinitionError) -> PyErr {
    let findings: PyResult<Vec<_>> =
        error.findings().iter().map(|finding| Py::new(py, Finding::from(finding))).collect();
    let args =
        findings.and_then(|findings| (error.to_string(), PyTuple::new(py, findings)?).into_pyobject(py));
    args.map_or_else(|error| error, |args| made(&DEFINITION, py, "DefinitionError", args))
}

/// A condition that cannot be read, with every fault found.
pub(crate) fn criteria(py: Python<'_>, errors: &[lifestage::criteria::CriteriaError]) -> PyErr {
    let told = |error: &lifestage::criteria::CriteriaError| {
        let fault = (
            crate::criteria::kind_name(error.kind()),
            error.to_string(),
            error.offset(),
            error.suggestion().map(str::to_owned),
        );
        FAULT.import(py, "lifestage.errors", "CriteriaFault")?.call1(fault)
    };
    let message: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let faults: PyResult<Vec<_>> = errors.iter().map(told).collect();
    let args = faults.and_then(|faults| (message.join("; "), PyTuple::new(py, faults)?).into_pyobject(py));
    args.map_or_else(|error| error, |args| made(&CRITERIA, py, "CriteriaError", args))
}

/// Columns that do not go together.
pub(crate) fn batch(py: Python<'_>, message: impl Into<String>) -> PyErr {
    one_text(&BATCH, py, "BatchError", message.into())
}

/// Input that is none of what was asked for.
pub(crate) fn invalid(py: Python<'_>, message: impl Into<String>) -> PyErr {
    one_text(&INVALID, py, "InvalidInput", message.into())
}

/// Something named that is not there.
pub(crate) fn not_found(py: Python<'_>, message: impl Into<String>) -> PyErr {
    one_text(&NOT_FOUND, py, "NotFound", message.into())
}

/// A workspace that was closed.
pub(crate) fn closed(py: Python<'_>) -> PyErr {
    let kind = lifestage::store::StoreErrorKind::Closed;
    fault(py, &Fault::from(lifestage::store::StoreError::new(kind, "the workspace is closed")))
}

/// A call that could not be answered: the exception that a host's store raised, if it was that, or one of ours.
pub(crate) fn fault(py: Python<'_>, fault: &Fault) -> PyErr {
    static OF_FAULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let mut source: Option<&(dyn Error + 'static)> = fault.source();
    while let Some(error) = source {
        if let Some(raised) = error.downcast_ref::<PyErr>() {
            return raised.clone_ref(py);
        }
        source = error.source();
    }
    let detail = fault.detail().map(ToString::to_string);
    let args = (fault.code().number(), fault.message(), detail);
    match OF_FAULT.import(py, "lifestage.errors", "of_fault").and_then(|make| make.call1(args)) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

fn one_text(cell: &PyOnceLock<Py<PyType>>, py: Python<'_>, name: &str, message: String) -> PyErr {
    match (message,).into_pyobject(py) {
        Ok(args) => made(cell, py, name, args),
        Err(error) => error,
    }
}
