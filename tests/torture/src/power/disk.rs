use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::{Change, Event};
use crate::random::Random;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What becomes of that which was written and not synced when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// It is lost, all of it.
    Unsynced,
    /// The disk happened to have written all of it.
    Nothing,
    /// Each sector is as it was at some moment since the last sync, the file's length and the
    /// directory's entries too: pages are torn, later writes survive without earlier ones. The seed
    /// chooses.
    Torn(u64),
}

/// A disk on which a record is played.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<Stored>,
    synced_entries: BTreeMap<String, usize>,
    entries: BTreeMap<String, usize>,
    /// The entries after each change since the directory was synced.
    since: Vec<BTreeMap<String, usize>>,
}

#[derive(Debug, Default)]
struct Stored {
    synced: Vec<u8>,
    since: Vec<Change>,
}

impl Disk {
    /// Plays one more event.
    pub fn play(&mut self, event: &Event) {
        let Event::File(name, _, change) = event else { return };
        match change {
            Change::Open if !self.entries.contains_key(name) => {
                self.entries.insert(name.clone(), self.files.len());
                self.files.push(Stored::default());
                self.since.push(self.entries.clone());
            }
            Change::Open => {}
            Change::Delete(directory) => {
                self.entries.remove(name);
                self.since.push(self.entries.clone());
                if *directory {
                    self.sync_entries();
                }
            }
            Change::Sync(directory) => {
                if let Some(file) = self.file(name) {
                    file.sync();
                }
                if *directory {
                    self.sync_entries();
                }
            }
            Change::Write(..) | Change::Truncate(_) => {
                if let Some(file) = self.file(name) {
                    file.since.push(change.clone());
                }
            }
        }
    }

    fn file(&mut self, name: &str) -> Option<&mut Stored> {
        self.files.get_mut(*self.entries.get(name)?)
    }

    fn sync_entries(&mut self) {
        self.synced_entries.clone_from(&self.entries);
        self.since.clear();
    }

    /// Writes the files that are left into `folder`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn cut(&self, loss: Loss, folder: &Path) -> io::Result<()> {
        for old in std::fs::read_dir(folder)? {
            std::fs::remove_file(old?.path())?;
        }
        let mut random = Random::new(match loss {
            Loss::Torn(seed) => seed,
            Loss::Unsynced | Loss::Nothing => 0,
        });
        let entries = match loss {
            Loss::Unsynced => &self.synced_entries,
            Loss::Nothing => &self.entries,
            Loss::Torn(_) => {
                let kept = usize::try_from(random.below(self.since.len() as u64 + 1)).unwrap_or(0);
                kept.checked_sub(1).and_then(|last| self.since.get(last)).unwrap_or(&self.synced_entries)
            }
        };
        for (name, file) in entries {
            let Some(file) = self.files.get(*file) else { continue };
            let bytes = match loss {
                Loss::Unsynced => file.synced.clone(),
                Loss::Nothing => file.now(),
                Loss::Torn(_) => file.torn(&mut random),
            };
            std::fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    }
}

impl Stored {
    fn sync(&mut self) {
        self.synced = self.now();
        self.since.clear();
    }

    fn now(&self) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for change in &self.since {
            resize(&mut bytes, change);
            if let Change::Write(at, content) = change {
                put(&mut bytes, at_usize(*at), content);
            }
        }
        bytes
    }

    fn torn(&self, random: &mut Random) -> Vec<u8> {
        let count = self.since.len() as u64;
        // The length after some of the changes.
        let mut length = vec![(); self.synced.len()];
        let kept = usize::try_from(random.below(count + 1)).unwrap_or(0);
        self.since.iter().take(kept).for_each(|change| resize(&mut length, change));
        // Each sector after some of the changes, others than the sector beside it.
        let longest = self.since.iter().map(end).max().unwrap_or(0).max(self.synced.len());
        let mut bytes = self.synced.clone();
        bytes.resize(longest.next_multiple_of(SECTOR), 0);
        let moments: Vec<u64> = bytes.chunks(SECTOR).map(|_| random.below(count + 1)).collect();
        for (change, moment) in self.since.iter().zip(0_u64..) {
            let (begin, stop) = match change {
                Change::Write(at, _) => (at_usize(*at), end(change)),
                Change::Truncate(size) => (at_usize(*size), bytes.len()),
                Change::Open | Change::Sync(_) | Change::Delete(_) => continue,
            };
            for sector in begin / SECTOR..stop.div_ceil(SECTOR) {
                if moments.get(sector).is_none_or(|last| *last <= moment) {
                    continue;
                }
                let from = begin.max(sector * SECTOR);
                let to = stop.min((sector + 1) * SECTOR);
                let Some(place) = bytes.get_mut(from..to) else { continue };
                match change {
                    Change::Write(_, content) => {
                        if let Some(part) = content.get(from - begin..to - begin) {
                            place.copy_from_slice(part);
                        }
                    }
                    _ => place.fill(0),
                }
            }
        }
        bytes.resize(length.len(), 0);
        bytes
    }
}

fn at_usize(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// Where the file ends at least after this change.
fn end(change: &Change) -> usize {
    match change {
        Change::Write(at, content) => at_usize(*at).saturating_add(content.len()),
        _ => 0,
    }
}

fn resize<T: Default + Clone>(content: &mut Vec<T>, change: &Change) {
    match change {
        Change::Truncate(size) => content.resize(at_usize(*size), T::default()),
        _ => content.resize(content.len().max(end(change)), T::default()),
    }
}

/// `bytes` is long enough.
fn put(bytes: &mut [u8], at: usize, content: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at.saturating_add(content.len())) {
        place.copy_from_slice(content);
    }
}
