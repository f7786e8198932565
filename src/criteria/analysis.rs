//! What can be said of a criterion without facts: whether it can hold, and whether two can hold together (S37).

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::Criteria;
use super::atom::{Atom, Test, domain};
use super::eval::{Code, Truth};
use super::expr::{Backward, Kind, Node, pooled};
use super::number;
use super::op::Op;
use super::slot::Slot;
use super::types::Ty;
use crate::time::{Span, Timestamp};
use crate::value::{Fields, Value};

/// Whether two criteria can hold of one record at one time.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlap {
    /// Never both.
    Disjoint,
    /// Both, for example with these values; names not among them have none.
    Overlaps(Fields),
    /// They use more than comparisons with literals, `in`, `has` and bools, so that no claim is made.
    Undecided,
}

impl Criteria {
    /// Whether it can be shown that no facts make it true. Exact for conjunctions of comparisons with literals,
    /// `in`, `has` and bools; beyond these `false` makes no claim.
    ///
    /// ```
    /// use lifestage::criteria::{Criteria, FieldType, Scope};
    ///
    /// let mut scope = Scope::new();
    /// scope.declare("budget", FieldType::Int);
    /// assert!(Criteria::parse("budget > 5 && budget < 6", &scope).unwrap().never_holds());
    /// ```
    pub fn never_holds(&self) -> bool {
        let code = self.code();
        if possible(code, self.expr.root()) & outcome(Truth::True) == 0 {
            return true;
        }
        let mut facts = Constraints::default();
        facts.add(self);
        facts.empty()
    }

    /// Whether it can be shown that it is true whatever the facts, as the criterion `true` is.
    pub fn always_holds(&self) -> bool {
        possible(self.code(), self.expr.root()) == outcome(Truth::True)
    }

    /// Whether two criteria can hold together. Names are matched by their text.
    ///
    /// ```
    /// use lifestage::criteria::{Criteria, FieldType, Overlap, Scope};
    ///
    /// let mut scope = Scope::new();
    /// scope.declare("budget", FieldType::Int);
    /// let small = Criteria::parse("budget < 5000", &scope).unwrap();
    /// let large = Criteria::parse("budget >= 5000", &scope).unwrap();
    /// assert_eq!(Criteria::overlap(&small, &large), Overlap::Disjoint);
    /// assert!(matches!(Criteria::overlap(&small, &small), Overlap::Overlaps(_)));
    /// ```
    pub fn overlap(a: &Self, b: &Self) -> Overlap {
        if a.never_holds() || b.never_holds() {
            return Overlap::Disjoint;
        }
        let mut facts = Constraints::default();
        facts.add(a);
        facts.add(b);
        if facts.empty() {
            Overlap::Disjoint
        } else if facts.beyond {
            Overlap::Undecided
        } else {
            Overlap::Overlaps(facts.witness())
        }
    }
}

/// A set of truths, one bit each.
const fn outcome(truth: Truth) -> u8 {
    match truth {
        Truth::False => 1,
        Truth::Unknown => 2,
        Truth::True => 4,
    }
}

const ANY: u8 = 7;

/// The truths that a condition may come to; possibly more than it can.
fn possible(code: Code<'_>, at: u32) -> u8 {
    let Some(node) = code.nodes.get(at as usize) else { return ANY };
    let subtree = code.nodes.get((at + 1 - node.size) as usize..=at as usize).unwrap_or_default();
    if subtree.iter().all(|node| node.kind != Kind::Name) {
        let nothing: &[Slot<'_>] = &[];
        return outcome(code.truth(at, nothing));
    }
    let operands = || Backward::of(code.nodes, at).map(|(at, _)| at);
    let sorted = |first: Truth, combine: fn(Truth, Truth) -> Truth| {
        operands().fold(outcome(first), |so_far, operand| pairs(so_far, possible(code, operand), combine))
    };
    match node.kind {
        Kind::Op(Op::And) => sorted(Truth::True, Ord::min),
        Kind::Op(Op::Or) => sorted(Truth::False, Ord::max),
        Kind::Op(Op::Not) => {
            let inner = possible(code, at.saturating_sub(1));
            (inner & 2) | (inner & 1) << 2 | inner >> 2
        }
        Kind::Op(Op::Has) => outcome(Truth::True) | outcome(Truth::False),
        Kind::Op(Op::Eq | Op::Ne) if subtree.iter().any(|node| node.kind == Kind::Null) && node.size == 3 => {
            outcome(Truth::True) | outcome(Truth::False)
        }
        Kind::Op(Op::Cond) => {
            let mut operands = operands();
            let (otherwise, then, condition) = (operands.next(), operands.next(), operands.next());
            let branch = |at: Option<u32>| at.map_or(ANY, |at| possible(code, at));
            let condition = branch(condition);
            let taken = |truth: Truth, set: u8| if condition & outcome(truth) == 0 { 0 } else { set };
            taken(Truth::Unknown, outcome(Truth::Unknown))
                | taken(Truth::True, branch(then))
                | taken(Truth::False, branch(otherwise))
        }
        _ => ANY,
    }
}

fn pairs(a: u8, b: u8, combine: fn(Truth, Truth) -> Truth) -> u8 {
    let truths = [Truth::False, Truth::Unknown, Truth::True];
    let of = |set: u8| truths.into_iter().filter(move |truth| set & outcome(*truth) != 0);
    of(a).flat_map(|x| of(b).map(move |y| outcome(combine(x, y)))).fold(0, |set, one| set | one)
}

/// What a conjunction asks of each name.
#[derive(Default)]
struct Constraints<'c> {
    subjects: Vec<Subject<'c>>,
    /// Some conjunct is more than a simple test.
    beyond: bool,
    /// Some conjunct without names does not hold.
    refuted: bool,
}

struct Subject<'c> {
    name: &'c str,
    ty: Ty,
    /// It must have a value; it must have none.
    present: bool,
    absent: bool,
    values: Values<'c>,
}

enum Values<'c> {
    /// Ranges of keys, ends included, sorted and apart.
    Keys(Vec<(i64, i64)>),
    Texts(Texts<'c>),
    /// Only presence is looked at.
    Whatever,
}

#[derive(Default)]
struct Texts<'c> {
    /// Not below this text, or above it if the flag is set.
    low: Option<(&'c str, bool)>,
    high: Option<(&'c str, bool)>,
    allowed: Option<Vec<&'c str>>,
    excluded: Vec<&'c str>,
}

impl<'c> Constraints<'c> {
    fn add(&mut self, criteria: &'c Criteria) {
        let code = criteria.code();
        for at in criteria.conjuncts() {
            if let Some(atom) = code.atom(at) {
                self.constrain(code, &atom);
                continue;
            }
            match possible(code, at) {
                set if set == outcome(Truth::True) => {}
                set if set & outcome(Truth::True) == 0 => self.refuted = true,
                _ => self.beyond = true,
            }
        }
    }

    fn constrain(&mut self, code: Code<'c>, atom: &Atom) {
        let Some(node) = code.nodes.get(atom.name as usize) else { return };
        let Some(subject) = self.subject(code, node) else {
            self.beyond = true;
            return;
        };
        if let Test::Present = atom.test {
            if atom.negated {
                subject.absent = true
            } else {
                subject.present = true
            }
            return;
        }
        // A test of a value is true only if there is one, negated or not.
        subject.present = true;
        match (&mut subject.values, &atom.test) {
            (Values::Keys(ranges), Test::Range(range)) => {
                let wanted: Vec<_> = range.iter().copied().collect();
                *ranges = both(ranges, &if atom.negated { apart_from(&wanted) } else { wanted });
            }
            (Values::Keys(ranges), Test::Keys(keys)) => {
                let wanted: Vec<_> = keys.iter().map(|key| (*key, *key)).collect();
                *ranges = both(ranges, &if atom.negated { apart_from(&wanted) } else { wanted });
            }
            (Values::Texts(texts), Test::Texts(from, to)) => {
                let literals = code.nodes.get(*from as usize..*to as usize).unwrap_or_default();
                let listed = literals.iter().map(|node| pooled(code.pool, node.word));
                if atom.negated {
                    texts.excluded.extend(listed);
                } else {
                    let mut listed: Vec<_> = listed.collect();
                    if let Some(allowed) = &texts.allowed {
                        listed.retain(|text| allowed.contains(text));
                    }
                    texts.allowed = Some(listed);
                }
            }
            (Values::Texts(texts), Test::TextOrder(op, literal)) => {
                let text = code.nodes.get(*literal as usize).map_or("", |node| pooled(code.pool, node.word));
                texts.bound(if atom.negated { complement(*op) } else { *op }, text);
            }
            _ => self.beyond = true,
        }
    }

    /// The subject for a name; `None` if the name has another type elsewhere.
    fn subject(&mut self, code: Code<'c>, node: &Node) -> Option<&mut Subject<'c>> {
        let name = pooled(code.pool, node.word);
        let known = self.subjects.iter().position(|subject| subject.name == name);
        let at = known.unwrap_or(self.subjects.len());
        if known.is_none() {
            let values = match domain(node.ty) {
                Some(range) => Values::Keys(vec![range]),
                None if node.ty == Ty::Text => Values::Texts(Texts::default()),
                None => Values::Whatever,
            };
            self.subjects.push(Subject { name, ty: node.ty, present: false, absent: false, values });
        }
        self.subjects.get_mut(at).filter(|subject| subject.ty == node.ty)
    }

    /// Whether no facts satisfy them.
    fn empty(&self) -> bool {
        self.refuted || self.subjects.iter().any(Subject::empty)
    }

    fn witness(&self) -> Fields {
        let present = self.subjects.iter().filter(|subject| subject.present);
        present.filter_map(|subject| Some((subject.name, subject.witness()?))).collect()
    }
}

impl Subject<'_> {
    fn empty(&self) -> bool {
        let no_value = match &self.values {
            Values::Keys(ranges) => ranges.is_empty(),
            Values::Texts(texts) => texts.empty(),
            Values::Whatever => false,
        };
        self.present && (self.absent || no_value)
    }

    fn witness(&self) -> Option<Value> {
        let ranges = match &self.values {
            Values::Keys(ranges) => ranges,
            Values::Texts(texts) => return texts.witness().map(Value::from),
            Values::Whatever => return Some(Value::List(Vec::new())),
        };
        // The key nearest to zero reads best.
        let nearest =
            ranges.iter().map(|(low, high)| 0_i64.clamp(*low, *high)).min_by_key(|key| key.unsigned_abs())?;
        Some(match self.ty {
            Ty::Bool => Value::Bool(nearest != 0),
            Ty::Double => Value::Double(number::from_key(nearest)),
            Ty::Timestamp => Value::from(Timestamp::from_micros(nearest)),
            Ty::Duration => Value::from(Span::from_micros(nearest)),
            _ => Value::Int(nearest),
        })
    }
}

impl<'c> Texts<'c> {
    fn bound(&mut self, op: Op, text: &'c str) {
        let strict = matches!(op, Op::Lt | Op::Gt);
        match op {
            Op::Gt | Op::Ge => self.low = self.low.max(Some((text, strict))),
            _ => {
                // For an upper bound the strict one is the tighter of two at the same text.
                let tighter =
                    self.high.is_none_or(|(known, known_strict)| (text, !strict) < (known, !known_strict));
                if tighter {
                    self.high = Some((text, strict));
                }
            }
        }
    }

    fn admits(&self, text: &str) -> bool {
        self.low.is_none_or(|(low, strict)| if strict { text > low } else { text >= low })
            && self.high.is_none_or(|(high, strict)| if strict { text < high } else { text <= high })
            && self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&text))
            && !self.excluded.contains(&text)
    }

    /// Whether no text satisfies all.
    fn empty(&self) -> bool {
        match &self.allowed {
            Some(allowed) => !allowed.iter().any(|text| self.admits(text)),
            // There are more texts than can be excluded.
            None if self.low.is_none() && self.high.is_none() => false,
            None => self.witness().is_none(),
        }
    }

    /// A text that satisfies all, if there is one.
    fn witness(&self) -> Option<String> {
        if let Some(allowed) = &self.allowed {
            return allowed.iter().find(|text| self.admits(text)).map(|text| String::from(*text));
        }
        let low = self.low.map_or("", |(low, _)| low);
        if let Some(found) = ["other", "some text"].into_iter().find(|text| self.admits(text)) {
            return Some(String::from(found));
        }
        let mut longer = ["", "a", "b"].into_iter().map(|tail| alloc::format!("{low}{tail}"));
        if let Some(found) = longer.find(|text| self.admits(text)) {
            return Some(found);
        }
        // Next after a text comes the same with a NUL, so these are all texts from the lower bound on, one by
        // one; with one more of them than are excluded and with the ends, one must do or none does.
        let mut text = String::from(low);
        for _ in 0..self.excluded.len() + 2 {
            if self.admits(&text) {
                return Some(text);
            }
            text.push('\0');
        }
        None
    }
}

const fn complement(op: Op) -> Op {
    match op {
        Op::Lt => Op::Ge,
        Op::Le => Op::Gt,
        Op::Gt => Op::Le,
        _ => Op::Lt,
    }
}

/// The keys in none of these ranges, which are sorted and apart.
fn apart_from(ranges: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut gaps = Vec::with_capacity(ranges.len() + 1);
    let mut next = Some(i64::MIN);
    for (low, high) in ranges {
        if let Some(start) = next
            && start < *low
        {
            gaps.push((start, low - 1));
        }
        next = high.checked_add(1);
    }
    gaps.extend(next.map(|start| (start, i64::MAX)));
    gaps
}

/// The keys in both; each side is sorted and apart.
fn both(a: &[(i64, i64)], b: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut common = Vec::with_capacity(a.len().max(b.len()));
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        let (low, high) = (x.0.max(y.0), x.1.min(y.1));
        if low <= high {
            common.push((low, high));
        }
        if x.1 < y.1 {
            left.next();
        } else {
            right.next();
        }
    }
    common
}
