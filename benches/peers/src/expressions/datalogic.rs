//! `datalogic-rs`: a compiled rule per criteria, a value in an arena per contact, the zero-copy way of evaluation.

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{DataValue, Engine, Logic};
use serde_json::json;

use crate::engine::Judge;
use crate::workload::{Pipeline, Test, Workload};

pub struct Datalogic {
    engine: Engine,
    rules: Vec<Logic>,
    contacts: Vec<&'static DataValue<'static>>,
    arena: Bump,
}

/// Criteria as JSONLogic.
pub fn text(pipeline: &Pipeline, criteria: &[Test]) -> String {
    let tests = criteria.iter().map(|test| {
        let var = json!({ "var": pipeline.fields[test.field()].name });
        match test {
            Test::AtLeast { bound, .. } => json!({ ">=": [var, bound] }),
            Test::OneOf { texts, .. } => json!({ "in": [var, texts] }),
            Test::IsNot { text, .. } => json!({ "!==": [var, text] }),
            Test::Is { flag, .. } => json!({ "===": [var, flag] }),
        }
    });
    json!({ "and": tests.collect::<Vec<_>>() }).to_string()
}

/// Parses and compiles.
pub fn compile(engine: &Engine, text: &str) -> Logic {
    engine.compile(text).expect("criteria that JSONLogic can read")
}

impl Datalogic {
    pub fn new(workload: &Workload) -> Self {
        let pipeline = &workload.pipeline;
        let engine = Engine::new();
        // The contacts live as long as the program: an engine that owned both them and their arena would borrow
        // from itself.
        let kept: &'static Bump = Box::leak(Box::default());
        let contact = |i| {
            let json: &'static str = kept.alloc_str(&workload.json(i).to_string());
            &*kept.alloc(DataValue::from_str(json, kept).expect("JSON made a line above"))
        };
        Self {
            rules: pipeline.criteria.iter().map(|tests| compile(&engine, &text(pipeline, tests))).collect(),
            contacts: (0..workload.contacts.len()).map(contact).collect(),
            engine,
            arena: Bump::new(),
        }
    }
}

impl Judge for Datalogic {
    #[inline]
    fn passes(&mut self, criteria: usize, contact: usize) -> bool {
        let result = self.engine.evaluate(&self.rules[criteria], self.contacts[contact], &self.arena);
        let passes = matches!(result, Ok(DataValue::Bool(true)));
        self.arena.reset();
        passes
    }
}
