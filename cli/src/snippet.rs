//! A finding with the line it is about, as a compiler shows it.

use std::ops::Range;

use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Level, Origin, Snippet};
use anstream::adapter::strip_str;
use lifestage::{Finding, FindingCode, Severity};
use serde::Serialize;

use crate::locate::{Aim, Places};

/// A finding and where it is in the text.
#[derive(Debug, Serialize)]
pub(crate) struct Place<'f> {
    code: u16,
    name: &'static str,
    severity: Severity,
    message: &'f str,
    pointer: &'f str,
    /// From 1; absent when the finding is about the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// In characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The bytes of the text that it is about.
    #[serde(skip)]
    span: Option<Range<usize>>,
}

impl<'f> Place<'f> {
    /// Finds where in `text` each finding is.
    pub(crate) fn all(text: &str, findings: &'f [Finding]) -> Vec<Self> {
        let places = Places::of(text);
        findings.iter().map(|finding| Self::of(text, &places, finding)).collect()
    }

    fn of(text: &str, places: &Places, finding: &'f Finding) -> Self {
        let code = finding.code();
        let aim = match code {
            FindingCode::UnknownKey => Aim::Key,
            FindingCode::DuplicateKey => Aim::SecondKey,
            _ => Aim::Value,
        };
        let span = match code {
            FindingCode::Syntax | FindingCode::TooDeep => unreadable(text),
            // The whole document has no line of its own.
            _ if finding.pointer().is_empty() => None,
            _ => places.find(finding.pointer(), aim),
        };
        let lines = span.as_ref().map(|span| Lines::at(text, span.start));
        Self {
            code: code.number(),
            name: code.name(),
            severity: finding.severity(),
            message: finding.message(),
            pointer: finding.pointer(),
            line: lines.as_ref().map(|lines| lines.number),
            column: lines.as_ref().map(|lines| lines.column),
            span,
        }
    }

    /// The finding as a compiler shows it, with colours.
    pub(crate) fn rendered(&self, file: &str, text: &str) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message).id(format!("{} {}", self.code, self.name));
        let group = match (&self.span, self.line, self.column) {
            (Some(span), Some(line), Some(column)) => {
                let (part, marked) = window(text, span);
                let source = Snippet::source(part.text).line_start(line);
                let source = source.annotation(AnnotationKind::Primary.span(marked));
                if part.is_whole {
                    title.element(source.path(file))
                } else {
                    // The renderer counts columns in what it is given, which is not the whole line.
                    let origin = Origin::path(file).line(line).char_column(column);
                    title.element(origin).element(source)
                }
            }
            _ => title.element(Origin::path(file)),
        };
        let rendered = Renderer::styled().render(&[group]);
        // A source without a path of its own gets an empty line for one.
        let lines = rendered.lines().filter(|line| strip_str(line).to_string().trim() != ":::");
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// Bytes of a line that are shown on each side of the place.
const AROUND: usize = 500;

/// A line, or what of it is shown.
struct Part<'t> {
    text: &'t str,
    is_whole: bool,
}

/// The line of a place, and the place in it. Of a long line only what is around the place: the
/// renderer goes through all that it is given, and nobody reads a line of a megabyte.
fn window<'t>(text: &'t str, span: &Range<usize>) -> (Part<'t>, Range<usize>) {
    let Lines { start, line, .. } = Lines::at(text, span.start);
    let (from, to) = (span.start - start, (span.end - start).min(line.len()));
    if line.len() <= 4 * AROUND {
        return (Part { text: line, is_whole: true }, from..to);
    }
    let left = boundary(line, from.saturating_sub(AROUND));
    let right = boundary(line, to.min(from + AROUND).saturating_add(AROUND));
    let text = line.get(left..right).unwrap_or_default();
    (Part { text, is_whole: false }, from - left..to.min(right) - left)
}

/// The nearest beginning of a character at or before `at`.
fn boundary(line: &str, at: usize) -> usize {
    (0..=at.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0)
}

/// Where JSON ends to be JSON.
fn unreadable(text: &str) -> Option<Range<usize>> {
    let error = serde_json::from_str::<serde_json::Value>(text).err()?;
    let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let line = text.get(start..)?.lines().next().unwrap_or_default();
    // The column counts the bytes read, the bad one included; at an end it counts up to the end.
    let at = boundary(line, error.column().saturating_sub(1));
    let wide = line.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Some(start + at..start + at + wide)
}

/// The line that a byte of a text is on.
struct Lines<'t> {
    number: usize,
    column: usize,
    start: usize,
    line: &'t str,
}

impl<'t> Lines<'t> {
    fn at(text: &'t str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        Self { number: before.matches('\n').count() + 1, column, start, line }
    }
}
