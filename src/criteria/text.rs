//! From tree to text: canonical, with no more parentheses than needed.

use core::fmt::{self, Write as _};

use super::expr::{Expr, Kind, Node, children};
use super::op::{Form, Op};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, self.root(), f)
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({self})")
    }
}

/// One node and all below it, as text.
pub(super) struct Part<'e>(pub(super) &'e Expr, pub(super) u32);

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self.0, self.1, f)
    }
}

fn write(expr: &Expr, at: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some(node) = expr.nodes.get(at as usize) else { return Ok(()) };
    match node.kind {
        Kind::Null => f.write_str("null"),
        Kind::Bool => f.write_str(if node.word == 0 { "false" } else { "true" }),
        Kind::Int => write!(f, "{}", node.word as i64),
        Kind::Double => write!(f, "{:?}", f64::from_bits(node.word)),
        Kind::Text => quoted(expr.pooled(node), f),
        Kind::Name => f.write_str(expr.pooled(node)),
        Kind::List => {
            f.write_char('[')?;
            separated(expr, &children(&expr.nodes, at), f)?;
            f.write_char(']')
        }
        Kind::Op(op) => operation(expr, op, &children(&expr.nodes, at), f),
    }
}

fn operation(expr: &Expr, op: Op, operands: &[u32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let own = op.precedence();
    match (op.form(), operands) {
        (Form::Prefix, [operand]) => {
            f.write_str(op.as_str())?;
            // `-5` is a literal, so that minus of the literal 5 keeps its parentheses.
            let literal = op == Op::Neg && expr.nodes.get(*operand as usize).is_some_and(unsigned);
            enclosed(expr, *operand, literal || precedence(expr, *operand) < own, f)
        }
        (Form::Infix, operands) => {
            for (i, operand) in operands.iter().enumerate() {
                if i > 0 {
                    f.write_char(' ')?;
                    f.write_str(op.as_str())?;
                    f.write_char(' ')?;
                }
                // Chains group to the left.
                let least = own + u8::from(i > 0);
                enclosed(expr, *operand, precedence(expr, *operand) < least, f)?;
            }
            Ok(())
        }
        (Form::Ternary, [condition, then, otherwise]) => {
            enclosed(expr, *condition, precedence(expr, *condition) <= own, f)?;
            f.write_str(" ? ")?;
            enclosed(expr, *then, precedence(expr, *then) <= own, f)?;
            f.write_str(" : ")?;
            write(expr, *otherwise, f)
        }
        (Form::Method, [receiver, arguments @ ..]) => {
            let plain = expr.nodes.get(*receiver as usize).is_some_and(|node| match node.kind {
                Kind::Name | Kind::Text | Kind::List => true,
                Kind::Op(op) => op.precedence() > Op::Not.precedence(),
                _ => false,
            });
            enclosed(expr, *receiver, !plain, f)?;
            f.write_char('.')?;
            f.write_str(op.as_str())?;
            f.write_char('(')?;
            separated(expr, arguments, f)?;
            f.write_char(')')
        }
        (_, arguments) => {
            f.write_str(op.as_str())?;
            f.write_char('(')?;
            separated(expr, arguments, f)?;
            f.write_char(')')
        }
    }
}

/// Whether a minus before this literal would be taken for a part of it.
fn unsigned(node: &Node) -> bool {
    match node.kind {
        Kind::Int => (node.word as i64) >= 0,
        Kind::Double => f64::from_bits(node.word).is_sign_positive(),
        _ => false,
    }
}

fn precedence(expr: &Expr, at: u32) -> u8 {
    match expr.nodes.get(at as usize).map(|node| node.kind) {
        Some(Kind::Op(op)) => op.precedence(),
        _ => u8::MAX,
    }
}

fn enclosed(expr: &Expr, at: u32, parentheses: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !parentheses {
        return write(expr, at, f);
    }
    f.write_char('(')?;
    write(expr, at, f)?;
    f.write_char(')')
}

fn separated(expr: &Expr, nodes: &[u32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, node) in nodes.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write(expr, *node, f)?;
    }
    Ok(())
}

/// A text as a literal.
pub(super) fn quoted(text: &str, f: &mut (impl fmt::Write + ?Sized)) -> fmt::Result {
    f.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\') || c.is_control()) {
        let (plain, from) = rest.split_at(at);
        f.write_str(plain)?;
        let mut chars = from.chars();
        match chars.next() {
            Some('"') => f.write_str("\\\"")?,
            Some('\\') => f.write_str("\\\\")?,
            Some('\n') => f.write_str("\\n")?,
            Some('\r') => f.write_str("\\r")?,
            Some('\t') => f.write_str("\\t")?,
            Some(c) => write!(f, "\\u{:04x}", u32::from(c))?,
            None => {}
        }
        rest = chars.as_str();
    }
    f.write_str(rest)?;
    f.write_char('"')
}
