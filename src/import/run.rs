use core::fmt;
use std::collections::BTreeMap;
use std::io::Read;
use std::string::String;
use std::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::csv_rows::{CsvError, CsvRow, CsvRows};
use super::known::Known;
use super::mapping::{Column, Draft, Mapping, MappingError};
use super::{CellFault, RowOutcome, RowReport};
use crate::actor::Actor;
use crate::pipeline::{Creation, Pipeline};
use crate::record::Record;
use crate::refusal::Refusal;
use crate::store::{CommitMode, Reader, Store};
use crate::time::Timestamp;
use crate::workspace::{Answer, Workspace, WorkspaceError};

/// How many rows go into one commit.
const CHUNK: usize = 250;

/// After how many bytes of a list a commit has enough.
const CHUNK_BYTES: usize = 1 << 20;

/// How a list is brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The pipeline.
    pub pipeline: SmolStr,
    /// What the columns are; guessed from the headers when absent.
    pub mapping: Option<Mapping>,
    /// The name of the batch, kept in each history row and put before the row's number as the id of a
    /// record whose list has no ids. Another list without ids needs another name.
    pub batch: SmolStr,
    /// How many rows of the list came before, when it comes in pieces: their numbers go on from there.
    pub rows_before: u64,
    /// Follows stages downward too, which it does not do unless told so (S60).
    pub lower: bool,
    /// Reads and judges everything, and writes nothing.
    pub dry_run: bool,
}

impl ImportOptions {
    /// Into this pipeline, columns guessed.
    pub fn new(pipeline: impl Into<SmolStr>) -> Self {
        Self {
            pipeline: pipeline.into(),
            mapping: None,
            batch: SmolStr::new_static("import"),
            rows_before: 0,
            lower: false,
            dry_run: false,
        }
    }
}

/// How many rows came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportSummary {
    /// All of them.
    pub rows: u64,
    /// New records.
    pub created: u64,
    /// Rows that are a record that is there already.
    pub matched: u64,
    /// Rows with something that cannot be read.
    pub faulty: u64,
    /// Rows refused.
    pub refused: u64,
}

/// Why an import stopped. Rows reported before stay as they were reported; of the few hundred after
/// them some may be in already, and are matched when the list is run again.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportError {
    /// The pipeline is not published.
    NoPipeline {
        /// The pipeline asked for.
        pipeline: SmolStr,
    },
    /// The columns do not fit.
    Mapping(MappingError),
    /// The file cannot be read on.
    Csv(CsvError),
    /// The store failed.
    Workspace(WorkspaceError),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPipeline { pipeline } => write!(f, "no pipeline `{pipeline}` is published"),
            Self::Mapping(error) => error.fmt(f),
            Self::Csv(error) => error.fmt(f),
            Self::Workspace(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ImportError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::NoPipeline { .. } => None,
            Self::Mapping(error) => error.source(),
            Self::Csv(error) => error.source(),
            Self::Workspace(error) => error.source(),
        }
    }
}

impl From<MappingError> for ImportError {
    fn from(error: MappingError) -> Self {
        Self::Mapping(error)
    }
}

impl From<CsvError> for ImportError {
    fn from(error: CsvError) -> Self {
        Self::Csv(error)
    }
}

impl From<WorkspaceError> for ImportError {
    fn from(error: WorkspaceError) -> Self {
        Self::Workspace(error)
    }
}

/// A row on its way in.
struct Pending {
    row: u64,
    line: u64,
    state: State,
}

enum State {
    Draft(Draft),
    New(SmolStr),
    Done(RowOutcome),
}

impl<S: Store + Reader> Workspace<S> {
    /// Brings in a list, telling `report` what became of each row, in order.
    ///
    /// Every row passes the gate: a new record as an imported creation, which needs the capability
    /// `import`. A row whose id or e-mail is there already is matched: empty fields are filled, and
    /// its stage is followed upward only, by a lawful move (S57, S60), unless told otherwise. Memory stays flat, but that a dry
    /// run keeps the ids and e-mails of the new rows; rows are committed a few hundred at a time, and one
    /// that is interrupted can be run again.
    ///
    /// # Errors
    /// [`ImportError`] when the file or the store cannot be read on.
    pub fn import(
        &self,
        file: impl Read,
        options: &ImportOptions,
        actor: &Actor,
        now: Timestamp,
        mut report: impl FnMut(RowReport),
    ) -> Result<ImportSummary, ImportError> {
        let Some(pipeline) = self.pipeline(&options.pipeline) else {
            return Err(ImportError::NoPipeline { pipeline: options.pipeline.clone() });
        };
        let mut rows = CsvRows::new(file)?;
        let mapping = match &options.mapping {
            Some(mapping) => mapping.clone(),
            None => Mapping::guess(&pipeline, rows.headers()),
        };
        mapping.fits(rows.headers())?;
        mapping.check(&pipeline)?;
        let import = Import { workspace: self, pipeline: &pipeline, mapping: &mapping, options, actor, now };
        let mut summary = ImportSummary::default();
        let mut coming = BTreeMap::new();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let (mut bytes, mut broken, mut last) = (0, None, false);
            while chunk.len() < CHUNK && bytes < CHUNK_BYTES && broken.is_none() && !last {
                match rows.next() {
                    Some(Ok(row)) => {
                        bytes += row.cells.iter().flatten().map(String::len).sum::<usize>();
                        chunk.push(import.read(row));
                    }
                    Some(Err(error)) => broken = Some(error),
                    None => last = true,
                }
            }
            import.chunk(chunk, &mut coming, |done| {
                summary.count(&done.outcome);
                report(done);
            })?;
            if !options.dry_run {
                coming.clear();
            }
            match broken {
                Some(error) => return Err(error.into()),
                None if last => return Ok(summary),
                None => {}
            }
        }
    }
}

impl ImportSummary {
    fn count(&mut self, outcome: &RowOutcome) {
        self.rows += 1;
        let which = match outcome {
            RowOutcome::Created { .. } => &mut self.created,
            RowOutcome::Matched { .. } => &mut self.matched,
            RowOutcome::Faulty(_) => &mut self.faulty,
            RowOutcome::Refused(_) => &mut self.refused,
        };
        *which += 1;
    }
}

/// One import, while it runs.
pub(super) struct Import<'a, S> {
    pub(super) workspace: &'a Workspace<S>,
    pub(super) pipeline: &'a Pipeline,
    mapping: &'a Mapping,
    pub(super) options: &'a ImportOptions,
    pub(super) actor: &'a Actor,
    pub(super) now: Timestamp,
}

impl<S: Store + Reader> Import<'_, S> {
    fn read(&self, row: CsvRow) -> Pending {
        let CsvRow { row, line, cells } = row;
        let row = row.saturating_add(self.options.rows_before);
        let draft =
            cells.map_err(|fault| vec![fault]).and_then(|cells| self.mapping.draft(self.pipeline, &cells));
        let state = match draft.and_then(|draft| self.dated(draft)) {
            Ok(draft) => State::Draft(draft),
            Err(faults) => State::Done(RowOutcome::Faulty(faults)),
        };
        Pending { row, line, state }
    }

    /// A record cannot have been created in the future.
    fn dated(&self, draft: Draft) -> Result<Draft, Vec<CellFault>> {
        match draft.created_at() {
            Some(at) if at > self.now => {
                let message = format!("{at} lies in the future");
                let is_it = |(_, column): &&(String, Column)| *column == Column::Field("created_at".into());
                let column = self.mapping.columns().iter().find(is_it).map(|(header, _)| header.clone());
                let (column, text) = (column.unwrap_or_default(), format!("{at}"));
                Err(vec![CellFault { column, text, message, near: Vec::new() }])
            }
            _ => Ok(draft),
        }
    }

    /// The id of the record that a row becomes: its own, else one of the batch and the row's number.
    fn id(&self, draft: &Draft, row: u64) -> SmolStr {
        draft.id.clone().unwrap_or_else(|| format_smolstr!("{}-{row}", self.options.batch))
    }

    /// Brings in a few hundred rows: those that are new in one commit, the others one by one.
    ///
    /// `coming` has what is brought in and the store does not know yet: e-mail or id to the record.
    fn chunk(
        &self,
        mut chunk: Vec<Pending>,
        coming: &mut BTreeMap<SmolStr, SmolStr>,
        mut report: impl FnMut(RowReport),
    ) -> Result<(), ImportError> {
        let mut new = Vec::new();
        for pending in &mut chunk {
            let State::Draft(draft) = &pending.state else { continue };
            let id = self.id(draft, pending.row);
            let keys = keys(draft, &id);
            let doubled = keys.iter().any(|key| coming.contains_key(key));
            if doubled || !matches!(self.known(draft, &id)?, Known::Nothing) {
                continue;
            }
            coming.extend(keys.into_iter().map(|key| (key, id.clone())));
            new.push(self.creation(draft, &id));
            pending.state = State::New(id);
        }
        let mut created = self.create(new)?.into_iter();
        for Pending { row, line, state } in chunk {
            let outcome = match state {
                State::Done(outcome) => outcome,
                State::New(record) => came_of(record, created.next(), coming),
                State::Draft(draft) => self.known_row(&draft, self.id(&draft, row), coming)?,
            };
            report(RowReport { row, line, outcome });
        }
        Ok(())
    }

    /// A row that is, or was taken for, a record already there.
    fn known_row(
        &self,
        draft: &Draft,
        id: SmolStr,
        coming: &mut BTreeMap<SmolStr, SmolStr>,
    ) -> Result<RowOutcome, ImportError> {
        let known = match self.known(draft, &id)? {
            Known::Nothing => {
                keys(draft, &id).iter().find_map(|key| coming.get(key)).cloned().map(Known::One)
            }
            known => Some(known),
        };
        Ok(match known {
            Some(Known::One(record)) => self.matched(draft, record)?,
            Some(Known::Not(reason)) => RowOutcome::Refused(Refusal::only(reason)),
            // The row that it doubles was refused; this one has a chance of its own.
            Some(Known::Nothing) | None => {
                coming.extend(keys(draft, &id).into_iter().map(|key| (key, id.clone())));
                let created = self.create(vec![self.creation(draft, &id)])?.pop();
                came_of(id, created, coming)
            }
        })
    }

    fn creation(&self, draft: &Draft, id: &SmolStr) -> (Record, Creation) {
        let mut record = Record::new(id.clone()).in_pipeline(self.pipeline.id());
        record.fields = draft.fields.clone();
        record.owner = draft.owner.clone();
        let creation = match &draft.stage {
            Some(stage) => Creation::in_stage(stage.clone()),
            None => Creation::new(),
        };
        let answers = draft.input.iter();
        let creation =
            answers.fold(creation, |creation, (name, value)| creation.with_input(name, value.clone()));
        (record, creation.imported(draft.created_at()).in_batch(self.options.batch.clone()))
    }

    fn create(&self, new: Vec<(Record, Creation)>) -> Result<Vec<Answer>, ImportError> {
        if !self.options.dry_run {
            return Ok(self.workspace.create_all(new, CommitMode::PerItem, self.actor, self.now)?);
        }
        let judge = |(record, creation): &(Record, Creation)| {
            let decision = self.pipeline.create(record, creation, self.actor, self.now);
            match decision.refusal() {
                Some(refusal) => Answer::Refused(refusal.clone()),
                None => Answer::RolledBack,
            }
        };
        Ok(new.iter().map(judge).collect())
    }
}

/// What a row that is taken for new came to. A refused one is not coming any more.
fn came_of(id: SmolStr, answer: Option<Answer>, coming: &mut BTreeMap<SmolStr, SmolStr>) -> RowOutcome {
    match answer {
        Some(Answer::Refused(refusal)) => {
            coming.retain(|_, record| *record != id);
            RowOutcome::Refused(refusal)
        }
        _ => RowOutcome::Created { record: id },
    }
}

/// What two rows have in common when they are one record: the id, the e-mail.
fn keys(draft: &Draft, id: &SmolStr) -> Vec<SmolStr> {
    let email = draft.fields.get("email").map(|email| format_smolstr!("email {email}"));
    core::iter::once(format_smolstr!("id {id}")).chain(email).collect()
}
