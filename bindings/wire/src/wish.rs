//! What is wanted, in its JSON forms: creations, edits, and what people do with records.

use std::mem::take;

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
        if let Some(version) = $wish.expect_version.take() {
            made = made.expecting_version(version);
        }
        match $wish.key.take() {
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
    pub(crate) fn edit(mut self) -> Result<Edit, Fault> {
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
        if self.no_company && self.company.is_some() {
            return Err(wrong("`edit`: either `company` or `no_company`"));
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

/// What somebody wants to do with a record, beside moving and editing it. Each operation takes those members that it knows;
/// what is left over is an error.
#[derive(Deserialize, Default, PartialEq)]
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
    pub(crate) fn assignment(mut self) -> Result<Assignment, Fault> {
        let made = match (take(&mut self.claim), take(&mut self.release), self.to.take()) {
            (true, false, None) => Assignment::claim(),
            (false, true, None) => Assignment::release(),
            (false, false, Some(person)) => Assignment::to(person),
            _ => return Err(wrong("`wish`: an assignment has one of `claim`, `release` and `to`")),
        };
        let made = match self.reason.take() {
            Some(reason) => made.because(reason),
            None => made,
        };
        let made = put!(made, self);
        self.spent("`claim`, `release` or `to`, and `reason`")?;
        Ok(made)
    }

    pub(crate) fn activity(mut self) -> Result<Activity, Fault> {
        let text = self.text.take().unwrap_or_default();
        let mut made = match self.kind.take().as_deref() {
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
        if take(&mut self.planned) {
            made = made.planned();
        }
        if let Some(at) = self.at.take() {
            made = made.at(at);
        }
        if let Some(due) = self.due.take() {
            made = made.due(due);
        }
        if let Some(person) = self.assignee.take() {
            made = made.assigned_to(person);
        }
        for (name, value) in take(&mut self.input).iter() {
            made = made.with(name, value.clone());
        }
        let made = put!(made, self);
        self.spent("`kind`, `text`, `planned`, `at`, `due`, `assignee` and `input`")?;
        Ok(made)
    }

    pub(crate) fn act(mut self) -> Result<Act, Fault> {
        let made = put!(self.reason.take().map_or_else(Act::new, Act::because), self);
        self.spent("`reason`")?;
        Ok(made)
    }

    /// Which customer a lead becomes: for a pipeline, that is decided.
    pub(crate) fn take_customer(&mut self) -> Result<SmolStr, Fault> {
        self.customer.take().ok_or_else(|| wrong("`wish`: `customer` is missing"))
    }

    pub(crate) fn conversion(mut self) -> Result<Conversion, Fault> {
        let mut made = Conversion::new();
        if let Some(pipeline) = self.pipeline.take() {
            made = made.into_pipeline(pipeline);
        }
        if let Some(stage) = self.stage.take() {
            made = made.in_stage(stage);
        }
        if let Some(id) = self.customer.take() {
            made = made.naming(id);
        }
        if let Some(customer) = self.link.take() {
            made = made.linking(customer);
        }
        for (name, value) in take(&mut self.input).iter() {
            made = made.with_input(name, value.clone());
        }
        let made = put!(made, self);
        self.spent("`pipeline`, `stage`, `customer`, `link` and `input`")?;
        Ok(made)
    }

    pub(crate) fn erasure(mut self) -> Result<Erasure, Fault> {
        let mut made = Erasure::keeping(take(&mut self.keep));
        if let Some(name) = self.rename.take() {
            made = made.renaming(name);
        }
        if let Some(reason) = self.reason.take() {
            made = made.because(reason);
        }
        let made = put!(made, self);
        self.spent("`keep`, `rename` and `reason`")?;
        Ok(made)
    }

    pub(crate) fn carry_out(mut self) -> Result<CarryOut, Fault> {
        let action = self.action.take().ok_or_else(|| wrong("`wish`: `action` is missing"))?;
        let mut made = CarryOut::action(action);
        for (name, value) in take(&mut self.input).iter() {
            made = made.with(name, value.clone());
        }
        let made = put!(made, self);
        self.spent("`action` and `input`")?;
        Ok(made)
    }

    /// What became of work: exactly one of `done`, `failed`, `undone` and `to`.
    pub(crate) fn report(mut self) -> Result<Report, Fault> {
        let (done, undone) = (take(&mut self.done), take(&mut self.undone));
        let mut made = match (done, self.failed.take(), undone, self.to.take()) {
            (true, None, false, None) => Report::done(),
            (false, Some(why), false, None) => Report::failed(why),
            (false, None, true, None) => Report::undone(),
            (false, None, false, Some(whom)) => Report::given_to(whom),
            _ => return Err(wrong("`wish`: a report has one of `done`, `failed`, `undone` and `to`")),
        };
        for (name, value) in take(&mut self.input).iter() {
            made = made.with(name, value.clone());
        }
        let made = put!(made, self);
        self.spent("`done`, `failed`, `undone` or `to`, and `input`")?;
        Ok(made)
    }

    /// Nothing is left that the operation does not know.
    fn spent(self, takes: &str) -> Result<(), Fault> {
        if self == Self::default() {
            return Ok(());
        }
        Err(wrong(format!("`wish`: here it takes {takes}, `expect_version` and `key`, and nothing else")))
    }
}
