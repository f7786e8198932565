//! What this definition makes of records and journals that came about under another (S35, S36).

use alloc::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
#[cfg(feature = "std")]
use crate::catalog::Stage;
use crate::code::ReasonCode;
use crate::compile::step;
use crate::criteria::Truth;
use crate::definition::MoveKind;
use crate::journal::{OWN_NAMES, Row, RowKind};
use crate::record::{Link, Record};
use crate::refusal::{Reason, Refusal};
use crate::request::Request;
use crate::time::Timestamp;
use crate::value::Fields;

use super::create::Cause;
use super::decide::Ask;
use super::judge::{Inputs, condition_reasons};
use super::{Creation, Decision, Pipeline};

/// What judging a journal again comes to.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Replay {
    /// How many rows were judged: creations and moves of this pipeline.
    pub judged: u64,
    /// How many were left alone, because they went past the rules or are no moves.
    pub passed_over: u64,
    /// The rows that would have been refused.
    pub refused: Vec<ReplayedRow>,
}

/// A row of a journal that would have been refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplayedRow {
    /// The record.
    pub record: SmolStr,
    /// The number of the row.
    pub seq: u64,
    /// The move; none for the creation.
    #[serde(rename = "move", skip_serializing_if = "Option::is_none")]
    pub mv: Option<SmolStr>,
    /// Why not.
    pub refusal: Refusal,
}

impl Pipeline {
    /// What a record in its stage no longer meets of what entering that stage needs (S35). Nothing when
    /// it is where it might be; conditions on input that is gone are taken as met.
    pub fn out_of_policy(&self, record: &Record, now: Timestamp) -> Vec<Reason> {
        let compiled = &*self.compiled;
        let place = match self.place(record) {
            Ok(place) => place,
            Err(reason) => return alloc::vec![reason],
        };
        let Some(to) = place else { return Vec::new() };
        let actor = Actor::new(record.owner().unwrap_or_default());
        let (request, none) = (Request::to(""), Fields::new());
        let facts = self.facts(Ask { record, actor: &actor, request: &request, now }, &none);
        let entry = step(None, None, to, MoveKind::Ordinary, 0, &compiled.catalog, &compiled.document.policy);
        let mut reasons = Vec::new();
        for condition in compiled.conditions_of(&entry) {
            let of_the_entry = |name: &str| {
                name.starts_with("actor.") || matches!(name, "record.stage" | "record.entered_at")
            };
            let names_entry = condition.criteria.names().iter().any(|(_, name)| of_the_entry(name));
            // Who entered it, and from where, is no fact of today.
            if names_entry && condition.criteria.eval(&facts) != Truth::True {
                continue;
            }
            if !compiled.holds(condition, &facts, Inputs::Pending) {
                condition_reasons(condition, &facts, Inputs::Pending, &mut reasons);
            }
        }
        reasons
    }

    /// Judges the journal of one record again, under this definition, row by row as they came (S36).
    /// Nothing is written, and each row is judged on what really happened before it.
    ///
    /// `actor_of` gives the actor of a row with the roles to be judged by. History keeps who acted and
    /// not their roles, so where it gives none, permission is not judged. Moves that were forced, migrated or
    /// corrected were made past the rules and are passed over.
    pub fn replay(&self, rows: &[Row], actor_of: impl Fn(&Row) -> Option<Actor>) -> Replay {
        let mut replay = Replay::default();
        let Some(first) = rows.first() else { return replay };
        let mut record = Record::new(first.record.clone()).in_pipeline(self.id());
        // What was erased cannot be judged, nor what was judged by it, up to the row that says what is left (S44).
        let mut erased = false;
        for row in rows {
            erased = row.kind != RowKind::Erasure && (erased || row.is_erased());
            let is_move = matches!(
                row.kind,
                RowKind::Creation | RowKind::Move | RowKind::ReEntry | RowKind::Internal | RowKind::Approval
            );
            if !is_move || erased || row.forced || row.pipeline != self.id() {
                replay.passed_over += 1;
                record.follow(row);
                continue;
            }
            replay.judged += 1;
            let known = actor_of(row);
            let judges_permission = known.is_some();
            let actor = known.unwrap_or_else(|| self.anybody(row));
            let decision = if row.kind == RowKind::Creation {
                self.replay_creation(row, &actor)
            } else {
                self.replay_move(&record, row, &actor)
            };
            let refusal = decision.filter(|refusal| judges_permission || !only_permission(refusal));
            replay.refused.extend(refusal.map(|refusal| ReplayedRow {
                record: row.record.clone(),
                seq: row.seq,
                mv: row.mv.clone(),
                refusal: if judges_permission { refusal } else { without_permission(&refusal) },
            }));
            record.follow(row);
        }
        replay
    }

    fn replay_creation(&self, row: &Row, actor: &Actor) -> Option<Refusal> {
        let mut creation = match &row.to {
            Some(stage) => Creation::in_stage(stage.id.clone()),
            None => Creation::without_stage(),
        };
        if row.start_unknown {
            creation = creation.imported(Some(row.effective_at));
        }
        let asked = row.input.iter().filter(|(name, _)| !name.starts_with(OWN_NAMES));
        for (name, value) in asked {
            creation = creation.with_input(name, value.clone());
        }
        let mut new = Record::new(row.record.clone());
        new.apply_facts(&row.facts);
        new.reserved = None;
        let cause = match row.input.get(Link::Lead.fact()) {
            Some(_) => Cause::Conversion { lead: "", entitled: true },
            None if new.link(Link::Lead).is_some() => Cause::Deal,
            None => Cause::Asked,
        };
        match self.create_for(&new, &creation, cause, actor, row.effective_at) {
            Decision::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    fn replay_move(&self, record: &Record, row: &Row, actor: &Actor) -> Option<Refusal> {
        let mv = row.mv.as_deref().unwrap_or_default();
        // A move that no button stood for is one to its stage, by whatever button leads there under this definition.
        let mut request = match mv.strip_prefix("to:") {
            Some(stage) if self.compiled.policy.index_of(mv).is_none() => Request::to(stage),
            _ => Request::mv(mv),
        };
        request = request.allowing_backward();
        request.input = row.input.clone();
        let approves = row.kind == RowKind::Approval;
        if approves && let Some(reason) = self.denial(Capability::Approve, record, actor) {
            return Some(Refusal::only(reason));
        }
        // Who approves need not be one who may move; who asked is in the row before.
        let anybody = approves.then(|| self.anybody(row));
        match self.decide(record, &request, anybody.as_ref().unwrap_or(actor), row.effective_at) {
            Decision::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The actor of a row, holding every role there is.
    fn anybody(&self, row: &Row) -> Actor {
        let id = row.actor.clone();
        let actor = if row.automation { Actor::automation(id) } else { Actor::new(id) };
        self.compiled.roles.ids.iter().fold(actor, |actor, role| actor.with_role(role.clone()))
    }

    /// The stages that a listed move starts at; nothing for no stage.
    #[cfg(feature = "std")]
    pub(crate) fn sources_of(&self, mv: &str) -> Vec<Option<&Stage>> {
        let Some(ix) = self.compiled.policy.index_of(mv) else { return Vec::new() };
        let catalog = &self.compiled.catalog;
        let places = core::iter::once(None).chain(catalog.indices().map(Some));
        let starts = places.filter(|from| self.compiled.policy.steps.get(*from, ix).is_some());
        starts.map(|from| from.and_then(|from| catalog.at(from))).collect()
    }
}

const fn is_permission(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::PermissionDenied
            | ReasonCode::NotOwner
            | ReasonCode::NotPermittedToCreate
            | ReasonCode::ApprovalNeeded
    )
}

fn only_permission(refusal: &Refusal) -> bool {
    refusal.codes().all(is_permission)
}

fn without_permission(refusal: &Refusal) -> Refusal {
    let others = refusal.reasons().iter().filter(|reason| !is_permission(reason.code()));
    Refusal::new(others.cloned().collect()).with_route(refusal.route().cloned())
}
