//! Many decisions at once, over columns of NumPy or Arrow.

mod arrow;
mod codes;
mod column;

use lifestage::criteria::{FieldType, Interner, SlotIx};
use lifestage::{Batch, Bits, Column, Numbers};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

pub(crate) use codes::Codes;

use crate::errors;
use crate::pipeline::Pipeline;
use crate::verdict::{self, Roles};
use codes::Numbered;
use column::{Cells, Data, Texts};

/// A column of positions or bits.
enum Positions {
    U8(Cells<u8>),
    U16(Cells<u16>),
    U32(Cells<u32>),
    U64(Cells<u64>),
}

impl Positions {
    fn len(&self) -> usize {
        match self {
            Self::U8(cells) => cells.len(),
            Self::U16(cells) => cells.len(),
            Self::U32(cells) => cells.len(),
            Self::U64(cells) => cells.len(),
        }
    }

    fn numbers(&self) -> Numbers<'_> {
        match self {
            Self::U8(cells) => Numbers::U8(cells),
            Self::U16(cells) => Numbers::U16(cells),
            Self::U32(cells) => Numbers::U32(cells),
            Self::U64(cells) => Numbers::U64(cells),
        }
    }
}

/// The values of a fact in a form that the core takes.
enum Values {
    Ints(Cells<i64>),
    Naturals(Cells<u32>),
    Doubles(Cells<f64>),
    Symbols(Cells<u8>),
    Texts(Texts),
    Bools(Cells<u8>),
    Micros(Cells<i64>),
}

struct Fact {
    slot: SlotIx,
    values: Values,
    present: Vec<Cells<u8>>,
}

/// Judges a batch for [`Pipeline::decide_batch`].
pub(crate) fn decide<'py>(
    pipeline: &Bound<'py, Pipeline>,
    [stages, moves, roles]: [&Bound<'py, PyAny>; 3],
    facts: Option<&Bound<'py, PyDict>>,
    present: Option<&Bound<'py, PyDict>>,
    owners: Option<&Bound<'py, PyAny>>,
    automation: bool,
) -> PyResult<Codes> {
    let py = pipeline.py();
    let core = &pipeline.get().inner;
    let stage_of = |id: &str| core.catalog().index_of(id).map(lifestage::catalog::StageIx::position);
    let move_of = |id: &str| core.policy().index_of(id).and_then(|mv| u16::try_from(mv.position()).ok());
    let stages = positions("stages", stages, stage_of)?;
    let rows = stages.len();
    let moves = positions("moves", moves, move_of)?;
    let roles = role_bits(core, roles, rows)?;
    let owners = owners.map(|owners| flags("owners", column::read("owners", owners)?)).transpose()?;
    let facts = facts.map_or_else(|| Ok(Vec::new()), |facts| read_facts(core, facts, present))?;

    let code = |error: lifestage::BatchError| errors::batch(py, error.to_string());
    // What slices of texts borrow from must stay where it is.
    let texts: Vec<Option<Vec<&str>>> = facts
        .iter()
        .map(|fact| match &fact.values {
            Values::Texts(texts) => Some(texts.slices()),
            _ => None,
        })
        .collect();
    let mut batch = Batch::new(stages.numbers(), moves.numbers(), roles.numbers());
    if let Some(owners) = &owners {
        batch = batch.owned(Bits { column: owners, bit: 0 });
    }
    if automation {
        batch = batch.forward_only();
    }
    let masks: Vec<Option<Vec<u8>>> = facts.iter().map(|fact| joined(&fact.present)).collect();
    for ((fact, texts), mask) in facts.iter().zip(&texts).zip(&masks) {
        let values = match &fact.values {
            Values::Ints(cells) => Column::Ints(cells),
            Values::Naturals(cells) => Column::Naturals(cells),
            Values::Doubles(cells) => Column::Doubles(cells),
            Values::Symbols(cells) => Column::Symbols(cells),
            Values::Texts(_) => Column::Texts(texts.as_deref().unwrap_or_default()),
            Values::Bools(cells) => Column::Bools(Bits { column: cells, bit: 0 }),
            Values::Micros(cells) => Column::Micros(cells),
        };
        let present = match (mask, fact.present.first()) {
            (Some(mask), _) => Some(&mask[..]),
            (None, Some(only)) => Some(&only[..]),
            (None, None) => None,
        };
        batch = match present {
            Some(column) => batch.with_some(fact.slot, values, Bits { column, bit: 0 }),
            None => batch.with(fact.slot, values),
        };
    }
    let numbered = py.detach(|| -> Result<Numbered, lifestage::BatchError> {
        if core.catalog().stages().len() <= <u8 as lifestage::Code>::STAGES {
            let mut codes = vec![0_u8; rows];
            core.decide_batch(&batch, &mut codes)?;
            Ok(Numbered::U8(codes))
        } else {
            let mut codes = vec![0_u16; rows];
            core.decide_batch(&batch, &mut codes)?;
            Ok(Numbered::U16(codes))
        }
    });
    Ok(Codes::new(pipeline.clone().unbind(), numbered.map_err(code)?))
}

/// The one mask of several; none when there are fewer than two.
fn joined(masks: &[Cells<u8>]) -> Option<Vec<u8>> {
    let (first, rest) = masks.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let mut all = first.to_vec();
    for mask in rest {
        all.iter_mut().zip(mask.iter()).for_each(|(all, bit)| *all &= bit);
        all.truncate(mask.len());
    }
    Some(all)
}

fn positions(
    name: &str,
    column: &Bound<'_, PyAny>,
    position: impl Fn(&str) -> Option<u16>,
) -> PyResult<Positions> {
    placed(name, column.py(), column::read(name, column)?, position)
}

/// Places of what was read.
fn placed(
    name: &str,
    py: Python<'_>,
    read: column::Read,
    position: impl Fn(&str) -> Option<u16>,
) -> PyResult<Positions> {
    let known = |row: usize| read.present.as_ref().is_none_or(|present| present.get(row) == Some(&1));
    let texts = match read.data {
        Data::U8(cells) if read.present.is_none() => return Ok(Positions::U8(cells)),
        Data::U16(cells) if read.present.is_none() => return Ok(Positions::U16(cells)),
        Data::U32(cells) if read.present.is_none() => return Ok(Positions::U32(cells)),
        Data::U64(cells) if read.present.is_none() => return Ok(Positions::U64(cells)),
        // -1 is the greatest number of the unsigned type: no stage.
        Data::I8(cells) if read.present.is_none() => return Ok(Positions::U8(cells.unsigned())),
        Data::I16(cells) if read.present.is_none() => return Ok(Positions::U16(cells.unsigned())),
        Data::I32(cells) if read.present.is_none() => return Ok(Positions::U32(cells.unsigned())),
        Data::I64(cells) if read.present.is_none() => return Ok(Positions::U64(cells.unsigned())),
        Data::Texts(texts) => texts,
        Data::Coded(coded) => {
            // Each text of the dictionary is looked up once.
            let found: Vec<u16> =
                coded.texts.slices().iter().map(|id| position(id).unwrap_or(ELSEWHERE)).collect();
            let place = |(row, at): (usize, &u32)| match found.get(*at as usize) {
                Some(place) if known(row) => *place,
                _ => u16::MAX,
            };
            return Ok(Positions::U16(Cells::Own(coded.places.iter().enumerate().map(place).collect())));
        }
        other => {
            let what = other.name();
            return Err(errors::batch(
                py,
                format!("column `{name}` has {what}, where whole numbers or texts are needed"),
            ));
        }
    };
    let place = |(row, id): (usize, &str)| match known(row) {
        true => position(id).unwrap_or(ELSEWHERE),
        false => u16::MAX,
    };
    Ok(Positions::U16(Cells::Own(texts.iter().enumerate().map(place).collect())))
}

/// The position of what no pipeline has, beside the greatest number, which is no stage.
const ELSEWHERE: u16 = u16::MAX - 1;

fn role_bits(core: &lifestage::Pipeline, roles: &Bound<'_, PyAny>, rows: usize) -> PyResult<Positions> {
    let alone = roles.is_instance_of::<Roles>() || roles.is_instance_of::<PyString>();
    if alone || roles.is_instance_of::<pyo3::types::PyTuple>() {
        let bits = verdict::set_of(core, roles)?.bits();
        return Ok(match u8::try_from(bits) {
            Ok(bits) => Positions::U8(Cells::Own(vec![bits; rows])),
            Err(_) => Positions::U64(Cells::Own(vec![bits; rows])),
        });
    }
    let none = |_: &str| None;
    let read = column::read("roles", roles)?;
    match read.data {
        Data::Texts(_) | Data::Coded(_) => {
            let message = "column `roles` has texts: give the bits of `pipeline.roles(...)`";
            Err(errors::batch(roles.py(), message))
        }
        _ => placed("roles", roles.py(), read, none),
    }
}

/// A column of yes and no; where there is no value it is no.
fn flags(name: &str, column: column::Read) -> PyResult<Cells<u8>> {
    let yes = match column.data {
        Data::Bools(cells) => cells,
        Data::U8(cells) => Cells::Own(cells.iter().map(|cell| u8::from(*cell != 0)).collect()),
        other => {
            let message = format!("column `{name}` has {}, where bools are needed", other.name());
            return Python::attach(|py| Err(errors::batch(py, message)));
        }
    };
    Ok(match column.present {
        Some(present) => Cells::Own(yes.iter().zip(present.iter()).map(|(yes, there)| yes & there).collect()),
        None => yes,
    })
}

fn read_facts(
    core: &lifestage::Pipeline,
    facts: &Bound<'_, PyDict>,
    present: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<Fact>> {
    let py = facts.py();
    if let Some(present) = present {
        for name in present.keys() {
            if !facts.contains(&name)? {
                return Err(errors::batch(
                    py,
                    format!("`present` names `{name}`, of which there is no column"),
                ));
            }
        }
    }
    let one = |(name, column): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let text = name.cast::<PyString>()?.to_str()?;
        let Some((slot, ty)) = core.scope().lookup(text) else {
            return Err(errors::not_found(py, format!("no name `{text}` in this pipeline")));
        };
        let read = column::read(text, &column)?;
        let mut masks: Vec<Cells<u8>> = read.present.into_iter().collect();
        if let Some(mask) = present.map(|present| present.get_item(&name)).transpose()?.flatten() {
            masks.push(flags(text, column::read(text, &mask)?)?);
        }
        let values = values(core.interner(), slot, ty, read.data).map_err(|what| {
            errors::batch(py, format!("column `{text}` has {what}, where `{ty}` is declared"))
        })?;
        Ok(Fact { slot, values, present: masks })
    };
    facts.iter().map(one).collect()
}

/// The values in a form that the core takes, or what they are instead.
fn values(interner: &Interner, slot: SlotIx, ty: FieldType, data: Data) -> Result<Values, &'static str> {
    let what = data.name();
    Ok(match (ty, data) {
        (FieldType::Int, Data::I64(cells)) => Values::Ints(cells),
        (FieldType::Int, Data::U32(cells)) => Values::Naturals(cells),
        (FieldType::Int, data) => Values::Ints(data.into_ints().ok_or(what)?),
        (FieldType::Double, Data::F64(cells)) => Values::Doubles(cells),
        (FieldType::Double, data) => Values::Doubles(data.into_doubles().ok_or(what)?),
        (FieldType::Bool, Data::Bools(cells) | Data::U8(cells)) => Values::Bools(cells),
        (FieldType::Timestamp | FieldType::Duration, Data::Micros(cells) | Data::I64(cells)) => {
            Values::Micros(cells)
        }
        (FieldType::String, Data::U8(cells)) => Values::Symbols(cells),
        (FieldType::String, Data::Texts(texts)) => match interner.symbol(slot, "") {
            Some(_) => {
                Values::Symbols(Cells::Own(texts.iter().map(|text| number(interner, slot, text)).collect()))
            }
            None => Values::Texts(texts),
        },
        (FieldType::String, Data::Coded(coded)) => match interner.symbol(slot, "") {
            Some(_) => {
                let known: Vec<u8> = coded.texts.iter().map(|text| number(interner, slot, text)).collect();
                let symbol = |at: &u32| known.get(*at as usize).copied().unwrap_or_default();
                Values::Symbols(Cells::Own(coded.places.iter().map(symbol).collect()))
            }
            None => Values::Texts(coded.spelled_out()),
        },
        _ => return Err(what),
    })
}

fn number(interner: &Interner, slot: SlotIx, text: &str) -> u8 {
    interner.symbol(slot, text).map_or(0, lifestage::criteria::Symbol::number)
}
