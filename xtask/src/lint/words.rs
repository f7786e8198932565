//! What must not be in the repository because it is true on one machine only.

use crate::project::Source;

/// This file holds the words, and so is not searched.
const THIS: &str = "xtask/src/lint/words.rs";

/// Beginnings of absolute paths into somebody's folders.
const PATHS: [&str; 4] = ["/home/", "/root/", "/Users/", "C:\\Users\\"];

/// Settings that name a package registry; they belong into the environment of a machine.
const REGISTRIES: [&str; 5] = ["index-url", "replace-with", "GOPROXY", "GOSUMDB", "sparse+"];

/// The one registry that `Cargo.lock` may name.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Findings with their lines.
pub(crate) fn check(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for Source { path, text } in sources.iter().filter(|source| source.path != THIS) {
        for (line, number) in text.lines().zip(1..) {
            if let Some(word) = PATHS.iter().find(|word| starts_a_path(line, word)) {
                findings.push(format!("`{path}` line {number}: a path of one machine, `{word}`"));
            }
            if let Some(word) = REGISTRIES.iter().find(|word| line.contains(**word)) {
                findings.push(format!("`{path}` line {number}: a registry setting, `{word}`"));
            }
            if line.contains("registry+") && !line.contains(CRATES_IO) {
                findings.push(format!("`{path}` line {number}: a registry other than crates.io"));
            }
        }
    }
    findings
}

/// Whether `word` stands where a path begins, rather than inside a longer one or a link.
fn starts_a_path(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        before.is_none_or(|before| !before.is_alphanumeric() && !"._-~/}$".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> usize {
        check(&[Source { path: "docs/a.md".to_owned(), text: text.to_owned() }]).len()
    }

    #[test]
    fn paths_of_one_machine_trip() {
        assert_eq!(findings("see `/home/ada/lifestage`"), 1);
        assert_eq!(findings("cd=/root/x\nC:\\Users\\ada"), 2);
        assert_eq!(findings("https://example.com/home/1 and target/home/x and $DIR/root/y"), 0);
    }

    #[test]
    fn registries_other_than_crates_io_trip() {
        assert_eq!(findings("source = \"registry+https://mirror.example/index\""), 1);
        assert_eq!(findings(&format!("source = \"{CRATES_IO}\"")), 0);
        assert_eq!(findings("pip install --index-url https://mirror.example x"), 1);
        assert_eq!(findings("replace-with = \"mirror\""), 1);
    }
}
