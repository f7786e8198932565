//! A migration killed half-way goes on where it was, with exactly one row for each record (S33).

use std::path::Path;

use lifestage_torture::migrate;

#[test]
fn a_hundred_thousand_records_move_once_whenever_it_is_killed() {
    let killed = migrate::run(Path::new(env!("CARGO_BIN_EXE_torture")), 100_000, 7).unwrap();
    println!("{killed:?}");
    assert_eq!(killed.records, 100_000);
    assert!(killed.midway >= 5, "it is killed in the middle of its work: {killed:?}");
}
