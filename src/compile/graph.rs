use alloc::vec;
use alloc::vec::Vec;

use super::Compiler;
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::finding::At;
use crate::policy::{Step, TransitionPolicy};

const STAGES: At<'static> = At::ROOT.key("stages");

impl Compiler<'_> {
    /// What following the moves shows: stages that nothing leads to, and stages that lead nowhere (S37).
    pub(super) fn graph(&mut self, catalog: &StageCatalog, policy: &TransitionPolicy) {
        let reached = reachable(catalog, policy, true);
        let closing = reachable(catalog, policy, false);
        for (ix, stage) in catalog.indices().zip(catalog.stages()) {
            if stage.is_archived() {
                continue;
            }
            let at = STAGES.index(ix.index());
            let at_place = |list: &[bool]| list.get(ix.index()).copied().unwrap_or_default();
            if !at_place(&reached) {
                let message = alloc::format!(
                    "nothing leads to `{}` from the default stage or from having no stage",
                    stage.id()
                );
                self.findings.warning(FindingCode::UnreachableStage, at, message);
            }
            let leaves = policy.free || policy.steps.of(Some(ix)).iter().any(|step| step.to != ix);
            if stage.is_final() {
                continue;
            }
            if !leaves {
                let message = alloc::format!(
                    "a record that enters `{}` can never leave it; say `final` if that is meant",
                    stage.id()
                );
                self.findings.warning(FindingCode::Trap, at, message);
            } else if !stage.outcome().is_closed() && !at_place(&closing) {
                let message = alloc::format!("no route leads from `{}` to a closed stage", stage.id());
                self.findings.warning(FindingCode::NoRouteToClosed, at, message);
            }
        }
    }
}

/// The stages that can be reached from the start, or, backward, those from which a closed one can.
fn reachable(catalog: &StageCatalog, policy: &TransitionPolicy, forward: bool) -> Vec<bool> {
    let mut edges: Vec<Vec<StageIx>> = vec![Vec::new(); catalog.stages.len()];
    let mut add = |from: StageIx, to: StageIx| {
        let (from, to) = if forward { (from, to) } else { (to, from) };
        if let Some(list) = edges.get_mut(from.index()) {
            list.push(to);
        }
    };
    let mut starts = Vec::new();
    for Step { from, to, .. } in policy.steps.iter() {
        match from {
            Some(from) => add(*from, *to),
            None if forward => starts.push(*to),
            None => {}
        }
    }
    let open_to_all: Vec<StageIx> = catalog.indices().filter(|ix| !catalog.get(*ix).is_archived()).collect();
    if forward {
        starts.push(catalog.default);
        if policy.free {
            starts.extend(&open_to_all);
        }
    } else {
        let closed = |ix: &StageIx| {
            let stage = catalog.get(*ix);
            stage.outcome().is_closed() && !stage.is_archived()
        };
        let any_closed = open_to_all.iter().any(closed);
        starts.extend(open_to_all.iter().copied().filter(|ix| closed(ix) || (policy.free && any_closed)));
    }
    let mut seen = vec![false; catalog.stages.len()];
    while let Some(ix) = starts.pop() {
        let Some(mark) = seen.get_mut(ix.index()).filter(|mark| !**mark) else { continue };
        *mark = true;
        starts.extend(edges.get(ix.index()).into_iter().flatten());
    }
    seen
}
