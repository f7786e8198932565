//! What a C program must not do: proof that Miri and the sanitizers find it, run by `cargo xtask sanitize`.

use std::thread;

use super::*;
use crate::pipeline::{lifestage_pipeline_free, lifestage_pipeline_id};
use crate::record::lifestage_record_free;

/// A record that two threads may get at, though one changes it.
struct Raced(*mut lifestage_record);

// SAFETY: it is not, which is the point.
unsafe impl Sync for Raced {}

impl Raced {
    fn set(&self) {
        ok!(lifestage_record_set_int(self.0, t "budget", 1));
    }
}

#[test]
#[ignore = "does wrong"]
fn a_race() {
    let raced = Raced(deal());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..20).for_each(|_| raced.set()));
        }
    });
    // SAFETY: no thread uses it any more.
    unsafe { lifestage_record_free(raced.0) };
}

#[test]
#[ignore = "does wrong"]
fn a_use_after_a_free() {
    let (pipeline, mut view, mut length) = (deals(), null(), 0);
    ok!(lifestage_pipeline_id(pipeline, &raw mut view, &raw mut length));
    // SAFETY: it is not, as it is used after.
    unsafe { lifestage_pipeline_free(pipeline) };
    ok!(lifestage_pipeline_id(pipeline, &raw mut view, &raw mut length));
}
