//! Pictures of pipelines, compared with the files beside this one.
//!
//! `LIFESTAGE_BLESS=1 cargo test --test diagram` writes them anew; look at them in a viewer before you
//! commit a change.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use lifestage::{Pipeline, diagram, presets};

/// What each language could take for its own, in every name.
const HOSTILE: &str = r##"{
  "id": "hostile",
  "name": "\"]; } \\\" <b>&amp;</b> %%{init: {}}%%",
  "categories": [
    { "id": "open", "name": "end\"] \\N {x} style c0 fill:#000;", "outcome": "open" },
    { "id": "won", "name": "Won", "outcome": "won" },
    { "id": "empty", "name": "Nothing in here", "outcome": "lost" }
  ],
  "stages": [
    { "id": "a", "name": "1. \"a\" --> b c; `d` #quot; &lt;", "category": "open", "default": true, "colour": "#fff" },
    { "id": "b", "name": "\u202etfel \\", "category": "open", "colour": "rgb(0,0,0)" },
    { "id": "old", "name": "Archived", "category": "open", "archived": true },
    { "id": "gone", "name": "Archived too", "category": "empty", "archived": true },
    { "id": "w", "name": "Größe 🙂 | x", "category": "won", "final": true }
  ],
  "policy": { "moves": [
    { "id": "in", "label": "|\"in\"| %% x", "from": "none", "to": "b" },
    { "id": "on", "label": "\"];//", "from": ["a", { "stage": "b", "label": "b's own" }], "to": "w", "approval": true },
    { "id": "back", "label": "</script>", "from": { "stage": "b", "kind": "step_back" }, "to": "a" },
    { "id": "again", "label": "style x: #1;", "from": { "stage": "a", "kind": "re_entry" }, "to": "a" },
    { "id": "late", "label": "from the archive", "from": "old", "to": "a" }
  ] },
  "roles": { "r": { "can": ["move"] } }
}"##;

fn pictures() -> Vec<(String, String)> {
    let of = |name: &str, document: &str| {
        let pipeline = Pipeline::from_json(document).unwrap();
        [
            (format!("{name}.mmd"), diagram::mermaid(&pipeline)),
            (format!("{name}.dot"), diagram::dot(&pipeline)),
        ]
    };
    [of("lead", presets::LEAD), of("contact_stages", presets::CONTACT_STAGES), of("hostile", HOSTILE)]
        .concat()
}

#[test]
fn the_pictures_are_those_that_were_looked_at() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagram");
    for (name, picture) in pictures() {
        let file = folder.join(&name);
        if std::env::var_os("LIFESTAGE_BLESS").is_some() {
            std::fs::write(&file, &picture).unwrap();
        }
        let known = std::fs::read_to_string(&file).unwrap();
        assert_eq!(picture, known, "{name}");
    }
}

/// Quotes are the border of every text: what stands outside of them is ours alone.
#[test]
fn hostile_names_stay_inside_their_quotes() {
    let pipeline = Pipeline::from_json(HOSTILE).unwrap();
    for line in diagram::mermaid(&pipeline).lines() {
        let outside: String = line.split('"').step_by(2).collect();
        let ours = |c: char| c.is_ascii_alphanumeric() || " []|->.(),:#".contains(c);
        assert!(outside.chars().all(ours), "{line}");
        let inside: String = line.split('"').skip(1).step_by(2).collect();
        assert!(!inside.contains(['%', '{', '<', '`', ':', '|', '\\']), "{line}");
    }
    for line in diagram::dot(&pipeline).lines() {
        let outside: String = line.replace("\\\\", "").replace("\\\"", "").split('"').step_by(2).collect();
        let ours = |c: char| c.is_ascii_alphanumeric() || " []->.,={}_".contains(c);
        assert!(outside.chars().all(ours), "{line}");
    }
}

#[test]
fn archived_stages_and_their_moves_are_left_out_and_so_is_a_category_without_others() {
    let pipeline = Pipeline::from_json(HOSTILE).unwrap();
    for picture in [diagram::mermaid(&pipeline), diagram::dot(&pipeline)] {
        for gone in ["Archived", "from the archive", "Nothing in here"] {
            assert!(!picture.contains(gone), "{picture}");
        }
    }
}

#[test]
fn graphviz_reads_them_where_it_is_installed() {
    if Command::new("dot").arg("-V").stderr(Stdio::null()).status().is_err() {
        eprintln!("not run: there is no `dot` on this machine");
        return;
    }
    for (name, picture) in pictures().into_iter().filter(|(name, _)| name.ends_with(".dot")) {
        let mut dot =
            Command::new("dot").arg("-Tcanon").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        dot.stdin.take().unwrap().write_all(picture.as_bytes()).unwrap();
        assert!(dot.wait().unwrap().success(), "{name}");
    }
}
