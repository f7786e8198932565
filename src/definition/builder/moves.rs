//! Moves and where they start, written in Rust.

use alloc::string::String;
use alloc::vec::Vec;

use smol_str::{SmolStr, format_smolstr};

use super::extend;
use crate::criteria::Source;
use crate::definition::{ActionDef, InputDef, MoveDef, MoveKind, SourceDef, Sources};

/// ```
/// use lifestage::definition::{MoveDef, SourceDef};
///
/// let engage = MoveDef::new("mark_engaged", "Mark engaged", "engaged")
///     .from("contacted")
///     .step_back_from(["showed", "negotiating"])
///     .revive_from(SourceDef::new("lost").with_label("Revive"))
///     .when("has(email)");
/// assert_eq!(engage.from.0.len(), 4);
/// ```
impl MoveDef {
    /// A move with this id and button, to the stage with this id.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, label: impl Into<String>, to: impl Into<SmolStr>) -> Self {
        Self { id: id.into(), label: label.into(), to: to.into(), ..Self::default() }
    }

    /// Starts it in a stage or several; its direction is judged by the order of the stages (S7).
    #[must_use]
    pub fn from(self, sources: impl Into<Sources>) -> Self {
        self.starting(MoveKind::Ordinary, sources.into())
    }

    /// Starts it in these too, as the correction of an over-eager step.
    #[must_use]
    pub fn step_back_from(self, sources: impl Into<Sources>) -> Self {
        self.starting(MoveKind::StepBack, sources.into())
    }

    /// Starts it in these too, to bring a closed or parked record back.
    #[must_use]
    pub fn revive_from(self, sources: impl Into<Sources>) -> Self {
        self.starting(MoveKind::Revive, sources.into())
    }

    /// Starts it in the stage it leads to, where the visit goes on (S5).
    #[must_use]
    pub fn internal_to(self, sources: impl Into<Sources>) -> Self {
        self.starting(MoveKind::Internal, sources.into())
    }

    /// Starts it in the stage it leads to, where a new visit begins (S5).
    #[must_use]
    pub fn re_entry_to(self, sources: impl Into<Sources>) -> Self {
        self.starting(MoveKind::ReEntry, sources.into())
    }

    fn starting(mut self, kind: MoveKind, sources: Sources) -> Self {
        self.from.0.extend(sources.0.into_iter().map(|source| SourceDef { kind, ..source }));
        self
    }

    /// Leaves these stages out of its wildcards.
    #[must_use]
    pub fn except(mut self, stages: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.except, stages);
        self
    }

    /// Says what the move is for.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Lets holders of these roles only make it.
    #[must_use]
    pub fn for_roles(mut self, roles: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.roles, roles);
        self
    }

    /// Lets the owner of the record only make it.
    #[must_use]
    pub const fn owner_only(mut self) -> Self {
        self.owner_only = true;
        self
    }

    /// Permits it under this condition only.
    #[must_use]
    pub fn when(mut self, condition: impl Into<Source>) -> Self {
        self.when = Some(condition.into());
        self
    }

    /// Asks whoever makes it; a type alone will do.
    #[must_use]
    pub fn asking(mut self, name: impl Into<SmolStr>, input: impl Into<InputDef>) -> Self {
        self.input.insert(name, input.into());
        self
    }

    /// Demands that a second person approves, whoever or whatever proposed it (S61b).
    #[must_use]
    pub const fn needing_approval(mut self) -> Self {
        self.approval = true;
        self
    }

    /// Adds an action that it sets in motion (S46).
    #[must_use]
    pub fn with_action(mut self, action: ActionDef) -> Self {
        self.actions.push(action);
        self
    }
}

/// The kind of step is said by the method of [`MoveDef`] that takes it.
///
/// ```
/// use lifestage::definition::{MoveDef, SourceDef};
///
/// let lose = MoveDef::new("mark_lost", "Mark lost", "lost").from(SourceDef::any_open()).except(["new"]);
/// assert_eq!(lose.from.0[0].stage, "any_open");
/// ```
impl SourceDef {
    /// The stage with this id.
    #[must_use]
    pub fn new(stage: impl Into<SmolStr>) -> Self {
        Self { stage: stage.into(), ..Self::default() }
    }

    /// No stage at all (S28).
    #[must_use]
    pub fn none() -> Self {
        Self::new(SmolStr::new_static("none"))
    }

    /// Every stage.
    #[must_use]
    pub fn any() -> Self {
        Self::new(SmolStr::new_static("any"))
    }

    /// Every open stage.
    #[must_use]
    pub fn any_open() -> Self {
        Self::new(SmolStr::new_static("any_open"))
    }

    /// Every stage of the category with this id.
    #[must_use]
    pub fn category(id: &str) -> Self {
        Self::new(format_smolstr!("category:{id}"))
    }

    /// Sets the text of the button from there.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}

impl From<&str> for Sources {
    fn from(stage: &str) -> Self {
        Self::from(SourceDef::from(stage))
    }
}

impl From<SourceDef> for Sources {
    fn from(source: SourceDef) -> Self {
        Self(alloc::vec![source])
    }
}

impl<S: Into<SourceDef>, const N: usize> From<[S; N]> for Sources {
    fn from(sources: [S; N]) -> Self {
        sources.into_iter().collect()
    }
}

impl<S: Into<SourceDef>> From<Vec<S>> for Sources {
    fn from(sources: Vec<S>) -> Self {
        sources.into_iter().collect()
    }
}

impl<S: Into<SourceDef>> FromIterator<S> for Sources {
    fn from_iter<I: IntoIterator<Item = S>>(sources: I) -> Self {
        Self(sources.into_iter().map(Into::into).collect())
    }
}
