//! What is not wanted any more right before it is delivered: S43, S44, S49, S61a.

use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use lifestage::outbox::{Delivery, EffectState};
use lifestage::store::{Reader, Store};
use lifestage::{Act, CarryOut, EffectKind, Erasure, Handled, HandlerError, Report, Span, Worker, Workspace};
use serde_json::json;

use crate::{DAY, ada, at, contact, create, done, entries, mv, on_each_store, pipeline, run, sam, stage};

type Outcome = Result<Handled, HandlerError>;

/// A mail on entry that is not bound to the stay, and a call that somebody may book.
fn mailing() -> lifestage::Pipeline {
    crate::with_actions(json!([
        { "id": "hello", "name": "Hello", "kind": "send_email", "on": "enter" },
        { "id": "book", "name": "Book", "kind": "book_call" },
    ]))
}

/// Ways in which what waits for `b` is called off.
const WAYS: [&str; 3] = ["undo", "trash", "erase"];

fn call_off<S: Store + Reader>(crm: &Workspace<S>, way: &str) {
    done(match way {
        "undo" => crm.undo("b", 2, "misclick", &sam(), at(2)).unwrap(),
        "trash" => crm.trash("b", &Act::new(), &sam(), at(2)).unwrap(),
        _ => crm.erase("b", &Erasure::of_everything(), &ada(), at(2)).unwrap(),
    });
}

/// `a` and `b` each have a mail that is due.
fn two_mails<S: Store + Reader>(crm: &Workspace<S>) {
    create(crm, contact("a"), "talk", at(0));
    create(crm, contact("b"), "new", at(0));
    mv(crm, "b", "talk", at(1));
}

#[test]
fn what_is_called_off_in_the_middle_of_a_batch_is_not_delivered() {
    for way in WAYS {
        on_each_store(&mailing(), |crm| {
            two_mails(crm);
            let sent = Mutex::new(Vec::new());
            let send = |mail: &Delivery| -> Outcome {
                if mail.effect.record == "a" {
                    call_off(crm, way);
                }
                sent.lock().unwrap().push(mail.effect.record.to_string());
                Ok(Handled::Delivered)
            };
            let worker = Worker::new(crm).on(EffectKind::SendEmail, send);
            let round = worker.run_once(at(2)).unwrap();
            assert_eq!((round.delivered, round.total()), (1, 1), "{way}: {round:?}");
            assert_eq!(*sent.lock().unwrap(), ["a"], "{way}");
            if way == "trash" {
                let held = entries(crm, "b").remove(0);
                assert_eq!((held.state, held.held, held.attempts()), (EffectState::Pending, true, 0));
                done(crm.restore("b", &Act::new(), &sam(), at(3)).unwrap());
                assert_eq!(worker.run_once(at(3)).unwrap().delivered, 1, "S61a: when it is back");
            }
        });
    }
}

#[test]
fn an_async_host_is_not_asked_for_what_is_called_off() {
    for way in WAYS {
        on_each_store(&mailing(), |crm| {
            two_mails(crm);
            let sent = Mutex::new(Vec::new());
            let worker = Worker::new(crm);
            let batch = pin!(worker.run_batch_async(
                &[EffectKind::SendEmail],
                at(2),
                async |mail: &Delivery| -> Outcome {
                    if mail.effect.record == "a" {
                        call_off(crm, way);
                    }
                    sent.lock().unwrap().push(mail.effect.record.to_string());
                    Ok(Handled::Delivered)
                }
            ));
            let Poll::Ready(round) = batch.poll(&mut Context::from_waker(Waker::noop())) else {
                panic!("nothing is waited for")
            };
            assert_eq!(round.unwrap().delivered, 1, "{way}");
            assert_eq!(*sent.lock().unwrap(), ["a"], "{way}");
        });
    }
}

#[test]
fn a_host_that_delivers_by_itself_is_told() {
    for way in WAYS {
        on_each_store(&mailing(), |crm| {
            two_mails(crm);
            let worker = Worker::new(crm);
            let taken = worker.take(&[EffectKind::SendEmail], at(2), Span::default()).unwrap();
            let wanted = || -> Vec<bool> {
                let wants = |delivery| worker.still_wants(delivery, &[]).unwrap();
                taken.deliveries.iter().map(wants).collect()
            };
            assert_eq!(wanted(), [true, true]);
            call_off(crm, way);
            assert_eq!(wanted(), [true, false], "{way}");
            let round =
                worker.handled(&taken.deliveries, vec![Some(Ok(Handled::Delivered)), None], at(2)).unwrap();
            assert_eq!((round.delivered, round.total()), (1, 1), "{way}: {round:?}");
        });
    }
}

#[test]
fn what_somebody_did_meanwhile_is_not_done_again() {
    on_each_store(&mailing(), |crm| {
        two_mails(crm);
        let book = crm.carry_out("b", &CarryOut::action("book"), &sam(), at(1)).unwrap();
        let call = done(book).effects()[0].clone();
        let send = |mail: &Delivery| -> Outcome {
            if mail.effect.record == "a" {
                done(crm.report(call.id(), &Report::done(), &sam(), at(2))?);
            }
            Ok(Handled::Delivered)
        };
        let book = |_: &Delivery| -> Outcome { panic!("it is booked") };
        let worker = Worker::new(crm).on(EffectKind::SendEmail, send).on(EffectKind::BookCall, book);
        let round = worker.run_once(at(2)).unwrap();
        assert_eq!((round.delivered, round.total()), (2, 2), "{round:?}");
    });
}

#[test]
fn a_timer_whose_record_went_to_the_trash_meanwhile_is_kept() {
    let park = json!({ "automation": [{ "id": "park", "on": { "after": "1d" }, "in": ["talk"], "move": "drop" }],
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "messages": [{ "id": "later", "channel": "email", "after": "1d", "subject": "S", "body": "B" }] }] });
    on_each_store(&pipeline(park), |crm| {
        create(crm, contact("a"), "talk", at(0));
        create(crm, contact("b"), "talk", at(0));
        let send = |mail: &Delivery| -> Outcome {
            if mail.effect.record == "a" {
                call_off(crm, "trash");
            }
            Ok(Handled::Delivered)
        };
        let round = Worker::new(crm).on(EffectKind::SendEmail, send).run_once(at(DAY)).unwrap();
        assert_eq!((round.delivered, round.moved), (1, 1), "{round:?}");
        done(crm.restore("b", &Act::new(), &sam(), at(DAY)).unwrap());
        assert_eq!((run(crm, at(DAY)).moved, stage(crm, "b").as_str()), (1, "lost"), "S61a");
    });
}

fn down(_: &Delivery) -> Outcome {
    Err(HandlerError::new("down").for_good())
}

#[test]
fn what_was_given_up_and_is_over_is_not_revived() {
    let mut document = crate::document(
        json!({ "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
        "messages": [{ "id": "later", "channel": "email", "after": "1d", "subject": "S", "body": "B" }] }] }),
    );
    document["stages"][1]["actions"] =
        json!([{ "id": "hello", "name": "Hello", "kind": "send_text", "on": "enter" }]);
    let pipeline = lifestage::Pipeline::from_json(&document.to_string()).unwrap();
    on_each_store(&pipeline, |crm| {
        for id in ["left", "merged", "undone", "trashed"] {
            create(crm, contact(id), "new", at(0));
            mv(crm, id, "talk", at(0));
        }
        create(crm, contact("head"), "new", at(0));
        let worker = |deliver: fn(&Delivery) -> Outcome| {
            Worker::new(crm).on(EffectKind::SendEmail, deliver).on(EffectKind::SendText, deliver)
        };
        assert_eq!(worker(down).run_once(at(DAY)).unwrap().dead, 8);
        mv(crm, "left", "lost", at(DAY));
        let merging = crm.merge("head", "merged", &Act::new(), &ada(), at(DAY)).unwrap();
        assert!(matches!(merging, lifestage::Merging::Done { .. }), "{merging:?}");
        done(crm.undo("undone", 2, "misclick", &sam(), at(DAY)).unwrap());
        done(crm.trash("trashed", &Act::new(), &sam(), at(DAY)).unwrap());
        let revived = |id: &str| -> Vec<(String, bool)> {
            let all = entries(crm, id).into_iter();
            let revive = |effect: lifestage::Effect| crm.revive(effect.id(), at(DAY)).unwrap();
            all.map(|entry| (entry.effect.action.to_string(), revive(entry.effect))).collect()
        };
        let (hello, later) = ("hello".to_owned(), "flow/later".to_owned());
        assert_eq!(revived("left"), [(hello.clone(), true), (later.clone(), false)], "S49: what is owed is");
        assert_eq!(revived("merged"), [(hello.clone(), false), (later.clone(), false)], "S59");
        assert_eq!(revived("undone"), [(hello.clone(), false), (later.clone(), false)], "S43");
        assert_eq!(revived("trashed"), [(hello, true), (later, true)], "S61a: when it is back");
        let sent = |_: &Delivery| -> Outcome { Ok(Handled::Delivered) };
        assert_eq!(worker(sent).run_once(at(DAY)).unwrap().delivered, 1);
        done(crm.restore("trashed", &Act::new(), &sam(), at(DAY)).unwrap());
        assert_eq!(worker(sent).run_once(at(DAY)).unwrap().delivered, 2);
    });
}
