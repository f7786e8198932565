//! How many decisions a second a simulation makes: people at work in a pipeline in memory, every decision committed.
//!
//! `cargo bench --bench simulation -- [records] [days]`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]

use std::time::Instant;

use lifestage::simulation::{Cast, Simulation};
use lifestage::store::{CommitMode, MemoryStore, Store};
use lifestage::{Actor, Creation, Decision, Pipeline, Record, Request, Span, Timestamp, Workspace, presets};

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

    decide_and_commit(start);
}

/// Decisions alone, and decisions with their commit, over the lead pipeline.
fn decide_and_commit(start: Timestamp) {
    const STEPS: u32 = 200_000;
    let pipeline = Pipeline::from_json(presets::LEAD).unwrap();
    let sam = Actor::new("sam").with_role("owner");
    let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
    crm.publish(&pipeline, &sam, start).unwrap();
    let pipeline = crm.pipeline("lead").unwrap();
    for number in 0..1_000 {
        crm.create(Record::new(format!("lead-{number}")), &Creation::new(), &sam, start).unwrap();
    }
    let there = [Request::mv("mark_contacted"), Request::mv("mark_engaged")];
    let lead = Record::new("lead").in_stage("new").at_version(1);
    let begun = Instant::now();
    let mut moved = 0_u32;
    for _ in 0..STEPS {
        moved += u32::from(matches!(pipeline.decide(&lead, &there[0], &sam, start), Decision::Moved(_)));
    }
    assert_eq!(moved, STEPS);
    println!("decide: {:.0} a second", f64::from(STEPS) / begun.elapsed().as_secs_f64());

    let mut leads: Vec<Record> =
        (0..1_000).map(|number| crm.record(&format!("lead-{number}")).unwrap().unwrap()).collect();
    let begun = Instant::now();
    let salt = lifestage::journal::Salt::from_bytes([7; 16]);
    for step in 0..STEPS {
        let lead = &mut leads[step as usize % 1_000];
        let request = match lead.stage() {
            Some("engaged" | "new") => &there[0],
            _ => &there[1],
        };
        let change = pipeline.decide(lead, request, &sam, start).change().unwrap().seal(salt);
        crm.store().commit("acme", std::slice::from_ref(&change), CommitMode::PerItem).unwrap();
        *lead = change.record;
    }
    println!("decide, seal and commit: {:.0} a second", f64::from(STEPS) / begun.elapsed().as_secs_f64());
}
