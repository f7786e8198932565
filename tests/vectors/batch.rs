//! What the fast path says to the vectors: as a batch, and row by row.

use lifestage::catalog::StageIx;
use lifestage::criteria::{FieldType, Slot, SlotIx};
use lifestage::policy::MoveIx;
use lifestage::{Batch, Bits, Code, Column, Pipeline, Span, Timestamp, Value, Who};
use serde_json::{Value as Json, json};

use crate::file::Step;

/// A column of facts in the form that a batch takes.
enum Facts {
    Ints(Vec<i64>),
    Doubles(Vec<f64>),
    Texts(Vec<String>),
    Bools(Vec<u8>),
    Micros(Vec<i64>),
}

impl Facts {
    fn of(values: &[Json], ty: FieldType) -> Self {
        let texts = || values.iter().map(|value| value.as_str().unwrap_or_default().to_owned());
        let micros =
            |read: fn(&str) -> i64| values.iter().map(|value| value.as_str().map_or(0, read)).collect();
        match ty {
            FieldType::Int => {
                Self::Ints(values.iter().map(|value| value.as_i64().unwrap_or_default()).collect())
            }
            FieldType::Double => {
                Self::Doubles(values.iter().map(|value| value.as_f64().unwrap_or_default()).collect())
            }
            FieldType::Bool => {
                Self::Bools(values.iter().map(|value| value.as_bool().unwrap_or_default().into()).collect())
            }
            FieldType::Timestamp => {
                Self::Micros(micros(|text| text.parse::<Timestamp>().unwrap().as_micros()))
            }
            FieldType::Duration => Self::Micros(micros(|text| text.parse::<Span>().unwrap().as_micros())),
            _ => Self::Texts(texts().collect()),
        }
    }
}

pub fn judged(pipeline: &Pipeline, vector: &Step) -> Json {
    let stages: Vec<u16> = vector.stages.iter().flatten().map(|id| stage(pipeline, id.as_deref())).collect();
    let mv = |id: &String| pipeline.policy().index_of(id).map_or(u32::MAX, MoveIx::position);
    let moves: Vec<u32> = vector.moves.iter().flatten().map(mv).collect();
    let roles: Vec<u64> = vector.roles.iter().flatten().map(|ids| pipeline.roles().set(ids).bits()).collect();
    let owned: Option<Vec<u8>> =
        vector.owned.as_ref().map(|owned| owned.iter().map(|own| u8::from(*own)).collect());

    let columns: Vec<(SlotIx, Facts, Vec<u8>)> = names(vector)
        .map(|(name, values)| {
            let (slot, ty) = pipeline.scope().lookup(name).unwrap();
            let present = values.iter().map(|value| u8::from(!value.is_null())).collect();
            (slot, Facts::of(values, ty), present)
        })
        .collect();
    let texts: Vec<Vec<&str>> = columns
        .iter()
        .map(|(_, facts, _)| match facts {
            Facts::Texts(texts) => texts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        })
        .collect();

    let mut batch = Batch::new(&stages[..], &moves[..], &roles[..]);
    for ((slot, facts, present), texts) in columns.iter().zip(&texts) {
        let values = match facts {
            Facts::Ints(column) => Column::Ints(column),
            Facts::Doubles(column) => Column::Doubles(column),
            Facts::Texts(_) => Column::Texts(texts),
            Facts::Bools(column) => Column::Bools(Bits { column, bit: 0 }),
            Facts::Micros(column) => Column::Micros(column),
        };
        batch = batch.with_some(*slot, values, Bits { column: present, bit: 0 });
    }
    if let Some(column) = &owned {
        batch = batch.owned(Bits { column, bit: 0 });
    }
    if vector.forward_only {
        batch = batch.forward_only();
    }
    let mut codes = vec![0_u16; stages.len()];
    pipeline.decide_batch(&batch, &mut codes).unwrap();
    for (row, code) in codes.iter().enumerate() {
        assert_eq!(*code, alone(pipeline, vector, row), "{}, row {row}", vector.name);
    }
    json!({ "verdicts": codes.iter().map(|code| word(pipeline, *code)).collect::<Vec<_>>() })
}

fn names(vector: &Step) -> impl Iterator<Item = (&str, &Vec<Json>)> {
    let facts = vector.facts.iter().flat_map(|facts| facts.as_object().unwrap());
    facts.map(|(name, values)| (name.as_str(), values.as_array().unwrap()))
}

fn stage(pipeline: &Pipeline, id: Option<&str>) -> u16 {
    id.map_or(u16::MAX, |id| pipeline.catalog().index_of(id).unwrap().position())
}

/// The verdict of one row by itself.
fn alone(pipeline: &Pipeline, vector: &Step, row: usize) -> u16 {
    let values: Vec<(SlotIx, FieldType, Option<Value>)> = names(vector)
        .map(|(name, values)| {
            let (slot, ty) = pipeline.scope().lookup(name).unwrap();
            (slot, ty, serde_json::from_value(values[row].clone()).unwrap())
        })
        .collect();
    let mut slots = vec![Slot::Missing; pipeline.scope().len()];
    for (slot, ty, value) in &values {
        slots[slot.index()] = value.as_ref().map_or(Slot::Missing, |value| Slot::bind(value, *ty));
    }
    let who = Who {
        roles: pipeline.roles().set(&vector.roles.as_ref().unwrap()[row]),
        is_owner: vector.owned.as_ref().is_some_and(|owned| owned[row]),
        forward_only: vector.forward_only,
    };
    let from = vector.stages.as_ref().unwrap()[row].as_deref();
    let from = from.map(|id| pipeline.catalog().index_of(id).unwrap());
    let Some(mv) = pipeline.policy().index_of(&vector.moves.as_ref().unwrap()[row]) else {
        return u16::NOT_FROM_STAGE;
    };
    pipeline.verdict(from, mv, who, &slots[..]).code()
}

fn word(pipeline: &Pipeline, code: u16) -> String {
    let refusal = match code {
        u16::NOT_FROM_STAGE => "!not_from_stage",
        u16::DENIED => "!denied",
        u16::UNMET => "!unmet",
        u16::MISSING_INPUT => "!missing_input",
        u16::NEEDS_APPROVAL => "!needs_approval",
        stage => return pipeline.catalog().at(StageIx::new(stage)).unwrap().id().to_owned(),
    };
    refusal.to_owned()
}
