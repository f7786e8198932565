//! The reference's record: what a change leaves behind.

use std::collections::BTreeMap;

use lifestage::catalog::Outcome;
use lifestage::definition::Repeat;
use lifestage::journal::{Direction, RowKind};
use lifestage::{EffectTrigger, Record, Timestamp, Value};

pub type Answers = BTreeMap<String, Value>;

#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    pub seq: u64,
    pub mv: String,
    pub by: String,
    pub input: Answers,
    pub visit: u64,
}

/// A stay as S39 counts it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    pub seq: u64,
    pub stage: Option<String>,
    pub entered: (Timestamp, String),
    pub left: Option<(Timestamp, String)>,
    pub corrected: bool,
}

/// One row, as far as the semantics say what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub seq: u64,
    pub kind: RowKind,
    pub mv: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub direction: Option<Direction>,
    pub actor: String,
    pub forced: bool,
    pub refers_to: Option<u64>,
    pub effective_at: Timestamp,
    pub version_after: u64,
    pub closed_before: (Option<Timestamp>, Option<String>),
    /// Action, trigger and visit of each effect, in order.
    pub effects: Vec<(String, EffectTrigger, u64)>,
    /// The fields it changed, with what they hold afterwards.
    pub facts: BTreeMap<String, Option<Value>>,
    pub input: Answers,
}

/// What the record remembers, plus its whole past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub stage: Option<String>,
    pub version: u64,
    pub seq: u64,
    pub visit: u64,
    pub entered_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    pub owner: Option<String>,
    pub fields: BTreeMap<String, Value>,
    pub closed_at: Option<Timestamp>,
    pub lost_reason: Option<String>,
    pub open: Vec<Open>,
    pub stays: Vec<Stay>,
    pub lines: Vec<Line>,
    /// Actions that happen once and have happened.
    pub fired: Vec<String>,
}

impl State {
    pub fn visits_of(&self, stage: &str) -> usize {
        self.stays.iter().filter(|stay| stay.stage.as_deref() == Some(stage)).count()
    }

    /// Whether an action may happen again (S48). `entering` is true before the visit has begun.
    pub fn may_repeat(&self, action: &str, repeat: Repeat, stage: Option<&str>, entering: bool) -> bool {
        match repeat {
            Repeat::EveryVisit => true,
            Repeat::FirstVisit => {
                stage.is_some_and(|stage| self.visits_of(stage) + usize::from(entering) == 1)
            }
            Repeat::Once => !self.fired.iter().any(|fired| fired == action),
        }
    }

    /// Begins a visit (S10, S39).
    pub fn begin(&mut self, line: &Line, outcomes: (Option<Outcome>, Option<Outcome>)) {
        if let Some(stay) = self.stays.last_mut() {
            stay.left = Some((line.effective_at, line.actor.clone()));
        }
        if line.kind == RowKind::Correction
            && let Some(stay) = self.stays.iter_mut().find(|stay| Some(stay.seq) == line.refers_to)
        {
            stay.corrected = true;
        }
        self.stays.push(Stay {
            seq: line.seq,
            stage: line.to.clone(),
            entered: (line.effective_at, line.actor.clone()),
            left: None,
            corrected: false,
        });
        self.stage = line.to.clone();
        self.visit = line.seq;
        self.entered_at = Some(line.effective_at);
        self.open.clear();
        let reason = line.input.get("reason").map(ToString::to_string);
        match outcomes {
            (_, None | Some(Outcome::Open)) => {
                self.closed_at = None;
                self.lost_reason = None;
            }
            (before, Some(now)) => {
                if before != Some(now) {
                    self.closed_at = Some(line.effective_at);
                    self.lost_reason = None;
                }
                // A won record was not lost, whatever was asked.
                if now != Outcome::Won && reason.is_some() {
                    self.lost_reason = reason;
                }
            }
        }
    }

    /// Whether a record of the engine is in this state, and what differs if not.
    pub fn differs(&self, record: &Record) -> Option<String> {
        let fields: BTreeMap<String, Value> =
            record.fields().iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let open = record.proposals().iter().map(|open| Open {
            seq: open.seq,
            mv: open.mv.to_string(),
            by: open.by.to_string(),
            input: open.input.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
            visit: open.visit,
        });
        let checks = [
            ("stage", self.stage.as_deref() == record.stage()),
            ("version", self.version == record.version()),
            ("seq", self.seq == record.seq()),
            ("visit", self.visit == record.visit()),
            ("entered_at", self.entered_at == record.entered_at()),
            ("last_at", self.last_at == record.last_at()),
            ("owner", self.owner.as_deref() == record.owner()),
            ("fields", self.fields == fields),
            ("closed_at", self.closed_at == record.closed_at()),
            ("lost_reason", self.lost_reason.as_deref() == record.lost_reason()),
            ("proposals", self.open == open.collect::<Vec<_>>()),
            (
                "visits",
                self.stays.iter().all(|stay| {
                    let Some(stage) = &stay.stage else { return true };
                    self.visits_of(stage) == record.visits_of(stage) as usize
                }),
            ),
        ];
        let wrong = checks.iter().find(|(_, equal)| !equal).map(|(what, _)| *what);
        wrong.map(|what| format!("{what} differs: the model has\n{self:#?}\nthe engine\n{record:#?}"))
    }
}

/// A fact as it is kept: e-mail addresses without blanks around and in small letters (S57).
pub fn written(name: &str, value: &Value) -> Value {
    match value {
        Value::Text(text) if name == "email" => Value::from(text.trim().to_lowercase()),
        value => value.clone(),
    }
}
