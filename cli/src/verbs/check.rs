use std::path::PathBuf;

use clap::Args;
use lifestage::Severity;
use serde::Serialize;

use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};
use crate::snippet::Place;

const EXAMPLES: &str = "\
Examples:
  lifestage check pipeline.json
  lifestage check pipeline.json --strict
  cat pipeline.json | lifestage check - --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The definition; - is the standard input
    file: PathBuf,
    /// Take warnings as errors
    #[arg(long)]
    strict: bool,
}

#[derive(Serialize)]
struct Checked<'a> {
    file: &'a str,
    /// The id of the pipeline, when it loads.
    pipeline: Option<&'a str>,
    errors: usize,
    warnings: usize,
    findings: Vec<Place<'a>>,
    #[serde(skip)]
    document: &'a Document,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let document = Document::read(&arguments.file)?;
    let (errors, warnings) = (document.count(Severity::Error), document.count(Severity::Warning));
    output.show(&Checked {
        file: document.file(),
        pipeline: document.loads().map(lifestage::Pipeline::id),
        errors,
        warnings,
        findings: document.places(),
        document: &document,
    })?;
    Ok(if errors > 0 || (arguments.strict && warnings > 0) { Exit::Refused } else { Exit::Done })
}

impl Shown for Checked<'_> {
    fn text(&self, text: &mut Text) {
        self.document.findings_text(text);
        text.plain(self.document.summary());
        if let Some(pipeline) = self.document.loads() {
            let stages = pipeline.catalog().stages().len();
            let moves = pipeline.policy().moves().len();
            text.plain(format_args!("; pipeline `{}` has {stages} stages and {moves} moves", pipeline.id()));
        }
        text.end();
    }
}
