//! `cargo xtask bench`: the benchmarks, those of the workspace first.

use std::process::ExitCode;

use clap::Args;

use crate::project::{Project, check};

const PEERS: &str = "benches/peers/Cargo.toml";

/// What `cargo xtask bench` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Passed on to every benchmark.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    check(project.cargo().args(["bench", "--workspace", "--"]).args(&arguments.rest))?;
    if project.root.join(PEERS).exists() {
        check(project.cargo().args(["bench", "--manifest-path", PEERS, "--"]).args(&arguments.rest))?;
    } else {
        println!("skipped: `{PEERS}` does not exist");
    }
    Ok(ExitCode::SUCCESS)
}
