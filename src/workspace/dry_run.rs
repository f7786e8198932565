use super::{Answer, Judged, Receipt, Workspace, WorkspaceError, unpublished};
use crate::actor::Actor;
use crate::request::Request;
use crate::store::{Reader, Store};
use crate::time::Timestamp;

impl<S: Store + Reader> Workspace<S> {
    /// What [`submit`](Self::submit) would answer now: the receipt is of what would be written, hashed
    /// with a salt that is not used again. Nothing is written.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn dry_run(
        &self,
        id: &str,
        request: &Request,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        if let Some(answer) = self.repeated(id, request, actor)? {
            return Ok(answer);
        }
        let record = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
        let Some(pipeline) = self.pipelines.get(record.pipeline()) else {
            return Ok(Answer::refused(unpublished(&record)));
        };
        Ok(match self.judged(pipeline.decide(&record, request, actor, now))? {
            Judged::Write(change, true) => Answer::Proposed(Receipt::new(*change)),
            Judged::Write(change, false) => Answer::Done(Receipt::new(*change)),
            Judged::Answer(answer) => answer,
        })
    }
}
