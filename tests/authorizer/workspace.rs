//! A workspace plugs an authorizer into all its pipelines, those to come included.

use std::sync::Arc;

use lifestage::journal::RowKind;
use lifestage::migration::StageMap;
use lifestage::revise::{DefinitionEdit, Revision};
use lifestage::store::MemoryStore;
use lifestage::{
    Actor, Answer, Authorizer, Capability, Creation, Denied, Edit, Permission, Pipeline, Publishing, Record,
    Request, Workspace,
};

use super::{NOW, by, definition, guest, pipeline};

/// The guest may do everything, and nobody else anything.
fn only_guests() -> Arc<dyn Authorizer> {
    by(|ask: &Permission<'_>| match ask.actor() == &guest() {
        true => Ok(()),
        false => Err(Denied::because("guests only")),
    })
}

fn crm() -> Workspace<MemoryStore> {
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap().authorized_by(only_guests());
    crm.publish(&pipeline(), &guest(), NOW).unwrap();
    let record = Record::new("d1").with("budget", 5);
    assert!(crm.create(record, &Creation::new(), &guest(), NOW).unwrap().receipt().is_some());
    crm
}

fn renamed() -> Pipeline {
    let mut document = definition();
    document["stages"][1]["name"] = "Talking".into();
    Pipeline::from_json(&document.to_string()).unwrap()
}

fn is_closed(answer: &Answer) -> bool {
    answer.refusal().is_some_and(|refusal| refusal.to_string().starts_with("guests only"))
}

#[test]
fn it_is_asked_on_every_path_of_a_workspace() {
    // Whatever the roles of the definition say of one who has them all.
    let bert = Actor::new("bert").with_role("boss");
    let crm = crm();
    assert!(is_closed(&crm.create(Record::new("d2"), &Creation::new(), &bert, NOW).unwrap()));
    assert!(is_closed(
        &crm.create(Record::new("d2").in_pipeline("deal"), &Creation::new(), &bert, NOW).unwrap()
    ));
    let start = Request::mv("start");
    assert!(is_closed(&crm.dry_run("d1", &start, &bert, NOW).unwrap()));
    assert!(is_closed(&crm.submit("d1", &start, &bert, NOW).unwrap()));
    assert!(crm.submit("d1", &start, &guest(), NOW).unwrap().receipt().is_some());
    assert!(is_closed(&crm.edit("d1", &Edit::new().set("budget", 9), &bert, NOW).unwrap()));
    assert!(is_closed(&crm.undo("d1", 2, "", &bert, NOW).unwrap()));
    crm.submit("d1", &Request::mv("win"), &guest(), NOW).unwrap();
    crm.submit("d1", &Request::mv("finish"), &guest(), NOW).unwrap();
    let proposal = crm.history("d1").unwrap().pop().unwrap();
    assert_eq!(proposal.kind, RowKind::Proposal);
    assert!(is_closed(&crm.withdraw("d1", proposal.seq, &bert, NOW).unwrap()));
    assert!(is_closed(
        &crm.transfer("d1", "deal", &StageMap::new().with("won", "new"), "", &bert, NOW).unwrap()
    ));
    assert!(
        crm.pipeline("deal").unwrap().moves(&crm.record("d1").unwrap().unwrap(), &bert, NOW).next().is_none()
    );
    assert!(!crm.pipelines()[0].can(&Record::new("d1"), &bert, Capability::View));
    assert!(!crm.pipeline_at("deal", 1).unwrap().can(&Record::new("d1"), &bert, Capability::View));
}

#[test]
fn it_says_who_publishes_and_migrates() {
    let bert = Actor::new("bert").with_role("boss");
    let crm = crm();
    let refused = crm.publish(&renamed(), &bert, NOW).unwrap_err().to_string();
    assert!(refused.ends_with("guests only"), "{refused}");
    let map = StageMap::new().with("new", "talk");
    assert!(crm.preview(&renamed(), &map, &bert).unwrap().is_err());
    // The pipeline that comes in is judged by the authorizer of the workspace, whatever its own says.
    let open = renamed().authorized_by(by(|_| Ok(())));
    assert!(crm.preview(&open, &map, &bert).unwrap().is_err());
    assert!(crm.preview(&open, &map, &guest()).unwrap().is_ok());
    let revision = Revision::from(DefinitionEdit::rename_stage("talk", "Talking"));
    assert!(matches!(crm.revise("deal", &revision, &bert, NOW, |_| {}).unwrap(), Publishing::Refused(_)));
    let Publishing::Published(done) = crm.revise("deal", &revision, &guest(), NOW, |_| {}).unwrap() else {
        panic!()
    };
    assert!(!done.pipeline().can(&Record::new("d1"), &bert, Capability::View));
}

#[test]
fn it_stays_after_publishing_and_reading_anew() {
    let bert = Actor::new("bert").with_role("boss");
    let crm = crm();
    let published = crm.publish(&renamed(), &guest(), NOW).unwrap();
    assert!(!published.can(&Record::new("d1"), &bert, Capability::View));
    assert!(is_closed(&crm.submit("d1", &Request::mv("start"), &bert, NOW).unwrap()));
    crm.refresh().unwrap();
    assert!(is_closed(&crm.submit("d1", &Request::mv("start"), &bert, NOW).unwrap()));
    assert!(crm.submit("d1", &Request::mv("start"), &guest(), NOW).unwrap().receipt().is_some());
}

#[test]
fn it_is_plugged_into_what_was_published_before() {
    let store = Arc::new(MemoryStore::new());
    let (rita, bert) = (Actor::new("rita").with_role("rep"), Actor::new("bert").with_role("boss"));
    let by_roles = Workspace::open(Arc::clone(&store), "acme").unwrap();
    by_roles.publish(&pipeline(), &bert, NOW).unwrap();
    assert!(by_roles.create(Record::new("d1"), &Creation::new(), &rita, NOW).unwrap().receipt().is_some());
    let by_guests = Workspace::open(store, "acme").unwrap().authorized_by(only_guests());
    assert!(is_closed(&by_guests.submit("d1", &Request::mv("start"), &rita, NOW).unwrap()));
    assert!(by_roles.submit("d1", &Request::mv("start"), &rita, NOW).unwrap().receipt().is_some());
}
