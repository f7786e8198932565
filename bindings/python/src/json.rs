//! JSON through Python's own reader and writer, so that documents keep the order of their keys.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::errors;

/// The text of a Python object; times are written as texts.
pub(crate) fn dumps<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    static DUMPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let text = DUMPS.import(object.py(), "lifestage._json", "dumps")?.call1((object,))?;
    Ok(text.cast_into::<PyString>()?)
}

/// The Python object of a text.
pub(crate) fn loads<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    LOADS.import(py, "json", "loads")?.call1((text,))
}

/// Reads a value of the core.
pub(crate) fn read<T: DeserializeOwned>(py: Python<'_>, what: &str, text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| errors::invalid(py, format!("no {what}: {error}")))
}

/// Reads a value of the core from Python's dictionaries.
pub(crate) fn read_object<T: DeserializeOwned>(what: &str, object: &Bound<'_, PyAny>) -> PyResult<T> {
    read(object.py(), what, dumps(object)?.to_str()?)
}

/// Writes a value of the core.
pub(crate) fn write(py: Python<'_>, value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| errors::invalid(py, error.to_string()))
}

/// A value of the core as Python's dictionaries.
pub(crate) fn object<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    loads(py, &write(py, value)?)
}
