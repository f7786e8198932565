//! Walking a tree from outside.

use super::expr::{Expr, Kind, Node, children};
use super::op::Op;

/// One node of an [`Expr`], with all below it.
#[derive(Clone, Copy)]
pub struct ExprRef<'e> {
    expr: &'e Expr,
    at: u32,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum View<'e> {
    /// `null`
    Null,
    /// A bool literal.
    Bool(bool),
    /// An int literal.
    Int(i64),
    /// A double literal.
    Double(f64),
    /// A string literal.
    Text(&'e str),
    /// A name.
    Name(&'e str),
    /// A list literal with its elements.
    List(Children<'e>),
    /// An operator with its operands; for a method the first is what it is called on.
    Op(Op, Children<'e>),
}

/// The children of a node, in order.
#[derive(Debug, Clone)]
pub struct Children<'e> {
    expr: &'e Expr,
    nodes: alloc::vec::IntoIter<u32>,
}

impl<'e> Iterator for Children<'e> {
    type Item = ExprRef<'e>;

    fn next(&mut self) -> Option<ExprRef<'e>> {
        Some(ExprRef { expr: self.expr, at: self.nodes.next()? })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.nodes.size_hint()
    }
}

impl ExactSizeIterator for Children<'_> {}

impl Expr {
    /// The root of the tree, to walk it.
    ///
    /// ```
    /// use lifestage::criteria::{Expr, Op, View};
    ///
    /// let expr = Expr::parse("budget > 5")?;
    /// let View::Op(Op::Gt, mut operands) = expr.view().kind() else { unreachable!() };
    /// assert!(matches!(operands.next().unwrap().kind(), View::Name("budget")));
    /// # Ok::<(), lifestage::criteria::CriteriaError>(())
    /// ```
    pub fn view(&self) -> ExprRef<'_> {
        ExprRef { expr: self, at: self.root() }
    }
}

impl<'e> ExprRef<'e> {
    /// What it is.
    pub fn kind(self) -> View<'e> {
        let Some(node) = self.node() else { return View::Null };
        let below = || Children { expr: self.expr, nodes: children(&self.expr.nodes, self.at).into_iter() };
        match node.kind {
            Kind::Null => View::Null,
            Kind::Bool => View::Bool(node.word != 0),
            Kind::Int => View::Int(node.word as i64),
            Kind::Double => View::Double(f64::from_bits(node.word)),
            Kind::Text => View::Text(self.expr.pooled(node)),
            Kind::Name => View::Name(self.expr.pooled(node)),
            Kind::List => View::List(below()),
            Kind::Op(op) => View::Op(op, below()),
        }
    }

    fn node(self) -> Option<&'e Node> {
        self.expr.nodes.get(self.at as usize)
    }
}

impl core::fmt::Display for ExprRef<'_> {
    /// Its canonical text.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(&super::text::Part(self.expr, self.at), f)
    }
}

impl core::fmt::Debug for ExprRef<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ExprRef({self})")
    }
}
