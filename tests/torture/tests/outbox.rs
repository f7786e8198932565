//! Whoever delivers effects may be killed at any moment: they are delivered after all (S47).

use std::time::Duration;

use lifestage_torture::outbox::Chain;

#[test]
fn sixty_kills_lose_no_effect_and_hand_none_to_two_at_a_time() {
    let mut chain = Chain::new(env!("CARGO_BIN_EXE_torture"), 5).unwrap();
    for _ in 0..60 {
        chain.round(Duration::from_millis(40)).unwrap();
    }
    let summary = chain.finish().unwrap();
    println!("{summary}");
    assert_eq!(summary.kills, 60);
    assert!(summary.before_delivery >= 10, "some fall between commit and delivery:\n{summary}");
    assert!(summary.before_settling >= 10, "some fall between delivery and settling:\n{summary}");
    assert!(summary.repeated > 0, "leases run out, and others go on:\n{summary}");
    assert!(summary.counts.twice > 0, "what was not settled is delivered again:\n{summary}");
    assert!(summary.counts.followed > 20, "moves follow:\n{summary}");
    assert!(summary.counts.delivered > 200, "there is something to deliver:\n{summary}");
}
