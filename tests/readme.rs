//! What the README shows is true.

use lifestage::{Actor, Pipeline, Record, Timestamp};

fn definition() -> String {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("```json\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_definition_loads_without_findings() {
    let pipeline = Pipeline::from_json(&definition()).unwrap();
    assert_eq!(pipeline.warnings(), []);
    let rep = Actor::new("r").with_role("rep");
    let deal =
        Record::new("d").in_stage("new").owned_by("r").with("budget", 9000).with("email", "a@example.com");
    let labels: Vec<_> =
        pipeline.moves(&deal, &rep, Timestamp::default()).map(|offer| offer.label().to_owned()).collect();
    assert_eq!(labels, ["Make an offer", "Mark lost"]);
}

#[test]
fn the_findings_read_as_shown() {
    let faulty = definition()
        .replace(r#""to": "offer""#, r#""to": "ofer""#)
        .replace("budget >= 5000", "bugdet >= 5000");
    let error = Pipeline::from_json(&faulty).unwrap_err();
    let readme = include_str!("../README.md");
    for finding in error.errors() {
        assert!(readme.contains(&finding.to_string()), "{finding}");
    }
    assert_eq!(error.errors().count(), 2, "{error}");
    let trapped = definition().replace(
        r#"{ "id": "revive", "label": "Revive", "from": { "stage": "lost", "kind": "revive" }, "to": "new" }"#,
        r#"{ "id": "lose_again", "label": "Again", "from": { "stage": "lost", "kind": "internal" }, "to": "lost" }"#,
    );
    let pipeline = Pipeline::from_json(&trapped).unwrap();
    assert_eq!(pipeline.warnings().len(), 1);
    assert!(readme.contains(&pipeline.warnings()[0].to_string()), "{}", pipeline.warnings()[0]);
}

/// What the README shows of a language stands in that language's own page, which is tested as it is printed.
#[test]
fn other_languages_are_shown_as_their_pages_show_them() {
    let readme = include_str!("../README.md");
    let pages = [
        ("python", include_str!("../bindings/python/README.md")),
        ("go", include_str!("../bindings/go/README.md")),
        ("c", include_str!("../bindings/c/README.md")),
    ];
    for (language, page) in pages {
        let (_, shown) = readme.split_once(&format!("```{language}\n")).unwrap();
        let (shown, _) = shown.split_once("```").unwrap();
        let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
        let (shown, page) = (lines(shown), lines(page));
        assert!(shown.len() > 5, "{language}");
        assert!(
            page.windows(shown.len()).any(|part| part == shown),
            "{language} is not shown as its page shows it"
        );
    }
}
