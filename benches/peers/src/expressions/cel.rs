//! `cel`: a program per criteria, a context per contact.

use std::sync::Arc;

use cel::{Context, Env, Program, Value as CelValue};

use super::cel_text;
use crate::engine::Judge;
use crate::workload::{Value, Workload};

pub struct Cel {
    programs: Vec<Program>,
    contexts: Vec<Context<'static, 'static>>,
}

/// Parses and compiles.
pub fn compile(text: &str) -> Program {
    Program::compile(text).expect("criteria that CEL can read")
}

impl Cel {
    pub fn new(workload: &Workload) -> Self {
        let pipeline = &workload.pipeline;
        let env = Arc::new(Env::stdlib());
        let context = |facts: &Vec<crate::workload::Fact>| {
            let mut context = Context::with_env(Arc::clone(&env));
            for (field, fact) in pipeline.fields.iter().zip(facts) {
                context.add_variable_from_value(
                    &*field.name,
                    match fact.value() {
                        Value::Int(n) => CelValue::from(n),
                        Value::Text(text) => CelValue::from(text),
                        Value::Bool(flag) => CelValue::from(flag),
                    },
                );
            }
            context
        };
        Self {
            programs: pipeline.criteria.iter().map(|tests| compile(&cel_text(pipeline, tests))).collect(),
            contexts: workload.contacts.iter().map(context).collect(),
        }
    }
}

impl Judge for Cel {
    #[inline]
    fn passes(&mut self, criteria: usize, contact: usize) -> bool {
        matches!(self.programs[criteria].execute(&self.contexts[contact]), Ok(CelValue::Bool(true)))
    }
}
