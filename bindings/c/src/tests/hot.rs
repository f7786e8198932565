//! Positions, numbers and columns, in memory of the caller's own.

use std::ffi::c_void;
use std::mem::{MaybeUninit, offset_of};

use super::*;
use crate::batch::{
    LIFESTAGE_COLUMN_BOOL, LIFESTAGE_COLUMN_INT, LIFESTAGE_COLUMN_SYMBOL, LIFESTAGE_COLUMN_TEXT,
    lifestage_batch, lifestage_column, lifestage_pipeline_decide_batch, lifestage_text,
};
use crate::hot::{
    LIFESTAGE_FACT_BOOL, LIFESTAGE_FACT_DOUBLE, LIFESTAGE_FACT_INT, LIFESTAGE_FACT_MISSING,
    LIFESTAGE_FACT_SYMBOL, LIFESTAGE_FACT_TEXT, LIFESTAGE_VERDICT_MISSING_INPUT,
    LIFESTAGE_VERDICT_NEEDS_APPROVAL, LIFESTAGE_VERDICT_NOT_FROM_STAGE, LIFESTAGE_VERDICT_UNMET,
    lifestage_fact, lifestage_fact_word, lifestage_pipeline_decide_json, lifestage_pipeline_open_moves,
    lifestage_pipeline_verdict, lifestage_pipeline_verdict_by_words,
};
use crate::pipeline::{
    lifestage_pipeline_free, lifestage_pipeline_roles, lifestage_pipeline_slot_count,
    lifestage_pipeline_slot_index, lifestage_pipeline_symbol,
};

const MOST: usize = 16;

/// The deals, with the numbers that a host looks up once.
struct Deals {
    pipeline: *mut lifestage_pipeline,
    member: u64,
    budget: u32,
    source: u32,
    signed: u32,
    web: u32,
}

impl Deals {
    fn new() -> Self {
        let pipeline = deals();
        let slot = |name: &str| {
            let mut slot = 0;
            ok!(lifestage_pipeline_slot_index(pipeline, t name, &raw mut slot));
            slot
        };
        let (budget, source, signed) = (slot("budget"), slot("source"), slot("signed"));
        let (mut member, mut web) = (0, 0);
        let (role, length) = (b"member".as_ptr(), 6);
        ok!(lifestage_pipeline_roles(pipeline, &raw const role, &raw const length, 1, &raw mut member));
        ok!(lifestage_pipeline_symbol(pipeline, source, t "web", &raw mut web));
        // SAFETY: a pipeline that is not freed yet.
        assert!(unsafe { lifestage_pipeline_slot_count(pipeline) } as usize <= MOST);
        Self { pipeline, member, budget, source, signed, web }
    }
}

impl Drop for Deals {
    fn drop(&mut self) {
        // SAFETY: nothing of it is used any more.
        unsafe { lifestage_pipeline_free(self.pipeline) };
    }
}

/// Facts of which only what their kind names is initialized.
struct Sparse([MaybeUninit<lifestage_fact>; MOST]);

impl Sparse {
    fn new() -> Self {
        let mut facts = Self([const { MaybeUninit::uninit() }; MOST]);
        for slot in 0..MOST {
            facts.kind(slot as u32, LIFESTAGE_FACT_MISSING);
        }
        facts
    }

    fn kind(&mut self, slot: u32, kind: u32) -> *mut lifestage_fact {
        let fact = self.0[slot as usize].as_mut_ptr();
        // SAFETY: a field of it.
        unsafe { (&raw mut (*fact).kind).write(kind) };
        fact
    }

    fn number(&mut self, slot: u32, kind: u32, number: i64) {
        let fact = self.kind(slot, kind);
        // SAFETY: a field of it.
        unsafe { (&raw mut (*fact).number).write(number) };
    }

    fn text(&mut self, slot: u32, text: &'static [u8]) {
        let fact = self.kind(slot, LIFESTAGE_FACT_TEXT);
        // SAFETY: fields of it.
        unsafe {
            (&raw mut (*fact).text).write(text.as_ptr());
            (&raw mut (*fact).length).write(text.len());
        }
    }

    fn first(&self) -> *const lifestage_fact {
        self.0.as_ptr().cast()
    }
}

#[test]
fn of_a_fact_only_that_is_read_which_its_kind_names() {
    let it = Deals::new();
    let mut facts = Sparse::new();
    let mut verdict = MaybeUninit::<u16>::uninit();
    let mut judged = |facts: &Sparse, stage, mv| {
        ok!(lifestage_pipeline_verdict(
            it.pipeline,
            stage,
            mv,
            it.member,
            0,
            facts.first(),
            MOST,
            verdict.as_mut_ptr()
        ));
        // SAFETY: written by the call above.
        unsafe { verdict.assume_init() }
    };
    assert_eq!(judged(&facts, 0, 0), LIFESTAGE_VERDICT_UNMET);
    facts.number(it.budget, LIFESTAGE_FACT_INT, 5000);
    facts.text(it.source, b"web");
    assert_eq!(judged(&facts, 0, 0), 1);
    facts.text(it.source, b"\xff");
    assert_eq!(judged(&facts, 0, 0), LIFESTAGE_VERDICT_UNMET);
    facts.number(it.source, LIFESTAGE_FACT_SYMBOL, it.web.into());
    assert_eq!(judged(&facts, 0, 0), 1);
    facts.number(it.source, LIFESTAGE_FACT_SYMBOL, i64::MIN);
    assert_eq!(judged(&facts, 0, 0), LIFESTAGE_VERDICT_UNMET);
    facts.kind(it.budget, 99);
    assert_eq!(judged(&facts, 0, 0), LIFESTAGE_VERDICT_UNMET);
    facts.number(it.signed, LIFESTAGE_FACT_BOOL, 5);
    assert_eq!(judged(&facts, 2, 2), LIFESTAGE_VERDICT_NEEDS_APPROVAL);
    assert_eq!(judged(&facts, u32::MAX, u32::MAX), LIFESTAGE_VERDICT_NOT_FROM_STAGE);
}

#[test]
fn words_are_read_as_far_as_they_are_given() {
    let it = Deals::new();
    let (mut words, mut facts) = ([MaybeUninit::<u64>::uninit(); 2], Sparse::new());
    let (mut verdict, mut word) = (0, 0);
    fails!(InvalidArgument, lifestage_fact_word(facts.first(), &raw mut word));
    facts.number(0, LIFESTAGE_FACT_INT, 5000);
    ok!(lifestage_fact_word(facts.first(), words[0].as_mut_ptr()));
    let double = facts.kind(0, LIFESTAGE_FACT_DOUBLE);
    // SAFETY: a field of it.
    unsafe { (&raw mut (*double).real).write(f64::NAN) };
    fails!(InvalidArgument, lifestage_fact_word(facts.first(), &raw mut word));
    // Bits that speak of words which are not there, of every slot.
    for known in [0, u64::MAX] {
        ok!(lifestage_pipeline_verdict_by_words(
            it.pipeline,
            0,
            0,
            it.member,
            0,
            words.as_ptr().cast(),
            1,
            known,
            known,
            &raw mut verdict
        ));
        assert_eq!(verdict, LIFESTAGE_VERDICT_UNMET);
    }
}

#[test]
fn no_more_open_moves_are_written_than_there_is_room_for() {
    let it = Deals::new();
    let mut facts = Sparse::new();
    facts.number(it.budget, LIFESTAGE_FACT_INT, 5000);
    facts.text(it.source, b"web");
    for room in 0..3 {
        // No more memory than is said.
        let mut moves = vec![MaybeUninit::<u32>::uninit(); room].into_boxed_slice();
        let mut count = 7;
        ok!(lifestage_pipeline_open_moves(
            it.pipeline,
            0,
            it.member,
            0,
            facts.first(),
            MOST,
            moves.as_mut_ptr().cast(),
            room,
            &raw mut count
        ));
        assert_eq!(count, 1);
        // SAFETY: written by the call above.
        assert!(moves.first().is_none_or(|first| unsafe { first.assume_init() } == 0));
    }
}

#[test]
fn a_short_answer_fills_memory_that_nothing_was_written_to() {
    let it = Deals::new();
    let input = r#"{"record": {"id": "deal-1", "stage": "inbox", "fields": {"budget": 5000, "source": "web"}},
        "request": {"move": "offer"}, "actor": {"id": "mia", "roles": ["member"]}, "now": "2026-03-02T09:00:00Z"}"#;
    let mut answer = [MaybeUninit::<u8>::uninit(); 200];
    let mut length = 0;
    ok!(lifestage_pipeline_decide_json(it.pipeline, t input, answer.as_mut_ptr().cast(), answer.len(), &raw mut length));
    assert!(seen(answer.as_ptr().cast(), length).contains(r#""to":"offer""#));
    let whole = length;
    for room in [0, 1, whole / 2, whole - 1] {
        let mut answer = vec![MaybeUninit::<u8>::uninit(); room].into_boxed_slice();
        fails!(BufferTooSmall, lifestage_pipeline_decide_json(
            it.pipeline, t input, answer.as_mut_ptr().cast(), room, &raw mut length
        ));
    }
    ok!(lifestage_pipeline_decide_json(it.pipeline, t input, answer.as_mut_ptr().cast(), whole, &raw mut length));
    assert_eq!(length, whole);
}

#[test]
fn columns_are_judged_into_memory_that_nothing_was_written_to() {
    const ROWS: usize = 4;
    let it = Deals::new();
    let (stages, moves, roles) = ([0_u16, 0, 1, u16::MAX], [0_u32, 0, 1, 0], [it.member; ROWS]);
    let (budgets, bits, symbols) = ([5000_i64, 10, 0, 0], [1_u8, 1, 2, 4], [it.web as u8; ROWS]);
    let texts = [b"web"; ROWS].map(|text| lifestage_text { data: text.as_ptr(), length: text.len() });
    let column = |slot, kind, values: *const c_void, present| lifestage_column {
        slot,
        kind,
        values,
        bit: 2,
        present_bit: 0,
        present,
    };
    for source in [
        column(it.source, LIFESTAGE_COLUMN_TEXT, texts.as_ptr().cast(), null()),
        column(it.source, LIFESTAGE_COLUMN_SYMBOL, symbols.as_ptr().cast(), null()),
    ] {
        let columns = [
            column(it.budget, LIFESTAGE_COLUMN_INT, budgets.as_ptr().cast(), bits.as_ptr()),
            column(it.signed, LIFESTAGE_COLUMN_BOOL, bits.as_ptr().cast(), null()),
            source,
        ];
        let mut batch = lifestage_batch {
            struct_size: size_of::<lifestage_batch>() as u32,
            flags: 0,
            rows: ROWS,
            stages: stages.as_ptr().cast(),
            moves: moves.as_ptr().cast(),
            roles: roles.as_ptr().cast(),
            stages_width: 2,
            moves_width: 4,
            roles_width: 8,
            owners_bit: 1,
            owners: bits.as_ptr(),
            facts: columns.as_ptr(),
            fact_count: columns.len(),
        };
        let (mut wide, mut narrow) =
            ([MaybeUninit::<u16>::uninit(); ROWS], [MaybeUninit::<u8>::uninit(); ROWS]);
        ok!(lifestage_pipeline_decide_batch(it.pipeline, &raw const batch, wide.as_mut_ptr().cast(), 2));
        ok!(lifestage_pipeline_decide_batch(it.pipeline, &raw const batch, narrow.as_mut_ptr().cast(), 1));
        // SAFETY: written by the calls above, one for each row.
        let (wide, narrow) =
            unsafe { (wide.map(|code| code.assume_init()), narrow.map(|code| code.assume_init())) };
        let (unmet, missing) = (LIFESTAGE_VERDICT_UNMET, LIFESTAGE_VERDICT_MISSING_INPUT);
        assert_eq!(wide, [1, unmet, missing, LIFESTAGE_VERDICT_NOT_FROM_STAGE]);
        assert_eq!(narrow, wide.map(|code| code as u8));
        // What is refused leaves the codes as they were, and widths that do not exist are not read by.
        batch.stages_width = 3;
        let mut codes = [7_u16; ROWS];
        fails!(
            InvalidBatch,
            lifestage_pipeline_decide_batch(it.pipeline, &raw const batch, codes.as_mut_ptr().cast(), 2)
        );
        assert_eq!(codes, [7; ROWS]);
        batch.rows = 0;
        batch.stages_width = 2;
        ok!(lifestage_pipeline_decide_batch(it.pipeline, &raw const batch, null_mut(), 2));
    }
    assert_eq!(offset_of!(lifestage_batch, struct_size), 0);
}
