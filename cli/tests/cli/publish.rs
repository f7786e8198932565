//! Definitions as they change: diff, publish, versions.

use serde_json::json;

use crate::world::World;

fn world() -> World {
    let world = World::new();
    world.write_lead("renamed.json", "\"name\": \"Showed\"", "\"name\": \"Attended\"");
    world.write_lead("without.json", "\"from\": [\"new\", \"contacted\",", "\"from\": [\"contacted\",");
    world
}

#[test]
fn differences_are_told_in_words() {
    let world = world();
    assert_eq!(
        world.done(&["diff", "renamed.json"]),
        "stage `showed` renamed to `Attended` (was `Showed`)\nonly names and looks differ\n"
    );
    assert!(world.done(&["diff", "without.json"]).ends_with("the two decide differently\n"));
    assert_eq!(world.done(&["diff", "renamed.json", "renamed.json"]), "the two are the same\n");
    let (code, document) = world.json(&["diff", "renamed.json", "without.json"]);
    assert_eq!((code, &document["changes_meaning"]), (0, &json!(true)));
    assert_eq!(document["differences"][0]["kind"], "renamed");
    assert_eq!(world.run(&["diff", "renamed.json", "without.json", "--version", "1"]).code, 2);
}

#[test]
fn a_definition_is_published_by_those_who_may() {
    let world = world();
    let refused = world.run(&["publish", "renamed.json"]);
    let told = "refused: `publish` is for owner  [105 permission_denied]\n";
    assert_eq!((refused.code, refused.out.as_str(), refused.err.as_str()), (1, told, ""));

    let dry = world.done(&["publish", "renamed.json", "--role", "owner", "--dry-run"]);
    assert!(dry.ends_with("\ndry run: `lead` would be version 2\n"), "{dry}");
    assert_eq!(world.json(&["versions"]).1["versions"].as_array().unwrap().len(), 1);

    let (code, document) = world.json(&["publish", "renamed.json", "--role", "owner"]);
    assert_eq!((code, &document["version"], &document["answer"]), (0, &json!(2), &json!("published")));
    assert_eq!(document["impact"][0]["difference"]["id"], "showed");
    assert_eq!(document["impact"][0]["records"], 0);
    let again = world.done(&["publish", "renamed.json", "--role", "owner"]);
    assert_eq!(again, "nothing changes: `lead` stays at version 2\n");
}

#[test]
fn earlier_versions_stay_readable() {
    let world = world();
    world.done(&["publish", "renamed.json", "--role", "owner", "--actor", "olga"]);
    let (_, document) = world.json(&["versions"]);
    let versions = document["versions"].as_array().unwrap();
    assert_eq!((&versions[0]["current"], &versions[1]["current"]), (&json!(false), &json!(true)));
    assert_eq!((&versions[1]["version"], &versions[1]["published_by"]), (&json!(2), &json!("olga")));
    assert_eq!(versions[0]["meaning"], versions[1]["meaning"], "a new name means nothing else");

    world.write("first.json", world.done(&["versions", "--show", "1"]));
    assert_eq!(
        world.done(&["diff", "first.json"]),
        "stage `showed` renamed to `Showed` (was `Attended`)\nonly names and looks differ\n"
    );
    assert_eq!(world.done(&["diff", "first.json", "--version", "1"]), "the two are the same\n");
    let (_, shown) = world.json(&["versions", "--show", "1"]);
    assert_eq!(shown["id"], "lead");
}

#[test]
fn no_record_is_lost_from_view() {
    let world = world();
    let sales = lifestage::presets::SALES_STAGES.replacen("\"id\": \"sales_stages\"", "\"id\": \"lead\"", 1);
    world.write("other.json", sales);
    let ran = world.run(&["publish", "other.json", "--role", "owner"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains("refused: 2 records are in New, which would vanish  [128 occupied_stage]"),
        "{ran:?}"
    );
}

#[test]
fn of_several_pipelines_one_is_chosen() {
    let world = world();
    world.write("sales.json", lifestage::presets::SALES_STAGES);
    world.done(&["publish", "sales.json"]);
    let ran = world.run(&["list"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "error: say which with `--pipeline`: `lead`, `sales_stages`\n")
    );
    assert_eq!(world.json(&["list", "--pipeline", "lead"]).1["records"].as_array().unwrap().len(), 3);
    assert_eq!(world.done(&["verify"]), "3 records, 4 rows: every chain holds\n");
}
