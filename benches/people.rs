//! People (S55 to S57): what a permission check costs in a decision, how many commits a conversion is, and what
//! looking for duplicates costs beside loading a record by its id. Prints medians of several rounds in nanoseconds,
//! and ratios that hold on any machine.
//!
//! `cargo bench --bench people`, or `cargo bench --bench people -- 100000` for fewer contacts than a million.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program that prints figures and stops when something is wrong"
)]

#[path = "../tests/people/watched.rs"]
#[expect(dead_code, reason = "the tests do more with it than count")]
mod watched;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use lifestage::store::{CommitMode, MemoryStore, Reader, Store};
use lifestage::{
    Actor, Authorizer, Capability, Conversion, Converting, Creation, Decision, Denied, HowConverted,
    Permission, Pipeline, Record, Request, Timestamp, Workspace, presets,
};
use lifestage_sqlite::SqliteStore;

use watched::Watched;

const NOW: Timestamp = Timestamp::from_seconds(1_772_442_000);
const ROUNDS: usize = 31;

/// The median time of one call, in nanoseconds.
fn time<T>(calls: usize, mut call: impl FnMut(usize) -> T) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let start = Instant::now();
            for n in 0..calls {
                black_box(call(round * calls + n));
            }
            start.elapsed().as_secs_f64() * 1e9 / calls as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// Holds every capability.
#[derive(Debug)]
struct Always;

impl Authorizer for Always {
    fn judge(&self, _: &Permission<'_>) -> Result<(), Denied> {
        Ok(())
    }
}

fn decisions() {
    let lead = Pipeline::from_json(presets::LEAD).unwrap();
    let always = lead.clone().authorized_by(Arc::new(Always));
    let record = Record::new("lead-42").in_stage("new").owned_by("sam").with("email", "ada@example.com");
    let request = Request::mv("mark_contacted");
    let sam = Actor::new("sam").with_role("sales");
    let busy = ["a", "b", "c", "member", "sales"].into_iter().fold(Actor::new("sam"), Actor::with_role);
    let decide = |pipeline: &Pipeline, actor: &Actor| {
        time(20_000, |_| {
            matches!(pipeline.decide(black_box(&record), &request, actor, NOW), Decision::Moved(_))
        })
    };
    let can = |actor: &Actor| time(200_000, |_| lead.can(black_box(&record), actor, Capability::Move));
    let free = decide(&always, &sam);
    println!("{:<44} {free:>8.1}", "decide, every capability always held");
    for (name, actor) in [("one role", &sam), ("five roles", &busy)] {
        let (roles, can) = (decide(&lead, actor), can(actor));
        println!(
            "{:<44} {roles:>8.1}  {:.2} of that",
            format!("decide, built-in roles, {name}"),
            roles / free
        );
        println!("{:<44} {can:>8.1}  {:.2} of that", format!("can, {name}"), can / free);
    }
}

fn crm<S: Store + Reader>(store: S) -> Workspace<S> {
    let crm = Workspace::open(store, "acme").unwrap();
    for preset in [presets::LEAD, presets::LIFE_STAGES] {
        crm.publish(&Pipeline::from_json(preset).unwrap(), &olga(), NOW).unwrap();
    }
    crm
}

fn olga() -> Actor {
    Actor::new("olga").with_role("owner").with_role("admin")
}

fn conversions() {
    let crm = crm(Watched::new(MemoryStore::new(), false));
    for (id, expected) in [("lead-1", HowConverted::Created), ("lead-2", HowConverted::Linked)] {
        let lead = Record::new(id).in_pipeline("lead").with("email", "ada@example.com");
        crm.create(lead, &Creation::new(), &olga(), NOW).unwrap();
        crm.store().allow(usize::MAX);
        let conversion = Conversion::new().into_pipeline("life_stages");
        let Converting::Done(done) = crm.convert(id, &conversion, &olga(), NOW).unwrap() else { panic!() };
        assert_eq!(done.how, expected);
        println!(
            "{:<44} {:>8}",
            format!("commits of a conversion, customer {expected:?}"),
            crm.store().commits()
        );
    }
}

fn fill(crm: &Workspace<SqliteStore>, contacts: std::ops::Range<usize>) {
    const CHUNK: usize = 5_000;
    for first in contacts.clone().step_by(CHUNK) {
        let records = (first..contacts.end.min(first + CHUNK)).map(|n| {
            let email = format!("person{n}@example.com");
            let record =
                Record::new(format!("c-{n}")).in_pipeline("life_stages").with("email", email.as_str());
            (record, Creation::new())
        });
        let answers = crm.create_all(records.collect(), CommitMode::Atomic, &olga(), NOW).unwrap();
        assert!(answers.iter().all(|answer| answer.receipt().is_some()));
    }
}

fn lookups(contacts: usize) {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let crm = crm(SqliteStore::open(folder.path().join("crm.db")).unwrap());
    let mut filled = 0;
    println!("{:<20} {:>10} {:>10} {:>10}", "contacts", "by id", "by e-mail", "ratio");
    for size in [contacts / 100, contacts] {
        fill(&crm, filled..size);
        filled = size;
        // Another one each time, all over the table.
        let nth = |call: usize| (call * 7_919) % size;
        let by_id = time(500, |call| crm.record(&format!("c-{}", nth(call))).unwrap().unwrap());
        let by_email = time(500, |call| {
            let found =
                crm.store().find("acme", "email", &format!("person{}@example.com", nth(call)), 9).unwrap();
            assert_eq!(found.len(), 1);
        });
        println!("{size:<20} {by_id:>10.0} {by_email:>10.0} {:>10.2}", by_email / by_id);
    }
}

fn main() {
    let contacts = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    decisions();
    println!();
    conversions();
    println!();
    lookups(contacts);
}
