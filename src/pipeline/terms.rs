//! What the judge reads of a listed step, worked out once at load by the judge's own rules.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::compile::{Compiled, Terms};
use crate::criteria::{Criteria, Packed};
use crate::policy::Step;

impl Compiled {
    /// Settles the terms of every listed step: its conditions in the order of judgement, those of many steps once.
    pub(super) fn settle(mut self) -> Self {
        let packed: Vec<Option<Packed>> =
            self.conditions.iter().map(|condition| Criteria::pack(&condition.criteria)).collect();
        let mut terms = alloc::vec![Terms { conditions: [].into(), packed: Some(Packed::all([])) }];
        let mut known: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        let mut steps = core::mem::take(&mut self.policy.steps);
        for step in steps.iter_mut() {
            let asks = self.asks_of(step).next().is_some();
            step.asks = asks;
            let [exit, own, entry] = self.demands(step);
            if exit.len() + own.len() + entry.len() == 0 {
                step.terms = 0;
                continue;
            }
            let conditions = [exit, own, entry].concat();
            if let Some(place) = known.get(&conditions) {
                step.terms = *place;
                continue;
            }
            let parts = conditions.iter().map(|at| packed.get(*at as usize).and_then(Option::as_ref));
            let parts: Option<Vec<&Packed>> = parts.collect();
            let place = u32::try_from(terms.len()).unwrap_or(Step::UNSETTLED);
            terms.push(Terms { packed: parts.map(Packed::all), conditions: conditions.as_slice().into() });
            known.insert(conditions, place);
            step.terms = place;
        }
        self.policy.steps = steps;
        self.terms = terms;
        self
    }
}
