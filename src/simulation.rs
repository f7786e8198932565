//! A pipeline played on a simulated clock: a month passes in milliseconds, and always in the same way.

mod cast;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use std::sync::Mutex;

pub use cast::{Cast, Performance};

use crate::actor::Actor;
use crate::effect::EffectKind;
use crate::outbox::Delivery;
use crate::pipeline::Pipeline;
use crate::store::{MemoryStore, StoreError, StoreErrorKind};
use crate::time::Timestamp;
use crate::workspace::{
    Handled, Handler, HandlerError, PublishRefusal, Round, Worker, Workspace, WorkspaceError,
};

/// A workspace in memory with a clock that moves when it is told to.
///
/// Time goes from one thing that is due to the next: tasks, reminders, messages, timed moves happen at their time, in
/// order. Nothing comes from outside, neither the time nor chance, so that the same calls leave the same journal to the
/// last hash, and the same effects.
///
/// ```
/// use lifestage::simulation::Simulation;
/// use lifestage::{Actor, Creation, Pipeline, Record, presets};
///
/// let pipeline = Pipeline::from_json(presets::SALES_STAGES)?;
/// let mut play = Simulation::new("2026-03-02T09:00:00Z".parse()?, &[pipeline])?;
/// let mo = Record::new("mo").with("name", "Mo").with("email", "mo@example.com").with("property", "Elm Street 1");
/// play.crm().create(mo, &Creation::in_stage("made_contact"), &Actor::new("sam").with_role("user"), play.now())?;
///
/// let happened = play.run_until("2026-04-02T09:00:00Z".parse()?)?;
/// let mails = happened.iter().filter(|it| it.delivery.effect.kind.name() == "send_email");
/// assert_eq!(mails.map(|it| it.at.to_string()).collect::<Vec<_>>(), ["2026-03-02T09:00:00Z", "2026-03-05T09:00:00Z"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Simulation {
    crm: Workspace<MemoryStore>,
    now: Timestamp,
    handlers: Vec<(EffectKind, Box<dyn Handler>)>,
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Something that a simulation delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    pub delivery: Delivery,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// How often the worker may run without time going on: more is a circle.
const MOST_ROUNDS: u32 = 10_000;

impl Simulation {
    /// A simulation that begins at `start` with these pipelines published.
    ///
    /// # Errors
    /// [`PublishRefusal`] when a pipeline cannot be published, because none of its roles may.
    pub fn new(start: Timestamp, pipelines: &[Pipeline]) -> Result<Self, PublishRefusal> {
        let crm = Workspace::open(MemoryStore::new(), "simulation")?.salted_by(0);
        for pipeline in pipelines {
            crm.publish(pipeline, &everybody(pipeline), start)?;
        }
        Ok(Self { crm, now: start, handlers: Vec::new() })
    }

    /// The workspace, for whatever people do in between.
    pub const fn crm(&self) -> &Workspace<MemoryStore> {
        &self.crm
    }

    /// What the clock shows.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Delivers effects of this kind so; without, every effect is delivered and nothing else comes of it.
    #[must_use]
    pub fn on(
        mut self,
        kind: EffectKind,
        handle: impl Fn(&Delivery) -> Result<Handled, HandlerError> + Send + Sync + 'static,
    ) -> Self {
        self.handlers.push((kind, Box::new(handle)));
        self
    }

    /// Lets time go on until `end`, from one thing that is due to the next, and tells what was delivered, in order.
    /// A time in the past changes nothing.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails, or so much happens at one moment that time would not go on.
    pub fn run_until(&mut self, end: Timestamp) -> Result<Vec<Happened>, WorkspaceError> {
        let happened = Mutex::new(Vec::new());
        let mut rounds = 0;
        while let Some(due) = self.crm.next_due()?.filter(|due| *due <= end) {
            rounds = if due > self.now { 0 } else { rounds + 1 };
            self.now = self.now.max(due);
            if rounds > MOST_ROUNDS || self.deliver(&happened)?.total() == 0 {
                let message = alloc::format!("the simulation comes to no end at {}", self.now);
                return Err(StoreError::new(StoreErrorKind::Invalid, message).into());
            }
        }
        self.now = self.now.max(end);
        Ok(happened.into_inner().unwrap_or_default())
    }

    fn deliver(&self, happened: &Mutex<Vec<Happened>>) -> Result<Round, WorkspaceError> {
        let now = self.now;
        let mut worker = Worker::new(&self.crm).with_batch(1_000);
        for kind in EffectKind::ALL.into_iter().filter(|kind| *kind != EffectKind::Move) {
            let own = self.handlers.iter().rev().find(|(handled, _)| *handled == kind);
            worker = worker.on(kind, move |delivery: &Delivery| {
                let handled = own.map_or(Ok(Handled::Delivered), |(_, handler)| handler.handle(delivery));
                let error = handled.as_ref().err().map(ToString::to_string);
                if let Ok(mut happened) = happened.lock() {
                    happened.push(Happened { at: now, delivery: delivery.clone(), error });
                }
                handled
            });
        }
        worker.run_once(now)
    }
}

/// Somebody who may do what anybody may.
fn everybody(pipeline: &Pipeline) -> Actor {
    pipeline.with_every_role(Actor::new("simulation"))
}
