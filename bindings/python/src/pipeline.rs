//! A definition, checked and compiled.

use std::hash::{DefaultHasher, Hash, Hasher};

use lifestage::catalog::StageIx;
use lifestage::criteria::Symbol;
use lifestage::{Creation, Edit, Who, presets};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyString, PyTuple};

use crate::actor::Actor;
use crate::batch::{self, Codes};
use crate::catalog::{Finding, Move, Stage};
use crate::decision::{self, Asked};
use crate::explain::{Explanation, Offer};
use crate::facts::{DictFacts, Names};
use crate::record::Record;
use crate::refusal::Route;
use crate::request::Request;
use crate::verdict::{Roles, Verdict, Verdicts, set_of};
use crate::{errors, json, time, value};

/// A definition, checked and compiled: immutable, shared freely between threads, and it cannot exist invalid.
#[pyclass(frozen, weakref, module = "lifestage")]
pub(crate) struct Pipeline {
    pub(crate) inner: lifestage::Pipeline,
    pub(crate) verdicts: Verdicts,
    names: Names,
}

impl Pipeline {
    pub(crate) fn new(py: Python<'_>, inner: lifestage::Pipeline) -> PyResult<Self> {
        let verdicts = Verdicts::new(py, &inner)?;
        let names = Names::new(py, inner.scope().iter());
        Ok(Self { inner, verdicts, names })
    }

    fn read(py: Python<'_>, text: &str, version: u32) -> PyResult<Self> {
        let read = py.detach(|| lifestage::Pipeline::from_json(text));
        let inner = read.map_err(|error| errors::definition(py, &error))?;
        Self::new(py, inner.with_version(version))
    }
}

/// A request as it is given: itself, or the id of a move.
fn asked_for<'py>(request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Request>> {
    if let Ok(request) = request.cast_exact::<Request>() {
        return Ok(request.clone());
    }
    if let Ok(id) = request.cast::<PyString>() {
        return Bound::new(request.py(), Request { inner: lifestage::Request::mv(id.to_str()?) });
    }
    let found = request.get_type().name()?;
    Err(PyTypeError::new_err(format!("a request is a `Request` or the id of a move, not `{found}`")))
}

/// The members that are given.
fn given<'py>(py: Python<'py>, members: &Members<'_, 'py>) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    for (name, value) in members {
        if let Some(value) = value {
            all.set_item(name, value)?;
        }
    }
    Ok(all)
}

/// A salt as operations read it.
fn hex<'py>(salt: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    salt.call_method0("hex")
}

/// What goes into an operation, by name.
type Members<'a, 'py> = [(&'a str, Option<&'a Bound<'py, PyAny>>)];

impl Pipeline {
    fn ask<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        members: &Members<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.perform(py, operation, Some(&given(py, members)?))
    }

    /// Asks for a decision about a record, which the operation knows by a name.
    fn judge<'py>(
        &self,
        operation: &str,
        (name, record): (&str, &Bound<'py, Record>),
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        salt: Option<&Bound<'py, PyAny>>,
        more: &Members<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = record.py();
        let members = given(py, more)?;
        members.set_item(name, record)?;
        members.set_item("actor", actor)?;
        members.set_item("now", now)?;
        if let Some(salt) = salt {
            members.set_item("salt", hex(salt)?)?;
        }
        self.perform(py, operation, Some(&members))
    }
}

#[pymethods]
impl Pipeline {
    #[staticmethod]
    #[pyo3(signature = (text, *, version = 1))]
    fn from_json(py: Python<'_>, text: &str, version: u32) -> PyResult<Self> {
        Self::read(py, text, version)
    }

    #[staticmethod]
    #[pyo3(signature = (document, *, version = 1))]
    fn from_dict(document: &Bound<'_, PyAny>, version: u32) -> PyResult<Self> {
        Self::read(document.py(), json::dumps(document)?.to_str()?, version)
    }

    #[staticmethod]
    fn preset(py: Python<'_>, id: &str) -> PyResult<Self> {
        match presets::ALL.iter().find(|(known, _)| *known == id) {
            Some((_, text)) => Self::read(py, text, 1),
            None => {
                let known: Vec<&str> = presets::ALL.iter().map(|(id, _)| *id).collect();
                Err(errors::not_found(py, format!("no preset is named `{id}`: {}", known.join(", "))))
            }
        }
    }

    fn to_json(&self) -> String {
        self.inner.to_json()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::loads(py, &self.inner.to_json())
    }

    fn with_version(&self, py: Python<'_>, version: u32) -> PyResult<Self> {
        Self::new(py, self.inner.clone().with_version(version))
    }

    #[getter]
    fn id(&self) -> &str {
        self.inner.id()
    }

    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    #[getter]
    fn version(&self) -> u32 {
        self.inner.version()
    }

    #[getter]
    fn meaning(&self) -> String {
        self.inner.meaning().to_string()
    }

    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let warnings: PyResult<Vec<_>> =
            self.inner.warnings().iter().map(|finding| Bound::new(py, Finding::from(finding))).collect();
        PyTuple::new(py, warnings?)
    }

    #[getter]
    fn stages<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let positions = (0_u16..).zip(self.inner.catalog().stages());
        let stages: PyResult<Vec<_>> = positions
            .map(|(at, _)| Bound::new(py, Stage { pipeline: self.inner.clone(), at: StageIx::new(at) }))
            .collect();
        PyTuple::new(py, stages?)
    }

    #[getter]
    fn stage_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.catalog().stages().map(lifestage::catalog::Stage::id))
    }

    #[getter]
    fn default_stage(&self) -> &str {
        self.inner.catalog().default_stage().id()
    }

    #[getter]
    fn listed_moves<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let catalog = self.inner.catalog();
        let one = |(position, mv): (u32, &lifestage::policy::Move)| {
            let to = catalog.at(mv.to()).map_or("", lifestage::catalog::Stage::id).to_owned();
            Bound::new(py, Move { inner: mv.clone(), position, to })
        };
        PyTuple::new(py, (0_u32..).zip(self.inner.policy().moves()).map(one).collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    fn move_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.policy().moves().map(lifestage::policy::Move::id))
    }

    #[getter]
    fn role_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, self.inner.roles().ids())
    }

    /// The names that conditions can use, each with its type.
    #[getter]
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let names = PyDict::new(py);
        for (name, ty) in self.inner.scope().iter() {
            names.set_item(name, ty.as_str())?;
        }
        Ok(names)
    }

    /// The numbers that stand for texts in a column of this name; a text without one is 0. None when some condition
    /// needs the text itself.
    fn symbols<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
        let interner = self.inner.interner();
        let Some((slot, _)) = self.inner.scope().lookup(name) else {
            return Err(errors::not_found(py, format!("no name `{name}` in this pipeline")));
        };
        if interner.symbol(slot, "").is_none() {
            return Ok(None);
        }
        let symbols = PyDict::new(py);
        for number in 1..64 {
            if let Some(text) = Symbol::new(number).and_then(|symbol| interner.text(slot, symbol)) {
                symbols.set_item(text, number)?;
            }
        }
        Ok(Some(symbols))
    }

    /// Some roles with those they inherit from, worked out once.
    #[pyo3(signature = (*ids))]
    fn roles(&self, ids: &Bound<'_, PyTuple>) -> PyResult<Roles> {
        Roles::new(&self.inner, ids.as_any())
    }

    /// Judges a request: what to write, or every reason against.
    fn decide<'py>(
        slf: &Bound<'py, Self>,
        record: &Bound<'py, Record>,
        request: &Bound<'py, PyAny>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request = asked_for(request)?;
        let now = time::timestamp(now)?;
        let decision =
            slf.get().inner.decide(&record.get().inner, &request.get().inner, &actor.get().inner, now);
        decision::lazily(slf.py(), decision, || Asked {
            pipeline: slf.clone().unbind(),
            record: record.clone().unbind(),
            request: request.clone().unbind(),
            actor: actor.clone().unbind(),
            now,
        })
    }

    /// The moves open to this actor now: the buttons.
    fn moves<'py>(
        &self,
        record: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let py = record.py();
        let offers = self.inner.moves(&record.get().inner, &actor.get().inner, time::timestamp(now)?);
        let offers: PyResult<Vec<_>> = offers.map(|offer| Bound::new(py, Offer::from(offer))).collect();
        PyTuple::new(py, offers?)
    }

    /// Every move and every stage: allowed, or refused with all reasons, and who could.
    fn explain(
        &self,
        record: &Bound<'_, Record>,
        actor: &Bound<'_, Actor>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Explanation> {
        let now = time::timestamp(now)?;
        let (py, record, actor) = (record.py(), record.get(), actor.get());
        let inner = py.detach(|| self.inner.explain(&record.inner, &actor.inner, now));
        Ok(Explanation { inner })
    }

    /// The shortest lawful way to a stage; none when there is no way, or no such stage.
    fn route(&self, record: &Bound<'_, Record>, stage: &str, actor: &Bound<'_, Actor>) -> Option<Route> {
        let (record, actor) = (record.get(), actor.get());
        self.inner.route(&record.inner, stage, &actor.inner).map(Route::from)
    }

    /// The fast path: whether a listed move goes through, by ids, roles and facts.
    #[pyo3(signature = (stage, r#move, roles, facts, *, owner = false, automation = false))]
    #[expect(clippy::too_many_arguments, reason = "what a verdict depends on")]
    fn verdict<'py>(
        &self,
        py: Python<'py>,
        stage: Option<&Bound<'py, PyString>>,
        r#move: &Bound<'py, PyString>,
        roles: &Bound<'py, PyAny>,
        facts: &Bound<'py, PyDict>,
        owner: bool,
        automation: bool,
    ) -> PyResult<Py<Verdict>> {
        let who = Who { roles: set_of(&self.inner, roles)?, is_owner: owner, forward_only: automation };
        let from = match stage {
            None => Some(None),
            Some(stage) => self.inner.catalog().index_of(stage.to_str()?).map(Some),
        };
        let place = from.zip(self.inner.policy().index_of(r#move.to_str()?));
        let Some((from, mv)) = place else {
            return Ok(self.verdicts.get(lifestage::Verdict::NotFromStage).clone_ref(py));
        };
        let bound = DictFacts::new(facts, &self.names, Some(self.inner.interner()));
        let verdict = self.inner.verdict(from, mv, who, &bound);
        bound.checked(self.verdicts.get(verdict).clone_ref(py))
    }

    /// Judges many requests, given as columns: for each row the code of its verdict.
    #[pyo3(signature = (stages, moves, roles, facts = None, *, present = None, owners = None, automation = false))]
    #[expect(clippy::too_many_arguments, reason = "the columns of a batch")]
    fn decide_batch<'py>(
        slf: &Bound<'py, Self>,
        stages: &Bound<'py, PyAny>,
        moves: &Bound<'py, PyAny>,
        roles: &Bound<'py, PyAny>,
        facts: Option<&Bound<'py, PyDict>>,
        present: Option<&Bound<'py, PyDict>>,
        owners: Option<&Bound<'py, PyAny>>,
        automation: bool,
    ) -> PyResult<Codes> {
        batch::decide(slf, [stages, moves, roles], facts, present, owners, automation)
    }

    /// Judges a new record; without a stage it begins in the default one.
    #[pyo3(signature = (record, actor, now, *, stage = None, no_stage = false, imported = false, created_at = None, input = None, key = None, salt = None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "all but the first three are keywords that may be left out"
    )]
    fn create<'py>(
        &self,
        record: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        stage: Option<&str>,
        no_stage: bool,
        imported: bool,
        created_at: Option<&Bound<'py, PyAny>>,
        input: Option<&Bound<'py, PyAny>>,
        key: Option<&str>,
        salt: Option<&[u8]>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut creation = match stage {
            Some(_) if no_stage => {
                return Err(PyTypeError::new_err("a record begins in a `stage` or in `no_stage`"));
            }
            Some(stage) => Creation::in_stage(stage),
            None if no_stage => Creation::without_stage(),
            None => Creation::new(),
        };
        if imported {
            creation = creation.imported(created_at.map(time::timestamp).transpose()?);
        } else if created_at.is_some() {
            return Err(PyTypeError::new_err("`created_at` goes with `imported`"));
        }
        for (name, value) in value::fields_or_none(input)?.iter() {
            creation = creation.with_input(name, value.clone());
        }
        if let Some(key) = key {
            creation = creation.with_key(key);
        }
        let (py, now) = (record.py(), time::timestamp(now)?);
        let decision = self.inner.create(&record.get().inner, &creation, &actor.get().inner, now);
        decision::sealed(py, decision, salt)
    }

    /// Judges a change of facts: those in `set`, of which `None` clears.
    #[pyo3(signature = (record, facts, actor, now, *, expect_version = None, key = None, salt = None))]
    #[expect(clippy::too_many_arguments, reason = "the last three are keywords that may be left out")]
    fn edit<'py>(
        &self,
        record: &Bound<'py, Record>,
        facts: &Bound<'py, PyDict>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        expect_version: Option<u64>,
        key: Option<&str>,
        salt: Option<&[u8]>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut edit = Edit::new();
        for (name, value) in facts.iter() {
            let name = name.cast::<PyString>()?.to_str()?;
            edit = match value::from_python(name, &value)? {
                Some(value) => edit.set(name, value),
                None => edit.clear(name),
            };
        }
        if let Some(version) = expect_version {
            edit = edit.expecting_version(version);
        }
        if let Some(key) = key {
            edit = edit.with_key(key);
        }
        let (py, now) = (record.py(), time::timestamp(now)?);
        let decision = self.inner.edit(&record.get().inner, &edit, &actor.get().inner, now);
        decision::sealed(py, decision, salt)
    }

    /// The actions open to an actor in the record's stage.
    fn actions<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [("record", record.as_any()), ("actor", actor.as_any()), ("now", now)];
        self.perform(py, "actions", Some(&members.into_py_dict(py)?))
    }

    /// What else can be done with a record, or why not.
    fn deeds<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [("record", record.as_any()), ("actor", actor.as_any()), ("now", now)];
        self.perform(py, "deeds", Some(&members.into_py_dict(py)?))
    }

    /// Judges the moves of a journal again; those of actors whose roles are not given by what can be known.
    #[pyo3(signature = (rows, actors = None))]
    fn replay<'py>(
        &self,
        py: Python<'py>,
        rows: &Bound<'py, PyAny>,
        actors: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = PyDict::new(py);
        members.set_item("rows", rows)?;
        members.set_item("actors", actors)?;
        self.perform(py, "replay", Some(&members))
    }

    /// Judges that the activity that a row plans is done; `rows` are the journal, or at least that row and what came later.
    #[pyo3(signature = (record, rows, row, actor, now, *, salt = None))]
    #[expect(clippy::too_many_arguments, reason = "what the operation takes")]
    fn finish<'py>(
        &self,
        record: &Bound<'py, Record>,
        rows: &Bound<'py, PyAny>,
        row: &Bound<'py, PyAny>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        salt: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [("rows", Some(rows)), ("row", Some(row))];
        self.judge("finish", ("record", record), actor, now, salt, &members)
    }

    /// Judges that a record gets the work that its stage came to have; `had` are the effects that it had in this visit.
    #[pyo3(signature = (record, actor, now, *, had = None, messages = None, salt = None))]
    #[expect(clippy::too_many_arguments, reason = "the last three are keywords that may be left out")]
    fn catch_up<'py>(
        &self,
        record: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        had: Option<&Bound<'py, PyAny>>,
        messages: Option<&Bound<'py, PyAny>>,
        salt: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [("had", had), ("messages", messages)];
        self.judge("catch_up", ("record", record), actor, now, salt, &members)
    }

    /// Judges one record of a migration into this pipeline. `from_stage` is the mark of the stage that it leaves, where
    /// this definition does not know that any more.
    #[pyo3(signature = (record, migration, now, *, from_stage = None, salt = None))]
    fn migrate<'py>(
        &self,
        record: &Bound<'py, Record>,
        migration: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
        from_stage: Option<&Bound<'py, PyAny>>,
        salt: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let salt = salt.map(hex).transpose()?;
        let members = [
            ("record", Some(record.as_any())),
            ("migration", Some(migration)),
            ("now", Some(now)),
            ("from", from_stage),
            ("salt", salt.as_ref()),
        ];
        self.ask(record.py(), "migrate", &members)
    }

    /// The customer that a lead would become in this pipeline of customers; nothing is judged.
    #[pyo3(signature = (lead, wish = None))]
    fn customer_of<'py>(
        &self,
        lead: &Bound<'py, Record>,
        wish: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Record> {
        let py = lead.py();
        let members = given(py, &[("lead", Some(lead.as_any())), ("wish", wish)])?;
        let answer = self.call(py, "customer_of", json::dumps(members.as_any())?.to_str()?)?;
        Ok(Record::from(json::read::<lifestage::Record>(py, "record", &answer)?))
    }

    /// Judges the customer, in this pipeline of customers, that a lead becomes; `conversion` is what the lead's definition
    /// says of conversions.
    #[pyo3(signature = (lead, actor, now, *, customer = None, wish = None, conversion = None, salt = None))]
    #[expect(clippy::too_many_arguments, reason = "the last four are keywords that may be left out")]
    fn make_customer<'py>(
        &self,
        lead: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        customer: Option<&Bound<'py, PyAny>>,
        wish: Option<&Bound<'py, PyAny>>,
        conversion: Option<&Bound<'py, PyAny>>,
        salt: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [("customer", customer), ("wish", wish), ("conversion", conversion)];
        self.judge("make_customer", ("lead", lead), actor, now, salt, &members)
    }

    /// Judges that a customer of this pipeline is what a lead becomes.
    #[pyo3(signature = (lead, customer, actor, now, *, wish = None, conversion = None, salt = None))]
    #[expect(clippy::too_many_arguments, reason = "the last three are keywords that may be left out")]
    fn link_customer<'py>(
        &self,
        lead: &Bound<'py, Record>,
        customer: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        wish: Option<&Bound<'py, PyAny>>,
        conversion: Option<&Bound<'py, PyAny>>,
        salt: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [("customer", Some(customer.as_any())), ("wish", wish), ("conversion", conversion)];
        self.judge("link_customer", ("lead", lead), actor, now, salt, &members)
    }

    /// Judges the start of a deal, in this pipeline of deals, for a converted lead.
    #[pyo3(signature = (lead, deal, actor, now, *, creation = None, salt = None))]
    #[expect(clippy::too_many_arguments, reason = "the last two are keywords that may be left out")]
    fn start_deal<'py>(
        &self,
        lead: &Bound<'py, Record>,
        deal: &Bound<'py, Record>,
        actor: &Bound<'py, Actor>,
        now: &Bound<'py, PyAny>,
        creation: Option<&Bound<'py, PyAny>>,
        salt: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [("deal", Some(deal.as_any())), ("creation", creation)];
        self.judge("start_deal", ("lead", lead), actor, now, salt, &members)
    }

    /// For how long nothing has happened to a record, past the limit of its stage. `sent` are the times at which messages
    /// were delivered to it.
    #[pyo3(signature = (record, rows, as_of, *, sent = None))]
    fn idle<'py>(
        &self,
        record: &Bound<'py, Record>,
        rows: &Bound<'py, PyAny>,
        as_of: &Bound<'py, PyAny>,
        sent: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members =
            [("record", Some(record.as_any())), ("rows", Some(rows)), ("as_of", Some(as_of)), ("sent", sent)];
        self.ask(record.py(), "idle", &members)
    }

    /// What to do with an effect about a promise of time that is due: tell, postpone or drop it.
    #[pyo3(signature = (effect, record, rows, now, *, sent = None))]
    fn notice<'py>(
        &self,
        effect: &Bound<'py, PyAny>,
        record: &Bound<'py, Record>,
        rows: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
        sent: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let members = [
            ("effect", Some(effect)),
            ("record", Some(record.as_any())),
            ("rows", Some(rows)),
            ("now", Some(now)),
            ("sent", sent),
        ];
        self.ask(record.py(), "notice", &members)
    }

    /// What a request may be asked for, from wherever it starts.
    fn asks<'py>(&self, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let request = asked_for(request)?;
        self.ask(request.py(), "asks", &[("request", Some(request.as_any()))])
    }

    /// Whether an actor has a capability with a record.
    fn can(&self, record: &Bound<'_, Record>, actor: &Bound<'_, Actor>, capability: &str) -> PyResult<bool> {
        let capability = PyString::new(record.py(), capability);
        let members = [
            ("record", Some(record.as_any())),
            ("actor", Some(actor.as_any())),
            ("capability", Some(capability.as_any())),
        ];
        self.ask(record.py(), "can", &members)?.extract()
    }

    /// What the columns of a list seem to be, by its headers: the text of a CSV file, or the headers.
    fn suggest_mapping<'py>(&self, list: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let py = list.py();
        let headers = [("headers", list)].into_py_dict(py)?;
        let list = if list.is_instance_of::<PyString>() { list } else { headers.as_any() };
        let columns = PyDict::new(py);
        for column in self.ask(py, "suggest_mapping", &[("list", Some(list))])?.try_iter()? {
            let column = column?;
            columns.set_item(column.get_item("header")?, column.get_item("column")?)?;
        }
        Ok(columns)
    }

    /// The reason for somebody who was too late: another changed the record first.
    fn conflict<'py>(&self, py: Python<'py>, record: &Bound<'py, Record>) -> PyResult<Bound<'py, PyAny>> {
        self.perform(py, "conflict", Some(&[("record", record)].into_py_dict(py)?))
    }

    /// Carries out any operation of a pipeline by its name, with the members that it takes: a decision, or a document.
    #[pyo3(signature = (operation, **members))]
    fn perform<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        members: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static READ: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let input =
            members.map_or_else(|| Ok(PyString::new(py, "{}")), |members| json::dumps(members.as_any()))?;
        let answer = self.call(py, operation, input.to_str()?)?;
        READ.import(py, "lifestage.answers", "decided")?.call1((answer,))
    }

    /// Carries out an operation by its name, JSON in and JSON out; the methods of the package are made of it.
    fn call(&self, py: Python<'_>, operation: &str, input: &str) -> PyResult<String> {
        let answer = py.detach(|| lifestage_wire::pipeline_call(&self.inner, operation, input));
        answer.map_err(|fault| errors::fault(py, &fault))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner.version() == other.inner.version() && self.inner.definition() == other.inner.definition()
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.inner.meaning(), self.inner.version()).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let id = value::quoted(py, self.inner.id());
        let meaning: String = self.inner.meaning().to_string().chars().take(12).collect();
        format!("Pipeline({id}, version={}, meaning='{meaning}...')", self.inner.version())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String, u32))> {
        let restore = py.import("lifestage._json")?.getattr("restore_pipeline")?;
        Ok((restore, (self.inner.to_json(), self.inner.version())))
    }
}
