//! Criteria alone (W2): evaluation over borrowed texts and over symbols, loading, explaining. Prints the median of
//! several rounds in nanoseconds and the allocations of one call.
//!
//! `cargo bench --bench criteria`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program that prints figures and stops when something is wrong"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use lifestage::criteria::{Criteria, Expr, FieldType, Interner, Scope, Slot, SlotIx, Source, Truth};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes unchanged to the system allocator; only a counter is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`; the block came from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`; the block came from the system allocator.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TEXT: &str = r#"budget >= 5000 && source in ["web", "referral"] && email != "" && consent == true"#;
const GENERAL: &str = r#"(budget >= 5000 || source == "web") && (email != "" ? consent : budget + 1 > 2)"#;

const ROUNDS: usize = 11;
/// Different facts, so that no branch predictor learns them by heart.
const RECORDS: usize = 1024;

/// Runs `call` over all record numbers in each round and prints the median.
fn measure(name: &str, repeats: usize, mut call: impl FnMut(usize)) {
    for i in 0..RECORDS {
        call(i);
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    call(0);
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..repeats {
                for i in 0..RECORDS {
                    call(i);
                }
            }
            start.elapsed().as_nanos() as f64 / (repeats * RECORDS) as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("{name:<44} {:>9.1} ns (best {:>7.1}) {allocations:>4} allocs", rounds[ROUNDS / 2], rounds[0]);
}

struct Record {
    budget: i64,
    source: String,
    email: String,
    consent: Option<bool>,
}

/// Facts from a fixed seed: about half of the records fail somewhere, some lack a value.
fn records() -> Vec<Record> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    (0..RECORDS)
        .map(|i| Record {
            budget: 2500 + random(10_000) as i64,
            source: ["web", "referral", "fair", "cold call"][random(4) as usize].to_owned(),
            email: if random(8) == 0 { String::new() } else { format!("person{i}@example.com") },
            consent: [None, Some(false), Some(true), Some(true)][random(4) as usize],
        })
        .collect()
}

fn consent(record: &Record) -> Slot<'_> {
    record.consent.map_or(Slot::Missing, Slot::Bool)
}

fn by_hand(record: &Record) -> Truth {
    let known = record.budget >= 5000
        && (record.source == "web" || record.source == "referral")
        && !record.email.is_empty();
    match record.consent {
        Some(consent) => (known && consent).into(),
        None if known => Truth::Unknown,
        None => Truth::False,
    }
}

fn main() {
    let mut scope = Scope::new();
    for (name, ty) in [
        ("name", FieldType::String),
        ("phone", FieldType::String),
        ("budget", FieldType::Int),
        ("source", FieldType::String),
        ("email", FieldType::String),
        ("consent", FieldType::Bool),
        ("due", FieldType::Timestamp),
    ] {
        scope.declare(name, ty);
    }
    let mut interner = Interner::new();
    let criteria = Criteria::compile_with(Expr::parse(TEXT).unwrap(), &scope, &mut interner).unwrap();
    let general = Criteria::parse(GENERAL, &scope).unwrap();

    let records = records();
    let texts: Vec<[Slot<'_>; 7]> = records
        .iter()
        .map(|r| {
            [
                Slot::Missing,
                Slot::Missing,
                Slot::Int(r.budget),
                Slot::Text(&r.source),
                Slot::Text(&r.email),
                consent(r),
                Slot::Missing,
            ]
        })
        .collect();
    let (source, email) = (SlotIx::new(3), SlotIx::new(4));
    let symbols: Vec<[Slot<'_>; 7]> = records
        .iter()
        .zip(&texts)
        .map(|(r, texts)| {
            let mut slots = *texts;
            slots[3] = interner.slot(source, &r.source);
            slots[4] = interner.slot(email, &r.email);
            slots
        })
        .collect();
    let packed = criteria.pack().unwrap();
    let words: Vec<([u64; 7], u64)> = symbols
        .iter()
        .map(|slots| {
            let known = (0..7).filter(|i| slots[*i].word().is_some()).fold(0, |set, i| set | 1 << i);
            (slots.map(|slot| slot.word().unwrap_or_default()), known)
        })
        .collect();
    for (record, (words, known)) in records.iter().zip(&words) {
        assert_eq!(packed.eval(words, *known, *known), by_hand(record));
    }
    for ((record, text), symbol) in records.iter().zip(&texts).zip(&symbols) {
        assert_eq!(criteria.eval(text), by_hand(record));
        assert_eq!(criteria.eval(symbol), by_hand(record));
    }

    println!("{TEXT}");
    measure("nothing, the cost of measuring", 800, |i| {
        black_box(black_box(&symbols[i]));
    });
    measure("by hand, over the record", 800, |i| {
        black_box(by_hand(black_box(&records[i])));
    });
    measure("eval over words", 800, |i| {
        let (words, known) = black_box(&words[i]);
        black_box(packed.eval(words, *known, *known));
    });
    measure("eval over symbols", 800, |i| {
        black_box(criteria.eval(black_box(&symbols[i])));
    });
    measure("eval over borrowed texts", 800, |i| {
        black_box(criteria.eval(black_box(&texts[i])));
    });
    measure("intern two texts", 800, |i| {
        black_box(interner.slot(source, black_box(&records[i].source)));
        black_box(interner.slot(email, black_box(&records[i].email)));
    });
    measure("failures", 8, |i| {
        black_box(criteria.failures(black_box(&texts[i])));
    });
    measure("explain", 8, |i| {
        black_box(criteria.explain(black_box(&texts[i])));
    });
    measure("parse", 40, |_| {
        black_box(Expr::parse(black_box(TEXT)).unwrap());
    });
    measure("parse, check, compile", 40, |_| {
        black_box(Criteria::parse(black_box(TEXT), &scope).unwrap());
    });
    measure("parse, check, compile with an interner", 40, |_| {
        let expr = Expr::parse(black_box(TEXT)).unwrap();
        black_box(Criteria::compile_with(expr, &scope, &mut interner).unwrap());
    });
    let json = serde_json::to_string(TEXT).unwrap();
    measure("read a JSON string, check, compile", 40, |_| {
        let source: Source = serde_json::from_str(black_box(&json)).unwrap();
        black_box(Criteria::compile_with(source.into_expr().unwrap(), &scope, &mut interner).unwrap());
    });
    let tree = serde_json::to_string(criteria.expr()).unwrap();
    measure("read a JSON tree, check, compile", 40, |_| {
        let source: Source = serde_json::from_str(black_box(&tree)).unwrap();
        black_box(Criteria::compile_with(source.into_expr().unwrap(), &scope, &mut interner).unwrap());
    });
    println!("{GENERAL}");
    measure("eval over borrowed texts", 400, |i| {
        black_box(general.eval(black_box(&texts[i])));
    });
}
