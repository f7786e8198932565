//! The nightly toolchain, which a machine need not have.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::project::{Project, output};

/// Named whenever flags are, so that build scripts and macros do without them.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A program of the toolchain, started in the root.
pub(crate) fn command(project: &Project, program: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", program]).current_dir(&project.root);
    command
}

/// Why the toolchain cannot be used here, if it cannot.
pub(crate) fn missing(project: &Project) -> Option<&'static str> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Some("it is written for Linux on x86-64");
    }
    answers(command(project, "rustc").arg("--version"), "there is no nightly toolchain here")
}

/// Why Miri cannot be used here, if it cannot.
pub(crate) fn missing_miri(project: &Project) -> Option<&'static str> {
    let mut version = command(project, "cargo");
    missing(project)
        .or_else(|| answers(version.args(["miri", "--version"]), "nightly has no component `miri` here"))
}

/// Why the standard library cannot be built here, if it cannot.
pub(crate) fn missing_source(project: &Project) -> Option<&'static str> {
    missing(project).or_else(|| {
        let root = output(command(project, "rustc").args(["--print", "sysroot"])).unwrap_or_default();
        let there = Path::new(root.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").exists();
        (!there).then_some("nightly has no component `rust-src` here")
    })
}

fn answers(probe: &mut Command, otherwise: &'static str) -> Option<&'static str> {
    let status = probe.stdout(Stdio::null()).stderr(Stdio::null()).status();
    (!status.is_ok_and(|status| status.success())).then_some(otherwise)
}
