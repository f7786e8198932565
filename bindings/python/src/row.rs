//! Rows of history.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::{json, time, value};

/// A stage as it was on the day: its id, and the label and outcome that history keeps.
#[pyclass(frozen, eq, hash, module = "lifestage")]
#[derive(PartialEq, Eq, Hash, Clone)]
pub(crate) struct StageMark {
    #[pyo3(get)]
    id: String,
    #[pyo3(get)]
    label: String,
    outcome: &'static str,
}

impl From<&lifestage::journal::StageMark> for StageMark {
    fn from(mark: &lifestage::journal::StageMark) -> Self {
        Self { id: mark.id.to_string(), label: mark.label.to_string(), outcome: mark.outcome.name() }
    }
}

#[pymethods]
impl StageMark {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("id",);

    #[getter]
    fn outcome(&self) -> &'static str {
        self.outcome
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (id, label) = (value::quoted(py, &self.id), value::quoted(py, &self.label));
        format!("StageMark({id}, label={label}, outcome={})", value::quoted(py, self.outcome))
    }
}

/// One fact before and after.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct FactChange {
    inner: lifestage::journal::FactChange,
}

#[pymethods]
impl FactChange {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("name", "old", "new");

    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    #[getter]
    fn old<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.old.as_ref().map(|old| value::to_python(py, old)).transpose()
    }

    #[getter(new)]
    fn new_value<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.new.as_ref().map(|new| value::to_python(py, new)).transpose()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = value::quoted(py, &self.inner.name);
        let shown = |side: Option<Bound<'_, PyAny>>| match side {
            Some(side) => side.repr().map(|repr| repr.to_string()),
            None => Ok("None".to_owned()),
        };
        Ok(format!("FactChange({name}, {}, {})", shown(self.old(py)?)?, shown(self.new_value(py)?)?))
    }
}

/// One row of a record's history. Rows are never changed; a correction is a new row.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct Row {
    pub(crate) inner: lifestage::journal::Row,
}

impl From<lifestage::journal::Row> for Row {
    fn from(inner: lifestage::journal::Row) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Row {
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "history row", text).map(|inner| Self { inner })
    }

    #[staticmethod]
    fn from_dict(document: &Bound<'_, PyDict>) -> PyResult<Self> {
        json::read_object("history row", document.as_any()).map(|inner| Self { inner })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        json::write(py, &self.inner)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner)
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
    fn kind(&self) -> &'static str {
        self.inner.kind.name()
    }

    #[getter]
    fn pipeline(&self) -> &str {
        &self.inner.pipeline
    }

    #[getter]
    fn definition(&self) -> u32 {
        self.inner.definition
    }

    #[getter]
    fn r#move(&self) -> Option<&str> {
        self.inner.mv.as_deref()
    }

    #[getter(from_stage)]
    fn stage_before(&self) -> Option<StageMark> {
        self.inner.from.as_ref().map(StageMark::from)
    }

    #[getter]
    fn to_stage(&self) -> Option<StageMark> {
        self.inner.to.as_ref().map(StageMark::from)
    }

    #[getter]
    fn direction(&self) -> Option<&'static str> {
        self.inner.direction.map(lifestage::journal::Direction::name)
    }

    #[getter]
    fn actor(&self) -> &str {
        &self.inner.actor
    }

    #[getter]
    fn automation(&self) -> bool {
        self.inner.automation
    }

    #[getter]
    fn forced(&self) -> bool {
        self.inner.forced
    }

    #[getter]
    fn reason(&self) -> Option<&str> {
        self.inner.reason.as_deref()
    }

    #[getter]
    fn input<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::to_dict(py, &self.inner.input)
    }

    #[getter]
    fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let facts: PyResult<Vec<_>> =
            self.inner.facts.iter().map(|fact| Bound::new(py, FactChange { inner: fact.clone() })).collect();
        PyTuple::new(py, facts?)
    }

    #[getter]
    fn refers_to(&self) -> Option<u64> {
        self.inner.refers_to
    }

    #[getter]
    fn effective_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::datetime(py, self.inner.effective_at)
    }

    #[getter]
    fn recorded_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        time::datetime(py, self.inner.recorded_at)
    }

    #[getter]
    fn key(&self) -> Option<&str> {
        self.inner.key.as_deref()
    }

    #[getter]
    fn batch(&self) -> Option<&str> {
        self.inner.batch.as_deref()
    }

    #[getter]
    fn version_after(&self) -> u64 {
        self.inner.version_after
    }

    #[getter]
    fn previous(&self) -> String {
        self.inner.previous.to_string()
    }

    #[getter]
    fn hash(&self) -> String {
        self.inner.hash.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let Self { inner } = self;
        let stage = |mark: &Option<lifestage::journal::StageMark>| {
            value::quoted_or_none(py, mark.as_ref().map(|mark| mark.id.as_str()))
        };
        format!(
            "Row({}, seq={}, kind={}, from_stage={}, to_stage={}, actor={})",
            value::quoted(py, &inner.record),
            inner.seq,
            value::quoted(py, inner.kind.name()),
            stage(&inner.from),
            stage(&inner.to),
            value::quoted(py, &inner.actor)
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(py)?,)))
    }
}
