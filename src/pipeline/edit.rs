//! Changing the facts of a record.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use crate::actor::Actor;
use crate::capability::Capability;
use crate::code::ReasonCode;
use crate::contact::Facet;
use crate::definition::{FieldDef, FieldFormat};
use crate::journal::{FactChange, RowKind};
use crate::record::{Link, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request, asked_like_a_request};
use crate::time::Timestamp;
use crate::value::{Fields, Value};

use super::create::{fact, reserved};
use super::decide::{Ask, Unchanged};
use super::trash::released;
use super::{Decision, Pipeline};

/// A change of facts: fields to set and fields to clear.
///
/// ```
/// use lifestage::Edit;
///
/// let edit = Edit::new().set("phone", "+49 30 1234567").clear("fax").expecting_version(3);
/// # let _ = edit;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    steps: Vec<(SmolStr, Step)>,
    request: Request,
}

/// What becomes of one field.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Set(Value),
    Clear,
    Add(SmolStr),
    Remove(SmolStr),
}

impl Default for Edit {
    fn default() -> Self {
        Self::new()
    }
}

impl Edit {
    /// An edit of nothing.
    pub fn new() -> Self {
        Self { steps: Vec::new(), request: Request::to("") }
    }

    /// Gives a field a value.
    #[must_use]
    pub fn set(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.steps.push((name.into(), Step::Set(value.into())));
        self
    }

    /// Takes a field its value.
    #[must_use]
    pub fn clear(mut self, name: impl Into<SmolStr>) -> Self {
        self.steps.push((name.into(), Step::Clear));
        self
    }

    /// Puts a text at the end of a list, unless it is there: a contact into a group, say, whatever
    /// other groups it is in.
    ///
    /// ```
    /// use lifestage::{Actor, Decision, Edit, Pipeline, Record, SmolStr, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::CONTACT_STAGES)?;
    /// let ada = Record::new("c-7").with("groups", vec![SmolStr::new("investors")]);
    /// let edit = Edit::new().add("groups", "berlin").add("groups", "investors");
    /// let admin = Actor::new("olga").with_role("admin");
    /// let decision = pipeline.edit(&ada, &edit, &admin, Timestamp::from_seconds(1_772_442_000));
    /// let Decision::Moved(change) = decision else { panic!() };
    /// assert_eq!(change.after().contact().groups(), ["investors", "berlin"]);
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    #[must_use]
    pub fn add(mut self, name: impl Into<SmolStr>, text: impl Into<SmolStr>) -> Self {
        self.steps.push((name.into(), Step::Add(text.into())));
        self
    }

    /// Takes a text out of a list; a list that is empty then is no value.
    #[must_use]
    pub fn remove(mut self, name: impl Into<SmolStr>, text: impl Into<SmolStr>) -> Self {
        self.steps.push((name.into(), Step::Remove(text.into())));
        self
    }

    /// Says which company the contact belongs to, by the id of its record; or none, for `None`.
    #[must_use]
    pub fn belonging_to(self, company: Option<&str>) -> Self {
        match company {
            Some(company) => self.set(Link::Company.fact(), company),
            None => self.clear(Link::Company.fact()),
        }
    }

    /// The company that the contact is said to belong to.
    #[cfg(feature = "std")]
    pub(crate) fn company(&self) -> Option<&str> {
        let (_, step) = self.steps.iter().rev().find(|(name, _)| is_company(name))?;
        match step {
            Step::Set(Value::Text(company)) => Some(company),
            _ => None,
        }
    }

    /// The request as the store's digest sees it (S14): the facts, as given, are its input. `-name`
    /// stands for a field cleared, and `+name` for what a list gains and loses after it was last set.
    pub(crate) fn request(&self) -> Request {
        let mut about = Fields::new();
        for (name, step) in &self.steps {
            let list = format_smolstr!("+{name}");
            let (sign, text) = match step {
                Step::Set(value) => {
                    about.remove(&list);
                    about.insert(name.clone(), value.clone());
                    continue;
                }
                Step::Clear => {
                    about.remove(&list);
                    about.insert(format_smolstr!("-{name}"), true);
                    continue;
                }
                Step::Add(text) => ('+', text),
                Step::Remove(text) => ('-', text),
            };
            let mut signed = match about.remove(&list) {
                Some(Value::List(signed)) => signed,
                _ => Vec::new(),
            };
            signed.push(format_smolstr!("{sign}{text}"));
            about.insert(list, signed);
        }
        self.request.operating(Operation::Edit, about)
    }
}

asked_like_a_request!(Edit);

/// Whether a fact is the company that a contact belongs to.
fn is_company(name: &str) -> bool {
    Link::of_fact(name) == Some(Link::Company)
}

/// Why this cannot be the company that a record belongs to, if so: it is another record, by its id.
fn no_company(record: &Record, step: &Step) -> Option<Reason> {
    let message = match step {
        Step::Clear => return None,
        Step::Set(Value::Text(company)) if *company == record.id => "a record cannot belong to itself",
        Step::Set(Value::Text(company)) if !company.trim().is_empty() => return None,
        _ => "a company is said by the id of its record, or cleared",
    };
    Some(Reason::new(ReasonCode::InvalidInput, message).with("field", Link::Company.fact()))
}

impl Pipeline {
    /// Judges an edit of facts: capability `edit_contact` for who a contact is, `edit_fields` for all
    /// else (S55), and values of declared fields that fit. E-mail addresses and phone numbers are
    /// written in their one form; see [`contact`](crate::contact).
    pub fn edit<'a>(
        &'a self,
        record: &'a Record,
        edit: &Edit,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &edit.request, now };
        if let Some(reason) = self.barred(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut reasons = Vec::new();
        let missing = |capability| self.denial(capability, record, actor);
        let names = edit.steps.iter().map(|(name, _)| name.as_str());
        reasons.extend(self.needed(names).into_iter().flatten().filter_map(missing));
        let mut facts = self.changes(record, edit, &mut reasons);
        // Another address is not the one that it holds as a customer (S57).
        if facts.iter().any(|fact| fact.name == Facet::Email.name()) {
            facts.extend(released(record));
        }
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        if facts.is_empty() {
            return Decision::Unchanged(Unchanged::new(record.stage.clone()));
        }
        let mut row = self.row(ask, RowKind::Edit);
        row.facts = facts;
        row.request = Self::digest_of(ask, || edit.request());
        Decision::Moved(self.quiet(ask, row))
    }

    /// What changing these fields takes: one capability for who a contact is, another for the rest (S55). Changing
    /// none takes that of the rest.
    pub(super) fn needed<'n>(&self, names: impl Iterator<Item = &'n str>) -> [Option<Capability>; 2] {
        let (mut all, mut identities) = (0_usize, 0_usize);
        for name in names {
            all += 1;
            identities += usize::from(self.tells_who(name));
        }
        [
            (identities > 0).then_some(Capability::EditContact),
            (identities == 0 || identities < all).then_some(Capability::EditFields),
        ]
    }

    /// Whether a field tells who the record is. A deal is nobody: its name is a fact as any other.
    fn tells_who(&self, name: &str) -> bool {
        let document = &self.compiled.document;
        let formatted = |field: &FieldDef| field.format_as(name) != FieldFormat::Text;
        document.record_kind != "deal"
            && (Facet::of_name(name).is_some_and(Facet::is_identity)
                || is_company(name)
                || document.fields.get(name).is_some_and(formatted))
    }

    /// What really changes: the last word on each field, where it differs from what is there.
    fn changes(&self, record: &Record, edit: &Edit, reasons: &mut Vec<Reason>) -> Vec<FactChange> {
        let mut changes: Vec<FactChange> = Vec::new();
        for (name, step) in &edit.steps {
            let company = is_company(name).then(|| record.link(Link::Company).map(Value::from)).flatten();
            reasons.extend(match is_company(name) {
                true => no_company(record, step),
                false => reserved(name),
            });
            let old = company.as_ref().or_else(|| record.fields.get(name));
            let earlier = changes.iter().position(|change| change.name == *name);
            let earlier = earlier.map(|at| changes.remove(at));
            let current = earlier.as_ref().map_or(old, |change| change.new.as_ref());
            let new = match step {
                Step::Set(value) => Some(fact(self, name, value, reasons)),
                Step::Clear => None,
                Step::Add(text) => self.longer(name, current, text, reasons),
                Step::Remove(text) => shorter(current, text),
            };
            if old != new.as_deref() {
                let new = new.map(Cow::into_owned);
                changes.push(FactChange { name: name.clone(), old: old.cloned(), new });
            }
        }
        changes
    }

    /// A list with a text at its end.
    fn longer<'v>(
        &self,
        name: &str,
        list: Option<&'v Value>,
        text: &SmolStr,
        reasons: &mut Vec<Reason>,
    ) -> Option<Cow<'v, Value>> {
        fact(self, name, &Value::List(alloc::vec![text.clone()]), reasons);
        let mut texts = match list {
            Some(list @ Value::List(texts)) if texts.contains(text) => return Some(Cow::Borrowed(list)),
            Some(Value::List(texts)) => texts.clone(),
            None => Vec::new(),
            Some(other) => {
                let message = alloc::format!("`{text}` cannot be added to {name}: `{other}` is not a list");
                reasons.push(Reason::new(ReasonCode::InvalidInput, message).with("field", name));
                return Some(Cow::Borrowed(other));
            }
        };
        texts.push(text.clone());
        Some(Cow::Owned(Value::List(texts)))
    }
}

/// A list without a text; none when nothing is left.
fn shorter<'v>(list: Option<&'v Value>, text: &SmolStr) -> Option<Cow<'v, Value>> {
    match list {
        Some(Value::List(texts)) if texts.contains(text) => {
            let left: Vec<SmolStr> = texts.iter().filter(|other| *other != text).cloned().collect();
            (!left.is_empty()).then_some(Cow::Owned(Value::List(left)))
        }
        other => other.map(Cow::Borrowed),
    }
}
