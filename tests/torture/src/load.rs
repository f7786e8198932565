//! The work that is interrupted: leads that are created and moved.

use lifestage::store::{CommitMode, Reader, Store};
use lifestage::{
    Actor, Answer, Creation, Pipeline, Record, Request, Timestamp, Workspace, WorkspaceError, presets,
};

use crate::Failure;
use crate::ack::Ack;
use crate::random::Random;

/// The tenant.
pub const TENANT: &str = "acme";
/// The pipeline.
pub const PIPELINE: &str = "lead";
/// How many records are created together, all or none.
pub const BATCH: usize = 3;

/// The lead pipeline that ships with the project, except that its actions start by themselves when a
/// lead enters: so there are effects to lose.
///
/// # Errors
/// When it does not load.
pub fn pipeline() -> Result<Pipeline, Failure> {
    let document = presets::LEAD
        .replace(r#""kind": "schedule_meeting","#, r#""kind": "schedule_meeting", "on": "enter","#);
    Ok(Pipeline::from_json(&document)?)
}

/// Opens the workspace on a store, and publishes the pipeline unless that is done.
///
/// # Errors
/// When the store fails.
pub fn open<S: Store + Reader>(store: S) -> Result<Workspace<S>, Failure> {
    let workspace = Workspace::open(store, TENANT)?;
    if workspace.pipeline(PIPELINE).is_none() {
        let olga = Actor::new("olga").with_role("owner");
        workspace.publish(&pipeline()?, &olga, Timestamp::now())?;
    }
    Ok(workspace)
}

/// One caller's work.
#[derive(Debug)]
pub struct Worker {
    actor: Actor,
    random: Random,
    /// Leads are chosen from those with these numbers.
    leads: std::ops::Range<u64>,
    label: String,
    steps: u64,
}

impl Worker {
    /// A worker on leads of these numbers. The label makes what it creates its own.
    pub fn new(label: impl Into<String>, seed: u64, leads: std::ops::Range<u64>) -> Self {
        let label = label.into();
        let actor = Actor::new(label.as_str()).with_role("sales");
        Self { actor, random: Random::new(seed), leads, label, steps: 0 }
    }

    /// Asks for one thing, most often a move, and returns what was acknowledged: nothing when it was
    /// refused, as when somebody else was faster.
    ///
    /// # Errors
    /// When the store fails.
    pub fn step<S: Store + Reader>(&mut self, workspace: &Workspace<S>) -> Result<Vec<Ack>, WorkspaceError> {
        self.steps += 1;
        let key = format!("{}-{}", self.label, self.steps);
        if self.random.below(12) == 0 {
            return self.batch(workspace, &key);
        }
        let number = self.leads.start + self.random.below(self.leads.end - self.leads.start);
        let id = format!("lead-{number}");
        let now = Timestamp::now();
        let Some(record) = workspace.record(&id)? else {
            let creation = Creation::new().with_key(key);
            return Ok(acks(&[workspace.create(self.lead(id), &creation, &self.actor, now)?]));
        };
        let Some(pipeline) = workspace.pipeline(PIPELINE) else { return Ok(Vec::new()) };
        // A lead that is won stays won, so most are led away from it.
        let open: Vec<_> =
            pipeline.moves(&record, &self.actor, now).filter(|offer| offer.id() != "mark_won").collect();
        let Some(offer) = self.random.pick(&open) else { return Ok(Vec::new()) };
        let request = Request::mv(offer.id()).with_key(key);
        Ok(acks(&[workspace.submit(&id, &request, &self.actor, now)?]))
    }

    fn batch<S: Store + Reader>(
        &mut self,
        workspace: &Workspace<S>,
        key: &str,
    ) -> Result<Vec<Ack>, WorkspaceError> {
        let records = (0..BATCH)
            .map(|n| {
                let creation = Creation::new().with_key(format!("{key}-{n}")).in_batch(key);
                (self.lead(format!("{key}-{n}")), creation)
            })
            .collect();
        let outcomes = workspace.create_all(records, CommitMode::Atomic, &self.actor, Timestamp::now())?;
        Ok(acks(&outcomes))
    }

    fn lead(&mut self, id: String) -> Record {
        let budget = i64::try_from(self.random.below(100_000)).unwrap_or(0);
        let email = format!("{id}@example.com");
        // Notes of many lengths leave the pages filled unevenly.
        let notes = "word ".repeat(usize::try_from(self.random.below(60)).unwrap_or(0));
        Record::new(id)
            .with("name", "Ada Example")
            .with("email", email)
            .with("budget", budget)
            .with("notes", notes)
    }
}

fn acks(outcomes: &[Answer]) -> Vec<Ack> {
    outcomes.iter().filter_map(Answer::receipt).map(|receipt| Ack::from(receipt.row())).collect()
}
