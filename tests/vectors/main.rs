//! The vectors that every language runs: requests with known answers, in `tests/vectors/*.json`.
//!
//! `LIFESTAGE_BLESS=1 cargo test --test vectors` writes the answers anew; review them against the
//! semantics before they are committed.
#![allow(unreachable_pub, reason = "the modules of a test have no other users")]

mod batch;
mod file;
mod people;
mod run;
mod workspace;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::process::Command;

use lifestage::ReasonCode;
use serde_json::Value as Json;

use file::{File, Step};

/// Every file, so that none is lost unnoticed.
const FILES: [&str; 9] = [
    "batch.json",
    "criteria.json",
    "decisions.json",
    "explain.json",
    "journals.json",
    "people.json",
    "refusals.json",
    "revisions.json",
    "routes.json",
];

fn check(name: &str) {
    let mut file = File::read(name);
    assert_eq!(file.format, 1, "{name}");
    let mut vectors = std::mem::take(&mut file.vectors);
    let expected: Vec<Json> = vectors.iter().map(answers).collect();
    assert_eq!(vectors.len(), file.count, "{name}: how many there are, for runners to compare with");
    vectors.iter_mut().for_each(|vector| run::run(&file, vector));
    if blessing() {
        file.vectors = vectors;
        return file.write(name);
    }
    for (vector, expected) in vectors.iter().zip(&expected) {
        let found = answers(vector);
        let pretty = |json: &Json| serde_json::to_string_pretty(json).unwrap();
        assert!(
            found == *expected,
            "{name}, {}: expected\n{}\nfound\n{}",
            vector.name,
            pretty(expected),
            pretty(&found)
        );
    }
}

/// Whether the answers are being written anew, so that there is nothing to compare with yet.
fn blessing() -> bool {
    std::env::var_os("LIFESTAGE_BLESS").is_some()
}

/// All that a vector expects: its own answer and those of its steps.
fn answers(vector: &Step) -> Json {
    let steps = vector.steps.iter().flatten().map(|step| step.expect.clone());
    [vector.expect.clone()].into_iter().chain(steps).collect()
}

#[test]
fn batches_are_judged_row_by_row() {
    check("batch.json");
}

#[test]
fn criteria_are_true_false_or_unknown() {
    check("criteria.json");
}

#[test]
fn decisions_write_what_they_say() {
    check("decisions.json");
}

#[test]
fn explanations_name_every_reason() {
    check("explain.json");
}

#[test]
fn journals_have_the_hashes_of_the_specification() {
    check("journals.json");
}

#[test]
fn people_own_and_are_records() {
    check("people.json");
}

#[test]
fn refusals_have_their_codes() {
    check("refusals.json");
}

#[test]
fn revisions_are_judged() {
    check("revisions.json");
}

#[test]
fn routes_are_the_shortest() {
    check("routes.json");
}

#[test]
fn every_file_is_run_and_every_name_is_unique() {
    let mut names = BTreeSet::new();
    let found = std::fs::read_dir(file::folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let found: BTreeSet<String> =
        found.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".json")).collect();
    assert!(found.iter().eq(FILES), "{found:?}");
    for name in FILES {
        for vector in File::read(name).vectors {
            assert!(!vector.cites.is_empty(), "{} cites nothing", vector.name);
            assert!(names.insert(vector.name.clone()), "{} comes twice", vector.name);
        }
    }
}

/// S44: a script that shares nothing with the library comes to the same hashes.
#[test]
fn an_independent_script_recomputes_the_chain() {
    if blessing() {
        return;
    }
    let (script, journals) = (file::folder().join("verify_chain.py"), file::folder().join("journals.json"));
    let found = Command::new("python3").arg(script).arg(journals).output();
    let output = match found {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound && std::env::var("CI").as_deref() != Ok("true") => {
            println!("skipped: there is no python3 to recompute the hash chain with");
            return;
        }
        Err(error) => panic!("python3 does not run: {error}"),
    };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.trim(), "25 rows recomputed, 25 journals checked");
}

/// S2: the table of codes is closed, and each is shown by a vector.
#[test]
fn every_reason_code_appears() {
    if blessing() {
        return;
    }
    let vectors = ["refusals.json", "revisions.json", "people.json"].map(|name| File::read(name).vectors);
    let vectors = vectors.iter().flatten();
    let told: String = vectors.map(|vector| answers(vector).to_string()).collect();
    // Only a migration that was broken off stays open: `tests/migrations.rs` has one.
    for code in ReasonCode::ALL.iter().filter(|code| **code != ReasonCode::MigrationOpen) {
        assert!(told.contains(&format!("\"code\":\"{}\"", code.name())), "{code} appears nowhere");
    }
}
