use std::format;
use std::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::turn::{InTurn, TurnTaken};
use super::{Answer, QUIET_RETRIES, Receipt, Workspace, WorkspaceError};
use crate::change::SealedChange;
use crate::code::ReasonCode;
use crate::effect::{Effect, EffectKind, pool_of};
use crate::journal::Row;
use crate::outbox::{EffectState, Settled, Settlement, WorkState};
use crate::pipeline::{MOST_IN_A_ROW, Pipeline, Report};
use crate::record::Record;
use crate::store::{CommitOutcome, Reader, Store};
use crate::time::Timestamp;

/// A move that a change caused: an attempt of its own, after the change was complete (S13).
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUp {
    effect: Effect,
    answer: Option<Answer>,
    note: Option<std::string::String>,
}

impl FollowUp {
    /// The effect that asked for it.
    pub const fn effect(&self) -> &Effect {
        &self.effect
    }

    /// What became of it; none when it was not asked for, as [`note`](Self::note) says, or is left to a worker because
    /// the store failed. In a repeated receipt only a move that was made has one.
    pub const fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// Why nothing came of it, as the outbox keeps it.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// Whether an effect is a move that is made at once.
fn leads_on(effect: &Effect) -> bool {
    effect.kind == EffectKind::Move && effect.at.is_none()
}

/// The lease of an effect that no worker has claimed yet.
const UNCLAIMED: u32 = 0;

/// What the engine made of an effect that is its own to carry out.
pub(super) struct Made {
    pub(super) settled: Settled,
    pub(super) answer: Option<Answer>,
}

impl Made {
    fn quietly(at: Timestamp, note: impl Into<std::string::String>) -> Self {
        Self { settled: Settled::Delivered { at, note: Some(note.into()) }, answer: None }
    }
}

impl<S: Store + Reader> Workspace<S> {
    /// The receipt of what was just committed, after what it led to at once.
    pub(super) fn receipt(&self, change: SealedChange) -> Receipt {
        let now = change.row.recorded_at;
        let receipt = Receipt::new(change);
        let mut follow_ups = Vec::new();
        for effect in receipt.effects() {
            if leads_on(effect) {
                follow_ups.push(self.follow_up(effect, now));
            } else if pool_of(effect.assignee.as_deref()).is_some() {
                // What fails here is done when a worker comes to it.
                drop(self.give_turn(effect, now));
            }
        }
        receipt.followed_by(follow_ups)
    }

    /// What became of the moves that a change led to at once, for who asks for it again (S14): of one that was refused,
    /// what the outbox says.
    pub(super) fn follow_ups_of(&self, effects: &[Effect]) -> Result<Vec<FollowUp>, WorkspaceError> {
        let follow_up = |effect: &Effect| {
            let answer = self.made_by(effect)?.map(|row| self.first_receipt(row)).transpose()?;
            let entry = self.store.entry(&self.tenant, effect.id())?;
            Ok(FollowUp { effect: effect.clone(), answer, note: entry.and_then(|entry| entry.note) })
        };
        effects.iter().filter(|effect| leads_on(effect)).map(follow_up).collect()
    }

    /// The row of the move that an effect asked for, if it was made.
    fn made_by(&self, effect: &Effect) -> Result<Option<Row>, WorkspaceError> {
        let Some(key) = effect.move_key() else { return Ok(None) };
        Ok(self.store.receipt(&self.tenant, &key)?)
    }

    /// Makes a move that a change caused, unless that fails: then a worker will.
    fn follow_up(&self, effect: &Effect, now: Timestamp) -> FollowUp {
        let made = self.make_move(effect, now).and_then(|made| {
            let settlement = Settlement::of(effect, UNCLAIMED, made.settled.clone());
            self.store.settle(&self.tenant, &[settlement])?;
            Ok(made)
        });
        let (answer, note) = match made {
            Ok(Made { answer, settled: Settled::Delivered { note, .. } }) => (answer, note),
            Ok(Made { answer, settled: Settled::Dead { error, .. } }) => (answer, Some(error)),
            Ok(Made { answer, settled: Settled::Postponed { note, .. } }) => (answer, note),
            Ok(Made { answer, .. }) => (answer, None),
            Err(error) => (None, Some(format!("left to a worker: {error}"))),
        };
        FollowUp { effect: effect.clone(), answer, note }
    }

    /// Carries out an effect of the kind `move`: an attempt of its own, through the gate that all moves pass.
    pub(super) fn make_move(&self, effect: &Effect, now: Timestamp) -> Result<Made, WorkspaceError> {
        if effect.depth >= MOST_IN_A_ROW {
            let error = format!("{MOST_IN_A_ROW} moves caused each other; the next one is not made");
            return Ok(Made { settled: Settled::Dead { at: now, error }, answer: None });
        }
        let Some(record) = self.record(&effect.record)? else {
            return Ok(Made::quietly(now, "the record is gone"));
        };
        if record.visit() != effect.visit {
            // Unless this very move ended the visit, before somebody could say so.
            return Ok(match self.made_by(effect)? {
                Some(_) => Made { settled: Settled::Delivered { at: now, note: None }, answer: None },
                None => Made::quietly(now, "the stay it belonged to is over"),
            });
        }
        let Some(pipeline) = self.pipelines.get(record.pipeline()) else {
            return Ok(Made::quietly(now, "the pipeline is not published any more"));
        };
        let Some(request) = pipeline.automatic(effect) else {
            return Ok(Made::quietly(now, "it names no move"));
        };
        if effect.args.get("idle").is_some() {
            let past = self.visit_of(&record)?;
            if let Some(until) = pipeline.idle_move(effect, &record, &past.rows, &past.sent, now) {
                return Ok(Made { settled: Settled::Postponed { until, note: None }, answer: None });
            }
        }
        if !pipeline.still_wanted(effect, &record, now) {
            return Ok(Self::again_later(effect, &record, &pipeline, now, "its condition does not hold"));
        }
        let answer = self.submit(record.id(), &request, &pipeline.automaton(&effect.action), now)?;
        let settled = match &answer {
            Answer::Done(_) => Settled::Delivered { at: now, note: None },
            Answer::Proposed(_) => Settled::Delivered { at: now, note: Some("proposed".into()) },
            Answer::Refused(why) if why.has(ReasonCode::StaleRecord) => {
                Settled::Delivered { at: now, note: Some("the stay it belonged to is over".into()) }
            }
            Answer::Refused(why) => {
                let made = Self::again_later(effect, &record, &pipeline, now, &format!("refused: {why}"));
                return Ok(Made { answer: Some(answer), ..made });
            }
            Answer::Unchanged(_) | Answer::RolledBack => {
                Settled::Delivered { at: now, note: Some("it was there already".into()) }
            }
        };
        Ok(Made { settled, answer: Some(answer) })
    }

    /// Gives the task of an effect to whoever of its pool is next: the turn and the gift are one commit (S15a, S50).
    /// Whose it is then; none when nobody is there to have it.
    pub(super) fn give_turn(
        &self,
        effect: &Effect,
        now: Timestamp,
    ) -> Result<Option<SmolStr>, WorkspaceError> {
        let mut salts = self.salts(2);
        let key = format_smolstr!("turn {}", effect.id());
        for _ in 0..=QUIET_RETRIES {
            let Some(entry) = self.store.entry(&self.tenant, effect.id())? else { return Ok(None) };
            let open = entry.work.is_none_or(|work| work == WorkState::Open);
            let Some(pool) = pool_of(entry.assignee.as_deref()).filter(|_| open) else {
                return Ok(entry.assignee);
            };
            let record = self.known(&effect.record)?;
            let Some(judge) = self.pipelines.get(record.pipeline()) else { return Ok(None) };
            let automaton = judge.automaton(&effect.action);
            let turn = InTurn {
                judge: &judge,
                record: &record,
                pool,
                but: None,
                key: Some(&key),
                actor: &automaton,
                now,
            };
            let taken = self.try_turn(&turn, &mut salts, |member, salts| {
                let report = Report::given_to(member.clone()).with_key(key.clone());
                self.judged_with(judge.report(&record, &entry, &report, &automaton, now), salts)
            })?;
            let TurnTaken::By { member, outcomes, .. } = taken else { return Ok(None) };
            if outcomes.iter().all(CommitOutcome::stands) {
                return Ok(Some(member));
            }
            if outcomes.iter().any(|outcome| matches!(outcome, CommitOutcome::StaleDefinition { .. })) {
                self.refresh()?;
            }
        }
        Ok(None)
    }

    /// The effects of a row that were delivered before it was undone (S43). Moves that were not made and notices that
    /// were not given have a note that says why; there is nothing of them to take back.
    pub(super) fn delivered_of(&self, record: &str, seq: u64) -> Result<Vec<SmolStr>, WorkspaceError> {
        let mut delivered = Vec::new();
        self.each_effect(record, Some(EffectState::Delivered), None, |entry| {
            let is_own = matches!(entry.effect.kind, EffectKind::Move | EffectKind::Sla);
            if entry.effect.seq == seq && !(is_own && entry.note.is_some()) {
                delivered.push(entry.effect);
            }
        })?;
        delivered.sort_unstable_by_key(|effect| effect.index);
        Ok(delivered.iter().map(|effect| format_smolstr!("{}", effect.id())).collect())
    }

    /// What becomes of a timed move that is not made: one for want of activity waits for the next time.
    fn again_later(
        effect: &Effect,
        record: &Record,
        pipeline: &Pipeline,
        now: Timestamp,
        note: &str,
    ) -> Made {
        match pipeline.next_idle(effect, record, now) {
            Some(until) => {
                Made { settled: Settled::Postponed { until, note: Some(note.into()) }, answer: None }
            }
            None => Made::quietly(now, note),
        }
    }
}
