use std::future::Future;
use std::sync::Mutex;

use lifestage::outbox::{Delivery, EffectState, OutboxQuery, Settled, Settlement, TaskQuery};
use lifestage::store::Store;
use lifestage::{EffectId, EffectKind, Handled, HandlerError, Report, Request, Span, Worker};
use serde_json::json;

use super::{Outcome, sound, willing};
use crate::{
    HOUR, at, contact, create, done, entries, mv, on_each_store, pipeline, sam, states, with_actions,
};

/// A stage that tells so many things on entry.
fn telling(count: usize) -> lifestage::Pipeline {
    let tell =
        |n: usize| json!({ "id": format!("t{n:04}"), "name": "Tell", "kind": "notify", "on": "enter" });
    with_actions((0..count).map(tell).collect())
}

#[test]
fn a_thousand_effects_of_one_record_go_seven_at_a_time_in_order() {
    on_each_store(&telling(1_000), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let seen = Mutex::new(Vec::new());
        let worker =
            Worker::new(crm).with_batch(7).on(EffectKind::Notify, |delivery: &Delivery| -> Outcome {
                seen.lock().unwrap().push(delivery.effect.index);
                Ok(Handled::Delivered)
            });
        assert_eq!(worker.run_batch(at(0)).unwrap().delivered, 7);
        assert_eq!(worker.run_once(at(0)).unwrap().delivered, 993);
        assert_eq!(*seen.lock().unwrap(), (0..1_000).collect::<Vec<u16>>(), "S47");
        sound(crm);
    });
}

#[test]
fn a_batch_of_none_and_a_lease_of_nothing_deliver_nothing_and_cost_no_attempt() {
    on_each_store(&telling(3), |crm| {
        create(crm, contact("a"), "talk", at(0));
        for span in [Span::from_seconds(0), Span::from_seconds(-60), Span::from_micros(i64::MIN)] {
            for _ in 0..9 {
                assert_eq!(willing(crm).with_lease(span).run_once(at(1)).unwrap().total(), 0);
            }
        }
        assert_eq!(willing(crm).with_batch(0).run_once(at(1)).unwrap().total(), 0);
        assert!(entries(crm, "a").iter().all(|entry| entry.attempts() == 0), "{:?}", entries(crm, "a"));
        assert_eq!(willing(crm).with_batch(usize::MAX).run_once(at(1)).unwrap().delivered, 3);
    });
}

#[test]
fn what_a_lease_ends_before_is_no_attempt() {
    on_each_store(&telling(40), |crm| {
        create(crm, contact("a"), "talk", at(0));
        // Each takes half of the lease, so of forty claimed two or so are begun.
        let worker = Worker::new(crm).with_lease(Span::from_micros(20_000)).with_attempts(3).on(
            EffectKind::Notify,
            |_: &Delivery| -> Outcome {
                std::thread::sleep(std::time::Duration::from_millis(12));
                Ok(Handled::Delivered)
            },
        );
        for round in 0..100 {
            if worker.run_once(at(round)).unwrap().total() == 0 && round > 50 {
                break;
            }
        }
        let all = states(crm, "a");
        let dead = all.iter().filter(|(_, state)| *state == EffectState::Dead).count();
        assert_eq!(dead, 0, "they were never begun: {all:?}");
        assert!(all.iter().all(|(_, state)| *state == EffectState::Delivered));
    });
}

#[test]
fn pages_of_nothing_are_empty() {
    on_each_store(
        &pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
        "tasks": [{ "id": "a", "title": "A", "due": "1d" }, { "id": "b", "title": "B", "due": "1d" }] }] })),
        |crm| {
            create(crm, contact("a"), "talk", at(0));
            for query in [OutboxQuery::of("a", 0), OutboxQuery::pending(0), OutboxQuery::dead(0)] {
                let page = crm.outbox(&query).unwrap();
                assert_eq!((page.entries.len(), page.next), (0, None));
            }
            let page = crm.tasks(&TaskQuery::open(0)).unwrap();
            assert_eq!((page.entries.len(), page.next), (0, None));
            assert_eq!(crm.queue("deals", "none", None, 0).unwrap(), []);
            for query in [OutboxQuery::of("a", usize::MAX), OutboxQuery::pending(usize::MAX)] {
                assert_eq!(crm.outbox(&query).unwrap().entries.len(), 2);
            }
            assert_eq!(crm.tasks(&TaskQuery::open(usize::MAX)).unwrap().entries.len(), 2);
            // One by one, until the end.
            let (mut query, mut seen) = (OutboxQuery::of("a", 1), 0);
            loop {
                let page = crm.outbox(&query).unwrap();
                seen += page.entries.len();
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, 2);
        },
    );
}

#[test]
fn a_handler_may_report_and_move_what_it_was_handed() {
    let flow = pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
        "tasks": [{ "id": "call", "title": "Call", "due": "1d", "remind": ["1h"] },
                  { "id": "then", "title": "Then", "due": "2d", "after": "call" }],
        "messages": [{ "id": "later", "channel": "email", "after": "1m", "subject": "S", "body": "B" }] }] }));
    on_each_store(&flow, |crm| {
        create(crm, contact("a"), "talk", at(0));
        let worker = Worker::new(crm).on(EffectKind::CreateTask, |delivery: &Delivery| -> Outcome {
            let answer = crm.report(delivery.effect.id(), &Report::done(), &sam(), at(1))?;
            assert!(answer.receipt().is_some(), "{answer:?}");
            if delivery.effect.action == "flow/call" {
                // Work on the outbox from within it finds what came of that, and not what is done.
                let within = Worker::new(crm).run_once(at(1)).unwrap();
                assert_eq!((within.delivered, within.total()), (1, 1), "the next task is on the list");
                let then = entries(crm, "a").into_iter().find(|entry| entry.effect.action == "flow/then");
                done(crm.report(then.unwrap().effect.id(), &Report::done(), &sam(), at(1)).unwrap());
                mv(crm, "a", "offer", at(1));
            }
            Ok(Handled::Done)
        });
        let round = worker.run_once(at(1)).unwrap();
        assert_eq!((round.delivered, round.late), (1, 0), "{round:?}");
        let ends: Vec<_> = entries(crm, "a").into_iter().map(|entry| (entry.state, entry.work)).collect();
        use lifestage::outbox::WorkState::Done;
        assert_eq!(
            ends,
            [
                (EffectState::Delivered, Some(Done)),
                (EffectState::Cancelled, None),
                (EffectState::Delivered, Some(Done)),
                (EffectState::Cancelled, None),
            ]
        );
        assert_eq!(willing(crm).run_once(at(99 * HOUR)).unwrap().total(), 0);
        sound(crm);
    });
}

#[test]
fn a_record_moved_away_takes_the_rest_of_its_batch_along() {
    let flow = pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "messages": [
        { "id": "m1", "channel": "email", "after": "1m", "subject": "S", "body": "B" },
        { "id": "m2", "channel": "email", "after": "1m", "subject": "S", "body": "B" },
        { "id": "m3", "channel": "email", "after": "1m", "subject": "S", "body": "B" },
    ] }] }));
    on_each_store(&flow, |crm| {
        create(crm, contact("a"), "talk", at(0));
        let sent = Mutex::new(Vec::new());
        let worker = Worker::new(crm).on(EffectKind::SendEmail, |delivery: &Delivery| -> Outcome {
            sent.lock().unwrap().push(delivery.effect.action.to_string());
            if delivery.effect.action == "flow/m1" {
                mv(crm, "a", "lost", at(2));
            }
            Ok(Handled::Delivered)
        });
        worker.run_once(at(2)).unwrap();
        assert_eq!(*sent.lock().unwrap(), ["flow/m1"], "S49: the stay is over, and so are its messages");
        assert_eq!(entries(crm, "a")[1].state, EffectState::Cancelled);
    });
}

#[test]
fn who_settles_after_the_lease_settles_nothing_of_the_next() {
    on_each_store(&telling(2), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let settle = |attempt: u32, outcome: Settled| -> Vec<bool> {
            let effects = entries(crm, "a");
            let all: Vec<_> =
                effects.iter().map(|entry| Settlement::of(&entry.effect, attempt, outcome.clone())).collect();
            crm.store().settle("acme", &all).unwrap()
        };
        let second = Worker::new(crm).on(EffectKind::Notify, |_: &Delivery| -> Outcome {
            // While the second has it, the first comes back in each way.
            let retry = Settled::Retry { at: at(0), error: "late".into() };
            assert_eq!(settle(1, retry), [false, false]);
            assert_eq!(settle(1, Settled::Postponed { until: at(0), note: None }), [false, false]);
            assert_eq!(settle(1, Settled::Dead { at: at(0), error: "late".into() }), [false, false]);
            assert_eq!(settle(1, Settled::Delivered { at: at(0), note: None }), [false, false]);
            assert_eq!(settle(0, Settled::Delivered { at: at(0), note: None }), [false, false]);
            assert_eq!(willing(crm).run_once(at(2)).unwrap().total(), 0, "the second has it");
            Ok(Handled::Delivered)
        });
        let claim =
            lifestage::outbox::Claim { now: at(0), until: at(1), kinds: vec![EffectKind::Notify], limit: 9 };
        assert_eq!(crm.store().claim("acme", &claim).unwrap().len(), 2);
        assert_eq!(second.run_once(at(2)).unwrap().delivered, 2);
        let again = Settled::Delivered { at: at(9), note: Some("again".into()) };
        assert_eq!(settle(2, again), [false, false]);
        assert!(entries(crm, "a").iter().all(|entry| entry.settled_at == Some(at(2))));
    });
}

#[test]
fn ids_with_slashes_are_those_of_their_own_records() {
    let flow = pipeline(json!({
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": [{ "id": "call", "title": "Call {{ name }}", "due": "1d" }] }],
        "automation": [{ "id": "park", "on": { "after": "2d" }, "in": ["talk"], "move": "drop" }],
    }));
    let ids = ["a", "a/1", "a/1/0", "a/1/0/1", "a/1/0/1/0", "ä/ß/🦀", "/", "//", "done a/1/0", "effect a"];
    on_each_store(&flow, |crm| {
        for id in ids {
            create(crm, contact(id), "talk", at(0));
        }
        for id in ids {
            let call = entries(crm, id)[0].effect.clone();
            let text = call.id().to_string();
            assert_eq!(EffectId::parse(&text), Some(call.id()));
            assert_eq!(crm.entry(EffectId::parse(&text).unwrap()).unwrap().effect.record, id);
            let report = Report::done().with_key(format!("done {text}"));
            done(crm.report(call.id(), &report, &sam(), at(1)).unwrap());
            assert_eq!(
                crm.tasks(&TaskQuery::open(99)).unwrap().entries.len(),
                10 - 1 - ids.iter().position(|other| *other == id).unwrap()
            );
        }
        assert_eq!(crate::run(crm, at(2 * 24 * HOUR)).moved, ids.len());
        assert!(ids.iter().all(|id| crate::stage(crm, id) == "lost"));
        assert!(
            crm.entry(EffectId::new("a/1", 1, 0)).is_ok() && crm.entry(EffectId::new("b", 1, 0)).is_err()
        );
        assert!(crm.entry(EffectId::new("a", u64::MAX, u16::MAX)).is_err());
        sound(crm);
    });
}

#[test]
fn a_key_that_looks_like_the_engine_s_own_stops_no_timer_quietly() {
    let park = pipeline(json!({
        "automation": [{ "id": "park", "on": { "after": "1d" }, "in": ["talk"], "move": "drop" }],
    }));
    on_each_store(&park, |crm| {
        create(crm, contact("a"), "talk", at(0));
        let other = create(crm, contact("b"), "talk", at(0));
        assert_eq!(other.effects()[0].id().to_string(), "b/1/0");
        // Somebody used the key of the timer of another record for something else.
        done(crm.submit("a", &Request::to("offer").with_key("effect b/1/0"), &sam(), at(1)).unwrap());
        let round = crate::run(crm, at(24 * HOUR));
        assert_eq!((crate::stage(crm, "b").as_str(), round.moved), ("talk", 0), "S14: a key is one request");
        let note = entries(crm, "b").remove(0).note;
        assert!(note.as_deref().is_some_and(|note| note.contains("key")), "it says why: {note:?}, {round:?}");
        // And of this one, for a move of another kind, before it is due.
        create(crm, contact("c"), "talk", at(0));
        done(crm.submit("c", &Request::to("offer").with_key("effect c/1/0"), &sam(), at(1)).unwrap());
        assert_eq!(crate::run(crm, at(24 * HOUR)).moved, 0, "that was not the timer");
    });
}

#[test]
fn a_handler_that_fails_with_the_longest_words_fails_like_others() {
    on_each_store(&telling(1), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let worker = Worker::new(crm).with_attempts(0).on(EffectKind::Notify, |_: &Delivery| -> Outcome {
            Err(HandlerError::new("\u{0}ä".repeat(50_000)))
        });
        assert_eq!(worker.run_once(at(0)).unwrap().dead, 1, "no attempt is allowed");
        assert!(crm.revive(EffectId::new("a", 1, 0), at(0)).unwrap());
        assert_eq!(worker.with_attempts(1).run_once(at(0)).unwrap().dead, 1);
        assert_eq!(entries(crm, "a")[0].note.as_ref().map(|note| note.chars().count()), Some(100_000));
    });
}

#[test]
fn what_ends_the_process_takes_nothing_else_along() {
    use std::task::{Context, Waker};
    on_each_store(&telling(1), |crm| {
        for id in ["a", "b", "c", "d", "e"] {
            create(crm, contact(id), "talk", at(0));
        }
        let (worker, delivered) = (Worker::new(crm).with_attempts(3), Mutex::new(Vec::new()));
        for round in 0..30 {
            // A future that is dropped is a process that ends: what it had claimed, nobody settles.
            let mut killed = Box::pin(worker.run_batch_async(
                &[EffectKind::Notify],
                at(round * 2),
                async |delivery: &Delivery| {
                    if delivery.effect.record == "c" {
                        std::future::pending::<()>().await;
                    }
                    delivered.lock().unwrap().push(delivery.effect.record.to_string());
                    Outcome::Ok(Handled::Delivered)
                },
            ));
            let _ = killed.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        for id in ["a", "b", "d", "e"] {
            let entry = entries(crm, id).remove(0);
            assert_eq!(entry.state, EffectState::Delivered, "S47: one stops no others: {entry:?}");
            assert!(delivered.lock().unwrap().iter().any(|record| record == id));
        }
        let entry = entries(crm, "c").remove(0);
        assert_eq!(entry.state, EffectState::Dead, "{entry:?}");
    });
}
