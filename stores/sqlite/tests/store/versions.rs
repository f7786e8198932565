//! Files whose tables are of another version.

use lifestage::journal::{RowKind, verify};
use lifestage::outbox::{Claim, TaskQuery};
use lifestage::store::contract::Sample;
use lifestage::store::{CommitMode, CommitOutcome, Reader, RecordQuery, Store, StoreErrorKind, Tally};
use lifestage::{EffectKind, SealedChange, Timestamp};
use lifestage_sqlite::SqliteStore;
use rusqlite::{Connection, params};

use crate::files::refused;
use crate::folder::Folder;

#[test]
fn a_newer_schema_is_refused_with_both_numbers() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    drop(SqliteStore::open(&path).unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("UPDATE lifestage_meta SET value = '7' WHERE name = 'schema'").unwrap();
    drop(raw);
    let error = refused(&path);
    assert_eq!(error.kind(), StoreErrorKind::NewerSchema);
    let message = error.to_string();
    assert!(message.contains("version 7") && message.contains("up to 5"), "{message}");
}

#[test]
fn a_file_of_the_first_version_is_brought_up_to_date() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(include_str!("../../src/schema/1.sql")).unwrap();
    raw.execute_batch("INSERT INTO lifestage_meta VALUES ('schema', '1')").unwrap();
    raw.execute_batch(
        "INSERT INTO definitions VALUES ('acme', 'leads', 1, NULL, zeroblob(32), 'sam', 0, '{}');
         INSERT INTO published VALUES ('acme', 'leads', 1, zeroblob(32));",
    )
    .unwrap();
    drop(raw);
    let store = SqliteStore::open(&path).unwrap();
    let published = store.published("acme").unwrap();
    assert_eq!((published[0].version, published[0].revision.as_deref()), (1, None));
    assert_eq!(store.migrations("acme").unwrap(), []);
    let creation = Sample::creation("lead-1").sealed();
    let outcomes = store.commit("acme", &[creation], CommitMode::PerItem).unwrap();
    assert_eq!(outcomes, [CommitOutcome::Applied]);
}

#[test]
fn a_file_of_the_second_version_keeps_its_records() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(include_str!("../../src/schema/1.sql")).unwrap();
    raw.execute_batch("CREATE VIEW overview AS SELECT tenant, id FROM records").unwrap();
    raw.execute_batch(include_str!("../../src/schema/2.sql")).unwrap();
    raw.execute_batch("INSERT INTO lifestage_meta VALUES ('schema', '2')").unwrap();
    // What the store of that version wrote: one record in a stage, one in none.
    let changes = [
        Sample::creation("lead-1").with("email", "ada@example.com").sealed(),
        Sample::creation("lead-2").in_stage(None).sealed(),
    ];
    for SealedChange { record, row, .. } in &changes {
        raw.execute(
            "INSERT INTO records (tenant, id, pipeline, stage, version, seq, visit, entered_at, created_at, last_at,
                definition, head, memory, fields)
            VALUES ('acme', ?1, 'leads', ?2, 1, 1, 1, ?3, ?3, ?3, 1, ?4, ?5, ?6)",
            params![
                record.id(),
                record.stage(),
                row.effective_at.as_micros(),
                record.head().as_bytes(),
                serde_json::to_string(record.memory()).unwrap(),
                serde_json::to_string(record.fields()).unwrap(),
            ],
        )
        .unwrap();
        raw.execute(
            "INSERT INTO journal (tenant, record, seq, kind, pipeline, definition, to_stage, to_label, to_outcome,
                direction, actor, automation, forced, start_unknown, facts, effective_at, recorded_at,
                version_after, salt, personal, hash)
            VALUES ('acme', ?1, 1, 'creation', 'leads', 1, ?2, ?3, ?4, 'forward', 'sam', 0, 0, 0, ?5, ?6, ?6, 1,
                ?7, ?8, ?9)",
            params![
                record.id(),
                row.to.as_ref().map(|mark| mark.id.as_str()),
                row.to.as_ref().map(|mark| mark.label.as_str()),
                row.to.as_ref().map(|mark| mark.outcome.name()),
                (!row.facts.is_empty()).then(|| serde_json::to_string(&row.facts).unwrap()),
                row.effective_at.as_micros(),
                row.salt.as_ref().map(|salt| salt.as_bytes()),
                row.salt.as_ref().map(|_| row.personal.as_bytes()),
                row.hash.as_bytes(),
            ],
        )
        .unwrap();
    }
    drop(raw);
    let store = SqliteStore::open(&path).unwrap();
    let ids = changes.iter().map(|change| change.record.id()).collect::<Vec<_>>();
    let expected = changes.iter().map(|change| Some(change.record.clone())).collect::<Vec<_>>();
    assert_eq!(store.load("acme", &ids).unwrap(), expected);
    for change in &changes {
        verify(&change.record, &store.history("acme", change.record.id(), 0, 9).unwrap()).unwrap();
    }
    let page = store.page("acme", &RecordQuery::of("leads", 9)).unwrap();
    assert_eq!(page.records.len(), 2, "they are live");
    assert_eq!(store.find("acme", "email", "ada@example.com", 9).unwrap(), ["lead-1"]);
    let live = |stage: Option<&str>| Tally { stage: stage.map(Into::into), live: 1, trashed: 0 };
    assert_eq!(store.counts("acme", "leads").unwrap(), [live(None), live(Some("new"))]);
    let trash = Sample::of_kind(&changes[0].record, RowKind::Deletion).sealed();
    assert_eq!(store.commit("acme", &[trash], CommitMode::PerItem).unwrap(), [CommitOutcome::Applied]);
    let raw = Connection::open(&path).unwrap();
    let presence: String =
        raw.query_row("SELECT presence FROM overview WHERE id = 'lead-1'", [], |row| row.get(0)).unwrap();
    assert_eq!(presence, "trashed");
}

#[test]
fn a_file_of_the_fourth_version_keeps_its_outbox() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(concat!(
        include_str!("../../src/schema/1.sql"),
        include_str!("../../src/schema/2.sql"),
        include_str!("../../src/schema/3.sql"),
        include_str!("../../src/schema/4.sql"),
        "INSERT INTO lifestage_meta VALUES ('schema', '4');
        INSERT INTO effects (tenant, record, seq, place, action, kind, trigger, visit, state, work, claims, ready_at)
        VALUES ('acme', 'lead-1', 1, 0, 'book', 'book_call', 'act', 1, 'delivered', 'open', 1, 5),
            ('acme', 'lead-1', 1, 1, 'one', 'webhook', 'enter', 1, 'pending', NULL, 2, 60000000),
            ('acme', 'lead-1', 1, 2, 'two', 'webhook', 'enter', 1, 'pending', NULL, 0, 5);",
    ))
    .unwrap();
    drop(raw);
    let store = SqliteStore::open(&path).unwrap();
    let tasks = store.tasks("acme", &TaskQuery::open(9)).unwrap().entries;
    assert_eq!(tasks.iter().map(|entry| entry.effect.action.as_str()).collect::<Vec<_>>(), ["book"]);
    assert_eq!(tasks[0].effect.after_row, None);
    let claim = |seconds| {
        let (now, until) = (Timestamp::from_seconds(seconds), Timestamp::from_seconds(seconds + 1));
        let claim = Claim { now, until, kinds: vec![EffectKind::Webhook], limit: 9 };
        store
            .claim("acme", &claim)
            .unwrap()
            .into_iter()
            .map(|delivery| delivery.effect.action)
            .collect::<Vec<_>>()
    };
    assert_eq!((claim(59), claim(60)), (vec![], vec!["one".into(), "two".into()]), "the first had failed");
}

#[test]
fn a_name_that_a_later_version_takes_is_not_taken_from_the_host() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(include_str!("../../src/schema/1.sql")).unwrap();
    raw.execute_batch(include_str!("../../src/schema/2.sql")).unwrap();
    raw.execute_batch("INSERT INTO lifestage_meta VALUES ('schema', '2'); CREATE TABLE links (url TEXT)")
        .unwrap();
    drop(raw);
    let error = refused(&path);
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("has a `links` of its own"), "{error}");
    let raw = Connection::open(&path).unwrap();
    let version: String = raw.query_row("SELECT value FROM lifestage_meta", [], |row| row.get(0)).unwrap();
    assert_eq!(version, "2", "it is left as it was");
}

#[test]
fn a_meaningless_schema_version_is_refused() {
    let folder = Folder::new();
    let path = folder.file("crm.db");
    drop(SqliteStore::open(&path).unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("UPDATE lifestage_meta SET value = 'seven'").unwrap();
    assert_eq!(refused(&path).kind(), StoreErrorKind::Corrupt);
    raw.execute_batch("DELETE FROM lifestage_meta").unwrap();
    drop(raw);
    assert_eq!(refused(&path).kind(), StoreErrorKind::Corrupt);
}
