use std::time::Duration;

/// How much an acknowledged commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Durability {
    /// Power loss: each commit waits for the disk (`synchronous=FULL`).
    #[default]
    Full,
    /// A crash of the process, but not power loss, which can take back the last commits, newest
    /// first, and damages nothing (`synchronous=NORMAL`).
    Normal,
}

/// How a file is opened.
///
/// ```
/// use std::time::Duration;
///
/// use lifestage_sqlite::{Durability, Options};
///
/// let options = Options::new().durability(Durability::Normal).busy_timeout(Duration::from_secs(1));
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub(crate) durability: Durability,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: usize,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) existing: bool,
}

impl Options {
    /// Full durability, five seconds of waiting for other processes, four read connections.
    pub const fn new() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            max_bytes: None,
            existing: false,
        }
    }

    /// The same for a file that a store has made before: no file is made, and none of another program
    /// gets tables.
    #[must_use]
    pub const fn existing(mut self) -> Self {
        self.existing = true;
        self
    }

    /// The same with this durability.
    #[must_use]
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The same, waiting about this long while another process writes.
    #[must_use]
    pub const fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// The same with up to so many connections that read at once; at least one.
    #[must_use]
    pub const fn readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// The same, letting the file grow to about so many bytes. A commit that needs more is answered
    /// as on a full disk.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
