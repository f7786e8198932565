//! The `lifestage` command: try, operate and debug pipelines over a SQLite file.
//!
//! Each verb is a module of its name in `verbs`. None of them decides anything: they call the
//! library, and say what it answered.
#![forbid(unsafe_code)]

mod answer;
mod arguments;
mod document;
mod effects;
mod exit;
mod failure;
mod given;
mod locate;
mod output;
mod progress;
mod snippet;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use exit::Exit;
use output::{Colours, Output};
use verbs::Verb;

/// Pipelines of CRM records: check them, draw them, move records through them, and see why.
#[derive(Debug, Parser)]
#[command(name = "lifestage", version, after_help = Exit::table())]
struct Call {
    #[command(subcommand)]
    verb: Verb,
    /// Answer in JSON: one document a call, one a line where answers stream
    #[arg(long, global = true)]
    json: bool,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true
    )]
    color: Colours,
}

fn main() -> ExitCode {
    let call = Call::parse();
    let mut output = Output::new(call.json, call.color);
    let ended = call.verb.run(&mut output).and_then(|exit| output.flush().map(|()| exit));
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) if failure.nobody_reads() => Exit::Done.into(),
        Err(failure) => {
            output.complain(&failure);
            failure.exit().into()
        }
    }
}
