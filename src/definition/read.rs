//! From JSON to a document, with everything that is wrong in its shape.
//!
//! A good document is read in one go. A bad one is read again as a tree, and mended fault by fault,
//! each becoming a finding, until it can be read: so the shape of a document is known to its types
//! alone.

mod tree;

use alloc::format;
use alloc::string::{String, ToString};

use super::Definition;
use crate::code::FindingCode;
use crate::finding::{At, DefinitionError, Finding, Findings, Severity};
use crate::limits::Limits;

use tree::{Fault, FaultKind, Node};

/// Above this many faults of shape nobody reads on.
const MOST_FAULTS: usize = 100;

/// Reads a document. What is wrong beyond its shape is for the compiler to say.
///
/// # Errors
/// [`DefinitionError`] with every fault of shape, and of what could be read all the same.
pub(crate) fn read(json: &str, limits: &Limits) -> Result<Definition, DefinitionError> {
    if json.len() > limits.document_bytes {
        let message =
            format!("the document has {} bytes, where {} are allowed", json.len(), limits.document_bytes);
        return Err(refused(FindingCode::TooLarge, message));
    }
    match serde_json::from_str(json) {
        Ok(document) => Ok(document),
        Err(_) => Err(faults(json, limits)),
    }
}

fn refused(code: FindingCode, message: String) -> DefinitionError {
    let mut findings = Findings::default();
    findings.error(code, At::ROOT, message);
    DefinitionError::new(findings.into_list())
}

/// Every fault of a document that cannot be read as it is.
fn faults(json: &str, limits: &Limits) -> DefinitionError {
    let mut root: Node = match serde_json::from_str(json) {
        Ok(root) => root,
        Err(error) => return not_json(&error),
    };
    let mut findings = Findings::default();
    root.take_duplicates(&mut |pointer, key| {
        push(&mut findings, FindingCode::DuplicateKey, pointer, format!("the key `{key}` comes twice"));
    });
    for _ in 0..MOST_FAULTS {
        let fault = match tree::read::<Definition>(&root) {
            Ok(document) => {
                return match crate::compile::compile_onto(document, limits, findings) {
                    Ok(compiled) => DefinitionError::new(compiled.warnings),
                    Err(findings) => DefinitionError::new(findings.into_list()),
                };
            }
            Err(fault) => fault,
        };
        report(&fault, &mut findings);
        if !root.mend(&fault) {
            break;
        }
    }
    DefinitionError::new(findings.into_list())
}

fn not_json(error: &serde_json::Error) -> DefinitionError {
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or(&text);
    let place = format!("line {}, column {}", error.line(), error.column());
    if words.contains("recursion limit") {
        return refused(FindingCode::TooDeep, format!("nested too deeply at {place}"));
    }
    refused(FindingCode::Syntax, format!("not JSON at {place}: {words}"))
}

/// Makes a fault of shape a finding, unless it follows from one that is known.
fn report(fault: &Fault, findings: &mut Findings) {
    let pointer = fault.pointer();
    match &fault.kind {
        FaultKind::Unknown { key, expected } => {
            let near = crate::criteria::nearest(key, expected.iter().copied());
            let hint = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            push(
                findings,
                FindingCode::UnknownKey,
                pointer,
                format!("the key `{key}` means nothing here{hint}"),
            );
        }
        FaultKind::Missing { key } => {
            let child = format!("{pointer}/{key}");
            if !findings.has(FindingCode::WrongType, &child) {
                push(findings, FindingCode::MissingKey, pointer, format!("the key `{key}` is missing"));
            }
        }
        FaultKind::Other(message) => push(findings, FindingCode::WrongType, pointer, message.clone()),
    }
}

fn push(findings: &mut Findings, code: FindingCode, pointer: String, message: String) {
    findings.note_error();
    findings.push(Finding { code, severity: Severity::Error, pointer, message });
}
