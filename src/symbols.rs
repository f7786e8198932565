//! Ids to small numbers: an open-addressing table with a fixed hash, made once at load.
//!
//! The hash has no seed, so that the same definition compiles to the same tables everywhere; the
//! limits on the size of a definition bound what a hostile one can make of that.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use smol_str::SmolStr;

/// Names in the order given, each with its position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Symbols {
    names: Box<[SmolStr]>,
    /// Positions plus one at the hash's place or behind it; 0 is free. The length is a power of
    /// two, at least twice the number of names.
    table: Box<[u32]>,
}

impl Symbols {
    /// A table over `names`. Of names that come twice the first counts.
    pub(crate) fn new(names: impl IntoIterator<Item = SmolStr>) -> Self {
        Self::telling_twins(names).0
    }

    /// The same, and whether some name comes twice.
    pub(crate) fn telling_twins(names: impl IntoIterator<Item = SmolStr>) -> (Self, bool) {
        let names: Box<[SmolStr]> = names.into_iter().collect();
        let size = table_size(names.len());
        let mut table: Vec<u32> = vec![0; size];
        let mut twins = false;
        for (position, name) in (1_u32..).zip(names.iter()) {
            let mut at = hash(name) as usize & (size - 1);
            while let Some(entry) = table.get_mut(at) {
                if *entry == 0 {
                    *entry = position;
                    break;
                }
                if names.get(*entry as usize - 1) == Some(name) {
                    twins = true;
                    break;
                }
                at = (at + 1) & (size - 1);
            }
        }
        (Self { names, table: table.into_boxed_slice() }, twins)
    }

    /// The position of `name`.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash(name) as usize & mask;
        loop {
            let position = self.table.get(at)?.checked_sub(1)?;
            if self.names.get(position as usize)? == name {
                return Some(position);
            }
            at = (at + 1) & mask;
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &SmolStr> {
        self.names.iter()
    }
}

/// Numbers for texts, each the number of the first like it, in the order in which they come.
pub(crate) struct Numbering<'t> {
    texts: Vec<&'t str>,
    /// As in [`Symbols`].
    table: Vec<u32>,
}

impl<'t> Numbering<'t> {
    /// Nothing numbered, with room for so many texts.
    pub(crate) fn with_capacity(texts: usize) -> Self {
        let table = if texts == 0 { Vec::new() } else { vec![0; table_size(texts)] };
        Self { texts: Vec::with_capacity(texts), table }
    }

    /// Forgets all texts, and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.table.fill(0);
    }

    /// Whether `text` comes for the first time.
    pub(crate) fn is_new(&mut self, text: &'t str) -> bool {
        let before = self.texts.len();
        self.number(text) as usize == before
    }

    /// The number of `text`, from 0 on.
    pub(crate) fn number(&mut self, text: &'t str) -> u32 {
        if self.texts.len() * 2 >= self.table.len() {
            self.grow();
        }
        let next = u32::try_from(self.texts.len() + 1).unwrap_or(u32::MAX);
        let mask = self.table.len() - 1;
        let mut at = hash(text) as usize & mask;
        while let Some(entry) = self.table.get_mut(at) {
            if *entry == 0 {
                *entry = next;
                self.texts.push(text);
                return next - 1;
            }
            if self.texts.get(*entry as usize - 1) == Some(&text) {
                return *entry - 1;
            }
            at = (at + 1) & mask;
        }
        next - 1
    }

    #[cold]
    fn grow(&mut self) {
        let texts = core::mem::take(&mut self.texts);
        self.table = vec![0; table_size(texts.len() * 2)];
        for text in texts {
            self.number(text);
        }
    }
}

/// A power of two, at least twice the number of names.
fn table_size(names: usize) -> usize {
    (names * 2).max(4).next_power_of_two()
}

/// Both ends of a name and what lies between them, eight bytes at a time, each folded by a multiplication of
/// 64 by 64 bits: names that differ in their last digits alone must not end up side by side.
#[inline]
fn hash(name: &str) -> u64 {
    const K: u64 = 0x517c_c1b7_2722_0a95;
    let (head, tail) = ends(name);
    let mut state = folded(folded(head ^ K ^ name.len() as u64) ^ tail);
    let between = name.as_bytes().get(8..name.len().saturating_sub(8)).unwrap_or_default();
    for chunk in between.chunks(8) {
        let word = chunk.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
        state = folded(state ^ word);
    }
    state
}

/// Both halves of a product, joined.
#[inline]
const fn folded(word: u64) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let product = (word as u128) * (K as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The first and the last eight bytes of a text, which may overlap. With its length they are all of a text of at most
/// sixteen bytes.
#[inline(always)]
pub(crate) fn ends(text: &str) -> (u64, u64) {
    let bytes = text.as_bytes();
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return (u64::from_le_bytes(*head), u64::from_le_bytes(*tail));
    }
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*tail)));
    }
    // At most three bytes: the first, the one in the middle and the last are all.
    let byte = |at: usize| bytes.get(at).map_or(0, |byte| u64::from(*byte));
    (byte(0) | byte(bytes.len() / 2) << 8, byte(bytes.len().saturating_sub(1)))
}
