//! Where a process is in a commit, told to another by a mapped file.
//!
//! The file outlives the process: what it says when the process is dead is what was true when it died.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Failure;

/// The mapped bytes.
#[derive(Debug)]
pub struct Phase {
    words: *mut Words,
    _file: File,
}

#[derive(Default)]
#[repr(C)]
struct Words {
    /// Calls of [`Store::commit`](lifestage::store::Store::commit) that have not returned.
    commits: AtomicU32,
    /// 1 from the first byte of a transaction in the log until the log is synced.
    log: AtomicU32,
    /// 1 from the first byte that a checkpoint writes into the database until that is synced.
    database: AtomicU32,
    /// Set once the work begins.
    ready: AtomicU32,
}

// SAFETY: the mapping is only touched through atomics and lives as long as the value.
unsafe impl Send for Phase {}
// SAFETY: as above.
unsafe impl Sync for Phase {}

impl Phase {
    /// Maps the file at `path`, which is made when there is none.
    ///
    /// # Errors
    /// When it cannot be mapped.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let size = size_of::<Words>();
        file.set_len(size as u64)?;
        // SAFETY: a new mapping of a file that is long enough; the result is checked.
        let words = unsafe {
            libc::mmap(
                ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if words == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error().into());
        }
        Ok(Self { words: words.cast(), _file: file })
    }

    fn words(&self) -> &Words {
        // SAFETY: mapped by `open`, aligned to a page; any bytes are valid for the atomics.
        unsafe { &*self.words }
    }

    /// Before a process starts: nothing is being done.
    pub fn reset(&self) {
        let words = self.words();
        for word in [&words.commits, &words.log, &words.database, &words.ready] {
            word.store(0, Ordering::SeqCst);
        }
    }

    /// A call of commit begins.
    pub fn enter_commit(&self) {
        self.words().commits.fetch_add(1, Ordering::SeqCst);
    }

    /// A call of commit returned.
    pub fn leave_commit(&self) {
        self.words().commits.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether a call of commit is under way.
    pub fn in_commit(&self) -> bool {
        self.words().commits.load(Ordering::SeqCst) > 0
    }

    /// Whether the log holds what is not synced.
    pub fn set_logging(&self, logging: bool) {
        self.words().log.store(logging.into(), Ordering::SeqCst);
    }

    /// Whether a transaction is being written: its first byte is, its sync has not returned.
    pub fn is_logging(&self) -> bool {
        self.words().log.load(Ordering::SeqCst) != 0
    }

    /// Whether the database holds what is not synced.
    pub fn set_checkpointing(&self, checkpointing: bool) {
        self.words().database.store(checkpointing.into(), Ordering::SeqCst);
    }

    /// Whether the log is being taken back into the database.
    pub fn is_checkpointing(&self) -> bool {
        self.words().database.load(Ordering::SeqCst) != 0
    }

    /// The store is open and the work begins.
    pub fn set_ready(&self) {
        self.words().ready.store(1, Ordering::SeqCst);
    }

    /// Whether the work began.
    pub fn is_ready(&self) -> bool {
        self.words().ready.load(Ordering::SeqCst) != 0
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        // SAFETY: mapped by `open` with this size, and nobody has a reference any more.
        unsafe { libc::munmap(self.words.cast(), size_of::<Words>()) };
    }
}
