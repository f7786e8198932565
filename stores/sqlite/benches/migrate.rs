//! Removing a stage that many records are in, beside hand-written SQL that writes the same rows: same
//! tables, same indexes, same durability, the same number of records to a transaction.
//!
//! `cargo bench -p lifestage-sqlite --bench migrate -- [records] [rounds] [directory]`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]

use std::path::Path;
use std::time::Instant;

use lifestage::revise::DefinitionEdit;
use lifestage::store::CommitMode;
use lifestage::{Actor, Creation, Digest, Pipeline, Publishing, Record, Timestamp, Workspace, presets};
use lifestage_sqlite::SqliteStore;
use rusqlite::{Connection, params};

const TENANT: &str = "acme";
const PIPELINE: &str = "contact_stages";
/// How many records share a transaction.
const CHUNK: usize = 500;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut number = |default: usize| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (records, rounds) = (number(100_000), number(5));
    let directory = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let directory = directory.join(format!("lifestage-migrate-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (full, ours, hand) =
        (directory.join("full.db"), directory.join("store.db"), directory.join("hand.db"));
    fill(&full, records);

    let (mut times, mut grown) = (Vec::new(), 0);
    for round in 0..rounds {
        std::fs::copy(&full, &ours).unwrap();
        std::fs::copy(&full, &hand).unwrap();
        let first = (round % 2 == 1).then(|| migrate_by_hand(&hand, records));
        let before = peak();
        let seconds = migrate(&ours, records);
        grown = grown.max(peak().saturating_sub(before));
        times.push((seconds, first.unwrap_or_else(|| migrate_by_hand(&hand, records))));
    }
    let median = |of: fn(&(f64, f64)) -> f64| {
        let mut all: Vec<f64> = times.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let (count, ratio) = (records as f64, median(|(ours, hand)| hand / ours));
    println!(
        "{records} records out of a stage that is removed, {CHUNK} to a transaction; median of {rounds} rounds\n"
    );
    println!("{:<12} {:>10} {:>8}", "case", "records/s", "ratio");
    println!("{:<12} {:>10.0} {ratio:>8.2}", "lifestage", count / median(|(ours, _)| *ours));
    println!("{:<12} {:>10.0} {:>8.2}", "by hand", count / median(|(_, hand)| *hand), 1.0);
    println!("\nmemory: {} MB more at the peak", grown / 1_000);
    occupancy(&ours);
    std::fs::remove_dir_all(&directory).unwrap();
}

fn ada() -> Actor {
    Actor::new("ada").with_role("admin")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_772_442_000 + second)
}

/// The most memory that the process had, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn fill(path: &Path, records: usize) {
    let crm = Workspace::open(SqliteStore::open(path).unwrap(), TENANT).unwrap();
    crm.publish(&Pipeline::from_json(presets::CONTACT_STAGES).unwrap(), &ada(), at(0)).unwrap();
    let ids: Vec<usize> = (0..records).collect();
    for chunk in ids.chunks(5_000) {
        let new = chunk.iter().map(|n| {
            let record = Record::new(format!("contact-{n:08}"))
                .in_pipeline(PIPELINE)
                .with("email", format!("person{n}@example.com"))
                .with("name", format!("Person {n}"));
            (record, Creation::in_stage("nurturing"))
        });
        let answers = crm.create_all(new.collect(), CommitMode::Atomic, &ada(), at(0)).unwrap();
        assert!(answers.iter().all(|answer| answer.receipt().is_some()));
    }
}

fn migrate(path: &Path, records: usize) -> f64 {
    let crm = Workspace::open(SqliteStore::open(path).unwrap(), TENANT).unwrap();
    let start = Instant::now();
    let revision = DefinitionEdit::replace_stage("nurturing", "engaged").into();
    let done = crm.revise(PIPELINE, &revision, &ada(), at(60), |_| {}).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let Publishing::Published(done) = done else { panic!("{done:?}") };
    assert_eq!(done.moved(), records as u64);
    seconds
}

/// What somebody would write who knows the tables: read a page, write each record and its row.
fn migrate_by_hand(path: &Path, records: usize) -> f64 {
    const PAGE: &str = "SELECT id, version, seq, head, memory, fields, owner, created_at FROM records
        INDEXED BY records_by_stage
        WHERE tenant = ?1 AND pipeline = ?2 AND stage = 'nurturing' ORDER BY entered_at DESC, id DESC LIMIT ?3";
    const UPDATE: &str = "UPDATE records SET stage = 'engaged', version = ?3, seq = ?4, visit = ?4,
        entered_at = ?5, last_at = ?5, definition = 2, head = ?6, memory = ?7
        WHERE tenant = ?1 AND id = ?2 AND version = ?8";
    const INSERT: &str = "INSERT INTO journal (tenant, record, seq, kind, pipeline, definition, from_stage,
        from_label, from_outcome, to_stage, to_label, to_outcome, direction, actor, automation, forced,
        start_unknown, reason, effective_at, recorded_at, batch, version_after, salt, personal, previous, hash,
        origin_pipeline, origin_definition)
        VALUES (?1, ?2, ?3, 'migration', ?4, 2, 'nurturing', 'Nurturing', 'open', 'engaged', 'Engaged', 'open',
        'forward', 'ada', 0, 0, 0, 'stage_removed', ?5, ?5, 'contact_stages-v2', ?3, ?6, ?7, ?8, ?9, ?4, 1)";
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536")
        .unwrap();
    let start = Instant::now();
    let now = at(60).as_micros();
    let mut moved = 0;
    loop {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut page = connection.prepare_cached(PAGE).unwrap();
        let read = |row: &rusqlite::Row<'_>| {
            let (owner, fields): (Option<String>, String) = (row.get(6)?, row.get(5)?);
            assert!(!fields.is_empty() && owner.is_some());
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let found: Vec<(String, i64, i64, Vec<u8>)> = page
            .query_map(params![TENANT, PIPELINE, CHUNK as i64], read)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (id, version, seq, head) in &found {
            let salt = lifestage::journal::Salt::random().unwrap();
            let mut personal = salt.as_bytes().to_vec();
            personal.extend_from_slice(b"stage_removed");
            let personal = Digest::of(&personal);
            let content =
                format!("{id} {seq} migration nurturing Nurturing open engaged Engaged open {now} ada");
            let hash = Digest::of(&[content.as_bytes(), personal.as_bytes(), head.as_slice()].concat());
            let memory = r#"{"visits":[["nurturing",1],["engaged",1]]}"#;
            let mut update = connection.prepare_cached(UPDATE).unwrap();
            let values = params![TENANT, id, version + 1, seq + 1, now, hash.as_bytes(), memory, version];
            assert_eq!(update.execute(values).unwrap(), 1);
            let mut insert = connection.prepare_cached(INSERT).unwrap();
            let (salt, personal) = (salt.as_bytes(), personal.as_bytes());
            let values = params![TENANT, id, seq + 1, PIPELINE, now, salt, personal, head, hash.as_bytes()];
            insert.execute(values).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        moved += found.len();
        if found.len() < CHUNK {
            break;
        }
    }
    assert_eq!(moved, records);
    start.elapsed().as_secs_f64()
}

/// How long it takes to tell how many records are where.
fn occupancy(path: &Path) {
    let crm = Workspace::open(SqliteStore::open(path).unwrap(), TENANT).unwrap();
    let start = Instant::now();
    let first = crm.occupancy(PIPELINE).unwrap().total();
    let cold = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    assert_eq!(crm.occupancy(PIPELINE).unwrap().total(), first);
    println!("occupancy: {cold:.2} ms, asked again {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
}
