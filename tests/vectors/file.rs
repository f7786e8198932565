//! The files, as `README.md` specifies them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lifestage::definition::{Definition, Named};
use lifestage::{Pipeline, presets};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub format: u32,
    /// How many vectors there are: what a runner compares the number of those with that it ran.
    pub count: usize,
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub definitions: Named<Source>,
    pub vectors: Vec<Step>,
}

/// A definition, written out or by the name of a preset.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Source {
    Preset { preset: String },
    Inline(Box<Definition>),
}

/// One thing asked, with what goes with it: a vector, or one step of a vector.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Step {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The decisions of the semantics that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<String>,
    pub op: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<BTreeMap<String, lifestage::criteria::FieldType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Json>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation: Option<Creation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
    /// What is wanted of a person's record, beside a move and an edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// The record that `record` is to become one with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<BTreeMap<String, u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The columns of a batch; its facts are columns too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<Option<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned: Option<Vec<bool>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub forward_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<Self>>,
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub expect: Json,
}

/// How a record comes to be; without members, in the default stage.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Creation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub no_stage: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub imported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub input: BTreeMap<String, lifestage::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Edit {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, lifestage::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clear: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// The members that the operations on people take, each those it needs.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Wish {
    #[serde(skip_serializing_if = "is_false")]
    pub claim: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub release: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub planned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub input: BTreeMap<String, lifestage::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rename: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

impl File {
    pub fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// One definition and one vector to the line, so that a change shows as one line.
    pub fn write(&self, name: &str) {
        let mut text = format!("{{\n  \"format\": {},\n  \"count\": {},\n", self.format, self.count);
        if !self.definitions.is_empty() {
            let lines = self
                .definitions
                .iter()
                .map(|(id, source)| format!("    {id:?}: {}", serde_json::to_string(source).unwrap()));
            text += &format!("  \"definitions\": {{\n{}\n  }},\n", lines.collect::<Vec<_>>().join(",\n"));
        }
        let lines =
            self.vectors.iter().map(|vector| format!("    {}", serde_json::to_string(vector).unwrap()));
        text += &format!("  \"vectors\": [\n{}\n  ]\n}}\n", lines.collect::<Vec<_>>().join(",\n"));
        std::fs::write(folder().join(name), text).unwrap();
    }

    /// The pipeline that a vector names.
    pub fn pipeline(&self, id: &str) -> Pipeline {
        let source = self.definitions.get(id).unwrap_or_else(|| panic!("no definition `{id}`"));
        let json = match source {
            Source::Preset { preset } => {
                let found = presets::ALL.iter().find(|(id, _)| id == preset);
                found.unwrap_or_else(|| panic!("no preset `{preset}`")).1.to_owned()
            }
            Source::Inline(document) => serde_json::to_string(document).unwrap(),
        };
        Pipeline::from_json(&json).unwrap_or_else(|error| panic!("{id}: {error}"))
    }
}
