//! The simple tests: one name against literals. What is compiled flat and what the analysis decides.

use alloc::vec::Vec;

use super::eval::Code;
use super::expr::{Backward, Kind, Node};
use super::number::{self, Place};
use super::op::Op;
use super::types::Ty;

/// A simple test. `name` is the node of the name it is about.
pub(super) struct Atom {
    pub(super) name: u32,
    pub(super) negated: bool,
    pub(super) test: Test,
}

pub(super) enum Test {
    /// It has a value.
    Present,
    /// Its key is in this range, ends included; in none if there is no range.
    Range(Option<(i64, i64)>),
    /// Its key is one of these, sorted.
    Keys(Vec<i64>),
    /// It is one of the texts of the nodes from the first to before the second.
    Texts(u32, u32),
    /// It stands so to the text of this node.
    TextOrder(Op, u32),
}

impl Code<'_> {
    fn get(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    /// The simple test that this node is, if it is one.
    pub(super) fn atom(&self, at: u32) -> Option<Atom> {
        let (mut at, mut negated) = (at, false);
        loop {
            let node = self.get(at)?;
            match node.kind {
                Kind::Op(Op::Not) => {
                    negated = !negated;
                    at = at.checked_sub(1)?;
                }
                Kind::Name if node.ty == Ty::Bool => {
                    return Some(Atom { name: at, negated, test: Test::Range(Some((1, 1))) });
                }
                Kind::Op(Op::Has) => {
                    return Some(Atom { name: at.checked_sub(1)?, negated, test: Test::Present });
                }
                Kind::Op(Op::In) => return self.membership(at, negated),
                Kind::Op(op @ (Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge)) => {
                    return self.comparison(op, at, negated);
                }
                _ => return None,
            }
        }
    }

    fn comparison(&self, op: Op, at: u32, negated: bool) -> Option<Atom> {
        let mut operands = Backward::of(self.nodes, at);
        let ((right, b), (left, a)) = (operands.next()?, operands.next()?);
        let (op, name, literal) = match (a.kind, b.kind) {
            (Kind::Name, _) => (op, left, right),
            (_, Kind::Name) => (op.mirrored(), right, left),
            _ => return None,
        };
        let (subject, value) = (self.get(name)?, self.get(literal)?);
        // `x != y` is `!(x == y)`, and `x == null` is `!has(x)`.
        if value.kind == Kind::Null {
            return Some(Atom { name, negated: negated ^ (op == Op::Eq), test: Test::Present });
        }
        let (op, negated) = if op == Op::Ne { (Op::Eq, !negated) } else { (op, negated) };
        if value.kind == Kind::Text && subject.ty == Ty::Text {
            let test =
                if op == Op::Eq { Test::Texts(literal, literal + 1) } else { Test::TextOrder(op, literal) };
            return Some(Atom { name, negated, test });
        }
        let place = self.place(subject.ty, value)?;
        let (least, most) = domain(subject.ty)?;
        let (low, high) = match op {
            Op::Lt => (i128::MIN, place.ceil.saturating_sub(1)),
            Op::Le => (i128::MIN, place.floor),
            Op::Gt => (place.floor.saturating_add(1), i128::MAX),
            Op::Ge => (place.ceil, i128::MAX),
            _ => (place.ceil, place.floor),
        };
        let range = (i64::try_from(low.max(i128::from(least))).ok())
            .zip(i64::try_from(high.min(i128::from(most))).ok())
            .filter(|(low, high)| low <= high);
        Some(Atom { name, negated, test: Test::Range(range) })
    }

    fn membership(&self, at: u32, negated: bool) -> Option<Atom> {
        let mut operands = Backward::of(self.nodes, at);
        let ((right, list), (name, subject)) = (operands.next()?, operands.next()?);
        if subject.kind != Kind::Name || list.kind != Kind::List {
            return None;
        }
        if subject.ty == Ty::Text {
            let mut elements = Backward::of(self.nodes, right);
            let literals = elements.all(|(_, element)| element.kind == Kind::Text);
            let texts = Test::Texts(right + 1 - list.size, right);
            return literals.then_some(Atom { name, negated, test: texts });
        }
        let mut keys = Vec::new();
        for (_, element) in Backward::of(self.nodes, right) {
            // A literal between two keys equals no value of the slot.
            keys.extend(self.place(subject.ty, element)?.exact());
        }
        keys.sort_unstable();
        keys.dedup();
        Some(Atom { name, negated, test: Test::Keys(keys) })
    }

    /// Where a literal lies among the values of a type.
    fn place(&self, ty: Ty, literal: &Node) -> Option<Place> {
        Some(match (ty, literal.kind) {
            (Ty::Bool, Kind::Bool) | (Ty::Int, Kind::Int) => Place::on(literal.word as i64),
            (Ty::Int, Kind::Double) => Place::double_among_ints(f64::from_bits(literal.word)),
            (Ty::Double, Kind::Double) => Place::on(number::key(f64::from_bits(literal.word))),
            (Ty::Double, Kind::Int) => Place::int_among_doubles(literal.word as i64),
            (Ty::Timestamp, Kind::Op(Op::Timestamp)) | (Ty::Duration, Kind::Op(Op::Duration)) => {
                Place::on(self.constants.micros(literal.aux)?)
            }
            _ => return None,
        })
    }
}

/// The least and the greatest key of a type.
pub(super) const fn domain(ty: Ty) -> Option<(i64, i64)> {
    match ty {
        Ty::Bool => Some((0, 1)),
        Ty::Int | Ty::Timestamp | Ty::Duration => Some((i64::MIN, i64::MAX)),
        Ty::Double => Some((number::key(f64::NEG_INFINITY), number::key(f64::INFINITY))),
        _ => None,
    }
}
