//! The facts of a dictionary, looked up when a condition asks for them.

use std::cell::{Cell, OnceCell};

use lifestage::criteria::{Facts, FieldType, Interner, Slot, SlotIx};
use lifestage::{SmolStr, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyString};

use crate::{time, value};

/// The names of a scope as Python strings, so that looking one up neither makes nor hashes a text.
pub(crate) struct Names(Vec<(Py<PyString>, FieldType)>);

impl Names {
    pub(crate) fn new<'n>(py: Python<'_>, names: impl Iterator<Item = (&'n str, FieldType)>) -> Self {
        Self(names.map(|(name, ty)| (PyString::intern(py, name).unbind(), ty)).collect())
    }
}

/// What has to outlive a slot that borrows from it.
enum Held<'py> {
    Text(Bound<'py, PyString>),
    List(Vec<SmolStr>),
}

const ROOM: usize = 4;

/// What slots borrow from: it only grows, so that nothing in it moves.
#[derive(Default)]
struct Arena<'py> {
    cells: [OnceCell<Held<'py>>; ROOM],
    next: Cell<usize>,
    more: OnceCell<Box<Self>>,
}

impl<'py> Arena<'py> {
    fn keep(&self, held: Held<'py>) -> &Held<'py> {
        let at = self.next.get();
        match self.cells.get(at) {
            Some(cell) => {
                self.next.set(at + 1);
                cell.get_or_init(|| held)
            }
            None => self.more.get_or_init(Box::default).keep(held),
        }
    }
}

/// A dictionary of facts.
pub(crate) struct DictFacts<'a, 'py> {
    facts: &'a Bound<'py, PyDict>,
    names: &'a Names,
    interner: Option<&'a Interner>,
    held: Arena<'py>,
    fault: OnceCell<PyErr>,
}

impl<'a, 'py> DictFacts<'a, 'py> {
    #[inline]
    pub(crate) fn new(
        facts: &'a Bound<'py, PyDict>,
        names: &'a Names,
        interner: Option<&'a Interner>,
    ) -> Self {
        Self { facts, names, interner, held: Arena::default(), fault: OnceCell::new() }
    }

    /// The answer, unless a fact could not be read on the way to it.
    #[inline]
    pub(crate) fn checked<T>(self, answer: T) -> PyResult<T> {
        match self.fault.into_inner() {
            None => Ok(answer),
            Some(fault) => Err(fault),
        }
    }

    fn read(&self, ix: SlotIx) -> PyResult<Slot<'_>> {
        let Some((name, ty)) = self.names.0.get(ix.index()) else { return Ok(Slot::Missing) };
        let Some(fact) = self.facts.get_item(name.bind(self.facts.py()))? else { return Ok(Slot::Missing) };
        match ty {
            FieldType::String => {
                if let Ok(text) = fact.cast_exact::<PyString>()
                    && let Some(symbol) = self.interner.and_then(|all| all.symbol(ix, text.to_str().ok()?))
                {
                    return Ok(Slot::Symbol(symbol));
                }
                self.text(fact, name)
            }
            FieldType::Bool => match fact.cast_exact::<PyBool>() {
                Ok(flag) => Ok(Slot::Bool(flag.is_true())),
                Err(_) => self.other(fact, name, *ty),
            },
            FieldType::Int => match fact.cast_exact::<PyInt>() {
                Ok(number) => number.extract().map(Slot::Int).or(Ok(Slot::Wrong)),
                Err(_) => self.other(fact, name, *ty),
            },
            FieldType::Double => match fact.cast_exact::<PyFloat>() {
                Ok(number) if !number.value().is_nan() => Ok(Slot::Double(number.value())),
                _ => self.other(fact, name, *ty),
            },
            FieldType::Timestamp if fact.is_instance_of::<PyDateTime>() => {
                time::timestamp(&fact).map(Slot::Timestamp)
            }
            FieldType::Duration => match fact.cast::<PyDelta>() {
                Ok(delta) => time::span(delta).map(Slot::Duration),
                Err(_) => self.other(fact, name, *ty),
            },
            FieldType::Timestamp => self.other(fact, name, *ty),
            FieldType::List => match value::list(&fact)? {
                Some(texts) => match self.held.keep(Held::List(texts)) {
                    Held::List(texts) => Ok(Slot::List(texts)),
                    Held::Text(_) => Ok(Slot::Wrong),
                },
                None => self.other(fact, name, *ty),
            },
        }
    }

    fn text(&self, fact: Bound<'py, PyAny>, name: &Py<PyString>) -> PyResult<Slot<'_>> {
        match fact.cast_into::<PyString>() {
            Ok(text) => match self.held.keep(Held::Text(text)) {
                Held::Text(text) => text.to_str().map(Slot::Text),
                Held::List(_) => Ok(Slot::Wrong),
            },
            Err(error) => self.other(error.into_inner(), name, FieldType::String),
        }
    }

    /// A value that is not what is declared, which may still be read as that.
    #[cold]
    fn other(&self, fact: Bound<'py, PyAny>, name: &Py<PyString>, ty: FieldType) -> PyResult<Slot<'_>> {
        let name = name.bind(fact.py()).to_str()?;
        if fact.is_none() {
            return Ok(Slot::Missing);
        }
        let value: Value = match value::from_python(name, &fact)? {
            Some(value) => value,
            None => return Ok(Slot::Missing),
        };
        Ok(match Slot::bind(&value, ty) {
            Slot::Bool(flag) => Slot::Bool(flag),
            Slot::Int(number) => Slot::Int(number),
            Slot::Double(number) => Slot::Double(number),
            Slot::Timestamp(at) => Slot::Timestamp(at),
            Slot::Duration(span) => Slot::Duration(span),
            _ => Slot::Wrong,
        })
    }
}

impl Facts for DictFacts<'_, '_> {
    #[inline]
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        match self.read(ix) {
            Ok(slot) => slot,
            Err(error) => {
                // The first fault is the one to tell.
                let _ = self.fault.set(error);
                Slot::Wrong
            }
        }
    }
}
