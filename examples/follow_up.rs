//! Follow-up as a sales team sets it up: a lead that comes into "Made Contact" gets its tasks with deadlines and
//! reminders, an e-mail and a text on their own, and loses what is open when it moves on. A month passes on a
//! simulated clock. `docs/effects.md` shows what it prints.
//!
//! `cargo run --release --example follow_up`

use std::error::Error;

use lifestage::definition::{TaskDef, WorkflowDef};
use lifestage::outbox::{Entry, OutboxQuery, TaskQuery};
use lifestage::simulation::{Happened, Simulation};
use lifestage::{
    Actor, CatchUp, CatchingUp, Creation, EffectKind, Offset, Pipeline, Record, Report, Request, Timestamp,
    presets,
};

fn main() -> Result<(), Box<dyn Error>> {
    let (sam, ada) = (Actor::new("sam").with_role("user"), Actor::new("ada").with_role("admin"));
    let mut definition = Pipeline::from_json(presets::SALES_STAGES)?.definition().clone();
    definition.zone = "America/New_York".into();
    let pipeline = Pipeline::from_definition(definition.clone())?;
    // Friday, 6 March 2026, 15:30 in New York; clocks go forward on Sunday.
    let mut play = Simulation::new("2026-03-06T20:30:00Z".parse()?, &[pipeline])?;

    println!("# Friday 15:30: Mo asks about Elm Street 1, and sam reaches him at once");
    let mo =
        Record::new("mo").with("name", "Mo").with("email", "mo@example.com").with("property", "Elm Street 1");
    let mo = mo.with("phone", "+12125550123").with("text_consent", true);
    play.crm().create(mo, &Creation::new(), &sam, play.now())?;
    play.crm().submit("mo", &Request::to("made_contact"), &sam, play.now())?;
    show_tasks(&play, "what sam has to do")?;

    println!("\n# Until Monday noon");
    let happened = play_until(&mut play, "2026-03-09T16:00:00Z")?;
    tell(&play, &happened);
    finish(&play, "send_information", &sam)?;
    show_tasks(&play, "what is left for sam")?;

    println!("\n# Monday afternoon: ada adds a task to the stage, for those who are in it too");
    let flow = definition.workflows.iter_mut().find(|flow| flow.stage == "made_contact");
    let flow: &mut WorkflowDef = flow.ok_or("no such workflow")?;
    *flow = flow
        .clone()
        .with_task(TaskDef::new("photos", "Ask {{ name }} for photos", Offset::days(1)).at(10, 0));
    play.crm().publish(&Pipeline::from_definition(definition)?, &ada, play.now())?;
    let caught = play.crm().catch_up(&CatchUp::of("sales_stages"), &ada, play.now())?;
    let CatchingUp::Done(caught) = caught else { return Err("ada may publish".into()) };
    for (record, effects) in &caught.given {
        let titles = effects.iter().filter_map(|effect| effect.args.get("title"));
        println!("    {record} gets: {}", titles.map(ToString::to_string).collect::<Vec<_>>().join(", "));
    }

    println!("\n# Until the next Friday");
    let happened = play_until(&mut play, "2026-03-13T16:00:00Z")?;
    tell(&play, &happened);

    println!("\n# Mo signs: what is still open for Made Contact is open no more, and onboarding begins");
    play.crm().submit("mo", &Request::to("signed"), &sam, play.now())?;
    show_tasks(&play, "what sam has to do")?;
    let states = play.crm().outbox(&OutboxQuery::of("mo", 100))?.entries;
    let count = |state: &str| states.iter().filter(|entry| entry.state.name() == state).count();
    println!(
        "    of {} effects: {} delivered, {} pending, {} cancelled, {} dead",
        states.len(),
        count("delivered"),
        count("pending"),
        count("cancelled"),
        count("dead"),
    );
    println!("    the journal {}", if play.crm().verify("mo")?.is_none() { "holds" } else { "is broken" });
    Ok(())
}

/// What people would notice on the way: not that tasks were put on the list.
fn play_until(play: &mut Simulation, time: &str) -> Result<Vec<Happened>, Box<dyn Error>> {
    let mut happened = play.run_until(time.parse()?)?;
    happened.retain(|it| it.delivery.effect.kind != EffectKind::CreateTask);
    Ok(happened)
}

/// The wall clock where Mo is, without the year.
fn local(play: &Simulation, at: Timestamp) -> Result<String, Box<dyn Error>> {
    let record = play.crm().record("mo")?.ok_or("no record")?;
    let pipeline = play.crm().pipeline("sales_stages").ok_or("no pipeline")?;
    let wall = pipeline.zone_of(&record).wall_clock(at).ok_or("out of range")?;
    Ok(wall.split_at(5).1.to_owned())
}

fn tell(play: &Simulation, happened: &[Happened]) {
    for it in happened {
        let effect = &it.delivery.effect;
        let said = ["subject", "body", "title"].iter().find_map(|name| effect.args.get(name));
        let said = said.map_or_else(String::new, ToString::to_string);
        let at = local(play, it.at).unwrap_or_default();
        println!("    {at}  {:<10} {said}", effect.kind.name());
    }
}

fn show_tasks(play: &Simulation, what: &str) -> Result<(), Box<dyn Error>> {
    println!("    {what}:");
    let tasks = play.crm().tasks(&TaskQuery::open(100).of("sam"))?.entries;
    let urgency = play.crm().urgency(&tasks, play.now())?;
    for (task, urgency) in tasks.iter().zip(urgency) {
        let Entry { effect, waiting, .. } = task;
        let due = effect.due.map(|due| local(play, due)).transpose()?.unwrap_or_default();
        let waits = if *waiting { ", after the one before" } else { "" };
        let title = effect.args.get("title").map(ToString::to_string).unwrap_or_default();
        println!("      {due}  {:<8} {title}{waits}", urgency.name());
    }
    Ok(())
}

fn finish(play: &Simulation, task: &str, actor: &Actor) -> Result<(), Box<dyn Error>> {
    let tasks = play.crm().tasks(&TaskQuery::open(100))?.entries;
    let task = tasks.iter().find(|entry| entry.effect.action.ends_with(task)).ok_or("no such task")?;
    play.crm().report(task.effect.id(), &Report::done(), actor, play.now())?;
    println!(
        "    sam reports `{}` done",
        task.effect.args.get("title").map(ToString::to_string).unwrap_or_default()
    );
    Ok(())
}
