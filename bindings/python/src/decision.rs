//! What a pipeline says to a request. A refusal is an answer, not an exception.

use lifestage::journal::Salt;
use lifestage::{SealedChange, SmolStr, Timestamp};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use crate::actor::Actor;
use crate::change::Change;
use crate::errors;
use crate::pipeline::Pipeline;
use crate::record::Record;
use crate::refusal::{Refusal, Route};
use crate::request::Request;
use crate::value;

/// What was asked, to be asked again: the same arguments give the same decision, so that what is to be written
/// is worked out when somebody wants it.
pub(crate) struct Asked {
    pub(crate) pipeline: Py<Pipeline>,
    pub(crate) record: Py<Record>,
    pub(crate) request: Py<Request>,
    pub(crate) actor: Py<Actor>,
    pub(crate) now: Timestamp,
}

impl Asked {
    fn seal(&self, py: Python<'_>, salt: Salt) -> PyResult<SealedChange> {
        let Self { pipeline, record, request, actor, now } = self;
        let (pipeline, record) = (&pipeline.get().inner, &record.get().inner);
        let decision = pipeline.decide(record, &request.get().inner, &actor.get().inner, *now);
        match decision.change() {
            Some(change) => Ok(change.seal(salt)),
            None => Err(errors::invalid(py, "the same request was granted and refused")),
        }
    }
}

/// A change, made when it is first asked for.
pub(crate) struct Lazy {
    asked: Option<Asked>,
    change: PyOnceLock<Py<Change>>,
    to: Option<SmolStr>,
}

impl Lazy {
    fn asked(asked: Asked, to: Option<SmolStr>) -> Self {
        Self { asked: Some(asked), change: PyOnceLock::new(), to }
    }

    fn made(py: Python<'_>, change: Py<Change>) -> Self {
        let to = change.get().inner.record.stage().map(SmolStr::new);
        let made = PyOnceLock::new();
        // A new cell takes a value.
        let _ = made.set(py, change);
        Self { asked: None, change: made, to }
    }

    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Change>> {
        let change = self.change.get_or_try_init(py, || match &self.asked {
            Some(asked) => Py::new(py, Change { inner: asked.seal(py, random(py)?)? }),
            None => Err(errors::invalid(py, "there is no change")),
        })?;
        Ok(change.bind(py).clone())
    }

    fn seal<'py>(&self, py: Python<'py>, salt: &[u8]) -> PyResult<Bound<'py, Change>> {
        match &self.asked {
            Some(asked) => {
                Bound::new(py, Change { inner: asked.seal(py, Salt::from_bytes(bytes_of(salt)?))? })
            }
            None => Err(PyValueError::new_err("the change is sealed already")),
        }
    }
}

pub(crate) fn random(py: Python<'_>) -> PyResult<Salt> {
    Salt::random().map_err(|error| errors::invalid(py, format!("no random numbers: {error}")))
}

macro_rules! written {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[pyclass(frozen, module = "lifestage")]
        pub(crate) struct $name {
            lazy: Lazy,
        }

        #[pymethods]
        impl $name {
            #[classattr]
            #[pyo3(name = "__match_args__")]
            const MATCH_ARGS: (&'static str,) = ("change",);

            /// The decision of a change that is sealed already.
            #[new]
            fn new(py: Python<'_>, change: Py<Change>) -> Self {
                Self { lazy: Lazy::made(py, change) }
            }

            /// What to write, sealed with a fresh salt.
            #[getter]
            fn change<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Change>> {
                self.lazy.get(py)
            }

            /// What to write, sealed with this salt of 16 bytes: for tests that compare hashes.
            fn seal<'py>(&self, py: Python<'py>, salt: &[u8]) -> PyResult<Bound<'py, Change>> {
                self.lazy.seal(py, salt)
            }

            /// The stage that the record is in afterwards.
            #[getter]
            fn to(&self) -> Option<&str> {
                self.lazy.to.as_deref()
            }

            fn __repr__(&self, py: Python<'_>) -> String {
                format!("{}(to={})", stringify!($name), value::quoted_or_none(py, self.to()))
            }

            fn __reduce__<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, Change>,))> {
                Ok((py.get_type::<Self>().into_any(), (self.lazy.get(py)?,)))
            }
        }
    };
}

written! {
    /// The request is granted; `change` is what to write.
    Moved
}

written! {
    /// The request waits for another person's approval; `change` is what to write.
    Proposed
}

/// The record is where it was asked to be; there is nothing to write.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Unchanged {
    #[pyo3(get)]
    stage: Option<String>,
}

#[pymethods]
impl Unchanged {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("stage",);

    #[new]
    fn new(stage: Option<String>) -> Self {
        Self { stage }
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Unchanged({})", value::quoted_or_none(py, self.stage.as_deref()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyAny>, (Option<String>,)) {
        (py.get_type::<Self>().into_any(), (self.stage.clone(),))
    }
}

/// The request is refused, with every reason; nothing is to be written.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Refused {
    refusal: lifestage::Refusal,
}

#[pymethods]
impl Refused {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("refusal",);

    #[new]
    fn new(refusal: &Bound<'_, Refusal>) -> Self {
        Self { refusal: refusal.get().inner.clone() }
    }

    #[getter]
    fn refusal(&self) -> Refusal {
        Refusal { inner: self.refusal.clone() }
    }

    #[getter]
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        crate::refusal::reasons(py, self.refusal.reasons())
    }

    #[getter]
    fn codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.refusal.codes().map(lifestage::ReasonCode::name))
    }

    #[getter]
    fn route(&self) -> Option<Route> {
        self.refusal.route().cloned().map(Route::from)
    }

    /// Whether this code is among the reasons.
    fn has(&self, code: &str) -> bool {
        self.refusal.codes().any(|own| own.name() == code)
    }

    fn __str__(&self) -> String {
        self.refusal.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let message = value::quoted(py, &self.refusal.to_string());
        Ok(format!("Refused({}, {message})", self.codes(py)?.repr()?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyAny>, (Refusal,)) {
        (py.get_type::<Self>().into_any(), (self.refusal(),))
    }
}

/// The decision as Python sees it, where what to write is worked out when it is asked for.
pub(crate) fn lazily<'py>(
    py: Python<'py>,
    decision: lifestage::Decision<'_>,
    asked: impl FnOnce() -> Asked,
) -> PyResult<Bound<'py, PyAny>> {
    use lifestage::Decision;
    Ok(match decision {
        Decision::Moved(change) => {
            let lazy = Lazy::asked(asked(), change.to().map(SmolStr::new));
            Bound::new(py, Moved { lazy })?.into_any()
        }
        Decision::Proposed(change) => {
            let lazy = Lazy::asked(asked(), change.to().map(SmolStr::new));
            Bound::new(py, Proposed { lazy })?.into_any()
        }
        Decision::Unchanged(same) => unchanged(py, same.stage())?,
        Decision::Refused(refusal) => refused(py, refusal)?,
    })
}

/// The decision as Python sees it, with what to write sealed at once.
pub(crate) fn sealed<'py>(
    py: Python<'py>,
    decision: lifestage::Decision<'_>,
    salt: Option<&[u8]>,
) -> PyResult<Bound<'py, PyAny>> {
    use lifestage::Decision;
    let seal = |change: lifestage::Change<'_>| {
        let salt = match salt {
            Some(salt) => Salt::from_bytes(bytes_of(salt)?),
            None => random(py)?,
        };
        PyResult::Ok(Lazy::made(py, Py::new(py, Change { inner: change.seal(salt) })?))
    };
    Ok(match decision {
        Decision::Moved(change) => Bound::new(py, Moved { lazy: seal(change)? })?.into_any(),
        Decision::Proposed(change) => Bound::new(py, Proposed { lazy: seal(change)? })?.into_any(),
        Decision::Unchanged(same) => unchanged(py, same.stage())?,
        Decision::Refused(refusal) => refused(py, refusal)?,
    })
}

fn bytes_of(salt: &[u8]) -> PyResult<[u8; 16]> {
    salt.try_into().map_err(|_| PyValueError::new_err("a salt has 16 bytes"))
}

pub(crate) fn unchanged<'py>(py: Python<'py>, stage: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
    Ok(Bound::new(py, Unchanged { stage: stage.map(str::to_owned) })?.into_any())
}

pub(crate) fn refused(py: Python<'_>, refusal: lifestage::Refusal) -> PyResult<Bound<'_, PyAny>> {
    Ok(Bound::new(py, Refused { refusal })?.into_any())
}
