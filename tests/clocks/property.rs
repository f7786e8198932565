//! A model that looks at every minute, for clocks of a few hours.

use lifestage::definition::{Happening, SlaDef};
use lifestage::{Offset, Pipeline, SlaNotice, SlaState, Timestamp};
use proptest::prelude::*;

use super::{Story, at, definition, pipeline};

const MINUTE: i64 = 60_000_000;

/// Stages, and things that happen.
const STEPS: [&str; 9] = ["new", "talking", "waiting", "won", "lost", "call", "sent", "call planned", "undo"];

/// Moments about which clocks run out: an evening, a weekend, holidays, clocks that are set.
const STARTS: [&str; 6] =
    ["03-02 15:30", "03-06 16:00", "03-28 22:00", "10-24 23:00", "04-02 16:10", "03-03 08:00"];

#[derive(Debug, Clone)]
struct Case {
    start: Timestamp,
    within: u32,
    working: Option<&'static str>,
    met_by: bool,
    pauses: bool,
    /// How many minutes later each is.
    steps: Vec<(i64, &'static str)>,
    rest: i64,
}

prop_compose! {
    fn cases()(
        start in prop::sample::select(STARTS.to_vec()),
        within in 1_u32..200,
        working in prop::sample::select(vec![None, Some("office"), Some("always")]),
        met_by in any::<bool>(),
        pauses in any::<bool>(),
        steps in prop::collection::vec((0_i64..90, prop::sample::select(STEPS.to_vec())), 0..9),
        first in prop::sample::select(STEPS[..4].to_vec()),
        rest in 0_i64..400,
    ) -> Case {
        let steps = std::iter::once((0, first)).chain(steps).collect();
        Case { start: at(start), within, working, met_by, pauses, steps, rest }
    }
}

impl Case {
    fn pipeline(&self) -> Pipeline {
        let mut sla = SlaDef::new("s", "S", Offset::minutes(self.within)).in_stages(["new", "talking"]);
        if let Some(calendar) = self.working {
            sla = sla.by_calendar(calendar);
        }
        if self.met_by {
            sla = sla.met_by([Happening::Call, Happening::Message]);
        }
        if self.pauses {
            sla = sla.paused_in(["waiting"]);
        }
        pipeline(definition().with_sla(sla))
    }

    fn minute(&self, minute: i64) -> Timestamp {
        Timestamp::from_micros(self.start.as_micros() + minute * MINUTE)
    }

    /// The story, and each of its steps with its minute; what changes nothing is left out.
    fn story(&self) -> (Story, Vec<(i64, String)>) {
        let mut story = Story::new(self.pipeline());
        let (mut minute, mut told) = (0, Vec::new());
        for (wait, what) in &self.steps {
            minute += wait;
            let stage = story.record.stage().map(str::to_owned);
            let row = story.rows.iter().find(|row| row.seq == story.record.visit());
            let back = row.and_then(|row| row.from.as_ref()).map(|mark| mark.id.to_string());
            let to = match *what {
                "undo" if back.is_none() => continue,
                "undo" => back.unwrap(),
                what if stage.as_deref() == Some(what) => continue,
                what => what.to_owned(),
            };
            story.happen(self.minute(minute), what);
            told.push((minute, to));
        }
        (story, told)
    }
}

/// What a look at every minute finds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    state: SlaState,
    started: i64,
    left: i64,
    ended: Option<i64>,
    breached: Option<i64>,
}

fn model(case: &Case, pipeline: &Pipeline, told: &[(i64, String)], until: i64) -> Option<Found> {
    let calendar = case.working.map(|name| match name {
        "office" => pipeline.calendar().clone(),
        _ => lifestage::calendar::Weekday::ALL
            .into_iter()
            .fold(lifestage::calendar::Calendar::new(pipeline.calendar().zone().clone()), |calendar, day| {
                calendar.open(day, "00:00-24:00").unwrap()
            }),
    });
    let active = |stage: &str| matches!(stage, "new" | "talking") || (case.pauses && stage == "waiting");
    let (mut found, mut stage): (Option<Found>, &str) = (None, "");
    for minute in 0..=until {
        // Messages are told apart from rows, which come first.
        let now = || told.iter().filter(|(at, _)| *at == minute).map(|(_, what)| what.as_str());
        let ordered = now().filter(|what| *what != "sent").chain(now().filter(|what| *what == "sent"));
        for what in ordered {
            let open = found.as_mut().filter(|found| found.ended.is_none());
            let done = |state: SlaState, found: &mut Found| {
                found.ended = Some(minute);
                if found.breached.is_none() {
                    found.state = state;
                }
            };
            match (what, open) {
                ("call planned", _) => continue,
                ("call" | "sent", Some(open)) if case.met_by => done(SlaState::Met, open),
                ("call" | "sent", _) => {}
                (to, open) => {
                    if !active(stage) && active(to) {
                        let left = i64::from(case.within);
                        let state = SlaState::Running;
                        found = Some(Found { state, started: minute, left, ended: None, breached: None });
                    } else if let Some(open) = open {
                        if !active(to) {
                            done(if case.met_by { SlaState::Left } else { SlaState::Met }, open);
                        } else if to == "waiting" && open.left == 0 && open.breached.is_none() {
                            (open.state, open.breached) = (SlaState::Breached, Some(minute));
                        }
                    }
                    stage = to;
                }
            }
        }
        let Some(open) = found.as_mut().filter(|found| found.ended.is_none()) else { continue };
        if open.left == 0 && open.breached.is_none() {
            (open.state, open.breached) = (SlaState::Breached, Some(minute));
        }
        if open.breached.is_none() {
            open.state = if stage == "waiting" { SlaState::Paused } else { SlaState::Running };
        }
        let works = calendar.as_ref().is_none_or(|calendar| calendar.is_working(case.minute(minute)));
        if minute < until && works && stage != "waiting" {
            open.left -= 1;
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_clock_is_what_a_look_at_every_minute_gives(case in cases()) {
        let (story, told) = case.story();
        let last = told.last().map_or(0, |(at, _)| *at);
        for until in [last / 2, last, last + case.rest] {
            let minutes = |at: Timestamp| (at.as_micros() - case.start.as_micros()) / MINUTE;
            let found = story.clock("s", case.minute(until)).map(|clock| Found {
                state: clock.state,
                started: minutes(clock.started_at),
                left: clock.left.as_micros() / MINUTE,
                ended: clock.ended_at.map(minutes),
                breached: clock.breached_at.map(minutes),
            });
            prop_assert_eq!(found, model(&case, &story.pipeline, &told, until), "at {}: {:?}", until, told);
        }
    }

    #[test]
    fn a_clock_that_runs_runs_out_when_it_says(case in cases()) {
        let (story, told) = case.story();
        let now = case.minute(told.last().map_or(0, |(at, _)| *at));
        let Some(clock) = story.clock("s", now).filter(|clock| clock.state == SlaState::Running) else {
            return Ok(());
        };
        let due = clock.due_at.unwrap();
        let just_before = Timestamp::from_micros(due.as_micros() - 1);
        prop_assert!(due > now);
        prop_assert_eq!(story.clock("s", just_before).unwrap().state, SlaState::Running);
        prop_assert_eq!(story.clock("s", due).unwrap().breached_at, Some(due));
        // Of all that was planned, the breach of this run is told then, and nothing else.
        for effect in &story.effects {
            let notice =
                |now| story.pipeline.sla_notice(effect, &story.record, &story.rows, &story.sent, now);
            let of_run = story.rows[usize::try_from(effect.seq).unwrap() - 1].effective_at == clock.started_at;
            if notice(due) == SlaNotice::Tell {
                prop_assert!(of_run);
                prop_assert_eq!(notice(just_before), SlaNotice::Postpone(due));
            }
        }
        let told = story.effects.iter().rfind(|effect| {
            story.pipeline.sla_notice(effect, &story.record, &story.rows, &story.sent, due) == SlaNotice::Tell
        });
        prop_assert!(told.is_some());
    }
}
