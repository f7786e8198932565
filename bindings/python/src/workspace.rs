//! A store plus published pipelines, as `lifestage.workspace` asks it.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use lifestage::store::MemoryStore;
use lifestage::store::contract::Full;
use lifestage_sqlite::{Durability, Options, SqliteStore};
use lifestage_wire::{Fault, HostStore, On};
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::actor::Actor;
use crate::explain::{Explanation, Offer};
use crate::host::PythonStore;
use crate::journal::{ChainFault, Visit};
use crate::pipeline::Pipeline;
use crate::record::Record;
use crate::refusal::Route;
use crate::row::Row;
use crate::{errors, time};

/// A store: in memory, in a SQLite file, or written in Python.
#[pyclass(frozen, module = "lifestage")]
pub(crate) struct Store {
    inner: Arc<dyn Full>,
    shown: String,
}

#[pymethods]
impl Store {
    #[staticmethod]
    fn memory() -> Self {
        Self { inner: Arc::new(MemoryStore::new()), shown: "Store.memory()".to_owned() }
    }

    #[staticmethod]
    #[pyo3(signature = (path, *, durable = true, busy_timeout = 5.0, existing = false, max_bytes = None))]
    fn open(
        py: Python<'_>,
        path: PathBuf,
        durable: bool,
        busy_timeout: f64,
        existing: bool,
        max_bytes: Option<u64>,
    ) -> PyResult<Self> {
        let timeout = Duration::try_from_secs_f64(busy_timeout)?;
        let durability = if durable { Durability::Full } else { Durability::Normal };
        let mut options = Options::new().durability(durability).busy_timeout(timeout);
        if existing {
            options = options.existing();
        }
        if let Some(bytes) = max_bytes {
            options = options.max_bytes(bytes);
        }
        let shown = format!("Store.open({:?})", path.display().to_string());
        let opened = py.detach(|| SqliteStore::open_with(path, &options));
        let opened = opened.map_err(|error| errors::fault(py, &Fault::from(error)))?;
        Ok(Self { inner: Arc::new(opened), shown })
    }

    /// A store that is written in Python: an object with the methods of `lifestage.HostStore`.
    #[staticmethod]
    fn of(host: &Bound<'_, PyAny>) -> PyResult<Self> {
        let shown = format!("Store.of({})", host.repr()?);
        Ok(Self { inner: Arc::new(HostStore(PythonStore(host.clone().unbind()))), shown })
    }

    /// Answers a method of a store by its name, JSON in and JSON out: for hosts that wrap one.
    fn answer(&self, py: Python<'_>, method: &str, input: &str) -> PyResult<String> {
        let answer = py.detach(|| lifestage_wire::serve(&*self.inner, method, input));
        answer.map_err(|error| errors::fault(py, &Fault::from(error)))
    }

    fn __repr__(&self) -> &str {
        &self.shown
    }
}

/// One tenant of a store, until it is closed.
#[pyclass(frozen, module = "lifestage._native")]
pub(crate) struct Crm {
    open: RwLock<Option<Arc<lifestage_wire::Crm>>>,
    #[pyo3(get)]
    tenant: String,
}

impl Crm {
    /// Does something with the workspace while other Python threads go on.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&lifestage_wire::Crm) -> Result<T, Fault> + Send,
    ) -> PyResult<T> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(crm) = open else { return Err(errors::closed(py)) };
        py.detach(move || work(&crm)).map_err(|fault| errors::fault(py, &fault))
    }
}

fn tuple<'py, T: PyClass>(
    py: Python<'py>,
    items: impl IntoIterator<Item = impl Into<PyClassInitializer<T>>>,
) -> PyResult<Bound<'py, PyTuple>> {
    let items: PyResult<Vec<Bound<'py, T>>> = items.into_iter().map(|item| Bound::new(py, item)).collect();
    PyTuple::new(py, items?)
}

#[pymethods]
impl Crm {
    #[new]
    fn new(py: Python<'_>, store: &Bound<'_, Store>, tenant: String) -> PyResult<Self> {
        let inner = Arc::clone(&store.get().inner);
        let opened = py.detach(|| lifestage_wire::open(inner, &tenant));
        let opened = opened.map_err(|fault| errors::fault(py, &fault))?;
        Ok(Self { open: RwLock::new(Some(Arc::new(opened))), tenant })
    }

    /// Lets go of the store. Calls under way finish.
    fn close(&self, py: Python<'_>) {
        let open = self.open.write().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| drop(open));
    }

    #[getter]
    fn closed(&self) -> bool {
        self.open.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Carries out an operation by its name, JSON in and JSON out.
    fn call(&self, py: Python<'_>, operation: &str, input: &str) -> PyResult<String> {
        self.with(py, |crm| lifestage_wire::workspace_call(crm, operation, input))
    }

    /// A pipeline that is in force.
    fn pipeline(&self, py: Python<'_>, id: &str) -> PyResult<Option<Pipeline>> {
        let found = self.with(py, |crm| Ok(crm.pipeline(id)))?;
        found.map(|pipeline| Pipeline::new(py, pipeline)).transpose()
    }

    fn pipelines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let all = self.with(py, |crm| Ok(crm.pipelines()))?;
        let all: PyResult<Vec<_>> =
            all.into_iter().map(|pipeline| Bound::new(py, Pipeline::new(py, pipeline)?)).collect();
        PyTuple::new(py, all?)
    }

    fn record(&self, py: Python<'_>, id: &str) -> PyResult<Option<Record>> {
        Ok(self.with(py, |crm| Ok(crm.record(id)?))?.map(Record::from))
    }

    fn history<'py>(&self, py: Python<'py>, id: &str) -> PyResult<Bound<'py, PyTuple>> {
        let rows = self.with(py, |crm| Ok(crm.history(id)?))?;
        tuple(py, rows.into_iter().map(Row::from))
    }

    fn visits<'py>(&self, py: Python<'py>, id: &str) -> PyResult<Bound<'py, PyTuple>> {
        let visits = self.with(py, |crm| Ok(crm.visits(id)?))?;
        tuple(py, visits.into_iter().map(Visit::from))
    }

    fn verify(&self, py: Python<'_>, id: &str) -> PyResult<Option<ChainFault>> {
        Ok(self.with(py, |crm| Ok(crm.verify(id)?))?.as_ref().map(ChainFault::from))
    }

    fn moves<'py>(
        &self,
        py: Python<'py>,
        id: &str,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let (now, actor) = (time::timestamp(now)?, &actor.get().inner);
        let offers = self.with(py, |crm| {
            let record = crm.head_of(id)?;
            let pipeline = crm.pipeline(record.pipeline());
            let offers = pipeline.iter().flat_map(|pipeline| {
                pipeline.moves(&record, actor, now).map(Offer::from).collect::<Vec<_>>()
            });
            Ok(offers.collect::<Vec<_>>())
        })?;
        tuple(py, offers)
    }

    fn explain(
        &self,
        py: Python<'_>,
        id: &str,
        actor: &Bound<'_, Actor>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Explanation> {
        let (now, actor) = (time::timestamp(now)?, &actor.get().inner);
        Ok(Explanation { inner: self.with(py, |crm| Ok(crm.explain(id, actor, now)?))? })
    }

    fn route(
        &self,
        py: Python<'_>,
        id: &str,
        stage: &str,
        actor: &Bound<'_, Actor>,
    ) -> PyResult<Option<Route>> {
        let actor = &actor.get().inner;
        Ok(self.with(py, |crm| Ok(crm.route(id, stage, actor)?))?.map(Route::from))
    }
}

/// Carries out an operation that needs nothing but its input, JSON in and JSON out.
#[pyfunction]
pub(crate) fn call(py: Python<'_>, operation: &str, input: &str) -> PyResult<String> {
    let answer = py.detach(|| lifestage_wire::call(operation, input));
    answer.map_err(|fault| errors::fault(py, &fault))
}

/// Every operation: what it is carried out on, its name, what it takes, and what it does.
#[pyfunction]
pub(crate) fn operations(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let all = lifestage_wire::operations().map(|operation| {
        let on = match operation.on {
            On::Nothing => "nothing",
            On::Pipeline => "pipeline",
            On::Workspace => "workspace",
        };
        (on, operation.name, operation.takes, operation.says)
    });
    PyList::new(py, all)
}
