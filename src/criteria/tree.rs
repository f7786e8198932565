//! The JSON form: `{"op": ..., "args": [...]}`, `{"name": ...}`, `{"value": ...}`, `{"list": [...]}`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::error::{CriteriaError, ErrorKind};
use super::expr::{Builder, Expr, Kind, Node};
use super::limits::Limits;
use super::literal::shortened;
use super::op::Op;
use super::parse::is_name;
use super::scope::nearest;
use super::view::{Children, ExprRef, View};

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

impl Serialize for ExprRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.kind() {
            View::Null => map.serialize_entry("value", &())?,
            View::Bool(value) => map.serialize_entry("value", &value)?,
            View::Int(value) => map.serialize_entry("value", &value)?,
            View::Text(value) => map.serialize_entry("value", value)?,
            View::Double(value) => {
                map.serialize_entry("value", &value)?;
                if is_whole(value) {
                    map.serialize_entry("type", "double")?;
                }
            }
            View::Name(name) => map.serialize_entry("name", name)?,
            View::List(elements) => {
                if elements.clone().all(|element| is_plain(&element.kind())) {
                    map.serialize_entry("value", &Plain(elements))?;
                } else {
                    map.serialize_entry("list", &Nodes(elements))?;
                }
            }
            View::Op(op, operands) => {
                map.serialize_entry("op", op.as_str())?;
                map.serialize_entry("args", &Nodes(operands))?;
            }
        }
        map.end()
    }
}

/// Whether a number may lose its point on its way through a reader that has one kind of number only.
fn is_whole(value: f64) -> bool {
    value % 1.0 == 0.0
}

/// Whether an element can be written as a bare value.
fn is_plain(element: &View<'_>) -> bool {
    match element {
        View::Bool(_) | View::Int(_) | View::Text(_) => true,
        View::Double(value) => !is_whole(*value),
        View::Null | View::Name(_) | View::List(_) | View::Op(..) => false,
    }
}

struct Nodes<'e>(Children<'e>);

impl Serialize for Nodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

struct Plain<'e>(Children<'e>);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for element in self.0.clone() {
            match element.kind() {
                View::Bool(value) => seq.serialize_element(&value)?,
                View::Int(value) => seq.serialize_element(&value)?,
                View::Double(value) => seq.serialize_element(&value)?,
                View::Text(value) => seq.serialize_element(value)?,
                View::Null | View::Name(_) | View::List(_) | View::Op(..) => {}
            }
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for Expr {
    /// Reads the JSON form within the default [`Limits`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limits = Limits::default();
        let mut reading = Reading::new(&limits);
        Tree { reading: &mut reading, depth: 1 }.deserialize(deserializer)?;
        reading.finish().map_err(de::Error::custom)
    }
}

/// A tree being read. A fault is kept and the rest passed over, so that a bad criterion does not end the reading of
/// the document around it.
pub(super) struct Reading<'l> {
    builder: Builder<'l>,
    fault: Option<CriteriaError>,
    path: String,
}

impl<'l> Reading<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { builder: Builder::new(limits), fault: None, path: String::new() }
    }

    pub(super) fn finish(self) -> Result<Expr, CriteriaError> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.builder.expr),
        }
    }

    #[cold]
    pub(super) fn fail(&mut self, kind: ErrorKind, message: impl Into<String>) {
        self.fail_with(CriteriaError::new(kind, message));
    }

    fn fail_with(&mut self, error: CriteriaError) {
        if self.fault.is_none() {
            self.fault = Some(error.pointing(self.path.clone()));
        }
    }

    fn keep(&mut self, result: Result<(), CriteriaError>) {
        if let Err(error) = result {
            self.fail_with(error);
        }
    }

    fn literal(&mut self, value: &Literal, double: bool) {
        let (kind, word) = match value {
            Literal::Null => (Kind::Null, 0),
            Literal::Bool(value) => (Kind::Bool, u64::from(*value)),
            Literal::Int(value) if double => {
                let Some(value) = super::number::exact_double(*value) else {
                    return self.fail(ErrorKind::Literal, format!("`{value}` is not exactly a double"));
                };
                (Kind::Double, value.to_bits())
            }
            Literal::Int(value) => (Kind::Int, *value as u64),
            Literal::Double(value) if value.is_finite() => (Kind::Double, value.to_bits()),
            Literal::Double(_) => return self.fail(ErrorKind::Literal, "a double must be finite"),
            Literal::Text(text) => match self.builder.pool(text) {
                Ok(word) => (Kind::Text, word),
                Err(error) => return self.fail_with(error),
            },
            Literal::Other(what) => {
                return self.fail(ErrorKind::Syntax, format!("a value cannot be {what}"));
            }
        };
        let added = self.builder.leaf(kind, word, 0..0);
        self.keep(added);
    }

    fn name(&mut self, name: &str) {
        if !is_name(name) {
            return self.fail(ErrorKind::Syntax, format!("`{}` is not a name", shortened(name)));
        }
        match self.builder.pool(name) {
            Ok(word) => {
                let added = self.builder.leaf(Kind::Name, word, 0..0);
                self.keep(added);
            }
            Err(error) => self.fail_with(error),
        }
    }

    fn operation(&mut self, name: &str, arity: u32) {
        let Some(op) = Op::find(name, arity) else {
            let known = nearest(name, Op::ALL.iter().map(|op| op.as_str()).filter(|known| known.len() > 3));
            let message = format!("unknown operator `{}`", shortened(name));
            return self.fail_with(CriteriaError::new(ErrorKind::UnknownFunction, message).suggesting(known));
        };
        if matches!(op, Op::And | Op::Or) {
            return self.chain(op, arity);
        }
        if arity != op.arity() {
            let plural = if op.arity() == 1 { "" } else { "s" };
            let message = format!("`{}` takes {} argument{plural}, not {arity}", op.as_str(), op.arity());
            return self.fail(ErrorKind::Type, message);
        }
        let added = self.builder.over(Kind::Op(op), arity, 0..0);
        self.keep(added);
    }

    /// Makes one chain of nested ones; a chain of one is that one, and an empty one its neutral value, as rule
    /// builders have them while a rule is being written.
    fn chain(&mut self, op: Op, arity: u32) {
        match arity {
            0 => return self.literal(&Literal::Bool(op == Op::And), false),
            1 => return,
            _ => {}
        }
        let nodes = &mut self.builder.expr.nodes;
        let mut total = 0;
        let mut nested: Vec<usize> = Vec::new();
        let mut end = nodes.len();
        for _ in 0..arity {
            let Some(node) = end.checked_sub(1).and_then(|at| nodes.get(at)) else { break };
            if node.kind == Kind::Op(op) {
                total += node.arity();
                nested.push(end - 1);
            } else {
                total += 1;
            }
            end = end.saturating_sub(node.size as usize);
        }
        if !nested.is_empty() {
            // Sizes are relative, so that nodes can go without renumbering.
            let mut at = 0;
            nodes.retain(|_: &Node| {
                let keep = !nested.contains(&at);
                at += 1;
                keep
            });
        }
        let added = self.builder.over(Kind::Op(op), total, 0..0);
        self.keep(added);
    }
}

/// Reads one node.
pub(super) struct Tree<'r, 'l> {
    pub(super) reading: &'r mut Reading<'l>,
    pub(super) depth: u32,
}

impl<'de> DeserializeSeed<'de> for Tree<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.reading.fault.is_none() && self.depth > self.reading.builder.limits.depth() {
            let error = self.reading.builder.too_deep(0..0);
            self.reading.fail_with(error);
        }
        if self.reading.fault.is_some() {
            return IgnoredAny::deserialize(deserializer).map(|_| ());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a criterion: an object with `op` and `args`, `name`, `value` or `list`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { reading, depth } = self;
        let mut parts = Parts::default();
        while let Some(key) = map.next_key::<SmolStr>()? {
            if reading.fault.is_some() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let again = match key.as_str() {
                "op" => parts.op.replace(map.next_value()?).is_some(),
                "name" => parts.name.replace(map.next_value()?).is_some(),
                "type" => parts.ty.replace(map.next_value()?).is_some(),
                "value" => parts.value.replace(map.next_value()?).is_some(),
                "args" | "list" => {
                    let list = key == "list";
                    let count = map.next_value_seed(Trees { reading, depth, key: key.as_str() })?;
                    let slot = if list { &mut parts.list } else { &mut parts.args };
                    slot.replace(count).is_some()
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    let known = nearest(&key, ["op", "args", "name", "value", "list", "type"].into_iter());
                    let message = format!("unknown key `{}`", shortened(&key));
                    reading.fail_with(CriteriaError::new(ErrorKind::Syntax, message).suggesting(known));
                    false
                }
            };
            if again {
                reading.fail(ErrorKind::Syntax, format!("the key `{key}` comes twice"));
            }
        }
        if reading.fault.is_none() {
            parts.assemble(reading);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.refuse("a list")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.refuse("a bool")
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.refuse("a number")
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.refuse("a number")
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.refuse("a number")
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.refuse("a string")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.refuse("null")
    }
}

impl Tree<'_, '_> {
    fn refuse<E>(self, what: &str) -> Result<(), E> {
        let message = format!(
            "{what} is not a criterion; wanted is an object with `op` and `args`, `name`, `value` or `list`"
        );
        self.reading.fail(ErrorKind::Syntax, message);
        Ok(())
    }
}

/// The keys of one object.
#[derive(Default)]
struct Parts {
    op: Option<Wanted>,
    name: Option<Wanted>,
    ty: Option<Wanted>,
    value: Option<Given>,
    args: Option<u32>,
    list: Option<u32>,
}

impl Parts {
    fn assemble(self, reading: &mut Reading<'_>) {
        match self {
            Self { op: Some(op), name: None, ty: None, value: None, args: Some(count), list: None } => {
                match op.text() {
                    Ok(op) => reading.operation(op, count),
                    Err(what) => {
                        reading.fail(ErrorKind::Syntax, format!("`op` must be a string, not {what}"))
                    }
                }
            }
            Self { op: None, name: Some(name), ty: None, value: None, args: None, list: None } => match name
                .text()
            {
                Ok(name) => reading.name(name),
                Err(what) => reading.fail(ErrorKind::Syntax, format!("`name` must be a string, not {what}")),
            },
            Self { op: None, name: None, ty: None, value: None, args: None, list: Some(count) } => {
                let added = reading.builder.over(Kind::List, count, 0..0);
                reading.keep(added);
            }
            Self { op: None, name: None, ty, value: Some(value), args: None, list: None } => {
                let double = match ty.as_ref().map(Wanted::text) {
                    None => false,
                    Some(Ok("double")) => true,
                    Some(_) => {
                        return reading
                            .fail(ErrorKind::Syntax, "the only `type` a value can be given is `double`");
                    }
                };
                match value {
                    Given::One(literal) => reading.literal(&literal, double),
                    Given::Many(literals) => {
                        for literal in &literals {
                            reading.literal(literal, double);
                        }
                        let added = reading.builder.over(Kind::List, literals.len() as u32, 0..0);
                        reading.keep(added);
                    }
                    Given::TooMany => {
                        let limit = reading.builder.limits.list_len;
                        reading.fail(ErrorKind::Limit, format!("a list has more than {limit} elements"));
                    }
                }
            }
            Self { op: Some(_), args: None, .. } => reading.fail(ErrorKind::Syntax, "`op` without `args`"),
            Self { op: None, args: Some(_), .. } => reading.fail(ErrorKind::Syntax, "`args` without `op`"),
            _ => reading.fail(
                ErrorKind::Syntax,
                "an object of a criterion has `op` and `args`, or one of `name`, `value` and `list`",
            ),
        }
    }
}

/// Reads the nodes of a list and says how many there are.
struct Trees<'r, 'l, 'k> {
    reading: &'r mut Reading<'l>,
    depth: u32,
    key: &'k str,
}

impl<'de> DeserializeSeed<'de> for Trees<'_, '_, '_> {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Trees<'_, '_, '_> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of criteria")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u32, A::Error> {
        let mut count = 0;
        let parent = self.reading.path.len();
        loop {
            self.reading.path.push_str(&format!("/{}/{count}", self.key));
            let more = seq.next_element_seed(Tree { reading: &mut *self.reading, depth: self.depth + 1 })?;
            self.reading.path.truncate(parent);
            if more.is_none() {
                return Ok(count);
            }
            count = count.saturating_add(1);
        }
    }
}

/// A string, or something else that must not end the reading.
struct Wanted(Literal);

impl Wanted {
    fn text(&self) -> Result<&str, &'static str> {
        match &self.0 {
            Literal::Text(text) => Ok(text),
            Literal::Null => Err("null"),
            Literal::Bool(_) => Err("a bool"),
            Literal::Int(_) | Literal::Double(_) => Err("a number"),
            Literal::Other(what) => Err(what),
        }
    }
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Literal::deserialize(deserializer).map(Self)
    }
}

/// A scalar.
enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(SmolStr),
    Other(&'static str),
}

/// A scalar or a list of them.
enum Given {
    One(Literal),
    Many(Vec<Literal>),
    TooMany,
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Given::deserialize(deserializer)? {
            Given::One(literal) => literal,
            Given::Many(_) | Given::TooMany => Self::Other("a list"),
        })
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor { nested: false })
    }
}

struct GivenVisitor {
    nested: bool,
}

impl<'de> DeserializeSeed<'de> for GivenVisitor {
    type Value = Given;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Given, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Given, E> {
        Ok(Given::One(Literal::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Given, E> {
        Ok(Given::One(Literal::Int(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Given, E> {
        Ok(Given::One(
            i64::try_from(value).map_or(Literal::Other("a number beyond 64 bits with sign"), Literal::Int),
        ))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Given, E> {
        Ok(Given::One(Literal::Double(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Given, E> {
        Ok(Given::One(Literal::Text(SmolStr::new(value))))
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::One(Literal::Null))
    }

    fn visit_none<E>(self) -> Result<Given, E> {
        Ok(Given::One(Literal::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
        if self.nested {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Given::One(Literal::Other("a list in a list")));
        }
        // Beyond any limit there is no use in keeping more.
        const MOST: usize = 1 << 16;
        let mut literals = Vec::new();
        while let Some(given) = seq.next_element_seed(Self { nested: true })? {
            if literals.len() >= MOST {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Given::TooMany);
            }
            if let Given::One(literal) = given {
                literals.push(literal);
            }
        }
        Ok(Given::Many(literals))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Given::One(Literal::Other("an object")))
    }
}
