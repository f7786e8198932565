//! Why not.

use lifestage::SmolStr;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::{json, value};

/// One reason against a request: a stable code, words for a person, and parameters for a program.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct Reason {
    pub(crate) inner: lifestage::Reason,
}

#[pymethods]
impl Reason {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("code", "message", "parameters");

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "reason", text).map(|inner| Self { inner })
    }

    #[getter]
    fn code(&self) -> &'static str {
        self.inner.code().name()
    }

    #[getter]
    fn number(&self) -> u16 {
        self.inner.code().number()
    }

    #[getter]
    fn message(&self) -> &str {
        self.inner.message()
    }

    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::to_dict(py, self.inner.parameters())
    }

    fn __str__(&self) -> &str {
        self.inner.message()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Reason({}, {})", value::quoted(py, self.code()), value::quoted(py, self.inner.message()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let json = json::write(py, &self.inner)?;
        Ok((py.get_type::<Self>().getattr("from_json")?, (json,)))
    }
}

/// The reasons as Python sees them.
pub(crate) fn reasons<'py>(py: Python<'py>, reasons: &[lifestage::Reason]) -> PyResult<Bound<'py, PyTuple>> {
    let reasons: PyResult<Vec<_>> =
        reasons.iter().map(|reason| Bound::new(py, Reason { inner: reason.clone() })).collect();
    PyTuple::new(py, reasons?)
}

/// Every reason against a request, and the way that would be lawful.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct Refusal {
    pub(crate) inner: lifestage::Refusal,
}

#[pymethods]
impl Refusal {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("reasons", "route");

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "refusal", text).map(|inner| Self { inner })
    }

    /// Reads the form that `to_dict` gives.
    #[staticmethod]
    fn from_dict(document: &Bound<'_, PyDict>) -> PyResult<Self> {
        json::read_object("refusal", document.as_any()).map(|inner| Self { inner })
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner)
    }

    #[getter]
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        reasons(py, self.inner.reasons())
    }

    #[getter]
    fn codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.codes().map(lifestage::ReasonCode::name))
    }

    #[getter]
    fn route(&self) -> Option<Route> {
        self.inner.route().cloned().map(Route::from)
    }

    /// Whether this code is among the reasons.
    fn has(&self, code: &str) -> bool {
        self.inner.codes().any(|own| own.name() == code)
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Refusal({}, {})", self.codes(py)?.repr()?, value::quoted(py, &self.inner.to_string())))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let json = json::write(py, &self.inner)?;
        Ok((py.get_type::<Self>().getattr("from_json")?, (json,)))
    }
}

/// The shortest lawful way from one stage to another.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct Route {
    inner: lifestage::Route,
}

impl From<lifestage::Route> for Route {
    fn from(inner: lifestage::Route) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Route {
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "route", text).map(|inner| Self { inner })
    }

    #[getter]
    fn steps<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let steps: PyResult<Vec<_>> =
            self.inner.steps.iter().map(|step| Bound::new(py, RouteStep { inner: step.clone() })).collect();
        PyTuple::new(py, steps?)
    }

    #[getter]
    fn moves<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.steps.iter().map(|step| &step.mv))
    }

    fn __len__(&self) -> usize {
        self.inner.steps.len()
    }

    fn __bool__(&self) -> bool {
        true
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Route({})", value::quoted(py, &self.inner.to_string()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let json = json::write(py, &self.inner)?;
        Ok((py.get_type::<Self>().getattr("from_json")?, (json,)))
    }
}

/// One step of a route.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct RouteStep {
    inner: lifestage::RouteStep,
}

#[pymethods]
impl RouteStep {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("move", "to");

    #[getter]
    fn r#move(&self) -> &str {
        &self.inner.mv
    }

    #[getter]
    fn label(&self) -> &str {
        &self.inner.label
    }

    #[getter]
    fn to(&self) -> &str {
        &self.inner.to
    }

    #[getter]
    fn asks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.asks)
    }

    #[getter]
    fn conditions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.conditions.iter().map(SmolStr::as_str))
    }

    #[getter]
    fn approval(&self) -> bool {
        self.inner.approval
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("RouteStep({}, to={})", value::quoted(py, &self.inner.mv), value::quoted(py, &self.inner.to))
    }
}
