//! Pipelines published, revised and migrated.

use lifestage::migration::{NO_STAGE, StageMap};
use lifestage::revise::Revision;
use lifestage::{Actor, Migrating, MigrationReport, Pipeline, Publishing};
use serde_json::{Map, Value as Json, json};

use crate::answer::{self, answered, left, refused, to_json};
use crate::input::Input;
use crate::operation::{Entry, OnWorkspace, Outcome, on_workspace};
use crate::pipeline::{actor_among, revised};

use super::{Crm, in_force};

pub(super) static TABLE: &[Entry<OnWorkspace>] = &[
    on_workspace("publish", "definition map? actor now", "Puts a definition into force.", publish),
    on_workspace(
        "preview",
        "definition map? actor",
        "What publishing a definition would change.",
        |crm, it| {
            let next = Pipeline::from_json(&it.document()?)?;
            let map: StageMap = it.or_default("map")?;
            match crm.preview(&next, &map, &it.take("actor")?)? {
                Ok(diff) => {
                    Ok(json!({ "outcome": "accepted", "differences": to_json(&diff.differences())? }))
                }
                Err(refusal) => Ok(refused(&refusal)),
            }
        },
    ),
    on_workspace(
        "replay",
        "definition actors?",
        "Judges the journals of a pipeline's records again, under a definition.",
        replay,
    ),
    on_workspace("impact", "definition", "How many records each difference is about.", |crm, it| {
        to_json(&crm.impact(&Pipeline::from_json(&it.document()?)?)?)
    }),
    on_workspace("judge_revision", "pipeline revision actor", "What edits would come to.", |crm, it| {
        let (pipeline, revision) = (it.id("pipeline")?, it.take::<Revision>("revision")?);
        revised(&crm.judge_revision(&pipeline, &revision, &it.take("actor")?)?)
    }),
    on_workspace(
        "revise",
        "pipeline revision actor now",
        "Edits a definition, and puts it into force.",
        |crm, it| {
            let (pipeline, revision) = (it.id("pipeline")?, it.take::<Revision>("revision")?);
            published(crm.revise(&pipeline, &revision, &it.take("actor")?, it.now()?, |_| {})?)
        },
    ),
    on_workspace("undo_version", "pipeline version actor now", "Takes a revision back.", |crm, it| {
        let (pipeline, version) = (it.id("pipeline")?, it.take::<u32>("version")?);
        published(crm.undo_version(&pipeline, version, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("pipelines", "", "The pipelines in force.", |crm, _| {
        crm.pipelines().iter().map(answer::pipeline).collect()
    }),
    on_workspace(
        "definition",
        "pipeline version?",
        "The document of a pipeline, now or before.",
        |crm, it| {
            let id = it.id("pipeline")?;
            let version = match it.maybe("version")? {
                Some(version) => version,
                None => in_force(crm, &id)?.version(),
            };
            to_json(&crm.version(&id, version)?)
        },
    ),
    on_workspace("versions", "pipeline", "Every version of a pipeline.", |crm, it| {
        to_json(&crm.versions(&it.id("pipeline")?)?)
    }),
    on_workspace(
        "occupancy",
        "pipeline",
        "How many records are in each stage, the trash counted.",
        |crm, it| {
            let occupancy = crm.occupancy(&it.id("pipeline")?)?;
            let counts =
                occupancy.iter().map(|(stage, count)| (stage.unwrap_or(NO_STAGE).to_owned(), count.into()));
            Ok(Json::Object(counts.collect::<Map<_, _>>()))
        },
    ),
    on_workspace("orphans", "pipeline", "Stages that records are in and the definition lacks.", |crm, it| {
        let orphans = crm.orphans(&it.id("pipeline")?)?;
        Ok(orphans.into_iter().map(|(stage, count)| json!({ "stage": stage, "count": count })).collect())
    }),
    on_workspace(
        "migrate",
        "id pipeline into? map reason? actor now",
        "Moves the records of a pipeline by a map.",
        |crm, it| {
            let (id, pipeline) = (it.id("id")?, it.id("pipeline")?);
            let into = it.maybe("into")?.unwrap_or_else(|| pipeline.clone());
            let (map, reason): (StageMap, String) = (it.take("map")?, it.or_default("reason")?);
            let (actor, now) = (it.take("actor")?, it.now()?);
            Ok(match crm.migrate(&id, &pipeline, &into, &map, &reason, &actor, now, |_| {})? {
                Migrating::Done(done) => report(&done),
                Migrating::Refused(refusal) => refused(&refusal),
            })
        },
    ),
    on_workspace(
        "preview_migration",
        "pipeline into? map actor limit",
        "What a migration would come to, and what would become of the first records.",
        preview_migration,
    ),
    on_workspace(
        "transfer",
        "id into map reason? actor now",
        "Moves one record to another pipeline.",
        |crm, it| {
            let (id, into) = (it.id("id")?, it.id("into")?);
            let (map, reason): (StageMap, String) = (it.take("map")?, it.or_default("reason")?);
            answered(&crm.transfer(&id, &into, &map, &reason, &it.take("actor")?, it.now()?)?)
        },
    ),
    on_workspace("migrations", "", "Every migration.", |crm, _| to_json(&crm.migrations()?)),
    on_workspace("resume", "id now", "Goes on with a migration.", |crm, it| {
        Ok(report(&crm.resume(&it.id("id")?, it.now()?, |_| {})?))
    }),
    on_workspace("close_migration", "id actor now", "Leaves a migration as far as it came.", |crm, it| {
        Ok(match crm.close_migration(&it.id("id")?, &it.take("actor")?, it.now()?)? {
            Ok(()) => json!({ "outcome": "closed" }),
            Err(refusal) => refused(&refusal),
        })
    }),
    on_workspace("refresh", "", "Takes notice of what other processes published.", |crm, _| {
        crm.refresh()?;
        Ok(Json::Null)
    }),
];

fn publish(crm: &Crm, it: &Input<'_>) -> Outcome {
    let pipeline = Pipeline::from_json(&it.document()?)?;
    let map: StageMap = it.or_default("map")?;
    published(crm.publish_migrating(&pipeline, &map, &it.take("actor")?, it.now()?, |_| {})?)
}

fn published(outcome: Publishing) -> Outcome {
    Ok(match outcome {
        Publishing::Published(done) => json!({
            "outcome": "published", "pipeline": answer::pipeline(done.pipeline())?,
            "differences": to_json(&done.diff().differences())?, "migration": done.migration(),
            "moved": done.moved(), "left": left(done.left()), "catch_up": done.catch_up().is_some(),
        }),
        Publishing::Unchanged(pipeline) => {
            json!({ "outcome": "unchanged", "pipeline": answer::pipeline(&pipeline)? })
        }
        Publishing::Refused(refusal) => refused(&refusal),
    })
}

fn report(done: &MigrationReport) -> Json {
    json!({
        "outcome": "migrated", "id": done.id, "moved": done.moved, "retried": done.retried,
        "left": left(&done.left),
    })
}

fn preview_migration(crm: &Crm, it: &Input<'_>) -> Outcome {
    let pipeline = it.id("pipeline")?;
    let into = it.maybe("into")?.unwrap_or_else(|| pipeline.clone());
    let map: StageMap = it.take("map")?;
    let preview =
        match crm.preview_migration(&pipeline, &into, &map, &it.take("actor")?, it.take("limit")?)? {
            Ok(preview) => preview,
            Err(refusal) => return Ok(refused(&refusal)),
        };
    let records = preview.records.iter().map(|one| match &one.to {
        Ok(to) => json!({ "id": one.id, "from": one.from, "to": to }),
        Err(refusal) => json!({ "id": one.id, "from": one.from, "refusal": refused(refusal) }),
    });
    Ok(json!({ "outcome": "judged", "total": preview.total, "records": records.collect::<Vec<_>>() }))
}

fn replay(crm: &Crm, it: &Input<'_>) -> Outcome {
    let next = Pipeline::from_json(&it.document()?)?;
    let actors: Vec<Actor> = it.or_default("actors")?;
    let mut refused = Vec::new();
    let mut replay = crm.replay(&next, actor_among(&actors), |row| refused.push(row))?;
    replay.refused = refused;
    to_json(&replay)
}
