//! Rules about single source files: how long, what name, how safe.

use crate::project::Source;

const LONGEST: usize = 800;
const REASON: &str = "// Long because";
const TOP: usize = 15;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 4] = ["common", "prelude", "util", "utils"];

/// A file above 800 lines says near its top why it is one file.
pub(crate) fn length(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for Source { path, text } in rust(sources) {
        let lines = text.lines().count();
        if lines > LONGEST && !text.lines().take(TOP).any(|line| line.starts_with(REASON)) {
            findings.push(format!(
                "`{path}`: {lines} lines; split it, or say why not with `{REASON}` in the first {TOP} lines"
            ));
        }
    }
    findings
}

/// No `mod.rs`, and no module whose name says nothing.
pub(crate) fn names(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for Source { path, text } in rust(sources) {
        if path.ends_with("/mod.rs") {
            findings.push(format!("`{path}`: `name.rs` beside `name/` instead; tests that share code can use `tests/name/main.rs` with modules beside it"));
        }
        let files = path.trim_end_matches(".rs").split('/');
        let inline = text.lines().filter_map(declared_module);
        for name in files.chain(inline).filter(|name| EMPTY_NAMES.contains(name)) {
            findings.push(format!("`{path}`: `{name}` says nothing about what is inside"));
        }
    }
    findings
}

/// The core forbids unsafe code in so many words.
pub(crate) fn safety(sources: &[Source]) -> Vec<String> {
    let forbids = |source: &Source| source.text.lines().any(|line| line == "#![forbid(unsafe_code)]");
    match sources.iter().find(|source| source.path == "src/lib.rs") {
        Some(root) if forbids(root) => Vec::new(),
        _ => vec!["`src/lib.rs`: `#![forbid(unsafe_code)]` is missing".to_owned()],
    }
}

/// The name in `mod name;` or `pub(crate) mod name {`.
fn declared_module(line: &str) -> Option<&str> {
    let mut words = line.split([' ', ';', '{']).filter(|word| !word.is_empty());
    let first = words.next()?;
    let keyword = if first.starts_with("pub") { words.next()? } else { first };
    if keyword == "mod" { words.next() } else { None }
}

fn rust(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| source.path.ends_with(".rs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: impl Into<String>) -> [Source; 1] {
        [Source { path: path.to_owned(), text: text.into() }]
    }

    #[test]
    fn length_trips_above_the_limit_only() {
        assert_eq!(length(&file("src/a.rs", "\n".repeat(800))).len(), 0);
        assert_eq!(length(&file("src/a.rs", "\n".repeat(801))).len(), 1);
        assert_eq!(length(&file("docs/a.md", "\n".repeat(801))).len(), 0);
    }

    #[test]
    fn a_reason_near_the_top_excuses_length() {
        let near = format!("//! A.\n\n// Long because it is one table.\n{}", "\n".repeat(900));
        assert_eq!(length(&file("src/a.rs", near)).len(), 0);
        let far = format!("{}// Long because it is one table.\n", "\n".repeat(900));
        assert_eq!(length(&file("src/a.rs", far)).len(), 1);
    }

    #[test]
    fn names_trip_on_mod_rs_and_on_empty_names() {
        assert_eq!(names(&file("src/a/mod.rs", "")).len(), 1);
        assert_eq!(names(&file("src/utils.rs", "")).len(), 1);
        assert_eq!(names(&file("stores/sqlite/src/common/rows.rs", "")).len(), 1);
        assert_eq!(names(&file("src/lib.rs", "pub(crate) mod prelude {\n}\n")).len(), 1);
        assert_eq!(names(&file("src/model.rs", "mod uncommon;\n// mod prelude\n")).len(), 0);
    }

    #[test]
    fn safety_trips_when_the_attribute_is_gone() {
        assert_eq!(safety(&file("src/lib.rs", "#![forbid(unsafe_code)]\n")).len(), 0);
        assert_eq!(safety(&file("src/lib.rs", "#![deny(unsafe_code)]\n")).len(), 1);
        assert_eq!(safety(&[]).len(), 1);
    }
}
