//! Loading a definition beside reading the same text as a `serde_json::Value`, which checks nothing.

use crate::harness::{Effort, Kind, Suite, each};
use crate::keep;
use crate::ours;
use crate::workload::Workload;

fn suite<'a>(title: &str, document: &'a str, expected: &'a [u8]) -> Suite<'a> {
    let mut suite = Suite::new(title, expected);
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text);
    suite.add(Kind::Limit, "serde_json::Value alone", each(expected, move |one| keep(value(document), *one)));
    suite.add(Kind::Ours, "read, check and compile", each(expected, move |_| ours::load(document)));
    suite
}

/// Small, with all that a real document has, and large.
pub fn run(w1: &Workload, effort: Effort, report: &mut impl FnMut(String)) -> Result<(), String> {
    report(suite("Load: W1's nine stages", &ours::document(w1), &[9; 500]).run(effort)?);
    report(suite("Load: the lead preset", lifestage::presets::LEAD, &[9; 500]).run(effort)?);
    let large = ours::large(1_000, 100);
    report(suite("Load: 1,000 stages with 100 moves each", &large, &[232; 2]).run(effort)?);
    Ok(())
}
