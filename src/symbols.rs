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
        let names: Box<[SmolStr]> = names.into_iter().collect();
        let size = (names.len() * 2).max(4).next_power_of_two();
        let mut table: Vec<u32> = vec![0; size];
        for (position, name) in (1_u32..).zip(names.iter()) {
            let mut at = hash(name) as usize & (size - 1);
            while let Some(entry) = table.get_mut(at) {
                if *entry == 0 {
                    *entry = position;
                    break;
                }
                if names.get(*entry as usize - 1) == Some(name) {
                    break;
                }
                at = (at + 1) & (size - 1);
            }
        }
        Self { names, table: table.into_boxed_slice() }
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

/// FxHash's multiply-and-rotate over the two ends and what lies between them, eight bytes at a time, folded so that
/// the low bits are good.
#[inline]
fn hash(name: &str) -> u64 {
    const K: u64 = 0x517c_c1b7_2722_0a95;
    let mix = |state: u64, word: u64| (state.rotate_left(5) ^ word).wrapping_mul(K);
    let (head, tail) = ends(name);
    let mut state = mix(mix(name.len() as u64, head), tail);
    let between = name.as_bytes().get(8..name.len().saturating_sub(8)).unwrap_or_default();
    for chunk in between.chunks(8) {
        let word = chunk.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
        state = mix(state, word);
    }
    state ^ (state >> 32)
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
