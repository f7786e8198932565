use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use lifestage::{Pipeline, presets};
use serde::Serialize;

use crate::arguments::{Acting, Tenant, make};
use crate::document::Document;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage init new.db --preset lead --actor olga
  lifestage init own.db --definition pipeline.json --tenant beta --actor olga";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The SQLite file to make
    file: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    tenant: Tenant,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// The definition to publish
    #[arg(long, value_name = "FILE")]
    definition: Option<PathBuf>,
    /// A ready definition to publish
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(presets::ALL.map(|(name, _)| name)))]
    preset: Option<String>,
}

impl Source {
    fn pipeline(&self) -> Result<Pipeline, Failure> {
        if let Some(path) = &self.definition {
            return Document::pipeline(path);
        }
        let wanted = presets::ALL.iter().find(|(name, _)| Some(*name) == self.preset.as_deref());
        let loaded = wanted.and_then(|(_, document)| Pipeline::from_json(document).ok());
        loaded.ok_or_else(|| Failure::missing("there is no such preset"))
    }
}

#[derive(Serialize)]
struct Made<'a> {
    database: &'a Path,
    tenant: &'a str,
    pipeline: &'a str,
    version: u32,
    #[serde(skip)]
    name: &'a str,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let pipeline = arguments.source.pipeline()?;
    let crm = make(&arguments.file, &arguments.tenant)?;
    let acting = &arguments.acting;
    let published = crm.publish(&pipeline, &acting.who.actor(), acting.clock.now());
    drop(crm);
    if published.is_err() {
        // A database without a pipeline is of no use; the failure is told, not this.
        drop(std::fs::remove_file(&arguments.file));
    }
    let published = published?;
    output.show(&Made {
        database: &arguments.file,
        tenant: &arguments.tenant.tenant,
        pipeline: published.id(),
        version: published.version(),
        name: published.name(),
    })?;
    Ok(Exit::Done)
}

impl Shown for Made<'_> {
    fn text(&self, text: &mut Text) {
        let Self { database, tenant, pipeline, version, name } = self;
        text.good("made").plain(" ").strong(database.display());
        text.plain(format_args!(
            ": {name} (`{pipeline}`, version {version}) is published for tenant `{tenant}`"
        ))
        .end();
    }
}
