//! The buttons: what is open to this person now.

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::catalog::{Stage, StageIx};
use crate::compile::Compiled;
use crate::definition::{ActionDef, MoveKind};
use crate::facts::RecordFacts;
use crate::journal::Direction;
use crate::policy::{Ask as Question, Step};
use crate::record::Record;
use crate::time::Timestamp;
use crate::value::Fields;

use super::Pipeline;
use super::carry_out::is_used_up;

/// A move that is open to the actor now: a button.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    compiled: &'a Compiled,
    step: Step,
}

impl<'a> Offer<'a> {
    /// The id to ask for the move by.
    pub fn id(&self) -> SmolStr {
        self.compiled.move_id(&self.step)
    }

    /// The text of the button.
    pub fn label(&self) -> &'a str {
        let compiled: &'a Compiled = self.compiled;
        match self.step.mv {
            Some(_) => compiled.policy.label_of(&self.step),
            None => compiled.catalog.get(self.step.to).name(),
        }
    }

    /// The stage it leads to.
    pub fn to(&self) -> &'a Stage {
        self.compiled.catalog.get(self.step.to)
    }

    /// What kind of step it is.
    pub const fn kind(&self) -> MoveKind {
        self.step.kind
    }

    /// Which way it goes.
    pub const fn direction(&self) -> Direction {
        self.step.direction
    }

    /// What the person will be asked for: enough to draw a form.
    pub fn asks(&self) -> impl Iterator<Item = &'a Question> {
        self.compiled.asks_of(&self.step)
    }

    /// Whether a second person will have to approve.
    pub const fn needs_approval(&self) -> bool {
        self.step.approval
    }
}

/// An action that is open to the actor in the record's stage.
#[derive(Debug, Clone, Copy)]
pub struct OfferedAction<'a> {
    def: &'a ActionDef,
}

impl<'a> OfferedAction<'a> {
    /// Its definition: id, name, kind, arguments.
    pub const fn definition(&self) -> &'a ActionDef {
        self.def
    }
}

/// Nothing given yet.
pub(super) static NO_INPUT: Fields = Fields::new();

impl Pipeline {
    /// The moves open to this actor now, in definition order: the buttons (S3, S4).
    ///
    /// A move that asks for input is listed with what it asks for; a condition on input that is not
    /// given yet is not held against it.
    pub fn moves<'a>(
        &'a self,
        record: &'a Record,
        actor: &'a Actor,
        now: Timestamp,
    ) -> impl Iterator<Item = Offer<'a>> {
        let compiled = &*self.compiled;
        let who = self.who(record, actor);
        let facts = RecordFacts { compiled, record, entering: None, actor, input: &NO_INPUT, now };
        let place = self.place(record);
        let listed = place.as_ref().map_or(&[][..], |from| compiled.policy.steps.of(*from));
        let implied = self.implied_from(place.ok());
        let steps = listed.iter().copied().chain(implied);
        steps.filter(move |step| self.is_open(step, who, &facts)).map(move |step| Offer { compiled, step })
    }

    /// The moves that a free pipeline implies from here, in the order of the stages.
    pub(super) fn implied_from(&self, from: Option<Option<StageIx>>) -> impl Iterator<Item = Step> {
        let stages = self.compiled.catalog.indices().filter(|_| self.compiled.policy.free);
        stages.filter_map(move |to| self.implied(from?, to))
    }

    /// The actions open to this actor in the record's stage, in definition order (S51).
    pub fn actions<'a>(
        &'a self,
        record: &'a Record,
        actor: &'a Actor,
        now: Timestamp,
    ) -> impl Iterator<Item = OfferedAction<'a>> {
        let compiled = &*self.compiled;
        let who = self.who(record, actor);
        let facts = RecordFacts { compiled, record, entering: None, actor, input: &NO_INPUT, now };
        let here = self.place(record).ok().flatten();
        let offers = compiled.offers.iter().filter(move |offer| Some(offer.stage) == here);
        let open = offers
            .filter(move |offer| self.may_act(offer, record, actor, who) && facts.meet(offer.spec.when));
        // What has happened as often as it may is refused, and so not shown (S3, S48).
        let defs = open.filter_map(|offer| compiled.action_of(offer));
        defs.filter(|def| !is_used_up(def, record)).map(|def| OfferedAction { def })
    }
}
