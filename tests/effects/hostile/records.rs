use lifestage::outbox::{EffectState, TaskQuery, WorkState};
use lifestage::store::CommitMode;
use lifestage::{Act, Creation, EffectId, Erasure, Merging, Report};
use serde_json::json;

use super::{sound, willing};
use crate::{DAY, ada, at, contact, create, done, entries, on_each_store, pipeline, run, sam, stage};

fn flow() -> lifestage::Pipeline {
    pipeline(json!({
        "workflows": [{ "id": "flow", "name": "Flow", "stage": "talk",
            "tasks": [{ "id": "call", "title": "Call {{ name }}", "due": "1d", "remind": ["1h"] }],
            "messages": [{ "id": "m", "channel": "email", "subject": "S", "body": "B {{ name }}" }] }],
        "automation": [{ "id": "park", "on": { "after": "3d" }, "in": ["talk"], "move": "drop" }],
    }))
}

#[test]
fn work_of_a_record_that_became_another_is_over() {
    on_each_store(&flow(), |crm| {
        let call = create(crm, contact("tail"), "talk", at(0)).effects()[0].clone();
        create(crm, contact("head").with("email", "mo2@example.com"), "talk", at(0));
        // A worker has them when the records become one.
        let claimed = {
            use lifestage::store::Store;
            let claim = lifestage::outbox::Claim {
                now: at(0),
                until: at(1),
                kinds: lifestage::EffectKind::ALL.to_vec(),
                limit: 99,
            };
            crm.store().claim("acme", &claim).unwrap()
        };
        assert_eq!(claimed.len(), 4);
        let merged = crm.merge("head", "tail", &Act::new(), &ada(), at(0)).unwrap();
        let Merging::Done { .. } = merged else { panic!("{merged:?}") };
        let answer = crm.report(call.id(), &Report::done(), &sam(), at(1)).unwrap();
        assert!(answer.receipt().is_none(), "S59: {answer:?}");
        let left = entries(crm, "tail");
        assert!(left.iter().all(|entry| entry.state == EffectState::Cancelled && !entry.leased), "{left:?}");
        assert_eq!(left[0].work, Some(WorkState::Cancelled));
        assert_eq!(crm.tasks(&TaskQuery::open(9)).unwrap().entries.len(), 1, "that of the head");
        willing(crm).run_once(at(9 * DAY)).unwrap();
        assert!(entries(crm, "tail").iter().all(|entry| entry.state == EffectState::Cancelled));
        assert_eq!(stage(crm, "head"), "lost");
        sound(crm);
    });
}

#[test]
fn work_of_a_record_in_the_trash_waits() {
    on_each_store(&flow(), |crm| {
        let call = create(crm, contact("a"), "talk", at(0)).effects()[0].clone();
        done(crm.trash("a", &Act::new(), &sam(), at(0)).unwrap());
        let answer = crm.report(call.id(), &Report::done(), &sam(), at(1)).unwrap();
        assert!(answer.receipt().is_none(), "S61a: {answer:?}");
        assert_eq!(willing(crm).run_once(at(9 * DAY)).unwrap().total(), 0);
        assert_eq!(crm.next_due().unwrap(), None);
        done(crm.restore("a", &Act::new(), &sam(), at(9 * DAY)).unwrap());
        // The message went into the stay, and so did the timer, whose time went by.
        let round = willing(crm).run_once(at(9 * DAY)).unwrap();
        assert_eq!((round.moved, stage(crm, "a").as_str()), (1, "lost"), "{round:?}");
        assert!(entries(crm, "a").iter().all(|entry| entry.state != EffectState::Pending && !entry.held));
        sound(crm);
    });
}

#[test]
fn an_erased_record_has_no_work() {
    on_each_store(&flow(), |crm| {
        let call = create(crm, contact("a"), "talk", at(0)).effects()[0].clone();
        let worker = lifestage::Worker::new(crm).on(
            lifestage::EffectKind::SendEmail,
            |_: &lifestage::outbox::Delivery| -> super::Outcome {
                // Between claim and settlement, the person asks to be forgotten.
                done(crm.erase("a", &Erasure::of_everything(), &ada(), at(1)).unwrap());
                Ok(lifestage::Handled::Done)
            },
        );
        let round = worker.run_once(at(1)).unwrap();
        assert!(round.late >= 1, "what it settles is not there: {round:?}");
        drop(worker);
        assert!(crm.report(call.id(), &Report::done(), &sam(), at(2)).is_err(), "no such effect");
        assert!(crm.revive(call.id(), at(2)).is_err());
        assert!(crm.entry(EffectId::new("a", 1, 0)).is_err());
        assert_eq!(entries(crm, "a"), []);
        assert_eq!(run(crm, at(9 * DAY)).total(), 0);
        assert_eq!(crm.verify("a").unwrap(), None);
    });
}

#[test]
fn records_created_together_have_their_effects_and_atomic_ones_all_or_none() {
    on_each_store(&flow(), |crm| {
        let many = |from: usize, count: usize| -> Vec<_> {
            (from..from + count)
                .map(|n| {
                    let record = contact(&format!("a-{n}")).with("email", format!("a{n}@example.com"));
                    (record.in_pipeline("deals"), Creation::in_stage("talk").in_batch("b"))
                })
                .collect()
        };
        let answers = crm.create_all(many(0, 300), CommitMode::PerItem, &sam(), at(0)).unwrap();
        assert!(answers.iter().all(|answer| answer.receipt().is_some_and(|it| it.effects().len() == 4)));
        let mut spoiled = many(300, 10);
        spoiled[7].0 = contact("a-3").in_pipeline("deals");
        let answers = crm.create_all(spoiled, CommitMode::Atomic, &sam(), at(0)).unwrap();
        assert!(answers.iter().all(|answer| answer.receipt().is_none()), "{answers:?}");
        assert_eq!(entries(crm, "a-301"), []);
        assert_eq!(willing(crm).run_once(at(0)).unwrap().delivered, 600, "a task and a message each");
        assert_eq!(willing(crm).run_once(at(3 * DAY)).unwrap().moved, 300);
        sound(crm);
    });
}

#[test]
fn what_is_written_into_texts_is_text() {
    on_each_store(&flow(), |crm| {
        let name = "{{ email }} {% for x in y %} \u{202e} <script> '; DROP TABLE effects; -- \u{0}";
        let receipt = create(crm, contact("a").with("name", name), "talk", at(0));
        let mail = receipt.effects().iter().find(|effect| effect.args.get("body").is_some()).unwrap();
        let body = mail.args.get("body").unwrap().to_string();
        assert!(body.contains("{{ email }}") && body.contains("DROP TABLE"), "{body}");
        assert_eq!(crm.verify("a").unwrap(), None);
    });
}
