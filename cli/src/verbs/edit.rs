//! `edit`: changes of a published pipeline, one by one from the shell or many from a file.

mod commands;

use clap::Args;
use lifestage::revise::Revised;
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
  lifestage edit --actor olga --role owner rename-stage Showed Attended
  lifestage edit --actor olga --role owner --dry-run style-stage showed --icon flame --colour '#f80'
  lifestage edit --actor olga --role owner apply revision.json
  lifestage edit --actor olga --role owner set-default contacted && lifestage edit --actor olga --role owner undo-version 2
  lifestage edit --actor olga uses showed

Each edit makes a new version. A file holds many, made together or not at all:
  {\"edits\": [{\"edit\": \"rename_stage\", \"stage\": \"showed\", \"name\": \"Attended\"}]}";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Judge and write nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// Go on only if this version is the published one
    #[arg(long, global = true, value_name = "N")]
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
            if arguments.dry_run || arguments.expect_version.is_some() {
                return Err(Failure::usage(
                    "`--dry-run` and `--expect-version` do not go with `undo-version`",
                ));
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
