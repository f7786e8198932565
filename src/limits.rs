//! How large a definition may be.

/// The host's limits on a definition, so that one from a stranger is safe to load (S22). A document
/// can set tighter ones for itself.
///
/// ```
/// use lifestage::{Limits, Pipeline, presets};
///
/// let small = Limits { stages: 8, ..Limits::default() };
/// assert!(Pipeline::from_json_within(presets::LEAD, &small).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of JSON: 16 MiB by default.
    pub document_bytes: usize,
    /// Stages: 1,000 by default, never more than 65,534.
    pub stages: usize,
    /// Categories: 100 by default.
    pub categories: usize,
    /// Listed moves: 100,000 by default.
    pub moves: usize,
    /// Moves counted once for each of their sources: 1,000,000 by default.
    pub steps: usize,
    /// Fields: 1,000 by default.
    pub fields: usize,
    /// Calendars: 100 by default.
    pub calendars: usize,
    /// Holidays of all calendars together: 10,000 by default.
    pub holidays: usize,
    /// Promises of time: 100 by default.
    pub sla: usize,
    /// Actions, tasks, reminders, messages, notices of promises and rules of automation together: 10,000 by default, never
    /// more than 65,535.
    pub actions: usize,
    /// Characters of an id, a name or a label: 200 by default.
    pub name_length: usize,
    /// Bytes of a description or template: 64 KiB by default.
    pub text_bytes: usize,
    /// Limits on each condition.
    pub criteria: crate::criteria::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 16 << 20,
            stages: 1_000,
            categories: 100,
            moves: 100_000,
            steps: 1_000_000,
            fields: 1_000,
            calendars: 100,
            holidays: 10_000,
            sla: 100,
            actions: 10_000,
            name_length: 200,
            text_bytes: 64 << 10,
            criteria: crate::criteria::Limits::default(),
        }
    }
}
