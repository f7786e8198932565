use std::collections::BTreeMap;
use std::io::Read;
use std::string::String;
use std::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::csv_rows::{CsvError, CsvRow, CsvRows};
use super::mapping::{Draft, Mapping, MappingError};
use super::{CellFault, RowOutcome, RowReport, StageOutcome};
use crate::actor::Actor;
use crate::catalog::StageCatalog;
use crate::code::ReasonCode;
use crate::pipeline::{Creation, Edit, Pipeline};
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::request::Request;
use crate::store::{CommitMode, Reader, Store};
use crate::time::Timestamp;
use crate::workspace::{Answer, Workspace, WorkspaceError};

/// How many rows go into one commit.
const CHUNK: usize = 250;

/// How a list is brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// The pipeline.
    pub pipeline: SmolStr,
    /// What the columns are; guessed from the headers when absent.
    pub mapping: Option<Mapping>,
    /// The name of the batch, kept in each history row and put before the row's number as the id of a
    /// record whose list has no ids.
    pub batch: SmolStr,
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

/// Why an import stopped. Rows reported before stay as they were reported; no other was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The pipeline is not published.
    #[error("no pipeline `{pipeline}` is published")]
    NoPipeline {
        /// The pipeline asked for.
        pipeline: SmolStr,
    },
    /// The columns do not fit.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The file cannot be read on.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// The store failed.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
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
    /// its stage is followed upward only, by a lawful move (S57, S60). Memory stays flat; rows are
    /// committed a few hundred at a time, so that one that is interrupted can be run again.
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
        mapping.check(&pipeline)?;
        let import = Import { workspace: self, pipeline: &pipeline, mapping: &mapping, options, actor, now };
        let mut summary = ImportSummary::default();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let mut broken = None;
            for row in rows.by_ref().take(CHUNK) {
                match row {
                    Ok(row) => chunk.push(import.read(row)),
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                }
            }
            let last = chunk.len() < CHUNK;
            for done in import.chunk(chunk)? {
                summary.count(&done.outcome);
                report(done);
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
struct Import<'a, S> {
    workspace: &'a Workspace<S>,
    pipeline: &'a Pipeline,
    mapping: &'a Mapping,
    options: &'a ImportOptions,
    actor: &'a Actor,
    now: Timestamp,
}

impl<S: Store + Reader> Import<'_, S> {
    fn read(&self, row: CsvRow) -> Pending {
        let CsvRow { row, line, cells } = row;
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
                let (column, text) = (String::from("created_at"), String::new());
                Err(vec![CellFault { column, text, message, near: Vec::new() }])
            }
            _ => Ok(draft),
        }
    }

    /// Brings in a few hundred rows: those that are new in one commit, the others one by one.
    fn chunk(&self, mut chunk: Vec<Pending>) -> Result<Vec<RowReport>, ImportError> {
        let mut new = Vec::new();
        // What this chunk brings in, which the store does not know yet: e-mail or id to the record.
        let mut coming: BTreeMap<SmolStr, SmolStr> = BTreeMap::new();
        for pending in &mut chunk {
            let State::Draft(draft) = &pending.state else { continue };
            let id = match &draft.id {
                Some(id) => id.clone(),
                None => format_smolstr!("{}-{}", self.options.batch, pending.row),
            };
            let keys = keys(draft, &id);
            if keys.iter().any(|key| coming.contains_key(key)) || !self.known(draft, &id)?.is_empty() {
                continue;
            }
            coming.extend(keys.into_iter().map(|key| (key, id.clone())));
            new.push(self.creation(draft, &id));
            pending.state = State::New(id);
        }
        let mut created = self.create(new)?.into_iter();
        let mut reports = Vec::with_capacity(chunk.len());
        for Pending { row, line, state } in chunk {
            let outcome = match state {
                State::Done(outcome) => outcome,
                State::New(record) => match created.next() {
                    Some(Answer::Refused(refusal)) => RowOutcome::Refused(refusal),
                    _ => RowOutcome::Created { record },
                },
                State::Draft(draft) => {
                    let id =
                        draft.id.clone().unwrap_or_else(|| format_smolstr!("{}-{row}", self.options.batch));
                    let mut known = self.known(&draft, &id)?;
                    if known.is_empty() {
                        // Seen in this chunk, and refused or not written there.
                        known.extend(keys(&draft, &id).iter().find_map(|key| coming.get(key)).cloned());
                    }
                    self.matched(&draft, &known)?
                }
            };
            reports.push(RowReport { row, line, outcome });
        }
        Ok(reports)
    }

    fn creation(&self, draft: &Draft, id: &SmolStr) -> (Record, Creation) {
        let mut record = Record::new(id.clone()).in_pipeline(self.pipeline.id());
        record.fields = draft.fields.clone();
        record.owner = draft.owner.clone();
        let creation = match &draft.stage {
            Some(stage) => Creation::in_stage(stage.clone()),
            None => Creation::new(),
        };
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

    /// The records that a row may be: the one with its id, else those with its e-mail (S57).
    fn known(&self, draft: &Draft, id: &SmolStr) -> Result<Vec<SmolStr>, ImportError> {
        if self.workspace.record(id)?.is_some() {
            return Ok(vec![id.clone()]);
        }
        let Some(email) = draft.fields.get("email") else { return Ok(Vec::new()) };
        let (store, tenant) = (self.workspace.store(), self.workspace.tenant());
        Ok(store.find(tenant, "email", &format_smolstr!("{email}"), 10).map_err(WorkspaceError::from)?)
    }

    /// A row that is a record already.
    fn matched(&self, draft: &Draft, known: &[SmolStr]) -> Result<RowOutcome, ImportError> {
        let [id] = known else {
            let message = format!("several records have this e-mail: {}", known.join(", "));
            let reason = Reason::new(ReasonCode::DuplicateRequest, message).with("records", known.to_vec());
            return Ok(RowOutcome::Refused(Refusal::only(reason)));
        };
        let record = self.workspace.record(id)?;
        let Some(record) = record.filter(|_| !self.options.dry_run) else {
            let (record, filled, stage) = (id.clone(), Vec::new(), StageOutcome::Same);
            return Ok(RowOutcome::Matched { record, filled, stage });
        };
        let gaps = draft.fields.iter().filter(|(name, _)| record.fields().get(name).is_none());
        let gaps: Vec<_> = gaps.map(|(name, value)| (SmolStr::new(name), value.clone())).collect();
        let mut edit = Edit::new();
        for (name, value) in &gaps {
            edit = edit.set(name.clone(), value.clone());
        }
        let mut filled = Vec::new();
        if !gaps.is_empty() {
            if let Answer::Refused(refusal) = self.workspace.edit(id, &edit, self.actor, self.now)? {
                return Ok(RowOutcome::Refused(refusal));
            }
            filled.extend(gaps.into_iter().map(|(name, _)| name));
        }
        let stage = self.follow(&record, draft)?;
        Ok(RowOutcome::Matched { record: id.clone(), filled, stage })
    }

    /// Follows the stage that a row says, upward only (S60).
    fn follow(&self, record: &Record, draft: &Draft) -> Result<StageOutcome, ImportError> {
        let Some(asked) = draft.stage.clone().filter(|stage| record.stage() != Some(stage)) else {
            return Ok(StageOutcome::Same);
        };
        if !is_higher(self.pipeline.catalog(), record.stage(), &asked) {
            return Ok(StageOutcome::Kept { asked, reasons: Vec::new() });
        }
        let request = Request::to(asked.clone()).in_batch(self.options.batch.clone());
        match self.workspace.submit(record.id(), &request, self.actor, self.now)? {
            Answer::Refused(refusal) => Ok(StageOutcome::Kept { asked, reasons: refusal.reasons().to_vec() }),
            _ => Ok(StageOutcome::Raised { to: asked }),
        }
    }
}

/// What two rows have in common when they are one record: the id, the e-mail.
fn keys(draft: &Draft, id: &SmolStr) -> Vec<SmolStr> {
    let email = draft.fields.get("email").map(|email| format_smolstr!("email {email}"));
    core::iter::once(format_smolstr!("id {id}")).chain(email).collect()
}

/// Whether a stage stands above another: later in the order of the catalog.
fn is_higher(catalog: &StageCatalog, from: Option<&str>, to: &str) -> bool {
    let place = |id: &str| catalog.stages().position(|stage| stage.id() == id);
    match from {
        None => true,
        Some(from) => place(to) > place(from),
    }
}
