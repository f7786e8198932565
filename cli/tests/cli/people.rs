//! Verbs on people: whose a record is, what was said and done, conversion, duplicates, trash and erasure.

use serde_json::{Value, json};

use crate::world::World;

const AS_MANAGER: [&str; 4] = ["--actor", "maria", "--role", "manager"];
const AS_OWNER: [&str; 4] = ["--actor", "olga", "--role", "owner,admin"];

/// The pipelines of leads, customers and deals, with the leads `ada` and `ada-2` of one person.
fn world() -> World {
    let world = World::with_people();
    let ada = ["--pipeline", "lead", "--field", "name=Ada", "--field", "email=ada@example.com"];
    world.done(&[&["create", "ada"], &ada[..], &["--field", "source=fair"]].concat());
    world.done(&["create", "ada-2", "--pipeline", "lead", "--field", "phone=+49301234567"]);
    world
}

fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

#[track_caller]
fn fails(world: &World, arguments: &[&str], code: i32) -> String {
    let ran = world.run(arguments);
    assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{arguments:?}: {ran:?}");
    ran.err
}

#[test]
fn a_record_has_one_owner_at_a_time() {
    let world = world();
    assert_eq!(world.done(&["claim", "ada"]), "ada: owner = sam  (row 2, version 2)\n");
    assert_eq!(world.done(&["claim", "ada"]), "ada is as asked already, in `new`; nothing is written\n");
    let (code, late) = world.json(&["claim", "ada", "--actor", "eva"]);
    assert_eq!((code, &late["reasons"][0]["code"]), (1, &json!("already_owned")));
    assert_eq!(world.run(&["assign", "ada", "eva"]).code, 1, "sales may not reassign");

    let ask = with(&["assign", "ada", "eva", "--because", "knows her", "--request-key", "k-1"], &AS_MANAGER);
    let (_, given) = world.json(&ask);
    assert_eq!((&given["record"]["owner"], &given["row"]["reason"]), (&json!("eva"), &json!("knows her")));
    assert_eq!(world.json(&ask).1["repeated"], true);
    assert_eq!(world.run(&with(&["assign", "ada", "lee", "--expect-version", "1"], &AS_MANAGER)).code, 4);
    let (_, free) = world.json(&with(&["assign", "ada", "--nobody"], &AS_MANAGER));
    assert_eq!(free["record"]["owner"], Value::Null);
    let unsaid = "error: say who is to own it: a person, `--next POOL` or `--nobody`\n";
    assert_eq!(fails(&world, &["assign", "ada"], 2), unsaid);
    assert_eq!(world.run(&["assign", "ada", "eva", "--next", "closers"]).code, 2);
}

#[test]
fn pools_are_kept_listed_and_taken_from_in_turn() {
    let world = world();
    let closers = ["pool", "closers", "--pipeline", "lead"];
    let missing = "error: the pipeline `lead` has no pool `closers`\n";
    assert_eq!(fails(&world, &closers, 5), missing);
    assert_eq!(world.run(&with(&closers, &["--members", "eva"])).code, 1, "sales may not say who is in it");
    world.done(&with(&with(&closers, &["--members", "eva,sam, lee"]), &AS_OWNER));
    let (_, pool) = world.json(&with(&closers, &["--away", "sam"]));
    assert_eq!(
        (&pool["next"], &pool["members"][1]),
        (&json!("eva"), &json!({"member": "sam", "away": true}))
    );
    assert_eq!(world.run(&with(&closers, &["--away", "nobody"])).code, 1);

    let (_, given) = world.json(&with(&["assign", "ada", "--next", "closers"], &AS_MANAGER));
    assert_eq!(given["record"]["owner"], "eva");
    let (_, given) = world.json(&with(&["assign", "ada-2", "--next", "closers"], &AS_MANAGER));
    assert_eq!(given["record"]["owner"], "lee", "sam is away");
    let (_, back) = world.json(&with(&closers, &["--back", "sam"]));
    assert_eq!(back["next"], "sam");

    let near = fails(&world, &with(&["assign", "ada", "--next", "closer"], &AS_MANAGER), 5);
    assert_eq!(near, "error: the pipeline `lead` has no pool `closer`, did you mean `closers`?\n");
    let (_, pools) = world.json(&["pool", "--pipeline", "lead"]);
    assert_eq!(
        (pools["pools"].as_array().unwrap().len(), &pools["pools"][0]["pool"]),
        (1, &json!("closers"))
    );
    assert_eq!(world.done(&["pool", "--pipeline", "deals"]), "the pipeline `deals` has no pools\n");
    assert!(world.done(&["verify"]).starts_with("3 records, "), "two leads and the pool");
}

#[test]
fn what_is_said_and_done_is_written_and_finished_once() {
    let world = world();
    let (_, call) =
        world.json(&["log", "ada", "call", "Left a message", "minutes:=3", "mood=good", "empty="]);
    let input = json!({"text": "Left a message", "done": true, "minutes": 3, "mood": "good"});
    assert_eq!((&call["row"]["input"], &call["record"]["version"]), (&input, &json!(1)));
    let due = ["--due", "2026-03-04T12:00:00Z", "--assignee", "eva"];
    let told = world.done(&with(&["log", "ada", "task", "Send the quote"], &due));
    assert_eq!(told, "ada: task: Send the quote  (row 3, version 1)\n");
    let at = ["--planned", "--at", "2026-03-05T10:00:00Z"];
    let told = world.done(&with(&["log", "ada", "meeting", "Showroom"], &at));
    assert_eq!(told, "ada: planned meeting: Showroom  (row 4, version 1)\n");
    let told = world.done(&["done", "ada", "3"]);
    assert_eq!(told, "ada: task of row 3 is done: Send the quote  (row 5, version 1)\n");
    let again = world.run(&["done", "ada", "3"]);
    assert_eq!(again.code, 1);
    assert!(again.out.contains("what row 3 planned is done already"), "{}", again.out);
    assert_eq!(world.run(&["done", "ada", "1"]).code, 1, "a creation plans nothing");
    assert_eq!(fails(&world, &["done", "ada", "9"], 5), "error: record `ada` has no journal row 9\n");

    assert!(fails(&world, &["log", "ada", "cal", "x"], 2).contains("a similar value exists: 'call'"));
    assert!(fails(&world, &["log", "ada", "note", "x", "due=friday"], 2).starts_with("error: due: "));
    assert!(fails(&world, &["log", "ada", "note", "x", "--planned"], 2).contains("can be planned"));
    assert_eq!(world.run(&["log", "ada", "note", "  "]).code, 1, "a note says something");
    assert_eq!(world.run(&["log", "ada", "note", "x", "--role", "nobody"]).code, 1);
}

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
fn a_contact_belongs_to_a_company_and_to_groups() {
    let world = world();
    let contact = |more: &[&str]| world.json(&with(&with(&["set", "c-1"], more), &AS_OWNER));
    for id in ["acme", "c-1"] {
        world.done(&with(&["create", id, "--pipeline", "life_stages"], &AS_OWNER));
    }
    assert_eq!(contact(&["--company", "nowhere"]).0, 1);
    assert_eq!(contact(&["--company", "acme"]).1["record"]["links"], json!({"company": "acme"}));
    assert!(world.done(&["links", "acme"]).contains("\ncontact  c-1  life_stages  Subscriber  "));
    assert_eq!(contact(&["--no-company"]).1["record"]["links"], Value::Null);

    let (_, grouped) = contact(&["groups+=berlin", "groups+=vip; press", "groups+=berlin"]);
    assert_eq!(grouped["record"]["fields"]["groups"], json!(["berlin", "vip", "press"]));
    let (_, left) = contact(&["groups-=vip", "groups-=nowhere"]);
    assert_eq!(left["record"]["fields"]["groups"], json!(["berlin", "press"]));
    for (change, said) in [
        ("name+=x", "name: it is no list; write `name=value`"),
        ("gruops+=x", "did you mean `groups`?"),
        ("groups+=", "what to add to `groups`, or take out of it, is missing"),
        ("+=x", "the name before `=` is missing"),
    ] {
        let error = fails(&world, &with(&["set", "c-1", change], &AS_OWNER), 2);
        assert!(error.contains(said), "{change}: {error}");
    }
    assert_eq!(world.run(&["set", "c-1"]).code, 2, "something is to be set");
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
fn a_timeline_goes_on_where_the_page_before_ended() {
    let world = world();
    for note in 1..6 {
        world.done(&["log", "ada", "note", &format!("note {note}")]);
    }
    let notes = ["timeline", "ada", "--kind", "note", "--limit", "2"];
    let mut seen = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let after: Vec<&str> = next.iter().flat_map(|next| ["--after", next]).collect();
        let (_, page) = world.json(&with(&notes, &after));
        seen.extend(page["entries"].as_array().unwrap().iter().map(|row| row["input"]["text"].clone()));
        // What is written meanwhile moves nothing.
        world.done(&["log", "ada", "note", "late"]);
        next = page["next"].as_str().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["note 5", "note 4", "note 3", "note 2", "note 1"]);
    let all = world.run(&["timeline", "ada", "--all", "--limit", "3", "--json"]);
    assert_eq!(all.out.lines().count(), 9);
    assert_eq!(world.done(&["timeline", "ada", "--kind", "call"]), "no entries\n");

    assert_eq!(fails(&world, &["timeline", "ada-9"], 5), "error: there is no record `ada-9`\n");
    assert!(
        fails(&world, &["timeline", "ada", "--kind", "cal"], 2).contains("a similar value exists: 'call'")
    );
    assert!(
        fails(&world, &["timeline", "ada", "--after", "x"], 2).contains("what an earlier page ended with")
    );
    let other = fails(&world, &["timeline", "ada", "--after", r#"[["ada-2",2]]"#], 2);
    assert_eq!(other, "error: the cursor is of a timeline of `ada-2`, not of `ada`\n");
}

#[test]
fn every_kind_of_entry_is_a_sentence() {
    let world = world();
    world.done(&["claim", "ada"]);
    world.done(&with(&["assign", "ada", "eva"], &AS_MANAGER));
    world.done(&with(&["assign", "ada", "maria"], &AS_MANAGER));
    world.done(&with(&["assign", "ada", "--nobody"], &AS_MANAGER));
    world.done(&["set", "ada", "name=Ada L.", "budget=5", "source="]);
    world.done(&["move", "ada", "mark_contacted"]);
    world.done(&["move", "ada", "mark_lost", "--reason", "price", "--automation"]);
    world.done(&with(&["undo", "ada", "--reason", "a slip"], &AS_MANAGER));
    world.done(&with(&["move", "ada", "mark_won", "--force", "on paper"], &AS_OWNER));
    for kind in ["call", "meeting"] {
        world.done(&["log", "ada", kind, "one"]);
        world.done(&["log", "ada", kind, "two", "--planned"]);
    }
    world.done(&["log", "ada", "email", "Hello"]);
    world.done(&["done", "ada", "14"]);
    world.done(&with(&["trash", "ada"], &AS_MANAGER));
    world.done(&with(&["restore", "ada"], &AS_MANAGER));
    let text = world.done(&["timeline", "ada", "--all"]);
    let told: Vec<&str> =
        text.lines().skip(1).filter_map(|line| line.split_once("Z  ").map(|(_, told)| told)).collect();
    let expected = [
        "maria took it out of the trash",
        "maria put it into the trash",
        "sam did the meeting of row 14: two",
        "sam wrote an e-mail: Hello",
        "sam planned a meeting: two",
        "sam met: one",
        "sam planned a call: two",
        "sam called: one",
        "olga moved it from Contacted to Won by `mark_won`, by force, because on paper",
        "maria undid row 8, from Lost back to Contacted, because a slip",
        "sam (automation) moved it from Contacted to Lost by `mark_lost` (reason price)",
        "sam moved it from New to Contacted by `mark_contacted`",
        "sam changed name from Ada to Ada L., set budget to 5, cleared source, which was fair",
        "maria gave it back",
        "maria took it over from eva",
        "maria gave it to eva, from sam",
        "sam claimed it",
        "sam created it in New, with email ada@example.com, name Ada, source fair",
    ];
    assert_eq!(told, expected);
}

#[test]
fn who_can_says_it_of_one_move_or_deed_and_of_all() {
    let world = world();
    let (_, all) = world.json(&["who-can", "ada"]);
    assert_eq!((all["moves"].as_array().unwrap().len(), all["deeds"].as_array().unwrap().len()), (10, 12));
    let (_, explained) = world.json(&["explain", "ada"]);
    assert_eq!((&explained["moves"], &explained["deeds"]), (&all["moves"], &all["deeds"]));
    let (_, one) = world.json(&["who-can", "ada", "Mark contacted"]);
    assert_eq!((&one["moves"][0]["id"], &one["deeds"]), (&json!("mark_contacted"), &json!([])));
    let (_, one) = world.json(&["who-can", "ada", "start-deal"]);
    assert_eq!((&one["moves"], &one["deeds"][0]["deed"]), (&json!([]), &json!("start_deal")));
    assert_eq!(
        world.done(&["who-can", "ada", "erase"]),
        "erase: owner\nnot for sam\n      `erase` is for owner  [105 permission_denied]\n"
    );
    assert_eq!(world.done(&with(&["who-can", "ada", "erase"], &AS_OWNER)), "erase: owner\nopen for olga\n");
    let unknown = fails(&world, &["who-can", "ada", "ersae"], 5);
    assert_eq!(unknown, "error: no move and no deed is called `ersae`, did you mean `erase`?\n");
    let text = world.done(&["explain", "ada"]);
    assert!(text.contains("open  deed claim\n") && text.contains("done  deed restore\n"), "{text}");
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
