//! Instants and spans as `datetime` and `timedelta`.

use std::sync::Mutex;

use lifestage::{Span, Timestamp};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDateTime, PyDelta, PyTzInfo};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// 1970-01-01T00:00:00Z.
fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyDateTime>> {
    static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let made = EPOCH.get_or_try_init(py, || {
        let utc = PyTzInfo::utc(py)?;
        PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
    });
    made.map(|epoch| epoch.bind(py))
}

/// The time that was read last: one `now` often serves several calls.
static LAST: Mutex<Option<(Py<PyAny>, Timestamp)>> = Mutex::new(None);

/// The instant of an aware `datetime`.
pub(crate) fn timestamp(value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    if let Ok(last) = LAST.try_lock()
        && let Some((known, at)) = &*last
        && known.is(value)
    {
        return Ok(*at);
    }
    let at = read(value)?;
    // In UTC nothing else than the object itself says which instant it is, and it is immutable.
    let exact = value.is_exact_instance_of::<PyDateTime>();
    if exact && value.getattr(intern!(value.py(), "tzinfo"))?.is(PyTzInfo::utc(value.py())?) {
        let mut next = Some((value.clone().unbind(), at));
        if let Ok(mut last) = LAST.try_lock() {
            std::mem::swap(&mut *last, &mut next);
        }
        // What was there before is let go of here, when nothing is locked.
        drop(next);
    }
    Ok(at)
}

fn read(value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    let py = value.py();
    let Ok(at) = value.cast::<PyDateTime>() else {
        let found = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("a time is a `datetime` with a time zone, not `{found}`")));
    };
    match at.sub(epoch(py)?) {
        Ok(since) => Ok(Timestamp::from_micros(micros(&since)?)),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => {
            let message = format!("`{}` has no time zone: give an aware datetime", at.str()?);
            Err(PyValueError::new_err(message))
        }
        Err(error) => Err(error),
    }
}

/// The span of a `timedelta`.
pub(crate) fn span(value: &Bound<'_, PyDelta>) -> PyResult<Span> {
    micros(value.as_any()).map(Span::from_micros)
}

fn micros(delta: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = delta.py();
    let days: i64 = delta.getattr(intern!(py, "days"))?.extract()?;
    let seconds: i64 = delta.getattr(intern!(py, "seconds"))?.extract()?;
    let micros: i64 = delta.getattr(intern!(py, "microseconds"))?.extract()?;
    let whole = days * SECONDS_PER_DAY + seconds;
    whole
        .checked_mul(MICROS_PER_SECOND)
        .and_then(|whole| whole.checked_add(micros))
        .ok_or_else(|| PyOverflowError::new_err("a length of time that large does not fit 64 bits"))
}

/// An instant as an aware `datetime` in UTC.
pub(crate) fn datetime<'py>(py: Python<'py>, at: Timestamp) -> PyResult<Bound<'py, PyAny>> {
    epoch(py)?.add(timedelta(py, Span::from_micros(at.as_micros()))?)
}

/// As [`datetime`], where there may be none.
pub(crate) fn datetime_or_none<'py>(
    py: Python<'py>,
    at: Option<Timestamp>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    at.map(|at| datetime(py, at)).transpose()
}

/// A span as a `timedelta`.
pub(crate) fn timedelta<'py>(py: Python<'py>, span: Span) -> PyResult<Bound<'py, PyDelta>> {
    let seconds = span.as_micros().div_euclid(MICROS_PER_SECOND);
    let micros = span.as_micros().rem_euclid(MICROS_PER_SECOND);
    let (days, seconds) = (seconds.div_euclid(SECONDS_PER_DAY), seconds.rem_euclid(SECONDS_PER_DAY));
    // 64 bits of microseconds are at most 106,751,992 days; the rests are below 86,400 and a million.
    PyDelta::new(py, days as i32, seconds as i32, micros as i32, false)
}
