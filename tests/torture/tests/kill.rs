//! A process killed at any moment loses nothing that it acknowledged and leaves nothing half done.

use std::time::Duration;

use lifestage_torture::kill::Chain;

const PROGRAM: &str = env!("CARGO_BIN_EXE_torture");

#[test]
fn two_hundred_kills_lose_no_acknowledged_move_and_leave_no_half_one() {
    let mut chain = Chain::new(PROGRAM, 2).unwrap();
    for _ in 0..200 {
        chain.round(Duration::from_millis(30)).unwrap();
    }
    let summary = chain.finish().unwrap();
    println!("{summary}");
    assert_eq!(summary.kills, 200);
    assert!(summary.logging * 3 >= summary.kills, "a third falls into a commit:\n{summary}");
    assert!(summary.acknowledged > 200, "there was work to lose:\n{summary}");
    assert!(summary.checked.effects > 20, "effects too:\n{summary}");
    assert!(summary.checkpoint > 0, "some fall into a checkpoint:\n{summary}");
    assert!(summary.opening > 0, "some fall into opening:\n{summary}");
}

#[test]
fn a_file_that_was_never_finished_is_begun_again() {
    let mut chain = Chain::new(PROGRAM, 3).unwrap().per_file(2);
    for _ in 0..48 {
        chain.round(Duration::from_millis(8)).unwrap();
    }
    let summary = *chain.summary();
    assert_eq!(summary.files, 24);
    assert!(summary.opening > 0, "{summary}");
}
