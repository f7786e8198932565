//! What C pays for a decision: the same verdicts in Rust and through the shared library, in one run, in turns.
//!
//! `cargo bench -p lifestage-c`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a program that prints figures and stops when something is wrong"
)]

use std::ffi::c_void;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::ptr::{null, null_mut};
use std::time::Instant;

use libloading::{Library, Symbol};
use lifestage::catalog::StageIx;
use lifestage::criteria::{Slot, SlotIx};
use lifestage::policy::{MoveIx, RoleSet};
use lifestage::{Actor, Decision, Pipeline, Record, Request, Timestamp, Who, Words};

/// Different questions, so that no branch predictor learns them by heart.
const QUESTIONS: usize = 8192;
const ROUNDS: usize = 15;

const DEFINITION: &str = r#"{
  "id": "deals", "name": "Deals",
  "fields": { "budget": "int", "source": { "type": "string", "one_of": ["web", "referral"] }, "email": "string", "consent": "bool" },
  "categories": [ { "id": "open", "name": "Open", "outcome": "open" }, { "id": "won", "name": "Won", "outcome": "won" },
                  { "id": "lost", "name": "Lost", "outcome": "lost" } ],
  "stages": [ { "id": "new", "name": "New", "category": "open", "default": true }, { "id": "offer", "name": "Offer", "category": "open" },
              { "id": "won", "name": "Won", "category": "won" }, { "id": "lost", "name": "Lost", "category": "lost" } ],
  "policy": { "moves": [
    { "id": "offer", "label": "Offer", "from": "new", "to": "offer",
      "when": "budget >= 5000 && source in [\"web\", \"referral\"] && email != \"\" && consent" },
    { "id": "win", "label": "Win", "from": "offer", "to": "won", "roles": ["manager"], "when": "budget >= 5000 && consent" },
    { "id": "lose", "label": "Lose", "from": ["new", "offer"], "to": "lost" },
    { "id": "revive", "label": "Revive", "from": { "stage": "lost", "kind": "revive" }, "to": "new" } ] },
  "roles": { "rep": { "can": ["create", "view", "move"] }, "manager": { "inherits": ["rep"], "can": ["force"] } }
}"#;

#[repr(C)]
#[derive(Clone, Copy)]
struct Fact {
    kind: u32,
    number: i64,
    real: f64,
    text: *const u8,
    length: usize,
}

type Verdict = unsafe extern "C" fn(
    *const c_void,
    u32,
    u32,
    u64,
    u32,
    *const Fact,
    usize,
    *mut u16,
    *mut *mut c_void,
) -> i32;
type ByWords = unsafe extern "C" fn(
    *const c_void,
    u32,
    u32,
    u64,
    u32,
    *const u64,
    usize,
    u64,
    u64,
    *mut u16,
    *mut *mut c_void,
) -> i32;
type FromJson = unsafe extern "C" fn(*const u8, usize, u32, *mut *mut c_void, *mut *mut c_void) -> i32;
type DecideJson = unsafe extern "C" fn(
    *const c_void,
    *const u8,
    usize,
    *mut u8,
    usize,
    *mut usize,
    *mut *mut c_void,
) -> i32;
type Version = unsafe extern "C" fn() -> u32;

struct Question {
    stage: u16,
    mv: u32,
    roles: u64,
    words: [u64; 4],
    slots: Vec<Slot<'static>>,
    facts: Vec<Fact>,
}

fn library() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--release",
            "--package",
            "lifestage-c",
            "--message-format",
            "json-render-diagnostics",
        ])
        .output()
        .unwrap();
    let messages = String::from_utf8(built.stdout).unwrap();
    let mut paths = messages.split('"').filter(|text| text.ends_with("liblifestage_c.so"));
    PathBuf::from(paths.next_back().unwrap())
}

/// Numbers that only look random, the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn questions(pipeline: &Pipeline) -> Vec<Question> {
    let mut chance = Chance(2026);
    let slot = |name| pipeline.scope().lookup(name).unwrap().0;
    let [budget, source, email, consent] = ["budget", "source", "email", "consent"].map(slot);
    let roles = [vec!["rep"], vec!["manager"], vec![]].map(|ids| pipeline.roles().set(ids).bits());
    let symbol = |ix: SlotIx, text: &'static str| match pipeline.interner().slot(ix, text) {
        Slot::Symbol(symbol) => symbol,
        other => panic!("{other:?}"),
    };
    (0..QUESTIONS)
        .map(|_| {
            let mut slots = vec![Slot::Missing; pipeline.scope().len()];
            slots[budget.index()] = Slot::Int(chance.below(10_000) as i64);
            slots[source.index()] =
                Slot::Symbol(symbol(source, ["web", "referral", "fair"][chance.below(3) as usize]));
            slots[email.index()] =
                Slot::Symbol(symbol(email, ["", "ada@example.com"][chance.below(2) as usize]));
            slots[consent.index()] = Slot::Bool(chance.below(4) > 0);
            let facts = slots.iter().map(|slot| {
                let (kind, number) = match slot {
                    Slot::Int(number) => (2, *number),
                    Slot::Bool(value) => (1, (*value).into()),
                    Slot::Symbol(symbol) => (5, symbol.number().into()),
                    _ => (0, 0),
                };
                Fact { kind, number, real: 0.0, text: null(), length: 0 }
            });
            let mut words = [0; 4];
            words.iter_mut().zip(&slots).for_each(|(word, slot)| *word = slot.word().unwrap_or_default());
            Question {
                stage: chance.below(4) as u16,
                mv: chance.below(4) as u32,
                roles: roles[chance.below(3) as usize],
                words,
                facts: facts.collect(),
                slots,
            }
        })
        .collect()
}

/// Nanoseconds of one call, the median over rounds taken in turns.
fn compare(title: &str, calls: &mut [(&str, &mut dyn FnMut())], each: usize) {
    let mut rounds = vec![Vec::new(); calls.len()];
    for _ in 0..ROUNDS {
        for (call, rounds) in calls.iter_mut().zip(&mut rounds) {
            let start = Instant::now();
            (call.1)();
            rounds.push(start.elapsed().as_nanos() as f64 / each as f64);
        }
    }
    println!("{title}");
    for ((name, _), rounds) in calls.iter().zip(&mut rounds) {
        rounds.sort_by(f64::total_cmp);
        println!("  {name:<28} {:>8.1} ns (best {:>6.1})", rounds[ROUNDS / 2], rounds[0]);
    }
}

fn main() {
    let pipeline = Pipeline::from_json(DEFINITION).unwrap();
    let asked = questions(&pipeline);
    // SAFETY: it is the library of this package, and the signatures are those of its header.
    unsafe {
        let library = Library::new(library()).unwrap();
        let from_json: Symbol<'_, FromJson> = library.get(b"lifestage_pipeline_from_json").unwrap();
        let verdict: Symbol<'_, Verdict> = library.get(b"lifestage_pipeline_verdict").unwrap();
        let by_words: Symbol<'_, ByWords> = library.get(b"lifestage_pipeline_verdict_by_words").unwrap();
        let decide_json: Symbol<'_, DecideJson> = library.get(b"lifestage_pipeline_decide_json").unwrap();
        let version: Symbol<'_, Version> = library.get(b"lifestage_abi_version").unwrap();
        let mut handle = null_mut();
        assert_eq!(from_json(DEFINITION.as_ptr(), DEFINITION.len(), 1, &raw mut handle, null_mut()), 0);
        let handle = handle.cast_const();

        let who = |roles| Who { roles: RoleSet::from_bits(roles), ..Who::default() };
        let known = (1 << pipeline.scope().len()) - 1;
        for q in &asked {
            let of_rust: u16 = pipeline
                .verdict(Some(StageIx::new(q.stage)), MoveIx::new(q.mv), who(q.roles), &q.slots[..])
                .code();
            let (mut code, mut word) = (0, 0);
            verdict(
                handle,
                q.stage.into(),
                q.mv,
                q.roles,
                0,
                q.facts.as_ptr(),
                q.facts.len(),
                &raw mut code,
                null_mut(),
            );
            by_words(
                handle,
                q.stage.into(),
                q.mv,
                q.roles,
                0,
                q.words.as_ptr(),
                4,
                known,
                known,
                &raw mut word,
                null_mut(),
            );
            assert_eq!((code, word), (of_rust, of_rust));
        }

        let mut sum = 0_u64;
        compare(
            "one guarded verdict",
            &mut [
                ("an empty call through C", &mut || {
                    (0..QUESTIONS).for_each(|_| _ = black_box(version()));
                }),
                ("Rust, slots", &mut || {
                    for q in &asked {
                        let stage = Some(StageIx::new(q.stage));
                        let code: u16 =
                            pipeline.verdict(stage, MoveIx::new(q.mv), who(q.roles), &q.slots[..]).code();
                        black_box(code);
                    }
                }),
                ("C, facts", &mut || {
                    for q in &asked {
                        let mut code = 0;
                        verdict(
                            handle,
                            q.stage.into(),
                            q.mv,
                            q.roles,
                            0,
                            q.facts.as_ptr(),
                            q.facts.len(),
                            &raw mut code,
                            null_mut(),
                        );
                        black_box(code);
                    }
                }),
                ("Rust, words", &mut || {
                    for q in &asked {
                        let words = Words { words: &q.words, known, present: known };
                        let verdict = pipeline.verdict_by_words(
                            Some(StageIx::new(q.stage)),
                            MoveIx::new(q.mv),
                            who(q.roles),
                            words,
                        );
                        let code: u16 = verdict.unwrap().code();
                        black_box(code);
                    }
                }),
                ("C, words", &mut || {
                    for q in &asked {
                        let mut code = 0;
                        by_words(
                            handle,
                            q.stage.into(),
                            q.mv,
                            q.roles,
                            0,
                            q.words.as_ptr(),
                            4,
                            known,
                            known,
                            &raw mut code,
                            null_mut(),
                        );
                        black_box(code);
                    }
                }),
            ],
            QUESTIONS,
        );

        let input = br#"{"record":{"id":"deal-42","pipeline":"deals","stage":"new","version":7,"fields":{"budget":8000,"source":"web","email":"ada@example.com","consent":true}},"request":{"move":"offer"},"actor":{"id":"sam","roles":["rep"]},"now":"2026-03-02T09:00:00Z"}"#;
        let mut answer = [0_u8; 256];
        let mut length = 0;
        let status = decide_json(
            handle,
            input.as_ptr(),
            input.len(),
            answer.as_mut_ptr(),
            256,
            &raw mut length,
            null_mut(),
        );
        assert_eq!(status, 0);
        println!("{}", String::from_utf8_lossy(&answer[..length]));
        let record = Record::new("deal-42").in_stage("new").with("budget", 8000).with("source", "web");
        let record = record.with("email", "ada@example.com").with("consent", true);
        let (sam, request) = (Actor::new("sam").with_role("rep"), Request::mv("offer"));
        let now = Timestamp::from_seconds(1_772_442_000);
        compare(
            "one decision",
            &mut [
                ("Rust, a whole change", &mut || {
                    for _ in 0..QUESTIONS {
                        let decision = pipeline.decide(&record, &request, &sam, now);
                        sum += u64::from(matches!(decision, Decision::Moved(_)));
                        drop(black_box(decision));
                    }
                }),
                ("serde_json::Value of the input", &mut || {
                    for _ in 0..QUESTIONS {
                        let value: serde_json::Value = serde_json::from_slice(black_box(&input[..])).unwrap();
                        drop(black_box(value));
                    }
                }),
                ("C, JSON in and out", &mut || {
                    for _ in 0..QUESTIONS {
                        decide_json(
                            handle,
                            input.as_ptr(),
                            input.len(),
                            answer.as_mut_ptr(),
                            256,
                            &raw mut length,
                            null_mut(),
                        );
                    }
                }),
            ],
            QUESTIONS,
        );
        assert!(sum > 0);
    }
}
