//! What several verbs take: the database, who asks, when, values of fields.

use std::path::{Path, PathBuf};

use clap::Args;
use lifestage::import::{CellFault, read_fact, read_input, read_stage};
use lifestage::{Actor, Pipeline, Record, SmolStr, Target, Timestamp, Value, Workspace};
use lifestage_sqlite::{Options, SqliteStore};

use crate::document::plain;
use crate::failure::Failure;

/// A tenant of a database.
pub(crate) type Crm = Workspace<SqliteStore>;

/// The tenant of those who do not say.
const TENANT: &str = "acme";

/// Which tenant of the database.
#[derive(Debug, Args)]
pub(crate) struct Tenant {
    /// The tenant whose records are meant
    #[arg(long, env = "LIFESTAGE_TENANT", hide_env_values = true, value_name = "NAME", default_value = TENANT)]
    pub(crate) tenant: String,
}

/// Which database.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The SQLite file
    #[arg(long, env = "LIFESTAGE_DB", hide_env_values = true, value_name = "FILE", default_value = "crm.db")]
    db: PathBuf,
    #[command(flatten)]
    tenant: Tenant,
}

impl Database {
    /// Opens the database, which must be there.
    pub(crate) fn open(&self) -> Result<Crm, Failure> {
        match std::fs::metadata(&self.db) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let file = self.db.display();
                return Err(Failure::missing(format!(
                    "there is no database `{file}`\nmake one with `lifestage init {file} --preset lead --actor YOU`, \
                     or name another with `--db`"
                )));
            }
            Err(error) => return Err(Failure::file("open", &self.db, plain(&error))),
        }
        let store = SqliteStore::open_with(&self.db, &Options::new().existing())?;
        Ok(Workspace::open(store, self.tenant.tenant.as_str())?)
    }
}

/// A record that is there, and the pipeline that judges it.
pub(crate) fn pipeline_of(crm: &Crm, id: &str) -> Result<(Record, Pipeline), Failure> {
    let record = crm.record(id)?.ok_or_else(|| Failure::missing(format!("there is no record `{id}`")))?;
    let pipeline = crm.pipeline(record.pipeline()).ok_or_else(|| {
        let pipeline = record.pipeline();
        Failure::missing(format!("the pipeline `{pipeline}` of record `{id}` is not published"))
    })?;
    Ok((record, pipeline))
}

/// The id of the stage that somebody typed, by id or name.
pub(crate) fn stage_of(pipeline: &Pipeline, text: &str) -> Result<SmolStr, Failure> {
    if pipeline.catalog().stage(text).is_some() {
        return Ok(text.into());
    }
    read_stage(pipeline, text).map_err(|fault| Failure::missing(fault.to_string()))
}

/// Makes a database where there is no file yet.
pub(crate) fn make(path: &Path, tenant: &Tenant) -> Result<Crm, Failure> {
    // An empty file is an empty database; whoever makes it first has it.
    std::fs::File::create_new(path).map_err(|error| Failure::file("make", path, plain(&error)))?;
    Ok(Workspace::open(SqliteStore::open(path)?, tenant.tenant.as_str())?)
}

/// Which pipeline.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// The pipeline; may be left out where only one is published
    #[arg(long, value_name = "ID")]
    pub(crate) pipeline: Option<String>,
}

impl Choice {
    pub(crate) fn of(&self, crm: &Crm) -> Result<Pipeline, Failure> {
        let all = crm.pipelines();
        let names =
            || all.iter().map(|pipeline| format!("`{}`", pipeline.id())).collect::<Vec<_>>().join(", ");
        match (&self.pipeline, all.as_slice()) {
            (_, []) => Err(Failure::missing(format!(
                "tenant `{}` has no published pipeline; see `lifestage publish --help`",
                crm.tenant()
            ))),
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(Failure::usage(format!("say which with `--pipeline`: {}", names()))),
            (Some(id), _) => crm.pipeline(id).ok_or_else(|| {
                Failure::missing(format!("no pipeline `{id}` is published; there are: {}", names()))
            }),
        }
    }
}

/// Who asks.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// Who asks; history keeps it
    #[arg(long, env = "LIFESTAGE_ACTOR", hide_env_values = true, value_name = "ID")]
    actor: String,
    /// A role of theirs; what it allows, the pipeline says
    #[arg(long, env = "LIFESTAGE_ROLE", hide_env_values = true, value_name = "ROLE", value_delimiter = ',')]
    role: Vec<String>,
    /// A program asks, not a person
    #[arg(long)]
    automation: bool,
}

impl Who {
    pub(crate) fn actor(&self) -> Actor {
        let actor = if self.automation { Actor::automation(&self.actor) } else { Actor::new(&self.actor) };
        self.role.iter().fold(actor, |actor, role| actor.with_role(role))
    }
}

/// When.
#[derive(Debug, Args)]
pub(crate) struct Clock {
    /// The time to go by, such as 2026-03-02T09:00:00Z, in place of the system's clock
    #[arg(long, env = "LIFESTAGE_NOW", hide_env_values = true, value_name = "TIME")]
    now: Option<Timestamp>,
}

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }
}

/// Who asks, and when.
#[derive(Debug, Args)]
pub(crate) struct Acting {
    #[command(flatten)]
    pub(crate) who: Who,
    #[command(flatten)]
    pub(crate) clock: Clock,
}

/// Who asks about which records, and when.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    acting: Acting,
}

impl Asking {
    /// Opens the database, for this person at this time.
    pub(crate) fn open(&self) -> Result<(Crm, Actor, Timestamp), Failure> {
        Ok((self.database.open()?, self.acting.who.actor(), self.acting.clock.now()))
    }
}

/// `name=text`, read as a cell of a list is, or `name:=json`, taken as it is.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    name: String,
    said: Said,
}

#[derive(Debug, Clone)]
enum Said {
    Text(String),
    Json(Option<Value>),
}

impl std::str::FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write `name=value`")?;
        let (name, said) = match name.strip_suffix(':') {
            Some(name) => {
                let value = serde_json::from_str(value);
                (
                    name,
                    Said::Json(value.map_err(|error| format!("`{name}` is not followed by JSON: {error}"))?),
                )
            }
            None => (name, Said::Text(value.to_owned())),
        };
        if name.is_empty() {
            return Err("the name before `=` is missing".into());
        }
        Ok(Self { name: name.to_owned(), said })
    }
}

impl Given {
    /// A text under this name.
    pub(crate) fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), said: Said::Text(text.to_owned()) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The value of a field; none when it is to have none.
    pub(crate) fn fact(&self, pipeline: &Pipeline) -> Result<Option<Value>, Failure> {
        self.value(|text| read_fact(pipeline, &self.name, text))
    }

    /// The answer to what a request for `target` asks for; none when there is none.
    pub(crate) fn input(&self, pipeline: &Pipeline, target: &Target) -> Result<Option<Value>, Failure> {
        self.value(|text| read_input(pipeline, target, &self.name, text))
    }

    fn value(&self, read: impl Fn(&str) -> Result<Value, CellFault>) -> Result<Option<Value>, Failure> {
        match &self.said {
            Said::Json(value) => Ok(value.clone()),
            Said::Text(text) if text.is_empty() => Ok(None),
            Said::Text(text) => read(text).map(Some).map_err(|fault| Failure::typed(&fault)),
        }
    }
}
