//! The process that is killed: some threads change records, others deliver what that sets in motion.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use lifestage::outbox::{Delivery, OutboxQuery, WorkState};
use lifestage::store::{Reader, Store};
use lifestage::{
    Actor, Answer, Creation, Edit, EffectKind, Handled, HandlerError, Pipeline, Record, Report, Request,
    Round, Span, Timestamp, Worker, Workspace, WorkspaceError,
};
use lifestage_sqlite::SqliteStore;

use super::log::{Log, Word};
use crate::Failure;
use crate::ack::Ack;
use crate::phase::Phase;
use crate::random::Random;

/// The tenant.
pub const TENANT: &str = "acme";
/// The pipeline.
pub const PIPELINE: &str = "deals";
/// For how long a worker has what it claims.
pub const LEASE: Span = Span::from_seconds(60);
/// How far the clock of one process goes at most.
pub const LONGEST: Span = Span::from_seconds(100);
/// How many records a process works on.
const RECORDS: u64 = 10;

/// Each way in which a move sets something in motion: at leaving, moving and entering, now and later, once and with
/// reminders, and moves that follow time, facts and work that is done.
const DEALS: &str = r#"{
    "id": "deals", "name": "Deals",
    "fields": { "name": "string", "email": "string", "budget": "int" },
    "categories": [
        { "id": "open", "name": "Open", "outcome": "open" },
        { "id": "lost", "name": "Lost", "outcome": "lost" }
    ],
    "stages": [
        { "id": "new", "name": "New", "category": "open", "default": true },
        { "id": "talk", "name": "Talk", "category": "open", "actions": [
            { "id": "check", "name": "Check", "kind": "custom", "on": "enter", "on_done": { "move": "offer" } },
            { "id": "bye", "name": "Bye", "kind": "notify", "on": "exit" }
        ] },
        { "id": "offer", "name": "Offer", "category": "open" },
        { "id": "lost", "name": "Lost", "category": "lost" }
    ],
    "policy": { "free": true, "moves": [
        { "id": "talk", "label": "Talk", "from": ["new", "offer"], "to": "talk" },
        { "id": "offer", "label": "Offer", "from": ["new", "talk"], "to": "offer" },
        { "id": "drop", "label": "Drop", "from": "any_open", "to": "lost" }
    ] },
    "roles": { "rep": { "can": ["create", "view", "act", "move", "edit_fields", "publish"] } },
    "workflows": [
        { "id": "welcome", "name": "Welcome", "stage": "new",
          "messages": [
              { "id": "hello", "channel": "email", "subject": "Hello {{ name }}", "body": "Hello" },
              { "id": "again", "channel": "email", "after": "2m", "subject": "Still there?", "body": "Hello" }
          ] },
        { "id": "deal", "name": "Deal", "stage": "offer",
          "tasks": [
              { "id": "write", "title": "Write", "due": "10m", "remind": ["8m"] },
              { "id": "sign", "title": "Sign", "due": "20m", "after": "write", "stays": true }
          ],
          "messages": [{ "id": "price", "channel": "email", "subject": "{{ budget }}", "body": "That is it" }] }
    ],
    "automation": [
        { "id": "rich", "on": { "changed": ["budget"] }, "in": ["new"], "when": "budget >= 500", "move": "offer" },
        { "id": "park", "on": { "after": "4m" }, "in": ["offer", "talk"], "move": "drop" }
    ]
}"#;

/// What handlers are called for.
const HANDLED: [EffectKind; 5] = [
    EffectKind::SendEmail,
    EffectKind::Notify,
    EffectKind::Custom,
    EffectKind::Remind,
    EffectKind::CreateTask,
];

/// What the process is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// The database.
    pub database: PathBuf,
    /// The log of its handlers.
    pub log: PathBuf,
    /// The mapped file of [`Phase`].
    pub phase: PathBuf,
    /// What it chooses by.
    pub seed: u64,
    /// The first number of the records it works on.
    pub first: u64,
    /// What its clock shows at first, in seconds.
    pub start: u64,
}

impl Orders {
    /// The arguments that [`parse`](Self::parse) reads.
    pub fn arguments(&self) -> Vec<std::ffi::OsString> {
        let files = [&self.database, &self.log, &self.phase].map(|path| path.clone().into());
        let numbers = [self.seed, self.first, self.start].map(|number| number.to_string().into());
        files.into_iter().chain(numbers).collect()
    }

    /// Reads what [`arguments`](Self::arguments) wrote.
    ///
    /// # Errors
    /// When that is something else.
    pub fn parse(arguments: &[std::ffi::OsString]) -> Result<Self, Failure> {
        let [database, log, phase, seed, first, start] = arguments else {
            return Err("work on an outbox takes three files and three numbers".into());
        };
        let number = |word: &std::ffi::OsString| -> Result<u64, Failure> {
            Ok(word.to_str().ok_or("a number is not text")?.parse()?)
        };
        Ok(Self {
            database: database.into(),
            log: log.into(),
            phase: phase.into(),
            seed: number(seed)?,
            first: number(first)?,
            start: number(start)?,
        })
    }

    /// What its clock shows at first.
    pub fn begins(&self) -> Timestamp {
        Timestamp::from_seconds(i64::try_from(self.start).unwrap_or(0))
    }
}

/// Opens the workspace, and publishes the pipeline unless that is done.
///
/// # Errors
/// When the store fails.
pub fn open(database: &std::path::Path, now: Timestamp) -> Result<Workspace<SqliteStore>, Failure> {
    let crm = Workspace::open(SqliteStore::open(database)?, TENANT)?;
    if crm.pipeline(PIPELINE).is_none() {
        crm.publish(&Pipeline::from_json(DEALS)?, &sam(), now)?;
    }
    Ok(crm)
}

fn sam() -> Actor {
    Actor::new("sam").with_role("rep")
}

/// Delivers what is due, telling the log before it answers.
///
/// # Errors
/// When the store fails.
pub fn deliver(
    crm: &Workspace<SqliteStore>,
    log: &Log,
    now: Timestamp,
    pause: Duration,
) -> Result<Round, WorkspaceError> {
    // Whoever is killed answers nothing, and that is no reason to give up what it had.
    let mut worker = Worker::new(crm).with_lease(LEASE).with_batch(7).with_attempts(1_000);
    for kind in HANDLED {
        worker = worker.on(kind, move |delivery: &Delivery| {
            std::thread::sleep(pause);
            let word = Word::of(delivery);
            log.add(delivery, now, word)?;
            std::thread::sleep(pause);
            match word {
                Word::Delivered if kind == EffectKind::Custom => Ok(Handled::Done),
                Word::Delivered => Ok(Handled::Delivered),
                Word::Failed => Err(HandlerError::new("not now")),
                Word::Never => Err(HandlerError::new("never").for_good()),
            }
        });
    }
    worker.run_once(now)
}

/// Works until it is killed. Each acknowledged change is a line on the standard output; a failure is a line that begins
/// with `!`.
///
/// # Errors
/// When the work cannot begin.
pub fn run(orders: &Orders) -> Result<(), Failure> {
    let phase = Phase::open(&orders.phase)?;
    let log = Log::open(&orders.log)?;
    let crm = open(&orders.database, orders.begins())?;
    let clock = Clock { begins: orders.begins(), passed: AtomicI64::new(0) };
    phase.set_ready();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (crm, log, clock) = (&crm, &log, &clock);
            let mut random = Random::new(orders.seed.wrapping_mul(31).wrapping_add(thread));
            scope.spawn(move || {
                let mut steps = 0;
                loop {
                    steps += 1;
                    clock.pass(random.below(1_500));
                    let key = format!("{}-{thread}-{steps}", orders.seed);
                    match step(crm, orders, &mut random, &key, clock.now()) {
                        Ok(Some(answer)) => acknowledged(&answer),
                        Ok(None) => {}
                        Err(error) => say(&format!("! {error}\n")),
                    }
                }
            });
            scope.spawn(move || {
                loop {
                    let pause = Duration::from_micros(150);
                    match deliver(crm, log, clock.now(), pause) {
                        Ok(_) => std::thread::sleep(pause),
                        Err(error) => say(&format!("! {error}\n")),
                    }
                }
            });
        }
    });
    Ok(())
}

/// Time that goes by when somebody says so.
struct Clock {
    begins: Timestamp,
    passed: AtomicI64,
}

impl Clock {
    fn now(&self) -> Timestamp {
        let passed = self.passed.load(Ordering::SeqCst).min(LONGEST.as_micros());
        self.begins.checked_add(Span::from_micros(passed)).unwrap_or(self.begins)
    }

    fn pass(&self, milliseconds: u64) {
        let passed = i64::try_from(milliseconds).unwrap_or(0).saturating_mul(1_000);
        self.passed.fetch_add(passed, Ordering::SeqCst);
    }
}

/// Somebody does something with one of the records.
fn step<S: Store + Reader>(
    crm: &Workspace<S>,
    orders: &Orders,
    random: &mut Random,
    key: &str,
    now: Timestamp,
) -> Result<Option<Answer>, WorkspaceError> {
    let (id, sam) = (format!("deals/{}", orders.first + random.below(RECORDS)), sam());
    if crm.record(&id)?.is_none() {
        let new = Record::new(id).with("name", "Mo").with("email", "mo@example.com");
        return Ok(Some(crm.create(new, &Creation::new().with_key(key), &sam, now)?));
    }
    let answer = match random.below(8) {
        0..5 => {
            let to = random.pick(&["new", "talk", "talk", "offer", "offer"]).copied().unwrap_or("new");
            crm.submit(&id, &Request::to(to).with_key(key), &sam, now)?
        }
        5 => {
            let budget = i64::try_from(random.below(1_000)).unwrap_or(0);
            crm.edit(&id, &Edit::new().set("budget", budget).with_key(key), &sam, now)?
        }
        _ => {
            let all = crm.outbox(&OutboxQuery::of(id.as_str(), 1_000))?.entries.into_iter();
            let task = |kind| kind == EffectKind::CreateTask;
            let mut open = all.filter(|entry| task(entry.effect.kind) && entry.work == Some(WorkState::Open));
            let Some(task) = open.next() else { return Ok(None) };
            crm.report(task.effect.id(), &Report::done().with_key(key), &sam, now)?
        }
    };
    Ok(Some(answer))
}

/// Tells of a change, and of those that followed it.
fn acknowledged(answer: &Answer) {
    let Some(receipt) = answer.receipt() else { return };
    say(&format!("{}\n", Ack::from(receipt.row())));
    receipt.follow_ups().iter().filter_map(|follow| follow.answer()).for_each(acknowledged);
}

/// One write to the pipe, which is whole or not at all for lines as short as these.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody may be listening any more.
    drop(out.write_all(line.as_bytes()).and_then(|()| out.flush()));
}
