//! Verbs on people: whose a record is, what was said and done, who could do what.

use serde_json::{Value, json};

use crate::world::World;

pub(crate) const AS_MANAGER: [&str; 4] = ["--actor", "maria", "--role", "manager"];
pub(crate) const AS_OWNER: [&str; 4] = ["--actor", "olga", "--role", "owner,admin"];

/// The pipelines of leads, customers and deals, with the leads `ada` and `ada-2` of one person.
pub(crate) fn world() -> World {
    let world = World::with_people();
    let ada = ["--pipeline", "lead", "--field", "name=Ada", "--field", "email=ada@example.com"];
    world.done(&[&["create", "ada"], &ada[..], &["--field", "source=fair"]].concat());
    world.done(&["create", "ada-2", "--pipeline", "lead", "--field", "phone=+49301234567"]);
    world
}

pub(crate) fn with<'a>(arguments: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [arguments, more].concat()
}

#[track_caller]
pub(crate) fn fails(world: &World, arguments: &[&str], code: i32) -> String {
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
    // In a free pipeline a move is implied by the stage that it leads to.
    world.done(&with(&["create", "c-1", "--pipeline", "life_stages"], &AS_OWNER));
    let (_, implied) = world.json(&with(&["who-can", "c-1", "customer"], &AS_OWNER));
    assert_eq!(implied["moves"][0]["to"], "customer");
    let unknown = fails(&world, &["who-can", "ada", "ersae"], 5);
    assert_eq!(unknown, "error: no move and no deed is called `ersae`, did you mean `erase`?\n");
    let text = world.done(&["explain", "ada"]);
    assert!(text.contains("open  deed claim\n") && text.contains("done  deed restore\n"), "{text}");
}
