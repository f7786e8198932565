//! All that one decision writes.

use lifestage::SealedChange;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::record::Record;
use crate::row::Row;
use crate::{json, time, value};

/// All that one decision writes: the record after, its history row, its effects, and what to compare.
///
/// A host with tables of its own writes it in its own transaction, on condition that the record is still at
/// `expected_version`; otherwise it writes nothing and answers with a conflict.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Change {
    pub(crate) inner: SealedChange,
}

#[pymethods]
impl Change {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("record", "row", "effects");

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "change", text).map(|inner| Self { inner })
    }

    #[staticmethod]
    fn from_dict(document: &Bound<'_, PyDict>) -> PyResult<Self> {
        json::read_object("change", document.as_any()).map(|inner| Self { inner })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        json::write(py, &self.inner)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner)
    }

    #[getter]
    fn record(&self) -> Record {
        Record::from(self.inner.record.clone())
    }

    #[getter]
    fn row(&self) -> Row {
        Row::from(self.inner.row.clone())
    }

    #[getter]
    fn effects<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let effects: PyResult<Vec<_>> = self
            .inner
            .effects
            .iter()
            .map(|effect| Bound::new(py, Effect { inner: effect.clone() }))
            .collect();
        PyTuple::new(py, effects?)
    }

    /// What becomes of effects of earlier rows, in the JSON form.
    #[getter]
    fn updates<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner.updates)
    }

    #[getter]
    fn expected_version(&self) -> u64 {
        self.inner.expected_version
    }

    #[getter]
    fn expected_seq(&self) -> u64 {
        self.inner.expected_seq
    }

    #[getter]
    fn meaning(&self) -> Option<String> {
        self.inner.meaning.map(|meaning| meaning.to_string())
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!(
            "Change({}, to={}, expected_version={}, effects={})",
            value::quoted(py, self.inner.record.id()),
            value::quoted_or_none(py, self.inner.record.stage()),
            self.inner.expected_version,
            self.inner.effects.len()
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(py)?,)))
    }
}

/// One piece of work that a change asks for, with everything fixed that delivery needs.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Effect {
    pub(crate) inner: lifestage::Effect,
}

#[pymethods]
impl Effect {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("kind", "action", "args");

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "effect", text).map(|inner| Self { inner })
    }

    #[staticmethod]
    fn from_dict(document: &Bound<'_, PyDict>) -> PyResult<Self> {
        json::read_object("effect", document.as_any()).map(|inner| Self { inner })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        json::write(py, &self.inner)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner)
    }

    #[getter]
    fn id(&self) -> String {
        self.inner.id().to_string()
    }

    #[getter]
    fn record(&self) -> &str {
        &self.inner.record
    }

    #[getter]
    fn seq(&self) -> u64 {
        self.inner.seq
    }

    #[getter]
    fn index(&self) -> u16 {
        self.inner.index
    }

    #[getter]
    fn action(&self) -> &str {
        &self.inner.action
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.inner.kind.name()
    }

    #[getter]
    fn trigger(&self) -> &'static str {
        self.inner.trigger.name()
    }

    #[getter]
    fn visit(&self) -> u64 {
        self.inner.visit
    }

    #[getter]
    fn at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.at)
    }

    #[getter]
    fn due<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.due)
    }

    #[getter]
    fn assignee(&self) -> Option<&str> {
        self.inner.assignee.as_deref()
    }

    #[getter]
    fn args<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::to_dict(py, &self.inner.args)
    }

    #[getter]
    fn missing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.missing)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (id, kind) = (value::quoted(py, &self.id()), value::quoted(py, self.kind()));
        let action = value::quoted(py, &self.inner.action);
        Ok(format!("Effect({id}, kind={kind}, action={action}, args={})", self.args(py)?.repr()?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(py)?,)))
    }
}
