//! The reference: how a record comes to be (S26a).

use lifestage::definition::{ActionTrigger, MoveKind, Repeat};
use lifestage::journal::RowKind;
use lifestage::{Capability, EffectTrigger, ReasonCode, Value};

use crate::gate::{Asking, Form, Step};
use crate::judge::{Judge, Verdict};
use crate::state::{Answers, State, written};

/// Where a record is to start.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    Default,
    Stage(String),
    NoStage,
}

impl<'a> Judge<'a> {
    /// The judge's state is the record to be: its facts and the owner it names.
    pub fn create(&self, start: &'a Start, input: &'a Answers) -> Verdict {
        let stages = &self.gate.0.stages;
        let stage = match start {
            Start::NoStage => None,
            Start::Default => stages.iter().find(|stage| stage.default),
            Start::Stage(id) => match self.gate.stage(id) {
                None => return Verdict::Refused(vec![ReasonCode::UnknownStage]),
                Some(stage) if stage.archived => return Verdict::Refused(vec![ReasonCode::ArchivedStage]),
                Some(stage) => Some(stage),
            },
        };
        let to = stage.map(|stage| stage.id.as_str());
        let own = self.state.owner.as_deref().is_none_or(|owner| owner == self.actor.id());
        let mut codes = match self.gate.lacks(self.actor, Capability::Create, own) {
            Some(ReasonCode::PermissionDenied) => vec![ReasonCode::NotPermittedToCreate],
            other => other.into_iter().collect(),
        };
        codes.extend(self.state.fields.iter().filter_map(|(name, value)| self.bad_fact(name, value)));
        let creator = !self.gate.0.policy.unowned_at_creation && !self.actor.is_automation();
        let owner = self.state.owner.clone().or_else(|| creator.then(|| self.actor.id().to_owned()));
        // Conditions see the record with its owner. Borrowed for as long as the judge lives.
        let owned: &'a State = Box::leak(Box::new(State { owner: owner.clone(), ..self.state.clone() }));
        let asking = Asking { state: owned, ..self.asking(input, Form::Filled, false) };
        if let Some(to) = to {
            self.gate.entry(to, &asking, &mut codes);
            let step = Step { mv: None, from: None, to, kind: MoveKind::Ordinary };
            self.gate.input(&step, input, &mut codes);
        }
        if !codes.is_empty() {
            return Verdict::Refused(codes);
        }
        let mut line = self.line(RowKind::Creation, None);
        line.to = to.map(str::to_owned);
        line.input = input.clone();
        let facts = self.state.fields.iter().map(|(name, value)| (name.clone(), Some(written(name, value))));
        line.facts = facts.collect();
        if let Some(owner) = &owner {
            line.facts.insert("record.owner".to_owned(), Some(Value::from(owner.as_str())));
        }
        let mut once = Vec::new();
        for action in stage.into_iter().flat_map(|stage| &stage.actions) {
            if action.on == ActionTrigger::Enter && self.gate.holds_all(action.when.as_ref(), &asking) {
                line.effects.push((action.id.to_string(), EffectTrigger::Enter, line.seq));
                once.extend((action.repeat == Repeat::Once).then(|| action.id.to_string()));
            }
        }
        let mut state = self.after(line.clone());
        state.owner = owner;
        state.fields.iter_mut().for_each(|(name, value)| *value = written(name, value));
        state.fired = once;
        state.begin(&line, (None, to.map(|to| self.gate.outcome(to))));
        Verdict::Moved(Box::new(state))
    }
}
