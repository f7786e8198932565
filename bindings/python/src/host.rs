//! A store that is written in Python.

use lifestage::store::{StoreError, StoreErrorKind};
use lifestage_wire::Host;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// An object with the methods of a store, asked through `lifestage.store.answer`.
pub(crate) struct PythonStore(pub(crate) Py<PyAny>);

impl PythonStore {
    fn ask(&self, py: Python<'_>, method: &str, input: &str) -> PyResult<Option<String>> {
        static ANSWER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let answer = ANSWER.import(py, "lifestage.store", "answer")?;
        answer.call1((&self.0, method, input))?.extract()
    }

    /// What the exception says to the engine. The exception itself goes along, and comes out of the call.
    fn failed(py: Python<'_>, error: PyErr) -> StoreError {
        static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let kind =
            KIND.import(py, "lifestage.store", "kind_of").and_then(|kind| kind.call1((error.value(py),)));
        let number: u16 = kind.and_then(|kind| kind.extract()).unwrap_or_default();
        let kind = StoreErrorKind::ALL.iter().copied().find(|kind| kind.number() == number);
        StoreError::new(kind.unwrap_or(StoreErrorKind::Io), error.to_string()).caused_by(error)
    }
}

impl Host for PythonStore {
    fn answer(&self, method: &str, input: &str) -> Result<String, StoreError> {
        Python::attach(|py| match self.ask(py, method, input) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => {
                let message = format!("the store has no method `{method}`");
                Err(StoreError::new(StoreErrorKind::Unsupported, message))
            }
            Err(error) => Err(Self::failed(py, error)),
        })
    }
}
