//! Counts by stage are exact, whether they were counted, kept or added up.

use std::collections::BTreeMap;
use std::path::Path;

use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, Reader, Store};
use lifestage::{Record, SealedChange};
use lifestage_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::folder::Folder;

/// Live and trashed, by stage.
type Counts = BTreeMap<Option<String>, [i64; 2]>;

fn told(store: &SqliteStore, tenant: &str, pipeline: &str) -> Counts {
    let counts = store.counts(tenant, pipeline).unwrap();
    let number = |count| i64::try_from(count).unwrap();
    let counts = counts.into_iter();
    counts.map(|tally| (tally.stage.map(Into::into), [number(tally.live), number(tally.trashed)])).collect()
}

/// One by one, past the store.
fn counted(path: &Path, tenant: &str, pipeline: &str) -> Counts {
    let raw = Connection::open(path).unwrap();
    let sql = "SELECT stage, trashed_at IS NOT NULL FROM records WHERE tenant = ?1 AND pipeline = ?2
        AND ifnull(links, '') NOT LIKE '%head%'";
    let mut statement = raw.prepare(sql).unwrap();
    let rows = statement.query_map([tenant, pipeline], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut counts = Counts::new();
    for row in rows {
        let (stage, trashed): (Option<String>, bool) = row.unwrap();
        counts.entry(stage).or_default()[usize::from(trashed)] += 1;
    }
    counts
}

/// The row up to which the counts are kept.
fn kept(path: &Path) -> Option<i64> {
    let raw = Connection::open(path).unwrap();
    let sql = "SELECT position FROM stage_counts_upto WHERE tenant = 'acme'";
    raw.query_row(sql, [], |row| row.get(0)).ok()
}

fn commit(store: &SqliteStore, tenant: &str, samples: Vec<Sample>) -> Vec<Record> {
    let changes: Vec<SealedChange> = samples.into_iter().map(Sample::sealed).collect();
    let outcomes = store.commit(tenant, &changes, CommitMode::Atomic).unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.stands()));
    changes.into_iter().map(|change| change.record).collect()
}

#[test]
fn counts_stay_exact_through_everything_that_moves_records() {
    let folder = Folder::new();
    let (store, path) = (folder.store("crm.db"), folder.file("crm.db"));
    let same = |when: &str| {
        for (tenant, pipeline) in
            [("acme", "leads"), ("acme", "deals"), ("other", "leads"), ("nobody", "leads")]
        {
            assert_eq!(
                told(&store, tenant, pipeline),
                counted(&path, tenant, pipeline),
                "{tenant} {pipeline} {when}"
            );
        }
    };
    same("when there is nothing");
    let few = |from: usize, to: usize| (from..to).map(|n| Sample::creation(format!("lead-{n}"))).collect();
    let mut records = commit(&store, "acme", few(0, 100));
    same("with few");
    assert_eq!(kept(&path), None, "few are counted, not kept");

    for from in (100..3_000).step_by(500) {
        records.extend(commit(&store, "acme", few(from, (from + 500).min(3_000))));
    }
    commit(&store, "other", vec![Sample::creation("lead-0"), Sample::creation("lead-1").in_stage(None)]);
    same("with many");
    let first = kept(&path).unwrap();
    same("as they are kept");

    let moves = records.iter().take(700).enumerate().map(|(n, record)| match n % 5 {
        0 => Sample::mv(record, "won"),
        1 => Sample::mv(record, "contacted"),
        2 => Sample::edit(record, "phone", "555"),
        3 => Sample::mv(record, "gone").in_stage(None),
        _ => Sample::proposal(record),
    });
    commit(&store, "acme", moves.collect());
    commit(&store, "acme", vec![Sample::creation("deal-1").in_pipeline("deals")]);
    commit(&store, "other", vec![Sample::creation("lead-2")]);
    same("with rows that came after");
    assert_eq!(kept(&path), Some(first), "a few rows are added up");

    for round in 0..4 {
        let stage = ["engaged", "new", "lost", "won"][round];
        let current: Vec<Record> = (0..700)
            .map(|n| store.load("acme", &[&format!("lead-{n}")]).unwrap().remove(0).unwrap())
            .collect();
        commit(&store, "acme", current.iter().map(|record| Sample::mv(record, stage)).collect());
        same(stage);
    }
    assert!(kept(&path).unwrap() > first, "many rows are taken in");
    drop(store);
    let again = folder.store("crm.db");
    assert_eq!(told(&again, "acme", "leads"), counted(&path, "acme", "leads"), "after reopening");
}
