//! Operations on a pipeline: pure, nothing is written anywhere.

mod customers;
mod judged;

use std::collections::BTreeMap;

use lifestage::journal::Row;
use lifestage::migration::{NO_STAGE, Occupancy};
use lifestage::outbox::Entry as OutboxEntry;
use lifestage::revise::{Revised, Revision};
use lifestage::{Actor, ReasonCode, Record, Request, Timestamp};
use serde_json::{Value as Json, json};

use crate::answer::{self, decided, refused, standing, to_json};
use crate::fault::{Fault, FaultCode};
use crate::input::Input;
use crate::operation::{Entry, OnPipeline, Outcome, on_pipeline};
use crate::wish::{CreationForm, EditForm, Wish};

static TABLES: [&[Entry<OnPipeline>]; 3] = [TABLE, judged::TABLE, customers::TABLE];

/// Every operation of a pipeline.
pub(crate) fn table() -> impl Iterator<Item = &'static Entry<OnPipeline>> {
    TABLES.iter().copied().flatten()
}

static TABLE: &[Entry<OnPipeline>] = &[
    on_pipeline("describe", "", "Its id, name, version, meaning and warnings.", |pipeline, _| {
        answer::pipeline(pipeline)
    }),
    on_pipeline("definition", "", "The document it was made of.", |pipeline, _| {
        Ok(json!({ "definition": pipeline.to_json() }))
    }),
    on_pipeline(
        "moves",
        "record actor now",
        "The moves open to an actor now: the buttons.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            Ok(pipeline.moves(&record, &actor, it.now()?).map(|offer| answer::offer(&offer)).collect())
        },
    ),
    on_pipeline(
        "actions",
        "record actor now",
        "The actions open to an actor in the record's stage.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let open = pipeline.actions(&record, &actor, it.now()?);
            open.map(|action| to_json(action.definition())).collect()
        },
    ),
    on_pipeline("explain", "record actor now", "Every move and every stage: open, or why not.", explain),
    on_pipeline(
        "deeds",
        "record actor now",
        "What else can be done with a record, or why not.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let deeds = pipeline.deeds(&record, &actor, it.now()?);
            Ok(deeds
            .iter()
            .map(|one| {
                json!({ "deed": one.deed.name(), "standing": standing(&one.standing), "who_could": one.who_could })
            })
            .collect())
        },
    ),
    on_pipeline("route", "record stage actor", "The shortest lawful way to a stage.", |pipeline, it| {
        let (record, actor) = asked(it)?;
        let stage = it.id("stage")?;
        let route = pipeline.route(&record, &stage, &actor);
        Ok(json!({ "steps": route.as_ref().map(answer::route) }))
    }),
    on_pipeline("decide", "record request actor now salt?", "Judges a move.", |pipeline, it| {
        let (record, actor) = asked(it)?;
        decided(pipeline.decide(&record, &it.take("request")?, &actor, it.now()?), it)
    }),
    on_pipeline("create", "record creation? actor now salt?", "Judges a new record.", |pipeline, it| {
        let (record, actor) = asked(it)?;
        let creation = it.or_default::<CreationForm>("creation")?.creation()?;
        decided(pipeline.create(&record, &creation, &actor, it.now()?), it)
    }),
    on_pipeline("edit", "record edit actor now salt?", "Judges a change of facts.", |pipeline, it| {
        let (record, actor) = asked(it)?;
        decided(pipeline.edit(&record, &it.take::<EditForm>("edit")?.edit()?, &actor, it.now()?), it)
    }),
    on_pipeline(
        "undo",
        "record rows row reason? request? actor now salt?",
        "Judges that a row is undone.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let (rows, seq): (Vec<Row>, u64) = (it.take("rows")?, it.take("row")?);
            let reason: String = it.or_default("reason")?;
            let undone = rows.iter().find(|row| row.seq == seq);
            let undone = undone
                .ok_or_else(|| Fault::new(FaultCode::NoRow, format!("`undo`: `rows` has no row {seq}")))?;
            decided(pipeline.undo(&record, undone, &reason, &request(it)?, &actor, it.now()?), it)
        },
    ),
    on_pipeline(
        "withdraw",
        "record row request? actor now salt?",
        "Judges that a proposal is taken back.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            decided(pipeline.withdraw(&record, it.take("row")?, &request(it)?, &actor, it.now()?), it)
        },
    ),
    on_pipeline("assign", "record wish actor now salt?", "Judges a new owner.", |pipeline, it| {
        let (record, actor) = asked(it)?;
        decided(pipeline.assign(&record, &it.take::<Wish>("wish")?.assignment()?, &actor, it.now()?), it)
    }),
    on_pipeline(
        "log",
        "record wish actor now salt?",
        "Judges a note, call, meeting, e-mail or task.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            decided(pipeline.log(&record, &it.take::<Wish>("wish")?.activity()?, &actor, it.now()?), it)
        },
    ),
    on_pipeline(
        "trash",
        "record wish? actor now salt?",
        "Judges that a record goes into the trash.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            decided(pipeline.trash(&record, &it.or_default::<Wish>("wish")?.act()?, &actor, it.now()?), it)
        },
    ),
    on_pipeline("restore", "record wish? actor now salt?", "Judges that it comes back.", |pipeline, it| {
        let (record, actor) = asked(it)?;
        decided(pipeline.restore(&record, &it.or_default::<Wish>("wish")?.act()?, &actor, it.now()?), it)
    }),
    on_pipeline(
        "convert",
        "record wish actor now salt?",
        "Judges that a lead becomes a customer.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let mut wish: Wish = it.take("wish")?;
            let customer = wish.take_customer()?;
            decided(pipeline.convert(&record, &customer, &wish.conversion()?, &actor, it.now()?), it)
        },
    ),
    on_pipeline(
        "merge",
        "record tail wish? actor now salt?",
        "Judges that two records become one.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let tail: Record = it.take("tail")?;
            let act = it.or_default::<Wish>("wish")?.act()?;
            answer::merged(pipeline.merge(&record, &tail, &act, &actor, it.now()?), it)
        },
    ),
    on_pipeline(
        "erase",
        "record wish? actor now salt?",
        "Judges that what is personal is erased.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            decided(
                pipeline.erase(&record, &it.or_default::<Wish>("wish")?.erasure()?, &actor, it.now()?),
                it,
            )
        },
    ),
    on_pipeline(
        "carry_out",
        "record wish actor now salt?",
        "Judges an action that the stage offers.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            decided(
                pipeline.carry_out(&record, &it.take::<Wish>("wish")?.carry_out()?, &actor, it.now()?),
                it,
            )
        },
    ),
    on_pipeline(
        "report",
        "record work wish actor now salt?",
        "Judges what became of work.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let work: OutboxEntry = it.take("work")?;
            decided(
                pipeline.report(&record, &work, &it.take::<Wish>("wish")?.report()?, &actor, it.now()?),
                it,
            )
        },
    ),
    on_pipeline(
        "clocks",
        "record rows sent? as_of",
        "The promises of time of a record, as they stood.",
        |pipeline, it| {
            let (record, rows): (Record, Vec<Row>) = (it.take("record")?, it.take("rows")?);
            let sent: Vec<Timestamp> = it.or_default("sent")?;
            to_json(&pipeline.clocks(&record, &rows, &sent, it.take("as_of")?))
        },
    ),
    on_pipeline(
        "out_of_policy",
        "record now",
        "What a record in its stage no longer meets.",
        |pipeline, it| Ok(answer::reasons(&pipeline.out_of_policy(&it.take::<Record>("record")?, it.now()?))),
    ),
    on_pipeline("replay", "rows actors?", "Judges the moves of a journal again.", |pipeline, it| {
        let (rows, actors): (Vec<Row>, Vec<Actor>) = (it.take("rows")?, it.or_default("actors")?);
        to_json(&pipeline.replay(&rows, actor_among(&actors)))
    }),
    on_pipeline("revise", "revision occupancy? actor", "Judges edits of the definition.", |pipeline, it| {
        let revision: Revision = it.take("revision")?;
        let counts: BTreeMap<String, u64> = it.or_default("occupancy")?;
        let counts = counts.iter();
        let occupancy: Occupancy =
            counts.map(|(stage, count)| ((stage != NO_STAGE).then_some(stage.as_str()), *count)).collect();
        revised(&pipeline.revise(&revision, &occupancy, &it.take("actor")?))
    }),
    on_pipeline("conflict", "record", "The refusal for somebody who was too late.", |pipeline, it| {
        let reason = pipeline.conflict(&it.take::<Record>("record")?);
        debug_assert_eq!(reason.code(), ReasonCode::StaleRecord);
        Ok(answer::reason(&reason))
    }),
];

/// Finds the actor of a row among those whose roles are known.
pub(crate) fn actor_among(actors: &[Actor]) -> impl Fn(&Row) -> Option<Actor> {
    |row| actors.iter().find(|actor| actor.id() == row.actor).cloned()
}

fn asked(it: &Input<'_>) -> Result<(Record, Actor), Fault> {
    Ok((it.take("record")?, it.take("actor")?))
}

/// The request that goes with what is no move, of which only the circumstances count.
fn request(it: &Input<'_>) -> Result<Request, Fault> {
    Ok(it.maybe("request")?.unwrap_or_else(|| Request::to("")))
}

fn explain(pipeline: &lifestage::Pipeline, it: &Input<'_>) -> Outcome {
    let (record, actor) = asked(it)?;
    Ok(explained(&pipeline.explain(&record, &actor, it.now()?)))
}

pub(crate) fn explained(explanation: &lifestage::Explanation) -> Json {
    let moves = explanation.moves.iter().map(|mv| {
        json!({
            "id": mv.id, "label": mv.label, "to": mv.to, "standing": standing(&mv.standing), "asks": mv.asks,
            "who_could": mv.who_could,
        })
    });
    let stages = explanation.stages.iter().map(|stage| {
        let route = stage.route.as_ref().map(answer::route);
        json!({ "id": stage.id, "standing": standing(&stage.standing), "route": route })
    });
    json!({ "moves": moves.collect::<Vec<_>>(), "stages": stages.collect::<Vec<_>>() })
}

pub(crate) fn revised(revised: &Revised) -> Outcome {
    Ok(match revised {
        Revised::Accepted(done) => json!({
            "outcome": "accepted", "version": done.pipeline().version(), "meaning": done.pipeline().meaning(),
            "definition": done.pipeline().to_json(), "differences": to_json(&done.diff().differences())?,
            "map": to_json(done.map())?, "undo": to_json(done.undo())?,
        }),
        Revised::Unchanged => json!({ "outcome": "unchanged" }),
        Revised::Refused(refusal) => refused(refusal),
    })
}
