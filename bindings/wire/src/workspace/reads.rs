//! What is there, and what it adds up to.

use lifestage::store::{FeedCursor, Reader, RecordQuery};
use serde_json::{Value as Json, json};

use crate::answer::{fault_of_chain, reasons, route, to_json};
use crate::fault::Fault;
use crate::input::Input;
use crate::operation::{Entry, OnWorkspace, Outcome, on_workspace};
use crate::pipeline::explained;

use super::Crm;

pub(super) static TABLE: &[Entry<OnWorkspace>] = &[
    on_workspace("record", "id", "A record as it is, or null.", |crm, it| {
        to_json(&crm.record(&it.id("id")?)?)
    }),
    on_workspace("history", "id", "The rows of its journal, in order.", |crm, it| {
        to_json(&crm.history(&it.id("id")?)?)
    }),
    on_workspace("visits", "id", "Its stays in stages, in order.", |crm, it| {
        to_json(&crm.visits(&it.id("id")?)?)
    }),
    on_workspace("moves", "id actor now", "The moves open to an actor now: the buttons.", moves),
    on_workspace("explain", "id actor now", "Every move and every stage: open, or why not.", |crm, it| {
        Ok(explained(&crm.explain(&it.id("id")?, &it.take("actor")?, it.now()?)?))
    }),
    on_workspace("route", "id stage actor", "The shortest lawful way to a stage.", |crm, it| {
        let stage = it.id("stage")?;
        let found = crm.route(&it.id("id")?, &stage, &it.take("actor")?)?;
        Ok(json!({ "steps": found.as_ref().map(route) }))
    }),
    on_workspace(
        "page",
        "pipeline presence? stage? after? limit",
        "Records of a stage, newest there first.",
        page,
    ),
    on_workspace("counts", "pipeline", "How many records are in each stage.", |crm, it| {
        to_json(&crm.counts(&it.id("pipeline")?)?)
    }),
    on_workspace("verify", "id", "The first bad row of a journal, or null.", |crm, it| {
        Ok(crm.verify(&it.id("id")?)?.as_ref().map_or(Json::Null, fault_of_chain))
    }),
    on_workspace("verify_all", "pipeline", "Checks the journals of a pipeline.", |crm, it| {
        let audit = crm.verify_all(&it.id("pipeline")?, |_| {})?;
        let faults: Vec<Json> = audit.faults.iter().map(fault_of_chain).collect();
        Ok(json!({ "records": audit.records, "rows": audit.rows, "faults": faults }))
    }),
    on_workspace("feed", "after? limit", "Rows of all records, as they were committed.", |crm, it| {
        let after: FeedCursor = it.or_default("after")?;
        let rows = crm.store().feed(crm.tenant(), after, it.take("limit")?).map_err(Fault::from)?;
        let rows = rows.into_iter().map(|(cursor, row)| json!({ "cursor": cursor, "row": row }));
        Ok(rows.collect())
    }),
    on_workspace(
        "out_of_policy",
        "pipeline now",
        "Records that no longer meet what their stage needs.",
        |crm, it| {
            let (pipeline, now) = (it.id("pipeline")?, it.now()?);
            let mut found = Vec::new();
            let judged = crm.out_of_policy(&pipeline, now, |record, why| {
                found.push(json!({ "id": record.id(), "reasons": reasons(&why) }));
            })?;
            Ok(json!({ "judged": judged, "records": found }))
        },
    ),
];

fn moves(crm: &Crm, it: &Input<'_>) -> Outcome {
    let record = crm.head_of(&it.id("id")?)?;
    let Some(pipeline) = crm.pipeline(record.pipeline()) else { return Ok(json!([])) };
    let (actor, now) = (it.take("actor")?, it.now()?);
    Ok(pipeline.moves(&record, &actor, now).map(|offer| crate::answer::offer(&offer)).collect())
}

/// The input is the query as the library reads it.
fn page(crm: &Crm, it: &Input<'_>) -> Outcome {
    let mut query = RecordQuery::of(it.id("pipeline")?, it.take("limit")?);
    query.presence = it.or_default("presence")?;
    query.after = it.maybe("after")?;
    // `null` asks for records without a stage.
    query.stage = it.has("stage").then(|| it.maybe("stage")).transpose()?;
    to_json(&crm.page(&query)?)
}
