//! How large a criterion may be.

/// The deepest tree that any [`Limits`] can allow.
const DEEPEST: u32 = 100;
/// The longest text that any [`Limits`] can allow.
const LONGEST: usize = 1 << 28;

/// Bounds on one criterion, so that a definition from a stranger is safe to load.
///
/// ```
/// use lifestage::criteria::{Expr, Limits};
///
/// let limits = Limits { nodes: 3, ..Limits::default() };
/// assert!(Expr::parse_within("a > 1", &limits).is_ok());
/// assert!(Expr::parse_within("a > 1 + 1", &limits).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text (for a tree: bytes of all its names and texts). 32,768 by default.
    pub text_bytes: usize,
    /// Names, literals and operators. 4,096 by default.
    pub nodes: u32,
    /// Levels of nesting, parentheses included; never more than 100. 48 by default, so that a tree stays
    /// within the 128 levels that JSON readers commonly allow.
    pub depth: u32,
    /// Elements of one list. 1,024 by default.
    pub list_len: u32,
    /// Bytes that one compiled pattern of `matches` may take. 1 MiB by default.
    pub regex_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_bytes: 32_768, nodes: 4_096, depth: 48, list_len: 1_024, regex_bytes: 1 << 20 }
    }
}

impl Limits {
    pub(super) fn text_bytes(&self) -> usize {
        self.text_bytes.min(LONGEST)
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth.min(DEEPEST)
    }
}
