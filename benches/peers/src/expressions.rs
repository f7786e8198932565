//! The criteria in crates that evaluate expressions given as text, and a pipeline of hash maps around each.
//!
//! Each gets the facts of a contact in its own form, made before it is asked. That is more than a host could do, as
//! facts come in with each call, and in the crates' favour.

pub mod cel;
pub mod datalogic;
pub mod wirefilter;
pub mod zen;

use std::collections::HashMap;

use crate::engine::{Decide, Judge};
use crate::workload::{CRITERIA, NO_MOVE, Pipeline, ROLE, Request, Test, Workload};

/// The tests of criteria as text, joined by `&&`.
fn conjunction(pipeline: &Pipeline, criteria: &[Test], write: impl Fn(&str, &Test) -> String) -> String {
    let test = |test: &Test| write(&pipeline.fields[test.field()].name, test);
    criteria.iter().map(test).collect::<Vec<_>>().join(" && ")
}

/// Criteria as CEL has it.
pub fn cel_text(pipeline: &Pipeline, criteria: &[Test]) -> String {
    conjunction(pipeline, criteria, |name, test| match test {
        Test::AtLeast { bound, .. } => format!("{name} >= {bound}"),
        Test::OneOf { texts, .. } => format!("{name} in {texts:?}"),
        Test::IsNot { text, .. } => format!("{name} != {text:?}"),
        Test::Is { flag, .. } => format!("{name} == {flag}"),
    })
}

struct Rule<'a> {
    to: u8,
    roles: Vec<&'a str>,
    criteria: Option<usize>,
}

/// A pipeline as most people would write it, over names and the standard hash map, with an expression crate for the
/// criteria.
pub struct Maps<'a, J> {
    workload: &'a Workload,
    stages: HashMap<&'a str, HashMap<&'a str, Rule<'a>>>,
    role_names: Vec<Vec<&'a str>>,
    judge: J,
}

impl<'a, J: Judge> Maps<'a, J> {
    pub fn new(workload: &'a Workload, judge: J) -> Self {
        let pipeline = &workload.pipeline;
        let role_names = workload.role_names();
        let rule = |(mv, to): &(usize, usize)| {
            let mv = &pipeline.moves[*mv];
            let roles = role_names[usize::from(mv.roles)].clone();
            (&*mv.name, Rule { to: *to as u8, roles, criteria: mv.criteria })
        };
        let stages = pipeline.stages.iter().zip(&pipeline.rows);
        let stages = stages.map(|(stage, row)| (&**stage, row.iter().map(rule).collect())).collect();
        Self { workload, stages, role_names, judge }
    }
}

impl<J: Judge> Decide for Maps<'_, J> {
    #[inline]
    fn decide(&mut self, request: &Request) -> u8 {
        let stage = &*self.workload.pipeline.stages[usize::from(request.stage)];
        let mv = &*self.workload.pipeline.moves[usize::from(request.mv)].name;
        let Some(rule) = self.stages.get(stage).and_then(|moves| moves.get(mv)) else { return NO_MOVE };
        let roles = &self.role_names[usize::from(request.roles)];
        if !roles.iter().any(|role| rule.roles.contains(role)) {
            return ROLE;
        }
        match rule.criteria {
            Some(criteria) if !self.judge.passes(criteria, usize::from(request.contact)) => CRITERIA,
            _ => rule.to,
        }
    }
}
