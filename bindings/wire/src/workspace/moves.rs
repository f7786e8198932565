//! Moves, creations and edits, decided and committed.

use lifestage::store::CommitMode;
use lifestage::{Record, Request};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::answer::answered;
use crate::fault::Fault;
use crate::input::Input;
use crate::operation::{Entry, OnWorkspace, Outcome, on_workspace};
use crate::wish::{CreationForm, EditForm};

use super::Crm;

pub(super) static TABLE: &[Entry<OnWorkspace>] = &[
    on_workspace("create", "record creation? actor now", "Creates a record.", |crm, it| {
        let creation = it.or_default::<CreationForm>("creation")?.creation()?;
        answered(&crm.create(it.take("record")?, &creation, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("create_all", "records mode? actor now", "Creates records, each or none.", create_all),
    on_workspace("submit", "id request actor now", "Moves a record.", |crm, it| {
        let (id, request) = (it.id("id")?, it.take::<Request>("request")?);
        answered(&crm.submit(&id, &request, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("dry_run", "id request actor now", "What a move would come to.", |crm, it| {
        let (id, request) = (it.id("id")?, it.take::<Request>("request")?);
        answered(&crm.dry_run(&id, &request, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("edit", "id edit actor now", "Changes facts of a record.", |crm, it| {
        let (id, edit) = (it.id("id")?, it.take::<EditForm>("edit")?);
        answered(&crm.edit(&id, &edit.edit()?, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("undo", "id row reason? actor now", "Undoes a move by a new row.", |crm, it| {
        let (id, reason) = (it.id("id")?, it.or_default::<String>("reason")?);
        answered(&crm.undo(&id, it.take("row")?, &reason, &it.take("actor")?, it.now()?)?)
    }),
    on_workspace("withdraw", "id row actor now", "Takes a proposal back.", |crm, it| {
        let id = it.id("id")?;
        answered(&crm.withdraw(&id, it.take("row")?, &it.take("actor")?, it.now()?)?)
    }),
];

/// A record with how it comes to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    record: Record,
    #[serde(default)]
    creation: CreationForm,
}

fn create_all(crm: &Crm, it: &Input<'_>) -> Outcome {
    let records: Vec<New> = it.take("records")?;
    let made: Result<Vec<_>, Fault> =
        records.into_iter().map(|new| Ok((new.record, new.creation.creation()?))).collect();
    let mode: CommitMode = it.or_default("mode")?;
    let answers = crm.create_all(made?, mode, &it.take("actor")?, it.now()?)?;
    answers.iter().map(answered).collect::<Result<Vec<Json>, Fault>>().map(Json::from)
}
