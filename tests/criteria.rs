//! The condition language: what each line of the grammar says.
#![allow(unreachable_pub, reason = "the record is shared with other tests")]

#[path = "criteria/record.rs"]
mod record;

use lifestage::criteria::{
    Criteria, ErrorKind, Expr, FieldType, Op, Reason, Scope, Slot, SlotIx, Truth, View,
};
use lifestage::{Span, Value};

use record::{facts, scope, tags};

/// What a text says of the record; its canonical text, its explanation and its failures must agree.
fn says(text: &str) -> Truth {
    let tags = tags();
    let facts = facts(&tags);
    let criteria = Criteria::parse(text, &scope()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let truth = criteria.eval(&facts);
    assert_eq!(criteria.explain(&facts).truth, Some(truth), "{text}");
    assert_eq!(criteria.failures(&facts).is_empty(), truth == Truth::True, "{text}");
    assert_eq!(Expr::parse(&criteria.to_string()).unwrap(), *criteria.expr(), "{text}");
    truth
}

#[test]
fn every_line_of_the_grammar() {
    use Truth::{False, True, Unknown};
    let cases = [
        (r#"budget >= 5000 && source in ["web", "referral"] && email != "" && consent == true"#, True),
        ("budget == 7500 && budget != 1 && budget < 7501 && budget <= 7500 && budget > 7499", True),
        ("budget == 0x1D4C", True),
        ("1 + 2 * 3 - 4 / 2 % 3 == 5", True),
        ("(1 + 2) * 3 == 9 && 2 - (3 - 4) == 3 && 12 / 2 / 3 == 2", True),
        ("-7 / 2 == -3 && -7 % 2 == -1 && -budget == -7500 && -(-1) == 1 && - 1 == -1", True),
        ("price * 2.0 == 1.0 && price + .5 == 1e0 && -price < 0 && 1.5e-1 < price", True),
        ("!consent || !!consent", True),
        ("consent ? budget > 1 : budget < 1", True),
        ("!consent ? true : consent ? false : true", False),
        ("(phone == \"1\" ? 1 : 2) > 0", Unknown),
        ("has(email) && !has(phone) && has(actor.id)", True),
        ("phone == null && email != null && null == phone", True),
        ("phone != null", False),
        (
            "size(email) == 15 && email.size() == 15 && size(tags) == 2 && size([1, 2,]) == 2 && size([]) == 0",
            True,
        ),
        (r#"email.startsWith("ada") && email.endsWith(".com") && email.contains("@ex")"#, True),
        (
            r#""vip" in tags && !("x" in tags) && tags == ["vip", "späť"] && tags != ["vip"] && tags == tags"#,
            True,
        ),
        ("budget in [1, 7500.0] && !(price in []) && consent in [true]", True),
        (r#"source in [actor.id, "web"]"#, True),
        (r#"source in [phone, "web"]"#, Unknown),
        (
            r#"due == timestamp("2026-03-01T10:30:00+01:00") && due in [timestamp("2026-03-01T09:30:00Z")]"#,
            True,
        ),
        (
            r#"now - due == duration("14h30m") && due + wait < now && wait + due < now && now - wait > due"#,
            True,
        ),
        (
            r#"wait == duration("90m") && wait - duration("1.5h") == duration("0") && wait > duration("-1s")"#,
            True,
        ),
        ("timestamp(source) < now", Unknown),
        ("duration(phone) < wait", Unknown),
        ("false < true && consent > false && \"a\" < \"b\" && \"Z\" < \"a\" && \"z\" < \"é\"", True),
        ("now - record.entered_at > duration(\"28d\") // four weeks\n", True),
        ("budget <\n\t5000 || phone == \"1\"", Unknown),
        ("true", True),
        ("false", False),
    ];
    for (text, truth) in cases {
        assert_eq!(says(text), truth, "{text}");
    }
}

#[test]
fn string_literals() {
    let text = |literal: &str| match Expr::parse(&format!("email == {literal}")).unwrap().view().kind() {
        View::Op(Op::Eq, mut operands) => operands.nth(1).unwrap().to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text(r#""a""#), r#""a""#);
    assert_eq!(text("'it is \"so\"'"), r#""it is \"so\"""#);
    assert_eq!(text(r#""\a\b\f\n\r\t\v\\\?\"\'\`""#), r#""\u0007\u0008\u000c\n\r\t\u000b\\?\"'`""#);
    assert_eq!(text(r#""\x41\X42\u00e9\U0001F600\101""#), r#""ABé😀A""#);
    assert_eq!(text(r#"r"\d+""#), r#""\\d+""#);
    assert_eq!(text(r"R'\'"), r#""\\""#);
    assert_eq!(text("\"\"\"two\nlines \"quoted\" \"\"\""), r#""two\nlines \"quoted\" ""#);
    assert_eq!(text("'''it's'''"), r#""it's""#);
    assert_eq!(text("\"nul \0 is a character\""), r#""nul \u0000 is a character""#);
    assert_eq!(text("\"日本\""), "\"日本\"");
    let faults = [
        (r#""\q""#, 10),
        (r#""\u12""#, 10),
        (r#""\ud800""#, 10),
        (r#""\U00110000""#, 10),
        (r#""\x+1""#, 10),
        (r#""\9""#, 10),
        ("\"open", 9),
        ("'one\nline'", 9),
        ("\"\"\"open\"\"", 9),
        ("\"\\", 9),
    ];
    for (bad, at) in faults {
        let error = Expr::parse(&format!("email == {bad}")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Literal, "{bad}");
        assert_eq!(error.offset(), Some(at), "{bad}: {error}");
    }
}

#[test]
fn kleene_tables() {
    use Truth::{False, True, Unknown};
    let mut scope = Scope::new();
    scope.declare("p", FieldType::Bool);
    scope.declare("q", FieldType::Bool);
    let slot = |truth| match truth {
        True => Slot::Bool(true),
        False => Slot::Bool(false),
        Unknown => Slot::Missing,
    };
    let say = |text: &str, p, q| Criteria::parse(text, &scope).unwrap().eval(&[slot(p), slot(q)]);
    let all = [False, Unknown, True];
    for p in all {
        assert_eq!(say("!p", p, True), [True, Unknown, False][p as usize]);
        for q in all {
            assert_eq!(say("p && q", p, q), p.min(q), "{p} and {q}");
            assert_eq!(say("p || q", p, q), p.max(q), "{p} or {q}");
            let equal = if p == Unknown || q == Unknown { Unknown } else { (p == q).into() };
            assert_eq!(say("p == q", p, q), equal);
            assert_eq!(say("p ? p : q", p, q), [q, Unknown, p][p as usize], "{p} ? {p} : {q}");
        }
    }
    assert_eq!(say("has(p) || p", Unknown, True), Unknown);
    assert_eq!(say("p && 1 / 0 > 0", False, True), False);
    assert_eq!(say("1 / 0 > 0 || p", True, True), True);
}

#[test]
fn numbers_at_the_edges() {
    use Truth::{False, True, Unknown};
    let cases = [
        ("-9223372036854775808 < -9223372036854775807", True),
        ("9223372036854775807 + 1 > 0", Unknown),
        ("-9223372036854775808 - 1 < 0", Unknown),
        ("-(-9223372036854775808) > 0", Unknown),
        ("-9223372036854775808 / -1 > 0", Unknown),
        ("-9223372036854775808 % -1 == 0", Unknown),
        ("1 / 0 > 0 || 1 % 0 > 0 || 1.0 / 0.0 > 0.0", Unknown),
        ("9007199254740993 == 9007199254740992.0", False),
        ("9007199254740993 > 9007199254740992.0", True),
        ("9223372036854775807 < 9223372036854775808.0", True),
        ("-9223372036854775808 == -9223372036854775808.0", True),
        ("0.0 == -0.0", True),
        ("1e308 * 10.0 > 0.0", Unknown),
        ("timestamp(\"@9223372036854775807\") + duration(\"1us\") > now", Unknown),
        ("timestamp(\"@-9223372036854775807\") - now < wait", Unknown),
    ];
    for (text, truth) in cases {
        assert_eq!(says(text), truth, "{text}");
    }
}

/// Comparisons of a name with a literal go through ranges; of two literals they do not.
#[test]
fn ranges_are_exact_where_int_meets_double() {
    let mut scope = Scope::new();
    scope.declare("a", FieldType::Int);
    scope.declare("x", FieldType::Double);
    let says = |text: &str, facts: [Slot<'_>; 2]| Criteria::parse(text, &scope).unwrap().eval(&facts);
    let ints = [i64::MIN, i64::MIN + 1, -9_007_199_254_740_993, -1, 0, 1, 9_007_199_254_740_993, i64::MAX];
    let doubles = [
        "-1e300",
        "-9223372036854775808.0",
        "-0.5",
        "-0.0",
        "0.5",
        "9007199254740992.0",
        "9223372036854775808.0",
    ];
    for op in ["==", "!=", "<", "<=", ">", ">="] {
        for int in ints {
            for double in doubles {
                let expected = says(&format!("{int} {op} {double}"), [Slot::Missing; 2]);
                assert_ne!(expected, Truth::Unknown);
                let text = format!("a {op} {double}");
                assert_eq!(says(&text, [Slot::Int(int), Slot::Missing]), expected, "{text}: {int}");
                let text = format!("{int} {op} x");
                let facts = [Slot::Missing, Slot::Double(double.parse().unwrap())];
                assert_eq!(says(&text, facts), expected, "{text}: {double}");
            }
        }
    }
}

#[test]
fn values_of_a_wrong_type_are_unknown_but_present() {
    let mut scope = Scope::new();
    scope.declare("a", FieldType::Double);
    for wrong in [Slot::Wrong, Slot::Double(f64::NAN), Slot::Bool(true)] {
        for (text, truth) in [("a == a", Truth::Unknown), ("a > 1", Truth::Unknown), ("has(a)", Truth::True)]
        {
            let criteria = Criteria::parse(text, &scope).unwrap();
            assert_eq!(criteria.eval(&[wrong]), truth, "{text}: {wrong:?}");
        }
        let failures = Criteria::parse("a > 1", &scope).unwrap().failures(&[wrong]);
        assert_eq!(failures[0].reason, Some(Reason::WrongType));
        assert_eq!(failures[0].wrong, ["a"]);
        assert_eq!(failures[0].to_string(), "a > 1 (a has a value of a wrong type)");
    }
}

#[test]
fn values_bind_to_their_types() {
    let cases = [
        (Value::Double(3.0), FieldType::Int, Slot::Int(3)),
        (Value::Double(9.3e18), FieldType::Int, Slot::Wrong),
        (Value::Double(f64::NAN), FieldType::Int, Slot::Wrong),
        (Value::Int(9_007_199_254_740_992), FieldType::Double, Slot::Double(9_007_199_254_740_992.0)),
        (Value::Int(9_007_199_254_740_993), FieldType::Double, Slot::Wrong),
        (Value::Int(i64::MAX), FieldType::Double, Slot::Wrong),
        (Value::Double(f64::NAN), FieldType::Double, Slot::Wrong),
        (Value::from("tomorrow"), FieldType::Timestamp, Slot::Wrong),
        (Value::from("90m"), FieldType::Duration, Slot::Duration(Span::from_seconds(5400))),
        (Value::from("x"), FieldType::List, Slot::Wrong),
    ];
    for (value, ty, slot) in &cases {
        assert_eq!(Slot::bind(value, *ty), *slot, "{value} as {ty}");
    }
    assert_eq!(size_of::<Slot<'_>>(), 24);
    for ty in FieldType::ALL {
        assert_eq!(serde_json::to_value(ty).unwrap(), ty.to_string());
    }
}

#[test]
fn patterns() {
    assert_eq!(says("email.matches(\"^[a-z]+@\")"), Truth::True);
    assert_eq!(says(r#"email.matches(r"\.ORG$")"#), Truth::False);
    assert_eq!(says("phone.matches(\"1\")"), Truth::Unknown);
    let error = &Criteria::parse("email.matches(\"(\")", &scope()).unwrap_err()[0];
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Literal, Some(14)));
    let error = &Criteria::parse("email.matches(\"(a{1000}){1000}\")", &scope()).unwrap_err()[0];
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn names_are_listed_once_by_slot() {
    let text = "email != \"\" && budget > 1 && (budget < 9 || actor.id == email)";
    let criteria = Criteria::parse(text, &scope()).unwrap();
    let names = [(SlotIx::new(0), "budget"), (SlotIx::new(2), "email"), (SlotIx::new(9), "actor.id")];
    assert_eq!(criteria.names(), names);
}
