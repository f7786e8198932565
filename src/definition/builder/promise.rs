//! Promises of time, written in Rust.

use alloc::string::String;

use smol_str::{SmolStr, format_smolstr};

use super::extend;
use crate::definition::{Happening, SlaDef};
use crate::offset::Offset;

/// ```
/// use lifestage::Offset;
/// use lifestage::definition::{Happening, SlaDef};
///
/// let first_answer = SlaDef::new("first_answer", "First answer", Offset::hours(4))
///     .in_stages(["new"])
///     .in_working_time()
///     .met_by([Happening::Call, Happening::Email])
///     .warning([Offset::hours(1)]);
/// assert_eq!((&*first_answer.within, &*first_answer.met_by[0]), ("4h", "call"));
///
/// let solved = SlaDef::new("solved", "Solved", Offset::days(3))
///     .in_stages(["any_open"])
///     .paused_in(["waiting"])
///     .by_calendar("support");
/// assert!(solved.working_time && solved.met_by.is_empty());
/// ```
impl SlaDef {
    /// A promise with this id and name whose clock runs out after so long. It is met by leaving its stages until
    /// [`met_by`](Self::met_by) says otherwise.
    #[must_use]
    pub fn new(id: impl Into<SmolStr>, name: impl Into<String>, within: Offset) -> Self {
        Self { id: id.into(), name: name.into(), within: format_smolstr!("{within}"), ..Self::default() }
    }

    /// Lets the clock run in these stages, or in wildcards as in a move's `from`.
    #[must_use]
    pub fn in_stages(mut self, stages: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.stages, stages);
        self
    }

    /// Counts working time.
    #[must_use]
    pub const fn in_working_time(mut self) -> Self {
        self.working_time = true;
        self
    }

    /// Counts the working time of this calendar.
    #[must_use]
    pub fn by_calendar(mut self, calendar: impl Into<SmolStr>) -> Self {
        self.working_time = true;
        self.calendar = calendar.into();
        self
    }

    /// Says what keeps the promise.
    #[must_use]
    pub fn met_by(mut self, happenings: impl IntoIterator<Item = Happening>) -> Self {
        extend(&mut self.met_by, happenings.into_iter().map(Happening::name));
        self
    }

    /// Lets the clock stand still in these stages.
    #[must_use]
    pub fn paused_in(mut self, stages: impl IntoIterator<Item = impl Into<SmolStr>>) -> Self {
        extend(&mut self.paused_in, stages);
        self
    }

    /// Warns so long before it runs out.
    #[must_use]
    pub fn warning(mut self, before: impl IntoIterator<Item = Offset>) -> Self {
        self.warn.extend(before.into_iter().map(|offset| format_smolstr!("{offset}")));
        self
    }
}
