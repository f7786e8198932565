//! One history through two workspaces: the stores leave the same behind, and what the reference
//! expects.

use lifestage::store::{MemoryStore, Reader, Store};
use lifestage::{Actor, Answer, Effect, ReasonCode, Record, Timestamp, Workspace};
use serde_json::{Value as Json, json};

use crate::Seen;
use crate::dice::Dice;
use crate::engine::{edit, newborn, row_differs};
use crate::gate::Gate;
use crate::judge::{Judge, Verdict};
use crate::requests::{self, Op};
use crate::state::State;

const ID: &str = "r1";

/// A request that was carried out under a key.
struct Keyed {
    key: String,
    op: Op,
    actor: Actor,
    seq: u64,
}

pub struct Pair<'a, S> {
    pub memory: Workspace<MemoryStore>,
    pub other: Workspace<S>,
    pub gate: &'a Gate<'a>,
}

impl<S: Store + Reader> Pair<'_, S> {
    pub fn live(&self, dice: &mut Dice<'_>, seen: &Seen, steps: usize) -> Result<(), String> {
        let mut now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let Some(mut state) = self.create(dice, now)? else { return Ok(()) };
        let mut keyed: Vec<Keyed> = Vec::new();
        for number in 0..steps {
            let minutes = if dice.chance(20) { -30 } else { 20 + dice.below(600) as i64 };
            now = Timestamp::from_micros(now.as_micros() + 60_000_000 * minutes);
            let mut actor = requests::actor(dice);
            let mut op = requests::op(dice, self.gate.0, &state, now);
            let mut key = dice.chance(40).then(|| format!("key-{number}"));
            let mut first = None;
            if !keyed.is_empty() && dice.chance(25) {
                let again = dice.one(&keyed);
                key = Some(again.key.clone());
                op = again.op.clone();
                let same = dice.chance(60);
                actor = if same { again.actor.clone() } else { Actor::new("stranger") };
                first = Some((again.seq, same));
            }
            let before = self.journal()?;
            let outcome = self.both(|side| side.run(&op, key.as_deref(), &actor, now))?;
            let told = |state: &State| {
                format!("{op:?} under {key:?} as {actor:?} at {now}: {outcome:#?}\n{state:#?}")
            };
            match first {
                // S14.
                Some((_, false)) => {
                    let refused = outcome.refusal().map(|refusal| refusal.codes().collect::<Vec<_>>());
                    if refused != Some(vec![ReasonCode::DuplicateRequest]) {
                        return Err(told(&state));
                    }
                    seen.count("reused");
                }
                Some((seq, true)) => {
                    let receipt =
                        outcome.receipt().filter(|receipt| receipt.is_repeated() && receipt.row().seq == seq);
                    let proposed = receipt.is_some_and(|receipt| receipt.row().kind.name() == "proposal");
                    if receipt.is_none() || proposed != matches!(outcome, Answer::Proposed(_)) {
                        return Err(told(&state));
                    }
                    seen.count("repeated");
                }
                None => {
                    let verdict = Judge { gate: self.gate, state: &state, actor: &actor, now }.op(&op);
                    if !fits(&verdict, &outcome) {
                        return Err(format!("the model says {verdict:#?}, the store {}", told(&state)));
                    }
                    if let Verdict::Moved(after) | Verdict::Proposed(after) = verdict {
                        state = *after;
                        let asked = !matches!(op, Op::Undo(..) | Op::Withdraw(_));
                        if let Some(key) = key.filter(|_| asked) {
                            keyed.push(Keyed { key, op, actor, seq: state.seq });
                        }
                        seen.count("written");
                        continue;
                    }
                }
            }
            if self.journal()? != before {
                return Err(format!("nothing should be written, but {}", told(&state)));
            }
        }
        self.settle()
    }

    fn create(&self, dice: &mut Dice<'_>, now: Timestamp) -> Result<Option<State>, String> {
        for _ in 0..8 {
            let newborn = newborn(dice, self.gate, ID);
            let actor = requests::actor(dice);
            let judge = Judge { gate: self.gate, state: &newborn.state, actor: &actor, now };
            let verdict = judge.create(&newborn.start, &newborn.input);
            let outcome = self.both(|side| side.create(&newborn.record, &newborn.creation, &actor, now))?;
            if !fits(&verdict, &outcome) {
                return Err(format!("the model says {verdict:#?}, the store {outcome:#?}"));
            }
            if let Verdict::Moved(state) = verdict {
                return Ok(Some(*state));
            }
        }
        Ok(None)
    }

    /// Does the same on both sides; the answers must be one.
    fn both(&self, act: impl Fn(&dyn Side) -> Result<Answer, String>) -> Result<Answer, String> {
        let (one, other) = (act(&self.memory)?, act(&self.other)?);
        if plain(&one) != plain(&other) {
            return Err(format!("memory says {one:#?}\nthe other store {other:#?}"));
        }
        Ok(one)
    }

    /// The records and journals of both, as one.
    fn journal(&self) -> Result<String, String> {
        let (one, other) = (self.memory.journal()?, self.other.journal()?);
        if one == other { Ok(one) } else { Err(format!("memory has {one}\nthe other store {other}")) }
    }

    fn settle(&self) -> Result<(), String> {
        self.journal()?;
        for side in [&self.memory as &dyn Side, &self.other] {
            side.verify()?;
        }
        Ok(())
    }
}

fn fits(verdict: &Verdict, outcome: &Answer) -> bool {
    match (verdict, outcome) {
        (Verdict::Refused(codes), Answer::Refused(refusal)) => refusal.codes().eq(codes.iter().copied()),
        (Verdict::Unchanged(stage), Answer::Unchanged(unchanged)) => stage.as_deref() == unchanged.stage(),
        (Verdict::Moved(state), Answer::Done(receipt))
        | (Verdict::Proposed(state), Answer::Proposed(receipt)) => {
            let line = state.lines.last().unwrap();
            state.differs(receipt.record()).is_none()
                && row_differs(line, receipt.row(), receipt.effects()).is_none()
                && !receipt.is_repeated()
        }
        _ => false,
    }
}

/// What can be compared between stores: salts are random, and hashes follow from them.
fn plain(outcome: &Answer) -> Json {
    match outcome {
        Answer::Done(receipt) | Answer::Proposed(receipt) => json!({
            "proposed": matches!(outcome, Answer::Proposed(_)),
            "record": plain_record(receipt.record()),
            "row": plain_row(receipt.row()),
            "effects": receipt.effects(),
            "repeated": receipt.is_repeated(),
        }),
        Answer::Refused(refusal) => json!({ "refused": refusal }),
        Answer::Unchanged(unchanged) => json!({ "unchanged": unchanged.stage() }),
        Answer::RolledBack => json!("rolled back"),
    }
}

fn plain_record(record: &Record) -> Json {
    let mut json = serde_json::to_value(record).unwrap();
    json.as_object_mut().unwrap().remove("head");
    json
}

fn plain_row(row: &lifestage::journal::Row) -> Json {
    let mut json = serde_json::to_value(row).unwrap();
    for random in ["salt", "personal", "effects", "previous", "hash"] {
        json.as_object_mut().unwrap().remove(random);
    }
    json
}

/// A workspace over whatever store.
trait Side {
    fn create(
        &self,
        record: &Record,
        creation: &lifestage::Creation,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, String>;
    fn run(&self, op: &Op, key: Option<&str>, actor: &Actor, now: Timestamp) -> Result<Answer, String>;
    fn journal(&self) -> Result<String, String>;
    fn verify(&self) -> Result<(), String>;
}

impl<S: Store + Reader> Side for Workspace<S> {
    fn create(
        &self,
        record: &Record,
        creation: &lifestage::Creation,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, String> {
        Workspace::create(self, record.clone(), creation, actor, now).map_err(told)
    }

    fn run(&self, op: &Op, key: Option<&str>, actor: &Actor, now: Timestamp) -> Result<Answer, String> {
        let outcome = match op {
            Op::Ask(_, request) => {
                let request = match key {
                    Some(key) => request.clone().with_key(key),
                    None => request.clone(),
                };
                self.submit(ID, &request, actor, now)
            }
            Op::Edit(..) => {
                let edit = match key {
                    Some(key) => edit(op).with_key(key),
                    None => edit(op),
                };
                self.edit(ID, &edit, actor, now)
            }
            Op::Undo(seq, reason) => self.undo(ID, *seq, reason, actor, now),
            Op::Withdraw(seq) => self.withdraw(ID, *seq, actor, now),
        };
        outcome.map_err(told)
    }

    fn journal(&self) -> Result<String, String> {
        let record = self.record(ID).map_err(told)?.map(|record| plain_record(&record));
        let rows = self.history(ID).map_err(told)?;
        let mut effects: Vec<Effect> = Vec::new();
        for row in &rows {
            effects.extend(self.store().effects(self.tenant(), ID, row.seq).map_err(told)?);
        }
        let counts: Vec<_> = self
            .counts("pipe")
            .map_err(told)?
            .iter()
            .map(|count| json!([count.stage, count.count]))
            .collect();
        let rows: Vec<Json> = rows.iter().map(plain_row).collect();
        Ok(json!([record, rows, effects, counts]).to_string())
    }

    fn verify(&self) -> Result<(), String> {
        match Workspace::verify(self, ID).map_err(told)? {
            None => Ok(()),
            Some(error) => Err(error.to_string()),
        }
    }
}

fn told(error: impl std::fmt::Display) -> String {
    format!("the store failed: {error}")
}
