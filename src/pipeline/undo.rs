//! Undo is a new fact (S43).

use alloc::string::ToString;
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::change::{Change, MemoryChange};
use crate::code::ReasonCode;
use crate::compile::direction;
use crate::journal::{Row, RowKind, StageMark};
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request};
use crate::time::Timestamp;

use super::decide::{Ask, too_early, unknown};
use super::judge::listed;
use super::{Decision, Pipeline};

impl Pipeline {
    /// Judges the undoing of `row`, the row that brought the record into its present stage: the record
    /// goes back to the stage before, and to the closing time and lost reason it had there (S43).
    ///
    /// Needs the capability `correct` and the roles that the stage before asks of those who bring records into it; out
    /// of a final stage `force` too, and a reason in words, as a forced move does (S12). Its criteria are not asked: the
    /// record was there. The request carries key, batch, expectation and time; its target does not matter. `reason` is
    /// kept in the row.
    ///
    /// Effects of the undone visit that are not delivered yet are the store's to cancel: their visit
    /// has ended (S49).
    pub fn undo<'a>(
        &'a self,
        record: &'a Record,
        row: &Row,
        reason: &str,
        request: &Request,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let compiled = &*self.compiled;
        let ask = Ask { record, actor, request, now };
        if let Some(reason) = self.unexpected(ask).or_else(|| undoable(record, row).err()) {
            return Decision::Refused(Refusal::only(reason));
        }
        let from = match self.place(record) {
            Ok(from) => from,
            Err(reason) => return Decision::Refused(Refusal::only(reason)),
        };
        let to = match &row.from {
            None => None,
            Some(mark) => match compiled.catalog.index_of(&mark.id) {
                Some(to) => Some(to),
                None => {
                    return Decision::Refused(Refusal::only(unknown(
                        ReasonCode::UnknownStage,
                        "stage",
                        &mark.id,
                    )));
                }
            },
        };
        let mut reasons = Vec::new();
        reasons.extend(self.denial(Capability::Correct, record, actor));
        // Who may not bring records into the stage does not by this way either, if it is the roles that say who may.
        let to_roles = to.filter(|_| self.authorizer.is_none());
        if let Some((stage, needed)) =
            to_roles.and_then(|to| self.door_shut(to, self.who(record, actor).roles))
        {
            let message =
                alloc::format!("bringing records into {} is for {}", stage.name, listed(&needed, "or"));
            reasons.push(Reason::new(ReasonCode::PermissionDenied, message).with("roles", needed));
        }
        let forced = from.is_some_and(|from| compiled.catalog.get(from).is_final);
        if forced {
            reasons.extend(self.denial(Capability::Force, record, actor));
            if reason.trim().is_empty() {
                let message = "undoing out of a final stage needs a reason in words";
                reasons.push(Reason::new(ReasonCode::MissingInput, message).with("input", "reason"));
            }
        }
        if let Some(stage) = to.map(|to| compiled.catalog.get(to)).filter(|stage| stage.is_archived) {
            let message = alloc::format!("{} is archived", stage.name());
            let reason = Reason::new(ReasonCode::ArchivedStage, message);
            reasons.push(reason.with("stage", stage.id.clone()));
        }
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut undone = self.row(ask, RowKind::Correction);
        undone.to = to.map(|to| StageMark::from(compiled.catalog.get(to)));
        undone.direction = to.map(|to| direction(from, to, &compiled.catalog));
        undone.refers_to = Some(row.seq);
        undone.forced = forced;
        undone.request = Self::digest_of(ask, || {
            let about = [("row", SmolStr::from(row.seq.to_string())), ("reason", SmolStr::new(reason))];
            request.operating(Operation::Undo, about.into_iter().collect())
        });
        undone.reason = Some(SmolStr::new(reason)).filter(|reason| !reason.is_empty());
        self.requeue(record, &mut undone);
        let restored = (row.was_closed_at, row.was_lost_reason.clone());
        let memory = MemoryChange::Restore(restored.0, restored.1);
        // What was set in motion there is over, but promises and timed moves are about the stay that begins.
        let anew = to.and_then(|to| compiled.gate(to)).map_or(&[][..], |gate| &gate.anew);
        let plan = [&[][..], &[][..], anew];
        Decision::Moved(Change { memory, plan, ..self.quiet(ask, undone) })
    }
}

/// Whether the row is the one that brought the record where it is.
fn undoable(record: &Record, row: &Row) -> Result<(), Reason> {
    let refuse = |message: alloc::string::String| {
        let seq = i64::try_from(row.seq).unwrap_or(i64::MAX);
        Err(Reason::new(ReasonCode::InvalidInput, message).with("row", seq))
    };
    if row.record != record.id {
        return refuse(alloc::format!("row {} belongs to another record", row.seq));
    }
    if row.seq != record.visit {
        return refuse(alloc::format!(
            "row {} is not the one that brought the record into its stage",
            row.seq
        ));
    }
    if let Some(origin) = row.origin.as_ref().filter(|origin| origin.pipeline != row.pipeline) {
        return refuse(alloc::format!(
            "row {} brought the record from the pipeline `{}`: it goes back by a migration",
            row.seq,
            origin.pipeline
        ));
    }
    if row.kind == RowKind::Creation {
        return refuse(alloc::format!("row {} created the record, which cannot be undone", row.seq));
    }
    Ok(())
}
