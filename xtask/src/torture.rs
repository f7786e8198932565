//! `cargo xtask torture`: kills a process at work, thousands of times, and checks what is left.

use std::process::ExitCode;

use clap::Args;

use crate::project::{Project, check};

/// What `cargo xtask torture` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How many kills.
    #[arg(long, default_value_t = 10_000)]
    kills: u64,
    /// Stops after so many seconds, however many kills that was.
    #[arg(long)]
    seconds: Option<u64>,
    /// Kills a migration of so many records instead, until it is done.
    #[arg(long, value_name = "RECORDS")]
    migrate: Option<u64>,
    /// Kills whoever delivers effects instead, so many times.
    #[arg(long, value_name = "KILLS", conflicts_with = "migrate")]
    outbox: Option<u64>,
}

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let mut torture = project.cargo();
    torture.args(["run", "--release", "--quiet", "--package", "lifestage-torture", "--"]);
    let other = [("--migrate", arguments.migrate), ("--outbox", arguments.outbox)];
    if let Some((name, count)) = other.into_iter().find_map(|(name, count)| Some((name, count?))) {
        torture.args([name, &count.to_string()]);
        check(&mut torture)?;
        return Ok(ExitCode::SUCCESS);
    }
    torture.args(["--kills", &arguments.kills.to_string()]);
    if let Some(seconds) = arguments.seconds {
        torture.args(["--seconds", &seconds.to_string()]);
    }
    check(&mut torture)?;
    Ok(ExitCode::SUCCESS)
}
