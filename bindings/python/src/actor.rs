//! Who acts.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::{json, value};

/// Who acts: an id and roles. What the roles allow, the definition says.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Actor {
    pub(crate) inner: lifestage::Actor,
}

#[pymethods]
impl Actor {
    #[new]
    #[pyo3(signature = (id, roles = None, *, automation = false))]
    fn new(id: &str, roles: Option<&Bound<'_, PyAny>>, automation: bool) -> PyResult<Self> {
        let mut inner = if automation { lifestage::Actor::automation(id) } else { lifestage::Actor::new(id) };
        if let Some(roles) = roles {
            if let Ok(role) = roles.cast::<PyString>() {
                inner = inner.with_role(role.to_str()?);
            } else {
                for role in roles.try_iter()? {
                    inner = inner.with_role(role?.cast::<PyString>()?.to_str()?);
                }
            }
        }
        Ok(Self { inner })
    }

    #[staticmethod]
    fn from_dict(document: &Bound<'_, PyDict>) -> PyResult<Self> {
        Ok(Self { inner: json::read_object("actor", document.as_any())? })
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::object(py, &self.inner)
    }

    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    #[getter]
    fn roles<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.roles())
    }

    #[getter]
    fn automation(&self) -> bool {
        self.inner.is_automation()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let tail = if self.inner.is_automation() { ", automation=True" } else { "" };
        let id = value::quoted(py, self.inner.id());
        Ok(format!("Actor({id}, {}{tail})", self.roles(py)?.repr()?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        let read = py.get_type::<Self>().getattr("from_dict")?;
        Ok((read, (self.to_dict(py)?,)))
    }
}
