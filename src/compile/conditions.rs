use alloc::boxed::Box;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{Compiler, Condition, hint, number};
use crate::code::FindingCode;
use crate::criteria::{Criteria, CriteriaError, Expr, Source};
use crate::definition::{InputDef, Named};
use crate::finding::At;

impl Compiler<'_> {
    /// Compiles a condition that may name the inputs in `asked`, and gives its number.
    pub(super) fn condition(
        &mut self,
        source: &Source,
        asked: &[&Named<InputDef>],
        at: At<'_>,
    ) -> Option<u32> {
        let expr = match source.expr() {
            Ok(expr) => expr,
            Err(error) => {
                self.findings.error(FindingCode::BadCriteria, at, error);
                return None;
            }
        };
        let criteria = match self.compiled(expr) {
            Ok(criteria) => criteria,
            Err(errors) => {
                for error in errors {
                    self.findings.error(FindingCode::BadCriteria, at, error);
                }
                return None;
            }
        };
        let mut needs_input = false;
        let inputs: Vec<_> =
            criteria.names().into_iter().map(|(slot, _)| slot).filter(|slot| self.is_input(*slot)).collect();
        for slot in inputs {
            needs_input = true;
            let name = self.scope.name(slot).unwrap_or_default();
            let bare = name.strip_prefix("input.").unwrap_or(name);
            let notes = bare == "note"
                && asked.iter().any(|asks| asks.iter().any(|(_, ask)| !ask.note_for.is_empty()));
            if !notes && !asked.iter().any(|asks| asks.get(bare).is_some()) {
                let message = alloc::format!("`{name}` is not asked for here");
                self.findings.error(FindingCode::BadCriteria, at, message);
            }
        }
        if criteria.never_holds() {
            self.findings.error(FindingCode::NeverHolds, at, format_args!("`{expr}` can never hold"));
        }
        Some(self.add(Condition { criteria, requires: None, needs_input }))
    }

    /// Compiles a list of required fields to conditions.
    pub(super) fn required(&mut self, fields: &[SmolStr], at: At<'_>) -> Vec<u32> {
        let mut places = Vec::with_capacity(fields.len());
        for (i, field) in fields.iter().enumerate() {
            if self.document.fields.get(field).is_none() {
                let known = self.document.fields.iter().map(|(name, _)| name.as_str());
                let message = alloc::format!("no field is named `{field}`{}", hint(field, known));
                self.findings.error(FindingCode::UnknownField, at.index(i), message);
                continue;
            }
            let has = Expr::parse(&alloc::format!("has({field})"));
            if let Some(criteria) = has.ok().and_then(|expr| self.compiled(&expr).ok()) {
                places.push(self.add(Condition {
                    criteria,
                    requires: Some(field.clone()),
                    needs_input: false,
                }));
            }
        }
        places
    }

    /// An optional condition before a list of required fields.
    pub(super) fn demands(
        &mut self,
        when: Option<&Source>,
        asked: &[&Named<InputDef>],
        at_when: At<'_>,
        required: &[SmolStr],
        at_required: At<'_>,
    ) -> Box<[u32]> {
        let mut places = Vec::new();
        places.extend(when.and_then(|source| self.condition(source, asked, at_when)));
        places.extend(self.required(required, at_required));
        places.into()
    }

    fn compiled(&mut self, expr: &Expr) -> Result<Criteria, Vec<CriteriaError>> {
        Criteria::build(expr.clone(), &self.scope, Some(&mut self.interner), &self.limits.criteria)
    }

    fn add(&mut self, condition: Condition) -> u32 {
        self.conditions.push(condition);
        number(self.conditions.len() - 1)
    }
}
