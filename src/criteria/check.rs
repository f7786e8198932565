//! Types: every fault of a tree at once, in one pass, since children come before their parents.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::constants::Constants;
use super::error::{CriteriaError, ErrorKind};
use super::expr::{Backward, Expr, Kind, Node, children, pooled};
use super::interner::Interner;
use super::literal::shortened;
use super::op::Op;
use super::scope::{Scope, SlotIx};
use super::text::Part;
use super::types::Ty;
use crate::time::{Span, Timestamp};

/// Checks the whole tree, fills in types, slots, symbols and folded literals.
pub(super) fn check(
    expr: &mut Expr,
    scope: &Scope,
    interner: Option<&mut Interner>,
    regex_bytes: usize,
) -> Result<Constants, Vec<CriteriaError>> {
    let mut checker =
        Checker { expr, scope, errors: Vec::new(), constants: Constants::default(), regex_bytes };
    for at in 0..checker.expr.nodes.len() as u32 {
        checker.node(at);
    }
    let root = checker.expr.root();
    match checker.ty(root) {
        Ty::Bool | Ty::Any => {}
        other => {
            let message = format!(
                "a criterion must be true or false, but `{}` is {}",
                checker.show(root),
                other.as_str()
            );
            checker.error(root, ErrorKind::Type, message);
        }
    }
    let Checker { errors, constants, .. } = checker;
    if !errors.is_empty() {
        return Err(errors);
    }
    if let Some(interner) = interner {
        intern(expr, interner);
    }
    Ok(constants)
}

/// How many of the faults of one criterion come with a hint.
const MOST_HINTS: usize = 8;

struct Checker<'c> {
    expr: &'c mut Expr,
    scope: &'c Scope,
    errors: Vec<CriteriaError>,
    constants: Constants,
    regex_bytes: usize,
}

impl Checker<'_> {
    #[inline]
    fn node(&mut self, at: u32) {
        let Some(&node) = self.expr.nodes.get(at as usize) else { return };
        let (ty, aux) = match node.kind {
            Kind::Null => (Ty::Null, 0),
            Kind::Bool => (Ty::Bool, 0),
            Kind::Int => (Ty::Int, 0),
            Kind::Double => (Ty::Double, 0),
            Kind::Text => (Ty::Text, 0),
            Kind::Name => self.name(at, &node),
            Kind::List => (self.list(at), 0),
            Kind::Op(Op::Matches) => self.matches(at),
            Kind::Op(op @ (Op::Timestamp | Op::Duration)) => self.temporal(op, at),
            Kind::Op(op) => (self.operation(op, at), 0),
        };
        if let Some(node) = self.expr.nodes.get_mut(at as usize) {
            node.ty = ty;
            node.aux = aux;
        }
    }

    fn name(&mut self, at: u32, node: &Node) -> (Ty, u32) {
        let name = pooled(&self.expr.pool, node.word);
        if let Some((ix, ty)) = self.scope.lookup(name) {
            return (Ty::of(ty), ix.number());
        }
        let message = format!("unknown name `{}`", shortened(name));
        // To look for near names takes long, and who wrote many wrong ones needs no hint for each.
        let near = if self.errors.len() < MOST_HINTS { self.scope.nearest(name) } else { None };
        let error = CriteriaError::new(ErrorKind::UnknownName, message).suggesting(near);
        self.place(at, error);
        (Ty::Any, 0)
    }

    fn list(&mut self, at: u32) -> Ty {
        let mut elements = Backward::of(&self.expr.nodes, at).map(|(_, element)| element.ty.list());
        if let Some(Some(last)) = elements.next()
            && elements.all(|list| list == Some(last))
        {
            return last;
        }
        let mut ty = Ty::Nothing;
        for element in children(&self.expr.nodes, at) {
            let found = self.ty(element);
            if found == Ty::Any {
                continue;
            }
            match found.list() {
                None => {
                    let hint = if found == Ty::Null { "; ask for it with `has()`" } else { "" };
                    let message = format!(
                        "a list cannot hold `{}`, which is {}{hint}",
                        self.show(element),
                        found.as_str()
                    );
                    self.error(element, ErrorKind::Type, message);
                }
                Some(list) if ty == Ty::Nothing => ty = list,
                Some(list) if list == ty => {}
                Some(_) => {
                    let message = format!(
                        "`{}` is {}, but the list is {}",
                        self.show(element),
                        found.as_str(),
                        ty.as_str()
                    );
                    self.error(element, ErrorKind::Type, message);
                }
            }
        }
        ty
    }

    fn operation(&mut self, op: Op, at: u32) -> Ty {
        match op {
            Op::And | Op::Or | Op::Not => {
                if Backward::of(&self.expr.nodes, at).any(|(_, operand)| operand.ty != Ty::Bool) {
                    for operand in children(&self.expr.nodes, at) {
                        self.want(op, operand, Ty::Bool);
                    }
                }
                Ty::Bool
            }
            Op::Has => {
                let operand = at.saturating_sub(1);
                if self.kind(operand) != Some(Kind::Name) {
                    let message = format!("`has()` takes a name, not `{}`", self.show(operand));
                    self.error(operand, ErrorKind::Type, message);
                }
                Ty::Bool
            }
            Op::Neg => {
                let operand = at.saturating_sub(1);
                match self.ty(operand) {
                    ty @ (Ty::Int | Ty::Double | Ty::Any) => ty,
                    ty => {
                        let message =
                            format!("`-` takes a number, but `{}` is {}", self.show(operand), ty.as_str());
                        self.error(operand, ErrorKind::Type, message);
                        Ty::Any
                    }
                }
            }
            Op::Size => {
                let operand = at.saturating_sub(1);
                let ty = self.ty(operand);
                if !(ty == Ty::Text || ty == Ty::Any || ty.is_list()) {
                    let message = format!(
                        "`size()` takes a string or a list, but `{}` is {}",
                        self.show(operand),
                        ty.as_str()
                    );
                    self.error(operand, ErrorKind::Type, message);
                }
                Ty::Int
            }
            Op::Cond => self.conditional(at),
            Op::StartsWith | Op::EndsWith | Op::Contains | Op::Matches | Op::Timestamp | Op::Duration => {
                for operand in children(&self.expr.nodes, at) {
                    self.want(op, operand, Ty::Text);
                }
                Ty::Bool
            }
            Op::Eq | Op::Ne => {
                self.equality(op, at);
                Ty::Bool
            }
            Op::Lt | Op::Le | Op::Gt | Op::Ge => {
                let (left, right) = self.pair(at);
                let (a, b) = (self.ty(left), self.ty(right));
                let null = a == Ty::Null || b == Ty::Null;
                if null || !a.ordered(b) {
                    self.clash(op, at, left, right);
                }
                Ty::Bool
            }
            Op::In => {
                self.membership(at);
                Ty::Bool
            }
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem => self.arithmetic(op, at),
        }
    }

    fn equality(&mut self, op: Op, at: u32) {
        let (left, right) = self.pair(at);
        let (a, b) = (self.ty(left), self.ty(right));
        if a == Ty::Null || b == Ty::Null {
            let other = if a == Ty::Null { right } else { left };
            if self.kind(other) != Some(Kind::Name) {
                let message = format!("only a name can be compared with null, not `{}`", self.show(other));
                self.error(other, ErrorKind::Type, message);
            }
        } else if !a.comparable(b) {
            self.clash(op, at, left, right);
        }
    }

    fn membership(&mut self, at: u32) {
        let (left, right) = self.pair(at);
        let (a, b) = (self.ty(left), self.ty(right));
        if a == Ty::Any || b == Ty::Any {
            return;
        }
        let wanted = a.list();
        if !b.is_list() {
            let hint = if a == Ty::Text && b == Ty::Text {
                "; ask for a part of a text with `contains`"
            } else {
                ""
            };
            let message = format!("`in` takes a list, but `{}` is {}{hint}", self.show(right), b.as_str());
            self.error(right, ErrorKind::Type, message);
        } else if !wanted.is_some_and(|wanted| wanted.comparable(b)) {
            self.clash(Op::In, at, left, right);
        }
    }

    fn conditional(&mut self, at: u32) -> Ty {
        let operands = children(&self.expr.nodes, at);
        let [condition, then, otherwise] = operands.as_slice() else { return Ty::Any };
        self.want(Op::Cond, *condition, Ty::Bool);
        let (a, b) = (self.ty(*then), self.ty(*otherwise));
        if a == Ty::Any || b == Ty::Any {
            return Ty::Any;
        }
        let same = a == b || (a.is_list() && a.comparable(b));
        if !same || a == Ty::Null {
            let (then, otherwise) = (self.show(*then), self.show(*otherwise));
            let message = format!(
                "both answers of `?:` must be of one type, but `{then}` is {} and `{otherwise}` is {}",
                a.as_str(),
                b.as_str()
            );
            self.error(at, ErrorKind::Type, message);
            return Ty::Any;
        }
        if a == Ty::Nothing { b } else { a }
    }

    fn arithmetic(&mut self, op: Op, at: u32) -> Ty {
        let (left, right) = self.pair(at);
        let (a, b) = (self.ty(left), self.ty(right));
        if a == Ty::Any || b == Ty::Any {
            return Ty::Any;
        }
        match (op, a, b) {
            (_, Ty::Int, Ty::Int) => Ty::Int,
            (Op::Add | Op::Sub | Op::Mul | Op::Div, Ty::Double, Ty::Double) => Ty::Double,
            (Op::Add | Op::Sub, Ty::Timestamp, Ty::Duration) | (Op::Add, Ty::Duration, Ty::Timestamp) => {
                Ty::Timestamp
            }
            (Op::Sub, Ty::Timestamp, Ty::Timestamp) | (Op::Add | Op::Sub, Ty::Duration, Ty::Duration) => {
                Ty::Duration
            }
            _ => {
                self.clash(op, at, left, right);
                Ty::Any
            }
        }
    }

    /// A pattern is compiled here, once; so it has to be a literal.
    fn matches(&mut self, at: u32) -> (Ty, u32) {
        let (left, right) = self.pair(at);
        self.want(Op::Matches, left, Ty::Text);
        let Some(node) = self.expr.nodes.get(right as usize).filter(|node| node.kind == Kind::Text) else {
            let message = format!("the pattern of `matches` must be a literal, not `{}`", self.show(right));
            self.error(right, ErrorKind::Type, message);
            return (Ty::Bool, 0);
        };
        match self.constants.pattern(pooled(&self.expr.pool, node.word), self.regex_bytes) {
            Ok(index) => (Ty::Bool, index),
            Err((kind, message)) => {
                self.error(right, kind, message);
                (Ty::Bool, 0)
            }
        }
    }

    /// `timestamp("...")` and `duration("...")` of literals are read here, once.
    fn temporal(&mut self, op: Op, at: u32) -> (Ty, u32) {
        let operand = at.saturating_sub(1);
        self.want(op, operand, Ty::Text);
        let ty = if op == Op::Timestamp { Ty::Timestamp } else { Ty::Duration };
        let literal = self.expr.nodes.get(operand as usize).filter(|node| node.kind == Kind::Text);
        let micros = literal.map(|node| {
            let text = pooled(&self.expr.pool, node.word);
            let read = match op {
                Op::Timestamp => text.parse().map(Timestamp::as_micros),
                _ => text.parse().map(Span::as_micros),
            };
            read.map_err(|error| error.to_string())
        });
        let folded = match micros {
            Some(Ok(micros)) => self.constants.time(micros),
            Some(Err(message)) => {
                self.error(operand, ErrorKind::Literal, message);
                0
            }
            None => 0,
        };
        (ty, folded)
    }

    fn want(&mut self, op: Op, operand: u32, wanted: Ty) {
        let found = self.ty(operand);
        if found != wanted && found != Ty::Any {
            let message = format!(
                "`{}` takes {}, but `{}` is {}",
                op.as_str(),
                wanted.as_str(),
                self.show(operand),
                found.as_str()
            );
            self.error(operand, ErrorKind::Type, message);
        }
    }

    fn clash(&mut self, op: Op, at: u32, left: u32, right: u32) {
        let (a, b) = (self.ty(left), self.ty(right));
        let hint = match (op, a, b) {
            (Op::Add, Ty::Text, Ty::Text) => "; texts cannot be joined",
            (Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem, Ty::Int, Ty::Double)
            | (Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem, Ty::Double, Ty::Int) => {
                "; arithmetic needs equal types, `2.0` is a double"
            }
            (_, Ty::Null, _) | (_, _, Ty::Null) => "; null can only be compared with `==` and `!=`",
            _ => "",
        };
        let (left, right) = (self.show(left), self.show(right));
        let message = format!(
            "`{}` cannot be between `{left}`, which is {}, and `{right}`, which is {}{hint}",
            op.as_str(),
            a.as_str(),
            b.as_str()
        );
        self.error(at, ErrorKind::Type, message);
    }

    fn pair(&self, at: u32) -> (u32, u32) {
        let mut operands = Backward::of(&self.expr.nodes, at).map(|(at, _)| at);
        let right = operands.next().unwrap_or(at);
        (operands.next().unwrap_or(right), right)
    }

    fn ty(&self, at: u32) -> Ty {
        self.expr.nodes.get(at as usize).map_or(Ty::Any, |node| node.ty)
    }

    fn kind(&self, at: u32) -> Option<Kind> {
        self.expr.nodes.get(at as usize).map(|node| node.kind)
    }

    fn show(&self, at: u32) -> String {
        shortened(&Part(self.expr, at).to_string())
    }

    #[cold]
    fn error(&mut self, at: u32, kind: ErrorKind, message: String) {
        self.place(at, CriteriaError::new(kind, message));
    }

    fn place(&mut self, at: u32, error: CriteriaError) {
        let error = match (self.expr.source, self.expr.nodes.get(at as usize)) {
            (Some(_), Some(node)) => error.at(node.span()),
            _ => error.pointing(self.expr.pointer(at)),
        };
        self.errors.push(error);
    }
}

/// Numbers the text literals that names are compared with, and marks the names whose text is needed.
fn intern(expr: &mut Expr, interner: &mut Interner) {
    let Expr { nodes, pool, .. } = expr;
    let text_name = |node: &Node| node.kind == Kind::Name && node.ty == Ty::Text;
    for at in 0..nodes.len() as u32 {
        let Some(&parent) = nodes.get(at as usize) else { return };
        let (Kind::Op(op), true) = (parent.kind, parent.arity() > 0) else {
            if parent.kind == Kind::List {
                need_texts(nodes, at, interner);
            }
            continue;
        };
        let mut operands = Backward::of(nodes, at);
        let (Some((last, &right)), first) = (operands.next(), operands.next()) else { continue };
        let first = first.map(|(at, node)| (at, *node));
        match (op, first) {
            (Op::Has, _) => {}
            (Op::Eq | Op::Ne, Some((left_at, left))) => match (left.kind, right.kind) {
                (_, Kind::Null) | (Kind::Null, _) => {}
                (Kind::Name, Kind::Text) if text_name(&left) => number(nodes, pool, left.aux, last, interner),
                (Kind::Text, Kind::Name) if text_name(&right) => {
                    number(nodes, pool, right.aux, left_at, interner)
                }
                _ => need_texts(nodes, at, interner),
            },
            (Op::In, Some((_, left))) if text_name(&left) && right.kind == Kind::List => {
                let slot = left.aux;
                if Backward::of(nodes, last).all(|(_, element)| element.kind == Kind::Text) {
                    for element in last + 1 - right.size..last {
                        number(nodes, pool, slot, element, interner);
                    }
                } else {
                    need_texts(nodes, at, interner);
                }
            }
            _ => need_texts(nodes, at, interner),
        }
    }
}

fn number(nodes: &mut [Node], pool: &str, slot: u32, literal: u32, interner: &mut Interner) {
    if let Some(node) = nodes.get_mut(literal as usize) {
        node.aux = u32::from(interner.literal(SlotIx::new(slot), pooled(pool, node.word)).number());
    }
}

fn need_texts(nodes: &[Node], parent: u32, interner: &mut Interner) {
    for (_, node) in Backward::of(nodes, parent) {
        if node.kind == Kind::Name && node.ty == Ty::Text {
            interner.need_text(SlotIx::new(node.aux));
        }
    }
}
