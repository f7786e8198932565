//! Kills: a process at work, ended at any moment, and what it leaves.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use lifestage::Workspace;
use lifestage_sqlite::SqliteStore;

use crate::Failure;
use crate::ack::Ack;
use crate::check::{self, Checked};
use crate::folder::Folder;
use crate::load::{BATCH, TENANT};
use crate::phase::Phase;
use crate::process::{self, wait_until};
use crate::random::Random;
use crate::victim::Orders;

/// How many threads of the victim work at once.
const THREADS: u64 = 3;
/// How often the whole database is checked, beside what each round changed.
const WHOLE: u64 = 50;
/// How many kills one file takes before a new one is begun, unless told otherwise: checking stays quick.
const PER_FILE: u64 = 1000;

/// What became of a chain of kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many there were.
    pub kills: u64,
    /// How many came between the first byte of a transaction in the log and the end of its sync.
    pub logging: u64,
    /// How many came while the log was taken back into the database.
    pub checkpoint: u64,
    /// How many came while a call of commit had not returned, the two above included.
    pub in_commit: u64,
    /// How many came before the work began: while the file was made, opened or recovered.
    pub opening: u64,
    /// How many changes were acknowledged; none of them is lost.
    pub acknowledged: u64,
    /// How many changes are there whole, but were not acknowledged before the kill.
    pub unanswered: u64,
    /// How many files they were made on, one after the other.
    pub files: u64,
    /// What the last file holds.
    pub checked: Checked,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, logging, checkpoint, in_commit, opening, .. } = self;
        let Self { acknowledged, unanswered, files, checked, .. } = self;
        let share = |part: &u64| part.saturating_mul(100).checked_div(*kills).unwrap_or(0);
        writeln!(f, "kills                      {kills} on {files} files")?;
        writeln!(f, "  in the middle of the log {logging} ({} %)", share(logging))?;
        writeln!(f, "  in a checkpoint          {checkpoint} ({} %)", share(checkpoint))?;
        writeln!(f, "  in any call of commit    {in_commit} ({} %)", share(in_commit))?;
        writeln!(f, "  while opening            {opening} ({} %)", share(opening))?;
        writeln!(f, "acknowledged               {acknowledged}, none lost")?;
        writeln!(f, "written, not acknowledged  {unanswered}, all whole")?;
        let Checked { records, rows, effects } = checked;
        write!(f, "the last file              {records} records, {rows} rows, {effects} effects, no fault")
    }
}

/// A chain of kills on a file.
#[derive(Debug)]
pub struct Chain {
    program: PathBuf,
    folder: Folder,
    phase: Phase,
    random: Random,
    per_file: u64,
    summary: Summary,
    /// Everything acknowledged on this file.
    acknowledged: Vec<Ack>,
    /// The last position of its journal that was looked at.
    position: i64,
    /// What was acknowledged after that, by so many victims.
    fresh: (Vec<Ack>, u64),
}

impl Chain {
    /// Begins one; `program` is called with `victim` and the arguments of [`Orders`].
    ///
    /// # Errors
    /// When there is no place for the file.
    pub fn new(program: impl Into<PathBuf>, seed: u64) -> Result<Self, Failure> {
        let folder = Folder::new()?;
        let phase = Phase::open(&folder.file("phase"))?;
        let summary = Summary { files: 1, ..Summary::default() };
        Ok(Self {
            program: program.into(),
            folder,
            phase,
            random: Random::new(seed),
            per_file: PER_FILE,
            summary,
            acknowledged: Vec::new(),
            position: 0,
            fresh: (Vec::new(), 0),
        })
    }

    /// The same, beginning a new file after so many kills.
    #[must_use]
    pub const fn per_file(mut self, kills: u64) -> Self {
        self.per_file = kills;
        self
    }

    /// What became of it so far.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Runs a victim, kills it once it worked for up to `longest`, and checks what it left, except that
    /// now and then the next victim comes first and finds a log that was cut off.
    ///
    /// # Errors
    /// What was lost or damaged, or why it could not be tried.
    pub fn round(&mut self, longest: Duration) -> Result<(), Failure> {
        if self.summary.kills > 0 && self.summary.kills.is_multiple_of(self.per_file) {
            self.begin_file()?;
        }
        let round = self.summary.kills;
        let orders = Orders {
            database: self.database(),
            phase: self.folder.file("phase"),
            seed: round + 1,
            threads: THREADS,
            first: round * 2,
            file_limit: None,
        };
        let acknowledged = self.kill(&orders, longest)?;
        self.fresh.0.extend(acknowledged);
        self.fresh.1 += 1;
        if self.random.below(4) == 0 {
            return Ok(());
        }
        self.check().map_err(|failure| self.folder.kept(round, &failure))
    }

    /// Checks everything once more.
    ///
    /// # Errors
    /// What was lost or damaged.
    pub fn finish(mut self) -> Result<Summary, Failure> {
        self.check()?;
        self.check_whole()?;
        Ok(self.summary)
    }

    fn database(&self) -> PathBuf {
        self.folder.file("crm.db")
    }

    fn begin_file(&mut self) -> Result<(), Failure> {
        self.check()?;
        if self.database().exists() && !self.acknowledged.is_empty() {
            self.check_whole()?;
        }
        self.folder.remove(&["crm.db", "crm.db-wal", "crm.db-shm"])?;
        self.acknowledged.clear();
        self.position = 0;
        self.summary.files += 1;
        Ok(())
    }

    /// The acknowledgements of a victim that was killed.
    fn kill(&mut self, orders: &Orders, longest: Duration) -> Result<Vec<Ack>, Failure> {
        self.phase.reset();
        let arguments = std::iter::once("victim".into()).chain(orders.arguments());
        let (phase, random) = (&self.phase, &mut self.random);
        let moment = || wait_for_the_moment(phase, random, longest);
        let said = process::killed(&self.program, arguments, moment)?;
        // It is dead: this is where it was.
        self.summary.kills += 1;
        self.summary.logging += u64::from(self.phase.is_logging());
        self.summary.checkpoint += u64::from(self.phase.is_checkpointing());
        self.summary.in_commit += u64::from(self.phase.in_commit());
        self.summary.opening += u64::from(!self.phase.is_ready());
        process::acknowledged(&said)
    }

    fn check(&mut self) -> Result<(), Failure> {
        let (acknowledged, victims) = std::mem::take(&mut self.fresh);
        let path = self.database();
        if !path.exists() {
            return if acknowledged.is_empty() { Ok(()) } else { Err("there is no database".into()) };
        }
        let workspace = Workspace::open(SqliteStore::open(&path)?, TENANT)?;
        let (rows, position) = check::rows_after(&path, self.position)?;
        check::kept(&rows, &acknowledged)?;
        // What is there unasked can only be what each thread was waiting for.
        let unanswered = (rows.len() as u64).saturating_sub(acknowledged.len() as u64);
        let most = victims * THREADS * BATCH as u64;
        if unanswered > most {
            return Err(format!("{unanswered} changes were not acknowledged, of at most {most}").into());
        }
        check::journals(&workspace, &rows)?;
        self.summary.acknowledged += acknowledged.len() as u64;
        self.summary.unanswered += unanswered;
        self.acknowledged.extend(acknowledged);
        self.position = position;
        drop(workspace);
        if self.summary.kills % WHOLE < victims { self.check_whole() } else { check::structure(&path) }
    }

    fn check_whole(&mut self) -> Result<(), Failure> {
        let path = self.database();
        self.summary.checked = check::whole(&path)?;
        let (rows, _) = check::rows_after(&path, 0)?;
        check::kept(&rows, &self.acknowledged)
    }
}

/// One kill in eight may fall into opening, three fall at any moment of the work, one is aimed at a
/// checkpoint and three at a transaction being written.
fn wait_for_the_moment(phase: &Phase, random: &mut Random, longest: Duration) {
    let longest = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    let aim = random.below(8);
    if aim == 0 {
        return std::thread::sleep(Duration::from_micros(random.below(longest)));
    }
    wait_until(Duration::from_secs(20), || phase.is_ready());
    std::thread::sleep(Duration::from_micros(random.below(longest)));
    match aim {
        1..4 => return,
        4 => wait_until(Duration::from_millis(50), || phase.is_checkpointing()),
        _ => wait_until(Duration::from_millis(50), || phase.is_logging()),
    }
    // Anywhere between the first write and the sync.
    std::thread::sleep(Duration::from_micros(random.below(200)));
}
