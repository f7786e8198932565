//! Lists from CSV files.

use serde_json::{Value, json};

use crate::world::World;

const LIST: &str = "\
Lead ID,Name,E-mail,Status,Shoe size
L-1,Ada,ada@example.com,Engaged,38
L-2,Bob,bob@example.com,Enaged,44
L-3,Cem,not an address,New,
L-4,Ada L.,ADA@example.com,New,
";

fn world() -> World {
    let world = World::new();
    world.write("list.csv", LIST);
    world
}

fn import(more: &[&'static str]) -> Vec<&'static str> {
    [&["import", "list.csv", "--role", "owner"], more].concat()
}

fn records(world: &World) -> u64 {
    world.json(&["list", "--counts"]).1["records"].as_u64().unwrap()
}

const TOLD: &str = "\
line    3  not read: Status: no stage is called `Enaged`, did you mean `Engaged`?
line    4  not read: E-mail: `not an address` is not an e-mail address
line    5  kept: it is L-1, which does not go to `new`, an earlier stage
";

#[test]
fn bad_rows_are_named_and_the_others_go_in() {
    let world = world();
    let ran = world.run(&import(&[]));
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let sum = "4 rows: 1 new, 1 known already, 2 that cannot be read, 0 refused\n";
    assert_eq!(ran.out.lines().last().unwrap().to_owned() + "\n", sum);
    assert_eq!(ran.out.lines().count(), TOLD.lines().count() + 1, "{}", ran.out);
    for (told, expected) in ran.out.lines().zip(TOLD.lines()) {
        assert_eq!(told.split(" is ").next(), expected.split(" is ").next());
    }
    assert_eq!(records(&world), 4);
}

#[test]
fn a_dry_run_names_the_same_bad_rows_and_writes_nothing() {
    let world = world();
    let dry = world.run(&import(&["--dry-run"]));
    assert_eq!(records(&world), 3);
    let wet = world.run(&import(&[]));
    // A row that matches a row before it has no record yet whose stage could be compared.
    let wet_but_for_kept: String =
        wet.out.lines().filter(|line| !line.contains("kept:")).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(dry.out.replace("dry run: ", ""), wet_but_for_kept);
    assert_eq!((dry.code, wet.code), (1, 1));
}

#[test]
fn all_or_nothing_takes_no_row_of_a_list_with_a_bad_one() {
    let world = world();
    let ran = world.run(&import(&["--all-or-nothing"]));
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("\nnothing is written: 4 rows:"), "{}", ran.out);
    assert!(ran.out.contains("did you mean `Engaged`?"), "{}", ran.out);
    assert_eq!(records(&world), 3);
    world.write("list.csv", "Lead ID,Name\nL-1,Ada\nL-2,Bob\n");
    assert_eq!(
        world.done(&import(&["--all-or-nothing"])),
        "2 rows: 2 new, 0 known already, 0 that cannot be read, 0 refused\n"
    );
    assert_eq!(records(&world), 5);
}

#[test]
fn with_json_each_row_is_a_line_and_the_last_sums_up() {
    let world = world();
    let ran = world.run(&import(&["--json"]));
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0], json!({"row": 1, "line": 2, "outcome": "created", "record": "L-1"}));
    assert_eq!(
        (&lines[1]["outcome"], &lines[1]["cells"][0]["near"]),
        (&json!("faulty"), &json!(["Engaged"]))
    );
    assert_eq!(lines[3]["stage"], json!({"came": "kept", "asked": "new", "reasons": []}));
    assert_eq!(
        lines[4],
        json!({"outcome": "summary", "rows": 4, "created": 1, "matched": 1, "faulty": 2, "refused": 0, "dry_run": false})
    );
}

#[test]
fn columns_are_what_one_says_they_are() {
    let world = world();
    world.write("list.csv", "Key,Who,Where\nL-1,Ada,New\nL-2,,New\n");
    let ran = world.run(&import(&[
        "--column",
        "Key=id",
        "--column",
        "Who=name",
        "--column",
        "Where=stage",
        "--require",
        "name",
    ]));
    assert!(ran.out.contains("line    3  not read: Who: it is blank"), "{}", ran.out);
    assert_eq!(world.json(&["history", "L-1"]).1["rows"][0]["facts"][0]["new"], "Ada");
    let wrong = |more: &[&'static str]| {
        let ran = world.run(&import(more));
        (ran.code, ran.err)
    };
    assert_eq!(
        wrong(&["--column", "Woh=name"]),
        (2, "error: the list has no column `Woh`, did you mean `Who`?\n".to_owned())
    );
    assert_eq!(
        wrong(&["--column", "Who=nmae"]),
        (2, "error: the column `Who` goes to `nmae`, which is no field of the pipeline\n".to_owned())
    );
    assert_eq!(wrong(&["--column", "Who"]).0, 2);
}

#[test]
fn only_named_columns_where_nothing_is_to_be_guessed() {
    let world = world();
    world.write("list.csv", "Lead ID,Name,Budget\nL-1,Ada,much\n");
    world.done(&import(&["--no-guess", "--column", "Lead ID=id"]));
    assert_eq!(world.json(&["history", "L-1"]).1["rows"][0]["facts"], Value::Null);
}

#[test]
fn files_that_are_no_list_are_told() {
    let world = world();
    for (bytes, expected) in [
        (
            &b""[..],
            "error: cannot import `list.csv`: the file is empty: the first line must name the columns\n",
        ),
        (
            b"\xff\xfeN\0",
            "error: cannot import `list.csv`: the file is not in UTF-8; save the file as CSV UTF-8\n",
        ),
        (b"Name,Name\n", "error: cannot import `list.csv`: two columns are called `Name`\n"),
    ] {
        world.write("list.csv", bytes);
        let ran = world.run(&import(&[]));
        assert_eq!((ran.code, ran.err.as_str()), (3, expected));
    }
}

#[test]
fn whoever_may_not_import_is_refused_row_by_row() {
    let world = world();
    let ran = world.run(&["import", "list.csv", "--role", "nobody"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("line    2  refused: importing records is for "), "{}", ran.out);
    assert_eq!(records(&world), 3);
}
