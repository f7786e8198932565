//! What must hold after every step, whatever happened.

use lifestage::journal::{verify, verify_effects, visits};
use lifestage::{Decision, Pipeline, ReasonCode, Record, Request, Standing};

use crate::Seen;
use crate::engine::History;
use crate::gate::{Form, Step};
use crate::judge::Judge;
use crate::state::Answers;

static NOTHING: Answers = Answers::new();

fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// The journal has no gaps, its chain holds, it ends where the record is (S38, S44, S45), and its
/// visits are those of the reference (S39).
pub fn journal(history: &History<'_>) -> Result<(), String> {
    let Some(record) = &history.record else { return Ok(()) };
    let rows = &history.rows;
    check(rows.iter().zip(1_u64..).all(|(row, seq)| row.seq == seq), || format!("gaps in {rows:#?}"))?;
    verify(record, rows).map_err(|error| format!("the chain broke: {error}"))?;
    for (row, effects) in rows.iter().zip(&history.effects) {
        verify_effects(row, effects).map_err(|error| format!("effects: {error}"))?;
    }
    let last = rows.last().and_then(|row| row.to.as_ref()).map(|mark| mark.id.as_str());
    check(last == record.stage(), || format!("the last row leads to {last:?}, the record is {record:#?}"))?;
    let visits = visits(rows);
    let stays = &history.state.stays;
    let same = visits.len() == stays.len()
        && visits.iter().zip(stays).all(|(visit, stay)| {
            let left = visit.left_at.zip(visit.left_by.as_ref().map(ToString::to_string));
            visit.seq == stay.seq
                && visit.stage.as_ref().map(|mark| mark.id.as_str()) == stay.stage.as_deref()
                && visit.entered_at == Some(stay.entered.0)
                && visit.entered_by == stay.entered.1
                && left == stay.left
                && visit.corrected == stay.corrected
        });
    check(same, || format!("visits differ: {visits:#?}\n{stays:#?}"))
}

/// `moves` and `explain` say what `decide` says (S3).
pub fn queries(judge: &Judge<'_>, pipeline: &Pipeline, record: &Record, seen: &Seen) -> Result<(), String> {
    let asking = judge.asking(&NOTHING, Form::Coming, false);
    let steps = judge.gate.steps(judge.state.stage.as_deref());
    let open: Vec<&Step<'_>> = steps.iter().filter(|step| judge.against(step, &asking).is_empty()).collect();
    let offered: Vec<String> =
        pipeline.moves(record, judge.actor, judge.now).map(|mv| mv.id().to_string()).collect();
    let expected: Vec<String> = open.iter().map(|step| step.id()).collect();
    let place = || format!("as {:?} at {} on {record:#?}", judge.actor, judge.now);
    check(offered == expected, || format!("offered {offered:?}, the model {expected:?}, {}", place()))?;
    let explanation = pipeline.explain(record, judge.actor, judge.now);
    for step in &steps {
        let id = step.id();
        let decision = pipeline.decide(record, &Request::mv(id.as_str()), judge.actor, judge.now);
        let refusal = decision.refusal();
        let standing = &explanation.mv(&id).ok_or_else(|| format!("{id} is not explained"))?.standing;
        let codes = codes_of(standing);
        check(codes == judge.against(step, &asking), || {
            format!(
                "{id} is explained by {codes:?}, the model says {:?}, {}",
                judge.against(step, &asking),
                place()
            )
        })?;
        if offered.contains(&id) {
            seen.count("offer");
            // What is offered is refused for its form only.
            let form = |code: ReasonCode| {
                use ReasonCode::{CriteriaUnknown, CriteriaUnmet, MissingInput};
                matches!(code, MissingInput | CriteriaUnmet | CriteriaUnknown)
                    && !judge.gate.asks(step).is_empty()
            };
            check(refusal.is_none_or(|refusal| refusal.codes().all(form)), || {
                format!("{id} is offered and refused: {decision:#?}, {}", place())
            })?;
        } else {
            check(refusal.is_some(), || format!("{id} is granted, not offered, {}", place()))?;
        }
    }
    for mv in &judge.gate.0.policy.moves {
        if steps.iter().all(|step| step.id() != mv.id) {
            let standing = codes_of(&explanation.mv(&mv.id).unwrap().standing);
            let code = if judge.gate.is_final(judge.state.stage.as_deref()) {
                ReasonCode::FinalStage
            } else {
                ReasonCode::NotFromStage
            };
            check(standing == [code], || format!("{} is explained by {standing:?}, {}", mv.id, place()))?;
        }
    }
    stages(judge, pipeline, record)
}

fn codes_of(standing: &Standing) -> Vec<ReasonCode> {
    match standing {
        Standing::Refused(reasons) => reasons.iter().map(lifestage::Reason::code).collect(),
        Standing::Allowed | Standing::Here => Vec::new(),
    }
}

fn stages(judge: &Judge<'_>, pipeline: &Pipeline, record: &Record) -> Result<(), String> {
    let asking = judge.asking(&NOTHING, Form::Coming, false);
    let explanation = pipeline.explain(record, judge.actor, judge.now);
    for stage in &judge.gate.0.stages {
        let explained = explanation.stage(&stage.id).unwrap();
        let decision = pipeline.decide(record, &Request::to(stage.id.clone()), judge.actor, judge.now);
        let here = judge.state.stage.as_deref() == Some(&stage.id);
        check(here == (explained.standing == Standing::Here), || format!("{} is not here", stage.id))?;
        if here {
            continue;
        }
        let steps = judge.gate.steps_to(judge.state.stage.as_deref(), &stage.id);
        let against: Vec<Vec<ReasonCode>> = steps.iter().map(|step| judge.against(step, &asking)).collect();
        let open: Vec<_> = steps.iter().zip(&against).filter(|(_, codes)| codes.is_empty()).collect();
        // Different buttons to one stage: by the stage alone nobody can tell which is meant (S4).
        let several = open.iter().any(|(step, _)| step.label() != open[0].0.label());
        let allowed = !open.is_empty() && !several;
        check(!several || codes_of(&explained.standing) == [ReasonCode::AmbiguousMove], || {
            format!("{} is explained by {:?}, and is ambiguous", stage.id, explained.standing)
        })?;
        check(allowed == (explained.standing == Standing::Allowed), || {
            format!("{} is explained by {:?}, the model has {against:?}", stage.id, explained.standing)
        })?;
        if !allowed {
            check(decision.refusal().is_some(), || format!("{} is granted and not explained", stage.id))?;
        }
        if let Decision::Refused(refusal) = &decision
            && steps.is_empty()
        {
            let codes = codes_of(&explained.standing);
            check(refusal.codes().eq(codes.iter().copied()), || {
                format!("{}: {codes:?}, {refusal:?}", stage.id)
            })?;
        }
    }
    Ok(())
}
