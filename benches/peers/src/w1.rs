//! W1: a million requests on the lead pipeline with roles and criteria, the same as `w1_gen.py` makes.

use crate::workload::{Fact, Field, Kind, Move, Pipeline, Request, SplitMix64, Test, Workload};

/// The seed of the figures in the README.
pub const SEED: u64 = 20_261_121;
/// How many requests W1 has.
pub const REQUESTS: usize = 1_000_000;

const CONTACTS: u64 = 1024;
pub const STAGES: [&str; 9] =
    ["new", "contacted", "engaged", "appointment_set", "showed", "negotiating", "won", "lost", "dormant"];
pub const MOVES: [&str; 10] = [
    "mark_contacted",
    "mark_engaged",
    "set_appointment",
    "mark_showed",
    "no_show",
    "start_negotiation",
    "mark_won",
    "mark_lost",
    "mark_dormant",
    "revive",
];
const ROLES: [&str; 3] = ["owner", "manager", "sales"];
pub const OWNER: u16 = 1;
pub const MANAGER: u16 = 2;
pub const SALES: u16 = 4;
/// By stage: its moves and their targets. The order of writing counts, as the requests are drawn by it.
const ROWS: [&[(usize, usize)]; 9] = [
    &[(0, 1), (7, 7), (8, 8)],
    &[(1, 2), (7, 7), (8, 8)],
    &[(2, 3), (0, 1), (7, 7), (8, 8)],
    &[(3, 4), (4, 2), (7, 7), (8, 8)],
    &[(5, 5), (1, 2), (7, 7)],
    &[(6, 6), (7, 7), (1, 2)],
    &[],
    &[(9, 1)],
    &[(9, 1)],
];
const START_NEGOTIATION: usize = 5;
const MARK_WON: usize = 6;
const MARK_DORMANT: usize = 8;

const SOURCES: [&str; 6] = ["web", "referral", "ads", "event", "cold_call", "partner"];
const SOURCE_WEIGHTS: [u64; 6] = [45, 35, 8, 5, 4, 3];
const STAGE_WEIGHTS: [u64; 9] = [13, 13, 14, 10, 18, 18, 2, 6, 6];
const ROLE_SETS: [u16; 4] = [SALES, MANAGER, OWNER, MANAGER | SALES];
const ROLE_WEIGHTS: [u64; 4] = [55, 27, 12, 6];

/// The fields of a contact, by their place.
pub const BUDGET: usize = 0;
pub const SOURCE: usize = 1;
pub const EMAIL: usize = 2;
pub const CONSENT: usize = 3;

fn pipeline() -> Pipeline {
    let field = |name: &str, kind| Field { name: name.to_owned(), kind };
    let moves = MOVES.iter().enumerate().map(|(i, name)| Move {
        name: (*name).to_owned(),
        roles: match i {
            MARK_WON => OWNER | MANAGER,
            MARK_DORMANT => MANAGER | SALES,
            _ => OWNER | MANAGER | SALES,
        },
        criteria: matches!(i, START_NEGOTIATION | MARK_WON).then_some(0),
    });
    Pipeline {
        stages: STAGES.map(str::to_owned).into(),
        roles: ROLES.map(str::to_owned).into(),
        fields: vec![
            field("budget", Kind::Int),
            field("source", Kind::Text),
            field("email", Kind::Text),
            field("consent", Kind::Bool),
        ],
        criteria: vec![vec![
            Test::AtLeast { field: BUDGET, bound: 5000 },
            Test::OneOf { field: SOURCE, texts: vec!["web".to_owned(), "referral".to_owned()] },
            Test::IsNot { field: EMAIL, text: String::new() },
            Test::Is { field: CONSENT, flag: true },
        ]],
        moves: moves.collect(),
        rows: ROWS.iter().map(|row| row.to_vec()).collect(),
    }
}

/// The workload for a seed; the draws come in the order of `w1_gen.py`.
pub fn generate(seed: u64, requests: usize) -> Workload {
    let mut random = SplitMix64::new(seed);
    let contacts = (0..CONTACTS).map(|i| {
        let budget = random.below(50_000) as i64;
        let source = random.pick(&SOURCES, &SOURCE_WEIGHTS);
        let email = if random.unit() < 0.05 { String::new() } else { format!("lead{i}@example.com") };
        let consent = random.unit() < 0.95;
        vec![Fact::Int(budget), Fact::Text(source.to_owned()), Fact::Text(email), Fact::Bool(consent)]
    });
    let contacts = contacts.collect();
    let pipeline = pipeline();
    let requests = draw(&mut random, &pipeline, &STAGE_WEIGHTS, (&ROLE_SETS, &ROLE_WEIGHTS), requests);
    Workload::answered(pipeline, contacts, requests)
}

/// Draws requests: four in five ask for a move that leaves the stage, those with criteria four times as often.
pub fn draw(
    random: &mut SplitMix64,
    pipeline: &Pipeline,
    stage_weights: &[u64],
    (role_sets, role_weights): (&[u16], &[u64]),
    requests: usize,
) -> Vec<Request> {
    let stages: Vec<usize> = (0..pipeline.stages.len()).collect();
    let moves: Vec<Vec<usize>> =
        pipeline.rows.iter().map(|row| row.iter().map(|(m, _)| *m).collect()).collect();
    let weigh = |m: &usize| if pipeline.moves[*m].criteria.is_some() { 4 } else { 1 };
    let weights: Vec<Vec<u64>> = moves.iter().map(|row| row.iter().map(weigh).collect()).collect();
    let draw = |_| {
        let stage = random.pick(&stages, stage_weights);
        let leaving = random.unit() < 0.80 && !moves[stage].is_empty();
        let mv = if leaving {
            random.pick(&moves[stage], &weights[stage])
        } else {
            random.below(pipeline.moves.len() as u64) as usize
        };
        let roles = random.pick(role_sets, role_weights);
        let contact = random.below(CONTACTS) as u16;
        Request { stage: stage as u16, mv: mv as u16, roles, contact }
    };
    (0..requests).map(draw).collect()
}

/// The facts of a contact as a program written for W1 alone would hold them.
#[derive(Clone, Copy, Debug)]
pub struct Lead {
    pub budget: u32,
    pub source: Source,
    pub has_email: bool,
    pub consent: bool,
}

/// Where a lead comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Source {
    Web,
    Referral,
    Ads,
    Event,
    ColdCall,
    Partner,
}

impl Lead {
    /// The criteria of W1, written as one would.
    pub fn qualifies(&self) -> bool {
        self.budget >= 5000
            && matches!(self.source, Source::Web | Source::Referral)
            && self.has_email
            && self.consent
    }
}

/// All contacts of W1 as [`Lead`]s.
pub fn leads(workload: &Workload) -> Vec<Lead> {
    const ALL: [Source; 6] =
        [Source::Web, Source::Referral, Source::Ads, Source::Event, Source::ColdCall, Source::Partner];
    let lead = |facts: &Vec<Fact>| match &facts[..] {
        [Fact::Int(budget), Fact::Text(source), Fact::Text(email), Fact::Bool(consent)] => Lead {
            budget: *budget as u32,
            source: ALL[SOURCES.iter().position(|s| s == source).expect("a source of W1")],
            has_email: !email.is_empty(),
            consent: *consent,
        },
        _ => unreachable!("a contact of W1 has four fields"),
    };
    workload.contacts.iter().map(lead).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
        bytes
            .into_iter()
            .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
    }

    fn digests(workload: &Workload) -> [u64; 3] {
        let contacts = workload.contacts.iter().map(|facts| match &facts[..] {
            [Fact::Int(budget), Fact::Text(source), Fact::Text(email), Fact::Bool(consent)] => {
                format!("{budget}\t{source}\t{email}\t{}\n", u8::from(*consent))
            }
            _ => unreachable!("a contact of W1 has four fields"),
        });
        let requests = workload.requests.iter().flat_map(|r| [r.stage, r.mv, r.roles, r.contact]);
        [
            fnv(contacts.flat_map(String::into_bytes)),
            fnv(requests.flat_map(u16::to_le_bytes)),
            fnv(workload.expected.iter().copied()),
        ]
    }

    // The constants are FNV-1a of `contacts.tsv`, `requests.bin` and `expected.bin` as `w1_gen.py` wrote them.
    #[test]
    fn a_million_requests_and_answers_equal_those_of_the_script() {
        let made = digests(&generate(SEED, REQUESTS));
        assert_eq!(made, [0xEFE8_DB29_22A6_8443, 0xB76F_877A_A8E2_5A8D, 0xD189_BA76_BEF4_ACFC]);
    }

    #[test]
    fn another_seed_equals_the_script_with_that_seed() {
        let made = digests(&generate(7, 20_000));
        assert_eq!(made, [0xF8F8_5D1B_FCD4_7DE9, 0xC8C2_54D8_D475_6582, 0x4B08_0E7D_9560_0AEB]);
    }
}
