//! What the example programs print is what the docs show.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The built example. `cargo test` builds it beside the tests; for a single test it is built here.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.ancestors().find(|folder| folder.join("deps").is_dir()).unwrap().to_owned();
    let example = profile.join("examples").join(name);
    if !example.exists() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", name, "--manifest-path"])
            .arg(manifest)
            .status();
        assert!(built.unwrap().success());
    }
    example
}

/// Compares with the text that follows the command in a page. `LIFESTAGE_BLESS=1` writes it anew: read the difference.
fn prints_what_is_shown(name: &str, page: &str) {
    let output = Command::new(example(name)).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let document = std::fs::read_to_string(&path).unwrap();
    let command = format!("cargo run --release --example {name}");
    let (before, rest) =
        document.split_once(&command).unwrap_or_else(|| panic!("{page} does not say `{command}`"));
    let (between, rest) = rest.split_once("```text\n").unwrap();
    let (shown, after) = rest.split_once("```").unwrap();
    if std::env::var_os("LIFESTAGE_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{command}{between}```text\n{told}```{after}")).unwrap();
        return;
    }
    assert_eq!(shown, told);
}

#[test]
fn an_admin_changes_the_stages() {
    prints_what_is_shown("admin", "docs/editing.md");
}

#[test]
fn follow_up_runs_by_itself() {
    prints_what_is_shown("follow_up", "docs/effects.md");
}

#[test]
fn a_call_is_booked() {
    prints_what_is_shown("book_a_call", "docs/effects.md");
}
