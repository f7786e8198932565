//! `cargo xtask bench`: the benchmarks, those of the workspace first.

use std::process::ExitCode;

use clap::Args;

use crate::project::{Project, check};

const PEERS: &str = "benches/peers/Cargo.toml";

/// What `cargo xtask bench` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Passed on to the program in `benches/peers`, such as `--quick`.
    #[arg(last = true)]
    peers: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    check(project.cargo().args(["bench", "--workspace"]))?;
    if project.root.join(PEERS).exists() {
        let mut peers = project.cargo();
        peers.args(["run", "--release", "--manifest-path", PEERS, "--"]);
        check(peers.args(&arguments.peers))?;
    } else {
        println!("skipped: `{PEERS}` does not exist");
    }
    Ok(ExitCode::SUCCESS)
}
