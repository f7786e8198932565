//! Leads that become customers, duplicates that become one, records that go into the trash and people who are forgotten.

use serde_json::{Value, json};

use crate::people::{AS_MANAGER, AS_OWNER, fails, with, world};
use crate::world::World;

#[test]
fn a_lead_becomes_a_customer_once() {
    let world = world();
    let (code, made) = world.json(&["convert", "ada"]);
    assert_eq!((code, &made["answer"], &made["how"]), (0, &json!("done"), &json!("created")));
    assert_eq!(
        (&made["customer"]["id"], &made["customer"]["stage"]),
        (&json!("ada-customer"), &json!("customer"))
    );
    assert_eq!((&made["lead"]["stage"], &made["filled"]), (&json!("new"), &json!([])));
    let (code, again) = world.json(&["convert", "ada"]);
    assert_eq!((code, &again["answer"], &again["how"]), (0, &json!("unchanged"), &json!("before")));
    assert_eq!(again["customer"]["id"], "ada-customer");

    world.done(&["set", "ada-2", "email=ADA@example.com"]);
    let linked = world.done(&["convert", "ada-2"]);
    assert_eq!(linked, "ada-2: converted, and linked to the customer ada-customer, which had no phone\n");
    let refused = world.run(&["convert", "ada", "--into", "nowhere"]);
    assert_eq!(refused.code, 5);
    assert!(refused.err.contains("no pipeline `nowhere` is published; there are: "), "{}", refused.err);
    assert_eq!(world.run(&["convert", "ada", "--stage", "Custmer"]).code, 5);
    assert_eq!(world.run(&["convert", "ada", "--link", "x", "--id", "y"]).code, 2);
}

#[test]
fn of_several_customers_one_has_to_be_named() {
    let world = world();
    for id in ["c-1", "c-2"] {
        let fields = ["--pipeline", "life_stages", "--field", "email=ada@example.com"];
        world.done(&with(&with(&["create", id], &fields), &AS_OWNER));
    }
    let (code, refused) = world.json(&["convert", "ada"]);
    assert_eq!((code, &refused["reasons"][0]["code"]), (1, &json!("several_matches")));
    let ids: Vec<&Value> = refused["candidates"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, ["c-1", "c-2"]);
    let text = world.run(&["convert", "ada"]).out;
    assert!(text.contains("\nc-2  Subscriber  ") && text.ends_with("\nsay which with `--link`\n"), "{text}");
    let (_, linked) = world.json(&["convert", "ada", "--link", "c-2"]);
    assert_eq!((&linked["customer"]["id"], &linked["filled"]), (&json!("c-2"), &json!(["name", "source"])));
}

#[test]
fn deals_are_for_customers_and_count_for_the_source_of_the_lead() {
    let world = world();
    assert!(world.run(&["deal", "ada", "deal-1"]).out.contains("[138 not_converted]"));
    world.done(&["convert", "ada"]);
    let (_, deal) = world.json(&["deal", "ada", "deal-1", "--field", "amount=€ 7,500"]);
    assert_eq!(
        (&deal["record"]["pipeline"], &deal["record"]["fields"]["amount"]),
        (&json!("deals"), &json!(7500))
    );
    let links = json!({"customer": "ada-customer", "lead": "ada"});
    assert_eq!(deal["record"]["links"], links);
    world.done(&["move", "deal-1", "sign"]);
    let (_, sources) = world.json(&["sources", "--pipeline", "lead"]);
    let fair = json!({"source": "fair", "leads": 1, "converted": 1, "deals": 1, "won": 1});
    let none = json!({"source": null, "leads": 1, "converted": 0, "deals": 0, "won": 0});
    assert_eq!(sources["sources"], json!([none, fair]));

    let (_, linked) = world.json(&["links", "ada-customer"]);
    let all: Vec<[&Value; 3]> = linked["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| [&one["as"], &one["points"], &one["record"]["id"]])
        .collect();
    assert_eq!(all, [["lead", "in", "ada"], ["deal", "in", "deal-1"]]);
    assert_eq!(world.done(&["links", "ada-2"]), "nothing is linked to ada-2\n");
    assert_eq!(fails(&world, &["links", "ada-9"], 5), "error: there is no record `ada-9`\n");
    let nowhere = fails(&world, &["deal", "ada-customer", "deal-2", "--role", "owner"], 2);
    assert!(nowhere.contains("`life_stages` names none for deals; say which with `--in`"), "{nowhere}");
}

#[test]
fn duplicates_become_one_and_the_timeline_tells_of_both() {
    let world = world();
    let refused = world.run(&["merge", "ada", "ada-2"]);
    assert_eq!(refused.out, "refused: `merge` is for manager or owner  [105 permission_denied]\n");
    world.done(&["log", "ada-2", "note", "Calls herself A. L."]);
    let (_, merged) = world.json(&with(&["merge", "ada", "ada-2"], &AS_MANAGER));
    assert_eq!((&merged["merged"], &merged["filled"]), (&json!("ada-2"), &json!(["phone"])));
    assert_eq!(merged["record"]["fields"]["phone"], "+49301234567");
    let again = world.done(&with(&["merge", "ada", "ada-2"], &AS_MANAGER));
    assert_eq!(again, "ada is one with ada-2 already; nothing is written\n");

    let (_, timeline) = world.json(&["timeline", "ada"]);
    let entries: Vec<[&Value; 2]> =
        timeline["entries"].as_array().unwrap().iter().map(|row| [&row["record"], &row["kind"]]).collect();
    assert_eq!(entries.len(), 5);
    assert!(entries.contains(&[&json!("ada-2"), &json!("note")]), "{entries:?}");
    let text = world.done(&["timeline", "ada"]);
    assert!(text.contains("  ada-2  sam noted: Calls herself A. L.\n"), "{text}");
    assert!(text.contains("maria made ada-2 one with it, which gave it phone +49301234567\n"), "{text}");
}

#[test]
fn the_trash_is_listed_and_counted_apart() {
    let world = world();
    assert_eq!(world.run(&["trash", "ada"]).code, 1, "sales may not");
    let ask = with(&["trash", "ada", "--because", "a test"], &AS_MANAGER);
    assert_eq!(world.done(&ask), "ada: in the trash, from New  (row 2, version 2)\n");
    let ids = |more: &[&str]| {
        let (_, page) = world.json(&with(&["list", "--pipeline", "lead"], more));
        page["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((ids(&[]), ids(&["--trash"])), (vec!["ada-2".to_owned()], vec!["ada".to_owned()]));
    let (_, counts) = world.json(&["list", "--pipeline", "lead", "--counts"]);
    assert_eq!(
        (&counts["records"], &counts["trashed"], &counts["stages"][0]["trashed"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(world.done(&["list", "--pipeline", "lead", "--counts"]).contains("IN THE TRASH"));
    assert_eq!(world.run(&["move", "ada", "mark_contacted"]).code, 1);
    world.done(&with(&["restore", "ada"], &AS_MANAGER));
    assert!(ids(&["--trash"]).is_empty());
    assert!(!world.done(&["list", "--pipeline", "lead", "--counts"]).contains("TRASH"));
    assert_eq!(world.run(&["list", "--counts", "--trash"]).code, 2);
}

/// What the file says of somebody, in whatever table.
fn is_told(world: &World, needle: &str) -> bool {
    let files = std::fs::read_dir(world.folder()).unwrap().map(|file| file.unwrap().path());
    let mut databases =
        files.filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with("crm.db"));
    databases.any(|file| {
        let bytes = std::fs::read(file).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    })
}

#[test]
fn an_erasure_is_confirmed_and_takes_all_of_a_person_or_nothing() {
    let world = world();
    world.done(&["convert", "ada"]);
    world.done(&["log", "ada", "note", "fond of punched cards"]);
    let ada = with(&["erase", "ada"], &AS_OWNER);
    let unconfirmed = fails(&world, &ada, 2);
    assert!(unconfirmed.contains("say `--yes`") && unconfirmed.contains("the same person is ada-customer"));
    assert!(fails(&world, &with(&ada, &["--keep", "sorce", "--yes"]), 2).contains("did you mean `source`?"));
    assert_eq!(world.run(&with(&ada, &["--keep", "email", "--yes"])).code, 1, "it tells of the person");

    let half = ["erase", "ada", "--person", "--yes", "--role", "owner"];
    let (code, refused) = world.json(&half);
    assert_eq!((code, &refused["answer"], &refused["erased"]), (1, &json!("refused"), &json!([])));
    assert_eq!(refused["refused"][0]["id"], "ada-customer", "the role of leads says nothing about customers");
    assert!(world.run(&half).out.starts_with("ada-customer: refused: "));
    let (_, dry) = world.json(&with(&ada, &["--person", "--dry-run"]));
    assert_eq!((&dry["answer"], dry["erased"].as_array().unwrap().len()), (&json!("accepted"), 2));
    assert!(is_told(&world, "punched cards"));

    let (code, done) = world.json(&with(&ada, &["--keep", "source", "--rename", "Person 1", "--yes"]));
    assert_eq!((code, &done["answer"], &done["others"]), (0, &json!("done"), &json!(["ada-customer"])));
    assert_eq!(done["erased"], json!([{"id": "ada", "fields": ["email", "name"], "version": 3}]));
    let (_, rest) = world.json(&with(&["erase", "ada-customer", "--person", "--yes"], &AS_OWNER));
    assert_eq!((rest["erased"].as_array().unwrap().len(), &rest["others"]), (2, &json!([])));
    for told in ["punched cards", "ada@example.com"] {
        assert!(!is_told(&world, told), "{told}");
    }
    assert!(world.done(&["timeline", "ada"]).contains("sam noted (erased)\n"));
    assert!(world.done(&["verify"]).ends_with("every chain holds\n"));
}

#[test]
fn traces_that_cannot_be_removed_are_told_and_the_rest_of_the_person_goes() {
    let world = world();
    world.done(&["convert", "ada"]);
    let reader = rusqlite::Connection::open(world.path("crm.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM journal").unwrap();
    let ask = with(&["erase", "ada", "--person", "--yes"], &AS_OWNER);
    let (code, held) = world.json(&ask);
    assert_eq!((code, &held["answer"], held["erased"].as_array().unwrap().len()), (4, &json!("done"), 2));
    let problem = held["problem"].as_str().unwrap();
    assert!(problem.starts_with("the erasure is committed, but "), "{problem}");
    drop(reader);
    assert_eq!(world.run(&ask).code, 0);
    assert!(!is_told(&world, "ada@example.com"));
}
