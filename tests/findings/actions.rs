//! What actions say about themselves: how often they happen, and who hosts a call (S37, S48, S52).

use lifestage::FindingCode as F;
use serde_json::{Value, json};

use super::base::{at, base, findings, places, set};

const WITH: &str = "/stages/1/actions/1/with";

fn hosted(name: &str, value: Value) -> Vec<(F, String)> {
    places(|d| set(d, &format!("{WITH}/{name}"), value))
}

/// S48: an action of a move belongs to no stage, so that there is no first visit.
#[test]
fn s48_an_action_of_a_move_has_no_first_visit() {
    let repeated = |at: &str, repeat: &str| places(|d| set(d, &format!("{at}/repeat"), json!(repeat)));
    let of_move = "/policy/moves/1/actions/0";
    let said = repeated(of_move, "first_visit");
    assert_eq!(said, at(&[(F::BadValue, "/policy/moves/1/actions/0/repeat")]));
    for repeat in ["every_visit", "once"] {
        assert_eq!(repeated(of_move, repeat), [], "{repeat}");
    }
    assert_eq!(repeated("/stages/1/actions/0", "first_visit"), []);
}

/// S37: the pool of hosts is a role that there is.
#[test]
fn s37_the_role_of_hosts_is_known() {
    assert_eq!(hosted("host_role", json!("sales")), []);
    let unknown = at(&[(F::UnknownRole, "/stages/1/actions/1/with/host_role")]);
    assert_eq!(hosted("host_role", json!("sale")), unknown);
    let mut document = base();
    set(&mut document, &format!("{WITH}/host_role"), json!("sale"));
    let said = findings(&document.to_string());
    assert!(said[0].message().contains("`sale`") && said[0].message().contains("`sales`"), "{}", said[0]);
    let no_role = at(&[(F::BadValue, "/stages/1/actions/1/with/host_role")]);
    assert_eq!(hosted("host_role", json!(7)), no_role);
    let other = places(|d| {
        set(d, "/stages/1/actions/1/kind", json!("custom"));
        set(d, &format!("{WITH}/host_role"), json!("sale"));
    });
    assert_eq!(other, [], "what a custom action means by it is the host's affair");
}

/// S37, S52: a host is chosen by hand or by turns, and in no other way.
#[test]
fn s37_the_ways_to_choose_a_host_are_known() {
    for ways in [json!(["by_hand"]), json!(["round_robin"]), json!(["round_robin", "by_hand"])] {
        assert_eq!(hosted("host_choice", ways.clone()), [], "{ways}");
    }
    let said = hosted("host_choice", json!(["by_hand", "roundrobin"]));
    assert_eq!(said, at(&[(F::BadValue, "/stages/1/actions/1/with/host_choice/1")]));
    let said = hosted("host_choice", json!("by_hand"));
    assert_eq!(said, at(&[(F::BadValue, "/stages/1/actions/1/with/host_choice")]));
}
