//! Roles as bits.

/// A set of a pipeline's roles, as bits. Good for one pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RoleSet(pub(crate) u64);

impl RoleSet {
    /// No role.
    pub const EMPTY: Self = Self(0);
    /// Every role there could be.
    pub(crate) const FULL: Self = Self(u64::MAX);
    /// How many roles a pipeline can have.
    pub(crate) const MOST: usize = 64;

    /// The set with these bits: bit 0 is the first role in definition order.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether it has no role that `other` has not.
    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// What one role must be in to be in both.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the two have a role in common.
    #[inline]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
