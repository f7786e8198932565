//! Why, and why not: every move and every stage.

use alloc::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use crate::actor::Actor;
use crate::catalog::StageIx;
use crate::facts::RecordFacts;
use crate::policy::Step;
use crate::record::Record;
use crate::refusal::{Reason, Route};
use crate::time::Timestamp;

use super::judge::Inputs;
use super::moves::NO_INPUT;
use super::{Pipeline, Who};

/// What stands for and against every move and every stage of a pipeline, for one record and actor.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Explanation {
    /// Every listed move, and the implied ones that start here, in definition order.
    pub moves: Vec<MoveExplanation>,
    /// Every stage, in definition order.
    pub stages: Vec<StageExplanation>,
}

/// Whether something is open to the actor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "standing", content = "reasons")]
pub enum Standing {
    /// It is.
    Allowed,
    /// It is not, for these reasons.
    Refused(Vec<Reason>),
    /// The record is there already.
    Here,
}

/// One move, explained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoveExplanation {
    /// The id.
    pub id: SmolStr,
    /// The text of its button.
    pub label: SmolStr,
    /// The id of the stage it leads to.
    pub to: SmolStr,
    /// Whether it is open to the actor.
    #[serde(flatten)]
    pub standing: Standing,
    /// The inputs it asks for.
    pub asks: Vec<SmolStr>,
    /// The roles whose holders may make it, conditions apart, if need be as owners of the record. An
    /// [`Authorizer`](crate::Authorizer) is asked about somebody who has one role and the id of the owner.
    pub who_could: Vec<SmolStr>,
}

/// One stage, explained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageExplanation {
    /// The id.
    pub id: SmolStr,
    /// Whether it is one move away for the actor.
    #[serde(flatten)]
    pub standing: Standing,
    /// The shortest lawful way, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
}

impl Explanation {
    /// The move with this id.
    pub fn mv(&self, id: &str) -> Option<&MoveExplanation> {
        self.moves.iter().find(|mv| mv.id == id)
    }

    /// The stage with this id.
    pub fn stage(&self, id: &str) -> Option<&StageExplanation> {
        self.stages.iter().find(|stage| stage.id == id)
    }
}

impl Pipeline {
    /// Every move and every stage: allowed, or refused with all reasons, and who could. Asking
    /// changes nothing (S3).
    pub fn explain(&self, record: &Record, actor: &Actor, now: Timestamp) -> Explanation {
        let who = self.who(record, actor);
        let facts =
            RecordFacts { compiled: &self.compiled, record, entering: None, actor, input: &NO_INPUT, now };
        let place = self.place(record);
        let moves = self.explain_moves(&place, who, &facts);
        let mut routes = place.as_ref().ok().map(|from| self.routes(*from, record, actor));
        let stages = self.compiled.catalog.indices().map(|ix| {
            let standing = self.standing_of_stage(ix, &place, who, &facts);
            let refused = matches!(standing, Standing::Refused(_));
            let route = routes.as_mut().filter(|_| refused).and_then(|routes| routes.to(ix));
            StageExplanation { id: self.compiled.catalog.get(ix).id.clone(), standing, route }
        });
        Explanation { moves, stages: stages.collect() }
    }

    fn explain_moves(
        &self,
        place: &Result<Option<StageIx>, Reason>,
        who: Who,
        facts: &RecordFacts<'_>,
    ) -> Vec<MoveExplanation> {
        let policy = &self.compiled.policy;
        let mut moves = Vec::with_capacity(policy.moves.len());
        for (mv, position) in policy.moves.iter().zip(0_u32..) {
            let ix = crate::policy::MoveIx::new(position);
            let step = place.as_ref().map(|from| policy.steps.get(*from, ix));
            let standing = match step {
                Err(orphaned) => Standing::Refused(alloc::vec![orphaned.clone()]),
                Ok(Some(step)) => self.standing(step, who, facts),
                Ok(None) => {
                    let from = place.as_ref().ok().copied().flatten();
                    Standing::Refused(alloc::vec![self.not_from(from, position)])
                }
            };
            let here = step.ok().flatten().copied();
            let any = here.or_else(|| policy.steps.iter().find(|step| step.mv == Some(ix)).copied());
            moves.push(MoveExplanation {
                id: mv.id.clone(),
                label: here
                    .map_or_else(|| mv.label.clone(), |step| SmolStr::new(self.compiled.move_label(&step))),
                to: self.compiled.catalog.get(mv.to).id.clone(),
                standing,
                asks: any.map(|step| self.ask_names(&step)).unwrap_or_default(),
                who_could: any.map(|step| self.who_could(&step, facts.record)).unwrap_or_default(),
            });
        }
        for step in self.implied_from(place.as_ref().ok().copied()) {
            moves.push(MoveExplanation {
                id: self.compiled.move_id(&step),
                label: SmolStr::new(self.compiled.move_label(&step)),
                to: self.compiled.catalog.get(step.to).id.clone(),
                standing: self.standing(&step, who, facts),
                asks: self.ask_names(&step),
                who_could: self.who_could(&step, facts.record),
            });
        }
        moves
    }

    fn ask_names(&self, step: &Step) -> Vec<SmolStr> {
        self.compiled.asks_of(step).map(|ask| ask.name.clone()).collect()
    }

    fn standing(&self, step: &Step, who: Who, facts: &RecordFacts<'_>) -> Standing {
        if self.is_open(step, who, facts) {
            return Standing::Allowed;
        }
        Standing::Refused(self.reasons_against(step, who, facts, Inputs::Pending))
    }

    fn standing_of_stage(
        &self,
        ix: StageIx,
        place: &Result<Option<StageIx>, Reason>,
        who: Who,
        facts: &RecordFacts<'_>,
    ) -> Standing {
        match place {
            Err(orphaned) => Standing::Refused(alloc::vec![orphaned.clone()]),
            Ok(from) if *from == Some(ix) => Standing::Here,
            Ok(from) => self.stage_standing(*from, ix, who, facts),
        }
    }

    fn stage_standing(
        &self,
        from: Option<StageIx>,
        to: StageIx,
        who: Who,
        facts: &RecordFacts<'_>,
    ) -> Standing {
        let steps = self.steps_to(from, to);
        if steps.is_empty() {
            let id = &self.compiled.catalog.get(to).id;
            return Standing::Refused(alloc::vec![self.out_of_reach(from, to, id)]);
        }
        let open: Vec<&Step> = steps.iter().filter(|step| self.is_open(step, who, facts)).collect();
        if let Some(reason) = self.ambiguous(&open) {
            return Standing::Refused(alloc::vec![reason]);
        }
        if !open.is_empty() {
            return Standing::Allowed;
        }
        let reasons = steps.iter().flat_map(|step| self.reasons_against(step, who, facts, Inputs::Pending));
        Standing::Refused(reasons.collect())
    }
}
