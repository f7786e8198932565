//! Facts as Python values.

use lifestage::{Fields, SmolStr, Value};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple,
};

use crate::time;

/// What can be a fact, for messages.
pub(crate) const KINDS: &str = "str, int, float, bool, datetime, timedelta, list of str or None";

/// The value of a fact; none for `None`.
pub(crate) fn from_python(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Some(Value::from(text.to_str()?)));
    }
    if value.is_none() {
        return Ok(None);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Some(Value::Bool(flag.is_true())));
    }
    if value.is_instance_of::<PyInt>() {
        return whole(name, value).map(Some);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return double(name, number.value()).map(Some);
    }
    if value.is_instance_of::<PyDateTime>() {
        return time::timestamp(value).map(Value::from).map(Some);
    }
    if let Ok(delta) = value.cast::<PyDelta>() {
        return time::span(delta).map(Value::from).map(Some);
    }
    if let Some(texts) = list(value)? {
        return Ok(Some(Value::List(texts)));
    }
    // Numbers of other packages, such as NumPy's scalars.
    if value.hasattr("__index__")? {
        return whole(name, value).map(Some);
    }
    let found = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("fact `{name}` is a `{found}`, where a fact is {KINDS}")))
}

fn whole(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let number = value.extract::<i64>();
    number.map(Value::Int).map_err(|_| {
        PyValueError::new_err(format!("fact `{name}` is a whole number that does not fit 64 bits"))
    })
}

fn double(name: &str, number: f64) -> PyResult<Value> {
    if number.is_finite() {
        return Ok(Value::Double(number));
    }
    Err(PyValueError::new_err(format!("fact `{name}` is not a finite number")))
}

/// The texts of a list or tuple of them; none if it is neither.
pub(crate) fn list(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<SmolStr>>> {
    let text = |item: Bound<'_, PyAny>| item.cast::<PyString>()?.to_str().map(SmolStr::new);
    if let Ok(items) = value.cast::<PyList>() {
        return items.iter().map(text).collect::<PyResult<_>>().map(Some);
    }
    if let Ok(items) = value.cast::<PyTuple>() {
        return items.iter().map(text).collect::<PyResult<_>>().map(Some);
    }
    Ok(None)
}

/// The facts of a mapping, those that are `None` left out.
pub(crate) fn fields(facts: &Bound<'_, PyAny>) -> PyResult<Fields> {
    let mut fields = Fields::new();
    let mut add = |name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>| {
        let name = name.cast::<PyString>()?.to_str()?;
        if let Some(value) = from_python(name, value)? {
            fields.insert(name, value);
        }
        PyResult::Ok(())
    };
    if let Ok(facts) = facts.cast::<PyDict>() {
        for (name, value) in facts.iter() {
            add(&name, &value)?;
        }
    } else {
        for entry in facts.cast::<PyMapping>()?.items()?.iter() {
            let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = entry.extract()?;
            add(&name, &value)?;
        }
    }
    Ok(fields)
}

/// As [`fields`], where nothing need be given.
pub(crate) fn fields_or_none(facts: Option<&Bound<'_, PyAny>>) -> PyResult<Fields> {
    facts.map_or_else(|| Ok(Fields::new()), fields)
}

/// A fact as Python sees it: times and spans as the texts that a record keeps.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Int(number) => number.into_pyobject(py)?.into_any(),
        Value::Double(number) => PyFloat::new(py, *number).into_any(),
        Value::Text(text) => PyString::new(py, text).into_any(),
        Value::List(texts) => PyList::new(py, texts.iter().map(SmolStr::as_str))?.into_any(),
    })
}

/// All facts, by name.
pub(crate) fn to_dict<'py>(py: Python<'py>, fields: &Fields) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in fields.iter() {
        dict.set_item(name, to_python(py, value)?)?;
    }
    Ok(dict)
}

/// Texts as a tuple.
pub(crate) fn texts<'py, T: AsRef<str>>(
    py: Python<'py>,
    texts: impl IntoIterator<Item = T>,
) -> PyResult<Bound<'py, PyTuple>> {
    let texts: Vec<_> = texts.into_iter().map(|text| PyString::new(py, text.as_ref())).collect();
    PyTuple::new(py, texts)
}

/// A text as Python would write it.
pub(crate) fn quoted(py: Python<'_>, text: &str) -> String {
    PyString::new(py, text).repr().map_or_else(|_| format!("{text:?}"), |repr| repr.to_string())
}

/// A text as Python would write it, or `None`.
pub(crate) fn quoted_or_none(py: Python<'_>, text: Option<&str>) -> String {
    text.map_or_else(|| "None".to_owned(), |text| quoted(py, text))
}
