//! `docs/cli.md` and `docs/editing.md` show what the command prints. `LIFESTAGE_BLESS=1` writes it anew: read the
//! difference.

use std::path::Path;
use std::process::Command;

use lifestage::presets;

use crate::world::{DEALS, LIFESTAGE, World};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
const EDITING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/editing.md");

/// The list that the session brings in.
const LIST: &str = "\
Lead ID,Name,E-mail,Status,Budget,Shoe size
g-1,Grace Hopper,grace@example.com,Engaged,9000,38
g-2,Edsger Dijkstra,edsger@example.com,Enaged,,44
g-3,Ada L.,ada@example.com,Engaged,,
g-4,Alan Turing,alan@example.com,New,much,42
g-5,Zoë 漢字,zoe@example.com,New,500,
";

/// The list of people whom the session about people brings in.
const FAIR: &str = "\
Lead ID,Name,E-mail,Phone,Source
ada,Ada Lovelace,Ada@Example.com,,fair
ada-2,A. Lovelace,a.lovelace@example.org,+49 30 1234567,web
grace,Grace Hopper,grace@example.com,,fair
";

/// Runs the commands one after the other in one shell; gives what each prints.
fn outputs(commands: &[&str]) -> Vec<String> {
    const MARK: &str = "--- next command ---";
    let world = World::empty();
    world.write("leads.csv", LIST);
    world.write("fair.csv", FAIR);
    world.write("deals.json", DEALS);
    world.write("life_stages.json", presets::LIFE_STAGES);
    world.write("contact_stages.json", presets::CONTACT_STAGES);
    let keep = "(exit $code)";
    let steps = commands.iter().map(|command| format!("echo '{MARK}'; {keep}\n{command}\ncode=$?\n"));
    let script = format!("exec 2>&1\ncode=0\n{}", steps.collect::<String>());
    let programs = Path::new(LIFESTAGE).parent().unwrap().display();
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(world.folder()).env_clear();
    let output = shell.env("PATH", format!("{programs}:/usr/bin:/bin")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split(&format!("{MARK}\n")).skip(1).map(str::to_owned).collect()
}

/// The document with what its commands really print.
fn as_it_is(document: &str) -> String {
    let is_command = |line: &&str| line.starts_with("$ ");
    let mut inside = false;
    let shown: Vec<&str> = document
        .lines()
        .filter(|line| {
            let fence = line.starts_with("```");
            inside = if fence { *line == "```console" } else { inside };
            !inside || fence || is_command(line)
        })
        .collect();
    let commands: Vec<&str> = shown.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
    let printed = outputs(&commands);
    assert_eq!(printed.len(), commands.len(), "the shell stopped: {printed:?}");
    let mut printed = printed.into_iter();
    let lines = shown.iter().map(|line| {
        let output = if is_command(line) { printed.next().unwrap() } else { String::new() };
        format!("{line}\n{output}")
    });
    lines.collect()
}

#[test]
#[cfg(unix)]
fn the_session_in_the_docs_is_what_is_printed() {
    check(DOCUMENT, 104);
}

/// The admin story, through the command.
#[test]
#[cfg(unix)]
fn the_admins_session_is_what_is_printed() {
    check(EDITING, 18);
}

#[cfg(unix)]
fn check(path: &str, commands: usize) {
    let document = std::fs::read_to_string(path).unwrap();
    let real = as_it_is(&document);
    if std::env::var_os("LIFESTAGE_BLESS").is_some() {
        std::fs::write(path, &real).unwrap();
        return;
    }
    assert!(document.matches("\n$ lifestage").count() >= commands, "the session is there");
    for (shown, real) in document.lines().zip(real.lines()) {
        assert_eq!(shown, real);
    }
    assert_eq!(document, real);
}

#[test]
fn the_exit_codes_in_the_docs_are_those_of_the_help() {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let help = World::empty().done(&["--help"]);
    let (_, table) = help.split_once("Exit codes:\n").unwrap();
    let rows: Vec<String> = table
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, meaning)| format!("| {code} | {meaning} |"))
        .collect();
    assert_eq!(rows.len(), 6);
    assert!(document.contains(&rows.join("\n")), "{}", rows.join("\n"));
}

#[test]
fn every_verb_has_its_document_described() {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let (_, shapes) = document.split_once("## JSON").unwrap();
    for verb in crate::help::verbs() {
        assert!(shapes.contains(&format!("`{verb}`")), "{verb}");
    }
}
