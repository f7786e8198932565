//! The engine beside the reference, step by step.

use std::collections::BTreeMap;

use lifestage::journal::{Row, Salt};
use lifestage::{Actor, Creation, Decision, Edit, Effect, Pipeline, Record, Request, Timestamp, Value};

use crate::creation::Start;
use crate::dice::Dice;
use crate::gate::Gate;
use crate::judge::{Judge, Verdict};
use crate::requests::{self, Op};
use crate::state::{Answers, Line, State};
use crate::{Seen, invariants, routes};

/// One record's life so far, as the reference and as the engine have it.
pub struct History<'a> {
    pub pipeline: &'a Pipeline,
    pub gate: &'a Gate<'a>,
    pub state: State,
    pub record: Option<Record>,
    pub rows: Vec<Row>,
    pub effects: Vec<Vec<Effect>>,
    pub now: Timestamp,
}

/// A record to be created, as both sides take it.
pub struct Newborn {
    pub record: Record,
    pub state: State,
    pub start: Start,
    pub input: Answers,
    pub creation: Creation,
}

pub fn newborn(dice: &mut Dice<'_>, gate: &Gate<'_>, id: &str) -> Newborn {
    let mut state = State::default();
    let mut record = Record::new(id).in_pipeline("pipe");
    for _ in 0..dice.below(6) {
        let (name, value) = requests::fact(dice);
        state.fields.insert(name.clone(), value.clone());
        record = record.with(name, value);
    }
    if dice.chance(40) {
        let owner = *dice.one(&["sam", "ada", "kim"]);
        state.owner = Some(owner.to_owned());
        record = record.owned_by(owner);
    }
    let stages: Vec<&str> = gate.0.stages.iter().map(|stage| stage.id.as_str()).chain(["nowhere"]).collect();
    let start = match dice.below(4) {
        0 | 1 => Start::Default,
        2 => Start::Stage((*dice.one(&stages)).to_owned()),
        _ => Start::NoStage,
    };
    let mut creation = match &start {
        Start::Default => Creation::new(),
        Start::Stage(stage) => Creation::in_stage(stage.as_str()),
        Start::NoStage => Creation::without_stage(),
    };
    let mut input = Answers::new();
    if start != Start::NoStage && dice.chance(50) {
        input.insert("reason".into(), "timing".into());
        creation = creation.with_input("reason", "timing");
    }
    Newborn { record, state, start, input, creation }
}

/// What the engine says of an operation.
pub fn decide<'p>(
    pipeline: &'p Pipeline,
    record: &'p Record,
    rows: &[Row],
    op: &Op,
    actor: &'p Actor,
    now: Timestamp,
) -> Decision<'p> {
    let request = Request::to("");
    match op {
        Op::Ask(_, request) => pipeline.decide(record, request, actor, now),
        Op::Edit(..) => pipeline.edit(record, &edit(op), actor, now),
        Op::Undo(seq, reason) => {
            pipeline.undo(record, &rows[*seq as usize - 1], reason, &request, actor, now)
        }
        Op::Withdraw(seq) => pipeline.withdraw(record, *seq, &request, actor, now),
    }
}

pub fn edit(op: &Op) -> Edit {
    let Op::Edit(version, facts) = op else { return Edit::new() };
    let mut edit = Edit::new();
    for (name, value) in facts {
        edit = match value {
            Some(value) => edit.set(name.as_str(), value.clone()),
            None => edit.clear(name.as_str()),
        };
    }
    if let Some(version) = version { edit.expecting_version(*version) } else { edit }
}

impl<'a> History<'a> {
    pub fn begin(
        pipeline: &'a Pipeline,
        gate: &'a Gate<'a>,
        dice: &mut Dice<'_>,
        seen: &Seen,
    ) -> Result<Self, String> {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let (rows, effects) = (Vec::new(), Vec::new());
        let mut history = Self { pipeline, gate, state: State::default(), record: None, rows, effects, now };
        for _ in 0..8 {
            let newborn = newborn(dice, gate, "r1");
            let actor = requests::actor(dice);
            let judge = Judge { gate, state: &newborn.state, actor: &actor, now };
            let verdict = judge.create(&newborn.start, &newborn.input);
            seen.verdict(&verdict);
            let decision = pipeline.create(&newborn.record, &newborn.creation, &actor, now);
            history.compare(verdict, decision).map_err(|why| {
                format!("creating {:?} {:?} as {actor:?}: {why}", newborn.record, newborn.creation)
            })?;
            if history.record.is_some() {
                break;
            }
        }
        Ok(history)
    }

    /// Random operations, each judged by both.
    pub fn go_on(mut self, dice: &mut Dice<'_>, seen: &Seen, steps: usize) -> Result<(), String> {
        for _ in 0..steps {
            let Some(record) = self.record.clone() else { return Ok(()) };
            // Clocks differ: now and then time goes back (S42).
            let minutes = if dice.chance(20) { -30 } else { 20 + dice.below(600) as i64 };
            self.now = Timestamp::from_micros(self.now.as_micros() + 60_000_000 * minutes);
            let actor = requests::actor(dice);
            let state = self.state.clone();
            let judge = Judge { gate: self.gate, state: &state, actor: &actor, now: self.now };
            invariants::queries(&judge, self.pipeline, &record, seen)?;
            routes::agree(&judge, self.pipeline, &record, seen)?;
            let op = requests::op(dice, self.gate.0, &state, self.now);
            let verdict = judge.op(&op);
            seen.verdict(&verdict);
            let rows = self.rows.clone();
            let decision = decide(self.pipeline, &record, &rows, &op, &actor, self.now);
            self.compare(verdict, decision)
                .map_err(|why| format!("{op:?}\nas {actor:?} at {} on {record:#?}\n{why}", self.now))?;
            if let Some(last) = self.effects.last().filter(|effects| !effects.is_empty()) {
                last.iter().for_each(|_| seen.count("effect"));
            }
            invariants::journal(&self)?;
        }
        Ok(())
    }

    /// Takes over what both decided, if it is one thing.
    fn compare(&mut self, verdict: Verdict, decision: Decision<'_>) -> Result<(), String> {
        let told = format!("the model says\n{verdict:#?}\nthe engine\n{decision:#?}");
        let proposed = matches!(verdict, Verdict::Proposed(_));
        match (verdict, decision) {
            (Verdict::Refused(codes), Decision::Refused(refusal)) => {
                let same = refusal.codes().eq(codes);
                if same { Ok(()) } else { Err(told) }
            }
            (Verdict::Unchanged(stage), Decision::Unchanged(unchanged)) => {
                if stage.as_deref() == unchanged.stage() { Ok(()) } else { Err(told) }
            }
            (Verdict::Moved(state) | Verdict::Proposed(state), decision) => {
                let change = match decision {
                    Decision::Moved(change) if !proposed => change,
                    Decision::Proposed(change) if proposed => change,
                    _ => return Err(told),
                };
                let sealed = change.seal(Salt::from_bytes([7; 16]));
                if let Some(why) = state.differs(&sealed.record) {
                    return Err(why);
                }
                let line = state.lines.last().unwrap();
                if let Some(what) = row_differs(line, &sealed.row, &sealed.effects) {
                    return Err(format!("the row's {what} differs: {line:#?}\n{:#?}", sealed.row));
                }
                self.state = *state;
                self.record = Some(sealed.record);
                self.rows.push(sealed.row);
                self.effects.push(sealed.effects);
                Ok(())
            }
            _ => Err(told),
        }
    }
}

/// What of a row is not as the reference has it.
pub fn row_differs(line: &Line, row: &Row, effects: &[Effect]) -> Option<&'static str> {
    let id = |mark: &Option<lifestage::journal::StageMark>| mark.as_ref().map(|mark| mark.id.to_string());
    let facts: BTreeMap<String, Option<Value>> =
        row.facts.iter().map(|fact| (fact.name.to_string(), fact.new.clone())).collect();
    let planned: Vec<_> =
        effects.iter().map(|effect| (effect.action.to_string(), effect.trigger, effect.visit)).collect();
    let input: Answers = row.input.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let checks = [
        ("seq", line.seq == row.seq),
        ("kind", line.kind == row.kind),
        ("move", line.mv.as_deref() == row.mv.as_deref()),
        ("from", line.from == id(&row.from)),
        ("to", line.to == id(&row.to)),
        ("direction", line.direction == row.direction),
        ("actor", line.actor == row.actor),
        ("force", line.forced == row.forced),
        ("refers_to", line.refers_to == row.refers_to),
        ("effective time", line.effective_at == row.effective_at),
        ("version", line.version_after == row.version_after),
        ("closing time before", line.closed_before.0 == row.was_closed_at),
        ("lost reason before", line.closed_before.1.as_deref() == row.was_lost_reason.as_deref()),
        ("effects", line.effects == planned),
        ("facts", line.facts == facts),
        ("input", line.input == input),
    ];
    checks.iter().find(|(_, equal)| !equal).map(|(what, _)| *what)
}
