//! The moves that the engine makes by itself (S13, S54).

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::definition::AutomationDef;
use crate::effect::{Effect, EffectTrigger};
use crate::facts::RecordFacts;
use crate::offset::Offset;
use crate::record::Record;
use crate::request::Request;
use crate::time::Timestamp;
use crate::value::Value;

use super::Pipeline;
use super::moves::NO_INPUT;

/// How many changes may lead to each other, each by the one before, until they are stopped (S13).
#[cfg(feature = "std")]
pub(crate) const MOST_IN_A_ROW: u16 = 8;

impl Pipeline {
    /// Who makes the moves of the definition itself: a program that has every role there is, so that it may do what
    /// anybody may, and nothing that nobody may; but it approves nothing, which takes a person (S61b). `id` is the
    /// automation, or the action that a move follows.
    pub fn automaton(&self, id: &str) -> Actor {
        self.with_every_role(Actor::automation(id))
    }

    pub(crate) fn with_every_role(&self, actor: Actor) -> Actor {
        self.roles().ids().fold(actor, Actor::with_role)
    }

    /// The request that an effect of the kind [`Move`](crate::EffectKind::Move) stands for; none for other effects. It is
    /// about the visit that the effect belongs to, and has a key of its own, so that it is carried out once.
    pub fn automatic(&self, effect: &Effect) -> Option<Request> {
        let Some(Value::Text(mv)) = effect.args.get("move") else { return None };
        let mut request = Request::mv(mv.clone()).expecting_visit(effect.visit).with_key(effect.move_key()?);
        for (name, value) in effect.args.iter() {
            if let Some(input) = name.strip_prefix("input.") {
                request = request.with_input(SmolStr::new(input), value.clone());
            }
        }
        request.backward = effect.args.get("backward") == Some(&Value::Bool(true));
        request.depth = effect.depth.saturating_add(1);
        Some(request)
    }

    /// When a timed move for want of activity is to be looked at again, counted from `from`; none for other effects.
    pub fn next_idle(&self, effect: &Effect, record: &Record, from: Timestamp) -> Option<Timestamp> {
        let Some(Value::Text(idle)) = effect.args.get("idle") else { return None };
        // What stood against it may be mended the next day.
        let zone = self.zone_of(record);
        let tomorrow = zone.after(from, Offset::days(1))?;
        zone.after(from, idle.parse().ok()?).map(|whole| whole.min(tomorrow))
    }

    /// Whether the condition of the automation that planned a move still holds. One that the definition does not have
    /// any more does not.
    pub fn still_wanted(&self, effect: &Effect, record: &Record, now: Timestamp) -> bool {
        if effect.trigger == EffectTrigger::Act {
            return true;
        }
        let rules = &self.compiled.document.automation;
        let Some(place) = rules.iter().position(|rule: &AutomationDef| rule.id == effect.action) else {
            return false;
        };
        let when = self.compiled.automation_conditions.get(place).copied().flatten();
        let actor = self.automaton(&effect.action);
        let facts = RecordFacts {
            compiled: &self.compiled,
            record,
            entering: None,
            actor: &actor,
            input: &NO_INPUT,
            now,
        };
        facts.meet(when)
    }
}
