//! The names that a criterion may use.

use alloc::vec::Vec;
use core::fmt;

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
    names: Vec<(SmolStr, FieldType)>,
    /// The places of the names, in order of name.
    sorted: Vec<u32>,
}

impl Scope {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name and gives its slot. A name that is there already keeps its slot and takes the new type.
    pub fn declare(&mut self, name: &str, ty: FieldType) -> SlotIx {
        match self.position(name) {
            Ok(at) => {
                let place = self.sorted.get(at).copied().unwrap_or(u32::MAX);
                if let Some((_, known)) = self.names.get_mut(place as usize) {
                    *known = ty;
                }
                SlotIx(place)
            }
            Err(at) => {
                let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                self.sorted.insert(at, place);
                self.names.push((SmolStr::new(name), ty));
                SlotIx(place)
            }
        }
    }

    /// The slot and type of a name.
    pub fn lookup(&self, name: &str) -> Option<(SlotIx, FieldType)> {
        let place = *self.sorted.get(self.position(name).ok()?)?;
        self.names.get(place as usize).map(|(_, ty)| (SlotIx(place), *ty))
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        let name_at = |place: &u32| self.names.get(*place as usize).map(|(name, _)| name.as_str());
        self.sorted.binary_search_by(|place| name_at(place).cmp(&Some(name)))
    }

    /// The name of a slot.
    pub fn name(&self, ix: SlotIx) -> Option<&str> {
        self.names.get(ix.index()).map(|(name, _)| name.as_str())
    }

    /// The type of a slot.
    pub fn field_type(&self, ix: SlotIx) -> Option<FieldType> {
        self.names.get(ix.index()).map(|(_, ty)| *ty)
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
