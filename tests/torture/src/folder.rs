//! Directories that go with the test.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Failure;

/// A new directory of its own, removed when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes one, in memory where the system has a place for that: what is tried here does not depend
    /// on the disk, which would only make it slow.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = base.join(format!("lifestage-torture-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path.canonicalize()?))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Removes those of these files that are there.
    pub(crate) fn remove(&self, names: &[&str]) -> io::Result<()> {
        let mut there = names.iter().map(|name| self.file(name)).filter(|path| path.exists());
        there.try_for_each(std::fs::remove_file)
    }

    /// Keeps what is in it to be looked at, and says where after the failure.
    pub(crate) fn kept(&self, kills: u64, failure: &Failure) -> Failure {
        let to = self.0.with_extension("failed");
        let kept = std::fs::rename(&self.0, &to).map_or(&self.0, |()| &to);
        format!("after kill {kills}, files in `{}`: {failure}", kept.display()).into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
