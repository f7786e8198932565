//! Booking a call: a contact that a setter approved waits for a call to be booked, one is booked with an event type
//! and a closer whose turn it is, and when the booking is done the contact leaves "Appointment setting" and is
//! among the calls. `docs/effects.md` shows what it prints.
//!
//! `cargo run --release --example book_a_call`

use std::error::Error;

use lifestage::outbox::Delivery;
use lifestage::store::MemoryStore;
use lifestage::{
    Actor, Answer, CarryOut, Creation, EffectKind, Handled, HandlerError, Pipeline, Record, Report, Request,
    Timestamp, Worker, Workspace, presets,
};

type Crm = Workspace<MemoryStore>;

const CONTACTS: &str = "contact_stages";

fn main() -> Result<(), Box<dyn Error>> {
    let ada = Actor::new("ada").with_role("admin");
    let sue = Actor::new("sue").with_role("appointment_setter");
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let crm = Workspace::open(MemoryStore::new(), "acme")?;
    crm.publish(&Pipeline::from_json(presets::CONTACT_STAGES)?, &ada, now)?;
    crm.set_pool(CONTACTS, "closer", &["eva", "lee", "kim"], &ada, now)?;
    crm.set_away(CONTACTS, "closer", "lee", true, &ada, now)?;

    println!("# Three contacts come in, and sue approves them");
    for name in ["ines", "omar", "yuki"] {
        crm.create(Record::new(name).with("name", name), &Creation::new(), &sue, now)?;
        crm.submit(name, &Request::mv("approve"), &sue, now)?;
    }
    show_queues(&crm)?;

    println!("\n# Approved offers an action");
    let ines = crm.record("ines")?.ok_or("no such contact")?;
    let pipeline = crm.pipeline(CONTACTS).ok_or("no contact stages")?;
    for action in pipeline.actions(&ines, &sue, now) {
        let asks = action.definition().with.get("ask").map(ToString::to_string).unwrap_or_default();
        println!("    [{}] asks {asks}", action.definition().name);
    }

    println!("\n# First the event, then the host");
    let book = |event: &str, host: &str| {
        CarryOut::action("book_a_call").with("event_type", event).with("host", host)
    };
    say(&crm.carry_out("ines", &book("strategy_call", "round_robin"), &sue, now)?);
    say(&crm.carry_out("omar", &book("discovery_call", "round_robin"), &sue, now)?);
    say(&crm.carry_out("yuki", &book("discovery_call", "lee"), &sue, now)?);
    say(&crm.carry_out("yuki", &book("party", "eva"), &sue, now)?);
    say(&crm.carry_out("yuki", &book("follow_up_call", "eva"), &sue, now)?);
    show_queues(&crm)?;

    println!("\n# The calendar is asked; it is down for a moment, and omar has no slot");
    let worker = Worker::new(&crm).on(EffectKind::BookCall, |booking: &Delivery| {
        match (booking.effect.record.as_str(), booking.attempt) {
            ("ines", 1) => Err(HandlerError::new("the calendar does not answer")),
            ("omar", _) => Ok(Handled::Delivered),
            _ => Ok(Handled::Done),
        }
    });
    let round = worker.run_once(now)?;
    for (effect, error) in &round.errors {
        println!("    {effect}: {error}; to be tried again");
    }
    let later = "2026-03-02T09:05:00Z".parse()?;
    worker.run_once(later)?;
    let booking = lifestage::EffectId::new("omar", 3, 0);
    crm.report(booking, &Report::failed("no slot this week"), &sue, later)?;
    show_queues(&crm)?;

    println!("\n# ines stays Approved; her history");
    for row in crm.history("ines")? {
        let stage = row.to.map_or_else(String::new, |mark| mark.label.to_string());
        println!("    {} {:<8} {:<10} {stage}", row.seq, row.kind.name(), row.actor);
    }
    Ok(())
}

fn say(answer: &Answer) {
    match answer {
        Answer::Done(receipt) => {
            for effect in receipt.effects() {
                let host = effect.assignee.as_deref().unwrap_or("nobody");
                let event = effect.args.get("event_type").map(ToString::to_string).unwrap_or_default();
                println!("    {}: {event} with {host}", effect.record);
            }
        }
        Answer::Refused(why) => println!("    refused: {why}"),
        other => println!("    {other:?}"),
    }
}

fn show_queues(crm: &Crm) -> Result<(), Box<dyn Error>> {
    for (id, name) in [("appointment_setting", "Appointment setting"), ("calls", "Calls")] {
        let places = crm.queue(CONTACTS, id, None, 100)?;
        let there: Vec<&str> = places.iter().map(|place| place.record.as_str()).collect();
        println!("    {name}: {}", if there.is_empty() { "-".to_owned() } else { there.join(", ") });
    }
    Ok(())
}
