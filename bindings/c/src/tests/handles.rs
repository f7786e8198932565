//! Handles, from the first call to the free, and what may be looked at in between.

use super::*;
use crate::actor::lifestage_actor;
use crate::buffer::{lifestage_buffer_new, lifestage_buffer_write};
use crate::decision::{
    LIFESTAGE_OUTCOME_MOVED, LIFESTAGE_OUTCOME_REFUSED, lifestage_decision, lifestage_decision_change,
    lifestage_decision_expected_version, lifestage_decision_free, lifestage_decision_outcome,
    lifestage_decision_record, lifestage_decision_refusal, lifestage_decision_stage,
    lifestage_pipeline_decide,
};
use crate::error::{lifestage_error_detail, lifestage_error_name};
use crate::pipeline::{
    lifestage_pipeline_call, lifestage_pipeline_free, lifestage_pipeline_id, lifestage_pipeline_move_id,
    lifestage_pipeline_stage_count, lifestage_pipeline_stage_id, lifestage_pipeline_stage_index,
};
use crate::record::{
    lifestage_record_free, lifestage_record_from_json, lifestage_record_id, lifestage_record_json,
    lifestage_record_set_facts, lifestage_record_set_owner, lifestage_record_set_version,
    lifestage_record_stage,
};
use crate::refusal::{lifestage_refusal_count, lifestage_refusal_json, lifestage_refusal_message};
use crate::request::{
    lifestage_request_expect_version, lifestage_request_from_json, lifestage_request_set_key,
};

fn decided(
    pipeline: *const lifestage_pipeline,
    record: *const lifestage_record,
    actor: *const lifestage_actor,
    request: *const lifestage_request,
) -> *mut lifestage_decision {
    let mut decision = null_mut();
    ok!(lifestage_pipeline_decide(pipeline, record, request, actor, NOW, &raw mut decision));
    decision
}

#[test]
fn a_decision_outlives_all_that_it_was_made_of() {
    let (pipeline, record, actor, request) = (deals(), deal(), member(), move_by("offer"));
    ok!(lifestage_record_set_version(record, 3));
    ok!(lifestage_request_expect_version(request, 3));
    ok!(lifestage_request_set_key(request, t "once"));
    let decision = decided(pipeline, record, actor, request);
    drop_asking(actor, request);
    // SAFETY: the test owns them, and is done with them.
    unsafe {
        lifestage_record_free(record);
        lifestage_pipeline_free(pipeline);
    }
    let (mut stage, mut length, mut json, mut after) = (null(), 0, null_mut(), null_mut());
    // SAFETY: a decision that is not freed yet.
    unsafe {
        assert_eq!(lifestage_decision_outcome(decision), LIFESTAGE_OUTCOME_MOVED);
        assert_eq!(lifestage_decision_expected_version(decision), 3);
        assert!(lifestage_decision_refusal(decision).is_null());
    }
    ok!(lifestage_decision_stage(decision, &raw mut stage, &raw mut length));
    ok!(lifestage_decision_change(decision, &raw mut json));
    ok!(lifestage_decision_record(decision, &raw mut after));
    // The view is good for as long as the decision, whatever else is asked of it.
    assert_eq!(seen(stage, length), "offer");
    assert!(taken(json).contains(r#""key":"once""#));
    // SAFETY: the test owns it, and is done with it.
    unsafe { lifestage_decision_free(decision) };
    ok!(lifestage_record_stage(after, &raw mut stage, &raw mut length));
    assert_eq!(seen(stage, length), "offer");
    // SAFETY: the test owns it, and is done with it.
    unsafe { lifestage_record_free(after) };
}

#[test]
fn a_refusal_lives_in_its_decision() {
    let (pipeline, record, actor, request) = (deals(), deal(), member(), move_by("sign"));
    let decision = decided(pipeline, record, actor, request);
    // SAFETY: a decision that is not freed yet.
    let refusal = unsafe {
        assert_eq!(lifestage_decision_outcome(decision), LIFESTAGE_OUTCOME_REFUSED);
        lifestage_decision_refusal(decision)
    };
    let (mut view, mut length, mut json) = (null(), 0, null_mut());
    // SAFETY: a refusal whose decision is not freed yet.
    let count = unsafe { lifestage_refusal_count(refusal) };
    assert!(count > 0);
    for reason in 0..count {
        ok!(lifestage_refusal_message(refusal, reason, &raw mut view, &raw mut length));
    }
    fails!(InvalidArgument, lifestage_refusal_message(refusal, count, &raw mut view, &raw mut length));
    ok!(lifestage_refusal_json(refusal, &raw mut json));
    let mut change = null_mut();
    fails!(InvalidArgument, lifestage_decision_change(decision, &raw mut change));
    assert!(taken(json).contains(seen(view, length)));
    // SAFETY: the test owns them, and is done with them.
    unsafe {
        lifestage_decision_free(decision);
        lifestage_record_free(record);
        lifestage_pipeline_free(pipeline);
    }
    drop_asking(actor, request);
}

#[test]
fn views_of_a_pipeline_stay_while_it_is_asked() {
    let pipeline = deals();
    let (mut views, mut length, mut answer) = (Vec::new(), 0, null_mut());
    // SAFETY: a pipeline that is not freed yet.
    for stage in 0..unsafe { lifestage_pipeline_stage_count(pipeline) } {
        let mut view = null();
        ok!(lifestage_pipeline_stage_id(pipeline, stage, &raw mut view, &raw mut length));
        views.push((view, length));
    }
    let mut view = null();
    fails!(InvalidArgument, lifestage_pipeline_stage_id(pipeline, 99, &raw mut view, &raw mut length));
    ok!(lifestage_pipeline_move_id(pipeline, 1, &raw mut view, &raw mut length));
    ok!(lifestage_pipeline_call(pipeline, t "describe", null(), 0, &raw mut answer));
    assert_eq!(seen(view, length), "contract");
    let stages: Vec<&str> = views.iter().map(|(view, length)| seen(*view, *length)).collect();
    assert_eq!(stages, ["inbox", "offer", "contract", "customer"]);
    assert!(taken(answer).contains(r#""id":"deals""#));
    // SAFETY: the test owns it, and is done with it.
    unsafe { lifestage_pipeline_free(pipeline) };
}

#[test]
fn a_change_that_fails_leaves_a_record_and_its_views_as_they_were() {
    let record = deal();
    let (mut before, mut after, mut same, mut view, mut length) =
        (null_mut(), null_mut(), null_mut(), null(), 0);
    ok!(lifestage_record_set_owner(record, t "mia"));
    ok!(lifestage_record_json(record, &raw mut before));
    fails!(InvalidUtf8, lifestage_record_set_owner(record, t b"\xff"));
    fails!(InvalidInput, lifestage_record_set_facts(record, t r#"{"budget": 1, "email": {}}"#));
    ok!(lifestage_record_json(record, &raw mut after));
    let before = taken(before);
    assert_eq!(before, taken(after));
    ok!(lifestage_record_from_json(t before, &raw mut same));
    ok!(lifestage_record_id(record, &raw mut view, &raw mut length));
    ok!(lifestage_record_json(record, &raw mut after));
    // Not changed since, only read.
    assert_eq!(seen(view, length), "deal-1");
    assert_eq!(before, taken(after));
    // SAFETY: the test owns them, and is done with them.
    unsafe {
        lifestage_record_free(record);
        lifestage_record_free(same);
    }
}

#[test]
fn an_error_has_a_nul_behind_each_of_its_texts() {
    let (mut made, mut error) = (null_mut(), null_mut());
    let status =
        call!(@ lifestage_request_from_json [] error; t "{\"move\": 7, \"\\u0000\": 1}", &raw mut made);
    assert_eq!(status, code(FaultCode::InvalidInput));
    for part in [lifestage_error_name, lifestage_error_detail] {
        let (mut text, mut length) = (null(), 0);
        // SAFETY: an error that is not freed yet, whose texts have a NUL after the last byte.
        unsafe {
            assert_eq!(part(error, &raw mut text, &raw mut length), 0);
            assert_eq!(
                slice::from_raw_parts(text, length + 1).iter().position(|byte| *byte == 0),
                Some(length)
            );
        }
    }
    assert!(said(error).contains("request"));
    drop_error(error, status);
}

#[test]
fn a_buffer_holds_what_was_written_in_pieces() {
    let mut buffer = null_mut();
    ok!(lifestage_buffer_new(&raw mut buffer));
    for piece in ["", "one ", "two", "\0", " three"] {
        ok!(lifestage_buffer_write(buffer, t piece));
    }
    ok!(lifestage_buffer_write(buffer, null(), 0));
    fails!(NullArgument, lifestage_buffer_write(buffer, null(), 1));
    assert_eq!(taken(buffer), "one two\0 three");
}

#[test]
fn a_handle_that_was_set_to_null_is_freed_once() {
    let mut pipeline = deals();
    for _ in 0..2 {
        // As `LIFESTAGE_FREE_PIPELINE` has it.
        // SAFETY: a pipeline that is not freed yet, and then null.
        unsafe { lifestage_pipeline_free(pipeline) };
        pipeline = null_mut();
    }
}

#[test]
fn a_poisoned_handle_answers_so_and_can_be_freed() {
    let (pipeline, record, actor, request) = (deals(), deal(), member(), move_by("offer"));
    let decision = decided(pipeline, record, actor, request);
    let (mut view, mut length, mut index, mut buffer, mut none) = (null(), 0, 0, null_mut(), null_mut());
    ok!(lifestage_pipeline_id(pipeline, &raw mut view, &raw mut length));
    // SAFETY: handles that are not freed yet.
    unsafe {
        let defect = |_: &_| -> Result<(), lifestage_wire::Fault> { panic!("a defect") };
        assert_eq!((*pipeline).0.with(defect).unwrap_err().code(), FaultCode::Panic);
        let defect = |_: &mut _| -> Result<(), lifestage_wire::Fault> { panic!("a defect") };
        assert_eq!((*record).0.change(defect).unwrap_err().code(), FaultCode::Panic);
    }
    fails!(Poisoned, lifestage_pipeline_stage_index(pipeline, t "offer", &raw mut index));
    fails!(Poisoned, lifestage_pipeline_call(pipeline, t "describe", null(), 0, &raw mut buffer));
    fails!(Poisoned, lifestage_pipeline_decide(pipeline, record, request, actor, NOW, &raw mut none));
    fails!(Poisoned, lifestage_record_set_stage(record, t "offer"));
    fails!(Poisoned, lifestage_record_json(record, &raw mut buffer));
    // What was handed out before is still there.
    assert_eq!(seen(view, length), "deals");
    // SAFETY: handles that are not freed yet, and are then freed once.
    unsafe {
        assert_eq!(lifestage_pipeline_stage_count(pipeline), 0);
        assert_eq!(lifestage_decision_outcome(decision), LIFESTAGE_OUTCOME_MOVED);
        lifestage_pipeline_free(pipeline);
        lifestage_record_free(record);
        lifestage_decision_free(decision);
    }
    drop_asking(actor, request);
}
