//! Rules about packages: who may depend on whom, how many, and why.

use std::collections::BTreeSet;
use std::path::Path;

use crate::project::{CORE, Dependency, Package, Project, Source, output};

const EXPLANATIONS: &str = "docs/dependencies.md";

/// Packages below the core that a build may have, by the features it is built with.
pub(crate) const LIMITS: [(&str, usize); 2] = [("", 35), ("--all-features", 45)];

/// The part of the project that a folder belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Core,
    Store,
    Handler,
    Report,
    /// The JSON forms that bindings have in common.
    Wire,
    Binding,
    Command,
    Tool,
}

impl Part {
    fn of(folder: &Path) -> Option<Self> {
        match folder.iter().next().and_then(|first| first.to_str()) {
            None => Some(Self::Core),
            Some("bindings") if folder.ends_with("wire") => Some(Self::Wire),
            Some("stores") => Some(Self::Store),
            Some("handlers") => Some(Self::Handler),
            Some("report") => Some(Self::Report),
            Some("bindings") => Some(Self::Binding),
            Some("cli") => Some(Self::Command),
            Some("tests" | "xtask") => Some(Self::Tool),
            Some(_) => None,
        }
    }

    fn may_need(self, other: Self) -> bool {
        match self {
            Self::Core => false,
            Self::Store | Self::Handler | Self::Report | Self::Wire => other == Self::Core,
            Self::Command => matches!(other, Self::Core | Self::Store | Self::Handler | Self::Report),
            Self::Binding => other == Self::Wire || Self::Command.may_need(other),
            Self::Tool => true,
        }
    }
}

/// The core needs nothing of ours, stores and handlers need the core, and so on upwards. Tests may need anything.
pub(crate) fn arrows(project: &Project) -> Vec<String> {
    project.packages.iter().flat_map(|package| arrows_of(&project.root, package)).collect()
}

fn arrows_of(root: &Path, package: &Package) -> Vec<String> {
    let name = &package.name;
    let part = |folder: &Path| Part::of(folder.strip_prefix(root).unwrap_or(folder));
    let Some(own) = package.manifest_path.parent().and_then(part) else {
        return vec![format!("`{name}`: its folder has no place in the layout")];
    };
    let mut findings = Vec::new();
    for Dependency { name: needed, kind, path } in &package.dependencies {
        let Some(path) = path.as_deref().filter(|_| kind.as_deref() != Some("dev")) else { continue };
        if !part(path).is_some_and(|other| own.may_need(other)) {
            findings.push(format!("`{name}`: must not depend on `{needed}`"));
        }
    }
    findings
}

/// Each direct dependency from outside has a row in `docs/dependencies.md`.
pub(crate) fn explained(project: &Project, sources: &[Source]) -> Vec<String> {
    let text = sources.iter().find(|source| source.path == EXPLANATIONS).map_or("", |source| &source.text);
    project.packages.iter().flat_map(|package| unexplained(package, text)).collect()
}

fn unexplained(package: &Package, text: &str) -> Vec<String> {
    let foreign = package.dependencies.iter().filter(|dependency| dependency.path.is_none());
    let names: BTreeSet<&str> = foreign.map(|dependency| dependency.name.as_str()).collect();
    let has_row = |name: &str| text.lines().any(|line| line.starts_with(&format!("| `{name}` |")));
    let missing = names.into_iter().filter(|name| !has_row(name));
    missing.map(|name| format!("`{}`: `{name}` has no row in `{EXPLANATIONS}`", package.name)).collect()
}

/// The core stays small: counts the packages that a host compiles for it.
pub(crate) fn closure(project: &Project, features: &str, limit: usize) -> Result<(), String> {
    let mut tree = project.cargo();
    tree.args(["tree", "--locked", "--package", CORE, "--edges", "normal", "--prefix", "none"]);
    let packages = packages_in(&output(tree.args(features.split_whitespace()))?);
    if packages.len() <= limit {
        return Ok(());
    }
    let list: Vec<&str> = packages.iter().map(String::as_str).collect();
    Err(format!("{} packages: {}", list.len(), list.join(", ")))
}

/// The packages below the first one, each version once.
fn packages_in(tree: &str) -> BTreeSet<String> {
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let own = tree.lines().next().map(name);
    tree.lines().map(name).filter(|package| !package.is_empty() && Some(package) != own.as_ref()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &str, dependencies: &str) -> Package {
        let json = format!(
            r#"{{"name": "p", "manifest_path": "/r/{folder}Cargo.toml", "features": {{}}, "dependencies": {dependencies}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn ours(path: &str, kind: &str) -> String {
        format!(r#"[{{"name": "d", "kind": {kind}, "path": "{path}"}}]"#)
    }

    #[test]
    fn arrows_point_at_the_core() {
        let findings = |folder: &str, to: &str| {
            arrows_of(Path::new("/r"), &package(folder, &ours(&format!("/r{to}"), "null"))).len()
        };
        assert_eq!(findings("stores/sqlite/", ""), 0);
        assert_eq!(findings("stores/sqlite/", "/stores/postgres"), 1);
        assert_eq!(findings("", "/stores/sqlite"), 1);
        assert_eq!(findings("handlers/eml/", ""), 0);
        assert_eq!(findings("handlers/eml/", "/stores/sqlite"), 1);
        assert_eq!(findings("cli/", "/handlers/eml"), 0);
        assert_eq!(findings("cli/", "/stores/sqlite"), 0);
        assert_eq!(findings("report/", "/cli"), 1);
        assert_eq!(findings("bindings/c/", "/xtask"), 1);
        assert_eq!(findings("xtask/", "/bindings/c"), 0);
        assert_eq!(findings("tests/torture/", "/stores/sqlite"), 0);
    }

    #[test]
    fn tests_of_the_core_may_use_a_store_but_its_build_may_not() {
        let findings = |kind| arrows_of(Path::new("/r"), &package("", &ours("/r/stores/sqlite", kind))).len();
        assert_eq!(findings(r#""dev""#), 0);
        assert_eq!(findings(r#""build""#), 1);
    }

    #[test]
    fn a_folder_outside_the_layout_trips() {
        assert_eq!(arrows_of(Path::new("/r"), &package("misc/x/", "[]")).len(), 1);
    }

    #[test]
    fn a_dependency_without_a_row_trips() {
        let package = package("", r#"[{"name": "csv", "kind": null, "path": null}]"#);
        assert_eq!(unexplained(&package, "| `csv` | reads lists |").len(), 0);
        assert_eq!(unexplained(&package, "we like `csv`\n| `csv-core` | |").len(), 1);
    }

    #[test]
    fn every_version_below_the_core_counts_once() {
        let tree = "lifestage v0.1.0 (here)\nsyn v2.0.1\nsyn v3.0.0\nserde v1.0.0\nsyn v3.0.0 (*)\n";
        assert_eq!(packages_in(tree).len(), 3);
    }

    #[test]
    fn a_closure_above_its_limit_trips() {
        let project = Project::open().unwrap();
        assert!(closure(&project, "", 1).unwrap_err().contains("serde v"));
    }
}
