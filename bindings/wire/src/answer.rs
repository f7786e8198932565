//! Answers in their JSON forms.

use lifestage::journal::{ChainError, Row};
use lifestage::{
    Answer, Decision, Effect, Finding, FollowUp, Merge, Offer, Pipeline, Reason, Receipt, Record, Refusal,
    Route, SmolStr, Standing, Unchanged,
};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::fault::{Fault, FaultCode};
use crate::input::Input;

/// Any value in the form that the library gives it.
pub(crate) fn to_json(value: &impl Serialize) -> Result<Json, Fault> {
    serde_json::to_value(value).map_err(|error| Fault::new(FaultCode::InvalidArgument, error.to_string()))
}

pub(crate) fn reason(reason: &Reason) -> Json {
    let mut json = json!({
        "code": reason.code(), "number": reason.code().number(), "message": reason.message(),
    });
    put(&mut json, "parameters", (!reason.parameters().is_empty()).then(|| json!(reason.parameters())));
    json
}

pub(crate) fn reasons(all: &[Reason]) -> Json {
    all.iter().map(reason).collect()
}

/// Adds a member that there may be.
pub(crate) fn put(json: &mut Json, name: &str, value: Option<Json>) {
    if let (Some(members), Some(value)) = (json.as_object_mut(), value) {
        members.insert(name.to_owned(), value);
    }
}

pub(crate) fn refused(refusal: &Refusal) -> Json {
    let mut json = json!({
        "outcome": "refused", "message": refusal.to_string(), "reasons": reasons(refusal.reasons()),
    });
    put(&mut json, "route", refusal.route().map(route));
    json
}

pub(crate) fn route(route: &Route) -> Json {
    json!(route.steps)
}

pub(crate) fn unchanged(unchanged: &Unchanged) -> Json {
    json!({ "outcome": "unchanged", "stage": unchanged.stage() })
}

/// What a pipeline decided, sealed with the salt of the input or a random one.
pub(crate) fn decided(decision: Decision<'_>, input: &Input<'_>) -> Result<Json, Fault> {
    let (outcome, change) = match decision {
        Decision::Moved(change) => ("moved", change),
        Decision::Proposed(change) => ("proposed", change),
        Decision::Unchanged(same) => return Ok(unchanged(&same)),
        Decision::Refused(refusal) => return Ok(refused(&refusal)),
    };
    Ok(json!({ "outcome": outcome, "change": to_json(&change.seal(input.salt()?))? }))
}

/// Two records made one.
pub(crate) fn merged(merge: Merge<'_>, input: &Input<'_>) -> Result<Json, Fault> {
    Ok(match merge {
        Merge::Merged { head, tail } => json!({
            "outcome": "merged",
            "head": to_json(&head.seal(input.salt()?))?,
            "tail": to_json(&tail.seal(input.salt()?))?,
        }),
        Merge::Unchanged(same) => unchanged(&same),
        Merge::Refused(refusal) => refused(&refusal),
    })
}

pub(crate) fn offer(offer: &Offer<'_>) -> Json {
    let asks: Vec<&str> = offer.asks().map(lifestage::policy::Ask::name).collect();
    json!({
        "id": offer.id(), "label": offer.label(), "to": offer.to().id(), "kind": offer.kind(),
        "direction": offer.direction(), "asks": asks, "approval": offer.needs_approval(),
    })
}

pub(crate) fn standing(standing: &Standing) -> Json {
    match standing {
        Standing::Allowed => json!("allowed"),
        Standing::Here => json!("here"),
        Standing::Refused(why) => reasons(why),
    }
}

/// What a workspace committed, or why not.
pub(crate) fn answered(answer: &Answer) -> Result<Json, Fault> {
    Ok(match answer {
        Answer::Done(done) => receipt("moved", done)?,
        Answer::Proposed(done) => receipt("proposed", done)?,
        Answer::Unchanged(same) => unchanged(same),
        Answer::Refused(refusal) => refused(refusal),
        Answer::RolledBack => json!({ "outcome": "rolled_back" }),
    })
}

pub(crate) fn receipt(outcome: &str, receipt: &Receipt) -> Result<Json, Fault> {
    let mut json = written(outcome, receipt.record(), receipt.row(), receipt.effects());
    put(&mut json, "repeated", Some(json!(receipt.is_repeated())));
    let already = receipt.already_delivered();
    put(&mut json, "already_delivered", (!already.is_empty()).then(|| json!(already)));
    if !receipt.follow_ups().is_empty() {
        let follow_ups: Result<Vec<Json>, Fault> = receipt.follow_ups().iter().map(follow_up).collect();
        put(&mut json, "follow_ups", Some(follow_ups?.into()));
    }
    Ok(json)
}

fn written(outcome: &str, record: &Record, row: &Row, effects: &[Effect]) -> Json {
    json!({ "outcome": outcome, "record": record, "row": row, "effects": effects })
}

fn follow_up(follow_up: &FollowUp) -> Result<Json, Fault> {
    let mut json = json!({ "effect": follow_up.effect() });
    put(&mut json, "answer", follow_up.answer().map(answered).transpose()?);
    put(&mut json, "note", follow_up.note().map(Json::from));
    Ok(json)
}

pub(crate) fn finding(finding: &Finding) -> Json {
    json!({
        "code": finding.code(), "number": finding.code().number(), "severity": finding.severity(),
        "pointer": finding.pointer(), "message": finding.message(),
    })
}

/// A journal that does not hold, or nothing.
pub(crate) fn fault_of_chain(error: &ChainError) -> Json {
    json!({
        "record": error.record(), "row": error.seq(), "fault": error.fault().name(), "message": error.to_string(),
    })
}

/// A pipeline as others see it.
pub(crate) fn pipeline(pipeline: &Pipeline) -> Result<Json, Fault> {
    let warnings: Vec<Json> = pipeline.warnings().iter().map(finding).collect();
    Ok(json!({
        "id": pipeline.id(), "name": pipeline.name(), "version": pipeline.version(),
        "meaning": pipeline.meaning(), "warnings": warnings,
    }))
}

/// Records left behind, each with why.
pub(crate) fn left(left: &[(SmolStr, Refusal)]) -> Json {
    left.iter().map(|(id, refusal)| json!({ "id": id, "refusal": refused(refusal) })).collect()
}
