//! The file in other hands: a host's own transaction, the `sqlite3` shell.

use lifestage::SealedChange;
use lifestage::journal::verify;
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, CommitOutcome, Reader, Store, StoreErrorKind};
use lifestage_sqlite::SqliteStore;
use rusqlite::{Connection, TransactionBehavior};

use crate::folder::Folder;

#[test]
fn a_change_joins_the_hosts_transaction() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    let mut host = Connection::open(folder.file("crm.db")).unwrap();
    host.execute_batch("CREATE TABLE invoices (lead TEXT)").unwrap();
    let creation = Sample::creation("lead-1").keyed("k", "create").sealed();
    for keep in [false, true] {
        let transaction = host.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        transaction.execute("INSERT INTO invoices VALUES ('lead-1')", []).unwrap();
        let outcome = SqliteStore::commit_in(&transaction, "acme", &creation).unwrap();
        assert_eq!(outcome, CommitOutcome::Applied);
        let again = SqliteStore::commit_in(&transaction, "acme", &creation).unwrap();
        assert_eq!(again, CommitOutcome::Duplicate(Box::new(creation.row.clone())), "S14");
        let seen = SqliteStore::load_in(&transaction, "acme", "lead-1").unwrap();
        assert_eq!(seen, Some(creation.record.clone()), "the transaction sees its own writes");
        if keep {
            transaction.commit().unwrap();
        }
        let expected = keep.then(|| creation.record.clone());
        assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [expected], "one with the host's own rows");
    }
    let invoices: i64 = host.query_row("SELECT count(*) FROM invoices", [], |row| row.get(0)).unwrap();
    assert_eq!(invoices, 1);
    verify(&creation.record, &store.history("acme", "lead-1", 0, 9).unwrap()).unwrap();
}

/// Rows that a change writes; SQLite counts them.
fn rows_written(connection: &mut Connection, change: &SealedChange) -> i64 {
    let total = |connection: &Connection| -> i64 {
        connection.query_row("SELECT total_changes()", [], |row| row.get(0)).unwrap()
    };
    let before = total(connection);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    assert_eq!(SqliteStore::commit_in(&transaction, "acme", change).unwrap(), CommitOutcome::Applied);
    transaction.commit().unwrap();
    total(connection) - before
}

#[test]
fn effects_add_their_own_rows_to_a_commit_and_no_others() {
    let folder = Folder::new();
    drop(folder.store("crm.db"));
    let mut connection = Connection::open(folder.file("crm.db")).unwrap();
    let mut record = Sample::creation("lead-1").sealed();
    assert_eq!(rows_written(&mut connection, &record), 2, "the record and its row");
    for effects in [0, 1, 5] {
        let moved = Sample::mv(&record.record, format!("stage-{effects}")).with_effects(effects).sealed();
        assert_eq!(rows_written(&mut connection, &moved), 2 + i64::from(effects));
        record = moved;
    }
}

#[test]
fn a_change_that_errs_midway_leaves_the_hosts_transaction_whole() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    let mut host = Connection::open(folder.file("crm.db")).unwrap();
    host.execute_batch("CREATE TABLE invoices (lead TEXT)").unwrap();
    host.execute_batch(
        "CREATE TRIGGER no_effects BEFORE INSERT ON effects BEGIN SELECT RAISE(ABORT, 'not today'); END",
    )
    .unwrap();
    let transaction = host.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    transaction.execute("INSERT INTO invoices VALUES ('lead-1')", []).unwrap();
    let change = Sample::creation("lead-1").with_effects(1).sealed();
    let error = SqliteStore::commit_in(&transaction, "acme", &change).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert!(error.to_string().contains("not today"), "{error}");
    transaction.commit().unwrap();
    assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [None], "nothing half-written");
    assert_eq!(store.history("acme", "lead-1", 0, 9).unwrap(), []);
    let invoices: i64 = host.query_row("SELECT count(*) FROM invoices", [], |row| row.get(0)).unwrap();
    assert_eq!(invoices, 1, "the host's own row stays");
    let error = store.commit("acme", &[change], CommitMode::PerItem).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert_eq!(store.load("acme", &["lead-1"]).unwrap(), [None]);
    let plain = Sample::creation("lead-2").sealed();
    let outcomes = store.commit("acme", &[plain], CommitMode::PerItem).unwrap();
    assert_eq!(outcomes, [CommitOutcome::Applied], "such an error does not stop the store");
}

#[test]
fn views_read_like_a_report() {
    let folder = Folder::new();
    let store = folder.store("crm.db");
    let creation = Sample::creation("lead-1").with("email", "ada@example.com").sealed();
    let early = lifestage::Timestamp::from_micros(-1);
    let mv = Sample::mv(&creation.record, "won").entered(Some(early)).sealed();
    store.commit("acme", &[creation, mv], CommitMode::PerItem).unwrap();
    let raw = Connection::open(folder.file("crm.db")).unwrap();
    let read = |sql: &str| {
        raw.query_row(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap()
    };
    let (at, label) = read("SELECT effective_at, to_label FROM history WHERE seq = 2");
    assert_eq!((at.as_str(), label.as_str()), ("2026-01-01T00:00:02.000000Z", "The won stage"));
    let (at, email) = read("SELECT entered_at, json_extract(fields, '$.email') FROM overview");
    assert_eq!((at.as_str(), email.as_str()), ("1969-12-31T23:59:59.999999Z", "ada@example.com"));
}

/// The steps SQLite plans for a statement.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
    steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

#[test]
fn the_indexes_serve_what_they_are_for() {
    let folder = Folder::new();
    drop(folder.store("crm.db"));
    let raw = Connection::open(folder.file("crm.db")).unwrap();
    let stage = "FROM records WHERE presence = 'live' AND tenant = 'a' AND pipeline = 'p' AND stage IS 's'";
    let due = "FROM effects WHERE tenant = 'a' AND kind = 'move' AND state = 'pending' AND waiting = 0 AND held = 0";
    let open = "FROM effects WHERE tenant = 'a' AND work = 'open'
        AND (kind = 'create_task' OR kind = 'book_call' OR kind = 'schedule_meeting') AND held = 0";
    let by = "ifnull(due, 9223372036854775807)";
    let key = format!("({by}, record, seq, place)");
    for (sql, index) in [
        (
            format!("SELECT * {stage} AND (entered_at, id) < (5, 'x') ORDER BY entered_at DESC, id DESC LIMIT 50"),
            "USING INDEX records_by_stage (tenant=? AND pipeline=? AND stage=? AND",
        ),
        (
            format!("SELECT * {stage} AND entered_at IS NULL AND id < 'x' ORDER BY id DESC LIMIT 50"),
            "USING INDEX records_by_stage (tenant=? AND pipeline=? AND stage=? AND entered_at=? AND id<?)",
        ),
        (
            "SELECT stage, count(*) FROM records WHERE tenant = 'a' AND pipeline = 'p' AND presence = 'live' GROUP BY stage"
                .into(),
            "USING COVERING INDEX records_by_stage (tenant=? AND pipeline=?)",
        ),
        (
            "SELECT id, fields FROM records WHERE tenant = 'a' AND json_extract(fields, '$.email') = 'x' ORDER BY id"
                .into(),
            "USING INDEX records_by_email (tenant=? AND <expr>=?)",
        ),
        (
            "SELECT * FROM journal WHERE tenant = 'a' AND record = 'r' AND seq > 3 ORDER BY seq LIMIT 50".into(),
            "USING INDEX journal_by_record (tenant=? AND record=? AND seq>?)",
        ),
        (
            "SELECT * FROM journal WHERE tenant = 'a' AND record = 'r' AND seq < 3 ORDER BY seq DESC LIMIT 50".into(),
            "USING INDEX journal_by_record (tenant=? AND record=? AND seq<?)",
        ),
        (
            "SELECT record FROM links WHERE tenant = 'a' AND link = 'lead' AND target = 'l' AND record > 'r'
                ORDER BY record LIMIT 50"
                .into(),
            "SEARCH links USING PRIMARY KEY (tenant=? AND link=? AND target=? AND record>?)",
        ),
        (
            "SELECT id FROM records WHERE tenant = 'a' AND reserved = 'x' AND id <> 'r'".into(),
            "USING INDEX records_by_reserved (tenant=? AND reserved=?)",
        ),
        (
            format!("SELECT ready_at, record {due} AND ready_at <= 5 ORDER BY ready_at, record, seq, place LIMIT 9"),
            "USING INDEX effects_ready (tenant=? AND kind=? AND ready_at<?)",
        ),
        (
            format!(
                "SELECT * {due} AND (ready_at, record, seq, place) > (5, 'r', 1, 0)
                    ORDER BY ready_at, record, seq, place LIMIT 9"
            ),
            "USING INDEX effects_ready (tenant=? AND kind=? AND",
        ),
        (
            "SELECT * FROM effects WHERE tenant = 'a' AND state = 'dead' AND (ready_at, record, seq, place) > (5, 'r', 1, 0)
                ORDER BY ready_at, record, seq, place LIMIT 9"
                .into(),
            "USING INDEX effects_dead (tenant=? AND",
        ),
        (
            "SELECT 1 FROM effects INDEXED BY effects_failed WHERE tenant = 'a' AND record = 'r' AND kind = 'move'
                AND state = 'pending' AND waiting = 0 AND held = 0 AND leased = 0 AND claims > excused
                AND (seq, place) < (5, 1)"
                .into(),
            "USING INDEX effects_failed (tenant=? AND record=? AND kind=? AND",
        ),
        (
            format!("SELECT * {open} AND {key} > (5, 'r', 1, 0) AND {by} <= 9 ORDER BY {by}, record, seq, place LIMIT 9"),
            "USING INDEX effects_tasks (tenant=? AND",
        ),
        (
            format!(
                "SELECT * {open} AND assignee = 'sam' AND {key} > (5, 'r', 1, 0) AND {by} <= 9
                    ORDER BY {by}, record, seq, place LIMIT 9"
            ),
            "USING INDEX effects_tasks_of (tenant=? AND assignee=? AND",
        ),
        (
            "UPDATE effects SET state = 'cancelled' WHERE tenant = 'a' AND record = 'r' AND seq >= 3 AND visit = 3
                AND bound = 1 AND state = 'pending'"
                .into(),
            "SEARCH effects USING PRIMARY KEY (tenant=? AND record=? AND seq>?)",
        ),
        (
            "SELECT since, record FROM queues WHERE tenant = 'a' AND pipeline = 'p' AND queue = 'q'
                AND (since, record) > (5, 'r') ORDER BY since, record LIMIT 9"
                .into(),
            "SEARCH queues USING PRIMARY KEY (tenant=? AND pipeline=? AND queue=? AND",
        ),
    ] {
        let plan = plan(&raw, &sql);
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
}
