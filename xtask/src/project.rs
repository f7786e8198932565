//! The repository as the commands see it: its folder, its packages, its files.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use serde::Deserialize;

/// The name of the core package.
pub(crate) const CORE: &str = "lifestage";

/// Packages that are workspaces of their own.
pub(crate) const SEPARATE: [&str; 6] =
    ["benches/peers", "bindings/python", "examples/cedar", "tests/c/second", "tests/fuzz", "tests/no_std"];

/// Folders that hold what was built or fetched, never what was written.
const NOT_OURS: [&str; 7] =
    [".git", ".pytest_cache", ".ruff_cache", ".venv", "__pycache__", "node_modules", "target"];

/// The repository.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) version: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// A dependency as a manifest declares it.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev`, `build`, or nothing for a normal one.
    pub(crate) kind: Option<String>,
    /// Where it is, when it is a package of this repository.
    pub(crate) path: Option<PathBuf>,
}

/// A text file, by its path from the root with forward slashes.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Project {
    /// Asks cargo for the packages; a `Cargo.lock` that does not fit the manifests is an error.
    pub(crate) fn open() -> Result<Self, String> {
        let mut command = cargo_in(Path::new(env!("CARGO_MANIFEST_DIR")));
        let json = output(command.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]))?;
        let metadata: Metadata =
            serde_json::from_str(&json).map_err(|error| format!("cannot read `cargo metadata`: {error}"))?;
        let Metadata { packages, workspace_root: root, target_directory: target } = metadata;
        Ok(Self { root, target, packages })
    }

    /// A cargo command that starts in the root.
    pub(crate) fn cargo(&self) -> Command {
        cargo_in(&self.root)
    }

    /// The core package.
    pub(crate) fn core(&self) -> Result<&Package, String> {
        self.packages.iter().find(|package| package.name == CORE).ok_or(format!("no package `{CORE}`"))
    }

    /// The version of a package of the workspace.
    pub(crate) fn version(&self, name: &str) -> Result<String, String> {
        let package = self.packages.iter().find(|package| package.name == name);
        package.map(|package| package.version.clone()).ok_or(format!("no package `{name}`"))
    }

    /// The separate packages that exist, by their manifests.
    pub(crate) fn separate(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        SEPARATE
            .into_iter()
            .map(|folder| (folder, self.root.join(folder).join("Cargo.toml")))
            .filter(|(_, manifest)| manifest.exists())
    }

    /// Every text file that somebody wrote, in order of path.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, String> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| about(&folder, &error))? {
                let entry = entry.map_err(|error| about(&folder, &error))?;
                let (path, name) = (entry.path(), entry.file_name());
                let kind = entry.file_type().map_err(|error| about(&path, &error))?;
                if NOT_OURS.iter().any(|skipped| name == *skipped) {
                    continue;
                }
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    found.push(path);
                }
            }
        }
        found.sort();
        found.iter().filter_map(|path| self.source(path).transpose()).collect()
    }

    fn source(&self, path: &Path) -> Result<Option<Source>, String> {
        let bytes = fs::read(path).map_err(|error| about(path, &error))?;
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        let path = relative.to_string_lossy().replace('\\', "/");
        // What is not UTF-8 is not text.
        Ok(String::from_utf8(bytes).ok().map(|text| Source { path, text }))
    }
}

/// Core features other than `default`, none first: the arguments of each combination that must build.
pub(crate) fn feature_sets(core: &Package) -> Vec<Vec<String>> {
    let none = vec!["--no-default-features".to_owned()];
    let mut sets = vec![none.clone()];
    for feature in core.features.keys().filter(|name| *name != "default") {
        sets.push([none.clone(), vec!["--features".to_owned(), feature.clone()]].concat());
    }
    sets.push(vec!["--all-features".to_owned()]);
    sets
}

/// Runs a command on this terminal.
pub(crate) fn check(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command, status)) }
}

/// Runs a command and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| cannot_start(command, &error))?;
    if !done.status.success() {
        return Err(format!("{}\n{}", failed(command, done.status), String::from_utf8_lossy(&done.stderr)));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("`{}` printed what is not UTF-8", shown(command)))
}

/// The message for a command that could not be started.
pub(crate) fn cannot_start(command: &Command, error: &io::Error) -> String {
    format!("`{}` did not start: {error}", shown(command))
}

/// The message for a command that did not succeed.
pub(crate) fn failed(command: &Command, status: ExitStatus) -> String {
    format!("`{}` failed: {status}", shown(command))
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let words = iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy);
    words.collect::<Vec<_>>().join(" ")
}

fn cargo_in(folder: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

fn about(path: &Path, error: &io::Error) -> String {
    format!("`{}`: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_sets_are_none_each_and_all() {
        let json = r#"{"name": "lifestage", "manifest_path": "Cargo.toml", "dependencies": [],
            "features": {"default": ["std"], "regex": [], "std": []}}"#;
        let core: Package = serde_json::from_str(json).unwrap();
        let sets: Vec<String> = feature_sets(&core).iter().map(|set| set.join(" ")).collect();
        let none = "--no-default-features";
        assert_eq!(
            sets,
            [
                none.to_owned(),
                format!("{none} --features regex"),
                format!("{none} --features std"),
                "--all-features".to_owned()
            ]
        );
    }

    #[test]
    fn the_sources_of_this_repository_hold_this_file_and_nothing_built() {
        let sources = Project::open().unwrap().sources().unwrap();
        assert!(sources.iter().any(|source| source.path == "xtask/src/project.rs"));
        assert!(sources.iter().all(|source| !source.path.split('/').any(|part| part == "target")));
    }
}
