//! Rows that are records already: found, filled up, and followed upward.

use std::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::mapping::Draft;
use super::run::{Import, ImportError, ImportOptions};
use super::{RowOutcome, StageOutcome};
use crate::code::ReasonCode;
use crate::record::{Presence, Record};
use crate::refusal::Reason;
use crate::store::{Reader, Store};
use crate::workspace::{Filling, several};

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
        let there = match self.workspace.record(id)? {
            // What became one with another is that other (S59).
            Some(record) if record.presence() == Presence::Merged => {
                Some(self.workspace.head_of(record.id())?)
            }
            there => there,
        };
        let own = there.as_ref().filter(|record| record.pipeline() == self.pipeline.id());
        if own.is_some_and(|record| draft.id.is_some() || is_same(record, draft)) {
            return Ok(Known::One(own.map_or_else(|| id.clone(), |record| record.id().into())));
        }
        if let Some(record) = there.as_ref().filter(|_| draft.id.is_some()) {
            let message = format!("`{id}` is a record of the pipeline `{}`", record.pipeline());
            let reason = Reason::new(ReasonCode::DuplicateRequest, message);
            return Ok(Known::Not(reason.with("records", vec![id.clone()])));
        }
        let mut same = self.with_email_of(draft)?;
        if same.len() > 1 {
            return Ok(Known::Not(several(&same)));
        }
        if let Some(same) = same.pop() {
            return Ok(Known::One(same.id().into()));
        }
        if there.is_some() {
            let message = format!("`{id}` is another record; give this import a batch name of its own");
            let reason = Reason::new(ReasonCode::DuplicateRequest, message);
            return Ok(Known::Not(reason.with("records", vec![id.clone()])));
        }
        Ok(Known::Nothing)
    }

    /// The records of the pipeline that have the e-mail of a row.
    fn with_email_of(&self, draft: &Draft) -> Result<Vec<Record>, ImportError> {
        let Some(email) = draft.fields.get("email") else { return Ok(Vec::new()) };
        Ok(self.workspace.with_email(self.pipeline.id(), &format_smolstr!("{email}"))?)
    }

    /// A row that is a record already: fills its gaps and follows its stage.
    pub(super) fn matched(&self, draft: &Draft, id: SmolStr) -> Result<RowOutcome, ImportError> {
        let Some(record) = self.workspace.record(&id)? else {
            // Only a dry run knows records that are not there.
            return Ok(RowOutcome::Matched { record: id, filled: Vec::new(), stage: StageOutcome::Same });
        };
        let ImportOptions { batch, dry_run, lower, .. } = self.options;
        let how = Filling { batch: Some(batch), input: &draft.input, lower: *lower, dry_run: *dry_run };
        let (facts, stage) = (&draft.fields, draft.stage.as_ref());
        let filled =
            self.workspace.fill_up(self.pipeline, record, facts, stage, how, self.actor, self.now)?;
        Ok(match filled {
            Ok((filled, stage)) => RowOutcome::Matched { record: id, filled, stage },
            Err(refusal) => RowOutcome::Refused(refusal),
        })
    }
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
