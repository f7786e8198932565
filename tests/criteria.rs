//! The condition language: what each line of the grammar says, and how faults are told.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use lifestage::SmolStr;
use lifestage::Timestamp;
use lifestage::criteria::{
    Criteria, ErrorKind, Expr, FieldType, Interner, Limits, Op, Reason, Scope, Slot, SlotIx, Source, Truth,
};
use lifestage::{Fields, Span, Value};

fn scope() -> Scope {
    let mut scope = Scope::new();
    for (name, ty) in [
        ("budget", FieldType::Int),
        ("source", FieldType::String),
        ("email", FieldType::String),
        ("consent", FieldType::Bool),
        ("price", FieldType::Double),
        ("due", FieldType::Timestamp),
        ("wait", FieldType::Duration),
        ("tags", FieldType::List),
        ("phone", FieldType::String),
        ("actor.id", FieldType::String),
        ("actor.roles", FieldType::List),
        ("record.entered_at", FieldType::Timestamp),
        ("now", FieldType::Timestamp),
        ("size", FieldType::Int),
    ] {
        scope.declare(name, ty);
    }
    scope
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A record whose `phone` and `size` are missing.
fn facts(tags: &[SmolStr]) -> [Slot<'_>; 14] {
    [
        Slot::Int(7500),
        Slot::Text("web"),
        Slot::Text("ada@exämple.com"),
        Slot::Bool(true),
        Slot::Double(0.5),
        Slot::Timestamp(at("2026-03-01T09:30:00Z")),
        Slot::Duration(Span::from_seconds(5400)),
        Slot::List(tags),
        Slot::Missing,
        Slot::Text("sam"),
        Slot::List(tags),
        Slot::Timestamp(at("2026-02-01T00:00:00Z")),
        Slot::Timestamp(at("2026-03-02T00:00:00Z")),
        Slot::Missing,
    ]
}

/// What a text says of the record, and that its canonical text and its explanation agree.
fn says(text: &str) -> Truth {
    let tags = [SmolStr::new("vip"), SmolStr::new("späť")];
    let facts = facts(&tags);
    let criteria = Criteria::parse(text, &scope()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let truth = criteria.eval(&facts);
    assert_eq!(criteria.explain(&facts).truth, Some(truth), "{text}");
    assert_eq!(criteria.failures(&facts).is_empty(), truth == Truth::True, "{text}");
    let canonical = criteria.expr().to_string();
    assert_eq!(Expr::parse(&canonical).unwrap(), *criteria.expr(), "{text}");
    truth
}

#[test]
fn smoke() {
    assert_eq!(
        says(r#"budget >= 5000 && source in ["web", "referral"] && email != "" && consent == true"#),
        Truth::True
    );
    assert_eq!(says("budget < 5000 || phone == \"1\""), Truth::Unknown);
    assert_eq!(says("now - record.entered_at > duration(\"28d\")"), Truth::True);
    assert_eq!(says("\"vip\" in tags && size(email) == 15 && price <= 1"), Truth::True);
}
