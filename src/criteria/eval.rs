//! The general evaluator: a walk over the arena. Depth is bounded by the limits, nothing is allocated.

use core::cmp::Ordering;
use core::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::constants::Constants;
use super::expr::{Backward, Expr, Kind, Node, pooled};
use super::flat::Table;
use super::number;
use super::op::Op;
use super::scope::SlotIx;
use super::slot::{Facts, Slot, Symbol};
use super::types::Ty;
use crate::time::{Span, Timestamp};

/// What a criterion says of some facts. Only `True` lets a move pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It does not hold.
    False,
    /// It cannot be said, because something is missing or cannot be computed.
    Unknown,
    /// It holds.
    True,
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::True => "true",
        })
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// Why something is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A name has no value.
    Missing,
    /// A name has a value that is not of its declared type.
    WrongType,
    /// A number, instant or span leaves its range.
    Overflow,
    /// A division by zero.
    DivisionByZero,
    /// A text is not a timestamp.
    BadTimestamp,
    /// A text is not a duration.
    BadDuration,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing value",
            Self::WrongType => "value of a wrong type",
            Self::Overflow => "overflow",
            Self::DivisionByZero => "division by zero",
            Self::BadTimestamp => "not a timestamp",
            Self::BadDuration => "not a duration",
        })
    }
}

/// A value in the middle of an evaluation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Val<'a> {
    Unknown(Reason),
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'a str),
    Symbol(Symbol),
    Timestamp(Timestamp),
    Duration(Span),
    List(&'a [SmolStr]),
    /// A list literal, by its node.
    Literal(u32),
}

impl From<Truth> for Val<'_> {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::False => Self::Bool(false),
            Truth::Unknown => Self::Unknown(Reason::Missing),
            Truth::True => Self::Bool(true),
        }
    }
}

/// What an evaluation reads of a criterion.
#[derive(Clone, Copy)]
pub(super) struct Code<'c> {
    pub(super) expr: &'c Expr,
    pub(super) nodes: &'c [Node],
    pub(super) pool: &'c str,
    pub(super) constants: &'c Constants,
    /// Whether texts may come as symbols.
    pub(super) symbols: bool,
    /// Has the rows of simple tests inside the tree.
    pub(super) table: &'c Table,
}

impl<'a> Code<'a> {
    /// What a condition says. Its simple tests are judged by their rows.
    pub(super) fn truth<F: Facts + ?Sized>(self, at: u32, facts: &'a F) -> Truth {
        let Some(node) = self.nodes.get(at as usize) else { return Truth::Unknown };
        match node.kind {
            Kind::Op(Op::And) => {
                let mut truth = Truth::True;
                for (operand, _) in Backward::of(self.nodes, at) {
                    truth = truth.min(self.truth(operand, facts));
                    if truth == Truth::False {
                        break;
                    }
                }
                truth
            }
            Kind::Op(Op::Or) => {
                let mut truth = Truth::False;
                for (operand, _) in Backward::of(self.nodes, at) {
                    truth = truth.max(self.truth(operand, facts));
                    if truth == Truth::True {
                        break;
                    }
                }
                truth
            }
            Kind::Op(Op::Not) => match self.truth(at.saturating_sub(1), facts) {
                Truth::False => Truth::True,
                Truth::Unknown => Truth::Unknown,
                Truth::True => Truth::False,
            },
            Kind::Op(Op::Cond) => {
                let mut operands = Backward::of(self.nodes, at).map(|(at, _)| at);
                let (otherwise, then, condition) = (operands.next(), operands.next(), operands.next());
                match self.truth(condition.unwrap_or_default(), facts) {
                    Truth::False => self.truth(otherwise.unwrap_or_default(), facts),
                    Truth::Unknown => Truth::Unknown,
                    Truth::True => self.truth(then.unwrap_or_default(), facts),
                }
            }
            Kind::Op(op) if op.is_comparison() && node.aux != 0 => {
                self.table.truth(node.aux as usize - 1, facts)
            }
            _ => match self.value(at, facts) {
                Val::Bool(value) => value.into(),
                _ => Truth::Unknown,
            },
        }
    }

    pub(super) fn value<F: Facts + ?Sized>(self, at: u32, facts: &'a F) -> Val<'a> {
        let Some(node) = self.nodes.get(at as usize) else { return Val::Unknown(Reason::Missing) };
        match node.kind {
            Kind::Null => Val::Unknown(Reason::Missing),
            Kind::Bool => Val::Bool(node.word != 0),
            Kind::Int => Val::Int(node.word as i64),
            Kind::Double => Val::Double(f64::from_bits(node.word)),
            Kind::Text => Val::Text(pooled(self.pool, node.word)),
            Kind::Name => self.read(node, facts.slot(SlotIx::new(node.aux))),
            Kind::List => Val::Literal(at),
            Kind::Op(op) => self.operation(op, at, node, facts),
        }
    }

    /// The value of a name, if it is of the declared type.
    pub(super) fn read(self, node: &Node, slot: Slot<'a>) -> Val<'a> {
        match (node.ty, slot) {
            (_, Slot::Missing) => Val::Unknown(Reason::Missing),
            (Ty::Bool, Slot::Bool(value)) => Val::Bool(value),
            (Ty::Int, Slot::Int(value)) => Val::Int(value),
            (Ty::Double, Slot::Double(value)) if !value.is_nan() => Val::Double(value),
            (Ty::Text, Slot::Text(text)) => Val::Text(text),
            (Ty::Text, Slot::Symbol(symbol)) if self.symbols => Val::Symbol(symbol),
            (Ty::Timestamp, Slot::Timestamp(value)) => Val::Timestamp(value),
            (Ty::Duration, Slot::Duration(value)) => Val::Duration(value),
            (Ty::Texts, Slot::List(values)) => Val::List(values),
            _ => Val::Unknown(Reason::WrongType),
        }
    }

    fn operation<F: Facts + ?Sized>(self, op: Op, at: u32, node: &Node, facts: &'a F) -> Val<'a> {
        let right = at.saturating_sub(1);
        match op {
            Op::And | Op::Or => self.chain(op, at, facts),
            Op::Has => {
                let name = self.nodes.get(right as usize).map_or(0, |name| name.aux);
                Val::Bool(facts.slot(SlotIx::new(name)).is_present())
            }
            Op::Not => match self.value(right, facts) {
                Val::Bool(value) => Val::Bool(!value),
                other => other,
            },
            Op::Neg => negate(self.value(right, facts)),
            Op::Size => self.size(right, facts),
            Op::Timestamp => match self.constants.micros(node.aux) {
                Some(micros) => Val::Timestamp(Timestamp::from_micros(micros)),
                None => match self.value(right, facts) {
                    Val::Text(text) => {
                        text.parse().map_or(Val::Unknown(Reason::BadTimestamp), Val::Timestamp)
                    }
                    other => unknown(other),
                },
            },
            Op::Duration => match self.constants.micros(node.aux) {
                Some(micros) => Val::Duration(Span::from_micros(micros)),
                None => match self.value(right, facts) {
                    Val::Text(text) => text.parse().map_or(Val::Unknown(Reason::BadDuration), Val::Duration),
                    other => unknown(other),
                },
            },
            Op::Cond => {
                let mut operands = Backward::of(self.nodes, at).map(|(at, _)| at);
                let (otherwise, then, condition) = (operands.next(), operands.next(), operands.next());
                match self.value(condition.unwrap_or_default(), facts) {
                    Val::Bool(true) => self.value(then.unwrap_or_default(), facts),
                    Val::Bool(false) => self.value(otherwise.unwrap_or_default(), facts),
                    other => unknown(other),
                }
            }
            _ => self.binary(op, at, node, facts),
        }
    }

    /// `&&` and `||` after Kleene: one false makes a conjunction false whatever else is unknown. The outcome does
    /// not depend on the order, so the operands are taken as the arena has them.
    fn chain<F: Facts + ?Sized>(self, op: Op, at: u32, facts: &'a F) -> Val<'a> {
        let decisive = op == Op::Or;
        let mut outcome = Val::Bool(!decisive);
        for (operand, _) in Backward::of(self.nodes, at) {
            match self.value(operand, facts) {
                Val::Bool(value) if value == decisive => return Val::Bool(decisive),
                Val::Bool(_) => {}
                other => outcome = unknown(other),
            }
        }
        outcome
    }

    fn size<F: Facts + ?Sized>(self, operand: u32, facts: &'a F) -> Val<'a> {
        let count = match self.value(operand, facts) {
            Val::Text(text) => text.chars().count(),
            Val::List(values) => values.len(),
            Val::Literal(list) => {
                if let Some(reason) = self.unknown_element(list, facts) {
                    return Val::Unknown(reason);
                }
                self.nodes.get(list as usize).map_or(0, |node| node.arity() as usize)
            }
            other => return unknown(other),
        };
        Val::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn binary<F: Facts + ?Sized>(self, op: Op, at: u32, node: &Node, facts: &'a F) -> Val<'a> {
        let mut operands = Backward::of(self.nodes, at);
        let (Some((right_at, right)), Some((left_at, left))) = (operands.next(), operands.next()) else {
            return Val::Unknown(Reason::Missing);
        };
        if matches!(op, Op::Eq | Op::Ne) && (left.kind == Kind::Null || right.kind == Kind::Null) {
            let name = if left.kind == Kind::Null { right } else { left };
            let present = facts.slot(SlotIx::new(name.aux)).is_present();
            return Val::Bool(present == (op == Op::Ne));
        }
        let a = self.value(left_at, facts);
        let b = self.value(right_at, facts);
        match (a, b) {
            (Val::Unknown(reason), _) | (_, Val::Unknown(reason)) => return Val::Unknown(reason),
            // A symbol meets only the literals it is numbered among; the checker saw to that.
            (Val::Symbol(symbol), _) if op != Op::In => return symbol_equality(op, symbol, right),
            (_, Val::Symbol(symbol)) => return symbol_equality(op, symbol, left),
            _ => {}
        }
        match op {
            Op::Eq => self.equal(a, b, facts),
            Op::Ne => match self.equal(a, b, facts) {
                Val::Bool(equal) => Val::Bool(!equal),
                other => other,
            },
            Op::Lt | Op::Le | Op::Gt | Op::Ge => match order(a, b) {
                Some(order) => Val::Bool(match op {
                    Op::Lt => order.is_lt(),
                    Op::Le => order.is_le(),
                    Op::Gt => order.is_gt(),
                    _ => order.is_ge(),
                }),
                None => Val::Unknown(Reason::WrongType),
            },
            Op::In => self.member(a, b, facts),
            Op::StartsWith | Op::EndsWith | Op::Contains | Op::Matches => match (a, b) {
                (Val::Text(text), Val::Text(part)) => Val::Bool(match op {
                    Op::StartsWith => text.starts_with(part),
                    Op::EndsWith => text.ends_with(part),
                    Op::Contains => text.contains(part),
                    _ => self.constants.is_match(node.aux, text),
                }),
                _ => Val::Unknown(Reason::WrongType),
            },
            _ => arithmetic(op, a, b),
        }
    }

    /// A list is known only if each element is, as in CEL.
    fn unknown_element<F: Facts + ?Sized>(self, list: u32, facts: &'a F) -> Option<Reason> {
        Backward::of(self.nodes, list).find_map(|(element, node)| match node.kind {
            Kind::Bool | Kind::Int | Kind::Double | Kind::Text => None,
            _ => match self.value(element, facts) {
                Val::Unknown(reason) => Some(reason),
                _ => None,
            },
        })
    }

    fn member<F: Facts + ?Sized>(self, wanted: Val<'a>, list: Val<'a>, facts: &'a F) -> Val<'a> {
        match (wanted, list) {
            (Val::Text(text), Val::List(values)) => Val::Bool(values.iter().any(|value| value == text)),
            (_, Val::Literal(list)) => {
                if let Some(reason) = self.unknown_element(list, facts) {
                    return Val::Unknown(reason);
                }
                let Val::Symbol(symbol) = wanted else {
                    let mut elements = Backward::of(self.nodes, list);
                    return Val::Bool(elements.any(|(element, _)| same(wanted, self.value(element, facts))));
                };
                let mut elements = Backward::of(self.nodes, list);
                if elements.clone().any(|(_, node)| node.aux == 0) {
                    return Val::Unknown(Reason::WrongType);
                }
                Val::Bool(elements.any(|(_, node)| u32::from(symbol.number()) == node.aux))
            }
            _ => Val::Unknown(Reason::WrongType),
        }
    }

    fn equal<F: Facts + ?Sized>(self, a: Val<'a>, b: Val<'a>, facts: &'a F) -> Val<'a> {
        for list in [a, b] {
            if let Val::Literal(list) = list
                && let Some(reason) = self.unknown_element(list, facts)
            {
                return Val::Unknown(reason);
            }
        }
        let texts = |literal: u32, values: &[SmolStr]| {
            self.nodes.get(literal as usize).is_some_and(|node| node.arity() as usize == values.len())
                && Backward::of(self.nodes, literal)
                    .zip(values.iter().rev())
                    .all(|((element, _), value)| same(self.value(element, facts), Val::Text(value)))
        };
        Val::Bool(match (a, b) {
            (Val::List(a), Val::List(b)) => a == b,
            (Val::Literal(literal), Val::List(values)) | (Val::List(values), Val::Literal(literal)) => {
                texts(literal, values)
            }
            (Val::Literal(a), Val::Literal(b)) => {
                let arity = |list: u32| self.nodes.get(list as usize).map(Node::arity);
                arity(a) == arity(b)
                    && Backward::of(self.nodes, a)
                        .zip(Backward::of(self.nodes, b))
                        .all(|((a, _), (b, _))| same(self.value(a, facts), self.value(b, facts)))
            }
            _ => same(a, b),
        })
    }
}

fn unknown(value: Val<'_>) -> Val<'_> {
    match value {
        Val::Unknown(_) => value,
        _ => Val::Unknown(Reason::WrongType),
    }
}

fn symbol_equality<'a>(op: Op, symbol: Symbol, literal: &Node) -> Val<'a> {
    if literal.kind != Kind::Text || literal.aux == 0 || !matches!(op, Op::Eq | Op::Ne) {
        return Val::Unknown(Reason::WrongType);
    }
    let equal = u32::from(symbol.number()) == literal.aux;
    Val::Bool(equal == (op == Op::Eq))
}

/// Whether two values that are not lists are equal; an int and a double by their exact values.
fn same(a: Val<'_>, b: Val<'_>) -> bool {
    order(a, b) == Some(Ordering::Equal)
}

fn order(a: Val<'_>, b: Val<'_>) -> Option<Ordering> {
    match (a, b) {
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(&b)),
        (Val::Int(a), Val::Int(b)) => Some(a.cmp(&b)),
        (Val::Double(a), Val::Double(b)) => a.partial_cmp(&b),
        (Val::Int(a), Val::Double(b)) => Some(number::compare(a, b)),
        (Val::Double(a), Val::Int(b)) => Some(number::compare(b, a).reverse()),
        (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
        (Val::Timestamp(a), Val::Timestamp(b)) => Some(a.cmp(&b)),
        (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

fn negate(value: Val<'_>) -> Val<'_> {
    match value {
        Val::Int(value) => value.checked_neg().map_or(Val::Unknown(Reason::Overflow), Val::Int),
        Val::Double(value) => Val::Double(-value),
        other => unknown(other),
    }
}

fn arithmetic<'a>(op: Op, a: Val<'a>, b: Val<'a>) -> Val<'a> {
    match (a, b) {
        (Val::Int(a), Val::Int(b)) => ints(op, a, b),
        (Val::Double(a), Val::Double(b)) => doubles(op, a, b),
        (Val::Timestamp(a), Val::Timestamp(b)) => or_overflow(a.since(b), Val::Duration),
        (Val::Timestamp(instant), Val::Duration(span)) | (Val::Duration(span), Val::Timestamp(instant)) => {
            let moved = match op {
                Op::Sub => instant.as_micros().checked_sub(span.as_micros()),
                _ => instant.as_micros().checked_add(span.as_micros()),
            };
            or_overflow(moved, |micros| Val::Timestamp(Timestamp::from_micros(micros)))
        }
        (Val::Duration(a), Val::Duration(b)) => {
            let span = match op {
                Op::Sub => a.as_micros().checked_sub(b.as_micros()),
                _ => a.as_micros().checked_add(b.as_micros()),
            };
            or_overflow(span, |micros| Val::Duration(Span::from_micros(micros)))
        }
        _ => Val::Unknown(Reason::WrongType),
    }
}

fn or_overflow<'a, T>(result: Option<T>, wrap: impl FnOnce(T) -> Val<'a>) -> Val<'a> {
    result.map_or(Val::Unknown(Reason::Overflow), wrap)
}

fn ints<'a>(op: Op, a: i64, b: i64) -> Val<'a> {
    if b == 0 && matches!(op, Op::Div | Op::Rem) {
        return Val::Unknown(Reason::DivisionByZero);
    }
    let result = match op {
        Op::Add => a.checked_add(b),
        Op::Sub => a.checked_sub(b),
        Op::Mul => a.checked_mul(b),
        Op::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    or_overflow(result, Val::Int)
}

/// A result that is not finite is unknown, so that NaN never comes about.
fn doubles<'a>(op: Op, a: f64, b: f64) -> Val<'a> {
    if b == 0.0 && op == Op::Div {
        return Val::Unknown(Reason::DivisionByZero);
    }
    let result = match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        _ => a / b,
    };
    or_overflow(result.is_finite().then_some(result), Val::Double)
}
