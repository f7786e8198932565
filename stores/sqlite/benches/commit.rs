//! Commits of the store beside the same work written by hand: same tables, same rows, same
//! durability, in alternating rounds of one run.
//!
//! `cargo bench -p lifestage-sqlite --bench commit -- [records] [moves per round] [rounds] [directory]`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]

use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use lifestage::journal::Row;
use lifestage::outbox::EffectUpdate;
use lifestage::store::contract::Sample;
use lifestage::store::{Alongside, CommitMode, CommitOutcome, Publication, PublishOutcome, Store};
use lifestage::{Digest, Record, SealedChange, Timestamp};
use lifestage_sqlite::SqliteStore;
use rusqlite::{Connection, OptionalExtension, params};

const TENANT: &str = "acme";
const STAGES: [&str; 4] = ["contacted", "engaged", "proposal", "new"];

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut number = |default: usize| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (records, moves, rounds) = (number(100_000), number(2_000), number(15));
    let directory = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let directory = directory.join(format!("lifestage-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    println!("{records} records, {rounds} rounds of {moves} moves; median of the rounds\n");
    print!("{:<24} {:>9} {:>9} {:>6}", "case", "moves/s", "by hand", "ratio");
    println!(" {:>9} {:>9} {:>6}", "CPU us", "by hand", "ratio");

    let mut ours = Side::new(&directory.join("store.db"), records);
    let mut hand = Side::new(&directory.join("hand.db"), records);
    for size in [1, 100] {
        let mut times = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            // The changes are made up before the clock starts: a commit is what is compared.
            let changes = ours.next_moves(moves);
            times.0.push(timed(|| changes.chunks(size).for_each(|group| commit(&ours.store, group))));
            let changes = hand.next_moves(moves);
            times.1.push(timed(|| hand.connection.by_hand(&changes, size)));
        }
        report(&format!("{size} a transaction"), moves, &times.0, &times.1);
    }
    // What a caller sees who also reads the record first.
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let changes = ours.next_moves(moves);
        times.0.push(timed(|| {
            for change in &changes {
                let found = ours.store.load(TENANT, &[change.record.id()]).unwrap();
                assert_eq!(found.len(), 1);
                commit(&ours.store, std::slice::from_ref(change));
            }
        }));
        let changes = hand.next_moves(moves);
        times.1.push(timed(|| hand.connection.by_hand_reading(&changes)));
    }
    report("read, then 1", moves, &times.0, &times.1);
    for callers in [8, 64] {
        let mut times = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let changes = ours.next_moves(moves);
            times.0.push(concurrently(&ours.store, &changes, callers));
            let changes = hand.next_moves(moves);
            times.1.push(timed(|| hand.connection.by_hand(&changes, 1)));
        }
        report(&format!("{callers} callers, against 1"), moves, &times.0, &times.1);
    }
    drop((ours, hand));
    std::fs::remove_dir_all(&directory).unwrap();
}

/// How long a round took, and how much of a processor this thread used where the system tells.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Cost {
    seconds: f64,
    cpu: Option<f64>,
}

fn timed(work: impl FnOnce()) -> Cost {
    let cpu = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
    };
    let (start, before) = (Instant::now(), cpu());
    work();
    Cost {
        seconds: start.elapsed().as_secs_f64(),
        cpu: cpu().zip(before).map(|(after, before)| after - before),
    }
}

fn concurrently(store: &SqliteStore, changes: &[SealedChange], callers: usize) -> Cost {
    let parts: Vec<_> = changes.chunks(changes.len().div_ceil(callers)).collect();
    let barrier = Barrier::new(parts.len() + 1);
    thread::scope(|scope| {
        let start = |part: &&'_ [SealedChange]| {
            let (part, barrier) = (part.to_vec(), &barrier);
            scope.spawn(move || {
                barrier.wait();
                part.iter().for_each(|change| commit(store, std::slice::from_ref(change)));
            })
        };
        let threads: Vec<_> = parts.iter().map(start).collect();
        barrier.wait();
        let cost = timed(|| threads.into_iter().for_each(|thread| thread.join().unwrap()));
        Cost { cpu: None, ..cost }
    })
}

fn report(case: &str, moves: usize, ours: &[Cost], hand: &[Cost]) {
    let ratio = median(ours.iter().zip(hand).map(|(ours, hand)| hand.seconds / ours.seconds));
    let rate = |costs: &[Cost]| moves as f64 / median(costs.iter().map(|cost| cost.seconds));
    let cpu = |costs: &[Cost]| median(costs.iter().filter_map(|cost| cost.cpu)) / moves as f64 * 1e6;
    print!("{case:<24} {:>9.0} {:>9.0} {ratio:>6.2}", rate(ours), rate(hand));
    if ours.iter().all(|cost| cost.cpu.is_some()) {
        print!(" {:>9.1} {:>9.1} {:>6.2}", cpu(ours), cpu(hand), cpu(hand) / cpu(ours));
    }
    println!();
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One file with its records, and the state of each so that moves can be made up.
struct Side {
    store: SqliteStore,
    connection: Hand,
    records: Vec<Record>,
    meaning: Digest,
    random: u64,
}

impl Side {
    fn new(path: &Path, count: usize) -> Self {
        let store = SqliteStore::open(path).unwrap();
        let meaning = Digest::of(b"leads");
        let publication = Publication {
            pipeline: "leads".into(),
            version: 1,
            replaces: None,
            meaning,
            document: "{}".into(),
            published_by: "sam".into(),
            published_at: Timestamp::from_seconds(0),
            revision: None,
        };
        assert_eq!(
            store.publish(TENANT, &publication, &Alongside::default()).unwrap(),
            PublishOutcome::Published
        );
        let creations: Vec<_> = (0..count)
            .map(|n| {
                Sample::creation(format!("lead-{n:08}"))
                    .with("email", format!("person{n}@example.com"))
                    .with("name", format!("Person {n}"))
                    .with("source", "web")
                    .with("budget", 7500)
                    .sealed()
            })
            .collect();
        for group in creations.chunks(5_000) {
            store.commit(TENANT, group, CommitMode::PerItem).unwrap();
        }
        let records = creations.into_iter().map(|change| change.record).collect();
        // The store begins with an empty cache too, not with what making the records left in it.
        drop(store);
        let store = SqliteStore::open(path).unwrap();
        Self { store, connection: Hand::open(path), records, meaning, random: 88_172_645_463_325_252 }
    }

    /// Moves of records at random, each with one task.
    fn next_moves(&mut self, count: usize) -> Vec<SealedChange> {
        let mut changes = Vec::with_capacity(count);
        while changes.len() < count {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            let at = usize::try_from(self.random % self.records.len() as u64).unwrap();
            let record = &mut self.records[at];
            // A record twice in a round would not do: concurrent callers would meet.
            if changes.iter().any(|change: &SealedChange| change.record.id() == record.id()) {
                continue;
            }
            let stage = STAGES[usize::try_from(record.seq()).unwrap() % STAGES.len()];
            let ended = EffectUpdate::EndVisit { visit: record.visit() };
            let change = Sample::mv(record, stage).updating(ended).with_effects(1);
            let change = change.judged_by(self.meaning).sealed();
            *record = change.record.clone();
            changes.push(change);
        }
        changes
    }
}

fn commit(store: &SqliteStore, changes: &[SealedChange]) {
    let outcomes = store.commit(TENANT, changes, CommitMode::PerItem).unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == CommitOutcome::Applied));
}

/// The work as somebody would write it who has only this one move to make.
struct Hand(Connection);

impl Hand {
    fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536").unwrap();
        Self(connection)
    }

    fn run(&self, sql: &str) {
        self.0.prepare_cached(sql).unwrap().execute([]).unwrap();
    }

    fn by_hand(&self, changes: &[SealedChange], size: usize) {
        for group in changes.chunks(size) {
            self.run("BEGIN IMMEDIATE");
            group.iter().for_each(|change| self.write(change));
            self.run("COMMIT");
        }
    }

    fn by_hand_reading(&self, changes: &[SealedChange]) {
        for change in changes {
            self.run("BEGIN IMMEDIATE");
            let sql = "SELECT pipeline, stage, version, seq, entered_at, owner, head, fields FROM records
                WHERE tenant = ?1 AND id = ?2";
            let mut statement = self.0.prepare_cached(sql).unwrap();
            let read = |row: &rusqlite::Row<'_>| {
                let fields: String = row.get(7)?;
                let head: [u8; 32] = row.get(6)?;
                Ok((row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?, head, fields))
            };
            let found = statement.query_row(params![TENANT, change.record.id()], read).optional().unwrap();
            assert!(found.is_some());
            self.write(change);
            self.run("COMMIT");
        }
    }

    fn write(&self, change: &SealedChange) {
        let SealedChange { record, row, effects, .. } = change;
        let sql = "UPDATE records SET stage = ?1, version = ?2, seq = ?3, visit = ?3, entered_at = ?4,
            last_at = ?4, definition = ?5, head = ?6, memory = ?7
            WHERE tenant = ?8 AND id = ?9 AND version = ?10 AND seq = ?11 AND EXISTS
                (SELECT 1 FROM published WHERE tenant = ?8 AND pipeline = ?12 AND meaning = ?13)";
        let changed = self.0.prepare_cached(sql).unwrap().execute(params![
            record.stage(),
            record.version() as i64,
            row.seq as i64,
            row.effective_at.as_micros(),
            row.definition,
            record.head().as_bytes(),
            serde_json::to_string(record.memory()).unwrap(),
            TENANT,
            record.id(),
            change.expected_version as i64,
            change.expected_seq as i64,
            record.pipeline(),
            change.meaning.unwrap().as_bytes(),
        ]);
        assert_eq!(changed.unwrap(), 1);
        self.append(row);
        // What was to be done in the stage that is left is not wanted any more.
        for update in &change.updates {
            let EffectUpdate::EndVisit { visit } = update else { continue };
            let sql = "UPDATE effects SET state = 'cancelled' WHERE tenant = ?1 AND record = ?2 AND seq >= ?3
                AND visit = ?3 AND bound = 1 AND state = 'pending'";
            let mut statement = self.0.prepare_cached(sql).unwrap();
            statement.execute(params![TENANT, record.id(), *visit as i64]).unwrap();
        }
        for effect in effects {
            let sql = "INSERT INTO effects (tenant, record, seq, place, action, kind, trigger, visit, args, state, ready_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'pending', ?10)";
            let mut statement = self.0.prepare_cached(sql).unwrap();
            statement
                .execute(params![
                    TENANT,
                    record.id(),
                    row.seq as i64,
                    effect.index,
                    effect.action.as_str(),
                    effect.kind.name(),
                    effect.trigger.name(),
                    effect.visit as i64,
                    serde_json::to_string(&effect.args).unwrap(),
                    row.recorded_at.as_micros(),
                ])
                .unwrap();
        }
    }

    fn append(&self, row: &Row) {
        let sql = "INSERT INTO journal (tenant, record, seq, kind, pipeline, definition, move, from_stage,
            from_label, from_outcome, to_stage, to_label, to_outcome, direction, actor, automation, forced,
            start_unknown, effective_at, recorded_at, version_after, salt, effects, previous, hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0, 0, 0, ?16, ?17, ?18, ?19, ?20,
                ?21, ?22)";
        let (from, to) = (row.from.as_ref().unwrap(), row.to.as_ref().unwrap());
        let mut statement = self.0.prepare_cached(sql).unwrap();
        statement
            .execute(params![
                TENANT,
                row.record.as_str(),
                row.seq as i64,
                row.kind.name(),
                row.pipeline.as_str(),
                row.definition,
                row.mv.as_deref(),
                from.id.as_str(),
                from.label.as_str(),
                from.outcome.name(),
                to.id.as_str(),
                to.label.as_str(),
                to.outcome.name(),
                row.direction.map(|direction| direction.name()),
                row.actor.as_str(),
                row.effective_at.as_micros(),
                row.recorded_at.as_micros(),
                row.version_after as i64,
                row.salt.as_ref().map(|salt| salt.as_bytes()),
                row.effects.as_bytes(),
                row.previous.as_bytes(),
                row.hash.as_bytes(),
            ])
            .unwrap();
    }
}
