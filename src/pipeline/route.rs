//! The shortest lawful way.

use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::actor::Actor;
use crate::catalog::StageIx;
use crate::policy::Step;
use crate::record::Record;
use crate::refusal::{Route, RouteStep};
use crate::request::Target;

use super::{Pipeline, Who};

impl Pipeline {
    /// The shortest way from the record's stage to `stage` by moves that this actor may make,
    /// assuming that conditions can be met and inputs given; each step says which. Among ways of one
    /// length, definition order decides.
    ///
    /// None when there is no way, or no such stage.
    pub fn route(&self, record: &Record, stage: &str, actor: &Actor) -> Option<Route> {
        let to = self.compiled.catalog.index_of(stage)?;
        let from = self.place(record).ok()?;
        self.shortest(from, self.who(record, actor), |step| step.to == to, from == Some(to))
    }

    /// The way to what a refused request was after.
    pub(super) fn route_of(&self, record: &Record, target: &Target, actor: &Actor) -> Option<Route> {
        let from = self.place(record).ok()?;
        let who = self.who(record, actor);
        match target {
            Target::Stage(stage) => self.route(record, stage, actor).filter(|route| !route.steps.is_empty()),
            Target::Move(id) => {
                let mv = self.compiled.policy.index_of(id)?;
                self.shortest(from, who, |step| step.mv == Some(mv), false)
            }
        }
    }

    /// The shortest way to a step.
    fn shortest(
        &self,
        from: Option<StageIx>,
        who: Who,
        arrives: impl Fn(&Step) -> bool,
        there: bool,
    ) -> Option<Route> {
        if there {
            return Some(Route::default());
        }
        let (came_by, last) = self.search(from, who, arrives);
        last.map(|last| self.retrace(from, last, &came_by))
    }

    /// The shortest way to every stage that can be reached, by its place.
    pub(super) fn routes(&self, from: Option<StageIx>, who: Who) -> Vec<Option<Route>> {
        let (came_by, _) = self.search(from, who, |_| false);
        came_by.iter().map(|last| last.map(|last| self.retrace(from, last, &came_by))).collect()
    }

    /// Breadth first over the steps that the actor may make: by which each stage is reached first, and
    /// the first step that arrives.
    fn search(
        &self,
        from: Option<StageIx>,
        who: Who,
        arrives: impl Fn(&Step) -> bool,
    ) -> (Vec<Option<Step>>, Option<Step>) {
        let compiled = &*self.compiled;
        let stages = compiled.catalog.stages.len();
        let mut came_by: Vec<Option<Step>> = alloc::vec![None; stages];
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            let listed = compiled.policy.steps.of(at).iter().copied();
            for step in listed.chain(self.implied_from(Some(at))) {
                if !self.can_be_made(&step, who) {
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

    fn can_be_made(&self, step: &Step, who: Who) -> bool {
        self.compiled.permits(step, who)
            && self.compiled.order_allows(step, who)
            && !self.compiled.catalog.get(step.to).is_archived
    }

    fn retrace(&self, from: Option<StageIx>, last: Step, came_by: &[Option<Step>]) -> Route {
        let mut steps = alloc::vec![self.route_step(&last)];
        let mut at = last.from;
        while at != from {
            let Some(step) = at.and_then(|at| came_by.get(at.index())).and_then(Option::as_ref) else {
                break;
            };
            steps.push(self.route_step(step));
            at = step.from;
        }
        steps.reverse();
        Route { steps }
    }

    fn route_step(&self, step: &Step) -> RouteStep {
        let compiled = &*self.compiled;
        let conditions = compiled.conditions_of(step).map(|condition| condition.criteria.expr().to_string());
        RouteStep {
            mv: String::from(compiled.move_id(step)),
            label: String::from(compiled.move_label(step)),
            to: String::from(compiled.catalog.get(step.to).id()),
            asks: compiled.asks_of(step).map(|ask| String::from(ask.name())).collect(),
            conditions: conditions.collect(),
            approval: step.approval,
        }
    }
}
