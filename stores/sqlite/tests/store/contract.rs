use std::sync::atomic::{AtomicUsize, Ordering};

use lifestage::pass_on;
use lifestage::store::contract::CHECKS;
use lifestage::store::{Reader, Store};
use lifestage_sqlite::SqliteStore;

use crate::folder::Folder;

#[test]
fn keeps_the_contract() {
    let folder = Folder::new();
    for check in CHECKS {
        check.run(&folder.store(check.name()));
    }
}

#[test]
fn two_handles_on_one_file_keep_the_contract() {
    let folder = Folder::new();
    for check in CHECKS {
        let handles = [folder.store(check.name()), folder.store(check.name())];
        check.run(&Alternating { handles, calls: AtomicUsize::new(0) });
    }
}

/// Two stores opened on one file, as by two processes; each call goes to the other one.
struct Alternating {
    handles: [SqliteStore; 2],
    calls: AtomicUsize,
}

impl Alternating {
    fn next(&self) -> &SqliteStore {
        &self.handles[self.calls.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

impl Store for Alternating {
    pass_on!(self => self.next(); load, commit, publish, begin_migration, finish_migration, receipt, claim, settle);
}

impl Reader for Alternating {
    pass_on!(self => self.next(); reads);
}
