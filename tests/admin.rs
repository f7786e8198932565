//! The admin's day, run as an example, is the one that `docs/editing.md` shows.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The built example. `cargo test` builds it beside the tests; for a single test it is built here.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.ancestors().find(|folder| folder.join("deps").is_dir()).unwrap().to_owned();
    let example = profile.join("examples").join("admin");
    if !example.exists() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "admin", "--manifest-path"])
            .arg(manifest)
            .status();
        assert!(built.unwrap().success());
    }
    example
}

/// `LIFESTAGE_BLESS=1` writes it anew: read the difference.
#[test]
fn the_day_is_the_one_in_the_docs() {
    let output = Command::new(example()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/editing.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once("```text\n").unwrap();
    let (shown, after) = rest.split_once("```").unwrap();
    if std::env::var_os("LIFESTAGE_BLESS").is_some() {
        std::fs::write(&path, format!("{before}```text\n{told}```{after}")).unwrap();
        return;
    }
    assert_eq!(shown, told);
}
