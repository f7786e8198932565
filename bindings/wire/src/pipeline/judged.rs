//! What is asked of a pipeline beside moves and deeds: work that comes later, time, permissions, lists.

use lifestage::journal::{Row, StageMark};
use lifestage::migration::Migration;
use lifestage::outbox::Entry as OutboxEntry;
use lifestage::{Capability, Pipeline, Record, Request, SlaNotice, Timestamp};
use serde_json::json;

use crate::answer::{decided, put, to_json};
use crate::fault::{Fault, FaultCode};
use crate::input::Input;
use crate::list::{List, MappingForm, columns};
use crate::operation::{Entry, OnPipeline, Outcome, on_pipeline};

use super::asked;

pub(super) static TABLE: &[Entry<OnPipeline>] = &[
    on_pipeline(
        "finish",
        "record rows row actor now salt?",
        "Judges that a planned activity is done.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let (rows, seq): (Vec<Row>, u64) = (it.take("rows")?, it.take("row")?);
            decided(pipeline.finish(&record, &rows, seq, &actor, it.now()?), it)
        },
    ),
    on_pipeline(
        "catch_up",
        "record had? messages? actor now salt?",
        "Judges that a record gets the work that its stage came to have.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let (had, messages): (Vec<OutboxEntry>, bool) =
                (it.or_default("had")?, it.or_default("messages")?);
            decided(pipeline.catch_up(&record, &had, messages, &actor, it.now()?), it)
        },
    ),
    on_pipeline(
        "migrate",
        "record from? migration now salt?",
        "Judges one record of a migration into this pipeline.",
        migrate,
    ),
    on_pipeline(
        "idle",
        "record rows sent? as_of",
        "For how long nothing has happened, past the limit of the stage.",
        |pipeline, it| {
            let (record, rows): (Record, Vec<Row>) = (it.take("record")?, it.take("rows")?);
            let sent: Vec<Timestamp> = it.or_default("sent")?;
            let as_of = it.take("as_of")?;
            let since = pipeline.quiet_since(&record, &rows, &sent);
            to_json(&since.and_then(|since| pipeline.idle(&record, since, as_of)))
        },
    ),
    on_pipeline(
        "notice",
        "effect record rows sent? now",
        "What to do with an effect about a promise of time that is due.",
        notice,
    ),
    on_pipeline(
        "asks",
        "request",
        "What a request may be asked for, from wherever it starts.",
        |pipeline, it| {
            let request: Request = it.take("request")?;
            let asks = pipeline.asks(request.target());
            let asks = asks.iter().map(|ask| {
                let mut json = to_json(ask.definition())?;
                put(&mut json, "name", Some(ask.name().into()));
                Ok(json)
            });
            asks.collect()
        },
    ),
    on_pipeline(
        "can",
        "record actor capability",
        "Whether an actor has a capability with a record.",
        |pipeline, it| {
            let (record, actor) = asked(it)?;
            let name = it.id("capability")?;
            let capability = Capability::from_name(&name).ok_or_else(|| {
                Fault::new(FaultCode::InvalidInput, format!("`can`: there is no capability `{name}`"))
            })?;
            Ok(pipeline.can(&record, &actor, capability).into())
        },
    ),
    on_pipeline(
        "suggest_mapping",
        "list",
        "What the columns of a list seem to be, by its headers, for an import.",
        |pipeline, it| {
            let (file, _) = it.take::<List>("list")?.into_file()?;
            Ok(columns(&MappingForm::default().mapping(pipeline, &file)?))
        },
    ),
];

/// The stage that a record leaves is as this definition knows it, if it is one of its own: else it has to be said what
/// it was, because the outcome that it had decides what is allowed (S33).
fn migrate(pipeline: &Pipeline, it: &Input<'_>) -> Outcome {
    let (record, migration): (Record, Migration) = (it.take("record")?, it.take("migration")?);
    let from: Option<StageMark> = match it.maybe("from")? {
        Some(from) => Some(from),
        None => match record.stage() {
            None => None,
            Some(id) => {
                let known =
                    (record.pipeline() == pipeline.id()).then(|| pipeline.catalog().stage(id)).flatten();
                Some(StageMark::from(known.ok_or_else(|| unknown_source(id))?))
            }
        },
    };
    decided(pipeline.migrate(&record, from, &migration, it.now()?), it)
}

fn unknown_source(stage: &str) -> Fault {
    let message = format!("`migrate`: `from` is needed: this definition does not know what `{stage}` was");
    Fault::new(FaultCode::InvalidInput, message)
}

fn notice(pipeline: &Pipeline, it: &Input<'_>) -> Outcome {
    let (record, rows): (Record, Vec<Row>) = (it.take("record")?, it.take("rows")?);
    let sent: Vec<Timestamp> = it.or_default("sent")?;
    Ok(match pipeline.sla_notice(&it.take("effect")?, &record, &rows, &sent, it.now()?) {
        SlaNotice::Tell => json!({ "outcome": "tell" }),
        SlaNotice::Postpone(until) => json!({ "outcome": "postponed", "until": until }),
        SlaNotice::Nothing(note) => json!({ "outcome": "nothing", "note": note }),
    })
}
