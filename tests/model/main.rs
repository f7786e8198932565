//! The engine against a naive reference: random definitions, random histories, one verdict.
//!
//! The reference is written from the semantics, with strings and linear searches only.
//! `LIFESTAGE_CASES=100000 cargo test --test model` runs as many cases, drawn anew each time; the
//! default is a fixed set that runs in seconds.
#![allow(unreachable_pub, reason = "the modules of a test have no other users")]

mod conditions;
mod creation;
mod definitions;
mod dice;
mod engine;
mod gate;
mod invariants;
mod judge;
mod requests;
mod routes;
mod state;
mod stores;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use lifestage::store::MemoryStore;
use lifestage::{Actor, Pipeline, Timestamp, Workspace};
use lifestage_sqlite::{Durability, Options, SqliteStore};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use dice::Dice;
use gate::Gate;
use judge::Verdict;

/// How many cases to run: `LIFESTAGE_CASES`, or a number that takes seconds.
fn runner(default: u32) -> (TestRunner, bool) {
    let asked = std::env::var("LIFESTAGE_CASES").ok().map(|cases| cases.parse().unwrap());
    let config = Config {
        cases: asked.unwrap_or(default),
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    };
    match asked {
        Some(_) => (TestRunner::new(config), false),
        None => (TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)), true),
    }
}

/// How often each answer came up, so that a test which stopped meeting one fails.
#[derive(Default)]
struct Seen(RefCell<BTreeMap<String, u32>>);

impl Seen {
    fn count(&self, what: &str) {
        *self.0.borrow_mut().entry(what.to_owned()).or_default() += 1;
    }

    fn verdict(&self, verdict: &Verdict) {
        match verdict {
            Verdict::Moved(state) => self.count(state.lines.last().unwrap().kind.name()),
            Verdict::Proposed(_) => self.count("proposal"),
            Verdict::Unchanged(_) => self.count("unchanged"),
            Verdict::Refused(codes) => codes.iter().for_each(|code| self.count(code.name())),
        }
    }

    fn assert_each(&self, wanted: &[&str]) {
        let seen = self.0.borrow();
        let never: Vec<_> = wanted.iter().filter(|what| !seen.contains_key(**what)).collect();
        assert!(never.is_empty(), "never met: {never:?}; met: {seen:?}");
    }
}

/// Fails with the reason and the definition it came up under.
fn settle(outcome: Result<(), TestError<Vec<u16>>>) {
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, numbers)) => {
            let document = definitions::definition(&mut Dice::new(&numbers));
            panic!("{}\n{why}", serde_json::to_string_pretty(&document).unwrap());
        }
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

fn numbers() -> impl Strategy<Value = Vec<u16>> {
    vec(any::<u16>(), 1500..1501)
}

/// S1 to S12, S16, S38, S39, S42, S43, S45, S48, S55, S61b: every verdict, every list of codes in its
/// order, every record and row after.
#[test]
fn engine_and_model_agree_on_every_verdict() {
    let seen = Seen::default();
    let (mut runner, fixed) = runner(256);
    let outcome = runner.run(&numbers(), |numbers| {
        let mut dice = Dice::new(&numbers);
        let document = definitions::definition(&mut dice);
        let pipeline = Pipeline::from_definition(document.clone())
            .map_err(|error| TestCaseError::fail(format!("the definition does not load: {error}")))?;
        let gate = Gate(&document);
        let history =
            engine::History::begin(&pipeline, &gate, &mut dice, &seen).map_err(TestCaseError::fail)?;
        history.go_on(&mut dice, &seen, 24).map_err(TestCaseError::fail)
    });
    settle(outcome);
    if !fixed {
        println!("met: {:?}", seen.0.borrow());
    } else {
        seen.assert_each(&[
            "creation",
            "move",
            "re_entry",
            "internal",
            "edit",
            "correction",
            "proposal",
            "approval",
            "withdrawal",
            "unchanged",
            "unknown_stage",
            "unknown_move",
            "not_from_stage",
            "final_stage",
            "archived_stage",
            "permission_denied",
            "not_owner",
            "criteria_unmet",
            "criteria_unknown",
            "missing_input",
            "invalid_input",
            "approval_needed",
            "no_skipping",
            "no_backward",
            "stale_record",
            "ambiguous_move",
            "not_permitted_to_create",
            "effect",
            "route",
            "offer",
        ]);
    }
}

/// S1, S14, S38, S45: the memory store and the SQLite store give the same answers and keep the same
/// records, rows and effects; the same request twice is carried out once; a refusal writes nothing.
#[test]
fn sqlite_keeps_what_memory_keeps() {
    let folder = std::env::temp_dir().join(format!("lifestage-model-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = Options::new().durability(Durability::Normal);
    let store = SqliteStore::open_with(folder.join("crm.db"), &options).unwrap();
    let (seen, tenants) = (Seen::default(), Cell::new(0));
    let (mut runner, fixed) = runner(96);
    let outcome = runner.run(&numbers(), |numbers| {
        let mut dice = Dice::new(&numbers);
        let document = definitions::definition(&mut dice);
        let pipeline = Pipeline::from_definition(document.clone()).unwrap();
        // Each case is a tenant of its own, in one file.
        tenants.set(tenants.get() + 1);
        let tenant = format!("t{}", tenants.get());
        let memory = Workspace::open(MemoryStore::new(), tenant.as_str()).unwrap();
        let other = Workspace::open(store.clone(), tenant).unwrap();
        let (olga, now) = (Actor::new("olga"), Timestamp::from_seconds(1_772_400_000));
        memory.publish(&pipeline, &olga, now).unwrap();
        other.publish(&pipeline, &olga, now).unwrap();
        let pair = stores::Pair { memory, other, gate: &Gate(&document) };
        pair.live(&mut dice, &seen, 16).map_err(TestCaseError::fail)
    });
    drop(store);
    std::fs::remove_dir_all(&folder).unwrap();
    settle(outcome);
    if fixed {
        seen.assert_each(&["written", "repeated", "reused"]);
    }
}
