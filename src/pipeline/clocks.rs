//! The clocks of promises, and how long nothing has happened (S49, S54).

mod run;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::catalog::Outcome;
use crate::compile::Promise;
use crate::definition::Happening;
use crate::effect::Effect;
use crate::journal::{Row, RowKind};
use crate::offset::Offset;
use crate::record::{Presence, Record};
use crate::time::{Span, Timestamp};
use crate::value::Value;

use super::Pipeline;
use run::{Hand, Run, ended, moved};

/// How far the clock of a promise has come for one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlaClock {
    /// The promise.
    pub id: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// What became of it.
    pub state: SlaState,
    /// When the clock started.
    pub started_at: Timestamp,
    /// When it runs out if nothing stops it, or when it would have; none while it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When it was met or left, in time or not; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How much of its time, working or real, was left then or is left now; below zero for how much it is overdue.
    pub left: Span,
    /// When it ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_at: Option<Timestamp>,
}

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlaState {
    /// Its clock runs.
    Running,
    /// Its clock stands still.
    Paused,
    /// It was kept.
    Met,
    /// Its clock ran out first, whatever happened later.
    Breached,
    /// The record left its stages in time, without what would have kept it.
    Left,
}

impl SlaState {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Running, Self::Paused, Self::Met, Self::Breached, Self::Left];

    /// The word used in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Met => "met",
            Self::Breached => "breached",
            Self::Left => "left",
        }
    }
}

/// What to do with an effect of the kind [`Sla`](crate::EffectKind::Sla) whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlaNotice {
    /// Deliver it.
    Tell,
    /// Look again then.
    Postpone(Timestamp),
    /// Drop it, because of this.
    Nothing(&'static str),
}

/// The least time until one looks again at a clock that stands still.
const MINUTE: Span = Span::from_seconds(60);

impl Pipeline {
    /// The clocks of promises as they stood at `as_of`: of each promise that ever began for the record, the
    /// latest run, in the order of the definition.
    ///
    /// `rows` is the record's journal in order, at least from the row on that brought it to the stages of the
    /// promises; `sent` says when automatic e-mails and texts were delivered. Where the start is unknown there is
    /// no clock (S40). What happens at the very instant at which a clock runs out is in time.
    ///
    /// ```
    /// use lifestage::definition::{Definition, SlaDef};
    /// use lifestage::{Actor, Creation, Offset, Pipeline, Record, SlaState, Timestamp, presets};
    ///
    /// let definition: Definition = serde_json::from_str(presets::LEAD)?;
    /// let answer = SlaDef::new("answer", "First answer", Offset::hours(4)).in_stages(["new"]).in_working_time();
    /// let pipeline = Pipeline::from_definition(definition.with_sla(answer))?;
    ///
    /// let friday: Timestamp = "2026-03-06T15:00:00Z".parse()?;
    /// let (lead, sam) = (Record::new("lead-42"), Actor::new("sam").with_role("sales"));
    /// let created = pipeline.create(&lead, &Creation::new(), &sam, friday).change().unwrap();
    /// let breach = created.effects().last().unwrap();
    /// assert_eq!(breach.at, Some("2026-03-09T11:00:00Z".parse()?));
    ///
    /// let (lead, rows) = (created.after(), [created.row().clone()]);
    /// let monday: Timestamp = "2026-03-09T10:00:00Z".parse()?;
    /// let clock = &pipeline.clocks(&lead, &rows, &[], monday)[0];
    /// assert_eq!((clock.state, clock.left), (SlaState::Running, "1h".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clocks(
        &self,
        record: &Record,
        rows: &[Row],
        sent: &[Timestamp],
        as_of: Timestamp,
    ) -> Vec<SlaClock> {
        let promises = self.compiled.promises.iter();
        let clocks = promises.filter_map(|promise| {
            let measure = promise.measure(&self.compiled, record);
            let run = self.run(promise, record, rows, sent, as_of)?;
            Some(SlaClock {
                id: promise.id.clone(),
                name: promise.name.clone(),
                state: run.state(),
                started_at: run.started_at,
                due_at: run.breached_at.or_else(|| run.due_at()),
                ended_at: run.ended.map(|end| end.at),
                left: run.left(&measure, as_of),
                breached_at: run.breached_at,
            })
        });
        clocks.collect()
    }

    /// What to do at `now` with an effect of the kind [`Sla`](crate::EffectKind::Sla) that is due: promises are
    /// met, stand still and start anew after their effects are planned. `rows` and `sent` are as for
    /// [`clocks`](Self::clocks).
    pub fn sla_notice(
        &self,
        effect: &Effect,
        record: &Record,
        rows: &[Row],
        sent: &[Timestamp],
        now: Timestamp,
    ) -> SlaNotice {
        let named = |promise: &&Promise| text(effect, "sla") == Some(promise.id.as_str());
        let Some(promise) = self.compiled.promises.iter().find(named) else {
            return SlaNotice::Nothing("the definition has no such promise any longer");
        };
        let Some(run) = self.run(promise, record, rows, sent, now) else {
            return SlaNotice::Nothing("no clock is known to run");
        };
        if run.seq > effect.seq {
            return SlaNotice::Nothing("the clock started anew");
        }
        let before = text(effect, "before").and_then(|before| before.parse::<Offset>().ok());
        let is_breach = before.is_none();
        let measure = promise.measure(&self.compiled, record);
        let wanted = |due: Timestamp| before.map_or(Some(due), |before| measure.zone.before(due, before));
        match (run.state(), run.hand) {
            (SlaState::Breached, _) if is_breach => SlaNotice::Tell,
            (SlaState::Breached, _) => SlaNotice::Nothing("it has run out"),
            (SlaState::Met, _) => SlaNotice::Nothing("it was met"),
            (SlaState::Left, _) => SlaNotice::Nothing("the record left its stages"),
            (_, Hand::Going { due, .. }) => match due.and_then(wanted) {
                Some(at) if at > now => SlaNotice::Postpone(at),
                Some(_) => SlaNotice::Tell,
                None => SlaNotice::Nothing("it never runs out"),
            },
            (_, Hand::Still { left }) => {
                // Were it to go on now, this is when; a warning that would be told at once is looked at half way.
                let first = measure.after(now, left).and_then(wanted).filter(|at| *at > now);
                let half = || measure.after(now, Span::from_micros(left.as_micros() / 2));
                let next = first.or_else(half).max(now.checked_add(MINUTE));
                next.map_or(SlaNotice::Nothing("it never runs out"), SlaNotice::Postpone)
            }
        }
    }

    /// Since when nothing has happened to a record: since it came to its stage, or since the last thing that the
    /// definition lets end its silence. None when neither is known (S40).
    ///
    /// `rows` is the record's journal in order, at least of its present visit; `sent` says when automatic e-mails
    /// and texts were delivered.
    ///
    /// ```
    /// use lifestage::{Activity, Actor, Pipeline, Record, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let (sam, now) = (Actor::new("sam").with_role("sales"), Timestamp::from_seconds(1_772_442_000));
    /// let lead = Record::new("lead-42").in_stage("new").since(Timestamp::from_seconds(1_772_000_000));
    /// assert_eq!(pipeline.quiet_since(&lead, &[], &[]), lead.entered_at());
    ///
    /// let meet = Activity::meeting("Showroom").planned();
    /// let planned = pipeline.log(&lead, &meet, &sam, now).change().unwrap();
    /// assert_eq!(pipeline.quiet_since(&lead, &[planned.row().clone()], &[]), lead.entered_at());
    /// let called = pipeline.log(&lead, &Activity::call("Left a message"), &sam, now).change().unwrap();
    /// assert_eq!(pipeline.quiet_since(&lead, &[called.row().clone()], &[]), Some(now));
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn quiet_since(&self, record: &Record, rows: &[Row], sent: &[Timestamp]) -> Option<Timestamp> {
        let resets = &self.compiled.resets;
        let of_visit = rows.iter().filter(|row| row.record == record.id && row.seq > record.visit);
        let happened = of_visit.filter(|row| Happening::of(row).is_some_and(|it| resets.contains(&it)));
        let last = happened.map(|row| row.effective_at).max();
        // A visit that began at an unknown time began before the row that says so.
        let begun = || rows.iter().find(|row| row.seq == record.visit).map(|row| row.effective_at);
        let begun = record.entered_at.or_else(begun);
        let message = sent.iter().copied().filter(|at| begun.is_some_and(|begun| *at >= begun)).max();
        let message = message.filter(|_| resets.contains(&Happening::Message));
        last.max(message).max(record.entered_at)
    }

    /// By how much a record of which nothing was heard since `quiet_since` is beyond the threshold of its stage;
    /// none while it is not, where there is no threshold, and in closed stages (S54).
    ///
    /// ```
    /// use lifestage::definition::{CategoryDef, Definition, StageDef};
    /// use lifestage::{Pipeline, Record, Span, Timestamp, catalog::Outcome};
    ///
    /// let week = Span::from_seconds(7 * 86_400);
    /// let pipeline = Definition::new("leads", "Leads")
    ///     .with_category(CategoryDef::new("open", "Open", Outcome::Open))
    ///     .with_stage(StageDef::new("new", "New", "open").as_default().idle_after(week));
    /// let pipeline = Pipeline::from_definition(pipeline)?;
    ///
    /// let lead = Record::new("lead-42").in_stage("new");
    /// let since: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    /// assert_eq!(pipeline.idle(&lead, since, "2026-03-09T09:00:00Z".parse()?), None);
    /// assert_eq!(pipeline.idle(&lead, since, "2026-03-09T10:00:00Z".parse()?), Some("1h".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn idle(&self, record: &Record, quiet_since: Timestamp, as_of: Timestamp) -> Option<Span> {
        // Nobody waits for a record in the trash, or for a duplicate (S59, S61a).
        if record.presence() != Presence::Live {
            return None;
        }
        let stage = self.compiled.catalog.stage(record.stage()?)?;
        let threshold = stage.idle().filter(|idle| *idle > Span::default())?;
        let quiet = as_of.since(quiet_since).filter(|_| stage.outcome() == Outcome::Open)?;
        let beyond = quiet.as_micros().checked_sub(threshold.as_micros())?;
        (beyond > 0).then(|| Span::from_micros(beyond))
    }

    /// Until when a timed move has to wait that is made for want of anything happening: the first instant at which
    /// it will have been quiet for longer than the move says. None when it has been by `now`, and for moves that
    /// are not about silence (S54). `rows` and `sent` are as for [`quiet_since`](Self::quiet_since).
    pub fn idle_move(
        &self,
        effect: &Effect,
        record: &Record,
        rows: &[Row],
        sent: &[Timestamp],
        now: Timestamp,
    ) -> Option<Timestamp> {
        let idle: Offset = text(effect, "idle")?.parse().ok()?;
        let over = self.zone_of(record).after(self.quiet_since(record, rows, sent)?, idle)?;
        let first = over.checked_add(Span::from_micros(1))?;
        (first > now).then_some(first)
    }

    /// Tells, of the rows of a record from the last to the first, which is the first that its clocks have to know of as they
    /// stood at `as_of`: those of all promises, or of the one that an effect is about.
    #[cfg(feature = "std")]
    pub(crate) fn began(&self, of: Option<&Effect>, as_of: Timestamp) -> impl FnMut(&Row) -> bool {
        use crate::compile::Place;

        let named = of.map(|effect| text(effect, "sla"));
        let wanted = move |promise: &&Promise| named.is_none_or(|named| named == Some(promise.id.as_str()));
        let mut open: Vec<&Promise> = self.compiled.promises.iter().filter(wanted).collect();
        move |row| {
            if row.kind.begins_visit() && row.effective_at <= as_of {
                open.retain(|promise| {
                    let (from, to) = promise.way(row, &self.compiled);
                    from != Place::Elsewhere || to == Place::Elsewhere
                });
            }
            open.is_empty()
        }
    }

    /// The latest run of a promise's clock, as it stood at `as_of`.
    fn run(
        &self,
        promise: &Promise,
        record: &Record,
        rows: &[Row],
        sent: &[Timestamp],
        as_of: Timestamp,
    ) -> Option<Run> {
        let measure = promise.measure(&self.compiled, record);
        let rows = rows.iter().filter(|row| row.record == record.id && row.effective_at <= as_of);
        let mut happenings: Vec<(Timestamp, Option<&Row>)> =
            rows.map(|row| (row.effective_at, Some(row))).collect();
        if promise.met_by.contains(&Happening::Message) {
            happenings.extend(sent.iter().filter(|at| **at <= as_of).map(|at| (*at, None)));
            // Rows stay in order and come before messages of the same instant.
            happenings.sort_by_key(|(at, _)| *at);
        }
        let mut run = None;
        for (at, row) in happenings {
            match row {
                Some(row) if row.kind.begins_visit() => {
                    let (from, to) = promise.way(row, &self.compiled);
                    run = moved(run, row, (from, to), &measure, promise.met_by.is_empty());
                }
                // The record became one with another (S59).
                Some(row) if row.kind == RowKind::Merge && row.refers_to.is_some() => {
                    ended(&mut run, at, false, &measure);
                }
                Some(row) if Happening::of(row).is_some_and(|it| promise.met_by.contains(&it)) => {
                    ended(&mut run, at, true, &measure);
                }
                Some(_) => {}
                None => ended(&mut run, at, true, &measure),
            }
        }
        if let Some(run) = &mut run {
            run.pass(as_of, true);
        }
        run
    }
}

/// A text among the arguments of an effect.
fn text<'e>(effect: &'e Effect, name: &str) -> Option<&'e str> {
    match effect.args.get(name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}
