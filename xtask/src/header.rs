//! `cargo xtask header`: writes `include/lifestage.h` from the functions of `bindings/c`.

use std::process::ExitCode;

use crate::project::{Project, check};

/// Runs the command: the test that compares the header, told to write it.
pub(crate) fn run(project: &Project) -> Result<ExitCode, String> {
    let mut test = project.cargo();
    test.args(["test", "--quiet", "--package", "lifestage-c", "--test", "header"]);
    check(test.env("LIFESTAGE_BLESS", "1"))?;
    println!("include/lifestage.h is as the code has it");
    Ok(ExitCode::SUCCESS)
}
