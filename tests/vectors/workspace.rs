//! What a workspace says, for answers that need a store's memory.

use lifestage::store::MemoryStore;
use lifestage::{Actor, Answer, CarryOut, Conversion, Converting, Timestamp, Workspace};
use serde_json::{Value as Json, json};

use crate::file::{File, Step};
use crate::run::{creation, edit, plain, refused, to_json};

/// Steps through a workspace over an empty store.
pub fn run(file: &File, vector: &mut Step) {
    let crm = Workspace::open(MemoryStore::new(), "tenant").unwrap();
    let (admin, now) = (Actor::new("admin"), Timestamp::from_seconds(1_772_400_000));
    for id in vector.publish.iter().flatten() {
        crm.publish(&file.pipeline(id), &admin, now).unwrap();
    }
    for step in vector.steps.iter_mut().flatten() {
        step.expect = told(&crm, step);
    }
}

fn told(crm: &Workspace<MemoryStore>, step: &Step) -> Json {
    let (actor, now) = (step.actor(), step.now());
    let id = || step.record().id().to_owned();
    let wish = || step.wish.as_ref().unwrap();
    match step.op.as_str() {
        "create" => {
            let creation = creation(step.creation.as_ref().unwrap());
            answered(&crm.create(step.record(), &creation, &actor, now).unwrap())
        }
        "decide" => answered(&crm.submit(&id(), &step.request(), &actor, now).unwrap()),
        "edit" => answered(&crm.edit(&id(), &edit(step.edit.as_ref().unwrap()), &actor, now).unwrap()),
        "carry_out" => {
            let said = wish().input.iter();
            let act = CarryOut::action(wish().action.as_deref().unwrap());
            let act = said.fold(act, |act, (name, value)| act.with(name.as_str(), value.clone()));
            answered(&crm.carry_out(&id(), &act, &actor, now).unwrap())
        }
        "convert" => {
            let into = wish().pipeline.iter();
            let conversion = into.fold(Conversion::new(), |wish, into| wish.into_pipeline(into.as_str()));
            match crm.convert(&id(), &conversion, &actor, now).unwrap() {
                Converting::Refused(refusal) => refused(&refusal),
                Converting::Done(done) => json!({ "outcome": "converted", "how": done.how.name() }),
            }
        }
        other => panic!("no operation `{other}` of a workspace"),
    }
}

fn answered(answer: &Answer) -> Json {
    let (word, receipt) = match answer {
        Answer::Refused(refusal) => return refused(refusal),
        Answer::Unchanged(unchanged) => return json!({ "outcome": "unchanged", "stage": unchanged.stage() }),
        Answer::RolledBack => return json!({ "outcome": "rolled_back" }),
        Answer::Done(receipt) => ("moved", receipt),
        Answer::Proposed(receipt) => ("proposed", receipt),
    };
    let (mut record, mut row) = (to_json(receipt.record()), to_json(receipt.row()));
    plain(&mut record, &mut row);
    json!({
        "outcome": word, "record": record, "row": row, "effects": receipt.effects(),
        "repeated": receipt.is_repeated(),
    })
}
