//! `zen-expression`: compiled bytecode per criteria, a scope per contact, one virtual machine.

use zen_expression::expression::Standard;
use zen_expression::vm::VM;
use zen_expression::{Expression, Isolate, Scope, Variable};

use super::conjunction;
use crate::engine::Judge;
use crate::workload::{Pipeline, Test, Workload};

pub struct Zen {
    expressions: Vec<Expression<Standard>>,
    scopes: Vec<Scope>,
    vm: VM,
}

/// Criteria as zen has it.
pub fn text(pipeline: &Pipeline, criteria: &[Test]) -> String {
    let text = conjunction(pipeline, criteria, |name, test| match test {
        Test::AtLeast { bound, .. } => format!("{name} >= {bound}"),
        Test::OneOf { texts, .. } => format!("{name} in {texts:?}"),
        Test::IsNot { text, .. } => format!("{name} != {text:?}"),
        Test::Is { flag, .. } => format!("{name} == {flag}"),
    });
    text.replace(" && ", " and ")
}

/// Parses and compiles.
pub fn compile(isolate: &mut Isolate, text: &str) -> Expression<Standard> {
    isolate.compile_standard(text).expect("criteria that zen can read")
}

impl Zen {
    pub fn new(workload: &Workload) -> Self {
        let pipeline = &workload.pipeline;
        let mut isolate = Isolate::new();
        let scope = |i| Scope::new(Variable::from(workload.json(i)));
        Self {
            expressions: pipeline
                .criteria
                .iter()
                .map(|tests| compile(&mut isolate, &text(pipeline, tests)))
                .collect(),
            scopes: (0..workload.contacts.len()).map(scope).collect(),
            vm: VM::new(),
        }
    }
}

impl Judge for Zen {
    #[inline]
    fn passes(&mut self, criteria: usize, contact: usize) -> bool {
        let result = self.expressions[criteria].evaluate_with_scope(&self.scopes[contact], &mut self.vm);
        matches!(result, Ok(Variable::Bool(true)))
    }
}
