//! Kills between a commit and the delivery of what it set in motion, and between a delivery and what is written down
//! about it: nothing is lost, nothing is handed to two at a time, and moves that follow are made once.

mod check;
pub mod log;
pub mod work;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lifestage::Span;
use lifestage::outbox::OutboxQuery;

pub use check::Counts;

use self::log::{Line, Log, Word};
use self::work::Orders;
use crate::Failure;
use crate::ack::Ack;
use crate::folder::Folder;
use crate::phase::Phase;
use crate::process::{self, wait_until};
use crate::random::Random;

/// How many kills one file takes before it is worked off and a new one is begun.
const PER_FILE: u64 = 60;
/// When the first clock starts: Monday, 2 March 2026, 09:00 in UTC.
const START: u64 = 1_772_442_000;
/// How much later the next clock starts. It is within the leases of some workers and after those of others.
const BETWEEN: u64 = 120;
/// How long after the last kill nothing is left to be due.
const REST: Span = Span::from_seconds(86_400);

/// What became of a chain of kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many there were.
    pub kills: u64,
    /// How many left effects that were committed by the process killed, and that nobody had begun to deliver.
    pub before_delivery: u64,
    /// How many left effects that the process killed had delivered, and not settled.
    pub before_settling: u64,
    /// How many deliveries were those of a process killed, once more.
    pub repeated: u64,
    /// How many changes were acknowledged.
    pub acknowledged: u64,
    /// What all files came to hold.
    pub counts: Counts,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, before_delivery, before_settling, repeated, acknowledged, counts } = self;
        let Counts { records, effects, delivered, cancelled, dead, pending, followed, twice } = counts;
        writeln!(f, "kills                      {kills}")?;
        writeln!(f, "  between commit, delivery {before_delivery}")?;
        writeln!(f, "  delivered, not settled   {before_settling}")?;
        writeln!(f, "delivered once more        {repeated}")?;
        writeln!(f, "acknowledged               {acknowledged} on {records} records, none lost")?;
        writeln!(f, "effects                    {effects}")?;
        writeln!(f, "  delivered                {delivered}, {twice} of them more than once")?;
        writeln!(f, "  cancelled, dead, pending {cancelled}, {dead}, {pending}")?;
        write!(f, "moves that followed        {followed}, each once")
    }
}

/// A chain of kills.
#[derive(Debug)]
pub struct Chain {
    program: PathBuf,
    folder: Folder,
    phase: Phase,
    random: Random,
    summary: Summary,
    /// Everything acknowledged on this file.
    acknowledged: Vec<Ack>,
    /// How many lines of its log were there before the last process.
    lines: usize,
}

impl Chain {
    /// Begins one; `program` is called with `outbox` and the arguments of [`Orders`].
    ///
    /// # Errors
    /// When there is no place for the files.
    pub fn new(program: impl Into<PathBuf>, seed: u64) -> Result<Self, Failure> {
        let folder = Folder::new()?;
        let phase = Phase::open(&folder.file("phase"))?;
        Ok(Self {
            program: program.into(),
            folder,
            phase,
            random: Random::new(seed),
            summary: Summary::default(),
            acknowledged: Vec::new(),
            lines: 0,
        })
    }

    /// What became of it so far.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Runs a process, kills it once it worked for up to `longest`, and looks at what it left.
    ///
    /// # Errors
    /// What was lost or damaged, or why it could not be tried.
    pub fn round(&mut self, longest: Duration) -> Result<(), Failure> {
        let kill = self.summary.kills;
        if kill > 0 && kill.is_multiple_of(PER_FILE) {
            self.begin_file()?;
        }
        let orders = Orders {
            database: self.folder.file("crm.db"),
            log: self.folder.file("log"),
            phase: self.folder.file("phase"),
            seed: kill + 1,
            first: kill * 2,
            start: START + kill * BETWEEN,
        };
        let acknowledged = self.kill(&orders, longest)?;
        self.summary.acknowledged += acknowledged.len() as u64;
        self.acknowledged.extend(acknowledged);
        self.look(&orders).map_err(|failure| self.folder.kept(self.summary.kills, &failure))
    }

    /// Works everything off, and checks it.
    ///
    /// # Errors
    /// What was lost or damaged.
    pub fn finish(mut self) -> Result<Summary, Failure> {
        self.work_off().map_err(|failure| self.folder.kept(self.summary.kills, &failure))?;
        Ok(self.summary)
    }

    fn begin_file(&mut self) -> Result<(), Failure> {
        self.work_off().map_err(|failure| self.folder.kept(self.summary.kills, &failure))?;
        self.folder.remove(&["crm.db", "crm.db-wal", "crm.db-shm", "log"])?;
        self.acknowledged.clear();
        self.lines = 0;
        Ok(())
    }

    /// The acknowledgements of a process that was killed.
    fn kill(&mut self, orders: &Orders, longest: Duration) -> Result<Vec<Ack>, Failure> {
        self.phase.reset();
        let arguments = std::iter::once("outbox".into()).chain(orders.arguments());
        let longest = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        let (phase, random) = (&self.phase, &mut self.random);
        let said = process::killed(&self.program, arguments, || {
            wait_until(Duration::from_secs(20), || phase.is_ready());
            std::thread::sleep(Duration::from_micros(random.below(longest)));
        })?;
        self.summary.kills += 1;
        process::acknowledged(&said)
    }

    /// Where the kill came: what is committed and not delivered, or delivered and not settled.
    fn look(&mut self, orders: &Orders) -> Result<(), Failure> {
        crate::check::structure(&orders.database)?;
        let lines = log::read(&orders.log)?;
        check::leases(&lines)?;
        let (before, fresh) = lines.split_at(self.lines.min(lines.len()));
        let (earlier, tried) = (answers(before), answers(fresh));
        let crm = work::open(&orders.database, orders.begins())?;
        let (mut untried, mut unsettled) = (false, false);
        for entry in crm.outbox(&OutboxQuery::pending(100_000))?.entries {
            let id = entry.effect.id().to_string();
            // What is to be delivered at once is ready when it is committed: by this process, if not before.
            untried |= entry.effect.at.is_none()
                && !entry.leased
                && entry.ready_at >= orders.begins()
                && !tried.contains_key(id.as_str())
                && !earlier.contains_key(id.as_str());
            unsettled |= entry.leased && tried.get(id.as_str()) == Some(&Word::Delivered);
        }
        self.summary.before_delivery += u64::from(untried);
        self.summary.before_settling += u64::from(unsettled);
        let again = fresh.iter().filter(|line| earlier.get(line.id.as_str()) == Some(&Word::Delivered));
        self.summary.repeated += again.count() as u64;
        self.lines = lines.len();
        Ok(())
    }

    /// Lets the leases run out and time go by until nothing is due, and checks everything.
    fn work_off(&mut self) -> Result<(), Failure> {
        let (database, path) = (self.folder.file("crm.db"), self.folder.file("log"));
        let mut now = lifestage::Timestamp::from_seconds(
            i64::try_from(START + self.summary.kills * BETWEEN).unwrap_or(0),
        );
        let end = now.checked_add(REST).ok_or("time is over")?;
        let crm = work::open(&database, now)?;
        let written = Log::open(&path)?;
        loop {
            work::deliver(&crm, &written, now, Duration::ZERO)?;
            match crm.next_due()? {
                Some(due) if due <= end => now = now.max(due),
                _ => break,
            }
        }
        crate::check::structure(&database)?;
        self.summary.counts.add(self.check(&crm, &database, &path)?);
        Ok(())
    }

    fn check(
        &self,
        crm: &lifestage::Workspace<lifestage_sqlite::SqliteStore>,
        database: &Path,
        log: &Path,
    ) -> Result<Counts, Failure> {
        let (rows, _) = crate::check::rows_after(database, 0)?;
        crate::check::kept(&rows, &self.acknowledged)?;
        let lines = log::read(log)?;
        check::leases(&lines)?;
        check::whole(crm, &rows, &lines)
    }
}

/// The last answer for each effect.
fn answers(lines: &[Line]) -> HashMap<&str, Word> {
    lines.iter().map(|line| (line.id.as_str(), line.word)).collect()
}
