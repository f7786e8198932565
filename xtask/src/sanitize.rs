//! `cargo xtask sanitize`: the C ABI under Miri, and what threads share under the sanitizers of Rust.

use std::process::{Command, ExitCode};

use crate::nightly::{self, TARGET};
use crate::project::{Project, cannot_start};
use crate::steps::Steps;
use crate::test::cargo_test;

/// Where functions are called as C calls them, and where threads share what a store has.
const TESTS: [&[&str]; 3] = [
    &["--package", "lifestage-c", "--lib"],
    &["--package", "lifestage", "--test", "workspace"],
    &["--package", "lifestage-sqlite", "--test", "store", "sharing::"],
];

/// How Miri may hold that pointers alias.
const MODELS: [(&str, &str); 2] = [("Stacked Borrows", ""), ("Tree Borrows", "-Zmiri-tree-borrows")];

struct Sanitizer {
    name: &'static str,
    /// Whether it has to see into the standard library.
    whole: bool,
    /// A test that does wrong, and what is said of it.
    wrong: (&'static str, &'static str),
}

const SANITIZERS: [Sanitizer; 2] = [
    Sanitizer { name: "thread", whole: true, wrong: ("a_race", "ThreadSanitizer: data race") },
    Sanitizer { name: "address", whole: false, wrong: ("a_use_after_a_free", "heap-use-after-free") },
];

/// Runs the command.
pub(crate) fn run(project: &Project) -> Result<ExitCode, String> {
    let mut steps = Steps::new();
    match nightly::missing_miri(project) {
        Some(why) => steps.skip("Miri", why),
        None => miri(project, &mut steps),
    }
    for sanitizer in &SANITIZERS {
        let title = format!("the sanitizer of {}", sanitizer.name);
        let missing = if sanitizer.whole { nightly::missing_source } else { nightly::missing };
        match missing(project) {
            Some(why) => steps.skip(&title, why),
            None => sanitized(project, sanitizer, &title, &mut steps),
        }
    }
    Ok(steps.finish())
}

fn miri(project: &Project, steps: &mut Steps) {
    for (name, flags) in MODELS {
        let test = || {
            let mut test = nightly::command(project, "cargo");
            test.args(["miri", "test", "--package", "lifestage-c", "--lib"]).env("MIRIFLAGS", flags);
            test
        };
        steps.tests(&format!("Miri with {name}"), || cargo_test(&mut test()));
        steps.check(&format!("Miri with {name} finds what is wrong"), || {
            for wrong in ["a_race", "a_use_after_a_free"] {
                finds(test().args(["--", "--ignored", wrong]), "Undefined Behavior")?;
            }
            Ok(())
        });
    }
}

fn sanitized(project: &Project, sanitizer: &Sanitizer, title: &str, steps: &mut Steps) {
    let test = |which: &[&str]| {
        let mut test = nightly::command(project, "cargo");
        test.args(["test", "--quiet", "--target", TARGET, "--target-dir"]);
        test.arg(project.target.join(sanitizer.name)).args(which);
        if sanitizer.whole {
            test.arg("-Zbuild-std");
        }
        // Backtraces of the panics that are meant take the sanitizer of threads a minute each.
        test.env("RUSTFLAGS", format!("-Zsanitizer={}", sanitizer.name)).env("RUST_BACKTRACE", "0");
        test
    };
    for which in TESTS {
        steps.tests(&format!("{title} with {}", which.join(" ")), || cargo_test(&mut test(which)));
    }
    let (wrong, said) = sanitizer.wrong;
    steps.check(&format!("{title} finds what is wrong"), || {
        finds(test(TESTS[0]).args(["--", "--ignored", wrong]), said)
    });
}

/// The proof of the proof: a test that does wrong fails, and for that.
fn finds(test: &mut Command, said: &str) -> Result<(), String> {
    let done = test.output().map_err(|error| cannot_start(test, &error))?;
    let (stdout, stderr) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if !done.status.success() && (stdout.contains(said) || stderr.contains(said)) {
        Ok(())
    } else {
        Err(format!("it does not say `{said}`:\n{stdout}\n{stderr}"))
    }
}
