use lifestage::definition::ActionKind;
use lifestage::outbox::{EffectState, TaskQuery, WorkState};
use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{
    Actor, CarryOut, Creation, EffectKind, Handled, HandlerError, Pipeline, ReasonCode, Report, Request,
    Worker, Workspace, presets,
};
use serde_json::json;

use crate::{
    Both, ada, at, contact, create, done, entries, mv, on_each_store, refused, sam, stage, with_actions,
};

fn queue<S: Store + Reader>(crm: &Workspace<S>, pipeline: &str, queue: &str) -> Vec<String> {
    let places = crm.queue(pipeline, queue, None, 99).unwrap();
    places.into_iter().map(|place| place.record.to_string()).collect()
}

fn contacts() -> Pipeline {
    Pipeline::from_json(presets::CONTACT_STAGES).unwrap()
}

fn book(host: &str) -> CarryOut {
    CarryOut::action("book_a_call").with("event_type", "strategy_call").with("host", host)
}

fn approved(crm: &Workspace<&dyn Both>, id: &str) {
    let admin = ada();
    done(crm.create(contact(id), &Creation::in_stage("approved"), &admin, at(0)).unwrap());
}

#[test]
fn an_appointment_in_the_calendar_and_the_stage_for_it_are_separate() {
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    let olga = Actor::new("olga").with_role("owner");
    crm.publish(&Pipeline::from_json(presets::LEAD).unwrap(), &olga, at(0)).unwrap();
    done(crm.create(contact("a"), &Creation::in_stage("engaged"), &olga, at(0)).unwrap());
    // S53: what is in the calendar does not move the lead.
    let put = CarryOut::action("schedule_appointment_engaged");
    let entered = done(crm.carry_out("a", &put, &olga, at(1)).unwrap());
    assert_eq!(entered.effects()[0].kind, EffectKind::ScheduleMeeting);
    done(crm.report(entered.effects()[0].id(), &Report::done(), &olga, at(2)).unwrap());
    assert_eq!(stage(&crm, "a"), "engaged");
    // Nor does the move put anything into the calendar.
    let moved = done(crm.submit("a", &Request::mv("set_appointment"), &olga, at(3)).unwrap());
    assert_eq!((moved.effects().len(), stage(&crm, "a").as_str()), (0, "appointment_set"));
    let all = entries(&crm, "a");
    let meetings = all.iter().filter(|entry| entry.effect.kind == EffectKind::ScheduleMeeting);
    assert_eq!(meetings.map(|entry| entry.work).collect::<Vec<_>>(), [Some(WorkState::Done)]);
}

#[test]
fn a_call_is_booked_from_approved() {
    on_each_store(&contacts(), |crm| {
        let setter = Actor::new("sue").with_role("appointment_setter");
        done(crm.set_pool("contact_stages", "closer", &["eva", "lee"], &ada(), at(0)).unwrap());
        approved(crm, "c-1");
        approved(crm, "c-2");
        assert_eq!(queue(crm, "contact_stages", "appointment_setting"), ["c-1", "c-2"]);
        let offered: Vec<_> = {
            let record = crm.record("c-1").unwrap().unwrap();
            let pipeline = crm.pipeline("contact_stages").unwrap();
            pipeline.actions(&record, &setter, at(1)).map(|action| action.definition().kind).collect()
        };
        assert_eq!(offered, [ActionKind::BookCall]);
        let first = done(crm.carry_out("c-1", &book("round_robin"), &setter, at(1)).unwrap());
        let second = done(crm.carry_out("c-2", &book("round_robin"), &setter, at(2)).unwrap());
        let host = |receipt: &lifestage::Receipt| receipt.effects()[0].assignee.clone().unwrap();
        assert_eq!((host(&first).as_str(), host(&second).as_str()), ("eva", "lee"), "S52: in turn");
        assert_eq!(first.row().kind.name(), "action");
        assert_eq!(queue(crm, "contact_stages", "appointment_setting"), ["c-1", "c-2"], "until it is booked");

        // The host's booking takes a while; done is reported, and queues change.
        let worker = Worker::new(crm).on(EffectKind::BookCall, |booking: &lifestage::outbox::Delivery| {
            assert_eq!(booking.effect.args.get("event_type"), Some(&"strategy_call".into()));
            Ok(if booking.effect.record == "c-1" { Handled::Done } else { Handled::Delivered })
        });
        assert_eq!(worker.run_once(at(3)).unwrap().delivered, 2);
        assert_eq!(queue(crm, "contact_stages", "appointment_setting"), ["c-2"]);
        assert_eq!(queue(crm, "contact_stages", "calls"), ["c-1"]);
        assert_eq!(stage(crm, "c-1"), "approved", "without a change of stage");
        let call = second.effects()[0].clone();
        done(crm.report(call.id(), &Report::failed("no slot"), &setter, at(4)).unwrap());
        assert_eq!(crm.entry(call.id()).unwrap().work, Some(WorkState::Failed));
        assert_eq!(queue(crm, "contact_stages", "calls"), ["c-1"], "what failed changes no queue");
        // And once more, with success.
        let again = done(crm.carry_out("c-2", &book("eva"), &setter, at(5)).unwrap());
        done(crm.report(again.effects()[0].id(), &Report::done(), &setter, at(6)).unwrap());
        assert_eq!(queue(crm, "contact_stages", "calls"), ["c-1", "c-2"]);
        // Away and back to Approved: there is a call to be set again.
        let chief = ada();
        for to in ["nurturing", "approved"] {
            done(crm.submit("c-1", &Request::to(to), &chief, at(7)).unwrap());
        }
        assert_eq!(queue(crm, "contact_stages", "appointment_setting"), ["c-1"]);
        assert_eq!(queue(crm, "contact_stages", "calls"), ["c-1", "c-2"], "until somebody takes it off");
        for id in ["c-1", "c-2"] {
            assert_eq!(crm.verify(id).unwrap(), None);
        }
    });
}

#[test]
fn a_booking_is_on_the_list_of_who_has_to_see_to_it() {
    on_each_store(&contacts(), |crm| {
        approved(crm, "c-1");
        let call = done(crm.carry_out("c-1", &book("eva"), &ada(), at(1)).unwrap()).effects()[0].clone();
        let of = |who: &str| crm.tasks(&TaskQuery::open(9).of(who)).unwrap().entries;
        let open = || of("eva").into_iter().map(|entry| entry.effect).collect::<Vec<_>>();
        assert_eq!(open(), std::slice::from_ref(&call), "S51, S52");
        assert_eq!(crm.urgency(&of("eva"), at(2)).unwrap(), [lifestage::Urgency::Whenever]);
        // A calendar that is asked does not end it; a change of stage does not, since a person asked for it (S49).
        let worker = Worker::new(crm)
            .on(EffectKind::BookCall, |_: &lifestage::outbox::Delivery| Ok(Handled::Delivered));
        assert_eq!(worker.run_once(at(2)).unwrap().delivered, 1);
        done(crm.submit("c-1", &Request::to("nurturing"), &ada(), at(3)).unwrap());
        assert_eq!(open(), std::slice::from_ref(&call));
        done(crm.report(call.id(), &Report::given_to("lee"), &ada(), at(4)).unwrap());
        assert_eq!((open().len(), of("lee").len()), (0, 1));
        done(crm.report(call.id(), &Report::done(), &ada(), at(5)).unwrap());
        assert_eq!(crm.tasks(&TaskQuery::open(9)).unwrap().entries, []);
    });
}

#[test]
fn a_booking_that_is_undone_gives_the_queues_back() {
    on_each_store(&contacts(), |crm| {
        let on = |queue: &str| crm.queue("contact_stages", queue, None, 9).unwrap().len();
        let queues = || (on("appointment_setting"), on("calls"));
        approved(crm, "c-1");
        let call = done(crm.carry_out("c-1", &book("eva"), &ada(), at(1)).unwrap()).effects()[0].clone();
        for round in [2, 10] {
            done(crm.report(call.id(), &Report::done(), &ada(), at(round)).unwrap());
            assert_eq!(queues(), (0, 1), "S52");
            done(crm.report(call.id(), &Report::undone(), &ada(), at(round + 1)).unwrap());
            assert_eq!(queues(), (1, 0), "S50, S52: it is to be booked again");
        }
        // What failed had changed no queue.
        done(crm.report(call.id(), &Report::failed("no slot"), &ada(), at(20)).unwrap());
        assert_eq!(queues(), (1, 0));
        done(crm.report(call.id(), &Report::undone(), &ada(), at(21)).unwrap());
        assert_eq!(queues(), (1, 0));
        // A record that went on is not among those of the stage it left.
        done(crm.report(call.id(), &Report::done(), &ada(), at(22)).unwrap());
        done(crm.submit("c-1", &Request::to("nurturing"), &ada(), at(23)).unwrap());
        assert_eq!(queues(), (0, 1));
        done(crm.report(call.id(), &Report::undone(), &ada(), at(24)).unwrap());
        assert_eq!(queues(), (0, 0), "S52");
        let audit = crm.verify_all("contact_stages", |_| {}).unwrap();
        assert!(audit.faults.is_empty(), "S44: {:?}", audit.faults);
    });
}

#[test]
fn a_booking_is_refused_with_every_reason() {
    on_each_store(&contacts(), |crm| {
        done(crm.set_pool("contact_stages", "closer", &["eva", "lee"], &ada(), at(0)).unwrap());
        done(crm.set_away("contact_stages", "closer", "lee", true, &ada(), at(0)).unwrap());
        approved(crm, "c-1");
        let user = Actor::new("sue").with_role("user");
        let ask = |act: &CarryOut, actor: &lifestage::Actor| {
            refused(crm.carry_out("c-1", act, actor, at(1)).unwrap())
        };
        let bare = ask(&CarryOut::action("book_a_call"), &Actor::new("x"));
        assert_eq!(
            bare.codes().collect::<Vec<_>>(),
            [
                ReasonCode::PermissionDenied,
                ReasonCode::PermissionDenied,
                ReasonCode::MissingInput,
                ReasonCode::MissingInput
            ]
        );
        let strange = ask(&book("eva").with("event_type", "party"), &user);
        assert!(strange.to_string().contains("`party` is no answer to `event_type`"), "{strange}");
        assert!(ask(&book("lee"), &user).has(ReasonCode::NobodyAvailable));
        assert!(ask(&book("zoe"), &user).has(ReasonCode::InvalidInput));
        assert!(ask(&CarryOut::action("dance"), &user).has(ReasonCode::UnknownPart));
        done(crm.set_away("contact_stages", "closer", "eva", true, &ada(), at(1)).unwrap());
        assert!(ask(&book("round_robin"), &user).has(ReasonCode::NobodyAvailable));
        let chief = ada();
        done(crm.submit("c-1", &Request::to("nurturing"), &chief, at(2)).unwrap());
        let elsewhere = ask(&book("eva"), &user);
        assert!(elsewhere.has(ReasonCode::NotFromStage));
        assert!(elsewhere.to_string().contains("is offered in Approved"), "{elsewhere}");
        assert_eq!(crm.history("c-1").unwrap().len(), 2, "nothing written");
    });
}

/// S52: a turn is a turn, whether or not its pool is named.
#[test]
fn s52_hosts_chosen_by_hand_take_no_turns() {
    let host = |choice: serde_json::Value, role: Option<&str>, said: &str| {
        let mut with = json!({ "host_choice": choice });
        if let Some(role) = role {
            with["host_role"] = role.into();
        }
        let call =
            json!([{ "id": "call", "name": "Call", "kind": "book_call", "on": "manual", "with": with }]);
        let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
        crm.publish(&with_actions(call), &ada(), at(0)).unwrap();
        done(crm.set_pool("deals", "closer", &["eva"], &ada(), at(0)).unwrap());
        create(&crm, contact("a"), "talk", at(0));
        let act = CarryOut::action("call").with("host", said);
        let answer = crm.carry_out("a", &act, &sam(), at(1)).unwrap();
        answer.refusal().map(|why| {
            assert_eq!(why.codes().collect::<Vec<_>>(), [ReasonCode::InvalidInput], "{why}");
            why.to_string()
        })
    };
    let by_hand = json!(["by_hand"]);
    for (role, said) in [
        (None, "round_robin"),
        (None, "round_robin:closer"),
        (Some("closer"), "round_robin"),
        (Some("closer"), "round_robin:closer"),
    ] {
        let why = host(by_hand.clone(), role, said).unwrap();
        assert_eq!(why, format!("`{said}` is no answer to `host`: a host is chosen by hand"));
    }
    assert_eq!(host(by_hand.clone(), Some("closer"), "eva"), None);
    let turns = json!(["round_robin"]);
    assert_eq!(host(turns.clone(), Some("closer"), "round_robin"), None);
    assert_eq!(
        host(turns.clone(), None, "round_robin:closer"),
        None,
        "where the action has no pool of its own"
    );
    let other = host(turns.clone(), Some("closer"), "round_robin:rep").unwrap();
    assert!(other.ends_with("the turn is that of the action's own pool"), "{other}");
    assert!(host(turns, Some("closer"), "eva").unwrap().ends_with("hosts take turns"));
}

/// S2: lacking `act` and lacking the roles of the action are two reasons.
#[test]
fn s2_an_action_is_refused_for_the_capability_and_for_its_roles() {
    let pipeline = with_actions(json!([
        { "id": "ring", "name": "Ring", "kind": "custom", "on": "manual", "roles": ["admin"] },
    ]));
    on_each_store(&pipeline, |crm| {
        create(crm, contact("a"), "talk", at(0));
        let ring = CarryOut::action("ring");
        let lee = Actor::new("lee").with_role("closer");
        let why = refused(crm.carry_out("a", &ring, &lee, at(1)).unwrap());
        assert_eq!(why.codes().collect::<Vec<_>>(), [ReasonCode::PermissionDenied; 2]);
        assert_eq!(why.to_string(), "`act` is for admin or rep; `ring` is for admin");
        assert!(why.reasons().iter().all(|reason| reason.parameter("action").is_some()));
        let why = refused(crm.carry_out("a", &ring, &sam(), at(1)).unwrap());
        assert_eq!(why.to_string(), "`ring` is for admin", "who may act lacks the role alone");
    });
}

/// S3, S48: what has happened as often as it may is not offered, as it is not carried out.
#[test]
fn s3_what_was_for_once_only_is_offered_once_only() {
    let pipeline = with_actions(json!([
        { "id": "ever", "name": "Ever", "kind": "custom", "on": "manual" },
        { "id": "first", "name": "First", "kind": "custom", "on": "manual", "repeat": "first_visit" },
        { "id": "once", "name": "Once", "kind": "custom", "on": "manual", "repeat": "once" },
    ]));
    on_each_store(&pipeline, |crm| {
        create(crm, contact("a"), "talk", at(0));
        let agree = |now| {
            let (record, pipeline) = (crm.record("a").unwrap().unwrap(), crm.pipeline("deals").unwrap());
            let actor = sam();
            let offered =
                pipeline.actions(&record, &actor, now).map(|offer| offer.definition().id.to_string());
            let offered: Vec<String> = offered.collect();
            for id in ["ever", "first", "once"] {
                let goes =
                    pipeline.carry_out(&record, &CarryOut::action(id), &actor, now).refusal().is_none();
                assert_eq!(offered.iter().any(|offer| offer == id), goes, "{id}: {offered:?}");
            }
            offered
        };
        assert_eq!(agree(at(1)), ["ever", "first", "once"]);
        done(crm.carry_out("a", &CarryOut::action("once"), &sam(), at(1)).unwrap());
        assert_eq!(agree(at(2)), ["ever", "first"]);
        mv(crm, "a", "lost", at(3));
        done(crm.submit("a", &Request::to("talk").forced("again"), &ada(), at(4)).unwrap());
        assert_eq!(agree(at(5)), ["ever"]);
    });
}

#[test]
fn asking_twice_under_one_key_takes_one_turn() {
    on_each_store(&contacts(), |crm| {
        done(crm.set_pool("contact_stages", "closer", &["eva", "lee"], &ada(), at(0)).unwrap());
        approved(crm, "c-1");
        let act = book("round_robin").with_key("form-1");
        let one = done(crm.carry_out("c-1", &act, &ada(), at(1)).unwrap());
        let two = done(crm.carry_out("c-1", &act, &ada(), at(2)).unwrap());
        assert!(two.is_repeated());
        assert_eq!(one.effects(), two.effects());
        let pool = crm.pool("contact_stages", "closer").unwrap();
        assert_eq!(pool.next(), Some("lee"), "S14");
        let report = Report::done().with_key("done-1");
        let call = one.effects()[0].id();
        let first = done(crm.report(call, &report, &ada(), at(3)).unwrap());
        assert_eq!(done(crm.report(call, &report, &ada(), at(4)).unwrap()).row(), first.row());
    });
}

#[test]
fn a_key_is_asked_for_before_the_record_as_by_all_that_can_be_done() {
    on_each_store(&contacts(), |crm| {
        done(crm.set_pool("contact_stages", "closer", &["eva"], &ada(), at(0)).unwrap());
        approved(crm, "c-1");
        done(crm.carry_out("c-1", &book("eva").with_key("used"), &ada(), at(1)).unwrap());
        let missing = "there is no record `c-9`";
        for host in ["eva", "round_robin"] {
            let reused = refused(crm.carry_out("c-9", &book(host).with_key("used"), &ada(), at(2)).unwrap());
            assert_eq!(reused.codes().collect::<Vec<_>>(), [ReasonCode::DuplicateRequest], "S14: {host}");
            for act in [book(host), book(host).with_key("new")] {
                let error = crm.carry_out("c-9", &act, &ada(), at(2)).unwrap_err();
                assert_eq!(error.to_string(), missing, "{host}");
            }
        }
        // As a move says it.
        let to = Request::to("nurturing");
        let reused = refused(crm.submit("c-9", &to.clone().with_key("used"), &ada(), at(2)).unwrap());
        assert_eq!(reused.codes().collect::<Vec<_>>(), [ReasonCode::DuplicateRequest]);
        assert_eq!(crm.submit("c-9", &to.with_key("new"), &ada(), at(2)).unwrap_err().to_string(), missing);
    });
}

#[test]
fn a_call_by_a_crowd_goes_round_fairly() {
    let pipeline = contacts();
    on_each_store(&pipeline, |crm| {
        done(crm.set_pool("contact_stages", "closer", &["eva", "lee", "kim"], &ada(), at(0)).unwrap());
        for number in 0..24 {
            approved(crm, &format!("c-{number}"));
        }
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for number in (thread..24).step_by(4) {
                        let id = format!("c-{number}");
                        done(crm.carry_out(&id, &book("round_robin"), &ada(), at(1)).unwrap());
                    }
                });
            }
        });
        let mut hosts: Vec<String> = (0..24)
            .map(|number| entries(crm, &format!("c-{number}"))[0].assignee.clone().unwrap().to_string())
            .collect();
        hosts.sort_unstable();
        let of = |who: &str| hosts.iter().filter(|host| *host == who).count();
        assert_eq!((of("eva"), of("kim"), of("lee")), (8, 8, 8));
    });
}

#[test]
fn what_is_done_leads_to_a_move_of_its_own() {
    let then =
        |mv: &str| json!({ "id": "call", "name": "Call", "kind": "custom", "on_done": { "move": mv } });
    on_each_store(&with_actions(json!([then("offer")])), |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        let call = done(crm.carry_out("lead-1", &CarryOut::action("call"), &sam(), at(1)).unwrap());
        assert!(call.effects()[0].reported);
        let receipt = done(crm.report(call.effects()[0].id(), &Report::done(), &sam(), at(2)).unwrap());
        let [follow] = receipt.follow_ups() else { panic!("{receipt:?}") };
        let moved = follow.answer().unwrap().receipt().unwrap();
        assert_eq!((moved.record().stage(), moved.row().seq), (Some("offer"), 4), "S13: a row of its own");
        assert!(moved.row().automation);
        assert_eq!(moved.row().actor, "call");
        assert_eq!(stage(crm, "lead-1"), "offer");
        assert_eq!(entries(crm, "lead-1")[1].state, EffectState::Delivered);
        // A refused one leaves the report as it stands, and says so.
        create(crm, contact("lead-2"), "talk", at(3));
        let call = done(crm.carry_out("lead-2", &CarryOut::action("call"), &sam(), at(4)).unwrap());
        mv(crm, "lead-2", "offer", at(5));
        let report = Report::done().with_key("k-1");
        let receipt = done(crm.report(call.effects()[0].id(), &report, &sam(), at(6)).unwrap());
        let [follow] = receipt.follow_ups() else { panic!("{receipt:?}") };
        let why = follow.answer().and_then(|answer| answer.refusal()).map(ToString::to_string);
        assert_eq!(why.as_deref(), Some("`Offer` does not start at Offer"));
        assert_eq!(follow.note(), Some("refused: `Offer` does not start at Offer"));
        let again = done(crm.report(call.effects()[0].id(), &report, &sam(), at(7)).unwrap());
        let [same] = again.follow_ups() else { panic!("{again:?}") };
        assert!(again.is_repeated() && same.answer().is_none(), "S14");
        assert_eq!((same.effect(), same.note()), (follow.effect(), follow.note()));
    });
}

#[test]
fn automatic_actions_that_are_done_lead_on_too() {
    let action = json!([{ "id": "check", "name": "Check", "kind": "webhook", "on": "enter",
        "with": { "url": "https://example.com" }, "on_done": { "move": "offer" } }]);
    on_each_store(&with_actions(action), |crm| {
        create(crm, contact("lead-1"), "talk", at(0));
        let failing = Worker::new(crm)
            .on(EffectKind::Webhook, |_: &lifestage::outbox::Delivery| Err(HandlerError::new("down")));
        assert_eq!(failing.run_once(at(1)).unwrap().retried, 1);
        assert_eq!(stage(crm, "lead-1"), "talk");
        let working =
            Worker::new(crm).on(EffectKind::Webhook, |_: &lifestage::outbox::Delivery| Ok(Handled::Done));
        assert_eq!(working.run_once(at(60)).unwrap().delivered, 1);
        assert_eq!(stage(crm, "lead-1"), "offer");
    });
}
