//! The names that a criterion may use.

use alloc::vec::Vec;
use core::fmt;
use core::hash::{BuildHasherDefault, Hasher};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The type of a field, of an input or of a built-in name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FieldType {
    /// Text.
    #[serde(rename = "string")]
    String,
    /// A whole number of 64 bits.
    #[serde(rename = "int")]
    Int,
    /// A number with a fraction.
    #[serde(rename = "double")]
    Double,
    /// True or false.
    #[serde(rename = "bool")]
    Bool,
    /// An instant.
    #[serde(rename = "timestamp")]
    Timestamp,
    /// A length of time.
    #[serde(rename = "duration")]
    Duration,
    /// A list of texts.
    #[serde(rename = "list<string>")]
    List,
}

impl FieldType {
    /// Every type, in the order of the documentation.
    pub const ALL: [Self; 7] =
        [Self::String, Self::Int, Self::Double, Self::Bool, Self::Timestamp, Self::Duration, Self::List];

    /// Its name in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Double => "double",
            Self::Bool => "bool",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::List => "list<string>",
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The place of a name in its [`Scope`], counted from zero in the order of declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotIx(u32);

impl SlotIx {
    /// The slot with this number.
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// Its number.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) const fn number(self) -> u32 {
        self.0
    }
}

/// The names that a criterion may use and their types, each with a slot.
///
/// ```
/// use lifestage::criteria::{FieldType, Scope};
///
/// let mut scope = Scope::new();
/// let budget = scope.declare("budget", FieldType::Int);
/// scope.declare("actor.id", FieldType::String);
/// assert_eq!(scope.lookup("budget"), Some((budget, FieldType::Int)));
/// assert_eq!(scope.name(budget), Some("budget"));
/// assert_eq!(scope.len(), 2);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: IndexMap<SmolStr, FieldType, BuildHasherDefault<NameHasher>>,
}

impl Scope {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name and gives its slot. A name that is there already keeps its slot and takes the new type.
    pub fn declare(&mut self, name: &str, ty: FieldType) -> SlotIx {
        let (index, _) = self.names.insert_full(SmolStr::new(name), ty);
        SlotIx(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The slot and type of a name.
    pub fn lookup(&self, name: &str) -> Option<(SlotIx, FieldType)> {
        let (index, _, ty) = self.names.get_full(name)?;
        Some((SlotIx(u32::try_from(index).ok()?), *ty))
    }

    /// The name of a slot.
    pub fn name(&self, ix: SlotIx) -> Option<&str> {
        self.names.get_index(ix.index()).map(|(name, _)| name.as_str())
    }

    /// The type of a slot.
    pub fn field_type(&self, ix: SlotIx) -> Option<FieldType> {
        self.names.get_index(ix.index()).map(|(_, ty)| *ty)
    }

    /// Names and types, in the order of their slots.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, FieldType)> {
        self.names.iter().map(|(name, ty)| (name.as_str(), *ty))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The declared name that is nearest to `wanted`, if one is near.
    pub(super) fn nearest(&self, wanted: &str) -> Option<&str> {
        nearest(wanted, self.iter().map(|(name, _)| name))
    }
}

/// The candidate nearest to `wanted`: the same but for case, the last part of a dotted name, or few edits away.
pub(crate) fn nearest<'c>(wanted: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    const LONGEST: usize = 32;
    if wanted.len() > LONGEST {
        return None;
    }
    let allowed = (wanted.len() / 3).max(1);
    let rank = |candidate: &'c str| {
        if candidate.eq_ignore_ascii_case(wanted) {
            return Some((0, candidate));
        }
        if candidate.rsplit_once('.').is_some_and(|(_, last)| last == wanted) {
            return Some((1, candidate));
        }
        let near = candidate.len() <= LONGEST && candidate.len().abs_diff(wanted.len()) <= allowed;
        let edits = near.then(|| edits(wanted, candidate)).filter(|edits| *edits <= allowed)?;
        Some((edits + 1, candidate))
    };
    candidates.filter_map(rank).min_by_key(|(rank, _)| *rank).map(|(_, candidate)| candidate)
}

/// How many characters to insert, remove, replace or swap with their neighbour to get from `a` to `b`.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, x) in a.chars().enumerate() {
        let mut row = Vec::with_capacity(above.len());
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX - 1);
            let mut best =
                (at(&above, j) + usize::from(x != *y)).min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = j > 0 && last == Some(*y) && b.get(j - 1) == Some(&x);
            if swapped {
                best = best.min(at(&before, j - 1).saturating_add(1));
            }
            row.push(best);
        }
        last = Some(x);
        before = core::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

/// A seedless hasher for names: the same table on every run. The number of names is bounded by the
/// limits on a definition, which bounds what chosen collisions can cost.
#[derive(Debug, Default, Clone, Copy)]
struct NameHasher(u64);

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let last = rest.iter().fold(rest.len() as u64, |last, byte| last << 8 | u64::from(*byte));
        self.mix(last);
    }

    fn write_u8(&mut self, _: u8) {
        // The end mark of a string; the length is in the last word already.
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

impl NameHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
