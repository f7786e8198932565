//! A real list of leads through a real pipeline, from the file to the verified journal.
//!
//! `cargo run --release --example quickstart` takes the list that ships with the project;
//! `cargo run --release --example quickstart -- my.csv` takes your own.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use lifestage::import::{CellFault, ImportOptions, RowOutcome, RowReport, StageOutcome};
use lifestage::store::RecordQuery;
use lifestage::{Actor, Answer, Pipeline, Record, Request, Standing, Timestamp, Workspace, presets};
use lifestage_sqlite::SqliteStore;

type Crm = Workspace<SqliteStore>;

fn main() -> Result<(), Box<dyn Error>> {
    let own = std::env::args_os().nth(1).map(PathBuf::from);
    // The list that ships has a fixed clock, so that its output is the same every day.
    let now = if own.is_some() { Timestamp::now() } else { "2026-11-20T09:00:00Z".parse()? };
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/leads.csv");
    let list = own.unwrap_or(shipped);

    let folder = std::env::temp_dir().join(format!("lifestage-quickstart-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let database = folder.join("crm.db");
    let crm = Workspace::open(SqliteStore::open(&database)?, "acme")?;
    let told = tour(&crm, &list, now);
    println!(
        "\nThe database: {}  (look with: sqlite3 FILE 'select * from history limit 5')",
        database.display()
    );
    told
}

fn tour(crm: &Crm, list: &Path, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let olga = Actor::new("olga").with_role("owner");
    let maria = Actor::new("maria").with_role("manager");
    let sam = Actor::new("sam").with_role("sales");

    let pipeline = crm.publish(&Pipeline::from_json(presets::LEAD)?, &olga, now)?;
    let (stages, moves) = (pipeline.catalog().stages().len(), pipeline.policy().moves().len());
    println!("{}: {stages} stages, {moves} moves, version {}", pipeline.name(), pipeline.version());

    import(crm, list, &olga, now)?;
    let leads = workable(crm, &pipeline, &sam, now)?;
    if let Some(lead) = leads.first() {
        buttons(&pipeline, lead, &sam, now);
        refused(crm, &pipeline, lead, &sam, now)?;
    }
    // One is won after an appointment that nobody came to, one is lost, one rests for a while and is revived.
    let journeys = [&["appointment_set", "engaged", "won"][..], &["lost"], &["dormant", "contacted"]];
    for (lead, stops) in leads.iter().zip(journeys) {
        walk(crm, &pipeline, lead, stops, [&sam, &maria], now)?;
    }
    conflict(crm, &pipeline, [&maria, &sam], now)?;
    if let Some(lead) = leads.first() {
        history(crm, lead.id())?;
    }
    counts(crm)?;
    verify(crm)
}

/// Brings the list in, and shows what was wrong with it.
fn import(crm: &Crm, list: &Path, actor: &Actor, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let mut told: Vec<RowReport> = Vec::new();
    let (mut faults, mut kept) = (0, 0);
    let file = File::open(list).map_err(|error| format!("cannot open {}: {error}", list.display()))?;
    let summary = crm.import(file, &ImportOptions::new("lead"), actor, now, |report| {
        let interesting = match &report.outcome {
            RowOutcome::Faulty(cells) => {
                faults += 1;
                let first_of_its_kind = |told: &&RowReport| kind(&told.outcome) == cells.first().map(kind_of);
                !told.iter().any(|known| first_of_its_kind(&known))
            }
            RowOutcome::Matched { stage: StageOutcome::Kept { .. }, .. } => {
                kept += 1;
                kept == 1
            }
            RowOutcome::Refused(_) => true,
            _ => false,
        };
        if interesting && told.len() < 8 {
            told.push(report);
        }
    })?;
    heading(&format!("Import of {}", list.file_name().unwrap_or_default().display()));
    println!(
        "{} rows: {} created, {} known already, {} with something unreadable, {} refused",
        summary.rows, summary.created, summary.matched, summary.faulty, summary.refused
    );
    for report in told {
        match report.outcome {
            RowOutcome::Faulty(cells) => {
                let words: Vec<String> = cells.iter().map(ToString::to_string).collect();
                println!("  line {:>4}  {}", report.line, words.join("; "));
            }
            RowOutcome::Matched { record, stage: StageOutcome::Kept { asked, .. }, .. } => {
                println!(
                    "  line {:>4}  is {record}, which stays where it is and does not go to {asked}",
                    report.line
                );
            }
            RowOutcome::Refused(why) => println!("  line {:>4}  {why}", report.line),
            _ => {}
        }
    }
    Ok(())
}

fn kind(outcome: &RowOutcome) -> Option<String> {
    match outcome {
        RowOutcome::Faulty(cells) => cells.first().map(kind_of),
        _ => None,
    }
}

fn kind_of(cell: &CellFault) -> String {
    cell.column.clone()
}

/// Some leads that this person can do something with, those in the first stages first.
fn workable(
    crm: &Crm,
    pipeline: &Pipeline,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut found = Vec::new();
    for stage in pipeline.catalog().stages() {
        let page = crm.page(&RecordQuery::of("lead", 4).in_stage(Some(stage.id().into())))?;
        found.extend(page.records.into_iter().filter(|lead| pipeline.moves(lead, actor, now).count() > 0));
    }
    Ok(found)
}

fn buttons(pipeline: &Pipeline, lead: &Record, actor: &Actor, now: Timestamp) {
    heading(&format!("{} as {} sees it", name(lead), actor.id()));
    let labels: Vec<String> =
        pipeline.moves(lead, actor, now).map(|offer| format!("[{}]", offer.label())).collect();
    println!("{}   {}", stage_name(pipeline, lead), labels.join(" "));
}

/// Asks for the move that is farthest away.
fn refused(
    crm: &Crm,
    pipeline: &Pipeline,
    lead: &Record,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    let steps = |to: &str| pipeline.route(lead, to, actor).map_or(0, |route| route.steps.len());
    let told = pipeline.explain(lead, actor, now);
    let closed = told.moves.iter().filter(|mv| mv.standing != Standing::Allowed);
    let Some(mv) = closed.max_by_key(|mv| steps(&mv.to)) else { return Ok(()) };
    let outcome = crm.submit(lead.id(), &Request::mv(mv.id.clone()), actor, now)?;
    if let Some(why) = outcome.refusal() {
        println!("{}? No:", mv.label);
        for reason in why.reasons() {
            println!("  {} ({})", reason.message(), reason.code());
        }
        if let Some(route) = why.route() {
            println!("  the way there: {route}");
        }
    }
    Ok(())
}

/// Several people take the lead from stop to stop, each time the shortest way.
fn walk(
    crm: &Crm,
    pipeline: &Pipeline,
    lead: &Record,
    stops: &[&str],
    people: [&Actor; 2],
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    heading(&format!("{} walks", name(lead)));
    let mut at = now;
    let mut turns = people.into_iter().cycle();
    for (stop, someone) in stops.iter().zip(people.into_iter().cycle()) {
        let here = crm.record(lead.id())?.ok_or("the lead is gone")?;
        let route = pipeline.route(&here, stop, someone).unwrap_or_default();
        for (step, actor) in route.steps.iter().zip(&mut turns) {
            at = Timestamp::from_micros(at.as_micros() + 26 * 3_600_000_000);
            let request = Request::mv(step.mv.clone());
            let request = match step.asks.iter().any(|ask| ask == "reason") {
                true => request.with_input("reason", "no_answer"),
                false => request,
            };
            match crm.submit(lead.id(), &request, actor, at)? {
                Answer::Done(receipt) => {
                    let row = receipt.row();
                    let to = row.to.as_ref().map_or("no stage", |mark| mark.label.as_str());
                    println!("  {:<18} by {:<6} -> {to}", step.mv, actor.id());
                }
                other => return Err(format!("{}: {other:?}", step.mv).into()),
            }
        }
    }
    Ok(())
}

/// Two people look at one lead; one is faster.
fn conflict(
    crm: &Crm,
    pipeline: &Pipeline,
    [quick, late]: [&Actor; 2],
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    let mut leads = workable(crm, pipeline, late, now)?;
    let Some(lead) = leads.pop() else { return Ok(()) };
    let label = |actor, last: bool| {
        let mut offers = pipeline.moves(&lead, actor, now);
        let offer = if last { offers.last() } else { offers.next() };
        offer.map(|offer| (offer.id(), offer.label().to_owned()))
    };
    let (Some((first, clicked)), Some((second, too_late))) = (label(quick, false), label(late, true)) else {
        return Ok(());
    };
    heading(&format!("Two people, one lead: {}", name(&lead)));
    let seen = lead.version();
    crm.submit(lead.id(), &Request::mv(first).expecting_version(seen), quick, now)?;
    println!("  {} clicks {clicked}: done", quick.id());
    let answer = crm.submit(lead.id(), &Request::mv(second).expecting_version(seen), late, now)?;
    if let Some(why) = answer.refusal() {
        println!("  {} clicks {too_late}: {why}", late.id());
    }
    Ok(())
}

fn history(crm: &Crm, id: &str) -> Result<(), Box<dyn Error>> {
    heading(&format!("History of {id}"));
    for row in crm.history(id)? {
        let label = |mark: &Option<lifestage::journal::StageMark>| {
            mark.as_ref().map_or_else(|| "-".to_owned(), |mark| mark.label.to_string())
        };
        let (from, to) = (label(&row.from), label(&row.to));
        let hash = row.hash.to_string();
        let hash = hash.get(..12).unwrap_or_default();
        println!(
            "  {:>2}  {}  {:<9} {:<16} -> {:<16} {:<6} {hash}",
            row.seq,
            row.effective_at,
            row.kind.name(),
            from,
            to,
            row.actor
        );
    }
    Ok(())
}

fn counts(crm: &Crm) -> Result<(), Box<dyn Error>> {
    heading("Leads per stage");
    let counts = crm.counts("lead")?;
    let most = counts.iter().map(|count| count.count).max().unwrap_or(1).max(1);
    for count in counts {
        let bar = usize::try_from(count.count * 40 / most).unwrap_or(0);
        println!("  {:<16} {:>5}  {}", count.name, count.count, "▇".repeat(bar));
    }
    Ok(())
}

fn verify(crm: &Crm) -> Result<(), Box<dyn Error>> {
    let audit = crm.verify_all("lead", |_| {})?;
    println!("\nJournal: {} records, {} rows, {} faults", audit.records, audit.rows, audit.faults.len());
    for fault in &audit.faults {
        println!("  {fault}");
    }
    if audit.faults.is_empty() { Ok(()) } else { Err("the journal does not hold".into()) }
}

fn heading(text: &str) {
    println!("\n{text}\n{}", "─".repeat(text.chars().count()));
}

fn name(lead: &Record) -> String {
    lead.fields().get("name").map_or_else(|| lead.id().to_owned(), ToString::to_string)
}

fn stage_name<'p>(pipeline: &'p Pipeline, lead: &Record) -> &'p str {
    lead.stage().and_then(|id| pipeline.catalog().stage(id)).map_or("no stage", |stage| stage.name())
}
