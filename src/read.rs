//! From JSON to a document, with everything that is wrong in its shape.
//!
//! A good document is read in one go, by a reader that knows no more than that it is good. A bad one is read again as a tree, and mended fault by fault,
//! each becoming a finding, until it can be read: so the shape of a document is known to its types
//! alone.

mod fault;
mod json;
mod mend;
mod objects;
mod tree;

use alloc::format;
use alloc::string::{String, ToString};

use serde::Deserialize;

use crate::code::FindingCode;
use crate::compile::Absent;
use crate::definition::Definition;
use crate::finding::{At, DefinitionError, Finding, Findings};
use crate::limits::Limits;

pub(crate) use json::plain;

use fault::{Fault, FaultKind, pointer};
use objects::Objects;
use tree::Node;

/// Above this many faults of shape nobody reads on.
const MOST_FAULTS: usize = 100;
/// Bytes of JSON that may be gone through in search of faults: a large document is not read a
/// hundred times over.
const MOST_BYTES: usize = 128 << 20;

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
    // Some editors put a mark of the byte order before the text.
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    if let Some(document) = json::read(json) {
        return Ok(document);
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    let document = Definition::deserialize(Objects(&mut reader));
    match document.and_then(|document| reader.end().map(|()| document)) {
        Ok(document) => Ok(document),
        Err(_) => Err(faults(json, limits)),
    }
}

/// Moves findings about a document to where their places were written in it: the compiler does not
/// know of short forms.
pub(crate) fn locate(json: &str, findings: &mut [Finding]) {
    if findings
        .iter()
        .all(|finding| !finding.pointer.contains("/from/") && !finding.pointer.contains("/exit/"))
    {
        return;
    }
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    if let Ok(root) = serde_json::from_str::<Node>(json) {
        for finding in findings {
            finding.pointer = root.written(&finding.pointer);
        }
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
        findings.error_at(FindingCode::DuplicateKey, pointer, format!("the key `{key}` comes twice"));
    });
    let mut absent = Absent::default();
    for _ in 0..(MOST_BYTES / json.len().max(1)).clamp(10, MOST_FAULTS) {
        let fault = match tree::read::<Definition>(&root) {
            Ok(document) => return checked(document, limits, findings, &absent, &root),
            Err(fault) => fault,
        };
        report(&fault, &absent, &mut findings);
        if !mend::mend(&mut root, &fault, &mut absent) {
            return DefinitionError::new(findings.into_list());
        }
    }
    findings.warning(FindingCode::MoreFindings, At::ROOT, "there may be more: mend these first");
    DefinitionError::new(findings.into_list())
}

/// The findings of a document that could be mended, with those about its meaning.
fn checked(
    document: Definition,
    limits: &Limits,
    shape: Findings,
    absent: &Absent,
    root: &Node,
) -> DefinitionError {
    let meant = match crate::compile::compile_mended(document, limits, absent) {
        Ok(compiled) => compiled.warnings,
        Err(findings) => findings.into_list(),
    };
    let placed =
        meant.into_iter().map(|finding| Finding { pointer: root.written(&finding.pointer), ..finding });
    let mut list = shape.into_list();
    list.extend(placed.filter(|finding| !absent.covers(&finding.pointer)));
    DefinitionError::new(list)
}

fn not_json(error: &serde_json::Error) -> DefinitionError {
    let text = error.to_string();
    let words = text.split(" at line ").next().unwrap_or(&text);
    let place = format!("line {}, column {}", error.line(), error.column());
    if words.contains("recursion limit") {
        return refused(FindingCode::TooDeep, format!("nested too deeply at {place}"));
    }
    let words = match words.strip_prefix("EOF while parsing ") {
        Some(what) => format!("the text ends inside of {what}"),
        None if words == "expected ident" => String::from("expected `true`, `false` or `null`"),
        None => String::from(words),
    };
    refused(FindingCode::Syntax, format!("not JSON at {place}: {words}"))
}

/// Makes a fault of shape a finding, unless it follows from one that is known.
fn report(fault: &Fault, absent: &Absent, findings: &mut Findings) {
    let mut place = pointer(&fault.path());
    let child = |key: &str| format!("{place}/{}", crate::finding::escaped(key));
    let (code, known) = match &fault.kind {
        FaultKind::Unknown { key, .. } => {
            place = child(key);
            (FindingCode::UnknownKey, false)
        }
        FaultKind::Missing { key } => (FindingCode::MissingKey, absent.has(&child(key))),
        FaultKind::Word { .. } | FaultKind::Other(_) => (FindingCode::WrongType, absent.has(&place)),
    };
    if !known {
        findings.error_at(code, place, fault.to_string());
    }
}
