//! The condition language by itself.

use lifestage::criteria::{self, ErrorKind, FieldType, Scope};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyMapping, PyString, PyTuple};

use crate::facts::{DictFacts, Names};
use crate::{errors, value};

/// The stable word of a fault.
pub(crate) const fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Syntax => "syntax",
        ErrorKind::Literal => "literal",
        ErrorKind::UnknownName => "unknown_name",
        ErrorKind::UnknownFunction => "unknown_function",
        ErrorKind::Type => "type",
        ErrorKind::Limit => "limit",
        ErrorKind::Unsupported => "unsupported",
        _ => "other",
    }
}

fn truth(py: Python<'_>, truth: criteria::Truth) -> PyResult<Bound<'_, PyAny>> {
    static TRUTHS: [PyOnceLock<Py<PyAny>>; 3] = [const { PyOnceLock::new() }; 3];
    let [of_false, of_unknown, of_true] = &TRUTHS;
    let (cell, name) = match truth {
        criteria::Truth::False => (of_false, "FALSE"),
        criteria::Truth::Unknown => (of_unknown, "UNKNOWN"),
        criteria::Truth::True => (of_true, "TRUE"),
    };
    let made = cell.get_or_try_init(py, || {
        PyResult::Ok(py.import("lifestage.truth")?.getattr("Truth")?.getattr(name)?.unbind())
    })?;
    Ok(made.bind(py).clone())
}

/// What a pickled condition is made from.
type Parts<'py> = (String, Bound<'py, PyDict>);

/// A condition that is checked, compiled and ready to be evaluated, over names with their types.
#[pyclass(frozen, module = "lifestage")]
pub(crate) struct Criteria {
    inner: criteria::Criteria,
    names: Names,
    text: String,
    declared: Py<PyDict>,
}

#[pymethods]
impl Criteria {
    #[new]
    fn new(py: Python<'_>, text: &str, names: &Bound<'_, PyMapping>) -> PyResult<Self> {
        let (mut scope, declared) = (Scope::new(), PyDict::new(py));
        for entry in names.items()?.iter() {
            let (name, ty): (Bound<'_, PyString>, Bound<'_, PyString>) = entry.extract()?;
            scope.declare(name.to_str()?, field_type(&ty)?);
            declared.set_item(name, ty)?;
        }
        let inner =
            criteria::Criteria::parse(text, &scope).map_err(|faults| errors::criteria(py, &faults))?;
        let names = Names::new(py, scope.iter());
        Ok(Self { inner, names, text: text.to_owned(), declared: declared.unbind() })
    }

    /// What it says of these facts; names without a fact, and those that are `None`, are missing.
    fn eval<'py>(&self, facts: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let bound = DictFacts::new(facts, &self.names, None);
        let said = self.inner.eval(&bound);
        truth(facts.py(), bound.checked(said)?)
    }

    /// Every condition of the top-level conjunction that does not hold, in order.
    fn failures<'py>(&self, facts: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyTuple>> {
        let bound = DictFacts::new(facts, &self.names, None);
        let failures = self.inner.failures(&bound);
        let failures =
            bound.checked(failures)?.into_iter().map(|inner| Bound::new(facts.py(), Failure { inner }));
        PyTuple::new(facts.py(), failures.collect::<PyResult<Vec<_>>>()?)
    }

    /// The text in its one canonical form.
    #[getter]
    fn canonical(&self) -> String {
        self.inner.to_string()
    }

    #[getter]
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.declared.bind(py).copy()
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Criteria({})", value::quoted(py, &self.inner.to_string()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Parts<'py>)> {
        Ok((py.get_type::<Self>().into_any(), (self.text.clone(), self.names(py)?)))
    }
}

fn field_type(name: &Bound<'_, PyString>) -> PyResult<FieldType> {
    let text = name.to_str()?;
    FieldType::ALL.into_iter().find(|ty| ty.as_str() == text).ok_or_else(|| {
        let known = FieldType::ALL.map(FieldType::as_str).join(", ");
        PyValueError::new_err(format!("no type is named `{text}`: {known}"))
    })
}

/// One condition of a conjunction that does not hold.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Failure {
    inner: criteria::Failure,
}

#[pymethods]
impl Failure {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("text", "truth");

    #[getter]
    fn text(&self) -> &str {
        &self.inner.text
    }

    #[getter]
    fn truth<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        truth(py, self.inner.truth)
    }

    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        value::to_dict(py, &self.inner.values)
    }

    #[getter]
    fn missing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.missing)
    }

    #[getter]
    fn wrong<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.inner.wrong)
    }

    /// Why it is unknown, as a stable word.
    #[getter]
    fn reason(&self) -> Option<&'static str> {
        use criteria::Reason;
        self.inner.reason.map(|reason| match reason {
            Reason::Missing => "missing",
            Reason::WrongType => "wrong_type",
            Reason::Overflow => "overflow",
            Reason::DivisionByZero => "division_by_zero",
            Reason::BadTimestamp => "bad_timestamp",
            Reason::BadDuration => "bad_duration",
        })
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Failure({})", value::quoted(py, &self.inner.to_string()))
    }
}
