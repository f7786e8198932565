//! `cargo xtask lint`: format, lints, docs and the rules of the repository.

mod files;
mod modules;
mod packages;
mod words;

use std::process::{ExitCode, Stdio};

use crate::project::{CORE, Project, check, feature_sets};
use crate::steps::Steps;

/// What tests, examples and benchmarks may do and a library may not.
const FREE_IN_TESTS: [&str; 6] = [
    "clippy::unwrap_used",
    "clippy::expect_used",
    "clippy::panic",
    "clippy::indexing_slicing",
    "clippy::print_stdout",
    "clippy::print_stderr",
];

/// Runs the command.
pub(crate) fn run(project: &Project) -> Result<ExitCode, String> {
    let mut steps = Steps::new();
    rules(project, &mut steps)?;
    locks(project, &mut steps);
    format(project, &mut steps);
    clippy(project, &mut steps)?;
    steps.check("docs", || {
        let mut doc = project.cargo();
        doc.args(["doc", "--quiet", "--workspace", "--lib", "--no-deps", "--all-features"]);
        check(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    Ok(steps.finish())
}

fn rules(project: &Project, steps: &mut Steps) -> Result<(), String> {
    let sources = project.sources()?;
    steps.rule("length of files", files::length(&sources));
    steps.rule("names of files and modules", files::names(&sources));
    steps.rule("the core forbids unsafe code", files::safety(&sources));
    steps.rule("words that belong to one machine", words::check(&sources));
    steps.rule("circles between modules of the core", modules::circles(&sources)?);
    steps.rule("arrows between packages", packages::arrows(project));
    steps.rule("every dependency is explained", packages::explained(project, &sources));
    for (features, limit) in packages::LIMITS {
        let title = format!("at most {limit} packages under the core {features}");
        steps.check(title.trim_end(), || packages::closure(project, features, limit));
    }
    Ok(())
}

/// Packages of their own have locks of their own, which a new dependency of the core leaves behind.
fn locks(project: &Project, steps: &mut Steps) {
    for (folder, manifest) in
        project.separate().filter(|(_, manifest)| manifest.with_file_name("Cargo.lock").exists())
    {
        steps.check(&format!("lock of `{folder}`"), || {
            let mut metadata = project.cargo();
            metadata.args(["metadata", "--locked", "--quiet", "--format-version", "1", "--manifest-path"]);
            check(metadata.arg(manifest).stdout(Stdio::null()))
        });
    }
}

fn format(project: &Project, steps: &mut Steps) {
    steps.check("format", || check(project.cargo().args(["fmt", "--all", "--", "--check"])));
    for (folder, manifest) in project.separate() {
        steps.check(&format!("format of `{folder}`"), || {
            check(project.cargo().args(["fmt", "--manifest-path"]).arg(manifest).args(["--", "--check"]))
        });
    }
}

fn clippy(project: &Project, steps: &mut Steps) -> Result<(), String> {
    let run = |arguments: &[&str], set: &[String], free: &[&str]| {
        let mut clippy = project.cargo();
        clippy.args(["clippy", "--quiet"]).args(arguments).args(set).args(["--", "-D", "warnings"]);
        check(clippy.args(free.iter().flat_map(|lint| ["-A", lint])))
    };
    steps.check("clippy on libraries and programs", || run(&["--workspace", "--lib", "--bins"], &[], &[]));
    // `clippy.toml` frees functions marked as tests, but not the ones that they call.
    steps.check("clippy on tests, examples and benchmarks", || {
        run(&["--workspace", "--tests", "--examples", "--benches"], &[], &FREE_IN_TESTS)
    });
    for set in feature_sets(project.core()?) {
        steps.check(&format!("clippy on the core with {}", set.join(" ")), || {
            run(&["--package", CORE, "--lib"], &set, &[])
        });
    }
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        steps.check("clippy on `tests/no_std`", || {
            let target = project.target.join("no_std").to_string_lossy().into_owned();
            run(&["--manifest-path", "tests/no_std/Cargo.toml", "--target-dir", &target], &[], &[])
        });
    } else {
        steps.skip("clippy on `tests/no_std`", "it is written for Linux on x86-64");
    }
    Ok(())
}
