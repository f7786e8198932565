//! What comes from a form or a list: a new record, or one that is there and is filled up and followed (S60).

use std::format;
use std::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use super::{Answer, Receipt, Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::catalog::{Outcome, StageCatalog};
use crate::code::ReasonCode;
use crate::pipeline::{Creation, Decision, Edit, Pipeline, Placement, email_of};
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::request::Request;
use crate::store::{Reader, Store};
use crate::time::Timestamp;
use crate::value::Fields;

/// How often a record that somebody else is changing is read again to be filled up.
const REREADS: u32 = 4;

/// What became of a form.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is handed over once")]
pub enum Intake {
    /// It is a new record.
    Created(Receipt),
    /// It is a record that is there.
    Matched {
        /// The record's id.
        record: SmolStr,
        /// The fields that were empty and are filled now.
        filled: Vec<SmolStr>,
        /// What became of its stage.
        stage: StageOutcome,
    },
    /// It is refused, with every reason; nothing is written.
    Refused(Refusal),
}

/// What became of the stage of a record that a form or a row of a list matched (S60).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageOutcome {
    /// It says the same stage, or none.
    Same,
    /// It says an earlier stage, or one that the record may not go to; the record stays where it is.
    Kept {
        /// The stage that it says.
        asked: SmolStr,
        /// Why it was not followed; empty for an earlier stage.
        reasons: Vec<Reason>,
    },
    /// The record moved up.
    Raised {
        /// Where it is now.
        to: SmolStr,
    },
    /// The record moved down, as it was told to.
    Lowered {
        /// Where it is now.
        to: SmolStr,
    },
}

/// How a record that is there is filled up and followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) batch: Option<&'a SmolStr>,
    /// What goes with the move to the stage that is said.
    pub(crate) input: &'a Fields,
    /// Follows downward too.
    pub(crate) lower: bool,
    pub(crate) dry_run: bool,
}

impl<S: Store + Reader> Workspace<S> {
    /// Takes in what somebody filled into a form. With the e-mail address of a record of its pipeline it is that
    /// record: empty fields are filled, and a stage that the form says is followed upward only, by a lawful move (S57,
    /// S60); `lower` tells it to follow downward too. Else `record` is created as `creation` says.
    ///
    /// With several records of that address nothing is done, and they are named. A stage that the pipeline does not have
    /// is refused, with what was probably meant. The key of `creation` is kept with a new record; a form that is
    /// matched needs none, because doing it again changes nothing more.
    ///
    /// ```
    /// use lifestage::store::MemoryStore;
    /// use lifestage::{Actor, Creation, Intake, Pipeline, Record, StageOutcome, Timestamp, Workspace, presets};
    ///
    /// let admin = Actor::new("olga").with_role("admin");
    /// let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    /// let crm = Workspace::open(MemoryStore::new(), "acme")?;
    /// crm.publish(&Pipeline::from_json(presets::LIFE_STAGES)?, &admin, now)?;
    /// let ada = || Record::new("c-1").with("email", "ada@example.com");
    /// crm.receive(ada(), &Creation::in_stage("opportunity"), false, &admin, now)?;
    ///
    /// // The newsletter form knows her as a subscriber; she stays an opportunity.
    /// let again = crm.receive(ada().with("name", "Ada"), &Creation::in_stage("subscriber"), false, &admin, now)?;
    /// let Intake::Matched { filled, stage, .. } = again else { panic!("{again:?}") };
    /// assert_eq!(filled, ["name"]);
    /// assert_eq!(stage, StageOutcome::Kept { asked: "subscriber".into(), reasons: vec![] });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store fails; what was filled by then stays.
    pub fn receive(
        &self,
        record: Record,
        creation: &Creation,
        lower: bool,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Intake, WorkspaceError> {
        let pipeline = match self.pipelines.for_new(&record, creation.placement()) {
            Ok(pipeline) => pipeline,
            Err(reason) => return Ok(Intake::Refused(Refusal::only(reason))),
        };
        match self.repeated(record.id(), &creation.request(&record), actor)? {
            Some(Answer::Refused(refusal)) => return Ok(Intake::Refused(refusal)),
            Some(Answer::Done(receipt) | Answer::Proposed(receipt)) => return Ok(Intake::Created(receipt)),
            _ => {}
        }
        let stage = match creation.placement() {
            Placement::Stage(stage) => Some(stage),
            Placement::Default | Placement::NoStage => None,
        };
        if let Some(reason) = stage.and_then(|stage| unknown_stage(pipeline.catalog(), stage)) {
            return Ok(Intake::Refused(Refusal::only(reason)));
        }
        let mut same = match &email_of(&record) {
            Some(email) => self.with_email(pipeline.id(), email)?,
            None => Vec::new(),
        };
        if same.len() > 1 {
            return Ok(Intake::Refused(Refusal::only(several(&same))));
        }
        let Some(known) = same.pop() else {
            return Ok(match self.create(record, creation, actor, now)? {
                Answer::Done(receipt) | Answer::Proposed(receipt) => Intake::Created(receipt),
                Answer::Refused(refusal) => Intake::Refused(refusal),
                Answer::Unchanged(_) | Answer::RolledBack => return Err(WorkspaceError::cut_short()),
            });
        };
        let filling = Filling { batch: creation.batch(), input: creation.input(), lower, dry_run: false };
        let id = SmolStr::new(known.id());
        Ok(match self.fill_up(&pipeline, known, record.fields(), stage, filling, actor, now)? {
            Ok((filled, stage)) => Intake::Matched { record: id, filled, stage },
            Err(refusal) => Intake::Refused(refusal),
        })
    }

    /// Fills the gaps of a record that is there and follows the stage that is said of it. What somebody else fills in
    /// meanwhile is no gap any more.
    #[expect(clippy::too_many_arguments, reason = "who, what and how")]
    pub(crate) fn fill_up(
        &self,
        pipeline: &Pipeline,
        mut record: Record,
        facts: &Fields,
        stage: Option<&SmolStr>,
        how: Filling<'_>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Result<(Vec<SmolStr>, StageOutcome), Refusal>, WorkspaceError> {
        let id = SmolStr::new(record.id());
        for left in (0..=REREADS).rev() {
            let mut edit = Edit::new().expecting_version(record.version());
            edit = how.batch.into_iter().fold(edit, |edit, batch| edit.in_batch(batch.clone()));
            let mut gaps: Vec<SmolStr> = Vec::new();
            for (name, value) in facts.iter().filter(|(name, _)| record.fields().get(name).is_none()) {
                edit = edit.set(name, value.clone());
                gaps.push(SmolStr::new(name));
            }
            let filled = if gaps.is_empty() {
                Ok(record)
            } else if how.dry_run {
                match pipeline.edit(&record, &edit, actor, now) {
                    Decision::Refused(refusal) => Err(refusal),
                    decision => Ok(decision.change().map_or_else(|| record.clone(), |change| change.after())),
                }
            } else {
                match self.edit(&id, &edit, actor, now)? {
                    Answer::Refused(refusal) => Err(refusal),
                    answer => Ok(answer.receipt().map_or(record, |receipt| receipt.record().clone())),
                }
            };
            match filled {
                Ok(record) => {
                    let stage = self.follow(pipeline, &record, stage, how, actor, now)?;
                    return Ok(Ok((gaps, stage)));
                }
                Err(refusal) if refusal.has(ReasonCode::StaleRecord) && left > 0 => {
                    record = self.known(&id)?;
                }
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        Err(WorkspaceError::cut_short())
    }

    /// Follows the stage that is said of a record, upward only unless told so (S60).
    fn follow(
        &self,
        pipeline: &Pipeline,
        record: &Record,
        asked: Option<&SmolStr>,
        how: Filling<'_>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<StageOutcome, WorkspaceError> {
        let Some(asked) = asked.filter(|stage| record.stage() != Some(stage)).cloned() else {
            return Ok(StageOutcome::Same);
        };
        let higher = is_higher(pipeline.catalog(), record.stage(), &asked);
        if !higher && !how.lower {
            return Ok(StageOutcome::Kept { asked, reasons: Vec::new() });
        }
        // As seen from here: somebody may take the record further meanwhile.
        let mut request = Request::to(asked.clone()).expecting_visit(record.visit());
        request.input = how.input.clone();
        let request = how.batch.into_iter().fold(request, |request, batch| request.in_batch(batch.clone()));
        let answer = if how.dry_run {
            match pipeline.decide(record, &request, actor, now) {
                Decision::Moved(_) => return Ok(moved(asked, higher)),
                Decision::Proposed(_) => return Ok(waits(asked)),
                Decision::Unchanged(unchanged) => Answer::Unchanged(unchanged),
                Decision::Refused(refusal) => Answer::Refused(refusal),
            }
        } else {
            self.submit(record.id(), &request, actor, now)?
        };
        Ok(match answer {
            Answer::Done(_) => moved(asked, higher),
            Answer::Proposed(_) => waits(asked),
            Answer::Unchanged(_) | Answer::RolledBack => StageOutcome::Same,
            Answer::Refused(refusal) => StageOutcome::Kept { asked, reasons: refusal.reasons().to_vec() },
        })
    }
}

/// Several records are the same person.
pub(crate) fn several(same: &[Record]) -> Reason {
    let ids: Vec<SmolStr> = same.iter().map(|record| SmolStr::new(record.id())).collect();
    let message = format!("several records have this e-mail address: {}", ids.join(", "));
    Reason::new(ReasonCode::SeveralMatches, message).with("records", ids)
}

/// A stage that a form says and the pipeline does not have.
fn unknown_stage(catalog: &StageCatalog, stage: &str) -> Option<Reason> {
    if catalog.stage(stage).is_some() {
        return None;
    }
    let near = crate::criteria::nearest(stage, catalog.stages().map(|stage| stage.id()));
    let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    let reason = Reason::new(ReasonCode::UnknownStage, format!("no stage is named `{stage}`{hint}"));
    Some(reason.with_if_any("near", near).with("stage", stage))
}

const fn moved(to: SmolStr, higher: bool) -> StageOutcome {
    if higher { StageOutcome::Raised { to } } else { StageOutcome::Lowered { to } }
}

/// A stage that somebody else has to approve first (S61b).
fn waits(asked: SmolStr) -> StageOutcome {
    let message = "it is proposed, and somebody else has to approve it";
    StageOutcome::Kept { asked, reasons: Vec::from([Reason::new(ReasonCode::ApprovalNeeded, message)]) }
}

/// Whether a stage stands above another: later in the order of categories and stages (S7), and no way to lose.
fn is_higher(catalog: &StageCatalog, from: Option<&str>, to: &str) -> bool {
    let place = |id: &str| catalog.index_of(id).map(|ix| (catalog.get(ix).category, ix));
    let lost = |id: &str| {
        let outcome = catalog.stage(id).map(|stage| stage.outcome());
        matches!(outcome, Some(Outcome::Lost | Outcome::Disqualified))
    };
    match from {
        None => !lost(to),
        Some(from) => place(to) > place(from) && !lost(to),
    }
}
