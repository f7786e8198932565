//! What is wanted, in its JSON forms: creations, edits, and what people do with records.

use lifestage::{
    Act, Activity, Assignment, CarryOut, Conversion, Creation, Edit, Erasure, Fields, Report, SmolStr,
    Timestamp,
};
use serde::Deserialize;

use crate::fault::{Fault, FaultCode};

/// Puts the expectation and the key that any wish may have.
macro_rules! put {
    ($made:expr, $wish:expr) => {{
        let mut made = $made;
        if let Some(version) = $wish.expect_version {
            made = made.expecting_version(version);
        }
        match $wish.key {
            Some(key) => made.with_key(key),
            None => made,
        }
    }};
}

fn wrong(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::InvalidInput, message)
}

/// How a record comes to be; without members, in the default stage.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CreationForm {
    stage: Option<SmolStr>,
    no_stage: bool,
    imported: bool,
    created_at: Option<Timestamp>,
    input: Fields,
    key: Option<SmolStr>,
}

impl CreationForm {
    pub(crate) fn creation(self) -> Result<Creation, Fault> {
        let mut made = match self.stage {
            Some(_) if self.no_stage => return Err(wrong("`creation`: either `stage` or `no_stage`")),
            Some(stage) => Creation::in_stage(stage),
            None if self.no_stage => Creation::without_stage(),
            None => Creation::new(),
        };
        if self.imported {
            made = made.imported(self.created_at);
        } else if self.created_at.is_some() {
            return Err(wrong("`creation`: `created_at` goes with `imported`"));
        }
        for (name, value) in self.input.iter() {
            made = made.with_input(name, value.clone());
        }
        Ok(match self.key {
            Some(key) => made.with_key(key),
            None => made,
        })
    }
}

/// Facts to change: `set` first, then `clear`, then what goes into lists and out of them.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EditForm {
    set: Fields,
    clear: Vec<SmolStr>,
    add: Fields,
    remove: Fields,
    company: Option<SmolStr>,
    no_company: bool,
    expect_version: Option<u64>,
    key: Option<SmolStr>,
}

impl EditForm {
    pub(crate) fn edit(self) -> Result<Edit, Fault> {
        let mut made = Edit::new();
        for (name, value) in self.set.iter() {
            made = made.set(name, value.clone());
        }
        for name in &self.clear {
            made = made.clear(name.as_str());
        }
        for (name, text) in texts(&self.add)? {
            made = made.add(name, text);
        }
        for (name, text) in texts(&self.remove)? {
            made = made.remove(name, text);
        }
        if self.no_company || self.company.is_some() {
            made = made.belonging_to(self.company.as_deref());
        }
        Ok(put!(made, self))
    }
}

/// The texts of each list, one by one.
fn texts(lists: &Fields) -> Result<Vec<(&str, SmolStr)>, Fault> {
    let mut all = Vec::new();
    for (name, value) in lists.iter() {
        match value {
            lifestage::Value::Text(text) => all.push((name, text.clone())),
            lifestage::Value::List(texts) => all.extend(texts.iter().map(|text| (name, text.clone()))),
            _ => {
                return Err(wrong(format!("`edit`: what goes into the list `{name}` is a text, or several")));
            }
        }
    }
    Ok(all)
}

/// What somebody wants to do with a record, beside moving and editing it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wish {
    claim: bool,
    release: bool,
    to: Option<SmolStr>,
    kind: Option<SmolStr>,
    text: Option<SmolStr>,
    planned: bool,
    at: Option<Timestamp>,
    due: Option<Timestamp>,
    assignee: Option<SmolStr>,
    customer: Option<SmolStr>,
    pipeline: Option<SmolStr>,
    stage: Option<SmolStr>,
    link: Option<SmolStr>,
    input: Fields,
    keep: Vec<SmolStr>,
    rename: Option<SmolStr>,
    action: Option<SmolStr>,
    done: bool,
    failed: Option<SmolStr>,
    undone: bool,
    reason: Option<SmolStr>,
    expect_version: Option<u64>,
    key: Option<SmolStr>,
}

impl Wish {
    /// Whom the record is to belong to: exactly one of `claim`, `release` and `to`.
    pub(crate) fn assignment(self) -> Result<Assignment, Fault> {
        let made = match (self.claim, self.release, self.to) {
            (true, false, None) => Assignment::claim(),
            (false, true, None) => Assignment::release(),
            (false, false, Some(person)) => Assignment::to(person),
            _ => return Err(wrong("`wish`: an assignment has one of `claim`, `release` and `to`")),
        };
        let made = match self.reason {
            Some(reason) => made.because(reason),
            None => made,
        };
        Ok(put!(made, self))
    }

    pub(crate) fn activity(self) -> Result<Activity, Fault> {
        let text = self.text.unwrap_or_default();
        let mut made = match self.kind.as_deref() {
            Some("note") => Activity::note(text),
            Some("call") => Activity::call(text),
            Some("meeting") => Activity::meeting(text),
            Some("email") => Activity::email(text),
            Some("task") => Activity::task(text),
            other => {
                let other = other.unwrap_or_default();
                return Err(wrong(format!(
                    "`wish`: `kind` is `note`, `call`, `meeting`, `email` or `task`, not `{other}`"
                )));
            }
        };
        if self.planned {
            made = made.planned();
        }
        if let Some(at) = self.at {
            made = made.at(at);
        }
        if let Some(due) = self.due {
            made = made.due(due);
        }
        if let Some(person) = self.assignee {
            made = made.assigned_to(person);
        }
        for (name, value) in self.input.iter() {
            made = made.with(name, value.clone());
        }
        Ok(put!(made, self))
    }

    pub(crate) fn act(self) -> Act {
        put!(self.reason.map_or_else(Act::new, Act::because), self)
    }

    /// Which customer a lead becomes: for a pipeline, that is decided.
    pub(crate) fn take_customer(&mut self) -> Result<SmolStr, Fault> {
        self.customer.take().ok_or_else(|| wrong("`wish`: `customer` is missing"))
    }

    pub(crate) fn conversion(self) -> Conversion {
        let mut made = Conversion::new();
        if let Some(pipeline) = self.pipeline {
            made = made.into_pipeline(pipeline);
        }
        if let Some(stage) = self.stage {
            made = made.in_stage(stage);
        }
        if let Some(id) = self.customer {
            made = made.naming(id);
        }
        if let Some(customer) = self.link {
            made = made.linking(customer);
        }
        for (name, value) in self.input.iter() {
            made = made.with_input(name, value.clone());
        }
        put!(made, self)
    }

    pub(crate) fn erasure(self) -> Erasure {
        let mut made = Erasure::keeping(self.keep);
        if let Some(name) = self.rename {
            made = made.renaming(name);
        }
        if let Some(reason) = self.reason {
            made = made.because(reason);
        }
        put!(made, self)
    }

    pub(crate) fn carry_out(self) -> Result<CarryOut, Fault> {
        let action = self.action.ok_or_else(|| wrong("`wish`: `action` is missing"))?;
        let mut made = CarryOut::action(action);
        for (name, value) in self.input.iter() {
            made = made.with(name, value.clone());
        }
        Ok(put!(made, self))
    }

    /// What became of work: exactly one of `done`, `failed`, `undone` and `to`.
    pub(crate) fn report(self) -> Result<Report, Fault> {
        let mut made = match (self.done, self.failed, self.undone, self.to) {
            (true, None, false, None) => Report::done(),
            (false, Some(why), false, None) => Report::failed(why),
            (false, None, true, None) => Report::undone(),
            (false, None, false, Some(whom)) => Report::given_to(whom),
            _ => return Err(wrong("`wish`: a report has one of `done`, `failed`, `undone` and `to`")),
        };
        for (name, value) in self.input.iter() {
            made = made.with(name, value.clone());
        }
        Ok(put!(made, self))
    }
}
