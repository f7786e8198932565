//! Developer commands: `cargo xtask <command>`.
//!
//! Each command is a module of its name with a `run` function; a new one is a module, a variant of
//! [`Command`] and a line in [`main`].
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard streams"
)]

mod bench;
mod fuzz;
mod header;
mod install;
mod lint;
mod nightly;
mod project;
mod sanitize;
mod schema;
mod steps;
mod test;
mod torture;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use project::Project;

/// Developer commands of lifestage.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every test in every language that this machine has, and say what was skipped.
    Test,
    /// Check format, lints, docs and the rules of the repository.
    Lint,
    /// Run the benchmarks of the workspace, then those beside other crates.
    Bench(bench::Arguments),
    /// Write the JSON Schema of definitions, made from the source of the document's types.
    Schema {
        /// Compare with the committed file instead.
        #[arg(long)]
        check: bool,
    },
    /// Write the C header, made from the functions of the C library.
    Header,
    /// Put the C library in place: headers, libraries, files for pkg-config and CMake.
    Install(install::Arguments),
    /// Put the static library in place that the Go package links.
    GoLibrary,
    /// Kill a process that writes to SQLite, again and again, and check what it leaves.
    Torture(torture::Arguments),
    /// Give every function of the C library what libFuzzer makes up, where nightly is there.
    Fuzz(fuzz::Arguments),
    /// Run the C library under Miri and the sanitizers of Rust, where nightly is there.
    Sanitize,
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let done = Project::open().and_then(|project| match command {
        Command::Test => test::run(&project),
        Command::Lint => lint::run(&project),
        Command::Bench(arguments) => bench::run(&project, &arguments),
        Command::Schema { check } => schema::run(check),
        Command::Header => header::run(&project),
        Command::Install(arguments) => install::run(&project, &arguments),
        Command::GoLibrary => install::for_go(&project),
        Command::Torture(arguments) => torture::run(&project, &arguments),
        Command::Fuzz(arguments) => fuzz::run(&project, &arguments),
        Command::Sanitize => sanitize::run(&project),
    });
    match done {
        Ok(status) => status,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
