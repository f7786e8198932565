//! What goes wrong: said in words, with the code of the table, and never by a panic.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use crate::world::{Ran, World};

/// Fails with this code, in text on the side and in JSON as the one document.
#[track_caller]
fn fails(world: &World, arguments: &[&str], code: i32) -> String {
    let ran = world.run(arguments);
    assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{arguments:?}: {ran:?}");
    let message = ran.err.strip_prefix("error: ").unwrap_or_else(|| panic!("{ran:?}")).trim_end().to_owned();
    let (in_json, document) = world.json(arguments);
    assert_eq!((in_json, document["error"]["exit"].as_i64()), (code, Some(code.into())));
    let same = document["error"]["message"].as_str().unwrap();
    assert_eq!(same.replace("\n", "\n  "), message);
    assert!(!message.ends_with('.') && !message.contains("Error"), "{message}");
    message
}

#[test]
fn files_that_are_not_there_or_not_what_they_should_be() {
    let world = World::new();
    assert_eq!(fails(&world, &["check", "no.json"], 3), "cannot read `no.json`: no such file or directory");
    assert_eq!(fails(&world, &["check", "."], 3), "cannot read `.`: is a directory");
    world.write("latin.json", b"{ \"id\": \"Gr\xf6\xdfe\" }");
    assert_eq!(
        fails(&world, &["check", "latin.json"], 3),
        "cannot read `latin.json`: it is not in UTF-8 from byte 11 on"
    );
    assert_eq!(fails(&world, &["import", "no.csv"], 3), "cannot open `no.csv`: no such file or directory");
    assert_eq!(
        fails(&world, &["list", "--db", "no.db"], 5),
        "there is no database `no.db`\n  make one with `lifestage init no.db --preset lead --actor YOU`, or name another with `--db`"
    );
    assert!(!world.path("no.db").exists(), "looking makes no file");
    world.write("not.db", "this is no database, however long it may go on and on and on");
    assert_eq!(
        fails(&world, &["list", "--db", "not.db"], 3),
        "cannot open `not.db`: it is not a SQLite database (file is not a database)"
    );
    world.write("empty.db", "");
    assert_eq!(
        fails(&world, &["list", "--db", "empty.db"], 3),
        "cannot open `empty.db`: it has no tables of lifestage"
    );
    assert_eq!(std::fs::read(world.path("empty.db")).unwrap(), b"");
}

#[test]
fn a_failure_of_the_store_has_its_number() {
    let world = World::empty();
    world.write("not.db", "this is no database, however long it may go on and on and on");
    let (_, document) = world.json(&["verify", "--db", "not.db"]);
    assert_eq!(document["error"]["code"], 300);
}

#[test]
fn init_touches_no_file_that_is_there_and_leaves_none_for_a_bad_definition() {
    let world = World::new();
    let before = std::fs::read(world.path("crm.db")).unwrap();
    let message = fails(&world, &["init", "crm.db", "--preset", "lead"], 3);
    assert_eq!(message, "cannot make `crm.db`: file exists");
    assert_eq!(std::fs::read(world.path("crm.db")).unwrap(), before);

    world.write("bad.json", "{");
    let ran = world.run(&["init", "new.db", "--definition", "bad.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.contains("error[200 syntax]") && ran.err.ends_with("error: bad.json: 1 error\n"),
        "{}",
        ran.err
    );
    assert!(!world.path("new.db").exists());
    let (code, document) = world.json(&["init", "new.db", "--definition", "bad.json"]);
    assert_eq!((code, &document["error"]["findings"][0]["name"]), (1, &"syntax".into()));
}

#[test]
fn wrong_arguments_are_told_with_what_was_meant() {
    let world = World::new();
    for (arguments, expected) in [
        (&["init", "x.db", "--preset", "leed"][..], "a similar value exists: 'lead'"),
        (&["lst"], "a similar subcommand exists: 'list'"),
        (&["init", "x.db"], "--definition"),
        (&["move", "lead-1"], "<MOVE>"),
        (&["set", "lead-1", "budget"], "write `name=value`"),
        (&["set", "lead-1", "tags:=[1,"], "`tags` is not followed by JSON"),
        (&["list", "--now", "tomorrow"], "unexpected argument '--now'"),
        (&["moves", "lead-1", "--now", "tomorrow"], "`tomorrow` is not a timestamp"),
        (&["list", "--after", "x"], "a cursor is what an earlier page ended with"),
        (&["list", "--limit", "0"], "0 is not in 1.."),
    ] {
        let ran = world.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(expected), "{arguments:?}: {}", ran.err);
    }
    let nobody = world.command(&["moves", "lead-1"]).env_remove("LIFESTAGE_ACTOR").output().unwrap();
    assert!(Ran::of(nobody).err.contains("--actor <ID>"), "an actor is never made up");
}

#[test]
fn what_does_not_exist_is_told_with_what_is_near() {
    let world = World::new();
    let missing = |arguments: &[&str]| fails(&world, arguments, 5);
    assert_eq!(missing(&["moves", "lead-9"]), "there is no record `lead-9`");
    assert_eq!(missing(&["history", "lead-9"]), "there is no record `lead-9`");
    assert_eq!(missing(&["verify", "lead-9"]), "there is no record `lead-9`");
    assert_eq!(missing(&["undo", "lead-3", "--row", "7"]), "record `lead-3` has no journal row 7");
    assert_eq!(
        missing(&["list", "--stage", "Enaged"]),
        "no stage is called `Enaged`, did you mean `Engaged`?"
    );
    assert_eq!(missing(&["route", "lead-1", "wno"]), "no stage is called `wno`, did you mean `Won`?");
    assert_eq!(missing(&["move", "lead-1", "--to", "wno"]), "no stage is called `wno`, did you mean `Won`?");
    assert_eq!(
        missing(&["move", "lead-1", "mark_wno"]),
        "no move is called `mark_wno`, did you mean `mark_won`?"
    );
    assert_eq!(
        missing(&["list", "--pipeline", "deals"]),
        "no pipeline `deals` is published; there are: `lead`"
    );
    assert_eq!(missing(&["versions", "--show", "4"]), "pipeline `lead` has no version 4; the last is 1");
    assert_eq!(
        missing(&["list", "--tenant", "beta"]),
        "tenant `beta` has no published pipeline; see `lifestage publish --help`"
    );
}

#[test]
#[cfg(unix)]
fn what_may_not_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let world = World::new();
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&world.path("crm.db"), 0o444);
    mode(world.folder(), 0o555);
    let mut command = world.command(&["move", "lead-1", "mark_contacted"]);
    // The owner of everything may write everything, so another user has to try.
    if std::fs::write(world.path("probe"), "").is_ok() {
        command.uid(65_534);
    }
    let ran = command.output();
    mode(world.folder(), 0o755);
    let ran = match ran {
        Ok(output) => Ran::of(output),
        // The other user cannot even run what was built here.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.starts_with("error: cannot open `crm.db`: it is read-only;"), "{}", ran.err);
}

#[test]
fn a_database_that_somebody_holds_is_a_conflict() {
    let world = World::new();
    let holder = rusqlite::Connection::open(world.path("crm.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ran = world.run(&["move", "lead-1", "mark_contacted"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.err.contains("another process holds it"), "{}", ran.err);
    assert_eq!(world.run(&["history", "lead-1"]).code, 0, "reading goes on");
}

#[test]
fn a_reader_that_goes_away_ends_the_call_quietly() {
    let world = World::new();
    let list: String = (0..3_000).map(|i| format!("r-{i},Somebody with a long enough name {i}\n")).collect();
    world.write("list.csv", format!("Lead ID,Name\n{list}"));
    world.done(&["import", "list.csv", "--role", "owner"]);
    for arguments in
        [&["list", "--all"][..], &["list", "--all", "--json"], &["list", "--all", "--limit", "9999"]]
    {
        let mut child =
            world.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 10];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut first).unwrap();
        drop(out);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}

#[test]
fn a_list_goes_in_whole_even_when_nobody_reads_on() {
    let world = World::new();
    let list: String = (0..3_000).map(|i| format!("r-{i},Name {i}\n")).collect();
    world.write("list.csv", format!("Lead ID,Name\n{list}"));
    let mut child = world
        .command(&["import", "list.csv", "--role", "owner", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    assert_eq!(world.json(&["list", "--counts"]).1["records"], 3_003);
}

#[test]
fn a_full_disk_under_the_output_is_told() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let world = World::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = world.command(&["list"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("error: cannot write the answer: "), "{told}");
}

#[test]
fn a_definition_comes_in_by_the_standard_input() {
    let world = World::empty();
    let mut child =
        world.command(&["check", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{ \"id\": ? }").unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains(" --> standard input:1:9\n"), "{}", ran.out);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_insist() {
    let world = World::new();
    world.write("bad.json", "{");
    let coloured = |arguments: &[&str], setting: Option<&str>| {
        let mut command = world.command(arguments);
        command.envs(setting.map(|setting| (setting, "1")));
        let Ran { out, err, .. } = Ran::of(command.output().unwrap());
        (out + &err).contains('\u{1b}')
    };
    for arguments in
        [&["check", "bad.json"][..], &["list"], &["moves", "lead-9"], &["move", "lead-1", "mark_won"]]
    {
        assert!(!coloured(arguments, None), "{arguments:?}: not into a pipe");
        let always = [arguments, &["--color", "always"]].concat();
        assert!(coloured(&always, None), "{arguments:?}");
        assert!(coloured(arguments, Some("CLICOLOR_FORCE")), "{arguments:?}");
        let never = [arguments, &["--color", "never"]].concat();
        assert!(!coloured(&never, Some("CLICOLOR_FORCE")), "{arguments:?}");
        let json = [&always, &["--json"][..]].concat();
        assert!(!coloured(&json, None), "{arguments:?}: not into JSON");
    }
    assert!(!coloured(&["list"], Some("NO_COLOR")));
}
