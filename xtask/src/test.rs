//! `cargo xtask test`: every test in every language that the machine has.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use crate::install;
use crate::project::{CORE, Project, cannot_start, check, failed, feature_sets};
use crate::steps::{Failure, Steps, Tally};

/// A suite in another language, run when its folder exists.
struct Suite {
    title: &'static str,
    folder: &'static str,
    /// Succeeds where the suite can run, in the folder of the project.
    probe: &'static [&'static str],
    /// What has to be made first.
    first: fn(&Project) -> Result<(), String>,
    /// Run in the folder.
    command: &'static [&'static str],
}

/// Everything but the benchmarks, which take their time and prove nothing here.
const TESTS: [&str; 7] =
    ["test", "--workspace", "--lib", "--bins", "--tests", "--examples", "--no-fail-fast"];

const SUITES: [Suite; 4] = [
    Suite {
        title: "C and C++",
        folder: "tests/c",
        probe: &["make", "--version"],
        first: nothing,
        command: &["make", "--quiet", "check"],
    },
    Suite {
        title: "C and CMake, outside of the tree",
        folder: "tests/c/outside",
        probe: &["cmake", "--version"],
        first: nothing,
        command: &["sh", "check"],
    },
    Suite {
        title: "Python",
        folder: "bindings/python",
        probe: &["python3", "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"],
        first: nothing,
        command: &["sh", "check"],
    },
    Suite {
        title: "Go",
        folder: "bindings/go",
        probe: &["sh", "bindings/go/suits"],
        first: install::go_library,
        command: &["sh", "check"],
    },
];

fn nothing(_: &Project) -> Result<(), String> {
    Ok(())
}

/// Runs the command.
pub(crate) fn run(project: &Project) -> Result<ExitCode, String> {
    let core = project.core()?;
    let mut steps = Steps::new();
    steps.tests("tests of the workspace", || cargo_test(project.cargo().args(TESTS)));
    steps.tests("examples in the docs", || {
        cargo_test(project.cargo().args(["test", "--workspace", "--doc", "--no-fail-fast"]))
    });
    // Only the library: its tests depend on it with the default features, which would turn them on again.
    for set in feature_sets(core) {
        steps.check(&format!("core with {}", set.join(" ")), || {
            check(project.cargo().args(["check", "--quiet", "--package", CORE, "--lib"]).args(&set))
        });
    }
    no_std(project, &mut steps);
    cedar(project, &mut steps);
    for suite in &SUITES {
        other_language(project, suite, &mut steps);
    }
    Ok(steps.finish())
}

/// The core is linked by a program without `std`; with `std` that program must not build.
fn no_std(project: &Project, steps: &mut Steps) {
    let title = "a program without the standard library";
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        steps.skip(title, "it is written for Linux on x86-64");
        return;
    }
    let cargo = |command: &str| {
        let mut cargo = project.cargo();
        cargo.args([command, "--quiet", "--manifest-path", "tests/no_std/Cargo.toml", "--target-dir"]);
        cargo.arg(project.target.join("no_std"));
        cargo
    };
    steps.check(title, || check(&mut cargo("run")));
    steps.check("the same program with `std` does not build", || {
        let mut build = cargo("build");
        build.args(["--features", "with-std"]);
        let done = build.output().map_err(|error| cannot_start(&build, &error))?;
        only_std_in_the_way(done.status.success(), &String::from_utf8_lossy(&done.stderr))
    });
}

/// The example whose policies are Cedar's, where minutes of compiling do not matter.
fn cedar(project: &Project, steps: &mut Steps) {
    let title = "the example with Cedar policies";
    if !env::var("CI").is_ok_and(|ci| ci == "true") {
        steps.skip(title, "it compiles Cedar, which takes minutes: set CI=true to run it");
        return;
    }
    steps.tests(title, || {
        let mut test = project.cargo();
        test.args(["test", "--locked", "--manifest-path", "examples/cedar/Cargo.toml", "--target-dir"]);
        cargo_test(test.arg(project.target.join("cedar")))
    });
}

/// A second panic handler is the trace that `std` leaves; any other failure proves nothing.
fn only_std_in_the_way(built: bool, stderr: &str) -> Result<(), String> {
    if built {
        Err("it was built, so that the proof proves nothing".to_owned())
    } else if stderr.contains("duplicate lang item `panic_impl`") {
        Ok(())
    } else {
        Err(format!("it failed for another reason:\n{stderr}"))
    }
}

fn other_language(project: &Project, suite: &Suite, steps: &mut Steps) {
    let folder = project.root.join(suite.folder);
    if !folder.exists() {
        return;
    }
    let title = format!("tests in {}", suite.title);
    let mut probe = command(suite.probe);
    let probe = probe.current_dir(&project.root).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if probe.is_ok_and(|status| status.success()) {
        steps.check(&title, || {
            (suite.first)(project)?;
            let mut tests = command(suite.command);
            // The suites build the libraries with the same cargo, in the same place.
            tests.env("CARGO_TARGET_DIR", &project.target).env("CARGO", project.cargo().get_program());
            check(tests.current_dir(folder))
        });
    } else {
        steps.skip(&title, &format!("`{}` does not run here", suite.probe.join(" ")));
    }
}

fn command(words: &[&str]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().copied().unwrap_or_default());
    command.args(words);
    command
}

/// Runs `cargo test`, shows its lines and counts its tests.
pub(crate) fn cargo_test(command: &mut Command) -> Result<Tally, Failure> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    let fail = |error| format!("cannot read what cargo prints: {error}");
    let mut tally = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(fail)?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            tally.add_line(&line);
        }
    }
    let status = child.wait().map_err(fail)?;
    if status.success() { Ok(tally) } else { Err(Failure { tally, message: failed(command, status) }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_without_std_holds_only_for_its_own_error() {
        let error = "error[E0152]: found duplicate lang item `panic_impl`";
        assert!(only_std_in_the_way(false, error).is_ok());
        assert!(only_std_in_the_way(false, "error: no such feature").is_err());
        assert!(only_std_in_the_way(true, "").is_err());
    }
}
