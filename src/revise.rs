//! Editing a definition: commands, judged purely, that make a new version (S30).
//!
//! Nothing edits in place. A [`Revision`] is a value that can be kept and sent; [`Pipeline::revise`]
//! judges it and gives the definition that it would make, what changes by it, and the revision that
//! takes it back. [`Workspace::revise`](crate::Workspace::revise) does the same, and publishes.

mod apply;
mod edit;
mod list;
pub(crate) mod rights;

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use edit::{ActionPlace, DefinitionEdit};

use crate::actor::Actor;
use crate::capability::Capability;
use crate::code::ReasonCode;
use crate::definition::{Definition, Diff, diff};
use crate::finding::{DefinitionError, Severity};
#[cfg(feature = "std")]
use crate::migration::STAGE_REMOVED;
use crate::migration::{MapEntry, Occupancy, StageMap, stage_of};
use crate::pipeline::Pipeline;
use crate::refusal::{Reason, Refusal};

/// Edits of a definition, made together or not at all.
///
/// ```
/// use lifestage::migration::Occupancy;
/// use lifestage::revise::{DefinitionEdit, Revised, Revision};
/// use lifestage::{Actor, Pipeline, presets};
///
/// let contacts = Pipeline::from_json(presets::CONTACT_STAGES)?;
/// let ada = Actor::new("ada").with_role("admin");
///
/// let revision = Revision::new()
///     .edit(DefinitionEdit::rename_stage("contacted", "Reached"))
///     .edit(DefinitionEdit::replace_stage("nurturing", "engaged"));
/// let nine_there = Occupancy::from_iter([(Some("nurturing"), 9)]);
/// let Revised::Accepted(next) = contacts.revise(&revision, &nine_there, &ada) else { panic!() };
///
/// assert_eq!(next.pipeline().version(), 2);
/// assert_eq!(
///     next.diff().to_string(),
///     "stage `nurturing` is now archived\nstage `contacted` renamed to `Reached` (was `Contacted`)"
/// );
/// assert_eq!(next.map().entries()[0].to, "engaged");
/// # Ok::<(), lifestage::DefinitionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    edits: Vec<DefinitionEdit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect_version: Option<u32>,
    #[serde(default, skip_serializing_if = "StageMap::is_empty")]
    map: StageMap,
}

impl Revision {
    /// A revision of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same revision with one edit more; each sees what those before it did.
    #[must_use]
    pub fn edit(mut self, edit: DefinitionEdit) -> Self {
        self.edits.push(edit);
        self
    }

    /// Asks on condition that this version is the published one; else it is `stale_definition`.
    #[must_use]
    pub const fn expecting_version(mut self, version: u32) -> Self {
        self.expect_version = Some(version);
        self
    }

    /// Says where records go that cannot stay where they are (S24, S33), beside the replacements of
    /// stages that are removed.
    #[must_use]
    pub fn migrating(mut self, entry: MapEntry) -> Self {
        self.map.extend([entry]);
        self
    }

    /// The edits, in order.
    pub fn edits(&self) -> &[DefinitionEdit] {
        &self.edits
    }

    /// The version it expects.
    pub const fn expected_version(&self) -> Option<u32> {
        self.expect_version
    }

    /// Where records go: the map given, and the replacements of removed stages.
    fn whole_map(&self) -> StageMap {
        let mut map = self.map.clone();
        map.extend(self.edits.iter().filter_map(|edit| match edit {
            DefinitionEdit::RemoveStage { stage, replacement: Some(to), input } => Some(MapEntry {
                from: stage.clone(),
                to: to.clone(),
                // A replacement that a person chose may be of any category (S33a).
                allow_outcome_change: true,
                input: input.clone(),
                effects: false,
            }),
            _ => None,
        }));
        map
    }

    /// The revision that takes it back where it was made, on this document; none if it was never possible
    /// there.
    #[cfg(feature = "std")]
    pub(crate) fn undo_on(&self, document: &Definition) -> Option<Self> {
        Self::applied(document, &self.edits, &mut BTreeSet::new()).ok().map(|(_, undo)| undo)
    }

    /// The document after these edits, and the revision that takes them back; or what stands against
    /// them, edit by edit. Into `needed` goes what each of them needs on the document that it finds.
    fn applied(
        document: &Definition,
        edits: &[DefinitionEdit],
        needed: &mut BTreeSet<Capability>,
    ) -> Result<(Definition, Self), Vec<Reason>> {
        let mut document = document.clone();
        let (mut undo, mut reasons) = (Vec::new(), Vec::new());
        for (at, edit) in (0_i64..).zip(edits) {
            needed.extend(rights::of_edit(&document, edit));
            match apply::apply(&mut document, edit) {
                Ok(back) => undo.splice(0..0, back).for_each(drop),
                Err(reason) => reasons.push(reason.with("edit", at)),
            }
        }
        if reasons.is_empty() { Ok((document, Self { edits: undo, ..Self::new() })) } else { Err(reasons) }
    }

    /// The reason that rows of its migration give.
    #[cfg(feature = "std")]
    pub(crate) fn reason(&self) -> SmolStr {
        let removes = self.edits.iter().any(|edit| matches!(edit, DefinitionEdit::RemoveStage { .. }));
        SmolStr::new_static(if removes { STAGE_REMOVED } else { "definition_changed" })
    }
}

impl From<DefinitionEdit> for Revision {
    fn from(edit: DefinitionEdit) -> Self {
        Self::new().edit(edit)
    }
}

/// What became of a revision, or would.
#[derive(Debug, Clone)]
pub enum Revised {
    /// It stands; nothing is published by saying so.
    Accepted(Box<Acceptance>),
    /// It changes nothing (S23).
    Unchanged,
    /// It is refused, with every reason.
    Refused(Refusal),
}

/// A revision that stands.
#[derive(Debug, Clone)]
pub struct Acceptance {
    pipeline: Pipeline,
    diff: Diff,
    map: StageMap,
    undo: Revision,
}

impl Acceptance {
    /// The new version.
    pub const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// What changes: the events of the revision.
    pub const fn diff(&self) -> &Diff {
        &self.diff
    }

    /// Where records go that cannot stay where they are.
    pub const fn map(&self) -> &StageMap {
        &self.map
    }

    /// The revision that takes it back, for as long as nobody builds on it. Records that were moved
    /// stay where they are.
    pub const fn undo(&self) -> &Revision {
        &self.undo
    }
}

impl Pipeline {
    /// Judges a revision of this definition: capabilities, the version expected, what each edit asks,
    /// the checks of the whole, and the records in stages that would not stay as they are (S21-S31).
    ///
    /// Pure: a dry run is the same call. The reasons of edits come with the parameter `edit`, counted
    /// from 0; those of the checks with `finding` and `pointer`.
    pub fn revise(&self, revision: &Revision, occupancy: &Occupancy, actor: &Actor) -> Revised {
        let mut reasons = Vec::new();
        if let Some(expected) = revision.expect_version.filter(|expected| *expected != self.version()) {
            return Revised::Refused(Refusal::only(self.republished(expected)));
        }
        reasons.extend(self.may_configure(actor, Capability::ConfigureCatalog));
        let mut needed = BTreeSet::new();
        let applied = Revision::applied(self.definition(), &revision.edits, &mut needed);
        if let Ok((document, _)) = &applied {
            needed.extend(rights::of_change(self.definition(), document));
        }
        reasons.extend(needed.into_iter().filter_map(|needed| self.may_configure(actor, needed)));
        let (document, undo) = match applied {
            Ok(applied) => applied,
            Err(faults) => {
                reasons.extend(faults);
                return Revised::Refused(Refusal::new(reasons));
            }
        };
        let diff = diff(self.definition(), &document);
        let map = revision.whole_map();
        if diff.is_empty() && reasons.is_empty() {
            let waiting = map.entries().iter().find(|entry| occupancy.of(stage_of(&entry.from)) > 0);
            let Some(entry) = waiting else { return Revised::Unchanged };
            let message = alloc::format!(
                "the definition stays as it is, and records are in `{}`: move them by a migration",
                entry.from
            );
            let reason = Reason::new(ReasonCode::BadMap, message).with("stage", entry.from.clone());
            return Revised::Refused(Refusal::only(reason));
        }
        let pipeline = match Self::from_definition(document) {
            Ok(pipeline) => {
                pipeline.with_version(self.version().saturating_add(1)).authorized_as(self.authorizer())
            }
            Err(error) => {
                reasons.extend(unfit(&error));
                return Revised::Refused(Refusal::new(reasons));
            }
        };
        if !map.is_empty() {
            // Both before and after it: who gives the right away cannot go on with the records.
            let before = self.may_configure(actor, Capability::Migrate);
            reasons.extend(before.or_else(|| pipeline.may_configure(actor, Capability::Migrate)));
        }
        pipeline.judge_succession(self, &map, occupancy, &mut reasons);
        if !reasons.is_empty() {
            return Revised::Refused(Refusal::new(reasons));
        }
        Revised::Accepted(Box::new(Acceptance { pipeline, diff, map, undo }))
    }

    /// Somebody else published since (S19, S30).
    pub(crate) fn republished(&self, expected: u32) -> Reason {
        let now = self.version();
        let message = alloc::format!(
            "version {expected} of `{}` was expected, and version {now} is published; reload and try again",
            self.id()
        );
        let reason = Reason::new(ReasonCode::StaleDefinition, message);
        reason.with("expected", i64::from(expected)).with("published", i64::from(now))
    }
}

/// What stands against a definition that would not load, finding by finding.
pub(crate) fn unfit(error: &DefinitionError) -> impl Iterator<Item = Reason> {
    let errors = error.findings().iter().filter(|finding| finding.severity() == Severity::Error);
    errors.map(|finding| {
        let reason = Reason::new(ReasonCode::BadDefinition, finding.message());
        let (code, pointer): (&str, String) = (finding.code().name(), finding.pointer().to_string());
        reason.with("finding", code).with("pointer", SmolStr::from(pointer))
    })
}
