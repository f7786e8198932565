use core::fmt;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use smol_str::SmolStr;

use super::CellFault;
use super::values::{self, Unreadable, loose};
use crate::definition::InputDef;
use crate::pipeline::Pipeline;
use crate::time::Timestamp;
use crate::value::Fields;

/// What a column of a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The record's id.
    Id,
    /// The stage, by id or name.
    Stage,
    /// Who owns the record.
    Owner,
    /// A field of the pipeline.
    Field(SmolStr),
    /// The answer to something that stages or categories ask (S11). It counts in rows whose stage asks for it.
    Input(SmolStr),
    /// Nothing that is wanted.
    Ignore,
}

impl From<&str> for Column {
    /// Reads the words of people and of JSON: `id`, `stage`, `owner`, `ignore`, `input:reason` for an answer, and any
    /// other word for a field; `field:owner` is a field of that name.
    ///
    /// ```
    /// use lifestage::import::Column;
    ///
    /// assert_eq!(Column::from("owner"), Column::Owner);
    /// assert_eq!(Column::from("field:owner").to_string(), "field:owner");
    /// assert_eq!(Column::from("input:reason"), Column::Input("reason".into()));
    /// assert_eq!(Column::from("budget").to_string(), "budget");
    /// assert_eq!(Column::Field("input:x".into()).to_string(), "field:input:x");
    /// ```
    fn from(word: &str) -> Self {
        match word.split_once(':') {
            Some(("field", field)) => Self::Field(field.into()),
            Some(("input", input)) => Self::Input(input.into()),
            _ => match word {
                "id" => Self::Id,
                "stage" => Self::Stage,
                "owner" => Self::Owner,
                "ignore" => Self::Ignore,
                field => Self::Field(field.into()),
            },
        }
    }
}

impl fmt::Display for Column {
    /// The word that [`From`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => f.write_str("id"),
            Self::Stage => f.write_str("stage"),
            Self::Owner => f.write_str("owner"),
            Self::Ignore => f.write_str("ignore"),
            Self::Input(input) => write!(f, "input:{input}"),
            Self::Field(field) if Self::from(field.as_str()) == *self => f.write_str(field),
            Self::Field(field) => write!(f, "field:{field}"),
        }
    }
}

/// What the columns of a list are, for one pipeline.
///
/// ```
/// use lifestage::import::{Column, Mapping};
/// use lifestage::{Pipeline, presets};
///
/// let lead = Pipeline::from_json(presets::LEAD)?;
/// let headers = ["Lead ID", "E-mail", "Status", "Shoe size"];
/// let mapping = Mapping::guess(&lead, &headers).column("Shoe size", Column::Field("notes".into()));
/// assert_eq!(mapping.columns()[1], ("E-mail".to_string(), Column::Field("email".into())));
/// assert_eq!(mapping.columns()[2].1, Column::Stage);
/// mapping.check(&lead)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    columns: Vec<(String, Column)>,
    required: Vec<SmolStr>,
}

/// Headers that mean one thing in most products.
const USUAL: [(&str, &[&str]); 11] = [
    ("id", &["lead id", "contact id", "record id", "deal id", "id", "external id"]),
    ("stage", &["status", "stage", "lead status", "deal stage", "pipeline stage", "contact stage"]),
    ("owner", &["owner", "assigned to", "sales rep", "contact owner", "lead owner", "owner id"]),
    ("email", &["email", "e mail", "email address", "e mail address", "mail"]),
    ("name", &["name", "full name", "contact name", "lead name"]),
    ("phone", &["phone", "phone number", "telephone", "mobile"]),
    ("company", &["company", "company name", "account", "account name", "organization"]),
    ("source", &["source", "lead source", "original source"]),
    ("created_at", &["created", "created at", "created date", "create date", "date created"]),
    ("budget", &["budget", "amount"]),
    ("notes", &["notes", "note", "comments"]),
];

impl Mapping {
    /// A mapping that ignores every column; say of each what it is with [`column`](Self::column).
    pub fn new(headers: &[impl AsRef<str>]) -> Self {
        let columns = headers.iter().map(|header| (header.as_ref().to_string(), Column::Ignore));
        Self { columns: columns.collect(), required: Vec::new() }
    }

    /// A mapping by what the headers say: the ids and labels of the pipeline's fields, and the usual
    /// names. A column that means nothing to it is ignored, and so is the second of two that mean the
    /// same.
    pub fn guess(pipeline: &Pipeline, headers: &[impl AsRef<str>]) -> Self {
        let mut mapping = Self::new(headers);
        let mut taken: Vec<Column> = Vec::new();
        for (header, column) in &mut mapping.columns {
            if let Some(guess) = guess(pipeline, header).filter(|guess| !taken.contains(guess)) {
                taken.push(guess.clone());
                *column = guess;
            }
        }
        mapping
    }

    /// Says what a column is. A header that comes twice is meant at its first place.
    #[must_use]
    pub fn column(mut self, header: &str, column: Column) -> Self {
        match self.columns.iter_mut().find(|(own, _)| own == header) {
            Some((_, own)) => *own = column,
            None => self.columns.push((header.to_string(), column)),
        }
        self
    }

    /// Demands that a field is not blank in any row.
    #[must_use]
    pub fn require(mut self, field: impl Into<SmolStr>) -> Self {
        self.required.push(field.into());
        self
    }

    /// Headers and what they are, in the order of the list.
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// Whether every column is something that the pipeline has, once.
    ///
    /// # Errors
    /// [`MappingError`] with everything that is wrong.
    pub fn check(&self, pipeline: &Pipeline) -> Result<(), MappingError> {
        let mut faults = Vec::new();
        let fields = &pipeline.definition().fields;
        for (i, (header, column)) in self.columns.iter().enumerate() {
            if let Column::Field(field) = column
                && fields.get(field).is_none()
            {
                faults.push(format!(
                    "the column `{header}` goes to `{field}`, which is no field of the pipeline"
                ));
            }
            if let Column::Input(name) = column
                && !asked(pipeline).any(|(asked, _)| asked == name)
            {
                faults.push(format!("the column `{header}` answers `{name}`, which no stage asks for"));
            }
            let earlier = self.columns.iter().take(i).find(|(_, other)| other == column);
            if let (Some((other, _)), false) = (earlier, *column == Column::Ignore) {
                faults.push(format!("the columns `{other}` and `{header}` are the same thing"));
            }
        }
        for field in &self.required {
            if !self.columns.iter().any(|(_, column)| *column == Column::Field(field.clone())) {
                faults.push(format!("no column is `{field}`, which every row needs"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(MappingError { faults }) }
    }

    /// Whether this is a mapping of a list with these headers.
    pub(super) fn fits(&self, headers: &[String]) -> Result<(), MappingError> {
        if self.columns.iter().map(|(header, _)| header).eq(headers) {
            return Ok(());
        }
        let unknown =
            self.columns.iter().map(|(header, _)| header).filter(|header| !headers.contains(header));
        let mut faults: Vec<String> = unknown
            .map(|header| {
                let near = values::near(header, headers.iter().map(String::as_str));
                let near = near.first().map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
                format!("the list has no column `{header}`{near}")
            })
            .collect();
        if faults.is_empty() {
            faults.push("the columns are not those of the list in their order".into());
        }
        Err(MappingError { faults })
    }

    /// Reads one row into a draft of a record.
    ///
    /// # Errors
    /// Every cell that cannot be read.
    pub fn draft<S: AsRef<str>>(&self, pipeline: &Pipeline, cells: &[S]) -> Result<Draft, Vec<CellFault>> {
        let mut draft = Draft::default();
        let mut faults = Vec::new();
        if cells.len() != self.columns.len() {
            let (found, wanted) = (cells.len(), self.columns.len());
            let message = format!("the row has {found} cells, where the header has {wanted}");
            faults.push(CellFault { column: String::new(), text: String::new(), message, near: Vec::new() });
            return Err(faults);
        }
        let row = || self.columns.iter().zip(cells.iter().map(AsRef::as_ref));
        let mut fault = |header: &String, cell, Unreadable { message, near }| {
            faults.push(CellFault { column: header.clone(), text: values::short(cell), message, near });
        };
        for ((header, column), cell) in row() {
            if let Err(unreadable) = self.read(&mut draft, pipeline, column, cell) {
                fault(header, cell, unreadable);
            }
        }
        // What is asked, the stage of the row says.
        let stage = draft.stage.clone().unwrap_or_else(|| pipeline.catalog().default_stage().id().into());
        for ((header, column), cell) in row().filter(|(_, cell)| !cell.trim().is_empty()) {
            let Column::Input(name) = column else { continue };
            let Some((_, def)) = asked_in(pipeline, &stage).find(|(own, _)| *own == name) else { continue };
            match values::answer(name, def, cell) {
                Ok(answer) => drop(draft.input.insert(name.clone(), answer)),
                Err(unreadable) => fault(header, cell, unreadable),
            }
        }
        if faults.is_empty() { Ok(draft) } else { Err(faults) }
    }

    fn read(
        &self,
        draft: &mut Draft,
        pipeline: &Pipeline,
        column: &Column,
        cell: &str,
    ) -> Result<(), Unreadable> {
        if *column == Column::Ignore {
            return Ok(());
        }
        if cell.contains('\0') {
            return Err(Unreadable::from(String::from("it has a NUL byte")));
        }
        if cell.trim().is_empty() {
            let needed = match column {
                Column::Id => true,
                Column::Field(field) => self.required.contains(field),
                _ => false,
            };
            let blank = || Unreadable::from(String::from("it is blank"));
            return if needed { Err(blank()) } else { Ok(()) };
        }
        match column {
            Column::Ignore | Column::Input(_) => {}
            Column::Id => draft.id = Some(SmolStr::new(cell.trim())),
            Column::Owner => draft.owner = Some(SmolStr::new(cell.trim())),
            Column::Stage => draft.stage = Some(values::stage(pipeline.catalog(), cell)?),
            Column::Field(name) => {
                let Some(field) = pipeline.definition().fields.get(name) else { return Ok(()) };
                draft.fields.insert(name.clone(), values::value(name, field, cell)?);
            }
        }
        Ok(())
    }
}

/// What a stage and its category ask of a record that comes, with its name.
fn asked_in<'p>(pipeline: &'p Pipeline, stage: &str) -> impl Iterator<Item = (&'p SmolStr, &'p InputDef)> {
    let definition = pipeline.definition();
    let stage = definition.stages.iter().find(|own| own.id == stage);
    let category =
        stage.and_then(|stage| definition.categories.iter().find(|category| category.id == stage.category));
    let own = stage.into_iter().flat_map(|stage| stage.input.iter());
    own.chain(category.into_iter().flat_map(|category| category.input.iter()))
}

/// The same of all stages and categories.
fn asked(pipeline: &Pipeline) -> impl Iterator<Item = (&SmolStr, &InputDef)> {
    let definition = pipeline.definition();
    let of_stages = definition.stages.iter().flat_map(|stage| stage.input.iter());
    of_stages.chain(definition.categories.iter().flat_map(|category| category.input.iter()))
}

fn guess(pipeline: &Pipeline, header: &str) -> Option<Column> {
    let wanted = loose(header);
    let by_field = pipeline.definition().fields.iter().find(|(name, field)| {
        loose(name) == wanted || (!field.label.is_empty() && loose(&field.label) == wanted)
    });
    if let Some((name, _)) = by_field {
        return Some(Column::Field(name.clone()));
    }
    let by_question =
        asked(pipeline).find(|(name, def)| loose(name) == wanted || loose(&def.label) == wanted);
    if let Some((name, _)) = by_question {
        return Some(Column::Input(name.clone()));
    }
    let (meaning, _) = USUAL.iter().find(|(_, headers)| headers.contains(&wanted.as_str()))?;
    match *meaning {
        "id" => Some(Column::Id),
        "stage" => Some(Column::Stage),
        "owner" => Some(Column::Owner),
        field => pipeline.definition().fields.get(field).map(|_| Column::Field(SmolStr::new(field))),
    }
}

/// One row, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// The record's id, if the list has one.
    pub id: Option<SmolStr>,
    /// The id of the stage, if the list says one.
    pub stage: Option<SmolStr>,
    /// The owner, if the list says one.
    pub owner: Option<SmolStr>,
    /// The facts.
    pub fields: Fields,
    /// The answers to what its stage asks.
    pub input: Fields,
}

impl Draft {
    /// When the record was created, if the list says so in the field `created_at`.
    pub fn created_at(&self) -> Option<Timestamp> {
        self.fields.get("created_at").and_then(|value| value.to_string().parse().ok())
    }
}

/// A mapping that does not fit its pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    faults: Vec<String>,
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("; "))
    }
}

impl core::error::Error for MappingError {}

impl MappingError {
    /// Everything that is wrong, one line each.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}
