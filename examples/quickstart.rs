//! A real list of leads through a real pipeline, from the file to the verified journal.
//!
//! `cargo run --release --example quickstart` takes the list that ships with the project;
//! `cargo run --release --example quickstart -- my.csv` takes your own.

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use lifestage::import::{CellFault, ImportOptions, RowOutcome, RowReport, StageOutcome};
use lifestage::store::RecordQuery;
use lifestage::{Actor, Answer, Pipeline, Record, Request, Timestamp, Workspace, presets};
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
    let Some(lead) = first_in(crm, "new")? else {
        println!("\nNo lead is in the stage New, so the tour ends here.");
        return Ok(());
    };
    buttons(&pipeline, &lead, &sam, now);
    refused(crm, &lead, &sam, now)?;
    walk(crm, &lead, &sam, &maria, now)?;
    conflict(crm, &sam, &maria, now)?;
    history(crm, lead.id())?;
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

fn first_in(crm: &Crm, stage: &str) -> Result<Option<Record>, Box<dyn Error>> {
    let query = RecordQuery::of("lead", 1).in_stage(Some(stage.into()));
    Ok(crm.page(&query)?.records.into_iter().next())
}

fn buttons(pipeline: &Pipeline, lead: &Record, actor: &Actor, now: Timestamp) {
    heading(&format!("{} as {} sees it", name(lead), actor.id()));
    let labels: Vec<String> =
        pipeline.moves(lead, actor, now).map(|offer| format!("[{}]", offer.label())).collect();
    println!("{}   {}", stage_name(pipeline, lead), labels.join(" "));
}

fn refused(crm: &Crm, lead: &Record, actor: &Actor, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let outcome = crm.submit(lead.id(), &Request::mv("start_negotiation"), actor, now)?;
    if let Some(why) = outcome.refusal() {
        println!("Start negotiation? No:");
        for reason in why.reasons() {
            println!("  {} ({})", reason.message(), reason.code());
        }
        if let Some(route) = why.route() {
            println!("  the way there: {route}");
        }
    }
    Ok(())
}

/// Several people take the lead to Won.
fn walk(crm: &Crm, lead: &Record, sam: &Actor, maria: &Actor, now: Timestamp) -> Result<(), Box<dyn Error>> {
    heading(&format!("{} walks", name(lead)));
    let steps = [
        ("mark_contacted", sam),
        ("mark_engaged", sam),
        ("set_appointment", sam),
        ("no_show", maria),
        ("set_appointment", maria),
        ("mark_showed", sam),
        ("start_negotiation", sam),
        ("mark_won", maria),
    ];
    let mut at = now;
    for (mv, actor) in steps {
        at = Timestamp::from_micros(at.as_micros() + 26 * 3_600_000_000);
        match crm.submit(lead.id(), &Request::mv(mv), actor, at)? {
            Answer::Done(receipt) => {
                let row = receipt.row();
                let to = row.to.as_ref().map_or("no stage", |mark| mark.label.as_str());
                println!("  {:<18} by {:<6} -> {to}", mv, actor.id());
            }
            other => return Err(format!("{mv}: {other:?}").into()),
        }
    }
    Ok(())
}

/// Two people look at one lead; one is faster.
fn conflict(crm: &Crm, sam: &Actor, maria: &Actor, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let Some(lead) = first_in(crm, "contacted")? else { return Ok(()) };
    heading(&format!("Two people, one lead: {}", name(&lead)));
    let seen = lead.version();
    crm.submit(lead.id(), &Request::mv("mark_engaged").expecting_version(seen), maria, now)?;
    println!("  maria clicks Mark engaged: done");
    let late = crm.submit(lead.id(), &Request::mv("mark_lost").expecting_version(seen), sam, now)?;
    if let Some(why) = late.refusal() {
        println!("  sam clicks Mark lost:      {why}");
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
