use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};
use serde::Serialize;

use crate::Call;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage completions bash > lifestage.bash
  lifestage completions fish > lifestage.fish";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    generate(arguments.shell, &mut Call::command(), "lifestage", &mut bytes);
    let script = String::from_utf8_lossy(&bytes).into_owned();
    output.show(&Script { shell: arguments.shell.to_string(), script })?;
    Ok(Exit::Done)
}

impl Shown for Script {
    fn text(&self, text: &mut Text) {
        text.ready(&self.script);
    }
}
