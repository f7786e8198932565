use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{Compiler, Condition, Early, Kind, number};
use crate::code::FindingCode;
use crate::criteria::{Criteria, CriteriaError, ErrorKind, Expr, Limits, Op, Source, View};
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
        if self.findings.is_full() {
            return None;
        }
        let criteria = match self.within(source).and_then(|expr| {
            Criteria::build(expr, &self.scope, Some(&mut self.interner), &self.limits.criteria)
        }) {
            Ok(criteria) => criteria,
            Err(errors) => {
                errors.iter().for_each(|error| self.bad_criteria(error, at));
                return None;
            }
        };
        let names = if self.scope.len() > self.inputs_from { criteria.names() } else { Vec::new() };
        let inputs: Vec<_> =
            names.into_iter().map(|(slot, _)| slot).filter(|slot| self.is_input(*slot)).collect();
        let early = if inputs.is_empty() { Early::All } else { self.early(&criteria) };
        for slot in inputs {
            let name = self.scope.name(slot).unwrap_or_default();
            let bare = name.strip_prefix("input.").unwrap_or(name);
            let notes = bare == "note"
                && asked.iter().any(|asks| asks.iter().any(|(_, ask)| !ask.note_for.is_empty()));
            let asked = notes || asked.iter().any(|asks| asks.get(bare).is_some());
            if !asked && !self.absent.explains(Kind::Input, bare) {
                let message = alloc::format!("`{name}` is not asked for here");
                self.findings.error(FindingCode::BadCriteria, at, message);
            }
        }
        let never = criteria.never_holds();
        if never {
            self.findings.warning(FindingCode::NeverHolds, at, format_args!("`{criteria}` can never hold"));
        }
        let place = self.add(Condition::new(criteria, None, early));
        if never {
            self.never.insert(place);
        }
        Some(place)
    }

    /// The conjuncts that name no input.
    fn early(&mut self, criteria: &Criteria) -> Early {
        let View::Op(Op::And, conjuncts) = criteria.expr().view().kind() else { return Early::Nothing };
        let mut parts = Vec::new();
        for conjunct in conjuncts {
            let text = alloc::format!("({conjunct})");
            let alone = self.rebuilt(&text);
            let names = alone.iter().flat_map(Criteria::names).map(|(slot, _)| slot);
            if !names.into_iter().any(|slot| self.is_input(slot)) {
                parts.push(text);
            }
        }
        self.rebuilt(&parts.join(" && ")).map_or(Early::Nothing, Early::Part)
    }

    /// A part of a condition that is known to be good.
    fn rebuilt(&mut self, text: &str) -> Option<Criteria> {
        let limits = &self.limits.criteria;
        let expr = Expr::parse_within(text, limits).ok()?;
        Criteria::build(expr, &self.scope, Some(&mut self.interner), limits).ok()
    }

    /// The tree of a condition. It was read within the default limits; when those of the host are
    /// others, it is read again.
    fn within(&self, source: &Source) -> Result<Expr, Vec<CriteriaError>> {
        let limits = &self.limits.criteria;
        let one = |error: CriteriaError| alloc::vec![error];
        if *limits == Limits::default() {
            return source.expr().cloned().map_err(|error| one(error.clone()));
        }
        match source.expr() {
            Ok(expr) if expr.source().is_none() => {
                // A tree keeps its form; its text only shows that it is small enough.
                Expr::parse_within(&alloc::format!("{expr}"), limits).map_err(one)?;
                Ok(expr.clone())
            }
            _ => Expr::parse_within(&alloc::format!("{source}"), limits).map_err(one),
        }
    }

    /// Reports a fault of a condition, at the node at fault when it is a tree.
    fn bad_criteria(&mut self, error: &CriteriaError, at: At<'_>) {
        if error.kind() == ErrorKind::UnknownName && self.hidden(error.message()) {
            return;
        }
        let Some(inner) = error.pointer() else {
            self.findings.error(FindingCode::BadCriteria, at, error);
            return;
        };
        let hint =
            error.suggestion().map_or_else(String::new, |near| alloc::format!(", did you mean `{near}`?"));
        let message = alloc::format!("{}{hint}", error.message());
        self.findings.error_at(FindingCode::BadCriteria, alloc::format!("{at}{inner}"), message);
    }

    /// Whether the unknown name that a message gives is that of a field or input that was mended away.
    fn hidden(&self, message: &str) -> bool {
        let Some(name) = message.split('`').nth(1) else { return false };
        match name.strip_prefix("input.") {
            Some(input) => self.absent.explains(Kind::Input, input),
            None => self.absent.explains(Kind::Field, name),
        }
    }

    /// Compiles a list of required fields to conditions.
    pub(super) fn required(&mut self, fields: &[SmolStr], at: At<'_>) -> Vec<u32> {
        let mut places = Vec::with_capacity(fields.len());
        for (i, field) in fields.iter().enumerate() {
            if self.document.fields.get(field).is_none() {
                self.unknown_field(field, at.index(i));
                continue;
            }
            let has = Expr::parse(&alloc::format!("has({field})"));
            let built = has.ok().map(|expr| {
                Criteria::build(expr, &self.scope, Some(&mut self.interner), &self.limits.criteria)
            });
            if let Some(Ok(criteria)) = built {
                places.push(self.add(Condition::new(criteria, Some(field.clone()), Early::All)));
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

    pub(super) fn unknown_field(&mut self, field: &str, at: At<'_>) {
        let known = self.document.fields.iter().map(|(name, _)| name.as_str());
        self.unknown((Kind::Field, FindingCode::UnknownField), field, known, at);
    }

    fn add(&mut self, condition: Condition) -> u32 {
        self.conditions.push(condition);
        number(self.conditions.len() - 1)
    }
}
