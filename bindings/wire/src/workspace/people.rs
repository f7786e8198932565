//! Whose record it is, and who it is.

use lifestage::journal::RowKind;
use lifestage::{Converting, Intake, Link, Merging, TimelineCursor, TimelineQuery};
use serde_json::json;

use crate::answer::{self, answered, put, receipt, refused, to_json};
use crate::input::Input;
use crate::operation::{Entry, OnWorkspace, Outcome, on_workspace};
use crate::wish::{CreationForm, Wish};

use super::Crm;

pub(super) static TABLE: &[Entry<OnWorkspace>] = &[
    on_workspace("assign", "id wish actor now", "Gives a record a new owner.", |crm, it| {
        let (id, wish) = (it.id("id")?, it.take::<Wish>("wish")?);
        answered(&crm.assign(&id, &wish.assignment()?, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace(
        "assign_next",
        "id pool wish? actor now",
        "Gives a record to whose turn it is.",
        |crm, it| {
            let (id, pool) = (it.id("id")?, it.id("pool")?);
            let act = it.or_default::<Wish>("wish")?.act()?;
            answered(&crm.assign_next(&id, &pool, &act, &it.take("actor")?, it.now()?)?)
        },
    ),
    on_workspace("pool", "pipeline name", "People who take records in turn.", |crm, it| {
        let (pipeline, name) = (it.id("pipeline")?, it.id("name")?);
        let pool = crm.pool(&pipeline, &name)?;
        let members = pool.members().map(|(id, away)| json!({ "id": id, "away": away }));
        Ok(json!({ "members": members.collect::<Vec<_>>(), "next": pool.next() }))
    }),
    on_workspace("set_pool", "pipeline name members actor now", "Says who takes turns.", |crm, it| {
        let (pipeline, name) = (it.id("pipeline")?, it.id("name")?);
        let members: Vec<String> = it.take("members")?;
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        answered(&crm.set_pool(&pipeline, &name, &members, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("set_away", "pipeline name member away actor now", "Says who is away.", |crm, it| {
        let (pipeline, name) = (it.id("pipeline")?, it.id("name")?);
        let (member, away) = (it.id("member")?, it.take::<bool>("away")?);
        answered(&crm.set_away(&pipeline, &name, &member, away, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("log", "id wish actor now", "Writes a note, call, meeting, e-mail or task.", |crm, it| {
        let (id, wish) = (it.id("id")?, it.take::<Wish>("wish")?);
        answered(&crm.log(&id, &wish.activity()?, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("finish", "id row actor now", "Says that a planned activity is done.", |crm, it| {
        answered(&crm.finish(&it.id("id")?, it.take("row")?, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("trash", "id wish? actor now", "Puts a record into the trash.", |crm, it| {
        let act = it.or_default::<Wish>("wish")?.act()?;
        answered(&crm.trash(&it.id("id")?, &act, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("restore", "id wish? actor now", "Takes it out again.", |crm, it| {
        let act = it.or_default::<Wish>("wish")?.act()?;
        answered(&crm.restore(&it.id("id")?, &act, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("convert", "id wish? actor now", "Turns a lead into a customer.", convert),
    on_workspace("merge", "id tail wish? actor now", "Makes a duplicate one with a record.", |crm, it| {
        let (head, tail) = (it.id("id")?, it.id("tail")?);
        let act = it.or_default::<Wish>("wish")?.act()?;
        Ok(match crm.merge(&head, &tail, &act, &it.take("actor")?, it.now()?)? {
            Merging::Done { head, tail } => json!({
                "outcome": "merged", "head": receipt("moved", &head)?, "tail": receipt("moved", &tail)?,
            }),
            Merging::Unchanged(same) => answer::unchanged(&same),
            Merging::Refused(refusal) => refused(&refusal),
        })
    }),
    on_workspace("erase", "id wish? actor now", "Erases what is personal, for good.", |crm, it| {
        let erasure = it.or_default::<Wish>("wish")?.erasure()?;
        answered(&crm.erase(&it.id("id")?, &erasure, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace(
        "receive",
        "record creation? lower? actor now",
        "Takes in a form: creates or matches.",
        receive,
    ),
    on_workspace("start_deal", "lead deal creation? actor now", "Starts a deal for a lead.", |crm, it| {
        let lead = it.id("lead")?;
        let creation = it.or_default::<CreationForm>("creation")?.creation()?;
        answered(&crm.start_deal(&lead, it.take("deal")?, &creation, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("lead_sources", "leads deals", "What came of the leads, by source.", |crm, it| {
        let (leads, deals) = (it.id("leads")?, it.id("deals")?);
        to_json(&crm.lead_sources(&leads, &deals)?)
    }),
    on_workspace("with_email", "pipeline email", "The records with an e-mail address.", |crm, it| {
        let (pipeline, email) = (it.id("pipeline")?, it.id("email")?);
        to_json(&crm.with_email(&pipeline, &email)?)
    }),
    on_workspace("same_person", "id", "The records that are the same person.", |crm, it| {
        to_json(&crm.same_person(&it.id("id")?)?)
    }),
    on_workspace("pointing_at", "link target", "The records that point at another.", |crm, it| {
        let (link, target) = (it.take::<Link>("link")?, it.id("target")?);
        to_json(&crm.pointing_at(link, &target)?)
    }),
    on_workspace("head_of", "id", "The record that a merged one has become.", |crm, it| {
        to_json(&crm.head_of(&it.id("id")?)?)
    }),
    on_workspace("united", "id", "The ids of all records that are one.", |crm, it| {
        to_json(&crm.united(&it.id("id")?)?)
    }),
    on_workspace("united_history", "id", "The history of all of them, in time.", |crm, it| {
        to_json(&crm.united_history(&it.id("id")?)?)
    }),
    on_workspace("united_visits", "id", "The stays of all of them in stages, in time.", |crm, it| {
        let visits = crm.united_visits(&it.id("id")?)?;
        Ok(visits.into_iter().map(|(id, visit)| json!({ "record": id, "visit": visit })).collect())
    }),
    on_workspace("timeline", "id limit kinds? after?", "What happened, newest first.", |crm, it| {
        let kinds: Vec<RowKind> = it.or_default("kinds")?;
        let query = TimelineQuery::newest(it.take("limit")?).of_kinds(kinds);
        let query = match it.maybe::<TimelineCursor>("after")? {
            Some(after) => query.going_on(after),
            None => query,
        };
        to_json(&crm.timeline(&it.id("id")?, &query)?)
    }),
];

fn convert(crm: &Crm, it: &Input<'_>) -> Outcome {
    let conversion = it.or_default::<Wish>("wish")?.conversion()?;
    let done = match crm.convert(&it.id("id")?, &conversion, &it.take("actor")?, it.now()?)? {
        Converting::Done(done) => done,
        Converting::Refused(refusal) => return Ok(refused(&refusal)),
    };
    let mut json = json!({
        "outcome": "converted", "how": done.how.name(), "lead": done.lead, "customer": done.customer, "filled": done.filled,
    });
    put(&mut json, "moved", done.moved.as_ref().map(answered).transpose()?);
    Ok(json)
}

fn receive(crm: &Crm, it: &Input<'_>) -> Outcome {
    let creation = it.or_default::<CreationForm>("creation")?.creation()?;
    let lower: bool = it.or_default("lower")?;
    Ok(match crm.receive(it.take("record")?, &creation, lower, &it.take("actor")?, it.now()?)? {
        Intake::Created(done) => receipt("created", &done)?,
        Intake::Matched { record, filled, stage } => json!({
            "outcome": "matched", "record": record, "filled": filled, "stage": to_json(&stage)?,
        }),
        Intake::Refused(refusal) => refused(&refusal),
    })
}
