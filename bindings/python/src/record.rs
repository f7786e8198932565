//! The thing that moves.

use lifestage::Link;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString, PyTuple};

use crate::{errors, json, time, value};

/// The snapshot of a lead, contact, customer or deal: all that a decision needs of it.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Record {
    pub(crate) inner: lifestage::Record,
}

impl From<lifestage::Record> for Record {
    fn from(inner: lifestage::Record) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Record {
    #[new]
    #[pyo3(signature = (id, *, stage = None, fields = None, owner = None, version = 0, pipeline = None, entered_at = None, links = None))]
    #[expect(clippy::too_many_arguments, reason = "all but the id are keywords that may be left out")]
    fn new(
        id: &str,
        stage: Option<&str>,
        fields: Option<&Bound<'_, PyAny>>,
        owner: Option<&str>,
        version: u64,
        pipeline: Option<&str>,
        entered_at: Option<&Bound<'_, PyAny>>,
        links: Option<&Bound<'_, PyMapping>>,
    ) -> PyResult<Self> {
        let mut inner = lifestage::Record::new(id).at_version(version);
        if let Some(stage) = stage {
            inner = inner.in_stage(stage);
        }
        if let Some(owner) = owner {
            inner = inner.owned_by(owner);
        }
        if let Some(pipeline) = pipeline {
            inner = inner.in_pipeline(pipeline);
        }
        if let Some(at) = entered_at {
            inner = inner.since(time::timestamp(at)?);
        }
        for (name, value) in value::fields_or_none(fields)?.iter() {
            inner = inner.with(name, value.clone());
        }
        if let Some(links) = links {
            for entry in links.items()?.iter() {
                let (name, target): (Bound<'_, PyString>, Bound<'_, PyString>) = entry.extract()?;
                inner = inner.linked_to(link(&name)?, target.to_str()?);
            }
        }
        Ok(Self { inner })
    }

    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        json::read(py, "record", text).map(|inner| Self { inner })
    }

    #[staticmethod]
    fn from_dict(document: &Bound<'_, PyDict>) -> PyResult<Self> {
        json::read_object("record", document.as_any()).map(|inner| Self { inner })
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        json::write(py, &self.inner)
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner)
    }

    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    #[getter]
    fn pipeline(&self) -> &str {
        self.inner.pipeline()
    }

    #[getter]
    fn stage(&self) -> Option<&str> {
        self.inner.stage()
    }

    #[getter]
    fn version(&self) -> u64 {
        self.inner.version()
    }

    #[getter]
    fn seq(&self) -> u64 {
        self.inner.seq()
    }

    #[getter]
    fn visit(&self) -> u64 {
        self.inner.visit()
    }

    #[getter]
    fn entered_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.entered_at())
    }

    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.created_at())
    }

    #[getter]
    fn last_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.last_at())
    }

    #[getter]
    fn closed_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.closed_at())
    }

    #[getter]
    fn trashed_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.trashed_at())
    }

    #[getter]
    fn owner(&self) -> Option<&str> {
        self.inner.owner()
    }

    #[getter]
    fn lost_reason(&self) -> Option<&str> {
        self.inner.lost_reason()
    }

    #[getter]
    fn presence(&self) -> &'static str {
        self.inner.presence().name()
    }

    #[getter]
    fn definition(&self) -> u32 {
        self.inner.definition()
    }

    #[getter]
    fn head(&self) -> String {
        self.inner.head().to_string()
    }

    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::to_dict(py, self.inner.fields())
    }

    #[getter]
    fn links<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let links = PyDict::new(py);
        for (link, target) in self.inner.links().iter() {
            links.set_item(link.name(), target)?;
        }
        Ok(links)
    }

    #[getter]
    fn queues<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.queues().iter().map(|queued| &queued.queue))
    }

    /// How often it has entered this stage.
    fn visits_of(&self, stage: &str) -> u32 {
        self.inner.visits_of(stage)
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        match self.inner.fields().get(name) {
            Some(value) => value::to_python(py, value),
            None => Err(pyo3::exceptions::PyKeyError::new_err(name.to_owned())),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let mut text = format!(
            "Record({}, stage={}, version={}",
            value::quoted(py, self.inner.id()),
            value::quoted_or_none(py, self.inner.stage()),
            self.inner.version()
        );
        if let Some(owner) = self.inner.owner() {
            text += &format!(", owner={}", value::quoted(py, owner));
        }
        text += &format!(", fields={})", self.fields(py)?.repr()?);
        Ok(text)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(py)?,)))
    }
}

fn link(name: &Bound<'_, PyString>) -> PyResult<Link> {
    let text = name.to_str()?;
    let found = Link::ALL.into_iter().find(|link| link.name() == text);
    found.ok_or_else(|| {
        errors::invalid(name.py(), format!("no link is named `{text}`: customer, lead, company or head"))
    })
}
