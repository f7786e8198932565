//! Findings as a compiler shows them.

use lifestage::presets;

use crate::world::World;

/// Both the text and the JSON of one check, with the code they end with.
fn checked(world: &World, file: &str) -> (i32, String, serde_json::Value) {
    let ran = world.run(&["check", file]);
    let (code, document) = world.json(&["check", file]);
    assert_eq!((ran.code, ran.err.as_str()), (code, ""));
    (code, ran.out, document)
}

/// What the line under the marked one marks, told by its position.
fn marked(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let carets = lines.windows(2).filter(|pair| pair[1].trim_start_matches(['|', ' ']).starts_with('^'));
    carets
        .map(|pair| {
            let (from, to) = (pair[1].find('^').unwrap(), pair[1].rfind('^').unwrap());
            pair[0].chars().skip(from).take(to - from + 1).collect()
        })
        .collect()
}

#[test]
fn a_good_definition_is_told_so() {
    let world = World::empty();
    world.write("lead.json", presets::LEAD);
    let (code, text, document) = checked(&world, "lead.json");
    assert_eq!(code, 0);
    assert_eq!(text, "lead.json: 0 errors; pipeline `lead` has 9 stages and 10 moves\n");
    assert_eq!((&document["pipeline"], &document["findings"]), (&"lead".into(), &serde_json::json!([])));
}

#[test]
fn each_finding_has_its_line_and_a_caret_under_it() {
    let world = World::empty();
    world.write_lead("bad.json", "\"to\": \"lost\"", "\"to\": \"lsot\"");
    let (code, text, document) = checked(&world, "bad.json");
    assert_eq!(code, 1);
    let expected = "\
error[211 unknown_stage]: no stage is named `lsot`, did you mean `lost`?
   --> bad.json:236:15
    |
236 |         \"to\": \"lsot\",
    |               ^^^^^^

bad.json: 1 error
";
    assert_eq!(text, expected);
    let finding = &document["findings"][0];
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(236), Some(15)));
    assert_eq!((finding["code"].as_u64(), finding["name"].as_str()), (Some(211), Some("unknown_stage")));
    assert_eq!(finding["pointer"], "/policy/moves/7/to");
    assert_eq!(document["pipeline"], serde_json::Value::Null);
}

/// A stage of a small document, in which the last category does not exist.
fn with_stage(stage: &str) -> String {
    format!(
        "{{ \"id\": \"p\", \"name\": \"P\",\n\"categories\": [{{ \"id\": \"open\", \"name\": \"Open\", \"outcome\": \"open\" }}],\n\
         \"stages\": [{{ \"id\": \"a\", \"name\": \"A\", \"category\": \"open\", \"default\": true }},\n{stage}\n] }}\n"
    )
}

#[test]
fn carets_stand_right_after_tabs_wide_letters_and_other_line_ends() {
    let world = World::empty();
    let stages = [
        "\t{\t\"id\": \"b\", \"name\": \"B\", \"category\":\t\"opne\" }",
        "{ \"id\": \"b\", \"name\": \"Zoë und Größe\", \"category\": \"opne\" }",
    ];
    for (i, stage) in stages.iter().enumerate() {
        let unix = with_stage(stage);
        let forms = [unix.clone(), unix.replace('\n', "\r\n"), format!("\u{feff}{unix}")];
        for (j, text) in forms.iter().enumerate() {
            let file = format!("{i}{j}.json");
            world.write(&file, text);
            let (code, text, document) = checked(&world, &file);
            assert_eq!(code, 1);
            assert_eq!(marked(&text)[0], "\"opne\"", "{text}");
            let finding = &document["findings"][0];
            assert_eq!(finding["line"], 4, "{text}");
            let column = stage.split("\"opne\"").next().unwrap().chars().count() + 1;
            assert_eq!(finding["column"], column, "{text}");
            assert!(text.contains(&format!(" --> {file}:4:{column}\n")), "{text}");
        }
    }
}

#[test]
fn letters_that_take_two_places_are_counted_once_and_drawn_twice() {
    let world = World::empty();
    world.write("wide.json", with_stage("{ \"id\": \"b\", \"name\": \"漢字🙂\", \"category\": \"opne\" }"));
    let (_, text, document) = checked(&world, "wide.json");
    assert_eq!(document["findings"][0]["column"], 41, "{text}");
    let line = text.lines().find(|line| line.contains("opne\"")).unwrap();
    let before = line.split("\"opne\"").next().unwrap().chars().count();
    let carets = text.lines().find(|line| line.contains('^')).unwrap();
    assert_eq!(carets.find('^'), Some(before + "漢字🙂".chars().count()), "{text}");
}

#[test]
fn of_a_line_without_an_end_only_what_is_around_the_place_is_shown() {
    let world = World::empty();
    let document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
    let line = document.to_string().replace("\"to\":\"lost\"", "\"to\":\"lsot\"");
    assert!(line.lines().count() == 1 && line.len() > 5_000);
    let column = line.find("\"lsot\"").unwrap() + 1;
    world.write("line.json", &line);
    let (_, text, document) = checked(&world, "line.json");
    assert_eq!(marked(&text), ["\"lsot\""], "{text}");
    assert_eq!(document["findings"][0]["column"], column);
    assert!(text.contains(&format!("--> line.json:1:{column}\n")), "{text}");
    assert!(text.lines().all(|line| line.len() < 200), "{text}");
}

#[test]
fn a_thousand_findings_in_one_line_take_no_minute() {
    let world = World::empty();
    let mv = |i: usize| {
        format!("{{ \"id\": \"m{i}\", \"label\": \"M{i}\", \"from\": \"a\", \"to\": \"nowhere\" }}")
    };
    let moves: Vec<String> = (0..1_000).map(mv).collect();
    let document =
        with_stage("{ \"id\": \"b\", \"name\": \"B\", \"category\": \"open\" }").replace('\n', " ");
    let document = document.trim_end().strip_suffix('}').unwrap().to_owned()
        + &format!(", \"policy\": {{ \"moves\": [{}] }} }}", moves.join(","));
    world.write("many.json", document);
    let began = std::time::Instant::now();
    let ran = world.run(&["check", "many.json"]);
    assert_eq!(ran.out.matches("error[211").count(), 1_000);
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}

#[test]
fn what_is_not_json_is_marked_where_it_ends_to_be() {
    let world = World::empty();
    for (text, place) in [
        ("{\n  \"id\": \"x\"\n  \"name\": \"X\" }", "3:3"),
        ("{ \"id\": tru }", "1:12"),
        ("{ \"id\": \"x\", }", "1:14"),
        ("{ \"ключ\": ? }", "1:11"),
        ("{ \"id\": \"x", "1:10"),
        ("", "1:1"),
        ("{} x", "1:4"),
    ] {
        world.write("no.json", text);
        let (code, shown, document) = checked(&world, "no.json");
        assert_eq!(code, 1);
        assert_eq!(document["findings"][0]["name"], "syntax", "{text}: {shown}");
        assert!(shown.contains(&format!("--> no.json:{place}\n")), "{text}: {shown}");
        assert_eq!(shown.matches('^').count(), 1, "{shown}");
    }
}

#[test]
fn keys_are_marked_where_the_key_is_meant() {
    let world = World::empty();
    world.write("key.json", with_stage("{ \"id\": \"b\", \"nmae\": \"B\", \"category\": \"open\" }"));
    let (_, text, _) = checked(&world, "key.json");
    assert!(marked(&text).contains(&"\"nmae\"".to_owned()), "{text}");
    world.write(
        "twice.json",
        with_stage("{ \"id\": \"b\", \"name\": \"B\", \"category\": \"open\", \"id\": \"b\" }"),
    );
    let (_, text, document) = checked(&world, "twice.json");
    assert_eq!(marked(&text)[0], "\"id\"", "{text}");
    assert_eq!(document["findings"][0]["column"], 47);
}

#[test]
fn a_warning_passes_unless_it_is_to_be_taken_as_an_error() {
    let world = World::empty();
    world.write("warns.json", with_stage("{ \"id\": \"b\", \"name\": \"B\", \"category\": \"open\" }"));
    let (code, text, document) = checked(&world, "warns.json");
    assert_eq!(code, 0);
    assert!(text.starts_with("warning[2"), "{text}");
    assert!(document["warnings"].as_u64().unwrap() > 0 && document["errors"] == 0);
    assert_eq!(world.run(&["check", "warns.json", "--strict"]).code, 1);
    // A stage as a whole is shown by its id.
    assert!(marked(&text).contains(&"\"b\"".to_owned()), "{text}");
}

#[test]
fn escapes_in_a_definition_do_not_reach_the_terminal() {
    let world = World::empty();
    world.write("esc.json", "{ \"id\": \"\u{1b}[31mred\u{7}\" }");
    let (_, text, _) = checked(&world, "esc.json");
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
}

#[test]
fn diagrams_are_those_of_the_library() {
    let world = World::empty();
    world.write("lead.json", presets::LEAD);
    let pipeline = lifestage::Pipeline::from_json(presets::LEAD).unwrap();
    assert_eq!(world.done(&["diagram", "lead.json"]), lifestage::diagram::mermaid(&pipeline));
    assert_eq!(world.done(&["diagram", "lead.json", "--format", "dot"]), lifestage::diagram::dot(&pipeline));
    let (code, document) = world.json(&["diagram", "lead.json", "--format", "dot"]);
    assert_eq!((code, &document["format"]), (0, &"dot".into()));
    assert_eq!(document["diagram"], lifestage::diagram::dot(&pipeline));
    world.write("bad.json", "{}");
    let ran = world.run(&["diagram", "bad.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("error[206 missing_key]: the key `id` is missing"), "{}", ran.err);
}
