//! The tree of a criterion, as a flat arena in which children come before their parent.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::error::{CriteriaError, ErrorKind};
use super::limits::Limits;
use super::op::Op;
use super::types::Ty;

/// A criterion as a tree, not yet checked against a [`Scope`](super::Scope).
///
/// It is read from text with [`Expr::parse`], or from its JSON form with serde; `Display` writes canonical text,
/// serde writes the JSON form. Both ways lead back to an equal tree. Chains of `&&` and of `||` are one node.
///
/// ```
/// use lifestage::criteria::Expr;
///
/// let expr = Expr::parse("(budget>=5000)&&has( email )")?;
/// assert_eq!(expr.to_string(), "budget >= 5000 && has(email)");
/// let json = r#"{"op":"&&","args":[
///     {"op":">=","args":[{"name":"budget"},{"value":5000}]},
///     {"op":"has","args":[{"name":"email"}]}]}"#;
/// assert_eq!(serde_json::from_str::<Expr>(json).unwrap(), expr);
/// # Ok::<(), lifestage::criteria::CriteriaError>(())
/// ```
#[derive(Clone)]
pub struct Expr {
    pub(super) nodes: Vec<Node>,
    /// The source text, if there is one, then texts that do not stand in it as they are.
    pub(super) pool: String,
    /// Length of the source text in the pool.
    pub(super) source: Option<u32>,
}

/// One node. What it holds beside its kind depends on it; the checker fills in `ty` and `aux`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) ty: Ty,
    /// Levels of the subtree.
    pub(super) height: u8,
    /// Name: its slot. Text: its symbol. `matches`: its pattern. `timestamp` and `duration` of a literal, and
    /// comparisons that have a row: the number of what was compiled, from 1 on.
    pub(super) aux: u32,
    /// Nodes of the subtree, this one included.
    pub(super) size: u32,
    /// Where it stands in the source text.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Literal: the value. Name and text: where in the pool. Operator: how many children.
    pub(super) word: u64,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Int,
    Double,
    Text,
    Name,
    List,
    Op(Op),
}

impl Kind {
    pub(super) const fn is_leaf(self) -> bool {
        !matches!(self, Self::List | Self::Op(_))
    }
}

impl Node {
    /// How many children it has.
    pub(super) const fn arity(&self) -> u32 {
        if self.kind.is_leaf() { 0 } else { self.word as u32 }
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The part of a pool that a word names.
#[inline]
pub(super) fn pooled(pool: &str, word: u64) -> &str {
    let start = (word >> 32) as usize;
    let len = (word & 0xffff_ffff) as usize;
    pool.get(start..start + len).unwrap_or_default()
}

/// The children of a node, last first.
#[derive(Clone)]
pub(super) struct Backward<'n> {
    nodes: &'n [Node],
    next: u32,
    left: u32,
}

impl<'n> Backward<'n> {
    #[inline]
    pub(super) fn of(nodes: &'n [Node], parent: u32) -> Self {
        let left = nodes.get(parent as usize).map_or(0, Node::arity);
        Self { nodes, next: parent, left }
    }
}

impl<'n> Iterator for Backward<'n> {
    type Item = (u32, &'n Node);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let at = self.next.checked_sub(1)?;
        let node = self.nodes.get(at as usize)?;
        self.left -= 1;
        self.next = at + 1 - node.size;
        Some((at, node))
    }
}

/// The children of a node in order.
pub(super) fn children(nodes: &[Node], parent: u32) -> Vec<u32> {
    let mut found: Vec<u32> = Backward::of(nodes, parent).map(|(at, _)| at).collect();
    found.reverse();
    found
}

impl Expr {
    /// Reads a criterion within the default [`Limits`].
    ///
    /// # Errors
    /// The first fault in the text, with its place.
    pub fn parse(text: &str) -> Result<Self, CriteriaError> {
        Self::parse_within(text, &Limits::default())
    }

    /// Reads a criterion within these limits.
    ///
    /// # Errors
    /// The first fault in the text, with its place.
    pub fn parse_within(text: &str, limits: &Limits) -> Result<Self, CriteriaError> {
        super::parse::parse(text, limits)
    }

    /// The text it was read from, if it was.
    pub fn source(&self) -> Option<&str> {
        self.source.and_then(|len| self.pool.get(..len as usize))
    }

    /// How many names, literals and operators it has.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: there is no empty criterion.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn root(&self) -> u32 {
        (self.nodes.len() as u32).saturating_sub(1)
    }

    pub(super) fn pooled(&self, node: &Node) -> &str {
        pooled(&self.pool, node.word)
    }

    /// The JSON pointer from the root of the tree to a node; elements of a list are pointed to as the list.
    pub(super) fn pointer(&self, wanted: u32) -> String {
        let mut pointer = String::new();
        let mut at = self.root();
        while at != wanted {
            if self.nodes.get(at as usize).is_none_or(|node| node.kind == Kind::List) {
                break;
            }
            let inside = |child: &u32| {
                let size = self.nodes.get(*child as usize).map_or(0, |node| node.size);
                (*child + 1 - size..=*child).contains(&wanted)
            };
            let below = children(&self.nodes, at);
            let Some(position) = below.iter().position(inside) else { break };
            pointer.push_str(&format!("/args/{position}"));
            at = below.get(position).copied().unwrap_or(wanted);
        }
        pointer
    }
}

impl PartialEq for Expr {
    /// Equal as trees; where in a text they stood does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.nodes.len() == other.nodes.len()
            && self.nodes.iter().zip(&other.nodes).all(|(a, b)| {
                a.kind == b.kind
                    && match a.kind {
                        Kind::Text | Kind::Name => self.pooled(a) == other.pooled(b),
                        Kind::Null => true,
                        Kind::Bool | Kind::Int | Kind::Double | Kind::List | Kind::Op(_) => a.word == b.word,
                    }
            })
    }
}

impl Eq for Expr {}

/// An arena under construction, kept within limits.
pub(super) struct Builder<'l> {
    pub(super) expr: Expr,
    pub(super) limits: &'l Limits,
}

impl<'l> Builder<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { expr: Expr { nodes: Vec::new(), pool: String::new(), source: None }, limits }
    }

    /// Adds a node without children.
    #[inline]
    pub(super) fn leaf(&mut self, kind: Kind, word: u64, span: Range<usize>) -> Result<(), CriteriaError> {
        self.push(Node {
            kind,
            ty: Ty::Any,
            height: 1,
            aux: 0,
            size: 1,
            start: span.start as u32,
            end: span.end as u32,
            word,
        })
    }

    /// Adds a node over the last `arity` subtrees.
    pub(super) fn over(&mut self, kind: Kind, arity: u32, span: Range<usize>) -> Result<(), CriteriaError> {
        if kind == Kind::List && arity > self.limits.list_len {
            let limit = self.limits.list_len;
            return Err(self.too_large(format!("a list has more than {limit} elements"), span));
        }
        let mut end = self.expr.nodes.len() as u32;
        let (mut size, mut height) = (1_u32, 0_u8);
        for _ in 0..arity {
            let Some(child) = end.checked_sub(1).and_then(|at| self.expr.nodes.get(at as usize)) else {
                break;
            };
            size += child.size;
            height = height.max(child.height);
            end -= child.size;
        }
        if u32::from(height) >= self.limits.depth() {
            return Err(self.too_deep(span));
        }
        self.push(Node {
            kind,
            ty: Ty::Any,
            height: height + 1,
            aux: 0,
            size,
            start: span.start as u32,
            end: span.end as u32,
            word: u64::from(arity),
        })
    }

    /// If the last subtree is a chain of `op`, takes the chain's node away and returns how many subtrees are left of it;
    /// else 1.
    #[inline]
    pub(super) fn absorb(&mut self, op: Op) -> u32 {
        match self.expr.nodes.last() {
            Some(node) if node.kind == Kind::Op(op) => {
                let arity = node.arity();
                self.expr.nodes.pop();
                arity
            }
            _ => 1,
        }
    }

    /// Puts a text at the end of the pool.
    pub(super) fn pool(&mut self, text: &str) -> Result<u64, CriteriaError> {
        let start = self.expr.pool.len();
        if start.saturating_add(text.len()) > self.limits.text_bytes().saturating_mul(2) {
            return Err(self.too_large(format!("more than {} bytes of text", self.limits.text_bytes()), 0..0));
        }
        self.expr.pool.push_str(text);
        Ok((start as u64) << 32 | text.len() as u64)
    }

    #[inline]
    fn push(&mut self, node: Node) -> Result<(), CriteriaError> {
        if self.expr.nodes.len() >= self.limits.nodes as usize {
            let limit = self.limits.nodes;
            return Err(
                self.too_large(format!("more than {limit} names, literals and operators"), node.span())
            );
        }
        self.expr.nodes.push(node);
        Ok(())
    }

    #[cold]
    fn too_large(&self, message: String, span: Range<usize>) -> CriteriaError {
        self.place(CriteriaError::new(ErrorKind::Limit, message), span)
    }

    #[cold]
    pub(super) fn too_deep(&self, span: Range<usize>) -> CriteriaError {
        let message = format!("nested more than {} levels deep", self.limits.depth());
        self.place(CriteriaError::new(ErrorKind::Limit, message), span)
    }

    fn place(&self, error: CriteriaError, span: Range<usize>) -> CriteriaError {
        if self.expr.source.is_some() { error.at(span) } else { error }
    }
}
