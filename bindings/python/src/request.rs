//! What is asked for.

use lifestage::{Digest, Expect, Target};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::{errors, json, time, value};

/// A wish to move a record: a move by its id, or a stage whatever move leads there.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct Request {
    pub(crate) inner: lifestage::Request,
}

#[pymethods]
impl Request {
    #[new]
    #[pyo3(signature = (r#move = None, *, to = None, input = None, expect_version = None, expect_visit = None, expect_meaning = None, key = None, force = None, backward = false, effective_at = None, batch = None, retries = 0))]
    #[expect(clippy::too_many_arguments, reason = "all but the move are keywords that may be left out")]
    fn new(
        py: Python<'_>,
        r#move: Option<&str>,
        to: Option<&str>,
        input: Option<&Bound<'_, PyAny>>,
        expect_version: Option<u64>,
        expect_visit: Option<u64>,
        expect_meaning: Option<&str>,
        key: Option<&str>,
        force: Option<&str>,
        backward: bool,
        effective_at: Option<&Bound<'_, PyAny>>,
        batch: Option<&str>,
        retries: u32,
    ) -> PyResult<Self> {
        let mut inner = match (r#move, to) {
            (Some(id), None) => lifestage::Request::mv(id),
            (None, Some(stage)) => lifestage::Request::to(stage),
            _ => {
                return Err(PyTypeError::new_err(
                    "a request is for a move or `to` a stage: give one of them",
                ));
            }
        };
        for (name, value) in value::fields_or_none(input)?.iter() {
            inner = inner.with_input(name, value.clone());
        }
        inner = match (expect_version, expect_visit) {
            (None, None) => inner,
            (Some(version), None) => inner.expecting_version(version),
            (None, Some(seq)) => inner.expecting_visit(seq),
            (Some(_), Some(_)) => {
                return Err(PyTypeError::new_err("a request expects a version or a visit, not both"));
            }
        };
        if let Some(meaning) = expect_meaning {
            let meaning: Digest = meaning.parse().map_err(|error| errors::invalid(py, format!("{error}")))?;
            inner = inner.expecting_meaning(meaning);
        }
        if let Some(key) = key {
            inner = inner.with_key(key);
        }
        if let Some(reason) = force {
            inner = inner.forced(reason);
        }
        if backward {
            inner = inner.allowing_backward();
        }
        if let Some(at) = effective_at {
            inner = inner.effective_at(time::timestamp(at)?);
        }
        if let Some(batch) = batch {
            inner = inner.in_batch(batch);
        }
        Ok(Self { inner: inner.retrying(retries) })
    }

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "request", text).map(|inner| Self { inner })
    }

    #[staticmethod]
    fn from_dict(document: &Bound<'_, PyDict>) -> PyResult<Self> {
        json::read_object("request", document.as_any()).map(|inner| Self { inner })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        json::write(py, &self.inner)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner)
    }

    #[getter]
    fn r#move(&self) -> Option<&str> {
        match self.inner.target() {
            Target::Move(id) => Some(id),
            Target::Stage(_) => None,
        }
    }

    #[getter]
    fn to(&self) -> Option<&str> {
        match self.inner.target() {
            Target::Stage(id) => Some(id),
            Target::Move(_) => None,
        }
    }

    #[getter]
    fn input<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::to_dict(py, self.inner.input())
    }

    #[getter]
    fn expect_version(&self) -> Option<u64> {
        match self.inner.expect() {
            Expect::Version(version) => Some(version),
            Expect::Anything | Expect::Visit(_) => None,
        }
    }

    #[getter]
    fn expect_visit(&self) -> Option<u64> {
        match self.inner.expect() {
            Expect::Visit(seq) => Some(seq),
            Expect::Anything | Expect::Version(_) => None,
        }
    }

    #[getter]
    fn key(&self) -> Option<&str> {
        self.inner.key()
    }

    #[getter]
    fn retries(&self) -> u32 {
        self.inner.retries()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = match self.inner.target() {
            Target::Move(id) => format!("Request({}", value::quoted(py, id)),
            Target::Stage(id) => format!("Request(to={}", value::quoted(py, id)),
        };
        if !self.inner.input().is_empty() {
            text += &format!(", input={}", self.input(py)?.repr()?);
        }
        match self.inner.expect() {
            Expect::Anything => {}
            Expect::Version(version) => text += &format!(", expect_version={version}"),
            Expect::Visit(seq) => text += &format!(", expect_visit={seq}"),
        }
        if let Some(key) = self.inner.key() {
            text += &format!(", key={}", value::quoted(py, key));
        }
        text.push(')');
        Ok(text)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(py)?,)))
    }
}
