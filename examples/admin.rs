//! An admin changes the contact stages of a team while contacts live in them: nothing is lost,
//! orphaned or rewritten. `docs/editing.md` shows what it prints.
//!
//! `cargo run --release --example admin`

use std::error::Error;

use lifestage::definition::{StageDef, uses};
use lifestage::migration::StageMap;
use lifestage::revise::{DefinitionEdit as Edit, Revision};
use lifestage::store::{CommitMode, MemoryStore};
use lifestage::{
    Actor, Creation, Migrating, Pipeline, Publishing, Record, Request, Timestamp, Workspace, presets,
};

type Crm = Workspace<MemoryStore>;

const CONTACTS: &str = "contact_stages";

fn main() -> Result<(), Box<dyn Error>> {
    let (ada, uwe) = (Actor::new("ada").with_role("admin"), Actor::new("uwe").with_role("user"));
    let now: Timestamp = "2026-11-20T09:00:00Z".parse()?;
    let crm = Workspace::open(MemoryStore::new(), "acme")?;
    crm.publish(&Pipeline::from_json(presets::CONTACT_STAGES)?, &ada, now)?;
    contacts_come_in(&crm, &uwe, now)?;

    println!("# Settings -> Tracking -> Contact Stages");
    revise(&crm, "uwe renames a stage", Edit::rename_stage("contacted", "Reached").into(), &uwe, now)?;
    revise(&crm, "ada renames it", Edit::rename_stage("contacted", "Reached").into(), &ada, now)?;
    let referred = StageDef::new("referred", "Referred", "active");
    let added = Revision::new()
        .edit(Edit::AddStage { stage: referred, before: None, after: Some("new_lead".into()) })
        .edit(Edit::style_stage("referred", "user_plus", "#0a7"));
    revise(&crm, "ada adds one, with icon and colour", added, &ada, now)?;
    let order = ["customer", "premium_client", "onboarded"];
    revise(&crm, "ada puts Won in another order", Edit::reorder_stages("won", order).into(), &ada, now)?;
    revise(&crm, "ada makes it the default", Edit::set_default("referred").into(), &ada, now)?;
    revise(&crm, "ada paints Approved", Edit::style_stage("approved", "flame", "red").into(), &ada, now)?;
    let twice = Edit::rename_stage("engaged", " REACHED ");
    revise(&crm, "ada gives a name twice", twice.into(), &ada, now)?;

    println!("\n# A stage with contacts in it goes");
    let pipeline = crm.pipeline(CONTACTS).ok_or("no contact stages")?;
    for using in uses(pipeline.definition(), "nurturing") {
        println!("    {using}");
    }
    revise(&crm, "ada removes Nurturing", Edit::remove_stage("nurturing").into(), &ada, now)?;
    let replaced = Revision::from(Edit::replace_stage("nurturing", "no_decision"));
    let revised = crm.judge_revision(CONTACTS, &replaced, &ada)?;
    if let lifestage::revise::Revised::Accepted(next) = &revised {
        for line in crm.impact(next.pipeline())? {
            println!("    would be: {line}");
        }
    }
    revise(&crm, "ada sends them to No Decision", replaced, &ada, now)?;
    let last = crm.history("contact-3")?.pop().ok_or("no history")?;
    let label = |mark: Option<lifestage::journal::StageMark>| {
        mark.map_or_else(String::new, |mark| mark.label.to_string())
    };
    println!(
        "    contact-3, row {}: {} from {} to {}, because {}",
        last.seq,
        last.kind.name(),
        label(last.from),
        label(last.to),
        last.reason.unwrap_or_default()
    );

    println!("\n# Two admins at once");
    let stale = Revision::from(Edit::rename_stage("engaged", "Talking")).expecting_version(1);
    revise(&crm, "somebody who still sees version 1", stale, &ada, now)?;

    println!("\n# Looking back");
    for made in crm.versions(CONTACTS)? {
        let content = made.content().to_string();
        println!(
            "    version {} by {}, {}",
            made.version,
            made.published_by,
            content.get(..12).unwrap_or_default()
        );
    }
    if let Publishing::Published(back) = crm.undo_version(CONTACTS, 2, &ada, now)? {
        println!("ada takes version 2 back: version {}\n    {}", back.pipeline().version(), back.diff());
    }

    println!("\n# Another pipeline for the customers");
    crm.publish(&Pipeline::from_json(presets::SALES_STAGES)?, &ada, now)?;
    let map = StageMap::new().with("customer", "signed");
    match crm.migrate("customers", CONTACTS, "sales_stages", &map, "sales takes over", &ada, now, |_| {})? {
        Migrating::Done(report) => println!("{} contact moved to the sales stages", report.moved),
        Migrating::Refused(refusal) => println!("refused: {refusal}"),
    }
    let audit = crm.verify_all(CONTACTS, |_| {})?;
    println!("Journal: {} records, {} rows, {} faults", audit.records, audit.rows, audit.faults.len());
    Ok(())
}

fn contacts_come_in(crm: &Crm, uwe: &Actor, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let new =
        |n| (Record::new(format!("contact-{n}")).with("email", format!("c{n}@example.com")), Creation::new());
    crm.create_all((1..=5).map(new).collect(), CommitMode::Atomic, uwe, now)?;
    for (id, stage) in [("contact-2", "nurturing"), ("contact-3", "nurturing"), ("contact-4", "customer")] {
        crm.submit(id, &Request::to(stage), uwe, now)?;
    }
    Ok(())
}

/// Asks for a revision, and tells what became of it.
fn revise(
    crm: &Crm,
    what: &str,
    revision: Revision,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    match crm.revise(CONTACTS, &revision, actor, now, |_| {})? {
        Publishing::Published(done) => {
            println!("{what}: version {}", done.pipeline().version());
            done.diff().to_string().lines().for_each(|line| println!("    {line}"));
            if done.moved() > 0 {
                println!("    {} records moved", done.moved());
            }
        }
        Publishing::Unchanged(_) => println!("{what}: nothing changes"),
        Publishing::Refused(refusal) => println!("{what}: refused, {refusal}"),
    }
    Ok(())
}
