//! The batch limit: columns in, a column out, written by hand for W1 in portable safe code.

use std::ops::Range;

use crate::limit;
use crate::w1;
use crate::workload::Workload;

/// Rows that are worked on at a time: what is between the two loops stays in the nearest cache.
const BLOCK: usize = 4096;

/// W1 as columns, its requests over and over.
pub struct Columns {
    pub stage: Vec<u8>,
    pub wide_stage: Vec<u16>,
    pub mv: Vec<u8>,
    pub roles: Vec<u8>,
    pub source: Vec<u8>,
    /// Bit 0: has an e-mail address; bit 1: consents.
    pub flags: Vec<u8>,
    pub budget: Vec<u32>,
    pub expected: Vec<u8>,
}

impl Columns {
    pub fn new(workload: &Workload, rows: usize) -> Self {
        let leads = w1::leads(workload);
        let cycle = || workload.requests.iter().cycle().take(rows);
        let lead = |request: &crate::workload::Request| leads[usize::from(request.contact)];
        Self {
            stage: cycle().map(|r| r.stage as u8).collect(),
            wide_stage: cycle().map(|r| r.stage).collect(),
            mv: cycle().map(|r| r.mv as u8).collect(),
            roles: cycle().map(|r| r.roles as u8).collect(),
            source: cycle().map(|r| lead(r).source as u8).collect(),
            flags: cycle().map(|r| u8::from(lead(r).has_email) | u8::from(lead(r).consent) << 1).collect(),
            budget: cycle().map(|r| lead(r).budget).collect(),
            expected: workload.expected.iter().copied().cycle().take(rows).collect(),
        }
    }
}

/// Judges a range of rows: first an index for each, which vector code can do, then a load for each.
pub fn two_loops<S: Copy + Into<u16>>(
    answers: &[u8; 4096],
    columns: &Columns,
    stage: &[S],
    range: Range<usize>,
    out: &mut [u8],
) {
    let mut indices = [0u16; BLOCK];
    let stages = stage[range.clone()].chunks(BLOCK);
    let moves = columns.mv[range.clone()].chunks(BLOCK);
    let roles = columns.roles[range.clone()].chunks(BLOCK);
    let sources = columns.source[range.clone()].chunks(BLOCK);
    let flags = columns.flags[range.clone()].chunks(BLOCK);
    let budgets = columns.budget[range].chunks(BLOCK);
    let blocks = stages.zip(moves).zip(roles).zip(sources).zip(flags).zip(budgets);
    for ((((((stages, moves), roles), sources), flags), budgets), out) in blocks.zip(out.chunks_mut(BLOCK)) {
        let rows = stages.iter().zip(moves).zip(roles).zip(sources).zip(flags).zip(budgets);
        for ((((((stage, mv), roles), source), flags), budget), index) in rows.zip(&mut indices) {
            let qualifies = (*budget >= 5000) & (*source < 2) & (*flags == 3);
            let stage: u16 = (*stage).into();
            *index = stage << 8 | u16::from(*mv) << 4 | u16::from(*roles) << 1 | u16::from(qualifies);
        }
        for (answer, index) in out.iter_mut().zip(&indices) {
            *answer = answers[usize::from(*index) & 4095];
        }
    }
}

/// Judges a range of rows, one after the other.
pub fn one_loop(answers: &[u8; 4096], columns: &Columns, range: Range<usize>, out: &mut [u8]) {
    let stages = columns.stage[range.clone()].iter().zip(&columns.mv[range.clone()]);
    let leads = columns.source[range.clone()].iter().zip(&columns.flags[range.clone()]);
    let rows = stages.zip(&columns.roles[range.clone()]).zip(leads).zip(&columns.budget[range]);
    for (((((stage, mv), roles), (source, flags)), budget), answer) in rows.zip(out) {
        let qualifies = (*budget >= 5000) & (*source < 2) & (*flags == 3);
        let at = limit::index((*stage).into(), (*mv).into(), (*roles).into(), qualifies);
        *answer = answers[at & 4095];
    }
}
