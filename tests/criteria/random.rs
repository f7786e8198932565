//! Expressions and records from a string of choices: the same choices make the same expression, and fewer or
//! smaller ones a simpler expression, so that a failing case shrinks.

use lifestage::Value;
use lifestage::criteria::{FieldType, Scope, Slot};
use proptest::prelude::*;

/// The declared names: two of each scalar type, so that names meet names.
pub const NAMES: [(&str, FieldType); 11] = [
    ("a", FieldType::Int),
    ("b", FieldType::Int),
    ("x", FieldType::Double),
    ("y", FieldType::Double),
    ("s", FieldType::String),
    ("t", FieldType::String),
    ("p", FieldType::Bool),
    ("q", FieldType::Bool),
    ("d", FieldType::Timestamp),
    ("w", FieldType::Duration),
    ("l", FieldType::List),
];

pub fn scope() -> Scope {
    let mut scope = Scope::new();
    for (name, ty) in NAMES {
        scope.declare(name, ty);
    }
    scope
}

/// How a name is written; CEL reads a field of a map where we read a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Ours,
    Cel,
}

#[derive(Debug, Clone)]
pub struct Choices {
    left: Vec<u16>,
    at: usize,
}

pub fn choices() -> impl Strategy<Value = Choices> {
    prop::collection::vec(any::<u16>(), 20..240).prop_map(|left| Choices { left, at: 0 })
}

impl Choices {
    pub fn below(&mut self, n: usize) -> usize {
        let choice = self.left.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(choice) % n
    }

    pub fn one<'o>(&mut self, options: &[&'o str]) -> &'o str {
        options[self.below(options.len())]
    }
}

const INTS: [&str; 16] = [
    "0",
    "1",
    "5",
    "-1",
    "7",
    "100",
    "-3",
    "2",
    "10",
    "3",
    "4",
    "6",
    "9223372036854775807",
    "-9223372036854775808",
    "4611686018427387904",
    "63",
];
const DOUBLES: [&str; 8] = ["0.0", "0.5", "1.0", "-1.5", "5.0", "100.25", "-0.0", "7.0"];
const TEXTS: [&str; 9] = ["", "a", "web", "wéb", "日本", "é", "zz", "we", "a\nb"];
const TIMES: [&str; 4] = [
    "2026-03-01T09:30:00Z",
    "1970-01-01T00:00:00Z",
    "2026-03-01T10:30:00+01:00",
    "1999-12-31T23:59:59.999999Z",
];
const SPANS: [&str; 5] = ["0s", "90m", "-1.5h", "0.000001s", "336h"];
const PATTERNS: [&str; 5] = ["^w", "é$", "[a-z]+", "^$", "(?i)WEB|本"];

/// A record: a value or none for each name; with `wrong`, now and then one of another type.
pub fn record(c: &mut Choices, wrong: bool) -> Vec<Option<Value>> {
    NAMES
        .iter()
        .map(|(_, ty)| {
            if c.below(9) == 8 {
                return None;
            }
            if wrong && c.below(12) == 11 {
                return Some(if *ty == FieldType::Bool { Value::Int(1) } else { Value::Bool(true) });
            }
            Some(match ty {
                FieldType::Int => Value::Int(c.one(&INTS).parse().unwrap()),
                FieldType::Double => Value::Double(c.one(&DOUBLES).parse().unwrap()),
                FieldType::String => Value::from(c.one(&TEXTS)),
                FieldType::Bool => Value::Bool(c.below(2) == 0),
                FieldType::Timestamp => Value::from(c.one(&TIMES)),
                FieldType::Duration => Value::from(c.one(&SPANS)),
                FieldType::List => Value::from((0..c.below(4)).map(|_| c.one(&TEXTS)).collect::<Vec<_>>()),
            })
        })
        .collect()
}

pub fn slots(record: &[Option<Value>]) -> Vec<Slot<'_>> {
    record
        .iter()
        .zip(NAMES)
        .map(|(value, (_, ty))| value.as_ref().map_or(Slot::Missing, |value| Slot::bind(value, ty)))
        .collect()
}

/// Writes expressions of wanted types.
pub struct Writer<'c> {
    pub choices: &'c mut Choices,
    pub dialect: Dialect,
}

impl Writer<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.choices.below(n)
    }

    fn name(&mut self, ty: FieldType) -> String {
        let of: Vec<&str> = NAMES.iter().filter(|(_, other)| *other == ty).map(|(name, _)| *name).collect();
        let name = self.choices.one(&of);
        match (self.dialect, ty) {
            (Dialect::Ours, _) => name.to_owned(),
            // Records hold these as text; CEL reads it where it is used.
            (Dialect::Cel, FieldType::Timestamp) => format!("timestamp(r.{name})"),
            (Dialect::Cel, FieldType::Duration) => format!("duration(r.{name})"),
            (Dialect::Cel, _) => format!("r.{name}"),
        }
    }

    fn any_name(&mut self) -> String {
        let name = NAMES[self.below(NAMES.len())].0;
        if self.dialect == Dialect::Cel { format!("r.{name}") } else { name.to_owned() }
    }

    pub fn text_literal(&mut self) -> String {
        format!("{:?}", self.choices.one(&TEXTS))
    }

    /// A conjunction of simple tests.
    pub fn conjunction(&mut self) -> String {
        let tests: Vec<String> = (0..=self.below(4)).map(|_| self.simple()).collect();
        tests.join(" && ")
    }

    /// One name against literals.
    pub fn simple(&mut self) -> String {
        let order = self.choices.one(&["==", "!=", "<", "<=", ">", ">="]);
        let test = match self.below(14) {
            0 => format!("{} {order} {}", self.name(FieldType::Int), self.choices.one(&INTS)),
            1 => format!("{} {order} {}", self.name(FieldType::Int), self.choices.one(&DOUBLES)),
            2 => format!("{} {order} {}", self.name(FieldType::Double), self.choices.one(&DOUBLES)),
            3 => format!(
                "{} {order} {}",
                self.choices.one(&["0", "1", "5", "-1", "7"]),
                self.name(FieldType::Double)
            ),
            4 => format!("{} {order} {}", self.name(FieldType::String), self.text_literal()),
            5 => {
                let texts: Vec<String> = (0..self.below(4)).map(|_| self.text_literal()).collect();
                format!("{} in [{}]", self.name(FieldType::String), texts.join(", "))
            }
            6 => self.name(FieldType::Bool),
            7 => format!("{} {order} {}", self.name(FieldType::Bool), self.choices.one(&["true", "false"])),
            8 => format!(
                "{} {order} timestamp({:?})",
                self.name(FieldType::Timestamp),
                self.choices.one(&TIMES)
            ),
            9 => {
                let numbers: Vec<&str> = (0..self.below(4)).map(|_| self.choices.one(&INTS)).collect();
                format!("{} in [{}]", self.name(FieldType::Int), numbers.join(", "))
            }
            _ => match (self.below(3), self.dialect) {
                (0, _) => format!("has({})", self.any_name()),
                (1, Dialect::Ours) => format!("{} == null", self.any_name()),
                (1, Dialect::Cel) => format!("!has({})", self.any_name()),
                (_, Dialect::Ours) => format!("{} != null", self.any_name()),
                (_, Dialect::Cel) => format!("has({})", self.any_name()),
            },
        };
        if self.below(5) == 0 { format!("!({test})") } else { test }
    }

    pub fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.below(8) {
                0 => self.choices.one(&["true", "false"]).to_owned(),
                1 => self.name(FieldType::Bool),
                _ => self.simple(),
            };
        }
        let order = self.choices.one(&["==", "!=", "<", "<=", ">", ">="]);
        let depth = depth - 1;
        match self.below(17) {
            0 | 1 => format!("({}) && ({})", self.bool(depth), self.bool(depth)),
            2 | 3 => format!("({}) || ({})", self.bool(depth), self.bool(depth)),
            4 => format!("!({})", self.bool(depth)),
            5 => format!("({}) ? ({}) : ({})", self.bool(depth), self.bool(depth), self.bool(depth)),
            6 | 7 => format!("({}) {order} ({})", self.int(depth), self.int(depth)),
            8 => format!("({}) {order} ({})", self.double(depth), self.double(depth)),
            9 => format!("({}) {order} ({})", self.small_int(), self.double(depth)),
            10 => format!("({}) {order} ({})", self.text(depth), self.text(depth)),
            11 => format!("({}) {order} ({})", self.time(depth), self.time(depth)),
            12 => format!("({}) {order} ({})", self.span(depth), self.span(depth)),
            13 => {
                let method = self.choices.one(&["startsWith", "endsWith", "contains"]);
                format!("({}).{method}({})", self.text(depth), self.text(depth))
            }
            14 => format!("({}).matches({:?})", self.text(depth), self.choices.one(&PATTERNS)),
            15 => format!("({}) in ({})", self.text(depth), self.list(depth)),
            _ => format!("({}) {} ({})", self.list(depth), self.choices.one(&["==", "!="]), self.list(depth)),
        }
    }

    /// An int that a double holds exactly: beyond that the oracle rounds.
    fn small_int(&mut self) -> String {
        match self.below(3) {
            0 => format!("size({})", self.text(0)),
            1 => format!("size({})", self.list(0)),
            _ => self.choices.one(&INTS[..8]).to_owned(),
        }
    }

    fn int(&mut self, depth: usize) -> String {
        if depth == 0 {
            return if self.below(3) == 0 {
                self.choices.one(&INTS).to_owned()
            } else {
                self.name(FieldType::Int)
            };
        }
        let depth = depth - 1;
        match self.below(9) {
            0 => format!("({}) + ({})", self.int(depth), self.int(depth)),
            1 => format!("({}) - ({})", self.int(depth), self.int(depth)),
            2 => format!("({}) * ({})", self.int(depth), self.int(depth)),
            3 => format!("({}) / ({})", self.int(depth), self.int(depth)),
            4 => format!("({}) % ({})", self.int(depth), self.int(depth)),
            5 => format!("-({})", self.int(depth)),
            6 => self.small_int(),
            7 => format!("({}) ? ({}) : ({})", self.bool(depth), self.int(depth), self.int(depth)),
            _ => self.int(0),
        }
    }

    /// Doubles stay far from infinity and are divided by literals only: beyond that we say unknown.
    fn double(&mut self, depth: usize) -> String {
        if depth == 0 {
            return if self.below(2) == 0 {
                self.choices.one(&DOUBLES).to_owned()
            } else {
                self.name(FieldType::Double)
            };
        }
        let depth = depth - 1;
        match self.below(6) {
            0 => format!("({}) + ({})", self.double(depth), self.double(depth)),
            1 => format!("({}) - ({})", self.double(depth), self.double(depth)),
            2 => format!("({}) * ({})", self.double(depth), self.double(depth)),
            3 => format!("({}) / {}", self.double(depth), self.choices.one(&["2.0", "-0.5", "3.0"])),
            4 => format!("-({})", self.double(depth)),
            _ => self.double(0),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 4 } else { 5 }) {
            0 | 1 => self.name(FieldType::String),
            2 | 3 => self.text_literal(),
            _ => format!(
                "({}) ? ({}) : ({})",
                self.bool(depth - 1),
                self.text(depth - 1),
                self.text(depth - 1)
            ),
        }
    }

    fn time(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 5 } else { 8 }) {
            0 | 1 => self.name(FieldType::Timestamp),
            2..=4 => format!("timestamp({:?})", self.choices.one(&TIMES)),
            5 => format!("timestamp({})", self.name(FieldType::String)),
            6 => format!("({}) + ({})", self.time(depth - 1), self.span(depth - 1)),
            _ => format!("({}) - ({})", self.time(depth - 1), self.span(depth - 1)),
        }
    }

    fn span(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 5 } else { 9 }) {
            0 | 1 => self.name(FieldType::Duration),
            2..=4 => format!("duration({:?})", self.choices.one(&SPANS)),
            5 => format!("duration({})", self.name(FieldType::String)),
            6 => format!("({}) - ({})", self.time(depth - 1), self.time(depth - 1)),
            7 => format!("({}) + ({})", self.span(depth - 1), self.span(depth - 1)),
            _ => format!("({}) - ({})", self.span(depth - 1), self.span(depth - 1)),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        match self.below(3) {
            0 => self.name(FieldType::List),
            _ => {
                let elements: Vec<String> = (0..self.below(4)).map(|_| self.text(depth.min(1))).collect();
                format!("[{}]", elements.join(", "))
            }
        }
    }
}
