//! The condition language: text in a subset of CEL, or its tree, checked against the declared names and
//! evaluated in three-valued logic. The reference is `docs/criteria.md`.
//!
//! ```
//! use lifestage::criteria::{Criteria, FieldType, Scope, Slot, Truth};
//!
//! let mut scope = Scope::new();
//! scope.declare("budget", FieldType::Int);
//! scope.declare("email", FieldType::String);
//! let criteria = Criteria::parse("budget >= 5000 && has(email)", &scope).unwrap();
//!
//! assert_eq!(criteria.eval(&[Slot::Int(7500), Slot::Text("ada@example.com")]), Truth::True);
//! let failures = criteria.failures(&[Slot::Int(1200), Slot::Missing]);
//! assert_eq!(failures[0].to_string(), "budget >= 5000 (budget is 1200)");
//! assert_eq!(failures[1].to_string(), "email is missing");
//! ```

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

mod analysis;
mod atom;
mod check;
mod constants;
mod error;
mod eval;
mod explain;
mod expr;
mod flat;
mod interner;
mod limits;
mod literal;
mod number;
mod op;
mod packed;
mod parse;
mod scope;
mod slot;
mod source;
mod text;
mod tree;
mod types;
mod view;

pub use analysis::Overlap;
pub use error::{CriteriaError, ErrorKind};
pub use eval::{Reason, Truth};
pub use explain::{Explanation, Failure};
pub use expr::Expr;
pub use interner::Interner;
pub use limits::Limits;
pub use op::Op;
pub use packed::Packed;
pub(crate) use packed::{Row as WordRow, Test};
pub(crate) use scope::nearest;
pub use scope::{FieldType, Scope, SlotIx};
pub use slot::{Facts, Slot, Symbol};
pub use source::Source;
pub use view::{Children, ExprRef, View};

use constants::Constants;
use eval::Code;
use expr::{Backward, Kind, Node};
pub(crate) use flat::{Row, Table};

/// A criterion that is checked, compiled and ready to be evaluated.
///
/// A conjunction is split: its simple tests (a name against literals) become a flat table, the rest is walked
/// as a tree. Which part a test is in does not change what it says.
#[derive(Clone)]
pub struct Criteria {
    expr: Expr,
    constants: Constants,
    /// The simple tests: first the conjuncts, then those inside the others.
    table: Table,
    conjuncts: usize,
    /// The nodes of the other conjuncts.
    rest: Vec<u32>,
    symbols: bool,
}

impl Criteria {
    /// Reads, checks and compiles a text within the default [`Limits`].
    ///
    /// # Errors
    /// The first fault of syntax, or else all faults of names and types.
    pub fn parse(text: &str, scope: &Scope) -> Result<Self, Vec<CriteriaError>> {
        let expr = Expr::parse(text).map_err(|error| vec![error])?;
        Self::build(expr, scope, None, &Limits::default())
    }

    /// Checks and compiles a tree. Texts cannot come as symbols; see [`Criteria::compile_with`].
    ///
    /// # Errors
    /// All faults of names and types.
    pub fn compile(expr: &Expr, scope: &Scope) -> Result<Self, Vec<CriteriaError>> {
        Self::build(expr.clone(), scope, None, &Limits::default())
    }

    /// Checks and compiles a tree, and numbers its text literals in `interner`.
    ///
    /// # Errors
    /// All faults of names and types; the interner is then as it was.
    pub fn compile_with(
        expr: Expr,
        scope: &Scope,
        interner: &mut Interner,
    ) -> Result<Self, Vec<CriteriaError>> {
        Self::build(expr, scope, Some(interner), &Limits::default())
    }

    /// Checks and compiles a tree with an interner, if there is one, and with the limit of `limits` on patterns.
    ///
    /// # Errors
    /// All faults of names and types; the interner is then as it was.
    pub fn build(
        mut expr: Expr,
        scope: &Scope,
        interner: Option<&mut Interner>,
        limits: &Limits,
    ) -> Result<Self, Vec<CriteriaError>> {
        let symbols = interner.is_some();
        let constants = check::check(&mut expr, scope, interner, limits.regex_bytes)?;
        let mut criteria =
            Self { expr, constants, table: Table::default(), conjuncts: 0, rest: Vec::new(), symbols };
        criteria.split();
        Ok(criteria)
    }

    /// Puts each conjunct into the table or aside.
    fn split(&mut self) {
        let (mut table, mut rest) = (Table::default(), Vec::new());
        let code = self.code();
        let mut place = |at: u32| {
            if code.atom(at).and_then(|atom| table.add(&atom, code)).is_none() {
                rest.push(at);
            }
        };
        let root = self.expr.root();
        if self.expr.nodes.last().is_some_and(|node| node.kind == Kind::Op(Op::And)) {
            for (at, _) in Backward::of(&self.expr.nodes, root) {
                place(at);
            }
        } else {
            place(root);
        }
        table.sort();
        (self.conjuncts, self.table, self.rest) = (table.rows().len(), table, rest);
        if !self.rest.is_empty() {
            self.plant();
        }
    }

    /// Gives the comparisons inside the other conjuncts their rows.
    fn plant(&mut self) {
        let mut table = core::mem::take(&mut self.table);
        for at in 0..self.expr.nodes.len() as u32 {
            let comparison = |node: &Node| matches!(node.kind, Kind::Op(op) if op.is_comparison());
            if !self.expr.nodes.get(at as usize).is_some_and(comparison) {
                continue;
            }
            let code = self.code();
            let added = code.atom(at).and_then(|atom| table.add(&atom, code));
            if let (Some(()), Some(node)) = (added, self.expr.nodes.get_mut(at as usize)) {
                node.aux = table.rows().len() as u32;
            }
        }
        self.table = table;
    }

    /// The rows of its simple conjuncts.
    #[inline(always)]
    fn rows(&self) -> &[Row] {
        self.table.rows().get(..self.conjuncts).unwrap_or_default()
    }

    /// The tests that it comes down to, if it is nothing but a conjunction of them.
    pub(crate) fn tests(&self) -> Option<(&[Row], &Table)> {
        self.rest.is_empty().then_some((self.rows(), &self.table))
    }

    /// What the criterion says of these facts. Nothing is allocated, except that `timestamp()` or `duration()` of a
    /// field's text may do so, and `matches` the first time it runs on a thread.
    #[inline]
    pub fn eval<F: Facts + ?Sized>(&self, facts: &F) -> Truth {
        let flat = self.table.conjunction(self.rows(), facts);
        if self.rest.is_empty() { flat } else { self.eval_rest(flat, facts) }
    }

    #[inline(never)]
    fn eval_rest<F: Facts + ?Sized>(&self, flat: Truth, facts: &F) -> Truth {
        let code = self.code();
        let mut truth = flat;
        for at in &self.rest {
            if truth == Truth::False {
                break;
            }
            truth = truth.min(code.truth(*at, facts));
        }
        truth
    }

    /// The tree it was compiled from.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The names it uses with their slots, each once, in the order of their slots.
    pub fn names(&self) -> Vec<(SlotIx, &str)> {
        let names = self.expr.nodes.iter().filter(|node| node.kind == Kind::Name);
        let mut found: Vec<_> = names.map(|node| (SlotIx::new(node.aux), self.expr.pooled(node))).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[inline]
    fn code(&self) -> Code<'_> {
        Code {
            expr: &self.expr,
            nodes: &self.expr.nodes,
            pool: &self.expr.pool,
            constants: &self.constants,
            symbols: self.symbols,
            table: &self.table,
        }
    }
}

impl fmt::Debug for Criteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Criteria({})", self.expr)
    }
}

impl fmt::Display for Criteria {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.expr, f)
    }
}

impl PartialEq for Criteria {
    /// Equal as trees.
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl Eq for Criteria {}
