//! Help that is true: its examples run.

use std::path::Path;
use std::process::Command;

use lifestage::presets;

use crate::world::{LIFESTAGE, Ran, World};

/// The verbs that the help lists.
pub(crate) fn verbs() -> Vec<String> {
    let help = World::empty().done(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names = commands.lines().take_while(|line| !line.is_empty());
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

/// What the examples work on.
fn world() -> World {
    let world = World::new();
    world.write("pipeline.json", presets::LEAD);
    world.write_lead("next.json", "\"name\": \"Showed\"", "\"name\": \"Attended\"");
    world.write("deals.json", presets::SALES_STAGES);
    world.write("stages.json", r#"{"engaged": "contacted"}"#);
    world.write(
        "revision.json",
        r#"{"edits": [{"edit": "rename_stage", "stage": "showed", "name": "Attended"}]}"#,
    );
    world.write("leads.csv", "Lead ID,Name,Status,Notes\nL-1,Ada,New,called\nL-2,Bob,Engaged,\n");
    world
}

/// The verbs whose examples need pipelines of customers and deals.
const OF_PEOPLE: [&str; 3] = ["convert", "deal", "sources"];

/// The verbs whose examples need stages with work to do.
const OF_WORK: [&str; 8] = ["tasks", "due", "done", "act", "queue", "run-timers", "outbox", "catch-up"];

/// With the customer `ada`, and the leads that the verb is about.
fn world_of_people() -> World {
    let world = World::with_people();
    world.done(&["create", "ada", "--pipeline", "life_stages", "--actor", "olga", "--role", "admin"]);
    world.done(&["create", "lead-2", "--pipeline", "lead"]);
    world.done(&["create", "lead-1", "--pipeline", "lead"]);
    world
}

#[test]
#[cfg(unix)]
fn every_example_of_every_verb_runs() {
    let programs = Path::new(LIFESTAGE).parent().unwrap().display();
    for verb in verbs() {
        let help = World::empty().done(&[&verb, "--help"]);
        let (_, examples) =
            help.split_once("Examples:\n").unwrap_or_else(|| panic!("{verb} has no examples"));
        let examples: Vec<&str> = examples.lines().take_while(|line| line.starts_with("  ")).collect();
        assert!(examples.len() >= 2, "{verb}");
        for example in examples {
            let world = match verb.as_str() {
                verb if OF_PEOPLE.contains(&verb) => world_of_people(),
                verb if OF_WORK.contains(&verb) => World::with_work(),
                _ => world(),
            };
            let mut shell = Command::new("sh");
            shell.args(["-ec", example]).current_dir(world.folder()).env_clear();
            let ran = Ran::of(shell.env("PATH", format!("{programs}:/usr/bin:/bin")).output().unwrap());
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{example}: {ran:?}");
        }
    }
}

#[test]
fn help_fits_a_reader_who_is_in_a_hurry() {
    for verb in verbs() {
        let help = World::empty().done(&[&verb, "--help"]);
        assert!(help.contains("--json"), "{verb}");
        assert!(help.lines().all(|line| line.len() < 150), "{verb}: {help}");
    }
}

#[test]
fn completions_know_every_verb() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = World::empty().done(&["completions", shell]);
        for verb in verbs() {
            assert!(script.contains(&verb), "{shell}: {verb}");
        }
    }
    let (_, document) = World::empty().json(&["completions", "bash"]);
    assert!(document["script"].as_str().unwrap().contains("_lifestage"));
}

#[test]
#[cfg(unix)]
fn bash_takes_its_completions() {
    let world = World::empty();
    world.write("lifestage.bash", world.done(&["completions", "bash"]));
    let script = "source ./lifestage.bash && COMP_WORDS=(lifestage ver) && COMP_CWORD=1 && _lifestage lifestage ver lifestage \
                  && echo ${COMPREPLY[@]}";
    let Ok(output) = Command::new("bash").args(["-c", script]).current_dir(world.folder()).output() else {
        return;
    };
    assert_eq!(Ran::of(output).out, "verify versions\n");
}
