//! Counts by stage are exact, whether they were counted, kept or added up.

use std::collections::BTreeMap;
use std::path::Path;

use lifestage::journal::{Origin, RowKind};
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, Reader, Store};
use lifestage::{Link, Record, SealedChange};
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

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// Whatever can become of a record.
    fn step(&mut self, record: &Record) -> Sample {
        const STAGES: [&str; 3] = ["new", "contacted", "won"];
        match self.below(9) {
            0 => Sample::of_kind(record, RowKind::Deletion),
            1 => Sample::of_kind(record, RowKind::Restoration),
            2 => Sample::of_kind(record, RowKind::Merge).linked(Link::Head, Some("head")),
            3 => Sample::of_kind(record, RowKind::Edit).linked(Link::Head, None),
            4 => Sample::of_kind(record, RowKind::Erasure),
            // The row of the record that the other became one with.
            5 => Sample::of_kind(record, RowKind::Merge),
            6 => Sample::mv(record, "nowhere").in_stage(None),
            _ => Sample::mv(record, STAGES[self.below(3)]),
        }
    }
}

#[test]
fn counts_stay_exact_whatever_becomes_of_trashed_and_merged_records() {
    for (seed, keep) in [(1, false), (2, true), (3, true)] {
        let folder = Folder::new();
        let (store, path) = (folder.store("crm.db"), folder.file("crm.db"));
        let mut random = Random(seed);
        let count = if keep { 2_500 } else { 40 };
        let mut records =
            commit(&store, "acme", (0..count).map(|n| Sample::creation(n.to_string())).collect());
        told(&store, "acme", "leads");
        assert_eq!(kept(&path).is_some(), keep, "where there are many, counts are kept");
        for round in 0..30 {
            let mut batch = Vec::new();
            for _ in 0..random.below(40) {
                let record = &mut records[random.below(40)];
                let change = random.step(record).sealed();
                *record = change.record.clone();
                batch.push(change);
            }
            // A transaction with an erasure writes the file anew, so that one for all must do.
            let outcomes = store.commit("acme", &batch, CommitMode::Atomic).unwrap();
            assert!(outcomes.iter().all(|outcome| outcome.stands()));
            let counts = told(&store, "acme", "leads");
            assert_eq!(counts, counted(&path, "acme", "leads"), "seed {seed}, round {round}");
        }
        let aside = Connection::open(&path).unwrap();
        let sql = "SELECT count(DISTINCT presence) FROM records";
        assert_eq!(aside.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 3, "all of it happened");
    }
}

#[test]
fn what_is_migrated_in_the_trash_is_counted_there() {
    let folder = Folder::new();
    let (store, path) = (folder.store("crm.db"), folder.file("crm.db"));
    let records = commit(&store, "acme", (0..2_500).map(|n| Sample::creation(n.to_string())).collect());
    told(&store, "acme", "leads");
    assert!(kept(&path).is_some());
    let trashed: Vec<_> =
        records.iter().take(9).map(|record| Sample::of_kind(record, RowKind::Deletion)).collect();
    let trashed = commit(&store, "acme", trashed);
    let migrated = |record| {
        let mut change = Sample::mv(record, "won").in_pipeline("deals").sealed();
        change.row.kind = RowKind::Migration;
        change.row.origin = Some(Origin { pipeline: "leads".into(), definition: 1 });
        change
    };
    let moved: Vec<SealedChange> = trashed.iter().map(migrated).collect();
    let outcomes = store.commit("acme", &moved, CommitMode::Atomic).unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.stands()));
    assert_eq!(told(&store, "acme", "deals"), Counts::from([(Some("won".into()), [0, 9])]));
    assert_eq!(told(&store, "acme", "leads"), Counts::from([(Some("new".into()), [2_491, 0])]));
}
