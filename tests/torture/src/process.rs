//! Processes at work that are killed.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::ack::Ack;

/// Runs `program` until `moment` comes back, kills it, and gives what it said by then.
pub(crate) fn killed(
    program: &Path,
    arguments: impl IntoIterator<Item = OsString>,
    moment: impl FnOnce(),
) -> Result<String, Failure> {
    let mut child =
        Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut said = String::new();
    let mut out = child.stdout.take().ok_or("the process has no output")?;
    // A full pipe would hold it up, so somebody listens all the time.
    let listener = std::thread::spawn(move || out.read_to_string(&mut said).map(|_| said));
    moment();
    child.kill()?;
    let status = child.wait()?;
    let said = listener.join().map_err(|_| "the listener failed")??;
    if status.code().is_some() {
        return Err(format!("the process ended by itself, {status}: {said}").into());
    }
    Ok(said)
}

/// What a process acknowledged before it was killed.
pub(crate) fn acknowledged(said: &str) -> Result<Vec<Ack>, Failure> {
    if let Some(failure) = said.lines().find(|line| line.starts_with('!')) {
        return Err(format!("the process failed: {failure}").into());
    }
    said.lines().map(|line| line.parse().map_err(Failure::from)).collect()
}

/// Until `reached`, or at most so long.
pub(crate) fn wait_until(patience: Duration, reached: impl Fn() -> bool) {
    let began = Instant::now();
    while !reached() && began.elapsed() < patience {
        std::thread::sleep(Duration::from_micros(20));
    }
}
