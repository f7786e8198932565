//! What is const may be used by any number of threads at once.

use std::thread;

use super::*;
use crate::decision::{
    lifestage_decision, lifestage_decision_free, lifestage_decision_outcome, lifestage_decision_refusal,
    lifestage_pipeline_decide,
};
use crate::hot::lifestage_pipeline_verdict;
use crate::pipeline::{
    lifestage_call, lifestage_pipeline_call, lifestage_pipeline_free, lifestage_pipeline_id,
};
use crate::record::{lifestage_record_free, lifestage_record_id, lifestage_record_json};
use crate::refusal::{lifestage_refusal_count, lifestage_refusal_message};
use crate::workspace::{
    lifestage_workspace_free, lifestage_workspace_open_memory, lifestage_workspace_open_sqlite,
};

/// Miri takes a thousand times as long.
const ROUNDS: usize = if cfg!(miri) { 1 } else { 100 };
const THREADS: usize = if cfg!(miri) { 2 } else { 8 };

/// A handle that threads share, as the header lets them.
struct Shared<T>(*const T);

// SAFETY: what the header promises for `const T *`, and what the test is about.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn get(&self) -> *const T {
        self.0
    }
}

/// The compiler's word for what the header promises: what handles hold may be shared, and freed by another thread.
#[test]
fn what_handles_hold_may_be_shared_by_threads() {
    fn shareable<T: Send + Sync>() {}
    shareable::<lifestage_pipeline>();
    shareable::<lifestage_record>();
    shareable::<lifestage_request>();
    shareable::<lifestage_actor>();
    shareable::<lifestage_decision>();
    shareable::<lifestage_workspace>();
    shareable::<lifestage_buffer>();
    shareable::<lifestage_error>();
}

#[test]
fn handles_are_read_by_many_threads_at_once() {
    let (pipeline, record, actor) = (deals(), deal(), member());
    let (offer, sign) = (move_by("offer"), move_by("sign"));
    let mut decision = null_mut();
    ok!(lifestage_pipeline_decide(pipeline, record, sign, actor, NOW, &raw mut decision));
    let shared = (Shared(pipeline), Shared(record), Shared(actor), Shared(offer), Shared(decision));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let (pipeline, record, actor, offer, refused) =
                        (shared.0.get(), shared.1.get(), shared.2.get(), shared.3.get(), shared.4.get());
                    read_everything(pipeline, record, actor, offer, refused);
                }
            });
        }
    });
    drop_asking(actor, offer);
    drop_asking(null_mut(), sign);
    // SAFETY: the test owns them, and no thread uses them any more.
    unsafe {
        lifestage_decision_free(decision);
        lifestage_record_free(record);
        lifestage_pipeline_free(pipeline);
    }
}

fn read_everything(
    pipeline: *const lifestage_pipeline,
    record: *const lifestage_record,
    actor: *const lifestage_actor,
    offer: *const lifestage_request,
    refused: *const lifestage_decision,
) {
    let (mut decision, mut buffer, mut view, mut length, mut verdict) =
        (null_mut(), null_mut(), null(), 0, 0);
    ok!(lifestage_pipeline_decide(pipeline, record, offer, actor, NOW, &raw mut decision));
    // SAFETY: made by the call above, and freed once.
    unsafe {
        assert_eq!(lifestage_decision_outcome(decision), crate::decision::LIFESTAGE_OUTCOME_MOVED);
        lifestage_decision_free(decision);
    }
    ok!(lifestage_pipeline_verdict(pipeline, 0, 0, 0, 0, null(), 0, &raw mut verdict));
    ok!(lifestage_pipeline_id(pipeline, &raw mut view, &raw mut length));
    assert_eq!(seen(view, length), "deals");
    ok!(lifestage_record_id(record, &raw mut view, &raw mut length));
    assert_eq!(seen(view, length), "deal-1");
    ok!(lifestage_record_json(record, &raw mut buffer));
    assert!(taken(buffer).contains("deal-1"));
    ok!(lifestage_pipeline_call(pipeline, t "describe", null(), 0, &raw mut buffer));
    assert!(taken(buffer).contains("deals"));
    // SAFETY: a decision that is not freed while threads use it, and its refusal.
    let refusal = unsafe { lifestage_decision_refusal(refused) };
    // SAFETY: the same.
    assert!(unsafe { lifestage_refusal_count(refusal) } > 0);
    ok!(lifestage_refusal_message(refusal, 0, &raw mut view, &raw mut length));
    assert!(!seen(view, length).is_empty());
    fails!(UnknownOperation, lifestage_call(t "steal", t "{}", &raw mut buffer));
}

/// Every thread makes a record of its own, and asks to move one that all share: one of them does.
fn write_together(workspace: *mut lifestage_workspace) {
    open_for_business(workspace, "shared");
    let shared = Shared(workspace);
    let moved: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let shared = &shared;
                scope.spawn(move || {
                    let create = format!(
                        r#"{{"record": {{"id": "own-{number}", "stage": null}}, "now": "2026-03-02T08:30:00Z",
                            "actor": {{"id": "mia", "roles": ["member"]}}}}"#
                    );
                    ask(shared.get(), "create", &create);
                    let submit = r#"{"id": "shared", "request": {"move": "offer", "expect_version": 1},
                        "actor": {"id": "mia", "roles": ["member"]}, "now": "2026-03-02T09:00:00Z"}"#;
                    let told = ask(shared.get(), "submit", submit);
                    let moved = told.contains(r#""outcome":"moved""#);
                    assert!(moved || told.contains(r#""code":"stale_record""#), "{told}");
                    usize::from(moved)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(moved, 1);
    let verified = ask(workspace, "verify_all", r#"{"pipeline": "deals"}"#);
    assert!(verified.contains(&format!(r#""faults":[],"records":{}"#, THREADS + 1)), "{verified}");
    // SAFETY: the test owns it, and no thread uses it any more.
    unsafe { lifestage_workspace_free(workspace) };
}

#[test]
fn threads_write_to_a_workspace_in_memory() {
    let mut workspace = null_mut();
    ok!(lifestage_workspace_open_memory(t "acme", &raw mut workspace));
    write_together(workspace);
}

#[test]
#[cfg_attr(miri, ignore = "SQLite is C, which Miri cannot run")]
fn threads_write_to_a_workspace_over_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deals.db");
    let mut workspace = null_mut();
    ok!(lifestage_workspace_open_sqlite(t path.to_str().unwrap(), t "acme", &raw mut workspace));
    write_together(workspace);
}
