//! The shortest lawful way.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::catalog::StageIx;
use crate::compile::Condition;
use crate::policy::Step;
use crate::record::Record;
use crate::refusal::{Route, RouteStep};
use crate::request::Target;

use super::{Pipeline, Who};

/// The steps told so far: ways that share a step tell it once.
type Told = Vec<(Step, RouteStep)>;

/// Who goes the way, and with which record.
#[derive(Clone, Copy)]
struct Walker<'w> {
    record: &'w Record,
    actor: &'w Actor,
    who: Who,
}

/// The shortest ways from one stage.
pub(super) struct Routes<'a> {
    pipeline: &'a Pipeline,
    from: Option<StageIx>,
    /// By which step each stage is reached.
    came_by: Vec<Option<Step>>,
    told: Told,
}

impl Routes<'_> {
    /// The way to a stage, if there is one.
    pub(super) fn to(&mut self, stage: StageIx) -> Option<Route> {
        let last = self.came_by.get(stage.index()).copied().flatten()?;
        Some(self.pipeline.retrace(self.from, last, &self.came_by, &mut self.told))
    }
}

impl Pipeline {
    /// The shortest way from the record's stage to `stage` by moves that this actor may make,
    /// assuming that conditions can be met and inputs given; each step says which. Among ways of one
    /// length, definition order decides.
    ///
    /// None when there is no way, or no such stage.
    pub fn route(&self, record: &Record, stage: &str, actor: &Actor) -> Option<Route> {
        let to = self.compiled.catalog.index_of(stage)?;
        let from = self.place(record).ok()?;
        self.shortest(from, self.walker(record, actor), |step| step.to == to, from == Some(to))
    }

    /// The way to what a refused request was after.
    pub(super) fn route_of(&self, record: &Record, target: &Target, actor: &Actor) -> Option<Route> {
        let from = self.place(record).ok()?;
        let walker = self.walker(record, actor);
        match target {
            Target::Stage(stage) => self.route(record, stage, actor).filter(|route| !route.steps.is_empty()),
            Target::Move(id) => {
                let mv = self.compiled.policy.index_of(id)?;
                self.shortest(from, walker, |step| step.mv == Some(mv), false)
            }
        }
    }

    /// The shortest way to a step.
    fn shortest(
        &self,
        from: Option<StageIx>,
        walker: Walker<'_>,
        arrives: impl Fn(&Step) -> bool,
        there: bool,
    ) -> Option<Route> {
        if there {
            return Some(Route::default());
        }
        let (came_by, last) = self.search(from, walker, arrives);
        let mut told = Told::new();
        last.map(|last| self.retrace(from, last, &came_by, &mut told))
    }

    /// The shortest ways to all stages that can be reached.
    pub(super) fn routes(&self, from: Option<StageIx>, record: &Record, actor: &Actor) -> Routes<'_> {
        let (came_by, _) = self.search(from, self.walker(record, actor), |_| false);
        Routes { pipeline: self, from, came_by, told: Told::new() }
    }

    /// Breadth first over the steps that the actor may make: by which each stage is reached first, and
    /// the first step that arrives.
    fn search(
        &self,
        from: Option<StageIx>,
        walker: Walker<'_>,
        arrives: impl Fn(&Step) -> bool,
    ) -> (Vec<Option<Step>>, Option<Step>) {
        let compiled = &*self.compiled;
        let stages = compiled.catalog.stages.len();
        let mut came_by: Vec<Option<Step>> = alloc::vec![None; stages];
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            let listed = compiled.policy.steps.of(at).iter().copied();
            for step in listed.chain(self.implied_from(Some(at))) {
                if !self.can_be_made(&step, walker) {
                    continue;
                }
                if arrives(&step) {
                    return (came_by, Some(step));
                }
                let fresh = Some(step.to) != from;
                if let Some(slot) = came_by.get_mut(step.to.index()).filter(|slot| fresh && slot.is_none()) {
                    *slot = Some(step);
                    queue.push_back(Some(step.to));
                }
            }
        }
        (came_by, None)
    }

    fn walker<'w>(&self, record: &'w Record, actor: &'w Actor) -> Walker<'w> {
        Walker { record, actor, who: self.who(record, actor) }
    }

    fn can_be_made(&self, step: &Step, walker: Walker<'_>) -> bool {
        let Walker { record, actor, who } = walker;
        self.permits(step, who, record, actor)
            && self.compiled.order_allows(step, who)
            && !self.compiled.catalog.get(step.to).is_archived
    }

    fn retrace(&self, from: Option<StageIx>, last: Step, came_by: &[Option<Step>], told: &mut Told) -> Route {
        let mut path = alloc::vec![last];
        let mut at = last.from;
        while at != from {
            let Some(step) = at.and_then(|at| came_by.get(at.index())).copied().flatten() else { break };
            path.push(step);
            at = step.from;
        }
        let tell = |step: &Step| match told.iter().find(|(known, _)| known == step) {
            Some((_, told)) => told.clone(),
            None => {
                let new = self.route_step(step);
                told.push((*step, new.clone()));
                new
            }
        };
        Route { steps: path.iter().rev().map(tell).collect() }
    }

    fn route_step(&self, step: &Step) -> RouteStep {
        let compiled = &*self.compiled;
        let conditions = compiled.conditions_of(step).map(Condition::text);
        RouteStep {
            mv: compiled.move_id(step),
            label: SmolStr::new(compiled.move_label(step)),
            to: compiled.catalog.get(step.to).id.clone(),
            asks: compiled.asks_of(step).map(|ask| ask.name.clone()).collect(),
            conditions: conditions.collect(),
            approval: step.approval,
        }
    }
}
