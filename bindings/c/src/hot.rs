//! The hot path: positions and numbers, no JSON, no allocation.

use lifestage::catalog::StageIx;
use lifestage::criteria::{Facts, FieldType, Slot, SlotIx, Symbol};
use lifestage::policy::{MoveIx, RoleSet};
use lifestage::{Code, Span, Timestamp, Who, Words};
use lifestage_wire::{Fault, FaultCode};

use crate::error::lifestage_error;
use crate::guard::{Guarded, elements, filled, guard, guard_one, out, text};
use crate::pipeline::{LIFESTAGE_NO_STAGE, lifestage_pipeline};
use crate::status::lifestage_status;

/// The move does not start there, or does not exist.
pub const LIFESTAGE_VERDICT_NOT_FROM_STAGE: u16 = 65535;
/// The actor may not make it, or the order of the stages forbids it.
pub const LIFESTAGE_VERDICT_DENIED: u16 = 65534;
/// A condition is false or cannot be judged.
pub const LIFESTAGE_VERDICT_UNMET: u16 = 65533;
/// An input that the move asks for has no value.
pub const LIFESTAGE_VERDICT_MISSING_INPUT: u16 = 65532;
/// A second person has to approve.
pub const LIFESTAGE_VERDICT_NEEDS_APPROVAL: u16 = 65531;

// The same numbers as in Rust.
const _: () = assert!(
    LIFESTAGE_VERDICT_NOT_FROM_STAGE == u16::NOT_FROM_STAGE
        && LIFESTAGE_VERDICT_DENIED == u16::DENIED
        && LIFESTAGE_VERDICT_UNMET == u16::UNMET
        && LIFESTAGE_VERDICT_MISSING_INPUT == u16::MISSING_INPUT
        && LIFESTAGE_VERDICT_NEEDS_APPROVAL == u16::NEEDS_APPROVAL
);

/// The actor owns the record.
pub const LIFESTAGE_WHO_OWNER: u32 = 1;
/// The actor is an automation that may not move backward.
pub const LIFESTAGE_WHO_FORWARD_ONLY: u32 = 2;

/// No value.
pub const LIFESTAGE_FACT_MISSING: u32 = 0;
/// True, when `number` is not 0, or false.
pub const LIFESTAGE_FACT_BOOL: u32 = 1;
/// A whole number, in `number`.
pub const LIFESTAGE_FACT_INT: u32 = 2;
/// A number with a fraction, in `real`.
pub const LIFESTAGE_FACT_DOUBLE: u32 = 3;
/// A text, in `text` and `length`. One that is not UTF-8 counts as a value of the wrong type.
pub const LIFESTAGE_FACT_TEXT: u32 = 4;
/// A text by its number, in `number`, from `lifestage_pipeline_symbol`.
pub const LIFESTAGE_FACT_SYMBOL: u32 = 5;
/// An instant, in `number`, in microseconds since 1970.
pub const LIFESTAGE_FACT_TIMESTAMP: u32 = 6;
/// A length of time, in `number`, in microseconds.
pub const LIFESTAGE_FACT_DURATION: u32 = 7;

/// The value of one slot.
#[repr(C)]
pub struct lifestage_fact {
    /// One of `LIFESTAGE_FACT_...`; any other counts as a value of the wrong type.
    pub kind: u32,
    /// The value, for those kinds that name it.
    pub number: i64,
    /// The value of a double.
    pub real: f64,
    /// The bytes of a text.
    pub text: *const u8,
    /// How many.
    pub length: usize,
}

/// Facts as C lays them out.
struct Given<'a>(&'a [lifestage_fact]);

impl Facts for Given<'_> {
    #[inline]
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        self.0.get(ix.index()).map_or(Slot::Missing, slot)
    }
}

#[inline]
fn slot(fact: &lifestage_fact) -> Slot<'_> {
    match fact.kind {
        LIFESTAGE_FACT_MISSING => Slot::Missing,
        LIFESTAGE_FACT_BOOL => Slot::Bool(fact.number != 0),
        LIFESTAGE_FACT_INT => Slot::Int(fact.number),
        LIFESTAGE_FACT_DOUBLE if !fact.real.is_nan() => Slot::Double(fact.real),
        LIFESTAGE_FACT_TEXT => {
            // SAFETY: the caller says that a text has its bytes for as long as the call takes.
            let bytes = unsafe { elements(fact.text, fact.length, "text") };
            bytes.ok().and_then(|bytes| std::str::from_utf8(bytes).ok()).map_or(Slot::Wrong, Slot::Text)
        }
        LIFESTAGE_FACT_SYMBOL => {
            u8::try_from(fact.number).ok().and_then(Symbol::new).map_or(Slot::Wrong, Slot::Symbol)
        }
        LIFESTAGE_FACT_TIMESTAMP => Slot::Timestamp(Timestamp::from_micros(fact.number)),
        LIFESTAGE_FACT_DURATION => Slot::Duration(Span::from_micros(fact.number)),
        _ => Slot::Wrong,
    }
}

#[inline]
unsafe fn handle<'a>(pipeline: *const lifestage_pipeline) -> Option<&'a Guarded<lifestage::Pipeline>> {
    // SAFETY: a pipeline that is not freed while it is in use, or null.
    unsafe { pipeline.as_ref() }.map(|pipeline| &pipeline.0)
}

#[inline]
fn who(roles: u64, flags: u32) -> Who {
    Who {
        roles: RoleSet::from_bits(roles),
        is_owner: flags & LIFESTAGE_WHO_OWNER != 0,
        forward_only: flags & LIFESTAGE_WHO_FORWARD_ONLY != 0,
    }
}

/// A position that may be no stage; one that is too great is none either.
#[inline]
fn stage_at(position: u32) -> Option<StageIx> {
    u16::try_from(position).ok().filter(|_| position != LIFESTAGE_NO_STAGE).map(StageIx::new)
}

/// Judges one listed move by positions: the move's id is that of `lifestage_pipeline_move_index`, `facts` has the
/// value of each slot in the order of `lifestage_pipeline_slot_index`, and what is not given is missing.
///
/// `code` becomes the position of the stage that the move leads to, or one of `LIFESTAGE_VERDICT_...`.
/// No allocation, no lock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_verdict(
    pipeline: *const lifestage_pipeline,
    stage: u32,
    move_index: u32,
    roles: u64,
    flags: u32,
    facts: *const lifestage_fact,
    fact_count: usize,
    code: *mut u16,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard_one(handle(pipeline), "pipeline", error, |pipeline| {
            let (facts, place) = (Given(elements(facts, fact_count, "facts")?), out(code, "code")?);
            let (stage, who) = (stage_at(stage), who(roles, flags));
            place.write(pipeline.verdict(stage, MoveIx::new(move_index), who, &facts).code());
            Ok(())
        })
    }
}

/// Judges one listed move over words, the quickest way there is: one word for each slot, from
/// `lifestage_fact_word`; `known` has a bit for each of the first 64 slots with a value of its type, `present` for
/// each with a value at all.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when a condition of the move needs more than words can say: a text
/// itself, a list, arithmetic, `||`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_verdict_by_words(
    pipeline: *const lifestage_pipeline,
    stage: u32,
    move_index: u32,
    roles: u64,
    flags: u32,
    words: *const u64,
    word_count: usize,
    known: u64,
    present: u64,
    code: *mut u16,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard_one(handle(pipeline), "pipeline", error, |pipeline| {
            let words = Words { words: elements(words, word_count, "words")?, known, present };
            let (place, stage, who) = (out(code, "code")?, stage_at(stage), who(roles, flags));
            let verdict = pipeline.verdict_by_words(stage, MoveIx::new(move_index), who, words);
            place.write(verdict.ok_or_else(wordless)?.code());
            Ok(())
        })
    }
}

#[cold]
fn wordless() -> Fault {
    let message = "a condition of the move needs more than words; use `lifestage_pipeline_verdict`";
    Fault::new(FaultCode::InvalidArgument, message)
}

/// The word of a value, for `lifestage_pipeline_verdict_by_words`.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` for a text or what is missing: those have no word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_fact_word(
    fact: *const lifestage_fact,
    word: *mut u64,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (fact, place) = (filled(fact, "fact")?, out(word, "word")?);
            let word = slot(fact).word();
            place.write(word.ok_or_else(|| Fault::new(FaultCode::InvalidArgument, "the value has no word"))?);
            Ok(())
        })
    }
}

/// Which kind of fact a slot takes, one of `LIFESTAGE_FACT_...`: `LIFESTAGE_FACT_TEXT` for texts, which may be symbols too,
/// and `LIFESTAGE_FACT_MISSING` for lists, which only the other ways of asking take. A value of another kind is one of the
/// wrong type: over words it is `present` and not `known`.
///
/// Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is no such slot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_slot_kind(
    pipeline: *const lifestage_pipeline,
    slot: u32,
    kind: *mut u32,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard_one(handle(pipeline), "pipeline", error, |pipeline| {
            let place = out(kind, "kind")?;
            let declared = pipeline.scope().field_type(SlotIx::new(slot));
            place.write(match declared.ok_or_else(|| unknown_slot(slot))? {
                FieldType::Bool => LIFESTAGE_FACT_BOOL,
                FieldType::Int => LIFESTAGE_FACT_INT,
                FieldType::Double => LIFESTAGE_FACT_DOUBLE,
                FieldType::String => LIFESTAGE_FACT_TEXT,
                FieldType::Timestamp => LIFESTAGE_FACT_TIMESTAMP,
                FieldType::Duration => LIFESTAGE_FACT_DURATION,
                _ => LIFESTAGE_FACT_MISSING,
            });
            Ok(())
        })
    }
}

#[cold]
fn unknown_slot(slot: u32) -> Fault {
    Fault::new(FaultCode::InvalidArgument, format!("the pipeline has no slot {slot}"))
}

/// The listed moves that are open from a stage, by position and in the order of the definition. Conditions on input
/// are not held against them.
///
/// Up to `capacity` positions are written to `moves`; `count` becomes how many are open, which may be more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_open_moves(
    pipeline: *const lifestage_pipeline,
    stage: u32,
    roles: u64,
    flags: u32,
    facts: *const lifestage_fact,
    fact_count: usize,
    moves: *mut u32,
    capacity: usize,
    count: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard_one(handle(pipeline), "pipeline", error, |pipeline| {
            let (facts, place) = (Given(elements(facts, fact_count, "facts")?), out(count, "count")?);
            let moves = if capacity == 0 { None } else { Some(out(moves, "moves")?) };
            let mut found = 0;
            for mv in pipeline.open_moves(stage_at(stage), who(roles, flags), &facts) {
                if let Some(moves) = moves.filter(|_| found < capacity) {
                    moves.add(found).write(mv.position());
                }
                found += 1;
            }
            place.write(found);
            Ok(())
        })
    }
}

/// Judges a move in JSON, and writes the short form of the answer into the caller's own memory: `outcome`, `from`, `to`,
/// `move` and `version`, or `outcome` and `codes`. The input is that of the operation `decide`. For hosts that judge
/// often and write the move in their own way; `lifestage_pipeline_decide` and the operation give all of it.
///
/// Errors: `LIFESTAGE_STATUS_BUFFER_TOO_SMALL` when the answer has more than `capacity` bytes. What is in `answer` after
/// an error is of no use; `length` is written only on success.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_pipeline_decide_json(
    pipeline: *const lifestage_pipeline,
    input: *const u8,
    input_length: usize,
    answer: *mut u8,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard_one(handle(pipeline), "pipeline", error, |pipeline| {
            let (input, place) = (text(input, input_length, "input")?, out(length, "length")?);
            let first = if capacity == 0 { std::ptr::NonNull::dangling() } else { out(answer, "answer")? };
            let mut page = Page { first, capacity, length: 0 };
            lifestage_wire::decide_briefly(pipeline, input, &mut page)?;
            place.write(page.length);
            Ok(())
        })
    }
}

/// Memory of the caller that is written to from the front. Never read: it may be uninitialized.
struct Page {
    first: std::ptr::NonNull<u8>,
    capacity: usize,
    length: usize,
}

impl std::fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if text.len() > self.capacity - self.length {
            return Err(std::fmt::Error);
        }
        // SAFETY: the caller says that `capacity` bytes may be written, and these are behind those written so far.
        unsafe {
            self.first
                .add(self.length)
                .copy_from_nonoverlapping(std::ptr::NonNull::from(text.as_bytes()).cast(), text.len())
        };
        self.length += text.len();
        Ok(())
    }
}
