//! How many decisions a second a simulation makes: people at work in a pipeline in memory, every decision committed.
//!
//! `cargo bench --bench simulation -- [records] [days]`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]

#[path = "simulation/steps.rs"]
mod steps;

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use lifestage::simulation::{Cast, Simulation};
use lifestage::{Actor, Decision, Digest, Pipeline, Record, Request, SmolStr, Span, Timestamp, presets};

use crate::steps::{LEADS, Steps};

const STEPS: u32 = 200_000;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let mut number = |default: u32| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (records, days) = (number(1_000), number(30));
    let start: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let end = start.checked_add(Span::from_seconds(i64::from(days) * 86_400)).unwrap();
    println!("{records} records, {days} days");

    let pipeline = Pipeline::from_json(presets::SALES_STAGES).unwrap();
    let cast = Cast::of("sales_stages", [Actor::new("sam").with_role("user")]);
    let cast = cast.with_records(records).acting_every(Span::from_seconds(60));
    let mut play = Simulation::new(start, &[pipeline]).unwrap();
    let begun = Instant::now();
    let performance = play.perform(&cast, end).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let steps = performance.moves + performance.tasks + performance.happened.len() as u64;
    println!(
        "follow-up: {} moves, {} tasks done, {} deliveries in {seconds:.2} s: {:.0} a second",
        performance.moves,
        performance.tasks,
        performance.happened.len(),
        steps as f64 / seconds
    );

    let decided = decide(start);
    println!("decide: {decided:.0} a second");
    let mut rounds: Vec<(f64, f64)> =
        (0..7).map(|_| (decide_and_commit(start), by_hand(start.as_micros()))).collect();
    rounds.sort_by(|one, other| (one.0 / one.1).total_cmp(&(other.0 / other.1)));
    let (ours, hand) = rounds[rounds.len() / 2];
    println!(
        "decide, seal and commit: {ours:.0} a second; a row hashed and kept by hand: {hand:.0}; ratio {:.2}",
        ours / hand
    );
}

/// Decisions alone over the lead pipeline.
fn decide(start: Timestamp) -> f64 {
    let pipeline = Pipeline::from_json(presets::LEAD).unwrap();
    let sam = Actor::new("sam").with_role("owner");
    let request = Request::mv("mark_contacted");
    let lead = Record::new("lead").in_stage("new").at_version(1);
    let begun = Instant::now();
    let mut moved = 0;
    for _ in 0..STEPS {
        moved += u32::from(matches!(pipeline.decide(&lead, &request, &sam, start), Decision::Moved(_)));
    }
    assert_eq!(moved, STEPS);
    f64::from(STEPS) / begun.elapsed().as_secs_f64()
}

/// Decisions with their commit, one a second of the simulated clock.
fn decide_and_commit(start: Timestamp) -> f64 {
    let mut steps = Steps::new(start);
    let begun = Instant::now();
    (0..STEPS).for_each(|_| steps.step());
    f64::from(STEPS) / begun.elapsed().as_secs_f64()
}

/// What somebody would write for these two moves alone: the stage looked up, a row of as many bytes hashed onto the one
/// before and kept, and the record found by its id and by its stage.
fn by_hand(start: i64) -> f64 {
    struct Lead {
        stage: usize,
        seq: u64,
        entered_at: i64,
        head: Digest,
    }
    struct Row {
        _record: SmolStr,
        _seq: u64,
        _stages: (usize, usize),
        _by: SmolStr,
        _at: i64,
        _previous: Digest,
        _hash: Digest,
    }
    const TO: [usize; 3] = [1, 2, 1];
    const NAMES: [&str; 3] = ["new", "contacted", "engaged"];
    const MOVES: [&str; 2] = ["mark_contacted", "mark_engaged"];
    let ids: Vec<SmolStr> = (0..LEADS).map(|number| format!("lead-{number}").into()).collect();
    let lead = || Lead { stage: 0, seq: 1, entered_at: start, head: Digest::ZERO };
    let mut leads: HashMap<SmolStr, Lead> = ids.iter().map(|id| (id.clone(), lead())).collect();
    let mut stages = [const { BTreeSet::new() }; 3];
    stages[0].extend(ids.iter().map(|id| (start, id.clone())));
    let (mut journal, mut bytes) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    for step in 0..STEPS {
        let id = &ids[(step % LEADS) as usize];
        let lead = leads.get_mut(id).unwrap();
        let (from, to, now) = (lead.stage, TO[lead.stage], start + i64::from(step) * 1_000_000);
        lead.seq += 1;
        bytes.clear();
        for text in [id, "lead", MOVES[to - 1], NAMES[from], NAMES[from], NAMES[to], NAMES[to], "sam", "open"]
        {
            bytes.extend_from_slice(&(text.len() as u32).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        for number in [lead.seq, now as u64, now as u64, lead.seq] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        for digest in [Digest::ZERO, Digest::ZERO, lead.head] {
            bytes.extend_from_slice(digest.as_bytes());
        }
        let hash = Digest::of(&bytes);
        journal.push(Row {
            _record: id.clone(),
            _seq: lead.seq,
            _stages: (from, to),
            _by: "sam".into(),
            _at: now,
            _previous: lead.head,
            _hash: hash,
        });
        stages[from].remove(&(lead.entered_at, id.clone()));
        stages[to].insert((now, id.clone()));
        *lead = Lead { stage: to, seq: lead.seq, entered_at: now, head: hash };
    }
    f64::from(STEPS) / begun.elapsed().as_secs_f64()
}
