//! What people do with a record besides moving it: notes, calls, meetings, e-mails, tasks.

use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::code::ReasonCode;
use crate::journal::{Row, RowKind};
use crate::record::Record;
use crate::refusal::{Reason, Refusal};
use crate::request::{Operation, Request, asked_like_a_request};
use crate::time::Timestamp;
use crate::value::{Fields, Value};

use super::decide::{Ask, too_early};
use super::{Decision, Pipeline};

/// Something done with a record, or to be done, for its timeline.
///
/// ```
/// use lifestage::{Activity, Timestamp};
///
/// let monday: Timestamp = "2026-03-02T09:00:00Z".parse()?;
/// let note = Activity::note("Prefers to be called in the morning");
/// let call = Activity::call("Left a message").at(monday).with("minutes", 3);
/// let visit = Activity::meeting("Showroom").at(monday).planned();
/// let task = Activity::task("Send the quote").due(monday).assigned_to("eva");
/// # let _ = (note, call, visit, task);
/// # Ok::<(), lifestage::TimeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    kind: RowKind,
    details: Fields,
    finishes: Option<u64>,
    request: Request,
}

/// What it says.
const TEXT: &str = "text";
/// Whether it is done.
const DONE: &str = "done";

impl Activity {
    fn new(kind: RowKind, text: impl Into<SmolStr>, done: bool) -> Self {
        let mut details = Fields::new();
        details.insert(TEXT, text.into());
        if kind != RowKind::Note {
            details.insert(DONE, done);
        }
        Self { kind, details, finishes: None, request: Request::to("") }
    }

    /// Something worth knowing.
    pub fn note(text: impl Into<SmolStr>) -> Self {
        Self::new(RowKind::Note, text, true)
    }

    /// A call that was made, and what came of it.
    pub fn call(text: impl Into<SmolStr>) -> Self {
        Self::new(RowKind::Call, text, true)
    }

    /// A meeting that was held.
    pub fn meeting(text: impl Into<SmolStr>) -> Self {
        Self::new(RowKind::Meeting, text, true)
    }

    /// An e-mail that was sent, by its subject.
    pub fn email(subject: impl Into<SmolStr>) -> Self {
        Self::new(RowKind::Email, subject, true)
    }

    /// Something to be done.
    pub fn task(title: impl Into<SmolStr>) -> Self {
        Self::new(RowKind::Task, title, false)
    }

    /// The activity of an earlier row is done; none when that row plans nothing.
    pub fn finishing(row: &Row) -> Option<Self> {
        let text = row.input.get(TEXT).map(|text| smol_str::format_smolstr!("{text}"));
        let done = || Self { finishes: Some(row.seq), ..Self::new(row.kind, text.unwrap_or_default(), true) };
        row.is_planned().then(done)
    }

    /// It is still to come: a call or meeting that is planned.
    #[must_use]
    pub fn planned(self) -> Self {
        self.with(DONE, false)
    }

    /// When it happened, or is to happen. Its row is written now all the same.
    #[must_use]
    pub fn at(self, at: Timestamp) -> Self {
        self.with("at", at)
    }

    /// When it has to be done.
    #[must_use]
    pub fn due(self, due: Timestamp) -> Self {
        self.with("due", due)
    }

    /// Who is to do it.
    #[must_use]
    pub fn assigned_to(self, person: impl Into<SmolStr>) -> Self {
        self.with("assignee", person.into())
    }

    /// Says something else about it: a length, an outcome, a body.
    #[must_use]
    pub fn with(mut self, name: impl Into<SmolStr>, value: impl Into<Value>) -> Self {
        self.details.insert(name, value);
        self
    }

    /// The request as the store's digest sees it (S14).
    pub(crate) fn request(&self) -> Request {
        let finishes = self.finishes.map(|seq| smol_str::format_smolstr!("{seq}"));
        let about =
            [("kind", SmolStr::new_static(self.kind.name())), ("finishes", finishes.unwrap_or_default())];
        let mut request = self.request.operating(Operation::Log, about.into_iter().collect());
        for (name, value) in self.details.iter() {
            request.input.insert(name, value.clone());
        }
        request
    }
}

asked_like_a_request!(Activity);

impl Row {
    /// Whether it tells of something that people did, or are to do, besides moving the record.
    pub const fn is_activity(&self) -> bool {
        matches!(self.kind, RowKind::Note | RowKind::Call | RowKind::Meeting | RowKind::Email | RowKind::Task)
    }

    /// Whether it tells of something that is still to be done.
    pub fn is_planned(&self) -> bool {
        self.is_activity() && self.input.get(DONE) == Some(&Value::Bool(false))
    }

    /// Whether it tells that what a row of this kind planned is done.
    pub(crate) fn finishes(&self, seq: u64, kind: RowKind) -> bool {
        self.kind == kind && self.refers_to == Some(seq)
    }
}

impl Pipeline {
    /// Judges an entry in the timeline: capability `act`, and something to say. The record stays as it is,
    /// version and all.
    ///
    /// ```
    /// use lifestage::{Activity, Actor, Pipeline, Record, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let (sam, now) = (Actor::new("sam").with_role("sales"), Timestamp::from_seconds(1_772_442_000));
    /// let lead = Record::new("lead-42").in_stage("new").at_version(3);
    /// let change = pipeline.log(&lead, &Activity::note("Prefers mornings"), &sam, now).change().unwrap();
    /// assert_eq!((change.row().kind.name(), change.after().version()), ("note", 3));
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn log<'a>(
        &'a self,
        record: &'a Record,
        activity: &Activity,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let ask = Ask { record, actor, request: &activity.request, now };
        if let Some(reason) = self.barred(record).or_else(|| self.unexpected(ask)) {
            return Decision::Refused(Refusal::only(reason));
        }
        let mut reasons = Vec::new();
        reasons.extend(self.denial(Capability::Act, record, actor));
        let blank = |text: &Value| matches!(text, Value::Text(text) if text.trim().is_empty());
        if activity.details.get(TEXT).is_none_or(blank) {
            let message = alloc::format!("the {} says nothing", activity.kind.name());
            reasons.push(Reason::new(ReasonCode::MissingInput, message).with("input", TEXT));
        }
        reasons.extend(too_early(ask));
        if !reasons.is_empty() {
            return Decision::Refused(Refusal::new(reasons));
        }
        let mut row = self.row(ask, activity.kind);
        row.input = activity.details.clone();
        row.refers_to = activity.finishes;
        row.version_after = record.version;
        row.request = Self::digest_of(ask, || activity.request());
        Decision::Moved(self.quiet(ask, row))
    }

    /// Judges that what row `seq` of `rows` plans is done. `rows` are the record's journal, or at least that row and what
    /// was written about it later. Refused as invalid input when it plans nothing, or is done already.
    ///
    /// ```
    /// use lifestage::{Activity, Actor, Pipeline, Record, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let (sam, now) = (Actor::new("sam").with_role("sales"), Timestamp::from_seconds(1_772_442_000));
    /// let lead = Record::new("lead-42").in_stage("new");
    /// let planned = pipeline.log(&lead, &Activity::call("Ring back").planned(), &sam, now).change().unwrap();
    /// let mut rows = vec![planned.row().clone()];
    /// let done = pipeline.finish(&lead, &rows, rows[0].seq, &sam, now).change().unwrap();
    /// assert_eq!(done.row().refers_to, Some(rows[0].seq));
    ///
    /// rows.push(done.row().clone());
    /// assert!(pipeline.finish(&lead, &rows, rows[0].seq, &sam, now).refusal().is_some());
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn finish<'a>(
        &'a self,
        record: &'a Record,
        rows: &[Row],
        seq: u64,
        actor: &'a Actor,
        now: Timestamp,
    ) -> Decision<'a> {
        let planned = rows.iter().find(|row| row.seq == seq);
        let Some((row, activity)) = planned.and_then(|row| Some((row, Activity::finishing(row)?))) else {
            return Decision::Refused(Refusal::only(plans_nothing(seq)));
        };
        if rows.iter().any(|other| other.finishes(seq, row.kind)) {
            return Decision::Refused(Refusal::only(done_already(seq)));
        }
        self.log(record, &activity, actor, now)
    }
}

/// Why a row cannot be said to be done.
pub(crate) fn plans_nothing(seq: u64) -> Reason {
    about_row(seq, alloc::format!("row {seq} plans nothing that could be done"))
}

/// Why a row cannot be said to be done again.
pub(crate) fn done_already(seq: u64) -> Reason {
    about_row(seq, alloc::format!("what row {seq} planned is done already"))
}

fn about_row(seq: u64, message: String) -> Reason {
    Reason::new(ReasonCode::InvalidInput, message).with("row", i64::try_from(seq).unwrap_or(i64::MAX))
}
