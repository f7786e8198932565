use alloc::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::{Happened, Simulation};
use crate::actor::Actor;
use crate::criteria::FieldType;
use crate::definition::InputDef;
use crate::outbox::{Entry, WorkState};
use crate::pipeline::{Creation, Offer, Pipeline, Report};
use crate::record::Record;
use crate::request::Request;
use crate::time::{Span, Timestamp};
use crate::value::Value;
use crate::workspace::{Answer, WorkspaceError};

/// People at work in a simulation: records come in, are moved on by whoever may, and tasks get done, all by a seed, so
/// that the same cast plays the same piece.
///
/// ```
/// use lifestage::simulation::{Cast, Simulation};
/// use lifestage::{Actor, Pipeline, Span, presets};
///
/// let pipeline = Pipeline::from_json(presets::SALES_STAGES)?;
/// let cast = Cast::of("sales_stages", [Actor::new("sam").with_role("user")]).with_records(20).with_seed(7);
/// let play = || {
///     let mut play = Simulation::new("2026-03-02T09:00:00Z".parse()?, std::slice::from_ref(&pipeline))?;
///     play.perform(&cast, "2026-04-01T09:00:00Z".parse()?).map_err(Box::<dyn std::error::Error>::from)
/// };
/// let (once, again) = (play()?, play()?);
/// assert!(once.moves > 100 && once.tasks > 50);
/// assert_eq!(once, again);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cast {
    pipeline: SmolStr,
    actors: Vec<Actor>,
    records: u32,
    every: Span,
    seed: u64,
}

impl Cast {
    /// These people at work in a pipeline, with ten records, one of them doing something every hour or so.
    pub fn of(pipeline: impl Into<SmolStr>, actors: impl IntoIterator<Item = Actor>) -> Self {
        Self {
            pipeline: pipeline.into(),
            actors: actors.into_iter().collect(),
            records: 10,
            every: Span::from_seconds(3600),
            seed: 0,
        }
    }

    /// So many records instead, all there from the beginning.
    #[must_use]
    pub const fn with_records(mut self, records: u32) -> Self {
        self.records = records;
        self
    }

    /// Something is done so often: a random time up to twice as long lies in between.
    #[must_use]
    pub const fn acting_every(mut self, every: Span) -> Self {
        self.every = every;
        self
    }

    /// Another piece.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// What came of a performance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Performance {
    /// Moves that people made.
    pub moves: u64,
    /// Tasks and other work that people reported done.
    pub tasks: u64,
    /// What was refused, although it was offered.
    pub refused: u64,
    /// What was delivered, in order.
    pub happened: Vec<Happened>,
}

/// A sequence of numbers that look random (SplitMix64).
struct Dice(u64);

impl Dice {
    const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.roll() % end).unwrap_or(0)
    }
}

impl Simulation {
    /// Lets people work until `end`, and time with them.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails.
    pub fn perform(&mut self, cast: &Cast, end: Timestamp) -> Result<Performance, WorkspaceError> {
        let mut dice = Dice(cast.seed);
        let mut performance = Performance::default();
        let Some(pipeline) = self.crm.pipeline(&cast.pipeline) else { return Ok(performance) };
        let everybody = super::everybody(&pipeline);
        let ids: Vec<SmolStr> = (1..=cast.records).map(|number| format_smolstr!("record-{number}")).collect();
        for id in &ids {
            let record = sample(&pipeline, id, &mut dice);
            let actor = pick(&cast.actors, &mut dice).unwrap_or(&everybody);
            self.crm.create(record, &Creation::new(), actor, self.now)?;
        }
        let longest = usize::try_from(cast.every.as_micros().max(1).saturating_mul(2)).unwrap_or(usize::MAX);
        loop {
            let gap = Span::from_micros(i64::try_from(dice.below(longest)).unwrap_or(0).max(1));
            let Some(next) = self.now.checked_add(gap).filter(|next| *next <= end) else { break };
            performance.happened.extend(self.run_until(next)?);
            let Some(id) = pick(&ids, &mut dice) else { continue };
            let actor = pick(&cast.actors, &mut dice).unwrap_or(&everybody);
            if dice.below(2) == 0 {
                performance.tasks += u64::from(self.work(id, actor)?);
            } else {
                self.act(&pipeline, id, actor, &mut dice, &mut performance)?;
            }
        }
        performance.happened.extend(self.run_until(end)?);
        Ok(performance)
    }

    /// Somebody does the first work that is to be done.
    fn work(&self, id: &str, actor: &Actor) -> Result<bool, WorkspaceError> {
        let open = |entry: &Entry| entry.work == Some(WorkState::Open) && !entry.waiting;
        let first = self.crm.store().first_effect(self.crm.tenant(), id, open)?;
        let Some(entry) = first else { return Ok(false) };
        let answer = self.crm.report(entry.effect.id(), &Report::done(), actor, self.now)?;
        Ok(matches!(answer, Answer::Done(_)))
    }

    /// Somebody makes one of the moves that are open to them.
    fn act(
        &self,
        pipeline: &Pipeline,
        id: &str,
        actor: &Actor,
        dice: &mut Dice,
        performance: &mut Performance,
    ) -> Result<(), WorkspaceError> {
        let Some(record) = self.crm.record(id)? else { return Ok(()) };
        let offers: Vec<Offer<'_>> = pipeline.moves(&record, actor, self.now).collect();
        let Some(offer) = pick(&offers, dice) else { return Ok(()) };
        let request =
            offer.asks().filter(|ask| !ask.def.optional).fold(Request::mv(offer.id()), |request, ask| {
                request.with_input(ask.name.clone(), answer(&ask.def, dice))
            });
        match self.crm.submit(id, &request, actor, self.now)? {
            Answer::Done(_) | Answer::Proposed(_) => performance.moves += 1,
            Answer::Refused(_) => performance.refused += 1,
            Answer::Unchanged(_) | Answer::RolledBack => {}
        }
        Ok(())
    }
}

fn pick<'l, T>(list: &'l [T], dice: &mut Dice) -> Option<&'l T> {
    list.get(dice.below(list.len()))
}

/// A record with a value in each field that the pipeline declares.
fn sample(pipeline: &Pipeline, id: &SmolStr, dice: &mut Dice) -> Record {
    let fields = pipeline.definition().fields.iter();
    fields.fold(Record::new(id.clone()).in_pipeline(pipeline.id()), |record, (name, field)| {
        let value = match (name.as_str(), field.field_type) {
            ("email", FieldType::String) => Value::Text(format_smolstr!("{id}@example.com")),
            // A number that no country gives out could not be written down.
            ("phone", FieldType::String) => return record,
            (_, FieldType::String) if field.one_of.is_empty() => {
                Value::Text(format_smolstr!("{name} of {id}"))
            }
            (_, field_type) => some(field_type, &field.one_of, dice),
        };
        record.with(name.clone(), value)
    })
}

fn answer(def: &InputDef, dice: &mut Dice) -> Value {
    // An answer that needs a note would have to be told from the others.
    let plain: Vec<SmolStr> =
        def.one_of.iter().filter(|answer| !def.note_for.contains(answer)).cloned().collect();
    some(def.field_type, &plain, dice)
}

fn some(field_type: FieldType, one_of: &[SmolStr], dice: &mut Dice) -> Value {
    match field_type {
        FieldType::Bool => Value::Bool(dice.below(2) == 0),
        FieldType::Int => Value::Int(i64::try_from(dice.below(10_000)).unwrap_or(0)),
        FieldType::Double => Value::Double(0.5),
        FieldType::Timestamp => Value::from("2026-01-01T00:00:00Z"),
        FieldType::Duration => Value::from("3600s"),
        FieldType::List => Value::List(pick(one_of, dice).cloned().into_iter().collect()),
        FieldType::String => Value::Text(pick(one_of, dice).cloned().unwrap_or_else(|| "a word".into())),
    }
}
