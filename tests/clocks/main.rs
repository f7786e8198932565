//! Promises of time and idle thresholds (S41, S49, S54): cases worked by hand, and what holds of all.

mod idle;
mod notices;
mod planning;
mod property;
mod table;

use lifestage::calendar::Weekday;
use lifestage::catalog::Outcome;
use lifestage::definition::{CalendarDef, CategoryDef, Definition, Happening, RoleDef, SlaDef, StageDef};
use lifestage::journal::Row;
use lifestage::{
    Activity, Actor, Assignment, Capability, Change, Creation, Decision, Edit, Offset, Pipeline, Record,
    Request, SlaClock, Timestamp,
};

/// A wall-clock time of 2026 in Berlin, `03-06 15:00`; the first of two.
pub(crate) fn at(text: &str) -> Timestamp {
    let wall: jiff::civil::DateTime = format!("2026-{}:00", text.replace(' ', "T")).parse().unwrap();
    let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    Timestamp::from_micros(wall.to_zoned(zone).unwrap().timestamp().as_microsecond())
}

/// How `at` writes it.
pub(crate) fn wall(at: Timestamp) -> String {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap();
    at.to_zoned(zone).strftime("%m-%d %H:%M").to_string()
}

/// Open stages `new`, `talking` and `waiting`, and closed ones, each reachable from each. Good Friday and Easter
/// Monday are holidays of the office.
pub(crate) fn definition() -> Definition {
    Definition::new("sales", "Sales")
        .in_zone("Europe/Berlin")
        .with_calendar(CalendarDef::new("office", "Office").closed_on(["2026-04-03", "2026-04-06"]))
        .with_calendar(CalendarDef::new("always", "Always").open(Weekday::ALL, ["00:00-24:00"]))
        .with_field("budget", lifestage::criteria::FieldType::Int)
        .with_category(CategoryDef::new("open", "Open", Outcome::Open))
        .with_category(CategoryDef::new("won", "Won", Outcome::Won))
        .with_category(CategoryDef::new("lost", "Lost", Outcome::Lost))
        .with_stage(StageDef::new("new", "New", "open").as_default())
        .with_stage(StageDef::new("talking", "Talking", "open"))
        .with_stage(StageDef::new("waiting", "Waiting", "open"))
        .with_stage(StageDef::new("won", "Won", "won"))
        .with_stage(StageDef::new("lost", "Lost", "lost"))
        .free()
        .with_role("boss", RoleDef::new("Boss").can(Capability::ALL.iter().copied()))
}

/// The promises of `cases.md`.
pub(crate) fn promises() -> [SlaDef; 8] {
    use Happening::{Assignment, Call, Edit, Email, Message, Task};
    let sla = |id: &str, within| SlaDef::new(id, id.to_uppercase(), within);
    [
        sla("answer", Offset::hours(4)).in_stages(["new"]).in_working_time().met_by([Call, Email, Message]),
        sla("quick", Offset::hours(4)).in_stages(["new"]).met_by([Call]),
        sla("round", Offset::hours(4)).in_stages(["any_open"]).by_calendar("always"),
        sla("solved", Offset::hours(16)).in_stages(["any_open"]).paused_in(["waiting"]).in_working_time(),
        sla("days", Offset::days(3)).in_stages(["any_open"]).paused_in(["waiting"]),
        sla("working_days", Offset::days(2)).in_stages(["new", "talking"]).by_calendar("office"),
        sla("reply", Offset::hours(4)).in_stages(["category:open"]).paused_in(["waiting"]).met_by([Call]),
        sla("handled", Offset::weeks(1)).in_stages(["new"]).met_by([Task, Edit, Assignment]),
    ]
}

pub(crate) fn pipeline(definition: Definition) -> Pipeline {
    Pipeline::from_definition(definition).unwrap_or_else(|error| panic!("{error}"))
}

/// A record and all that happened to it.
pub(crate) struct Story {
    pub(crate) pipeline: Pipeline,
    pub(crate) record: Record,
    pub(crate) rows: Vec<Row>,
    pub(crate) sent: Vec<Timestamp>,
    pub(crate) effects: Vec<lifestage::Effect>,
    actor: Actor,
}

impl Story {
    pub(crate) fn new(pipeline: Pipeline) -> Self {
        let record = Record::new("r");
        let (rows, sent, effects) = (Vec::new(), Vec::new(), Vec::new());
        Self { pipeline, record, rows, sent, effects, actor: Actor::new("ada").with_role("boss") }
    }

    /// What is told as `03-06 15:00 new; 03-06 16:00 call`.
    pub(crate) fn told(pipeline: Pipeline, text: &str) -> Self {
        let mut story = Self::new(pipeline);
        for step in text.split("; ") {
            let (when, what) = step.split_at_checked(11).unwrap_or_else(|| panic!("`{step}` is no step"));
            story.happen(at(when), what.trim());
        }
        story
    }

    /// A stage to go to, or something that happens.
    pub(crate) fn happen(&mut self, now: Timestamp, what: &str) {
        let (pipeline, record, actor) = (self.pipeline.clone(), self.record.clone(), self.actor.clone());
        let log = |activity: Activity| pipeline.log(&record, &activity, &actor, now);
        let decision = match what {
            "sent" => return self.sent.push(now),
            "import" => pipeline.create(&record, &Creation::new().imported(Some(now)), &actor, now),
            "call" => log(Activity::call("Hello")),
            "call planned" => log(Activity::call("Hello").planned()),
            "email" => log(Activity::email("Hello")),
            "note" => log(Activity::note("Hello")),
            "meeting" => log(Activity::meeting("Hello")),
            "task" => log(Activity::task("Do it")),
            "task done" | "done" => log(Activity::finishing(self.rows.last().unwrap()).unwrap()),
            "edit" => {
                let budget = i64::try_from(self.rows.len()).unwrap();
                pipeline.edit(&record, &Edit::new().set("budget", budget), &actor, now)
            }
            "assign" => {
                pipeline.assign(&record, &Assignment::to(format!("p{}", self.rows.len())), &actor, now)
            }
            "undo" => {
                let row = self.rows.iter().find(|row| row.seq == record.visit()).unwrap();
                pipeline.undo(&record, row, "by mistake", &Request::to(""), &actor, now)
            }
            stage if self.rows.is_empty() => {
                pipeline.create(&record, &Creation::in_stage(stage), &actor, now)
            }
            stage => pipeline.decide(&record, &Request::to(stage), &actor, now),
        };
        match decision {
            Decision::Moved(change) => self.take(change),
            other => panic!("{what} at {now}: {other:?}"),
        }
    }

    pub(crate) fn take(&mut self, change: Change<'_>) {
        self.effects.extend(change.effects());
        self.record = change.after();
        self.rows.push(change.row().clone());
    }

    pub(crate) fn clock(&self, id: &str, as_of: Timestamp) -> Option<SlaClock> {
        let clocks = self.pipeline.clocks(&self.record, &self.rows, &self.sent, as_of);
        clocks.into_iter().find(|clock| clock.id == id)
    }
}
