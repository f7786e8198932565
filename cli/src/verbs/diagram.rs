use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lifestage::diagram::{dot, mermaid};
use serde::Serialize;

use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage diagram pipeline.json > pipeline.mmd
  lifestage diagram pipeline.json --format dot > pipeline.dot";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The definition; - is the standard input
    file: PathBuf,
    /// The language of the diagram
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// A flowchart, for pages that draw Mermaid
    #[default]
    Mermaid,
    /// For the programs of Graphviz
    Dot,
}

#[derive(Serialize)]
struct Diagram {
    format: Format,
    diagram: String,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let pipeline = Document::pipeline(&arguments.file)?;
    let format = arguments.format;
    let diagram = match format {
        Format::Mermaid => mermaid(&pipeline),
        Format::Dot => dot(&pipeline),
    };
    output.show(&Diagram { format, diagram })?;
    Ok(Exit::Done)
}

impl Shown for Diagram {
    fn text(&self, text: &mut Text) {
        text.ready(&self.diagram);
    }
}
