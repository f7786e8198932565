use alloc::vec;
use alloc::vec::Vec;

use super::{Compiler, StageGate};
use crate::catalog::{StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::definition::ExitScope;
use crate::finding::At;
use crate::policy::{Step, TransitionPolicy};

const STAGES: At<'static> = At::ROOT.key("stages");

impl Compiler<'_> {
    /// What following the moves shows: stages that nothing leads to, and stages that lead nowhere
    /// (S37). Nothing, when it is not known where all of them lead.
    pub(super) fn graph(&mut self, catalog: &StageCatalog, policy: &TransitionPolicy, gates: &[StageGate]) {
        if self.is_vague {
            return;
        }
        let graph =
            Graph { catalog, policy, doors: self.doors(gates), is_live: &|step| self.is_live(step, policy) };
        let reached = graph.reached(true);
        let closing = graph.reached(false);
        let on = |list: &[bool], ix: StageIx| list.get(ix.index()).copied().unwrap_or_default();
        let usable = || catalog.indices().filter(|ix| !catalog.get(*ix).is_archived());
        let ends = usable().any(|ix| catalog.get(ix).outcome().is_closed());
        let mut found = Vec::new();
        for ix in usable() {
            let stage = catalog.get(ix);
            if !on(&reached, ix) {
                let message = alloc::format!(
                    "nothing leads to `{}` from the default stage or from having no stage",
                    stage.id()
                );
                found.push((FindingCode::UnreachableStage, ix, message));
            }
            if stage.is_final() {
                continue;
            }
            if !graph.leaves(ix) {
                if on(&reached, ix) {
                    let message = alloc::format!(
                        "a record that enters `{}` can never leave it; say `final` if that is meant",
                        stage.id()
                    );
                    found.push((FindingCode::Trap, ix, message));
                }
            } else if ends && !stage.outcome().is_closed() && !on(&closing, ix) {
                let message = alloc::format!("no route leads from `{}` to a closed stage", stage.id());
                found.push((FindingCode::NoRouteToClosed, ix, message));
            }
        }
        for (code, ix, message) in found {
            self.findings.warning(code, STAGES.index(ix.index()), message);
        }
        if !ends {
            let message = "no stage is closed, so that nothing ever ends";
            self.findings.warning(FindingCode::NoRouteToClosed, STAGES, message);
        }
    }

    /// Which stages can be entered, and left, as far as their own conditions can hold.
    fn doors(&self, gates: &[StageGate]) -> Vec<Doors> {
        let shut = |conditions: &[u32]| conditions.iter().any(|place| self.never.contains(place));
        let doors = gates.iter().map(|gate| Doors {
            can_enter: !shut(&gate.entry),
            can_leave: gate.exit_scope != ExitScope::All || !shut(&gate.exit),
        });
        doors.collect()
    }

    /// Whether a step can be made at all.
    fn is_live(&self, step: &Step, policy: &TransitionPolicy) -> bool {
        let when = step.mv.and_then(|mv| policy.get(mv)).and_then(|mv| mv.rule.when);
        !step.skips && !step.retreats && when.is_none_or(|when| !self.never.contains(&when))
    }
}

#[derive(Clone, Copy)]
struct Doors {
    can_enter: bool,
    can_leave: bool,
}

struct Graph<'g> {
    catalog: &'g StageCatalog,
    policy: &'g TransitionPolicy,
    doors: Vec<Doors>,
    is_live: &'g dyn Fn(&Step) -> bool,
}

impl Graph<'_> {
    fn doors(&self, ix: StageIx) -> Doors {
        self.doors.get(ix.index()).copied().unwrap_or(Doors { can_enter: true, can_leave: true })
    }

    /// Whether a step can be made, as far as is known without facts.
    fn goes(&self, step: &Step) -> bool {
        let stays = step.from == Some(step.to);
        let passes = stays
            || (self.doors(step.to).can_enter && step.from.is_none_or(|from| self.doors(from).can_leave));
        passes && (self.is_live)(step)
    }

    /// Whether a free pipeline lets records enter this stage from any other.
    fn is_open_to_all(&self, ix: StageIx) -> bool {
        self.policy.free && !self.catalog.get(ix).is_archived() && self.doors(ix).can_enter
    }

    /// Whether a record can leave a stage that is not final.
    fn leaves(&self, ix: StageIx) -> bool {
        let freely = self.doors(ix).can_leave
            && self.catalog.indices().any(|other| other != ix && self.is_open_to_all(other));
        freely || self.policy.steps.of(Some(ix)).iter().any(|step| step.to != ix && self.goes(step))
    }

    /// The stages that can be reached from the start, or, backward, those from which a closed one can.
    fn reached(&self, forward: bool) -> Vec<bool> {
        let catalog = self.catalog;
        let backward = if forward { Backward::default() } else { self.backward() };
        let mut starts = Vec::with_capacity(catalog.stages.len());
        let closed = |ix: &StageIx| {
            let stage = catalog.get(*ix);
            stage.outcome().is_closed() && !stage.is_archived()
        };
        if forward {
            let first = self.policy.steps.of(None).iter();
            starts.extend(first.filter(|step| self.goes(step)).map(|step| step.to));
            starts.extend(Some(catalog.default).filter(|ix| self.doors(*ix).can_enter));
            starts.extend(catalog.indices().filter(|ix| self.is_open_to_all(*ix)));
        } else {
            let free_end = catalog.indices().any(|ix| closed(&ix) && self.is_open_to_all(ix));
            let freely = |ix: &StageIx| free_end && !catalog.get(*ix).is_final() && self.doors(*ix).can_leave;
            starts.extend(catalog.indices().filter(|ix| closed(ix) || freely(ix)));
        }
        let mut seen = vec![false; catalog.stages.len()];
        while let Some(ix) = starts.pop() {
            let Some(mark) = seen.get_mut(ix.index()).filter(|mark| !**mark) else { continue };
            *mark = true;
            if forward {
                let onward = self.policy.steps.of(Some(ix)).iter();
                starts.extend(onward.filter(|step| self.goes(step)).map(|step| step.to));
            } else {
                starts.extend(backward.of(ix));
            }
        }
        seen
    }

    /// The steps that can be made, by their targets.
    fn backward(&self) -> Backward {
        let going = || self.policy.steps.iter().filter(|step| self.goes(step));
        let mut ends = vec![0_u32; self.catalog.stages.len() + 1];
        for step in going() {
            if let Some(count) = ends.get_mut(step.to.index() + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        // Each list is filled from its start on; then its start has become its end.
        let mut sources = vec![None; sum as usize];
        for step in going() {
            let Some(next) = ends.get_mut(step.to.index()) else { continue };
            if let Some(source) = sources.get_mut(*next as usize) {
                *source = step.from;
            }
            *next += 1;
        }
        Backward { ends, sources }
    }
}

/// The sources of the steps that lead to each stage.
#[derive(Default)]
struct Backward {
    /// Where the list of each stage ends; it begins where the one before it ends.
    ends: Vec<u32>,
    sources: Vec<Option<StageIx>>,
}

impl Backward {
    fn of(&self, to: StageIx) -> impl Iterator<Item = StageIx> {
        let start = to.index().checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(to.index()).copied().unwrap_or_default();
        let list = self.sources.get(start.unwrap_or_default() as usize..end as usize);
        list.unwrap_or_default().iter().copied().flatten()
    }
}
