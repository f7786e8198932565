//! What a pipeline is made of, and what is wrong with a definition.

use lifestage::FindingCode;
use pyo3::prelude::*;

use crate::{errors, time, value};

/// One thing that is wrong, or doubtful, about a definition.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Finding {
    code: &'static str,
    #[pyo3(get)]
    number: u16,
    is_error: bool,
    #[pyo3(get)]
    pointer: String,
    #[pyo3(get)]
    message: String,
    line: String,
}

impl From<&lifestage::Finding> for Finding {
    fn from(finding: &lifestage::Finding) -> Self {
        Self {
            code: finding.code().name(),
            number: finding.code().number(),
            is_error: finding.severity() == lifestage::Severity::Error,
            pointer: finding.pointer().to_owned(),
            message: finding.message().to_owned(),
            line: finding.to_string(),
        }
    }
}

#[pymethods]
impl Finding {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("code", "pointer", "message");

    #[new]
    fn new(py: Python<'_>, code: &str, severity: &str, pointer: String, message: String) -> PyResult<Self> {
        let found = FindingCode::ALL.iter().find(|known| known.name() == code);
        let found = found.ok_or_else(|| errors::invalid(py, format!("no finding has the code `{code}`")))?;
        let at = if pointer.is_empty() { "document" } else { &pointer };
        let line = format!("{severity}[{code}] {at}: {message}");
        let (code, number) = (found.name(), found.number());
        Ok(Self { code, number, is_error: severity == "error", pointer, message, line })
    }

    #[getter]
    fn code(&self) -> &'static str {
        self.code
    }

    #[getter]
    fn severity(&self) -> &'static str {
        if self.is_error { "error" } else { "warning" }
    }

    fn __str__(&self) -> &str {
        &self.line
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Finding({})", value::quoted(py, &self.line))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyAny>, (&str, &str, &str, &str)) {
        let parts = (self.code, self.severity(), self.pointer.as_str(), self.message.as_str());
        (py.get_type::<Self>().into_any(), parts)
    }
}

/// A stage of a pipeline.
#[pyclass(frozen, module = "lifestage")]
pub(crate) struct Stage {
    pub(crate) pipeline: lifestage::Pipeline,
    pub(crate) at: lifestage::catalog::StageIx,
}

impl Stage {
    fn stage(&self) -> &lifestage::catalog::Stage {
        let catalog = self.pipeline.catalog();
        catalog.at(self.at).unwrap_or_else(|| catalog.default_stage())
    }
}

#[pymethods]
impl Stage {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("id",);

    #[getter]
    fn id(&self) -> &str {
        self.stage().id()
    }

    #[getter]
    fn name(&self) -> &str {
        self.stage().name()
    }

    #[getter]
    fn category(&self) -> Option<&str> {
        self.pipeline.catalog().category_of(self.stage()).map(lifestage::catalog::Category::id)
    }

    #[getter]
    fn outcome(&self) -> &'static str {
        self.stage().outcome().name()
    }

    #[getter]
    fn position(&self) -> u16 {
        self.at.position()
    }

    #[getter]
    fn description(&self) -> &str {
        self.stage().description()
    }

    #[getter]
    fn guidance(&self) -> &str {
        self.stage().guidance()
    }

    #[getter]
    fn icon(&self) -> Option<String> {
        self.stage().icon().map(|icon| icon.to_string())
    }

    #[getter]
    fn colour(&self) -> Option<String> {
        self.stage().colour().map(|colour| colour.to_string())
    }

    #[getter]
    fn is_default(&self) -> bool {
        self.pipeline.catalog().default_stage().id() == self.id()
    }

    #[getter]
    fn is_final(&self) -> bool {
        self.stage().is_final()
    }

    #[getter]
    fn is_protected(&self) -> bool {
        self.stage().is_protected()
    }

    #[getter]
    fn is_archived(&self) -> bool {
        self.stage().is_archived()
    }

    #[getter]
    fn probability(&self) -> Option<u8> {
        self.stage().probability()
    }

    #[getter]
    fn idle<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, pyo3::types::PyDelta>>> {
        self.stage().idle().map(|idle| time::timedelta(py, idle)).transpose()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Stage({}, outcome={})", value::quoted(py, self.id()), value::quoted(py, self.outcome()))
    }
}

/// A listed move of a pipeline.
#[pyclass(frozen, module = "lifestage")]
pub(crate) struct Move {
    pub(crate) inner: lifestage::policy::Move,
    pub(crate) position: u32,
    #[pyo3(get)]
    pub(crate) to: String,
}

#[pymethods]
impl Move {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("id",);

    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    #[getter]
    fn label(&self) -> &str {
        self.inner.label()
    }

    #[getter]
    fn position(&self) -> u32 {
        self.position
    }

    #[getter]
    fn needs_approval(&self) -> bool {
        self.inner.needs_approval()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("Move({}, to={})", value::quoted(py, self.inner.id()), value::quoted(py, &self.to))
    }
}
