//! The forms of criteria: text, tree, source, table, symbols; and what is decided without facts.
#![allow(unreachable_pub, dead_code, reason = "the record is shared with other tests")]

#[path = "criteria/record.rs"]
mod record;

use lifestage::Fields;
use lifestage::criteria::{
    Criteria, Explanation, Expr, Failure, Interner, Overlap, Reason, Slot, Source, Truth,
};

use record::{facts, scope, tags};

#[test]
fn canonical_text_has_no_needless_parentheses() {
    let cases = [
        ("((a)&&(b))&&(c&&d)", "a && b && c && d"),
        ("(a||b)&&c||(d&&e)", "(a || b) && c || d && e"),
        ("a-(b-c)-(d*e)", "a - (b - c) - d * e"),
        ("(a-b)-c", "a - b - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("!(a==b)", "!(a == b)"),
        ("(!a)==b", "!a == b"),
        ("-(5)", "-(5)"),
        ("- 5", "-5"),
        ("-(-5)", "--5"),
        ("a - -5", "a - -5"),
        ("(a?b:c)?d:(e?f:g)", "(a ? b : c) ? d : e ? f : g"),
        ("a?(b?c:d):e", "a ? (b ? c : d) : e"),
        ("(a+b).size()", "size(a + b)"),
        ("(a?b:c).contains('x')", "(a ? b : c).contains(\"x\")"),
        ("'x'.contains('y')", "\"x\".contains(\"y\")"),
        ("(5).contains('y')", "(5).contains(\"y\")"),
        ("a==(b==c)", "a == (b == c)"),
        ("a in ([b])", "a in [b]"),
        ("0x10 == 1.50", "16 == 1.5"),
        ("1e16==10.0", "1e16 == 10.0"),
    ];
    for (text, canonical) in cases {
        let expr = Expr::parse(text).unwrap();
        assert_eq!(expr.to_string(), canonical);
        assert_eq!(Expr::parse(canonical).unwrap(), expr);
    }
}

#[test]
fn the_tree_in_json() {
    let text = r#"price in [0.5, 2] && -size != 2.0 && (has(email) ? email : "x").startsWith("a")"#;
    let expr = Expr::parse(text).unwrap();
    let json = serde_json::json!({"op": "&&", "args": [
        {"op": "in", "args": [{"name": "price"}, {"value": [0.5, 2]}]},
        {"op": "!=", "args": [{"op": "-", "args": [{"name": "size"}]}, {"value": 2.0, "type": "double"}]},
        {"op": "startsWith", "args": [
            {"op": "?:", "args": [{"op": "has", "args": [{"name": "email"}]}, {"name": "email"}, {"value": "x"}]},
            {"value": "a"},
        ]},
    ]});
    assert_eq!(serde_json::to_value(&expr).unwrap(), json);
    assert_eq!(serde_json::from_value::<Expr>(json).unwrap(), expr);
    // What rule builders make on the way: groups of none and of one, groups in groups, keys in any order.
    let read = |json: &str| serde_json::from_str::<Expr>(json).unwrap().to_string();
    assert_eq!(read(r#"{"args":[],"op":"&&"}"#), "true");
    assert_eq!(read(r#"{"args":[],"op":"||"}"#), "false");
    assert_eq!(read(r#"{"args":[{"name":"consent"}],"op":"||"}"#), "consent");
    let nested = r#"{"args":[{"op":"&&","args":[{"name":"a"},{"name":"b"}]},{"name":"c"},
        {"op":"&&","args":[{"name":"d"},{"op":"||","args":[{"name":"e"},{"name":"f"}]}]}],"op":"&&"}"#;
    assert_eq!(read(nested), "a && b && c && d && (e || f)");
    assert_eq!(read(r#"{"value":5,"type":"double"}"#), "5.0");
}

#[test]
fn a_source_keeps_what_was_written() {
    let written =
        [r#""(budget>=5000)  &&has( email )""#, r#""budget >""#, r#"{"op":"has","args":[{"name":"email"}]}"#];
    for json in written {
        let source: Source = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&source).unwrap(), json);
    }
    let source = Source::text("budget>1");
    assert_eq!(source.expr().unwrap().to_string(), "budget > 1");
    assert_eq!(source.to_string(), "budget>1");
    assert_eq!(Source::from(Expr::parse("budget>1").unwrap()).to_string(), "budget > 1");
}

#[test]
fn failures_read_well() {
    let tags = tags();
    let facts = facts(&tags);
    let lines = |text: &str| -> Vec<String> {
        let failures = Criteria::parse(text, &scope()).unwrap().failures(&facts);
        failures.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        lines("budget >= 9000 && has(phone) && phone != \"\" && consent && source in [\"fair\"]"),
        [
            "budget >= 9000 (budget is 7500)",
            "phone is missing",
            "phone is missing",
            "source in [\"fair\"] (source is \"web\")",
        ]
    );
    let cases = [
        ("!has(email)", "!has(email) (email is \"ada@exämple.com\")"),
        ("phone != null", "phone is missing"),
        ("size(phone) > size", "phone and size are missing"),
        (
            "phone == \"1\" || size > 1 || budget < 1",
            "phone == \"1\" || size > 1 || budget < 1 (phone and size are missing, budget is 7500)",
        ),
        ("budget / 0 > 1", "budget / 0 > 1 (division by zero, budget is 7500)"),
        (
            "timestamp(source) < now",
            "timestamp(source) < now (not a timestamp, now is \"2026-03-02T00:00:00Z\", source is \"web\")",
        ),
        ("!(\"vip\" in tags)", "!(\"vip\" in tags) (tags is [\"vip\", \"späť\"])"),
        ("false", "false"),
        // The branch that was not taken is not to blame.
        (
            "consent ? budget > 9000 : phone == \"1\"",
            "consent ? budget > 9000 : phone == \"1\" (budget is 7500, consent is true)",
        ),
    ];
    for (text, line) in cases {
        assert_eq!(lines(text), [line]);
    }
    let failure = &Criteria::parse("budget >= 9000", &scope()).unwrap().failures(&facts)[0];
    assert_eq!(failure.truth, Truth::False);
    assert_eq!(failure.values, Fields::from_iter([("budget", 7500)]));
    let json = serde_json::to_value(failure).unwrap();
    assert_eq!(json["values"], serde_json::json!({"budget": 7500}));
    assert_eq!(serde_json::from_value::<Failure>(json).unwrap(), *failure);
}

#[test]
fn an_explanation_is_a_tree_with_actual_values() {
    let text = "budget + 1 >= 9000 || phone == \"1\" && consent";
    let explanation = Criteria::parse(text, &scope()).unwrap().explain(&facts(&[]));
    let drawn = [
        "budget + 1 >= 9000 || phone == \"1\" && consent: unknown (phone is missing)",
        "  budget + 1 >= 9000: false",
        "    budget + 1: 7501",
        "      budget: 7500",
        "  phone == \"1\" && consent: unknown (phone is missing)",
        "    phone == \"1\": unknown (phone is missing)",
        "      phone: no value (phone is missing)",
        "    consent: true",
    ];
    assert_eq!(explanation.to_string(), drawn.join("\n"));
    assert_eq!(explanation.missing, ["phone"]);
    assert_eq!(explanation.reason, Some(Reason::Missing));
    let json = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
}

#[test]
fn interning_gives_symbols_only_where_they_suffice() {
    let scope = scope();
    let mut interner = Interner::new();
    let mut compile =
        |text: &str| Criteria::compile_with(Expr::parse(text).unwrap(), &scope, &mut interner).unwrap();
    let first = compile("source in [\"web\", \"fair\"] && email == \"x\" && phone != \"\"");
    compile("source != \"cold\" && email.startsWith(\"y\") && has(phone) && phone != null");
    let slot = |name: &str, text: &'static str| interner.slot(scope.lookup(name).unwrap().0, text);
    assert!(matches!(slot("source", "web"), Slot::Symbol(symbol) if symbol.number() == 1));
    assert!(matches!(slot("source", "elsewhere"), Slot::Symbol(symbol) if symbol.number() == 0));
    assert!(matches!(slot("phone", "1"), Slot::Symbol(_)));
    assert_eq!(slot("email", "x"), Slot::Text("x"));
    assert_eq!(slot("actor.id", "x"), Slot::Text("x"));
    // A symbol means nothing to criteria compiled without the interner.
    let alone = Criteria::parse("source == \"web\"", &scope).unwrap();
    assert_eq!(alone.eval(&[Slot::Missing, slot("source", "web")]), Truth::Unknown);
    // A failing test of a symbol knows the literal again.
    let failures = first.failures(&[Slot::Missing, slot("source", "cold"), Slot::Text("x"), Slot::Missing]);
    assert_eq!(failures[0].to_string(), "source in [\"web\", \"fair\"]");
    let unequal = compile_one("source != \"web\"", &scope, &mut interner.clone());
    let failures = unequal.failures(&[Slot::Missing, slot("source", "web")]);
    assert_eq!(failures[0].to_string(), "source != \"web\" (source is \"web\")");
}

fn compile_one(text: &str, scope: &lifestage::criteria::Scope, interner: &mut Interner) -> Criteria {
    Criteria::compile_with(Expr::parse(text).unwrap(), scope, interner).unwrap()
}

#[test]
fn a_slot_with_too_many_literals_needs_its_text() {
    let scope = scope();
    let mut interner = Interner::new();
    let among = |range: std::ops::Range<i32>| {
        let list: Vec<String> = range.map(|i| format!("\"s{i}\"")).collect();
        format!("source in [{}]", list.join(", "))
    };
    let source = scope.lookup("source").unwrap().0;
    let few = compile_one(&among(0..63), &scope, &mut interner);
    assert!(matches!(interner.slot(source, "s35"), Slot::Symbol(_)));
    let many = compile_one(&among(30..100), &scope, &mut interner);
    assert_eq!(interner.slot(source, "s35"), Slot::Text("s35"));
    for (text, truth) in [("s35", Truth::True), ("s99", Truth::False)] {
        let facts = [Slot::Missing, interner.slot(source, text)];
        assert_eq!(few.eval(&facts), truth);
        assert_eq!(many.eval(&facts), Truth::True);
        assert!(few.pack().is_some() && many.pack().is_none());
    }
}

#[test]
fn what_can_be_decided_without_facts() {
    let parse = |text: &str| Criteria::parse(text, &scope()).unwrap();
    let never = [
        "budget > 5 && budget < 6",
        "price > 0.0 && price < 5e-324",
        "price > -5e-324 && price < 0",
        "source == \"web\" && source == \"fair\"",
        "source in [\"web\"] && source != \"web\"",
        "source in []",
        "source > \"a\" && source < \"a\\u0000\"",
        "source >= \"a\" && source <= \"a\" && source != \"a\"",
        "source < \"\"",
        "consent && !consent",
        "consent != true && consent != false",
        "has(email) && email == null",
        "!has(email) && email != \"\"",
        "budget == 1.5",
        "budget < -9223372036854775808",
        "price == 9007199254740993",
        "false",
        "1 > 2",
        "1 / 0 > 2",
        "false && phone.matches(\"x\")",
        "due < timestamp(\"2026-01-01T00:00:00Z\") && due > timestamp(\"2026-01-01T00:00:00Z\")",
        "wait in [duration(\"1h\")] && wait != duration(\"60m\")",
    ];
    for text in never {
        assert!(parse(text).never_holds(), "{text}");
        assert!(!parse(text).always_holds(), "{text}");
        assert_eq!(Criteria::overlap(&parse(text), &parse("true")), Overlap::Disjoint, "{text}");
    }
    let sometimes = [
        "budget > 5 && budget < 7",
        "price > 0.0 && price < 1e-300",
        "source > \"a\" && source < \"a\\u0000\\u0000\"",
        "source > \"a\" && source <= \"a\\u0000\"",
        "source != \"\" && source < \"a\"",
        "consent",
        "!has(email)",
        "budget != 9223372036854775807 && budget >= 9223372036854775806",
    ];
    for text in sometimes {
        assert!(!parse(text).never_holds(), "{text}");
        assert!(!parse(text).always_holds(), "{text}");
        assert!(matches!(Criteria::overlap(&parse(text), &parse(text)), Overlap::Overlaps(_)), "{text}");
    }
    for text in ["true", "1 < 2", "true || consent", "!(false && consent)", "has(email) ? true : true"] {
        assert!(parse(text).always_holds(), "{text}");
    }
}

#[test]
fn overlap_claims_nothing_beyond_simple_tests() {
    let parse = |text: &str| Criteria::parse(text, &scope()).unwrap();
    let overlap = |a: &str, b: &str| Criteria::overlap(&parse(a), &parse(b));
    assert_eq!(overlap("budget < 5000", "budget >= 5000"), Overlap::Disjoint);
    assert_eq!(overlap("budget + 1 < 5000", "budget >= 5000"), Overlap::Undecided);
    assert_eq!(overlap("email.contains(\"x\")", "consent"), Overlap::Undecided);
    // A contradiction in the simple part decides, whatever the rest.
    assert_eq!(overlap("email.contains(\"x\") && consent", "!consent"), Overlap::Disjoint);
    let witness = Fields::from_iter([("budget", lifestage::Value::from(7)), ("source", "web".into())]);
    assert_eq!(
        overlap("budget > 6 && source == \"web\"", "budget < 9 && !has(email)"),
        Overlap::Overlaps(witness)
    );
}
