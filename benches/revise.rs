//! Edits of a pipeline of 100 stages: judging one, with everything that goes with it. Prints the median of
//! several rounds in microseconds.
//!
//! `cargo bench --bench revise`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program that prints figures and stops when something is wrong"
)]

use std::hint::black_box;
use std::time::Instant;

use lifestage::catalog::Outcome;
use lifestage::definition::{CategoryDef, Definition, MoveDef, RoleDef, StageDef};
use lifestage::migration::Occupancy;
use lifestage::revise::{DefinitionEdit as Edit, Revised, Revision};
use lifestage::{Actor, Capability, Pipeline};

const STAGES: usize = 100;

/// A hundred stages in a row, each with a move to the next and one to the end.
fn pipeline() -> Pipeline {
    let mut document = Definition::new("deals", "Deals")
        .with_category(CategoryDef::new("open", "Open", Outcome::Open))
        .with_category(CategoryDef::new("lost", "Lost", Outcome::Lost))
        .with_role("admin", RoleDef::new("Admin").can(Capability::ALL.iter().copied()));
    for n in 0..STAGES - 1 {
        let stage = StageDef::new(format!("s{n}"), format!("Stage {n}"), "open");
        document = document.with_stage(if n == 0 { stage.as_default() } else { stage });
    }
    document = document.with_stage(StageDef::new("lost", "Lost", "lost"));
    for n in 1..STAGES - 1 {
        document = document.with_move(
            MoveDef::new(format!("to_s{n}"), format!("To stage {n}"), format!("s{n}"))
                .from(format!("s{}", n - 1).as_str()),
        );
    }
    let lose = MoveDef::new("lose", "Lose", "lost").from("any_open");
    let revive = MoveDef::new("revive", "Revive", "s0").revive_from("lost");
    Pipeline::from_definition(document.with_move(lose).with_move(revive)).unwrap()
}

fn main() {
    let (pipeline, ada) = (pipeline(), Actor::new("ada").with_role("admin"));
    let occupancy: Occupancy = (0..STAGES - 1).map(|n| (Some(format!("s{n}")), 10_000)).collect();
    let last = STAGES - 2;
    let cases = [
        ("rename a stage", Revision::from(Edit::rename_stage("s50", "Fifty"))),
        (
            "reorder the open stages",
            Edit::reorder_stages("open", (0..STAGES - 1).rev().map(|n| format!("s{n}"))).into(),
        ),
        (
            "remove an occupied stage",
            Revision::new()
                .edit(Edit::remove_move(format!("to_s{last}")))
                .edit(Edit::replace_stage(format!("s{last}"), "s0")),
        ),
        ("add a stage", Edit::add_stage(StageDef::new("more", "More", "open")).into()),
    ];
    println!("a pipeline of {STAGES} stages and {} moves\n", pipeline.policy().moves().len());
    println!("{:<26} {:>8}", "edit", "us");
    for (name, revision) in cases {
        let mut times: Vec<f64> = (0..101)
            .map(|_| {
                let start = Instant::now();
                let revised = black_box(pipeline.revise(black_box(&revision), &occupancy, &ada));
                let time = start.elapsed().as_secs_f64() * 1e6;
                assert!(matches!(revised, Revised::Accepted(_)), "{revised:?}");
                time
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{name:<26} {:>8.0}", times[times.len() / 2]);
    }
}
