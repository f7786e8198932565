//! The contract suite: what every store must do, as checks that anybody can run on a store.
//!
//! Each check takes a new, empty store and panics when the store does not keep the contract.
//!
//! ```
//! use lifestage::store::{MemoryStore, contract};
//!
//! for check in contract::CHECKS {
//!     check.run(&MemoryStore::new());
//! }
//! ```

mod batches;
mod commits;
mod concurrency;
mod definitions;
mod feeds;
mod fidelity;
mod migrations;
mod outbox;
mod pages;
mod people;
mod sample;

use alloc::vec::Vec;
use core::fmt;

pub use sample::Sample;

use super::{CommitMode, CommitOutcome, Reader, Store};
use crate::change::SealedChange;
use crate::journal::Row;
use crate::record::Record;

/// Both sides of a store.
pub trait Full: Store + Reader {}

impl<S: Store + Reader + ?Sized> Full for S {}

/// One obligation of a store, as a test.
pub struct Check {
    name: &'static str,
    run: fn(&dyn Full),
}

impl Check {
    /// What the store must do, in a few words, as an identifier.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Tries it on a new, empty store.
    ///
    /// # Panics
    /// When the store does otherwise.
    pub fn run(&self, store: &dyn Full) {
        (self.run)(store);
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! checks {
    ($($module:ident :: $name:ident),* $(,)?) => {
        /// Every check, in the order to run them: the simple ones first.
        pub const CHECKS: &[Check] = &[$(Check { name: stringify!($name), run: $module::$name }),*];
    };
}

checks! {
    commits::creates_and_loads,
    commits::replaces_the_record_on_a_move,
    commits::refuses_what_was_decided_on_an_older_version,
    commits::refuses_a_stage_that_came_back,
    commits::compares_the_row_where_the_version_stands_still,
    commits::tells_missing_from_existing,
    commits::answers_a_repeated_key_with_the_first_row,
    commits::looks_at_the_key_first,
    commits::refuses_a_key_used_for_another_request,
    commits::refuses_a_malformed_change,
    commits::keeps_tenants_apart,
    batches::judges_each_on_its_own,
    batches::sees_what_the_batch_wrote_before,
    batches::writes_all_or_none,
    batches::takes_duplicates_into_an_atomic_batch,
    batches::rolls_back_duplicates_of_the_batch_itself,
    batches::accepts_an_empty_batch,
    definitions::publishes_on_condition,
    definitions::keeps_every_version,
    definitions::refuses_gaps_in_numbers,
    definitions::compares_the_meaning,
    definitions::lists_versions_page_by_page,
    migrations::writes_changes_along_or_nothing,
    migrations::publishes_only_where_nobody_is_left,
    migrations::holds_publications_back_while_one_is_open,
    migrations::keeps_every_migration,
    fidelity::keeps_every_part_of_a_row,
    fidelity::keeps_every_kind_of_value,
    fidelity::keeps_hostile_text,
    fidelity::keeps_effects_in_order,
    fidelity::keeps_facts_through_moves,
    fidelity::keeps_a_chain_that_verifies,
    pages::lists_newest_first,
    pages::lists_unknown_times_last,
    pages::lists_all_stages_together,
    pages::lists_what_is_there_now,
    pages::counts_by_stage,
    pages::finds_by_text,
    feeds::pages_history,
    feeds::feeds_in_order_of_commit,
    feeds::feeds_nothing_that_was_rolled_back,
    feeds::feeds_a_follower_everything,
    people::lists_the_trash_apart,
    people::finds_who_points_at_a_record,
    people::lets_one_record_hold_an_address,
    people::lists_rows_newest_first,
    people::erases_what_is_personal,
    people::erases_nothing_that_was_rolled_back,
    people::erases_nothing_along_with_a_publication_that_fails,
    outbox::hands_out_what_is_due,
    outbox::leases_what_it_hands_out,
    outbox::keeps_the_order_of_a_record,
    outbox::tries_again_and_gives_up,
    outbox::cancels_with_the_visit,
    outbox::revives_nothing_that_is_over,
    outbox::holds_what_was_given_up,
    outbox::opens_what_waited,
    outbox::holds_back_what_comes_after_what_failed,
    outbox::lets_go_of_what_waited_for_a_failure,
    outbox::opens_what_waits_for_an_earlier_row,
    outbox::opens_what_waits_for_what_will_not_be_done,
    outbox::holds_what_is_in_the_trash,
    outbox::gives_a_task_with_its_reminders,
    outbox::lists_what_people_have_to_do,
    outbox::lists_tasks_by_deadline,
    outbox::lists_the_outbox,
    outbox::plans_nothing_that_was_rolled_back,
    outbox::keeps_queues,
    concurrency::lets_one_of_many_win_each_version,
    concurrency::carries_out_one_of_many_with_a_key,
    concurrency::lets_one_of_many_hold_an_address,
    concurrency::applies_all_that_do_not_meet,
    concurrency::publishes_one_of_many,
    outbox::hands_out_to_one_of_many,
}

/// Runs every check, each on a store of its own.
///
/// # Panics
/// At the first check that the store does not pass.
pub fn run<S: Store + Reader>(mut fresh: impl FnMut() -> S) {
    for check in CHECKS {
        check.run(&fresh());
    }
}

const TENANT: &str = "acme";

/// The value, or a panic that says what the store was doing.
#[track_caller]
#[expect(clippy::panic, reason = "a check fails by panicking")]
fn ok<T, E: fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the store failed: {error}"),
    }
}

#[track_caller]
fn commit_one(store: &dyn Full, change: &SealedChange) -> CommitOutcome {
    let mut outcomes = ok(store.commit(TENANT, core::slice::from_ref(change), CommitMode::PerItem));
    assert_eq!(outcomes.len(), 1, "one outcome for one change");
    outcomes.remove(0)
}

/// Commits and returns the record after.
#[track_caller]
fn apply(store: &dyn Full, sample: Sample) -> Record {
    let change = sample.sealed();
    assert_eq!(commit_one(store, &change), CommitOutcome::Applied, "`{}` is applicable", change.record.id());
    change.record
}

#[track_caller]
fn load(store: &dyn Full, id: &str) -> Option<Record> {
    let mut records = ok(store.load(TENANT, &[id]));
    assert_eq!(records.len(), 1, "one answer for one id");
    records.remove(0)
}

#[track_caller]
fn history(store: &dyn Full, id: &str) -> Vec<Row> {
    ok(store.history(TENANT, id, 0, 10_000))
}

/// Checks that a record and its journal agree, and that the journal has `rows` rows.
#[track_caller]
fn assert_sound(store: &dyn Full, id: &str, rows: usize) {
    let history = history(store, id);
    assert_eq!(history.len(), rows, "rows of `{id}`");
    match load(store, id) {
        Some(record) => ok(crate::journal::verify(&record, &history)),
        None => assert_eq!(rows, 0, "`{id}` has rows but no record"),
    }
}
