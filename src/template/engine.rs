//! The library that carries templates out: what it may use, and what a variable without a value means.

use std::boxed::Box;
use std::fmt;
use std::format;
use std::io;
use std::string::{String, ToString};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::vec::Vec;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Object, Rest, Value as Item, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State};
use smol_str::SmolStr;

use super::grammar::FILTERS;
use crate::value::Value;

/// Steps that one text may take.
const MOST_STEPS: u64 = 20_000;
/// Bytes of one text, and of each value on the way to it.
const MOST_BYTES: usize = 256 << 10;
/// The one template of an environment.
const NAME: &str = "text";
/// Under this name, which no template can say, filters find what was looked up.
const ASKED: &str = "";

/// The library with its own filters and tests.
static LIBRARY: LazyLock<Environment<'static>> = LazyLock::new(Environment::new);
/// What a template has at hand.
static HANDS: LazyLock<Environment<'static>> = LazyLock::new(hands);

fn hands() -> Environment<'static> {
    let mut hands = Environment::new();
    let globals: Vec<String> = hands.globals().map(|(name, _)| name.to_string()).collect();
    for name in &globals {
        hands.remove_global(name);
    }
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        hands.set_syntax(syntax);
    }
    hands.set_fuel(Some(MOST_STEPS));
    hands.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    hands.set_formatter(write_out);
    for name in FILTERS.into_iter().filter(|name| *name != "default") {
        hands.add_filter(name, move |state: &mut State<'_, '_>, args: Rest<Item>| {
            filtered(name, state, &args)
        });
    }
    hands
}

/// A template of the library.
#[derive(Clone)]
pub(super) struct Program {
    environment: Arc<Environment<'static>>,
    variables: Box<[SmolStr]>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("variables", &self.variables).finish_non_exhaustive()
    }
}

impl Program {
    /// A text that is checked, with its variables in order of name.
    ///
    /// # Errors
    /// A message that names the line that cannot be read.
    pub(super) fn new(text: &str, variables: Box<[SmolStr]>) -> Result<Self, String> {
        let mut environment = HANDS.clone();
        let said = |error: Error| {
            let line = error.line().unwrap_or(1);
            let excerpt: String = text
                .lines()
                .nth(line.saturating_sub(1))
                .unwrap_or_default()
                .trim()
                .chars()
                .take(60)
                .collect();
            format!("{} at line {line}, `{excerpt}`", what(&error))
        };
        environment.add_template_owned(NAME, text.to_string()).map_err(said)?;
        Ok(Self { environment: Arc::new(environment), variables })
    }

    pub(super) fn variables(&self) -> &[SmolStr] {
        &self.variables
    }

    pub(super) fn render(&self, value: impl Fn(&str) -> Option<Value>, missing: &mut Vec<SmolStr>) -> String {
        let facts = self.variables.iter().map(|name| (name.clone(), value(name).map(item))).collect();
        let facts = Arc::new(Facts { facts, asked: Arc::default() });
        let asked = Arc::clone(&facts.asked);
        let mut out = Bounded { text: Vec::new(), is_full: false };
        let rendered = self
            .environment
            .get_template(NAME)
            .and_then(|text| text.render_captured_to(Item::from_dyn_object(facts), &mut out).map(drop));
        let error = match rendered {
            Err(_) if out.is_full => format!("error: the text has more than {MOST_BYTES} bytes"),
            Err(error) if error.kind() == ErrorKind::OutOfFuel => {
                format!("error: the text takes more than {MOST_STEPS} steps")
            }
            Err(error) => format!("error: {}", what(&error)),
            Ok(()) => {
                let shown = core::mem::take(&mut asked.lock().missing);
                for name in shown {
                    if !missing.contains(&name) {
                        missing.push(name);
                    }
                }
                return String::from_utf8(out.text).unwrap_or_default();
            }
        };
        let error = SmolStr::from(error);
        if !missing.contains(&error) {
            missing.push(error);
        }
        String::new()
    }
}

/// What the library says is wrong.
fn what(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), ToString::to_string)
}

fn item(value: Value) -> Item {
    match value {
        Value::Bool(value) => Item::from(value),
        Value::Int(value) => Item::from(value),
        Value::Double(value) => Item::from(value),
        Value::Text(value) => Item::from(value.as_str()),
        Value::List(values) => Item::from_iter(values.iter().map(|value| Item::from(value.as_str()))),
    }
}

/// What was looked up, and which of it had no value where one was wanted.
#[derive(Debug, Default)]
struct Asked(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    /// Looked up since a value was last written, and whether it was there.
    recent: Vec<(SmolStr, bool)>,
    missing: Vec<SmolStr>,
}

impl Asked {
    fn lock(&self) -> std::sync::MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Object for Asked {}

impl Log {
    /// A value is wanted and there is none: what was looked up last without success is missing, or else what was
    /// looked up last, as in `{{ sources[5] }}`.
    fn wanted(&mut self) {
        let last = self.recent.iter().rposition(|(_, found)| !found);
        let Some(at) = last.or_else(|| self.recent.len().checked_sub(1)) else { return };
        let (name, _) = self.recent.remove(at);
        if !self.missing.contains(&name) {
            self.missing.push(name);
        }
    }
}

/// The variables of a text with their values.
#[derive(Debug)]
struct Facts {
    facts: Vec<(SmolStr, Option<Item>)>,
    asked: Arc<Asked>,
}

impl Facts {
    fn find(&self, name: &str) -> Option<Item> {
        let at = self.facts.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        let (name, value) = self.facts.get(at)?;
        self.asked.lock().recent.push((name.clone(), value.is_some()));
        value.clone()
    }
}

impl Object for Facts {
    fn get_value(self: &Arc<Self>, key: &Item) -> Option<Item> {
        let name = key.as_str()?;
        if name == ASKED {
            return Some(Item::from_dyn_object(Arc::clone(&self.asked)));
        }
        let inside = |known: &str| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        if self.facts.iter().any(|(known, _)| inside(known)) {
            return Some(Item::from_object(Group { facts: Arc::clone(self), name: name.into() }));
        }
        self.find(name)
    }
}

/// What stands before the dot in `record.owner`.
#[derive(Debug)]
struct Group {
    facts: Arc<Facts>,
    name: SmolStr,
}

impl Object for Group {
    fn get_value(self: &Arc<Self>, key: &Item) -> Option<Item> {
        self.facts.find(&format!("{}.{}", self.name, key.as_str()?))
    }
}

fn asked(state: &State<'_, '_>) -> Option<Arc<Asked>> {
    state.lookup(ASKED)?.downcast_object::<Asked>()
}

/// Writes a value as the history shows it.
fn write_out(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Item) -> Result<(), Error> {
    if let Some(asked) = asked(state) {
        let mut log = asked.lock();
        if value.is_undefined() {
            log.wanted();
        }
        log.recent.clear();
    }
    write_value(out, value)
}

fn write_value(out: &mut Output<'_>, value: &Item) -> Result<(), Error> {
    if let Some(text) = value.as_str() {
        return Ok(out.write_str(text)?);
    }
    match value.kind() {
        ValueKind::Undefined => {}
        ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" })?,
        ValueKind::Number if !value.is_integer() => {
            let number = f64::try_from(value.clone())?;
            out.write_str(&format!("{number:?}"))?;
        }
        ValueKind::Seq | ValueKind::Iterable => {
            out.write_str("[")?;
            for (i, value) in value.try_iter()?.enumerate() {
                if i > 0 {
                    out.write_str(", ")?;
                }
                write_value(out, &value)?;
            }
            out.write_str("]")?;
        }
        _ => out.write_str(&value.to_string())?,
    }
    Ok(())
}

/// A filter of the library, for which a missing value is an empty text, and which makes nothing too large.
fn filtered(name: &str, state: &State<'_, '_>, args: &[Item]) -> Result<Item, Error> {
    let mut args = args.to_vec();
    for arg in args.iter_mut().filter(|arg| arg.is_undefined()) {
        if let Some(asked) = asked(state) {
            asked.lock().wanted();
        }
        *arg = Item::from("");
    }
    if size(name, &args) > MOST_BYTES {
        let message = format!("`{name}` makes more than {MOST_BYTES} bytes");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    LIBRARY.empty_state().apply_filter(name, &args)
}

/// How many bytes a filter makes at most, if that can be more than it is given.
fn size(name: &str, args: &[Item]) -> usize {
    let text = |at: usize| args.get(at).and_then(Item::as_str).unwrap_or_default();
    match name {
        "replace" => {
            let (value, from, to) = (text(0), text(1), text(2));
            value.len().saturating_add(value.matches(from).count().saturating_mul(to.len()))
        }
        "join" => {
            let Some(items) = args.first().and_then(|list| list.try_iter().ok()) else { return 0 };
            items.fold(0_usize, |sum, item| {
                sum.saturating_add(item.as_str().map_or(32, str::len)).saturating_add(text(1).len())
            })
        }
        _ => 0,
    }
}

/// A text that stops growing.
struct Bounded {
    text: Vec<u8>,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > MOST_BYTES {
            self.is_full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
