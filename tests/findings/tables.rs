//! `docs/codes.md` lists every code as it is, and as it was: a number is never reused.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use lifestage::store::StoreErrorKind;
use lifestage::{FindingCode, ReasonCode};

const STORE: [(StoreErrorKind, &str, &str); 8] = [
    (StoreErrorKind::Corrupt, "corrupt", "What is there is not what the store expects."),
    (StoreErrorKind::NewerSchema, "newer_schema", "It was made by a newer version of the store."),
    (StoreErrorKind::Busy, "busy", "Others hold it for longer than the store waits."),
    (StoreErrorKind::ReadOnly, "read_only", "It may not be written."),
    (StoreErrorKind::Full, "full", "There is no room."),
    (StoreErrorKind::Io, "io", "The operating system or the server failed."),
    (StoreErrorKind::Closed, "closed", "The store was shut down, or stopped itself."),
    (StoreErrorKind::Invalid, "invalid", "The change itself is malformed."),
];

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
    for (kind, name, meaning) in STORE {
        writeln!(page, "| {} | `{name}` | {meaning} |", kind.number()).unwrap();
    }
    page
}

#[test]
fn the_page_lists_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes.md");
    let page = page();
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/codes.md is not as the code has it; it should be:\n{page}");
}

#[test]
fn no_number_and_no_name_is_given_twice() {
    let reasons = ReasonCode::ALL.iter().map(|code| (code.number(), code.name()));
    let findings = FindingCode::ALL.iter().map(|code| (code.number(), code.name()));
    let store = STORE.iter().map(|(kind, name, _)| (kind.number(), *name));
    let all: Vec<(u16, &str)> = reasons.clone().chain(findings.clone()).chain(store).collect();
    let numbers: BTreeSet<u16> = all.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers.len(), all.len());
    for table in [reasons.collect::<Vec<_>>(), findings.collect()] {
        let names: BTreeSet<&str> = table.iter().map(|(_, name)| *name).collect();
        assert_eq!(names.len(), table.len());
    }
}
