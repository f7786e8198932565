//! A migration that is killed again and again: each record moves exactly once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lifestage::journal::{RowKind, verify};
use lifestage::revise::DefinitionEdit;
use lifestage::store::{CommitMode, Reader, Store};
use lifestage::{Actor, Creation, Pipeline, Publishing, Record, Timestamp, Workspace, presets};
use lifestage_sqlite::{Durability, Options, SqliteStore};

use crate::Failure;
use crate::folder::Folder;
use crate::random::Random;

const TENANT: &str = "acme";
const PIPELINE: &str = "contact_stages";
const FROM: &str = "nurturing";
const TO: &str = "engaged";

fn ada() -> Actor {
    Actor::new("ada").with_role("admin")
}

const fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + second)
}

/// What became of a migration that was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Killed {
    /// How many records moved.
    pub records: u64,
    /// How often the process that moved them was killed.
    pub kills: u64,
    /// How many of these kills came after it had begun and before it was done.
    pub midway: u64,
}

fn open(path: &Path) -> Result<Workspace<SqliteStore>, Failure> {
    // A killed process loses nothing that it wrote, whatever the disk was told: only power cuts do.
    let options = Options::new().durability(Durability::Normal);
    Ok(Workspace::open(SqliteStore::open_with(path, &options)?, TENANT)?)
}

/// Removes the stage with all its records, or goes on with that: the process that is killed.
///
/// # Errors
/// When the store fails or the removal is refused.
pub fn work(database: &Path) -> Result<(), Failure> {
    let crm = open(database)?;
    let begun = crm.migrations()?.into_iter().find(|state| state.finished_at.is_none());
    if let Some(state) = begun {
        crm.resume(&state.migration.id, at(120), |_| {})?;
        return Ok(());
    }
    let revision = DefinitionEdit::replace_stage(FROM, TO).into();
    match crm.revise(PIPELINE, &revision, &ada(), at(60), |_| {})? {
        Publishing::Refused(refusal) => Err(refusal.to_string().into()),
        Publishing::Published(_) | Publishing::Unchanged(_) => Ok(()),
    }
}

/// Fills a stage with `records`, has `program` remove it, and kills that at random moments until it is
/// done; then looks at every record.
///
/// # Errors
/// When a record was lost, moved twice or left behind, or a journal does not hold.
pub fn run(program: &Path, records: u64, seed: u64) -> Result<Killed, Failure> {
    let folder = Folder::new()?;
    let database: PathBuf = folder.file("crm.db");
    fill(&database, records)?;
    let mut random = Random::new(seed);
    let mut killed = Killed { records, ..Killed::default() };
    loop {
        let mut worker = Command::new(program)
            .arg("migrate")
            .arg(&database)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let patience = Duration::from_millis(20 + random.below(400));
        let began = Instant::now();
        let ended = loop {
            if let Some(status) = worker.try_wait()? {
                break Some(status);
            }
            if began.elapsed() >= patience {
                break None;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        match ended {
            Some(status) if status.success() => break,
            Some(_) => {
                let told = worker.wait_with_output()?;
                return Err(String::from_utf8_lossy(&told.stderr).into_owned().into());
            }
            None => {
                worker.kill()?;
                worker.wait()?;
                killed.kills += 1;
                let left = remaining(&database)?;
                killed.midway += u64::from(left > 0 && left < records);
            }
        }
    }
    check(&database, records)?;
    Ok(killed)
}

fn fill(database: &Path, records: u64) -> Result<(), Failure> {
    let crm = open(database)?;
    crm.publish(&Pipeline::from_json(presets::CONTACT_STAGES)?, &ada(), at(0))?;
    let ids: Vec<u64> = (0..records).collect();
    for chunk in ids.chunks(5_000) {
        let new =
            |n: &u64| (Record::new(format!("contact-{n}")).in_pipeline(PIPELINE), Creation::in_stage(FROM));
        crm.create_all(chunk.iter().map(new).collect(), CommitMode::Atomic, &ada(), at(0))?;
    }
    Ok(())
}

fn remaining(database: &Path) -> Result<u64, Failure> {
    Ok(open(database)?.occupancy(PIPELINE)?.of(Some(FROM)))
}

fn check(database: &Path, records: u64) -> Result<(), Failure> {
    let crm = open(database)?;
    let (store, ids) = (crm.store(), (0..records).map(|n| format!("contact-{n}")).collect::<Vec<_>>());
    for chunk in ids.chunks(1_000) {
        let asked: Vec<&str> = chunk.iter().map(String::as_str).collect();
        for (id, record) in asked.iter().zip(store.load(TENANT, &asked)?) {
            let record = record.ok_or_else(|| format!("`{id}` is lost"))?;
            let rows = store.history(TENANT, id, 0, 10)?;
            let moves = rows.iter().filter(|row| row.kind == RowKind::Migration).count();
            if record.stage() != Some(TO) || moves != 1 {
                let stage = record.stage().unwrap_or("none");
                return Err(format!("`{id}` is in `{stage}` after {moves} moves").into());
            }
            verify(&record, &rows)?;
        }
    }
    if crm.migrations()?.iter().any(|state| state.finished_at.is_none()) {
        return Err("the migration is still open".into());
    }
    Ok(())
}
