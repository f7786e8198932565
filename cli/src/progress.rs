//! Progress, shown on the side channel when a person looks at it.

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::is_watched;

/// A bar, or nothing where nobody looks.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many bytes.
    pub(crate) fn bytes(total: u64) -> Self {
        Self::of(ProgressBar::new(total), "{bar:40} {bytes} of {total_bytes}, {eta} left")
    }

    /// Of things whose number is not known before.
    pub(crate) fn count() -> Self {
        Self::of(ProgressBar::no_length(), "{spinner} {human_pos} checked, {per_sec}")
    }

    fn of(bar: ProgressBar, template: &str) -> Self {
        if !is_watched() {
            return Self(ProgressBar::hidden());
        }
        match ProgressStyle::with_template(template) {
            Ok(style) => Self(bar.with_style(style)),
            Err(_) => Self(bar),
        }
    }

    /// The bar as what it follows reads from it.
    pub(crate) fn reading<R: std::io::Read>(&self, file: R) -> impl std::io::Read + use<R> {
        self.0.wrap_read(file)
    }

    pub(crate) fn reached(&self, position: u64) {
        self.0.set_position(position);
    }

    /// Does something with the bar out of the way.
    pub(crate) fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        self.0.suspend(act)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
