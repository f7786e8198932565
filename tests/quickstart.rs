//! The quickstart, run as a newcomer runs it, says what it is meant to say.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The built example. `cargo test` builds it beside the tests; for a single test it is built here.
fn quickstart() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.ancestors().find(|folder| folder.join("deps").is_dir()).unwrap().to_owned();
    let example = profile.join("examples").join("quickstart");
    if !example.exists() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "quickstart", "--manifest-path"])
            .arg(manifest)
            .status();
        assert!(built.unwrap().success());
    }
    example
}

/// Runs it with a temporary folder of its own, so that its database goes away.
fn run(arguments: &[&Path]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(quickstart()).args(arguments).env("TMPDIR", folder.path()).output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output, text)
}

/// Runs it on a list of one's own.
fn run_on(list: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.csv");
    std::fs::write(&file, list).unwrap();
    let (output, text) = run(&[&file]);
    assert!(output.status.success(), "{output:?}");
    text
}

#[test]
fn the_tour_is_short_and_tells_the_whole_story() {
    let (output, text) = run(&[]);
    assert!(output.status.success(), "{output:?}");
    assert!(text.lines().count() < 90, "short enough to be read");
    for expected in [
        "Lead pipeline: 9 stages, 10 moves, version 1",
        "1000 rows: 911 created, 25 known already, 64 with something unreadable, 0 refused",
        "Status: no stage is called `Enaged`, did you mean `Engaged`?",
        "New   [Mark contacted] [Mark lost] [Mark dormant]",
        "`Mark won` does not start at New (not_from_stage)",
        "the way there: Mark contacted -> Mark engaged -> Set appointment -> Mark showed -> Start negotiation -> Mark won",
        "mark_won           by maria  -> Won",
        "mark_lost          by sam    -> Lost",
        "revive             by maria  -> Contacted",
        "somebody else changed this record just now, and it is in Contacted; reload and try again",
        "Journal: 911 records, 930 rows, 0 faults",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
}

#[test]
fn it_takes_a_list_of_ones_own() {
    let text = run_on("Name;E-mail;Status\nAda;ada@example.com;New\nBob;bob@example.com;Contacted\n");
    assert!(
        text.contains("2 rows: 2 created, 0 known already, 0 with something unreadable, 0 refused"),
        "{text}"
    );
    assert!(text.contains("Journal: 2 records, 12 rows, 0 faults"), "{text}");
}

#[test]
fn a_list_without_a_new_lead_has_its_tour() {
    let text = run_on("Name,E-mail,Status\nAda,ada@example.com,Lost\nBob,bob@example.com,Won\n");
    for expected in ["Lost   [Revive]", "mark_won", "Leads per stage", "Journal: 2 records,", " 0 faults"] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
}

#[test]
fn an_empty_list_is_counted_too() {
    let text = run_on("Name,E-mail,Status\n");
    assert!(text.contains("Journal: 0 records, 0 rows, 0 faults"), "{text}");
}

#[test]
fn a_list_that_is_not_there_is_named() {
    let (output, _) = run(&[Path::new("/nowhere/list.csv")]);
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("cannot open /nowhere/list.csv"), "{error}");
}
