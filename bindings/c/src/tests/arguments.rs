//! What is given wrongly is refused before it is read.

use std::mem::MaybeUninit;

use super::*;
use crate::batch::{
    LIFESTAGE_COLUMN_INT, LIFESTAGE_COLUMN_TEXT, lifestage_batch, lifestage_column,
    lifestage_pipeline_decide_batch, lifestage_text,
};
use crate::buffer::{lifestage_buffer_new, lifestage_buffer_write};
use crate::decision::{
    lifestage_decision_change, lifestage_decision_record, lifestage_decision_stage, lifestage_pipeline_decide,
};
use crate::hot::{
    lifestage_fact_word, lifestage_pipeline_decide_json, lifestage_pipeline_open_moves,
    lifestage_pipeline_slot_kind, lifestage_pipeline_verdict, lifestage_pipeline_verdict_by_words,
};
use crate::pipeline::{
    lifestage_call, lifestage_pipeline_call, lifestage_pipeline_free, lifestage_pipeline_id,
    lifestage_pipeline_roles, lifestage_pipeline_stage_index, lifestage_pipeline_symbol,
};
use crate::record::{
    lifestage_record_free, lifestage_record_from_json, lifestage_record_id, lifestage_record_json,
    lifestage_record_set_facts,
};
use crate::refusal::{lifestage_refusal_json, lifestage_refusal_message, lifestage_refusal_route_move};
use crate::request::{lifestage_request_force, lifestage_request_from_json, lifestage_request_set_input};
use crate::workspace::{
    lifestage_workspace_call, lifestage_workspace_open_host, lifestage_workspace_open_memory,
    lifestage_workspace_open_sqlite,
};

fn free_pipeline(pipeline: *mut lifestage_pipeline) {
    // SAFETY: the test owns it, and is done with it.
    unsafe { lifestage_pipeline_free(pipeline) }
}

fn free_record(record: *mut lifestage_record) {
    // SAFETY: the test owns it, and is done with it.
    unsafe { lifestage_record_free(record) }
}

/// A batch of no facts, over columns of one byte each.
fn batch(rows: usize, column: &[u8]) -> lifestage_batch {
    lifestage_batch {
        struct_size: size_of::<lifestage_batch>() as u32,
        flags: 0,
        rows,
        stages: column.as_ptr().cast(),
        moves: column.as_ptr().cast(),
        roles: column.as_ptr().cast(),
        stages_width: 1,
        moves_width: 1,
        roles_width: 1,
        owners_bit: 0,
        owners: null(),
        facts: null(),
        fact_count: 0,
    }
}

fn column(kind: u32, values: *const std::ffi::c_void) -> lifestage_column {
    lifestage_column { slot: 0, kind, values, bit: 0, present_bit: 0, present: null() }
}

#[test]
fn null_is_refused_where_something_has_to_be() {
    let (pipeline, record, actor, request) = (deals(), deal(), member(), move_by("offer"));
    let (mut made, mut buffer, mut workspace) = (null_mut(), null_mut(), null_mut());
    let (mut view, mut length, mut number, mut bits, mut verdict) = (null(), 0, 0, 0, 0);
    fails!(NullArgument, lifestage_pipeline_from_json(null(), 1, 1, &raw mut made));
    fails!(NullArgument, lifestage_pipeline_from_json(t DEALS, 1, null_mut()));
    fails!(NullArgument, lifestage_record_new(t "a", null_mut()));
    fails!(NullArgument, lifestage_record_set_text(record, t "email", null(), 1));
    fails!(NullArgument, lifestage_record_set_facts(null_mut(), t "{}"));
    fails!(NullArgument, lifestage_record_id(null(), &raw mut view, &raw mut length));
    fails!(NullArgument, lifestage_record_id(record, null_mut(), &raw mut length));
    fails!(NullArgument, lifestage_record_id(record, &raw mut view, null_mut()));
    fails!(NullArgument, lifestage_record_json(record, null_mut()));
    fails!(NullArgument, lifestage_request_set_input(request, t "amount", null(), 1));
    fails!(NullArgument, lifestage_request_force(null_mut(), t "why"));
    fails!(NullArgument, lifestage_actor_add_role(actor, null(), 1));
    let mut decision = null_mut();
    fails!(
        NullArgument,
        lifestage_pipeline_decide(pipeline, record, request, null(), NOW, &raw mut decision)
    );
    fails!(NullArgument, lifestage_pipeline_decide(pipeline, record, request, actor, NOW, null_mut()));
    fails!(NullArgument, lifestage_decision_stage(null(), &raw mut view, &raw mut length));
    fails!(NullArgument, lifestage_decision_change(null(), &raw mut buffer));
    fails!(NullArgument, lifestage_refusal_message(null(), 0, &raw mut view, &raw mut length));
    fails!(NullArgument, lifestage_refusal_route_move(null(), 0, &raw mut view, &raw mut length));
    fails!(NullArgument, lifestage_refusal_json(null(), &raw mut buffer));
    fails!(NullArgument, lifestage_buffer_new(null_mut()));
    fails!(NullArgument, lifestage_buffer_write(null_mut(), t "text"));
    fails!(NullArgument, lifestage_call(null(), 1, t "{}", &raw mut buffer));
    fails!(NullArgument, lifestage_pipeline_call(null(), t "describe", null(), 0, &raw mut buffer));
    fails!(NullArgument, lifestage_workspace_call(null(), t "pipelines", null(), 0, &raw mut buffer));
    fails!(NullArgument, lifestage_workspace_open_memory(t "acme", null_mut()));
    fails!(NullArgument, lifestage_workspace_open_sqlite(null(), 1, t "acme", &raw mut workspace));
    fails!(NullArgument, lifestage_workspace_open_host(null(), t "acme", &raw mut workspace));
    fails!(NullArgument, lifestage_pipeline_id(pipeline, null_mut(), &raw mut length));
    fails!(NullArgument, lifestage_pipeline_symbol(pipeline, 0, null(), 1, &raw mut number));
    fails!(NullArgument, lifestage_pipeline_slot_kind(pipeline, 0, null_mut()));
    length = 1;
    fails!(NullArgument, lifestage_pipeline_roles(pipeline, null(), &raw const length, 1, &raw mut bits));
    let role = null();
    fails!(NullArgument, lifestage_pipeline_roles(pipeline, &raw const role, null(), 1, &raw mut bits));
    fails!(
        NullArgument,
        lifestage_pipeline_roles(pipeline, &raw const role, &raw const length, 1, &raw mut bits)
    );
    fails!(NullArgument, lifestage_pipeline_verdict(null(), 0, 0, 0, 0, null(), 0, &raw mut verdict));
    fails!(NullArgument, lifestage_pipeline_verdict(pipeline, 0, 0, 0, 0, null(), 1, &raw mut verdict));
    fails!(
        NullArgument,
        lifestage_pipeline_verdict_by_words(pipeline, 0, 0, 0, 0, null(), 1, 0, 0, &raw mut verdict)
    );
    fails!(
        NullArgument,
        lifestage_pipeline_open_moves(pipeline, 0, 0, 0, null(), 0, null_mut(), 1, &raw mut length)
    );
    fails!(NullArgument, lifestage_pipeline_decide_json(pipeline, t "{}", null_mut(), 1, &raw mut length));
    fails!(NullArgument, lifestage_pipeline_decide_batch(pipeline, null(), null_mut(), 1));
    // An error that nobody wants is no reason to fail in another way.
    // SAFETY: null is what is tested.
    let status = unsafe { lifestage_record_new(null(), 1, null_mut(), null_mut()) };
    assert_eq!(status, code(FaultCode::NullArgument));
    // SAFETY: null frees nothing.
    unsafe {
        lifestage_pipeline_free(null_mut());
        lifestage_record_free(null_mut());
        lifestage_buffer_free(null_mut());
        lifestage_error_free(null_mut());
        crate::decision::lifestage_decision_free(null_mut());
        crate::workspace::lifestage_workspace_free(null_mut());
    }
    drop_asking(null_mut(), null_mut());
    drop_asking(actor, request);
    free_record(record);
    free_pipeline(pipeline);
}

#[test]
fn a_length_that_no_memory_has_is_refused() {
    let (pipeline, record) = (deals(), deal());
    let byte = [b'a'];
    let (mut made, mut buffer) = (null_mut(), null_mut());
    let (mut verdict, mut bits) = (0, 0);
    for length in [usize::MAX, isize::MAX as usize + 1] {
        fails!(InvalidArgument, lifestage_pipeline_from_json(byte.as_ptr(), length, 1, &raw mut made));
        fails!(InvalidArgument, lifestage_record_set_stage(record, byte.as_ptr(), length));
        fails!(InvalidArgument, lifestage_call(byte.as_ptr(), length, null(), 0, &raw mut buffer));
        let word = 0_u64;
        fails!(
            InvalidArgument,
            lifestage_pipeline_verdict_by_words(
                pipeline,
                0,
                0,
                0,
                0,
                &raw const word,
                length,
                0,
                0,
                &raw mut verdict
            )
        );
        let role = byte.as_ptr();
        fails!(
            InvalidArgument,
            lifestage_pipeline_roles(pipeline, &raw const role, &raw const length, length, &raw mut bits)
        );
        let mut given = batch(1, &byte);
        given.rows = length;
        fails!(
            InvalidArgument,
            lifestage_pipeline_decide_batch(pipeline, &raw const given, (&raw mut verdict).cast(), 2)
        );
    }
    free_record(record);
    free_pipeline(pipeline);
}

#[test]
fn what_is_not_aligned_is_refused() {
    let pipeline = deals();
    let room = [0_u64; 32];
    let (mut verdict, mut count, mut word) = (0, 0, 0);
    // SAFETY: within `room`.
    let odd = unsafe { room.as_ptr().cast::<u8>().add(1) };
    fails!(
        InvalidArgument,
        lifestage_pipeline_verdict(pipeline, 0, 0, 0, 0, odd.cast(), 1, &raw mut verdict)
    );
    fails!(
        InvalidArgument,
        lifestage_pipeline_verdict_by_words(pipeline, 0, 0, 0, 0, odd.cast(), 1, 0, 0, &raw mut verdict)
    );
    fails!(
        InvalidArgument,
        lifestage_pipeline_open_moves(pipeline, 0, 0, 0, odd.cast(), 1, null_mut(), 0, &raw mut count)
    );
    fails!(InvalidArgument, lifestage_fact_word(odd.cast(), &raw mut word));
    fails!(
        InvalidArgument,
        lifestage_pipeline_roles(pipeline, odd.cast(), room.as_ptr().cast(), 1, &raw mut word)
    );
    fails!(
        InvalidArgument,
        lifestage_pipeline_decide_batch(pipeline, odd.cast(), (&raw mut verdict).cast(), 2)
    );
    let mut workspace = null_mut();
    fails!(InvalidArgument, lifestage_workspace_open_host(odd.cast(), t "acme", &raw mut workspace));
    let given = batch(1, &[0]);
    let mut codes = [0_u16; 2];
    // SAFETY: within `codes`.
    let between = unsafe { codes.as_mut_ptr().byte_add(1) };
    fails!(InvalidArgument, lifestage_pipeline_decide_batch(pipeline, &raw const given, between.cast(), 2));
    let mut wide = batch(1, &[0]);
    (wide.roles, wide.roles_width) = (odd.cast(), 8);
    fails!(
        InvalidArgument,
        lifestage_pipeline_decide_batch(pipeline, &raw const wide, codes.as_mut_ptr().cast(), 2)
    );
    for kind in [LIFESTAGE_COLUMN_INT, LIFESTAGE_COLUMN_TEXT] {
        let (mut facts, fact) = (batch(1, &[0]), column(kind, odd.cast()));
        (facts.facts, facts.fact_count) = (&raw const fact, 1);
        fails!(
            InvalidArgument,
            lifestage_pipeline_decide_batch(pipeline, &raw const facts, codes.as_mut_ptr().cast(), 2)
        );
    }
    free_pipeline(pipeline);
}

#[test]
fn a_text_that_is_not_utf_8_is_refused() {
    let (pipeline, record) = (deals(), deal());
    let (mut made, mut asked, mut buffer, mut workspace) = (null_mut(), null_mut(), null_mut(), null_mut());
    let mut index = 0;
    for rubbish in [&b"\xff"[..], b"a\xed\xa0\x80", b"\xf0\x9f"] {
        fails!(InvalidUtf8, lifestage_record_from_json(t rubbish, &raw mut made));
        fails!(InvalidUtf8, lifestage_record_set_text(record, t "email", t rubbish));
        fails!(InvalidUtf8, lifestage_request_from_json(t rubbish, &raw mut asked));
        fails!(InvalidUtf8, lifestage_pipeline_stage_index(pipeline, t rubbish, &raw mut index));
        fails!(InvalidUtf8, lifestage_pipeline_call(pipeline, t "describe", t rubbish, &raw mut buffer));
        fails!(InvalidUtf8, lifestage_workspace_open_memory(t rubbish, &raw mut workspace));
        let mut bits = 0_u64;
        let (role, length) = (rubbish.as_ptr(), rubbish.len());
        fails!(
            InvalidUtf8,
            lifestage_pipeline_roles(pipeline, &raw const role, &raw const length, 1, &raw mut bits)
        );
        let text = lifestage_text { data: rubbish.as_ptr(), length: rubbish.len() };
        let (mut given, fact) = (batch(1, &[0]), column(LIFESTAGE_COLUMN_TEXT, (&raw const text).cast()));
        (given.facts, given.fact_count) = (&raw const fact, 1);
        let mut codes = [0_u8];
        fails!(
            InvalidUtf8,
            lifestage_pipeline_decide_batch(pipeline, &raw const given, codes.as_mut_ptr().cast(), 1)
        );
    }
    free_record(record);
    free_pipeline(pipeline);
}

#[test]
fn nothing_of_a_struct_is_read_behind_a_size_that_is_not_its_own() {
    let pipeline = deals();
    let mut workspace = null_mut();
    let mut verdict = 0_u16;
    for size in [0, 4, 8, u32::MAX] {
        // As much memory as a caller of another version may have: here, hardly any.
        let small = [u64::from(size).to_le()];
        fails!(
            InvalidArgument,
            lifestage_pipeline_decide_batch(pipeline, small.as_ptr().cast(), (&raw mut verdict).cast(), 2)
        );
        fails!(InvalidArgument, lifestage_workspace_open_host(small.as_ptr().cast(), t "acme", &raw mut workspace));
    }
    free_pipeline(pipeline);
}

#[test]
fn places_for_answers_are_written_on_success_and_never_read() {
    let pipeline = deals();
    let mut index = MaybeUninit::<u32>::uninit();
    fails!(InvalidArgument, lifestage_pipeline_stage_index(pipeline, t "none", index.as_mut_ptr()));
    ok!(lifestage_pipeline_stage_index(pipeline, t "offer", index.as_mut_ptr()));
    // SAFETY: written by the call above.
    assert_eq!(unsafe { index.assume_init() }, 1);
    let (mut view, mut length) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    ok!(lifestage_pipeline_id(pipeline, view.as_mut_ptr(), length.as_mut_ptr()));
    // SAFETY: written by the call above.
    assert_eq!(unsafe { seen(view.assume_init(), length.assume_init()) }, "deals");
    let mut record = MaybeUninit::<*mut lifestage_record>::uninit();
    fails!(InvalidInput, lifestage_record_from_json(t "{}", record.as_mut_ptr()));
    fails!(NullArgument, lifestage_decision_record(null(), record.as_mut_ptr()));
    ok!(lifestage_record_new(t "a", record.as_mut_ptr()));
    // SAFETY: written by the call above.
    free_record(unsafe { record.assume_init() });
    free_pipeline(pipeline);
}
