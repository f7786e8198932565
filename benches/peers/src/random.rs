//! A pipeline nobody could have compiled for: drawn at run time, of W1's shape and other sizes.

use crate::w1::draw;
use crate::workload::{Fact, Field, Kind, Move, Pipeline, SplitMix64, Test, Workload};

const CONTACTS: usize = 1024;
const WORDS: [&str; 8] = ["", "web", "referral", "ads", "event", "cold_call", "partner", "trade_fair"];

/// A random pipeline with contacts, requests and the naive interpreter's answers.
pub fn generate(seed: u64, requests: usize) -> Workload {
    let mut random = SplitMix64::new(seed);
    let pipeline = pipeline(&mut random);
    let contacts =
        (0..CONTACTS).map(|_| pipeline.fields.iter().map(|field| fact(&mut random, field.kind)).collect());
    let contacts = contacts.collect();
    let stage_weights: Vec<u64> = pipeline.stages.iter().map(|_| 1 + random.below(20)).collect();
    let all_roles = (1u64 << pipeline.roles.len()) - 1;
    let role_sets: Vec<u16> = (0..4).map(|_| 1 + random.below(all_roles) as u16).collect();
    let requests = draw(&mut random, &pipeline, &stage_weights, (&role_sets, &[55, 27, 12, 6]), requests);
    Workload::answered(pipeline, contacts, requests)
}

fn pipeline(random: &mut SplitMix64) -> Pipeline {
    let stages = random.between(5, 40);
    let moves = random.between(6, 60);
    let roles = random.between(2, 8);
    let others = random.between(0, 4);
    let field = |i: usize| {
        // One of each kind at least, so that every kind of test can be drawn.
        let kind = [Kind::Int, Kind::Text, Kind::Bool][if i < 3 { i } else { random.below(3) as usize }];
        Field { name: format!("field_{i}"), kind }
    };
    let fields: Vec<Field> = (0..3 + others).map(field).collect();
    let criteria: Vec<Vec<Test>> = (0..random.between(1, 6))
        .map(|_| (0..random.between(2, 6)).map(|_| test(random, &fields)).collect())
        .collect();
    let moves: Vec<Move> = (0..moves)
        .map(|i| Move {
            name: format!("move_{i}"),
            roles: (1 + random.below((1 << roles) - 1) as u16) | random.below(1 << roles) as u16,
            criteria: (random.unit() < 0.3).then(|| random.below(criteria.len() as u64) as usize),
        })
        .collect();
    // A move leads to one stage, from wherever it starts.
    let targets: Vec<usize> = moves.iter().map(|_| random.below(stages as u64) as usize).collect();
    let rows = (0..stages).map(|_| {
        let leaving = targets.iter().copied().enumerate();
        leaving.filter(|_| random.unit() < 0.3).collect()
    });
    Pipeline {
        rows: rows.collect(),
        stages: (0..stages).map(|i| format!("stage_{i}")).collect(),
        roles: (0..roles).map(|i| format!("role_{i}")).collect(),
        fields,
        criteria,
        moves,
    }
}

/// A test that most contacts pass, so that conjunctions of several still pass often enough.
fn test(random: &mut SplitMix64, fields: &[Field]) -> Test {
    let field = random.below(fields.len() as u64) as usize;
    match fields[field].kind {
        Kind::Int => Test::AtLeast { field, bound: random.below(10_000) as i64 - 5_000 },
        Kind::Text if random.unit() < 0.5 => {
            let left_out = random.below(WORDS.len() as u64) as usize;
            let kept = WORDS.iter().enumerate().filter(|(i, _)| *i != left_out);
            Test::OneOf { field, texts: kept.map(|(_, word)| (*word).to_owned()).collect() }
        }
        Kind::Text => {
            Test::IsNot { field, text: WORDS[random.below(WORDS.len() as u64) as usize].to_owned() }
        }
        Kind::Bool => Test::Is { field, flag: true },
    }
}

fn fact(random: &mut SplitMix64, kind: Kind) -> Fact {
    match kind {
        Kind::Int => Fact::Int(random.below(60_000) as i64 - 5_000),
        Kind::Text => Fact::Text(WORDS[random.below(WORDS.len() as u64) as usize].to_owned()),
        Kind::Bool => Fact::Bool(random.unit() < 0.95),
    }
}

#[cfg(test)]
mod tests {
    use crate::workload::{CRITERIA, NO_MOVE, ROLE};

    #[test]
    fn every_kind_of_answer_is_common_enough_to_be_checked() {
        let answers: Vec<u8> = (0..30).flat_map(|seed| super::generate(seed, 1_000).expected).collect();
        let share =
            |kind: fn(u8) -> bool| answers.iter().filter(|a| kind(**a)).count() as f64 / answers.len() as f64;
        assert!(share(|a| a < CRITERIA) > 0.30);
        assert!(share(|a| a == CRITERIA) > 0.05);
        assert!(share(|a| a == ROLE) > 0.03);
        assert!(share(|a| a == NO_MOVE) > 0.10);
    }
}
