//! Stages, written in Rust.

use alloc::string::String;

use smol_str::{SmolStr, format_smolstr};

use super::extend;
use crate::catalog::{Colour, Icon};
use crate::criteria::Source;
use crate::definition::{ActionDef, ExitDef, ExitScope, InputDef, StageDef};
use crate::time::Span;

/// ```
/// use lifestage::Span;
/// use lifestage::catalog::{Colour, Icon};
/// use lifestage::definition::StageDef;
///
/// let engaged = StageDef::new("engaged", "Engaged", "open")
///     .with_icon(Icon::Message)
///     .with_colour(Colour::PURPLE)
///     .with_probability(30)
///     .idle_after(Span::from_seconds(14 * 86_400))
///     .enter_when("has(email)")
///     .leave_when("budget > 0");
/// assert_eq!((&*engaged.icon, &*engaged.colour), ("message", "purple"));
/// ```
impl StageDef {
    /// A stage with this id and name, in the category with this id.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>, category: impl Into<SmolStr>) -> Self {
        Self { id: id.into(), name: name.into(), category: category.into(), ..Self::default() }
    }

    /// Says what it means for a record to be here.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Advises whoever works a record here.
    #[must_use]
    pub fn with_guidance(mut self, guidance: impl Into<String>) -> Self {
        self.guidance = guidance.into();
        self
    }

    /// Sets the icon.
    #[must_use]
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icon = SmolStr::new_static(icon.name());
        self
    }

    /// Sets the colour, written in its canonical form (S29).
    #[must_use]
    pub fn with_colour(mut self, colour: Colour) -> Self {
        self.colour = format_smolstr!("{colour}");
        self
    }

    /// Starts new records here (S26).
    #[must_use]
    pub const fn as_default(mut self) -> Self {
        self.default = true;
        self
    }

    /// Lets no move lead out (S9).
    #[must_use]
    pub const fn as_final(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// Refuses edits, because a feature depends on it (S27).
    #[must_use]
    pub const fn as_protected(mut self) -> Self {
        self.protected = true;
        self
    }

    /// Takes it out of pickers and keeps it for history (S25).
    #[must_use]
    pub const fn as_archived(mut self) -> Self {
        self.archived = true;
        self
    }

    /// Sets the chance, 0 to 100, that a record here will be won.
    #[must_use]
    pub const fn with_probability(mut self, percent: u8) -> Self {
        self.probability = Some(percent);
        self
    }

    /// Counts a record as idle after so long here (S54).
    #[must_use]
    pub const fn idle_after(mut self, span: Span) -> Self {
        self.idle = Some(span);
        self
    }

    /// Lets records in under this condition only.
    #[must_use]
    pub fn enter_when(mut self, condition: impl Into<Source>) -> Self {
        self.entry = Some(condition.into());
        self
    }

    /// Lets records go forward, or be won, under this condition only (S8a).
    #[must_use]
    pub fn leave_when(self, condition: impl Into<Source>) -> Self {
        self.exit(condition.into(), ExitScope::Forward)
    }

    /// Lets records out under this condition only, wherever they go (S8a).
    #[must_use]
    pub fn leave_at_all_when(self, condition: impl Into<Source>) -> Self {
        self.exit(condition.into(), ExitScope::All)
    }

    fn exit(mut self, when: Source, applies_to: ExitScope) -> Self {
        self.exit = Some(ExitDef { when, applies_to });
        self
    }

    /// Lets only these roles bring records here.
    #[must_use]
    pub fn entered_by(mut self, roles: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.enter_roles, roles);
        self
    }

    /// Demands these fields of a record that enters.
    #[must_use]
    pub fn requiring_to_enter(mut self, fields: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.enter_requires, fields);
        self
    }

    /// Demands these fields of a record that leaves.
    #[must_use]
    pub fn requiring_to_leave(mut self, fields: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.leave_requires, fields);
        self
    }

    /// Asks whoever moves a record in (S11); a type alone will do.
    #[must_use]
    pub fn asking(mut self, name: impl Into<SmolStr>, input: impl Into<InputDef>) -> Self {
        self.input.insert(name, input.into());
        self
    }

    /// Adds an action after those there are.
    #[must_use]
    pub fn with_action(mut self, action: ActionDef) -> Self {
        self.actions.push(action);
        self
    }
}
