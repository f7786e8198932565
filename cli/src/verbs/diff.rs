use std::path::PathBuf;

use clap::Args;
use lifestage::Pipeline;
use lifestage::definition::{self, Diff};
use serde::Serialize;

use crate::arguments::Database;
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage diff pipeline.json next.json
  lifestage diff next.json
  lifestage diff next.json --version 1 --json

With one file, the published version of its pipeline is the old definition.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The old definition, which may be left out, and the new one
    #[arg(required = true, num_args = 1..=2, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The published version that is the old definition, if not the last
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    #[command(flatten)]
    database: Database,
}

#[derive(Serialize)]
pub(super) struct Differences {
    changes_meaning: bool,
    #[serde(flatten)]
    diff: Diff,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (old, new) = match arguments.files.as_slice() {
        [old, new] if arguments.version.is_none() => (Document::pipeline(old)?, Document::pipeline(new)?),
        [_, _] => return Err(Failure::usage("`--version` goes with one file")),
        files => {
            let path = files.first().ok_or_else(|| Failure::usage("name a file"))?;
            let new = Document::pipeline(path)?;
            (published(arguments, new.id())?, new)
        }
    };
    output.show(&Differences::between(&old, &new))?;
    Ok(Exit::Done)
}

fn published(arguments: &Arguments, id: &str) -> Result<Pipeline, Failure> {
    let crm = arguments.database.open()?;
    let Some(version) = arguments.version else {
        return crm
            .pipeline(id)
            .ok_or_else(|| Failure::missing(format!("no pipeline `{id}` is published to compare with")));
    };
    super::versions::document(&crm, id, version)
}

impl Differences {
    pub(super) fn between(old: &Pipeline, new: &Pipeline) -> Self {
        let diff = definition::diff(old.definition(), new.definition());
        Self { changes_meaning: diff.changes_meaning(), diff }
    }
}

impl Shown for Differences {
    fn text(&self, text: &mut Text) {
        for difference in self.diff.differences() {
            text.plain(difference).end();
        }
        let verdict = match (self.diff.is_empty(), self.changes_meaning) {
            (true, _) => "the two are the same",
            (_, true) => "the two decide differently",
            (_, false) => "only names and looks differ",
        };
        text.faint(verdict).end();
    }
}
