//! Why not: every reason against a request (S2).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::code::ReasonCode;
use crate::value::{Fields, Value};

/// One reason against a request: a stable code, words for a person, and parameters for a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    code: ReasonCode,
    message: String,
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    parameters: Fields,
}

impl Reason {
    pub(crate) fn new(code: ReasonCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), parameters: Fields::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.parameters.insert(SmolStr::new_static(name), value);
        self
    }

    /// The same in other words.
    #[cfg(feature = "std")]
    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The same with a parameter that there may be.
    pub(crate) fn with_if_any(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds the actual value of a name as the parameter `actual.<name>`.
    pub(crate) fn with_actual(mut self, name: &str, value: Value) -> Self {
        self.parameters.insert(smol_str::format_smolstr!("actual.{name}"), value);
        self
    }

    /// The stable code.
    pub const fn code(&self) -> ReasonCode {
        self.code
    }

    /// The reason in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The parameter of this name, if the reason has it: `move`, `stage`, `field`, `condition`, ...
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.parameters.get(name)
    }

    /// All parameters.
    pub const fn parameters(&self) -> &Fields {
        &self.parameters
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// One step of a route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteStep {
    /// The id of the move.
    #[serde(rename = "move")]
    pub mv: SmolStr,
    /// The text of its button.
    pub label: SmolStr,
    /// The id of the stage it leads to.
    pub to: SmolStr,
    /// The inputs it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<SmolStr>,
    /// The conditions that have to hold by then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<SmolStr>,
    /// Whether another person has to approve.
    #[serde(default)]
    pub approval: bool,
}

/// The shortest lawful way from the record's stage to another, for one actor, on the assumption
/// that conditions can be met.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Route {
    /// The steps, in order; none when the record is there already.
    pub steps: Vec<RouteStep>,
}

impl fmt::Display for Route {
    /// The buttons to press: `Mark contacted -> Mark engaged`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            f.write_str(if i > 0 { " -> " } else { "" })?;
            f.write_str(&step.label)?;
        }
        Ok(())
    }
}

/// A request refused: nothing is written, no history row, no effect, the version unchanged.
///
/// `Display` gives the reasons as one line; [`Refusal::route`] the way that would be lawful.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    reasons: Vec<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    route: Option<Route>,
}

impl Refusal {
    pub(crate) const fn new(reasons: Vec<Reason>) -> Self {
        Self { reasons, route: None }
    }

    pub(crate) fn only(reason: Reason) -> Self {
        Self::new(alloc::vec![reason])
    }

    pub(crate) fn with_route(mut self, route: Option<Route>) -> Self {
        self.route = route;
        self
    }

    /// Every reason, in the order in which the request was judged.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The codes of the reasons, in order.
    pub fn codes(&self) -> impl Iterator<Item = ReasonCode> {
        self.reasons.iter().map(Reason::code)
    }

    /// Whether this code is among the reasons.
    pub fn has(&self, code: ReasonCode) -> bool {
        self.codes().any(|own| own == code)
    }

    /// The shortest lawful way to the stage asked for, when the stage itself was out of reach and
    /// there is one.
    pub const fn route(&self) -> Option<&Route> {
        self.route.as_ref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, reason) in self.reasons.iter().enumerate() {
            f.write_str(if i > 0 { "; " } else { "" })?;
            f.write_str(&reason.message)?;
        }
        Ok(())
    }
}
