//! `docs/operations.md` says which language has which operation, and a language that lags fails here.
//!
//! `LIFESTAGE_BLESS=1 cargo test -p lifestage-wire --test page` writes the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lifestage_wire::{On, Operation, operations};

/// A language with methods of its own for operations, found by how it declares them.
struct Language {
    name: &'static str,
    folder: &'static str,
    ends: &'static [&'static str],
    /// What comes before the name of a method.
    begins: &'static [&'static str],
    spelled: fn(&str) -> String,
    /// Operations that are part of something else there.
    elsewhere: &'static [&'static str],
}

const LANGUAGES: [Language; 2] = [
    Language {
        name: "Python",
        folder: "bindings/python/python/lifestage",
        ends: &["py", "pyi"],
        begins: &["def "],
        spelled: |name| name.to_owned(),
        // A class of its own, and the properties of a pipeline.
        elsewhere: &["criteria", "describe"],
    },
    Language {
        name: "Go",
        folder: "bindings/go",
        ends: &["go"],
        begins: &["func ", "Pipeline) ", "Workspace) "],
        spelled: |name| {
            let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
            words.collect()
        },
        elsewhere: &[],
    },
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Language {
    /// The names of everything that it declares, and every text in quotes: operations are asked for by name.
    fn names(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for entry in std::fs::read_dir(root().join(self.folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            if !path.extension().is_some_and(|end| self.ends.iter().any(|known| end == *known)) {
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            found.extend(text.split('"').skip(1).step_by(2).map(str::to_owned));
            for begin in self.begins {
                for (at, _) in text.match_indices(begin) {
                    let rest = &text[at + begin.len()..];
                    found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
                }
            }
        }
        found
    }
}

fn on(operation: &Operation) -> &'static str {
    match operation.on {
        On::Nothing => "Without a pipeline",
        On::Pipeline => "Of a pipeline: pure, nothing is written anywhere",
        On::Workspace => "Of a workspace",
    }
}

#[test]
fn the_page_says_what_each_language_has() {
    let known = LANGUAGES.map(|language| (language.names(), language));
    let mut page = String::from(
        "# Operations\n\n\
         What hosts that are not written in Rust can ask for, each with the members of its input; those with a `?` may be left\n\
         out. In C every operation is one of `lifestage_call`, `lifestage_pipeline_call` and `lifestage_workspace_call` with its\n\
         name, and the commonest have functions of their own (`include/lifestage.h`). Python and Go have methods for them.\n\
         The forms of inputs and answers are those of the [vectors](../tests/vectors/README.md); numbers of codes are in\n\
         [codes](codes.md). This page is made by `bindings/wire/tests/page.rs`.\n",
    );
    let mut lagging = Vec::new();
    let mut title = "";
    for operation in operations() {
        if on(operation) != title {
            title = on(operation);
            let languages: String =
                LANGUAGES.iter().map(|language| format!(" {} |", language.name)).collect();
            let lines = " --- |".repeat(LANGUAGES.len());
            write!(page, "\n## {title}\n\n| operation | takes | what it does |{languages}\n| --- | --- | --- |{lines}\n")
                .unwrap();
        }
        let takes: Vec<String> =
            operation.takes.split_whitespace().map(|member| format!("`{member}`")).collect();
        write!(page, "| `{}` | {} | {} |", operation.name, takes.join(" "), operation.says).unwrap();
        for (names, language) in &known {
            let there = names.contains(&(language.spelled)(operation.name))
                || names.contains(operation.name)
                || language.elsewhere.contains(&operation.name);
            if !there {
                lagging.push(format!("{}: {}", language.name, operation.name));
            }
            write!(page, " {} |", if there { "yes" } else { "-" }).unwrap();
        }
        page.push('\n');
    }
    page.push_str(include_str!("page/forms.md"));
    let path = root().join("docs/operations.md");
    if std::env::var_os("LIFESTAGE_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    } else {
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == page, "docs/operations.md is not as the table has it; it should be:\n{page}");
    }
    assert!(lagging.is_empty(), "these languages have no method for an operation: {lagging:#?}");
}
