//! Lists of records: pages that stay good, stages by id or name, counts.

use serde_json::Value;

use crate::world::World;

/// Seven records in New, of which the first came in without a known start.
fn world() -> World {
    let world = World::empty();
    world.done(&["init", "crm.db", "--preset", "lead"]);
    world.write("list.csv", "Lead ID\nodd / id\n");
    world.done(&["import", "list.csv", "--role", "owner"]);
    for lead in 1..7 {
        let now = format!("2026-03-02T09:00:0{lead}Z");
        world.done(&["create", &format!("lead-{lead}"), "--now", &now]);
    }
    world
}

fn ids(page: &Value) -> Vec<&str> {
    page["records"].as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap()).collect()
}

#[test]
fn pages_go_on_where_the_one_before_ended_even_when_records_move() {
    let world = world();
    let (_, first) = world.json(&["list", "--limit", "3"]);
    assert_eq!(ids(&first), ["lead-6", "lead-5", "lead-4"]);
    let next = first["next"].as_str().unwrap();
    world.done(&["move", "lead-5", "mark_contacted", "--now", "2026-03-03T09:00:00Z"]);
    let (_, second) = world.json(&["list", "--limit", "3", "--after", next]);
    assert_eq!(ids(&second), ["lead-3", "lead-2", "lead-1"]);
    let (_, third) = world.json(&["list", "--limit", "3", "--after", second["next"].as_str().unwrap()]);
    assert_eq!((ids(&third), &third["next"]), (vec!["odd / id"], &Value::Null));
    let (_, behind) = world.json(&["list", "--after", "unknown/odd / id"]);
    assert!(ids(&behind).is_empty());
}

#[test]
fn text_shows_a_table_and_the_cursor() {
    let world = world();
    assert_eq!(
        world.done(&["list", "--limit", "1"]),
        "ID      STAGE  SINCE                 OWNER  VERSION  NAME\n\
         lead-6  New    2026-03-02T09:00:06Z  -      1\n\
         more: --after '2026-03-02T09:00:06Z/lead-6'\n"
    );
    assert_eq!(world.done(&["list", "--stage", "won"]), "no records\n");
}

#[test]
fn all_pages_come_record_by_record() {
    let world = world();
    let ran = world.run(&["list", "--all", "--limit", "2", "--json"]);
    let ids: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids.len(), 7);
    assert_eq!(ids[6], "odd / id");
    let text = world.done(&["list", "--all", "--limit", "2"]);
    assert!(!text.contains("more:"), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("New")).count(), 7);
}

#[test]
fn stages_are_told_by_id_and_by_name() {
    let world = world();
    world.done(&["move", "lead-1", "mark_contacted"]);
    world.done(&["create", "none", "--no-stage"]);
    assert_eq!(ids(&world.json(&["list", "--stage", "contacted"]).1), ["lead-1"]);
    assert_eq!(ids(&world.json(&["list", "--stage", "CONTACTED"]).1), ["lead-1"]);
    assert_eq!(ids(&world.json(&["list", "--no-stage"]).1), ["none"]);
    let (_, counts) = world.json(&["list", "--counts"]);
    let of = |stage: Value| {
        let stages = counts["stages"].as_array().unwrap();
        stages.iter().find(|count| count["stage"] == stage).unwrap()["count"].as_u64().unwrap()
    };
    assert_eq!((of("new".into()), of("contacted".into()), of("won".into()), of(Value::Null)), (6, 1, 0, 1));
    assert_eq!(counts["records"], 8);
}

#[test]
fn tenants_do_not_see_each_other() {
    let world = world();
    world.write("lead.json", lifestage::presets::LEAD);
    world.done(&["publish", "lead.json", "--tenant", "beta"]);
    assert!(ids(&world.json(&["list", "--tenant", "beta"]).1).is_empty());
    assert_eq!(world.run(&["moves", "lead-1", "--tenant", "beta"]).code, 5);
}
