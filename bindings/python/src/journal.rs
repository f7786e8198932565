//! History: whether it is as it was written, and the visits it tells of.

use lifestage::Effect as CoreEffect;
use lifestage::journal::{self, ChainError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::change::Effect;
use crate::record::Record;
use crate::row::{Row, StageMark};
use crate::{time, value};

/// The first row of a journal that does not fit.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct ChainFault {
    #[pyo3(get)]
    record: String,
    #[pyo3(get)]
    seq: u64,
    fault: &'static str,
    #[pyo3(get)]
    message: String,
}

impl From<&ChainError> for ChainFault {
    fn from(error: &ChainError) -> Self {
        use journal::ChainFault::{
            BrokenLink, CutOff, Disagrees, Edited, EffectsEdited, Gap, OtherRecord, Surplus, WrongHead,
        };
        let fault = match error.fault() {
            OtherRecord(_) => "other_record",
            Gap { .. } => "gap",
            BrokenLink => "broken_link",
            Edited => "edited",
            CutOff { .. } => "cut_off",
            Surplus { .. } => "surplus",
            WrongHead => "wrong_head",
            Disagrees(_) => "disagrees",
            EffectsEdited => "effects_edited",
            _ => "other",
        };
        Self { record: error.record().to_owned(), seq: error.seq(), fault, message: error.to_string() }
    }
}

#[pymethods]
impl ChainFault {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("seq", "fault");

    #[getter]
    fn fault(&self) -> &'static str {
        self.fault
    }

    fn __str__(&self) -> &str {
        &self.message
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("ChainFault(seq={}, {})", self.seq, value::quoted(py, &self.message))
    }
}

/// One stay of a record in a stage, or without one.
#[pyclass(frozen, eq, module = "lifestage")]
#[derive(PartialEq)]
pub(crate) struct Visit {
    inner: journal::Visit,
}

impl From<journal::Visit> for Visit {
    fn from(inner: journal::Visit) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Visit {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("stage", "entered_at", "left_at");

    #[getter]
    fn seq(&self) -> u64 {
        self.inner.seq
    }

    #[getter]
    fn stage(&self) -> Option<StageMark> {
        self.inner.stage.as_ref().map(StageMark::from)
    }

    #[getter]
    fn entered_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.entered_at)
    }

    #[getter]
    fn entered_by(&self) -> &str {
        &self.inner.entered_by
    }

    #[getter]
    fn left_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        time::datetime_or_none(py, self.inner.left_at)
    }

    #[getter]
    fn left_by(&self) -> Option<&str> {
        self.inner.left_by.as_deref()
    }

    #[getter]
    fn corrected(&self) -> bool {
        self.inner.corrected
    }

    #[getter]
    fn is_open(&self) -> bool {
        self.inner.is_open()
    }

    /// How long it lasted; a visit that lasts is measured to `as_of`.
    fn length<'py>(&self, as_of: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, pyo3::types::PyDelta>>> {
        let length = self.inner.length(time::timestamp(as_of)?);
        length.map(|length| time::timedelta(as_of.py(), length)).transpose()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let stage = self.inner.stage.as_ref().map(|mark| mark.id.as_str());
        let shown = |at: Option<Bound<'_, PyAny>>| match at {
            Some(at) => at.str().map(|text| value::quoted(py, &text.to_string())),
            None => Ok("None".to_owned()),
        };
        let (entered, left) = (shown(self.entered_at(py)?)?, shown(self.left_at(py)?)?);
        let stage = value::quoted_or_none(py, stage);
        Ok(format!("Visit(seq={}, {stage}, entered_at={entered}, left_at={left})", self.inner.seq))
    }
}

fn rows_of(rows: &Bound<'_, PyAny>) -> PyResult<Vec<journal::Row>> {
    rows.try_iter()?.map(|row| Ok(row?.cast::<Row>()?.get().inner.clone())).collect()
}

/// Checks that `rows` are the whole journal of `record`, each as it was written: the first that does not fit, or
/// `None`.
#[pyfunction]
pub(crate) fn verify(
    py: Python<'_>,
    record: &Bound<'_, Record>,
    rows: &Bound<'_, PyAny>,
) -> PyResult<Option<ChainFault>> {
    let (record, rows) = (record.get(), rows_of(rows)?);
    let found = py.detach(|| journal::verify(&record.inner, &rows));
    Ok(found.err().as_ref().map(ChainFault::from))
}

/// Checks that `effects` are all that `row` set in motion, as they were planned.
#[pyfunction]
pub(crate) fn verify_effects(
    row: &Bound<'_, Row>,
    effects: &Bound<'_, PyAny>,
) -> PyResult<Option<ChainFault>> {
    let effects: PyResult<Vec<CoreEffect>> =
        effects.try_iter()?.map(|effect| Ok(effect?.cast::<Effect>()?.get().inner.clone())).collect();
    let found = journal::verify_effects(&row.get().inner, &effects?);
    Ok(found.err().as_ref().map(ChainFault::from))
}

/// The visits that the rows of one journal tell of, in order.
#[pyfunction]
pub(crate) fn visits<'py>(py: Python<'py>, rows: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let rows = rows_of(rows)?;
    let visits: PyResult<Vec<_>> =
        journal::visits(&rows).into_iter().map(|inner| Bound::new(py, Visit { inner })).collect();
    PyTuple::new(py, visits?)
}
