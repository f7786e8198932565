//! Claims and acknowledgements of effects, beside the same statements written by hand, and a sweep over many timers that
//! are not due.
//!
//! `cargo bench -p lifestage-sqlite --bench outbox -- [effects] [timers] [rounds] [directory]`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]

use std::path::Path;
use std::time::Instant;

use lifestage::outbox::{Claim, Settled, Settlement};
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, Store};
use lifestage::{EffectKind, Timestamp};
use lifestage_sqlite::SqliteStore;
use rusqlite::{Connection, params};

const TENANT: &str = "acme";
const BATCH: usize = 100;

/// Seconds after the samples were recorded.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600 + seconds)
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut number = |default: usize| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (effects, timers, rounds) = (number(20_000), number(100_000), number(5));
    let directory = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let directory = directory.join(format!("lifestage-outbox-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();

    println!("{effects} effects in batches of {BATCH}, {rounds} rounds; {timers} timers\n");
    let (mut ours, mut hand) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let path = directory.join(format!("deliver-{round}.db"));
        let store = fill(&path, effects, None);
        let start = Instant::now();
        assert_eq!(deliver(&store, at(1_000)), effects);
        ours.push(start.elapsed().as_secs_f64());
        drop(store);
        let path = directory.join(format!("hand-{round}.db"));
        drop(fill(&path, effects, None));
        let start = Instant::now();
        assert_eq!(by_hand(&path), effects);
        hand.push(start.elapsed().as_secs_f64());
    }
    let rate = |times: &mut Vec<f64>| effects as f64 / median(times);
    let (ours, hand) = (rate(&mut ours), rate(&mut hand));
    println!("{:<34} {:>9} {:>9} {:>6}", "case", "effects/s", "by hand", "ratio");
    println!("{:<34} {ours:>9.0} {hand:>9.0} {:>6.2}", "claim and acknowledge", ours / hand);

    let path = directory.join("timers.db");
    let store = fill(&path, timers, Some(1_000_000));
    for (name, due) in [("sweep, nothing due", 0), ("sweep, 1,000 due", 1_000)] {
        let now = at(1_000_000 + due - 1);
        let mut times = Vec::new();
        for _ in 0..rounds {
            let start = Instant::now();
            let claimed = store.claim(TENANT, &claim(now, 10_000)).unwrap();
            times.push(start.elapsed().as_secs_f64());
            assert_eq!(claimed.len(), usize::try_from(due).unwrap());
            // Put back as they were.
            let settle = |delivery: &lifestage::outbox::Delivery| {
                let until = Settled::Postponed { until: delivery.ready_at, note: None };
                Settlement::of(&delivery.effect, delivery.lease, until)
            };
            let back: Vec<Settlement> = claimed.iter().map(settle).collect();
            store.settle(TENANT, &back).unwrap();
        }
        println!("{name:<34} {:>9.0} us over {timers} timers", median(&mut times) * 1e6);
    }
    drop(store);
    std::fs::remove_dir_all(&directory).unwrap();
}

/// A store with so many effects, each of a record of its own: at once, or one a second from `first` on.
fn fill(path: &Path, count: usize, first: Option<i64>) -> SqliteStore {
    let store = SqliteStore::open(path).unwrap();
    for group in (0..count).collect::<Vec<_>>().chunks(5_000) {
        let changes: Vec<_> = group
            .iter()
            .map(|number| {
                let sample = Sample::creation(format!("lead-{number:08}"));
                let sample = sample.with_effect("hello", EffectKind::SendEmail, |effect| {
                    effect.args.insert("to", "person@example.com");
                    effect.args.insert("subject", "Hello");
                    effect.at = first.map(|first| at(first + i64::try_from(*number).unwrap()));
                });
                sample.sealed()
            })
            .collect();
        store.commit(TENANT, &changes, CommitMode::PerItem).unwrap();
    }
    store
}

fn claim(now: Timestamp, limit: usize) -> Claim {
    let until = Timestamp::from_micros(now.as_micros() + 60_000_000);
    Claim { now, until, kinds: vec![EffectKind::SendEmail], limit }
}

fn deliver(store: &SqliteStore, now: Timestamp) -> usize {
    let mut delivered = 0;
    loop {
        let batch = store.claim(TENANT, &claim(now, BATCH)).unwrap();
        if batch.is_empty() {
            return delivered;
        }
        let settled: Vec<Settlement> = batch
            .iter()
            .map(|delivery| {
                let outcome = Settled::Delivered { at: now, note: None };
                Settlement::of(&delivery.effect, delivery.lease, outcome)
            })
            .collect();
        assert!(store.settle(TENANT, &settled).unwrap().into_iter().all(|applied| applied));
        delivered += batch.len();
    }
}

/// The same over the same tables, as somebody would write it who needs neither kinds nor an order in each record.
fn by_hand(path: &Path) -> usize {
    let connection = Connection::open(path).unwrap();
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536").unwrap();
    let (now, until) = (at(1_000).as_micros(), at(1_060).as_micros());
    let mut delivered = 0;
    loop {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let sql = "SELECT record, seq, place, action, kind, args, claims FROM effects WHERE tenant = ?1
            AND kind = 'send_email' AND state = 'pending' AND waiting = 0 AND held = 0
            AND ready_at <= ?2 ORDER BY ready_at LIMIT ?3";
        let mut statement = connection.prepare_cached(sql).unwrap();
        let rows = statement.query_map(params![TENANT, now, BATCH as i64], |row| {
            let texts =
                (row.get::<_, String>(3)?, row.get::<_, String>(4)?, row.get::<_, Option<String>>(5)?);
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, texts))
        });
        let batch: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        drop(statement);
        let run = |sql: &str, time: i64| {
            let mut statement = connection.prepare_cached(sql).unwrap();
            for (record, seq, place, _) in &batch {
                statement.execute(params![TENANT, record, seq, place, time]).unwrap();
            }
        };
        let key = "WHERE tenant = ?1 AND record = ?2 AND seq = ?3 AND place = ?4";
        run(&format!("UPDATE effects SET leased = 1, ready_at = ?5, claims = claims + 1 {key}"), until);
        connection.execute_batch("COMMIT").unwrap();
        if batch.is_empty() {
            return delivered;
        }
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        run(&format!("UPDATE effects SET state = 'delivered', leased = 0, settled_at = ?5 {key}"), now);
        connection.execute_batch("COMMIT").unwrap();
        delivered += batch.len();
    }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
