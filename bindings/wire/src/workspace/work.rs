//! What moves set in motion: tasks, actions, the outbox.

use lifestage::outbox::{Claim, OutboxPage, OutboxQuery, Settlement, TaskQuery};
use lifestage::store::{QueuePlace, Store};
use lifestage::{CatchUp, CatchingUp, EffectId, EffectKind};
use serde_json::{Value as Json, json};

use crate::answer::{answered, refused, to_json};
use crate::fault::{Fault, FaultCode};
use crate::input::Input;
use crate::operation::{Entry, OnWorkspace, Outcome, on_workspace};
use crate::wish::Wish;

use super::Crm;
use super::worker::{round, worker};

pub(super) static TABLE: &[Entry<OnWorkspace>] = &[
    on_workspace("carry_out", "id wish actor now", "Carries out an action of the stage.", |crm, it| {
        let (id, wish) = (it.id("id")?, it.take::<Wish>("wish")?);
        answered(&crm.carry_out(&id, &wish.carry_out()?, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("report", "effect wish actor now", "Says what became of work.", |crm, it| {
        let (effect, wish) = (it.id("effect")?, it.take::<Wish>("wish")?);
        answered(&crm.report(effect_id(&effect)?, &wish.report()?, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace(
        "tasks",
        "assignee? due_before? after? limit now?",
        "A page of open tasks, due first.",
        tasks,
    ),
    on_workspace(
        "outbox",
        "record? state? after? limit",
        "A page of effects, and how far they have come.",
        |crm, it| {
            let query = OutboxQuery {
                record: it.maybe("record")?,
                state: it.maybe("state")?,
                after: it.maybe("after")?,
                limit: it.take("limit")?,
            };
            to_json(&crm.outbox(&query)?)
        },
    ),
    on_workspace("entry", "effect", "How far one effect has come.", |crm, it| {
        let effect = it.id("effect")?;
        to_json(&crm.entry(effect_id(&effect)?)?)
    }),
    on_workspace("revive", "effect now", "Tries an effect again that was given up.", |crm, it| {
        let effect = it.id("effect")?;
        Ok(Json::from(crm.revive(effect_id(&effect)?, it.now()?)?))
    }),
    on_workspace(
        "run",
        "now worker?",
        "Carries out what is due and needs nobody: timed moves, and tasks that go to whose turn it is.",
        |crm, it| Ok(round(&worker(crm, it)?.run_once(it.now()?)?)),
    ),
    on_workspace("claim", "now until kinds limit", "Takes effects that are due, until a time.", |crm, it| {
        let claim = Claim {
            now: it.now()?,
            until: it.take("until")?,
            kinds: it.take::<Vec<EffectKind>>("kinds")?,
            limit: it.take("limit")?,
        };
        to_json(&crm.store().claim(crm.tenant(), &claim).map_err(Fault::from)?)
    }),
    on_workspace("settle", "settlements", "Says what became of effects that were taken.", |crm, it| {
        let settlements: Vec<Settlement> = it.take("settlements")?;
        to_json(&crm.store().settle(crm.tenant(), &settlements).map_err(Fault::from)?)
    }),
    on_workspace(
        "next_due",
        "kinds? worker?",
        "When the next effect is due, of all or for a worker.",
        |crm, it| {
            let worker = worker(crm, it)?;
            to_json(&match it.maybe::<Vec<EffectKind>>("kinds")? {
                Some(kinds) => worker.next_due_with(&kinds)?,
                None => crm.next_due()?,
            })
        },
    ),
    on_workspace(
        "queue",
        "pipeline queue after? limit",
        "Records on a queue, longest there first.",
        |crm, it| {
            let (pipeline, queue) = (it.id("pipeline")?, it.id("queue")?);
            let after: Option<QueuePlace> = it.maybe("after")?;
            to_json(&crm.queue(&pipeline, &queue, after.as_ref(), it.take("limit")?)?)
        },
    ),
    on_workspace(
        "catch_up",
        "pipeline messages? dry_run? actor now",
        "Gives records the work that their stages came to have.",
        catch_up,
    ),
    on_workspace("clocks", "id as_of", "The promises of time of a record, as they stood.", |crm, it| {
        let id = it.id("id")?;
        to_json(&crm.clocks(&id, it.take("as_of")?)?)
    }),
    on_workspace(
        "idle",
        "id as_of",
        "For how long nothing has happened, past the limit of the stage.",
        |crm, it| {
            let id = it.id("id")?;
            to_json(&crm.idle(&id, it.take("as_of")?)?)
        },
    ),
];

fn effect_id(text: &str) -> Result<EffectId<'_>, Fault> {
    EffectId::parse(text).ok_or_else(|| {
        Fault::new(FaultCode::InvalidInput, format!("`{text}` is no effect: its id is `record/row/index`"))
    })
}

fn tasks(crm: &Crm, it: &Input<'_>) -> Outcome {
    let query = TaskQuery {
        assignee: it.maybe("assignee")?,
        due_before: it.maybe("due_before")?,
        after: it.maybe("after")?,
        limit: it.take("limit")?,
    };
    let page: OutboxPage = crm.tasks(&query)?;
    let mut json = to_json(&page)?;
    if let Some(now) = it.maybe("now")? {
        let words: Vec<&str> =
            crm.urgency(&page.entries, now)?.into_iter().map(lifestage::Urgency::name).collect();
        crate::answer::put(&mut json, "urgency", Some(json!(words)));
    }
    Ok(json)
}

fn catch_up(crm: &Crm, it: &Input<'_>) -> Outcome {
    let mut wish = CatchUp::of(it.id("pipeline")?);
    if it.or_default("messages")? {
        wish = wish.with_messages();
    }
    if it.or_default("dry_run")? {
        wish = wish.dry_run();
    }
    Ok(match crm.catch_up(&wish, &it.take("actor")?, it.now()?)? {
        CatchingUp::Done(done) => {
            let given = done.given.iter().map(|(id, effects)| json!({ "id": id, "effects": effects }));
            json!({
                "outcome": "done", "up_to_date": done.up_to_date, "given": given.collect::<Vec<_>>(),
                "left": done.left,
            })
        }
        CatchingUp::Refused(refusal) => refused(&refusal),
    })
}
