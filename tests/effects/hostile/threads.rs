use std::sync::{Barrier, Mutex};

use lifestage::outbox::Delivery;
use lifestage::{
    Actor, Answer, CarryOut, CatchUp, CatchingUp, EffectKind, Handled, Pipeline, Report, Worker, presets,
};
use serde_json::json;

use super::{Outcome, sound, willing};
use crate::{DAY, ada, at, contact, create, done, entries, on_each_store, pipeline, run, sam, stage};

fn flow() -> serde_json::Value {
    json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
        "tasks": [{ "id": "call", "title": "Call", "due": "1d", "remind": ["1h"] },
                  { "id": "then", "title": "Then", "due": "2d", "after": "call" }] }],
        "automation": [{ "id": "park", "on": { "after": "3d" }, "in": ["talk"], "move": "drop" }] })
}

/// Does the same in so many threads, and gives what each came to.
fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (work, barrier) = (&work, &Barrier::new(threads));
    std::thread::scope(|scope| {
        let begun: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    barrier.wait();
                    work(thread)
                })
            })
            .collect();
        begun.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_task_that_two_report_done_is_done_once() {
    on_each_store(&pipeline(flow()), |crm| {
        for round in 0..10 {
            let id = format!("a-{round}");
            let call = create(crm, contact(&id), "talk", at(0)).effects()[0].clone();
            let answers = at_once(4, |thread| {
                let actor = Actor::new(["sam", "kim"][thread % 2]).with_role("rep");
                crm.report(call.id(), &Report::done(), &actor, at(1)).unwrap()
            });
            let written = answers.iter().filter(|answer| answer.receipt().is_some()).count();
            assert_eq!(written, 1, "{answers:?}");
            assert_eq!(crm.history(&id).unwrap().len(), 2);
            // Under one key, everybody is told of the same row.
            let then =
                entries(crm, &id).into_iter().find(|entry| entry.effect.action == "flow/then").unwrap();
            let report = Report::done().with_key(format!("done-{round}"));
            let answers = at_once(4, |_| crm.report(then.effect.id(), &report, &sam(), at(2)).unwrap());
            let rows: Vec<_> = answers.into_iter().map(|answer| done(answer).row().clone()).collect();
            assert!(rows.iter().all(|row| *row == rows[0]));
            assert_eq!(crm.history(&id).unwrap().len(), 3);
        }
        sound(crm);
    });
}

#[test]
fn one_host_takes_all_the_calls_of_a_crowd() {
    on_each_store(&Pipeline::from_json(presets::CONTACT_STAGES).unwrap(), |crm| {
        done(crm.set_pool("contact_stages", "closer", &["eva", "lee"], &ada(), at(0)).unwrap());
        done(crm.set_away("contact_stages", "closer", "lee", true, &ada(), at(0)).unwrap());
        for thread in 0..8 {
            let creation = lifestage::Creation::in_stage("approved");
            done(crm.create(contact(&format!("c-{thread}")), &creation, &ada(), at(0)).unwrap());
        }
        let book =
            CarryOut::action("book_a_call").with("event_type", "strategy_call").with("host", "round_robin");
        let answers =
            at_once(8, |thread| crm.carry_out(&format!("c-{thread}"), &book, &ada(), at(1)).unwrap());
        for answer in answers {
            match answer {
                Answer::Done(receipt) => assert_eq!(receipt.effects()[0].assignee.as_deref(), Some("eva")),
                Answer::Refused(why) => panic!("nobody is refused for asking with others: {why}"),
                other => panic!("{other:?}"),
            }
        }
        // The same record by all of them: each booking is one row.
        let answers = at_once(8, |_| crm.carry_out("c-0", &book, &ada(), at(2)).unwrap());
        let written = answers.iter().filter(|answer| answer.receipt().is_some()).count();
        assert_eq!(crm.history("c-0").unwrap().len(), 2 + written);
        let audit = crm.verify_all("contact_stages", |_| {}).unwrap();
        assert!(audit.faults.is_empty(), "{:?}", audit.faults);
    });
}

#[test]
fn two_who_catch_up_give_once() {
    on_each_store(&pipeline(json!({})), |crm| {
        for number in 0..20 {
            create(crm, contact(&format!("a-{number}")), "talk", at(0));
        }
        crm.publish(&pipeline(flow()), &ada(), at(1)).unwrap();
        let outcomes = at_once(4, |_| crm.catch_up(&CatchUp::of("deals"), &ada(), at(2)).unwrap());
        let mut given = 0;
        for outcome in outcomes {
            let CatchingUp::Done(caught) = outcome else { panic!("{outcome:?}") };
            assert_eq!(caught.left.len(), 0, "{caught:?}");
            given += caught.given.len();
        }
        assert_eq!(given, 20);
        for number in 0..20 {
            let id = format!("a-{number}");
            let actions: Vec<_> = entries(crm, &id).into_iter().map(|entry| entry.effect.action).collect();
            assert_eq!(actions, ["flow/call", "flow/call", "flow/then", "park"]);
            assert_eq!(crm.history(&id).unwrap().len(), 2);
        }
        sound(crm);
    });
}

#[test]
fn workers_people_and_time_at_once_lose_nothing() {
    on_each_store(&pipeline(flow()), |crm| {
        for number in 0..12 {
            create(crm, contact(&format!("a-{number}")), "talk", at(0));
        }
        let handled = Mutex::new(Vec::new());
        // The workers have one clock: one that is a day ahead would find the leases of the other over.
        let day = Barrier::new(2);
        at_once(4, |thread| {
            for round in 0..6 {
                let worker =
                    Worker::new(crm).with_batch(3).on(EffectKind::Remind, |delivery: &Delivery| -> Outcome {
                        handled.lock().unwrap().push(delivery.effect.id().to_string());
                        Ok(Handled::Delivered)
                    });
                if thread < 2 {
                    day.wait();
                    worker.run_once(at(round * DAY)).unwrap();
                } else {
                    let id = format!("a-{}", round * 2 + i64::try_from(thread).unwrap() - 2);
                    let call = entries(crm, &id).remove(0).effect;
                    drop(crm.report(call.id(), &Report::done(), &sam(), at(round * DAY)).unwrap());
                }
            }
        });
        run(crm, at(9 * DAY));
        willing(crm).run_once(at(9 * DAY)).unwrap();
        assert!((0..12).all(|number| stage(crm, &format!("a-{number}")) == "lost"));
        let mut handled = handled.into_inner().unwrap();
        let all = handled.len();
        handled.sort_unstable();
        handled.dedup();
        assert_eq!(handled.len(), all, "each once");
        for number in 0..12 {
            let id = format!("a-{number}");
            let moved = crm.history(&id).unwrap().iter().filter(|row| row.automation).count();
            assert_eq!(moved, 1);
            assert!(
                entries(crm, &id).iter().all(|entry| entry.state != lifestage::outbox::EffectState::Pending)
            );
        }
        sound(crm);
    });
}
