//! The buttons, and why and why not.

use lifestage::{SmolStr, Standing};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::refusal::{Route, reasons};
use crate::value;

/// Something that a move asks a person for: enough to draw a field of a form.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct Ask {
    inner: lifestage::policy::Ask,
}

#[pymethods]
impl Ask {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("name", "type");

    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    #[getter]
    fn r#type(&self) -> &'static str {
        self.inner.definition().field_type.as_str()
    }

    #[getter]
    fn label(&self) -> &str {
        &self.inner.definition().label
    }

    #[getter]
    fn one_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.definition().one_of)
    }

    #[getter]
    fn note_for<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.definition().note_for)
    }

    #[getter]
    fn optional(&self) -> bool {
        self.inner.definition().optional
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let tail = if self.optional() { ", optional=True" } else { "" };
        format!("Ask({}, {}{tail})", value::quoted(py, self.name()), value::quoted(py, self.r#type()))
    }
}

/// A move that is open to the actor now: a button.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Offer {
    id: SmolStr,
    #[pyo3(get)]
    label: String,
    #[pyo3(get)]
    to: String,
    kind: &'static str,
    direction: &'static str,
    asks: Vec<lifestage::policy::Ask>,
    #[pyo3(get)]
    needs_approval: bool,
}

impl From<lifestage::Offer<'_>> for Offer {
    fn from(offer: lifestage::Offer<'_>) -> Self {
        use lifestage::definition::MoveKind;
        Self {
            id: offer.id(),
            label: offer.label().to_owned(),
            to: offer.to().id().to_owned(),
            kind: match offer.kind() {
                MoveKind::Ordinary => "ordinary",
                MoveKind::StepBack => "step_back",
                MoveKind::Revive => "revive",
                MoveKind::Internal => "internal",
                MoveKind::ReEntry => "re_entry",
            },
            direction: offer.direction().name(),
            asks: offer.asks().cloned().collect(),
            needs_approval: offer.needs_approval(),
        }
    }
}

#[pymethods]
impl Offer {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("id", "label");

    #[getter]
    fn id(&self) -> &str {
        &self.id
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    #[getter]
    fn direction(&self) -> &'static str {
        self.direction
    }

    #[getter]
    fn asks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let asks: PyResult<Vec<_>> =
            self.asks.iter().map(|ask| Bound::new(py, Ask { inner: ask.clone() })).collect();
        PyTuple::new(py, asks?)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (id, label) = (value::quoted(py, &self.id), value::quoted(py, &self.label));
        format!("Offer({id}, {label}, to={})", value::quoted(py, &self.to))
    }
}

const fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Allowed => "allowed",
        Standing::Refused(_) => "refused",
        Standing::Here => "here",
    }
}

fn against<'py>(py: Python<'py>, standing: &Standing) -> PyResult<Bound<'py, PyTuple>> {
    match standing {
        Standing::Refused(why) => reasons(py, why),
        Standing::Allowed | Standing::Here => Ok(PyTuple::empty(py)),
    }
}

/// One move, explained.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct MoveExplanation {
    inner: lifestage::MoveExplanation,
}

#[pymethods]
impl MoveExplanation {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("id", "standing");

    #[getter]
    fn id(&self) -> &str {
        &self.inner.id
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
    fn standing(&self) -> &'static str {
        word(&self.inner.standing)
    }

    #[getter]
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        against(py, &self.inner.standing)
    }

    #[getter]
    fn asks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.asks)
    }

    #[getter]
    fn who_could<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.who_could)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("MoveExplanation({}, {})", value::quoted(py, self.id()), value::quoted(py, self.standing()))
    }
}

/// One stage, explained.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq, Clone)]
pub(crate) struct StageExplanation {
    inner: lifestage::StageExplanation,
}

#[pymethods]
impl StageExplanation {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("id", "standing");

    #[getter]
    fn id(&self) -> &str {
        &self.inner.id
    }

    #[getter]
    fn standing(&self) -> &'static str {
        word(&self.inner.standing)
    }

    #[getter]
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        against(py, &self.inner.standing)
    }

    #[getter]
    fn route(&self) -> Option<Route> {
        self.inner.route.clone().map(Route::from)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("StageExplanation({}, {})", value::quoted(py, self.id()), value::quoted(py, self.standing()))
    }
}

/// What stands for and against every move and every stage, for one record and actor.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Explanation {
    pub(crate) inner: lifestage::Explanation,
}

#[pymethods]
impl Explanation {
    #[getter]
    fn moves<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let one = |mv: &lifestage::MoveExplanation| Bound::new(py, MoveExplanation { inner: mv.clone() });
        PyTuple::new(py, self.inner.moves.iter().map(one).collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    fn stages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let one =
            |stage: &lifestage::StageExplanation| Bound::new(py, StageExplanation { inner: stage.clone() });
        PyTuple::new(py, self.inner.stages.iter().map(one).collect::<PyResult<Vec<_>>>()?)
    }

    /// The move with this id.
    #[pyo3(name = "move")]
    fn mv(&self, id: &str) -> Option<MoveExplanation> {
        self.inner.mv(id).map(|mv| MoveExplanation { inner: mv.clone() })
    }

    /// The stage with this id.
    fn stage(&self, id: &str) -> Option<StageExplanation> {
        self.inner.stage(id).map(|stage| StageExplanation { inner: stage.clone() })
    }

    fn __repr__(&self) -> String {
        let open = self.inner.moves.iter().filter(|mv| mv.standing == Standing::Allowed).count();
        format!("Explanation({open} of {} moves allowed)", self.inner.moves.len())
    }
}
