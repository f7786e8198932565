//! The reference: what the semantics say of one step, by linear search over the document.

use lifestage::catalog::Outcome;
use lifestage::criteria::{FieldType, Source};
use lifestage::definition::{Definition, ExitScope, InputDef, MoveDef, MoveKind, StageDef};
use lifestage::journal::Direction;
use lifestage::{Actor, Capability, ReasonCode, Value};

use crate::conditions::{Seen, meaning};
use crate::state::{Answers, State};

/// A move from where the record is, listed or implied.
#[derive(Clone, Copy)]
pub struct Step<'d> {
    pub mv: Option<&'d MoveDef>,
    pub from: Option<&'d str>,
    pub to: &'d str,
    pub kind: MoveKind,
}

impl Step<'_> {
    pub fn id(&self) -> String {
        self.mv.map_or_else(|| format!("to:{}", self.to), |mv| mv.id.to_string())
    }

    pub fn label(&self) -> &str {
        self.mv.map_or(self.to, |mv| &mv.label)
    }

    /// A re-entry leaves and enters; an internal move does neither (S5).
    fn crosses(&self) -> bool {
        self.kind != MoveKind::Internal
    }
}

/// How far the answers to what a move asks for are known.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    /// They are yet to be asked for, as for a button.
    Coming,
    /// Those given count in conditions; whether they are complete is not asked yet.
    Begun,
    /// They are to be complete.
    Filled,
}

/// One request as the gate sees it.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub state: &'a State,
    pub actor: &'a Actor,
    pub input: &'a Answers,
    pub form: Form,
    /// Whether an automation was told that it may go backward.
    pub backward: bool,
    pub now: lifestage::Timestamp,
}

pub struct Gate<'d>(pub &'d Definition);

impl<'d> Gate<'d> {
    pub fn stage(&self, id: &str) -> Option<&'d StageDef> {
        self.0.stages.iter().find(|stage| stage.id == id)
    }

    pub fn mv(&self, id: &str) -> Option<&'d MoveDef> {
        self.0.policy.moves.iter().find(|mv| mv.id == id)
    }

    pub fn outcome(&self, stage: &str) -> Outcome {
        let category = &self.stage(stage).unwrap().category;
        self.0.categories.iter().find(|known| known.id == *category).unwrap().outcome
    }

    pub fn is_final(&self, stage: Option<&str>) -> bool {
        stage.is_some_and(|stage| self.stage(stage).unwrap().is_final)
    }

    // Who may.

    fn holds(&self, actor: &Actor, role: &str) -> bool {
        let mut held: Vec<&str> = actor.roles().iter().map(|role| role.as_str()).collect();
        let mut at = 0;
        while at < held.len() {
            if let Some(role) = self.0.roles.get(held[at]) {
                held.extend(role.inherits.iter().map(|role| role.as_str()));
            }
            at += 1;
        }
        self.0.roles.get(role).is_some() && held.contains(&role)
    }

    /// Deny by default; `own` reaches the records one owns (S55).
    pub fn lacks(&self, actor: &Actor, capability: Capability, is_owner: bool) -> Option<ReasonCode> {
        let grants = self.0.roles.iter().filter(|(id, _)| self.holds(actor, id));
        let grants = grants.flat_map(|(_, role)| &role.can).filter(|grant| grant.capability == capability);
        let reaches: Vec<_> = grants.map(|grant| grant.reach).collect();
        if reaches.is_empty() {
            Some(ReasonCode::PermissionDenied)
        } else if reaches.contains(&lifestage::Reach::All) || is_owner {
            None
        } else {
            Some(ReasonCode::NotOwner)
        }
    }

    fn permission(&self, step: &Step<'_>, asking: &Asking<'_>, codes: &mut Vec<ReasonCode>) {
        let is_owner = asking.state.owner.as_deref() == Some(asking.actor.id());
        codes.extend(self.lacks(asking.actor, Capability::Move, is_owner));
        let Some(mv) = step.mv else { return };
        if !mv.roles.is_empty() && !mv.roles.iter().any(|role| self.holds(asking.actor, role)) {
            codes.push(ReasonCode::PermissionDenied);
        }
        if mv.owner_only && !is_owner {
            codes.push(ReasonCode::NotOwner);
        }
    }

    // Which steps there are.

    /// The kind of step a move is from a stage, if it starts there.
    fn source(&self, mv: &MoveDef, from: Option<&str>) -> Option<MoveKind> {
        let named = mv.from.0.iter().find(|source| source.stage == from.unwrap_or("none"));
        if let Some(source) = named {
            return Some(source.kind);
        }
        let stage = self.stage(from?).unwrap();
        let excepted = stage.is_final || stage.archived || stage.id == mv.to || mv.except.contains(&stage.id);
        let open = self.outcome(&stage.id) == Outcome::Open;
        let covers = |text: &str| match text {
            "any" => true,
            "any_open" => open,
            _ => text.strip_prefix("category:") == Some(&stage.category),
        };
        let wildcard = mv.from.0.iter().find(|source| covers(&source.stage))?;
        (!excepted).then_some(wildcard.kind)
    }

    pub fn listed(&self, from: Option<&'d str>) -> Vec<Step<'d>> {
        let steps = self.0.policy.moves.iter().filter_map(|mv| {
            let kind = self.source(mv, from)?;
            Some(Step { mv: Some(mv), from, to: &mv.to, kind })
        });
        steps.collect()
    }

    /// What `free` implies; a listed move replaces it for the same two stages (S8).
    pub fn implied(&self, from: Option<&'d str>, to: &'d StageDef) -> Option<Step<'d>> {
        let listed = self.listed(from).iter().any(|step| step.to == to.id);
        let open = self.0.policy.free && !listed && !to.archived && !self.is_final(from);
        let step = Step { mv: None, from, to: &to.id, kind: MoveKind::Ordinary };
        (open && from != Some(&to.id)).then_some(step)
    }

    pub fn steps(&self, from: Option<&'d str>) -> Vec<Step<'d>> {
        let implied = self.0.stages.iter().filter_map(|to| self.implied(from, to));
        self.listed(from).into_iter().chain(implied).collect()
    }

    pub fn steps_to(&self, from: Option<&'d str>, to: &str) -> Vec<Step<'d>> {
        self.steps(from).into_iter().filter(|step| step.to == to).collect()
    }

    // The order of the stages.

    fn place(&self, stage: &str) -> (usize, usize) {
        let at = self.0.stages.iter().position(|known| known.id == stage).unwrap();
        let category = &self.0.stages[at].category;
        (self.0.categories.iter().position(|known| known.id == *category).unwrap(), at)
    }

    /// How many open stages in use lie before this one; none if it is not one of them (S7).
    fn rank(&self, stage: &str) -> Option<usize> {
        let counted = |stage: &StageDef| !stage.archived && self.outcome(&stage.id) == Outcome::Open;
        let before =
            self.0.stages.iter().filter(|known| counted(known) && self.place(&known.id) < self.place(stage));
        counted(self.stage(stage).unwrap()).then(|| before.count())
    }

    pub fn direction(&self, from: Option<&str>, to: &str) -> Direction {
        let Some(from) = from else {
            let open = self.outcome(to) == Outcome::Open;
            return if open { Direction::Forward } else { Direction::Closing };
        };
        let open = |stage: &str| self.outcome(stage) == Outcome::Open;
        if open(from) && !open(to) {
            Direction::Closing
        } else if !open(from) && open(to) {
            Direction::Reopening
        } else if from == to || self.outcome(from) != self.outcome(to) {
            Direction::Across
        } else if self.place(from) < self.place(to) {
            Direction::Forward
        } else {
            Direction::Backward
        }
    }

    fn order(&self, step: &Step<'_>, asking: &Asking<'_>, codes: &mut Vec<ReasonCode>) {
        let ranks = step.from.and_then(|from| self.rank(from)).zip(self.rank(step.to));
        let ordinary = step.kind == MoveKind::Ordinary;
        if self.0.policy.no_skipping && ordinary && ranks.is_some_and(|(from, to)| to > from + 1) {
            codes.push(ReasonCode::NoSkipping);
        }
        let forbidden = self.0.policy.no_backward && ordinary && ranks.is_some_and(|(from, to)| to < from);
        // An automation needs to be told, also for a declared step back; a revival is never backward.
        let backward =
            self.direction(step.from, step.to) == Direction::Backward && step.kind != MoveKind::Revive;
        if forbidden || (asking.actor.is_automation() && !asking.backward && backward) {
            codes.push(ReasonCode::NoBackward);
        }
    }

    // Criteria.

    fn seen<'a>(&self, asking: &Asking<'a>) -> Seen<'a> {
        let state = asking.state;
        Seen {
            fields: &state.fields,
            input: asking.input,
            stage: state.stage.as_deref(),
            owner: state.owner.as_deref(),
            entered_at: state.entered_at,
            actor: asking.actor.id(),
            roles: asking.actor.roles().iter().map(|role| role.as_str()).collect(),
            now: asking.now,
        }
    }

    /// What each part that does not hold is called. One on input not given yet is not held against
    /// a button.
    pub fn condition(&self, source: &Source, asking: &Asking<'_>, codes: &mut Vec<ReasonCode>) {
        let meaning = meaning(&source.expr().unwrap().to_string());
        if asking.form == Form::Coming && meaning.input.is_some() {
            return;
        }
        for part in meaning.parts {
            match part(&self.seen(asking)) {
                Some(true) => {}
                Some(false) => codes.push(ReasonCode::CriteriaUnmet),
                None => codes.push(ReasonCode::CriteriaUnknown),
            }
        }
    }

    pub fn holds_all(&self, source: Option<&Source>, asking: &Asking<'_>) -> bool {
        let mut codes = Vec::new();
        source.iter().for_each(|source| self.condition(source, asking, &mut codes));
        codes.is_empty()
    }

    fn demands(
        &self,
        when: Option<&Source>,
        required: &[lifestage::SmolStr],
        asking: &Asking<'_>,
        codes: &mut Vec<ReasonCode>,
    ) {
        when.into_iter().for_each(|when| self.condition(when, asking, codes));
        let missing = required.iter().filter(|field| !asking.state.fields.contains_key(field.as_str()));
        codes.extend(missing.map(|_| ReasonCode::CriteriaUnknown));
    }

    /// Leaving, moving, entering (S8a).
    fn criteria(&self, step: &Step<'_>, asking: &Asking<'_>, codes: &mut Vec<ReasonCode>) {
        if let Some(old) = step.from.filter(|_| step.crosses()).map(|from| self.stage(from).unwrap()) {
            let direction = self.direction(step.from, step.to);
            let won = direction == Direction::Closing && self.outcome(step.to) == Outcome::Won;
            let all = old.exit.as_ref().is_some_and(|exit| exit.applies_to == ExitScope::All);
            if all || won || direction == Direction::Forward {
                self.demands(old.exit.as_ref().map(|exit| &exit.when), &old.leave_requires, asking, codes);
            }
        }
        let own = step.mv.and_then(|mv| mv.when.as_ref());
        own.into_iter().for_each(|when| self.condition(when, asking, codes));
        if step.crosses() {
            self.entry(step.to, asking, codes);
        }
    }

    pub fn entry(&self, stage: &str, asking: &Asking<'_>, codes: &mut Vec<ReasonCode>) {
        let stage = self.stage(stage).unwrap();
        self.demands(stage.entry.as_ref(), &stage.enter_requires, asking, codes);
    }

    // Input.

    /// What a step asks for: the move's, the stage's, its category's (S11).
    pub fn asks(&self, step: &Step<'d>) -> Vec<(&'d str, &'d InputDef)> {
        let mut asks: Vec<(&str, &InputDef)> = Vec::new();
        let own = step.mv.into_iter().flat_map(|mv| mv.input.iter());
        asks.extend(own.map(|(name, def)| (name.as_str(), def)));
        if step.crosses() {
            let stage = self.stage(step.to).unwrap();
            let category = self.0.categories.iter().find(|category| category.id == stage.category).unwrap();
            let entry = stage.input.iter().chain(category.input.iter());
            asks.extend(entry.map(|(name, def)| (name.as_str(), def)));
        }
        asks
    }

    /// Each name once; every place that asks for it must be content.
    pub fn input(&self, step: &Step<'d>, input: &Answers, codes: &mut Vec<ReasonCode>) {
        let asks = self.asks(step);
        let blank = |value: &&Value| matches!(value, Value::Text(text) if text.trim().is_empty());
        let given = |name: &str| input.get(name).filter(|value| !blank(value));
        let mut judged: Vec<&str> = Vec::new();
        for (name, _) in &asks {
            if judged.contains(name) {
                continue;
            }
            judged.push(name);
            let same: Vec<&InputDef> = asks.iter().filter(|ask| ask.0 == *name).map(|ask| ask.1).collect();
            match given(name) {
                None if same.iter().any(|ask| !ask.optional) => codes.push(ReasonCode::MissingInput),
                Some(value) if same.iter().any(|ask| !answers(ask, value)) => {
                    codes.push(ReasonCode::InvalidInput);
                }
                _ => {}
            }
            let noted = |ask: &&InputDef| matches!(given(name), Some(Value::Text(text)) if ask.note_for.contains(text));
            if same.iter().any(noted) && given("note").is_none() {
                codes.push(ReasonCode::MissingInput);
            }
        }
        for (name, value) in input {
            let note = name == "note" && matches!(value, Value::Text(_));
            if !note && !judged.contains(&name.as_str()) {
                codes.push(ReasonCode::InvalidInput);
            }
        }
    }

    /// Every reason against a step, approval apart, in the order of S1.
    pub fn reasons(&self, step: &Step<'d>, asking: &Asking<'_>) -> Vec<ReasonCode> {
        let mut codes = Vec::new();
        self.permission(step, asking, &mut codes);
        codes.extend(self.reasons_past_permission(step, asking));
        codes
    }

    pub fn reasons_past_permission(&self, step: &Step<'d>, asking: &Asking<'_>) -> Vec<ReasonCode> {
        let mut codes = Vec::new();
        self.order(step, asking, &mut codes);
        self.criteria(step, asking, &mut codes);
        if asking.form == Form::Filled {
            self.input(step, asking.input, &mut codes);
        }
        codes
    }

    /// Whether somebody may make the step at all, conditions and input apart: a road of a route.
    pub fn is_road(&self, step: &Step<'d>, asking: &Asking<'_>) -> bool {
        let mut codes = Vec::new();
        self.permission(step, asking, &mut codes);
        self.order(step, asking, &mut codes);
        codes.is_empty()
    }
}

/// Whether a value is of the type and among the answers allowed.
fn answers(ask: &InputDef, value: &Value) -> bool {
    match (ask.field_type, value) {
        (FieldType::Int, Value::Int(_)) => true,
        (FieldType::String, Value::Text(text)) => ask.one_of.is_empty() || ask.one_of.contains(text),
        _ => false,
    }
}
