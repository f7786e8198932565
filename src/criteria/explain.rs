//! Why a criterion says what it says, for people and for hosts.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::Criteria;
use super::eval::{Reason, Truth, Val};
use super::expr::{Kind, Node, children, pooled};
use super::op::Op;
use super::scope::SlotIx;
use super::slot::{Facts, Slot};
use super::text::{Part, quoted};
use super::types::Ty;
use crate::value::{Fields, Value};

/// A criterion or a part of it, with what it came to and why. `Display` draws it as an indented tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The part as canonical text.
    pub text: String,
    /// What it says, if it is a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// Its value, if it is something other than a condition and has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The names whose missing values made it unknown or false.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<SmolStr>,
    /// Why it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Its parts, in order; literals are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

/// One condition of a conjunction that does not hold. `Display` is a line for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The condition as canonical text.
    pub text: String,
    /// [`Truth::False`] or [`Truth::Unknown`].
    pub truth: Truth,
    /// The values of the names in it.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub values: Fields,
    /// The names whose missing values are to blame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<SmolStr>,
    /// The names in it that have a value which is not of their type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<SmolStr>,
    /// Why it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Whether the missing names say all there is to say.
    #[serde(default)]
    plain: bool,
}

impl Criteria {
    /// Why the criterion says what it says of these facts: the whole tree with actual values.
    pub fn explain<F: Facts + ?Sized>(&self, facts: &F) -> Explanation {
        self.explain_part(self.expr.root(), facts)
    }

    /// Every condition of the top-level conjunction that does not hold, in order; none if the criterion holds.
    pub fn failures<F: Facts + ?Sized>(&self, facts: &F) -> Vec<Failure> {
        let conjuncts = self.conjuncts();
        conjuncts.into_iter().filter_map(|at| self.failure(at, facts)).collect()
    }

    /// The operands of the top-level conjunction, or the root.
    pub(super) fn conjuncts(&self) -> Vec<u32> {
        let root = self.expr.root();
        match self.expr.nodes.last().map(|node| node.kind) {
            Some(Kind::Op(Op::And)) => children(&self.expr.nodes, root),
            _ => [root].into(),
        }
    }

    fn failure<F: Facts + ?Sized>(&self, at: u32, facts: &F) -> Option<Failure> {
        let truth = self.code().truth(at, facts);
        if truth == Truth::True {
            return None;
        }
        let explanation = self.explain_part(at, facts);
        let (mut values, mut wrong) = (Fields::new(), Vec::new());
        for node in self.subtree(at).iter().filter(|node| node.kind == Kind::Name) {
            let name = self.expr.pooled(node);
            let slot = facts.slot(SlotIx::new(node.aux));
            match self.code().read(node, slot) {
                Val::Unknown(Reason::WrongType) if !wrong.iter().any(|known| known == name) => {
                    wrong.push(SmolStr::new(name));
                }
                Val::Unknown(_) => {}
                _ => {
                    if let Some(value) = self.actual(node, slot) {
                        values.insert(name, value);
                    }
                }
            }
        }
        let branches =
            matches!(self.expr.nodes.get(at as usize)?.kind, Kind::Op(Op::Or | Op::Cond | Op::And));
        Some(Failure {
            truth,
            plain: !explanation.missing.is_empty() && !branches,
            text: explanation.text,
            values,
            missing: explanation.missing,
            wrong,
            reason: explanation.reason,
        })
    }

    fn subtree(&self, at: u32) -> &[Node] {
        let size = self.expr.nodes.get(at as usize).map_or(0, |node| node.size);
        self.expr.nodes.get((at + 1 - size) as usize..=at as usize).unwrap_or_default()
    }

    fn explain_part<F: Facts + ?Sized>(&self, at: u32, facts: &F) -> Explanation {
        let code = self.code();
        let mut explanation = Explanation {
            text: Part(&self.expr, at).to_string(),
            truth: None,
            value: None,
            missing: Vec::new(),
            reason: None,
            parts: Vec::new(),
        };
        let Some(node) = self.expr.nodes.get(at as usize) else { return explanation };
        let operands = children(&self.expr.nodes, at);
        let outcome = code.value(at, facts);
        explanation.parts = operands
            .iter()
            .filter(|operand| self.subtree(**operand).iter().any(|node| node.kind == Kind::Name))
            .map(|operand| self.explain_part(*operand, facts))
            .collect();
        if node.ty == Ty::Bool {
            explanation.truth = Some(code.truth(at, facts));
        } else if let Kind::Name = node.kind {
            explanation.value = self.actual(node, facts.slot(SlotIx::new(node.aux)));
        } else {
            explanation.value = computed(outcome);
        }
        if let Val::Unknown(reason) = outcome {
            let first = explanation.parts.iter().find_map(|part| part.reason).filter(|_| chained(node.kind));
            explanation.reason = Some(first.unwrap_or(reason));
        }
        explanation.missing = self.missing(at, node, &explanation, facts);
        explanation
    }

    /// The names to blame: those of the parts that decided the outcome.
    fn missing<F: Facts + ?Sized>(
        &self,
        at: u32,
        node: &Node,
        whole: &Explanation,
        facts: &F,
    ) -> Vec<SmolStr> {
        let mut missing: Vec<SmolStr> = Vec::new();
        let mut blame = |name: &str| {
            if !missing.iter().any(|known| known == name) {
                missing.push(SmolStr::new(name));
            }
        };
        let absent = |node: &Node| node.kind == Kind::Name && !facts.slot(SlotIx::new(node.aux)).is_present();
        match node.kind {
            Kind::Name if absent(node) => blame(self.expr.pooled(node)),
            // Presence is asked for and denied.
            Kind::Op(Op::Has) | Kind::Op(Op::Ne) if whole.truth == Some(Truth::False) => {
                let asked = node.kind == Kind::Op(Op::Has)
                    || self.subtree(at).iter().any(|node| node.kind == Kind::Null);
                for name in self.subtree(at).iter().filter(|node| asked && absent(node)) {
                    blame(self.expr.pooled(name));
                }
            }
            Kind::Op(op) => {
                let unknown = whole.reason.is_some();
                let denied = op == Op::And || op == Op::Or || op == Op::Cond;
                let parts = whole.parts.iter().filter(|part| match part.truth {
                    _ if unknown => part.reason.is_some(),
                    Some(Truth::False) => denied && whole.truth == Some(Truth::False),
                    _ => false,
                });
                parts.flat_map(|part| &part.missing).for_each(|name| blame(name));
            }
            Kind::List => whole.parts.iter().flat_map(|part| &part.missing).for_each(|name| blame(name)),
            _ => {}
        }
        missing
    }

    /// The value of a name as the host knows it. A symbol that is none of the literals has lost its text.
    fn actual(&self, name: &Node, slot: Slot<'_>) -> Option<Value> {
        Some(match slot {
            Slot::Missing | Slot::Wrong => return None,
            Slot::Bool(value) => Value::Bool(value),
            Slot::Int(value) => Value::Int(value),
            Slot::Double(value) => Value::Double(value),
            Slot::Text(text) => Value::from(text),
            Slot::Timestamp(value) => Value::from(value),
            Slot::Duration(value) => Value::from(value),
            Slot::List(values) => Value::List(values.to_vec()),
            Slot::Symbol(symbol) => {
                let number = u32::from(symbol.number());
                let about = |at: &u32| {
                    let compares = matches!(
                        self.expr.nodes.get(*at as usize).map(|node| node.kind),
                        Some(Kind::Op(Op::Eq | Op::Ne | Op::In))
                    );
                    compares
                        && self
                            .subtree(*at)
                            .iter()
                            .any(|node| node.kind == Kind::Name && node.aux == name.aux)
                };
                let mut tests = (0..self.expr.nodes.len() as u32).filter(about);
                let literal = tests.find_map(|at| {
                    let literal = |node: &&Node| node.kind == Kind::Text && node.aux == number && number != 0;
                    self.subtree(at).iter().find(literal)
                })?;
                Value::from(pooled(&self.expr.pool, literal.word))
            }
        })
    }
}

fn chained(kind: Kind) -> bool {
    matches!(kind, Kind::Op(Op::And | Op::Or))
}

fn computed(value: Val<'_>) -> Option<Value> {
    Some(match value {
        Val::Unknown(_) | Val::Symbol(_) | Val::Literal(_) => return None,
        Val::Bool(value) => Value::Bool(value),
        Val::Int(value) => Value::Int(value),
        Val::Double(value) => Value::Double(value),
        Val::Text(text) => Value::from(text),
        Val::Timestamp(value) => Value::from(value),
        Val::Duration(value) => Value::from(value),
        Val::List(values) => Value::List(values.to_vec()),
    })
}

fn write_value(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Text(text) => quoted(text, f),
        Value::List(values) => {
            f.write_char('[')?;
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                quoted(value, f)?;
            }
            f.write_char(']')
        }
        other => write!(f, "{other}"),
    }
}

/// `a is missing`, `a and b are missing`, `a, b and c are missing`.
fn write_missing(names: &[SmolStr], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, name) in names.iter().enumerate() {
        let join = match i {
            0 => "",
            _ if i + 1 == names.len() => " and ",
            _ => ", ",
        };
        write!(f, "{join}{name}")?;
    }
    f.write_str(if names.len() == 1 { " is missing" } else { " are missing" })
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.plain {
            return write_missing(&self.missing, f);
        }
        f.write_str(&self.text)?;
        let mut separator = " (";
        if !self.missing.is_empty() {
            f.write_str(separator)?;
            write_missing(&self.missing, f)?;
            separator = ", ";
        }
        match self.reason {
            None | Some(Reason::Missing | Reason::WrongType) => {}
            Some(reason) => {
                write!(f, "{separator}{reason}")?;
                separator = ", ";
            }
        }
        for name in &self.wrong {
            write!(f, "{separator}{name} has a value of a wrong type")?;
            separator = ", ";
        }
        for (name, value) in self.values.iter() {
            write!(f, "{separator}{name} is ")?;
            write_value(value, f)?;
            separator = ", ";
        }
        if separator == ", " { f.write_char(')') } else { Ok(()) }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        draw(self, 0, f)
    }
}

fn draw(part: &Explanation, level: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if level > 0 {
        write!(f, "\n{:width$}", "", width = level * 2)?;
    }
    write!(f, "{}: ", part.text)?;
    match (part.truth, &part.value) {
        (Some(truth), _) => write!(f, "{truth}")?,
        (None, Some(value)) => write_value(value, f)?,
        (None, None) => f.write_str("no value")?,
    }
    match part.reason {
        Some(Reason::Missing) | None if !part.missing.is_empty() => {
            f.write_str(" (")?;
            write_missing(&part.missing, f)?;
            f.write_char(')')?;
        }
        Some(reason) => write!(f, " ({reason})")?,
        None => {}
    }
    part.parts.iter().try_for_each(|part| draw(part, level + 1, f))
}
