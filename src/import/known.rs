//! Rows that are records already: found, filled up, and followed upward.

use std::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::mapping::Draft;
use super::run::{Import, ImportError};
use super::{RowOutcome, StageOutcome};
use crate::catalog::{Outcome, StageCatalog};
use crate::code::ReasonCode;
use crate::pipeline::{Decision, Edit};
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::request::Request;
use crate::store::{Reader, Store};
use crate::workspace::{Answer, WorkspaceError};

/// How often a record that somebody else is changing is read again to be filled up.
const REREADS: u32 = 4;

/// What the store knows of a row.
pub(super) enum Known {
    Nothing,
    One(SmolStr),
    /// It cannot be told, or must not be.
    Not(Reason),
}

impl<S: Store + Reader> Import<'_, S> {
    /// The record that a row is: the one with its id, else the one with its e-mail (S57).
    pub(super) fn known(&self, draft: &Draft, id: &SmolStr) -> Result<Known, ImportError> {
        let there = self.workspace.record(id)?;
        let own = there.as_ref().filter(|record| record.pipeline() == self.pipeline.id());
        if own.is_some_and(|record| draft.id.is_some() || is_same(record, draft)) {
            return Ok(Known::One(id.clone()));
        }
        if let Some(record) = there.as_ref().filter(|_| draft.id.is_some()) {
            let message = format!("`{id}` is a record of the pipeline `{}`", record.pipeline());
            let reason = Reason::new(ReasonCode::DuplicateRequest, message);
            return Ok(Known::Not(reason.with("records", vec![id.clone()])));
        }
        let mut same = self.with_email_of(draft)?;
        if same.len() > 1 {
            let message = format!("several records have this e-mail: {}", same.join(", "));
            let reason = Reason::new(ReasonCode::DuplicateRequest, message);
            return Ok(Known::Not(reason.with("records", same)));
        }
        if let Some(same) = same.pop() {
            return Ok(Known::One(same));
        }
        if there.is_some() {
            let message = format!("`{id}` is another record; give this import a batch name of its own");
            let reason = Reason::new(ReasonCode::DuplicateRequest, message);
            return Ok(Known::Not(reason.with("records", vec![id.clone()])));
        }
        Ok(Known::Nothing)
    }

    /// The records of the pipeline that have the e-mail of a row.
    fn with_email_of(&self, draft: &Draft) -> Result<Vec<SmolStr>, ImportError> {
        let Some(email) = draft.fields.get("email") else { return Ok(Vec::new()) };
        let (store, tenant) = (self.workspace.store(), self.workspace.tenant());
        let found =
            store.find(tenant, "email", &format_smolstr!("{email}"), 10).map_err(WorkspaceError::from)?;
        let ids: Vec<&str> = found.iter().map(SmolStr::as_str).collect();
        let records = store.load(tenant, &ids).map_err(WorkspaceError::from)?;
        let own = records.into_iter().flatten().filter(|record| record.pipeline() == self.pipeline.id());
        Ok(own.map(|record| SmolStr::new(record.id())).collect())
    }

    /// A row that is a record already: fills its gaps and follows its stage.
    pub(super) fn matched(&self, draft: &Draft, id: SmolStr) -> Result<RowOutcome, ImportError> {
        let mut left = REREADS;
        loop {
            let Some(record) = self.workspace.record(&id)? else {
                // Only a dry run knows records that are not there.
                return Ok(RowOutcome::Matched { record: id, filled: Vec::new(), stage: StageOutcome::Same });
            };
            let gaps = draft.fields.iter().filter(|(name, _)| record.fields().get(name).is_none());
            let gaps: Vec<_> = gaps.map(|(name, value)| (SmolStr::new(name), value.clone())).collect();
            // What somebody else fills in meanwhile is no gap any more.
            let mut edit =
                Edit::new().expecting_version(record.version()).in_batch(self.options.batch.clone());
            for (name, value) in &gaps {
                edit = edit.set(name.clone(), value.clone());
            }
            let after = if gaps.is_empty() { Ok(record) } else { self.filled(record, &edit)? };
            match after {
                Ok(record) => {
                    let filled = gaps.into_iter().map(|(name, _)| name).collect();
                    let stage = self.follow(&record, draft)?;
                    return Ok(RowOutcome::Matched { record: id, filled, stage });
                }
                Err(refusal) if refusal.has(ReasonCode::StaleRecord) && left > 0 => left -= 1,
                Err(refusal) => return Ok(RowOutcome::Refused(refusal)),
            }
        }
    }

    /// The record with its gaps filled.
    fn filled(&self, record: Record, edit: &Edit) -> Result<Result<Record, Refusal>, ImportError> {
        if self.options.dry_run {
            return Ok(match self.pipeline.edit(&record, edit, self.actor, self.now) {
                Decision::Refused(refusal) => Err(refusal),
                decision => Ok(decision.change().map_or_else(|| record.clone(), |change| change.after())),
            });
        }
        Ok(match self.workspace.edit(record.id(), edit, self.actor, self.now)? {
            Answer::Refused(refusal) => Err(refusal),
            answer => Ok(answer.receipt().map_or(record, |receipt| receipt.record().clone())),
        })
    }

    /// Follows the stage that a row says, upward only (S60).
    fn follow(&self, record: &Record, draft: &Draft) -> Result<StageOutcome, ImportError> {
        let Some(asked) = draft.stage.clone().filter(|stage| record.stage() != Some(stage)) else {
            return Ok(StageOutcome::Same);
        };
        if !is_higher(self.pipeline.catalog(), record.stage(), &asked) {
            return Ok(StageOutcome::Kept { asked, reasons: Vec::new() });
        }
        // Upward as seen from here: somebody may take the record further meanwhile.
        let batch = self.options.batch.clone();
        let request = Request::to(asked.clone()).expecting_visit(record.visit()).in_batch(batch);
        let answer = if self.options.dry_run {
            match self.pipeline.decide(record, &request, self.actor, self.now) {
                Decision::Moved(_) => return Ok(StageOutcome::Raised { to: asked }),
                Decision::Proposed(_) => return Ok(waits(asked)),
                Decision::Unchanged(unchanged) => Answer::Unchanged(unchanged),
                Decision::Refused(refusal) => Answer::Refused(refusal),
            }
        } else {
            self.workspace.submit(record.id(), &request, self.actor, self.now)?
        };
        Ok(match answer {
            Answer::Done(_) => StageOutcome::Raised { to: asked },
            Answer::Proposed(_) => waits(asked),
            Answer::Unchanged(_) | Answer::RolledBack => StageOutcome::Same,
            Answer::Refused(refusal) => StageOutcome::Kept { asked, reasons: refusal.reasons().to_vec() },
        })
    }
}

/// A stage that somebody else has to approve first (S61b).
fn waits(asked: SmolStr) -> StageOutcome {
    let message = "it is proposed, and somebody else has to approve it";
    StageOutcome::Kept { asked, reasons: vec![Reason::new(ReasonCode::ApprovalNeeded, message)] }
}

/// Whether a record whose id only says its batch and row is what that row became before, and not
/// another list's row of the same number: it has the row's e-mail, or else all that the row says.
fn is_same(record: &Record, draft: &Draft) -> bool {
    let agrees = |(name, value)| record.fields().get(name) == Some(value);
    match draft.fields.get("email") {
        Some(email) => agrees(("email", email)),
        None => draft.fields.iter().all(agrees),
    }
}

/// Whether a stage stands above another: later in the order of the catalog, and no way to lose.
fn is_higher(catalog: &StageCatalog, from: Option<&str>, to: &str) -> bool {
    let place = |id: &str| catalog.stages().position(|stage| stage.id() == id);
    let lost = |id: &str| {
        let outcome = catalog.stage(id).map(|stage| stage.outcome());
        matches!(outcome, Some(Outcome::Lost | Outcome::Disqualified))
    };
    match from {
        None => true,
        Some(from) => place(to) > place(from) && !lost(to),
    }
}
