//! Routes: as short as the reference finds them, and lawful step by step.

use std::collections::BTreeMap;

use lifestage::{Pipeline, ReasonCode, Record, Standing};

use crate::Seen;
use crate::gate::Form;
use crate::judge::Judge;
use crate::state::Answers;

static NOTHING: Answers = Answers::new();

/// How many steps each stage is away, by going on until nothing gets nearer.
fn distances(judge: &Judge<'_>) -> BTreeMap<String, usize> {
    let asking = judge.asking(&NOTHING, Form::Coming, false);
    let here = judge.state.stage.as_deref();
    let mut near: BTreeMap<String, usize> = here.map(|stage| (stage.to_owned(), 0)).into_iter().collect();
    let starts = judge.gate.0.stages.iter().map(|stage| Some(stage.id.as_str())).chain([None]);
    let starts: Vec<Option<&str>> = starts.collect();
    loop {
        let before = near.clone();
        for from in &starts {
            let so_far = match from {
                None if here.is_none() => 0,
                Some(stage) if near.contains_key(*stage) => near[*stage],
                _ => continue,
            };
            for step in judge.gate.steps(*from) {
                if judge.gate.is_road(&step, &asking) {
                    let found = near.entry(step.to.to_owned()).or_insert(usize::MAX);
                    *found = (*found).min(so_far + 1);
                }
            }
        }
        if near == before {
            return near;
        }
    }
}

pub fn agree(judge: &Judge<'_>, pipeline: &Pipeline, record: &Record, seen: &Seen) -> Result<(), String> {
    let near = distances(judge);
    let asking = judge.asking(&NOTHING, Form::Coming, false);
    let explanation = pipeline.explain(record, judge.actor, judge.now);
    for stage in &judge.gate.0.stages {
        let route = pipeline.route(record, &stage.id, judge.actor);
        let length = route.as_ref().map(|route| route.steps.len());
        if length != near.get(stage.id.as_str()).copied() {
            return Err(format!(
                "to {} it is {:?} steps, the engine has {route:?}",
                stage.id,
                near.get(stage.id.as_str())
            ));
        }
        let Some(route) = route else { continue };
        let mut at = judge.state.stage.clone();
        for (number, taken) in route.steps.iter().enumerate() {
            let steps = judge.gate.steps(at.as_deref());
            let step = steps.iter().find(|step| step.id() == taken.mv && step.to == taken.to);
            let Some(step) = step.filter(|step| judge.gate.is_road(step, &asking)) else {
                return Err(format!("{taken:?} of {route:?} is no road"));
            };
            // The first step is a button, or kept from being one by conditions only.
            if number == 0
                && let Standing::Refused(reasons) = &explanation.mv(&taken.mv).unwrap().standing
            {
                use ReasonCode::{
                    ApprovalNeeded, CriteriaUnknown, CriteriaUnmet, NotOwner, PermissionDenied,
                };
                let waits = judge.state.open.iter().any(|open| open.mv == step.id());
                let passing = |code: ReasonCode| {
                    matches!(code, CriteriaUnknown | CriteriaUnmet)
                        || (waits && matches!(code, ApprovalNeeded | NotOwner | PermissionDenied))
                };
                if !reasons.iter().all(|reason| passing(reason.code())) {
                    return Err(format!("the first step of {route:?} is refused: {reasons:?}"));
                }
            }
            at = Some(taken.to.to_string());
            seen.count("route");
        }
        if at.as_deref() != Some(&stage.id) {
            return Err(format!("{route:?} does not lead to {}", stage.id));
        }
    }
    Ok(())
}
