//! The limit: W1 written by hand as a dense table with branch-free checks.

use crate::engine::{Decide, Judge};
use crate::w1::{self, Lead};
use crate::workload::{CRITERIA, NO_MOVE, ROLE, Request, Workload};

/// Stage, move, roles and whether the criteria hold, packed into twelve bits, lead straight to the answer.
pub struct Table {
    answers: Box<[u8; 4096]>,
    leads: Box<[Packed; 1024]>,
}

/// A lead in one load: the budget above, then consent and e-mail address as a bit each, then the source.
#[derive(Clone, Copy)]
struct Packed(u64);

impl Packed {
    fn new(lead: &Lead) -> Self {
        let flags = u64::from(lead.consent) << 9 | u64::from(lead.has_email) << 8;
        Self(u64::from(lead.budget) << 32 | flags | lead.source as u64)
    }

    /// The criteria of W1 without a branch: both flags are set, and the source is the first or the second.
    #[inline]
    fn qualifies(self) -> bool {
        (self.0 >= 5000 << 32) & (self.0 & 0xFFFE == 0x0300)
    }
}

pub fn index(stage: usize, mv: usize, roles: usize, qualifies: bool) -> usize {
    stage << 8 | mv << 4 | roles << 1 | usize::from(qualifies)
}

/// The answers to all of W1's questions.
pub fn answers(workload: &Workload) -> Box<[u8; 4096]> {
    let mut answers = Box::new([NO_MOVE; 4096]);
    let pipeline = &workload.pipeline;
    for (stage, row) in pipeline.rows.iter().enumerate() {
        for (mv, to) in row {
            for roles in 0..1 << pipeline.roles.len() {
                for qualifies in [false, true] {
                    let rule = &pipeline.moves[*mv];
                    answers[index(stage, *mv, usize::from(roles), qualifies)] = if rule.roles & roles == 0 {
                        ROLE
                    } else if rule.criteria.is_some() && !qualifies {
                        CRITERIA
                    } else {
                        *to as u8
                    };
                }
            }
        }
    }
    answers
}

impl Table {
    pub fn new(workload: &Workload) -> Self {
        let leads = w1::leads(workload).iter().map(Packed::new).collect::<Box<[Packed]>>();
        let leads = leads.try_into().ok().expect("W1 has 1,024 contacts");
        Self { answers: answers(workload), leads }
    }
}

impl Decide for Table {
    #[inline]
    fn decide(&mut self, request: &Request) -> u8 {
        let lead = self.leads[usize::from(request.contact) & 1023];
        let at = index(request.stage.into(), request.mv.into(), request.roles.into(), lead.qualifies());
        self.answers[at & 4095]
    }
}

impl Judge for Table {
    #[inline]
    fn passes(&mut self, _: usize, contact: usize) -> bool {
        self.leads[contact & 1023].qualifies()
    }
}

/// The criteria of W1 as Rust over facts that are texts still.
pub struct OverText<'a>(Vec<(i64, &'a str, &'a str, bool)>);

impl<'a> OverText<'a> {
    pub fn new(workload: &'a Workload) -> Self {
        use crate::workload::Value::{Bool, Int, Text};
        let facts = workload.contacts.iter().map(|facts| {
            match [w1::BUDGET, w1::SOURCE, w1::EMAIL, w1::CONSENT].map(|field| facts[field].value()) {
                [Int(budget), Text(source), Text(email), Bool(consent)] => (budget, source, email, consent),
                _ => unreachable!("the fields of W1 are of these kinds"),
            }
        });
        Self(facts.collect())
    }
}

impl Judge for OverText<'_> {
    #[inline]
    fn passes(&mut self, _: usize, contact: usize) -> bool {
        let (budget, source, email, consent) = self.0[contact];
        budget >= 5000 && (source == "web" || source == "referral") && !email.is_empty() && consent
    }
}
