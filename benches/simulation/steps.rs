//! Leads that go to and fro, each decision sealed and committed to a store in memory.

use lifestage::journal::Salt;
use lifestage::store::{CommitMode, CommitOutcome, MemoryStore, Store};
use lifestage::{Actor, Creation, Pipeline, Record, Request, Timestamp, Workspace, presets};

/// How many leads there are.
pub(crate) const LEADS: u32 = 1_000;

/// A simulation at work.
pub(crate) struct Steps {
    crm: Workspace<MemoryStore>,
    pipeline: Pipeline,
    leads: Vec<Record>,
    sam: Actor,
    there: [Request; 2],
    start: Timestamp,
    taken: usize,
}

impl Steps {
    /// Everybody at the start, and nobody moved.
    pub(crate) fn new(start: Timestamp) -> Self {
        let sam = Actor::new("sam").with_role("owner");
        let crm = Workspace::open(MemoryStore::new(), "acme").unwrap();
        crm.publish(&Pipeline::from_json(presets::LEAD).unwrap(), &sam, start).unwrap();
        let lead = |number: u32| {
            let lead = Record::new(format!("lead-{number}"));
            let created = crm.create(lead, &Creation::new(), &sam, start).unwrap();
            created.receipt().unwrap().record().clone()
        };
        let leads = (0..LEADS).map(lead).collect();
        let pipeline = crm.pipeline("lead").unwrap();
        let there = [Request::mv("mark_contacted"), Request::mv("mark_engaged")];
        Self { crm, pipeline, leads, sam, there, start, taken: 0 }
    }

    /// One decision with its commit, a second of the simulated clock after the one before.
    pub(crate) fn step(&mut self) {
        let lead = &mut self.leads[self.taken % LEADS as usize];
        let request = &self.there[usize::from(lead.stage() == Some("contacted"))];
        let now = Timestamp::from_micros(self.start.as_micros() + self.taken as i64 * 1_000_000);
        self.taken += 1;
        let change = self.pipeline.decide(lead, request, &self.sam, now).change().unwrap();
        let change = change.seal(Salt::from_bytes([7; 16]));
        let committed = self.crm.store().commit("acme", std::slice::from_ref(&change), CommitMode::PerItem);
        assert!(matches!(&*committed.unwrap(), [CommitOutcome::Applied]));
        *lead = change.record;
    }
}
