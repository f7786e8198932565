use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::diff::Differences;
use crate::arguments::Asking;
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage publish next.json --dry-run --actor olga --role owner
  lifestage publish next.json --actor olga --role owner
  lifestage publish deals.json --actor olga --json

What changes is told first. A definition under which records would be lost from view is refused.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The definition; - is the standard input
    file: PathBuf,
    /// Judge and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Serialize)]
struct Published<'a> {
    pipeline: &'a str,
    version: u32,
    /// Whether it is another than before.
    changed: bool,
    dry_run: bool,
    /// None for the first version.
    #[serde(flatten)]
    differences: Option<Differences>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let next = Document::pipeline(&arguments.file)?;
    let (crm, actor, now) = arguments.asking.open()?;
    let before = crm.pipeline(next.id());
    let published = if arguments.dry_run {
        crm.dry_run_publish(&next, &actor, now)?
    } else {
        crm.publish(&next, &actor, now)?
    };
    output.show(&Published {
        pipeline: published.id(),
        version: published.version(),
        changed: before.as_ref().is_none_or(|before| before.version() != published.version()),
        dry_run: arguments.dry_run,
        differences: before.as_ref().map(|before| Differences::between(before, &next)),
    })?;
    Ok(Exit::Done)
}

impl Shown for Published<'_> {
    fn text(&self, text: &mut Text) {
        let Self { pipeline, version, changed, dry_run, differences } = self;
        if let Some(differences) = differences {
            differences.text(text);
        }
        match (changed, dry_run) {
            (false, _) => text.plain(format_args!("`{pipeline}` is published as version {version} already")),
            (true, true) => {
                text.doubtful("dry run:").plain(format_args!(" `{pipeline}` would be version {version}"))
            }
            (true, false) => text.good("published").plain(format_args!(" `{pipeline}` as version {version}")),
        };
        text.end();
    }
}
