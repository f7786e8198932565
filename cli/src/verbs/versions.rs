use clap::Args;
use lifestage::store::Publication;
use lifestage::{Digest, Pipeline, Timestamp};
use serde::Serialize;

use crate::arguments::{Choice, Crm, Database};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Cell, Output, Shown, Table, Text};

const EXAMPLES: &str = "\
Examples:
  lifestage versions
  lifestage versions --pipeline lead --json
  lifestage versions --show 1 > old.json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Show the definition of this version instead
    #[arg(long, value_name = "N")]
    show: Option<u32>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    database: Database,
}

#[derive(Serialize)]
struct Versions<'a> {
    pipeline: &'a str,
    versions: Vec<Version>,
}

#[derive(Serialize)]
struct Version {
    version: u32,
    meaning: Digest,
    published_by: String,
    published_at: Timestamp,
    /// Whether it judges the next move.
    current: bool,
}

/// A definition, as a document of its own.
#[derive(Serialize)]
#[serde(transparent)]
struct Whole<'a> {
    definition: &'a lifestage::definition::Definition,
    #[serde(skip)]
    json: String,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Failure> {
    let crm = arguments.database.open()?;
    let pipeline = arguments.choice.of(&crm)?;
    if let Some(version) = arguments.show {
        let old = document(&crm, pipeline.id(), version)?;
        output.show(&Whole { definition: old.definition(), json: old.to_json() })?;
        return Ok(Exit::Done);
    }
    let versions = crm.versions(pipeline.id())?.into_iter().map(|publication| {
        let Publication { version, meaning, published_by, published_at, .. } = publication;
        let current = version == pipeline.version();
        Version { version, meaning, published_by: published_by.into(), published_at, current }
    });
    output.show(&Versions { pipeline: pipeline.id(), versions: versions.collect() })?;
    Ok(Exit::Done)
}

/// An earlier version of a pipeline.
pub(super) fn document(crm: &Crm, id: &str, version: u32) -> Result<Pipeline, Failure> {
    let versions = crm.versions(id)?;
    let Some(found) = versions.iter().find(|publication| publication.version == version) else {
        let last = versions.len();
        return Err(Failure::missing(format!(
            "pipeline `{id}` has no version {version}; the last is {last}"
        )));
    };
    Pipeline::from_json(&found.document)
        .map_err(|error| Failure::unreadable(format!("version {version} of `{id}` does not load:\n{error}")))
}

impl Shown for Whole<'_> {
    fn text(&self, text: &mut Text) {
        text.ready(&self.json).end();
    }
}

impl Shown for Versions<'_> {
    fn text(&self, text: &mut Text) {
        let mut table = Table::new(["VERSION", "PUBLISHED", "BY", "MEANING", ""]);
        for version in &self.versions {
            let meaning = version.meaning.to_string();
            table.row([
                Cell::strong(version.version),
                version.published_at.into(),
                version.published_by.as_str().into(),
                Cell::faint(meaning.get(..8).unwrap_or_default()),
                if version.current { "current" } else { "" }.into(),
            ]);
        }
        table.text(text);
    }
}
