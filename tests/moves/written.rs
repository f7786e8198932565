//! What a granted request writes, and what it is bound to: S1, S14 to S61b.

use super::*;

#[test]
fn s14_a_request_key_stands_for_one_request() {
    let pipeline = plain();
    let record = Record::new("d1").in_stage("a");
    let one = moved(pipeline.decide(&record, &Request::to("b").with_key("k"), &rep(), at(0)));
    assert_eq!(one.row.key.as_deref(), Some("k"));
    let digest = |request: Request, record: &str, actor: &str| request.digest(record, actor);
    let base = digest(Request::to("b"), "d1", "rita");
    assert_eq!(one.row.request, Some(base));
    for other in [
        digest(Request::mv("b"), "d1", "rita"),
        digest(Request::to("c"), "d1", "rita"),
        digest(Request::to("b"), "d2", "rita"),
        digest(Request::to("b"), "d1", "bert"),
        digest(Request::to("b").expecting_version(0), "d1", "rita"),
        digest(Request::to("b").expecting_visit(0), "d1", "rita"),
        digest(Request::to("b").with_input("x", 1), "d1", "rita"),
        digest(Request::to("b").forced("x"), "d1", "rita"),
    ] {
        assert_ne!(other, base);
    }
}

#[test]
fn s15a_a_snapshot_carries_all_that_a_decision_needs() {
    let pipeline = pipeline(|document| {
        document["stages"][1]["actions"] =
            json!([{ "id": "once", "name": "Once", "kind": "notify", "on": "enter", "repeat": "once" }]);
        document["policy"] = json!({ "free": true, "moves": [
            { "id": "sell", "label": "Sell", "from": "a", "to": "won", "approval": true }
        ] });
    });
    let mut record = moved(pipeline.create(&Record::new("d1"), &Creation::new(), &rep(), at(0))).record;
    for (to, hour) in [("b", 1), ("lost", 2), ("a", 3)] {
        record = moved(pipeline.decide(&record, &Request::to(to), &rep(), at(hour))).record;
    }
    let rita = rep();
    let Decision::Proposed(proposal) = pipeline.decide(&record, &Request::mv("sell"), &rita, at(4)) else {
        panic!()
    };
    let record = proposal.seal(SALT).record;
    let json = serde_json::to_string(&record).unwrap();
    let loaded: Record = serde_json::from_str(&json).unwrap();
    assert_eq!(loaded, record);
    for (request, actor) in
        [(Request::to("b"), rep()), (Request::mv("sell"), boss()), (Request::to("lost"), rep())]
    {
        let fresh = moved(pipeline.decide(&record, &request, &actor, at(5)));
        let again = moved(pipeline.decide(&loaded, &request, &actor, at(5)));
        assert_eq!(fresh, again);
    }
    assert!(
        serde_json::from_str::<Record>(r#"{"id": "d1", "colour": 1}"#).is_err(),
        "unknown keys are refused"
    );
}

#[test]
fn s16_what_the_caller_saw_is_compared() {
    let pipeline = plain();
    let born = moved(pipeline.create(&Record::new("d1"), &Creation::new(), &rep(), at(0))).record;
    let edited = moved(pipeline.edit(&born, &Edit::new().set("budget", 9), &rep(), at(1))).record;
    assert_eq!((edited.version(), edited.visit()), (2, 1));
    let by_version = Request::to("b").expecting_version(1);
    let why = why(pipeline.decide(&edited, &by_version, &rep(), at(2)));
    assert_eq!(why.codes().collect::<Vec<_>>(), [ReasonCode::StaleRecord]);
    assert_eq!(
        why.to_string(),
        "somebody else changed this record just now, and it is in A; reload and try again"
    );
    let by_visit = Request::to("b").expecting_visit(1);
    let gone = moved(pipeline.decide(&edited, &by_visit, &rep(), at(2))).record;
    assert!(
        matches!(pipeline.decide(&gone, &by_visit, &rep(), at(3)), Decision::Unchanged(_)),
        "somebody did it"
    );
    let elsewhere = Request::to("c").expecting_visit(1);
    assert_eq!(refused(pipeline.decide(&gone, &elsewhere, &rep(), at(3))), [ReasonCode::StaleRecord]);
}

#[test]
fn s16_a_move_within_a_stage_is_not_done_because_the_record_came_back() {
    let pipeline = pipeline(|document| {
        document["policy"]["moves"] = json!([
            { "id": "ping", "label": "Ping", "from": { "stage": "a", "kind": "internal" }, "to": "a" },
        ]);
    });
    let born = moved(pipeline.create(&Record::new("d1"), &Creation::new(), &rep(), at(0))).record;
    let away = moved(pipeline.decide(&born, &Request::to("b"), &rep(), at(1))).record;
    let back = moved(pipeline.decide(&away, &Request::to("a"), &rep(), at(2))).record;
    let ping = Request::mv("ping").expecting_visit(1);
    assert_eq!(refused(pipeline.decide(&back, &ping, &rep(), at(3))), [ReasonCode::StaleRecord], "S15");
    let ping = Request::mv("ping").expecting_visit(back.visit());
    assert_eq!(moved(pipeline.decide(&back, &ping, &rep(), at(3))).row.kind, RowKind::Internal);
}

#[test]
fn s19_a_decision_can_be_bound_to_the_meaning_of_the_definition() {
    let pipeline = plain();
    let renamed = self::pipeline(|document| document["stages"][0]["name"] = json!("Alpha"));
    let stricter = self::pipeline(|document| document["policy"]["no_skipping"] = json!(true));
    assert_eq!(pipeline.meaning(), renamed.meaning(), "labels do not count");
    assert_ne!(pipeline.meaning(), stricter.meaning());
    let record = Record::new("d1").in_stage("a");
    let request = Request::to("b").expecting_meaning(pipeline.meaning());
    assert!(renamed.decide(&record, &request, &rep(), at(0)).refusal().is_none());
    assert_eq!(refused(stricter.decide(&record, &request, &rep(), at(0))), [ReasonCode::StaleDefinition]);
}

#[test]
fn s26a_creation_passes_the_gate() {
    let pipeline = pipeline(|document| {
        document["stages"][0]["entry"] = json!("has(email)");
        document["stages"][0]["actions"] = json!([{ "id": "hi", "name": "Hi", "kind": "send_email", "on": "enter",
            "with": { "subject": "Hello {{ email }}", "budget": "{{ budget }}" } }]);
    });
    let ada = Record::new("d1").with("email", "ada@example.com");
    let mute = Actor::new("m").with_role("mute");
    assert_eq!(
        refused(pipeline.create(&ada, &Creation::new(), &mute, at(0))),
        [ReasonCode::NotPermittedToCreate]
    );
    assert_eq!(
        refused(pipeline.create(&Record::new("d1"), &Creation::new(), &rep(), at(0))),
        [ReasonCode::CriteriaUnmet]
    );
    assert_eq!(
        refused(pipeline.create(&ada, &Creation::in_stage("zz"), &rep(), at(0))),
        [ReasonCode::UnknownStage]
    );
    assert_eq!(
        refused(pipeline.create(&ada, &Creation::in_stage("old"), &rep(), at(0))),
        [ReasonCode::ArchivedStage]
    );
    let wrong = Record::new("d1").with("email", "x").with("budget", "much");
    assert_eq!(
        refused(pipeline.create(&wrong, &Creation::new(), &rep(), at(0))),
        [ReasonCode::InvalidInput; 2]
    );
    let born = moved(pipeline.create(&ada, &Creation::new(), &rep(), at(0)));
    assert_eq!((born.record.stage(), born.record.owner()), (Some("a"), Some("rita")), "the creator owns it");
    assert_eq!(born.effects[0].args.get("subject"), Some(&"Hello ada@example.com".into()));
    assert_eq!(born.effects[0].missing, ["budget"], "S46: a missing value renders empty and is reported");
    let nowhere = moved(pipeline.create(&ada, &Creation::without_stage(), &rep(), at(0)));
    assert_eq!(nowhere.record.stage(), None);
    let owned = self::pipeline(|document| {
        document["stages"][0]["entry"] = json!("record.owner == actor.id");
        document["stages"][0]["actions"] = json!([{ "id": "hi", "name": "Hi", "kind": "notify", "on": "enter",
            "with": { "text": "{{ record.owner }}" } }]);
    });
    let born = moved(owned.create(&Record::new("d2"), &Creation::new(), &rep(), at(0)));
    assert_eq!(born.effects[0].args.get("text"), Some(&"rita".into()), "the creator is its owner already");
    let imported = moved(pipeline.create(&ada, &Creation::in_stage("b").imported(None), &boss(), at(0)));
    assert!(imported.row.start_unknown && imported.record.entered_at().is_none(), "S40");
    assert_eq!(
        refused(pipeline.create(&ada, &Creation::new().imported(None), &rep(), at(0))),
        [ReasonCode::NotPermittedToCreate]
    );
}

#[test]
fn s41_instants_are_utc_with_microseconds() {
    let instant: Timestamp = "2026-03-29T02:30:00.123456789+01:00".parse().unwrap();
    assert_eq!(instant.to_string(), "2026-03-29T01:30:00.123456Z");
    assert_eq!(instant.as_micros(), 1_774_747_800_123_456);
    for bad in ["", "yesterday", "2026-03-29", "2026-03-29T02:30:00", "2026-02-30T00:00:00Z", "@x"] {
        assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
    }
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(far.to_string().parse::<Timestamp>().unwrap(), far, "no instant is lost in its text");
}

#[test]
fn s42_a_clock_that_went_back_is_clamped_and_a_given_earlier_time_refused() {
    let pipeline = plain();
    let born = moved(pipeline.create(&Record::new("d1"), &Creation::new(), &rep(), at(10))).record;
    let late = moved(pipeline.decide(&born, &Request::to("b"), &rep(), at(3)));
    assert_eq!((late.row.effective_at, late.row.recorded_at), (at(10), at(3)));
    let given = Request::to("b").effective_at(at(9));
    assert_eq!(refused(pipeline.decide(&born, &given, &rep(), at(12))), [ReasonCode::InvalidInput]);
    let fine = Request::to("b").effective_at(at(11));
    assert_eq!(moved(pipeline.decide(&born, &fine, &rep(), at(12))).row.effective_at, at(11));
}

#[test]
fn s43_undo_is_a_new_row_that_restores_what_was() {
    let pipeline = plain();
    let lost =
        moved(pipeline.decide(&Record::new("d1").in_stage("lost"), &Request::to("a"), &rep(), at(0))).record;
    let won = moved(pipeline.decide(&lost, &Request::to("won"), &rep(), at(1)));
    let boss = boss();
    let back = Request::to("");
    let undone = moved(pipeline.undo(&won.record, &won.row, "wrong lead", &back, &boss, at(2)));
    assert_eq!((undone.row.kind, undone.row.refers_to), (RowKind::Correction, Some(won.row.seq)));
    assert_eq!((undone.record.stage(), undone.record.closed_at()), (Some("a"), None));
    assert_eq!(
        refused(pipeline.undo(&won.record, &won.row, "", &back, &rep(), at(2))),
        [ReasonCode::PermissionDenied]
    );
    assert_eq!(
        refused(pipeline.undo(&undone.record, &won.row, "", &back, &boss, at(3))),
        [ReasonCode::InvalidInput]
    );
    let done = moved(pipeline.decide(&undone.record, &Request::to("done"), &rep(), at(4)));
    let corrector = pipeline_with_corrector();
    let karl = Actor::new("karl").with_role("corrector");
    assert_eq!(
        refused(corrector.undo(&done.record, &done.row, "not yet", &back, &karl, at(5))),
        [ReasonCode::PermissionDenied],
        "out of a final stage it needs force"
    );
    // S12: and then it is recorded as forced, for a reason.
    assert_eq!(
        refused(pipeline.undo(&done.record, &done.row, " ", &back, &boss, at(5))),
        [ReasonCode::MissingInput]
    );
    let forced = moved(pipeline.undo(&done.record, &done.row, "not yet", &back, &boss, at(5)));
    assert!(forced.row.forced && !undone.row.forced);
}

#[test]
fn s43_undo_is_no_way_around_the_roles_of_a_stage() {
    let pipeline = pipeline(|document| {
        document["stages"][1]["enter_roles"] = json!(["own"]);
        document["roles"]["corrector"] = json!({ "can": ["view", "move", "correct"] });
    });
    let karl = Actor::new("karl").with_role("corrector");
    let left = moved(pipeline.decide(&Record::new("d1").in_stage("b"), &Request::to("c"), &karl, at(0)));
    let why = why(pipeline.undo(&left.record, &left.row, "oops", &Request::to(""), &karl, at(1)));
    assert_eq!(why.to_string(), "bringing records into B is for own");
    let both = karl.with_role("own");
    let undone = moved(pipeline.undo(&left.record, &left.row, "oops", &Request::to(""), &both, at(1)));
    assert_eq!(undone.record.stage(), Some("b"));
}

fn pipeline_with_corrector() -> Pipeline {
    pipeline(|document| document["roles"]["corrector"] = json!({ "can": ["correct"] }))
}

#[test]
fn s48_repeat_policies_hold_over_visits() {
    let pipeline = pipeline(|document| {
        document["stages"][1]["actions"] = json!([
            { "id": "each", "name": "Each", "kind": "notify", "on": "enter" },
            { "id": "first", "name": "First", "kind": "notify", "on": "enter", "repeat": "first_visit" },
            { "id": "once", "name": "Once", "kind": "notify", "on": "enter", "repeat": "once", "when": "budget > 5" },
        ]);
    });
    let names = |change: &SealedChange| {
        change.effects.iter().map(|effect| effect.action.to_string()).collect::<Vec<_>>()
    };
    let first = moved(pipeline.decide(&Record::new("d1").in_stage("a"), &Request::to("b"), &rep(), at(0)));
    assert_eq!(names(&first), ["each", "first"]);
    let back = moved(pipeline.decide(&first.record, &Request::to("a"), &rep(), at(1))).record;
    let rich = moved(pipeline.edit(&back, &Edit::new().set("budget", 9), &rep(), at(2))).record;
    let second = moved(pipeline.decide(&rich, &Request::to("b"), &rep(), at(3)));
    assert_eq!(names(&second), ["each", "once"]);
    let back = moved(pipeline.decide(&second.record, &Request::to("a"), &rep(), at(4))).record;
    let third = moved(pipeline.decide(&back, &Request::to("b"), &rep(), at(5)));
    assert_eq!(names(&third), ["each"]);
}

#[test]
fn s46_effects_come_in_order_with_contiguous_indexes_and_stable_ids() {
    let pipeline = pipeline(|document| {
        document["stages"][0]["actions"] =
            json!([{ "id": "x1", "name": "X1", "kind": "notify", "on": "exit" }]);
        document["stages"][1]["actions"] = json!([
            { "id": "skipped", "name": "S", "kind": "notify", "on": "enter", "when": "budget > 5" },
            { "id": "n1", "name": "N1", "kind": "notify", "on": "enter" }
        ]);
        document["workflows"] = json!([{ "id": "w", "name": "W", "stage": "b",
            "tasks": [{ "id": "call", "title": "Call {{ email }}", "due": "2d" }] }]);
        document["policy"] = json!({ "moves": [{ "id": "go", "label": "Go", "from": "a", "to": "b",
            "actions": [{ "id": "m1", "name": "M1", "kind": "webhook" }] }] });
    });
    let record = Record::new("d1").in_stage("a").with("email", "ada@example.com");
    let change = moved(pipeline.decide(&record, &Request::mv("go"), &rep(), at(0)));
    let ids: Vec<_> =
        change.effects.iter().map(|effect| (effect.action.to_string(), effect.id().to_string())).collect();
    let expect = [("x1", "d1/1/0"), ("m1", "d1/1/1"), ("n1", "d1/1/2"), ("w/call", "d1/1/3")];
    assert_eq!(ids, expect.map(|(action, id)| (action.to_owned(), id.to_owned())));
    assert_eq!(change.effects[3].args.get("title"), Some(&"Call ada@example.com".into()));
}

#[test]
fn s55_own_reaches_own_records_and_roles_inherit() {
    let pipeline = plain();
    let owner = Actor::new("otto").with_role("own");
    let request = Request::to("b");
    let foreign = Record::new("d1").in_stage("a").owned_by("rita");
    assert_eq!(refused(pipeline.decide(&foreign, &request, &owner, at(0))), [ReasonCode::NotOwner]);
    let mine = Record::new("d1").in_stage("a").owned_by("otto");
    assert!(pipeline.decide(&mine, &request, &owner, at(0)).refusal().is_none());
    let stranger = Actor::new("s").with_role("no_such_role");
    assert_eq!(refused(pipeline.decide(&mine, &request, &stranger, at(0))), [ReasonCode::PermissionDenied]);
    assert!(
        pipeline.decide(&foreign, &request, &boss(), at(0)).refusal().is_none(),
        "boss inherits from rep"
    );
}

#[test]
fn s61b_four_eyes_bind_a_proposal_to_visit_and_meaning() {
    let edit = |document: &mut Json| {
        document["policy"] = json!({ "free": true, "moves": [
            { "id": "sell", "label": "Sell", "from": "a", "to": "won", "approval": true, "input": { "price": "int" } }
        ] });
    };
    let pipeline = pipeline(edit);
    let born = moved(pipeline.create(&Record::new("d1"), &Creation::new(), &rep(), at(0))).record;
    let ask = Request::mv("sell").with_input("price", 100);
    let (rita, bert) = (rep(), boss());
    let Decision::Proposed(proposal) = pipeline.decide(&born, &ask, &rita, at(1)) else { panic!() };
    let proposed = proposal.seal(SALT);
    assert_eq!(proposed.row.kind, RowKind::Proposal);
    assert_eq!(
        (proposed.record.stage(), proposed.record.version(), proposed.record.visit()),
        (Some("a"), 1, 1)
    );
    let proposed = proposed.record;
    assert_eq!(refused(pipeline.decide(&proposed, &ask, &rita, at(2))), [ReasonCode::ApprovalNeeded]);
    let other_rep = Actor::new("rolf").with_role("rep");
    assert_eq!(refused(pipeline.decide(&proposed, &ask, &other_rep, at(2))), [ReasonCode::PermissionDenied]);
    let approve = Request::mv("sell");
    let done = moved(pipeline.decide(&proposed, &approve, &bert, at(3)));
    assert_eq!((done.row.kind, done.row.refers_to), (RowKind::Approval, Some(2)));
    assert_eq!(done.row.input.get("price"), Some(&100.into()));
    assert!(done.record.proposals().is_empty() && done.record.stage() == Some("won"));

    let left = moved(pipeline.decide(&proposed, &Request::to("b"), &rita, at(3))).record;
    assert!(left.proposals().is_empty(), "leaving the visit voids it");
    let changed = self::pipeline(|document| {
        edit(document);
        document["policy"]["no_skipping"] = json!(true);
    });
    let again = changed.decide(&proposed, &approve, &bert, at(3));
    assert_eq!(
        refused(again),
        [ReasonCode::MissingInput],
        "another meaning voids it: this is a new proposal"
    );
    let withdraw = Request::to("");
    let withdrawn = moved(pipeline.withdraw(&proposed, 2, &withdraw, &rita, at(3)));
    assert_eq!(withdrawn.row.kind, RowKind::Withdrawal);
    assert!(withdrawn.record.proposals().is_empty());
    assert_eq!(
        refused(pipeline.withdraw(&proposed, 2, &withdraw, &other_rep, at(3))),
        [ReasonCode::PermissionDenied]
    );
}
