//! `wirefilter-engine`: a filter per criteria, an execution context per contact.

use wirefilter::{ExecutionContext, Filter, Scheme, Type};

use super::conjunction;
use crate::engine::Judge;
use crate::workload::{Kind, Pipeline, Test, Value, Workload};

pub struct Wirefilter<'a> {
    filters: Vec<Filter<'a>>,
    contexts: Vec<ExecutionContext<'a>>,
}

/// Criteria as a filter of Wireshark's kind.
pub fn text(pipeline: &Pipeline, criteria: &[Test]) -> String {
    conjunction(pipeline, criteria, |name, test| match test {
        Test::AtLeast { bound, .. } => format!("{name} >= {bound}"),
        Test::OneOf { texts, .. } => {
            let texts = texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>();
            format!("{name} in {{{}}}", texts.join(" "))
        }
        Test::IsNot { text, .. } => format!("{name} != {text:?}"),
        Test::Is { flag: true, .. } => name.to_owned(),
        Test::Is { flag: false, .. } => format!("not {name}"),
    })
}

/// The fields, with their types. Filters borrow from it and so does each context: it lives as long as the program.
pub fn scheme(pipeline: &Pipeline) -> &'static Scheme {
    let mut scheme = Scheme::new();
    for field in &pipeline.fields {
        let kind = match field.kind {
            Kind::Int => Type::Int,
            Kind::Text => Type::Bytes,
            Kind::Bool => Type::Bool,
        };
        scheme.add_field(field.name.clone(), kind).expect("fields of different names");
    }
    Box::leak(Box::new(scheme))
}

/// Parses and compiles.
pub fn compile<'a>(scheme: &'a Scheme, text: &str) -> Filter<'a> {
    match scheme.parse(text) {
        Ok(ast) => ast.compile(),
        Err(error) => panic!("criteria that wirefilter can read: {error}"),
    }
}

impl<'a> Wirefilter<'a> {
    pub fn new(workload: &'a Workload) -> Self {
        let pipeline = &workload.pipeline;
        let scheme = scheme(pipeline);
        let context = |facts: &'a Vec<crate::workload::Fact>| {
            let mut context = ExecutionContext::new(scheme);
            for (field, fact) in pipeline.fields.iter().zip(facts) {
                let set = match fact.value() {
                    Value::Int(n) => context.set_field_value(&field.name, n as i32),
                    Value::Text(text) => context.set_field_value(&field.name, text),
                    Value::Bool(flag) => context.set_field_value(&field.name, flag),
                };
                set.expect("a value of the field's type");
            }
            context
        };
        Self {
            filters: pipeline.criteria.iter().map(|tests| compile(scheme, &text(pipeline, tests))).collect(),
            contexts: workload.contacts.iter().map(context).collect(),
        }
    }
}

impl Judge for Wirefilter<'_> {
    #[inline]
    fn passes(&mut self, criteria: usize, contact: usize) -> bool {
        self.filters[criteria].execute(&self.contexts[contact]) == Ok(true)
    }
}
