use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::outbox::{Delivery, EffectState, OutboxQuery, TaskQuery};
use lifestage::{EffectId, EffectKind, Handled, HandlerError, Span, Worker};
use serde_json::json;

use crate::{HOUR, at, contact, create, entries, mv, on_each_store, states, with_actions};

fn told() -> lifestage::Pipeline {
    let tell = |id: &str| json!({ "id": id, "name": id, "kind": "notify", "on": "enter" });
    with_actions(json!([tell("one"), tell("two"), tell("three")]))
}

type Outcome = Result<Handled, HandlerError>;

#[test]
fn effects_of_a_record_are_delivered_in_order_and_once() {
    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        create(crm, contact("b"), "talk", at(0));
        mv(crm, "a", "new", at(1));
        mv(crm, "a", "talk", at(2));
        let seen = Mutex::new(Vec::new());
        let worker =
            Worker::new(crm).with_batch(4).on(EffectKind::Notify, |delivery: &Delivery| -> Outcome {
                seen.lock().unwrap().push(delivery.effect.id().to_string());
                Ok(Handled::Delivered)
            });
        assert_eq!(worker.run_once(at(3)).unwrap().delivered, 9);
        assert_eq!(worker.run_once(at(4)).unwrap().total(), 0);
        drop(worker);
        let seen = seen.into_inner().unwrap();
        let of = |record: &str| -> Vec<String> {
            seen.iter().filter(|id| id.starts_with(record)).cloned().collect()
        };
        assert_eq!(of("a/"), ["a/1/0", "a/1/1", "a/1/2", "a/3/0", "a/3/1", "a/3/2"], "S47");
        assert_eq!(of("b/").len(), 3);
    });
}

#[test]
fn one_that_fails_stops_neither_the_others_nor_itself_for_ever() {
    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let worker = Worker::new(crm)
            .with_attempts(3)
            .with_wait(Span::from_seconds(60), Span::from_seconds(90))
            .on(EffectKind::Notify, |delivery: &Delivery| -> Outcome {
                match delivery.effect.action.as_str() {
                    "two" => Err(HandlerError::new(format!("try {}", delivery.attempt))),
                    _ => Ok(Handled::Delivered),
                }
            });
        let round = worker.run_once(at(0)).unwrap();
        assert_eq!((round.delivered, round.retried), (1, 1), "S47: what comes after it waits for it");
        assert_eq!(round.errors, [("a/1/1".to_owned(), "try 1".to_owned())]);
        let waits = crm.entry(EffectId::new("a", 1, 1)).unwrap();
        assert!(
            waits.ready_at > at(0) && waits.ready_at <= at(1),
            "back-off, less a part of it: {}",
            waits.ready_at
        );
        assert_eq!(worker.run_once(at(1)).unwrap().retried, 1);
        let last = worker.run_once(at(3)).unwrap();
        assert_eq!((last.dead, last.retried, last.delivered), (1, 0, 1), "and goes on when it is given up");
        assert_eq!(worker.run_once(at(HOUR)).unwrap().total(), 0);
        let dead = crm.outbox(&OutboxQuery::dead(9)).unwrap().entries;
        assert_eq!((dead.len(), dead[0].note.as_deref(), dead[0].attempts()), (1, Some("try 3"), 3));
        assert!(crm.revive(EffectId::new("a", 1, 1), at(HOUR)).unwrap());
        assert!(!crm.revive(EffectId::new("a", 1, 1), at(HOUR)).unwrap(), "once");
        assert!(!crm.revive(EffectId::new("a", 1, 0), at(HOUR)).unwrap(), "it was not dead");
        assert_eq!(worker.run_once(at(HOUR)).unwrap().retried, 1, "from the beginning");
        let missing = crm.revive(EffectId::new("a", 9, 9), at(HOUR)).unwrap_err();
        assert_eq!(missing.to_string(), "there is no effect `a/9/9`");
    });
}

#[test]
fn order_is_kept_by_record_and_kind_whatever_fails() {
    let does = |id: &str, kind: &str| json!({ "id": id, "name": id, "kind": kind, "on": "enter" });
    let all = [does("n1", "notify"), does("c1", "custom"), does("n2", "notify"), does("c2", "custom")];
    on_each_store(&with_actions(json!(all)), |crm| {
        create(crm, contact("a"), "talk", at(0));
        create(crm, contact("b"), "talk", at(0));
        let (down, seen) = (AtomicUsize::new(1), Mutex::new(Vec::new()));
        let handle = |delivery: &Delivery| -> Outcome {
            let effect = &delivery.effect;
            seen.lock().unwrap().push(format!("{}/{}/{}", effect.record, effect.seq, effect.action));
            match down.load(Ordering::Relaxed) {
                1 if effect.record == "a" && effect.kind == EffectKind::Notify => {
                    Err(HandlerError::new("down"))
                }
                _ => Ok(Handled::Delivered),
            }
        };
        let worker = Worker::new(crm)
            .with_wait(Span::from_seconds(3600), Span::from_seconds(3600))
            .on(EffectKind::Notify, handle)
            .on(EffectKind::Custom, handle);
        let round = worker.run_once(at(0)).unwrap();
        assert_eq!(
            (round.delivered, round.retried),
            (6, 1),
            "one failing stops neither other kinds nor other records"
        );
        // What comes later waits too, and nobody is woken for it.
        mv(crm, "a", "new", at(1));
        mv(crm, "a", "talk", at(2));
        assert_eq!(worker.run_once(at(2)).unwrap().delivered, 2);
        let retry = crm.entry(EffectId::new("a", 1, 0)).unwrap().ready_at;
        assert_eq!(worker.next_due().unwrap(), Some(retry));
        assert!(retry > at(HOUR / 2));
        down.store(0, Ordering::Relaxed);
        assert_eq!(worker.run_once(retry).unwrap().delivered, 4);
        assert_eq!(worker.next_due().unwrap(), None);
        drop(worker);
        let seen = seen.into_inner().unwrap();
        let of = |record: &str, kind: &str| -> Vec<&str> {
            let of = |line: &&String| line.starts_with(record) && line.contains(kind);
            seen.iter().filter(of).map(|line| &line[2..]).collect()
        };
        assert_eq!(of("a", "/n"), ["1/n1", "1/n1", "1/n2", "3/n1", "3/n2"], "S47");
        assert_eq!(of("a", "/c"), ["1/c1", "1/c2", "3/c1", "3/c2"]);
        assert_eq!((of("b", "/n"), of("b", "/c")), (vec!["1/n1", "1/n2"], vec!["1/c1", "1/c2"]));
    });
}

#[test]
fn no_use_in_trying_again_is_dead_at_once() {
    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let worker = Worker::new(crm).on(EffectKind::Notify, |_: &Delivery| -> Outcome {
            Err(HandlerError::new("no such person").for_good())
        });
        assert_eq!(worker.run_once(at(0)).unwrap().dead, 3);
    });
}

#[test]
fn a_panic_is_a_failed_attempt() {
    std::panic::set_hook(Box::new(|_| {}));
    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let worker = Worker::new(crm).on(EffectKind::Notify, |delivery: &Delivery| -> Outcome {
            assert!(delivery.effect.action != "one", "out of tea");
            Ok(Handled::Delivered)
        });
        let round = worker.run_once(at(0)).unwrap();
        assert_eq!((round.delivered, round.retried), (0, 1));
        assert_eq!(round.errors[0].1, "the handler panicked: out of tea");
    });
}

#[test]
fn who_hangs_loses_the_lease() {
    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let calls = AtomicUsize::new(0);
        // While the first handles, time goes by and another worker takes what it has.
        let other =
            Worker::new(crm).on(EffectKind::Notify, |_: &Delivery| -> Outcome { Ok(Handled::Delivered) });
        let hanging = Worker::new(crm).on(EffectKind::Notify, |_: &Delivery| -> Outcome {
            if calls.fetch_add(1, Ordering::Relaxed) == 0 {
                assert_eq!(other.run_once(at(0)).unwrap().total(), 0, "within the lease nobody else has it");
                assert_eq!(other.run_once(at(2)).unwrap().delivered, 3, "after it, somebody else");
            }
            Ok(Handled::Delivered)
        });
        let round = hanging.run_once(at(0)).unwrap();
        assert_eq!((round.late, round.delivered), (1, 0), "{round:?}");
        assert_eq!(calls.load(Ordering::Relaxed), 1, "what the other has delivered is not delivered again");
        assert!(states(crm, "a").iter().all(|(_, state)| *state == EffectState::Delivered));
    });
}

#[test]
fn what_is_begun_again_and_again_is_given_up() {
    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        use lifestage::outbox::Claim;
        use lifestage::store::Store;
        // Workers that are killed by it say nothing.
        for round in 0..3 {
            let now = at(round * 10);
            let claim = Claim { now, until: at(round * 10 + 5), kinds: vec![EffectKind::Notify], limit: 1 };
            assert_eq!(crm.store().claim("acme", &claim).unwrap().len(), 1);
        }
        let worker = Worker::new(crm)
            .with_attempts(3)
            .on(EffectKind::Notify, |_: &Delivery| -> Outcome { Ok(Handled::Delivered) });
        let round = worker.run_once(at(100)).unwrap();
        assert_eq!((round.dead, round.delivered), (1, 2));
        assert_eq!(
            entries(crm, "a")[0].note.as_deref(),
            Some("it was begun 3 times, and never came to an end")
        );
    });
}

#[test]
fn what_nobody_is_there_to_have_is_put_off_whatever_the_waits() {
    let flow = json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
        "tasks": [{ "id": "call", "title": "Call", "due": "2d", "assignee": "round_robin:closer" }] }] });
    on_each_store(&crate::pipeline(flow), |crm| {
        create(crm, contact("a"), "talk", at(0));
        for wait in [Span::default(), Span::from_seconds(-60)] {
            let worker = Worker::new(crm).with_wait(wait, wait);
            let now = worker.next_due().unwrap().unwrap();
            let round = worker.run_once(now).unwrap();
            assert_eq!((round.idle, round.total()), (1, 1), "S47: the round comes to an end: {round:?}");
            assert!(worker.next_due().unwrap().unwrap() > now);
        }
    });
}

#[test]
fn kinds_without_a_handler_wait() {
    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        assert_eq!(crate::run(crm, at(HOUR)).total(), 0);
        assert!(states(crm, "a").iter().all(|(_, state)| *state == EffectState::Pending));
        assert_eq!(crm.next_due().unwrap(), Some(at(0)));
    });
}

#[test]
fn of_all_kinds_only_tasks_and_moves_need_no_handler() {
    let mut document = crate::document(json!({
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": [{ "id": "task", "title": "Task", "due": "1d", "remind": ["1h"] }] }],
        "automation": [{ "id": "move", "on": { "after": "2d" }, "in": ["talk"], "move": "drop" }],
        "sla": [{ "id": "sla", "name": "Answer", "in": ["talk"], "within": "1h", "met_by": ["call"] }],
    }));
    let theirs = EffectKind::ALL.into_iter().filter(|kind| {
        !matches!(kind, EffectKind::CreateTask | EffectKind::Remind | EffectKind::Move | EffectKind::Sla)
    });
    let does =
        |kind: EffectKind| json!({ "id": kind.name(), "name": "Does", "kind": kind.name(), "on": "enter" });
    document["stages"][1]["actions"] = theirs.map(does).collect();
    let pipeline =
        lifestage::Pipeline::from_json(&document.to_string()).unwrap_or_else(|error| panic!("{error}"));
    on_each_store(&pipeline, |crm| {
        create(crm, contact("a"), "talk", at(0));
        let planned: BTreeSet<_> = entries(crm, "a").iter().map(|entry| entry.effect.kind).collect();
        assert_eq!(planned, EffectKind::ALL.into(), "one of each");
        crate::run(crm, at(2 * 24 * HOUR));
        for entry in entries(crm, "a") {
            let expected = match entry.effect.kind {
                EffectKind::CreateTask | EffectKind::Move => EffectState::Delivered,
                // The move ended the stay, and with it what was to be said of its task.
                EffectKind::Remind => EffectState::Cancelled,
                _ => EffectState::Pending,
            };
            assert_eq!(
                (entry.state, entry.claims > 0),
                (expected, expected == EffectState::Delivered),
                "{entry:?}"
            );
        }
        assert_eq!(crm.next_due().unwrap(), Some(at(0)), "what waits is to be seen");
    });
}

#[test]
fn a_worker_may_leave_tasks_to_another_that_wants_to_hear_of_them() {
    let flow =
        crate::pipeline(json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk", "tasks": [
        { "id": "call", "title": "Call", "due": "1d", "assignee": "round_robin:closer" }] }] }));
    on_each_store(&flow, |crm| {
        create(crm, contact("a"), "talk", at(0));
        crm.set_pool("deals", "closer", &["eva"], &crate::ada(), at(0)).unwrap();
        let mailer = Worker::new(crm).leaving_tasks();
        assert_eq!(mailer.run_once(at(1)).unwrap().total(), 0);
        assert_eq!((mailer.next_due().unwrap(), entries(crm, "a")[0].state), (None, EffectState::Pending));
        let heard = Mutex::new(Vec::new());
        let teller = Worker::new(crm).on(EffectKind::CreateTask, |delivery: &Delivery| -> Outcome {
            heard.lock().unwrap().push(delivery.assignee.clone().unwrap().to_string());
            Ok(Handled::Delivered)
        });
        assert_eq!(teller.run_once(at(1)).unwrap().delivered, 1);
        drop(teller);
        assert_eq!(*heard.lock().unwrap(), ["eva"]);
        assert_eq!(
            crm.tasks(&TaskQuery::open(9).of("eva")).unwrap().entries.len(),
            1,
            "it is to be done all the same"
        );
    });
}

#[test]
fn many_workers_deliver_each_effect_once() {
    on_each_store(&told(), |crm| {
        for number in 0..30 {
            create(crm, contact(&format!("r-{number}")), "talk", at(0));
        }
        let seen = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let worker = Worker::new(crm).with_batch(5).on(
                        EffectKind::Notify,
                        |delivery: &Delivery| -> Outcome {
                            seen.lock().unwrap().push(delivery.effect.id().to_string());
                            Ok(Handled::Delivered)
                        },
                    );
                    worker.run_once(at(1)).unwrap();
                });
            }
        });
        // Who found everything taken went home before it was settled.
        let rest = Worker::new(crm).on(EffectKind::Notify, |delivery: &Delivery| -> Outcome {
            seen.lock().unwrap().push(delivery.effect.id().to_string());
            Ok(Handled::Delivered)
        });
        rest.run_once(at(1)).unwrap();
        drop(rest);
        let mut seen = seen.into_inner().unwrap();
        assert_eq!(seen.len(), 90);
        let order_of = |record: &str| -> Vec<String> {
            seen.iter().filter(|id| id.starts_with(&format!("{record}/"))).cloned().collect()
        };
        for number in 0..30 {
            let id = format!("r-{number}");
            assert_eq!(order_of(&id), [format!("{id}/1/0"), format!("{id}/1/1"), format!("{id}/1/2")]);
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 90, "each once");
    });
}

#[test]
fn an_async_host_awaits_its_own_handler() {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let mut future = Box::pin(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return done;
            }
        }
    }

    on_each_store(&told(), |crm| {
        create(crm, contact("a"), "talk", at(0));
        let seen = Mutex::new(0);
        let worker = Worker::new(crm);
        let handle = async |delivery: &Delivery| {
            std::future::ready(()).await;
            *seen.lock().unwrap() += 1;
            if delivery.effect.action == "two" {
                Err(HandlerError::new("later"))
            } else {
                Ok(Handled::Delivered)
            }
        };
        let round = wait(worker.run_batch_async(&[EffectKind::Notify], at(0), handle)).unwrap();
        assert_eq!((round.delivered, round.retried), (1, 1));
        assert_eq!(seen.into_inner().unwrap(), 2, "the third waits for the second");
    });
}
