//! `docs/codes.md` lists every code as it is, and as it was: a number is never reused.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use lifestage::store::StoreErrorKind;
use lifestage::{FindingCode, ReasonCode};

/// Whether a finding refuses the document; what is told both ways is told which.
pub(crate) fn severity(code: FindingCode) -> &'static str {
    use FindingCode as F;
    match code {
        F::NeverHolds
        | F::OverlappingCriteria
        | F::UnreachableStage
        | F::NoRouteToClosed
        | F::Trap
        | F::DeadAction
        | F::NobodyMoves
        | F::MoreFindings
        | F::DeadException
        | F::DeadMove => "warning",
        F::ArchivedStage => "error as a target, warning as a source",
        F::AutomationCycle => "error where no time passes on the way, else warning",
        _ => "error",
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Codes\n\n\
         Every language gives these numbers and names. A number is never reused, and one that is no\n\
         longer given stays listed. `tests/findings/tables.rs` compares this page with the code.\n\n\
         ## Why a request is refused\n\n\
         | number | name | meaning |\n| --- | --- | --- |\n",
    );
    for code in ReasonCode::ALL {
        writeln!(page, "| {} | `{code}` | {} |", code.number(), code.description()).unwrap();
    }
    page.push_str(
        "\n## What is said of a definition\n\n\
         An error refuses the document, a warning travels with the pipeline.\n\n\
         | number | name | severity | meaning |\n| --- | --- | --- | --- |\n",
    );
    for code in FindingCode::ALL {
        let (number, severity) = (code.number(), severity(*code));
        writeln!(page, "| {number} | `{code}` | {severity} | {} |", code.description()).unwrap();
    }
    page.push_str("\n## How a store fails\n\n| number | name | meaning |\n| --- | --- | --- |\n");
    for kind in StoreErrorKind::ALL {
        writeln!(page, "| {} | `{kind}` | {} |", kind.number(), kind.description()).unwrap();
    }
    page
}

#[test]
fn the_page_lists_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes.md");
    let page = page();
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    // What follows is about calls from other languages; `bindings/wire` compares it.
    assert!(written.starts_with(&page), "docs/codes.md is not as the code has it; it should begin:\n{page}");
}

#[test]
fn no_number_and_no_name_is_given_twice() {
    let reasons = ReasonCode::ALL.iter().map(|code| (code.number(), code.name()));
    let findings = FindingCode::ALL.iter().map(|code| (code.number(), code.name()));
    let store = StoreErrorKind::ALL.iter().map(|kind| (kind.number(), kind.name()));
    let all: Vec<(u16, &str)> = reasons.clone().chain(findings.clone()).chain(store).collect();
    let numbers: BTreeSet<u16> = all.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers.len(), all.len());
    for table in [reasons.collect::<Vec<_>>(), findings.collect()] {
        let names: BTreeSet<&str> = table.iter().map(|(_, name)| *name).collect();
        assert_eq!(names.len(), table.len());
    }
}
