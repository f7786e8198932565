//! Cells as people write them, read as values.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use smol_str::SmolStr;
use unicode_normalization::UnicodeNormalization;

use crate::catalog::{StageCatalog, normalize_name};
use crate::criteria::FieldType;
use crate::definition::{FieldDef, FieldFormat, InputDef};
use crate::time::{Span, Timestamp};
use crate::value::Value;

/// What is wrong with a cell, and what was probably meant.
pub(super) struct Unreadable {
    pub(super) message: String,
    pub(super) near: Vec<String>,
}

impl From<String> for Unreadable {
    fn from(message: String) -> Self {
        Self { message, near: Vec::new() }
    }
}

/// Reads a cell as the answer to what is asked under this name.
pub(super) fn answer(name: &str, asked: &InputDef, cell: &str) -> Result<Value, Unreadable> {
    let field = FieldDef { one_of: asked.one_of.clone(), ..FieldDef::new(asked.field_type) };
    value(name, &field, cell)
}

/// Reads a cell that is not blank as a value of this field.
pub(super) fn value(name: &str, field: &FieldDef, cell: &str) -> Result<Value, Unreadable> {
    let cell = cell.trim();
    let one_of = &field.one_of;
    Ok(match field.field_type {
        FieldType::String if field.format_as(name) == FieldFormat::Text => {
            choice(one_of, cell).map(Value::Text)?
        }
        FieldType::String => {
            let text = field.normal_text(name, cell);
            Value::from(&*text.map_err(|wanted| format!("`{}` is not {wanted}", short(cell)))?)
        }
        FieldType::Int => Value::Int(whole(cell)?),
        FieldType::Double => Value::Double(number(cell)?),
        FieldType::Bool => Value::Bool(yes_or_no(cell)?),
        FieldType::Timestamp => Value::from(instant(cell)?),
        FieldType::Duration => Value::from(
            cell.parse::<Span>().map_err(|_| format!("`{cell}` is not a duration such as `90m`"))?,
        ),
        FieldType::List => {
            let parts = cell.split(';').map(str::trim).filter(|part| !part.is_empty());
            Value::List(parts.map(|part| choice(one_of, part)).collect::<Result<_, _>>()?)
        }
    })
}

/// A text in NFC; where only some are allowed, the one it is but for case and width.
fn choice(one_of: &[SmolStr], cell: &str) -> Result<SmolStr, Unreadable> {
    if one_of.is_empty() {
        return Ok(cell.nfc().collect::<String>().into());
    }
    let wanted = loose(cell);
    let found = one_of.iter().find(|allowed| loose(allowed) == wanted);
    found.cloned().ok_or_else(|| {
        let known = one_of.iter().map(SmolStr::as_str);
        Unreadable {
            message: format!("`{}` is not one of the values allowed", short(cell)),
            near: near(cell, known),
        }
    })
}

/// The id of the stage that a cell names, by id or by name, whatever its case and spacing (S22). A
/// stage is never made up (S60).
pub(super) fn stage(catalog: &StageCatalog, cell: &str) -> Result<SmolStr, Unreadable> {
    let wanted = loose(cell);
    let in_use = || catalog.stages().filter(|stage| !stage.is_archived());
    let found = in_use().find(|stage| loose(stage.id()) == wanted || loose(stage.name()) == wanted);
    found.map(|stage| SmolStr::new(stage.id())).ok_or_else(|| {
        let known = in_use().map(|stage| stage.name());
        Unreadable {
            message: format!("no stage is called `{}`", short(cell.trim())),
            near: near(cell, known),
        }
    })
}

/// A name as it is compared: normalized, with `_`, `-` and runs of blanks as one blank.
pub(super) fn loose(name: &str) -> String {
    let normal = normalize_name(name).replace(['_', '-'], " ");
    normal.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The known names that a cell may have meant, nearest first.
pub(super) fn near<'k>(cell: &str, known: impl Iterator<Item = &'k str>) -> Vec<String> {
    nearest(cell, known).map(ToString::to_string).into_iter().collect()
}

/// The known name that a cell may have meant.
pub(super) fn nearest<'k>(cell: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let known: Vec<(String, &str)> = known.map(|name| (loose(name), name)).collect();
    let nearest = crate::criteria::nearest(&loose(cell), known.iter().map(|(loose, _)| loose.as_str()));
    let found = known.iter().find(|(loose, _)| Some(loose.as_str()) == nearest);
    found.map(|(_, name)| *name)
}

/// Digits with at most one sign, currency, thousands separators and a decimal point.
fn digits(cell: &str) -> Option<String> {
    let currency = |c: char| matches!(c, '€' | '$' | '£' | '¥' | '₹') || c.is_whitespace();
    let bare = cell.trim_matches(currency);
    let bare = ["EUR", "USD", "GBP", "CHF"].iter().fold(bare, |bare, word| {
        bare.strip_prefix(word).or_else(|| bare.strip_suffix(word)).unwrap_or(bare).trim_matches(currency)
    });
    let (sign, bare) = match bare.strip_prefix('-') {
        Some(rest) => ("-", rest.trim_start_matches(currency)),
        None => ("", bare),
    };
    let (whole, decimals) = match bare.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (bare, None),
    };
    let separators = |c: char| matches!(c, ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}');
    let mut groups = whole.split(separators);
    let first = groups.next()?;
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut all = format!("{sign}{first}");
    let mut grouped = false;
    for group in groups {
        if !number(group) || group.len() != 3 {
            return None;
        }
        grouped = true;
        all.push_str(group);
    }
    if !number(first) || (grouped && first.len() > 3) {
        return None;
    }
    if let Some(decimals) = decimals {
        if !number(decimals) {
            return None;
        }
        all.push('.');
        all.push_str(decimals);
    }
    Some(all)
}

fn whole(cell: &str) -> Result<i64, String> {
    let plain = digits(cell).ok_or_else(|| format!("`{}` is not a number", short(cell)))?;
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let bare = whole.trim_start_matches('-');
    if decimals == "000" && bare != "0" && bare.len() <= 3 {
        let (thousands, one) = (format!("{whole}{decimals}"), whole);
        return Err(format!("`{}` may be {thousands} or {one}: write it without the point", short(cell)));
    }
    if decimals.bytes().any(|digit| digit != b'0') {
        return Err(format!("`{}` is not a whole number", short(cell)));
    }
    whole.parse().map_err(|_| format!("`{}` is too large a number", short(cell)))
}

fn number(cell: &str) -> Result<f64, String> {
    let plain = digits(cell).ok_or_else(|| format!("`{}` is not a number", short(cell)))?;
    plain.parse().map_err(|_| format!("`{}` is not a number", short(cell)))
}

fn yes_or_no(cell: &str) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "t" | "1" | "on" => Ok(true),
        "no" | "n" | "false" | "f" | "0" | "off" => Ok(false),
        _ => Err(format!("`{}` is neither yes nor no", short(cell))),
    }
}

/// RFC 3339; a date alone is its first instant in UTC, a date and time without offset is in UTC.
/// Forms that people read in more than one way, such as 03/04/2026, are refused.
pub(super) fn instant(cell: &str) -> Result<Timestamp, String> {
    let cell = cell.trim();
    if !cell.starts_with('@')
        && let Ok(instant) = cell.parse()
    {
        return Ok(instant);
    }
    let civil = cell.parse::<jiff::civil::DateTime>();
    let instant = civil.ok().and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let instant = instant.map(|zoned| Timestamp::from_micros(zoned.timestamp().as_microsecond()));
    instant
        .ok_or_else(|| format!("`{}` is not a date: write 2026-03-01 or 2026-03-01T09:30:00Z", short(cell)))
}

/// A cell as an error shows it.
pub(super) fn short(cell: &str) -> String {
    let mut short: String = cell.chars().take(80).collect();
    if short.len() < cell.len() {
        short.push('…');
    }
    short
}
