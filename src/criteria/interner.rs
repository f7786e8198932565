//! Text literals as small numbers.

use alloc::vec::Vec;

use smol_str::SmolStr;

use super::scope::SlotIx;
use super::slot::{Slot, Symbol};

/// The text literals of all criteria compiled with it, numbered per slot, so that a host interns a text once
/// and every test of it is one bit of a mask. Compile all criteria first, then intern.
///
/// ```
/// use lifestage::criteria::{Criteria, Expr, FieldType, Interner, Scope, Slot, Truth};
///
/// let mut scope = Scope::new();
/// let source = scope.declare("source", FieldType::String);
/// let mut interner = Interner::new();
/// let expr = Expr::parse(r#"source in ["web", "referral"]"#)?;
/// let criteria = Criteria::compile_with(expr, &scope, &mut interner).unwrap();
/// let facts = [interner.slot(source, "referral")];
/// assert!(matches!(facts[0], Slot::Symbol(_)));
/// assert_eq!(criteria.eval(&facts), Truth::True);
/// # Ok::<(), lifestage::criteria::CriteriaError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Interner {
    slots: Vec<Literals>,
}

#[derive(Debug, Clone, Default)]
struct Literals {
    texts: Vec<SmolStr>,
    /// Some use of the slot cannot be decided by symbol.
    needs_text: bool,
}

impl Interner {
    /// No literals yet.
    pub const fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// The slot for a text: [`Slot::Symbol`] if every criterion compiled with this interner can judge it by
    /// its symbol (`==`, `!=` and `in` with literals, `has`), else [`Slot::Text`].
    #[inline]
    pub fn slot<'a>(&self, ix: SlotIx, text: &'a str) -> Slot<'a> {
        match self.symbol(ix, text) {
            Some(symbol) => Slot::Symbol(symbol),
            None => Slot::Text(text),
        }
    }

    /// The symbol of a text, or `None` if some criterion needs the text itself or none uses the slot.
    #[inline]
    pub fn symbol(&self, ix: SlotIx, text: &str) -> Option<Symbol> {
        let literals = self.slots.get(ix.index()).filter(|literals| !literals.needs_text)?;
        Some(literals.find(text).unwrap_or(Symbol::NONE))
    }

    /// The text of a symbol of a slot; [`Symbol::NONE`] has none.
    pub fn text(&self, ix: SlotIx, symbol: Symbol) -> Option<&str> {
        let at = usize::from(symbol.number()).checked_sub(1)?;
        self.slots.get(ix.index())?.texts.get(at).map(SmolStr::as_str)
    }

    /// Gives a literal its number. A slot with too many of them needs its text from then on.
    pub(super) fn literal(&mut self, ix: SlotIx, text: &str) -> Symbol {
        let Some(literals) = self.literals(ix) else { return Symbol::NONE };
        if let Some(symbol) = literals.find(text) {
            return symbol;
        }
        let Some(symbol) = u8::try_from(literals.texts.len() + 1).ok().and_then(Symbol::new) else {
            literals.needs_text = true;
            return Symbol::NONE;
        };
        literals.texts.push(SmolStr::new(text));
        symbol
    }

    pub(super) fn need_text(&mut self, ix: SlotIx) {
        if let Some(literals) = self.literals(ix) {
            literals.needs_text = true;
        }
    }

    fn literals(&mut self, ix: SlotIx) -> Option<&mut Literals> {
        if ix.index() >= self.slots.len() {
            self.slots.resize_with(ix.index() + 1, Literals::default);
        }
        self.slots.get_mut(ix.index())
    }
}

impl Literals {
    #[inline]
    fn find(&self, text: &str) -> Option<Symbol> {
        let at = self.texts.iter().position(|literal| literal == text)?;
        u8::try_from(at + 1).ok().and_then(Symbol::new)
    }
}
