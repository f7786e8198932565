//! The fast path: a verdict from ids, roles and a dictionary, without the words.

use std::hash::{Hash, Hasher};

use lifestage::policy::RoleSet;
use lifestage::{Digest, SmolStr};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::{errors, value};

/// The answer of the fast path. It is true when the move goes through.
#[pyclass(frozen, eq, hash, module = "lifestage")]
pub(crate) struct Verdict {
    kind: &'static str,
    stage: Option<SmolStr>,
    /// Both as Python sees them, made once.
    shown: (Py<PyString>, Option<Py<PyString>>),
}

impl Verdict {
    fn new(py: Python<'_>, kind: &'static str, stage: Option<&str>) -> Self {
        let text = |text: &str| PyString::intern(py, text).unbind();
        Self { kind, stage: stage.map(SmolStr::new), shown: (text(kind), stage.map(text)) }
    }
}

impl PartialEq for Verdict {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.stage) == (other.kind, &other.stage)
    }
}

impl Hash for Verdict {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, &self.stage).hash(state);
    }
}

#[pymethods]
impl Verdict {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("kind", "stage");

    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> &Bound<'py, PyString> {
        self.shown.0.bind(py)
    }

    #[getter]
    fn stage<'py>(&self, py: Python<'py>) -> Option<&Bound<'py, PyString>> {
        self.shown.1.as_ref().map(|stage| stage.bind(py))
    }

    fn __bool__(&self) -> bool {
        self.kind == MOVES
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let kind = value::quoted(py, self.kind);
        match &self.stage {
            Some(stage) => format!("Verdict({kind}, stage={})", value::quoted(py, stage)),
            None => format!("Verdict({kind})"),
        }
    }
}

const MOVES: &str = "moves";

/// Every verdict that a pipeline can give, made once.
pub(crate) struct Verdicts {
    moves: Vec<Py<Verdict>>,
    needs_approval: Vec<Py<Verdict>>,
    not_from_stage: Py<Verdict>,
    denied: Py<Verdict>,
    unmet: Py<Verdict>,
    missing_input: Py<Verdict>,
}

impl Verdicts {
    pub(crate) fn new(py: Python<'_>, pipeline: &lifestage::Pipeline) -> PyResult<Self> {
        let one = |kind: &'static str, stage: Option<&str>| Py::new(py, Verdict::new(py, kind, stage));
        let all = |kind| {
            let stages = pipeline.catalog().stages();
            stages.map(|stage| one(kind, Some(stage.id()))).collect::<PyResult<Vec<_>>>()
        };
        Ok(Self {
            moves: all(MOVES)?,
            needs_approval: all("needs_approval")?,
            not_from_stage: one("not_from_stage", None)?,
            denied: one("denied", None)?,
            unmet: one("unmet", None)?,
            missing_input: one("missing_input", None)?,
        })
    }

    #[inline]
    pub(crate) fn get(&self, verdict: lifestage::Verdict) -> &Py<Verdict> {
        use lifestage::Verdict::{Denied, MissingInput, Moves, NeedsApproval, NotFromStage, Unmet};
        match verdict {
            Moves(to) => self.moves.get(usize::from(to.position())).unwrap_or(&self.not_from_stage),
            NeedsApproval(to) => {
                self.needs_approval.get(usize::from(to.position())).unwrap_or(&self.not_from_stage)
            }
            NotFromStage => &self.not_from_stage,
            Denied => &self.denied,
            Unmet => &self.unmet,
            MissingInput => &self.missing_input,
        }
    }

    /// The verdict of a code of a batch whose greatest code is `most`; none for a code that no batch gives. Who has to
    /// approve what is not told by a code, so that the verdict has no stage then.
    pub(crate) fn of_code(&self, py: Python<'_>, code: u16, most: u16) -> Option<PyResult<Py<Verdict>>> {
        if let Some(moved) = self.moves.get(usize::from(code)) {
            return Some(Ok(moved.clone_ref(py)));
        }
        let found = match most.checked_sub(code)? {
            0 => &self.not_from_stage,
            1 => &self.denied,
            2 => &self.unmet,
            3 => &self.missing_input,
            4 => return Some(Py::new(py, Verdict::new(py, "needs_approval", None))),
            _ => return None,
        };
        Some(Ok(found.clone_ref(py)))
    }
}

/// Some roles of one pipeline, with those they inherit from: worked out once, for many verdicts.
#[pyclass(frozen, eq, hash, module = "lifestage")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Roles {
    set: RoleSet,
    meaning: Digest,
    ids: Vec<String>,
}

#[pymethods]
impl Roles {
    /// A bit for each role, in definition order: the form that columns of a batch take.
    #[getter]
    fn bits(&self) -> u64 {
        self.set.bits()
    }

    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        value::texts(py, &self.ids)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let ids: Vec<String> = self.ids.iter().map(|id| value::quoted(py, id)).collect();
        format!("Roles({})", ids.join(", "))
    }
}

impl Roles {
    pub(crate) fn new(pipeline: &lifestage::Pipeline, roles: &Bound<'_, PyAny>) -> PyResult<Self> {
        let set = set_of(pipeline, roles)?;
        let ids = pipeline.roles().ids().zip(0_u32..64).filter(|(_, at)| set.bits() >> at & 1 == 1);
        Ok(Self { set, meaning: pipeline.meaning(), ids: ids.map(|(id, _)| id.to_owned()).collect() })
    }
}

/// The set of some roles: a [`Roles`], the id of one, or ids in any iterable.
#[inline]
pub(crate) fn set_of(pipeline: &lifestage::Pipeline, roles: &Bound<'_, PyAny>) -> PyResult<RoleSet> {
    if let Ok(given) = roles.cast_exact::<Roles>() {
        let given = given.get();
        if given.meaning != pipeline.meaning() {
            let message = format!("the roles are those of another pipeline than `{}`", pipeline.id());
            return Err(errors::invalid(roles.py(), message));
        }
        return Ok(given.set);
    }
    let one = |role: &Bound<'_, PyAny>| {
        PyResult::Ok(pipeline.roles().set([role.cast::<PyString>()?.to_str()?]).bits())
    };
    if roles.is_instance_of::<PyString>() {
        return one(roles).map(RoleSet::from_bits);
    }
    let mut bits = 0;
    if let Ok(roles) = roles.cast_exact::<PyTuple>() {
        for role in roles.iter_borrowed() {
            bits |= one(&role)?;
        }
    } else {
        for role in roles.try_iter()? {
            bits |= one(&role?)?;
        }
    }
    Ok(RoleSet::from_bits(bits))
}
