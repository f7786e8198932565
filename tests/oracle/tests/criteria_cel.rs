//! Where our language overlaps with CEL, the `cel` crate is the oracle: unknown is where CEL has an error.
#![allow(unreachable_pub, dead_code, reason = "the generator is shared with another test")]

#[path = "../../criteria/random.rs"]
mod random;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use cel::{Context, Program};
use lifestage::Value;
use lifestage::criteria::{Criteria, Expr, ExprRef, FieldType, Op, Reason, Scope, Slot, Truth, View};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use random::{Dialect, NAMES, Writer, choices, record, scope, slots};

fn cel_value(value: &Value) -> cel::Value {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
        Value::List(values) => {
            values.iter().map(|value| cel::Value::from(value.as_str())).collect::<Vec<_>>().into()
        }
    }
}

/// What CEL says of an expression over a map `r` with the values that there are.
fn oracle(text: &str, record: &[Option<Value>]) -> Truth {
    let program = Program::compile(text).unwrap_or_else(|errors| panic!("{text}: {errors}"));
    let fields: HashMap<String, cel::Value> = record
        .iter()
        .zip(NAMES)
        .filter_map(|(value, (name, _))| Some((name.to_owned(), cel_value(value.as_ref()?))))
        .collect();
    let mut context = Context::default();
    context.add_variable_from_value("r", fields);
    match program.execute(&context) {
        Ok(cel::Value::Bool(value)) => value.into(),
        Ok(other) => panic!("{text} gives {other:?}"),
        Err(_) => Truth::Unknown,
    }
}

/// How often an operator met what.
#[derive(Debug, Default, Clone, Copy)]
struct Met {
    seen: u32,
    missing: u32,
    failing: u32,
    mixed: u32,
    non_ascii: u32,
}

#[derive(Debug, Default)]
struct Tally {
    truths: BTreeMap<Truth, u32>,
    reasons: HashMap<Reason, u32>,
    operators: HashMap<Op, Met>,
    null: u32,
}

/// Everything below a node, itself included.
fn walk<'e>(node: ExprRef<'e>, visit: &mut impl FnMut(ExprRef<'e>)) {
    visit(node);
    if let View::Op(_, children) | View::List(children) = node.kind() {
        children.for_each(|child| walk(child, visit));
    }
}

impl Tally {
    fn count(&mut self, criteria: &Criteria, facts: &[Slot<'_>], scope: &Scope) {
        *self.truths.entry(criteria.eval(facts)).or_default() += 1;
        let mut reasons = Vec::new();
        let mut explanations = vec![criteria.explain(facts)];
        while let Some(explanation) = explanations.pop() {
            reasons.extend(explanation.reason);
            explanations.extend(explanation.parts);
        }
        for reason in &reasons {
            *self.reasons.entry(*reason).or_default() += 1;
        }
        walk(criteria.expr().view(), &mut |node| {
            let View::Op(op, _) = node.kind() else { return };
            let mut below = Met { seen: 1, ..Met::default() };
            let (mut int, mut double) = (false, false);
            walk(node, &mut |inner| match inner.kind() {
                View::Name(name) => {
                    let (slot, ty) = scope.lookup(name).unwrap();
                    let slot = facts[slot.index()];
                    below.missing = below.missing.max(u32::from(!slot.is_present()));
                    int |= ty == FieldType::Int;
                    double |= ty == FieldType::Double;
                    if let Slot::Text(text) = slot {
                        below.non_ascii = below.non_ascii.max(u32::from(!text.is_ascii()));
                    }
                    if let Slot::List(texts) = slot {
                        below.non_ascii =
                            below.non_ascii.max(u32::from(texts.iter().any(|text| !text.is_ascii())));
                    }
                }
                View::Int(_) => int = true,
                View::Double(_) => double = true,
                View::Text(text) => below.non_ascii = below.non_ascii.max(u32::from(!text.is_ascii())),
                View::Op(Op::Size, _) => int = true,
                View::Null => self.null += 1,
                _ => {}
            });
            below.mixed = u32::from(int && double);
            let computed = |reason: &Reason| matches!(reason, Reason::Overflow | Reason::DivisionByZero);
            below.failing = u32::from(reasons.iter().any(computed));
            let met = self.operators.entry(op).or_default();
            met.seen += below.seen;
            met.missing += below.missing;
            met.failing += below.failing;
            met.mixed += below.mixed;
            met.non_ascii += below.non_ascii;
        });
    }
}

#[test]
fn agrees_with_cel_where_the_languages_overlap() {
    let scope = scope();
    let tally = RefCell::new(Tally::default());
    let config = Config { cases: 3072, failure_persistence: None, ..Config::default() };
    // A fixed seed, since the shares below are asserted.
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
        .run(&choices(), |choices| {
            let (mut ours, mut theirs) = (choices.clone(), choices);
            let depth = 2 + ours.below(3);
            theirs.below(3);
            let text = Writer { choices: &mut ours, dialect: Dialect::Ours }.bool(depth);
            let cel = Writer { choices: &mut theirs, dialect: Dialect::Cel }.bool(depth);
            let criteria =
                Criteria::parse(&text, &scope).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
            for _ in 0..3 {
                let record = record(&mut ours, false);
                let facts = slots(&record);
                let (said, expected) = (criteria.eval(facts.as_slice()), oracle(&cel, &record));
                if said != expected {
                    let message = format!("{text}: {said}, but cel: {expected}, for {record:?}");
                    return Err(TestCaseError::fail(message));
                }
                tally.borrow_mut().count(&criteria, &facts, &scope);
            }
            Ok(())
        })
        .unwrap();

    let tally = tally.into_inner();
    let total: u32 = tally.truths.values().sum();
    let share = |truth: Truth| f64::from(tally.truths[&truth]) / f64::from(total);
    assert!(share(Truth::True) >= 0.30, "{:?}", tally.truths);
    assert!(share(Truth::False) >= 0.30, "{:?}", tally.truths);
    assert!(share(Truth::Unknown) >= 0.15, "{:?}", tally.truths);
    assert!(tally.null > 50, "null was met {} times", tally.null);
    for reason in
        [Reason::Missing, Reason::Overflow, Reason::DivisionByZero, Reason::BadTimestamp, Reason::BadDuration]
    {
        assert!(tally.reasons.get(&reason).is_some_and(|count| *count > 10), "{reason}: {:?}", tally.reasons);
    }
    for op in Op::ALL {
        let met = tally.operators.get(&op).copied().unwrap_or_default();
        assert!(met.seen > 100, "{op:?}: {met:?}");
        assert!(met.missing > 20, "{op:?}: {met:?}");
        if matches!(
            op,
            Op::And | Op::Or | Op::Not | Op::Cond | Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge
        ) {
            assert!(met.failing > 5 && met.mixed > 5 && met.non_ascii > 5, "{op:?}: {met:?}");
        }
        if matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem | Op::Neg) {
            assert!(met.failing > 5, "{op:?}: {met:?}");
        }
        if matches!(op, Op::In | Op::Size | Op::StartsWith | Op::EndsWith | Op::Contains | Op::Matches) {
            assert!(met.non_ascii > 20, "{op:?}: {met:?}");
        }
    }
}

/// Each difference that `docs/criteria.md` lists: what we say and what CEL says.
mod differences {
    use super::*;

    fn facts() -> Vec<Option<Value>> {
        NAMES
            .iter()
            .map(|(name, _)| match *name {
                "a" => Some(Value::Int(9_007_199_254_740_993)),
                "x" => Some(Value::Double(9_007_199_254_740_992.0)),
                "y" => Some(Value::Double(0.0)),
                "s" => Some(Value::from("web")),
                "l" => Some(Value::from(vec!["vip"])),
                "d" => Some(Value::from("9999-12-30T00:00:00Z")),
                _ => None,
            })
            .collect()
    }

    fn says(text: &str) -> Truth {
        let record = facts();
        Criteria::parse(text, &scope())
            .unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
            .eval(slots(&record).as_slice())
    }

    /// What CEL says of the names as variables; `None` if it does not parse.
    fn cel_says(text: &str) -> Option<Truth> {
        Program::compile(text).ok().map(|_| oracle(text, &facts()))
    }

    fn refused(text: &str) -> bool {
        Criteria::parse(text, &scope()).is_err()
    }

    #[test]
    fn has_takes_a_plain_name() {
        assert_eq!(says("has(a)"), Truth::True);
        assert!(Program::compile("has(a)").is_err());
    }

    #[test]
    fn null_is_absence() {
        assert_eq!(says("b == null"), Truth::True);
        assert_eq!(cel_says("r.b == null"), Some(Truth::Unknown));
        assert_eq!(says("a != null"), Truth::True);
        assert!(refused("null == null") && refused("a + 1 == null") && refused("a < null"));
        assert_eq!(cel_says("null == null"), Some(Truth::True));
    }

    #[test]
    fn null_in_a_list_is_refused() {
        assert!(refused("s in [\"web\", null]"));
        assert_eq!(cel_says("r.s in [\"web\", null]"), Some(Truth::True));
    }

    #[test]
    fn types_are_checked_before_any_record_is_seen() {
        assert!(
            refused("s == 1") && refused("s < 1") && refused("a + x > 1.0") && refused("s in [1, \"web\"]")
        );
        assert_eq!(cel_says("r.s == 1"), Some(Truth::False));
        assert_eq!(cel_says("r.s in [1, \"web\"]"), Some(Truth::True));
        assert!(refused("(p ? 1 : \"x\") == 1"));
    }

    #[test]
    fn int_and_double_compare_exactly() {
        assert_eq!(says("a == x"), Truth::False);
        assert_eq!(says("a > x"), Truth::True);
        // The specification wants exactness too; the crate rounds the int.
        assert_eq!(cel_says("r.a == r.x"), Some(Truth::True));
    }

    #[test]
    fn doubles_stay_finite() {
        assert_eq!(says("x / y > 1.0"), Truth::Unknown);
        assert_eq!(cel_says("r.x / r.y > 1.0"), Some(Truth::True));
        assert_eq!(says("x * 1e300 * 1e300 > 1.0"), Truth::Unknown);
        assert_eq!(cel_says("r.x * 1e300 * 1e300 > 1.0"), Some(Truth::True));
        assert_eq!(says("y / y != y"), Truth::Unknown);
        assert_eq!(cel_says("r.y / r.y != r.y"), Some(Truth::True));
    }

    #[test]
    fn texts_and_lists_are_not_joined() {
        assert!(refused("s + s == \"webweb\"") && refused("size(l + l) == 2"));
        assert_eq!(cel_says("r.s + r.s == \"webweb\""), Some(Truth::True));
    }

    #[test]
    fn patterns_are_literals() {
        assert!(refused("s.matches(t)"));
        assert_eq!(cel_says("r.s.matches(r.s)"), Some(Truth::True));
    }

    #[test]
    fn days_are_a_unit() {
        assert_eq!(says("duration(\"14d\") == duration(\"336h\")"), Truth::True);
        assert_eq!(cel_says("duration(\"14d\") == duration(\"336h\")"), Some(Truth::Unknown));
    }

    #[test]
    fn instants_range_over_64_bits_of_microseconds() {
        assert_eq!(says("d + duration(\"72h\") > d"), Truth::True);
        assert_eq!(cel_says("timestamp(r.d) + duration(\"72h\") > timestamp(r.d)"), Some(Truth::Unknown));
        assert_eq!(says("duration(\"0.0000001s\") == duration(\"0s\")"), Truth::True);
        assert_eq!(cel_says("duration(\"0.0000001s\") == duration(\"0s\")"), Some(Truth::False));
    }

    #[test]
    fn what_cel_has_beyond() {
        for text in [
            "5u > 4",
            "b\"x\" == b\"x\"",
            "int(x) > 1",
            "{\"k\": 1}.k == 1",
            "l[0] == \"vip\"",
            "l.exists(e, e == \"vip\")",
            "l.all(e, e != \"\")",
            "type(a) == int",
            "d.getFullYear() == 2026",
            "[[1]] == [[1]]",
            ".a > 1",
        ] {
            assert!(refused(text), "{text}");
        }
    }

    #[test]
    fn names_that_cel_reserves_are_free_and_dotted_ones_have_no_spaces() {
        let mut scope = Scope::new();
        scope.declare("package", FieldType::String);
        scope.declare("actor.id", FieldType::String);
        assert!(Criteria::parse("package == \"gold\"", &scope).is_ok());
        assert!(Program::compile("package == \"gold\"").is_err());
        assert!(Criteria::parse("actor.id == \"sam\"", &scope).is_ok());
        assert!(Criteria::parse("actor . id == \"sam\"", &scope).is_err());
        assert!(Program::compile("actor . id == \"sam\"").is_ok());
    }

    #[test]
    fn minus_may_follow_not() {
        assert_eq!(Expr::parse("!-a").unwrap().to_string(), "!-a");
        assert!(Program::compile("!-a").is_err());
    }
}
