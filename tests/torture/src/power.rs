//! Power cuts, after the fact.
//!
//! A [`Recorder`] keeps every change to the files of a directory, in order, with the syncs and the
//! acknowledgements between them. A [`Disk`] plays the record up to any point and tells what the
//! files hold when the power goes there: cutting at every point of a run takes one run.

mod disk;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use disk::{Disk, Loss};

use crate::Failure;
use crate::ack::Ack;
use crate::vfs::{self, Action, Code, Role, Watched, Watcher};

/// Something that happened, in order.
#[derive(Debug, Clone)]
pub enum Event {
    /// A change to a file.
    File(String, Role, Change),
    /// Somebody is about to ask for a change, under this number.
    Asked(u64),
    /// What was asked for under this number was acknowledged.
    Acknowledged(u64, Ack),
}

/// A change to a file, kept.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "as in `Action`")]
pub enum Change {
    Open,
    Write(u64, Box<[u8]>),
    Truncate(u64),
    Sync(bool),
    Delete(bool),
}

/// Keeps what happens in a directory.
#[derive(Debug, Default)]
pub struct Recorder {
    events: Mutex<Vec<Event>>,
    sync_takes: Duration,
}

impl Recorder {
    /// Records `folder` until the second of these is dropped. A sync takes so long, as on a disk:
    /// callers pile up meanwhile.
    ///
    /// # Errors
    /// When the directory cannot be watched.
    pub fn start(folder: &Path, sync_takes: Duration) -> Result<(Arc<Self>, Watched), Failure> {
        let recorder = Arc::new(Self { events: Mutex::default(), sync_takes });
        let watched = vfs::watch(folder, Arc::clone(&recorder) as Arc<dyn Watcher>)?;
        Ok((recorder, watched))
    }

    /// Adds what the files do not show.
    pub fn note(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// What happened so far; from now on it begins anew.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Watcher for Recorder {
    fn before(&self, _: &str, role: Role, action: &Action<'_>) -> Result<(), Code> {
        if role == Role::Log && matches!(action, Action::Sync(_)) && !self.sync_takes.is_zero() {
            std::thread::sleep(self.sync_takes);
        }
        Ok(())
    }

    fn after(&self, name: &str, role: Role, action: &Action<'_>) {
        let change = match action {
            Action::Open => Change::Open,
            Action::Write(at, bytes) => Change::Write(*at, (*bytes).into()),
            Action::Truncate(size) => Change::Truncate(*size),
            Action::Sync(directory) => Change::Sync(*directory),
            Action::Delete(directory) => Change::Delete(*directory),
        };
        self.note(Event::File(name.to_owned(), role, change));
    }
}
