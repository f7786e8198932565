//! A small set of conditions, each as text and as what it means, said directly in Rust. `None` is
//! unknown: something it needs is missing.

use std::collections::BTreeMap;

use lifestage::{Timestamp, Value};

/// What a condition sees.
pub struct Seen<'a> {
    pub fields: &'a BTreeMap<String, Value>,
    pub input: &'a BTreeMap<String, Value>,
    pub stage: Option<&'a str>,
    pub owner: Option<&'a str>,
    pub entered_at: Option<Timestamp>,
    pub actor: &'a str,
    pub roles: Vec<&'a str>,
    pub now: Timestamp,
}

impl Seen<'_> {
    fn int(&self, name: &str) -> Option<i64> {
        match self.fields.get(name)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.fields.get(name)? {
            Value::Text(value) => Some(value),
            _ => None,
        }
    }

    fn answer(&self, name: &str) -> Option<&Value> {
        self.input.get(name)
    }
}

/// One condition that all moves of a definition may use: its text, and one meaning for each part of
/// its conjunction.
pub struct Meaning {
    pub text: &'static str,
    pub parts: &'static [fn(&Seen<'_>) -> Option<bool>],
    /// The input it names; it is for those who ask for that input.
    pub input: Option<&'static str>,
}

const fn plain(text: &'static str, parts: &'static [fn(&Seen<'_>) -> Option<bool>]) -> Meaning {
    Meaning { text, parts, input: None }
}

pub const ALL: [Meaning; 18] = [
    plain("budget >= 5000", &[|seen| Some(seen.int("budget")? >= 5000)]),
    plain(
        "source in [\"web\", \"referral\"]",
        &[|seen| Some(["web", "referral"].contains(&seen.text("source")?))],
    ),
    plain("has(email)", &[|seen| Some(seen.fields.contains_key("email"))]),
    plain(
        "budget > 100 || consent",
        &[|seen| {
            let rich = seen.int("budget").map(|budget| budget > 100);
            either(rich, flag(seen))
        }],
    ),
    plain("consent && source != \"spam\"", &[flag, |seen| Some(seen.text("source")? != "spam")]),
    plain("record.owner == actor.id", &[|seen| Some(seen.owner? == seen.actor)]),
    plain(
        "now >= timestamp(\"2026-03-02T12:00:00Z\")",
        &[|seen| Some(seen.now >= "2026-03-02T12:00:00Z".parse().unwrap())],
    ),
    plain("\"closer\" in actor.roles", &[|seen| Some(seen.roles.contains(&"closer"))]),
    plain(
        "price * 2.0 > 10.0",
        &[|seen| match seen.fields.get("price")? {
            Value::Double(price) => Some(price * 2.0 > 10.0),
            _ => None,
        }],
    ),
    plain(
        "size(tags) > 0",
        &[|seen| match seen.fields.get("tags")? {
            Value::List(tags) => Some(!tags.is_empty()),
            _ => None,
        }],
    ),
    plain("record.stage == \"s0\"", &[|seen| Some(seen.stage? == "s0")]),
    plain("!(budget < 10)", &[|seen| Some(seen.int("budget")? >= 10)]),
    plain("100 / budget > 1", &[|seen| Some(100_i64.checked_div(seen.int("budget")?)? > 1)]),
    plain("record.entered_at < now", &[|seen| Some(seen.entered_at? < seen.now)]),
    plain(
        "email != null && budget != 0",
        &[|seen| Some(seen.fields.contains_key("email")), |seen| Some(seen.int("budget")? != 0)],
    ),
    Meaning {
        text: "input.reason != \"price\"",
        parts: &[|seen| Some(*seen.answer("reason")? != Value::from("price"))],
        input: Some("reason"),
    },
    Meaning {
        text: "input.amount > 10",
        parts: &[|seen| match seen.answer("amount")? {
            Value::Int(amount) => Some(*amount > 10),
            _ => None,
        }],
        input: Some("amount"),
    },
    Meaning {
        text: "has(input.memo)",
        parts: &[|seen| Some(seen.answer("memo").is_some())],
        input: Some("memo"),
    },
];

fn flag(seen: &Seen<'_>) -> Option<bool> {
    match seen.fields.get("consent")? {
        Value::Bool(consent) => Some(*consent),
        _ => None,
    }
}

fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// The meaning of a condition's text.
pub fn meaning(text: &str) -> &'static Meaning {
    ALL.iter().find(|known| known.text == text).unwrap_or_else(|| panic!("no meaning for `{text}`"))
}
