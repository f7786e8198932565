//! Which moves are open, and why the others are not: S2 to S12.

use super::*;

#[test]
fn s1_a_granted_move_is_one_whole_change() {
    let pipeline = plain();
    let record = Record::new("d1").in_stage("a");
    let change = moved(pipeline.decide(&record, &Request::to("b"), &rep(), at(0)));
    assert_eq!((change.expected_version, change.expected_seq), (0, 0));
    assert_eq!((change.record.version(), change.record.seq(), change.record.stage()), (1, 1, Some("b")));
    assert_eq!((change.row.seq, change.row.version_after, change.row.kind), (1, 1, RowKind::Move));
    assert_eq!(change.record.head(), change.row.hash);
    assert_eq!(change.meaning, Some(pipeline.meaning()));
}

#[test]
fn s2_every_reason_is_given_in_order() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "no_skipping": true, "moves": [
            { "id": "jump", "label": "Jump", "from": "a", "to": "c", "roles": ["boss"],
              "when": "budget >= 5000 && has(email) && signed == true",
              "input": { "why": "string", "how": { "type": "string", "one_of": ["phone", "mail"] } } }
        ] });
    });
    let record = Record::new("d1").in_stage("a").with("budget", 1200);
    let request = Request::mv("jump").with_input("how", "pigeon").with_input("what", "x");
    let why = why(pipeline.decide(&record, &request, &rep(), at(0)));
    use ReasonCode::*;
    assert_eq!(
        why.codes().collect::<Vec<_>>(),
        [
            PermissionDenied,
            NoSkipping,
            CriteriaUnmet,
            CriteriaUnmet,
            CriteriaUnknown,
            InvalidInput,
            MissingInput,
            InvalidInput
        ]
    );
    let words: Vec<_> = why.reasons().iter().map(|reason| reason.message()).collect();
    assert_eq!(
        words,
        [
            "`Jump` is for boss",
            "from A to C leaps over stages, which this pipeline forbids",
            "budget >= 5000 (budget is 1200)",
            "email is missing",
            "signed is missing",
            "`pigeon` is no answer to `how`: it is not one of `phone`, `mail`",
            "`why` is missing",
            "`what` is not asked for",
        ]
    );
    assert!(why.reasons().iter().all(|reason| reason.parameter("move") == Some(&"jump".into())));
}

#[test]
fn s2_what_is_unknown_or_out_of_place_stands_alone() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "go", "label": "Go", "from": "a", "to": "b", "roles": ["boss"], "when": "budget > 1" }
        ] });
    });
    let nobody = Actor::new("nemo");
    let in_stage = |stage: &str| Record::new("d1").in_stage(stage);
    let ask = |record: Record, request: Request| refused(pipeline.decide(&record, &request, &nobody, at(0)));
    assert_eq!(ask(in_stage("a"), Request::mv("fly")), [ReasonCode::UnknownMove]);
    assert_eq!(ask(in_stage("a"), Request::to("mars")), [ReasonCode::UnknownStage]);
    assert_eq!(ask(in_stage("b"), Request::mv("go")), [ReasonCode::NotFromStage]);
    assert_eq!(ask(in_stage("done"), Request::mv("go")), [ReasonCode::FinalStage]);
    assert_eq!(ask(in_stage("done"), Request::to("a")), [ReasonCode::FinalStage]);
    assert_eq!(ask(in_stage("a"), Request::to("old")), [ReasonCode::ArchivedStage]);
    assert_eq!(ask(in_stage("gone"), Request::mv("go")), [ReasonCode::OrphanedStage]);
    let elsewhere = in_stage("a").in_pipeline("leads");
    assert_eq!(ask(elsewhere, Request::mv("go")), [ReasonCode::OrphanedStage]);
}

#[test]
fn s3_the_buttons_are_what_decide_grants() {
    for (id, json) in presets::ALL {
        let pipeline = Pipeline::from_json(json).unwrap();
        let roles: Vec<String> = pipeline.roles().ids().map(str::to_owned).collect();
        let stages: Vec<Option<String>> =
            pipeline.catalog().stages().map(|stage| Some(stage.id().to_owned())).chain([None]).collect();
        for role in &roles {
            let actor = Actor::new("x").with_role(role.as_str());
            for stage in &stages {
                let mut record = Record::new("r").owned_by("x");
                if let Some(stage) = stage {
                    record = record.in_stage(stage.as_str());
                }
                let offers: Vec<_> = pipeline.moves(&record, &actor, at(0)).collect();
                let explained = pipeline.explain(&record, &actor, at(0));
                let allowed: Vec<_> =
                    explained.moves.iter().filter(|mv| mv.standing == Standing::Allowed).collect();
                assert_eq!(offers.len(), allowed.len(), "{id} {role} {stage:?}");
                for offer in &offers {
                    let mut request = Request::mv(offer.id());
                    for ask in offer.asks().filter(|ask| !ask.definition().optional) {
                        request = request.with_input(ask.name(), ask.definition().one_of[0].clone());
                    }
                    let decision = pipeline.decide(&record, &request, &actor, at(0));
                    assert!(
                        decision.refusal().is_none(),
                        "{id} {role} {stage:?} {}: {decision:?}",
                        offer.id()
                    );
                }
            }
        }
    }
}

#[test]
fn s3_the_fast_path_takes_answers_as_decide_does() {
    let pipeline = pipeline(|document| {
        for number in 0..70 {
            document["fields"][format!("field_{number}")] = json!("int");
        }
        document["policy"] = json!({ "moves": [
            { "id": "sell", "label": "Sell", "from": "a", "to": "b", "input": { "plan": "string" } }] });
    });
    let (catalog, policy, scope) = (pipeline.catalog(), pipeline.policy(), pipeline.scope());
    let (from, mv) = (catalog.index_of("a"), policy.index_of("sell").unwrap());
    let record = Record::new("d1").in_stage("a");
    let who = pipeline.who(&record, &rep());
    let plan = scope.lookup("input.plan").unwrap().0.index();
    assert!(plan >= 64);
    for (answer, goes) in [(Slot::Missing, false), (Slot::Text(" "), false), (Slot::Text("pro"), true)] {
        let mut slots = vec![Slot::Missing; scope.iter().count()];
        slots[plan] = answer;
        let expected =
            if goes { Verdict::Moves(catalog.index_of("b").unwrap()) } else { Verdict::MissingInput };
        assert_eq!(pipeline.verdict(from, mv, who, &slots[..]), expected, "{answer:?}");
        let request = match answer {
            Slot::Text(text) => Request::mv("sell").with_input("plan", text),
            _ => Request::mv("sell"),
        };
        assert_eq!(pipeline.decide(&record, &request, &rep(), at(0)).refusal().is_none(), goes);
    }
    // Words have a bit for the first 64 slots only: of this one they cannot tell.
    let words = vec![0; scope.iter().count()];
    let facts = Words { words: &words, known: 0, present: 0 };
    assert_eq!(pipeline.verdict_by_words(from, mv, who, facts), None);
}

#[test]
fn s3_what_a_condition_says_besides_input_is_judged_before_the_input_is_given() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "go", "label": "Go", "from": "a", "to": "b", "input": { "why": "string" },
              "when": "budget > 5 && input.why != 'luck' && has(email)" }
        ] });
    });
    let poor = Record::new("d1").in_stage("a").with("budget", 1).with("email", "a@example.com");
    assert_eq!(pipeline.moves(&poor, &rep(), at(0)).count(), 0, "no input will help");
    let explained = pipeline.explain(&poor, &rep(), at(0));
    let Standing::Refused(reasons) = &explained.mv("go").unwrap().standing else { panic!() };
    let words: Vec<_> = reasons.iter().map(|reason| reason.message()).collect();
    assert_eq!(words, ["budget > 5 (budget is 1)"], "what is not asked yet is not held against it");
    let rich = poor.with("budget", 9);
    assert_eq!(pipeline.moves(&rich, &rep(), at(0)).count(), 1);
    let lucky = Request::mv("go").with_input("why", "luck");
    assert_eq!(refused(pipeline.decide(&rich, &lucky, &rep(), at(0))), [ReasonCode::CriteriaUnmet]);
}

#[test]
fn s4_a_target_resolves_to_the_one_permitted_move() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "small", "label": "Take over", "from": "a", "to": "b", "when": "budget < 100" },
            { "id": "large", "label": "Take over", "from": "a", "to": "b", "when": "budget >= 100" },
            { "id": "boss_only", "label": "Order", "from": "a", "to": "b", "roles": ["boss"] },
        ] });
    });
    let record = Record::new("d1").in_stage("a").with("budget", 500);
    let change = moved(pipeline.decide(&record, &Request::to("b"), &rep(), at(0)));
    assert_eq!(change.row.mv.as_deref(), Some("large"));

    let why = why(pipeline.decide(&record, &Request::to("b"), &boss(), at(0)));
    assert_eq!(why.codes().collect::<Vec<_>>(), [ReasonCode::AmbiguousMove]);
    assert_eq!(why.reasons()[0].message(), "several moves lead there: say which of `large` and `boss_only`");

    let poor = Record::new("d1").in_stage("a");
    let codes = refused(pipeline.decide(&poor, &Request::to("b"), &rep(), at(0)));
    use ReasonCode::*;
    assert_eq!(codes, [CriteriaUnknown, CriteriaUnknown, PermissionDenied]);
}

#[test]
fn s4_answers_tell_which_of_several_moves_is_meant() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "mail", "label": "Mail", "from": "a", "to": "b", "input": { "address": "string" } },
            { "id": "call", "label": "Call", "from": "a", "to": "b", "input": { "phone": "string" } },
        ] });
    });
    let record = Record::new("d1").in_stage("a");
    let called = Request::to("b").with_input("phone", "555");
    let change = moved(pipeline.decide(&record, &called, &rep(), at(0)));
    assert_eq!(change.row.mv.as_deref(), Some("call"));
    // S3: without an answer nobody can tell, and the explanation says so.
    let bare = refused(pipeline.decide(&record, &Request::to("b"), &rep(), at(0)));
    assert_eq!(bare, [ReasonCode::AmbiguousMove]);
    let told = pipeline.explain(&record, &rep(), at(0));
    let Standing::Refused(reasons) = &told.stage("b").unwrap().standing else { panic!("{told:?}") };
    assert_eq!(reasons.iter().map(|reason| reason.code()).collect::<Vec<_>>(), bare);
}

#[test]
fn s4_a_record_of_another_pipeline_is_not_created_here() {
    let foreign = Record::new("d1").in_pipeline("elsewhere");
    let codes = refused(plain().create(&foreign, &Creation::new(), &boss(), at(0)));
    assert_eq!(codes, [ReasonCode::OrphanedStage]);
    let own = Record::new("d1").in_pipeline("deal");
    assert_eq!(moved(plain().create(&own, &Creation::new(), &boss(), at(0))).record.pipeline(), "deal");
}

#[test]
fn s5_the_same_stage_by_target_is_unchanged_for_those_who_may_see() {
    let pipeline = plain();
    let record = Record::new("d1").in_stage("a");
    let mute = Actor::new("m").with_role("mute");
    assert!(matches!(pipeline.decide(&record, &Request::to("a"), &mute, at(0)), Decision::Unchanged(_)));
    let blind = Actor::new("b").with_role("blind");
    assert_eq!(
        refused(pipeline.decide(&record, &Request::to("a"), &blind, at(0))),
        [ReasonCode::PermissionDenied]
    );
}

#[test]
fn s5_internal_keeps_the_visit_and_re_entry_begins_one() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "ping", "label": "Ping", "from": { "stage": "a", "kind": "internal" }, "to": "a",
              "actions": [{ "id": "note", "name": "Note", "kind": "notify", "with": { "text": "ping" } }] },
            { "id": "again", "label": "Again", "from": { "stage": "a", "kind": "re_entry" }, "to": "a" },
        ] });
        document["stages"][0]["actions"] = json!([
            { "id": "hello", "name": "Hello", "kind": "notify", "on": "enter" },
            { "id": "bye", "name": "Bye", "kind": "notify", "on": "exit" }
        ]);
    });
    let born = moved(pipeline.create(&Record::new("d1"), &Creation::new(), &rep(), at(0)));
    let ping = moved(pipeline.decide(&born.record, &Request::mv("ping"), &rep(), at(1)));
    assert_eq!(ping.row.kind, RowKind::Internal);
    assert_eq!((ping.record.visit(), ping.record.entered_at()), (1, Some(at(0))));
    assert_eq!((ping.record.version(), ping.record.visits_of("a")), (2, 1));
    assert_eq!(ping.effects.iter().map(|effect| effect.action.as_str()).collect::<Vec<_>>(), ["note"]);

    let again = moved(pipeline.decide(&ping.record, &Request::mv("again"), &rep(), at(2)));
    assert_eq!(again.row.kind, RowKind::ReEntry);
    assert_eq!((again.record.visit(), again.record.entered_at()), (3, Some(at(2))));
    assert_eq!(again.record.visits_of("a"), 2);
    assert_eq!(
        again.effects.iter().map(|effect| effect.action.as_str()).collect::<Vec<_>>(),
        ["bye", "hello"]
    );
}

#[test]
fn s5_a_move_id_that_does_not_start_here_is_refused_even_if_it_leads_here() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [{ "id": "to_b", "label": "To B", "from": "a", "to": "b" }] });
    });
    let record = Record::new("d1").in_stage("b");
    assert_eq!(
        refused(pipeline.decide(&record, &Request::mv("to_b"), &rep(), at(0))),
        [ReasonCode::NotFromStage]
    );
}

#[test]
fn s6_a_move_is_one_step_even_if_the_next_has_its_name() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "next_b", "label": "Next", "from": "a", "to": "b" },
            { "id": "next_c", "label": "Next", "from": "b", "to": "c" },
        ] });
    });
    let change =
        moved(pipeline.decide(&Record::new("d1").in_stage("a"), &Request::mv("next_b"), &rep(), at(0)));
    assert_eq!((change.record.stage(), change.record.version()), (Some("b"), 1));
}

#[test]
fn s7_directions_are_judged_by_the_catalog() {
    let pipeline = plain();
    let go = |from: Option<&str>, to: &str| {
        let mut record = Record::new("d1");
        if let Some(from) = from {
            record = record.in_stage(from);
        }
        moved(pipeline.decide(&record, &Request::to(to), &rep(), at(0))).row.direction
    };
    assert_eq!(go(None, "b"), Some(Direction::Forward));
    assert_eq!(go(Some("a"), "c"), Some(Direction::Forward));
    assert_eq!(go(Some("c"), "a"), Some(Direction::Backward));
    assert_eq!(go(Some("a"), "won"), Some(Direction::Closing));
    assert_eq!(go(Some("lost"), "a"), Some(Direction::Reopening));
    assert_eq!(go(Some("won"), "onboarded"), Some(Direction::Forward));
    assert_eq!(go(Some("won"), "lost"), Some(Direction::Across));
}

#[test]
fn s7_toggles_bind_open_stages_and_exempt_closing_reviving_and_step_backs() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "free": true, "no_skipping": true, "no_backward": true, "moves": [
            { "id": "back", "label": "Back", "from": { "stage": "c", "kind": "step_back" }, "to": "b" },
            { "id": "revive", "label": "Revive", "from": { "stage": "lost", "kind": "revive" }, "to": "b" },
        ] });
    });
    let ask = |from: &str, request: Request| {
        let record = Record::new("d1").in_stage(from);
        match pipeline.decide(&record, &request, &rep(), at(0)) {
            Decision::Moved(_) => Vec::new(),
            other => refused(other),
        }
    };
    assert_eq!(ask("a", Request::to("c")), [ReasonCode::NoSkipping]);
    assert_eq!(ask("c", Request::to("a")), [ReasonCode::NoBackward]);
    assert_eq!(ask("a", Request::to("b")), []);
    assert_eq!(ask("a", Request::to("won")), [], "closing is never a skip");
    assert_eq!(ask("c", Request::mv("back")), []);
    assert_eq!(ask("lost", Request::mv("revive")), []);
}

#[test]
fn s7_an_automation_goes_backward_only_when_told_and_says_so() {
    let pipeline = plain();
    let robot = Actor::automation("nightly").with_role("rep");
    let record = Record::new("d1").in_stage("c");
    let backward = pipeline.decide(&record, &Request::to("a"), &robot, at(0));
    assert_eq!(refused(backward), [ReasonCode::NoBackward]);
    let told = Request::to("a").allowing_backward();
    assert!(moved(pipeline.decide(&record, &told, &robot, at(0))).row.automation);
}

#[test]
fn s8_a_free_pipeline_implies_moves_that_a_listed_one_replaces() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "free": true, "moves": [
            { "id": "sell", "label": "Sell", "from": "a", "to": "won", "when": "signed == true" }
        ] });
    });
    let record = Record::new("d1").in_stage("a");
    let ids: Vec<_> = pipeline.moves(&record, &rep(), at(0)).map(|offer| offer.id().to_string()).collect();
    assert_eq!(ids, ["to:b", "to:c", "to:onboarded", "to:lost", "to:done"]);
    assert_eq!(
        refused(pipeline.decide(&record, &Request::to("won"), &rep(), at(0))),
        [ReasonCode::CriteriaUnknown]
    );
    assert_eq!(
        refused(pipeline.decide(&record, &Request::mv("to:won"), &rep(), at(0))),
        [ReasonCode::NotFromStage]
    );
    let nowhere = Record::new("d2");
    assert_eq!(moved(pipeline.decide(&nowhere, &Request::to("c"), &rep(), at(0))).record.stage(), Some("c"));
    assert_eq!(
        moved(pipeline.decide(&record, &Request::mv("to:b"), &rep(), at(0))).row.mv.as_deref(),
        Some("to:b")
    );
}

#[test]
fn s8a_exit_criteria_bind_forward_moves_and_winning_only_unless_declared() {
    let with = |applies_to: &str| {
        pipeline(|document| {
            document["stages"][1]["exit"] = json!({ "when": "signed == true", "applies_to": applies_to });
            document["stages"][1]["leave_requires"] = json!(["email"]);
        })
    };
    let record = Record::new("d1").in_stage("b").with("signed", false);
    let codes =
        |pipeline: &Pipeline, to: &str| match pipeline.decide(&record, &Request::to(to), &rep(), at(0)) {
            Decision::Moved(_) => Vec::new(),
            other => refused(other),
        };
    use ReasonCode::*;
    let forward = with("forward");
    assert_eq!(codes(&forward, "c"), [CriteriaUnmet, CriteriaUnknown]);
    assert_eq!(codes(&forward, "won"), [CriteriaUnmet, CriteriaUnknown]);
    assert_eq!(codes(&forward, "lost"), [], "Mark lost is not blocked");
    assert_eq!(codes(&forward, "a"), []);
    let all = with("all");
    assert_eq!(codes(&all, "lost"), [CriteriaUnmet, CriteriaUnknown]);
    assert_eq!(codes(&all, "a"), [CriteriaUnmet, CriteriaUnknown]);
}

#[test]
fn s8a_exit_move_and_entry_are_judged_in_this_order() {
    let pipeline = pipeline(|document| {
        document["stages"][0]["exit"] = json!("budget > 1");
        document["stages"][1]["entry"] = json!("budget > 3");
        document["policy"] =
            json!({ "moves": [{ "id": "go", "label": "Go", "from": "a", "to": "b", "when": "budget > 2" }] });
    });
    let record = Record::new("d1").in_stage("a").with("budget", 0);
    let why = why(pipeline.decide(&record, &Request::mv("go"), &rep(), at(0)));
    let conditions: Vec<_> =
        why.reasons().iter().map(|reason| reason.parameter("condition").unwrap().to_string()).collect();
    assert_eq!(conditions, ["budget > 1", "budget > 2", "budget > 3"]);
}

#[test]
fn s10_closing_sets_the_time_staying_keeps_it_and_reopening_clears_it() {
    let pipeline = plain();
    let step = |record: &Record, to: &str, hour| {
        let request = Request::to(to);
        moved(pipeline.decide(record, &request, &rep(), at(hour)))
    };
    let won = step(&Record::new("d1").in_stage("a"), "won", 1);
    assert_eq!(won.record.closed_at(), Some(at(1)));
    let onboarded = step(&won.record, "onboarded", 2);
    assert_eq!(onboarded.record.closed_at(), Some(at(1)), "won to won keeps it");
    let lost = step(&onboarded.record, "lost", 3);
    assert_eq!(lost.record.closed_at(), Some(at(3)), "from outside that outcome sets it");
    let open = step(&lost.record, "a", 4);
    assert_eq!((open.record.closed_at(), open.record.lost_reason()), (None, None));
    assert_eq!(open.row.was_closed_at, Some(at(3)), "the row keeps it");
    let born_won = Creation::in_stage("won");
    let created = moved(pipeline.create(&Record::new("d2"), &born_won, &rep(), at(5)));
    assert_eq!(created.record.closed_at(), Some(at(5)));
}

#[test]
fn s11_a_lost_reason_is_asked_for_on_every_path() {
    let pipeline = pipeline(|document| {
        document["categories"][2]["input"] = json!({
            "reason": { "type": "string", "one_of": ["price", "other"], "note_for": ["other"] }
        });
    });
    let record = Record::new("d1").in_stage("a");
    let ask = |request: Request| match pipeline.decide(&record, &request, &boss(), at(0)) {
        Decision::Moved(change) => Ok(change.seal(SALT)),
        other => Err(refused(other)),
    };
    use ReasonCode::*;
    assert_eq!(ask(Request::to("lost")).unwrap_err(), [MissingInput]);
    assert_eq!(ask(Request::mv("to:lost")).unwrap_err(), [MissingInput]);
    assert_eq!(ask(Request::to("lost").with_input("reason", "fate")).unwrap_err(), [InvalidInput]);
    assert_eq!(ask(Request::to("lost").with_input("reason", "other")).unwrap_err(), [MissingInput]);
    assert_eq!(ask(Request::to("lost").forced("because")).unwrap_err(), [MissingInput]);
    let born_lost = Creation::in_stage("lost");
    assert_eq!(refused(pipeline.create(&record, &born_lost, &boss(), at(0))), [MissingInput]);
    let other =
        ask(Request::to("lost").with_input("reason", "other").with_input("note", "moved away")).unwrap();
    assert_eq!(other.record.lost_reason(), Some("other"));
    let revived = moved(pipeline.decide(&other.record, &Request::to("a"), &boss(), at(1)));
    assert_eq!(revived.record.lost_reason(), None);
    assert_eq!(revived.row.was_lost_reason.as_deref(), Some("other"));
}

#[test]
fn s12_force_needs_the_capability_and_a_reason_and_is_recorded() {
    let pipeline = pipeline(|document| {
        document["stages"][1]["entry"] = json!("signed == true");
        document["policy"] = json!({ "moves": [] });
    });
    let done = Record::new("d1").in_stage("done");
    assert_eq!(
        refused(pipeline.decide(&done, &Request::to("b").forced("typo"), &rep(), at(0))),
        [ReasonCode::PermissionDenied]
    );
    assert_eq!(
        refused(pipeline.decide(&done, &Request::to("b").forced("  "), &boss(), at(0))),
        [ReasonCode::MissingInput]
    );
    let forced = moved(pipeline.decide(&done, &Request::to("b").forced("typo"), &boss(), at(0)));
    assert!(forced.row.forced);
    assert_eq!(forced.row.reason.as_deref(), Some("typo"));
    let orphan = Record::new("d2").in_stage("gone");
    let saved = moved(pipeline.decide(&orphan, &Request::to("b").forced("lost stage"), &boss(), at(0)));
    assert_eq!(saved.row.from.unwrap().id, "gone", "S34: force rescues an orphan");
    let elsewhere = Record::new("d3").in_pipeline("elsewhere").in_stage("a");
    assert_eq!(
        refused(pipeline.decide(&elsewhere, &Request::to("b").forced("mine now"), &boss(), at(0))),
        [ReasonCode::OrphanedStage],
        "S4: another pipeline's record needs a migration"
    );
}

#[test]
fn s12_a_forced_move_to_where_the_record_is_does_what_it_says() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "ping", "label": "Ping", "from": { "stage": "a", "kind": "internal" }, "to": "a", "when": "signed == true" },
            { "id": "back", "label": "Back", "from": "b", "to": "a" },
        ] });
    });
    let record = Record::new("d1").in_stage("a");
    let ping = moved(pipeline.decide(&record, &Request::mv("ping").forced("it rang"), &boss(), at(0)));
    assert_eq!((ping.row.kind, ping.row.forced), (RowKind::Internal, true));
    // S5: a move that does not start here is no move to here; the stage alone is where it is.
    assert_eq!(
        refused(pipeline.decide(&record, &Request::mv("back").forced("why not"), &boss(), at(0))),
        [ReasonCode::NotFromStage]
    );
    assert!(matches!(
        pipeline.decide(&record, &Request::to("a").forced("why not"), &boss(), at(0)),
        Decision::Unchanged(_)
    ));
}

#[test]
fn a_route_is_the_shortest_lawful_way_and_says_what_each_step_asks() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "ab", "label": "A to B", "from": "a", "to": "b", "when": "budget >= 10", "input": { "why": "string" } },
            { "id": "bw", "label": "Win", "from": "b", "to": "won", "approval": true },
            { "id": "aw", "label": "Win at once", "from": "a", "to": "won", "roles": ["boss"] },
        ] });
    });
    let record = Record::new("d1").in_stage("a");
    let route = pipeline.route(&record, "won", &rep()).unwrap();
    assert_eq!(route.to_string(), "A to B -> Win");
    assert_eq!(
        (route.steps[0].asks.as_slice(), route.steps[0].conditions.as_slice()),
        (&["why".into()][..], &["budget >= 10".into()][..])
    );
    assert!(route.steps[1].approval);
    assert_eq!(pipeline.route(&record, "won", &boss()).unwrap().to_string(), "Win at once");
    assert_eq!(pipeline.route(&record, "lost", &rep()), None);
    assert_eq!(pipeline.route(&record, "a", &rep()).unwrap().steps.len(), 0);
}

#[test]
fn explain_tells_who_could_and_why_not_for_every_move_and_stage() {
    let pipeline = pipeline(|document| {
        document["policy"] = json!({ "moves": [
            { "id": "ab", "label": "A to B", "from": "a", "to": "b" },
            { "id": "aw", "label": "Win", "from": "a", "to": "won", "roles": ["boss"] },
            { "id": "bc", "label": "B to C", "from": "b", "to": "c" },
        ] });
    });
    let record = Record::new("d1").in_stage("a");
    let explained = pipeline.explain(&record, &rep(), at(0));
    assert_eq!(explained.moves.len(), 3);
    assert_eq!(explained.mv("ab").unwrap().standing, Standing::Allowed);
    let win = explained.mv("aw").unwrap();
    let Standing::Refused(reasons) = &win.standing else { panic!() };
    assert_eq!(reasons[0].code(), ReasonCode::PermissionDenied);
    assert_eq!(win.who_could, ["boss"]);
    assert_eq!(explained.stages.len(), 8);
    assert_eq!(explained.stage("a").unwrap().standing, Standing::Here);
    assert_eq!(explained.stage("c").unwrap().route.as_ref().unwrap().to_string(), "A to B -> B to C");
}
