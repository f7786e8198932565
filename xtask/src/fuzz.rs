//! `cargo xtask fuzz`: libFuzzer on every function of the C ABI, where the nightly toolchain is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::nightly::{self, TARGET};
use crate::project::{Project, check};
use crate::steps::Steps;

/// What `cargo xtask fuzz` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only these, which are folders of `tests/fuzz/corpus`.
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
}

const CORPUS: &str = "tests/fuzz/corpus";

/// Targets whose inputs begin with a line that has an operation: the name of the file has it in the corpus.
const OF_OPERATIONS: [&str; 4] = ["call", "pipeline", "store", "workspace"];

/// Which ways the inputs went, for libFuzzer; and the sanitizer that sees what they touched.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address";

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let known = folders(&project.root.join(CORPUS))?;
    if let Some(unknown) = arguments.targets.iter().find(|target| !known.contains(target)) {
        return Err(format!("there is no target `{unknown}`, only {}", known.join(", ")));
    }
    let mut steps = Steps::new();
    if let Some(why) = nightly::missing(project) {
        steps.skip("libFuzzer", why);
        return Ok(steps.finish());
    }
    let place = project.target.join("fuzz");
    let mut build = nightly::command(project, "cargo");
    build.args(["build", "--quiet", "--release", "--locked", "--target", TARGET, "--target-dir"]).arg(&place);
    check(build.args(["--manifest-path", "tests/fuzz/Cargo.toml"]).env("RUSTFLAGS", FLAGS))?;
    let program = place.join(TARGET).join("release/lifestage-fuzz");
    for target in known {
        if arguments.targets.is_empty() || arguments.targets.contains(&target) {
            steps.check(&format!("`{target}` for {} seconds", arguments.seconds), || {
                fuzz(project, &program, &place.join(&target), &target, arguments.seconds)
            });
        }
    }
    Ok(steps.finish())
}

/// What is new goes to `grown`, and what was found to `found`; both stay for the next run.
fn fuzz(project: &Project, program: &Path, place: &Path, target: &str, seconds: u64) -> Result<(), String> {
    let [saved, grown, found] = ["saved", "grown", "found"].map(|name| place.join(name));
    // As they are in the corpus now.
    let _ = fs::remove_dir_all(&saved);
    for folder in [&saved, &grown, &found] {
        fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
    }
    seeds(&project.root.join(CORPUS).join(target), &saved, OF_OPERATIONS.contains(&target))?;
    let mut run = std::process::Command::new(program);
    run.arg(&grown).arg(&saved).env("LIFESTAGE_FUZZ", target).current_dir(&found);
    run.args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", found.display())]);
    run.args(["-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1", "-verbosity=0"]);
    check(&mut run).map_err(|error| format!("{error}\nsee {}", found.display()))
}

/// The saved inputs as libFuzzer is to see them.
fn seeds(corpus: &Path, saved: &Path, of_operations: bool) -> Result<(), String> {
    for entry in fs::read_dir(corpus).map_err(|error| about(corpus, &error))? {
        let path = entry.map_err(|error| about(corpus, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(&path).map_err(|error| about(&path, &error))?;
        let Some((operation, _)) = name.split_once('-') else { continue };
        let head = if of_operations { format!("{operation}\n") } else { String::new() };
        let to = saved.join(&name);
        fs::write(&to, [head.into_bytes(), bytes].concat()).map_err(|error| about(&to, &error))?;
    }
    Ok(())
}

fn folders(corpus: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(corpus).map_err(|error| about(corpus, &error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>();
    let paths = paths.map_err(|error| about(corpus, &error))?;
    let folders = paths.iter().filter(|path| path.is_dir());
    let mut names: Vec<String> =
        folders.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort();
    Ok(names)
}

fn about(path: &Path, error: &io::Error) -> String {
    format!("`{}`: {error}", path.display())
}
