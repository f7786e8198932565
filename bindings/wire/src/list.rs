//! Lists to be imported, what their columns are, and what became of their rows, in their JSON forms.

use std::fmt;

use lifestage::Pipeline;
use lifestage::import::{
    CellFault, Column, CsvError, CsvRows, ImportError, ImportSummary, Mapping, MappingError, RowOutcome,
    RowReport,
};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value as Json, json};

use crate::answer::{put, refused, to_json};
use crate::fault::{Fault, FaultCode};

/// A list: the text of a CSV file, or what somebody read from one.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected the text of a CSV file, or `headers` and `rows`")]
pub(crate) enum List {
    Text(String),
    Cells(Cells),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cells {
    headers: Vec<String>,
    #[serde(default)]
    rows: Vec<Vec<String>>,
}

impl List {
    /// The list as a file, and whether its lines are those of one.
    pub(crate) fn into_file(self) -> Result<(String, bool), Fault> {
        Ok(match self {
            Self::Text(text) => (text, true),
            Self::Cells(Cells { headers, .. }) if headers.is_empty() => {
                return Err(Fault::new(FaultCode::InvalidInput, "`list`: `headers` names no column"));
            }
            Self::Cells(Cells { headers, rows }) => {
                let mut file = String::new();
                for row in std::iter::once(&headers).chain(&rows) {
                    write_row(row, &mut file);
                }
                (file, false)
            }
        })
    }
}

/// A row as a CSV file has it. Every cell is in quotes, so that none is taken for a separator, and one without cells has an
/// empty one, so that it is not taken for no row.
fn write_row(cells: &[String], file: &mut String) {
    let none = [String::new()];
    let cells = if cells.is_empty() { &none[..] } else { cells };
    for (at, cell) in cells.iter().enumerate() {
        file.push_str(if at == 0 { "\"" } else { ",\"" });
        file.push_str(&cell.replace('"', "\"\""));
        file.push('"');
    }
    file.push('\n');
}

/// What columns are, by their headers, in order; the others are told by their headers, unless nothing is to be guessed.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MappingForm {
    columns: Columns,
    require: Vec<String>,
    no_guess: bool,
}

#[derive(Default)]
struct Columns(Vec<(String, Column)>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Columns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a text for each header")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Columns, A::Error> {
                let mut columns: Vec<(String, Column)> = Vec::new();
                while let Some((header, what)) = map.next_entry::<String, String>()? {
                    if columns.iter().any(|(known, _)| *known == header) {
                        return Err(A::Error::custom(format!("`{header}` comes twice")));
                    }
                    columns.push((header, Column::from(what.as_str())));
                }
                Ok(Columns(columns))
            }
        }

        deserializer.deserialize_map(Reading)
    }
}

impl MappingForm {
    /// The mapping of a file, which is looked through for what would break an import off half way.
    pub(crate) fn mapping(self, pipeline: &Pipeline, file: &str) -> Result<Mapping, Fault> {
        let mut rows = CsvRows::new(file.as_bytes()).map_err(unreadable)?;
        let headers = rows.headers().to_vec();
        rows.try_for_each(|row| row.map(drop)).map_err(unreadable)?;
        let told = if self.no_guess { Mapping::new(&headers) } else { Mapping::guess(pipeline, &headers) };
        let columns = self.columns.0.into_iter();
        let mapping = columns.fold(told, |mapping, (header, column)| mapping.column(&header, column));
        Ok(self.require.into_iter().fold(mapping, Mapping::require))
    }
}

/// What columns are, each with its header, in order.
pub(crate) fn columns(mapping: &Mapping) -> Json {
    let columns = mapping.columns().iter();
    columns.map(|(header, column)| json!({ "header": header, "column": column.to_string() })).collect()
}

fn unreadable(error: CsvError) -> Fault {
    Fault::new(FaultCode::InvalidInput, format!("`list`: {error}"))
}

fn unfit(error: &MappingError) -> Fault {
    Fault::new(FaultCode::InvalidInput, format!("`mapping`: {error}"))
        .with_detail(json!({ "faults": error.faults() }))
}

/// Why an import stopped.
pub(crate) fn stopped(error: ImportError) -> Fault {
    match error {
        ImportError::NoPipeline { .. } => Fault::new(FaultCode::NoVersion, error.to_string()),
        ImportError::Mapping(error) => unfit(&error),
        ImportError::Csv(error) => unreadable(error),
        ImportError::Workspace(error) => error.into(),
        other => Fault::new(FaultCode::InvalidArgument, other.to_string()),
    }
}

/// How many rows came to what.
pub(crate) fn summary(summary: &ImportSummary) -> Json {
    let ImportSummary { rows, created, matched, faulty, refused } = summary;
    json!({ "rows": rows, "created": created, "matched": matched, "faulty": faulty, "refused": refused })
}

/// What became of one row.
pub(crate) fn row(report: &RowReport, is_file: bool) -> Result<Json, Fault> {
    let mut json = match &report.outcome {
        RowOutcome::Created { record } => json!({ "outcome": "created", "record": record }),
        RowOutcome::Matched { record, filled, stage } => json!({
            "outcome": "matched", "record": record, "filled": filled, "stage": to_json(stage)?,
        }),
        RowOutcome::Faulty(faults) => {
            json!({ "outcome": "faulty", "cells": faults.iter().map(cell).collect::<Vec<_>>() })
        }
        RowOutcome::Refused(refusal) => refused(refusal),
    };
    put(&mut json, "row", Some(report.row.into()));
    put(&mut json, "line", is_file.then(|| report.line.into()));
    Ok(json)
}

fn cell(fault: &CellFault) -> Json {
    json!({
        "column": fault.column, "text": fault.text, "message": fault.message, "near": fault.near,
    })
}
