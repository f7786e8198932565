//! `torture --kills N --seconds S`: kills for as many times or as long as asked, with progress; `--migrate N` kills a
//! migration of so many records instead, `--outbox N` so often whoever delivers effects.
//! `torture victim ...` is the process that it kills, `torture migrate DB` the one that a migration is carried
//! out by, `torture outbox ...` the one that delivers.
#![cfg_attr(not(unix), allow(unused, reason = "signals and file limits are those of Unix"))]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard streams"
)]

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lifestage_torture::Failure;
use lifestage_torture::kill::{Chain, Summary};
use lifestage_torture::victim::{self, Orders};
use lifestage_torture::{migrate, outbox};

/// The longest time that a victim works before it is killed.
const LONGEST: Duration = Duration::from_millis(30);

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let done = match arguments.split_first() {
        Some((word, orders)) if word == "victim" => {
            Orders::parse(orders).and_then(|orders| victim::run(&orders))
        }
        Some((word, orders)) if word == "outbox" => {
            outbox::work::Orders::parse(orders).and_then(|orders| outbox::work::run(&orders))
        }
        Some((word, [database])) if word == "migrate" => migrate::work(Path::new(database)),
        _ => torture(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn torture(arguments: &[OsString]) -> Result<(), Failure> {
    let (mut kills, mut seconds) = (10_000, u64::MAX);
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err("an option has no value".into()) };
        let value: u64 = value.to_str().ok_or("a value is not text")?.parse()?;
        match name.to_str() {
            Some("--kills") => kills = value,
            Some("--seconds") => seconds = value,
            Some("--migrate") => {
                let seed = u64::from(std::process::id());
                let killed = migrate::run(&std::env::current_exe()?, value, seed)?;
                let migrate::Killed { records, kills, midway } = killed;
                println!(
                    "{records} records moved once each, through {kills} kills, {midway} of them half-way (seed {seed})"
                );
                return Ok(());
            }
            Some("--outbox") => return outbox_torture(value),
            _ => return Err(format!("`{}` is not known", name.display()).into()),
        }
    }
    let began = Instant::now();
    let seed = u64::from(std::process::id());
    println!("{kills} kills, seed {seed}");
    let mut chain = Chain::new(std::env::current_exe()?, seed)?;
    let mut told = Instant::now();
    while chain.summary().kills < kills && began.elapsed().as_secs() < seconds {
        chain.round(LONGEST)?;
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            let Summary { kills: done, logging, acknowledged, .. } = chain.summary();
            println!(
                "{done:>6} kills, {logging} in the middle of the log, {acknowledged} acknowledged, none lost"
            );
        }
    }
    let summary = chain.finish()?;
    println!("\n{summary}\ntook                       {} s", began.elapsed().as_secs());
    Ok(())
}

fn outbox_torture(kills: u64) -> Result<(), Failure> {
    let (began, seed) = (Instant::now(), u64::from(std::process::id()));
    println!("{kills} kills, seed {seed}");
    let mut chain = outbox::Chain::new(std::env::current_exe()?, seed)?;
    for _ in 0..kills {
        chain.round(LONGEST)?;
    }
    println!("\n{}\ntook                       {} s", chain.finish()?, began.elapsed().as_secs());
    Ok(())
}
