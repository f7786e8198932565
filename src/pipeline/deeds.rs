//! What can be done with a record besides moving it, and by whom.

use alloc::vec::Vec;

use serde::Serialize;
use smol_str::SmolStr;

use crate::actor::Actor;
use crate::capability::Capability;
use crate::record::Record;
use crate::refusal::Reason;
use crate::time::Timestamp;

use super::convert::not_converted;
use super::{Act, Assignment, Conversion, Decision, Erasure, Pipeline, Standing};

/// Something that can be done with a record besides moving it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Take it, when nobody owns it.
    Claim,
    /// Give it to somebody.
    Assign,
    /// Give it back.
    Release,
    /// Change its facts.
    Edit,
    /// Change who the contact is.
    EditContact,
    /// Write a note, call, meeting, e-mail or task.
    Log,
    /// Turn it into a customer.
    Convert,
    /// Start a deal for it.
    StartDeal,
    /// Make a duplicate one with it.
    Merge,
    /// Put it into the trash.
    Trash,
    /// Take it out of the trash.
    Restore,
    /// Forget the person.
    Erase,
}

impl Deed {
    /// Every one, in the order of a menu.
    pub const ALL: [Self; 12] = [
        Self::Claim,
        Self::Assign,
        Self::Release,
        Self::Edit,
        Self::EditContact,
        Self::Log,
        Self::Convert,
        Self::StartDeal,
        Self::Merge,
        Self::Trash,
        Self::Restore,
        Self::Erase,
    ];

    /// The word used in documents and languages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Assign => "assign",
            Self::Release => "release",
            Self::Edit => "edit",
            Self::EditContact => "edit_contact",
            Self::Log => "log",
            Self::Convert => "convert",
            Self::StartDeal => "start_deal",
            Self::Merge => "merge",
            Self::Trash => "trash",
            Self::Restore => "restore",
            Self::Erase => "erase",
        }
    }

    /// The capability that it mostly needs.
    pub const fn capability(self) -> Capability {
        match self {
            Self::Claim | Self::Release => Capability::Claim,
            Self::Assign => Capability::Assign,
            Self::Edit => Capability::EditFields,
            Self::EditContact => Capability::EditContact,
            Self::Log => Capability::Act,
            Self::Convert => Capability::Convert,
            Self::StartDeal => Capability::View,
            Self::Merge => Capability::Merge,
            Self::Trash | Self::Restore => Capability::DeleteContact,
            Self::Erase => Capability::Erase,
        }
    }
}

/// One thing to do, explained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeedExplanation {
    /// What it is.
    pub deed: Deed,
    /// Whether it is open to the actor.
    #[serde(flatten)]
    pub standing: Standing,
    /// The roles whose holders may do it.
    pub who_could: Vec<SmolStr>,
}

impl Pipeline {
    /// Everything that can be done with a record besides moving it: open to this actor, or not with all reasons, and
    /// who could. A deal can be started once the lead is converted (S58). Asking changes nothing (S3).
    ///
    /// ```
    /// use lifestage::{Actor, Deed, Pipeline, Record, Standing, Timestamp, presets};
    ///
    /// let pipeline = Pipeline::from_json(presets::LEAD)?;
    /// let (sam, now) = (Actor::new("sam").with_role("sales"), Timestamp::from_seconds(1_772_442_000));
    /// let lead = Record::new("lead-42").in_stage("new");
    /// let deeds = pipeline.deeds(&lead, &sam, now);
    /// let open = deeds.iter().filter(|one| one.standing == Standing::Allowed).map(|one| one.deed.name());
    /// assert_eq!(open.collect::<Vec<_>>(), ["claim", "edit", "edit_contact", "log", "convert"]);
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn deeds(&self, record: &Record, actor: &Actor, now: Timestamp) -> Vec<DeedExplanation> {
        Deed::ALL.into_iter().map(|deed| self.explain_deed(deed, record, actor, now)).collect()
    }

    fn explain_deed(&self, deed: Deed, record: &Record, actor: &Actor, now: Timestamp) -> DeedExplanation {
        // Whoever is meant is somebody else than the owner there is.
        let somebody =
            || Assignment::to(if record.owner() == Some("somebody") { "else" } else { "somebody" });
        let mut capability = deed.capability();
        let decided = match deed {
            Deed::Claim => Some(self.assign(record, &Assignment::claim(), actor, now)),
            Deed::Assign => {
                capability = if record.owner().is_some() { Capability::Reassign } else { capability };
                Some(self.assign(record, &somebody(), actor, now))
            }
            Deed::Release => Some(self.assign(record, &Assignment::release(), actor, now)),
            Deed::Convert => Some(self.convert(record, "", &Conversion::new(), actor, now)),
            Deed::Trash => Some(self.trash(record, &Act::new(), actor, now)),
            Deed::Restore => Some(self.restore(record, &Act::new(), actor, now)),
            Deed::Erase => Some(self.erase(record, &Erasure::of_everything(), actor, now)),
            Deed::Edit | Deed::EditContact | Deed::Log | Deed::StartDeal | Deed::Merge => None,
        };
        let standing = match decided {
            Some(Decision::Refused(refusal)) => Standing::Refused(refusal.reasons().to_vec()),
            Some(Decision::Unchanged(_)) => Standing::Here,
            Some(_) => Standing::Allowed,
            None => self.standing_of(deed, record, actor),
        };
        let mut who_could = self.holders(capability, record);
        if deed == Deed::Release {
            // Who may give it to others may give it back too.
            let others = self.holders(Capability::Reassign, record);
            let roles = self.compiled.roles.ids();
            who_could = roles
                .filter(|role| who_could.iter().chain(&others).any(|holder| holder == role))
                .map(SmolStr::new)
                .collect();
        }
        DeedExplanation { deed, standing, who_could }
    }

    /// Of those that need more than the record to be asked for.
    fn standing_of(&self, deed: Deed, record: &Record, actor: &Actor) -> Standing {
        if let Some(reason) = self.barred(record) {
            return Standing::Refused(Vec::from([reason]));
        }
        let missing = || (deed == Deed::StartDeal).then(|| not_converted(record)).flatten();
        let reasons: Vec<Reason> =
            self.denial(deed.capability(), record, actor).into_iter().chain(missing()).collect();
        if reasons.is_empty() { Standing::Allowed } else { Standing::Refused(reasons) }
    }

    /// The roles whose holders have this capability for the record, as owners of it.
    fn holders(&self, capability: Capability, record: &Record) -> Vec<SmolStr> {
        let roles = &self.compiled.roles;
        let has = |role: &&str| {
            let holder = Actor::new(record.owner().unwrap_or_default()).with_role(*role);
            self.denial(capability, record, &holder).is_none()
        };
        roles.ids().filter(has).map(SmolStr::new).collect()
    }
}
