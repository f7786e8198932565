//! Named steps that run to the end even when one fails, and the summary after them.

use std::env;
use std::process::ExitCode;

/// How many checks a step made: the tests of a test run, otherwise one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// One check that passed.
    pub(crate) const ONE: Self = Self { passed: 1, failed: 0 };

    /// Adds what a line of a test run says: `test result: ok. 12 passed; 0 failed; ...`.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let words: Vec<&str> = result.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            if let [count, what] = pair
                && let Ok(count) = count.parse::<usize>()
            {
                match *what {
                    "passed" => self.passed += count,
                    "failed" => self.failed += count,
                    _ => {}
                }
            }
        }
    }
}

/// A step that did not pass.
pub(crate) struct Failure {
    pub(crate) tally: Tally,
    pub(crate) message: String,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { tally: Tally::default(), message }
    }
}

/// What has run so far.
pub(crate) struct Steps {
    tally: Tally,
    failures: Vec<String>,
    skips: Vec<String>,
    skips_fail: bool,
}

impl Steps {
    /// Nothing has run. With `CI=true` in the environment a skip will be a failure.
    pub(crate) fn new() -> Self {
        Self::with_skips(env::var("CI").is_ok_and(|ci| ci == "true"))
    }

    fn with_skips(skips_fail: bool) -> Self {
        Self { tally: Tally::default(), failures: Vec::new(), skips: Vec::new(), skips_fail }
    }

    /// Runs a step that is one check.
    pub(crate) fn check(&mut self, title: &str, step: impl FnOnce() -> Result<(), String>) {
        self.tests(title, || step().map(|()| Tally::ONE).map_err(Failure::from));
    }

    /// Runs a step that is many tests. A failing step counts at least one failure.
    pub(crate) fn tests(&mut self, title: &str, step: impl FnOnce() -> Result<Tally, Failure>) {
        println!("\n==> {title}");
        let tally = match step() {
            Ok(tally) => tally,
            Err(Failure { tally, message }) => {
                println!("{message}");
                self.failures.push(title.to_owned());
                Tally { failed: tally.failed.max(1), ..tally }
            }
        };
        self.tally.passed += tally.passed;
        self.tally.failed += tally.failed;
    }

    /// Runs a rule: it passes when it found nothing.
    pub(crate) fn rule(&mut self, title: &str, findings: Vec<String>) {
        self.check(title, || if findings.is_empty() { Ok(()) } else { Err(findings.join("\n")) });
    }

    /// Says that something was not run, and why.
    pub(crate) fn skip(&mut self, title: &str, why: &str) {
        println!("\n==> {title}: skipped, {why}");
        self.skips.push(format!("{title}: {why}"));
    }

    /// Prints the summary.
    pub(crate) fn finish(&self) -> ExitCode {
        println!();
        for skip in &self.skips {
            println!("skipped: {skip}");
        }
        for failure in &self.failures {
            println!("failed: {failure}");
        }
        if self.skips_fail && !self.skips.is_empty() {
            println!("failed: with CI=true nothing may be skipped");
        }
        println!("{} passed, {} failed, {} skipped", self.tally.passed, self.tally.failed, self.skips.len());
        if self.ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn ok(&self) -> bool {
        self.failures.is_empty() && (self.skips.is_empty() || !self.skips_fail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_of_cargo_test_are_added_up() {
        let mut tally = Tally::default();
        tally.add_line("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        tally.add_line("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        tally.add_line("test counts ... ok");
        assert_eq!(tally, Tally { passed: 15, failed: 2 });
    }

    #[test]
    fn one_failure_fails_the_whole_and_the_rest_still_runs() {
        let mut steps = Steps::with_skips(false);
        steps.check("first", || Err("broken".to_owned()));
        steps.check("second", || Ok(()));
        assert_eq!(steps.tally, Tally { passed: 1, failed: 1 });
        assert!(!steps.ok());
    }

    #[test]
    fn a_rule_fails_when_it_found_something() {
        let mut steps = Steps::with_skips(false);
        steps.rule("quiet", Vec::new());
        assert!(steps.ok());
        steps.rule("loud", vec!["`src/a.rs`: too long".to_owned()]);
        assert!(!steps.ok());
    }

    #[test]
    fn a_skip_fails_only_where_it_must_not_happen() {
        for must_run in [false, true] {
            let mut steps = Steps::with_skips(must_run);
            steps.skip("go", "no `go` here");
            assert_eq!(steps.ok(), !must_run);
        }
    }
}
