//! Random requests, drawn to hit as often as to miss.

use lifestage::definition::{Definition, InputDef};
use lifestage::{Actor, Request, SmolStr, Target, Timestamp, Value};

use crate::dice::Dice;
use crate::gate::Gate;
use crate::state::State;

/// What a request says beside its target, input and key.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen {
    pub version: Option<u64>,
    pub visit: Option<u64>,
    pub forced: Option<&'static str>,
    pub backward: bool,
    pub effective_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Op {
    Ask(Seen, Request),
    Edit(Option<u64>, Vec<(String, Option<Value>)>),
    Undo(u64, String),
    Withdraw(u64),
}

pub fn actors() -> Vec<Actor> {
    vec![
        Actor::new("sam").with_role("rep"),
        Actor::new("ada").with_role("rep").with_role("lead"),
        Actor::new("eve").with_role("closer").with_role("visitor"),
        Actor::new("kim").with_role("boss"),
        Actor::automation("bot").with_role("boss").with_role("lead"),
        Actor::new("nobody"),
    ]
}

/// An actor, those who may more coming more often.
pub fn actor(dice: &mut Dice<'_>) -> Actor {
    let actors = actors();
    actors[*dice.one(&[3, 3, 3, 1, 1, 0, 2, 4, 4, 5])].clone()
}

pub fn op(dice: &mut Dice<'_>, document: &Definition, state: &State, now: Timestamp) -> Op {
    match dice.below(20) {
        _ if !state.open.is_empty() && dice.chance(15) => Op::Withdraw(dice.one(&state.open).seq),
        0..=15 => ask(dice, document, state, now),
        16 | 17 => edit(dice, state),
        18 => Op::Undo(
            if dice.chance(70) { state.visit } else { 1 + dice.below(state.seq as usize) as u64 },
            if dice.chance(70) { "a mistake".into() } else { String::new() },
        ),
        _ => Op::Withdraw(state.seq),
    }
}

fn ask(dice: &mut Dice<'_>, document: &Definition, state: &State, now: Timestamp) -> Op {
    let gate = Gate(document);
    let open = gate.steps(state.stage.as_deref());
    let waiting: Vec<String> = state.open.iter().map(|open| open.mv.clone()).collect();
    let mut request = if !waiting.is_empty() && dice.chance(50) {
        Request::mv(dice.one(&waiting).as_str())
    } else if !open.is_empty() && dice.chance(65) {
        let step = dice.one(&open);
        if dice.chance(50) { Request::mv(step.id()) } else { Request::to(step.to) }
    } else {
        let stages: Vec<&str> =
            document.stages.iter().map(|stage| stage.id.as_str()).chain(["nowhere"]).collect();
        let ids = document.policy.moves.iter().map(|mv| mv.id.to_string());
        let ids: Vec<String> = ids.chain(["vanish".into(), format!("to:{}", dice.one(&stages))]).collect();
        if dice.chance(50) { Request::mv(dice.one(&ids).as_str()) } else { Request::to(*dice.one(&stages)) }
    };
    let chosen = open.iter().filter(|step| match request.target() {
        Target::Move(id) => step.id() == id.as_str(),
        Target::Stage(id) => step.to == id,
    });
    let asked: Vec<(&str, &InputDef)> = chosen.flat_map(|step| gate.asks(step)).collect();
    request = if dice.chance(20) { inputs(dice, request) } else { answers(dice, request, &asked) };
    let mut seen = Seen::default();
    match dice.below(12) {
        1 => seen.version = Some(state.version),
        2 => seen.visit = Some(state.visit),
        3 if dice.chance(50) => seen.version = Some(state.version.saturating_sub(1)),
        4 if dice.chance(50) => seen.visit = Some(state.visit + 1),
        _ => {}
    }
    request = match (seen.version, seen.visit) {
        (Some(version), _) => request.expecting_version(version),
        (_, Some(visit)) => request.expecting_visit(visit),
        _ => request,
    };
    if dice.chance(15) {
        let why = *dice.one(&["because", "because", " "]);
        seen.forced = Some(why);
        request = request.forced(why);
    }
    if dice.chance(20) {
        seen.backward = true;
        request = request.allowing_backward();
    }
    if dice.chance(10) {
        let at = Timestamp::from_micros(now.as_micros() + 60_000_000 * (dice.below(200) as i64 - 100));
        seen.effective_at = Some(at);
        request = request.effective_at(at);
    }
    if dice.chance(10) {
        request = request.in_batch("batch-1");
    }
    Op::Ask(seen, request)
}

/// Answers to what is asked, nearly all of them.
fn answers(dice: &mut Dice<'_>, mut request: Request, asked: &[(&str, &InputDef)]) -> Request {
    for (name, ask) in asked {
        if dice.chance(10) {
            continue;
        }
        let value = match *name {
            "amount" => Value::from(5 + 10 * dice.below(2) as i64),
            "reason" => (*dice.one(&["timing", "price", "other"])).into(),
            _ => "text".into(),
        };
        if value == Value::from("other") && !ask.note_for.is_empty() && dice.chance(70) {
            request = request.with_input("note", "a note");
        }
        request = request.with_input(*name, value);
    }
    request
}

/// Answers to what could be asked, some wrong, some unasked.
fn inputs(dice: &mut Dice<'_>, mut request: Request) -> Request {
    if dice.chance(70) {
        request = request.with_input("reason", *dice.one(&["timing", "price", "other", "mood", " "]));
    }
    if dice.chance(25) {
        let amount: Value =
            if dice.chance(80) { Value::from(5 + 10 * dice.below(2) as i64) } else { "many".into() };
        request = request.with_input("amount", amount);
    }
    if dice.chance(25) {
        request = request.with_input("memo", "text");
    }
    if dice.chance(40) {
        let note: Value = if dice.chance(85) { "a note".into() } else { Value::Int(1) };
        request = request.with_input("note", note);
    }
    request
}

pub fn fact(dice: &mut Dice<'_>) -> (String, Value) {
    let (name, values): (&str, Vec<Value>) = match dice.below(9) {
        0 | 1 => ("budget", vec![50.into(), 5000.into(), 0.into(), (-3).into(), "lots".into()]),
        2 => ("source", vec!["web".into(), "spam".into(), "radio".into()]),
        3 => ("email", vec!["ada@example.com".into(), " Ada@EXAMPLE.com".into(), "".into()]),
        4 | 5 => ("consent", vec![true.into(), false.into(), true.into(), "yes".into()]),
        6 => ("price", vec![7.5.into(), 0.1.into()]),
        7 => ("tags", vec![Value::List(vec![SmolStr::new("vip")]), Value::List(Vec::new())]),
        _ => ("nickname", vec!["A".into(), 7.into()]),
    };
    (name.to_owned(), dice.one(&values).clone())
}

fn edit(dice: &mut Dice<'_>, state: &State) -> Op {
    let mut facts = Vec::new();
    for _ in 0..dice.below(4) {
        let (name, value) = fact(dice);
        facts.push((name, dice.chance(80).then_some(value)));
    }
    let version = match dice.below(6) {
        1 => Some(state.version),
        2 => Some(state.version + 1),
        _ => None,
    };
    Op::Edit(version, facts)
}
