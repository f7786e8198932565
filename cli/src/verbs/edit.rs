//! `edit`: changes of a published pipeline, one by one from the shell or many from a file.

mod commands;

use clap::Args;
use lifestage::revise::{Revised, Revision};
use lifestage::{Pipeline, definition};
use serde::Serialize;

use super::in_force;
use crate::arguments::{Asking, Choice, stage_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};
use commands::{Command, Step};

const EXAMPLES: &str = "\
Examples:
  lifestage edit rename-stage contacted Reached --actor ada --role admin
  lifestage edit --dry-run remove-stage nurturing --replacement engaged --actor ada --role admin
  lifestage edit reorder-stages won customer premium_client onboarded --actor ada --role admin
  lifestage edit apply revision.json --actor ada --role admin
  lifestage edit undo-version 3 --actor ada --role admin
  lifestage edit uses nurturing --actor ada

Each edit makes a new version. A file holds many, made together or not at all:
  {\"edits\": [{\"edit\": \"rename_stage\", \"stage\": \"contacted\", \"name\": \"Reached\"}]}";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Judge and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on only if this version is the published one
    #[arg(long, value_name = "N")]
    expect_version: Option<u32>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    asking: Asking,
    #[command(subcommand)]
    command: Command,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let (crm, actor, now) = arguments.asking.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    let mut revision = match arguments.command.step(&pipeline)? {
        Step::Revise(revision) => revision,
        Step::UndoVersion(version) => {
            if arguments.dry_run {
                return Err(Failure::usage("`--dry-run` does not go with `undo-version`"));
            }
            let publishing = crm.undo_version(pipeline.id(), version, &actor, now)?;
            return in_force::show(output, pipeline.id(), &publishing, &[]);
        }
        Step::Uses(stage) => return uses(output, &pipeline, &stage),
    };
    if let Some(version) = arguments.expect_version {
        revision = revision.expecting_version(version);
    }
    let (would, impact) = match crm.judge_revision(pipeline.id(), &revision, &actor)? {
        Revised::Accepted(next) => (Ok(Some(next.pipeline().version())), crm.impact(next.pipeline())?),
        Revised::Unchanged => (Ok(None), Vec::new()),
        Revised::Refused(refusal) => (Err(refusal), Vec::new()),
    };
    if arguments.dry_run {
        return in_force::would(output, pipeline.id(), would.as_ref().map(|version| *version), &impact);
    }
    let publishing = crm.revise(pipeline.id(), &revision, &actor, now, in_force::bar())?;
    in_force::show(output, pipeline.id(), &publishing, &impact)
}

#[derive(Serialize)]
struct Uses<'a> {
    stage: &'a str,
    uses: Vec<definition::StageUse>,
}

fn uses(output: &mut Output, pipeline: &Pipeline, stage: &str) -> Result<Exit, Failure> {
    let stage = stage_of(pipeline, stage)?;
    let uses = definition::uses(pipeline.definition(), &stage);
    output.show(&Uses { stage: &stage, uses })?;
    Ok(Exit::Done)
}

impl Shown for Uses<'_> {
    fn text(&self, text: &mut Text) {
        if self.uses.is_empty() {
            text.plain(format_args!("nothing depends on `{}`", self.stage)).end();
        }
        for using in &self.uses {
            text.plain(using).plain("  ").faint(&using.pointer).end();
        }
    }
}

/// A revision in a file.
fn read(path: &std::path::Path) -> Result<Revision, Failure> {
    let text = if path == std::path::Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Failure::file("read", path, crate::document::plain(&error)))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::unreadable(format!("`{}` is no revision: {error}", path.display())))
}
