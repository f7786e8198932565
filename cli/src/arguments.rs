//! What several verbs take: the database, who asks, when, on what terms.

use std::path::{Path, PathBuf};

use clap::Args;
use lifestage::import::read_stage;
use lifestage::{Actor, Pipeline, Record, SmolStr, Timestamp, Workspace};
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
        match (&self.pipeline, crm.pipelines().as_slice()) {
            (_, []) => Err(Failure::missing(format!(
                "tenant `{}` has no published pipeline; see `lifestage publish --help`",
                crm.tenant()
            ))),
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(Failure::usage(format!("say which with `--pipeline`: {}", names(crm)))),
            (Some(id), _) => published(crm, id),
        }
    }
}

/// The published pipeline with this id.
pub(crate) fn published(crm: &Crm, id: &str) -> Result<Pipeline, Failure> {
    crm.pipeline(id).ok_or_else(|| {
        Failure::missing(format!("no pipeline `{id}` is published; there are: {}", names(crm)))
    })
}

/// The published pipelines, as an error lists them.
pub(crate) fn names(crm: &Crm) -> String {
    let all = crm.pipelines();
    all.iter().map(|pipeline| format!("`{}`", pipeline.id())).collect::<Vec<_>>().join(", ")
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

/// On what terms something is asked about one record.
#[derive(Debug, Args)]
pub(crate) struct Terms {
    /// Go on only when the record is still at this version
    #[arg(long, value_name = "N")]
    expect_version: Option<u64>,
    /// Names the request, so that asking twice does it once
    #[arg(long, value_name = "KEY")]
    request_key: Option<String>,
}

impl Terms {
    /// The same wish on these terms.
    pub(crate) fn on<W: Wish>(&self, mut wish: W) -> W {
        if let Some(version) = self.expect_version {
            wish = wish.at_version(version);
        }
        match &self.request_key {
            Some(key) => wish.under_key(key),
            None => wish,
        }
    }
}

/// Something that is asked about one record.
pub(crate) trait Wish: Sized {
    fn at_version(self, version: u64) -> Self;
    fn under_key(self, key: &str) -> Self;
}

macro_rules! wishes {
    ($($wish:ident)*) => {$(
        impl Wish for lifestage::$wish {
            fn at_version(self, version: u64) -> Self {
                self.expecting_version(version)
            }

            fn under_key(self, key: &str) -> Self {
                self.with_key(key)
            }
        }
    )*};
}

wishes! { Act Activity Assignment CarryOut Conversion Edit Report Request }
