//! A host's own authorizer has the last word on permission, on every path, and on nothing else (S55).

mod agreement;
mod paths;
mod workspace;

use std::fmt;
use std::sync::{Arc, Mutex};

use lifestage::criteria::Slot;
use lifestage::{
    Actor, Authorizer, Capability, Creation, Decision, Denied, Permission, Pipeline, ReasonCode, Record,
    Refusal, Request, Timestamp, Value, Verdict,
};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_772_442_000);

/// A free pipeline with every kind of rule on its moves.
fn definition() -> serde_json::Value {
    json!({
        "id": "deal",
        "name": "Deals",
        "fields": { "region": "string", "budget": "int" },
        "categories": [
            { "id": "open", "name": "Open", "outcome": "open" },
            { "id": "won", "name": "Won", "outcome": "won" },
            { "id": "lost", "name": "Lost", "outcome": "lost" }
        ],
        "stages": [
            { "id": "new", "name": "New", "category": "open", "default": true },
            {
                "id": "talk", "name": "Talk", "category": "open",
                "actions": [
                    { "id": "call", "name": "Call", "kind": "book_call" },
                    { "id": "audit", "name": "Audit", "kind": "notify", "roles": ["boss"] }
                ]
            },
            { "id": "won", "name": "Won", "category": "won" },
            { "id": "done", "name": "Done", "category": "won", "final": true },
            { "id": "lost", "name": "Lost", "category": "lost" }
        ],
        "policy": {
            "free": true,
            "moves": [
                { "id": "start", "label": "Start", "from": "new", "to": "talk" },
                { "id": "win", "label": "Win", "from": "talk", "to": "won", "roles": ["boss"], "when": "budget > 0" },
                { "id": "drop", "label": "Drop", "from": "talk", "to": "lost", "owner_only": true },
                { "id": "finish", "label": "Finish", "from": "won", "to": "done", "approval": true }
            ]
        },
        "roles": {
            "rep": { "can": ["create", "view", "act", "move", "edit_fields"] },
            "solo": { "can": ["view", "act:own", "move:own", "edit_fields:own"] },
            "boss": { "inherits": ["rep"], "can": [
                "force", "approve", "correct", "import", "migrate", "configure_catalog", "publish"
            ] }
        }
    })
}

fn pipeline() -> Pipeline {
    Pipeline::from_json(&definition().to_string()).unwrap()
}

fn deal(stage: &str) -> Record {
    Record::new("d1").in_stage(stage).with("region", "north").with("budget", 5).owned_by("olga")
}

fn rep() -> Actor {
    Actor::new("rita").with_role("rep")
}

fn boss() -> Actor {
    Actor::new("bert").with_role("boss")
}

/// Nobody whom a role allows anything.
fn guest() -> Actor {
    Actor::new("gus")
}

/// An authorizer made of a function.
struct By<F>(F);

impl<F> fmt::Debug for By<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("By")
    }
}

impl<F: Fn(&Permission<'_>) -> Result<(), Denied> + Send + Sync> Authorizer for By<F> {
    fn judge(&self, ask: &Permission<'_>) -> Result<(), Denied> {
        (self.0)(ask)
    }
}

fn by<F>(judge: F) -> Arc<dyn Authorizer>
where
    F: Fn(&Permission<'_>) -> Result<(), Denied> + Send + Sync + 'static,
{
    Arc::new(By(judge))
}

#[track_caller]
fn why(decision: Decision<'_>) -> Refusal {
    match decision {
        Decision::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

/// Nobody moves a deal of the south.
fn not_in_the_south() -> Arc<dyn Authorizer> {
    by(|ask| {
        ask.by_roles()?;
        let region = ask.record().and_then(|record| record.fields().get("region"));
        if ask.capability() == Capability::Move && region == Some(&Value::from("south")) {
            return Err(Denied::because("the south is closed").for_roles(["boss", "board"]));
        }
        Ok(())
    })
}

#[test]
fn a_veto_is_a_reason_with_words_and_who_could() {
    let pipeline = pipeline().authorized_by(not_in_the_south());
    let (north, south) = (deal("new"), deal("new").with("region", "south"));
    let start = Request::mv("start");
    assert!(matches!(pipeline.decide(&north, &start, &rep(), NOW), Decision::Moved(_)));
    let refusal = why(pipeline.decide(&south, &start, &rep(), NOW));
    let [reason] = refusal.reasons() else { panic!("{refusal}") };
    assert_eq!((reason.code(), reason.message()), (ReasonCode::PermissionDenied, "the south is closed"));
    assert_eq!(reason.parameter("capability"), Some(&Value::from("move")));
    assert_eq!(reason.parameter("move"), Some(&Value::from("start")));
    assert_eq!(reason.parameter("roles"), Some(&Value::List(vec!["boss".into(), "board".into()])));
    // What the roles refuse is told in the words of the roles.
    let refusal = why(pipeline.decide(&south, &start, &guest(), NOW));
    assert_eq!(refusal.to_string(), "`move` is for boss, rep or solo");
}

/// S2: permission is one reason among all.
#[test]
fn s2_a_veto_leaves_the_other_reasons() {
    let pipeline = pipeline().authorized_by(not_in_the_south());
    let poor = deal("talk").with("region", "south").with("budget", 0);
    let refusal = why(pipeline.decide(&poor, &Request::mv("win"), &boss(), NOW));
    assert_eq!(
        refusal.codes().collect::<Vec<_>>(),
        [ReasonCode::PermissionDenied, ReasonCode::CriteriaUnmet]
    );
}

#[test]
fn a_grant_goes_past_the_roles_and_past_nothing_else() {
    let anybody = pipeline().authorized_by(by(|_| Ok(())));
    let talk = deal("talk");
    for mv in ["win", "drop"] {
        assert!(
            why(pipeline().decide(&talk, &Request::mv(mv), &guest(), NOW)).has(ReasonCode::PermissionDenied)
        );
        assert!(matches!(anybody.decide(&talk, &Request::mv(mv), &guest(), NOW), Decision::Moved(_)), "{mv}");
    }
    let poor = deal("talk").with("budget", 0);
    let refusal = why(anybody.decide(&poor, &Request::mv("win"), &guest(), NOW));
    assert_eq!(refusal.codes().collect::<Vec<_>>(), [ReasonCode::CriteriaUnmet]);
    // Four eyes stay two pairs (S61b).
    let won = deal("won");
    let (finish, gus) = (Request::mv("finish"), guest());
    let Decision::Proposed(change) = anybody.decide(&won, &finish, &gus, NOW) else { panic!() };
    let proposed = change.after();
    assert!(why(anybody.decide(&proposed, &finish, &guest(), NOW)).has(ReasonCode::ApprovalNeeded));
    assert!(matches!(anybody.decide(&proposed, &finish, &rep(), NOW), Decision::Moved(_)));
}

#[test]
fn owners_are_told_apart() {
    let own_only = by(|ask| match ask.is_owner() {
        true => Ok(()),
        false => Err(Denied::to_strangers("work on your own deals")),
    });
    let pipeline = pipeline().authorized_by(own_only);
    let (olga, deal) = (Actor::new("olga"), deal("new"));
    assert!(matches!(pipeline.decide(&deal, &Request::mv("start"), &olga, NOW), Decision::Moved(_)));
    let refusal = why(pipeline.decide(&deal, &Request::mv("start"), &rep(), NOW));
    let [reason] = refusal.reasons() else { panic!("{refusal}") };
    assert_eq!((reason.code(), reason.message()), (ReasonCode::NotOwner, "work on your own deals"));
    // A record that nobody owns yet is its creator's (S26a); one made for somebody else is not.
    let create = |record: &Record| {
        let creation = Creation::new();
        pipeline
            .create(record, &creation, &olga, NOW)
            .refusal()
            .map(|refusal| refusal.codes().collect::<Vec<_>>())
    };
    assert_eq!(create(&Record::new("d2")), None);
    assert_eq!(create(&Record::new("d2").owned_by("rita")), Some(vec![ReasonCode::NotOwner]));
}

#[test]
fn who_may_not_create_is_told_by_the_code_of_creation() {
    let closed = pipeline().authorized_by(by(|_| Err(Denied::because("closed today"))));
    let (record, creation) = (Record::new("d2"), Creation::new());
    let refusal = why(closed.create(&record, &creation, &boss(), NOW));
    let [reason] = refusal.reasons() else { panic!("{refusal}") };
    assert_eq!((reason.code(), reason.message()), (ReasonCode::NotPermittedToCreate, "closed today"));
}

#[test]
fn who_could_is_asked_of_the_authorizer() {
    let could = |pipeline: &Pipeline, mv: &str| -> Vec<String> {
        let explained = pipeline.explain(&deal("talk"), &guest(), NOW);
        explained.mv(mv).unwrap().who_could.iter().map(ToString::to_string).collect()
    };
    assert_eq!(could(&pipeline(), "win"), ["boss"]);
    assert_eq!(could(&pipeline(), "drop"), ["boss", "rep", "solo"]);
    let reps = by(|ask| match ask.actor().roles() {
        [role] if role == "rep" => Ok(()),
        _ => Err(Denied::because("only reps")),
    });
    let by_reps = pipeline().authorized_by(reps);
    assert_eq!((could(&by_reps, "win"), could(&by_reps, "to:new")), (vec!["rep".into()], vec!["rep".into()]));
    let owners = by(|ask| match ask.record().and_then(Record::owner) == Some(ask.actor().id()) {
        true => ask.by_roles(),
        false => Err(Denied::to_strangers("not yours")),
    });
    assert_eq!(could(&pipeline().authorized_by(owners), "win"), ["boss"]);
}

#[test]
fn a_denial_can_be_read() {
    let words = Denied::because("closed today").for_roles(["boss"]).to_string();
    assert_eq!(words, "closed today");
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let listening = by(move |ask| {
        let judged = ask.by_roles();
        heard.lock().unwrap().extend(judged.as_ref().err().map(ToString::to_string));
        judged
    });
    let listened = pipeline().authorized_by(listening);
    why(listened.decide(&deal("talk"), &Request::mv("drop"), &guest(), NOW));
    let both = "`move` is for boss, rep or solo; `Drop` is for the owner of the record";
    assert_eq!(said.lock().unwrap().first().map(String::as_str), Some(both));
}

/// The fast path knows neither record nor actor: there the roles decide.
#[test]
fn the_fast_path_keeps_to_the_roles() {
    let closed = pipeline().authorized_by(by(|_| Err(Denied::because("closed today"))));
    let record = deal("new");
    let mv = closed.policy().index_of("start").unwrap();
    let stage = closed.catalog().index_of("new");
    let who = closed.who(&record, &rep());
    let facts: [Slot<'_>; 0] = [];
    assert!(matches!(closed.verdict(stage, mv, who, &facts), Verdict::Moves(_)));
    assert_eq!(closed.open_moves(stage, who, &facts).count(), 1);
    assert_eq!(closed.moves(&record, &rep(), NOW).count(), 0);
}
