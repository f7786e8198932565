//! What a definition makes of records that are there and of their past: SEMANTICS S32, S35, S36.

use lifestage::revise::{DefinitionEdit as Edit, Revised, Revision};
use lifestage::store::MemoryStore;
use lifestage::{
    Actor, Creation, Edit as FactEdit, Pipeline, ReasonCode, Record, ReplayedRow, Request, Timestamp,
    Workspace, definition, presets,
};

fn at(hour: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + hour * 3_600)
}

fn olga() -> Actor {
    Actor::new("olga").with_role("owner")
}

fn sam() -> Actor {
    Actor::new("sam").with_role("sales")
}

fn lead() -> Pipeline {
    Pipeline::from_json(presets::LEAD).unwrap()
}

/// Three leads: one contacted, one engaged, one won.
fn crm() -> Workspace<MemoryStore> {
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&lead(), &olga(), at(0)).unwrap();
    let path =
        ["mark_contacted", "mark_engaged", "set_appointment", "mark_showed", "start_negotiation", "mark_won"];
    for (id, steps) in [("one", 1), ("two", 2), ("three", 6)] {
        let record = Record::new(id).with("email", format!("{id}@example.com"));
        assert!(crm.create(record, &Creation::new(), &sam(), at(0)).unwrap().receipt().is_some());
        for (hour, mv) in (1..).zip(&path[..steps]) {
            let answer = crm.submit(id, &Request::mv(*mv), &sam(), at(hour)).unwrap();
            assert!(answer.receipt().is_some(), "{mv}: {answer:?}");
        }
    }
    crm
}

fn revised(edits: impl IntoIterator<Item = Edit>) -> Pipeline {
    let revision = edits.into_iter().fold(Revision::new(), Revision::edit);
    match lead().revise(&revision, &lifestage::migration::Occupancy::none(), &olga()) {
        Revised::Accepted(done) => done.pipeline().clone(),
        other => panic!("{other:?}"),
    }
}

/// A lead pipeline where winning and being engaged need a phone number.
fn stricter() -> Pipeline {
    let mut won = lead().definition().policy.moves.iter().find(|mv| mv.id == "mark_won").unwrap().clone();
    won.when = Some("has(phone)".into());
    let entry = Edit::SetEntry { stage: "engaged".into(), when: None, requires: vec!["phone".into()] };
    revised([Edit::put_move(won), entry, Edit::rename_stage("showed", "Attended")])
}

/// S32: in words a person reads, with the records it is about.
#[test]
fn s32_the_impact_of_a_new_version() {
    let lines: Vec<String> = crm().impact(&stricter()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "stage `engaged` now requires `phone` to enter; 1 record affected",
            "stage `showed` renamed to `Attended` (was `Showed`); 0 records affected",
            "move `mark_won` now needs `has(phone)`; 0 records affected",
        ]
    );
    let parked = revised([Edit::SetPolicy {
        free: Some(true),
        no_skipping: None,
        no_backward: None,
        unowned_at_creation: None,
    }]);
    assert_eq!(crm().impact(&parked).unwrap()[0].records, 3, "what is about no stage is about all");
    let mut contacted =
        lead().definition().policy.moves.iter().find(|mv| mv.id == "mark_engaged").unwrap().clone();
    contacted.when = Some("has(phone)".into());
    assert_eq!(
        crm().impact(&revised([Edit::put_move(contacted)])).unwrap()[0].records,
        1,
        "where the move starts"
    );
}

/// S35: who would not get where they are.
#[test]
fn s35_records_out_of_policy() {
    let crm = crm();
    crm.publish(&stricter(), &olga(), at(9)).unwrap();
    let mut found = Vec::new();
    let looked_at = crm
        .out_of_policy("lead", at(10), |record, reasons| {
            found.push((record.id().to_owned(), reasons.iter().map(ToString::to_string).collect::<Vec<_>>()));
        })
        .unwrap();
    assert_eq!(looked_at, 3);
    assert_eq!(found, [("two".to_owned(), vec!["phone is missing".to_owned()])]);
    crm.edit("two", &FactEdit::new().set("phone", "555"), &sam(), at(11)).unwrap();
    crm.out_of_policy("lead", at(12), |record, _| panic!("{record:?}")).unwrap();
}

/// S36: which past moves another definition would have refused; nothing is written.
#[test]
fn s36_the_past_under_another_definition() {
    let crm = crm();
    let mut refused: Vec<ReplayedRow> = Vec::new();
    let total = crm.replay(&stricter(), |_| None, |row| refused.push(row)).unwrap();
    assert_eq!((total.judged, total.passed_over), (3 + 1 + 2 + 6, 0));
    refused.sort_by(|one, two| (&one.record, one.seq).cmp(&(&two.record, two.seq)));
    let told: Vec<String> = refused
        .iter()
        .map(|row| format!("{} {}: {}", row.record, row.mv.as_deref().unwrap_or("-"), row.refusal))
        .collect();
    assert_eq!(
        told,
        [
            "three mark_engaged: phone is missing",
            "three mark_won: phone is missing",
            "two mark_engaged: phone is missing"
        ]
    );
    assert_eq!(crm.history("two").unwrap().len(), 3);
    let same = crm.replay(&lead(), |_| None, |row| panic!("{row:?}")).unwrap();
    assert_eq!(same.judged, 12, "what was allowed is allowed");
}

/// S36: with the roles of the people, permission is judged too; without, it is not.
#[test]
fn s36_permission_is_judged_where_roles_are_known() {
    let crm = crm();
    let mut won = lead().definition().policy.moves.iter().find(|mv| mv.id == "mark_won").unwrap().clone();
    won.roles = vec!["manager".into()];
    let next = revised([Edit::put_move(won)]);
    crm.replay(&next, |_| None, |row| panic!("{row:?}")).unwrap();
    let mut refused = Vec::new();
    crm.replay(&next, |row| Some(Actor::new(row.actor.clone()).with_role("sales")), |row| refused.push(row))
        .unwrap();
    let codes: Vec<Vec<ReasonCode>> = refused.iter().map(|row| row.refusal.codes().collect()).collect();
    assert_eq!(codes, [[ReasonCode::PermissionDenied]]);
    assert_eq!((refused[0].record.as_str(), refused[0].seq), ("three", 7));
}

/// S36: facts are those of the day, forced moves are passed over, and stages that are gone are told.
#[test]
fn s36_rows_are_judged_on_what_was_there() {
    let crm = crm();
    crm.edit("one", &FactEdit::new().set("phone", "555"), &sam(), at(6)).unwrap();
    crm.submit("one", &Request::mv("mark_engaged"), &sam(), at(7)).unwrap();
    crm.edit("one", &FactEdit::new().clear("phone"), &sam(), at(8)).unwrap();
    crm.submit("one", &Request::to("won").forced("it was won by mail"), &olga(), at(9)).unwrap();
    let rows = crm.history("one").unwrap();
    let replay = stricter().replay(&rows, |_| None);
    assert_eq!((replay.judged, replay.passed_over, replay.refused), (3, 3, Vec::new()));

    let mut document = lead().definition().clone();
    document.stages.retain(|stage| stage.id != "contacted");
    document.policy.moves.retain(|mv| mv.to != "contacted");
    for mv in &mut document.policy.moves {
        mv.from.0.retain(|source| source.stage != "contacted");
    }
    document.policy.moves.retain(|mv| !mv.from.0.is_empty());
    document.queues.clear();
    document.automation.clear();
    let without = Pipeline::from_definition(document).unwrap();
    let codes: Vec<Vec<ReasonCode>> =
        without.replay(&rows, |_| None).refused.iter().map(|row| row.refusal.codes().collect()).collect();
    assert_eq!(codes[0], [ReasonCode::UnknownMove]);
    assert_eq!(codes[1], [ReasonCode::OrphanedStage]);
}

/// What depends on a stage, for whoever wants to remove it.
#[test]
fn uses_of_a_stage() {
    let document = lead().definition().clone();
    let uses: Vec<String> = definition::uses(&document, "showed").iter().map(ToString::to_string).collect();
    assert!(uses.contains(&"move `mark_showed` leads to it".to_owned()), "{uses:?}");
    assert!(uses.contains(&"move `start_negotiation` starts there".to_owned()), "{uses:?}");
    let mut conditioned = document;
    conditioned.policy.moves[0].when = Some("record.stage in ['showed', 'new']".into());
    let uses = definition::uses(&conditioned, "showed");
    let condition = uses.iter().find(|using| using.how == "has a condition on it").unwrap();
    assert_eq!(condition.pointer, "/policy/moves/0/when");
    assert_eq!(definition::uses(&conditioned, "nowhere"), []);
}

/// A free pipeline; `moves` are listed besides.
fn deals(moves: serde_json::Value) -> Pipeline {
    let document = serde_json::json!({
        "id": "deals", "name": "Deals",
        "categories": [{ "id": "open", "name": "Open", "outcome": "open" }],
        "stages": [
            { "id": "a", "name": "A", "category": "open", "default": true },
            { "id": "b", "name": "B", "category": "open" },
            { "id": "c", "name": "C", "category": "open", "entry": "record.stage == 'b'" },
        ],
        "policy": { "free": true, "moves": moves },
        "roles": {
            "importer": { "can": ["import", "view"] },
            "rep": { "can": ["create", "view", "move", "publish"] },
            "boss": { "can": ["view", "approve"] },
        },
    });
    Pipeline::from_json(&document.to_string()).unwrap()
}

fn actor_of(row: &lifestage::journal::Row) -> Option<Actor> {
    Some(Actor::new(row.actor.clone()).with_role(match row.actor.as_str() {
        "ina" => "importer",
        "bea" => "boss",
        _ => "rep",
    }))
}

/// S36: what was lawful is lawful when it is judged again under the same definition, and what leads to the same stage
/// under another button is too.
#[test]
fn s36_imports_approvals_and_unlisted_moves_are_judged_as_what_they_were() {
    let approved =
        serde_json::json!([{ "id": "sign", "label": "Sign", "from": "b", "to": "c", "approval": true }]);
    let pipeline = deals(approved);
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    let (ina, rita, bea) = (
        Actor::new("ina").with_role("importer"),
        Actor::new("rita").with_role("rep"),
        Actor::new("bea").with_role("boss"),
    );
    crm.publish(&pipeline, &rita, at(0)).unwrap();
    crm.create(Record::new("d-1"), &Creation::in_stage("a").imported(Some(at(0))), &ina, at(0)).unwrap();
    for (request, actor) in
        [(Request::to("b"), &rita), (Request::mv("sign"), &rita), (Request::mv("sign"), &bea)]
    {
        let answer = crm.submit("d-1", &request, actor, at(1)).unwrap();
        assert!(answer.receipt().is_some(), "{answer:?}");
    }
    let rows = crm.history("d-1").unwrap();
    assert_eq!(pipeline.replay(&rows, actor_of).refused, []);
    let listed = deals(serde_json::json!([
        { "id": "go", "label": "Go", "from": "a", "to": "b" },
        { "id": "sign", "label": "Sign", "from": "b", "to": "c", "approval": true },
    ]));
    assert_eq!(listed.replay(&rows, actor_of).refused, [], "`to:b` is the button Go there");

    // S35: where a record came from is no fact of today.
    let record = crm.record("d-1").unwrap().unwrap();
    assert_eq!(pipeline.out_of_policy(&record, at(2)), []);
}
