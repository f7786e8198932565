//! Every path asks, and what it asks about is what it does.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use lifestage::definition::RoleDef;
use lifestage::journal::{Row, Salt};
use lifestage::migration::{MapEntry, Migration, Occupancy, StageMap};
use lifestage::revise::{DefinitionEdit, Revised, Revision};
use lifestage::{
    Actor, Capability, Creation, Decision, Denied, Edit, Permission, Pipeline, Record, Request, SealedChange,
    Standing,
};

use super::{NOW, boss, by, deal, guest, pipeline, rep};

/// A question in one line.
fn said(ask: &Permission<'_>) -> String {
    let mut line = ask.capability().to_string();
    let parts = [("by", ask.mv()), ("from", ask.from()), ("to", ask.to()), ("with", ask.action())];
    for (word, part) in parts {
        line.extend(part.map(|part| format!(" {word} {part}")));
    }
    line.push_str(if ask.record().is_none() { " of the pipeline" } else { "" });
    line
}

/// A pipeline where everybody may do everything, and what it was asked about the guest.
fn listening() -> (Pipeline, Arc<Mutex<BTreeSet<String>>>) {
    let heard = Arc::new(Mutex::new(BTreeSet::new()));
    let hears = Arc::clone(&heard);
    let all = pipeline().authorized_by(by(move |ask| {
        assert!(ask.record().is_none_or(|record| record.id() == "d1"));
        assert_eq!(ask.pipeline().id(), "deal");
        if ask.actor() == &guest() {
            hears.lock().unwrap().insert(said(ask));
        }
        Ok(())
    }));
    (all, heard)
}

fn closed() -> Pipeline {
    pipeline().authorized_by(by(|_| Err(Denied::because("closed"))))
}

fn is_allowed(decision: &Decision<'_>) -> bool {
    decision.refusal().is_none()
}

fn decided(pipeline: &Pipeline, stage: &str, request: &Request) -> bool {
    is_allowed(&pipeline.decide(&deal(stage), request, &guest(), NOW))
}

fn written(decision: Decision<'_>) -> SealedChange {
    decision.change().unwrap().seal(Salt::from_bytes([7; 16]))
}

/// A record, and the row that brought it where it is.
fn brought(request: &Request, from: &str, actor: &Actor) -> (Record, Row) {
    let change = written(pipeline().decide(&deal(from), request, actor, NOW));
    (change.record, change.row)
}

fn proposed() -> Record {
    brought(&Request::mv("finish"), "won", &rep()).0
}

fn undone(pipeline: &Pipeline, to: &str) -> bool {
    let (record, row) = brought(&Request::to(to).forced("it was so"), "talk", &boss());
    is_allowed(&pipeline.undo(&record, &row, "oops", &Request::to(""), &guest(), NOW))
}

fn created(pipeline: &Pipeline, creation: &Creation) -> bool {
    is_allowed(&pipeline.create(&Record::new("d1"), creation, &guest(), NOW))
}

fn migrated(pipeline: &Pipeline) -> bool {
    let migration = Migration {
        id: "m1".into(),
        pipeline: "deal".into(),
        into: "deal".into(),
        version: 1,
        map: StageMap::new().with("talk", "new"),
        reason: "again".into(),
        earlier_only: false,
        actor: guest(),
        started_at: NOW,
    };
    is_allowed(&pipeline.migrate(&deal("talk"), None, &migration, NOW))
}

fn revised(pipeline: &Pipeline, revision: &Revision) -> bool {
    matches!(pipeline.revise(revision, &Occupancy::none(), &guest()), Revised::Accepted(_))
}

fn rename() -> Revision {
    Revision::from(DefinitionEdit::rename_stage("talk", "Talking"))
}

fn new_role() -> Revision {
    let definition = RoleDef::new("Temp").can([Capability::View]);
    Revision::from(DefinitionEdit::PutRole { role: "temp".into(), definition, before: None })
}

fn replayed(pipeline: &Pipeline) -> bool {
    let by_roles = super::pipeline();
    let (new, creation, rita) = (Record::new("d1"), Creation::new(), rep());
    let created = written(by_roles.create(&new, &creation, &rita, NOW));
    let moved = written(by_roles.decide(&created.record, &Request::mv("start"), &rita, NOW));
    pipeline.replay(&[created.row, moved.row], |_| Some(guest())).refused.is_empty()
}

/// A path: what it is called, whether it lets the guest pass, and what it asks.
type Path = (&'static str, fn(&Pipeline) -> bool, &'static [&'static str]);

const PATHS: [Path; 23] = [
    ("a listed move", |p| decided(p, "new", &Request::mv("start")), &["move by start from new to talk"]),
    ("an implied move", |p| decided(p, "new", &Request::mv("to:lost")), &["move from new to lost"]),
    ("a target", |p| decided(p, "talk", &Request::to("won")), &["move by win from talk to won"]),
    ("staying", |p| decided(p, "talk", &Request::to("talk")), &["view"]),
    (
        "a move by force",
        |p| decided(p, "won", &Request::mv("start").forced("it must be")),
        &["force by start from won to talk"],
    ),
    (
        "a target by force",
        |p| decided(p, "new", &Request::to("done").forced("it must be")),
        &["force from new to done"],
    ),
    ("a proposal", |p| decided(p, "won", &Request::mv("finish")), &["move by finish from won to done"]),
    (
        "an approval",
        |p| is_allowed(&p.decide(&proposed(), &Request::mv("finish"), &guest(), NOW)),
        &["approve by finish to done", "move by finish from won to done"],
    ),
    (
        "a withdrawal",
        |p| {
            let record = proposed();
            is_allowed(&p.withdraw(&record, record.proposals()[0].seq, &Request::to(""), &guest(), NOW))
        },
        &["approve by finish to done"],
    ),
    ("a creation", |p| created(p, &Creation::new()), &["create to new"]),
    ("a creation in no stage", |p| created(p, &Creation::without_stage()), &["create"]),
    ("an import", |p| created(p, &Creation::in_stage("won").imported(None)), &["import to won"]),
    (
        "an edit",
        |p| is_allowed(&p.edit(&deal("new"), &Edit::new().set("budget", 7), &guest(), NOW)),
        &["edit_fields"],
    ),
    ("undoing", |p| undone(p, "won"), &["correct"]),
    ("undoing out of a final stage", |p| undone(p, "done"), &["correct", "force"]),
    ("a migration", migrated, &["migrate"]),
    (
        "the buttons",
        |p| p.moves(&deal("talk"), &guest(), NOW).count() > 0,
        &[
            "move by drop from talk to lost",
            "move by win from talk to won",
            "move from talk to done",
            "move from talk to new",
        ],
    ),
    (
        "the actions",
        |p| p.actions(&deal("talk"), &guest(), NOW).count() > 0,
        &["act with audit", "act with call"],
    ),
    (
        "a route",
        |p| p.route(&deal("new"), "done", &guest()).is_some(),
        &["move by start from new to talk", "move from new to done", "move from new to won"],
    ),
    ("a capability", |p| p.can(&deal("new"), &guest(), Capability::Claim), &["claim"]),
    ("a revision", |p| revised(p, &rename()), &["configure_catalog of the pipeline"]),
    (
        "a revision that moves records and gives rights",
        |p| revised(p, &new_role().migrating(MapEntry::new("talk", "new"))),
        &["configure_catalog of the pipeline", "migrate of the pipeline", "publish of the pipeline"],
    ),
    ("a replay", replayed, &["create to new", "move by start from new to talk"]),
];

#[test]
fn every_path_asks_what_it_is_about() {
    for (name, passes, questions) in PATHS {
        assert!(!passes(&pipeline()), "{name}: no role allows it");
        assert!(!passes(&closed()), "{name}: the authorizer refuses, and it passes");
        let (all, heard) = listening();
        assert!(passes(&all), "{name}: the authorizer allows, and it does not pass");
        let heard = heard.lock().unwrap();
        assert_eq!(heard.iter().map(String::as_str).collect::<Vec<_>>(), questions, "{name}");
    }
}

#[test]
fn explaining_asks_about_every_move_that_starts_here() {
    let (all, heard) = listening();
    let explained = all.explain(&deal("talk"), &guest(), NOW);
    let open = |standing: &Standing| matches!(standing, Standing::Allowed | Standing::Here);
    assert!(explained.stages.iter().all(|stage| open(&stage.standing)));
    for mv in ["move by drop from talk to lost", "move by win from talk to won", "move from talk to new"] {
        assert!(heard.lock().unwrap().contains(mv), "{mv}");
    }
    let explained = closed().explain(&deal("talk"), &guest(), NOW);
    assert!(explained.moves.iter().all(|mv| !open(&mv.standing) && mv.who_could.is_empty()));
    assert!(explained.stages.iter().all(|stage| stage.route.is_none()));
}

/// What a revision gives keeps asking.
#[test]
fn a_revision_keeps_the_authorizer() {
    let (all, heard) = listening();
    let Revised::Accepted(accepted) = all.revise(&rename(), &Occupancy::none(), &boss()) else { panic!() };
    assert!(decided(accepted.pipeline(), "new", &Request::mv("start")));
    assert!(heard.lock().unwrap().contains("move by start from new to talk"));
}
