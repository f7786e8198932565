//! A record of each type, for tests that read.

use lifestage::criteria::{FieldType, Scope, Slot};
use lifestage::{SmolStr, Span, Timestamp};

pub fn scope() -> Scope {
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

pub fn tags() -> [SmolStr; 2] {
    ["vip", "späť"].map(SmolStr::new)
}

/// A record whose `phone` and `size` are missing.
pub fn facts(tags: &[SmolStr]) -> [Slot<'_>; 14] {
    let at = |text: &str| Slot::Timestamp(text.parse::<Timestamp>().unwrap());
    [
        Slot::Int(7500),
        Slot::Text("web"),
        Slot::Text("ada@exämple.com"),
        Slot::Bool(true),
        Slot::Double(0.5),
        at("2026-03-01T09:30:00Z"),
        Slot::Duration(Span::from_seconds(5400)),
        Slot::List(tags),
        Slot::Missing,
        Slot::Text("sam"),
        Slot::List(tags),
        at("2026-02-01T00:00:00Z"),
        at("2026-03-02T00:00:00Z"),
        Slot::Missing,
    ]
}
