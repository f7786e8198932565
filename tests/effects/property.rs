use std::collections::BTreeMap;
use std::sync::Mutex;

use lifestage::outbox::{Delivery, EffectState, Entry, TaskQuery, WorkState};
use lifestage::store::{CommitMode, CommitOutcome, MemoryStore, Reader, Store, StoreError};
use lifestage::{
    Act, Answer, CarryOut, CatchUp, Edit, Effect, EffectKind, Handled, HandlerError, Pipeline, Report,
    Request, SealedChange, Span, Worker, Workspace, pass_on,
};
use lifestage_sqlite::SqliteStore;
use proptest::prelude::*;
use serde_json::json;

use crate::{DAY, HOUR, ada, at, contact, crm, document, entries, sam};

/// A pipeline in which every kind of effect, timer, chain, queue and follow-up comes up.
fn busy() -> Pipeline {
    with_tasks(&[])
}

/// The same, in which a stage came to have these tasks.
fn with_tasks(more: &[serde_json::Value]) -> Pipeline {
    let mut document = document(json!({
        "workflows": [
            { "id": "flow", "name": "Flow", "stage": "talk",
              "tasks": [
                { "id": "call", "title": "Call", "due": "1h", "remind": ["10m"] },
                { "id": "visit", "title": "Visit", "due": "2d", "after": "call", "remind": ["1d", "2h"] },
                { "id": "file", "title": "File", "due": "1w", "after": "call", "stays": true, "remind": ["1d"] },
              ],
              "messages": [
                { "id": "hello", "channel": "email", "subject": "S", "body": "B", "repeat": "first_visit" },
                { "id": "later", "channel": "email", "after": "1d", "subject": "S", "body": "B" },
                { "id": "anyway", "channel": "email", "after": "2d", "stays": true, "subject": "S", "body": "B" },
              ] },
            { "id": "turns", "name": "Turns", "stage": "offer", "tasks": [
                { "id": "sign", "title": "Sign", "due": "1d", "assignee": "round_robin:closer", "remind": ["2h"] }] },
        ],
        "automation": [
            { "id": "rich", "on": { "changed": ["budget"] }, "in": ["new", "talk"], "when": "budget > 50", "move": "offer" },
            { "id": "park", "on": { "after": "3d" }, "in": ["talk"], "move": "drop" },
            { "id": "back", "on": { "after": "1d" }, "in": ["offer"], "move": "talk", "backward": true },
        ],
        "queues": [{ "id": "talking", "name": "Talking", "stages": ["talk"] }, { "id": "calls", "name": "Calls" }],
    }));
    document["workflows"][0]["tasks"].as_array_mut().unwrap().extend_from_slice(more);
    document["stages"][1]["actions"] = json!([
        { "id": "bye", "name": "Bye", "kind": "notify", "on": "exit" },
        { "id": "book", "name": "Book", "kind": "book_call", "on_done": { "move": "offer", "leave_queue": "talking", "join_queue": "calls" } },
    ]);
    Pipeline::from_json(&document.to_string()).unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    Move(&'static str),
    Budget(i64),
    CarryOut,
    Report(usize, bool),
    Reopen(usize),
    Undo,
    Trash,
    Restore,
    Wait(i64),
    Work { failing: u8 },
    Revive(usize),
    CatchUp,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::sample::select(&["new", "talk", "offer", "won", "lost"][..]).prop_map(Step::Move),
        2 => (0..100_i64).prop_map(Step::Budget),
        2 => Just(Step::CarryOut),
        3 => (0..12_usize, prop::bool::weighted(0.8)).prop_map(|(which, done)| Step::Report(which, done)),
        1 => (0..12_usize).prop_map(Step::Reopen),
        1 => Just(Step::Undo),
        1 => Just(Step::Trash),
        1 => Just(Step::Restore),
        4 => prop::sample::select(&[1, 5, HOUR, DAY, 2 * DAY][..]).prop_map(Step::Wait),
        5 => (0..4_u8).prop_map(|failing| Step::Work { failing }),
        1 => (0..12_usize).prop_map(Step::Revive),
        2 => Just(Step::CatchUp),
    ]
}

/// A store that keeps a list of its own of what each commit set in motion.
struct Noted<S> {
    store: S,
    planned: Mutex<Vec<(String, u64, u16)>>,
}

impl<S> Noted<S> {
    fn new(store: S) -> Self {
        Self { store, planned: Mutex::default() }
    }
}

impl<S: Store> Store for Noted<S> {
    pass_on!(self => self.store; load, publish, begin_migration, finish_migration, receipt, claim, settle);

    fn commit(
        &self,
        tenant: &str,
        changes: &[SealedChange],
        mode: CommitMode,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        let outcomes = self.store.commit(tenant, changes, mode)?;
        let applied =
            changes.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == CommitOutcome::Applied);
        let effects = applied.flat_map(|(change, _)| &change.effects);
        self.planned.lock().unwrap().extend(effects.map(place));
        Ok(outcomes)
    }
}

impl<S: Reader> Reader for Noted<S> {
    pass_on!(self => self.store; reads);
}

fn place(effect: &Effect) -> (String, u64, u16) {
    (effect.record.to_string(), effect.seq, effect.index)
}

/// What was set in motion is delivered, pending, cancelled or dead, each once, and nothing else is.
fn nothing_lost_or_invented<S: Store + Reader>(crm: &Workspace<Noted<S>>) {
    let mut planned = crm.store().planned.lock().unwrap().clone();
    let mut kept: Vec<_> = entries(crm, "lead-1").iter().map(|entry| place(&entry.effect)).collect();
    planned.sort_unstable();
    kept.sort_unstable();
    assert_eq!(planned, kept);
    let audit = crm.verify_all("deals", |_| {}).unwrap();
    assert!(audit.faults.is_empty(), "{audit:?}");
}

/// Plays the steps.
fn play<S: Store + Reader>(crm: &Workspace<S>, steps: &[Step]) {
    let mut now = 0;
    drop::<Answer>(crm.set_pool("deals", "closer", &["eva", "lee"], &ada(), at(0)).unwrap());
    drop::<Answer>(crm.create(contact("lead-1"), &lifestage::Creation::new(), &sam(), at(0)).unwrap());
    for step in steps {
        let time = at(now);
        let work = |which: usize, wanted: &dyn Fn(&Entry) -> bool| {
            let all = entries(crm, "lead-1");
            let fitting: Vec<Entry> = all.into_iter().filter(wanted).collect();
            fitting.get(which % fitting.len().max(1)).cloned()
        };
        match step {
            Step::Move(to) => drop::<Answer>(crm.submit("lead-1", &Request::to(*to), &sam(), time).unwrap()),
            Step::Budget(budget) => {
                drop::<Answer>(
                    crm.edit("lead-1", &Edit::new().set("budget", *budget), &sam(), time).unwrap(),
                );
            }
            Step::CarryOut => {
                let book = CarryOut::action("book").with("host", "eva");
                drop::<Answer>(crm.carry_out("lead-1", &book, &sam(), time).unwrap());
            }
            Step::Report(which, done) => {
                if let Some(open) = work(*which, &|entry| entry.work == Some(WorkState::Open)) {
                    let report = if *done { Report::done() } else { Report::failed("no") };
                    drop::<Answer>(crm.report(open.effect.id(), &report, &sam(), time).unwrap());
                }
            }
            Step::Reopen(which) => {
                if let Some(closed) = work(*which, &|entry| entry.work == Some(WorkState::Done)) {
                    drop::<Answer>(crm.report(closed.effect.id(), &Report::undone(), &sam(), time).unwrap());
                }
            }
            Step::Undo => {
                let visit = crm.record("lead-1").unwrap().unwrap().visit();
                drop::<Answer>(crm.undo("lead-1", visit, "oops", &sam(), time).unwrap());
            }
            Step::Trash => drop::<Answer>(crm.trash("lead-1", &Act::new(), &sam(), time).unwrap()),
            Step::Restore => drop::<Answer>(crm.restore("lead-1", &Act::new(), &sam(), time).unwrap()),
            Step::Wait(minutes) => now += minutes,
            Step::CatchUp => {
                let more = with_tasks(&[
                    json!({ "id": "sum", "title": "Sum", "due": "1d", "after": "call", "remind": ["2h"] }),
                    json!({ "id": "send", "title": "Send", "due": "3d", "after": "sum", "stays": true }),
                ]);
                crm.publish(&more, &ada(), time).unwrap();
                crm.catch_up(&CatchUp::of("deals").with_messages(), &ada(), time).unwrap();
            }
            Step::Work { failing } => {
                let handler = |delivery: &Delivery| match (u32::from(*failing) + delivery.attempt) % 3 {
                    0 if *failing > 0 => Err(HandlerError::new("down")),
                    _ if delivery.effect.kind == EffectKind::BookCall => Ok(Handled::Done),
                    _ => Ok(Handled::Delivered),
                };
                let mut worker = Worker::new(crm)
                    .with_attempts(2)
                    .with_wait(Span::from_seconds(30), Span::from_seconds(60));
                for kind in
                    [EffectKind::SendEmail, EffectKind::Remind, EffectKind::Notify, EffectKind::BookCall]
                {
                    worker = worker.on(kind, handler);
                }
                worker.run_once(time).unwrap();
            }
            Step::Revive(which) => {
                if let Some(dead) = work(*which, &|entry| entry.state == EffectState::Dead) {
                    crm.revive(dead.effect.id(), time).unwrap();
                }
            }
        }
        check(crm);
    }
}

/// What holds of the effects of a record, whatever happened.
fn check<S: Store + Reader>(crm: &Workspace<S>) {
    let record = crm.record("lead-1").unwrap().unwrap();
    let all = entries(crm, "lead-1");
    for entry in &all {
        let Entry { effect, state, work, .. } = entry;
        let unsettled = *state == EffectState::Pending || *work == Some(WorkState::Open);
        let alive = unsettled || *state == EffectState::Dead;
        assert!(!(effect.bound && alive) || effect.visit == record.visit(), "S49: {entry:?}");
        assert!(!unsettled || entry.held == (record.trashed_at().is_some()), "S61a: {entry:?}");
        assert_eq!(effect.reported, work.is_some(), "{entry:?}");
        assert!(!entry.leased || *state == EffectState::Pending, "{entry:?}");
        assert_eq!(
            entry.settled_at.is_some(),
            matches!(state, EffectState::Delivered | EffectState::Dead),
            "{entry:?}"
        );
        if entry.waiting && effect.kind == EffectKind::CreateTask && unsettled {
            let first = all.iter().find(|other| Some(other.effect.id()) == effect.after_id());
            assert_ne!(first.unwrap().work, Some(WorkState::Cancelled), "it would wait for ever: {entry:?}");
        }
    }
    let open = crm.tasks(&TaskQuery::open(10_000)).unwrap().entries;
    let expected = all
        .iter()
        .filter(|entry| entry.effect.kind.is_work() && entry.work == Some(WorkState::Open) && !entry.held);
    assert_eq!(open.len(), expected.count());
    let talking = crm.queue("deals", "talking", None, 9).unwrap();
    let listed = record.queues().iter().any(|queued| queued.queue == "talking");
    assert_eq!(talking.len(), usize::from(listed && record.trashed_at().is_none()));
    assert!(!listed || record.stage() == Some("talk"));
}

/// What is the same on every store: all but salts and hashes.
fn picture<S: Store + Reader>(crm: &Workspace<S>) -> (Vec<Entry>, Vec<String>, BTreeMap<String, usize>) {
    let rows = crm.history("lead-1").unwrap();
    let rows = rows
        .iter()
        .map(|row| format!("{} {} {:?} {:?}", row.seq, row.kind.name(), row.to, row.input))
        .collect();
    let mut states = BTreeMap::new();
    for entry in entries(crm, "lead-1") {
        *states.entry(entry.state.name().to_owned()).or_default() += 1;
    }
    (entries(crm, "lead-1"), rows, states)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_is_lost_or_invented_and_stores_agree(steps in prop::collection::vec(step(), 1..40)) {
        let pipeline = busy();
        let memory = crm(Noted::new(MemoryStore::new()), &pipeline);
        play(&memory, &steps);
        let folder = tempfile::tempdir().unwrap();
        let sqlite = crm(Noted::new(SqliteStore::open(folder.path().join("crm.db")).unwrap()), &pipeline);
        play(&sqlite, &steps);
        for (one, two) in entries(&memory, "lead-1").into_iter().zip(entries(&sqlite, "lead-1")) {
            prop_assert_eq!(one, two);
        }
        prop_assert_eq!(picture(&memory).1, picture(&sqlite).1);
        prop_assert_eq!(picture(&memory).2, picture(&sqlite).2);
        nothing_lost_or_invented(&memory);
        nothing_lost_or_invented(&sqlite);
    }
}
