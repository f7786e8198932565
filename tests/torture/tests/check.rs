//! The checks find what they are there to find.

use lifestage_sqlite::SqliteStore;
use lifestage_torture::ack::Ack;
use lifestage_torture::check;
use lifestage_torture::folder::Folder;
use lifestage_torture::load::{self, Worker};
use rusqlite::Connection;

#[test]
fn each_kind_of_damage_is_found() {
    let damages = [
        "UPDATE records SET seq = seq + 1 WHERE id = 'lead-0'",
        "UPDATE records SET stage = 'won' WHERE id = 'lead-0'",
        "DELETE FROM records WHERE id = 'lead-0'",
        "DELETE FROM journal WHERE record = 'lead-0' AND seq = 1",
        "DELETE FROM journal WHERE record LIKE 'one-%-2'; DELETE FROM records WHERE id LIKE 'one-%-2'",
        "UPDATE journal SET actor = 'eve' WHERE record = 'lead-0' AND seq = 1",
        "DELETE FROM effects WHERE place = 0",
        "UPDATE effects SET args = NULL",
        "INSERT INTO effects (tenant, record, seq, place, action, kind, trigger, visit, args, missing)
            SELECT tenant, 'nobody', seq, place, action, kind, trigger, visit, args, missing
            FROM effects LIMIT 1",
        "DELETE FROM definitions",
    ];
    let folder = Folder::new().unwrap();
    let path = folder.file("crm.db");
    let workspace = load::open(SqliteStore::open(&path).unwrap()).unwrap();
    let mut worker = Worker::new("one", 1, 0..2);
    let acks: Vec<Ack> = (0..40).flat_map(|_| worker.step(&workspace).unwrap()).collect();
    drop(workspace);
    check::whole(&path).unwrap();
    let (rows, last) = check::rows_after(&path, 0).unwrap();
    check::kept(&rows, &acks).unwrap();
    assert_eq!(check::rows_after(&path, last).unwrap().0, []);
    let without_one: Vec<Ack> = rows[1..].to_vec();
    assert!(check::kept(&without_one, &acks).unwrap_err().to_string().contains("acknowledged and lost"));
    let whole = std::fs::read(&path).unwrap();
    for damage in damages {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(damage).unwrap();
        assert!(connection.total_changes() > 0, "{damage}");
        drop(connection);
        assert!(check::whole(&path).is_err(), "not found: {damage}");
        std::fs::write(&path, &whole).unwrap();
    }
}
